package face

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// locator finds a point near a guess: a cascade of regression trees on pixel
// comparisons (Markuš, Frljak, Pandžić, Ahlberg, Forchheimer 2014, "Eye pupil
// localization with an ensemble of randomized trees", Pattern Recognition 47:578).
type locator struct {
	stages, trees, depth int
	shrink               float64   // of the window after each stage
	tests                []int8    // per inner node: row and column of two pixels, in 1/256 of the window
	shifts               []float32 // per leaf: row and column shift, in windows
}

// newLocator reads a cascade in the format of the picornt program, with shifts
// as 16-bit integers in units of 1/65536 instead of 32-bit floats.
func newLocator(b []byte) (*locator, error) {
	if len(b) < 16 {
		return nil, errors.New("face: cascade too short")
	}
	le := binary.LittleEndian
	l := &locator{
		stages: int(le.Uint32(b)), shrink: float64(math.Float32frombits(le.Uint32(b[4:]))),
		trees: int(le.Uint32(b[8:])), depth: int(le.Uint32(b[12:])),
	}
	if l.depth < 1 || l.depth > 16 {
		return nil, errors.New("face: cascade damaged")
	}
	inner, leaves := 1<<l.depth-1, 1<<l.depth
	b = b[16:]
	if len(b) != l.stages*l.trees*(4*inner+4*leaves) {
		return nil, errors.New("face: cascade damaged")
	}
	for range l.stages * l.trees {
		for _, v := range b[:4*inner] {
			l.tests = append(l.tests, int8(v))
		}
		b = b[4*inner:]
		for i := range 2 * leaves {
			l.shifts = append(l.shifts, float32(int16(le.Uint16(b[2*i:])))/65536)
		}
		b = b[4*leaves:]
	}
	return l, nil
}

// descend follows the cascade from one guess.
func (l *locator) descend(g gray, x, y, size float64) (float64, float64) {
	inner, leaves := 1<<l.depth-1, 1<<l.depth
	t, s := 0, 0
	for range l.stages {
		var dx, dy float64
		for range l.trees {
			n := 0
			for range l.depth {
				c := l.tests[t+4*n : t+4*n+4]
				first := g.near(x+float64(c[1])*size/256, y+float64(c[0])*size/256)
				second := g.near(x+float64(c[3])*size/256, y+float64(c[2])*size/256)
				n = 2*n + 1
				if first > second {
					n++
				}
			}
			leaf := s + 2*(n-inner)
			dy += float64(l.shifts[leaf])
			dx += float64(l.shifts[leaf+1])
			t += 4 * inner
			s += 2 * leaves
		}
		x += dx * size
		y += dy * size
		size *= l.shrink
	}
	return x, y
}

// tries is how many guesses vote on a point.
const tries = 25

// find returns the median of the points that slightly different guesses lead
// to. The guesses follow the additive recurrence of the plastic number (R2
// sequence), so the same picture always gives the same point.
func (l *locator) find(g gray, x, y, size float64) (float64, float64) {
	var xs, ys [tries]float64
	for i := range tries {
		u := math.Mod(0.5+float64(i)*0.7548776662466927, 1)
		v := math.Mod(0.5+float64(i)*0.5698402909980532, 1)
		w := math.Mod(0.5+float64(i)*0.6180339887498949, 1)
		xs[i], ys[i] = l.descend(g, x+0.15*size*(u-0.5), y+0.15*size*(v-0.5), size*(0.925+0.15*w))
	}
	slices.Sort(xs[:])
	slices.Sort(ys[:])
	return xs[tries/2], ys[tries/2]
}
