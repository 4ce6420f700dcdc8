package resp_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/dsp"
	"blush.example/blush/resp"

	"pgregory.net/rapid"
)

// breathing makes a heart at 70 bpm modulated by breathing at perMin: 30 ms of breathing and lf seconds of the
// 0.095 Hz rhythm in the intervals, 10 % in the amplitude, 12 ms and 5 % of noise.
func breathing(perMin, lf, duration float64, seed uint64) resp.Input {
	r := rand.New(rand.NewPCG(seed, 8))
	p, q := 6*r.Float64(), 6*r.Float64()
	phase := func(t float64) float64 { return 2*math.Pi*perMin/60*t + p }
	in := resp.Input{HeartRate: 70}
	for t := 0.3; t < duration; {
		in.BeatTimes = append(in.BeatTimes, t)
		in.Amplitude = append(in.Amplitude, 1+0.1*math.Sin(phase(t)+0.7)+0.05*r.NormFloat64())
		ibi := 60.0/70 + 0.030*math.Sin(phase(t)) + lf*math.Sin(2*math.Pi*0.095*t+q) + 0.012*r.NormFloat64()
		in.IBI = append(in.IBI, ibi)
		t += ibi
	}
	in.IBI = in.IBI[:len(in.IBI)-1]
	return in
}

// shoulders makes the height of a chest in px, downwards positive, 2 px up at the top of each breath.
func shoulders(perMin, duration, noise float64, seed uint64) *dsp.Series {
	r := rand.New(rand.NewPCG(seed, 9))
	s := dsp.Series{Rate: 30, Samples: make([]float64, int(30*duration))}
	for i := range s.Samples {
		s.Samples[i] = 300 - 2*math.Sin(2*math.Pi*perMin/60*float64(i)/30) + noise*r.NormFloat64()
	}
	return &s
}

func TestRateFromThePulseAlone(t *testing.T) {
	for _, perMin := range []float64{8, 12, 16, 20, 25} {
		for seed := range uint64(5) {
			out := resp.Rate(breathing(perMin, 0.010, 60, seed))
			if !out.OK || math.Abs(out.Rate-perMin) > 0.5 {
				t.Errorf("at %g /min, seed %d: %.2f /min, concentration %.2f", perMin, seed, out.Rate, out.Concentration)
			}
			if !(out.Low <= out.Rate && out.Rate <= out.High) {
				t.Errorf("interval %g to %g does not hold %g", out.Low, out.High, out.Rate)
			}
		}
	}
}

// A longer recording counts every breath once, the last ones too: 75 s at 12 and 75 s
// at 18 /min are 15 /min, which the interval contains.
func TestRateOfALongRecordingIsOfAllOfIt(t *testing.T) {
	for seed := range uint64(5) {
		in, last := breathing(12, 0.010, 75, seed), breathing(18, 0.010, 75, seed+5)
		at := in.BeatTimes[len(in.BeatTimes)-1]
		in.IBI = append(in.IBI, last.BeatTimes[0])
		for _, b := range last.BeatTimes {
			in.BeatTimes = append(in.BeatTimes, at+b)
		}
		in.IBI, in.Amplitude = append(in.IBI, last.IBI...), append(in.Amplitude, last.Amplitude...)
		if out := resp.Rate(in); !out.OK || math.Abs(out.Rate-15) > 0.2 || !(out.Low <= 15 && 15 <= out.High) {
			t.Errorf("seed %d: %.2f /min, %.2f to %.2f", seed, out.Rate, out.Low, out.High)
		}
	}
}

