package simulate

import (
	"fmt"
	"slices"

	"blush.example/blush/rppg"
)

// Scenarios are the ten situations for which accuracy is stated, easy and hard.
var Scenarios = []string{"ideal", "typical", "dark", "lowlight", "talk", "rotate", "screen", "codec", "exercise", "vfr"}

// Phantoms are things without a pulse: each must be refused.
var Phantoms = []string{"photo", "photo_moved", "mask", "wall", "chair", "noise", "flicker", "strobe", "compressed"}

// Scenario draws a scene of one of [Scenarios] or [Phantoms]. Hard scenes have 0.45 times the pulse, 2.5 times the
// sway, twice the talking, 1.5 times the periodic movement, 1.3 times the codec's error and, in ideal and
// lowlight, 1.3 times the noise. An unknown name panics.
func Scenario(name string, hard bool, seed uint64, duration float64) Scene {
	r := newRandom(seed, fmt.Sprint(name, hard))
	s := NewScene(r.Uint64(), duration)
	s.Rhythm.HeartRate = r.uniform(50, 105)
	s.Tone = Tones[[]int{0, 0, 1, 1, 2}[r.IntN(5)]]
	s.Shoulders = r.Float64() < 0.7
	if !s.situation(name, r) {
		s.phantom(name, r)
	}
	if hard {
		s.harden(name)
	}
	return s
}

// situation makes the scene one of [Scenarios]; it returns false for any other name.
func (s *Scene) situation(name string, r random) bool {
	compress := func(sd float64) { s.Camera.Codec = sd }
	sway := func(sd float64) { s.Motion.Sway = sd }
	switch name {
	case "ideal":
		s.Tone = "I-II"
		sway(0.0006)
		s.Camera.Noise = 2
		s.Light = Light{Drift: 0.002, Tint: 0.0005, Balance: 0.0005}
		s.Clock = Clock{Jitter: 0.001, Noise: 0.001}
		s.Camera.Pixels = 1600
	case "typical":
		sway(r.uniform(0.001, 0.004))
		compress(0.03)
	case "dark":
		s.Tone = Tones[2+r.IntN(2)]
		sway(r.uniform(0.001, 0.004))
		compress(0.03)
	case "lowlight":
		s.Camera.FPS = 15
		s.Camera.Noise = 6.5
		sway(0.002)
		s.Light.Balance = 0.004
		compress(0.06)
	case "talk":
		sway(0.003)
		s.Motion.Burst = 0.012
		compress(0.03)
	case "rotate":
		sway(0.006)
		s.Motion.Rate, s.Motion.Amplitude = r.uniform(0.25, 1.6), r.uniform(0.01, 0.03)
		compress(0.03)
	case "screen":
		s.Light = Light{Drift: 0.006, Tint: 0.004, Balance: 0.006, Exposure: 0.02, Screen: 0.012}
		sway(0.002)
		compress(0.03)
	case "codec":
		compress(r.uniform(0.2, 0.45))
		sway(0.002)
	case "exercise":
		s.Rhythm.HeartRate, s.Rhythm.Slope = r.uniform(105, 160), -r.uniform(0.1, 0.5)
		// a drift meant for half a minute stops at 70 bpm in a longer recording
		s.Rhythm.Slope = max(s.Rhythm.Slope, -(s.Rhythm.HeartRate-70)/s.Duration)
		s.Rhythm.RespiratoryRate = r.uniform(18, 30)
		sway(0.004)
		compress(0.03)
	case "vfr":
		s.Camera.FPS = 21
		s.Camera.VaryFPS.SD, s.Camera.VaryFPS.Least, s.Camera.VaryFPS.Most = 4, 8, 30
		s.Clock = Clock{Jitter: 0.008, Noise: 0.003, Drop: 0.05, Stalls: 0.06}
		sway(0.002)
		compress(0.03)
	default:
		return false
	}
	return true
}

// harden makes a situation hard, as [Scenario] says.
func (s *Scene) harden(name string) {
	s.PulseGain = 0.45
	s.Motion.Sway *= 2.5
	if name == "ideal" || name == "lowlight" {
		s.Camera.Noise *= 1.3
	}
	s.Motion.Burst *= 2
	s.Motion.Amplitude *= 1.5
	s.Camera.Codec *= 1.3
}

// phantom makes the scene one of [Phantoms].
func (s *Scene) phantom(name string, r random) {
	s.Pulse, s.Motion.Recoil = false, 0
	switch name {
	case "photo": // a photograph, held by hand
		s.Motion.Sway = r.uniform(0.0005, 0.004)
		s.Camera.Codec = 0.05
	case "photo_moved": // and moved back and forth at the rate of a heart
		s.Motion.Sway = 0.003
		s.Motion.Rate, s.Motion.Amplitude = r.uniform(0.7, 1.8), 0.006
		s.Camera.Codec = 0.2
	case "mask": // a shining mask on a moving head, lossless
		s.Motion.Sway = r.uniform(0.001, 0.006)
		s.Motion.Rate, s.Motion.Amplitude = r.uniform(0.7, 2.5), r.uniform(0.002, 0.03)
		s.Motion.Gloss = 0.2
	case "wall": // a pattern taken for a face
		s.Tone = ""
		s.Motion.Sway = 0.0003
	case "chair": // nobody there
		s.Face = false
		s.Shoulders = false
	case "noise": // a poor sensor and coloured light
		s.Motion.Sway = 0.0005
		s.Camera.Noise = r.uniform(5, 10)
		s.Light.Tint = r.uniform(0.004, 0.01)
	case "flicker": // a photograph in front of a changing screen
		s.Motion.Sway = r.uniform(0.0005, 0.003)
		s.Light.Screen, s.Light.Exposure = r.uniform(0.006, 0.02), 0.02
		s.Light.Tint, s.Light.Balance = 0.004, 0.006
	case "strobe": // a photograph under a lamp that beats against the frame rate
		s.Motion.Sway = r.uniform(0.0005, 0.003)
		s.Light.LineRate, s.Light.Line = r.uniform(0.7, 2.5), r.uniform(0.0005, 0.01)
	case "compressed": // a face whose pulse a codec has destroyed
		s.Motion.Sway = r.uniform(0.001, 0.004)
		s.Camera.Codec = r.uniform(0.3, 0.8)
	default:
		panic("simulate: no scenario " + name + "; the names are " + fmt.Sprint(slices.Concat(Scenarios, Phantoms)))
	}
}

// Finger draws a finger on the lens with the lamp on: one region, a strong pulse.
func Finger(seed uint64, duration float64) Scene {
	s := NewScene(seed, duration)
	r := newRandom(seed, "finger")
	s.Site, s.Shoulders = rppg.Finger, false
	s.Rhythm.HeartRate = r.uniform(50, 105)
	s.Motion = Motion{Sway: r.uniform(0.001, 0.004)}
	s.Light = Light{Drift: 0.004, Balance: 0.002}
	s.Camera.Pixels = 100_000
	return s
}
