package simulate

import (
	"math"
	"testing"
)

// beatsOf draws the beats, in s, of one case of the suite rhythms, and its true values.
func beatsOf(t *testing.T, name string, seed uint64, duration float64) (Rhythm, Truth, []float64) {
	t.Helper()
	for _, c := range Suite("rhythms") {
		if c.Name == name {
			s := c.Scene(seed, duration)
			h := s.heart(newRandom(s.Seed, "scene"))
			truth := s.truth(h)
			var ibi []float64
			for i := 1; i < len(truth.Beats); i++ {
				ibi = append(ibi, truth.Beats[i]-truth.Beats[i-1])
			}
			return s.Rhythm, truth, ibi
		}
	}
	t.Fatalf("no case %s", name)
	return Rhythm{}, Truth{}, nil
}

// share returns the share of the intervals that are longer than a multiple of their median.
func share(ibi []float64, times float64) float64 {
	long := 0.0
	for _, v := range ibi {
		if v > times*percentile(ibi, 0.5) {
			long++
		}
	}
	return long / float64(len(ibi))
}

// The rate counts the actual beats. A rate from the intervals between two pauses would be wrong.
func TestRateCountsPausesAndDroppedBeats(t *testing.T) {
	for seed := range uint64(6) {
		o, truth, ibi := beatsOf(t, "pauses", seed, 120)
		n := float64(len(truth.Beats) - 1)
		near(t, "rate", truth.HeartRate, 60*n/(truth.Beats[len(truth.Beats)-1]-truth.Beats[0]), 1e-9)
		near(t, "share of pauses", share(ibi, 1.6), 1/float64(o.PauseEvery), 0.03)
		if between := 60 / percentile(ibi, 0.5); truth.HeartRate > between-2 || truth.SDNN < 200 {
			t.Errorf("seed %d: %.1f bpm with pauses, %.1f between them, SDNN %.0f ms", seed, truth.HeartRate, between, truth.SDNN)
		}
		near(t, "longest interval", percentile(ibi, 1), o.Pause, 0.02)

		o, truth, ibi = beatsOf(t, "dropped", seed, 300)
		near(t, "share of double intervals", share(ibi, 1.6), o.Dropped, 0.06)
		near(t, "rate", truth.HeartRate, o.HeartRate/(1+o.Dropped), 5)

		o, truth, ibi = beatsOf(t, "block 3:2", seed, 60)
		near(t, "rate of a block 3:2", truth.HeartRate, o.HeartRate*2/3, 4)
		if percentile(ibi, 0.75) < 1.6*percentile(ibi, 0.25) {
			t.Errorf("seed %d: a block of 3 to 2 has intervals of %.2f and %.2f s", seed, percentile(ibi, 0.25), percentile(ibi, 0.75))
		}
		o, truth, ibi = beatsOf(t, "block 2:1", seed, 60)
		near(t, "rate of a block 2:1", truth.HeartRate, o.HeartRate/2, 4)
		if share(ibi, 1.5) > 0 {
			t.Error("a block of 2 to 1 has uneven intervals")
		}
	}
}

func TestIrregularRhythms(t *testing.T) {
	for seed := range uint64(6) {
		_, truth, _ := beatsOf(t, "bigeminy", seed, 60)
		if n := float64(len(truth.Beats)); math.Abs(float64(truth.Ectopic)/n-0.5) > 0.05 || truth.SDNN != 0 {
			t.Errorf("seed %d: %d of %g beats are early in bigeminy; SDNN %.0f without two normal beats in a row", seed, truth.Ectopic, n, truth.SDNN)
		}
		o, truth, _ := beatsOf(t, "ectopic", seed, 600)
		near(t, "share of early beats", float64(truth.Ectopic)/float64(len(truth.Beats)), o.Ectopic/(1+o.Ectopic), 0.03)
		o, _, ibi := beatsOf(t, "fibrillation", seed, 600)
		mean, sd := meanSD(ibi)
		near(t, "coefficient of variation", sd/mean, o.Irregular, 0.03)
	}
}

// Slow breathing changes the intervals smoothly and strongly; successive intervals differ little.
func TestSlowBreathSwings(t *testing.T) {
	for seed := range uint64(8) {
		o, truth, ibi := beatsOf(t, "slow breath", seed, 120)
		if o.RSA < 0.1 || o.RSA > 0.25 || truth.RespiratoryRate < 3.5 || truth.RespiratoryRate > 7.5 {
			t.Errorf("seed %d: swings of %.3f s at %.1f /min", seed, o.RSA, truth.RespiratoryRate)
		}
		if swing := percentile(ibi, 0.95) - percentile(ibi, 0.05); swing < 1.3*o.RSA || truth.RMSSD > 0.9*truth.SDNN {
			t.Errorf("seed %d: intervals swing by %.3f s of 2 x %.3f, RMSSD %.0f of SDNN %.0f ms", seed, swing, o.RSA, truth.RMSSD, truth.SDNN)
		}
	}
	// skewed modulation rises and falls at different speeds
	for seed := range uint64(4) {
		o, _, ibi := beatsOf(t, "skewed", seed, 120)
		var up, down float64
		for i := 1; i < len(ibi); i++ {
			up, down = max(up, ibi[i]-ibi[i-1]), max(down, ibi[i-1]-ibi[i])
		}
		if up < 0.02 || down < 0.02 || math.Abs(o.Skew) < 0.5 {
			t.Errorf("seed %d: steps up to %.3f and down to %.3f s, skew %.2f", seed, up, down, o.Skew)
		}
	}
}

func TestSlowestAndFastestHearts(t *testing.T) {
	var slow, fast []float64
	for seed := range uint64(60) {
		o, truth, _ := beatsOf(t, "slow", seed, 60)
		near(t, "slow rate", truth.HeartRate, o.HeartRate, 4)
		slow = append(slow, truth.HeartRate)
		o, truth, ibi := beatsOf(t, "fast", seed, 20)
		near(t, "fast rate", truth.HeartRate, o.HeartRate, 0.06*o.HeartRate)
		fast = append(fast, truth.HeartRate)
		if mean, sd := meanSD(ibi); sd > 0.06*mean {
			t.Errorf("seed %d: intervals of a fast heart vary by %.3f", seed, sd/mean)
		}
	}
	if percentile(slow, 0.05) > 30 || percentile(fast, 0.95) < 238 {
		t.Errorf("rates from %.0f to %.0f bpm, want 26 to 245", percentile(slow, 0.05), percentile(fast, 0.95))
	}
}
