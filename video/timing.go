package video

import (
	"math"
	"slices"
)

// usualRates are the constant frame rates that webcams, phones and browsers
// deliver: the frame intervals of the USB Video Class that cameras list, the
// film and television rates phones record at, and the 1000/1001 form of each.
//
// 50 frames/s is left out with intent. No webcam lists it; television cameras
// record it, and those leave a sound track or the name of the device in the
// file. A silent file of exactly 50 frames/s comes from a program that was
// handed frames and a number: the frames may have been taken at any rate.
var usualRates = []float64{5, 7.5, 8, 10, 12, 12.5, 15, 20, 24, 25, 30, 60}

// evidence is what a file says about its own clock, beside the frame times.
type evidence struct {
	// videoS and audioS are the lengths of the picture and of the sound in
	// seconds, 0 when unknown. Sound is sampled by a clock of its own, so the
	// two agree only when the frame times are true.
	videoS, audioS float64
	// device is set when the file names the camera that recorded it.
	device bool
	// invented is set when the format carries no rate at all and the reader made one up.
	invented bool
}

// judge decides how far frame times (ms, ascending) can be trusted, and gives
// their mean rate in frames/s. In this order:
//
//  1. A rate that the format does not carry is unknown.
//  2. Sound and picture that differ by more than 3 % and half a second
//     contradict each other: unknown. More than that is not a late start.
//  3. Intervals that vary beyond the rounding of the container (1 ms) and are not
//     whole multiples of one interval were stamped frame by frame: camera.
//  4. A constant rate is nominal if cameras deliver it ([usualRates]), or if it is
//     no whole number (a recorder writes 28.67 only after measuring it), or
//     if a clock (sound of the same length) or a named device speaks for it.
//  5. Any other constant rate is unknown.
func judge(times []float64, ev evidence) (Timing, float64) {
	rate := meanRate(times)
	if rate <= 0 || ev.invented {
		return TimingUnknown, rate
	}
	witness := ev.device
	if ev.audioS > 1 && ev.videoS > 0 {
		gap := math.Abs(ev.audioS - ev.videoS)
		if gap > 0.5 && gap > 0.03*ev.videoS {
			return TimingUnknown, rate
		}
		witness = true
	}
	base, varies := interval(times)
	if varies {
		return TimingCamera, rate
	}
	if witness || plausible(1000/base) {
		return TimingNominal, rate
	}
	return TimingUnknown, rate
}

// plausible reports whether a constant rate is one that cameras deliver or that somebody measured.
func plausible(rate float64) bool {
	if rate < 4 || rate > 61 {
		return false
	}
	for _, u := range usualRates {
		if math.Abs(rate-u) < 0.0015*u || math.Abs(rate-u*1000/1001) < 0.0005*u {
			return true
		}
	}
	return math.Abs(rate-math.Round(rate)) > 0.0015*rate
}

// interval returns the common interval of frame times in ms, and whether the
// times vary around multiples of it.
func interval(times []float64) (base float64, varies bool) {
	var d []float64
	for i := 1; i < len(times); i++ {
		if dt := times[i] - times[i-1]; dt > 0 {
			d = append(d, dt)
		}
	}
	if len(d) == 0 {
		return 0, false
	}
	slices.Sort(d)
	base = d[len(d)/2]
	// The mean of the intervals that count as one frame undoes the rounding of the container.
	var sum, n float64
	for _, v := range d {
		if math.Abs(v-base) <= 1.01 {
			sum, n = sum+v, n+1
		}
	}
	base = sum / n
	off := 0
	for _, v := range d {
		k := max(1, math.Round(v/base))
		if math.Abs(v-k*base) > 1.01 {
			off++
		}
	}
	return base, off*50 > len(d) // one frame in fifty may be a hiccup of the muxer
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
