package engine

import (
	"math"
	"math/cmplx"

	"blush.example/blush/dsp"
)

// uniformity distinguishes a pulse from a moving surface. Blood reaches the whole face within a few hundredths of
// a second, and makes green darker relative to red everywhere. A highlight that moves over a moving face, or a
// mask, brightens one patch while it darkens another. With a_p the complex amplitude of G/mean G - R/mean R of
// patch p at the rate bpm over a tapered window, it returns
//
//	|sum a_p|^2 / (P sum |a_p|^2)
//
// It is 1 when all patches pulse as one, about 1/P when they are independent, and 0 with fewer than six patches.
func (s segment) uniformity(used []int, bpm float64, taper []float64) float64 {
	if len(used) < leastPatches {
		return 0
	}
	step := cmplx.Rect(1, -2*math.Pi*bpm/60/rate)
	wave := make([]complex128, len(taper)) // at the rate, tapered
	turn := complex(1, 0)
	for i, w := range taper {
		wave[i] = complex(w, 0) * turn
		turn *= step
	}
	var sum complex128
	var power float64
	for _, r := range used {
		red, green := s.rgb[r][0], s.rgb[r][1]
		mr, mg := dsp.Mean(red), dsp.Mean(green)
		if !(mr > 0) || !(mg > 0) {
			return 0
		}
		fg, fr := 1/mg, 1/mr
		var re, im float64
		for i, w := range wave {
			d := green[i]*fg - red[i]*fr
			re += d * real(w)
			im += d * imag(w)
		}
		sum += complex(re, im)
		power += re*re + im*im
	}
	if !(power > 0) {
		return 0
	}
	return (real(sum)*real(sum) + imag(sum)*imag(sum)) / (float64(len(used)) * power)
}
