// Package engine runs the stages in order: trace, candidate pulse waves, track, beats, biomarkers. [Analyze] takes
// a whole recording; an [Analyzer] is fed frame by frame, gives live values meanwhile and returns the same bytes
// in the end.
package engine

import (
	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
)

// Result is everything the engine found, every intermediate step included, so
// that others can audit a value down to the samples it came from.
type Result struct {
	Engine    Info                 `json:"engine"`
	Estimates []biomarker.Estimate `json:"estimates"`
	// Quality is good, fair or poor.
	Quality      string             `json:"quality_status"`
	QualityFlags []biomarker.Reason `json:"quality_flags"`
	Capture      Capture            `json:"capture"`
	Features     Features           `json:"features"`
	// Pulse is the fused pulse wave, without unit, systole up.
	Pulse dsp.Series `json:"pulse"`
	Beats []Beat     `json:"beats"`
	// Respiration is the breathing wave, without unit, inhalation up.
	Respiration dsp.Series `json:"respiration"`
	Track       Track      `json:"track"`
	// Guess is the best guess of the heart rate in bpm, trustworthy or not, or 0 without one. It is for
	// measuring the engine, and must never be shown.
	Guess    float64     `json:"-"`
	Spectrum Spectrogram `json:"-"`
	// Colour is the mean colour of all regions, resampled; R, G, B on the 0..255 scale.
	Colour [3]dsp.Series `json:"-"`
}

// Info names the engine and the methods whose votes made the result.
type Info struct {
	Version     string   `json:"version"`
	Calibration string   `json:"calibration"`
	Methods     []string `json:"methods"`
}

// Capture describes the recording.
type Capture struct {
	FPS        float64     `json:"fps"`
	Frames     int         `json:"frames"`
	DurationS  float64     `json:"duration_s"`
	Source     string      `json:"source"`
	Site       rppg.Site   `json:"site"`
	Timing     rppg.Timing `json:"timing"`
	FaceFrames int         `json:"face_frames"`
	// FaceShare is the share of frames with a face, 0..1.
	FaceShare float64 `json:"face_share"`
	// Light is the median luma of the skin, 0..255.
	Light float64 `json:"light"`
	// SkinPixels is the median number of skin pixels a frame, over all regions.
	SkinPixels   float64 `json:"skin_pixels"`
	ClippedShare float64 `json:"clipped_share"`
	// GapShare is the share of the time in gaps of more than 0.34 s, FrozenShare is that in which one frame was
	// shown for more than 0.15 s, pixels had no noise, or frames came again in order.
	GapShare    float64 `json:"gap_share"`
	FrozenShare float64 `json:"frozen_share"`
	// HeadRepeats is set where the head makes the same movements once more, or backwards: a clip that is played again.
	HeadRepeats bool `json:"head_repeats"`
	// FaceChanged is set where the face suddenly looks like another one and its heart beats at another rate.
	FaceChanged bool `json:"face_changed"`
}

