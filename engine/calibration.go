package engine

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"

	"blush.example/blush/dsp"
	"blush.example/blush/ppg"
	"blush.example/blush/rppg"
)

// Calibration maps the features of a result to a probability and an interval.
// It is fitted on seeds or recordings of its own, never on those that results
// are reported for, and kept in a versioned file.
type Calibration struct {
	// Version names the fit; every result carries it.
	Version string `json:"version"`
	// Source says what it was fitted on.
	Source string `json:"source"`
	// HeartRate holds a model for each kind of recording.
	HeartRate HeartRateModels `json:"heart_rate"`
}

// HeartRateModels are the models of the kinds of recording that differ in the
// features they have.
type HeartRateModels struct {
	Face   Model `json:"face"`   // with six good patches or more
	Single Model `json:"single"` // with fewer
	Finger Model `json:"finger"` // a fingertip on the lens
	// OneColour is for a fingertip of which one colour votes: what others agree on is not to be had.
	OneColour Model `json:"one_colour"`
}

// Model says where the true rate lies about a value, from the [Evidence] of a result: with
// probability p on the course that the beats were counted on, and there as counted
// or, with probability q, a beat off; else astray:
//
//	score = Intercept + Agreement*agreement + Half*half + Patches*patches + PatchesSNR*patchesSNR
//	        + Margin*margin + Behind*behind + SNR*snr + Brevity*brevity
//	p = 1/(1 + exp(-score))
//	q = 1/(1 + exp(-slip)), slip being the sum of the weights of [Slip] times its [SlipEvidence]
type Model struct {
	Intercept  float64 `json:"intercept"`
	Agreement  float64 `json:"agreement"`
	Half       float64 `json:"half"`
	Patches    float64 `json:"patches"`
	Margin     float64 `json:"margin"`
	PatchesSNR float64 `json:"patches_snr"`
	Behind     float64 `json:"behind"`
	SNR        float64 `json:"snr"`
	Brevity    float64 `json:"brevity"`
	// Accept is the least probability that is accepted at rising lengths; between the
	// points it runs straight, beyond them it stays.
	Accept []AcceptAt `json:"accept"`
	// Error is the half-width in bpm that 90 % of the rates of recordings of 30 s counted to the beat stay within, at rising
	// scores; between the points it runs straight, beyond them it stays.
	Error []ErrorAt `json:"error"`
	Slip  Slip      `json:"slip"`
	// Astray is how far rates on a wrong course are off, bpm, their median.
	Astray float64 `json:"astray"`
	// Phantom is the score of what is plainly no pulse, whatever the rest: some of it is one.
	Phantom float64 `json:"phantom"`
}

// Slip gives the probability that one beat was missed or found twice: a weight for each of [SlipEvidence].
type Slip struct {
	Intercept          float64 `json:"intercept"`
	Residual           float64 `json:"residual"`
	Recounted          float64 `json:"recounted"`
	RecountedResidual  float64 `json:"recounted_residual"`
	Variation          float64 `json:"variation"`
	RecountedVariation float64 `json:"recounted_variation"`
	Score              float64 `json:"score"`
}

// SlipOf returns the slip with these weights, in the order of [SlipEvidence].
func SlipOf(w [7]float64) Slip { return Slip{w[0], w[1], w[2], w[3], w[4], w[5], w[6]} }

func (s Slip) weights() [7]float64 {
	return [7]float64{s.Intercept, s.Residual, s.Recounted, s.RecountedResidual, s.Variation, s.RecountedVariation, s.Score}
}

// alikeCounts is how many beats a count and the course of the rate may differ by and still be the same count: of 3,092 simulated
// scans below it whose count was kept, 7 were a beat off.
const alikeCounts = 0.2

