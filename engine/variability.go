package engine

import (
	"math"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/hrv"
	"blush.example/blush/ppg"
	"blush.example/blush/resp"
)

// Limits for values read from single beats.
const (
	leastSNR       = 4.5  // dB: below it the timing of beats is mostly noise
	leastSNRRMSSD  = 6.0  // dB
	leastHRVFPS    = 18.0 // frames/s: slower frames blur the moment of a beat
	mostCorrected  = 0.10 // share of intervals
	durationSlack  = 0.5  // s by which a recording may miss its least duration
	sdnnTolerance  = 15.0 // ms: a confidence is the probability of an error below it
	rmssdTolerance = 20.0 // ms

	// mostLeaps is the share of leaps ([hrv.IrregularShare]) above which a rhythm has no steady rate. leapsSNR is the
	// quality in dB from which they come from the heart, not from noise. Of 79 simulated faces in fibrillation
	// nineteen in twenty have so many leaps, of 677 others three.
	mostLeaps = 0.5
	leapsSNR  = 3.0

	// mostLeapsExact is mostLeaps where beats are found one by one: noise makes no leaps among them.
	mostLeapsExact = 0.3

	// mostPauses is the largest number of pauses in a rhythm at which the other intervals still give the
	// variability: one may be an artefact.
	mostPauses = 1

	// A reading whose own error (one standard deviation) is larger than this many ms, and than a fifth of it, is
	// too uncertain to be given.
	mostSDNNError  = 8.0
	mostRMSSDError = 10.0
	mostShare      = 0.2
)

// within is the probability that a normal error of standard deviation sd stays below tol.
func within(tol, sd float64) float64 { return math.Erf(tol / (math.Sqrt2 * sd)) }

// z90 is the half-width of a 90 % interval in standard deviations.
const z90 = 1.645

// variability estimates SDNN, RMSSD, resonance and stress; hr is the accepted
// heart rate.
func (a *Analyzer) variability(r *Result, k rhythm, hr biomarker.Estimate) []biomarker.Estimate {
	read := func(n biomarker.Name, snr, value, err, arrival, most, tolerance float64) biomarker.Estimate {
		kind, _ := biomarker.Find(n)
		if why := a.rhythmReason(r, k, n, snr); why != nil {
			return biomarker.Refuse(n, *why, 0, k.method)
		}
		// A reading is given or refused by its own error; that of the heart's rhythm is larger.
		heart := math.Hypot(err, arrival*value)
		p := 0.0
		if k.OK {
			p = hr.Confidence * within(tolerance, heart)
		}
		if !k.precise(value, err, most) || !(value >= kind.Min && value <= kind.Max) {
			return biomarker.Refuse(n, biomarker.SignalTooWeak, p, k.method)
		}
		return biomarker.Accept(n, value, max(value-z90*heart, kind.Min), min(value+z90*heart, kind.Max), p, k.method)
	}
	return []biomarker.Estimate{
		read(biomarker.HeartRateVariability, leastSNR, k.SDNN, k.SDNNError, hrv.ArrivalSDNN, mostSDNNError, sdnnTolerance),
		read(biomarker.RMSSD, leastSNRRMSSD, k.RMSSD, k.RMSSDError, hrv.ArrivalRMSSD, mostRMSSDError, rmssdTolerance),
		a.resonance(r, k, hr), a.stress(r, k, hr),
	}
}

// precise reports whether the error of a value of the reading is small enough for the value to be given.
func (k rhythm) precise(value, err, most float64) bool {
	return k.OK && err <= max(most, mostShare*value)
}

// scattered reports a plain pulse, the same in both halves and in every patch of the face, that has no steady
// rate: its beats come irregularly. A weak signal must not be taken for that: of 48 simulated faces with a regular
// heart under 4 dB none is, of those in fibrillation two in three are.
func (f Features) scattered() bool {
	return f.SNR < 3 && f.HasHalves && f.HalfCorrelation >= 0.85 && f.Uniformity >= 0.8
}

// rhythmReason says why nothing may be read from single beats, nil for no reason.
func (a *Analyzer) rhythmReason(r *Result, k rhythm, n biomarker.Name, snr float64) *biomarker.Reason {
	kind, _ := biomarker.Find(n)
	var why biomarker.Reason
	switch {
	case r.Capture.DurationS+durationSlack < kind.LeastDuration.Seconds():
		why = biomarker.TooShort
	case r.Capture.FPS < leastHRVFPS:
		why = biomarker.LowFrameRate
	case r.Features.Pauses > mostPauses:
		why = biomarker.IrregularRhythm
	case r.Features.Pausing > pausingDoubt && !r.Features.OneByOne:
		why = biomarker.SignalTooWeak
	case k.correction.Share() > mostCorrected && 2*k.correction.Ectopic >= k.correction.Artefacts:
		why = biomarker.IrregularRhythm
	case k.correction.Share() > mostCorrected, len(k.correction.IBI) < 15:
		why = biomarker.SignalTooWeak
	case k.leaps > mostLeaps && r.Features.SNR >= leapsSNR && !a.finger(), k.leaps > mostLeapsExact && r.Features.OneByOne:
		why = biomarker.IrregularRhythm
	case r.Features.SNR < snr && r.Features.scattered():
		why = biomarker.IrregularRhythm
	case r.Features.SNR < snr && !a.finger():
		// Light through a finger times its beats well, even where a lively rhythm spreads the spectrum from which
		// the ratio is computed.
		why = biomarker.SignalTooWeak
	default:
		return nil
	}
	return &why
}

