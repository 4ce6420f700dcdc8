package engine

import (
	"math"
	"slices"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/ppg"
)

// waveRate is the rate in Hz of the waves in a result.
const waveRate = 30.0

// findings are what the estimates are made from.
type findings struct {
	track  ppg.Track
	phase  ppg.Phase
	f0     float64   // Hz, median of the track
	fused  []float64 // pulse wave at waveRate
	beats  []float64 // s
	guide  []float64 // s, beats before the fiducial is refined
	wide   []float64 // s, beats of [ppg.Wide]
	height []float64 // of the wave at each of wide
	halves [2][]float64
	count  float64 // bpm, from the count of beats
	mean   float64 // bpm, mean of the track
	// otherwise is the change of the count in bpm if the heart beat in each of its short pauses instead of in
	// none, or the reverse
	otherwise float64
	weak      float64 // bpm, expected part of the rate from beats too early to be seen
	one       float64 // bpm either way, error of one beat in a rhythm that predicts no next beat
	irregular bool    // beats are missing, and the others can't be identified
	seen      ppg.Upstrokes
	// pausedBPM is the rate of the likeliest rhythm with pauses, 0 where it wasn't computed
	pausedBPM float64
	// offGrid is set where the rate lies beyond the grid
	offGrid bool
	// disputed is set where the beats of a plain pulse contradict the track
	disputed bool
	// paired is set where every second beat may be a reflection
	paired bool
}

// Finish ends the recording and returns everything found in it. Nothing may be
// added afterwards.
func (a *Analyzer) Finish() *Result {
	a.in.finish()
	if start, v, ok := a.tail(a.tracker, &a.steps); ok {
		a.keep(start, v)
	}
	a.capture.close()
	r := &Result{
		Engine:  Info{Version: Version, Calibration: a.cal.Version, Methods: Methods()},
		Capture: a.capture.summary(a.meta), Features: Features{off: a.opt.Disable},
	}
	r.Capture.HeadRepeats = !a.opt.Disable.Repetition && a.body.repeats()
	if a.finger() {
		r.Engine.Methods = slices.Clone(fingerMethods[:])
	}
	for k := range r.Colour {
		r.Colour[k] = dsp.Series{Rate: rate, Samples: a.colour[k]}
	}
	f := a.find(r)
	if f != nil && !a.opt.Disable.Changed {
		r.Capture.FaceChanged = a.changes(f.wide)
	}
	a.estimate(r, f)
	return r
}

// find follows the track to the pulse wave, its beats and its quality; nil where there is no track, or no method
// voted on it.
func (a *Analyzer) find(r *Result) *findings {
	path := a.tracker.path()
	if len(path) == 0 {
		return nil
	}
	f := &findings{track: ppg.Track{TimeS: a.steps.time, BPM: smooth(path)}}
	if !a.follow(r, f.track, path) {
		return nil
	}
	fused, patches := a.fuse(r, f)
	a.beatwise(r, f, fused, patches)
	asked := [][]float64{fused}
	if patches != nil {
		asked = append(asked, patches)
	}
	f.offGrid = !a.opt.Disable.OffGrid && (f.edge() || !r.Features.OneByOne && 60*f.f0 < slowTwice && f.slow(r.Features.HasPatches, r.Features.HalfCorrelation, asked))
	f.disputed = !r.Features.OneByOne && !a.opt.Disable.Disputed && (r.Features.disputed(f) || thirds(fused, f.phase) || 60*f.f0 < twiceBelow && pairs(fused, f.phase))
	r.Pulse = dsp.Series{Rate: waveRate, Samples: normalised(f.fused)}
	for _, b := range f.beats {
		r.Beats = append(r.Beats, Beat{Time: b})
	}
	return f
}

// follow fills in the features of a track, which is path smoothed, and the spectrogram. It reports whether any
// method voted on the track.
func (a *Analyzer) follow(r *Result, track ppg.Track, path []int) bool {
	agree := a.steps.agreement(path)
	r.Features.Margin = a.tracker.margin(path)
	if !a.finger() {
		r.Features.PatchesAgreement = a.steps.own(path, patchesMethod)
		r.Features.BackgroundLight = a.capture.backgroundLight()
		r.Features.StillShare = a.body.stillShare()
		r.Features.SlowChange, r.Features.FastChange = changes(a.colour[1])
	}
	r.Track = Track{TimeS: track.TimeS, BPM: track.BPM, Agreement: make([]float64, len(agree))}
	voted := 0.0
	for i, g := range agree {
		r.Track.Agreement[i] = max(0, g)
		if g >= 0 {
			voted++
			r.Features.Agreement += g
		}
	}
	if voted == 0 {
		return false
	}
	r.Features.Agreement /= voted
	r.Features.RedLine = dsp.Median(a.red)
	r.Features.Colours = dsp.Mean(a.colours)
	r.Features.HasPatches = slices.ContainsFunc(a.beating, func(b beating) bool { return b.patches >= leastPatches })
	r.Features.fill(a.beating, track.TimeS, track.BPM)
	r.Features.PulseColour = a.pulse.Unit()
	r.Features.OfDetector = math.Abs(track.Median()-detectorBPM) < 1
	r.Features.Lossy = slices.Contains(lossy, a.meta.Device.Codec)
	r.Features.OwnRates = ownRates(a.spectra, track.Median())
	r.Spectrum = a.steps.spectrogram()
	return true
}