// Breaths vary in length. When they vary by a fifth, the interval still contains the rate.
func TestIntervalHoldsForUnevenBreaths(t *testing.T) {
	const people = 60
	held, given := 0, 0
	for seed := range uint64(people) {
		r := rand.New(rand.NewPCG(seed, 18))
		const duration = 30.0
		starts, at := []float64{}, -8.0
		for at < duration+8 {
			starts = append(starts, at)
			at += 4.3 * max(0.4, 1+0.2*r.NormFloat64())
		}
		phase := func(t float64) float64 { // in breaths
			for i := 1; i < len(starts); i++ {
				if t < starts[i] {
					return float64(i) + (t-starts[i])/(starts[i]-starts[i-1])
				}
			}
			return float64(len(starts))
		}
		in := resp.Input{HeartRate: 70}
		for t := 0.3; t < duration; {
			in.BeatTimes = append(in.BeatTimes, t)
			in.Amplitude = append(in.Amplitude, 1+0.1*math.Sin(2*math.Pi*phase(t)+0.7)+0.03*r.NormFloat64())
			ibi := 60.0/70 + 0.030*math.Sin(2*math.Pi*phase(t)) + 0.008*r.NormFloat64()
			in.IBI = append(in.IBI, ibi)
			t += ibi
		}
		in.IBI = in.IBI[:len(in.IBI)-1]
		truth := 60 * (phase(duration) - phase(0)) / duration
		if out := resp.Rate(in); out.OK {
			given++
			if out.Low <= truth && truth <= out.High {
				held++
			}
		}
	}
	if given < people/2 || float64(held) < 0.85*float64(given) {
		t.Errorf("of %d people %d are given a rate, and %d intervals hold", people, given, held)
	}
}

// A strong 0.095 Hz rhythm (5.7 /min) must not be taken for breathing at 16 /min.
func TestRateIsNotTheRhythmOfBloodPressure(t *testing.T) {
	wrong := 0
	for seed := range uint64(20) {
		if out := resp.Rate(breathing(16, 0.030, 60, seed)); out.OK && math.Abs(out.Rate-16) > 2 {
			wrong++
		}
	}
	if wrong > 1 {
		t.Errorf("%d of 20 were taken in", wrong)
	}
}

func TestRateFromShouldersAlone(t *testing.T) {
	for _, perMin := range []float64{6, 10, 15, 24, 30} {
		out := resp.Rate(resp.Input{Shoulder: shoulders(perMin, 45, 0.5, 1), HeartRate: 80})
		if !out.OK || math.Abs(out.Rate-perMin) > 0.3 || len(out.Sources) != 1 || out.Sources[0] != "shoulder" {
			t.Errorf("at %g /min: %+v", perMin, out.Rate)
		}
	}
}

// A pulse that breathes at 12 /min and a chest at 20: no rate is given. Shoulders that move with the breath in the
// pulse, or are still, don't contradict it.
func TestBodyContradictsThePulse(t *testing.T) {
	for seed := range uint64(5) {
		in := breathing(12, 0.010, 60, seed)
		in.Shoulder = shoulders(20, 60, 0.5, seed)
		if out := resp.Rate(in); out.OK && math.Abs(out.Rate-20) > 1 {
			t.Errorf("seed %d: %.1f /min of a chest that moves at 20", seed, out.Rate)
		}
		in.Shoulder = shoulders(12, 60, 0.5, seed)
		if out := resp.Rate(in); !out.OK || math.Abs(out.Rate-12) > 0.3 {
			t.Errorf("seed %d: %.1f /min (given: %v) of a chest and a pulse at 12", seed, out.Rate, out.OK)
		}
		in.Shoulder = shoulders(12, 60, 200, seed)
		if out := resp.Rate(in); !out.OK || math.Abs(out.Rate-12) > 0.5 {
			t.Errorf("seed %d: %.1f /min (given: %v) beside shoulders lost in noise", seed, out.Rate, out.OK)
		}
	}
}

