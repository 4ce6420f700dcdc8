package engine

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// foreheadOnly keeps only the forehead of a trace, as one region.
func foreheadOnly(tr *rppg.Trace) {
	const patches = 6
	one := tr.Regions[0]
	for _, x := range []*[]float64{&one.R, &one.G, &one.B} {
		*x = append([]float64(nil), *x...)
	}
	for i := range one.R {
		for _, p := range tr.Regions[1:patches] {
			one.R[i], one.G[i], one.B[i] = one.R[i]+p.R[i], one.G[i]+p.G[i], one.B[i]+p.B[i]
		}
		one.R[i], one.G[i], one.B[i] = one.R[i]/patches, one.G[i]/patches, one.B[i]/patches
	}
	tr.Regions = []rppg.Region{one}
}

// A partly usable region is read where there is no better one: a forehead below a fringe, half of it in the glare
// of a lamp.
func TestWhatIsLeftOfARegionIsRead(t *testing.T) {
	for what, spoil := range map[string]func(r *rppg.Region, i int){
		"a fringe": func(r *rppg.Region, i int) { r.Skin[i] = 0.4 * r.Pixels[i] },
		"glare":    func(r *rppg.Region, i int) { r.Clipped[i] = 0.15 * r.Pixels[i] },
	} {
		tr, truth := simulate.NewScene(3, 30).Trace()
		foreheadOnly(tr)
		one := &tr.Regions[0]
		r, g := 235/dsp.Mean(one.R), 225/dsp.Mean(one.G) // bright
		for i := range tr.TimeMS {
			one.R[i], one.G[i] = r*one.R[i], g*one.G[i]
			spoil(one, i)
		}
		if e, _ := Analyze(tr, Options{}).Find(biomarker.HeartRate); e.Value == nil || math.Abs(*e.Value-truth.HeartRate) > 2 {
			t.Errorf("%s: %+v, truth %.1f bpm", what, e, truth.HeartRate)
		}
	}
}

// Where no region is usable, the result says why, and doesn't say that there is no pulse.
func TestNothingToReadIsSaidWhy(t *testing.T) {
	for want, c := range map[biomarker.Reason]struct{ red, green, skin float64 }{
		biomarker.NotEnoughSkin: {200, 150, 0.2},
		biomarker.Clipped:       {247, 225, 1}, // from a tool that counts no pixels at the limit
	} {
		tr, _ := simulate.NewScene(3, 30).Trace()
		foreheadOnly(tr)
		one := &tr.Regions[0]
		r, g := c.red/dsp.Mean(one.R), c.green/dsp.Mean(one.G)
		for i := range tr.TimeMS {
			one.R[i], one.G[i], one.Skin[i], one.Clipped[i] = r*one.R[i], g*one.G[i], c.skin*one.Pixels[i], 0
		}
		if e, _ := Analyze(tr, Options{}).Find(biomarker.HeartRate); e.Reason == nil || *e.Reason != want {
			t.Errorf("%+v, want %s", e, want)
		}
	}
}

// In the dark, pixels lie at the sensor's lower limit, without colour, skin or noise. The person needs light, and must not be told
// that there is too much of it, or that the camera does not move.
func TestDarkIsNamedAlone(t *testing.T) {
	for _, left := range []float64{0.1, 0.02, 0.005} {
		tr, _ := simulate.Scenario("ideal", true, 60<<32, 15).Trace()
		for i := range tr.Regions {
			r := &tr.Regions[i]
			for k := range r.R {
				r.R[k], r.G[k], r.B[k] = left*r.R[k], left*r.R[k], left*r.R[k]
				r.Clipped[k], r.Skin[k] = r.Pixels[k], r.Pixels[k]/9
			}
		}
		if got := Analyze(tr, Options{}).QualityFlags; !slices.Equal(got, []biomarker.Reason{biomarker.TooDark}) {
			t.Errorf("%g of the light left: %v", left, got)
		}
	}
	good, _ := simulate.Scenario("ideal", true, 60<<32, 30).Trace()
	if b, err := json.Marshal(Analyze(good, Options{}).QualityFlags); string(b) != "[]" {
		t.Errorf("flags of a good recording: %s, %v", b, err)
	}
}
