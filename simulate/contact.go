package simulate

import "math"

// Contact is a fingertip on the lens as phones give it. Its colours stand for
// themselves: no skin tone, no shared strength.
type Contact struct {
	// Level is the ordinary level of R, G, B, 0..255; all zero: no Contact.
	Level [3]float64
	// Pulse is the relative height of the pulse in R, G, B, peak to peak; below 0 where it is upside down.
	Pulse [3]float64
	// Drift is the SD of what changing pressure does to R, G, B, relative: noise whose power
	// falls as 1/f^1.5 from 0.02 to 4 Hz. Below 0 where pressure makes darker what it makes brighter elsewhere.
	Drift [3]float64
	// Together is the share of the drift's variance that the colours have in common, 0..1.
	Together float64
	// Press is the amplitude of periodic pressure at PressRate in Hz, relative to Drift.
	Press, PressRate float64
}

// driftExponent is the power of the frequency with which the pressure's drift falls: that of
// fingertips over phone cameras.
const driftExponent = 1.5

// touch puts a fingertip in the place of the skin and draws its pressure.
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
