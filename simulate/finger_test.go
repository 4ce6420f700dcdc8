package simulate

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

// fingerFigures describe a window of a finger: powers relative to that at the
// pulse's rate (within 0.15 Hz, Hann window), in the colour in which the pulse is clearest.
type fingerFigures struct {
	low     float64 // 0.05 to 0.5 Hz
	second  float64 // within 0.2 Hz of twice the rate
	rest    float64 // 0.65 to 4 Hz, what is left
	heights float64 // coefficient of variation of the beats' heights
	lowest  float64 // correlation of the two live colours that agree least, 0.5 to 4 Hz
	live    int     // colours that change by more than a ten thousandth in that band and are not at the end of the scale
}

const evenRate = 30.0

// even resamples x to [evenRate], linearly.
func even(ms, x []float64) []float64 {
	n := int((ms[len(ms)-1] - ms[0]) / 1000 * evenRate)
	y := make([]float64, n)
	k := 0
	for i := range y {
		t := ms[0] + 1000*float64(i)/evenRate
		for k < len(ms)-2 && ms[k+1] < t {
			k++
		}
		f := (t - ms[k]) / (ms[k+1] - ms[k])
		y[i] = x[k]*(1-f) + x[k+1]*f
	}
	return y
}

// passed returns the part of x from lo to hi in Hz, relative to its mean.
func passed(x []float64, lo, hi float64) []float64 {
	fft := fourier.NewFFT(len(x))
	mean, _ := meanSD(x)
	c := fft.Coefficients(nil, x)
	for k := range c {
		if f := fft.Freq(k) * evenRate; f < lo || f > hi {
			c[k] = 0
		}
	}
	y := fft.Sequence(nil, c)
	for i := range y {
		y[i] /= float64(len(y)) * max(1e-9, mean)
	}
	return y
}

func fingerOf(ms []float64, rgb [3][]float64, bpm float64) (out fingerFigures) {
	best := 0.0
	var live [][]float64
	for _, x := range rgb {
		x = even(ms, x)
		mean, _ := meanSD(x)
		band := passed(x, 0.5, 4)
		if _, sd := meanSD(band); mean < 4 || mean > 252 || sd < 1e-4 {
			continue
		}
		live = append(live, band)
		y := slices.Clone(x)
		for i := range y {
			y[i] = (y[i]/mean - 1) * (0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(len(y)-1)))
		}
		var low, first, second, rest float64
		for k, c := range fourier.NewFFT(len(y)).Coefficients(nil, y) {
			p, f := real(c)*real(c)+imag(c)*imag(c), float64(k)*evenRate/float64(len(y))
			switch f0 := bpm / 60; {
			case math.Abs(f-f0) <= 0.15:
				first += p
			case f >= 0.05 && f < 0.5:
				low += p
			case math.Abs(f-2*f0) <= 0.2:
				second += p
			case f >= 0.65 && f <= 4:
				rest += p
			}
		}
		if share := first / (rest + second + 1e-30); share > best {
			best = share
			out.low, out.second, out.rest = low/first, second/first, rest/first
			out.heights = heightsOf(band, bpm)
		}
	}
	out.live, out.lowest = len(live), 1
	for i := range live {
		for j := range i {
			out.lowest = min(out.lowest, correlation(live[i], live[j]))
		}
	}
	return out
}

// heightsOf is the coefficient of variation of the heights of the beats: the largest less the smallest value of each interval of the mean rate.
func heightsOf(x []float64, bpm float64) float64 {
	n := int(60 / bpm * evenRate)
	var h []float64
	for i := 0; i+n <= len(x); i += n {
		h = append(h, slices.Max(x[i:i+n])-slices.Min(x[i:i+n]))
	}
	mean, sd := meanSD(h)
	return sd / mean
}

// figuresOf measures some fingers of each of the cases.
func figuresOf(names []string, seeds uint64) (all []fingerFigures, byName map[string][]fingerFigures) {
	byName = map[string][]fingerFigures{}
	for _, name := range names {
		for seed := range seeds {
			tr, truth := RealFinger(name, seed, 30).Trace()
			bpm := truth.HeartRate
			if bpm == 0 {
				bpm = 75
			}
			r := tr.Regions[0]
			f := fingerOf(tr.TimeMS, [3][]float64{r.R, r.G, r.B}, bpm)
			all, byName[name] = append(all, f), append(byName[name], f)
		}
	}
	return all, byName
}

func quantile(all []fingerFigures, q float64, of func(fingerFigures) float64) float64 {
	x := make([]float64, len(all))
	for i, f := range all {
		x[i] = of(f)
	}
	return percentile(x, q)
}

