package simulate

import (
	"math"
	"slices"
	"testing"
)

// unit brings a colour to length 1.
func unit(c [3]float64) [3]float64 {
	l := math.Sqrt(c[0]*c[0] + c[1]*c[1] + c[2]*c[2])
	return [3]float64{c[0] / l, c[1] / l, c[2] / l}
}

// bare reduces a scene to its blood and the camera's colours.
func bare(s Scene) Scene {
	s.Motion, s.Light, s.Clock, s.Detector = Motion{}, Light{}, Clock{}, Detector{}
	s.Camera.Noise, s.Camera.Codec, s.Camera.Auto, s.Camera.VaryFPS.SD = 0, 0, Auto{}, 0
	s.Blood.Covered = 0
	return s
}

// strength is the relative fall of a channel at full blood, by regression on the pulse wave delayed by that many
// seconds.
func strength(w *world, x []float64, late float64) float64 {
	blood := expose(delayed(w.pulse, grid*late), w.times, grid)
	mb, _ := meanSD(blood)
	mx, _ := meanSD(x)
	var xb, bb float64
	for i := range x {
		xb += (x[i] - mx) * (blood[i] - mb)
		bb += (blood[i] - mb) * (blood[i] - mb)
	}
	return -xb / bb / mx
}

// The suite must be able to draw the five colours of pulses through real cameras, and the made traces must have as
// wide a range: no camera's colour is the one that the engine starts with.
func TestRealPulseColours(t *testing.T) {
	var reds, blues []float64
	for seed := range uint64(120) {
		s := Real("webcam", seed, 8)
		c := s.Blood.Colour
		if c[0] < 0 || c[0] > 0.4 || c[2] < 0.2 || c[2] > 0.75 || math.Abs(unit(c)[1]-c[1]) > 1e-12 {
			t.Fatalf("seed %d draws the colour %.2f", seed, c)
		}
		reds, blues = append(reds, c[0]), append(blues, c[2])
		if seed >= 20 {
			continue
		}
		s = bare(s)
		s.Blood.Apart, s.Blood.Delay = 0, 0
		w, _ := s.build()
		tr, _ := s.Trace()
		var got [3]float64
		for k := range got {
			got[k] = strength(w, channel(tr.Regions[1], k), 0)
		}
		for k, v := range unit(got) {
			if math.Abs(v-c[k]) > 0.06 {
				t.Errorf("seed %d: drawn %.2f, the trace shows %.2f", seed, c, unit(got))
				break
			}
		}
	}
	for _, c := range [][3]float64{{.21, .94, .27}, {.11, .68, .72}, {.07, .94, .34}, {.17, .86, .49}, {.38, .78, .50}} {
		if c[0] < percentile(reds, 0.02) || c[0] > slices.Max(reds) || c[2] < slices.Min(blues) || c[2] > slices.Max(blues) {
			t.Errorf("the colour %.2f of a real camera lies outside what is drawn: red %.2f to %.2f, blue %.2f to %.2f",
				c, slices.Min(reds), slices.Max(reds), slices.Min(blues), slices.Max(blues))
		}
	}
}

// Each patch has its own colour and its own delay.
func TestRealPatchesDiffer(t *testing.T) {
	s := bare(Real("webcam", 3, 10))
	s.Blood.Apart, s.Blood.Delay = 0.1, 0.03
	w, _ := s.build()
	tr, _ := s.Trace()
	var lags, ratios []float64
	for _, r := range tr.Regions {
		best, at := 0.0, 0.0
		for ms := -120.0; ms <= 120; ms += 4 {
			if v := strength(w, r.G, ms/1000); v > best {
				best, at = v, ms
			}
		}
		lags = append(lags, at)
		ratios = append(ratios, math.Log(strength(w, r.B, at/1000)/best))
	}
	_, lag := meanSD(lags)
	_, ratio := meanSD(ratios)
	if lag < 15 || lag > 50 {
		t.Errorf("patches lie %.0f ms apart (SD), want about 30", lag)
	}
	if ratio < 0.06 || ratio > 0.25 {
		t.Errorf("blue against green differs by %.2f (log-SD) between patches, want about 0.14", ratio)
	}
}

func TestRealRhythms(t *testing.T) {
	var low, all []float64
	tones := map[string]int{}
	for seed := range uint64(300) {
		for _, name := range Reals[:2] {
			s := Real(name, seed, 60)
			tones[s.Tone]++
			all = append(all, 1000*s.Rhythm.SDNN)
			if seed >= 80 || s.Rhythm.HeartRate > 70 {
				continue
			}
			h := s.heart(newRandom(s.Seed, "scene"))
			truth := s.truth(h)
			low = append(low, truth.SDNN)
			near(t, "SDNN asked for", truth.SDNN, 1000*s.Rhythm.SDNN, 6+0.25*truth.SDNN)
		}
	}
	if percentile(low, 0.1) > 30 || percentile(low, 0.9) < 80 || slices.Max(all) > 110 {
		t.Errorf("SDNN of slow hearts has the tenth percentile %.0f and the ninetieth %.0f ms, the largest asked for %.0f", percentile(low, 0.1), percentile(low, 0.9), slices.Max(all))
	}
	for tone, share := range map[string]float64{"I-II": 0.4, "III-IV": 0.3, "V": 0.2, "VI": 0.1} {
		near(t, "share of tone "+tone, float64(tones[tone])/600, share, 0.07)
	}
}

