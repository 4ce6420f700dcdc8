package engine

import (
	"math/rand/v2"
	"slices"
	"testing"

	"blush.example/blush/rppg"
)

// Methods that do not use the pulse's colour come first, and say so: another colour changes only the waves of the others.
func TestMethodsWithoutThePulsesColourComeFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	draw := func(level float64) (c rppg.RGB) {
		for k := range c {
			for range longSamples {
				c[k] = append(c[k], level+r.NormFloat64())
			}
		}
		return c
	}
	w := faceWindow{whole: draw(100), banded: draw(0), parts: []rppg.RGB{draw(0), draw(0)}, behind: draw(0), combiner: new(rppg.Combiner)}
	for range leastPatches {
		w.patches, w.gains = append(w.patches, draw(0)), append(w.gains, 1)
	}
	coloured := false
	for _, m := range faceMethods {
		var waves [2][]float64
		for i, pulse := range [][3]float64{{0.3, 0.8, 0.5}, {0.8, 0.3, 0.5}} {
			w.pulse = pulse
			waves[i] = slices.Clone(m.wave(&w))
		}
		if same := slices.Equal(waves[0], waves[1]); len(waves[0]) != longSamples || same != m.colourless {
			t.Errorf("%s: a wave of %d samples; another colour gives the same: %v; colourless: %v", m.name, len(waves[0]), same, m.colourless)
		}
		if coloured = coloured || !m.colourless; coloured && m.colourless {
			t.Errorf("%s comes after a method that uses the pulse's colour", m.name)
		}
	}
}
