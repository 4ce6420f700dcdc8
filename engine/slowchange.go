package engine

import (
	"math"

	"blush.example/blush/dsp"
)

// Bands in Hz: that of breathing, in which people also sway and nod, and that of the pulse.
var (
	slowBand = [2]float64{0.2, 0.5}
	fastBand = [2]float64{0.7, 4}
)

// changeSamples is the length of the pieces of a recording that changes are read from.
const changeSamples = 30 * rate

// leastSlowChange returns the least slow change of a living face in a recording of the given length in s, as a share of its mean. In a short one,
// with few cycles, the figure varies. The calmest 12 s of monkeys whose heads were fixed (Unakafov et al. 2018) have 0.00023, the
// calmest 30 s 0.0005. Of seven people the calmest had 0.0013, of 2,000 simulated scans 0.0005 after 12 s and 0.0009 after 30 s. Still pictures before
// a noisy sensor have about 0.0001, whatever their detector does to the regions.
func leastSlowChange(seconds float64) float64 { return 0.0002 * min(1.5, max(1, seconds/20)) }

// leastFastChange is the change between 0.7 and 4 Hz, as a share of the mean, from which it is more than noise makes of a picture. Of 900
// still pictures 19 in 20 have less, and so have the weakest pulses.
const leastFastChange = 0.0008

// changes returns the standard deviation of a colour at rate in the band of breathing and in that of the pulse, each as a share of its mean: by the
// mean of the spectra, under Hann windows, of pieces of 30 s or less that overlap by half or more (Welch 1967). 0 where the colour has no mean.
func changes(x []float64) (slow, fast float64) {
	n := min(len(x), changeSamples)
	m := dsp.Mean(x)
	if n == 0 || !(m > 0) {
		return 0, 0
	}
	w := dsp.Hann(n)
	y := make([]float64, n)
	pieces := 1 + (2*(len(x)-n)+n-1)/n
	for p := range pieces {
		piece := x[p*(len(x)-n)/max(1, pieces-1):]
		for i := range y {
			y[i] = w[i] * (piece[i]/m - 1)
		}
		slow += bandPower(y, slowBand)
		fast += bandPower(y, fastBand)
	}
	scale := 2 / (dsp.Dot(w, w) * float64(n) * float64(pieces))
	return math.Sqrt(slow * scale), math.Sqrt(fast * scale)
}

// bandPower returns the sum of the power of x at rate over the bins of its spectrum in a band in Hz.
func bandPower(x []float64, band [2]float64) float64 {
	length := float64(len(x))
	var f []float64 // in cycles a sample
	for bin := math.Ceil(band[0] / rate * length); bin < band[1]/rate*length; bin++ {
		f = append(f, bin/length)
	}
	power := make([]float64, len(f))
	dsp.PowersAt(power, x, f)
	sum := 0.0
	for _, p := range power {
		sum += p
	}
	return sum
}
