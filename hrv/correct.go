package hrv

import (
	"math"
	"slices"

	"blush.example/blush/dsp"
)

// Flag says what was done to an interval.
type Flag uint8

// The kinds of beat of Lipponen & Tarvainen 2019.
const (
	Normal      Flag = iota
	Ectopic          // an early beat and the pause after it: its two intervals were replaced
	Missed           // a beat was not seen: the interval was divided
	Extra            // a beat was seen where there was none: two intervals were joined
	LongOrShort      // a beat seen at the wrong moment: its intervals were replaced
)

// Constants of Lipponen & Tarvainen 2019, and two of ours.
const (
	thresholdGain = 5.2  // alpha: quartile deviations in a threshold
	quartileSpan  = 91   // beats over which quartiles are taken
	medianSpan    = 11   // beats in the local median
	ectopicSlope  = 0.13 // c1
	ectopicOffset = 0.17 // c2

	// minDeviation, in s, prevents that every beat of a very regular rhythm is flagged; ours.
	minDeviation = 0.002
	// maxMissed is the longest run of unseen beats that is filled in; ours, the paper fills one.
	maxMissed = 4
)

// Correction is a series of intervals with its artefacts corrected.
type Correction struct {
	// IBI are the corrected intervals in s. Their number differs from the
	// input's where beats were filled in or taken out.
	IBI []float64
	// Elapsed is the time in s that passed in each interval. It differs from IBI only where a length was
	// interpolated from the neighbours.
	Elapsed []float64
	// Flags says what was done to each entry of IBI.
	Flags []Flag
	// Artefacts counts beats that were moved, filled in or taken out.
	Artefacts int
	// Ectopic counts those of ectopic type. It is a count, not a diagnosis.
	Ectopic int
}

// Share returns the artefacts as a share of all intervals, 0..1. Above 0.1 no
// variability should be read, above 0.05 it deserves little trust.
func (c Correction) Share() float64 {
	if len(c.IBI) == 0 {
		return 0
	}
	return min(1, float64(c.Artefacts)/float64(len(c.IBI)))
}

// Times returns the beats that the corrected intervals lie between, the first
// at start: one more than there are intervals. A beat that needed no correction
// is where it was seen.
func (c Correction) Times(start float64) []float64 {
	t := make([]float64, len(c.Elapsed)+1)
	t[0] = start
	for i, v := range c.Elapsed {
		t[i+1] = t[i] + v
	}
	return t
}

// Correct finds and corrects artefacts in intervals (s) by the beat classification of Lipponen & Tarvainen, J Med
// Eng Technol 2019;43:173: differences and deviations from a local median, each divided by a time-varying
// threshold from their own quartiles, are classified by their pattern. A misplaced beat is moved to the middle
// between its neighbours, so that the times before and after it don't change. Intervals that aren't positive and
// finite are dropped first; fewer than six are returned unchanged.
func Correct(ibi []float64) Correction {
	rr := make([]float64, 0, len(ibi))
	for _, v := range ibi {
		if v > 0 && !math.IsInf(v, 0) {
			rr = append(rr, v)
		}
	}
	if len(rr) < 6 {
		return Correction{IBI: rr, Elapsed: slices.Clone(rr), Flags: make([]Flag, len(rr))}
	}
	s := newSeries(rr)
	return s.apply(s.classify())
}

// series contains the quantities of the paper, one for each interval.
type series struct {
	rr     []float64
	median []float64 // local median of rr
	dRR    []float64 // difference from the interval before, over its threshold
	mRR    []float64 // deviation from the local median, over its threshold
	limit  []float64 // Th2 in s: how far a repaired interval may be off the median
}

func newSeries(rr []float64) *series {
	n := len(rr)
	s := &series{rr: rr, median: make([]float64, n), dRR: make([]float64, n), mRR: make([]float64, n), limit: make([]float64, n)}
	for i := range rr {
		lo, hi := span(i, n, medianSpan)
		s.median[i] = dsp.Median(rr[lo:hi])
		s.mRR[i] = rr[i] - s.median[i]
		if s.mRR[i] < 0 {
			s.mRR[i] *= 2
		}
		if i > 0 {
			s.dRR[i] = rr[i] - rr[i-1]
		}
	}
	s.dRR[0] = dsp.Mean(s.dRR[1:])
	divide(s.dRR, thresholds(s.dRR))
	copy(s.limit, thresholds(s.mRR))
	divide(s.mRR, s.limit)
	return s
}

