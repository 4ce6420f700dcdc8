package ppg

import (
	"math"

	"blush.example/blush/dsp"
)

// Block is the quality of one stretch of a wave.
type Block struct {
	TimeS float64 // its middle
	SNR   float64 // ratio of powers
}

// The length of a stretch and the step to the next one, in heart cycles.
const (
	blockCycles = 32
	blockHop    = 16
)

// SNR returns the signal-to-noise ratio of each wave along its phase, in stretches of 32 heart cycles that overlap
// by half: the power within 0.1 Hz of the heart rate and 0.2 Hz of its double, over the rest of the power in
// 0.65-4 Hz (de Haan & Jeanne 2013, who use a constant rate). f0 is the usual rate in Hz. A nil wave has 0.
func SNR(p Phase, f0 float64, waves ...[]float64) [][]Block {
	out := make([][]Block, len(waves))
	if len(p.at) < 2*PerCycle || !(f0 > 0) {
		return out
	}
	size := min(blockCycles*PerCycle, len(p.at))
	nfft := 1
	for nfft < 2*size {
		nfft *= 2
	}
	spec, hann := dsp.NewSpectrum(nfft), dsp.Hann(size)
	buf := [2][]float64{make([]float64, size), make([]float64, size)}
	pow := [2][]float64{make([]float64, nfft/2+1), make([]float64, nfft/2+1)}
	warped := make([][]float64, len(waves))
	for k, w := range waves {
		if w != nil {
			warped[k] = p.Warp(w)
		}
	}
	taper := func(dst, w []float64, start int) {
		if w == nil {
			clear(dst)
			return
		}
		m := dsp.Mean(w[start : start+size])
		for i := range dst {
			dst[i] = (w[start+i] - m) * hann[i]
		}
	}
	for start := 0; ; start += blockHop * PerCycle {
		start = min(start, len(p.at)-size)
		mid := p.Time(float64(start + size/2))
		for k := 0; k < len(waves); k += 2 {
			taper(buf[0], warped[k], start)
			clear(buf[1])
			if k+1 < len(waves) {
				taper(buf[1], warped[k+1], start)
			}
			spec.Power(pow[0], pow[1], buf[0], buf[1])
			for j := range min(2, len(waves)-k) {
				b := Block{TimeS: mid}
				if waves[k+j] != nil { // the spectrum of none is rounding noise of the other wave's
					b.SNR = ratio(pow[j], nfft, f0)
				}
				out[k+j] = append(out[k+j], b)
			}
		}
		if start == len(p.at)-size {
			return out
		}
	}
}

// ratio is the power at the heart rate and its double over the rest of the band.
func ratio(power []float64, nfft int, f0 float64) float64 {
	signal, noise := 0.0, 0.0
	for i, v := range power {
		c := float64(i) * PerCycle / float64(nfft) // cycles a heart cycle
		hz := c * f0
		switch {
		case hz < 0.65 || hz > 4:
		case math.Abs(hz-f0) <= 0.1 || math.Abs(hz-2*f0) <= 0.2:
			signal += v
		default:
			noise += v
		}
	}
	if !(signal > 0) {
		return 0
	}
	return min(signal/max(noise, 1e-12*signal), 1e6)
}

// Ratio returns the mean SNR of stretches.
func Ratio(b []Block) float64 {
	x := make([]float64, len(b))
	for i := range b {
		x[i] = b[i].SNR
	}
	return dsp.Mean(x)
}

// DB converts a ratio of powers to decibels, at least -40.
func DB(ratio float64) float64 { return 10 * math.Log10(max(ratio, 1e-4)) }

// Fuse adds up waves in which systole points up. Each is divided by its standard deviation and weighted by sqrt(s)
// sqrt(s/(1+s)), where s is its ratio of powers in blocks. A wave more than 4 dB below the best one in a stretch
// is left out there. Weights are interpolated linearly between the middles of the stretches.
func Fuse(waves [][]float64, rate float64, blocks [][]Block) []float64 {
	n := 0
	for _, w := range waves {
		n = max(n, len(w))
	}
	out := make([]float64, n)
	best := map[int]float64{}
	for _, b := range blocks {
		for i := range b {
			best[i] = max(best[i], b[i].SNR)
		}
	}
	for k, w := range waves {
		sd := dsp.SD(w)
		if len(blocks[k]) == 0 || !(sd > 0) {
			continue
		}
		t, g := make([]float64, len(blocks[k])), make([]float64, len(blocks[k]))
		for i, b := range blocks[k] {
			t[i] = b.TimeS
			if b.SNR >= best[i]*math.Pow(10, -0.4) {
				g[i] = b.SNR / math.Sqrt(1+b.SNR) / sd
			}
		}
		j := 0
		for i, v := range w {
			s := float64(i) / rate
			for j+2 < len(t) && t[j+1] < s {
				j++
			}
			out[i] += v * dsp.Interp(t[j:min(j+2, len(t))], g[j:min(j+2, len(t))], s)
		}
	}
	return out
}