// The wave rises as the chest rises, although y in a picture points down.
func TestWaveHasInhalationUp(t *testing.T) {
	out := resp.Rate(resp.Input{Shoulder: shoulders(15, 60, 0.2, 2)})
	if out.Wave.Rate != 4 || math.Abs(out.Wave.Duration()-60) > 1 {
		t.Fatalf("wave at %g Hz of %g s", out.Wave.Rate, out.Wave.Duration())
	}
	truth := make([]float64, len(out.Wave.Samples))
	for i := range truth {
		truth[i] = math.Sin(2 * math.Pi * 0.25 * out.Wave.Time(i))
	}
	if c := dsp.Correlation(truth, out.Wave.Samples); c < 0.95 {
		t.Errorf("correlation %.2f with the breath", c)
	}
}

func TestRateIsNotGivenForNoise(t *testing.T) {
	given := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		in := resp.Input{HeartRate: 70}
		for at := 0.0; at < 60; {
			ibi := 0.85 + 0.03*r.NormFloat64()
			in.BeatTimes, in.Amplitude, in.IBI = append(in.BeatTimes, at), append(in.Amplitude, r.NormFloat64()), append(in.IBI, ibi)
			at += ibi
		}
		if resp.Rate(in).OK {
			given++
		}
	}
	if given > 4 {
		t.Errorf("a rate for %d of 40 recordings of noise", given)
	}
}

// Ten minutes in which breathing goes from 10 to 16 /min in the middle.
func TestLongRecordingsAreReadInWindows(t *testing.T) {
	s := dsp.Series{Rate: 30, Samples: make([]float64, 30*600)}
	for i, p := 0, 0.0; i < len(s.Samples); i++ {
		f := 10.0 / 60
		if i > len(s.Samples)/2 {
			f = 16.0 / 60
		}
		p += 2 * math.Pi * f / 30
		s.Samples[i] = math.Sin(p)
	}
	if out := resp.Rate(resp.Input{Shoulder: &s}); !out.OK || math.Abs(out.Rate-13) > 0.5 {
		t.Errorf("%.2f /min, want the mean of 10 and 16", out.Rate)
	}
}

func TestRateRefusesNothingness(t *testing.T) {
	flat := &dsp.Series{Rate: 30, Samples: make([]float64, 2000)}
	for name, in := range map[string]resp.Input{
		"nothing": {}, "flat": {Shoulder: flat, HeadY: flat}, "no rate": {Shoulder: &dsp.Series{Samples: make([]float64, 9)}},
		"too short": breathing(15, 0.01, 15, 1),
	} {
		if out := resp.Rate(in); out.OK || len(out.Wave.Samples) != 0 {
			t.Errorf("%s: %+v", name, out)
		}
	}
}

func TestRateIsTotal(t *testing.T) {
	any := rapid.OneOf(rapid.Float64Range(-5, 90), rapid.Float64(), rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), math.Inf(-1), 1e308}))
	few := rapid.SliceOfN(any, 0, 40)
	series := rapid.Custom(func(t *rapid.T) *dsp.Series {
		return &dsp.Series{Rate: any.Draw(t, "rate"), Start: any.Draw(t, "start"), Samples: rapid.SliceOfN(any, 0, 200).Draw(t, "samples")}
	})
	rapid.Check(t, func(t *rapid.T) {
		in := resp.Input{BeatTimes: few.Draw(t, "beats"), IBI: few.Draw(t, "ibi"), Amplitude: few.Draw(t, "amplitude"), HeartRate: any.Draw(t, "bpm")}
		if rapid.Bool().Draw(t, "moving") {
			in.Shoulder, in.HeadY = series.Draw(t, "shoulder"), series.Draw(t, "head")
		}
		out := resp.Rate(in)
		if out.OK && !(out.Rate >= resp.MinRate && out.Rate <= resp.MaxRate && out.Low <= out.Rate && out.Rate <= out.High) {
			t.Fatalf("%+v", out)
		}
	})
}

func BenchmarkRateOfAMinute(b *testing.B) {
	in := breathing(15, 0.02, 60, 1)
	in.Shoulder = shoulders(15, 60, 0.5, 1)
	b.ReportAllocs()
	for b.Loop() {
		resp.Rate(in)
	}
}
