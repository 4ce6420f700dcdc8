package ppg_test

import (
	"math"
	"testing"

	"blush/ppg"
)

// Reference values: scipy.signal.butter(2, [lo, hi], 'bandpass', fs=32) run
// forward and backward, |H|² at 1-c and 1+c cycles, averaged.
func TestGainAgainstScipy(t *testing.T) {
	for _, v := range []struct{ c, narrow, wide float64 }{
		{0.05, 0.9986, 0.9990},
		{0.1, 0.9895, 0.9953},
		{0.2, 0.8775, 0.9626},
		{0.25, 0.7377, 0.9173},
		{0.3, 0.5620, 0.8383},
		{0.35, 0.4000, 0.7221},
		{0.4, 0.2787, 0.5838},
		{0.5, 0.1411, 0.3437},
	} {
		if got := ppg.NarrowGain(v.c); math.Abs(got-v.narrow) > 0.01 {
			t.Errorf("narrow at %g: %.4f, want %.4f", v.c, got, v.narrow)
		}
		if got := ppg.WideGain(v.c); math.Abs(got-v.wide) > 0.01 {
			t.Errorf("wide at %g: %.4f, want %.4f", v.c, got, v.wide)
		}
	}
}

// Twenty equal pulses and one bent one: the bent one stands out, the whole ones agree.
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
	got := ppg.Shape(wave, rate, f0, beats)
	for i, q := range got {
		switch far := i < 8 || i > 12; {
		case i == 10 && q > 0.8:
			t.Errorf("the bent pulse: %.2f", q)
		case far && q < 0.97 && beats[i] > 1 && beats[i] < 18:
			t.Errorf("pulse %d: %.2f", i, q)
		}
	}
	for _, q := range ppg.Shape(nil, rate, f0, beats) {
		if q != 0 {
			t.Fatal("a shape without a wave")
		}
	}
}
