package engine

import (
	"slices"
	"strings"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/simulate"
)

// A mask is refused with its reason: the forehead is skin, the cheeks are something else. Hair over the forehead
// and a beard are no reason. A patch without skin pixels differs from one where they weren't counted.
func TestMasked(t *testing.T) {
	for what, c := range map[string]struct {
		skin map[string]float64
		want bool
	}{
		"a mask":      {map[string]float64{"cheek": 0, "nose": 0.3, "chin": 0}, true},
		"a beard":     {map[string]float64{"cheek_left_3": 0, "cheek_left_4": 0, "cheek_right_3": 0, "cheek_right_4": 0, "chin": 0}, false},
		"a fringe":    {map[string]float64{"forehead": 0}, false},
		"a bare face": {nil, false},
	} {
		tr, _ := simulate.NewScene(3, 20).Trace()
		for i, r := range tr.Regions {
			for k, share := range c.skin {
				if strings.HasPrefix(r.Name, k) {
					tr.Regions[i].Skin = slices.Clone(r.Skin)
					for j := range r.Skin {
						tr.Regions[i].Skin[j] = share * r.Pixels[j]
					}
				}
			}
		}
		e, _ := Analyze(tr, Options{}).Find(biomarker.HeartRate)
		if got := e.Reason != nil && *e.Reason == biomarker.NotEnoughSkin; got != c.want {
			t.Errorf("%s: %+v", what, e)
		}
	}
}