func TestRealRedIsNearItsLimit(t *testing.T) {
	for seed := range uint64(12) {
		tr, _ := Real("bright", seed, 5).Trace()
		var reds, clipped []float64
		for _, r := range tr.Regions {
			red, _ := meanSD(r.R)
			reds, clipped = append(reds, red), append(clipped, r.Clipped[20]/r.Pixels[20])
			if green, _ := meanSD(r.G); green > 245 {
				t.Errorf("seed %d: green of %s is at its limit too, %.0f", seed, r.Name, green)
			}
		}
		if red := percentile(reds, 0.5); red < 228 || red > 254.5 {
			t.Errorf("seed %d: red %.0f", seed, red)
		} else if share := percentile(clipped, 0.5); red > 248 && share < 0.2 {
			t.Errorf("seed %d: red %.0f with %.2f of the pixels clipped", seed, red, share)
		}
	}
}

// A camera that meters the face reduces exposure when the face gets brighter, which shows on the wall, where
// nothing has changed.
func TestAutomaticExposureFollowsTheFace(t *testing.T) {
	s := NewScene(4, 30)
	s.Light, s.Clock, s.Camera.Noise = Light{}, Clock{}, 0
	s.Motion = Motion{Rate: 0.3, Amplitude: 0.05}
	flat, _ := s.Trace()
	s.Camera.Auto = Auto{Exposure: 3, Share: 0.9, Balance: 0.3}
	auto, _ := s.Trace()
	_, before := meanSD(flat.Background.G)
	mean, after := meanSD(auto.Background.G)
	if before > 1e-9 || after < 0.002*mean {
		t.Errorf("the wall changes by %.2g of its level without and %.2g with automatic exposure", before/mean, after/mean)
	}
}

// Movement of the hand that holds the camera shows at the same rate on face and wall, and the box moves with it.
func TestTremorMovesEverything(t *testing.T) {
	s := NewScene(4, 20)
	s.Light, s.Clock, s.Camera.Noise, s.Pulse = Light{}, Clock{}, 0, false
	s.Motion = Motion{Tremor: 0.003, TremorRate: 9}
	tr, _ := s.Trace()
	_, wall := meanSD(tr.Background.G)
	_, skin := meanSD(tr.Regions[0].G)
	var x []float64
	for _, b := range tr.FaceBox {
		x = append(x, b[0])
	}
	_, box := meanSD(x)
	if wall < 0.01 || skin < 0.01 || box < 0.5 {
		t.Errorf("trembling moves the wall by %.3f, skin by %.3f levels and the box by %.2f px", wall, skin, box)
	}
	s.Motion = Motion{}
	tr, _ = s.Trace()
	if _, wall = meanSD(tr.Background.G); wall > 1e-9 {
		t.Errorf("without a hand the wall changes by %.3f", wall)
	}
}

// Hair and glasses weaken the pulse of their patch, not of the others.
func TestCoveredPatchesLackThePulse(t *testing.T) {
	s := bare(Real("covered", 5, 8))
	s.Blood.Delay, s.Blood.Covered = 0, 0.4
	w, _ := s.build()
	tr, _ := s.Trace()
	var weak, strong int
	for _, r := range tr.Regions {
		switch v := strength(w, r.G, 0) / w.skin.strength; {
		case v < 0.45:
			weak++
		case v > 0.6:
			strong++
		}
	}
	if weak < 2 || strong < 6 {
		t.Errorf("%d patches with little pulse and %d with much, want some and most", weak, strong)
	}
}

// Behind a tone curve white light is not white: bright red shows less of its change than dark blue.
func TestToneCurveColoursWhiteLight(t *testing.T) {
	s := NewScene(4, 10)
	s.Pulse, s.Tone, s.Motion, s.Clock, s.Camera.Noise = false, "I-II", Motion{}, Clock{}, 0
	s.Light = Light{Lamp: Lamp{Rate: 1, Size: 0.02, Colour: [3]float64{1, 1, 1}, Behind: 1}}
	for _, curve := range []float64{0, 0.8} {
		s.Camera.Curve = curve
		tr, _ := s.Trace()
		var size [3]float64
		for c := range size {
			mean, sd := meanSD(channel(tr.Regions[4], c))
			size[c] = sd / mean
		}
		if ratio := size[0] / size[2]; curve == 0 && math.Abs(ratio-1) > 0.05 || curve > 0 && ratio > 0.75 {
			t.Errorf("with a curve of %g red changes %.2f times as much as blue", curve, ratio)
		}
	}
}

// In each case of the suite colours, the trace has the pulse in the case's colour.
func TestColoursAreThoseOfTheirCases(t *testing.T) {
	for i, c := range Suite("colours") {
		s := c.Scene(3, 20)
		s.Motion, s.Light, s.Shoulders = Motion{}, Light{}, false
		s.Camera.Noise, s.Camera.Codec, s.Blood.Lifeless = 0, 0, true
		tr, _ := s.Trace()
		var change [3]float64
		for k, x := range [3][]float64{tr.Regions[4].R, tr.Regions[4].G, tr.Regions[4].B} {
			mean, sd := meanSD(x)
			change[k] = sd / mean
		}
		want := seenColours[i%len(seenColours)]
		for k, v := range unit(change) {
			near(t, c.Name, v, want[k], 0.02)
		}
		if _, truth := c.Scene(3, 2).Trace(); !truth.HasPulse {
			t.Errorf("%s has no pulse", c.Name)
		}
	}
}
