package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// keep returns the frames of a trace with the given indices, in that order.
func keep(tr *rppg.Trace, frames []int) *rppg.Trace {
	out := &rppg.Trace{Version: 1, Site: tr.Site, Regions: names(tr), Device: tr.Device}
	for _, i := range frames {
		out.Append(tr.Sample(i))
	}
	return out
}

// However the frames of a scan arrive, the rate stays within 1 bpm of the truth.
func TestFrameTimes(t *testing.T) {
	for seed := range uint64(3) {
		tr, truth := simulate.Scenario("typical", false, 70+seed, 30).Trace()
		r := rand.New(rand.NewPCG(seed, 1))
		n := len(tr.TimeMS)
		var inOrder, dropped, doubled []int
		for i := range n {
			inOrder = append(inOrder, i)
			if r.Float64() > 0.4 {
				dropped = append(dropped, i)
			}
			doubled = append(doubled, i)
			if i%3 == 0 {
				doubled = append(doubled, i)
			}
		}
		jittered := keep(tr, inOrder)
		for i := range jittered.TimeMS {
			jittered.TimeMS[i] = max(0, jittered.TimeMS[i]+10*r.NormFloat64())
		}
		late := keep(tr, inOrder)
		for i := range late.TimeMS {
			late.TimeMS[i] += 1.2e9 // two weeks: a clock that doesn't start at 0
		}
		for _, c := range []struct {
			what string
			tr   *rppg.Trace
		}{
			{"40 % dropped", keep(tr, dropped)}, {"unsorted", keep(tr, r.Perm(n))}, {"doubled", keep(tr, doubled)},
			{"stamped 10 ms off", jittered}, {"late clock", late},
		} {
			if got := rateOf(Analyze(c.tr, Options{})); !(math.Abs(got-truth.HeartRate) <= 1) {
				t.Errorf("seed %d, %s: %.2f bpm, truth %.2f", 70+seed, c.what, got, truth.HeartRate)
			}
		}
	}
}

// Frames faster than a screen and clocks that jump: a result, and no rate where
// most of the time is a gap.
func TestExtremeClocks(t *testing.T) {
	tr, truth := simulate.Scenario("typical", false, 5, 15).Trace()
	jump := keep(tr, nil)
	for i := range tr.TimeMS {
		s := tr.Sample(i)
		if i > len(tr.TimeMS)/2 {
			s.TimeMS += 5e6 // 83 min
		}
		jump.Append(s)
	}
	if got := rateOf(Analyze(jump, Options{})); !math.IsNaN(got) {
		t.Errorf("%.1f bpm across a gap of 83 min", got)
	}
	fast := keep(tr, nil)
	for i := range len(tr.TimeMS) - 1 {
		s := tr.Sample(i)
		for k := range 8 { // 240 fps
			s.TimeMS = tr.TimeMS[i] + (tr.TimeMS[i+1]-tr.TimeMS[i])*float64(k)/8
			fast.Append(s)
		}
	}
	if got := rateOf(Analyze(fast, Options{})); !(math.Abs(got-truth.HeartRate) <= 1.5) {
		t.Errorf("at 240 fps: %.2f bpm, truth %.2f", got, truth.HeartRate)
	}
}
