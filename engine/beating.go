package engine

import (
	"math"
	"math/cmplx"

	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
)

// leastPatches is the number of good patches of skin that are needed to null movement and light in the space of
// all of them.
const leastPatches = 6

// beating is what changes in one window at the rate that its vote prefers: whether the patches of the face change
// as one, in which colour, and whether the background changes with them. Amplitudes are lines under a Hann window,
// see [line].
type beating struct {
	timeS, bpm, uniformity float64
	// At bpm: the part of the whole face's R, G and B in step with the wave of all
	// patches, times that wave, and the power of that wave.
	inStep [3]float64
	power  float64

	// Over the patches, each with the complex amplitude a_p of green less red and the power n_p of its noise:
	patches  float64 // P
	common   float64 // |mean a_p|^2, less its noise
	apart    float64 // sum |a_p - mean a_p|^2, less its noise
	variance float64 // of apart, from the noise

	// face is the power of the whole face's line, summed over its colours, and behind that of the background's.
	// shared is the background's line, in the colour of the face's, times the face's. Its real part is the part in
	// step, and sharedNoise is the variance of that.
	face, behind, sharedNoise float64
	shared                    complex128
	// own is the colour in which the face changes in step with the waves that assume least about its colour.
	own [3]float64

	// sway is the power of the line of the movement of the face box, in widths of the face squared, less its noise;
	// pushed is that movement, to the right and down, times the change of the face's green, and green that change's power;
	// pushedWave is the movement times the wave of all patches.
	sway               float64
	pushed, pushedWave [2]complex128
	place              [2]float64 // power of the movement
	green              float64
}

// line returns the complex amplitude of a signal at a rate under a taper, sum w x e^(-iwt), by Goertzel's recursion (1958).
func line(x, taper []float64, bpm float64) complex128 {
	w := 2 * math.Pi * bpm / 60 / rate
	c := 2 * math.Cos(w)
	var s1, s2 float64
	for i, g := range taper {
		s1, s2 = g*x[i]+c*s1-s2, s1
	}
	return amplitude(s1, s2, w, len(taper))
}

// linesOf returns the [line] of each channel of a colour.
func linesOf(x rppg.RGB, taper []float64, bpm float64) [3]complex128 {
	w := 2 * math.Pi * bpm / 60 / rate
	c := 2 * math.Cos(w)
	n := len(taper)
	r, g, b := x[0][:n], x[1][:n], x[2][:n]
	var r1, r2, g1, g2, b1, b2 float64
	for i, v := range taper {
		r1, r2 = v*r[i]+c*r1-r2, r1
		g1, g2 = v*g[i]+c*g1-g2, g1
		b1, b2 = v*b[i]+c*b1-b2, b1
	}
	return [3]complex128{amplitude(r1, r2, w, n), amplitude(g1, g2, w, n), amplitude(b1, b2, w, n)}
}

// amplitude returns the complex amplitude from the last two values of the recursion over n samples.
func amplitude(s1, s2, w float64, n int) complex128 {
	return cmplx.Rect(1, -w*float64(n-1)) * (complex(s1, 0) - cmplx.Rect(s2, -w))
}

func abs2(a complex128) float64 { return real(a)*real(a) + imag(a)*imag(a) }

// beside are distances from a line, in Hz, at which a window of 12 s shows the noise around it, but neither the
// line itself nor its sidebands by breathing.
var beside = [...]float64{-0.55, -0.4, 0.4, 0.55}

// leastNoiseHz is the lowest frequency at which noise is measured: the band ends there.
const leastNoiseHz = 0.6

