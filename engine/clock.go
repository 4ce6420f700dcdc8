package engine

import (
	"math"

	"blush.example/blush/dsp"
	"blush.example/blush/ppg"
	"blush.example/blush/rppg"
)

// What clocks do to a rate.
const (
	// nominalError is how far a constant rate that a file declares may be off, as a share, 90 % either way: of
	// dropped frames nothing is said there. A judgement: cameras drop one frame in fifty without a stutter to be seen.
	nominalError = 0.02
	// inPhase is how far from a whole number of intervals, in intervals, two beats on either side of lost frames
	// lie where the clock ran on: hearts vary by that.
	inPhase = 0.12
	// unknownPhase is how far they are off where single beats can't be told: the root of the mean square of what lies anywhere
	// within half an interval.
	unknownPhase = 0.29
	// foldedPhase is how many beats a clock that goes back costs, root mean square: the frames of the
	// time that it shows twice lie over each other.
	foldedPhase = 0.8
	// mostBack: a clock goes back in fewer frames than one in so many.
	mostBack = 50
)

// clockError returns what the clock adds to the error of a rate in bpm, 90 % either way. Where frames
// were lost or the clock jumped, the beats before and after lie a whole number of intervals apart only if the time between them
// passed: what is left over is in doubt, each time anew.
func (a *Analyzer) clockError(bpm float64, f *findings) float64 {
	w := 0.0
	if a.opt.Disable.Clock {
		return w
	}
	if a.meta.Device.Timing == rppg.TimingNominal {
		w = nominalError * bpm
	}
	beats := foldedPhase * foldedPhase * float64(a.capture.backs)
	for _, b := range a.capture.breaks {
		beats += math.Pow(phaseLeft(f.seen.TimeS, b-a.capture.first), 2)
	}
	if d := a.capture.last - a.capture.first; d > 0 {
		w = math.Hypot(w, z90*math.Sqrt(beats)*60/d)
	}
	return w
}

// phaseLeft returns how far the beats on either side of a break at t s are from a whole number of intervals apart, in intervals.
func phaseLeft(beats []float64, t float64) float64 {
	i := 0
	for i < len(beats) && beats[i] < t {
		i++
	}
	if i < 3 || i > len(beats)-3 {
		return unknownPhase
	}
	usual := dsp.Median(append(ppg.Intervals(beats[max(0, i-6):i]), ppg.Intervals(beats[i:min(len(beats), i+6)])...))
	n := (beats[i] - beats[i-1]) / usual
	if left := math.Abs(n - math.Round(n)); left > inPhase {
		return left
	}
	return 0
}
