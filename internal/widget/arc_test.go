package widget

import (
	"testing"
	"time"

	"blush.example/blush/internal/blush"
)

// An arc shows the interval only if it is wider than the value's dot.
func TestArcLeavesOutANarrowInterval(t *testing.T) {
	at := time.Date(2026, 11, 26, 8, 4, 0, 0, brussels)
	value := 64.0
	for _, c := range []struct {
		half float64
		want bool
	}{{0, false}, {.4, false}, {1.5, false}, {12, true}, {40, true}} {
		b := NewBiomarker(Place{Language: "en", Now: at}, "heart_rate", &Scan{At: at, Status: blush.Done, Value: &value, Interval: &[2]float64{value - c.half, value + c.half}}, nil).Data
		if a := b.Drawing.Arc; a.Dot == nil || (a.Interval != nil) != c.want {
			t.Errorf("±%v: dot %v, interval %v", c.half, a.Dot, a.Interval)
		}
	}
}
