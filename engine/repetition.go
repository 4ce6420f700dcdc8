package engine

import (
	"math"

	"blush.example/blush/dsp"
)

// Limits on what a head may repeat of its own movement. Of two clips of a person played again and again, and of 18 simulated ones, compressed
// again in H.264 or VP8, the least has 0.86, with 0.79 along one axis. Seven clips that go on have 0.35 or less, and none of 78 films of a living
// face is over these limits.
const (
	leastRepeat     = 0.8  // mean of both axes of the correlation with the movement before
	leastAxisRepeat = 0.75 // along either axis: breath and heart move a head mostly up and down
	leastExact      = 0.9  // along either axis; no living head does so
	// leastAlone is how much less the correlations 1 to 5 s away are, unless that is exact: those of breaths come again with each of them.
	leastAlone = 0.3
	// mostSwing is the lowest correlation around it. A breath, a heart or a rocking chair swings: after half of its period it goes the other way.
	mostSwing = -0.6

	leastPeriod   = 3 * bodyRate  // samples; the least length of a clip that is recognised. What comes again sooner is a step or a beat
	around        = 5 * bodyRate  // samples
	leastRepeated = 12 * bodyRate // samples that are compared, at the least
	mostRepeated  = 60            // s of a recording that are looked at
	longestUnseen = 1             // s between two places of the head that belong together
	stride        = 3             // samples in which a movement is measured
)

// repeats reports a head that makes the same movements once more, or backwards: a recording of a person that is played again and again.
// A codec may have changed each picture of it.
func (b *body) repeats() bool {
	m := newMovement(b.lastPath())
	n := len(m.along[0])
	if n < leastPeriod+leastRepeated {
		return false
	}
	again := make([][2]float64, n-leastRepeated) // by the lag
	for lag := range again {
		again[lag] = m.again(lag)
	}
	if periodic(again[:leastPeriod]) {
		return false
	}
	if standsOut(again, leastPeriod) {
		return true
	}
	back := make([][2]float64, max(0, 2*n-4*leastRepeated+1)) // by the place of the turn
	for i := range back {
		back[i] = m.backwards(i + 2*leastRepeated - 1)
	}
	return standsOut(back, 0)
}

// lastPath returns the path of the head, in widths of the face, evenly sampled since it was last out of sight, and at most that of the last minute.
func (b *body) lastPath() (path [2][]float64) {
	t := b.head.t
	from := max(0, len(t)-1)
	for from > 0 && t[from]-t[from-1] < longestUnseen && t[len(t)-1]-t[from-1] <= mostRepeated {
		from--
	}
	for k, m := range []motion{b.across, b.head} {
		last := motion{m.t[from:], m.y[from:]}
		if s := last.series(b.width()); s != nil {
			path[k] = s.Samples
		}
	}
	return path
}

// both is the mean of the correlations along the two axes.
func both(c [2]float64) float64 { return (c[0] + c[1]) / 2 }

// periodic reports correlations, by the lag, that fall and rise again.
func periodic(r [][2]float64) bool {
	low := 1.0
	for _, c := range r {
		if low = min(low, both(c)); both(c) >= max(leastRepeat, low+leastAlone) {
			return true
		}
	}
	return false
}

// standsOut reports a correlation from index first on that is exact, or high and alone, of a movement that doesn't swing.
func standsOut(r [][2]float64, first int) bool {
	for i := first; i < len(r); i++ {
		if both(r[i]) < leastRepeat || min(r[i][0], r[i][1]) < leastAxisRepeat {
			continue
		}
		high, low := 0.0, 0.0
		for j := max(0, i-around); j < min(len(r), i+around+1); j++ {
			low = min(low, both(r[j]))
			if max(i-j, j-i) >= bodyRate {
				high = max(high, both(r[j]))
			}
		}
		if low > mostSwing && (min(r[i][0], r[i][1]) >= leastExact || both(r[i])-high >= leastAlone) {
			return true
		}
	}
	return false
}

// movement is what a head moves in each stride, in widths of the face, along the two axes; sum are the sums of its squares before each sample.
type movement struct {
	along [2][]float64
	sum   [2][]float64
}

// newMovement returns the movement along a path. Jumps, as at the seam of a clip, are cut to four times the median.
func newMovement(path [2][]float64) movement {
	n := max(0, len(path[0])-stride)
	size := make([]float64, n)
	for i := range n {
		size[i] = math.Hypot(path[0][i+stride]-path[0][i], path[1][i+stride]-path[1][i])
	}
	most := 4 * dsp.Median(size)
	var m movement
	for k, x := range path {
		m.along[k], m.sum[k] = make([]float64, n), make([]float64, n+1)
		for i := range n {
			v := max(-most, min(most, x[i+stride]-x[i]))
			m.along[k][i], m.sum[k][i+1] = v, m.sum[k][i]+v*v
		}
	}
	return m
}

// again returns the correlation along each axis of the movement with that of lag samples before, 0 where there is none.
func (m movement) again(lag int) (out [2]float64) {
	for k, x := range m.along {
		n := len(x) - lag
		if size := (m.sum[k][len(x)] - m.sum[k][lag]) * m.sum[k][n]; size > 0 {
			out[k] = dsp.Dot(x[lag:], x[:n]) / math.Sqrt(size)
		}
	}
	return out
}

// backwards returns the correlation along each axis of the movement with its own reversal: of sample i with sample turn-i.
func (m movement) backwards(turn int) (out [2]float64) {
	from := max(0, turn-len(m.along[0])+1)
	to := turn - from // the last
	for k, x := range m.along {
		same := 0.0
		for i, j := from, to; i < j; i, j = i+1, j-1 {
			same -= 2 * x[i] * x[j]
		}
		if size := m.sum[k][to+1] - m.sum[k][from]; size > 0 {
			out[k] = same / size
		}
	}
	return out
}
