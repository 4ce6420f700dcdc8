package simulate

import (
	"fmt"
	"math"

	"blush.example/blush/rppg"
)

// Fingers are fingertips on the lens as phones record them. DeadFingers are objects on the lens without a pulse.
var (
	Fingers = []string{"finger_three", "finger_two", "finger_one", "finger_balanced", "finger_opposed",
		"finger_uneven", "finger_drifting", "finger_exposed", "finger_weak"}
	DeadFingers = []string{"drift", "red_drift", "thing", "cap", "pressed"}
)

// RealFinger draws one of [Fingers] or [DeadFingers]. The pressure drifts as 1/f^1.5, with 0.2 to 1.2 times the
// pulse's height as its SD; heights of beats have a log-SD of 0.1 to 0.4, second harmonics 0.05 to 0.3 of the
// power at the pulse's rate. Under the lamp red is at 120 to 250, and green and blue are near black, with a
// relative pulse 3 to 10 times as high. A camera with white balance (finger_balanced, finger_opposed) has all
// three between 30 and 90. An unknown name panics.
//
// pressed, an object pressed periodically at the rate of a heart, changes its colours as blood does: one region
// can hardly distinguish the two.
func RealFinger(name string, seed uint64, duration float64) Scene {
	r := newRandom(seed, "real "+name)
	s := NewScene(r.Uint64(), duration)
	s.person(r)
	s.Tone, s.Blood, s.PulseGain = "III-IV", Blood{}, 1
	s.Site, s.Shoulders = rppg.Finger, false
	s.Rhythm.Heights, s.Rhythm.Sharp = r.uniform(0.1, 0.4), r.uniform(0, 1)
	s.Motion = Motion{Sway: r.uniform(0.0002, 0.001)}
	s.Light = Light{Pink: r.uniform(0.0001, 0.0005)}
	s.Camera.FPS = []float64{24, 30, 30, 30, 60}[r.IntN(5)]
	s.Camera.Pixels, s.Camera.Highlights = 100_000, true
	s.Contact = r.lit()
	switch name {
	case "finger_three":
	case "finger_two": // green or blue is black
		s.Contact.darken(r, 1+r.IntN(2))
	case "finger_one": // only red is usable
		s.Contact.darken(r, 1)
		s.Contact.darken(r, 2)
		if r.IntN(3) == 0 { // or red is at its limit, and only green is usable
			s.Contact = r.lit()
			s.Contact.Level[0] = r.uniform(266, 290)
			s.Contact.darken(r, 2)
		}
	case "finger_balanced":
		s.Contact = r.balanced()
	case "finger_opposed": // the camera's colour processing makes one colour rise where the others fall
		s.Contact = r.balanced()
		s.Contact.Pulse[0] *= -r.uniform(0.3, 1)
		s.Contact.Drift[0] *= -r.uniform(0.5, 1.5)
		s.Contact.Together = r.uniform(0.7, 1)
	case "finger_uneven":
		s.Rhythm.Heights = r.uniform(0.4, 0.9)
	case "finger_drifting":
		s.Contact.drift(r.uniform(0.8, 2))
	case "finger_exposed": // the camera corrects exposure in steps
		s.Light.Exposure = r.uniform(0.01, 0.05)
		s.Camera.Auto = Auto{Exposure: r.uniform(0.2, 1.5), Step: r.uniform(0.003, 0.01), Balance: r.uniform(0.03, 0.3), Share: 1}
	case "finger_weak": // cold
		for c := range s.Contact.Pulse {
			s.Contact.Pulse[c] *= 0.2
			s.Contact.Drift[c] *= 0.3
		}
	default:
		s.deadFinger(name, r)
	}
	return s
}

// deadFinger makes the scene one of [DeadFingers].
func (s *Scene) deadFinger(name string, r random) {
	s.Pulse, s.Blood.Lifeless = false, true
	switch name {
	case "drift": // pressure without a pulse
		if r.IntN(2) == 0 {
			s.Contact = r.balanced()
		}
		s.Contact.drift(r.uniform(0.5, 3))
	case "red_drift":
		s.Contact.darken(r, 1)
		s.Contact.darken(r, 2)
		s.Contact.drift(r.uniform(0.5, 3))
	case "thing": // a cloth or a table near the lens of a phone in the hand
		grey := r.uniform(20, 220)
		s.Contact = Contact{Together: r.uniform(0.8, 1)}
		for c := range s.Contact.Level {
			s.Contact.Level[c] = min(250, grey*r.spread(0.3))
			s.Contact.Drift[c] = r.uniform(0.001, 0.01)
		}
		s.Motion = Motion{Hand: r.uniform(0.001, 0.01), Tremor: r.uniform(0, 0.003), TremorRate: r.uniform(6, 12)}
	case "cap": // the lens is covered: a sensor's noise at black
		s.Contact = Contact{Together: 0.5}
		for c := range s.Contact.Level {
			s.Contact.Level[c], s.Contact.Drift[c] = r.uniform(0.2, 8), r.uniform(0, 0.005)
		}
		s.Camera.Noise, s.Camera.Pixels = r.uniform(3, 12), math.Exp(r.uniform(math.Log(1000), math.Log(100_000)))
	case "pressed":
		s.Contact.Press, s.Contact.PressRate = r.uniform(0.5, 2), r.uniform(0.7, 2.5)
	default:
		panic("simulate: no finger " + name + "; the names are " + fmt.Sprint(Fingers, DeadFingers))
	}
}

// lit draws a fingertip in front of the phone's lamp.
func (r random) lit() Contact {
	red := math.Exp(r.uniform(math.Log(0.005), math.Log(0.025)))
	c := Contact{
		Level:    [3]float64{r.uniform(120, 250), r.uniform(8, 57), r.uniform(8, 70)},
		Pulse:    [3]float64{red, red * r.uniform(3, 10), red * r.uniform(1.5, 6)},
		Together: r.uniform(0.5, 1),
	}
	r.unsteady(&c)
	return c
}

// balanced draws a fingertip that the camera's white balance has made grey.
func (r random) balanced() Contact {
	red := math.Exp(r.uniform(math.Log(0.008), math.Log(0.06)))
	c := Contact{
		Level:    [3]float64{r.uniform(30, 65), r.uniform(40, 90), r.uniform(32, 55)},
		Pulse:    [3]float64{red, red * r.uniform(1.1, 1.9), red * r.uniform(0.7, 1.2)},
		Together: r.uniform(0.5, 1),
	}
	r.unsteady(&c)
	return c
}

// unsteady draws the drift of each colour, 0.2 to 1.2 heights of its pulse.
func (r random) unsteady(c *Contact) {
	c.drift(math.Exp(r.uniform(math.Log(0.2), math.Log(1.2))))
	for k := range c.Drift {
		c.Drift[k] *= r.spread(0.3)
	}
}

// drift sets the drift of each colour to a multiple of the height of its pulse.
func (c *Contact) drift(heights float64) {
	for k, v := range c.Pulse {
		c.Drift[k] = heights * v
	}
}

// darken makes a colour black, or nearly, without a pulse.
func (c *Contact) darken(r random, k int) {
	c.Level[k], c.Pulse[k], c.Drift[k] = [2]float64{0, r.uniform(0.2, 3)}[r.IntN(2)], 0, 0
}
