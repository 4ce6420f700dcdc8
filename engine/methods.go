package engine

import (
	"slices"

	"blush.example/blush/rppg"
)

// method is a candidate: a way to read the pulse from a window, whose spectrum votes with a weight.
type method struct {
	name   string
	weight float64
	// colourless is set where the method doesn't use the pulse's colour. These methods come first, and the others
	// use the colour found with them.
	colourless bool
	wave       func(w *faceWindow) []float64 // band-passed; nil where it can't be had
}

// faceCandidates is the number of methods that vote on a face.
const faceCandidates = 5

// allPatches is the name of the method that combines all patches.
const allPatches = "LCMV patches"

// faceMethods are the candidates that vote on a face. The combination of all patches finds a pulse far weaker than
// the others need, so it has five votes. Where it finds none, its spectrum has no peak, and its votes weigh
// little.
var faceMethods = [faceCandidates]method{
	{"POS", 1, true, func(w *faceWindow) []float64 { return rppg.BandPass(rppg.POS(w.whole, rate), rate) }},
	{"mean colour", 1, true, func(w *faceWindow) []float64 { return rppg.BandPass(rppg.MeanColour(w.whole, rate), rate) }},
	{"LCMV", 1, false, func(w *faceWindow) []float64 {
		return w.combiner.MinimumVariance([]rppg.RGB{w.banded}, w.pulse)
	}},
	{"LCMV regions", 1, false, func(w *faceWindow) []float64 {
		if len(w.parts) < 2 {
			return nil
		}
		return w.combiner.MinimumVariance(w.parts, w.pulse)
	}},
	{allPatches, 5, false, func(w *faceWindow) []float64 {
		if len(w.patches) < leastPatches {
			return nil
		}
		return w.combiner.PatchVariance(w.patches, w.behind, w.pulse, w.gains)
	}},
}

// faceWindow is the input of the methods from one window of a face.
type faceWindow struct {
	whole    rppg.RGB   // mean of all regions used, without steps of light
	banded   rppg.RGB   // that, banded
	parts    []rppg.RGB // forehead and cheeks, banded
	patches  []rppg.RGB // each region used, banded
	gains    []float64  // of each, relative to the whole
	behind   rppg.RGB   // the background, banded
	pulse    [3]float64 // colour of the pulse, a unit vector
	combiner *rppg.Combiner
}

// vote fills in the waves and weights of the methods that use the pulse's colour, or of those that don't.
func (w *faceWindow) vote(v *view, colourless bool, off Ablation) {
	for k, m := range faceMethods {
		if m.colourless != colourless {
			continue
		}
		v.waves[k], v.weights[k] = m.wave(w), m.weight
		if off.Methods[k] {
			v.weights[k] = 0
		}
	}
}

// fingerMethods are the candidates that vote on a fingertip: its colours, in the order of [rppg.RGB].
var fingerMethods = [...]string{"red", "green", "blue"}

// Methods returns the names of the candidates that vote on a face.
func Methods() []string {
	var out []string
	for _, m := range faceMethods {
		out = append(out, m.name)
	}
	return out
}

// patchesMethod is the index of [allPatches] among the candidates.
var patchesMethod = slices.Index(Methods(), allPatches)
