package simulate

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"

	"blush.example/blush/rppg"
)

// lineAt is the power of x within 0.1 Hz of f, relative to the mean power elsewhere from 0.65 to 4 Hz. x is sampled at 30 Hz.
func lineAt(x []float64, f float64) float64 {
	n := len(x)
	mean, _ := meanSD(x)
	y := make([]float64, n)
	for i, v := range x {
		y[i] = (v - mean) * (0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(n-1)))
	}
	var in, out, k, m float64
	for i, c := range fourier.NewFFT(n).Coefficients(nil, y) {
		p, at := real(c)*real(c)+imag(c)*imag(c), float64(i)*30/float64(n)
		switch {
		case math.Abs(at-f) <= 0.1:
			in, k = in+p, k+1
		case at > 0.65 && at < 4:
			out, m = out+p, m+1
		}
	}
	return in / k / (out/m + 1e-30)
}

// dead makes a dead thing in front of a camera with a constant 30 frames/s.
func dead(name string, seed uint64, change func(*Scene)) (*rppg.Trace, Scene) {
	s := NoPulseScene(name, seed, 20)
	s.Camera.FPS, s.Camera.VaryFPS.SD, s.Clock = 30, 0, Clock{}
	if change != nil {
		change(&s)
	}
	tr, _ := s.Trace()
	return tr, s
}

// Lamps must show on face and wall, in their own colour; a faint one hardly on the wall.
func TestDeadLamps(t *testing.T) {
	quiet := func(s *Scene) {
		s.Motion, s.Light.Drift, s.Light.Tint, s.Light.Pink, s.Detector, s.Camera.Auto = Motion{}, 0, 0, 0, Detector{}, Auto{}
		s.Camera.Noise, s.Camera.Codec, s.Camera.Curve, s.Light.Lamp.Size = 0.1, 0, 0, 0.01
	}
	for _, name := range []string{"lamp_red", "lamp_green", "lamp_white", "lamp_pulse", "lamp_faint"} {
		for seed := range uint64(6) {
			tr, s := dead(name, seed, quiet)
			size := func(r rppg.Region, c int) float64 {
				mean, sd := meanSD(channel(r, c))
				return sd / mean
			}
			most := 0
			for c, v := range s.Light.Lamp.Colour {
				if v > s.Light.Lamp.Colour[most] {
					most = c
				}
			}
			face, wall := size(tr.Regions[4], most), size(*tr.Background, most)
			if line := lineAt(channel(tr.Regions[4], most), s.Light.Lamp.Rate); line < 20 {
				t.Errorf("%s %d: the line of the lamp at %.2f Hz is %.1f times above the rest", name, seed, s.Light.Lamp.Rate, line)
			}
			near(t, name+" on the wall", wall/face, s.Light.Lamp.Behind, 0.2)
			for c, v := range s.Light.Lamp.Colour {
				near(t, name+" in its colour", size(tr.Regions[4], c)/face, v/s.Light.Lamp.Colour[most], 0.25)
			}
			if name == "lamp_faint" && wall > 0.4*face {
				t.Errorf("a faint lamp shows %.2f of itself on the wall", wall/face)
			}
		}
	}
}

// A wall that the camera overexposes doesn't show the lamp in front of it.
func TestDeadLampsBeforeAnOverexposedWall(t *testing.T) {
	for seed := range uint64(6) {
		tr, _ := dead("lamp_overexposed", seed, func(s *Scene) { s.Light.Lamp.Size = 0.01 })
		if _, sd := meanSD(tr.Background.G); sd > 0.1 {
			t.Errorf("%d: the wall changes by %.2f grey levels", seed, sd)
		}
	}
}

// A still picture changes only when the detector runs: at 2 Hz and its multiples.
func TestDeadStillsHaveALineAtTheDetectorsRate(t *testing.T) {
	for seed := range uint64(5) {
		tr, s := dead("still", seed, func(s *Scene) { s.Detector.Wander = 0 })
		var strong int
		for _, r := range tr.Regions {
			steps := make([]float64, len(r.G)) // without the staircase's slope
			for i := range steps[1:] {
				steps[1+i] = r.G[1+i] - r.G[i]
			}
			if lineAt(steps, 2)+lineAt(steps, 4) > 50 {
				strong++
			}
			if mean, sd := meanSD(r.G); sd > 5*(s.Detector.Jump+s.Detector.Approach)*mean {
				t.Errorf("seed %d: a still %s changes by %.4f of itself", seed, r.Name, sd/mean)
			}
		}
		if strong < 11 {
			t.Errorf("seed %d: %d of 16 patches show the detector's line", seed, strong)
		}
		if _, sd := meanSD(tr.Background.G); sd > 1e-9 {
			t.Errorf("seed %d: the wall of a still picture changes by %g", seed, sd)
		}
	}
}

// repeats returns the share of frames, from the given one on, that equal the frame that many frames before them.
func repeats(tr *rppg.Trace, from, before int) float64 {
	same := 0
	for i := from; i < len(tr.TimeMS); i++ {
		if r := tr.Regions[5]; r.R[i] == r.R[i-before] && r.G[i] == r.G[i-before] && tr.Background.G[i] == tr.Background.G[i-before] {
			same++
		}
	}
	return float64(same) / float64(len(tr.TimeMS)-from)
}

