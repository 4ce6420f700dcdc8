package insight

import (
	"slices"
	"sort"
	"time"

	"blush.example/blush/internal/health"
)

// walk goes through a history from moment to moment. For each moment it returns only the
// data that the model uses, so that many moments of a long history cost little.
type walk struct {
	h       health.History
	scans   []health.ScanPoint // with a heart rate, the oldest first
	answers []health.Answer    // the oldest first
	cuffs   []health.Cuff      // the oldest first

	current  health.CurrentAnswers
	answered int
}

func newWalk(h health.History) *walk {
	w := &walk{h: h, scans: make([]health.ScanPoint, 0, len(h.Scans)), answers: slices.Clone(h.Answers), cuffs: slices.Clone(h.Cuffs)}
	for _, sc := range h.Scans {
		if sc.HeartRate != nil {
			w.scans = append(w.scans, sc)
		}
	}
	slices.SortStableFunc(w.scans, func(a, b health.ScanPoint) int { return a.At.Compare(b.At) })
	slices.SortStableFunc(w.answers, func(a, b health.Answer) int { return a.At.Compare(b.At) })
	slices.SortStableFunc(w.cuffs, func(a, b health.Cuff) int { return a.At.Compare(b.At) })
	return w
}

// window is the data that the model uses at a moment, as indices: the scans and cuff readings from one up to before
// another, and the number of answers.
type window struct{ scan, scanEnd, cuff, cuffEnd, answers int }

func (w *walk) window(at time.Time) window {
	between := func(n int, of func(int) time.Time, memory time.Duration) (first, next int) {
		first = sort.Search(n, func(i int) bool { return at.Sub(of(i)) <= memory })
		return first, sort.Search(n, func(i int) bool { return of(i).After(at) })
	}
	var out window
	out.scan, out.scanEnd = between(len(w.scans), func(i int) time.Time { return w.scans[i].At }, health.Memory())
	out.cuff, out.cuffEnd = between(len(w.cuffs), func(i int) time.Time { return w.cuffs[i].At }, health.CuffMemory())
	out.answers = sort.Search(len(w.answers), func(i int) bool { return w.answers[i].At.After(at) })
	return out
}

// to returns what was known at a moment. Moments must not go back in time.
func (w *walk) to(at time.Time) health.History {
	in := w.window(at)
	for ; w.answered < in.answers; w.answered++ {
		w.current.Add(w.answers[w.answered])
	}
	out := w.h
	out.Scans, out.Cuffs, out.Answers = w.scans[in.scan:in.scanEnd], w.cuffs[in.cuff:in.cuffEnd], w.current.Answers()
	return out
}
