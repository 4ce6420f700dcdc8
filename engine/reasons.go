package engine

import (
	"blush.example/blush/biomarker"
	"blush.example/blush/rppg"
)

// Limits on a recording, each with the reason for refusing it.
const (
	leastSeconds     = 9.5  // too_short
	leastLight       = 25   // too_dark: median luma of skin or, without skin, of the background, 0..255
	leastFaceShare   = 0.5  // no_face: share of frames with skin
	leastFPS         = 9.5  // low_frame_rate
	mostGaps         = 0.10 // frame_gaps, frozen: share of the time in gaps of more than 0.34 s
	leastPatchPixels = 100  // face_too_small: skin pixels a patch
	mostClipped      = 0.25 // clipped: share of pixels at the limits of the sensor
	mostMoving       = 0.3  // too_much_motion: share of the time the face moves faster than its width in 1.1 s
)

// refusals lists what is wrong with the recording itself, most actionable first. With any of these reasons no rate
// may be given. A dark picture has pixels at the lower limit of the sensor, hardly any colour, skin or noise: then
// only the dark is named.
func (a *Analyzer) refusals(r *Result) []biomarker.Reason {
	c := r.Capture
	out := []biomarker.Reason{} // a list in JSON, even when it is empty
	add := func(bad bool, why biomarker.Reason) {
		if bad {
			out = append(out, why)
		}
	}
	noFace := c.Frames == 0 || c.FaceShare < leastFaceShare
	dark := a.capture.seen > 0 && c.Light < leastLight
	if noFace {
		b := a.capture.backgroundLight()
		dark = b >= 0 && b < leastLight
	}
	dark = dark && !a.finger()
	lit := !noFace && !dark
	add(noFace && !dark, biomarker.NoFace)
	add(dark, biomarker.TooDark)
	add(!noFace && c.DurationS > 0 && max(c.FPS, a.capture.fpsBetweenGaps()) < leastFPS, biomarker.LowFrameRate)
	add(c.DurationS < leastSeconds, biomarker.TooShort)
	add(c.Timing == rppg.TimingUnknown, biomarker.UnknownTiming)
	add(lit && !a.finger() && 2*a.capture.grey > a.capture.seen, biomarker.NoColour)
	add(lit && (c.FrozenShare > mostGaps || c.HeadRepeats), biomarker.Frozen)
	add(!noFace && c.GapShare > mostGaps, biomarker.FrameGaps)
	if !a.finger() && !dark {
		add(a.capture.hasPixels && c.SkinPixels < leastPatchPixels*float64(len(a.meta.Regions)), biomarker.FaceTooSmall)
		add(c.ClippedShare > mostClipped, biomarker.Clipped)
		add(a.capture.masked(), biomarker.NotEnoughSkin)
	}
	return out
}

// refusal returns the first thing wrong with the recording so far, nil for none. It doesn't count a live recording
// as too short.
func (a *Analyzer) refusal() *biomarker.Reason {
	r := &Result{Capture: a.capture.summary(a.meta)}
	for _, why := range a.refusals(r) {
		if why != biomarker.TooShort {
			return &why
		}
	}
	return nil
}

// shaken is the relative amplitude of a line in red beyond which movement dominates the picture: five times the
// most that blood can cause.
const shaken = 5 * redLimit

// lossy are the codecs that destroy a pulse first: they keep less of colour than of light.
var lossy = []string{"h264", "hevc", "h265", "vp8", "vp9", "av1", "mpeg4", "msmpeg4", "wmv", "theora"}

// clearWave is the quality in dB from which compression hasn't destroyed a wave.
const clearWave = 3

// leastScattered is the least length in s of a recording in which a pulse can be said to have no steady rate. That
// is said of one of 3,175 faces with a regular heart and of none of 875 objects without a heart (seed 100).
const leastScattered = 55

// unread says why most windows had no usable region; it is empty where most had one.
func (a *Analyzer) unread() biomarker.Reason {
	if len(a.unfit) <= len(a.beating) {
		return ""
	}
	return a.unfit[len(a.unfit)/2]
}

// weakness says why a recording without faults gave no trustworthy rate, only one that
// is right with probability p.
func (a *Analyzer) weakness(r *Result, p float64) biomarker.Reason {
	switch {
	case a.capture.boxTime > 0 && a.capture.moving > mostMoving*a.capture.boxTime:
		return biomarker.TooMuchMotion
	case r.Features.moved():
		return biomarker.TooMuchMotion
	case a.unread() != "":
		return a.unread()
	case r.Features.lit() || r.Features.motionless():
		return biomarker.NoPulse
	case r.Features.Lossy && p < 0.5 && r.Features.SNR < clearWave:
		return biomarker.CompressedVideo // compression also disturbs the colours, and makes patches change independently
	case r.Features.RedLine > shaken:
		return biomarker.TooMuchMotion
	case EvidenceOf(r.Features, r.Capture.DurationS).Phantom > 0:
		return biomarker.NoPulse
	case p >= 0.5 && r.Capture.DurationS >= leastScattered && r.Features.scattered():
		if r.Capture.FaceChanged {
			return biomarker.FaceChanged
		}
		return biomarker.IrregularRhythm
	case p < 0.5 && r.Features.Agreement < 0.45 && r.Features.HalfCorrelation < 0.65:
		return biomarker.NoPulse // else there is a wave, or both halves of the face show the same faint one
	}
	return biomarker.SignalTooWeak
}