// SlipEvidence is what the probability is read from that the count is a beat off: 1; by how many beats the count still differs from the course of
// the rate; whether it was changed to that of the course; both together; the logarithm of how much the intervals vary, which beats that were
// missed or found twice make more of; that where the count was changed, where they make a change right; and the score, 0 to 8.
func SlipEvidence(f Features, score float64) [7]float64 {
	off := math.Abs(f.Residual)
	if f.OneByOne {
		off = f.CountDoubt
	}
	off = min(max(off-alikeCounts, 0), ppg.MaxSurplus-alikeCounts)
	changed := 0.0
	if f.Recounted != 0 {
		changed = 1
	}
	varied := math.Log(min(max(f.Variation, 0.02), 0.5) / usualVariation)
	return [7]float64{1, off, changed, changed * off, varied, changed * varied, min(max(score, 0), 8)}
}

// AcceptAt is the least probability that is accepted in recordings of some length.
// What has no pulse fools a short one more easily.
type AcceptAt struct {
	Seconds     float64 `json:"seconds"`
	Probability float64 `json:"probability"`
}

// ErrorAt is the error in bpm that 90 % of results with a score stay below.
type ErrorAt struct {
	Score float64 `json:"score"`
	Width float64 `json:"width"`
}

//go:embed calibration.json
var embedded []byte

// DefaultCalibration returns the calibration that the engine carries.
var DefaultCalibration = sync.OnceValue(func() *Calibration {
	c, err := ParseCalibration(embedded)
	if err != nil {
		panic("engine: the embedded calibration: " + err.Error()) // a defect of the build, caught by every test
	}
	return c
})

// ParseCalibration reads a calibration file.
func ParseCalibration(b []byte) (*Calibration, error) {
	var c Calibration
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("calibration: %w", err)
	}
	if c.Version == "" {
		return nil, errors.New("calibration: version is missing")
	}
	for name, m := range map[string]Model{"face": c.HeartRate.Face, "single": c.HeartRate.Single, "finger": c.HeartRate.Finger, "one_colour": c.HeartRate.OneColour} {
		if len(m.Error) == 0 {
			return nil, fmt.Errorf("calibration: heart_rate.%s.error holds no points", name)
		}
		if len(m.Accept) == 0 {
			return nil, fmt.Errorf("calibration: heart_rate.%s.accept holds no points", name)
		}
		if !(m.Astray > 0) {
			return nil, fmt.Errorf("calibration: heart_rate.%s.astray: want a width above 0", name)
		}
		for i, a := range m.Accept {
			if !(a.Probability > 0 && a.Probability < 1) || i > 0 && !(a.Seconds > m.Accept[i-1].Seconds) {
				return nil, fmt.Errorf("calibration: heart_rate.%s.accept[%d]: seconds must rise and probabilities lie between 0 and 1", name, i)
			}
		}
		for i, e := range m.Error {
			if !(e.Width > 0) || i > 0 && !(e.Score > m.Error[i-1].Score) {
				return nil, fmt.Errorf("calibration: heart_rate.%s.error[%d]: scores must rise and widths be above 0", name, i)
			}
		}
	}
	return &c, nil
}

// severalColours is how many colours of a finger must vote on average for their agreement to
// say something: that of one with the track that it alone drew is one by construction.
const severalColours = 1.5

// For returns the model for a result with these features.
func (h *HeartRateModels) For(site rppg.Site, f Features) *Model {
	switch {
	case site == rppg.Finger && f.Colours < severalColours && !f.off.OneColour:
		return &h.OneColour
	case site == rppg.Finger:
		return &h.Finger
	case f.HasPatches:
		return &h.Face
	}
	return &h.Single
}

// Evidence is what a [Model] weighs: features bounded to the range in which they
// tell right from wrong, so that plenty of one cannot buy the lack of another.
type Evidence struct {
	Agreement float64 // share of methods and windows on the track, 0..1
	// Half is the correlation of two halves of the face, 0..1, less 0.7, its middle; 0 without halves.
	Half float64
	// Patches is the share of windows in which all patches combined are on the track, 0..1.
	Patches float64
	// PatchesSNR is that of their wave in units of 6 dB, -1..1.
	PatchesSNR float64
	Margin     float64 // to the best other course, a log vote of 3 a step as 1, 0..1
	// Behind is how clearly the background changes with the face, clear enough for a lamp as 1, 0..1.
	Behind float64
	// Phantom is set when what is seen is plainly no pulse, however clear its rate: a lamp, a moving surface, or
	// patches that don't belong to one heart. No rate is given then, whatever the score.
	Phantom bool
	SNR     float64 // of the fused wave in units of 6 dB, -1..1
	Brevity float64 // ln(30 s / duration), from 10 to 60 s
}

