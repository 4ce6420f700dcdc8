package engine

import (
	"math"
	"slices"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
)

// segment is the colour of every region over one window, as the intake made it.
type segment struct {
	rgb     []rppg.RGB   // of each region
	mean    [][3]float64 // of each region: its mean colour
	missing [][]float64  // of each region: 1 where it wasn't seen
	clipped []float64    // of each region: share of pixels at the limits of the sensor
	skin    []float64    // of each region: share of pixels that are skin
	gap     []bool
	// background is the colour behind the face, zeros where there is none
	background rppg.RGB
	place      [2][]float64 // middle of the face box in widths of the face, x and y
}

// view is what one window shows: the candidate waves and how good the window was.
type view struct {
	waves   [][]float64 // of each method, band-passed; nil where it can't be had
	halves  [2][]float64
	weights []float64
	redLine float64
	patches int
	used    []int            // regions that were fit to be averaged
	unfit   biomarker.Reason // why none was
	beating beating
	spectra [][]float64 // of the regions used, in some windows, see [voter.patchSpectra]
	// own is the colour in which the window changes in step with its pulse, clarity how
	// clear that pulse is, 0..1.
	own     [3]float64
	clarity float64
	bpm     float64 // rate of that pulse
	gains   []gain  // of the regions used
	whole   rppg.RGB
	colour  rppg.RGB // mean of the regions used, 0..255
}

// look computes the candidate waves of a window of a face.
func (a *Analyzer) look(s segment) view {
	used, unfit := a.choose(s)
	a.level(len(used))
	v := view{patches: len(used), used: used, unfit: unfit, waves: make([][]float64, len(faceMethods)), weights: make([]float64, len(faceMethods))}
	if len(used) == 0 {
		return v
	}
	a.mean = average(a.mean, s, used, func(int) bool { return true })
	whole := a.mean
	v.colour = whole
	calm := func(c rppg.RGB) rppg.RGB {
		if a.opt.Disable.Steps {
			return c
		}
		return rppg.WithoutSteps(c)
	}
	whole = calm(whole)
	var parts []rppg.RGB // forehead and cheeks, banded
	for ar := rppg.Forehead; ar < rppg.Areas; ar++ {
		if a.part = average(a.part, s, used, func(r int) bool { return a.area[r] == ar }); a.part.Len() > 0 {
			a.parts[ar] = rppg.Banded(a.parts[ar], calm(a.part), rate)
			parts = append(parts, a.parts[ar])
		}
	}
	a.whole = rppg.Banded(a.whole, whole, rate)
	w := faceWindow{whole: whole, banded: a.whole, parts: parts, combiner: &a.combiner}
	w.vote(&v, true, a.opt.Disable)
	a.lookForPulse(&v, w.banded)
	known := a.pulseWith(v)
	w.pulse = known.Unit()
	for i, r := range used {
		a.banded[i] = rppg.Banded(a.banded[i], s.rgb[r], rate)
	}
	a.behind = rppg.Banded(a.behind, s.background, rate)
	w.patches, w.behind = a.banded[:len(used)], a.behind
	v.whole = v.colour.Relative(rate)
	if len(used) >= leastPatches {
		v.gains = a.gainsOf(v, w.pulse, w.banded)
		w.gains = make([]float64, len(used))
		for i, r := range used {
			w.gains[i] = a.gain[r].with(v.gains[i])
		}
	}
	w.vote(&v, false, a.opt.Disable)
	if len(used) > 1 {
		for h := range v.halves {
			if a.part = average(a.part, s, used, func(r int) bool { return r%2 == h }); a.part.Len() > 0 {
				v.halves[h] = rppg.LCMV([]rppg.RGB{calm(a.part)}, w.pulse, rate)
			}
		}
	}
	v.redLine = a.redLine(whole)
	return v
}

