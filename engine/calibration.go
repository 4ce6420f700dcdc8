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

// Calibration maps the features of a result to a probability and an interval. It is fitted on separate seeds or
// recordings, never on those that results are reported for, and kept in a versioned file.
type Calibration struct {
	// Version names the fit; every result carries it.
	Version string `json:"version"`
	// Source says what it was fitted on.
	Source string `json:"source"`
	// HeartRate has a model for each kind of recording.
	HeartRate HeartRateModels `json:"heart_rate"`
}

// HeartRateModels are the models of the kinds of recording that differ in the
// features they have.
type HeartRateModels struct {
	Face   Model `json:"face"`   // with six good patches or more
	Single Model `json:"single"` // with fewer
	Finger Model `json:"finger"` // a fingertip on the lens
	// OneColour is for a fingertip of which only one colour votes, so that there is no agreement to measure.
	OneColour Model `json:"one_colour"`
}

// Model gives the distribution of the true rate around a value from the [Evidence] of a result. With probability p
// the track is right, and the rate is as counted or, with probability q, a beat off. Otherwise it is far off:
//
//	score = Intercept + Agreement*agreement + Half*half + Patches*patches + PatchesSNR*patchesSNR
//	        + Margin*margin + Behind*behind + Discord*discord + OwnRates*ownRates + SNR*snr + Brevity*brevity
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
	Discord    float64 `json:"discord"`
	OwnRates   float64 `json:"own_rates"`
	SNR        float64 `json:"snr"`
	Brevity    float64 `json:"brevity"`
	// Accept is the least probability that is accepted, at rising lengths: linear between the points, constant
	// beyond them.
	Accept []AcceptAt `json:"accept"`
	// Error is the part of the half-width in bpm of the 90 % interval that the score tells, for a rate whose beats
	// were all counted, in recordings of 30 s, at rising scores: linear between the points, constant beyond them.
	// [Features.CountError] is the other part.
	Error []ErrorAt `json:"error"`
	Slip  Slip      `json:"slip"`
	// Astray is the median error in bpm of rates on a wrong track.
	Astray float64 `json:"astray"`
	// Phantom gives the score of evidence that plainly shows no pulse. Some of it comes from pulses all the same.
	Phantom Phantom `json:"phantom"`
}

// Phantom gives the score of evidence that plainly shows no pulse: the weights of 1, of whether that shows in several
// ways, and of [Evidence.Margin] and [Evidence.Brevity].
type Phantom struct {
	Intercept float64 `json:"intercept"`
	Several   float64 `json:"several"`
	Margin    float64 `json:"margin"`
	Brevity   float64 `json:"brevity"`
}

// PhantomEvidence returns what the weights of [Phantom] belong to, in their order.
func PhantomEvidence(e Evidence) [4]float64 {
	several := 0.0
	if e.Phantom > 1 {
		several = 1
	}
	return [4]float64{1, several, e.Margin, e.Brevity}
}

// PhantomOf returns the weights in the order of [PhantomEvidence].
func PhantomOf(w [4]float64) Phantom { return Phantom{w[0], w[1], w[2], w[3]} }

func (p Phantom) score(e Evidence) float64 {
	sum := 0.0
	for i, v := range PhantomEvidence(e) {
		sum += v * [4]float64{p.Intercept, p.Several, p.Margin, p.Brevity}[i]
	}
	return sum
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

// alikeCounts is the largest difference in beats between a count and the track's at which they are the same: of
// 3,092 simulated scans below it whose count was kept, 7 were a beat off.
const alikeCounts = 0.2

// SlipEvidence returns the features for the probability that the count is a beat off: 1; the difference in beats
// that remains between the count and the track's; whether it was changed to the track's; the product of both; the
// logarithm of the variation of the intervals, which beats missed or found twice increase; the same where the
// count was changed, since it then makes the change more likely right; and the score, 0 to 8.
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

// AcceptAt is the least probability that is accepted in recordings of some length. In a short recording, something
// without a pulse passes for one more easily.
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

// DefaultCalibration returns the calibration that is embedded in the engine.
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
			return nil, fmt.Errorf("calibration: heart_rate.%s.error has no points", name)
		}
		if len(m.Accept) == 0 {
			return nil, fmt.Errorf("calibration: heart_rate.%s.accept has no points", name)
		}
		if !(m.Astray > 0) {
			return nil, fmt.Errorf("calibration: heart_rate.%s.astray: want a width above 0", name)
		}
		for i, a := range m.Accept {
			if !(a.Probability > 0 && a.Probability < 1) || i > 0 && !(a.Seconds > m.Accept[i-1].Seconds) {
				return nil, fmt.Errorf("calibration: heart_rate.%s.accept[%d]: seconds must increase, and probabilities must lie between 0 and 1", name, i)
			}
		}
		for i, e := range m.Error {
			if !(e.Width > 0) || i > 0 && !(e.Score > m.Error[i-1].Score) {
				return nil, fmt.Errorf("calibration: heart_rate.%s.error[%d]: scores must increase, and widths must be above 0", name, i)
			}
		}
	}
	return &c, nil
}