// EvidenceOf reads the evidence off the features of a recording of the given length in s.
func EvidenceOf(f Features, seconds float64) Evidence {
	e := Evidence{
		Agreement:  f.Agreement,
		Patches:    f.PatchesAgreement,
		PatchesSNR: min(1, max(-1, f.PatchesSNR/6)),
		Margin:     min(1, max(0, f.Margin/3)),
		Behind:     min(1, max(0, f.BehindClear/lampClear)),
		Phantom:    f.lit() || f.unrelated() || f.moved() || f.sliding() || f.unheard(),
		SNR:        min(1, max(-1, f.SNR/6)),
		Brevity:    math.Log(30 / min(60, max(10, seconds))),
	}
	if f.HasHalves {
		e.Half = max(0, f.HalfCorrelation) - 0.7
	}
	return e
}

// What a lamp's light shows on the background at least: as a share of what the face shows, and beside
// the standard deviation of the background's noise in a window, by itself and with other evidence.
const lampShown, lampClear, lampLikely = 0.03, 3.5, 1.5

// lampAlike is the least share of the background's change that keeps step with the face's where one lamp lights both.
const lampAlike = 0.8

// lit reports that light is what changes, and no blood.
func (f Features) lit() bool { return f.lamp() || f.otherColour() || f.whiteLight() }

// lamp reports light that changes: the background shows what the face shows, in the same colour, beyond its own noise, and in step
// all along, as light that is changed by something else and happens to do so at the rate found doesn't. A pulse isn't on the wall; a camera's automatic exposure shows it there turned over.
// Where all patches of the face change alike, as blood doesn't make them, less of it on the wall will do.
func (f Features) lamp() bool {
	return f.Behind > lampShown && (f.BehindClear > lampClear && (f.off.Alike || f.BehindAlike > lampAlike) || f.BehindClear > lampLikely && f.even())
}

// even reports patches that change by the same share, to within a seventh. Of 170 simulated faces two came below, both
// lit by a lamp that was stronger than their pulse, and vessels of living faces differ more than simulated ones.
func (f Features) even() bool { return !f.off.Even && f.DiscordAtMost > 0 && f.DiscordAtMost < 0.02 }

// otherColour reports a clear wave in a colour that no pulse of a face has through any camera. Light that goes
// through a finger may come out in any. Of a face that turns, the colours show movement too: where all patches, combined against
// movement and light, show the rate clearly, it is no lamp's.
func (f Features) otherColour() bool {
	return !f.off.OtherColour && f.Colours == 0 && f.Likeness < 0.3 && f.SNR > 3 && !(f.HasPatches && f.PatchesSNR > 2)
}

// whiteLight reports white light that changes on all of the face, whether or not there is a wall to show it. Blood isn't white, and what moves
// shades each patch in its own way.
func (f Features) whiteLight() bool {
	return !f.off.WhiteLight && f.White > 0.985 && f.Uniformity > 0.85
}

// sliding reports regions that slide over a picture, as those of a face detector do that jumps a little each time it looks, or that rocks: what
// changes is white and follows the regions. A pulse keeps step with them in some windows, not in all; of the heart's recoil, which does,
// white is a smaller part, and all patches have it alike. Where change and wave keep step with the regions in nearly all windows, and the patches
// don't change alike, colour that noise has drawn says nothing; and a rate at which detectors look, too, needs patches that change alike. In a recording too short to tell, patches that change in white, each in its own way, are taken for it.
func (f Features) sliding() bool {
	switch {
	case f.off.Sliding:
		return false
	case f.HasPatches && f.OfDetector && f.Uniformity < 0.5:
		return true
	case f.Pushed == 0:
		return f.HasPatches && f.White > 0.985 && f.Uniformity < 0.3
	}
	return f.White > 0.98 && f.Uniformity < 0.6 && f.Pushed+f.PushedWave > 1.55 || f.White > 0.985 && f.Pushed > 0.9 && f.Sway < 0.004 ||
		f.Uniformity < 0.4 && f.Pushed+f.PushedWave > 1.82
}