// pulseWith returns the estimate of the pulse's colour after one more window.
func (a *Analyzer) pulseWith(v view) rppg.PulseColour {
	p := a.pulse
	if !a.opt.Disable.PulseColour {
		p.Add(v.own, v.clarity)
	}
	return p
}

// Peaks of a wave's spectrum, as shares of the band's power, between which the clarity of a pulse goes from 0 to
// 1: noisePeak is that of noise alone, purePeak that of a pulse with hardly any noise.
const noisePeak, purePeak = 0.05, 0.15

// lookForPulse fills in the rate of a window by the methods that don't use the pulse's colour, the colour in which
// the skin, banded, changes in step with their waves, and the clarity of that pulse.
func (a *Analyzer) lookForPulse(v *view, banded rppg.RGB) {
	var memory [longSamples]float64
	wave := memory[:banded.Len()]
	for k, m := range faceMethods {
		if !m.colourless {
			continue
		}
		if sd := dsp.SD(v.waves[k]); sd > 0 {
			for i, x := range v.waves[k] {
				wave[i] += x / sd
			}
		}
	}
	a.voter.power(wave, nil)
	purity := purityOf(a.voter.pa)
	peak, _, ok := a.voter.read(a.voter.pa)
	if !ok {
		return
	}
	v.bpm = gridBPM(peak)
	taper := a.voter.taper(len(wave))
	w := line(wave, taper, v.bpm)
	for k, c := range linesOf(banded, taper, v.bpm) {
		v.own[k] = -inStep(w, c)
	}
	v.clarity = min(1, max(0, (purity-noisePeak)/(purePeak-noisePeak)))
}

// inStep returns the part of b in step with a, times a.
func inStep(a, b complex128) float64 { return real(a)*real(b) + imag(a)*imag(b) }

// gain is the estimate of the strength of the pulse in a patch relative to the whole face.
type gain struct{ sum, weight float64 }

// Gains start at 1, which counts for gainPrior clear windows, and stay within bounds.
const (
	gainPrior           = 1.0
	leastGain, mostGain = 0.3, 2.0
)

// with returns the gain after one more window.
func (g gain) with(w gain) float64 {
	return min(mostGain, max(leastGain, (gainPrior+g.sum+w.sum)/(gainPrior+g.weight+w.weight)))
}

// gainsOf returns a window's estimate of the gain of each of its patches: the part of the patch's change in step
// with the whole face's, over the latter, weighted by the clarity of the pulse in both.
func (a *Analyzer) gainsOf(v view, pulse [3]float64, whole rppg.RGB) []gain {
	out := make([]gain, len(v.used))
	if v.clarity == 0 || a.opt.Disable.Gains {
		return out
	}
	taper := a.voter.taper(whole.Len())
	var memory [longSamples]float64
	x := memory[:whole.Len()]
	along := func(c rppg.RGB) []float64 {
		r, g, b := c[0][:len(x)], c[1][:len(x)], c[2][:len(x)]
		for i := range x {
			x[i] = pulse[0]*r[i] + pulse[1]*g[i] + pulse[2]*b[i]
		}
		return x
	}
	all := line(along(whole), taper, v.bpm)
	for i := range v.used {
		y := along(a.banded[i])
		own, noise := lineAndNoise(y, taper, v.bpm)
		q := inStep(all, own) / abs2(all)
		w := v.clarity * abs2(all) / (abs2(all) + noise)
		out[i] = gain{w * min(mostGain, max(0, q)), w}
	}
	return out
}

// redLimit bounds the relative amplitude of a pulse in red.
const redLimit = 0.003

// redLine returns the strongest relative amplitude of red in the band.
func (a *Analyzer) redLine(c rppg.RGB) float64 {
	red := rppg.RGB{c[0]}.Relative(rate)[0]
	a.voter.power(red, nil)
	peak := 0.0
	for _, p := range a.voter.pa[bandFirst : bandLast+1] {
		peak = max(peak, p)
	}
	// The transform of a line of amplitude 1 under a Hann window of n points is (n+1)/4 high.
	return math.Sqrt(peak) * 4 / float64(len(red)+1)
}