// Three real sets of fingers had, as medians, 3.6, 4.0 and 0.72 times the pulse's power below 0.5 Hz, 0.12 to 0.18
// in the second harmonic, beats whose heights spread by 0.2 to 0.52, 2 or 3 live colours, and in the tenth
// percentile colours that correlate by -0.78. The drawn fingers must be as difficult; [Finger] must be easier.
func TestFingersAreAsUnkindAsRealOnes(t *testing.T) {
	all, by := figuresOf(Fingers, 7)
	within := func(what string, got, lo, hi float64) {
		t.Helper()
		if math.IsNaN(got) || got < lo || got > hi {
			t.Errorf("%s is %.2f, want %.2g to %.2g", what, got, lo, hi)
		}
	}
	low := func(f fingerFigures) float64 { return f.low }
	second := func(f fingerFigures) float64 { return f.second }
	heights := func(f fingerFigures) float64 { return f.heights }
	within("median power below 0.5 Hz", quantile(all, 0.5, low), 0.7, 4)
	within("ninth decile of that", quantile(all, 0.9, low), 4, 40)
	within("median second harmonic", quantile(all, 0.5, second), 0.1, 0.25)
	within("ninth decile of that", quantile(all, 0.9, second), 0.2, 0.5)
	within("rest of the band", quantile(all, 0.5, func(f fingerFigures) float64 { return f.rest }), 0.15, 1)
	within("median spread of heights", quantile(all, 0.5, heights), 0.2, 0.5)
	within("spread of uneven beats", quantile(by["finger_uneven"], 0.5, heights), 0.35, 0.9)
	within("lowest correlation", quantile(all, 0.1, func(f fingerFigures) float64 { return f.lowest }), -0.95, -0.4)
	within("correlation of opposed colours", quantile(by["finger_opposed"], 0.5, func(f fingerFigures) float64 { return f.lowest }), -0.95, -0.6)
	for name, live := range map[string]float64{"finger_one": 1, "finger_two": 2, "finger_balanced": 3} {
		within("live colours of "+name, quantile(by[name], 0.5, func(f fingerFigures) float64 { return float64(f.live) }), live, live)
	}
	var old []fingerFigures
	for seed := range uint64(10) {
		tr, truth := Finger(seed, 30).Trace()
		r := tr.Regions[0]
		old = append(old, fingerOf(tr.TimeMS, [3][]float64{r.R, r.G, r.B}, truth.HeartRate))
	}
	within("spread of the old finger's heights", quantile(old, 0.5, heights), 0.03, 0.15)
	within("power below 0.5 Hz of the old finger", quantile(old, 0.5, low), 0.05, 0.65)
}

// Objects on the lens without a pulse must drift as fingers do, in the colours of their case.
func TestDeadFingers(t *testing.T) {
	for seed := range uint64(8) {
		tr, truth := RealFinger("red_drift", seed, 30).Trace()
		r := tr.Regions[0]
		mean, sd := meanSD(r.R)
		if _, green := meanSD(r.G); truth.HasPulse || sd/mean < 0.0005 || green > 0.1*sd {
			t.Errorf("seed %d: red drifts by %.4f, green by %.2f levels", seed, sd/mean, green)
		}
		tr, _ = RealFinger("cap", seed, 10).Trace()
		if mean, _ := meanSD(tr.Regions[0].G); mean > 9 {
			t.Errorf("seed %d: behind the cap it is %.0f bright", seed, mean)
		}
		s := RealFinger("pressed", seed, 30)
		s.Camera.FPS, s.Clock = 30, Clock{}
		tr, _ = s.Trace()
		if line := lineAt(tr.Regions[0].G, s.Contact.PressRate); line < 5 {
			t.Errorf("seed %d: periodic pressure at %.2f Hz is %.1f times above the rest", seed, s.Contact.PressRate, line)
		}
	}
	// the spectrum falls as 1/f^1.5: over a factor of ten in frequency by 10^1.5 = 32
	s := RealFinger("drift", 1, 120)
	s.Camera.FPS, s.Clock, s.Motion, s.Light = 30, Clock{}, Motion{}, Light{}
	tr, _ := s.Trace()
	power := func(lo, hi float64) float64 {
		_, sd := meanSD(passed(even(tr.TimeMS, tr.Regions[0].G), lo, hi))
		return sd * sd / (hi - lo)
	}
	if fall := power(0.1, 0.3) / power(1, 3); fall < 15 || fall > 65 {
		t.Errorf("drift falls by a factor of %.0f from 0.2 to 2 Hz, want about 32", fall)
	}
}
