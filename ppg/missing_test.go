package ppg_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/dsp"
	"blush.example/blush/ppg"
)

// trainOf makes a wave of pulses at the beats (s), filtered as a pulse wave is, in noise that is below it by the given number of dB.
func trainOf(beats []float64, seconds, rate, snrDB float64, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 21))
	x, noise := make([]float64, int(seconds*rate)), make([]float64, int(seconds*rate))
	for i := range x {
		t := float64(i) / rate
		for _, b := range beats {
			u, v := (t-b)/0.1, (t-b-0.24)/0.12
			x[i] += math.Exp(-u*u/2) + 0.35*math.Exp(-v*v/2)
		}
		noise[i] = r.NormFloat64()
	}
	band := dsp.Butter2Bandpass(0.6, 4, rate)
	x, noise = band.FiltFiltPad(x, int(rate)), band.FiltFiltPad(noise, int(rate))
	gain := dsp.SD(x) / dsp.SD(noise) * math.Pow(10, -snrDB/20)
	for i := range x {
		x[i] += gain * noise[i]
	}
	return x
}

// Steady pulses in any noise give no evidence for pauses; dropped beats and pauses of the heart do, and the rate is
// then that of the beats that are left.
func TestMissingInNoise(t *testing.T) {
	const seconds, rate, usual = 60.0, 15.0, 0.85
	steady := func(r *rand.Rand, _ int) float64 { return usual + 0.03*r.NormFloat64() }
	for _, c := range []struct {
		what     string
		missing  bool
		snrDB    float64
		interval func(r *rand.Rand, i int) float64
	}{
		{"steady", false, 12, steady},
		{"steady", false, 3, steady},
		{"steady", false, -3, steady},
		{"steady, lively", false, 8, func(r *rand.Rand, i int) float64 {
			return usual + 0.06*math.Sin(float64(i)*1.3) + 0.02*r.NormFloat64()
		}},
		{"one in six dropped", true, 9, func(r *rand.Rand, i int) float64 {
			if r.Float64() < 1.0/6 {
				return 2 * steady(r, i)
			}
			return steady(r, i)
		}},
		{"two of three", true, 6, func(r *rand.Rand, i int) float64 { return steady(r, i) * float64(1+i%2) }},
		{"3 s after every twelfth", true, 6, func(r *rand.Rand, i int) float64 {
			if i%12 == 11 {
				return 3
			}
			return steady(r, i)
		}},
	} {
		for seed := range uint64(4) {
			r := rand.New(rand.NewPCG(seed, 22))
			var beats, guide []float64
			for i, at := 0, 0.4; at < seconds; i++ {
				beats = append(beats, at)
				at += c.interval(r, i)
			}
			wave := trainOf(beats, seconds, rate, c.snrDB, seed)
			track := ppg.Track{TimeS: []float64{0, seconds}, BPM: []float64{60 / usual, 60 / usual}}
			guide = ppg.Guide(wave, ppg.NewPhase(track, len(wave), rate))
			got := ppg.Missing(wave, rate, 3.4, track, guide)
			if c.missing != (got.Evidence > 8) {
				t.Errorf("%s, %g dB, seed %d: evidence for pauses %.1f", c.what, c.snrDB, seed, got.Evidence)
			}
			last := len(beats) - 1
			want := 60 * float64(last) / (beats[last] - beats[0])
			if c.missing && math.Abs(got.BPM-want) > (60/usual-want)/5 { // a fifth of the beats that are missing
				t.Errorf("%s, %g dB, seed %d: %.1f bpm with pauses, want %.1f", c.what, c.snrDB, seed, got.BPM, want)
			}
		}
	}
}

func TestMissingIsTotal(t *testing.T) {
	track := ppg.Track{TimeS: []float64{0}, BPM: []float64{70}}
	guide := []float64{0.1, 0.9, 1.7, 2.5, 3.3, 4.1}
	for _, wave := range [][]float64{nil, {1}, make([]float64, 300), {math.NaN(), 1, 2}} {
		if got := ppg.Missing(wave, 15, 3.4, track, guide); got != (ppg.Pauses{}) {
			t.Errorf("%d samples: %+v", len(wave), got)
		}
	}
	if got := ppg.Missing(trainOf(guide, 5, 15, 10, 1), 15, 3.4, track, guide[:2]); got != (ppg.Pauses{}) {
		t.Errorf("of two beats: %+v", got)
	}
}

func BenchmarkMissing(b *testing.B) {
	var beats []float64
	for at := 0.4; at < 60; at += 0.85 {
		beats = append(beats, at)
	}
	wave := trainOf(beats, 60, 15, 6, 1)
	track := ppg.Track{TimeS: []float64{0}, BPM: []float64{60 / 0.85}}
	b.ReportAllocs()
	for b.Loop() {
		ppg.Missing(wave, 15, 3.4, track, beats)
	}
}
