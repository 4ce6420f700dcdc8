package engine

import (
	"math"

	"blush.example/blush/dsp"
)

// Lengths of the two windows of the vote, and of their transform, in samples.
const (
	shortSamples = 90  // 6 s
	longSamples  = 180 // 12 s
	nfft         = 512
)

// The band that spectra are normalised by, 0.6-4.2 Hz, in bins of the transform.
const (
	bandFirst = 6*nfft/(10*int(rate)) + 1
	bandLast  = 42 * nfft / (10 * int(rate))
)

// How a vote becomes evidence: the weight of its logarithm, and a floor of about twice the mean of a spectrum, so
// that a trough, which noise makes at the true rate as easily as elsewhere, counts little relative to a peak.
const (
	voteGain  = 3.0
	voteFloor = 0.005
)

// voter reads spectra of the candidate waves on the grid of rates.
type voter struct {
	level     func(power []float64, samples int) // levels the noise of each spectrum first; may be nil
	fft       *dsp.Spectrum
	tapers    map[int][]float64
	a, b      []float64 // tapered signals
	samples   int       // of a signal
	pa, pb    []float64 // their power
	grid      []float64
	at, twice [gridSize]position // of each rate, and of its double, in the transform
}

func newVoter() *voter {
	v := &voter{fft: dsp.NewSpectrum(nfft), tapers: map[int][]float64{}, grid: make([]float64, gridSize),
		pa: make([]float64, nfft/2+1), pb: make([]float64, nfft/2+1)}
	for i := range v.at {
		bin := gridBPM(i) / 60 * nfft / rate
		v.at[i], v.twice[i] = positionAt(bin), positionAt(2*bin)
	}
	return v
}

// noPeak marks a candidate that had no spectrum.
const noPeak = math.MaxUint16

// ballot is the outcome of a vote over one window.
type ballot struct {
	power []float64 // of each rate, sums to 1; all zero when no candidate voted
	peaks []uint16  // grid index of each candidate's own peak, or noPeak
}

// vote weighs the normalised spectra of the waves by the height of their peaks and by weight, and adds them up in
// power, which has a value for each rate.
func (v *voter) vote(power []float64, waves [][]float64, weight []float64) ballot {
	clear(power)
	out := ballot{power: power, peaks: make([]uint16, len(waves))}
	for k := range out.peaks {
		out.peaks[k] = noPeak
	}
	// Two candidates share a transform.
	pair := make([]int, 0, 2)
	cast := func() {
		switch len(pair) {
		case 1:
			v.power(waves[pair[0]], nil)
		case 2:
			v.power(waves[pair[0]], waves[pair[1]])
			v.cast(&out, pair[1], v.pb, weight[pair[1]])
		}
		if len(pair) > 0 {
			v.cast(&out, pair[0], v.pa, weight[pair[0]])
		}
		pair = pair[:0]
	}
	for k, w := range waves {
		if w != nil && weight[k] > 0 {
			pair = append(pair, k)
		}
		if len(pair) == 2 {
			cast()
		}
	}
	cast()
	sum := 0.0
	for _, p := range out.power {
		sum += p
	}
	if sum > 0 {
		for i := range out.power {
			out.power[i] /= sum
		}
	}
	return out
}

// power fills pa and pb with the power spectra of the tapered signals.
func (v *voter) power(x, y []float64) {
	v.a, v.b, v.samples = v.tapered(v.a, x), v.tapered(v.b, y), len(x)
	v.fft.Power(v.pa, v.pb, v.a, v.b)
}

// purity is the height of the highest peak of a wave's spectrum as a share of
// the band's power.
func (v *voter) purity(x []float64) float64 {
	v.power(x, nil)
	return purityOf(v.pa)
}

// purityOf is [voter.purity] of a power spectrum.
func purityOf(power []float64) float64 {
	peak, band := 0.0, 0.0
	for _, p := range power[bandFirst : bandLast+1] {
		peak, band = max(peak, p), band+p
	}
	if !(band > 0) {
		return 0
	}
	return peak / band
}

func (v *voter) tapered(dst, x []float64) []float64 {
	dst = append(dst[:0], x...)
	w := v.taper(len(x))
	m := dsp.Mean(x)
	for i := range dst {
		dst[i] = (dst[i] - m) * w[i]
	}
	return dst
}

// taper returns a Hann window of n samples.
func (v *voter) taper(n int) []float64 {
	w, ok := v.tapers[n]
	if !ok {
		w = dsp.Hann(n)
		v.tapers[n] = w
	}
	return w
}

// highest returns the index of the greatest value.
func highest(x []float64) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

// cast adds the spectrum of candidate k to the vote.
func (v *voter) cast(out *ballot, k int, power []float64, weight float64) {
	at, best, ok := v.read(power)
	if !ok {
		return
	}
	out.peaks[k] = uint16(at)
	w := best * weight
	sum := out.power[:len(v.grid)]
	for i, p := range v.grid {
		sum[i] += w * p
	}
}

