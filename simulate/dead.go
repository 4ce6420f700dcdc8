package simulate

import (
	"fmt"
	"math"
)

// Dead are things without a measurable pulse, in addition to [Phantoms]. Each must be refused.
var Dead = []string{"lamp_red", "lamp_green", "lamp_white", "lamp_pulse", "lamp_faint", "lamp_overexposed", "rocked", "gloss", "hearts16", "hearts8",
	"still", "still_noisy", "frozen", "frozen_later", "loop", "virtual", "mirrored", "shaded",
	"overlay", "joined"}

// NoPulseScene draws a scene of one of [Dead] in front of the cameras of [Real]. An unknown name panics.
//
// hearts16 and hearts8 are regions that belong to different people. loop is a clip of 3 to 10 s of a living face
// that is repeated frame by frame. That is an evident replay, since no camera gives the same numbers twice. joined is a recording of one
// person that goes on with that of another, whose heart beats at another rate: no rate is right for it.
func NoPulseScene(name string, seed uint64, duration float64) Scene {
	r := newRandom(seed, "dead "+name)
	s := NewScene(r.Uint64(), duration)
	s.person(r)
	s.camera(r)
	s.Pulse, s.Motion.Recoil, s.Blood.Lifeless = false, 0, true
	switch name {
	case "lamp_red", "lamp_green", "lamp_white", "lamp_pulse", "lamp_faint", "lamp_overexposed":
		s.lamp(name, r)
	case "rocked": // a portrait of light skin, turned back and forth by a machine or a program
		s.Tone = Tones[r.IntN(2)]
		s.Motion = Motion{Rock: r.uniform(0.001, 0.01), RockRate: r.uniform(0.7, 2), Tint: r.uniform(0.3, 1), Gloss: r.uniform(0, 0.1)}
	case "gloss": // a shining mask that nods
		s.Motion = Motion{Sway: r.uniform(0.001, 0.006), Rate: r.uniform(0.7, 2.5), Amplitude: r.uniform(0.002, 0.03),
			Tint: r.uniform(0, 0.5), Gloss: r.uniform(0.2, 0.6)}
	case "hearts16", "hearts8":
		s.Pulse, s.Blood.Lifeless = true, false
		s.Blood.Hearts = map[string]int{"hearts16": 16, "hearts8": 8}[name]
		s.Blood.Covered, s.PulseGain = 0, r.uniform(0.8, 2)
		if r.IntN(2) == 0 {
			s.Blood.Colour = [3]float64{} // the tone's own
		}
	case "still", "still_noisy", "virtual": // a picture that never changes; only the detector does
		s.still(name, r)
	case "frozen", "frozen_later": // one frame again and again, from the first or from some later moment on
		s.Pulse, s.Blood.Lifeless = true, false
		s.Replay.Freeze = 1e-3
		if name == "frozen_later" {
			s.Replay.Freeze = r.uniform(0.1, 0.7) * duration
		}
		if r.IntN(2) == 0 {
			s.Detector = Detector{}
		}
	case "loop":
		s.Pulse, s.Blood.Lifeless, s.Detector = true, false, Detector{}
		s.Replay.Loop = min(r.uniform(3, 10), 0.45*duration)
	case "mirrored": // a wall of the colour of skin, played back and forth
		s.Shoulders, s.Motion, s.Detector = false, Motion{}, Detector{}
		s.Light = Light{Drift: r.uniform(0.002, 0.02), Tint: r.uniform(0.001, 0.006), Balance: r.uniform(0, 0.006), Pink: r.uniform(0.0005, 0.004), Own: r.uniform(0.0001, 0.002)}
		s.Replay.Mirror = min(r.uniform(7, 15), 0.5*duration)
	case "shaded": // a thing that breathes or swings, such as a sleeping animal or a doll: its parts shade by different amounts, one after the other
		s.Pulse, s.Tone = true, Tones[r.IntN(3)]
		s.Blood.Colour, s.PulseGain = [3]float64{r.uniform(0.9, 1), 1, r.uniform(0.95, 1.05)}, r.uniform(0.5, 3)
		s.Blood.Apart, s.Blood.Delay, s.Blood.Covered = r.uniform(0, 0.03), r.uniform(0.02, 0.1), 0
	case "overlay": // a picture under a translucent colour that comes and goes, as apps draw one over a face
		s.overlay(r)
	case "joined":
		s.Pulse, s.Blood.Lifeless = true, false
		next := NewScene(r.Uint64(), duration)
		next.person(r)
		next.Camera, next.Detector, next.Light = s.Camera, s.Detector, s.Light
		next.Rhythm.HeartRate = s.Rhythm.HeartRate * math.Pow(r.uniform(1.25, 1.7), float64(2*r.IntN(2)-1))
		s.Replay.Next, s.Replay.At = &next, r.uniform(0.35, 0.65)*duration
	default:
		panic("simulate: no dead thing " + name + "; the names are " + fmt.Sprint(Dead))
	}
	return s
}

