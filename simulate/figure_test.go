package simulate

import (
	"math"
	"testing"
)

// A person drawn from the portrait has one skin tone, hair of one colour, and the drawn wall behind.
func TestPortraitIsOnePerson(t *testing.T) {
	wall := [3]float64{245, 240, 233}
	for _, tone := range []string{"I-II", "VI"} {
		h := newFigure(newRandom(3, "one person"))
		h.portrait, h.skin, h.light, h.hair = true, skins[tone], 1, [3]float64{15, 12, 8}
		h.turn(0, 0)
		for _, at := range [][2]float64{{1.95, 0.4}, {-2.2, 0.4}, {0, -2.1}} {
			if c := h.body(at[0], at[1], wall); math.Abs(c[1]-wall[1]) > 4 {
				t.Errorf("%s: beside the head at %v is %.0f, the wall is %.0f", tone, at, c, wall)
			}
		}
		face, _ := h.at(0.35, 1.2, wall)
		jaw := h.body(0.1, 1.78, wall)
		if k := jaw[1] / face[1]; k < 0.6 || k > 1.4 {
			t.Errorf("%s: the jaw is %.0f, the cheek above %.0f", tone, jaw, face)
		}
		h.turn(0.55, 0)
		dark := 0
		for y := -1.2; y < 0.6; y += 0.05 { // across the hair, where the head turns out of sight
			for x := -1.35; x < -0.9; x += 0.02 {
				if c, _ := h.at(x, y, wall); c[0] < 17 {
					dark++
				}
			}
		}
		if dark > 15 {
			t.Errorf("%s: %d points of fair hair are black", tone, dark)
		}
	}
}
