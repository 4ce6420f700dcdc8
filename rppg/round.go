package rppg

import (
	"math"
	"slices"
)

// grain is the resolution of a kind of column: a step that is a power of two, chosen from the noise of the column
// itself.
type grain struct {
	share         float64 // the step is at most the median of |x[i-2] - 2 x[i-1] + x[i]| where that is not 0, a measure of noise, divided by this
	least, finest int     // bounds of the step's exponent: a step is 2^-exponent
}

// The kinds of columns. The error of a channel is at most a two-hundredth of its noise. The noise of the mean of n
// pixels with whole levels is at least 1/sqrt(12 n).
var (
	colourGrain = grain{96, 4, 16}
	countGrain  = grain{1, -5, 0}
	placeGrain  = grain{8, 3, 8}
	shiftGrain  = grain{64, 8, 13}
)

// exponent chooses the step of a column, 2^-exponent. Values on the finest grid don't change: whole levels, and
// values rounded before.
func (g grain) exponent(x []float64) int {
	if onGrid(x, g.finest) {
		return g.finest
	}
	var count [32]int // of the second differences, by the exponent that each of them calls for
	n := 0
	for i := 2; i < len(x); i++ {
		if v := math.Abs(x[i] - 2*x[i-1] + x[i-2]); v > 0 {
			bits := math.Float64bits(g.share / v)
			exponent := int(bits>>52) - 1023
			if bits<<12 != 0 { // not a power of two
				exponent++
			}
			count[min(max(exponent, g.least), g.finest)-g.least]++
			n++
		}
	}
	exponent := g.finest
	if n == 0 {
		return exponent
	}
	for rank := n / 2; exponent > g.least; exponent-- { // the smaller the difference, the larger its exponent
		if rank -= count[exponent-g.least]; rank < 0 { // the median's
			break
		}
	}
	return exponent
}

func onGrid(x []float64, exponent int) bool {
	scale := math.Ldexp(1, exponent)
	for _, v := range x {
		if v *= scale; v != math.Trunc(v) {
			return false
		}
	}
	return true
}

// microseconds returns a time in ms as whole microseconds. A time that is a whole number of microseconds is
// converted exactly, however many digits it has.
func microseconds(ms float64) int64 {
	n := int64(math.Round(ms * 1000))
	for _, k := range [...]int64{n, n - 1, n + 1} {
		if float64(k)/1000 == ms {
			return k
		}
	}
	return n
}

// Round rounds a valid trace to the precision of its compact form: times to whole microseconds, every other column
// to its own step well below its noise. Rounding again changes nothing. It changes the columns in place;
// [Trace.Rounded] makes a copy.
func (t *Trace) Round() {
	for i, v := range t.TimeMS {
		t.TimeMS[i] = float64(microseconds(v)) / 1000
	}
	round := func(g grain, x []float64) { roundTo(x, g.exponent(x)) }
	t.roundColours()
	if t.Background != nil {
		for _, x := range t.Background.channels() {
			round(colourGrain, *x)
		}
	}
	for _, r := range t.all() {
		for _, x := range r.counts() {
			if *x != nil {
				roundCounts(*x, countGrain.exponent(*x))
			}
		}
	}
	round(shiftGrain, t.ShoulderDY)
	column := make([]float64, len(t.TimeMS))
	each := func(width int, of func(i int) []float64) {
		for k := range width {
			for i := range column {
				column[i] = of(i)[k]
			}
			round(placeGrain, column)
			for i, v := range column {
				of(i)[k] = v
			}
		}
	}
	if t.FaceBox != nil {
		each(4, func(i int) []float64 { return t.FaceBox[i][:] })
	}
	if t.Landmarks != nil {
		each(10, func(i int) []float64 { return t.Landmarks[i][:] })
	}
}

