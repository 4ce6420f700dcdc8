package rppg

import (
	"math"

	"blush.example/blush/dsp"
)

// MeanColour removes from the colour its part along the mean skin colour, which
// is where changes of brightness lie, and keeps green:
//
//	s = mean(C)/|mean(C)|,  S = -((I - s s') C)_G / mean(G)
//
// On means that aren't centred, OMIT reduces to this, with the colour of the first frame as s: Álvarez Casado &
// Bordallo López, "Face2PPG", IEEE JBHI 2023;27:5530; and LGI, Pilz et al., CVPR Workshops 2018.
func MeanColour(c RGB, _ float64) []float64 {
	n := c.Len()
	out := make([]float64, n)
	if !c.usable(4) {
		return out
	}
	var s [3]float64
	for k := range c {
		s[k] = dsp.Mean(c[k][:n])
	}
	green := s[1]
	norm := math.Sqrt(s[0]*s[0] + s[1]*s[1] + s[2]*s[2])
	for k := range s {
		s[k] /= norm
	}
	for i := range out {
		along := s[0]*c[0][i] + s[1]*c[1][i] + s[2]*c[2][i]
		out[i] = -(c[1][i] - s[1]*along) / green
	}
	return out
}
