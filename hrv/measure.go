package hrv

import (
	"math"

	"blush.example/blush/dsp"
)

// Reading is the variability of intervals with its error.
type Reading struct {
	// SDNN and RMSSD in ms.
	SDNN, RMSSD float64
	// SDNNError and RMSSDError are one standard deviation of their errors in ms, relative to the true values for
	// the pulses of the recording.
	SDNNError, RMSSDError float64
	// Noise is the root mean square in ms of the noise in successive differences.
	Noise float64
	// LF and HF are the powers of the rhythm from 0.04 to 0.15 Hz and from 0.15 to 0.40 Hz.
	LF, HF Power
	// N is the number of intervals used.
	N int
	// OK is false for fewer than eight intervals or seven differences.
	OK bool
}

// rareAt is the number of robust standard deviations beyond which a value is rare: one in four hundred differences
// of a normal rhythm. reached is the distance, in standard deviations of the error, between the reading with rare
// values and that without them: the end of the 90 % interval.
const (
	rareAt  = 3
	reached = 1.645
)

// Errors of a reading, as shares (one standard deviation): of the power of the noise, and of the distortion of a
// rhythm by filters and pulse that remains after correction.
const (
	noiseUnknown = 0.4
	distortion   = 0.03
)

// ArrivalSDNN and ArrivalRMSSD are the differences between the variability of the pulse and that of the heart, as
// shares (one standard deviation): the time that a pulse takes to arrive varies. The powers of the pulse at wrist
// and forearm exceed those of the ECG by 8 % (LF) and 18 % (HF) sitting, and by 13 and 25 % lying (Yuda et al., J
// Physiol Anthropol 2020;39:21). The roots of the powers exceed them by half as much.
const (
	ArrivalSDNN  = 0.05
	ArrivalRMSSD = 0.10
)

// Measure returns SDNN and RMSSD of intervals (s) of which some are set aside as NaN. timing is one standard
// deviation in s of the noise in the time of each beat, one more than there are intervals, or nil. Independent
// noise of variance v adds 2 v to the square of SDNN and 6 v to that of RMSSD, which is taken out. A difference
// counts only where both intervals are known. A rare value may be the heart's own, or come from a beat seen at the
// wrong moment, which can weigh as much as a minute of the heart's own changes. So rare values count, and the
// error extends to the reading without them.
func Measure(ibi, timing []float64) Reading {
	ibi = plausible(ibi)
	known, d := finite(ibi), finite(diff(ibi))
	r := Reading{N: len(known)}
	if len(known) < 8 || len(d) < 7 {
		return r
	}
	sdnn2, rmssd2 := variance(known), meanSquare(d)
	v := noiseVariance(ibi, timing)
	r.set(subtractNoise(sdnn2, 2*v), subtractNoise(rmssd2, 6*v), len(ibi))
	// Errors of the mean of squares of a rhythm in noise (Bartlett's formula for
	// noise of the weights 1, -1 and 1, -2, 1).
	n := float64(len(d))
	r.SDNNError = rootError(sdnn2, 12*v*v/n+sqr(noiseUnknown*2*v), r.SDNNError)
	r.RMSSDError = rootError(rmssd2, (24*rmssd2*v+140*v*v)/n+sqr(noiseUnknown*6*v), r.RMSSDError)
	r.SDNNError = math.Hypot(r.SDNNError, rare(sdnn2, variance(usual(known))))
	r.RMSSDError = math.Hypot(r.RMSSDError, rare(rmssd2, meanSquare(usual(d))))
	r.Noise = 1000 * math.Sqrt(6*v)
	r.LF, r.HF = powers(d, dsp.Mean(known), v, r.gaps(len(ibi)))
	r.OK = true
	return r
}

// usual returns the values of x within rareAt robust standard deviations of their median, or all of x where that
// deviation is zero.
func usual(x []float64) []float64 {
	m, most := dsp.Median(x), rareAt*1.4826*dsp.MAD(x)
	if !(most > 0) {
		return x
	}
	var out []float64
	for _, v := range x {
		if math.Abs(v-m) <= most {
			out = append(out, v)
		}
	}
	return out
}

// rare returns in ms, as one standard deviation, what rare values add to the root of a square (s²).
func rare(all, usual float64) float64 {
	return 1000 * max(0, math.Sqrt(all)-math.Sqrt(usual)) / reached
}

// set fills in the values from their squares (s²), and the errors that come from intervals set aside and from the
// shapes of filters. Nothing is known of the first and the last beat, nor of the intervals set aside. Each missing
// interval counts threefold, because neighbours are alike.
func (r *Reading) set(sdnn2, rmssd2 float64, all int) {
	r.SDNN, r.RMSSD = 1000*math.Sqrt(sdnn2), 1000*math.Sqrt(rmssd2)
	share := r.unknown(all)
	r.SDNNError, r.RMSSDError = share*r.SDNN, share*r.RMSSD
}

// unknown returns the errors that set fills in, as a share of the values.
func (r *Reading) unknown(all int) float64 {
	n := float64(r.N)
	gone := 1.5 * (float64(all-r.N) + 2) / (n * n) // relative variance of the square, over 4
	return math.Sqrt(gone + distortion*distortion)
}

// rootError returns the error in ms of the root of a square: ms combined with the error of the square (variance in
// s⁴).
func rootError(square, variance, ms float64) float64 {
	return math.Sqrt(ms*ms + 1e6*variance/(4*max(square, math.Sqrt(variance), 1e-12)))
}

// subtractNoise subtracts noise from a square, but leaves at least a twentieth of it.
func subtractNoise(square, noise float64) float64 { return max(square-noise, square/20) }

// noiseVariance is the mean variance in s² of the times of the beats at the ends of known intervals.
func noiseVariance(ibi, timing []float64) float64 {
	sum, n := 0.0, 0.0
	for i, v := range ibi {
		if i+1 >= len(timing) || math.IsNaN(v) {
			continue
		}
		if s := (timing[i]*timing[i] + timing[i+1]*timing[i+1]) / 2; !math.IsNaN(s) && !math.IsInf(s, 0) {
			sum, n = sum+s, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

func variance(x []float64) float64 {
	m, s := dsp.Mean(x), 0.0
	for _, v := range x {
		s += (v - m) * (v - m)
	}
	return s / float64(len(x)-1)
}

func meanSquare(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return s / float64(len(x))
}

func sqr(x float64) float64 { return x * x }

// plausible returns the intervals, with NaN in place of those that no heart can have. Its limits are wider than
// [MinIBI] and [MaxIBI], since pauses and early beats are kept.
func plausible(ibi []float64) []float64 {
	out := make([]float64, len(ibi))
	for i, v := range ibi {
		out[i] = v
		if !(v > MinIBI/2 && v < 10*MaxIBI) {
			out[i] = math.NaN()
		}
	}
	return out
}

func finite(x []float64) []float64 {
	y := make([]float64, 0, len(x))
	for _, v := range x {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			y = append(y, v)
		}
	}
	return y
}

// diff returns successive differences; one next to a NaN is NaN.
func diff(x []float64) []float64 {
	if len(x) < 2 {
		return nil
	}
	d := make([]float64, len(x)-1)
	for i := range d {
		d[i] = x[i+1] - x[i]
	}
	return d
}