// Rounded returns a copy of a valid trace that is rounded as by [Trace.Round].
func (t *Trace) Rounded() *Trace {
	c := *t
	c.TimeMS, c.ShoulderDY = slices.Clone(t.TimeMS), slices.Clone(t.ShoulderDY)
	c.FaceBox, c.Landmarks = slices.Clone(t.FaceBox), slices.Clone(t.Landmarks)
	c.Regions = slices.Clone(t.Regions)
	if t.Background != nil {
		b := *t.Background
		c.Background = &b
	}
	for _, r := range c.all() {
		for _, x := range slices.Concat(r.channels(), r.counts()) {
			*x = slices.Clone(*x)
		}
	}
	c.Round()
	return &c
}

// all returns the regions and the background.
func (t *Trace) all() []*Region {
	var all []*Region
	for i := range t.Regions {
		all = append(all, &t.Regions[i])
	}
	if t.Background != nil {
		all = append(all, t.Background)
	}
	return all
}

func (r *Region) channels() []*[]float64 { return []*[]float64{&r.G, &r.R, &r.B} }
func (r *Region) counts() []*[]float64   { return []*[]float64{&r.Pixels, &r.Clipped, &r.Skin} }

func roundTo(x []float64, exponent int) {
	scale, step := math.Ldexp(1, exponent), math.Ldexp(1, -exponent)
	for i, v := range x { // as math.Round does, but without a negative zero
		v *= scale
		whole := float64(int64(v))
		x[i] = (whole + float64(int64(2*(v-whole)))) * step
	}
}

// roundCounts rounds counts but keeps positive ones positive: no pixels, or no skin, means something other than
// few.
func roundCounts(x []float64, exponent int) {
	step := math.Ldexp(1, -exponent)
	for i, v := range x {
		if x[i] = 0; v > 0 { // avoids a negative zero
			x[i] = max(1, math.Round(v/step)) * step
		}
	}
}

// shown is the least change of a channel at which the engine takes two frames for different pictures.
const shown = 1e-4

// roundColours rounds the channels of the regions. The engine recognises a frozen picture by frames in which no
// channel of a region changes by shown or more. So a frame that repeats the one before becomes an exact
// repetition, and in a frame that doesn't, a channel still changes by that much.
func (t *Trace) roundColours() {
	var columns [][]float64
	for i := range t.Regions {
		for _, x := range t.Regions[i].channels() {
			columns = append(columns, *x)
		}
	}
	exponents, least := make([]int, len(columns)), make([]float64, len(columns))
	for k, x := range columns {
		exponents[k] = colourGrain.exponent(x)
		least[k] = shown + math.Ldexp(1, -exponents[k])
	}
	moves := t.moves(columns, least)
	for k, x := range columns {
		roundTo(x, exponents[k])
	}
	last := 0 // the last frame that showed something new
	for i := 1; i < len(moves); i++ {
		m := moves[i]
		if m.way == 0 {
			for _, x := range columns {
				x[i] = x[last]
			}
			continue
		}
		if !slices.ContainsFunc(columns, func(x []float64) bool { return math.Abs(x[i]-x[last]) >= shown }) {
			step := math.Ldexp(1, -exponents[m.column])
			x := columns[m.column]
			x[i] = shifted(x[last], m.way*math.Ceil(shown/step)*step)
		}
		last = i
	}
}

// shifted returns a channel's value plus by, or minus by where the sum would be out of range.
func shifted(v, by float64) float64 {
	if v+by < 0 || v+by > 255 {
		return v - by
	}
	return v + by
}

// move is the channel that changed most from one frame to another, and whether it rose (1) or fell (-1); way is 0 where nothing changed.
type move struct {
	column int
	way    float64
}

// moves returns, for each frame, what changed since the last frame that showed something new: any channel that changed by least
// or more, which rounding can't hide, else the one that changed most.
func (t *Trace) moves(columns [][]float64, least []float64) []move {
	moves := make([]move, len(t.TimeMS))
	last := 0
	for i := 1; i < len(moves); i++ {
		most, m := 0.0, move{}
		for k, x := range columns {
			if d := x[i] - x[last]; math.Abs(d) > most {
				most, m = math.Abs(d), move{k, math.Copysign(1, d)}
				if most >= least[k] {
					break
				}
			}
		}
		if most >= shown {
			moves[i], last = m, i
		}
	}
	return moves
}