// detectorBPM is how often a minute face detectors look that do so twice a second.
const detectorBPM = 120.0

// unheard reports a rate that isn't in the patches when all are combined against what is movement and light, though each of them, in its
// own way, shows it.
func (f Features) unheard() bool {
	return !f.off.Unheard && f.HasPatches && f.PatchesSNR < -8 && f.Uniformity < 0.5
}

// moved reports a face that moves at the very rate found, by more than the recoil of the heart moves it, which is a thousandth of its width, and whose
// change, or change and wave, follow that movement all along: then its texture and shading are what changes. A pulse beside a movement of nearly its
// rate doesn't keep step with it. In a recording too short to tell, movement that changes the face in white is taken for it.
func (f Features) moved() bool {
	return !f.off.Moved && (f.Sway > 0.004 && (f.Pushed > 0.95 || f.Pushed+f.PushedWave > 1.75) || f.Sway > 0.0018 && f.Pushed+f.PushedWave > 1.93 || f.Sway > 0.006 && f.White > 0.97 && f.Pushed == 0)
}

// unrelated reports patches that change each in its own way at the rate found, or of which several have a rate of their own: one heart drives
// all of a face. Of 3,667 simulated faces whose rate was clear enough to be given, 16 have a discord of more than 1.4; of 2,302, two have
// several own rates beside patches that hardly change as one.
func (f Features) unrelated() bool {
	return !f.off.Unrelated && (f.Discord > 1.4 || f.OwnRates > 0.15 && f.Uniformity < 0.36)
}

// Score returns the logit of the probability that a value is right.
func (m *Model) Score(e Evidence) float64 {
	if e.Phantom {
		return m.Phantom
	}
	return m.Intercept + m.Agreement*e.Agreement + m.Half*e.Half + m.Patches*e.Patches + m.Margin*e.Margin + m.PatchesSNR*e.PatchesSNR + m.Behind*e.Behind + m.SNR*e.SNR + m.Brevity*e.Brevity
}

// AcceptFrom returns the least probability that is accepted of a recording of the given length in s.
func (m *Model) AcceptFrom(seconds float64) float64 {
	x, y := make([]float64, len(m.Accept)), make([]float64, len(m.Accept))
	for i, a := range m.Accept {
		x[i], y[i] = a.Seconds, a.Probability
	}
	return dsp.Interp(x, y, seconds)
}

// Probability returns the probability of a score.
func Probability(score float64) float64 { return 1 / (1 + math.Exp(-score)) }

// Shortening returns by how much the interval of a recording of the given length in s
// is narrower than one of 30 s: a rate is a count of beats over the time between the
// first and the last, whose error is the same in seconds however far they are apart,
// up to 60 s. In recordings of less than 30 s it falls somewhat slower. Fitted on seed 310.
// With so clean a wave as a finger's the errors left are those of clocks and single beats: it is 1.
func Shortening(seconds float64, finger bool) float64 {
	switch {
	case finger:
		return 1
	case seconds < 30:
		return math.Pow(max(10, seconds)/30, 0.7)
	}
	return min(60, seconds) / 30
}

// An irregular rhythm is known less well than its score says: where the intervals change
// from beat to beat by more than 6 %, beats are missed in the narrow band that finds
// them, and the interval widens by so many times what is above, times the rate. Noise moves beats as well, but misses none, and the two halves of the face
// then differ: of 48 simulated faces in fibrillation, half have halves that correlate by 0.95 or more and nine in ten by 0.85; of 656 with a regular
// heart whose beats noise moved so far, 7 % and 21 %, and nine in ten of their rates are within 2 bpm.
const (
	regular = 0.06
	missing = 2.0
	noisy   = 0.3 // of missing, where the halves are not alike
	// correlations of the halves from which on they show the rhythm, and below which they show noise
	rhythmic, jittered = 0.85, 0.75
)

// Certain reports whether nothing but the strength of the pulse bounds the error of the rate: the
// rhythm is regular and no series of beats differs from the course by a good part of one.
func (f Features) Certain() bool { return f.missed() == 0 && f.CountDoubt <= certain }

