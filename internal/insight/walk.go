package insight

import (
	"slices"
	"sort"
	"time"

	"blush.example/blush/internal/health"
)

// walk goes through a history from moment to moment. At each it gives no more
// than the model looks at, so that many moments of a long history cost little.
type walk struct {
	h       health.History
	scans   []health.ScanPoint // with a heart rate, the oldest first
	answers []health.Answer    // the oldest first
	cuffs   []health.Cuff      // the oldest first

	standing health.Standing
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

// to gives what was known at a moment, not earlier than the one before.
func (w *walk) to(at time.Time) health.History {
	for ; w.answered < len(w.answers) && !w.answers[w.answered].At.After(at); w.answered++ {
		w.standing.Add(w.answers[w.answered])
	}
	between := func(n int, of func(int) time.Time, memory time.Duration) (first, next int) {
		first = sort.Search(n, func(i int) bool { return at.Sub(of(i)) <= memory })
		return first, sort.Search(n, func(i int) bool { return of(i).After(at) })
	}
	out := w.h
	first, next := between(len(w.scans), func(i int) time.Time { return w.scans[i].At }, health.Memory())
	out.Scans = w.scans[first:next]
	first, next = between(len(w.cuffs), func(i int) time.Time { return w.cuffs[i].At }, health.CuffMemory())
	out.Cuffs, out.Answers = w.cuffs[first:next], w.standing.Answers()
	return out
}
