package engine

import (
	"math"
	"slices"

	"blush.example/blush/dsp"
	"blush.example/blush/ppg"
	"blush.example/blush/rppg"
)

// Limits on a face that becomes another. In 480 simulated scans, some of heads that turn, the greatest change from one second to the next but one
// is 4.1 times the usual one; in 200 recordings that are cut together from two people, the least is 8.5 times the usual one.
const (
	leastChange = 0.03 // of the logarithms of the colours
	leastSudden = 8    // times the usual change
	leastLooks  = 4    // seconds with a face, from which a usual change is known
	leastSteps  = 6    // of a track, from which a rate is known
	leastBeats  = 6    // from which one is known where there are fewer steps
	mostApart   = 8    // bpm between the rates of two parts: with more, their mean is wrong for both
)

// looks is what the regions of a face look like in a second: the sums of the colours of each, and the number of frames in which it was seen.
type looks []struct {
	rgb [3]float64
	n   float64
}

func (l *looks) add(regions []rppg.Colour) {
	if len(*l) < len(regions) {
		*l = append(*l, make(looks, len(regions)-len(*l))...)
	}
	for i, p := range regions {
		if present(p) {
			r := &(*l)[i]
			r.rgb[0], r.rgb[1], r.rgb[2], r.n = r.rgb[0]+p.R, r.rgb[1]+p.G, r.rgb[2]+p.B, r.n+1
		}
	}
}

// unlike returns how much the regions differ between two seconds, apart from a change that they share, as that of exposure, of white balance and of
// light: the root mean square of the changes of the logarithms of their colours, less their mean over the regions. It is -1 where fewer than
// leastPatches were seen in both.
func (l looks) unlike(of looks) float64 {
	var sum, squares [3]float64
	n := 0.0
	for i := range min(len(l), len(of)) {
		if l[i].n == 0 || of[i].n == 0 {
			continue
		}
		n++
		for k := range sum {
			d := math.Log(max(1, l[i].rgb[k]/l[i].n) / max(1, of[i].rgb[k]/of[i].n))
			sum[k], squares[k] = sum[k]+d, squares[k]+d*d
		}
	}
	if n < leastPatches {
		return -1
	}
	out := 0.0
	for k, s := range sum {
		out += squares[k]/n - s/n*s/n
	}
	return math.Sqrt(max(0, out) / 3)
}

// cuts returns the times in s at which the face suddenly looks like another.
func (c *capture) cuts() []float64 {
	var seconds []perSecond // those with a face, so that a cut is seen across a time without one
	for _, s := range append(c.seconds[:len(c.seconds):len(c.seconds)], c.sum) {
		if s.frames > 0 {
			seconds = append(seconds, s)
		}
	}
	if len(seconds) < leastLooks {
		return nil
	}
	change := make([]float64, len(seconds)) // across each second, in which the cut may lie
	var known []float64
	for i := 1; i+1 < len(seconds); i++ {
		if change[i] = seconds[i+1].looks.unlike(seconds[i-1].looks); change[i] >= 0 {
			known = append(known, change[i])
		}
	}
	least := max(leastChange, leastSudden*dsp.Median(known))
	var out []float64
	for i := 1; i+1 < len(seconds); i++ {
		if change[i] >= least && change[i] >= change[i-1] && change[i] > change[i+1] {
			out = append(out, seconds[i].start-c.first)
		}
	}
	return out
}

// changes reports a face that suddenly looks like another whose heart beats at another rate, so that no rate is right for all of the recording.
func (a *Analyzer) changes(beats []float64) bool {
	cuts := a.capture.cuts()
	ends := append(append([]float64{math.Inf(-1)}, cuts...), math.Inf(1))
	low, high := math.Inf(1), math.Inf(-1)
	for k, from := range ends[:len(ends)-1] {
		if bpm := a.between(from, ends[k+1], beats); bpm > 0 {
			low, high = min(low, bpm), max(high, bpm)
		}
	}
	return len(cuts) > 0 && high-low > mostApart
}

// between returns the rate in bpm between two times in s: that of the track through the steps whose windows of 6 s lie between, or of the beats where
// there are too few such steps, or 0 where there are too few beats as well.
func (a *Analyzer) between(from, to float64, beats []float64) float64 {
	const half = shortSamples / 2 / rate
	t := newTracker()
	for i, at := range a.steps.time {
		if at >= from+half && at <= to-half {
			t.add(unpacked(a.tracker.votes[i]))
		}
	}
	if path := t.path(); len(path) >= leastSteps {
		return dsp.Median(smooth(path))
	}
	within := slices.DeleteFunc(slices.Clone(beats), func(b float64) bool { return b < from || b > to })
	if len(within) < leastBeats {
		return 0
	}
	return 60 / dsp.Median(ppg.Intervals(within))
}