// Features are the numbers behind the confidence.
type Features struct {
	off Ablation // the steps that are left out

	// Agreement is the share of (method, window) pairs whose own peak lies within 4 bpm of the track, 0..1.
	Agreement float64 `json:"agreement"`
	// SNR is the signal-to-noise ratio of the fused wave in dB (de Haan & Jeanne 2013).
	SNR float64 `json:"snr_db"`
	// HalfCorrelation is the correlation of the waves of two interleaved halves of the face, -1..1; 0 without halves.
	HalfCorrelation float64 `json:"half_correlation"`
	HasHalves       bool    `json:"has_halves"`
	// Uniformity is the degree to which all patches of skin pulse as one, 0..1; 0 with fewer than six patches.
	Uniformity float64 `json:"uniformity"`
	// HasPatches is set when six or more patches of skin were good enough to combine.
	HasPatches bool `json:"has_patches"`
	// Colours is the mean number of colours of a finger that voted in a window, 0..3; 0 for a face.
	Colours float64 `json:"colours"`
	// RedLine is the strongest relative in-band amplitude of the red channel.
	RedLine float64 `json:"red_line"`
	// PatchesAgreement is the share of windows in which the combination of all patches
	// alone has its peak within 4 bpm of the track, 0..1; 0 without patches.
	PatchesAgreement float64 `json:"patches_agreement"`
	// Margin is the log vote, per step, by which the track exceeds the best other track.
	Margin float64 `json:"margin"`
	// Excess is the change of the whole face in step with the wave of all patches, relative to that wave: about 1
	// for a pulse, more for light.
	Excess float64 `json:"excess"`
	// White is the cosine between the colour that the face changes in step with the
	// wave of all patches and white, which is what movement and lamps change; 0 without patches.
	White float64 `json:"white"`
	// PulseColour is the relative strength of the pulse in R, G and B, as measured through this camera, with a sum
	// of squares of one.
	PulseColour [3]float64 `json:"pulse_colour"`
	// Likeness is the cosine between the colour in which the face changes at the rate found and the nearest that a pulse may have.
	Likeness float64 `json:"likeness"`
	// Discord is a lower bound of the differences between patches at the rate found: the mean square of their
	// differences from their mean, over the square of that mean, minus the part from noise. It is 0 for one heart
	// whose pulse is equal in all patches. Where only one patch shows the rate it is about one less than the
	// number of patches, and 2 with two patches as well. Changes that follow the movement of the face are left
	// out. DiscordAtMost is an upper bound.
	Discord       float64 `json:"discord"`
	DiscordAtMost float64 `json:"discord_at_most"`
	// OwnRates is the share of the patches, 0..1, whose clearest line lies at a rate that is neither the one
	// found, nor its double, nor that of more than a quarter of the patches. One heart causes none.
	OwnRates float64 `json:"own_rates"`
	// Behind is the change of the background in step with the face's, as a share of the face's. BehindClear is
	// that change of the background over the standard deviation of the background's noise in a window. BehindAlike
	// is the share of the background's change that keeps step with the face's from window to window, 0..1.
	Behind      float64 `json:"behind"`
	BehindClear float64 `json:"behind_clear"`
	BehindAlike float64 `json:"behind_alike"`
	// BackgroundLight is the median luma of the background, 0..255; -1 where it isn't known, and 0 of a finger.
	BackgroundLight float64 `json:"background_light"`
	// Sway is the amplitude of the face's movement at the rate found, in widths of the face. Pushed is the share
	// of the face's change that keeps step with that movement from window to window, 0..1, and PushedWave that of
	// the wave of all patches. Both are 0 in recordings under 18 s, which are too short to tell.
	Sway       float64 `json:"sway"`
	Pushed     float64 `json:"pushed"`
	PushedWave float64 `json:"pushed_wave"`
	// OfDetector is set where the rate is one at which face detectors run, twice a second: the box then jumps at
	// that rate. This project's own detector runs at uneven times.
	OfDetector bool `json:"of_detector"`
	// Lossy is set where a video codec has compressed the picture that takes colour away before light.
	Lossy bool `json:"lossy"`
	// SlowChange is the standard deviation of the face's green between 0.2 and 0.5 Hz, where people breathe, as a share of its mean, and
	// FastChange that between 0.7 and 4 Hz, where a pulse is; 0 of a finger.
	SlowChange float64 `json:"slow_change"`
	FastChange float64 `json:"fast_change"`
	// StillShare is the share of the half seconds, 0..1, in which the head keeps its place to 0.0002 of the face's width; 0 where nobody follows
	// the face, and of a finger.
	StillShare float64 `json:"still_share"`
	// PatchesSNR is the signal-to-noise ratio of the wave of all patches in dB.
	PatchesSNR float64 `json:"patches_snr_db"`
	// Steadiness is the degree to which the wave keeps one rate throughout, 0..1: 1 for a machine, less for a heart; 0 in
	// recordings under 18 s, which are too short to tell.
	Steadiness float64 `json:"steadiness"`
	// Irregularity is the median change from beat to beat as a share of the interval.
	Irregularity float64 `json:"irregularity"`
	// CountDoubt is the greatest difference in beats between the count of a series of beats and the track's. Where
	// beats are found one by one, it is half the number of rises that may or may not be beats.
	CountDoubt float64 `json:"count_doubt"`
	// Recounted is the number of intervals found along the track minus the number counted. It isn't 0 where the
	// track's count was used.
	Recounted int `json:"recounted_beats"`
	// Residual is the number counted minus the track's count, -0.75..0.75; 0 where beats are found one by one.
	Residual float64 `json:"count_residual"`
	// OneByOne is set where the wave is so clear that its beats are found one by one, and they follow no track:
	// the heart pauses, beats early or varies with breathing.
	OneByOne bool `json:"one_by_one"`
	// Variation is the standard deviation of the intervals between the beats as a share of their mean.
	Variation float64 `json:"variation"`
	// Pauses counts the intervals in which one or more beats are missing.
	Pauses int `json:"pauses"`
	// Pausing is the logarithm of the evidence that beats are missing in the wave over that for a steady rhythm; 0
	// where it wasn't computed.
	Pausing float64 `json:"pausing"`
	// HalfPausing is that of the half of a face that has less of it, computed only where Pausing is large enough
	// to matter; else 0.
	HalfPausing float64 `json:"half_pausing"`
	// Unseen counts the pauses as long as two intervals of a steady rhythm. The wave can't show whether the heart
	// beat there without a pulse.
	Unseen int `json:"unseen_beats"`
	// CorrectedShare is the share of inter-beat intervals that were corrected, 0..1.
	CorrectedShare float64 `json:"corrected_share"`
	Ectopic        int     `json:"ectopic_beats"`
}

// Beat is one heart beat.
type Beat struct {
	// Time in seconds from the start of the recording.
	Time float64 `json:"time_s"`
	// Corrected is set when the interval that ends at this beat was corrected.
	Corrected bool `json:"corrected"`
}

// Track is the heart rate over time.
type Track struct {
	TimeS []float64 `json:"time_s"`
	BPM   []float64 `json:"bpm"`
	// Agreement is the share of methods that agree with the track in each window, 0..1.
	Agreement []float64 `json:"agreement"`
}

// Spectrogram is the fused spectrum over time.
type Spectrogram struct {
	TimeS []float64
	BPM   []float64
	// Power is indexed [time][bpm]; each row sums to one.
	Power [][]float64
}

// Find returns the estimate of a biomarker.
func (r *Result) Find(n biomarker.Name) (biomarker.Estimate, bool) {
	for _, e := range r.Estimates {
		if e.Biomarker == n {
			return e, true
		}
	}
	return biomarker.Estimate{}, false
}