// lineAndNoise returns the [line] of a signal and the power next to it. Recursions run side by side, here and in [linesOf], since each step
// waits for the one before.
func lineAndNoise(x, taper []float64, bpm float64) (complex128, float64) {
	var c, power [len(beside)]float64
	low := 0 // how many of the frequencies, which rise, lie below the band
	for i, d := range beside {
		f := bpm/60 + d
		if f < leastNoiseHz {
			low++
		}
		c[i] = 2 * math.Cos(2*math.Pi*(f/rate))
	}
	w := 2 * math.Pi * bpm / 60 / rate
	own := 2 * math.Cos(w)
	var s1, s2, p1, p2, q1, q2, r1, r2, t1, t2 float64
	x = x[:len(taper)]
	for i, g := range taper {
		v := g * x[i]
		s1, s2 = v+own*s1-s2, s1
		p1, p2 = v+c[0]*p1-p2, p1
		q1, q2 = v+c[1]*q1-q2, q1
		r1, r2 = v+c[2]*r1-r2, r1
		t1, t2 = v+c[3]*t1-t2, t1
	}
	power = [...]float64{p1*p1 + p2*p2 - c[0]*p1*p2, q1*q1 + q2*q2 - c[1]*q1*q2, r1*r1 + r2*r2 - c[2]*r1*r2, t1*t1 + t2*t2 - c[3]*t1*t2}
	return amplitude(s1, s2, w, len(taper)), dsp.Mean(power[low:])
}

// compare fills in the parts of the whole face's lines that are in step with the line of the wave of all patches,
// at the rate of the window.
func (b *beating) compare(wave complex128, whole [3]complex128) {
	for k, c := range whole {
		b.inStep[k] = -inStep(wave, c)
	}
	b.power = abs2(wave)
}

// movements returns the movement of the face, banded, as at most two series that are orthogonal and of unit length
// under a taper; place is the middle of its box, x and y.
func movements(place [2][]float64, taper []float64) [][]float64 {
	var out [][]float64
	for _, v := range place {
		y := rppg.BandPass(v, rate)
		still := dsp.SD(y)
		removeAlong(y, out, taper)
		if sd := dsp.SD(y); !(sd > 1e-6) || sd < 1e-3*still { // it doesn't move, or only with the other
			continue
		}
		power := 0.0
		for i, w := range taper {
			power += w * y[i] * y[i]
		}
		for i := range y {
			y[i] /= math.Sqrt(power)
		}
		out = append(out, y)
	}
	return out
}

// removeAlong subtracts from x, in place, its components along series that are orthogonal and of unit length under
// a taper.
func removeAlong(x []float64, of [][]float64, taper []float64) {
	for _, e := range of {
		shared := 0.0
		for i, w := range taper {
			shared += w * x[i] * e[i]
		}
		for i := range x {
			x[i] -= shared * e[i]
		}
	}
}

// unite fills in how far the patches of skin, banded, change as one, apart from changes that follow the movement
// of the face: a face that turns shades each patch differently.
func (b *beating) unite(patches []rppg.RGB, movements [][]float64, taper []float64) {
	b.patches = float64(len(patches))
	a := make([]complex128, len(patches))
	x := make([]float64, len(taper))
	var mean complex128
	noise := 0.0
	for p, c := range patches {
		for i := range x {
			x[i] = c[1][i] - c[0][i]
		}
		removeAlong(x, movements, taper)
		var n float64
		a[p], n = lineAndNoise(x, taper, b.bpm)
		mean += a[p] / complex(b.patches, 0)
		noise += n
		b.variance += n * n
	}
	b.common = abs2(mean) - noise/b.patches/b.patches
	for _, v := range a {
		b.apart += abs2(v - mean)
	}
	b.apart -= noise * (1 - 1/b.patches)
}

// lookBehind fills in how far the background, banded, changes with the lines of the face.
func (b *beating) lookBehind(face [3]complex128, behind rppg.RGB, taper []float64) {
	for k, f := range face {
		b.face += abs2(f)
		if len(behind[k]) != len(taper) {
			continue
		}
		g, n := lineAndNoise(behind[k], taper, b.bpm)
		b.shared += f * cmplx.Conj(g)
		b.sharedNoise += abs2(f) * n / 2
		b.behind += abs2(g)
	}
}