// thresholds returns alpha times the quartile deviation of |x| around each entry.
func thresholds(x []float64) []float64 {
	abs := make([]float64, len(x))
	for i, v := range x {
		abs[i] = math.Abs(v)
	}
	th := make([]float64, len(x))
	lastLo, lastHi := -1, -1
	for i := range x {
		lo, hi := span(i, len(x), quartileSpan)
		if lo == lastLo && hi == lastHi {
			th[i] = th[i-1]
			continue
		}
		lastLo, lastHi = lo, hi
		w := abs[lo:hi]
		th[i] = thresholdGain * max(minDeviation, (dsp.Percentile(w, 75)-dsp.Percentile(w, 25))/2)
	}
	return th
}

// span returns the window of w entries around i; a series shorter than w is one window.
func span(i, n, w int) (lo, hi int) {
	lo = min(max(0, i-w/2), max(0, n-w))
	return lo, min(n, lo+w)
}

func divide(x, by []float64) {
	for i := range x {
		x[i] /= by[i]
	}
}

func (s *series) d(i int) float64 {
	if i < 0 || i >= len(s.dRR) {
		return 0
	}
	return s.dRR[i]
}

// neighbours returns S12 and S22 of the paper: of the differences next to i, and of the two after it, the one that
// contradicts an alternating pattern most.
func (s *series) neighbours(i int) (s12, s22 float64) {
	if s.dRR[i] > 0 {
		return max(s.d(i-1), s.d(i+1)), min(s.d(i+1), s.d(i+2))
	}
	return min(s.d(i-1), s.d(i+1)), max(s.d(i+1), s.d(i+2))
}

// classify gives each interval its kind, by the decision tree of the paper's figure 1.
func (s *series) classify() []Flag {
	n := len(s.rr)
	kind := make([]Flag, n)
	for i := range n {
		if kind[i] != Normal {
			continue
		}
		implausible := s.rr[i] < MinIBI || s.rr[i] > MaxIBI
		s12, _ := s.neighbours(i)
		d := s.dRR[i]
		switch {
		case implausible:
			kind[i] = s.repair(i, true)
		case math.Abs(d) <= 1 && math.Abs(s.mRR[i]) <= 3:
		case d > 1 && s12 < -ectopicSlope*d-ectopicOffset:
			kind[i] = pair(kind, i, Ectopic)
		case d < -1 && s12 > -ectopicSlope*d+ectopicOffset:
			kind[i] = pair(kind, i, LongOrShort)
		default:
			kind[i] = s.repair(i, false)
			if next := i + 1; next < n && kind[next] == Normal && math.Abs(s.d(next)) < math.Abs(s.d(next+1)) {
				kind[next] = s.repair(next, false)
			}
		}
	}
	return kind
}

// pair returns f for interval i and also flags the interval before it, since the displaced beat lies between the
// two. The paper calls either order of a short and a long interval ectopic; here only a short one followed by a
// long one is, for an early beat can come from the heart, a late one only from the detector.
func pair(kind []Flag, i int, f Flag) Flag {
	if i > 0 && (kind[i-1] == Normal || kind[i-1] == LongOrShort) {
		kind[i-1] = f
	}
	return f
}

// repair classifies interval i as missed, extra, or long or short; as Normal when it is none of them. sure means
// that the interval can't be normal.
func (s *series) repair(i int, sure bool) Flag {
	_, s22 := s.neighbours(i)
	d, m := s.dRR[i], s.mRR[i]
	long := d > 1 && s22 < -1 || m > 3
	short := d < -1 && s22 > 1 || m < -3
	if sure {
		long, short = s.rr[i] > s.median[i], s.rr[i] <= s.median[i]
	}
	switch {
	case long && s.beatsIn(i) > 1:
		return Missed
	case short && i+1 < len(s.rr) && math.Abs(s.rr[i]+s.rr[i+1]-s.median[i]) < s.limit[i]:
		return Extra
	case long || short:
		return LongOrShort
	}
	return Normal
}

