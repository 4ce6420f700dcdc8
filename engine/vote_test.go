package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/dsp"
)

// A spectrum is levelled by its noise, not by its pulse, and only as far as its noise falls. Otherwise noise at
// 150 bpm would rise above a pulse of 55.
func TestNoiseIsLevelledAndNoPulse(t *testing.T) {
	for what, c := range map[string]struct {
		bpm   float64                  // of a pulse, 0: none
		noise func(hz float64) float64 // its power
	}{
		"noise of a sensor, a slow pulse in it":   {55, func(float64) float64 { return 1 }},
		"noise of a sensor, a faster pulse in it": {90, func(float64) float64 { return 1 }},
		"drift that a sensor's noise ends":        {0, func(hz float64) float64 { return max(1, math.Pow(hz/1.2, -3)) }},
		"drift all over":                          {0, func(hz float64) float64 { return 30 * math.Pow(hz, -2) }},
	} {
		v, r := newVoter(), rand.New(rand.NewPCG(1, 2))
		mean := make([]float64, nfft/2+1)
		for range 400 {
			x := make([]float64, shortSamples)
			for i := range x {
				x[i] = 10 * math.Sin(2*math.Pi*c.bpm/60/rate*float64(i)+1)
			}
			addNoise(x, c.noise, r)
			v.power(x, nil)
			levelFace(v.pa, len(x))
			for i, p := range v.pa {
				mean[i] += p / 400
			}
		}
		at := func(low, high float64) float64 { // mean power between two rates
			lo, hi := int(low/60*nfft/rate), int(high/60*nfft/rate)
			return dsp.Mean(mean[lo:hi])
		}
		if low, high := at(120, 150), at(200, 240); high > 2*low {
			t.Errorf("%s: noise at 200 to 240 bpm is %.1f times that at 120 to 150", what, high/low)
		}
		if c.bpm > 0 && at(c.bpm-5, c.bpm+5) < 5*at(150, 240) {
			t.Errorf("%s: the pulse is %.1f times the noise above it", what, at(c.bpm-5, c.bpm+5)/at(150, 240))
		}
		if c.bpm == 0 && at(40, 60) > 4*at(150, 240) {
			t.Errorf("%s: noise at 40 to 60 bpm is %.1f times that at 150 to 240", what, at(40, 60)/at(150, 240))
		}
	}
}

// addNoise adds noise of a power spectrum, made of lines at random phases.
func addNoise(x []float64, power func(hz float64) float64, r *rand.Rand) {
	const lines = 300
	for k := 1; k <= lines; k++ {
		hz := rate / 2 * float64(k) / lines
		a, phase := math.Sqrt(2*power(hz)/lines), 2*math.Pi*r.Float64()
		for i := range x {
			x[i] += a * math.Sin(2*math.Pi*hz/rate*float64(i)+phase)
		}
	}
}

// Every candidate has its own name, a weight and a wave, and the method of all patches is found by its name.
func TestMethodsAreWhole(t *testing.T) {
	names := map[string]bool{}
	for _, m := range faceMethods {
		if m.name == "" || names[m.name] || !(m.weight > 0) || m.wave == nil {
			t.Errorf("method %q: name, weight or wave is missing, or the name is taken", m.name)
		}
		names[m.name] = true
	}
	if faceMethods[patchesMethod].name != allPatches {
		t.Errorf("the method of all patches is %q", faceMethods[patchesMethod].name)
	}
}
