package video

import (
	"math"
	"slices"
)

// usualRates are the constant frame rates that webcams, phones and browsers
// deliver: the frame intervals of the USB Video Class that cameras list, the
// film and television rates phones record at, and the 1000/1001 form of each.
//
// 50 frames/s is left out on purpose. No webcam lists it; television cameras record it, and those leave a sound
// track or the name of the device in the file. A silent file of exactly 50 frames/s comes from a program that was
// given frames and a number, and the frames may have been taken at any rate.
var usualRates = []float64{5, 7.5, 8, 10, 12, 12.5, 15, 20, 24, 25, 30, 60}

// evidence is what a file says about its own clock, besides the frame times.
type evidence struct {
	// startS and endS are the times at which the picture begins and ends on the file's clock, in seconds.
	startS, endS float64
	// sound are the tracks that contain more than silence. Sound is sampled by its own clock, so it is as long as
	// the picture only when the frame times are true.
	sound []soundTrack
	// device is set when the file names the camera that recorded it.
	device bool
	// invented is set when the format has no rate and the reader assumed one.
	invented bool
	// tickMS is the unit in which the file counts its times, in ms, 0 when unknown.
	tickMS float64
	// captureFPS is the rate in frames/s at which the file says it was filmed, 0 when it doesn't say.
	captureFPS float64
	// retimed is set when the file says that its clock doesn't run in real time: slow motion, a time lapse,
	// another speed.
	retimed bool
}

// soundTrack is the position of a sound track on the file's clock.
type soundTrack struct {
	startS, endS float64
	// stretch is the time between its packets over the duration of their samples, 0 when unknown.
	stretch float64
}

// verdict is the judgement on the frame times of a file.
type verdict struct {
	timing Timing
	rate   float64 // mean, frames/s
	scale  float64 // factor by which the file's times must be multiplied
}

// judge decides how far frame times (ms, ascending) can be trusted. In this order:
//
//  1. A rate that the format does not carry is unknown, and so is that of a file that calls itself
//     slow motion or a time lapse, and of one whose sound is spread over more or less time than its samples last.
//  2. A file that says at which rate it was filmed is taken at its word, as [filmed] has it.
//  3. Intervals that vary beyond the rounding of the container and are not
//     whole multiples of one interval were stamped frame by frame: camera. Sound
//     that ends early or starts late contradicts no such stamp.
//  4. A constant rate is judged by [evidence.constant].
func judge(times []float64, ev evidence) verdict {
	v := verdict{TimingUnknown, meanRate(times), 1}
	if v.rate <= 0 || ev.invented || ev.stretched() {
		return v
	}
	base, varies := interval(times, ev.tickMS)
	stored := v.rate
	if !varies {
		stored = 1000 / base
	}
	if ev.captureFPS > 0 {
		k, certain := filmed(ev.captureFPS, stored, varies, ev.compareSound() == soundAgrees)
		switch {
		case !certain:
			return v
		case k != 1:
			return verdict{TimingNominal, v.rate / k, k}
		}
	}
	switch {
	case ev.retimed:
	case varies:
		v.timing = TimingCamera
	default:
		v.timing = ev.constant(stored)
	}
	return v
}

// constant judges a constant rate in frames/s: it is nominal if the sound does not contradict it and cameras
// deliver it ([usualRates]), or it is no whole number (a recorder writes 28.67 only after measuring it), or it is
// confirmed by a clock (sound of the same length) or a named device.
func (ev evidence) constant(rate float64) Timing {
	heard := ev.compareSound()
	if ev.invented || ev.retimed || heard == soundContradicts || !ev.device && heard != soundAgrees && !plausible(rate) {
		return TimingUnknown
	}
	return TimingNominal
}

// hearing is the evidence of the sound about the picture's rate.
type hearing int

const (
	soundSilent hearing = iota // nothing: none, or too short, or it ends early
	soundAgrees
	soundContradicts
)

// lateSound is the largest ratio of the picture's length to the sound's at which the sound just ends early or
// starts late. A false rate makes the ratio 1.2 or more: cameras deliver 30 for 25, 25 for 20, 15 for 12. Sound
// longer than the picture, by any factor, results from a constant rate with dropped frames.
const lateSound = 1.18

// compareSound compares the sound with a picture of constant rate. One track of the same length, to half a second or 3 %,
// confirms the rate. Otherwise a track contradicts it, unless it ends when the picture does, or is a little
// shorter.
func (ev evidence) compareSound() hearing {
	picture := ev.endS - ev.startS
	if picture <= 0 {
		return soundSilent
	}
	tolerance := max(0.5, 0.03*picture)
	said := soundSilent
	for _, s := range ev.sound {
		span := s.endS - s.startS
		switch {
		case span <= 1:
		case math.Abs(span-picture) <= tolerance:
			return soundAgrees
		case math.Abs(s.endS-ev.endS) <= tolerance:
		case span > picture || picture > lateSound*span:
			said = soundContradicts
		}
	}
	return said
}

