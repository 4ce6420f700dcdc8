package engine

import (
	"math"
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
