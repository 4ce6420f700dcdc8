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
// calmest 30 s 0.0005. Of seven clips of one person, of uncertain frame rates, the calmest has 0.0013, of 1,380 simulated scans 0.0005 after 12 s and 0.0009 after 30 s. Still pictures before
// a noisy sensor have about 0.0001, whatever their detector does to the regions.
func leastSlowChange(seconds float64) float64 { return 0.0002 * min(1.5, max(1, seconds/20)) }

// leastFastChange is the change between 0.7 and 4 Hz, as a share of the mean, from which it is more than noise makes of a picture. Of 900
// still pictures nine in ten have less, but so have a few living faces.
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
	slowBins, fastBins := binsOf(slowBand, n), binsOf(fastBand, n)
	power := make([]float64, len(fastBins))
	pieces := 1 + (2*(len(x)-n)+n-1)/n
	for p := range pieces {
		piece := x[p*(len(x)-n)/max(1, pieces-1):]
		for i := range y {
			y[i] = w[i] * (piece[i]/m - 1)
		}
		slow += powerAt(power, y, slowBins)
		fast += powerAt(power, y, fastBins)
	}
	scale := 2 / (dsp.Dot(w, w) * float64(n) * float64(pieces))
	return math.Sqrt(slow * scale), math.Sqrt(fast * scale)
}

// binsOf returns the frequencies of a spectrum of n samples at rate within a band in Hz, in cycles a sample.
func binsOf(band [2]float64, n int) []float64 {
	var f []float64
	for bin := math.Ceil(band[0] / rate * float64(n)); bin < band[1]/rate*float64(n); bin++ {
		f = append(f, bin/float64(n))
	}
	return f
}

// powerAt returns the sum of |X(f)|^2 of x over frequencies f in cycles a sample; scratch has room for as many.
func powerAt(scratch, x, f []float64) float64 {
	dsp.PowersAt(scratch, x, f)
	sum := 0.0
	for _, p := range scratch[:len(f)] {
		sum += p
	}
	return sum
}
