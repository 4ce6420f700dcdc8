package engine

import (
	"cmp"
	"math"
	"slices"

	"blush.example/blush/rppg"
)

// Version is the version of the engine's methods. It changes when their values may change.
const Version = "21"

// Options change how an analysis is made. The zero value is the default.
type Options struct {
	// Calibration maps features to confidence and interval; nil is the embedded one.
	Calibration *Calibration
	// Disable leaves out steps, to measure what each contributes.
	Disable Ablation
}

// Analyze runs the engine over a recording. It is total: for any trace the result says what was found, and why
// other values weren't. Frames may be in any order; of frames with the same time the first counts. A valid trace is
// first rounded as in its compact form ([rppg.Trace.Round]), so that each of its forms has the same result. tr doesn't
// change.
func Analyze(tr *rppg.Trace, opt Options) *Result {
	if !opt.Disable.Rounding && tr.Validate() == nil {
		tr = tr.Rounded()
	}
	a := New(*tr, opt)
	order := make([]int, 0, len(tr.TimeMS))
	for i, t := range tr.TimeMS {
		if !math.IsNaN(t) && !math.IsInf(t, 0) {
			order = append(order, i)
		}
	}
	back := 0
	for k := 1; k < len(order); k++ {
		if tr.TimeMS[order[k-1]]-tr.TimeMS[order[k]] > 1000*leastJump {
			back++
		}
	}
	if mostBack*back <= len(order) { // else the frames are in no order, which says nothing about the clock
		a.capture.backs = back
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(tr.TimeMS[i], tr.TimeMS[j]) })
	var s rppg.Sample
	for _, i := range order {
		s = tr.SampleIn(i, s.Regions)
		a.Add(s)
	}
	return a.Finish()
}
