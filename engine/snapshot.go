package engine

import "slices"

// Snapshot returns what [Analyzer.Finish] would return now, and leaves the recording open. It repeats only the
// work of Finish, not that of the whole recording.
func (a *Analyzer) Snapshot() *Result { return a.fork().Finish() }

// fork returns an Analyzer in the same state. Each may go on without changing the other, one at a time: they share only
// what never changes, and the memory for one window. Every part that changes copies itself.
func (a *Analyzer) fork() *Analyzer {
	f := new(Analyzer)
	*f = *a
	f.in = a.in.fork(f.sample)
	f.capture, f.body, f.latest, f.tracker, f.steps = a.capture.fork(), a.body.fork(), a.latest.fork(), a.tracker.fork(), a.steps.fork()
	f.waves, f.history = a.waves.fork(), a.history.fork()
	return f
}

// cloned copies a slice of slices and each of them.
func cloned[T any](x [][]T) [][]T {
	out := make([][]T, len(x))
	for i, v := range x {
		out[i] = slices.Clone(v)
	}
	return out
}
