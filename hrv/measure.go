package hrv

import (
	"math"

	"blush.example/blush/dsp"
)

// Reading is the variability of intervals with the error it was read with.
type Reading struct {
	// SDNN and RMSSD in ms.
	SDNN, RMSSD float64
	// SDNNError and RMSSDError are one standard deviation of their errors in ms,
	// against the same quantities of the very pulses of the recording.
	SDNNError, RMSSDError float64
	// Noise is the root mean square in ms of what noise adds to successive differences.
	Noise float64
	// LF and HF are the powers of the rhythm from 0.04 to 0.15 and to 0.40 Hz.
	LF, HF Power
	// N is the number of intervals used.
	N int
	// OK is false for fewer than eight intervals or seven differences.
	OK bool
}

// rareAt is the number of robust standard deviations beyond which a value is
// rare: of a normal rhythm's differences, one in four hundred. reached says how far, in standard
// deviations, the reading without rare values lies from that with them: the end of the 90 % interval.
const (
	rareAt  = 3
	reached = 1.645
)

// What a reading can't know, as shares: how far the noise's own power is known,
// and how far filters and pulse bend a rhythm beyond what is reckoned with.
const (
	noiseUnknown = 0.4
	bent         = 0.03
)

// ArrivalSDNN and ArrivalRMSSD are by how much the pulse's rhythm differs from the heart's, as shares
// (one standard deviation), because the time that a pulse takes to arrive varies: powers
// of the pulse of wrist and forearm exceed those of the ECG by 8 % (LF) and 18 % (HF) sitting, 13 and 25 %
// lying (Yuda et al., J Physiol Anthropol 2020;39:21), the roots of powers by half as much.
const (
	ArrivalSDNN  = 0.05
	ArrivalRMSSD = 0.10
)

// Measure returns SDNN and RMSSD of intervals (s) of which some are set aside
// as NaN. timing is one standard deviation in s of the noise in the time of
// each beat, one more than there are intervals, or nil. Independent noise of
// variance v adds 2 v to the square of SDNN and 6 v to that of RMSSD, which is
// taken out. Only neighbours that are both known make a difference. Rare values may be
// the heart's, and then they belong to it, or a beat seen at the wrong moment, which weighs as
// much as a minute of the heart's own changes: they count, and the error reaches to where they would not.
func Measure(ibi, timing []float64) Reading {
	ibi = plausible(ibi)
	known, d := finite(ibi), finite(diff(ibi))
	r := Reading{N: len(known)}
	if len(known) < 8 || len(d) < 7 {
		return r
	}
	sdnn2, rmssd2 := variance(known), meanSquare(d)
	v := noiseVariance(ibi, timing)
	r.set(left(sdnn2, 2*v), left(rmssd2, 6*v), len(ibi))
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

// usual returns the values of x within rareAt robust standard deviations of their median, all where that is zero.
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

// set fills in the values from their squares (s²) and, as errors, what comes of
// intervals set aside and of the shapes of filters: of the first and the last
// beat, and of the intervals not known among all, the reading says nothing, and
// as neighbours are alike each missing one counts threefold.
func (r *Reading) set(sdnn2, rmssd2 float64, all int) {
	r.SDNN, r.RMSSD = 1000*math.Sqrt(sdnn2), 1000*math.Sqrt(rmssd2)
	share := r.unknown(all)
	r.SDNNError, r.RMSSDError = share*r.SDNN, share*r.RMSSD
}

// unknown is what set adds to the errors, as a share of the values.
func (r *Reading) unknown(all int) float64 {
	n := float64(r.N)
	gone := 1.5 * (float64(all-r.N) + 2) / (n * n) // relative variance of the square, over 4
	return math.Sqrt(gone + bent*bent)
}

// rootError adds to an error in ms of the root of a square that of the square (variance in s⁴).
func rootError(square, variance, ms float64) float64 {
	return math.Sqrt(ms*ms + 1e6*variance/(4*max(square, math.Sqrt(variance), 1e-12)))
}

// left takes noise from a square; at least a twentieth of it stays.
func left(square, noise float64) float64 { return max(square-noise, square/20) }

// noiseVariance is the mean variance in s² of the times of the beats beside known intervals.
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

// plausible returns the intervals with NaN for those that none of a heart's can be.
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

// diff returns successive differences; one beside a NaN is NaN.
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
