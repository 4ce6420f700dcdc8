package engine

import (
	"math"

	"blush.example/blush/dsp"
	"blush.example/blush/ppg"
	"blush.example/blush/rppg"
)

// Errors of a rate due to clocks.
const (
	// nominalError is the error of a constant rate that a file declares, as a share (90 %): the file says nothing
	// about dropped frames. It is a judgement: cameras drop one frame in fifty without a visible stutter.
	nominalError = 0.02
	// inPhase is the deviation from a whole number of intervals, in intervals, of the time between two beats on
	// either side of lost frames if the clock continued: hearts vary by that.
	inPhase = 0.12
	// unknownPhase is the deviation where single beats aren't known: the root mean square of a uniform
	// distribution over half an interval either way.
	unknownPhase = 0.29
	// foldedPhase is the error in beats, root mean square, when the clock goes back: the frames of the time that
	// it shows twice are mixed.
	foldedPhase = 0.8
	// mostBack is the number of frames for each time that a clock goes back: if it goes back more often, the
	// frames are in no order.
	mostBack = 50
)

// clockError returns what the clock adds to the error of a rate in bpm, 90 % either way. Where frames were lost or
// the clock jumped, the time between the beats before and after is a whole number of intervals only if the clock
// was right. Any remainder is an error, independent for each jump.
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

// phaseLeft returns the remainder, in intervals, of the time between the beats on either side of a break at t s,
// after a whole number of intervals.
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
