package engine

import (
	"math"
	"slices"

	"blush.example/blush/dsp"
	"blush.example/blush/ppg"
)

// Limits for beats that are found one by one.
const (
	// doubtful is the largest share of doubtful upstrokes ([ppg.Upstrokes]) at which beats are accepted one by
	// one. Of 180 simulated rhythms of every kind that are accepted, 172 miss at most one beat.
	doubtful = 0.02
	// oneByOneBelow is the rate in bpm from which the upper edge of the band makes all upstrokes alike.
	oneByOneBelow = 180
	// An interval departs from the track if it is shorter than early or longer than late times the track's. A
	// rhythm does if more than departShare of its intervals do, or if one is a pause.
	early, late = 0.8, 1.25
	departShare = 0.05
	// exact is the median change between intervals, as a share of them, up to which noise moves no beat so far
	// that it is missed: a pause is then real. Otherwise the wave must be clearer along its beats than along the
	// track, by clearer dB, and have clearSNR dB there, before the track is given up: noise has up to 5 dB along
	// beats found in it.
	exact, clearer, clearSNR = 0.05, 6.0, 8.0
	// A pause is longer than pause times the usual interval around it, and than beyond times the shorter of its
	// neighbours. Breathing makes long intervals too, but next to others as long.
	pause, beyond = 1.5, 1.35
	// one is the greatest length, in intervals, of a pause with one unseen beat. If more than the share patterned
	// of all intervals are such pauses, the heart beats in a pattern.
	one, patterned = 2.3, 0.2
	// pausingFrom is the evidence for pauses ([ppg.Missing]) from which the heart pauses, if each half of the face
	// has more than halfPausing of it. Of 1,800 simulated faces of 30 and 60 s with a regular heart, 46 exceed the
	// first limit and four both. Of 73 hearts that pause, four don't exceed the second. From pausingDoubt on no
	// variability is read: beats may be missing.
	pausingFrom, halfPausing, pausingDoubt = 8.0, 5.0, 4.0
	// countsApart is the difference in beats between a count and the track's from which beats that are seen
	// without any doubt are used instead.
	countsApart = 0.75
	// shapeSNR is the quality in dB along the beats seen from which they give the shape of a pulse. bandWidth is the
	// width of a wave's band in Hz. From fastWave bpm on, a wave is examined in finer steps.
	shapeSNR, bandWidth, fastWave = 6.0, 3.35, 90.0
)

// filling is the share of the usual interval that a heart needs to fill for a visible pulse. A beat that comes
// earlier makes hardly any, as in fibrillation, where fewer pulses reach the wrist than the heart beats.
const filling = 0.6

// weak returns the expected share of beats too early to be seen where intervals are random: the part below filling
// of a normal distribution with their spread. Breathing is not random, nor are patterns in which every second or
// third interval is alike.
func weak(beats []float64) float64 {
	ibi := ppg.Intervals(beats)
	sd := math.Inf(1)
	for apart := 1; apart <= 3 && len(ibi) > 3+apart; apart++ {
		d := make([]float64, len(ibi)-apart)
		for i := range d {
			d[i] = ibi[i+apart] - ibi[i]
		}
		sd = min(sd, 1.4826*dsp.MAD(d)/math.Sqrt2/dsp.Mean(ibi))
	}
	if !(sd > 0) || math.IsInf(sd, 1) {
		return 0
	}
	return math.Erfc((1-filling)/sd/math.Sqrt2) / 2
}

