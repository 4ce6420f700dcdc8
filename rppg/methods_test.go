package rppg

import (
	"math"
	"testing"

	"blush.example/blush/dsp"
	"pgregory.net/rapid"
)

// skin makes n samples of skin at rate Hz, with a pulse of the given strength in the signature's colours, under
// light of the given brightness over time.
func skin(n int, rate, strength float64, light func(t float64) [3]float64) (c RGB, pulse []float64) {
	pulse = make([]float64, n)
	for k := range c {
		c[k] = make([]float64, n)
	}
	for i := range pulse {
		t := float64(i) / rate
		pulse[i] = math.Sin(2*math.Pi*1.2*t) + 0.3*math.Sin(4*math.Pi*1.2*t+0.5)
		l := light(t)
		for k, level := range [3]float64{180, 130, 105} {
			c[k][i] = level * l[k] * (1 - strength*Signature[k]*pulse[i])
		}
	}
	return c, pulse
}

func still(float64) [3]float64 { return [3]float64{1, 1, 1} }

// all are the methods on one region.
var all = map[string]func(RGB, float64) []float64{
	"POS": POS, "CHROM": CHROM, "mean colour": MeanColour, "green": Green,
	"LCMV": func(c RGB, rate float64) []float64 { return LCMV([]RGB{c}, Signature, rate) },
}

// Reference values computed with numpy 1.24 from the formulas in the methods'
// comments, on R, G, B = 180, 130, 105 times L (1 - 0.01 Signature sin(2 pi 1.2 t)) at
// 15 Hz, L = 1 + 0.01 sin(2 pi 0.3 t) + 0.004 cos(2 pi 2.1 t), B + 0.05 cos(7 t), 60 samples.
func TestReferenceValues(t *testing.T) {
	var c RGB
	for k := range c {
		c[k] = make([]float64, 60)
	}
	for i := range c[0] {
		u := float64(i) / 15
		p := math.Sin(2 * math.Pi * 1.2 * u)
		l := 1 + 0.01*math.Sin(2*math.Pi*0.3*u) + 0.004*math.Cos(2*math.Pi*2.1*u)
		c[0][i], c[1][i], c[2][i] = 180*l*(1-0.0033*p), 130*l*(1-0.0077*p), 105*l*(1-0.0053*p)+0.05*math.Cos(7*u)
	}
	at := []int{0, 7, 20, 33, 45, 59}
	for _, m := range []struct {
		name string
		tol  float64
		want []float64
	}{
		{"POS", 1e-9, []float64{0.000189369224381, -0.00207032746317, -0.0033355455188, -0.00437509803884, -0.00338667196252, -0.00584092513725}},
		{"mean colour", 1e-12, []float64{7.26510602005e-08, -0.00121675328874, -0.00183148320029, -0.00230164452826, -0.00176786668256, -0.0029264348885}},
		{"green", 1e-9, []float64{-0.00427294295497, -0.00790516477508, -0.00642545847299, -0.00170386172599, -0.00311264675596, -0.00439617896831}},
	} {
		got := all[m.name](c, 15)
		for j, i := range at {
			if !(math.Abs(got[i]-m.want[j]) <= m.tol) {
				t.Errorf("%s[%d] = %.12g, want %.12g", m.name, i, got[i], m.want[j])
			}
		}
	}
}

// correlation of a wave with the pulse, both in the band, away from the ends.
func correlation(wave, pulse []float64, rate float64) float64 {
	a, b := BandPass(wave, rate), BandPass(pulse, rate)
	skip := int(rate)
	return dsp.Correlation(a[skip:len(a)-skip], b[skip:len(b)-skip])
}

// Every method finds the pulse of still skin, systole up.
func TestEveryMethodFindsThePulse(t *testing.T) {
	c, pulse := skin(180, 15, 0.005, still)
	for name, m := range all {
		if r := correlation(m(c, 15), pulse, 15); !(r > 0.98) {
			t.Errorf("%s: correlation %.3f", name, r)
		}
	}
}

