package engine

import (
	"maps"
	"slices"
)

// Snapshot returns what [Analyzer.Finish] would return now, and leaves the
// recording open: what it costs is the ending alone, not the recording anew.
func (a *Analyzer) Snapshot() *Result { return a.fork().Finish() }

// fork returns an analyzer that may be finished without changing a. Memory that
// a only appends to is shared, cut so that the fork's own appends go elsewhere.
func (a *Analyzer) fork() *Analyzer {
	f := new(Analyzer)
	*f = *a
	f.in = a.in.fork(f.sample)
	f.capture.seconds = slices.Clip(a.capture.seconds)
	f.capture.breaks = slices.Clip(a.capture.breaks)
	f.cols = clipped(a.cols)
	for k := range f.colour {
		f.colour[k] = slices.Clip(a.colour[k])
	}
	f.gap, f.gaps, f.red, f.beating, f.unfit = slices.Clip(a.gap), slices.Clip(a.gaps), slices.Clip(a.red), slices.Clip(a.beating), slices.Clip(a.unfit)
	f.tracker = a.tracker.fork()
	f.gain = slices.Clone(a.gain)
	for i, b := range a.capture.before {
		f.capture.before[i] = slices.Clone(b)
	}
	f.capture.tremble, f.capture.known = slices.Clone(a.capture.tremble), maps.Clone(a.capture.known)
	s := &f.steps
	s.time, s.short, s.long, s.rows = slices.Clip(s.time), slices.Clip(s.short), slices.Clip(s.long), slices.Clip(s.rows)
	f.waves.sum, f.waves.weight = cloned(a.waves.sum), cloned(a.waves.weight)
	return f
}

// fork returns an intake in the same state that hands its samples to emit.
func (n *intake) fork(emit func([]float64, bool)) *intake {
	f := *n
	f.emit = emit
	f.merge.v = slices.Clone(n.merge.v)
	for i := range f.knots {
		f.knots[i].v = slices.Clone(n.knots[i].v)
	}
	f.fine, f.gaps = cloned(n.fine), slices.Clone(n.gaps)
	f.slopes = [2][]float64{slices.Clone(n.slopes[0]), slices.Clone(n.slopes[1])}
	f.secant = slices.Clone(n.secant)
	f.out, f.value = make([]float64, n.width), make([]float64, n.width)
	return &f
}

func clipped(x [][]float64) [][]float64 {
	out := make([][]float64, len(x))
	for i, v := range x {
		out[i] = slices.Clip(v)
	}
	return out
}

func cloned(x [][]float64) [][]float64 {
	out := make([][]float64, len(x))
	for i, v := range x {
		out[i] = slices.Clone(v)
	}
	return out
}
