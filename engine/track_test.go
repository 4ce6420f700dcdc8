package engine

import (
	"math"
	"math/rand/v2"
	"testing"
)

// lines makes the vote of a step from heights at rates.
func lines(heights map[float64]float64) []float64 {
	row := make([]float64, gridSize)
	for i := range row {
		row[i] = voteGain * math.Log(voteFloor)
		for bpm, h := range heights {
			if d := gridBPM(i) - bpm; math.Abs(d) < 3 {
				row[i] = max(row[i], voteGain*math.Log(voteFloor+h*math.Exp(-d*d/2)))
			}
		}
	}
	return row
}

func TestMarginIsHowFarTheNextCourseIsBehind(t *testing.T) {
	for _, c := range []struct {
		what    string
		heights map[float64]float64
		want    float64
	}{
		{"one course alone", map[float64]float64{70: 0.2}, voteGain * math.Log(0.205/0.005)},
		{"another half as high", map[float64]float64{70: 0.2, 100: 0.1}, voteGain * math.Log(0.205/0.105)},
		{"another as high", map[float64]float64{70: 0.2, 100: 0.2}, 0},
		{"nobody voted", nil, 0},
	} {
		tr := newTracker()
		for range 40 {
			tr.add(lines(c.heights))
		}
		if got := tr.margin(tr.path()); math.Abs(got-c.want) > voteUnit {
			t.Errorf("%s: margin %.3f, want %.3f", c.what, got, c.want)
		}
	}
	if m := newTracker().margin(nil); m != 0 {
		t.Errorf("no steps: margin %g", m)
	}
}

func TestForkLeavesTheTrackAlone(t *testing.T) {
	tr := newTracker()
	for range 5 {
		tr.add(lines(map[float64]float64{70: 0.2}))
	}
	f := tr.fork()
	f.add(lines(map[float64]float64{120: 0.9}))
	tr.add(lines(map[float64]float64{71: 0.2}))
	if p := tr.path(); len(p) != 6 || math.Abs(gridBPM(p[5])-71) > 1 {
		t.Errorf("the track ends at %.1f bpm after a fork was fed, want 71", gridBPM(p[len(p)-1]))
	}
	if len(f.path()) != 6 || tr.margin(tr.path()) < 5 {
		t.Error("fork and track share their votes")
	}
}

// A step finds the best of all jumps, and among equally good ones that from the lowest rate, although it doesn't
// try them all.
func TestStepFindsTheBestJump(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		tr := newTracker()
		vote, back := make([]float64, gridSize), make([]int8, gridSize)
		for g := range vote {
			vote[g] = math.Round(8 * r.NormFloat64()) // ties among them
			if r.IntN(20) == 0 {
				vote[g] = math.Inf(-1)
			}
		}
		tr.step(vote, nil)
		tr.step(make([]float64, gridSize), back)
		for g := range vote {
			best, from := math.Inf(-1), 0
			for p := max(0, g-maxJump); p <= min(gridSize-1, g+maxJump); p++ {
				if s := vote[p] - tr.cost[max(p-g, g-p)]; s > best {
					best, from = s, p-g
				}
			}
			if tr.score[g] != best || int(back[g]) != from {
				t.Fatalf("rate %d: score %g from %d, want %g from %d", g, tr.score[g], back[g], best, from)
			}
		}
	}
}
