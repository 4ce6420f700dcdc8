package engine

import (
	"blush.example/blush/dsp"
	"blush.example/blush/ppg"
)

// Live is what an [Analyzer] can say during a recording.
type Live struct {
	// TimeS is the length of the recording in seconds.
	TimeS float64 `json:"time_s"`
	// HeartRate is the latest heart rate in bpm, nil until it can be trusted.
	HeartRate *float64 `json:"heart_rate"`
	// Agreement is the share of methods that agree with it, 0..1, over the last 6 steps.
	Agreement float64 `json:"agreement"`
	// Wave is the pulse wave of the last 6 s, for showing: systole up, without
	// unit, its standard deviation one. Empty until 8 s are known.
	Wave dsp.Series `json:"-"`
}

// liveAgreement is the agreement of the candidates above which a rate is shown.
const liveAgreement = 0.6

// leastLive is the least length of a recording, in samples, for a rate to be shown: 8 s.
const leastLive = 8 * rate

// Live returns the heart rate now. It analyses only the last 12 s.
func (a *Analyzer) Live() Live {
	out := Live{TimeS: a.capture.last - a.capture.first}
	if a.total() < leastLive {
		return out
	}
	tr, st := a.tracker.fork(), a.steps.votes()
	start := max(0, a.total()-longSamples)
	v := a.window(start, a.total()-start, tr, &st, a.stepsUntil(a.total()))
	if len(st.time) == 0 {
		return out
	}
	path := tr.path()
	x := smooth(path[max(0, len(path)-6):])
	bpm := x[len(x)-1]
	out.Wave = liveWave(v.waves, bpm)
	agree := st.agreement(path)
	recent := agree[max(0, len(agree)-6):]
	for _, g := range recent {
		out.Agreement += max(0, g) / float64(len(recent))
	}
	if out.Agreement > liveAgreement && a.refusal() == nil {
		out.HeartRate = &bpm
	}
	return out
}

// liveSeconds is the length of the wave that Live returns.
const liveSeconds = 6

// liveWave fuses the candidates of a window at the rate that the track ends with.
func liveWave(waves [][]float64, bpm float64) dsp.Series {
	n := 0
	for _, w := range waves {
		n = max(n, len(w))
	}
	track := ppg.Track{TimeS: []float64{0}, BPM: []float64{bpm}}
	fused := ppg.Fuse(waves, rate, ppg.SNR(ppg.NewPhase(track, n, rate), bpm/60, waves...))
	fused = fused[max(0, len(fused)-liveSeconds*rate):]
	return dsp.Series{Rate: waveRate, Samples: normalised(upsample(fused))}
}

// stepsUntil is the number of steps that n samples give.
func (a *Analyzer) stepsUntil(n int) int { return (n-shortSamples)/stepSamples + 1 }

// tail analyses the window that ends with the latest sample, and appends the steps up to it. In a recording of
// less than 12 s the window is as short.
func (a *Analyzer) tail(tr *tracker, st *steps) (start int, v view, ok bool) {
	n := a.total()
	start = max(0, n-longSamples)
	due := a.stepsUntil(n)
	if n < shortSamples || len(st.time) >= due {
		return start, v, false
	}
	return start, a.window(start, n-start, tr, st, due), true
}
