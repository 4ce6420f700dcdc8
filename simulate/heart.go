package simulate

import "math"

// Rhythm describes how a heart beats.
type Rhythm struct {
	// HeartRate is the mean rate in bpm at the start; Slope its drift in bpm per second.
	HeartRate, Slope float64
	// RSA and LF are the amplitudes in s of the respiratory and of the 0.095 Hz
	// modulation of the inter-beat interval; 0 draws them: RSA log-normal around
	// 30 ms (4..120), LF 8..35 ms, both shrinking as the rate rises.
	RSA, LF float64
	// SDNN, in s, scales RSA, LF and the slower changes so that the intervals have this SD; 0 doesn't scale them.
	SDNN float64
	// Skew, -1..1, makes the respiratory modulation rise faster than it falls, or slower.
	Skew float64
	// Heights is the log-SD of the heights of the beats' pulses; half of its variance lasts for some beats.
	Heights float64
	// Sharp, 0..1, makes the pulse wave narrower, to 0.6 of its width: more of it lies in its harmonics.
	Sharp float64
	// RespiratoryRate in breaths/min; 0 draws 10..20.
	RespiratoryRate float64
	// Ectopic is the share of beats that come early (0.7 of the interval) and are followed by a pause (1.3).
	Ectopic float64
	// Weak is the height of an early beat's pulse relative to the others; 0 means equal.
	Weak float64
	// Bigeminy makes every second beat an early one.
	Bigeminy bool
	// Missed is the share of beats whose pulse does not reach the skin.
	Missed float64
	// Fibrillation replaces every modulation by random intervals with a coefficient of variation of 0.2.
	Fibrillation bool
	// Irregular does the same with its own coefficient of variation; the height of a beat's pulse then depends on
	// the time that the heart had to fill.
	Irregular float64
	// PauseEvery is the number of beats between two pauses of Pause s; 0 means no pauses.
	PauseEvery int
	Pause      float64
	// Dropped is the share of beats that are left out: the interval is doubled.
	Dropped float64
	// Block leaves out every Block-th beat: 2 is a two-to-one block, 3 a three-to-two block; 0 means none.
	Block int
}

const (
	heartRate  = 50.0 // Hz, of the grid on which the modulation of the intervals is drawn
	margin     = 6.0  // s before and after the recording
	leastIBI   = 0.25 // s
	mayer      = 0.095
	vlfMedian  = 0.022
	vlfCeiling = 0.09
)

// heart is a drawn sequence of beats, and the breathing that modulates it.
type heart struct {
	beats   []float64 // s, arrival of each pulse at the skin
	strong  []float64 // amplitude of each pulse, 1 = normal
	ectopic []bool
	sharp   float64
	longest float64   // s, longest interval that widens a pulse; 0: no limit
	breath  []float64 // phase of breathing in rad on the heartRate grid from -margin
}

