package engine

import (
	"math"
	"math/cmplx"

	"blush.example/blush/dsp"
)

// steadySeconds is the least length in s of a wave of which it can be said that it keeps its rate: in a few breaths a heart may, too.
const steadySeconds = 18

// steadiness distinguishes a heart from a machine. With z_k the complex amplitudes of wave, sampled at rate, at
// the frequency f0 in Hz in tapered windows of 3 s around the times t_k, it returns the greatest
//
//	|sum z_k exp(-2 pi i d t_k)|^2 / (K sum |z_k|^2)
//
// over frequencies f0 + d within 0.06 Hz: the squared vector strength (Goldberg & Brown, J Neurophysiol
// 1969;32:613), weighted by the strength. It is 1 for a lamp that keeps one rate and about 1/K for noise. A heart's
// beats come earlier and later with each breath, and its rate wanders. It is 0 in recordings under 18 s, which are too short to tell.
func steadiness(wave []float64, f0 float64) float64 {
	const length, hop, reach = 3 * int(rate), 3 * int(rate) / 2, 0.06
	windows := (len(wave)-length)/hop + 1
	if len(wave) < steadySeconds*rate {
		return 0
	}
	taper := dsp.Hann(length)
	z := make([]complex128, windows)
	power := 0.0
	step := cmplx.Rect(1, -2*math.Pi*f0/rate)
	for k := range z {
		turn := cmplx.Rect(1, -2*math.Pi*f0/rate*float64(k*hop))
		for i, w := range taper {
			z[k] += complex(w*wave[k*hop+i], 0) * turn
			turn *= step
		}
		power += real(z[k])*real(z[k]) + imag(z[k])*imag(z[k])
	}
	if !(power > 0) {
		return 0
	}
	best := 0.0
	fine := rate / float64(4*len(wave))
	for d := -reach; d <= reach; d += fine {
		var sum complex128
		step, turn := cmplx.Rect(1, -2*math.Pi*d*float64(hop)/rate), complex(1, 0)
		for _, v := range z {
			sum += v * turn
			turn *= step
		}
		best = max(best, real(sum)*real(sum)+imag(sum)*imag(sum))
	}
	return best / (float64(windows) * power)
}
