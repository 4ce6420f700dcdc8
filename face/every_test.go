package face

import (
	"math"
	"testing"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// Every other cell of a large face gives the same colours as all cells.
func TestLargeFacesAreReadSparsely(t *testing.T) {
	s := simulate.NewScene(11, 0.4)
	s.Motion, s.Light, s.Clock = simulate.Motion{}, simulate.Light{}, simulate.Clock{}
	frames, _ := s.Video(simulate.VideoOptions{Width: 1120, Height: 840})
	tr := New(Options{})
	for f := range frames {
		got := tr.Add(f)
		if !tr.tracking || f.TimeMS < 250 {
			continue
		}
		if tr.every != 2 {
			t.Fatalf("pupils %.0f pixels apart: every %d cells", tr.anchor.d, tr.every)
		}
		tr.every = 1
		all := got
		all.Regions = append(all.Regions[:0:0], all.Regions...)
		p := tr.pose
		measure(reader{f, &tr.area, 1}, p, tr.shape, &tr.skin, all.Regions)
		for i, a := range all.Regions {
			g := got.Regions[i]
			if r := a.Pixels / g.Pixels; r < 3.8 || r > 4.2 || g.Pixels < 400 {
				t.Errorf("%s: %.0f of %.0f pixels", rppg.FacePatches[i], g.Pixels, a.Pixels)
			}
			if a.Skin < 0.9*a.Pixels {
				continue // hair and brows, which a quarter of the cells show a little otherwise
			}
			if math.Abs(a.G-g.G) > 0.6 || math.Abs(a.R-g.R) > 0.6 || math.Abs(a.Skin/a.Pixels-g.Skin/g.Pixels) > 0.05 {
				t.Errorf("%s: %+v, of all pixels %+v", rppg.FacePatches[i], g, a)
			}
		}
		return
	}
	t.Fatal("no face was found")
}