// beatwise finds the beats of a clear wave one by one. Where they follow no track, it uses them as the beats and
// their phase as the phase, and measures the wave along it. Otherwise it keeps the beats along the track, which
// steadies weak ones. fused is the wave at rate, and patches that of all patches, or nil.
func (a *Analyzer) beatwise(r *Result, f *findings, fused, patches []float64) {
	r.Features.Irregularity = irregularity(ppg.Intervals(f.guide))
	f.seen = ppg.FindUpstrokes(f.fused, waveRate, f.f0, f.guide)
	own, snr := f.ownPhase(fused)
	for _, s := range [...][]float64{f.guide, f.wide, f.beats} {
		r.Features.CountDoubt = max(r.Features.CountDoubt, math.Abs(ppg.Surplus(s, f.track)))
	}
	slow := 60*f.f0 < oneByOneBelow
	doubt := float64(f.seen.Doubtful) / float64(max(1, len(f.seen.TimeS)))
	clear := slow && len(f.seen.TimeS) > 3 && doubt <= doubtful && !a.opt.Disable.OneByOne
	if slow && !a.finger() && !a.opt.Disable.Pauses && !(clear && f.evident(snr)) { // pulses of real fingers are too uneven for this
		p := f.pausing(fused, snr)
		r.Features.Pausing, f.pausedBPM = p.Evidence, p.BPM
		if r.Features.Pausing > pausingFrom && r.Features.HasHalves {
			r.Features.HalfPausing = math.Inf(1)
			for _, h := range f.halves {
				r.Features.HalfPausing = min(r.Features.HalfPausing, ppg.Missing(h, rate, bandWidth, f.track, f.guide).Evidence)
			}
		}
	}
	if !r.Features.departs(f, clear, snr) {
		r.Features.alongTrack(f, clear)
		return
	}
	f.phase = own
	r.Features.SNR = max(r.Features.SNR, snr)
	if patches != nil {
		r.Features.PatchesSNR = max(r.Features.PatchesSNR, ppg.DB(ppg.Ratio(ppg.SNR(own, f.f0, patches)[0])))
	}
	a.oneByOne(r, f)
}

// evident reports a wave so clear that no beat is missing: as many are seen as the track counts, at the intervals
// of a steady rhythm. snr is its quality in dB along them.
func (f *findings) evident(snr float64) bool {
	if !(snr > clearSNR && f.seen.Doubtful == 0 && math.Abs(ppg.Surplus(f.seen.TimeS, f.track)) < sameCount) {
		return false
	}
	ibi := ppg.Intervals(f.seen.TimeS)
	m := dsp.Median(ibi)
	return slices.Max(ibi) < steadyTo*m && slices.Min(ibi) > m/steadyTo
}

// sameCount is the difference from the track's count, in beats, below which a count is the same. steadyTo is the
// ratio to the median interval that no interval of a steady rhythm exceeds.
const sameCount, steadyTo = 0.5, 1.25

// ownPhase returns the phase of the beats seen one by one, and the signal-to-noise ratio in dB of the fused wave at rate along it; -Inf where
// too few were seen.
func (f *findings) ownPhase(fused []float64) (own ppg.Phase, snr float64) {
	if len(f.seen.TimeS) <= 3 {
		return own, math.Inf(-1)
	}
	own = ppg.BeatPhase(f.seen.TimeS, len(fused), rate)
	return own, ppg.DB(ppg.Ratio(ppg.SNR(own, f.f0, fused)[0]))
}

// departs reports whether the beats seen one by one follow no track. clear says whether they are seen clearly; snr
// is the quality of the wave along them in dB.
func (r *Features) departs(f *findings, clear bool, snr float64) bool {
	var paused, off bool
	if clear {
		paused, off = departing(f.seen.TimeS, f.track)
	}
	sharp := irregularity(ppg.Intervals(f.seen.TimeS)) <= exact && ppg.Surplus(f.seen.TimeS, f.track) < 0
	return paused && sharp || (paused || off) && snr > max(r.SNR+clearer, clearSNR) ||
		clear && snr > clearSNR && (r.paused() || r.CountDoubt > countsApart && f.seen.Doubtful == 0)
}

// alongTrack counts the beats along the track.
func (r *Features) alongTrack(f *findings, clear bool) {
	c := ppg.CountRate(f.wide, f.track)
	f.count, r.Recounted, r.Residual = c.BPM, c.Recounted, c.Residual
	if f.irregular = r.paused(); f.irregular {
		f.beats = f.seen.TimeS
		return
	}
	if len(f.wide) <= 3 {
		return
	}
	mean := dsp.Mean(ppg.Intervals(f.wide))
	r.Variation = dsp.SD(ppg.Intervals(f.wide)) / mean
	if clear && len(f.seen.TimeS) == among(f.wide, f.seen.TimeS) {
		f.count, r.CountDoubt, r.Recounted, r.Residual = 60/mean, 0, 0, 0 // two counts against the track's
	}
}

