package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// A picture keeps its place except for the tracker's error; a head moves by its breath and its heart, however still it
// is held. A box that is not tracked says nothing.
func TestStillShare(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const width = 150.0
	for _, c := range []struct {
		what        string
		move        func(s float64) (x, y float64) // px
		marks       bool
		least, most float64
	}{
		{"a picture", func(float64) (x, y float64) { return 0.015 * r.NormFloat64(), 0.015 * r.NormFloat64() }, true, 0.9, 1},
		{"a picture, without landmarks", func(float64) (x, y float64) { return 0.015 * r.NormFloat64(), 0.015 * r.NormFloat64() }, false, 0.9, 1},
		{"a picture whose detector moves the box twice", func(s float64) (x, y float64) {
			return math.Floor(s/9) + 0.02*r.NormFloat64(), 0.02 * r.NormFloat64()
		}, true, 0.8, 1},
		{"a picture that is rocked", func(s float64) (x, y float64) { return math.Sin(2 * math.Pi * 0.9 * s), 0 }, true, 0, 0.1},
		{"a head that breathes by half a millimetre, and nothing else", func(s float64) (x, y float64) { return 0, 0.25 * math.Sin(2*math.Pi*0.25*s) }, true, 0, 0.3},
		{"a head that drifts a millimetre in 10 s", func(s float64) (x, y float64) { return 0.1 * s, 0.02 * r.NormFloat64() }, true, 0, 0.3},
		{"a head in whole pixels, for a detector that knows no smaller ones", func(s float64) (x, y float64) { return math.Round(0.6 * math.Sin(2*math.Pi*0.07*s)), 0 }, false, 0, 0},
		{"a box that nobody follows", func(float64) (x, y float64) { return 0, 0 }, false, 0, 0},
	} {
		var b body
		for i := range 30 * 25 {
			s := float64(i) / 30
			x, y := c.move(s)
			p := rppg.Sample{ShoulderDY: math.NaN(), FaceBox: rppg.Box{200 + x - width/2, 200 + y - width/2, width, width}}
			if c.marks {
				for k := 0; k < len(p.Landmarks); k += 2 {
					p.Landmarks[k], p.Landmarks[k+1] = 200+x, 200+y
				}
			}
			b.add(s, p)
		}
		if got := b.stillShare(); got < c.least || got > c.most {
			t.Errorf("%s: %.2f, want %.2f to %.2f", c.what, got, c.least, c.most)
		}
	}
}

// copies makes a trace of n regions that have all the colour of the first.
func copies(tr *rppg.Trace, n int) *rppg.Trace {
	one := tr.Regions[0]
	tr.Regions = nil
	for i := range n {
		c := one
		c.Name = string(rune('a' + i))
		tr.Regions = append(tr.Regions, c)
	}
	return tr
}

// One colour sent for sixteen regions is one witness: no more is believed of it than of the one region.
func TestCopiesOfARegionAreOne(t *testing.T) {
	for _, dead := range []string{"photo", "typical"} {
		for seed := range uint64(6) {
			whole, _ := simulate.Scenario(dead, false, 70+seed, 30).Trace()
			one, many := copies(whole.Rounded(), 1), copies(whole.Rounded(), 16)
			a, _ := Analyze(one, Options{}).Find(biomarker.HeartRate)
			r := Analyze(many, Options{})
			b, _ := r.Find(biomarker.HeartRate)
			if r.Features.HasPatches || b.Confidence > a.Confidence+0.02 {
				t.Errorf("%s %d: sixteen copies have the confidence %.3f, one has %.3f", dead, seed, b.Confidence, a.Confidence)
			}
		}
	}
}