// follow fills in how far the face moves at the rate of the window, and how that movement agrees with the face's
// line in green and with that of the wave of all patches, which is 0 where there is none; place is the middle of
// its box in widths of the face, x and y.
func (b *beating) follow(place [2][]float64, green, wave complex128, taper []float64) {
	gain := 0.0
	for _, w := range taper {
		gain += w / 2
	}
	b.green = abs2(green)
	x := make([]float64, len(taper))
	for k, v := range place {
		m := dsp.Mean(v)
		for i := range x {
			x[i] = v[i] - m
		}
		a, n := lineAndNoise(x, taper, b.bpm)
		b.pushed[k], b.pushedWave[k], b.place[k] = a*cmplx.Conj(green), a*cmplx.Conj(wave), abs2(a)
		b.sway += max(0, abs2(a)-n) / (gain * gain)
	}
}

// add adds the sums of another window. Its time and its rate are not added.
func (b *beating) add(w beating) {
	b.uniformity += w.uniformity
	b.power += w.power
	for k := range w.inStep {
		b.inStep[k] += w.inStep[k]
		b.own[k] += w.own[k]
	}
	b.patches += w.patches
	b.common += w.patches * w.common
	b.apart += w.apart
	b.variance += w.variance
	b.face, b.shared, b.sharedNoise = b.face+w.face, b.shared+w.shared, b.sharedNoise+w.sharedNoise
	b.behind += w.behind
	b.sway += w.sway
	b.green += w.green
	for k := range w.place {
		b.pushed[k] += w.pushed[k]
		b.pushedWave[k] += w.pushedWave[k]
		b.place[k] += w.place[k]
	}
}

// independent is the number of windows, a step apart, that say as much as one: a Hann window of 12 s is
// effectively half as long.
const independent = longSamples / 2 / stepSamples

// fill fills in the features from the windows whose own rate is the track's. Without such a window they stay 0.
func (f *Features) fill(windows []beating, timeS, bpm []float64) {
	var b beating
	n := 0.0
	for _, w := range windows {
		if math.Abs(dsp.Interp(timeS, bpm, w.timeS)-w.bpm) <= agreementBPM {
			n++
			b.add(w)
		}
	}
	if n == 0 {
		return
	}
	f.Uniformity = b.uniformity / n
	var along, white, size float64
	for k, v := range b.inStep {
		along += v * rppg.Signature[k]
		white += v / math.Sqrt(3)
		size += v * v
	}
	if b.power > 0 && size > 0 {
		f.Excess, f.White = along/b.power, white/math.Sqrt(size)
	}
	f.Likeness = rppg.Likeness(b.own)
	if b.common > 0 && b.patches > n {
		doubt := 2 * math.Sqrt(1.5*b.variance*min(n, independent))
		// One patch alone stands out less among few: half as much of two patches as of three.
		scale := b.common * min(1, (b.patches/n-1)/2)
		f.Discord, f.DiscordAtMost = max(0, b.apart-doubt)/scale, max(0, b.apart+doubt)/scale
	}
	if b.face > 0 {
		f.Behind = real(b.shared) / b.face
		f.BehindClear = real(b.shared) / math.Sqrt(max(n*b.sharedNoise, 1e-12*b.face*b.face))
		if b.behind > 0 {
			f.BehindAlike = abs2(b.shared) / (b.face * b.behind)
		}
	}
	f.Sway = math.Sqrt(b.sway / n)
	for k, v := range b.pushed {
		if n < independent { // a single window always keeps step with itself
			break
		}
		if p := b.place[k] * b.green; p > 0 {
			f.Pushed = max(f.Pushed, abs2(v)/p)
		}
		if p := b.place[k] * b.power; p > 0 {
			f.PushedWave = max(f.PushedWave, abs2(b.pushedWave[k])/p)
		}
	}
}