// oneByOne uses the beats that are seen one by one, and counts them and those that may be missing in pauses.
func (a *Analyzer) oneByOne(r *Result, f *findings) {
	f.beats = f.seen.TimeS
	r.Features.OneByOne = true
	r.Features.Variation = dsp.SD(ppg.Intervals(f.beats)) / dsp.Mean(ppg.Intervals(f.beats))
	f.paired = paired(f.seen)
	r.Features.Irregularity = irregularity(ppg.Intervals(f.beats))
	r.Features.CountDoubt = float64(f.seen.Doubtful) / 2 // each may be a beat or none
	pauses, short, lost := a.pauses(f.beats)
	n, span := float64(len(f.beats)-1+lost), f.beats[len(f.beats)-1]-f.beats[0]
	r.Features.Pauses = pauses
	switch {
	case float64(short) > patterned*n: // the heart beats in a pattern, such as a block of two in three
	case r.Features.Irregularity <= regular:
		r.Features.Unseen = short
		n += float64(short)
		f.otherwise = -60 * float64(short) / span
	default:
		r.Features.Unseen = short
		f.otherwise = 60 * float64(short) / span
	}
	f.count = 60 * n / span
	f.weak = weak(f.beats) * f.count
	if r.Features.paused() {
		f.one = 60 / span
	}
}

// fewer returns how far, in bpm, the likeliest rhythm with pauses lies from a rate, and the probability that beats are missing. The distance is
// 0 where none seem to be. Evidence that isn't enough to say that the heart pauses may be too much to rule it out.
func (f *findings) fewer(bpm float64, r Features) (offset, probability float64) {
	switch {
	case r.off.Fewer || r.OneByOne || r.Pausing <= pausingDoubt || f.pausedBPM >= bpm:
		return 0, 0
	case f.irregular:
		return f.pausedBPM - bpm, pausedShare
	}
	return f.pausedBPM - bpm, fewerShare
}

// fewerShare is the probability that beats are missing where there is doubt ([findings.fewer]): they are in 19 of 104
// simulated scans, of which a quarter are of hearts that pause (30 and 60 s, seeds 62 to 64). The true rate was
// at most a third further from the steady rate than that of the likeliest rhythm with pauses in 16 of 19. pausedShare is that probability where the
// evidence is enough to say that the heart pauses ([Features.paused]).
const fewerShare, pausedShare = 0.2, 0.9

// recounted returns how far, in bpm, the count of the beats that were found lies from the one used, which is the track's, in a recording of
// the given length in s, and the probability that the beats are right. Noise in one half of a face adds beats to its wave or hides them, a
// heart changes both halves: of the simulated scans with a regular heart in which they differ, the beats are right in 1 of 55 whose
// halves correlate by less than 0.5, and in 20 of 76 from 0.8 on (30 and 60 s, seeds 62 and 63).
func (f Features) recounted(seconds float64) (offset, probability float64) {
	if f.off.Recount || f.OneByOne || !f.HasHalves {
		return 0, 0
	}
	return 60 * float64(f.Recounted) / max(1, seconds), dsp.Interp([]float64{0.65, 0.8}, []float64{0, 0.25}, f.HalfCorrelation)
}

// paused reports a heart that pauses. Evidence in one half of a face alone is noise or movement.
func (f Features) paused() bool {
	return f.Pausing > pausingFrom && (!f.HasHalves || f.HalfPausing > halfPausing)
}

// pausing returns what the wave says about missing beats; snr is its quality in dB along the beats that
// are seen.
func (f *findings) pausing(fused []float64, snr float64) ppg.Pauses {
	shape, wave, hz := f.guide, fused, rate
	if snr > shapeSNR {
		shape = f.seen.TimeS
	}
	if 60*f.f0 > fastWave {
		wave, hz = f.fused, waveRate
	}
	return ppg.Missing(wave, hz, bandWidth, f.track, shape)
}

// among returns how many of the beats lie between the first and the last of others, half an interval of slack on either side.
func among(beats, others []float64) int {
	slack, n := dsp.Median(ppg.Intervals(others))/2, 0
	for _, b := range beats {
		if b > others[0]-slack && b < others[len(others)-1]+slack {
			n++
		}
	}
	return n
}

// departing reports whether beats pause, and whether they follow no track.
func departing(beats []float64, k ppg.Track) (paused, off bool) {
	n := 0
	for i, v := range ppg.Intervals(beats) {
		c := v * k.At(beats[i]+v/2) / 60
		if c < early || c > late {
			n++
		}
		paused = paused || c > pause
	}
	return paused, float64(n) > max(2, departShare*float64(len(beats)))
}

