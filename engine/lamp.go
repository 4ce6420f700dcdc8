package engine

import (
	"math"
	"math/cmplx"

	"blush/dsp"
	"blush/rppg"
)

// leastPatches is how many good patches of skin it takes to null movement and light
// in the space of all of them.
const leastPatches = 6

// beating is how the whole face changes in one window at the rate its vote prefers.
type beating struct {
	timeS, bpm, uniformity float64
	// At bpm: the part of the whole face's R, G and B in step with the wave of all
	// patches, times that wave, and the power of that wave.
	inStep [3]float64
	power  float64
}

// line returns the complex amplitude of a signal at a rate under a taper.
func line(x, taper []float64, bpm float64) complex128 {
	step := cmplx.Rect(1, -2*math.Pi*bpm/60/rate)
	var a complex128
	turn := complex(1, 0)
	for i, w := range taper {
		a += complex(w*x[i], 0) * turn
		turn *= step
	}
	return a
}

// compare fills in what the whole face's relative colour shows at the rate of the window
// beside the wave of the combination of all patches.
func (b *beating) compare(wave []float64, whole rppg.RGB, taper []float64) {
	w := line(wave, taper, b.bpm)
	for k := range whole {
		c := line(whole[k], taper, b.bpm)
		b.inStep[k] = -real(w)*real(c) - imag(w)*imag(c)
	}
	b.power = real(w)*real(w) + imag(w)*imag(w)
}

// shared is what the windows show whose own rate is the track's.
type shared struct {
	uniformity float64 // mean
	// excess is how many times stronger than the wave of all patches the whole face
	// changes in step with it, seen through the signature. A pulse changes the face as
	// much as its wave says, about 1; the wave of a flickering lamp is the small rest
	// that could not be nulled.
	excess float64
	// colour is the cosine of the angle between the colour in which the whole face
	// changes in step and the signature.
	colour float64
}

// onTrack sums up windows; all is 0 when none is on the track.
func onTrack(windows []beating, timeS, bpm []float64) (s shared) {
	var n, power, along, size float64
	var colour [3]float64
	for _, w := range windows {
		if math.Abs(dsp.Interp(timeS, bpm, w.timeS)-w.bpm) <= 4 {
			n++
			s.uniformity += w.uniformity
			power += w.power
			for k, v := range w.inStep {
				colour[k] += v
			}
		}
	}
	for k, v := range colour {
		along += v * rppg.Signature[k]
		size += v * v
	}
	if n > 0 {
		s.uniformity /= n
	}
	if power > 0 && size > 0 {
		s.excess, s.colour = along/power, along/math.Sqrt(size)
	}
	return s
}
