package rppg

import (
	"math"

	"blush.example/blush/dsp"
)

// RGB is the colour of one region over time, evenly sampled: the mean of R, G
// and B, positive, on any scale. The three have the same length.
//
// The methods of this package take such a colour and its rate in Hz and return
// a pulse wave of the same length, without unit, systole up. They expect some
// seconds of samples; on too few, or on samples that aren't positive, they
// return zeros rather than fail.
type RGB [3][]float64

// Signature is the relative strength of the pulse in R, G and B of skin under white light, with a sum of squares
// of one (de Haan & van Leest 2014, PBV). The three figures have not been checked against the paper.
var Signature = [3]float64{0.33, 0.77, 0.53}

// Band limits of the pulse in Hz that the methods filter to.
const (
	bandLow  = 0.60
	bandHigh = 4.00
)

// Len returns the number of samples.
func (c RGB) Len() int { return min(len(c[0]), len(c[1]), len(c[2])) }

// infinity is the bits of +Inf.
const infinity = 0x7FF0000000000000

// usable reports whether every sample is positive and finite and there are at least n.
func (c RGB) usable(n int) bool {
	if c.Len() < max(n, 2) {
		return false
	}
	for k := range c {
		for _, v := range c[k][:c.Len()] {
			// The bits of positive finite numbers are those from 1 up to below infinity's.
			if math.Float64bits(v)-1 >= infinity-1 {
				return false
			}
		}
	}
	return true
}

// Relative returns the change of each channel relative to its slow trend: the channel divided by its mean over the
// 2 s around each sample, minus one.
func (c RGB) Relative(rate float64) RGB {
	var out RGB
	c.relative(&out, rate)
	return out
}

// relative writes [RGB.Relative] to dst, using its memory where it is large enough.
func (c RGB) relative(dst *RGB, rate float64) {
	half := int(math.Round(rate))
	for k := range c {
		dst[k] = dsp.AppendMovingMean(dst[k][:0], c[k], half)
		x, out := c[k][:len(dst[k])], dst[k]
		for i, m := range out {
			if m > 0 {
				out[i] = x[i]/m - 1
			}
		}
	}
}

// BandPass filters a wave to the band of the pulse without delay.
func BandPass(x []float64, rate float64) []float64 {
	return pulseBand(rate).FiltFiltPad(x, int(rate))
}

func pulseBand(rate float64) dsp.SOS { return dsp.Butter2Bandpass(bandLow, bandHigh, rate) }

// samples returns the length of a window of some seconds, at least 4 samples and at most n.
func samples(seconds, rate float64, n int) int {
	return min(max(int(math.Round(seconds*rate)), 4), n)
}
