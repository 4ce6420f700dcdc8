package hrv

import (
	"math"

	"blush.example/blush/dsp"
)

// Filter describes the band-pass in which the beats of a wave were found, for a variation at c cycles a beat, 0 to
// 0.5.
type Filter struct {
	// Change is the share that it passes of a variation of the beat times.
	Change func(c float64) float64
	// Noise is the share that it passes of the power of noise near the heart rate.
	Noise func(c float64) float64
	// Height is the share of the power of noise that appears in the heights of beats, after the filter and the
	// reading of the heights.
	Height func(c float64) float64
}

// How the spectrum of a rhythm is divided, and the range of its unknowns.
const (
	slowest     = 0.15 // cycles a beat, up to which each line is estimated by itself
	breathWidth = 0.05 // Hz on either side of breathing's line, likewise
	taper       = 0.2  // share of the record that is faded in and out
	longest     = 256  // differences in one spectrum; longer records are divided

	noiseSpread = 0.4 // one standard deviation of ln(noise in times / noise in heights)
	noiseReach  = 2.5 // standard deviations considered on either side
	leastFloor  = 0.003
	mostFloor   = 0.150 // s, range considered for the irregular part of intervals

	// filterUnknown is the error of the power of a line, as a share of what the filter removed: the pulse's own
	// spectrum tilts the sidebands.
	filterUnknown = 0.5
)

// Sidebands returns SDNN and RMSSD of beats found in a narrow band around the heart rate, where noise moves each
// beat and the filter smooths quick changes. ibi are the intervals in s with NaN for those set aside, height the
// strength of each beat's wave relative to the usual one, minus 1; breathHz is the rate of breathing in Hz, 0
// where unknown.
//
// Noise near a carrier falls equally on its phase and on its amplitude (Rice, Bell System Tech J 1944;23:282). The
// heart changes the heights of the beats only by breathing, so the heights show how much noise is in the times.
// Each line of the spectrum of the intervals' differences is then separated into rhythm and noise. From slow lines
// and those of breathing the noise is subtracted, and what the filter removed is restored. The rest of a rhythm is
// irregular, and its intervals have a level spectrum. Its level and the power of the noise are weighted, over all
// pairs of the two, by the likelihood of the spectrum (Whittle 1953), and a Wiener filter estimates each line. The
// error is the spread over the pairs, with that of the lines.
func Sidebands(ibi, height []float64, breathHz float64, f Filter) Reading {
	ibi = plausible(ibi)
	known, d := finite(ibi), dsp.Winsorise(finite(diff(ibi)), rareAt+1)
	r := Reading{N: len(known)}
	if len(known) < 8 || len(d) < 8 {
		return r
	}
	s := newSidebands(d, dsp.Mean(known), breathHz, f)
	noise := min(s.noise(height, breathHz), 1)
	sdnn2, rmssd2 := variance(known), meanSquare(d)

	type pair struct {
		log, sdnn2, rmssd2, sdnnVar, rmssdVar, noise float64
		bands                                        bands
	}
	pairs := make([]pair, 0, 512)
	top := math.Inf(-1)
	for z := -noiseReach; z <= noiseReach; z += 0.25 {
		for w := math.Log(leastFloor); w <= math.Log(mostFloor); w += 0.2 {
			l := s.lines(noise*math.Exp(noiseSpread*z), math.Exp(2*w))
			p := pair{l.log - z*z/2, subtractNoise(sdnn2, -l.slow), rmssd2 * l.quick / s.sum, l.slowVar, l.quickVar, l.noise, l.bands}
			if math.IsNaN(p.log) {
				continue
			}
			pairs, top = append(pairs, p), max(top, p.log)
		}
	}
	var weight, sd, sd2, sdVar, rm, rm2, rmVar, noisePower float64
	var spectrum mixture
	for _, p := range pairs {
		w := math.Exp(p.log - top)
		spectrum.add(w, p.bands)
		noisePower += w * p.noise
		weight += w
		sd, sd2, sdVar = sd+w*math.Sqrt(p.sdnn2), sd2+w*p.sdnn2, sdVar+w*p.sdnnVar/p.sdnn2/4
		rm, rm2, rmVar = rm+w*math.Sqrt(p.rmssd2), rm2+w*p.rmssd2, rmVar+w*p.rmssdVar/p.rmssd2/4
	}
	if !(weight > 0) {
		return r
	}
	sd, sd2, rm, rm2 = sd/weight, sd2/weight, rm/weight, rm2/weight
	r.set(sd*sd, rm*rm, len(ibi))
	r.SDNNError = math.Sqrt(sqr(r.SDNNError) + 1e6*(max(0, sd2-sd*sd)+sdVar/weight))
	r.RMSSDError = math.Sqrt(sqr(r.RMSSDError) + 1e6*(max(0, rm2-rm*rm)+rmVar/weight))
	r.Noise = 1000 * math.Sqrt(noisePower/weight)
	r.LF, r.HF = spectrum.powers(r.gaps(len(ibi)))
	r.OK = !math.IsNaN(r.SDNN+r.RMSSD+r.SDNNError+r.RMSSDError) && r.RMSSD > 0
	return r
}

// sidebands is the spectrum of differences, one entry a line.
type sidebands struct {
	power  []float64 // s², mean over segments; adds up to the mean square
	kept   []float64 // share of the power of a variation that the filter passes
	unit   []float64 // power in the line of noise in the beat times of 1 s² per (cycle a beat)
	weight []float64 // power of a difference over that of an interval, 4 sin²(pi c)
	free   []bool    // estimated by itself: slow, or of breathing
	band   []int     // low, high or neither
	sum    float64
	segs   float64 // segments averaged
	height float64 // mean square of the second differences of heights for the same noise
	beat   float64 // s, mean interval
}

