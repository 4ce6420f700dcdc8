package engine

import (
	"math"
	"testing"

	"blush/dsp"
	"blush/rppg"
)

// patchesOf makes 16 patches whose green carries a line of the given signs at 72 bpm.
func patchesOf(sign func(p int) float64) (segment, []int) {
	var s segment
	var used []int
	for p := range 16 {
		var c rppg.RGB
		for k := range c {
			c[k] = make([]float64, longSamples)
			for i := range c[k] {
				c[k][i] = 100 + 20*float64(k)
				if k == 1 {
					c[k][i] += 0.3 * sign(p) * math.Sin(2*math.Pi*1.2*float64(i)/rate)
				}
			}
		}
		s.rgb = append(s.rgb, c)
		used = append(used, p)
	}
	return s, used
}

func TestUniformity(t *testing.T) {
	taper := dsp.Hann(longSamples)
	for _, c := range []struct {
		what string
		sign func(p int) float64
		want float64
	}{
		{"all patches beat as one", func(int) float64 { return 1 }, 1},
		{"every other patch brightens instead", func(p int) float64 { return float64(p%2*2 - 1) }, 0},
		{"three of four beat, the fourth against them", func(p int) float64 { return map[bool]float64{true: -1, false: 1}[p%4 == 0] }, 0.25},
		{"one patch alone", func(p int) float64 { return map[bool]float64{true: 1}[p == 0] }, 1.0 / 16},
	} {
		s, used := patchesOf(c.sign)
		if got := s.uniformity(used, 72, taper); math.Abs(got-c.want) > 1e-3 {
			t.Errorf("%s: %.4f, want %.4f", c.what, got, c.want)
		}
	}
	s, used := patchesOf(func(int) float64 { return 0 })
	if got := s.uniformity(used, 72, taper); got > 1 || math.IsNaN(got) {
		t.Errorf("still patches: %v", got)
	}
	if got := s.uniformity(used[:leastPatches-1], 72, taper); got != 0 {
		t.Errorf("five patches: %v, want 0", got)
	}
}

func TestOnlyWindowsOnTheTrackCount(t *testing.T) {
	d := rppg.Signature
	w := []beating{
		{timeS: 1, bpm: 70, uniformity: 0.9, inStep: d, power: 1},
		{timeS: 2, bpm: 71, uniformity: 0.7, inStep: d, power: 1},
		{timeS: 3, bpm: 120, uniformity: 0.1, inStep: [3]float64{9, 9, 9}, power: 1},
	}
	s := onTrack(w, []float64{0, 4}, []float64{70, 70})
	size := d[0]*d[0] + d[1]*d[1] + d[2]*d[2]
	if math.Abs(s.uniformity-0.8) > 1e-12 || math.Abs(s.excess-size) > 1e-12 || math.Abs(s.colour-math.Sqrt(size)) > 1e-12 {
		t.Errorf("%+v, want 0.8, the pulse's own strength and colour", s)
	}
	if s := onTrack(w, []float64{0, 4}, []float64{200, 200}); s != (shared{}) {
		t.Errorf("%+v off the track", s)
	}
}

// A lamp changes all colours alike, a pulse in its own; both in step with the wave.
func TestLampIsTold(t *testing.T) {
	n := longSamples
	wave, taper := make([]float64, n), dsp.Hann(n)
	var lamp, pulse rppg.RGB
	for k := range lamp {
		lamp[k], pulse[k] = make([]float64, n), make([]float64, n)
	}
	for i := range n {
		x := math.Sin(2 * math.Pi * 1.2 * float64(i) / rate)
		wave[i] = 0.001 * x
		for k, s := range rppg.Signature {
			lamp[k][i], pulse[k][i] = -0.01*x, -0.001*s*x
		}
	}
	for _, c := range []struct {
		what  string
		whole rppg.RGB
		lamp  bool
	}{{"lamp", lamp, true}, {"pulse", pulse, false}} {
		b := beating{timeS: 6, bpm: 72}
		b.compare(wave, c.whole, taper)
		s := onTrack([]beating{b}, []float64{0, 12}, []float64{72, 72})
		e := EvidenceOf(Features{HasPatches: true, PatchesAgreement: 1, Excess: s.excess, Colour: s.colour}, 30)
		if e.Phantom != c.lamp {
			t.Errorf("%s: excess %.2f, colour %.3f, taken for a lamp: %v", c.what, s.excess, s.colour, e.Phantom)
		}
	}
	if p := Probability((&Model{Intercept: 9}).Score(Evidence{Phantom: true})); p > 0.01 {
		t.Errorf("a lamp is a pulse with probability %.3f", p)
	}
}

// What is plainly no pulse is told from pulses that resemble it in one way.
func TestPhantomsAreTold(t *testing.T) {
	weak := Features{HasPatches: true, HasHalves: true, PatchesAgreement: 0.6, Uniformity: 0.2, SNR: -2, HalfCorrelation: 0.4, Excess: 1.3, Colour: 0.98}
	change := func(f Features, how func(*Features)) Features { how(&f); return f }
	for _, c := range []struct {
		what    string
		f       Features
		phantom bool
	}{
		{"a weak pulse", weak, false},
		{"a screen that flickers", change(weak, func(f *Features) { f.Uniformity, f.Excess = 0.9, 4 }), true},
		{"fibrillation: as even, and the same in both halves", change(weak, func(f *Features) { f.Uniformity, f.Excess, f.HalfCorrelation = 0.9, 4, 0.96 }), false},
		{"a mask that moves", change(weak, func(f *Features) { f.PatchesAgreement, f.Uniformity, f.SNR = 0, 0.1, 4 }), true},
		{"a pulse too strong for the combination of all patches", change(weak, func(f *Features) { f.PatchesAgreement, f.Uniformity, f.SNR = 0, 0.9, 12 }), false},
		{"one region, of which nothing of this is known", Features{SNR: 3, Uniformity: 0, PatchesAgreement: 0}, false},
	} {
		if got := EvidenceOf(c.f, 30).Phantom; got != c.phantom {
			t.Errorf("%s: taken for a phantom: %v", c.what, got)
		}
	}
}