// lamp puts a lamp that changes at the rate of a heart in front of the face.
func (s *Scene) lamp(name string, r random) {
	shine := func(behind float64, colour [3]float64) {
		s.Motion.Sway = r.uniform(0.0003, 0.003)
		s.Light.Lamp = Lamp{Rate: r.uniform(0.7, 2.5), Size: r.uniform(0.0005, 0.01), Colour: colour, Behind: behind}
		s.Wall = min(r.spread(0.3)*s.Exposure, 1.6) // not overexposed
	}
	switch name {
	case "lamp_red": // an LED
		shine(r.uniform(0.5, 1.5), [3]float64{1, r.uniform(0.02, 0.2), r.uniform(0, 0.1)})
	case "lamp_green":
		shine(r.uniform(0.5, 1.5), [3]float64{r.uniform(0.02, 0.3), 1, r.uniform(0.05, 0.4)})
	case "lamp_white":
		shine(r.uniform(0.5, 1.5), [3]float64{r.spread(0.1), 1, r.spread(0.1)})
	case "lamp_pulse": // of the colour that a pulse has
		shine(r.uniform(0.5, 1.5), r.pulseColour())
	case "lamp_faint": // near the face, of any colour, hardly seen on the wall
		shine(r.uniform(0.05, 0.3), [][3]float64{r.lampColour(), r.pulseColour()}[r.IntN(2)])
	case "lamp_overexposed": // in front of a wall too bright for the camera, which doesn't show the lamp
		shine(r.uniform(0.5, 1.5), [][3]float64{r.lampColour(), r.pulseColour()}[r.IntN(2)])
		s.Wall = r.uniform(2, 4)
	}
}

// overlay draws a saturated colour of a screen over the face, up to 4 % of it, and nothing over the wall.
func (s *Scene) overlay(r random) {
	s.Motion.Sway = r.uniform(0.0003, 0.003)
	over := [][3]float64{{255, 40, 40}, {255, 0, 0}, {255, 140, 40}, {40, 255, 40}, {255, 100, 180}, {40, 80, 255}, {255, 255, 255}}[r.IntN(7)]
	var change [3]float64
	for c, v := range skins[s.Tone].colour {
		change[c] = over[c]/(v*s.Exposure) - 1
	}
	s.Light.Lamp = Lamp{Rate: r.uniform(0.7, 2.5), Colour: change, Size: r.uniform(0.0025, 0.02) * largest(change)}
}

// largest returns the largest size of a change.
func largest(change [3]float64) float64 {
	return max(math.Abs(change[0]), math.Abs(change[1]), math.Abs(change[2]))
}

// still makes the scene a picture from a file, in which only the detector's box moves.
func (s *Scene) still(name string, r random) {
	s.picture()
	s.Detector.Jump, s.Detector.Wander, s.Detector.Approach = r.uniform(0, 0.001), r.uniform(0, 0.0003), r.uniform(0.003, 0.03)
	switch name {
	case "still":
		s.Camera.Noise, s.Detector.Exact = 0, true
	case "still_noisy": // in front of a real sensor, with a less steady detector
		s.Detector.Jump = r.uniform(0.0005, 0.004)
	case "virtual": // with the noise that a program adds
		s.Camera.Noise, s.Detector.Jump = r.uniform(0.02, 0.4), r.uniform(0.0003, 0.003)
	}
}

// picture reduces a scene to what a program that plays a file shows: no changes of light, no motion, no further
// codec.
func (s *Scene) picture() {
	s.Motion, s.Light = Motion{Tint: s.Motion.Tint}, Light{}
	s.Camera.Codec, s.Camera.Auto, s.Clock.Jitter = 0, Auto{}, 0
}
