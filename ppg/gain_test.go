package ppg_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/ppg"
)

// Reference values: scipy.signal.butter(2, [0.6, 1.5], 'bandpass', fs=32) run
// forward and backward, |H|² at 1-c and 1+c cycles, averaged.
func TestWideChangeAgainstScipy(t *testing.T) {
	for _, v := range []struct{ c, want float64 }{
		{0.05, 0.9990}, {0.1, 0.9953}, {0.2, 0.9626}, {0.25, 0.9173}, {0.3, 0.8383}, {0.35, 0.7221}, {0.4, 0.5838}, {0.5, 0.3437},
	} {
		if got := ppg.WideChange(v.c); math.Abs(got-v.want) > 0.01 {
			t.Errorf("at %g: %.4f, want %.4f", v.c, got, v.want)
		}
	}
}

// White noise on a steady wave affects the times and the heights of its beats equally: the spread of the times
// over a cycle is that of the heights over 2 pi, and second differences of both have the power that WideNoise and
// WideHeight predict.
func TestNoiseFallsEquallyOnTimesAndHeights(t *testing.T) {
	const rate, f0, sd = 15.0, 1.2, 0.1
	r := rand.New(rand.NewPCG(1, 2))
	n := int(600 * rate)
	wave := make([]float64, n)
	for i := range wave {
		wave[i] = math.Sin(2*math.Pi*f0*float64(i)/rate) + sd*r.NormFloat64()
	}
	beats, height := ppg.Wide(wave, ppg.NewPhase(ppg.Track{TimeS: []float64{0}, BPM: []float64{60 * f0}}, n, rate))
	if len(beats) < 715 || len(beats) != len(height) {
		t.Fatalf("%d beats, %d heights of 720", len(beats), len(height))
	}
	for i := range beats {
		beats[i] *= 2 * math.Pi * f0
	}
	// In a wave of amplitude 1 in white noise of variance sd², the phase has the power 2 sd² f0/rate a cycle a
	// beat on either side of the carrier.
	want := func(noise func(float64) float64) (p float64) {
		for i := range 200 {
			c := (float64(i) + 0.5) / 400
			p += 16 * math.Pow(math.Sin(math.Pi*c), 4) * noise(c) * 4 * sd * sd * f0 / rate / 200 / 2
		}
		return math.Sqrt(p)
	}
	rms := func(x []float64) float64 {
		s := 0.0
		for i := 2; i < len(x); i++ {
			d := x[i] - 2*x[i-1] + x[i-2]
			s += d * d / float64(len(x)-2)
		}
		return math.Sqrt(s)
	}
	if got, want := rms(beats), want(ppg.WideNoise); math.Abs(got/want-1) > 0.1 {
		t.Errorf("times: %.4f, want %.4f", got, want)
	}
	if got, want := rms(height), want(ppg.WideHeight); math.Abs(got/want-1) > 0.1 {
		t.Errorf("heights: %.4f, want %.4f", got, want)
	}
}

// Of twenty equal pulses and one distorted one, the distorted one stands out and the others agree.
func TestShapeFindsTheBentPulse(t *testing.T) {
	const rate, f0 = 30.0, 1.2
	wave := make([]float64, 20*int(rate))
	var beats []float64
	for b := 0.5; b < 19; b += 1 / f0 {
		beats = append(beats, b)
	}
	for i := range wave {
		at := float64(i) / rate
		for _, b := range beats {
			x := (at - b) / 0.12
			wave[i] += math.Exp(-x * x / 2)
		}
	}
	for i := range wave { // a bump of movement over the tenth beat
		x := (float64(i)/rate - beats[10] + 0.2) / 0.1
		wave[i] += 2 * math.Exp(-x*x/2)
	}
	got, timing := ppg.Shape(wave, rate, f0, beats)
	for i, q := range got {
		switch far := i < 8 || i > 12; {
		case i == 10 && q > 0.8:
			t.Errorf("the bent pulse: %.2f", q)
		case far && q < 0.97 && beats[i] > 1 && beats[i] < 18:
			t.Errorf("pulse %d: %.2f", i, q)
		}
	}
	if worst := timing[10]; !(worst > 5*timing[5]) && !math.IsNaN(worst) {
		t.Errorf("the bent pulse is timed to %.4f s, a whole one to %.4f", worst, timing[5])
	}
	shape, timing := ppg.Shape(nil, rate, f0, beats)
	for i := range beats {
		if shape[i] != 0 || !math.IsNaN(timing[i]) {
			t.Fatal("a shape without a wave")
		}
	}
}

// White noise on equal pulses, at slow and at fast rates: the stated timing noise must be about the scatter of the
// upstrokes.
func TestShapeKnowsTheNoiseOfUpstrokes(t *testing.T) {
	const rate = 30.0
	for _, f0 := range []float64{0.8, 1.1, 1.7} {
		r := rand.New(rand.NewPCG(3, 4))
		wave := make([]float64, 300*int(rate))
		var truth []float64
		for b := 0.5; b < 299; b += 1 / f0 {
			truth = append(truth, b)
		}
		for _, b := range truth {
			for i := max(0, int((b-0.6)*rate)); i < min(len(wave), int((b+0.8)*rate)); i++ {
				x := (float64(i)/rate - b) / 0.11
				wave[i] += math.Exp(-x * x / 2)
			}
		}
		for i := range wave {
			wave[i] += 0.03 * r.NormFloat64()
		}
		beats := ppg.MidUpstroke(wave, rate, f0, truth)
		if len(beats) != len(truth) {
			t.Fatalf("%d beats of %d", len(beats), len(truth))
		}
		_, timing := ppg.Shape(wave, rate, f0, beats)
		var stated, real, n float64
		for i := 1; i+1 < len(beats); i++ {
			if !math.IsNaN(timing[i]) {
				d := (beats[i+1] - 2*beats[i] + beats[i-1])
				stated, real, n = stated+timing[i]*timing[i], real+d*d/6, n+1
			}
		}
		ratio := math.Sqrt(stated / real)
		t.Logf("%.1f Hz: %.2f", f0, ratio)
		if ratio < 0.8 || ratio > 1.25 {
			t.Errorf("at %.1f Hz upstrokes scatter by %.4f s, stated %.4f", f0, math.Sqrt(real/n), math.Sqrt(stated/n))
		}
	}
}
