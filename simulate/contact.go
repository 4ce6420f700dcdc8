package simulate

import "math"

// Contact is a fingertip on the lens as phones record it. Its colours replace the skin tone and the common
// strength.
type Contact struct {
	// Level is the ordinary level of R, G, B, 0..255; all zero means no Contact.
	Level [3]float64
	// Pulse is the relative height of the pulse in R, G, B, peak to peak; negative where it is inverted.
	Pulse [3]float64
	// Drift is the relative SD of the changes of R, G, B by pressure: noise whose power falls as 1/f^1.5 from 0.02
	// to 4 Hz. It is negative where pressure has the opposite effect of that in the other colours.
	Drift [3]float64
	// Together is the share of the drift's variance that the colours have in common, 0..1.
	Together float64
	// Press is the amplitude of periodic pressure at PressRate in Hz, relative to Drift.
	Press, PressRate float64
}

// driftExponent is the power of the frequency with which the power of the drift falls, as measured on fingertips
// on phone cameras.
const driftExponent = 1.5

// touch replaces the skin by a fingertip and draws its pressure.
func (w *world) touch(b bands) {
	c := w.Contact
	if c.Level == ([3]float64{}) {
		return
	}
	w.skin = skin{colour: c.Level, strength: w.PulseGain, pulse: c.Pulse}
	for k := range w.skin.colour {
		w.skin.colour[k] = max(0.05, w.skin.colour[k]*w.Exposure)
	}
	r := newRandom(w.Seed, "pressure")
	common := b.pink(r, driftExponent, math.Sqrt(c.Together))
	if c.Press > 0 {
		for i, p := range r.phase(b.n, b.rate, c.PressRate, 5, 0.03) {
			common[i] += c.Press * math.Sin(p)
		}
	}
	for k, sd := range c.Drift {
		x := b.pink(r, driftExponent, math.Sqrt(1-c.Together))
		for i := range x {
			x[i] = sd * (x[i] + common[i])
		}
		w.pressure[k] = x
	}
}
