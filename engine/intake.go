package engine

import (
	"slices"

	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
)

// Rates and lengths of the resampling.
const (
	fineRate   = 30.0 // Hz, to which frames are resampled
	rate       = 15.0 // Hz, at which the pulse is looked for: it lies below 4 Hz
	decimation = 2
	firHalf    = 7     // taps on either side of the low-pass before decimation
	firCut     = 5.5   // Hz
	leastStep  = 0.021 // s; frames closer than this are averaged
	longestGap = 0.34  // s between frames that interpolation may bridge without a gap being counted
)

// intake turns frames at their own times into evenly sampled colours. Frames
// closer than 21 ms are averaged, colours run through piecewise cubic Hermite
// polynomials (PCHIP) to 30 Hz, then through a linear-phase low-pass to 15 Hz.
// It looks at most two frames and a quarter of a second ahead, so the same
// samples come out whether a recording is fed live or at once.
type intake struct {
	width  int // values a frame
	emit   func([]float64, bool)
	taps   []float64
	origin float64 // s, time of the first frame

	merge  frame // frames being averaged
	merged int
	began  float64

	knots  [4]frame     // the last frames, newest last
	count  int          // knots filled, at most 4
	slopes [2][]float64 // at the two ends of the last interval sampled
	secant []float64    // of the interval after that

	tick  int         // next sample at fineRate
	fine  [][]float64 // ring of the last 2*firHalf+1 samples
	gaps  []bool
	seen  int // samples put in the ring
	out   []float64
	value []float64
}

// frame is a moment with its values.
type frame struct {
	t float64
	v []float64
}

func newIntake(width int, emit func(values []float64, gap bool)) *intake {
	n := &intake{width: width, emit: emit, taps: dsp.LowPassFIR(firHalf, firCut, fineRate)}
	for i := range n.knots {
		n.knots[i].v = make([]float64, width)
	}
	n.merge.v = make([]float64, width)
	n.fine = make([][]float64, 2*firHalf+1)
	for i := range n.fine {
		n.fine[i] = make([]float64, width)
	}
	n.gaps = make([]bool, len(n.fine))
	n.slopes, n.secant = [2][]float64{make([]float64, width), make([]float64, width)}, make([]float64, width)
	n.out, n.value = make([]float64, width), make([]float64, width)
	return n
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

// add takes the values of a frame at t seconds, later than the one before.
func (n *intake) add(t float64, v []float64) {
	if n.merged > 0 && t-n.began >= leastStep {
		n.flushMerge()
	}
	if n.merged == 0 {
		n.began = t
		n.merge.t = 0
		clear(n.merge.v)
	}
	n.merged++
	n.merge.t += t
	for i, x := range v {
		n.merge.v[i] += x
	}
}

func (n *intake) flushMerge() {
	if n.merged == 0 {
		return
	}
	k := 1 / float64(n.merged)
	n.merge.t *= k
	for i := range n.merge.v {
		n.merge.v[i] *= k
	}
	n.merged = 0
	n.knot(n.merge)
}

// knot appends a frame and samples the interval that it completes: the one
// before the last.
func (n *intake) knot(f frame) {
	if n.count == 0 {
		n.origin = f.t
	}
	first := n.knots[0]
	copy(n.knots[:], n.knots[1:])
	first.t = f.t
	copy(first.v, f.v)
	n.knots[3] = first
	n.count = min(n.count+1, 4)
	if n.count >= 3 {
		n.interval(1)
	}
}

// interval samples between knots i and i+1. The neighbouring knots, where they exist, give the slopes at the ends.
func (n *intake) interval(i int) {
	a, b := n.knots[i], n.knots[i+1]
	h := b.t - a.t
	left, right := i > 4-n.count, i < 2
	// The slopes at the left end are those of the right end of the interval before.
	n.slopes[0], n.slopes[1] = n.slopes[1], n.slopes[0]
	d0, d1 := n.slopes[0], n.slopes[1]
	for k, s := range n.secant {
		if !left {
			s = (b.v[k] - a.v[k]) / h
			d0[k] = s
		}
		d1[k] = s
		if right {
			q := n.knots[i+2]
			h2 := q.t - b.t
			s2 := (q.v[k] - b.v[k]) / h2
			n.secant[k] = s2
			if !left {
				d0[k] = dsp.PCHIPEndSlope(h, h2, s, s2)
			}
			d1[k] = dsp.PCHIPSlope(h, h2, s, s2)
		} else if left {
			p := n.knots[i-1]
			h0 := a.t - p.t
			d1[k] = dsp.PCHIPEndSlope(h, h0, s, (a.v[k]-p.v[k])/h0)
		}
	}
	gap := h > longestGap
	for {
		t := n.origin + float64(n.tick)/fineRate
		if t > b.t || t < a.t-1e-9 {
			return
		}
		w := dsp.HermiteWeights(t-a.t, h)
		for k := range n.value {
			n.value[k] = w[0]*a.v[k] + w[1]*b.v[k] + w[2]*d0[k] + w[3]*d1[k]
		}
		n.tick++
		n.push(n.value, gap)
	}
}

// push puts a sample at fineRate through the low-pass and emits every second result.
func (n *intake) push(v []float64, gap bool) {
	if n.seen == 0 {
		for i := range n.fine {
			copy(n.fine[i], v)
			n.gaps[i] = gap
		}
	}
	at := n.seen % len(n.fine)
	copy(n.fine[at], v)
	n.gaps[at] = gap
	n.seen++
	centre := n.seen - 1 - firHalf
	if centre < 0 || centre%decimation != 0 {
		return
	}
	middle := (n.seen + firHalf) % len(n.fine)
	h := n.taps[firHalf]
	for k, y := range n.fine[middle] {
		n.out[k] = h * y
	}
	// The taps are symmetric.
	for j, h := range n.taps[:firHalf] {
		x := n.fine[(n.seen+j)%len(n.fine)]
		y := n.fine[(n.seen+2*firHalf-j)%len(n.fine)][:len(x)]
		out := n.out[:len(x)]
		for k, v := range x {
			out[k] += h * (v + y[k])
		}
	}
	n.emit(n.out, n.gaps[middle])
}

// finish samples the last interval, and repeats the last value for the low-pass.
func (n *intake) finish() {
	n.flushMerge()
	if n.count >= 2 {
		n.interval(2)
	}
	if n.seen == 0 {
		return
	}
	last := append([]float64(nil), n.fine[(n.seen-1)%len(n.fine)]...)
	for range firHalf {
		n.push(last, false)
	}
}

// present reports whether a region was seen in a frame: a region without skin
// has no colour.
func present(c rppg.Colour) bool {
	for _, v := range [3]float64{c.R, c.G, c.B} {
		if !(v >= 0 && v <= 255) {
			return false
		}
	}
	return c.R > 0 || c.G > 0 || c.B > 0
}