// severalColours is the least average number of voting colours of a finger at which their agreement says
// something: a single colour always agrees with the track that comes from it alone.
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

// Evidence is the input of a [Model]: features bounded to the range in which they separate right from wrong, so
// that a high value of one can't compensate for a low value of another.
type Evidence struct {
	Agreement float64 // share of methods and windows on the track, 0..1
	// Half is the correlation of two halves of the face, 0..1, less 0.7, its middle; 0 without halves.
	Half float64
	// Patches is the share of windows in which all patches combined are on the track, 0..1.
	Patches float64
	// PatchesSNR is that of their wave in units of 6 dB, -1..1.
	PatchesSNR float64
	Margin     float64 // to the best other track; a log vote of 3 a step counts as 1, 0..1
	// Behind is how clearly the background changes with the face, 0..1, where 1 is clear enough for a lamp.
	Behind float64
	// Discord is how much the patches differ, and OwnRates how many have a rate of their own, 0..1, where 1 is more
	// than one heart causes.
	Discord, OwnRates float64
	// Phantom counts the ways in which what is seen is plainly no pulse, however clear its rate: a lamp, a moving surface,
	// patches that don't belong to one heart. Where it isn't 0, no rate is given, whatever the score.
	Phantom int
	SNR     float64 // of the fused wave in units of 6 dB, -1..1
	Brevity float64 // ln(30 s / duration), from 10 to 60 s
}

// EvidenceOf returns the evidence from the features of a recording of the given length in s.
func EvidenceOf(f Features, seconds float64) Evidence {
	e := Evidence{
		Agreement:  f.Agreement,
		Patches:    f.PatchesAgreement,
		PatchesSNR: min(1, max(-1, f.PatchesSNR/6)),
		Margin:     min(1, max(0, f.Margin/3)),
		Behind:     min(1, max(0, f.BehindClear/lampClear)),
		Discord:    min(1, max(0, f.Discord/mostDiscord)),
		OwnRates:   min(1, f.OwnRates/mostOwnRates),
		Phantom:    f.phantom(seconds),
		SNR:        min(1, max(-1, f.SNR/6)),
		Brevity:    math.Log(30 / min(60, max(10, seconds))),
	}
	if f.HasHalves {
		e.Half = max(0, f.HalfCorrelation) - 0.7
	}
	return e
}

// Score returns the logit of the probability that a value is right.
func (m *Model) Score(e Evidence) float64 {
	if e.Phantom > 0 {
		return m.Phantom.score(e)
	}
	return m.Intercept + m.Agreement*e.Agreement + m.Half*e.Half + m.Patches*e.Patches + m.Margin*e.Margin + m.PatchesSNR*e.PatchesSNR + m.Behind*e.Behind + m.Discord*e.Discord + m.OwnRates*e.OwnRates + m.SNR*e.SNR + m.Brevity*e.Brevity
}

// AcceptFrom returns the least probability that is accepted for a recording of the given length in s.
func (m *Model) AcceptFrom(seconds float64) float64 {
	x, y := make([]float64, len(m.Accept)), make([]float64, len(m.Accept))
	for i, a := range m.Accept {
		x[i], y[i] = a.Seconds, a.Probability
	}
	return dsp.Interp(x, y, seconds)
}

// Probability returns the probability of a score.
func Probability(score float64) float64 { return 1 / (1 + math.Exp(-score)) }

// Narrowing returns the factor by which the interval of a recording of the given length in s is narrower than
// that of 30 s. A rate is a count of beats over the time between the first and the last, and the error of that
// time doesn't grow with its length, up to 60 s. Below 30 s the factor falls somewhat more slowly. It was fitted
// on seed 310. For a wave as clean as a finger's only the errors of clocks and single beats are left, and it is 1.
func Narrowing(seconds float64, finger bool) float64 {
	switch {
	case finger:
		return 1
	case seconds < 30:
		return math.Pow(max(10, seconds)/30, 0.7)
	}
	return min(60, seconds) / 30
}

// The rate of an irregular rhythm is less certain than its score says. Where the intervals change from beat to
// beat by more than 6 %, the narrow band misses beats, and the interval widens by missing times the excess, times
// the rate. Noise moves beats as well, but misses none, and the two halves of the face then differ: of 48
// simulated faces in fibrillation, half have halves that correlate by 0.95 or more and nine in ten by 0.85; of 656
// with a regular heart whose beats noise moved so far, 7 % and 21 %, and nine in ten of their rates are within 2
// bpm.
const (
	regular = 0.06
	missing = 2.0
	noisy   = 0.3 // of missing, where the halves are not alike
	// correlations of the halves from which on they show the rhythm, and below which they show noise
	rhythmic, jittered = 0.85, 0.75
)