// fitness is the least share of skin in a region, and the greatest share of pixels at the limits of the sensor.
type fitness struct{ leastSkin, mostClipped float64 }

// The regions that are fit are used. Where a window has none, as when a fringe covers the only region, a forehead,
// those that are bearable are used.
var fit, bearable = fitness{0.6, 0.05}, fitness{0.25, mostClipped}

// choose returns the regions of a window that are to be averaged: seen, neither clipped nor dark, skin, and not
// much noisier than the others. Where there is none, it says why.
func (a *Analyzer) choose(s segment) (used []int, unfit biomarker.Reason) {
	if used, unfit = a.chooseFrom(s, fit); len(used) == 0 {
		used, unfit = a.chooseFrom(s, bearable)
	}
	return used, unfit
}

func (a *Analyzer) chooseFrom(s segment, want fitness) (used []int, unfit biomarker.Reason) {
	type candidate struct {
		region int
		noise  float64
	}
	var ok []candidate
	var noises []float64
	for r := range s.rgb {
		if why := a.fault(s, r, want); why != "" {
			unfit = why
			continue
		}
		g, m := s.rgb[r][1], s.mean[r][1]
		sum := 0.0
		for i := 1; i+1 < len(g); i++ {
			d := (g[i-1] - 2*g[i] + g[i+1]) / m
			sum += d * d
		}
		ok = append(ok, candidate{r, sum})
		noises = append(noises, sum)
	}
	limit := 5 * dsp.Median(noises)
	for _, c := range ok {
		if len(ok) < 4 || c.noise <= limit || a.opt.Disable.Patches {
			used = append(used, c.region)
		}
	}
	return used, unfit
}

// fault says why a region must not be averaged over a window, and is empty if it may.
func (a *Analyzer) fault(s segment, r int, want fitness) biomarker.Reason {
	green := s.mean[r][1]
	clear, bright := clearGreen(green, a.opt.Disable), max(green, s.mean[r][0])
	switch {
	case share(s.missing[r]) > 0.1:
		return biomarker.NoFace
	case !(green > 5), bright < 25:
		return biomarker.TooDark
	case !clear && (s.clipped[r] > want.mostClipped || bright > 245):
		return biomarker.Clipped
	case s.skin[r] < want.leastSkin:
		return biomarker.NotEnoughSkin
	}
	return ""
}

// average returns the mean colour of the used regions for which belongs is true. Each is divided by its own mean first,
// so that a region that appears or disappears between windows doesn't change the scale. The result is empty when there
// are none. It uses the memory of dst if that is large enough.
func average(dst rppg.RGB, s segment, used []int, belongs func(region int) bool) rppg.RGB {
	var in []int
	for _, r := range used {
		if belongs(r) {
			in = append(in, r)
		}
	}
	n := len(s.gap)
	if len(in) == 0 {
		n = 0
	}
	for k := range dst {
		dst[k] = slices.Grow(dst[k][:0], n)[:n]
		clear(dst[k])
	}
	if n == 0 {
		return dst
	}
	for k := range dst {
		level := 0.0
		for _, r := range in {
			level += s.mean[r][k]
		}
		level /= float64(len(in))
		scale := func(r int) float64 { // what makes the mean of a region a share of level
			if m := s.mean[r][k]; m > 0 {
				return level / float64(len(in)) / m
			}
			return 0
		}
		to := dst[k]
		i := 0
		for ; i+2 <= len(in); i += 2 { // two regions at a time
			x, y := s.rgb[in[i]][k][:n], s.rgb[in[i+1]][k][:n]
			p, q := scale(in[i]), scale(in[i+1])
			for j := range to {
				to[j] += p*x[j] + q*y[j]
			}
		}
		for _, r := range in[i:] {
			p := scale(r)
			for j, v := range s.rgb[r][k][:n] {
				to[j] += p * v
			}
		}
	}
	return dst
}