const (
	resonanceMethod      = "share of the interval spectrum around its peak"
	provisionalResonance = resonanceMethod + "; provisional under a minute"
)

// The score moves by about this much (points, one standard deviation) between recordings of one rhythm, at 60 s
// and at 30 s. It is a judgement from simulated breathing, and has not been verified on recordings.
const resonanceError60, resonanceError30 = 8.0, 15.0

func (a *Analyzer) resonance(r *Result, k rhythm, hr biomarker.Estimate) biomarker.Estimate {
	n := biomarker.ResonantBreathingScore
	if why := a.rhythmReason(r, k, n, leastSNR); why != nil {
		return biomarker.Refuse(n, *why, 0, resonanceMethod)
	}
	score, _, ok := hrv.Resonance(k.correction.IBI, r.Capture.DurationS)
	if !ok {
		return biomarker.Refuse(n, biomarker.TooShort, 0, resonanceMethod)
	}
	kind, _ := biomarker.Find(n)
	method := resonanceMethod
	if r.Capture.DurationS+durationSlack < kind.WantedDuration.Seconds() {
		method = provisionalResonance
	}
	sd := dsp.Interp([]float64{30, 60}, []float64{resonanceError30, resonanceError60}, r.Capture.DurationS)
	return biomarker.Accept(n, score, max(0, score-z90*sd), min(100, score+z90*sd), hr.Confidence*within(20, sd), method)
}

const stressMethod = "Gaussian form of Baevsky's index"

// stress estimates the stress index. Its logarithm has an error of 0.28 at 60 s and 0.34 at 30 s (one standard
// deviation, simulated, relative to 5 min), and twice the relative error of SDNN, since it falls with the square
// of SDNN. It is given only where SDNN is.
func (a *Analyzer) stress(r *Result, k rhythm, hr biomarker.Estimate) biomarker.Estimate {
	n := biomarker.StressIndex
	kind, _ := biomarker.Find(n)
	if why := a.rhythmReason(r, k, n, leastSNR); why != nil {
		return biomarker.Refuse(n, *why, 0, stressMethod)
	}
	v := hrv.GaussianSI(k.SDNN, dsp.Mean(k.correction.IBI))
	if !k.precise(k.SDNN, k.SDNNError, mostSDNNError) || !(v >= kind.Min && v <= kind.Max) {
		return biomarker.Refuse(n, biomarker.SignalTooWeak, 0, stressMethod)
	}
	sd := math.Hypot(dsp.Interp([]float64{30, 60}, []float64{0.34, 0.28}, r.Capture.DurationS), 2*k.SDNNError/k.SDNN)
	return biomarker.Accept(n, v, max(kind.Min, v*math.Exp(-z90*sd)), min(kind.Max, v*math.Exp(z90*sd)), hr.Confidence*within(math.Ln2, sd), stressMethod)
}

const respirationMethod = "pulse intervals and heights, shoulders, head"

// respiration reads breathing from the beats and the movement of the body.
func (a *Analyzer) respiration(r *Result, f *findings, k rhythm, hr biomarker.Estimate) biomarker.Estimate {
	n := biomarker.RespiratoryRate
	kind, _ := biomarker.Find(n)
	if r.Capture.DurationS+durationSlack < kind.LeastDuration.Seconds() {
		return biomarker.Refuse(n, biomarker.TooShort, 0, respirationMethod)
	}
	in := resp.Input{BeatTimes: k.times, IBI: k.correction.IBI, HeartRate: 60 * f.f0,
		Amplitude: ppg.Amplitudes(f.fused, waveRate, f.f0, k.times), HeadY: a.body.head.series(a.body.width())}
	if a.body.moved {
		in.Shoulder = a.body.shoulder.series(a.body.width())
	}
	out := resp.Rate(in)
	r.Respiration = out.Wave
	if !out.OK || !(out.Rate >= kind.Min && out.Rate <= kind.Max) {
		return biomarker.Refuse(n, biomarker.SignalTooWeak, out.Concentration, respirationMethod)
	}
	if a.finger() && !a.opt.Disable.Monitor {
		by := monitoredBreath(out.Rate, r.Capture.DurationS)
		out.Low, out.High = out.Rate-math.Hypot(out.Rate-out.Low, by), out.Rate+math.Hypot(out.High-out.Rate, by)
	}
	return biomarker.Accept(n, out.Rate, max(kind.Min, out.Low), min(kind.Max, out.High), hr.Confidence*out.Concentration, respirationMethod)
}
