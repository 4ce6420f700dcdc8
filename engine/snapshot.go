package engine

import (
	"maps"
	"slices"
)

// Snapshot returns what [Analyzer.Finish] would return now, and leaves the recording open. It repeats only the
// work of Finish, not that of the whole recording.
func (a *Analyzer) Snapshot() *Result { return a.fork().Finish() }

// fork returns an Analyzer that can be finished without changing a. It shares the slices that a only appends to,
// clipped so that appending copies them.
func (a *Analyzer) fork() *Analyzer {
	f := new(Analyzer)
	*f = *a
	f.in = a.in.fork(f.sample)
	f.capture, f.latest, f.tracker, f.steps = a.capture.fork(), a.latest.fork(), a.tracker.fork(), a.steps.whole()
	f.waves, f.history = a.waves.fork(), a.history.fork()
	return f
}

func (c capture) fork() capture {
	c.seconds, c.breaks = slices.Clip(c.seconds), slices.Clip(c.breaks)
	for i, b := range c.before {
		c.before[i] = slices.Clone(b)
	}
	c.tremble, c.known = slices.Clone(c.tremble), maps.Clone(c.known)
	return c
}

func (l latest) fork() latest {
	l.cols, l.gap = clipped(l.cols), slices.Clip(l.gap)
	return l
}

func (o overlap) fork() overlap {
	o.sum, o.weight = cloned(o.sum), cloned(o.weight)
	return o
}

func (h history) fork() history {
	for k := range h.colour {
		h.colour[k] = slices.Clip(h.colour[k])
	}
	h.gaps, h.red, h.beating, h.unfit, h.colours = slices.Clip(h.gaps), slices.Clip(h.red), slices.Clip(h.beating), slices.Clip(h.unfit), slices.Clip(h.colours)
	h.gain, h.spectra = slices.Clone(h.gain), cloned(h.spectra)
	return h
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