// beatsIn returns how many ordinary intervals fit into interval i, 1 when no whole number of them does.
func (s *series) beatsIn(i int) int {
	for k := 2; k <= maxMissed+1; k++ {
		if math.Abs(s.rr[i]/float64(k)-s.median[i]) < s.limit[i] {
			return k
		}
	}
	return 1
}

// apply carries out what classify decided.
func (s *series) apply(kind []Flag) Correction {
	var c Correction
	put := func(v float64, f Flag) {
		c.IBI, c.Flags = append(c.IBI, v), append(c.Flags, f)
	}
	for i := 0; i < len(kind); i++ {
		switch kind[i] {
		case Missed:
			k := s.beatsIn(i)
			for range k {
				put(s.rr[i]/float64(k), Missed)
			}
			c.Artefacts += k - 1
		case Extra:
			put(s.rr[i]+s.rr[i+1], Extra)
			c.Artefacts++
			i++
		default:
			put(s.rr[i], kind[i])
		}
	}
	c.replace()
	return c
}

// replace corrects ectopic, long and short intervals. A beat that came early, or was seen too late or too early,
// lengthens one interval by what it takes from its neighbour: both are replaced by their mean. Without such a
// neighbour the interval is interpolated.
func (c *Correction) replace() {
	n := len(c.IBI)
	med := dsp.Median(c.IBI)
	bad := make([]bool, n)
	for i := 0; i < n; i++ {
		f := c.Flags[i]
		if bad[i] || f != Ectopic && f != LongOrShort {
			continue
		}
		c.Artefacts++
		if f == Ectopic {
			c.Ectopic++
		}
		j := c.partner(i, med)
		if j < 0 || bad[j] {
			bad[i] = true
			continue
		}
		half := (c.IBI[i] + c.IBI[j]) / 2
		c.IBI[i], c.IBI[j] = half, half
		if c.Flags[j] == Normal {
			c.Flags[j] = f
		}
		i = max(i, j)
	}
	c.Elapsed = slices.Clone(c.IBI)
	interpolate(c.IBI, bad)
}

// partner returns the neighbour that gained what interval i lost, -1 when there is none.
func (c *Correction) partner(i int, med float64) int {
	best, off := -1, 0.2*med
	for _, j := range [2]int{i - 1, i + 1} {
		if j < 0 || j >= len(c.IBI) || (c.IBI[i] > med) == (c.IBI[j] > med) {
			continue
		}
		if o := math.Abs(c.IBI[i] + c.IBI[j] - 2*med); o < off && math.Abs(c.IBI[j]-med) > o/2 {
			best, off = j, o
		}
	}
	return best
}

// interpolate replaces the bad entries by straight lines between the good ones around them.
func interpolate(x []float64, bad []bool) {
	last := -1
	for i := 0; i <= len(x); i++ {
		if i < len(x) && bad[i] {
			continue
		}
		for k := last + 1; k < i; k++ {
			switch {
			case last >= 0 && i < len(x):
				x[k] = x[last] + (x[i]-x[last])*float64(k-last)/float64(i-last)
			case last >= 0:
				x[k] = x[last]
			case i < len(x):
				x[k] = x[i]
			}
		}
		last = i
	}
}

// A beat is early when its interval is below earlyShare of the local median. A pause follows when the next
// interval is above pauseShare of the early one. Both are ours.
const earlyShare, pauseShare = 0.87, 1.2

// Early returns those of the beats (s) that came early and were followed by a
// pause, by the classification of [Correct]: the ectopic type. It is a finding, not a diagnosis.
func Early(beats []float64) []float64 {
	rr := diff(beats)
	if len(rr) < 6 || len(finite(rr)) < len(rr) {
		return nil
	}
	var out []float64
	s := newSeries(rr)
	kind := s.classify()
	for i := 0; i+1 < len(kind); i++ {
		if kind[i] == Ectopic && kind[i+1] == Ectopic && rr[i] < earlyShare*s.median[i] && rr[i+1] > pauseShare*rr[i] {
			out = append(out, beats[i+1])
		}
	}
	return out
}