// newHeart draws the beats of a recording of the given length in s. The interval
// is RR(t) = 60/HR (1 + VLF) + RSA sin(breath) + LF sin(2 pi 0.095 t) + white;
// the pulse arrives 4 ms of breathing and 2 ms of noise after it.
func newHeart(r random, o Rhythm, duration float64) heart {
	n := int((duration + 2*margin) * heartRate)
	breath := r.phase(n, heartRate, o.RespiratoryRate/60, 8, 0.05)
	wave := r.phase(n, heartRate, mayer, 20, 0.08)
	vlf := r.ou(n, heartRate, 15, min(vlfCeiling, vlfMedian*r.spread(0.7)))
	white := math.Exp(r.uniform(math.Log(0.004), math.Log(0.022)))
	swing := func(i int) float64 { return math.Sin(breath[i] + o.Skew*math.Sin(breath[i])) }
	if o.SDNN > 0 {
		white = min(white, 0.4*o.SDNN)
		o = o.withSDNN(n, vlf, white, func(i int) float64 { return o.base(i)*vlf[i] + o.RSA*swing(i) + o.LF*math.Sin(wave[i]) })
	}
	h := heart{breath: breath, sharp: o.Sharp}
	if o.PauseEvery > 0 || o.Dropped > 0 || o.Block > 0 {
		h.longest = 1.2 // a pulse isn't wider because no beat follows
	}
	var gaps random
	if o.Dropped > 0 {
		gaps = newRandom(r.Uint64(), "gaps")
	}
	least := min(leastIBI, 0.8*60/o.HeartRate) // up to 192 bpm this is leastIBI
	var arrivals []float64
	at := -margin + r.uniform(0, 0.8)
	pause := false
	for at < duration+margin-0.5 {
		early := !pause && (o.Bigeminy || o.Ectopic > 0 && r.Float64() < o.Ectopic)
		strong := 1.0
		if o.Missed > 0 && r.Float64() < o.Missed {
			strong = 0.1
		}
		arrivals, h.ectopic, h.strong = append(arrivals, at), append(h.ectopic, pause), append(h.strong, strong)
		i := min(n-1, max(0, int((at+margin)*heartRate)))
		base := o.base(i)
		ibi := base*(1+vlf[i]) + o.RSA*swing(i) + o.LF*math.Sin(wave[i]) + white*r.NormFloat64()
		if o.Fibrillation {
			ibi = base * (1 + 0.2*r.NormFloat64())
		}
		if o.Irregular > 0 {
			ibi = base * (1 + o.Irregular*r.NormFloat64())
		}
		switch {
		case early:
			ibi *= 0.7
		case pause:
			ibi *= 1.3
		}
		pause = early // the early beat is the one at the end of this interval
		at += o.gap(gaps, len(arrivals), max(least, ibi))
	}
	for _, b := range arrivals {
		h.beats = append(h.beats, b+0.004*math.Sin(h.breathAt(b)+1)+0.002*r.NormFloat64())
	}
	h.fill(o, arrivals)
	h.uneven(newRandom(r.Uint64(), "heights"), o.Heights)
	return h
}

// withSDNN scales the slow changes of n intervals, which slow adds up, so that they have o.SDNN together with white noise. It scales vlf in place. All in s.
func (o Rhythm) withSDNN(n int, vlf []float64, white float64, slow func(i int) float64) Rhythm {
	_, sd := meanSD(inside(n, slow))
	scale := math.Sqrt(o.SDNN*o.SDNN-white*white) / sd
	o.RSA, o.LF = o.RSA*scale, o.LF*scale
	for i := range vlf {
		vlf[i] *= scale
	}
	return o
}

// gap returns the interval after the n-th beat, which is ibi without pauses and dropped beats, both in s.
func (o Rhythm) gap(r random, n int, ibi float64) float64 {
	switch {
	case o.PauseEvery > 0 && n%o.PauseEvery == 0:
		return o.Pause
	case o.Dropped > 0 && r.Float64() < o.Dropped:
		return 2 * ibi
	case o.Block > 1 && n%(o.Block-1) == 0:
		return 2 * ibi
	}
	return ibi
}

// fill makes the pulses of early beats weak, and with irregular beats scales each by the time that the heart had
// to fill.
func (h heart) fill(o Rhythm, arrivals []float64) {
	for k := range h.strong {
		if o.Weak > 0 && h.ectopic[k] {
			h.strong[k] *= o.Weak
		}
		if o.Irregular > 0 && k > 0 {
			h.strong[k] *= min(1.2, max(0.2, (arrivals[k]-arrivals[k-1])*o.HeartRate/60))
		}
	}
}

// uneven gives the pulses heights of the log-SD sd, half of whose variance lasts for about five beats.
func (h heart) uneven(r random, sd float64) {
	if sd <= 0 {
		return
	}
	slow := r.ou(len(h.strong), 1, 5, sd*math.Sqrt(0.5))
	for k := range h.strong {
		h.strong[k] *= math.Exp(slow[k]) * r.spread(sd*math.Sqrt(0.5))
	}
}

// base returns the interval in s, without any modulation, at point i of the heart's grid.
func (o Rhythm) base(i int) float64 {
	return 60 / (o.HeartRate + o.Slope*(float64(i)/heartRate-margin))
}

// inside lists f at the points of a heart's grid of n points that lie in the recording.
func inside(n int, f func(i int) float64) []float64 {
	before := int(margin * heartRate)
	x := make([]float64, 0, n)
	for i := before; i < n-before; i++ {
		x = append(x, f(i))
	}
	return x
}