// Certain reports whether only the strength of the pulse limits the error of the rate: the rhythm is regular, and
// no series of beats differs from the track's count by more than certain.
func (f Features) Certain() bool { return f.missed() == 0 && f.CountDoubt <= certain }

// certain is the largest difference in beats between a count and the track's where none was missed: about half the
// limit from which [ppg.CountRate] uses the track's.
const certain = 0.4

// missed returns the widening of the interval by an irregular rhythm, as a share of the rate. Beats found one by one are not missed.
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

// TrackTolerance returns the largest error in bpm of a rate on the right track, in a recording of the given length
// in s: [Tolerance], and in a short one a beat and a half.
func TrackTolerance(seconds float64) float64 { return max(Tolerance, 90/max(1, seconds)) }

// Tolerance is the largest error in bpm at which a heart rate is right. The confidence is the probability of that.
const Tolerance = 5.0

// slipped returns the probability that the count is a beat off, on the right track.
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

// beatMore returns the probability that a count that is a beat off is too low. It is small for a count above the
// track's. Of 109 simulated scans that were a beat off and whose counts differed from the track's by 0.35 of a
// beat or more, 93 were off in that direction.
func (f Features) beatMore() float64 {
	return 0.5 - 0.35*min(1, max(-1, f.Residual/0.35))
}

// width returns the half-width in bpm of the 90 % interval of a rate whose beats were all counted, with a score,
// in a recording of the given length in s.
func (m *Model) width(score, bpm, seconds float64, finger bool, f Features) float64 {
	x, y := make([]float64, len(m.Error)), make([]float64, len(m.Error))
	for i, e := range m.Error {
		x[i], y[i] = e.Score, e.Width
	}
	return math.Hypot(dsp.Interp(x, y, score)/Narrowing(seconds, finger), f.CountError(bpm, seconds))
}

// CountError returns the part of the half-width in bpm of the 90 % interval of a rate in bpm that the score doesn't
// tell, in a recording of the given length in s: beats missed in an irregular rhythm, the error of the time between
// the first beat and the last, and, where the intervals vary, where the ends of the recording fall between beats.
func (f Features) CountError(bpm, seconds float64) float64 {
	w := math.Hypot(bpm*f.missed(), bpm*f.ends(bpm)/max(1, seconds))
	return math.Hypot(w, z90*60*f.lively()/max(1, seconds))
}

// lively returns the variation of the intervals, as a share of them, beyond that of the data on which the width
// was fitted. Where beats are found one by one it is the whole variation, since the fit had no such beats.
func (f Features) lively() float64 {
	if f.OneByOne {
		return f.Variation
	}
	return math.Sqrt(max(0, f.Variation*f.Variation-usualVariation*usualVariation))
}

// usualVariation is the spread of intervals, as a share of their mean, in the data of that fit: SDNN of a heart at
// rest is 50 ms of 900 (Nunan et al., PACE 2010;33:1407).
const usualVariation = 0.055

// ends returns the error of the time between the first and the last beat, in s either way (90 %), of a heart at a rate in bpm. In hearts
// at 200 bpm and more, whose waves the band's upper edge rounds, it is the whole error of the count. Of a slow heart, what breathing changes in
// the wave lies partly below the band, and its beats are found less exactly: of 117 simulated scans of 60 s below 52 bpm, the intervals held
// in 70 % without this, and in 94 % of the 823 above (seeds 62 to 64).
func (f Features) ends(bpm float64) float64 {
	if f.off.SlowEnds {
		return endError
	}
	return dsp.Interp([]float64{50, 54}, []float64{slowEndError, endError}, bpm)
}

// The errors of the time between the first and the last beat in s either way (90 %), from 54 bpm up and below 50 bpm.
const endError, slowEndError = 0.05, 0.15

// spread returns the distribution of the true rate around a rate.
func (m *Model) spread(score, bpm, seconds float64, finger bool, f Features) spread {
	p, q := Probability(score), m.slipped(score, f)
	w := m.width(score, bpm, seconds, finger, f)
	if f.off.Mixture {
		return spread{{0, 1, w}}
	}
	beat, more := 60/max(1, seconds), f.beatMore() // a beat more or less, bpm
	return spread{{0, p * (1 - q), w}, {-beat, p * q * (1 - more), w}, {beat, p * q * more, w}, {-m.Astray, (1 - p) / 2, m.Astray}, {m.Astray, (1 - p) / 2, m.Astray}}
}

// Interval returns the distances in bpm from a rate to the bounds of its 90 % interval.
func (m *Model) Interval(score, bpm, seconds float64, finger bool, f Features) (below, above float64) {
	lo, hi := m.spread(score, bpm, seconds, finger, f).interval()
	return -lo, hi
}