// read fills the grid with a spectrum and returns the index of its highest value and that value. A value is the
// power as a share of the band's, plus half of the smaller of P(f) and P(2f): support by the harmonic that can't
// make a peak at half the rate.
func (v *voter) read(power []float64) (at int, best float64, ok bool) {
	if v.level != nil {
		v.level(power, v.samples)
	}
	band := float64(bandLast-bandFirst+1) * dsp.Mean(power[bandFirst:bandLast+1])
	if !(band > 0) || math.IsInf(band, 0) {
		return 0, 0, false
	}
	scale := 1 / band
	for i := range v.at {
		p, double := v.at[i].of(power), v.twice[i].of(power)
		if p < double {
			double = p
		}
		p = (p + 0.5*double) * scale
		v.grid[i] = p
		if p > best {
			best, at = p, i
		}
	}
	return at, best, true
}

// position lies between two bins of a spectrum.
type position struct {
	bin  int
	part float64 // of the way to the next bin, 0..1
}

// positionAt splits a position in bins; beyond the spectrum it is its last bin.
func positionAt(bins float64) position {
	i := min(int(bins), nfft/2-1)
	return position{i, min(bins-float64(i), 1)}
}

// of reads a spectrum at the position on the straight line between the bins.
func (p position) of(power []float64) float64 {
	return power[p.bin] + p.part*(power[p.bin+1]-power[p.bin])
}

// evidence turns the votes of the two windows into the log vote of a step. A window in which no candidate voted
// has no influence.
func evidence(dst []float64, short, long []float64) {
	for i := range dst {
		dst[i] = voteGain / 2 * math.Log((short[i]+voteFloor)*(long[i]+voteFloor))
	}
}

// steepest is the greatest slope of a noise floor that is levelled, as an exponent of the frequency.
const steepest = 1.5

// levelPressure levels the spectrum of a finger. Its noise comes from pressure and falls as a power of the
// frequency over the whole band, so the straight line through the logarithms of power and frequency is removed.
func levelPressure(power []float64, _ int) {
	const every = 4
	var n, sx, sy, sxx, sxy float64
	for i := bandFirst; i <= bandLast; i += every {
		p := 0.0
		for _, v := range power[i : i+every] {
			p += v
		}
		if !(p > 0) {
			continue
		}
		x, y := math.Log(float64(i)+every/2), math.Log(p)
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	d := n*sxx - sx*sx
	if !(d > 0) {
		return
	}
	slope := min(0, max(-steepest, (n*sxy-sx*sy)/d))
	if slope == 0 {
		return
	}
	for i := 1; i < len(power); i++ {
		power[i] *= math.Exp(-slope * math.Log(float64(i)/float64(bandFirst)))
	}
}

// levelFace levels the spectrum of n samples of one region of a face. Its noise, from light and movement, falls
// with frequency until the sensor's noise, which is level, is larger.
func levelFace(power []float64, n int) {
	// A pulse isn't noise, so its line is left out. The line is as wide as four over the length of the window: in
	// 6 s it fills a fifth of the band.
	peak, lobe := bandFirst+highest(power[bandFirst:bandLast+1]), 2*nfft/n
	f := floorOf(power, peak-lobe, peak+lobe)
	for i := 1; i < len(power); i++ {
		power[i] *= f.gain(i)
	}
}

// floorBins is the number of bins of the transform for each point of a noise floor.
const floorBins = 4

// noiseFloor is the logarithm of the noise in a spectrum over that at the band's lower end, at points floorBins apart.
type noiseFloor [(bandLast - bandFirst + 1) / floorBins]float64

// floorOf returns the falling curve that is nearest to the logarithm of a spectrum in least squares, by pooling
// adjacent violators (Ayer et al., "An empirical distribution function for sampling with incomplete information",
// Ann. Math. Stat. 1955;26:641). Bins from but up to, not including, to are left out.
func floorOf(power []float64, but, to int) (f noiseFloor) {
	type block struct {
		sum, weight float64
		points      int
	}
	var blocks [len(f)]block
	n := 0
	for j := range f {
		b := block{points: 1}
		i := bandFirst + j*floorBins
		if i >= to || i+floorBins <= but {
			p := 0.0
			for _, v := range power[i : i+floorBins] {
				p += v
			}
			if p > 0 {
				b.sum, b.weight = math.Log(p), 1
			}
		}
		for ; n > 0; n-- {
			a := blocks[n-1]
			if a.weight > 0 && b.weight > 0 && a.sum*b.weight > b.sum*a.weight {
				break
			}
			b = block{a.sum + b.sum, a.weight + b.weight, a.points + b.points}
		}
		blocks[n], n = b, n+1
	}
	j := 0
	for _, b := range blocks[:n] {
		for range b.points {
			f[j] = b.sum/max(b.weight, 1) - blocks[0].sum/max(blocks[0].weight, 1)
			j++
		}
	}
	return f
}

// gain returns the factor that levels the power in a bin.
func (f *noiseFloor) gain(bin int) float64 {
	at := (float64(bin-bandFirst) - (floorBins-1)/2.0) / floorBins
	at = min(max(at, 0), float64(len(f)-1))
	i := min(int(at), len(f)-2)
	return math.Exp(-f[i] - (at-float64(i))*(f[i+1]-f[i]))
}