// phase integrates a frequency in Hz that wanders by the share sd with time constant tau in s.
func (r random) phase(n int, rate, frequency, tau, sd float64) []float64 {
	x := r.ou(n, rate, tau, sd)
	p := r.uniform(0, 2*math.Pi)
	for i := range x {
		p += 2 * math.Pi * frequency * (1 + x[i]) / rate
		x[i] = p
	}
	return x
}

// breathAt returns the phase of breathing in rad at time t in s.
func (h heart) breathAt(t float64) float64 { return at(h.breath, (t+margin)*heartRate) }

// at reads x at a fractional index, linearly, holding the ends.
func at(x []float64, i float64) float64 {
	k := int(i)
	switch {
	case i <= 0:
		return x[0]
	case k >= len(x)-1:
		return x[len(x)-1]
	}
	f := i - float64(k)
	return x[k]*(1-f) + x[k+1]*f
}

// wave samples the pulse wave on a grid of n points at rate Hz from time 0: for
// each beat two Gaussians, the main one 0.10 sqrt(T) wide (steeper before its peak
// than after) and the reflected one 0.24 sqrt(T) later, 0.12 sqrt(T) wide, 0.35
// high, T the interval in s; amplitude modulated by breathing by 10 %. Zero mean,
// 2nd to 98th percentile one apart.
func (h heart) wave(n int, rate float64) []float64 {
	y := make([]float64, n)
	for k, b := range h.beats {
		t := 0.8
		switch {
		case k+1 < len(h.beats):
			t = h.beats[k+1] - b
		case k > 0:
			t = b - h.beats[k-1]
		}
		if h.longest > 0 {
			t = min(t, h.longest)
		}
		s := math.Sqrt(t) * (1 - 0.4*h.sharp)
		a := h.strong[k] * (1 + 0.10*math.Sin(h.breathAt(b)+0.7))
		for i := max(0, int(math.Ceil((b-0.6)*rate))); i < n && float64(i) < (b+1)*rate; i++ {
			x := float64(i)/rate - b
			w := 0.115 * s
			if x < 0 {
				w = 0.085 * s
			}
			d := (x - 0.24*s) / (0.12 * s)
			y[i] += a * (math.Exp(-0.5*(x/w)*(x/w)) + 0.35*math.Exp(-0.5*d*d))
		}
	}
	mean, _ := meanSD(y)
	height := percentile(y, 0.98) - percentile(y, 0.02)
	for i := range y {
		y[i] -= mean
		if height > 0 {
			y[i] /= height
		}
	}
	return y
}

// truth returns the reference values of a recording of the given length in s, from the beats inside it.
// Variability uses every interval, including those with a pause or a dropped beat, except those before and after
// an ectopic beat. It is 0 when none remains.
func (h heart) truth(duration float64) Truth {
	t := Truth{HasPulse: true}
	var ibi []float64 // ms, NaN next to an ectopic beat
	last := -1
	for k, b := range h.beats {
		if b <= 0 || b >= duration {
			continue
		}
		t.Beats = append(t.Beats, b)
		if h.ectopic[k] {
			t.Ectopic++
		}
		if last >= 0 {
			v := 1000 * (b - h.beats[last])
			if h.ectopic[k] || h.ectopic[last] {
				v = math.NaN()
			}
			ibi = append(ibi, v)
		}
		last = k
	}
	if n := len(t.Beats); n > 1 {
		t.HeartRate = 60 * float64(n-1) / (t.Beats[n-1] - t.Beats[0])
	}
	var normal []float64
	var squares float64
	var pairs int
	for i, v := range ibi {
		if math.IsNaN(v) {
			continue
		}
		normal = append(normal, v)
		if i > 0 && !math.IsNaN(ibi[i-1]) {
			squares += (v - ibi[i-1]) * (v - ibi[i-1])
			pairs++
		}
	}
	if n := len(normal); n > 1 {
		_, sd := meanSD(normal)
		t.SDNN = sd * math.Sqrt(float64(n)/float64(n-1))
	}
	if pairs > 0 {
		t.RMSSD = math.Sqrt(squares / float64(pairs))
	}
	t.RespiratoryRate = 60 * (h.breathAt(duration) - h.breathAt(0)) / (2 * math.Pi * duration)
	return t
}
