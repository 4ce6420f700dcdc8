package engine

import (
	"math"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// heartOf is a scan of 40 s of a heart at a rate; look draws everything else.
func heartOf(bpm float64, look uint64) *rppg.Trace {
	s := simulate.Scenario("typical", false, look, 40)
	s.Rhythm.HeartRate = bpm
	tr, _ := s.Trace()
	return tr
}

// mixed is a trace with share(t) of the second trace at t s, and the rest of the first.
func mixed(a, b *rppg.Trace, share func(t float64) float64) *rppg.Trace {
	mix := func(x, y []float64) {
		for i, ms := range a.TimeMS {
			s := share(ms / 1000)
			x[i] = (1-s)*x[i] + s*y[min(i, len(y)-1)]
		}
	}
	for k, r := range a.Regions {
		q := b.Regions[k]
		mix(r.R, q.R)
		mix(r.G, q.G)
		mix(r.B, q.B)
	}
	mix(a.Background.R, b.Background.R)
	mix(a.Background.G, b.Background.G)
	mix(a.Background.B, b.Background.B)
	return a
}

// A scan in which one person follows another has no one rate, however the change is made. A face that only looks different from some
// moment on keeps its rate.
func TestFacesThatChange(t *testing.T) {
	from := func(at, seconds float64) func(t float64) float64 {
		return func(t float64) float64 { return min(1, max(0, (t-at)/seconds)) }
	}
	lost := func(tr *rppg.Trace, from, to float64) *rppg.Trace {
		for i, ms := range tr.TimeMS {
			if ms >= 1000*from && ms < 1000*to {
				for _, r := range tr.Regions {
					r.R[i], r.G[i], r.B[i] = 0, 0, 0
				}
			}
		}
		return tr
	}
	turns := func(t float64) float64 { return float64(int(t/10) % 2) }
	shaded := heartOf(64, 1)
	for k, r := range shaded.Regions { // a lamp beside the face is switched on after 20 s
		for i, ms := range shaded.TimeMS {
			if ms > 20000 {
				f := 1 + 0.3*float64(k)/float64(len(shaded.Regions))
				r.R[i], r.G[i], r.B[i] = r.R[i]*f, r.G[i]*f, r.B[i]*f
			}
		}
	}
	brighter := heartOf(64, 1)
	for _, r := range brighter.Regions {
		for i, ms := range brighter.TimeMS {
			if ms > 20000 {
				r.R[i], r.G[i], r.B[i] = 1.1*r.R[i], 1.07*r.G[i], 1.03*r.B[i]
			}
		}
	}
	for _, c := range []struct {
		what  string
		tr    *rppg.Trace
		truth float64 // bpm, or 0 for none
	}{
		{"cut in the middle", mixed(heartOf(64, 1), heartOf(88, 2), from(20, 0)), 0},
		{"cut early", mixed(heartOf(88, 3), heartOf(64, 4), from(12, 0)), 0},
		{"cut late", mixed(heartOf(64, 5), heartOf(88, 6), from(29, 0)), 0},
		{"a slower heart in light that hides nothing", mixed(heartOf(110, 7), heartOf(70, 8), from(20, 0)), 0},
		{"one face dissolves into the other within 2 s", mixed(heartOf(64, 1), heartOf(88, 2), from(19, 2)), 0},
		{"two people take turns", mixed(heartOf(64, 1), heartOf(88, 2), turns), 0},
		{"nobody for 2 s in between", lost(mixed(heartOf(64, 1), heartOf(88, 2), from(20, 0)), 19, 21), 0},
		{"a lamp beside the face is switched on", shaded, 64},
		{"exposure and white balance jump", brighter, 64},
		{"the same person in other light, cut together", mixed(heartOf(64, 1), heartOf(64, 9), from(20, 0)), 64},
		{"nobody for 2 s", lost(heartOf(64, 1), 19, 21), 64},
	} {
		e, _ := Analyze(c.tr, Options{}).Find(biomarker.HeartRate)
		switch {
		case c.truth == 0 && because(e) != biomarker.FaceChanged:
			t.Errorf("%s: %s, want %s", c.what, show(e), biomarker.FaceChanged)
		case c.truth > 0 && (e.Value == nil || math.Abs(*e.Value-c.truth) > 5):
			t.Errorf("%s: %s, want %g bpm", c.what, show(e), c.truth)
		}
	}
}
