package validate

import (
	"math"
	"slices"

	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
)

// Baselines are methods of other programs, used as they use them: the mean colour of the whole face, one method,
// and the highest peak of one spectrum over the whole scan between 0.65 and 4 Hz. They get the true time of each
// frame, which most of those programs don't have.
var Baselines = [3]string{"POS+FFT", "CHROM+FFT", "GREEN+FFT"}

const (
	baselineRate = 30.0 // Hz
	baselineLow  = 0.65 // Hz
	baselineHigh = 4.0  // Hz
)

// baselines returns the rates in bpm that the [Baselines] find in a trace; 0 where there is nothing to read.
func baselines(tr *rppg.Trace) (bpm [3]float64) {
	face, ok := wholeFace(tr)
	if !ok {
		return bpm
	}
	for k, method := range [3]func(rppg.RGB, float64) []float64{rppg.POS, rppg.CHROM, rppg.Green} {
		bpm[k] = spectralPeak(method(face, baselineRate))
	}
	return bpm
}

// wholeFace averages the regions of each frame and resamples them to 30 Hz; false
// when less than 3 s of skin was seen.
func wholeFace(tr *rppg.Trace) (rppg.RGB, bool) {
	type frame struct {
		ms  float64
		rgb [3]float64
	}
	var frames []frame
	for i, ms := range tr.TimeMS {
		f := frame{ms: ms}
		for _, r := range tr.Regions {
			for c, x := range [3][]float64{r.R, r.G, r.B} {
				f.rgb[c] += x[i] / float64(len(tr.Regions))
			}
		}
		if f.rgb != [3]float64{} {
			frames = append(frames, f)
		}
	}
	slices.SortStableFunc(frames, func(a, b frame) int { return int(math.Copysign(1, a.ms-b.ms)) })
	frames = slices.CompactFunc(frames, func(a, b frame) bool { return a.ms == b.ms })
	if len(frames) < 4 || frames[len(frames)-1].ms-frames[0].ms < 3000 {
		return rppg.RGB{}, false
	}
	first, last := frames[0].ms/1000, frames[len(frames)-1].ms/1000
	grid := make([]float64, int((last-first)*baselineRate))
	for i := range grid {
		grid[i] = first + float64(i)/baselineRate
	}
	times, x := make([]float64, len(frames)), make([]float64, len(frames))
	var face rppg.RGB
	for c := range face {
		for i, f := range frames {
			times[i], x[i] = f.ms/1000, f.rgb[c]
		}
		face[c] = dsp.PCHIP(times, x, grid)
	}
	return face, true
}

// spectralPeak returns the highest peak of a wave's spectrum in bpm.
func spectralPeak(x []float64) float64 {
	nfft := 8192
	for nfft < 4*len(x) {
		nfft *= 2
	}
	x = dsp.Butter2Bandpass(baselineLow, baselineHigh, baselineRate).FiltFilt(x)
	w := dsp.Hann(len(x))
	for i := range x {
		x[i] *= w[i]
	}
	power := dsp.PowerSpectrum(x, nfft)
	step := baselineRate / float64(nfft)
	best := 0
	for k := int(math.Ceil(baselineLow / step)); float64(k)*step <= baselineHigh; k++ {
		if power[k] > power[best] || best == 0 {
			best = k
		}
	}
	if power[best] == 0 {
		return 0
	}
	shift, _ := dsp.Parabola(power, best)
	return 60 * step * (float64(best) + shift)
}