// certain is how many beats a count and the course may differ by where none was missed: half the
// limit from which [ppg.CountRate] takes the course's word.
const certain = 0.4

// missed is how much wider an irregular rhythm makes the interval, as a share of the rate. Beats found one by one are not missed.
func (f Features) missed() float64 {
	if f.OneByOne {
		return 0
	}
	seen := 1.0
	if f.HasHalves {
		seen = max(noisy, min(1, (f.HalfCorrelation-jittered)/(rhythmic-jittered)))
	}
	return missing * seen * max(0, f.Irregularity-regular)
}

// Course is how far in bpm a rate may be off and still be on the right course, in a recording of the given
// length in s: [Tolerance], and in a short one a beat and a half.
func Course(seconds float64) float64 { return max(Tolerance, 90/max(1, seconds)) }

// Tolerance is how far in bpm a heart rate may be off and still be right: the confidence is the probability of that.
const Tolerance = 5.0

// slipped returns the probability that the count is a beat off, on the right course.
func (m *Model) slipped(score float64, f Features) float64 {
	if f.off.Slips {
		return 0
	}
	sum, w := 0.0, m.Slip.weights()
	for i, v := range SlipEvidence(f, score) {
		sum += w[i] * v
	}
	return Probability(sum)
}

// beatMore returns the probability that a count that is a beat off is a beat too low: of one that exceeds what the course of the
// rate counts, it is small. Of 109 simulated scans a beat off whose counts differed so by 0.35 of a beat and more, 93 were off that way.
func (f Features) beatMore() float64 {
	return 0.5 - 0.35*min(1, max(-1, f.Residual/0.35))
}

// width returns the half-width in bpm of the 90 % interval of a rate counted to the beat, with a
// score, in a recording of the given length in s. Where the intervals vary, so does the rate by which the ends
// of the recording fall between beats.
func (m *Model) width(score, bpm, seconds float64, finger bool, f Features) float64 {
	x, y := make([]float64, len(m.Error)), make([]float64, len(m.Error))
	for i, e := range m.Error {
		x[i], y[i] = e.Score, e.Width
	}
	w := math.Hypot(dsp.Interp(x, y, score)/Shortening(seconds, finger), bpm*f.missed())
	w = math.Hypot(w, bpm*ends/max(1, seconds))
	return math.Hypot(w, z90*60*f.lively()/max(1, seconds))
}

// lively is how much more the intervals vary than what the fit of the width has seen, as a share of them; all of it where beats are found
// one by one, since these were not among what it was fitted on.
func (f Features) lively() float64 {
	if f.OneByOne {
		return f.Variation
	}
	return math.Sqrt(max(0, f.Variation*f.Variation-usualVariation*usualVariation))
}

// usualVariation is the spread of intervals as a share of their mean that the fit has seen: SDNN of a heart at rest is 50 ms of 900
// (Nunan et al., PACE 2010;33:1407), more in those that drift.
const usualVariation = 0.08

// ends is how well the time between the first and the last beat is known, in s either way with 90 %: of
// hearts at 200 bpm and more, whose waves the band's upper edge rounds, it is all that the count errs by.
const ends = 0.05

// spread returns where the truth lies about a rate.
func (m *Model) spread(score, bpm, seconds float64, finger bool, f Features) spread {
	p, q := Probability(score), m.slipped(score, f)
	w := m.width(score, bpm, seconds, finger, f)
	if f.off.Mixture {
		return spread{{0, 1, w}}
	}
	beat, more := 60/max(1, seconds), f.beatMore() // a beat more or less, bpm
	return spread{{0, p * (1 - q), w}, {-beat, p * q * (1 - more), w}, {beat, p * q * more, w}, {-m.Astray, (1 - p) / 2, m.Astray}, {m.Astray, (1 - p) / 2, m.Astray}}
}

// Interval returns how far the 90 % interval of a rate reaches below and above it in bpm.
func (m *Model) Interval(score, bpm, seconds float64, finger bool, f Features) (below, above float64) {
	lo, hi := m.spread(score, bpm, seconds, finger, f).interval()
	return -lo, hi
}