// fuse fills in the pulse wave along the track and its beats, and returns the wave at rate, and that of all
// patches, which is nil for a finger.
func (a *Analyzer) fuse(r *Result, f *findings) (fused, patches []float64) {
	n := a.total()
	waves := a.waves.waves(n)
	f.f0, f.mean = f.track.Median()/60, dsp.Mean(f.track.BPM)
	f.phase = ppg.NewPhase(f.track, n, rate)
	candidates := waves[:len(waves)-2]
	blocks := ppg.SNR(f.phase, f.f0, candidates...)
	fused = ppg.Fuse(candidates, rate, blocks)
	if !a.finger() {
		patches = candidates[patchesMethod]
		r.Features.PatchesSNR = ppg.DB(ppg.Ratio(blocks[patchesMethod]))
	}
	r.Features.SNR = ppg.DB(ppg.Ratio(ppg.SNR(f.phase, f.f0, fused)[0]))
	r.Features.Steadiness = steadiness(fused, f.f0)
	f.guide = ppg.Guide(fused, f.phase)
	f.wide, f.height = ppg.Wide(fused, f.phase)
	f.fused = upsample(fused)
	f.beats = f.guide
	if a.finger() {
		// Light through a finger shows upstrokes clean enough to time beats by. On a face the narrow band gives
		// steadier times.
		f.beats = ppg.MidUpstroke(f.fused, waveRate, f.f0, f.guide)
	}
	if h := waves[len(waves)-2:]; h[0] != nil && h[1] != nil {
		f.halves = [2][]float64{h[0], h[1]}
		r.Features.HasHalves = true
		lo, hi := 1-0.25/f.f0, 1+0.25/f.f0
		r.Features.HalfCorrelation = dsp.Correlation(ppg.Narrow(f.phase.Warp(h[0]), lo, hi), ppg.Narrow(f.phase.Warp(h[1]), lo, hi))
	}
	return fused, patches
}

// irregularity returns the median change from one interval to the next as a share
// of the median interval; 0 with fewer than three intervals.
func irregularity(intervals []float64) float64 {
	if len(intervals) < 3 {
		return 0
	}
	change := make([]float64, len(intervals)-1)
	for i := range change {
		change[i] = math.Abs(intervals[i+1] - intervals[i])
	}
	return dsp.Median(change) / dsp.Median(intervals)
}

// upsample doubles the rate of a wave by its cubic spline.
func upsample(x []float64) []float64 {
	s := dsp.NewSpline(x)
	out := make([]float64, max(0, 2*len(x)-1))
	for i := range out {
		out[i] = s.At(float64(i) / 2)
	}
	return out
}

// normalised scales a wave to a standard deviation of one.
func normalised(x []float64) []float64 {
	sd := dsp.SD(x)
	out := make([]float64, len(x))
	if sd > 0 {
		for i, v := range x {
			out[i] = v / sd
		}
	}
	return out
}

// estimate fills in the estimates, each with its value or its reason, and the quality of the recording as a whole.
func (a *Analyzer) estimate(r *Result, f *findings) {
	refuse := a.refusals(r)
	hr := a.heartRate(r, f, refuse)
	var k rhythm
	if f != nil {
		k = a.rhythmOf(r, f)
	}
	rest := map[biomarker.Name]biomarker.Estimate{}
	if hr.Reason == nil {
		breath := a.respiration(r, f, k, hr)
		perSecond := 0.0
		if breath.Value != nil {
			perSecond = *breath.Value / 60
		}
		k.measure(f, perSecond, a.finger(), r.Features.OneByOne)
		for _, e := range append(a.variability(r, k, hr), breath) {
			rest[e.Biomarker] = e
		}
		for _, e := range a.markers(r, k, hr, rest) {
			rest[e.Biomarker] = e
		}
	}
	for _, kind := range biomarker.Catalogue {
		e, ok := rest[kind.Name]
		switch {
		case kind.Name == biomarker.HeartRate:
			e = hr
		case !kind.FromScan:
			e = biomarker.Refuse(kind.Name, biomarker.NotMeasured, 0, "")
		case !ok && hr.Reason == nil:
			panic("engine: no formula for " + string(kind.Name))
		case !ok:
			e = biomarker.Refuse(kind.Name, *hr.Reason, 0, "")
		}
		r.Estimates = append(r.Estimates, e)
	}
	if hr.Reason != nil && !slices.Contains(refuse, *hr.Reason) {
		refuse = append(refuse, *hr.Reason)
	}
	r.QualityFlags = refuse
	switch {
	case hr.Reason != nil:
		r.Quality = "poor"
	case hr.Confidence < goodConfidence:
		r.Quality = "fair"
	default:
		r.Quality = "good"
	}
}