func newSidebands(d []float64, beat, breathHz float64, f Filter) *sidebands {
	s := &sidebands{beat: beat, segs: math.Max(1, math.Floor(float64(len(d))/longest))}
	size := len(d) / int(s.segs)
	for a := 0; a+size <= len(d); a += size {
		s.add(d[a : a+size])
	}
	n := len(s.power)
	s.kept, s.unit, s.weight, s.free = make([]float64, n), make([]float64, n), make([]float64, n), make([]bool, n)
	s.band = make([]int, n)
	for k := range s.power {
		s.power[k] /= s.segs
		s.sum += s.power[k]
		c := float64(k+1) / float64(size)
		s.band[k] = bandOf(c / beat)
		sin := 2 * math.Sin(math.Pi*c)
		s.weight[k] = sin * sin
		s.kept[k] = max(sqr(f.Change(c)), 0.01)
		s.unit[k] = f.Noise(c) * sqr(s.weight[k]) / float64(n)
		s.free[k] = c <= slowest || math.Abs(c-breathHz*beat) <= max(breathWidth*beat, 1/float64(n))
	}
	const steps = 200
	for i := range steps {
		c := (float64(i) + 0.5) / steps / 2
		s.height += math.Pow(2*math.Sin(math.Pi*c), 4) * f.Height(c) / steps
	}
	return s
}

// add adds the power of the lines of a segment, which is faded in and out.
func (s *sidebands) add(d []float64) {
	n := float64(len(d))
	y := make([]float64, len(d))
	gain := 0.0
	for i, v := range d {
		w := 1.0
		if edge := min(float64(i)+0.5, n-0.5-float64(i)) / (taper * n / 2); edge < 1 {
			w = 0.5 - 0.5*math.Cos(math.Pi*edge)
		}
		y[i] = w * v
		gain += w * w
	}
	if s.power == nil {
		s.power = make([]float64, len(d)/2)
	}
	power, at := make([]float64, len(s.power)), make([]float64, len(s.power))
	for k := range at {
		at[k] = float64(k+1) / n
	}
	dsp.PowersAt(power, y, at)
	for k := range s.power {
		p := 2 * power[k] / n / gain
		if 2*(k+1) == len(d) {
			p /= 2
		}
		s.power[k] += p
	}
}

// noise returns the power of the noise in the beat times, s² per (cycle a beat), as the heights show it: from the
// robust spread of their second differences, without the line of breathing.
func (s *sidebands) noise(height []float64, breathHz float64) float64 {
	d := dsp.Winsorise(finite(diff(diff(height))), rareAt+1)
	d = without(d, breathHz*s.beat)
	spread := 1.4826 * dsp.MAD(d) * s.beat / (2 * math.Pi)
	return max(sqr(spread)/s.height, 1e-10)
}

// without removes the lines at and next to c cycles a sample from a series by least squares.
func without(x []float64, c float64) []float64 {
	n := float64(len(x))
	if !(c > 0.02 && c < 0.49) || n < 8 {
		return x
	}
	y := append([]float64(nil), x...)
	for _, f := range [3]float64{c - 1/n, c, c + 1/n} {
		step := 2 * math.Pi * f
		p, q, ok := dsp.FitSinusoid(y, nil, step)
		if !ok {
			continue
		}
		for i := range y {
			sin, cos := math.Sincos(step * float64(i))
			y[i] -= p*cos + q*sin
		}
	}
	return y
}

// lines are the sums over the lines for one strength of noise and one floor.
type lines struct {
	log               float64 // log likelihood of the irregular lines
	quick             float64 // power of the differences, s²
	slow              float64 // change of the power of the intervals, s²
	quickVar, slowVar float64 // their variances, s⁴
	noise             float64 // power that noise adds to the differences, s²
	bands             bands
}

// lines separates each line into rhythm and noise. noise is the power of the noise in s² per (cycle a beat), floor
// that of the irregular part of the intervals in s².
func (s *sidebands) lines(noise, floor float64) lines {
	var l lines
	var quickCommon, slowCommon float64
	n := float64(len(s.power))
	for k, p := range s.power {
		noisePower := noise * s.unit[k]
		rhythm := floor * s.weight[k] / n * s.kept[k]
		if s.free[k] {
			rhythm = max(s.excess(k, noise), noisePower/20)
		} else {
			l.log -= s.segs * (math.Log(rhythm+noisePower) + p/(rhythm+noisePower))
		}
		wiener := rhythm / (rhythm + noisePower)
		doubt := wiener * noisePower
		seen := wiener * wiener * p
		line, spread := (doubt+seen)/s.kept[k], (sqr(doubt)+2*doubt*seen)/sqr(s.kept[k])/s.segs
		l.quick += line
		l.quickVar += spread
		quickCommon += filterUnknown * (1 - s.kept[k]) * line
		l.slow += (line - p) / s.weight[k]
		l.slowVar += spread / sqr(s.weight[k])
		slowCommon += filterUnknown * (1 - s.kept[k]) * line / s.weight[k]
		l.noise += noisePower
		l.bands.add(s.band[k], line/s.weight[k], spread/sqr(s.weight[k]), filterUnknown*(1-s.kept[k])*line/s.weight[k])
	}
	l.bands.close()
	l.quickVar += sqr(quickCommon)
	l.slowVar += sqr(slowCommon)
	return l
}

// excess is the mean power above the noise of a free line and its free neighbours.
func (s *sidebands) excess(k int, noise float64) float64 {
	sum, n := 0.0, 0.0
	for j := max(0, k-1); j <= min(len(s.power)-1, k+1); j++ {
		if s.free[j] {
			sum, n = sum+s.power[j]-noise*s.unit[j], n+1
		}
	}
	return sum / n
}
