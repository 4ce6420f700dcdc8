package engine

import (
	"math"
	"math/cmplx"

	"blush/dsp"
)

// leastPatches is how many patches of skin it takes to ask whether they beat together.
const leastPatches = 6

// uniformity tells a pulse from a moving surface. Blood reaches the whole face
// within a few hundredths of a second and everywhere turns green darker relative to red; a
// shine that wanders over a moving face, or a mask, brightens one patch while it
// darkens another. With a_p the complex amplitude of G/mean G - R/mean R of patch
// p at the rate bpm over a tapered window, it returns
//
//	|sum a_p|^2 / (P sum |a_p|^2)
//
// 1 when all patches beat as one, about 1/P when each goes its own way; 0 with
// fewer than six patches.
func (s segment) uniformity(used []int, bpm float64, taper []float64) float64 {
	if len(used) < leastPatches {
		return 0
	}
	step := cmplx.Rect(1, -2*math.Pi*bpm/60/rate)
	var sum complex128
	var power float64
	for _, r := range used {
		red, green := s.rgb[r][0], s.rgb[r][1]
		mr, mg := dsp.Mean(red), dsp.Mean(green)
		if !(mr > 0) || !(mg > 0) {
			return 0
		}
		var a complex128
		turn := complex(1, 0)
		for i, w := range taper {
			a += complex(w*(green[i]/mg-red[i]/mr), 0) * turn
			turn *= step
		}
		sum += a
		power += real(a)*real(a) + imag(a)*imag(a)
	}
	if !(power > 0) {
		return 0
	}
	return (real(sum)*real(sum) + imag(sum)*imag(sum)) / (float64(len(used)) * power)
}

// beating is the uniformity of one window at the rate its own vote prefers.
type beating struct {
	timeS, bpm, uniformity float64
}

// together returns the mean uniformity of the windows whose own rate is the
// track's; 0 when none is.
func together(windows []beating, timeS, bpm []float64) float64 {
	var sum, n float64
	for _, w := range windows {
		if math.Abs(dsp.Interp(timeS, bpm, w.timeS)-w.bpm) <= 4 {
			sum += w.uniformity
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}
