package simulate

import "math"

// own has the properties of one region, besides its place on the face.
type own struct {
	wave   []float64    // pulse on the grid
	tint   [3]float64   // factors on the colour of the pulse
	bare   float64      // share that is bare skin, 0..1
	level  float64      // brightness relative to bare skin
	change [3][]float64 // relative change of its light on the grid; nil: none
	jumps  [3][]float64 // relative change of its light per frame; nil: none
}

// own draws the properties of a region, from a separate random stream.
func (w *world) own(name string) own {
	o := own{wave: w.pulse, tint: [3]float64{1, 1, 1}, bare: 1, level: 1}
	r := newRandom(w.Seed, "region "+name)
	if w.hearts != nil {
		o.wave = w.hearts[w.owner[name]%len(w.hearts)]
	}
	if b := w.Blood; b.Delay > 0 {
		o.wave = delayed(o.wave, grid*b.Delay*r.NormFloat64())
	}
	if w.Blood.Apart > 0 {
		for c := range o.tint {
			o.tint[c] = r.spread(w.Blood.Apart)
		}
	}
	if r.Float64() < w.Blood.Covered {
		o.bare = 1 - r.uniform(0.3, 1)
		o.level = o.bare + (1-o.bare)*r.uniform(0.2, 1) // hair is darker, glass is not
	}
	w.disturb(&o, r, true)
	if w.Detector.Every > 0 {
		o.jumps = w.leaps(r)
	}
	return o
}

// delayed returns x delayed by that many grid points.
func delayed(x []float64, points float64) []float64 {
	y := make([]float64, len(x))
	for i := range y {
		y[i] = at(x, float64(i)-points)
	}
	return y
}

// shade is the change of light in R, G, B where the picture of a skin moves, relative to green. Shadows and edges
// are coloured, since skin absorbs scattered green and blue light most. One picture has one shade, and one
// horizontal and one vertical slope that its patches share in part.
type shade struct {
	colour [3]float64
	slope  [2]float64
	box    float64 // share of the variance that all patches share where only the box moves, which depends on the picture
}

// The share of the variance of the patches' changes that all share where the picture moves, and the log-SD of the
// colour of a patch's change, there and where only the box moves. They come from films processed by package face:
// patches of a rocked portrait change in phase, with a red of 0.8 to 1.1 and a blue of 0.9 to 1.2 times their
// green; where a detector moved the box they change either way, with a red of 0.2 to 2.2 and a blue of 1.1 to 1.7.
const (
	pictureShared, pictureSpread = 0.85, 0.1
	boxSpread                    = 0.3
)

func newShade(r random, tint float64) shade {
	s := shade{slope: [2]float64{r.NormFloat64(), r.NormFloat64()}, box: r.uniform(0, 0.9)}
	for c, v := range [3]float64{r.uniform(0.6, 1.05), 1, r.uniform(0.8, 1.25)} {
		s.colour[c] = 1 + tint*(v-1)
	}
	return s
}

// of returns the change of R, G, B of one patch by a movement along axis k (x, y).
func (s shade) of(r random, k int, shared, spread float64) (g [3]float64) {
	size := math.Sqrt(shared)*s.slope[k] + math.Sqrt(1-shared)*r.NormFloat64()
	for c := range g {
		g[c] = size * s.colour[c]
		if c != 1 {
			g[c] *= r.spread(spread)
		}
	}
	return g
}

// disturb adds the changes of light of a single region: by the hand that holds the phone, by a rocked picture, by
// what covers the region, and by its own noise.
func (w *world) disturb(o *own, r random, rocked bool) {
	add := func(x []float64, gain [3]float64) {
		for c := range o.change {
			if len(x) == 0 || gain[c] == 0 {
				continue
			}
			if o.change[c] == nil {
				o.change[c] = make([]float64, w.n)
			}
			for i, v := range x {
				o.change[c][i] += gain[c] * v
			}
		}
	}
	if w.hand[0] != nil {
		for k, x := range w.hand {
			add(x, w.shade.of(r, k, pictureShared, pictureSpread))
		}
	}
	if w.Motion.Tint > 0 {
		for k, x := range w.head[:2] {
			g := w.shade.of(r, k, pictureShared, pictureSpread)
			for c := range g {
				g[c] *= 0.3 * w.Motion.Tint
			}
			add(x, g)
		}
	}
	if rocked && w.rock[0] != nil {
		for k, x := range w.rock {
			add(x, w.shade.of(r, k, pictureShared, pictureSpread))
		}
	}
	for c, x := range w.pressure {
		var only [3]float64
		only[c] = 1
		add(x, only)
	}
	if o.bare < 1 && w.Blood.Rustle > 0 {
		add(newBands(w.n, grid).noise(r, 0.2, 3, w.Blood.Rustle*(1-o.bare)), r.spreads(0.2))
	}
	if w.Light.Own > 0 {
		add(newBands(w.n, grid).pink(r, 1, w.Light.Own), r.spreads(0.2))
	}
}

// spreads returns three factors with median 1 and log-SD sd.
func (r random) spreads(sd float64) [3]float64 {
	return [3]float64{r.spread(sd), r.spread(sd), r.spread(sd)}
}

// pink returns noise of the SD rms whose power falls with the frequency to the given power, from 0.02 to 4 Hz.
func (b bands) pink(r random, exponent, rms float64) []float64 {
	spectrum := make([]complex128, b.length/2+1)
	for k := range spectrum {
		if f := float64(k) * b.rate / float64(b.length); f >= 0.02 && f <= 4 {
			a := math.Pow(f, -exponent/2)
			spectrum[k] = complex(a*r.NormFloat64(), a*r.NormFloat64())
		}
	}
	return scaled(b.fft.Sequence(nil, spectrum)[:b.n], rms)
}

// manyHearts draws the pulses of unrelated hearts and assigns them to the patches. The rates lie around a common
// one of 50 to 120 bpm, with an SD from almost 0 (out of step only) to 40 bpm.
func (w *world) manyHearts() {
	r := newRandom(w.Seed, "hearts")
	common, apart := r.uniform(50, 120), math.Exp(r.uniform(0, math.Log(40)))
	for range w.Blood.Hearts {
		o := Rhythm{HeartRate: min(180, max(40, common+apart*r.NormFloat64())), RSA: 0.02, LF: 0.01, RespiratoryRate: r.uniform(10, 20)}
		h := newHeart(newRandom(r.Uint64(), "heart"), o, w.Duration)
		w.hearts = append(w.hearts, delayed(h.wave(w.n, grid), grid*r.uniform(0, 60/common)))
	}
	w.owner = map[string]int{}
	for i, k := range r.Perm(len(patches)) {
		w.owner[patches[i].name] = k
	}
}