// stretched reports whether the file's times run at another speed than the samples of its sound.
func (ev evidence) stretched() bool {
	for _, s := range ev.sound {
		if s.stretch > 0 && math.Abs(s.stretch-1) > 0.03 {
			return true
		}
	}
	return false
}

// filmed returns the factor for the times of a file whose frames are stored at one rate and which says that they
// were filmed at another, both in frames/s, and whether the factor is certain.
//
// A rate above [fastest] is slow motion: such modes keep their rate. Up to that rate, a camera delivers less than
// the rate set in a dim room. Its own time stamps, or sound as long as the picture, distinguish that from slow
// motion. Frames that are stored faster than they were filmed are a time lapse.
func filmed(rate, stored float64, varies, soundAgrees bool) (k float64, certain bool) {
	q := rate / stored
	if math.Abs(q-1) <= 0.05 {
		return 1, true
	}
	if n := math.Round(q); n >= 2 && math.Abs(q-n) < 0.03*n {
		q = n // 119.88 stored at 29.97, and called 120
	}
	switch {
	case q < 1:
		return 1 / q, !soundAgrees && rate >= slowest
	case rate <= fastest:
		return 1, soundAgrees || varies && q < 1.5
	default:
		return 1 / q, !soundAgrees && q >= 1.5
	}
}

// Bounds of constant rates, in frames/s, that can be a camera's without further evidence.
const slowest, fastest = 4, 61

// plausible reports whether a constant rate is one that cameras deliver or that was measured.
func plausible(rate float64) bool {
	if rate < slowest || rate > fastest {
		return false
	}
	for _, u := range usualRates {
		if math.Abs(rate-u) < 0.0015*u || math.Abs(rate-u*1000/1001) < 0.0005*u {
			return true
		}
	}
	return math.Abs(rate-math.Round(rate)) > 0.0015*rate
}

// interval returns the common interval of times in ms, and whether the times vary around multiples of it by more
// than the rounding to their unit: tick ms, or the unit that the times themselves show.
func interval(times []float64, tick float64) (base float64, varies bool) {
	var d []float64
	for i := 1; i < len(times); i++ {
		if dt := times[i] - times[i-1]; dt > 0 {
			d = append(d, dt)
		}
	}
	if len(d) == 0 {
		return 0, false
	}
	rounding := 1.01 * max(1, tick, grain(times))
	slices.Sort(d)
	base = d[len(d)/2]
	// The mean of the intervals that count as one frame undoes the rounding of the container.
	var sum, n float64
	for _, v := range d {
		if math.Abs(v-base) <= rounding {
			sum, n = sum+v, n+1
		}
	}
	base = sum / n
	// The interval may be a multiple of a smaller step: more frames were dropped than kept, or a film was
	// converted to a television's rate. Below 8 times the rounding a step is so fine that a quarter of all times
	// would fit, and few times always do.
	for step, n := base, 1.0; n == 1 || step > 8*rounding && len(d) >= 20; step, n = base/(n+1), n+1 {
		off := 0
		for _, v := range d {
			k := max(1, math.Round(v/step))
			if math.Abs(v-k*step) > rounding {
				off++
			}
		}
		if off*50 <= len(d) || n == 1 && even(times, step, rounding) { // one frame in fifty may be an error of the muxer
			return step, false
		}
	}
	return base, true
}

// even reports whether times lie on a line of multiples of about step ms, all but one in fifty within rounding ms:
// that is true of times that were rounded, slowed down and rounded again, although their intervals vary more.
func even(times []float64, step, rounding float64) bool {
	var n, sk, st, skk, skt, k float64
	at := make([]float64, len(times))
	for i, t := range times {
		if i > 0 {
			k += math.Round((t - times[i-1]) / step)
		}
		at[i] = k
		n, sk, st, skk, skt = n+1, sk+k, st+t, skk+k*k, skt+k*t
	}
	slope := (n*skt - sk*st) / (n*skk - sk*sk)
	off := 0
	for i, t := range times {
		if !(math.Abs(t-st/n-slope*(at[i]-sk/n)) <= rounding) {
			off++
		}
	}
	return off*50 <= len(times)
}

// grain is the largest number of whole milliseconds, up to 20, of which all times are multiples: the unit to which
// a program rounded them before they were stored in this file.
func grain(times []float64) float64 {
	for g := 20.0; g > 1; g-- {
		if !slices.ContainsFunc(times, func(t float64) bool {
			n := (t - times[0]) / g
			return math.Abs(n-math.Round(n))*g > 0.05
		}) {
			return g
		}
	}
	return 1
}

// meanRate returns frames/s over the whole span.
func meanRate(times []float64) float64 {
	if len(times) < 2 {
		return 0
	}
	span := times[len(times)-1] - times[0]
	if span <= 0 {
		return 0
	}
	return float64(len(times)-1) * 1000 / span
}
