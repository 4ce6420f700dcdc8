package face

import (
	"testing"

	"blush.example/blush/rppg"
)

func TestPatchesLieWhereTheirNamesSay(t *testing.T) {
	if len(patches) != len(rppg.FacePatches) {
		t.Fatalf("%d places for %d names", len(patches), len(rppg.FacePatches))
	}
	for k, name := range rppg.FacePatches {
		p := patches[k]
		above, left, right := p.y1 < 0, p.x1 < 0, p.x0 > 0
		var ok bool
		switch area := rppg.AreaOf(name); {
		case area == rppg.Forehead:
			ok = p.moves == withForehead && above
		case area == rppg.LeftCheek:
			ok = p.moves == withCheeks && !above && left
		case area == rppg.RightCheek:
			ok = p.moves == withCheeks && !above && right
		case name == "nose":
			ok = p.moves == withNose && !above && !left && !right
		case name == "chin":
			ok = p.moves == withChin && !above && !left && !right
		}
		if !ok {
			t.Errorf("%s lies at %+v", name, p)
		}
	}
}
