package ppg

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// ramp is a pulse wave whose rate runs from 60 to 90 bpm in 30 s, its beats where
// the phase is whole, and the track that follows it. The phase in cycles is the
// integral of the rate: t + t^2/120.
func ramp(rate float64) (wave []float64, beats []float64, k Track) {
	for i := range int(30 * rate) {
		t := float64(i) / rate
		wave = append(wave, math.Sin(2*math.Pi*(t+t*t/120)))
	}
	for n := 1.0; ; n++ {
		t := 60 * (-1 + math.Sqrt(1+n/30)) // t + t^2/120 = n
		if t >= 30 {
			break
		}
		beats = append(beats, t)
	}
	for t := 0.0; t <= 30; t += 0.5 {
		k.TimeS, k.BPM = append(k.TimeS, t), append(k.BPM, 60+t)
	}
	return wave, beats, k
}

func TestGuideFollowsADrift(t *testing.T) {
	wave, want, k := ramp(15)
	got := Guide(wave, NewPhase(k, len(wave), 15))
	j := 0
	for _, w := range want[1 : len(want)-1] {
		for j < len(got) && got[j] < w-0.2 {
			j++
		}
		if j == len(got) || math.Abs(got[j]-w) > 0.02 {
			t.Fatalf("no beat within 20 ms of %.3f s: %v", w, got)
		}
	}
}

// Wherever in a beat a wave ends, there is no beat that the heart didn't make, and the ends move none.
func TestBeatsAtTheEnds(t *testing.T) {
	const rate, seconds = 15.0, 20
	for _, bpm := range []float64{38, 60, 100, 180} {
		for part := range 16 {
			begun := float64(part) / 16 // cycles before the wave
			wave := make([]float64, seconds*rate)
			for i := range wave {
				c := 2 * math.Pi * (begun + float64(i)/rate*bpm/60)
				wave[i] = math.Sin(c) + 0.4*math.Sin(2*c)
			}
			k := Track{TimeS: []float64{0, seconds}, BPM: []float64{bpm, bpm}}
			p := NewPhase(k, len(wave), rate)
			wide, _ := Wide(wave, p)
			for _, beats := range [][]float64{Guide(wave, p), wide} {
				if want := seconds*bpm/60 - 2; float64(len(beats)) < want {
					t.Errorf("%g bpm, begun at %g: %d beats, want %.1f or more", bpm, begun, len(beats), want)
				}
				for i, b := range beats {
					c := begun + b*bpm/60
					if off := c - math.Round(c); math.Abs(off) > 0.05 {
						t.Errorf("%g bpm, begun at %g: beat %d of %d, at %.2f s, is %.2f cycles off", bpm, begun, i+1, len(beats), b, off)
					}
				}
			}
		}
	}
}

// By hand: from the beat at cycle 1 to that at cycle 37 (28.36 s) are 36 cycles.
func TestCyclesAndCount(t *testing.T) {
	_, beats, k := ramp(15)
	first, last := beats[0], beats[len(beats)-1]
	n := float64(len(beats) - 1)
	if c := k.Cycles(first, last); math.Abs(c-n) > 0.01 {
		t.Errorf("%.3f cycles, want %g", c, n)
	}
	want := 60 * n / (last - first)
	if got := CountRate(beats, k).BPM; math.Abs(got-want) > 1e-9 {
		t.Errorf("%.4f bpm, want %.4f", got, want)
	}
	// One beat missed, one found twice: the count is still right.
	missed := append(append([]float64{}, beats[:9]...), beats[10:]...)
	twice := append(append([]float64{}, beats[:9]...), append([]float64{beats[8] + 0.3}, beats[9:]...)...)
	for _, b := range [][]float64{missed, twice} {
		if got := CountRate(b, k).BPM; math.Abs(got-want) > 1e-9 {
			t.Errorf("%.4f bpm, want %.4f", got, want)
		}
	}
}

// A sinusoid of power 1/2 in white noise of standard deviation s has, in the
// band of 0.65-4 Hz of a signal at 15 Hz, a ratio of 0.5 over the noise left
// in the band, 2 s^2/15 a Hz over 3.35 Hz less the 0.2 and 0.4 Hz of the signal.
func TestSNR(t *testing.T) {
	const s = 0.5
	wave, _, _ := ramp(15)
	k := Track{TimeS: []float64{0}, BPM: []float64{75}}
	seed := uint64(1)
	normal := func() float64 { // sum of 12 uniform numbers of a linear congruential generator
		sum := -6.0
		for range 12 {
			seed = seed*6364136223846793005 + 1442695040888963407
			sum += float64(seed>>11) / (1 << 53)
		}
		return sum
	}
	var ratios []float64
	for range 20 {
		for i := range wave {
			wave[i] = math.Sin(2*math.Pi*1.25*float64(i)/15) + s*normal()
		}
		ratios = append(ratios, Ratio(SNR(NewPhase(k, len(wave), 15), 1.25, wave)[0]))
	}
	mean := 0.0
	for _, r := range ratios {
		mean += r / float64(len(ratios))
	}
	want := 0.5 / (2 * s * s / 15 * (3.35 - 0.6))
	if d := DB(mean) - DB(want); math.Abs(d) > 0.7 {
		t.Errorf("%.2f dB, want %.2f", DB(mean), DB(want))
	}
}

// A method without a wave has no quality, whatever wave it is transformed with.
func TestSNROfNoWave(t *testing.T) {
	wave, _, _ := ramp(15)
	p := NewPhase(Track{TimeS: []float64{0}, BPM: []float64{75}}, len(wave), 15)
	for _, waves := range [][][]float64{{wave, nil}, {nil, wave}, {wave, wave, nil}, {nil}} {
		blocks := SNR(p, 1.25, waves...)
		for k, w := range waves {
			if got := Ratio(blocks[k]); (got > 0) != (w != nil) {
				t.Errorf("wave %d of %d: a ratio of %g", k+1, len(waves), got)
			}
		}
	}
}

// The better wave weighs more, and one far worse is left out.
func TestFuse(t *testing.T) {
	a, b := []float64{1, -1, 1, -1}, []float64{1, 1, -1, -1}
	block := func(r float64) []Block { return []Block{{TimeS: 0, SNR: r}} }
	out := Fuse([][]float64{a, b, nil}, 1, [][]Block{block(10), block(1), nil})
	for i := range out {
		if math.Abs(out[i]-a[i]*10/math.Sqrt(11)) > 1e-12 {
			t.Fatalf("%v: the wave 10 dB worse was let in", out)
		}
	}
}

func TestTotal(t *testing.T) {
	odd := rapid.OneOf(rapid.Float64Range(-5, 300), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), 0, -1, 1e300}))
	rapid.Check(t, func(t *rapid.T) {
		wave := rapid.SliceOfN(odd, 0, 200).Draw(t, "wave")
		k := Track{}
		for i := range rapid.IntRange(0, 20).Draw(t, "points") {
			k.TimeS, k.BPM = append(k.TimeS, float64(i)), append(k.BPM, odd.Draw(t, "bpm"))
		}
		p := NewPhase(k, len(wave), 15)
		beats := Guide(wave, p)
		f0 := k.Median() / 60
		MidUpstroke(wave, 30, f0, beats)
		CountRate(beats, k)
		Fuse([][]float64{wave}, 15, SNR(p, f0, wave))
	})
}
