package simulate

import (
	"fmt"
	"math"
)

// Reals are situations with properties of real cameras and people: the colour of the pulse differs between
// cameras, and each camera corrects exposure and white balance.
var Reals = []string{"webcam", "phone", "bright", "dim", "covered", "jitter", "lamps", "speaking", "moving", "variable"}

// Real draws a scene of one of [Reals]. All have a pulse of a colour as seen by cameras ([pulseColour]), which
// differs a little between patches and is up to some tens of ms apart; a tone curve; automatic exposure and white
// balance that follow the face; a face detector whose detections move the regions; and SDNN log-uniform from 20 to
// 110 ms at rates up to 70 bpm with skewed respiratory swings. Tones I-II to VI come as 4, 3, 2 and 1 of ten. An
// unknown name panics.
func Real(name string, seed uint64, duration float64) Scene {
	r := newRandom(seed, "real "+name)
	s := NewScene(r.Uint64(), duration)
	s.person(r)
	s.camera(r)
	switch name {
	case "webcam": // on a desk
	case "phone": // held in the hand
		s.Motion.Hand, s.Motion.Tremor, s.Motion.TremorRate = r.uniform(0.001, 0.005), r.uniform(0.0005, 0.003), r.uniform(6, 12)
		s.Shoulders = r.Float64() < 0.4
	case "bright": // red near its limit
		over := r.uniform(242, 264) / skins[s.Tone].colour[0]
		s.Exposure = math.Pow(over, r.uniform(0.5, 1))
		s.Camera.Red = over / s.Exposure
		s.Camera.Highlights = true
		s.Light.Drift = r.uniform(0.002, 0.01)
	case "dim":
		s.Camera.FPS = []float64{12, 15, 20}[r.IntN(3)]
		s.Camera.Noise = r.uniform(4, 7)
		s.Exposure = r.uniform(0.45, 0.8)
		s.Camera.Codec = r.uniform(0.03, 0.1)
	case "covered": // hair on the forehead, a beard, glasses
		s.Blood.Covered, s.Blood.Rustle = r.uniform(0.2, 0.5), r.uniform(0.002, 0.01)
	case "jitter": // a less steady detector
		s.Detector.Jump, s.Detector.Wander = r.uniform(0.0006, 0.003), r.uniform(0.0005, 0.002)
	case "lamps": // light that the wall shows too
		s.Light.Pink = r.uniform(0.001, 0.003)
		s.Light.Lamp = Lamp{Rate: r.uniform(0.2, 4), Size: r.uniform(0.0003, 0.0015), Colour: r.lampColour(), Behind: r.uniform(0.3, 1.5)}
		if r.Float64() < 0.5 {
			s.Light.Screen = r.uniform(0.002, 0.008)
		}
	case "speaking":
		s.Motion.Burst = r.uniform(0.006, 0.016)
	case "moving":
		s.Motion.Sway = r.uniform(0.004, 0.01)
		s.Motion.Rate, s.Motion.Amplitude = r.uniform(0.2, 1.4), r.uniform(0.004, 0.02)
	case "variable": // a camera whose rate wanders
		s.Camera.FPS = 22
		s.Camera.VaryFPS.SD, s.Camera.VaryFPS.Least, s.Camera.VaryFPS.Most = 4, 9, 30
		s.Clock = Clock{Jitter: 0.008, Noise: 0.003, Drop: 0.04, Stalls: 0.05}
	default:
		panic("simulate: no real scene " + name + "; the names are " + fmt.Sprint(Reals))
	}
	return s
}

// person draws the person: rhythm, skin tone, pulse and movement.
func (s *Scene) person(r random) {
	s.Rhythm = Rhythm{HeartRate: r.uniform(48, 110), Skew: r.uniform(-0.8, 0.8)}
	s.Rhythm.SDNN = math.Exp(r.uniform(math.Log(0.020), math.Log(0.110))) * min(1, math.Pow(70/s.Rhythm.HeartRate, 1.5))
	s.Tone = Tones[[]int{0, 0, 0, 0, 1, 1, 1, 2, 2, 3}[r.IntN(10)]]
	s.PulseGain = math.Exp(r.uniform(math.Log(0.5), math.Log(1.2)))
	s.Blood = Blood{Colour: r.pulseColour(), Apart: r.uniform(0.03, 0.15), Delay: r.uniform(0.01, 0.03)}
	if r.Float64() < 0.3 { // a fringe
		s.Blood.Covered, s.Blood.Rustle = 0.15, 0.003
	}
	s.Shoulders = r.Float64() < 0.7
	s.Motion.Sway, s.Motion.Tint = r.uniform(0.001, 0.004), r.uniform(0.2, 1)
}

// camera draws the camera, and the detector that follows the face in its picture.
func (s *Scene) camera(r random) {
	s.Camera.FPS = []float64{24, 25, 30, 30, 30}[r.IntN(5)]
	s.Camera.Pixels = math.Exp(r.uniform(math.Log(500), math.Log(1600)))
	s.Camera.Noise, s.Camera.Codec = r.uniform(1.5, 4), r.uniform(0, 0.08)
	s.Camera.Curve = r.uniform(0, 0.8)
	s.Camera.Auto = Auto{Exposure: r.uniform(0.1, 1.5), Step: r.uniform(0.0005, 0.006), Balance: r.uniform(0.03, 0.5), Share: r.uniform(0.3, 0.8)}
	s.Light = Light{Drift: r.uniform(0.003, 0.008), Tint: r.uniform(0.001, 0.003), Pink: r.uniform(0.0002, 0.001)}
	s.Detector = Detector{Every: 0.5, Jump: r.uniform(0.0001, 0.0006), Wander: r.uniform(0.0001, 0.0006), Approach: r.uniform(0, 0.01)}
}

// pulseColour draws the unit colour of a pulse as real cameras record it: red 0 to 0.4, blue 0.2 to 0.75, and
// green for the rest, a range around [seenColours].
func (r random) pulseColour() [3]float64 {
	red, blue := r.uniform(0, 0.4), r.uniform(0.2, 0.75)
	return [3]float64{red, math.Sqrt(1 - red*red - blue*blue), blue}
}

// lampColour draws the colour of a lamp: white, one channel, or any.
func (r random) lampColour() [3]float64 {
	return [][3]float64{{1, 1, 1}, {1, 0.1, 0.05}, {0.1, 1, 0.2}, {0.05, 0.2, 1}, {r.Float64(), r.Float64(), 1}}[r.IntN(5)]
}