// goodConfidence is the confidence in the heart rate from which a recording is good.
const goodConfidence = 0.95

// heartRateMethod is the method of the heart rate.
const heartRateMethod = "beat count on a voted track"

// fewPatchesMethod is the method for few patches of a face, which say less about other causes of change.
const fewPatchesMethod = heartRateMethod + "; of fewer than six patches, which tell a pulse less well from light and movement"

func (a *Analyzer) heartRate(r *Result, f *findings, refuse []biomarker.Reason) biomarker.Estimate {
	method := heartRateMethod
	if !a.finger() && f != nil && !r.Features.HasPatches {
		method = fewPatchesMethod
	}
	if f == nil {
		why := biomarker.NoPulse
		if len(refuse) > 0 {
			why = refuse[0]
		} else if u := a.unread(); u != "" {
			why = u
		}
		return biomarker.Refuse(biomarker.HeartRate, why, 0, method)
	}
	value := f.rate(r.Features)
	m := a.cal.HeartRate.For(a.meta.Site, r.Features)
	evidence := EvidenceOf(r.Features, r.Capture.DurationS)
	score := m.Score(evidence)
	beats, asBeats := r.Features.recounted(r.Capture.DurationS)
	where := m.spread(score, value, r.Capture.DurationS, a.finger(), r.Features).either(f.fewer(value, r.Features)).either(beats, asBeats).
		shared(0, f.otherwise).shared(0, 0, f.weak, 2*f.weak).shared(0, 0, 0, 0, -f.one, f.one).widened(a.clockError(value, f))
	if a.finger() && !a.opt.Disable.Monitor {
		where = where.widened(f.monitored(r.Capture.DurationS))
	}
	course := Probability(score)
	p := where.within(Tolerance)
	if a.opt.Disable.Mixture {
		p = course
	}
	r.Guess = value
	if len(refuse) > 0 {
		return biomarker.Refuse(biomarker.HeartRate, refuse[0], 0, method)
	}
	kind, _ := biomarker.Find(biomarker.HeartRate)
	switch {
	case evidence.Phantom > 0 || course < m.AcceptFrom(r.Capture.DurationS) || math.IsNaN(value) || r.Features.RedLine > shaken:
		why := a.weakness(r, p)
		if why == biomarker.SignalTooWeak && r.Capture.DurationS < longEnough && course >= m.AcceptFrom(longEnough) {
			why = biomarker.TooShort
		}
		return biomarker.Refuse(biomarker.HeartRate, why, p, method)
	case r.Capture.FaceChanged:
		return biomarker.Refuse(biomarker.HeartRate, biomarker.FaceChanged, 0, method) // right for neither face
	case f.offGrid || value < kind.Min || value > kind.Max:
		return biomarker.Refuse(biomarker.HeartRate, biomarker.OutOfRange, offGridRight, method)
	case f.paired && value < slowTwice, f.disputed:
		return biomarker.Refuse(biomarker.HeartRate, biomarker.IrregularRhythm, disputedRight, method)
	case f.irregular, p < leastConfidence && r.Features.Pauses > mostPauses:
		return biomarker.Refuse(biomarker.HeartRate, biomarker.IrregularRhythm, p, method)
	case p < leastConfidence:
		return biomarker.Refuse(biomarker.HeartRate, a.weakness(r, p), p, method)
	}
	low, high := where.interval()
	return biomarker.Accept(biomarker.HeartRate, value, max(kind.Min, value+low), min(kind.Max, value+high), p, method)
}

// rate is the heart rate in bpm: that of the track, or of the beats where they show it better.
func (f *findings) rate(r Features) float64 {
	switch {
	case r.off.Count:
	case r.OneByOne:
		return f.count
	case r.scattered() && len(f.wide) > 3:
		return 60 / dsp.Mean(ppg.Intervals(f.wide)) // no track follows an irregular rhythm
	case math.Abs(f.count-f.mean) < 4 && max(r.Agreement, r.PatchesAgreement) > 0.6:
		return f.count
	}
	return f.mean
}

// longEnough is the length in s of a good scan. A wave that would be accepted at that length is too short, not too
// weak.
const longEnough = 29

// The shares of clear rates that are right although the rate lies at the edge of the grid, and although single beats contradict it: of simulated
// hearts with unusual rhythms, 70 of 141 and 3 of 50 (60 s, seeds 63 to 65); of the few regular hearts that are refused so, all.
const offGridRight, disputedRight = 0.5, 0.1

// leastConfidence is the least probability of being right at which a rate is given, however certain the track.
const leastConfidence = 0.6