func TestDeadCamerasRepeatTheirFrames(t *testing.T) {
	off := func(s *Scene) { s.Detector = Detector{} }
	for seed := range uint64(4) {
		tr, _ := dead("frozen", seed, off)
		if repeats(tr, 1, 1) != 1 {
			t.Error("a frozen camera gives new frames")
		}
		tr, s := dead("frozen_later", seed, off)
		from := int(30*s.Replay.Freeze) + 2
		if repeats(tr, from, 1) != 1 || repeats(tr, 1, 1) > 1-0.8*float64(from)/600 {
			t.Errorf("a camera that freezes at %.1f s repeats %.2f of its frames from then on, %.2f of all", s.Replay.Freeze, repeats(tr, from, 1), repeats(tr, 1, 1))
		}
		tr, s = dead("loop", seed, off)
		w, _ := s.build()
		n := count(w.times, s.Replay.Loop)
		if repeats(tr, n, n) != 1 || repeats(tr, 1, 1) > 0.05 {
			t.Errorf("a loop of %d frames repeats %.2f of them", n, repeats(tr, n, n))
		}
		tr, s = dead("mirrored", seed, nil)
		w, _ = s.build()
		n = count(w.times, s.Replay.Mirror)
		for k := range n / 2 {
			if g := tr.Regions[2].G; g[n-1-k] != g[n+k] {
				t.Fatalf("seed %d: frame %d of %g s is not frame %d again", seed, n+k, s.Replay.Mirror, n-1-k)
			}
		}
		still, _ := dead("still_noisy", seed, nil)
		if repeats(still, 1, 1) > 0.01 {
			t.Error("a sensor's noise repeats")
		}
	}
}

// A rocked portrait moves strictly periodically, and the box with it.
func TestDeadPortraitIsRocked(t *testing.T) {
	for seed := range uint64(5) {
		tr, s := dead("rocked", seed, func(s *Scene) { s.Detector = Detector{}; s.Motion.Rock = max(0.004, s.Motion.Rock) })
		var strong int
		for _, r := range tr.Regions {
			if lineAt(r.G, s.Motion.RockRate) > 20 {
				strong++
			}
		}
		var x []float64
		for _, b := range tr.FaceBox {
			x = append(x, b[0])
		}
		if strong < 8 || lineAt(x, s.Motion.RockRate) < 50 {
			t.Errorf("seed %d: %d patches move at %.2f Hz, the box's line is %.0f", seed, strong, s.Motion.RockRate, lineAt(x, s.Motion.RockRate))
		}
	}
}

// Regions of different hearts have their own spectral lines, which no person would have together.
func TestDeadHeartsAreUnrelated(t *testing.T) {
	for name, want := range map[string]int{"hearts16": 16, "hearts8": 8} {
		s := bare(NoPulseScene(name, 2, 20))
		s.Camera.FPS, s.Blood.Delay, s.PulseGain = 30, 0, 4
		tr, truth := s.Trace()
		found := map[int]bool{}
		for k, r := range tr.Regions {
			mine := k
			for j := range k {
				if correlation(r.G, tr.Regions[j].G) > 0.95 {
					mine = j
					break
				}
			}
			found[mine] = true
		}
		if len(found) != want || truth.HasPulse || truth.HeartRate != 0 {
			t.Errorf("%s: %d different pulses, truth %+v", name, len(found), truth.HasPulse)
		}
	}
}

// What beats in a dead thing is no pulse, so it has no true rate to be compared with.
func TestDeadThingsHaveNoTruth(t *testing.T) {
	for _, name := range Dead {
		if _, truth := NoPulseScene(name, 7, 2).Trace(); truth.HasPulse || truth.HeartRate != 0 || len(truth.Beats) > 0 {
			t.Errorf("%s has a pulse: %+v", name, truth)
		}
	}
}

// A shaded thing changes in white, and its parts one after the other.
func TestDeadShading(t *testing.T) {
	var late, n float64
	for seed := range uint64(6) {
		tr, s := dead("shaded", seed, func(s *Scene) {
			s.Motion, s.Light, s.Detector, s.Camera.Auto = Motion{}, Light{}, Detector{}, Auto{}
			s.Camera.Noise, s.Camera.Codec, s.Camera.Curve, s.PulseGain = 0.01, 0, 0, 3
		})
		for _, r := range tr.Regions[:4] {
			var size [3]float64
			for c := range size {
				mean, sd := meanSD(channel(r, c))
				size[c] = sd / mean
			}
			for c := range size {
				near(t, "strength of "+r.Name, size[c]/size[1], s.Blood.Colour[c], 0.15)
			}
			if d := lag(channel(tr.Regions[0], 1), channel(r, 1)) / 30 / s.Blood.Delay; r.Name != tr.Regions[0].Name {
				late, n = late+d*d/2, n+1 // the difference of two delays has twice their variance
			}
		}
	}
	near(t, "delays", math.Sqrt(late/n), 1, 0.5)
}

// lag is the number of samples, of at most 30, by which y is later than x, from the parabola through the highest values of their correlation.
func lag(x, y []float64) float64 {
	mx, _ := meanSD(x)
	my, _ := meanSD(y)
	at := func(d int) (sum float64) {
		for i := 30; i < len(x)-30; i++ {
			sum += (x[i] - mx) * (y[i+d] - my)
		}
		return sum
	}
	best := 0
	for d := -29; d < 30; d++ {
		if at(d) > at(best) {
			best = d
		}
	}
	a, b, c := at(best-1), at(best), at(best+1)
	return float64(best) + (a-c)/2/(a-2*b+c)
}
