package hrv

import "math"

// GaussianSI returns a stress index in points from SDNN in ms and the mean interval in s. Baevsky's index is the
// share of intervals in the fullest 50 ms bin over mode and range, which fails for short or noisy records. Here
// the histogram is the normal distribution of the same mean and SDNN: the share is that of the middle 50 ms, the
// range four deviations, and the divisor 1.6 scales it to the five-minute value of the classic form. Higher means
// less variable. It is 0 when either input isn't positive. Baevsky & Chernikova, Cardiometry 2017;10:66 for the
// classic form; the Gaussian form and its 1.6 are ours, fitted on simulated hearts.
func GaussianSI(sdnnMS, meanIBI float64) float64 {
	if !(sdnnMS > 0) || !(meanIBI > 0) || math.IsInf(sdnnMS, 0) || math.IsInf(meanIBI, 0) {
		return 0
	}
	share := 100 * math.Erf(25/(math.Sqrt2*sdnnMS))
	return share / (2 * meanIBI * 4 * sdnnMS / 1000) / 1.6
}

// norm is the mean and standard deviation of a quantity among healthy adults at rest.
type norm struct{ mean, sd float64 }

func (n norm) z(v float64) float64 { return (v - n.mean) / n.sd }

// Norms of the balance: those of one adult at rest, so that both scores are 0 for the same person. Heart rate is
// the 72 bpm of adults in NHANES 1999-2008, SDNN 50 and RMSSD 42 ms the short-term values of Nunan, Sandercock &
// Brodie, PACE 2010;33:1407; the other means follow from these. The spreads are judgements. None of the figures
// has been checked against its source.
var (
	normHR    = norm{72, 10.5}
	normIBI   = norm{60.0 / 72, 0.12}
	normRMSSD = norm{math.Log(42), 0.37}
	normSD1   = norm{0.316, 0.08}
	normSD2   = norm{0.684, 0.08}
	normSI    = norm{math.Log(72), 0.8}
)

// Balance returns the two sides of the autonomic balance as z scores relative to adults at rest. pns (rest) is the
// mean of the scores of mean interval, ln RMSSD and SD1/(SD1+SD2); sns (exertion) is the mean of those of heart
// rate, ln [GaussianSI] and SD2/(SD1+SD2). The structure is that of Kubios HRV's PNS and SNS index; the norms are
// ours. meanIBI is in s, sdnn and rmssd in ms; ok is false unless all are positive.
func Balance(meanIBI, sdnn, rmssd float64) (pns, sns float64, ok bool) {
	sd1, sd2 := Poincare(sdnn, rmssd)
	if !(meanIBI > 0 && sdnn > 0 && rmssd > 0) || math.IsInf(meanIBI+sdnn+rmssd, 0) {
		return 0, 0, false
	}
	share := sd1 / (sd1 + sd2)
	pns = (normIBI.z(meanIBI) + normRMSSD.z(math.Log(rmssd)) + normSD1.z(share)) / 3
	sns = (normHR.z(60/meanIBI) + normSI.z(math.Log(GaussianSI(sdnn, meanIBI))) + normSD2.z(1-share)) / 3
	return pns, sns, true
}
