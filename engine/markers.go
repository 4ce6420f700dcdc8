package engine

import (
	"math"

	"blush.example/blush/biomarker"
	"blush.example/blush/hrv"
)

// Limits on the errors of what is read from a rhythm besides SDNN and RMSSD.
const (
	pnn50Tolerance = 10.0     // %: a confidence is the probability of an error below it
	sd2Tolerance   = 20.0     // ms
	powerTolerance = math.Ln2 // a factor of two

	// A reading whose own error (one standard deviation) is larger says too little to be given.
	mostPNN50Error = 15.0 // %
	mostSD2Error   = 12.0 // ms, or a fifth of SD2
	mostPowerError = 0.8  // of the natural logarithm
)

const (
	pnn50Method = "successive differences of pulse intervals, each weighed by the noise"
	powerMethod = "lines of the spectrum of pulse intervals, freed of the noise"
)

// markers makes the estimates that follow from the others and from the rhythm:
//
//   - the mean IBI is 60000 ms over the heart rate, itself a count of intervals over the time they take;
//   - lnRMSSD is the natural logarithm of RMSSD (Plews et al., Eur J Appl Physiol 2012;112:3729; of one
//     minute: Esco & Flatt, J Sports Sci Med 2014;13:535);
//   - SD1 and SD2 follow from RMSSD and SDNN (Brennan, Palaniswami & Kamen, IEEE TBME 2001;48:1342);
//   - pNN50, LF, HF and LF/HF are those of the Task Force (Circulation 1996;93:1043); LF/HF is the
//     ratio of two powers and nothing besides (Billman, Front Physiol 2013;4:26);
//   - the pulse-respiration quotient is the number of beats for each breath (Scholkmann & Wolf, Front Physiol 2019;10:371).
//
// done has the earlier estimates; hr is the accepted heart rate.
func (a *Analyzer) markers(r *Result, k rhythm, hr biomarker.Estimate, done map[biomarker.Name]biomarker.Estimate) []biomarker.Estimate {
	sdnn, rmssd := done[biomarker.HeartRateVariability], done[biomarker.RMSSD]
	out := []biomarker.Estimate{
		follows(biomarker.MeanIBI, hr, ibiOf),
		follows(biomarker.LnRMSSD, rmssd, math.Log),
		follows(biomarker.SD1, rmssd, sd1Of),
		quotient(biomarker.PulseRespiration, hr, done[biomarker.RespiratoryRate]),
		k.sd2(hr, sdnn, rmssd), k.pnn50(hr, rmssd),
	}
	lf := a.power(r, k, hr, rmssd, biomarker.LFPower, k.LF.MS2, k.LF.LogError)
	hf := a.power(r, k, hr, rmssd, biomarker.HFPower, k.HF.MS2, k.HF.LogError)
	ratio := a.power(r, k, hr, rmssd, biomarker.LFHFRatio, k.LF.MS2/k.HF.MS2, math.Hypot(k.LF.LogError, k.HF.LogError))
	return append(out, lf, hf, ratio)
}

// give accepts a value, with its bounds limited to the catalogue's range, or refuses a value outside it.
func give(n biomarker.Name, value, low, high, p float64, method string) biomarker.Estimate {
	k, _ := biomarker.Find(n)
	if !(value >= k.Min && value <= k.Max) {
		return biomarker.Refuse(n, biomarker.SignalTooWeak, p, method)
	}
	return biomarker.Accept(n, value, max(low, k.Min), min(high, k.Max), p, method)
}

// ibiOf is the mean interval in ms at a heart rate in bpm, sd1Of is SD1 in ms at an RMSSD in ms.
func ibiOf(bpm float64) float64 { return 60000 / bpm }

func sd1Of(rmssd float64) float64 {
	sd1, _ := hrv.Poincare(0, rmssd)
	return sd1
}

// follows makes the estimate of a monotone function of another value: it is as certain as that one, or refused for
// the same reason.
func follows(n biomarker.Name, from biomarker.Estimate, f func(float64) float64) biomarker.Estimate {
	if from.Value == nil {
		return biomarker.Refuse(n, *from.Reason, from.Confidence, from.Method)
	}
	low, high := f(from.Interval[0]), f(from.Interval[1])
	return give(n, f(*from.Value), min(low, high), max(low, high), from.Confidence, from.Method)
}

// quotient makes the estimate of one value over another with independent errors: the squares of the errors of
// their logarithms add up.
func quotient(n biomarker.Name, over, under biomarker.Estimate) biomarker.Estimate {
	if under.Value == nil {
		return biomarker.Refuse(n, *under.Reason, under.Confidence, under.Method)
	}
	v := *over.Value / *under.Value
	low := math.Hypot(math.Log(*over.Value/over.Interval[0]), math.Log(under.Interval[1] / *under.Value))
	high := math.Hypot(math.Log(over.Interval[1] / *over.Value), math.Log(*under.Value/under.Interval[0]))
	return give(n, v, v*math.Exp(-low), v*math.Exp(high), under.Confidence, over.Method+"; "+under.Method)
}

// sd2 reads SD2, for which both SDNN and RMSSD must be known.
func (k rhythm) sd2(hr, sdnn, rmssd biomarker.Estimate) biomarker.Estimate {
	for _, e := range []biomarker.Estimate{sdnn, rmssd} {
		if e.Value == nil {
			return biomarker.Refuse(biomarker.SD2, *e.Reason, e.Confidence, k.method)
		}
	}
	v, err := k.SD2()
	p := hr.Confidence * within(sd2Tolerance, err)
	if !k.precise(v, err, mostSD2Error) {
		return biomarker.Refuse(biomarker.SD2, biomarker.SignalTooWeak, p, k.method)
	}
	return give(biomarker.SD2, v, v-z90*err, v+z90*err, p, k.method)
}

// pnn50 reads pNN50, for which RMSSD must be known.
func (k rhythm) pnn50(hr, rmssd biomarker.Estimate) biomarker.Estimate {
	if rmssd.Value == nil {
		return biomarker.Refuse(biomarker.PNN50, *rmssd.Reason, rmssd.Confidence, pnn50Method)
	}
	v, low, high := k.PNN50(k.read, z90)
	err := (high - low) / (2 * z90)
	p := hr.Confidence * within(pnn50Tolerance, err)
	if !(err <= mostPNN50Error) {
		return biomarker.Refuse(biomarker.PNN50, biomarker.SignalTooWeak, p, pnn50Method)
	}
	return give(biomarker.PNN50, v, low, high, p, pnn50Method)
}

// power reads the power in a band, or the ratio of two; err is one standard deviation of its logarithm.
func (a *Analyzer) power(r *Result, k rhythm, hr, rmssd biomarker.Estimate, n biomarker.Name, value, err float64) biomarker.Estimate {
	if why := a.rhythmReason(r, k, n, leastSNRRMSSD); why != nil {
		return biomarker.Refuse(n, *why, 0, powerMethod)
	}
	if rmssd.Value == nil {
		return biomarker.Refuse(n, *rmssd.Reason, rmssd.Confidence, powerMethod)
	}
	p := 0.0
	if k.OK {
		p = hr.Confidence * within(powerTolerance, err)
	}
	if !k.OK || !(err <= mostPowerError) {
		return biomarker.Refuse(n, biomarker.SignalTooWeak, p, powerMethod)
	}
	return give(n, value, value*math.Exp(-z90*err), value*math.Exp(z90*err), p, powerMethod)
}
