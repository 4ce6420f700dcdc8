package rppg

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"blush.example/blush/dsp"
)

// faceOf makes 16 patches under one light, moving, with sensor noise, and a wall behind.
func faceOf(strength float64) (patches []RGB, wall RGB, pulse []float64) {
	const n, rate = 180, 15.0
	r := rand.New(rand.NewPCG(5, 6))
	pulse = make([]float64, n)
	var light, sway [2][]float64
	for k := range light {
		light[k], sway[k] = make([]float64, n), make([]float64, n)
		for i := range n {
			light[k][i], sway[k][i] = 0.003*r.NormFloat64(), 0.01*r.NormFloat64()
		}
		light[k], sway[k] = BandPass(light[k], rate), BandPass(sway[k], rate)
	}
	for i := range pulse {
		pulse[i] = math.Sin(2 * math.Pi * 1.3 * float64(i) / rate)
	}
	lit := func(level float64, k, i int) float64 {
		return level * (1 + light[0][i] + light[1][i]*[3]float64{0.5, -0.2, 0.8}[k])
	}
	for p := range 16 {
		var c RGB
		gx, gy := math.Cos(float64(p)), math.Sin(2*float64(p))
		for k, level := range [3]float64{78, 52, 43} {
			c[k] = make([]float64, n)
			for i := range n {
				c[k][i] = lit(level, k, i)*(1+gx*sway[0][i]+gy*sway[1][i])*(1-strength*Signature[k]*pulse[i]) + 0.03*r.NormFloat64()
			}
		}
		patches = append(patches, Banded(RGB{}, c, rate))
	}
	for k, level := range [3]float64{140, 138, 132} {
		wall[k] = make([]float64, n)
		for i := range n {
			wall[k][i] = lit(level, k, i) + 0.02*r.NormFloat64()
		}
	}
	return patches, Banded(RGB{}, wall, rate), pulse
}

func TestPatchesFindWhatTheWholeFaceDoesNot(t *testing.T) {
	patches, wall, pulse := faceOf(0.0004)
	var whole RGB
	for k := range whole {
		whole[k] = make([]float64, len(pulse))
		for _, p := range patches {
			for i, v := range p[k] {
				whole[k][i] += v / 16
			}
		}
	}
	face := dsp.Correlation(MinimumVariance([]RGB{whole}, Signature), pulse)
	alone := dsp.Correlation(PatchVariance(patches, RGB{}, Signature, nil), pulse)
	wave := PatchVariance(patches, wall, Signature, nil)
	with := dsp.Correlation(wave, pulse)
	t.Logf("correlation with the pulse: whole face %.2f, patches %.2f, with the wall behind %.2f", face, alone, with)
	if with < max(face, alone)+0.2 || with < 0.8 {
		t.Errorf("whole face %.2f, patches %.2f, with the wall %.2f: want far higher correlations with patches", face, alone, with)
	}
	gain := 0.0
	for i, v := range pulse {
		gain += 2 * v * wave[i] / float64(len(pulse))
	}
	if gain < 0.7*0.0004 || gain > 1.2*0.0004 {
		t.Errorf("the pulse of 0.0004 comes out as %.6f", gain)
	}
}

func TestPatchVarianceOfNothing(t *testing.T) {
	still := RGB{make([]float64, 90), make([]float64, 90), make([]float64, 90)}
	if w := PatchVariance([]RGB{still, still}, still, Signature, nil); w != nil {
		t.Error("patches that do not change gave a wave")
	}
	if w := PatchVariance(nil, RGB{}, Signature, nil); w != nil {
		t.Error("no patches gave a wave")
	}
	bad := RGB{make([]float64, 90), make([]float64, 90), make([]float64, 90)}
	for k := range bad {
		bad[k][7] = math.Inf(1)
		bad[k][8] = math.NaN()
	}
	for _, v := range PatchVariance([]RGB{bad, bad}, bad, Signature, nil) {
		if v != 0 {
			t.Fatal("infinite colours gave a wave")
		}
	}
}

// Earlier combinations have no effect on later ones.
func TestCombinerMemory(t *testing.T) {
	patches, wall, _ := faceOf(0.0004)
	var m Combiner
	m.PatchVariance(patches, wall, Signature, nil)
	for n := range patches {
		if got, want := m.PatchVariance(patches[:n], wall, Signature, nil), PatchVariance(patches[:n], wall, Signature, nil); !slices.Equal(got, want) {
			t.Errorf("%d patches after %d others come out otherwise", n, len(patches))
		}
		if got, want := m.MinimumVariance(patches[:n], Signature), MinimumVariance(patches[:n], Signature); !slices.Equal(got, want) {
			t.Errorf("%d colours after others come out otherwise", n)
		}
	}
}

// The variance that a channel shares with no other is 1/(R^-1)_ii, for any number of channels.
func TestOwnVariance(t *testing.T) {
	for m := 1; m <= 10; m++ {
		c := make([][]float64, m)
		for k := range c {
			for i := range 40 {
				c[k] = append(c[k], math.Sin(float64(i*(k+1)))+0.5*math.Cos(float64(i)))
			}
		}
		a := Combiner{c: c}
		a.covariance()
		loaded := slices.Clone(a.cov)
		for i := range m {
			loaded[i*m+i] += 1e-3*loaded[i*m+i] + 1e-14
		}
		got := a.ownVariance()
		for i := range m {
			unit := make([]float64, m)
			unit[i] = 1
			inverse, ok := dsp.SolveSPD(slices.Clone(loaded), unit)
			if !ok || math.Abs(got[i]*inverse[i]-1) > 1e-9 {
				t.Errorf("%d channels, %d: %g, want 1/%g", m, i, got[i], inverse[i])
			}
		}
	}
}