// Brightness that changes four times as much as the pulse, inside the band, is removed by the methods that project
// it out, and misleads green.
func TestBrightnessIsProjectedOut(t *testing.T) {
	c, pulse := skin(180, 15, 0.005, func(t float64) [3]float64 {
		l := 1 + 0.02*math.Sin(2*math.Pi*0.8*t)
		return [3]float64{l, l, l}
	})
	for _, name := range []string{"POS", "CHROM", "mean colour", "LCMV"} {
		if r := correlation(all[name](c, 15), pulse, 15); !(r > 0.95) {
			t.Errorf("%s: correlation %.3f", name, r)
		}
	}
	if r := correlation(Green(c, 15), pulse, 15); r > 0.5 {
		t.Errorf("green: correlation %.3f: the test is too easy", r)
	}
}

// With three regions and a light of its own tint the minimum-variance
// combination keeps the pulse at full strength.
func TestLCMVKeepsThePulseAtFullStrength(t *testing.T) {
	var regions []RGB
	var pulse []float64
	for k := range 3 {
		c, p := skin(180, 15, 0.004, func(t float64) [3]float64 {
			m := (0.01 + 0.02*float64(k)) * math.Sin(2*math.Pi*0.9*t)
			return [3]float64{1 + m + 0.01*math.Sin(9*t), 1 + m + 0.014*math.Sin(9*t), 1 + m + 0.019*math.Sin(9*t)}
		})
		regions, pulse = append(regions, c), p
	}
	w, ref := LCMV(regions, Signature, 15), BandPass(pulse, 15)
	if r := correlation(w, pulse, 15); !(r > 0.95) {
		t.Errorf("correlation %.3f", r)
	}
	if g := dsp.SD(w) / dsp.SD(ref) / 0.004; !(math.Abs(g-1) < 0.15) {
		t.Errorf("the pulse comes out %.2f times as strong", g)
	}
}

// Steps of the light of 1 to 3 % have no effect; without steps, the wave hardly changes.
func TestWithoutSteps(t *testing.T) {
	clean, pulse := skin(180, 15, 0.003, still)
	stepped, _ := skin(180, 15, 0.003, func(t float64) [3]float64 {
		l := [3]float64{1, 1, 1}
		for k, at := range []float64{2.03, 4.51, 7.77, 9.9} {
			if t > at {
				s := 0.01 * float64(k-1)
				l[0], l[1], l[2] = l[0]+0.7*s, l[1]+s, l[2]+1.3*s
			}
		}
		return l
	})
	if r := correlation(Green(stepped, 15), pulse, 15); r > 0.9 {
		t.Errorf("correlation %.3f with the steps in: the test is too easy", r)
	}
	if r := correlation(Green(WithoutSteps(stepped), 15), pulse, 15); !(r > 0.95) {
		t.Errorf("correlation %.3f with the steps removed", r)
	}
	if r := correlation(Green(WithoutSteps(clean), 15), pulse, 15); !(r > 0.97) {
		t.Errorf("correlation %.3f of a recording without steps", r)
	}
}

// Whatever the samples are, a wave of the same length comes back, finite where they are.
func TestMethodsAreTotal(t *testing.T) {
	odd := rapid.OneOf(rapid.Float64Range(0.1, 255), rapid.Float64Range(-1, 1), rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), 1e-300, 1e300}))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(t, "n")
		constant := rapid.Bool().Draw(t, "constant")
		var c RGB
		for k := range c {
			v := odd.Draw(t, "v")
			for range n {
				if !constant {
					v = odd.Draw(t, "v")
				}
				c[k] = append(c[k], v)
			}
		}
		rate := rapid.SampledFrom([]float64{1, 15, 240}).Draw(t, "rate")
		for name, m := range all {
			if w := m(c, rate); len(w) != n {
				t.Fatalf("%s: %d samples, want %d", name, len(w), n)
			}
		}
		if w := WithoutSteps(c); w.Len() != n {
			t.Fatalf("without steps: %d samples, want %d", w.Len(), n)
		}
	})
}