// pauses counts the pauses between beats, those of them that are short enough for one beat unseen, and
// the beats that fall into gaps between frames.
func (a *Analyzer) pauses(beats []float64) (pauses, short, lost int) {
	ibi := ppg.Intervals(beats)
	for i, v := range ibi {
		m := dsp.Median(ibi[max(0, i-5):min(len(ibi), i+6)])
		least := math.Inf(1)
		if i > 0 {
			least = ibi[i-1]
		}
		if i+1 < len(ibi) {
			least = min(least, ibi[i+1])
		}
		if !(v > pause*m && v > beyond*least) {
			continue
		}
		missing := math.Round(v/m) - 1
		switch g := a.gapBetween(beats[i], beats[i+1]); {
		case g > 0 && g > (missing-1.5)*m: // long enough for the missing beats
			lost += int(missing)
			continue
		case v < one*m:
			short++
		}
		pauses++
	}
	return pauses, short, lost
}

// gapBetween returns the time in s without frames between two times in s.
func (a *Analyzer) gapBetween(from, to float64) float64 {
	n := 0
	for i := max(0, int(from*rate)); i <= min(len(a.gaps)-1, int(to*rate)); i++ {
		if a.gaps[i] {
			n++
		}
	}
	return float64(n) / rate
}

// A heart slower than the grid is found at twice its rate. Its wave then has lines at the odd multiples of half
// the track's rate, which the wave of a heart at the track's rate doesn't have. halved is their least share of the
// line at the track's rate, and halvedFloor their least ratio to the spectrum next to them. slowTwice is the rate
// in bpm up to which half of it could not have been found.
const (
	halved      = 0.04
	halvedFloor = 5.0
	strong      = 0.15 // or these two, where all patches show the same
	strongFloor = 2.2
	aloneFloor  = 3.0 // instead of strongFloor where there is only one wave: unequal beats of a real finger reach 2.6
	slowTwice   = 2 * (gridLow + 4)

	// The line at half the rate itself lies below the band, but shows through the noise. For each case, these are
	// its least share of the line at the track's rate, and its least ratio to the spectrum next to it. alike: the
	// two halves of the face show the same wave. half: noise makes them differ; then halves is the limit in each
	// half, whose noise is independent. beside: the wave repeats at half the rate as well. Of 230 simulated hearts
	// of 26 to 34 bpm, in recordings of 30 and 60 s that are strong enough for a rate, one is read at twice its
	// rate. Of 1,195 regular ones, two are taken to be so slow.
	alikeLine, alikeLineFloor = 0.04, 4.0
	halfLine, halfLineFloor   = 0.07, 4.0
	halvesLine, halvesFloor   = 0.05, 1.5
	besideLine, besideFloor   = 0.1, 2.5

	// sameWave is the correlation from which the halves of the face show the same wave.
	sameWave = 0.85
)

// unlike is the greatest steepness of the weaker of two alternating beats, as a share of the stronger one's, at
// which it may be a reflection of that.
const unlike = 0.75

// paired reports beats that alternate in strength and interval. Every second one may be the reflected wave of the
// one before, in a heart of half the rate, or may come early.
func paired(u ppg.Upstrokes) bool {
	var steep, after [2][]float64
	for i, v := range ppg.Intervals(u.TimeS) {
		steep[i%2], after[i%2] = append(steep[i%2], u.Steepness[i]), append(after[i%2], v)
	}
	s, t := dsp.Median(steep[0])/dsp.Median(steep[1]), dsp.Median(after[0])/dsp.Median(after[1])
	return min(s, 1/s) < unlike && min(t, 1/t) < early
}

// repeatsAtHalf reports whether each of the waves repeats at half the rate of the track.
func repeatsAtHalf(p ppg.Phase, waves ...[]float64) bool {
	floor := strongFloor
	if len(waves) == 1 {
		floor = aloneFloor
	}
	for _, w := range waves {
		if !half(w, p, floor) {
			return false
		}
	}
	return true
}

// half reports whether the wave repeats at half the rate of the track; floor is the least ratio of strong lines to
// the spectrum next to them.
func half(wave []float64, p ppg.Phase, floor float64) bool {
	power := linesAlong(wave, p)
	if power == nil {
		return false
	}
	odd := power(1.5) + power(2.5)
	beside := (power(1.25) + power(1.75) + power(2.25) + power(2.75)) / 2
	return odd > halved*power(1) && odd > halvedFloor*beside || odd > strong*power(1) && odd > floor*beside
}

