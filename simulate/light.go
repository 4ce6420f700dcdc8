package simulate

import "math"

// light is the light on the scene, with the camera's automatic changes, relative to its mean. Brightness and
// colour also affect the wall; a screen lights mostly the face.
type light struct {
	level  []float64    // brightness, automatic exposure, periodic line
	colour [3][]float64 // tint and white balance
	screen [3][]float64 // 1 without a screen
	lamp   [3][]float64 // relative change by a coloured lamp; nil without one
	behind float64      // share of the lamp that the wall shows
}

func newLight(r random, b bands, o Light) light {
	n, duration := b.n, float64(b.n)/b.rate
	l := light{level: make([]float64, n)}
	slow, fast := b.noise(r, 0.02, 0.4, o.Drift), b.noise(r, 0.4, 4, 0.05*o.Drift)
	for i := range l.level {
		l.level[i] = 1 + slow[i] + fast[i]
	}
	direction, balance := r.direction(), [3]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
	slow, fast = b.noise(r, 0.02, 0.3, o.Tint), b.noise(r, 0.3, 4, 0.08*o.Tint)
	white := b.noise(r, 0.005, 0.12, o.Balance)
	for c := range l.colour {
		l.colour[c] = make([]float64, n)
		for i := range l.colour[c] {
			l.colour[c][i] = 1 + direction[c]*(slow[i]+fast[i]) + balance[c]*white[i]
		}
	}
	if o.Exposure > 0 {
		for range 1 + r.poisson(duration/20) {
			start, size := r.uniform(2, duration), o.Exposure*r.sign()
			for i := max(0, int(math.Ceil(start*b.rate))); i < n; i++ {
				l.level[i] *= 1 + size*(1-math.Exp(-(float64(i)/b.rate-start)/0.3))
			}
		}
	}
	if o.Line > 0 {
		for i, p := range r.phase(n, b.rate, o.LineRate, 5, 0.01) {
			l.level[i] *= 1 + o.Line*math.Sin(p)
		}
	}
	if o.Screen > 0 {
		steps := screenSteps(r, n, b.rate, duration)
		for c, tint := range [3]float64{0.7, 1, 1.3} {
			gain := o.Screen * tint * r.spread(0.15)
			l.screen[c] = make([]float64, n)
			for i, v := range steps {
				l.screen[c][i] = 1 + gain*v
			}
		}
	}
	return l
}

// screenSteps draws the content of a screen: Gaussian levels that last 0.2 s plus an exponential time of mean 1 s,
// smoothed over 50 ms.
func screenSteps(r random, n int, rate, duration float64) []float64 {
	x := make([]float64, n)
	for at := 0.0; at < duration; {
		lasts, level := r.ExpFloat64()+0.2, r.NormFloat64()
		for i := int(math.Ceil(at * rate)); i < n && float64(i) < (at+lasts)*rate; i++ {
			x[i] = level
		}
		at += lasts
	}
	w := make([]float64, 6)
	for i := range w {
		w[i] = 1.0 / 6
	}
	return smear(x, w)
}

// direction returns a random unit vector in colour space.
func (r random) direction() [3]float64 {
	v := [3]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
	l := math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2])
	return [3]float64{v[0] / l, v[1] / l, v[2] / l}
}

// at returns the light on the face in channel c at grid point i.
func (l light) at(c, i int) float64 {
	v := l.level[i] * l.colour[c][i]
	if l.screen[c] != nil {
		v *= l.screen[c][i]
	}
	if l.lamp[c] != nil {
		v *= 1 + l.lamp[c][i]
	}
	return v
}

// wall returns the light on the wall behind: the share far of the screen's light reaches it, and the lamp's own
// share.
func (l light) wall(c, i int, far float64) float64 {
	v := l.level[i] * l.colour[c][i]
	if l.screen[c] != nil {
		v *= 1 + far*(l.screen[c][i]-1)
	}
	if l.lamp[c] != nil {
		v *= 1 + l.behind*l.lamp[c][i]
	}
	return v
}

// add draws a coloured lamp, half sine and half a lamp that is switched with edges of 50 ms, and pink noise.
func (l *light) add(r random, b bands, o Light) {
	if o.Pink > 0 {
		for i, v := range b.pink(r, 1, o.Pink) {
			l.level[i] *= 1 + v
		}
	}
	if o.Lamp.Size <= 0 {
		return
	}
	l.behind = o.Lamp.Behind
	start, hard := r.uniform(0, 2*math.Pi), r.uniform(0, 1)
	most := largest(o.Lamp.Colour)
	for c, v := range o.Lamp.Colour {
		l.lamp[c] = make([]float64, b.n)
		for i := range l.lamp[c] {
			s := math.Sin(2*math.Pi*o.Lamp.Rate*float64(i)/b.rate + start)
			l.lamp[c][i] = o.Lamp.Size * v / most * ((1-hard)*s + hard*math.Tanh(3*s))
		}
	}
}
