package engine

import (
	"math"
	"testing"

	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
)

// patchesOf makes 16 patches whose green carries a line of the given signs at 72 bpm.
func patchesOf(sign func(p int) float64) (segment, []int) {
	var s segment
	var used []int
	for p := range 16 {
		var c rppg.RGB
		for k := range c {
			c[k] = make([]float64, longSamples)
			for i := range c[k] {
				c[k][i] = 100 + 20*float64(k)
				if k == 1 {
					c[k][i] += 0.3 * sign(p) * math.Sin(2*math.Pi*1.2*float64(i)/rate)
				}
			}
		}
		s.rgb = append(s.rgb, c)
		used = append(used, p)
	}
	return s, used
}

func TestUniformity(t *testing.T) {
	taper := dsp.Hann(longSamples)
	for _, c := range []struct {
		what string
		sign func(p int) float64
		want float64
	}{
		{"all patches beat as one", func(int) float64 { return 1 }, 1},
		{"every other patch brightens instead", func(p int) float64 { return float64(p%2*2 - 1) }, 0},
		{"three of four beat, the fourth against them", func(p int) float64 { return map[bool]float64{true: -1, false: 1}[p%4 == 0] }, 0.25},
		{"one patch alone", func(p int) float64 { return map[bool]float64{true: 1}[p == 0] }, 1.0 / 16},
	} {
		s, used := patchesOf(c.sign)
		if got := s.uniformity(used, 72, taper); math.Abs(got-c.want) > 1e-3 {
			t.Errorf("%s: %.4f, want %.4f", c.what, got, c.want)
		}
	}
	s, used := patchesOf(func(int) float64 { return 0 })
	if got := s.uniformity(used, 72, taper); got > 1 || math.IsNaN(got) {
		t.Errorf("still patches: %v", got)
	}
	if got := s.uniformity(used[:leastPatches-1], 72, taper); got != 0 {
		t.Errorf("five patches: %v, want 0", got)
	}
}