// slow reports a heart at half the rate of the track. In a face of several patches, whose halves correlate by
// alike, the line at half the rate distinguishes it from noise between the pulse's lines. waves are the fused wave
// and that of all patches, if any.
func (f *findings) slow(patches bool, alike float64, waves [][]float64) bool {
	switch {
	case !patches:
		return repeatsAtHalf(f.phase, waves...)
	case alike > sameWave && lineAtHalf(waves[0], f.phase, alikeLine, alikeLineFloor):
		return true
	case lineAtHalf(waves[0], f.phase, halfLine, halfLineFloor):
		return !slices.ContainsFunc(f.halves[:], func(h []float64) bool { return h != nil && !lineAtHalf(h, f.phase, halvesLine, halvesFloor) })
	}
	return lineAtHalf(waves[0], f.phase, besideLine, besideFloor) && repeatsAtHalf(f.phase, waves...)
}

// lineAtHalf reports a line at half the rate of the track: more than share of the line at the track's rate, and
// more than floor times the spectrum next to it.
func lineAtHalf(wave []float64, p ppg.Phase, share, floor float64) bool {
	power := linesAlong(wave, p)
	return power != nil && power(0.5) > share*power(1) && power(0.5) > floor*(power(0.35)+power(0.68))/2
}

// linesAlong returns a function for the power of a wave within 0.05 of a frequency in cycles per cycle of the
// phase. It returns nil for an empty phase.
func linesAlong(wave []float64, p ppg.Phase) func(cycles float64) float64 {
	x := p.Warp(wave)
	if len(x) == 0 {
		return nil
	}
	for i, w := range dsp.Hann(len(x)) {
		x[i] *= w
	}
	return func(cycles float64) float64 {
		sum := 0.0
		for d := -2.0; d <= 2; d++ {
			sum += dsp.PowerAt(x, (cycles+d*0.025)/ppg.PerCycle)
		}
		return sum
	}
}

// A heart that misses every third beat (a three-to-two block) makes lines at two thirds and four thirds of the
// track's rate. Breathing at a third of the rate makes two lines as well, but weaker ones. third is the least
// share of the lower line of the line at the track's rate, thirdFloor its least ratio to the spectrum next to it,
// and fourThirds the least share of the upper line.
const third, thirdFloor, fourThirds = 0.2, 5.0, 0.04

// thirds reports whether the wave repeats at a third of the rate of the track.
func thirds(wave []float64, p ppg.Phase) bool {
	power := linesAlong(wave, p)
	if power == nil {
		return false
	}
	low := power(2.0 / 3)
	return low > third*power(1) && low > thirdFloor*(power(0.53)+power(0.81))/2 && power(4.0/3) > fourThirds*power(1)
}

// Beats at alternating intervals, as when every second one comes early, make a wave at half their rate, with an
// equally strong line at their rate. twice is the least share of that line. The second harmonic of a pulse has a
// tenth, in slow hearts up to a half. twiceBelow is the rate in bpm up to which the track may be half of a
// heart's.
const twice, twiceBelow = 0.9, 60.0

// pairs reports whether the heart may beat twice in each cycle of the track.
func pairs(wave []float64, p ppg.Phase) bool {
	power := linesAlong(wave, p)
	return power != nil && power(2) > twice*power(1)
}

// disputed reports a plain pulse, nearly the same in both halves and in every patch of the face, that the track
// explains badly (below disputedSNR dB), and whose single beats, though uncertain, are more or fewer than the
// track's count by more than disputedShare of them. Beats dropped in a pattern, such as two of three, make the
// spectrum of another rate. Of 370 simulated faces with a regular heart, weak ones included, four meet the first
// two conditions.
func (f Features) disputed(x *findings) bool {
	return !f.off.Disputed && f.SNR < disputedSNR && f.HasHalves && f.HalfCorrelation >= alike && f.Uniformity >= 0.8 &&
		math.Abs(ppg.Surplus(x.seen.TimeS, x.track)) > disputedShare*float64(len(x.seen.TimeS))
}

const disputedSNR, alike, disputedShare = 4.0, 0.82, 0.2

// edge reports a track at the edge of the grid for more than a fifth of its time: the rate may lie beyond.
func (f *findings) edge() bool {
	n := 0
	for _, v := range f.track.BPM {
		if v < gridLow+1 || v > gridHigh-1 {
			n++
		}
	}
	return 5*n > len(f.track.BPM)
}
