package engine

import (
	"math"
	"slices"

	"blush.example/blush/dsp"
	"blush.example/blush/ppg"
)

// Of beats that are found one by one.
const (
	// doubtful is the share of upstrokes near to what is none ([ppg.Upstrokes]) up to which they are believed one by one: of
	// 180 simulated rhythms of every kind that are, all but one beat at most is found in 172.
	doubtful = 0.02
	// oneByOneBelow is the rate in bpm from which the band's upper edge makes single upstrokes alike.
	oneByOneBelow = 180
	// An interval departs from the track where it is shorter than early or longer than late of it; a
	// rhythm does where more than departShare are, or one is a pause.
	early, late = 0.8, 1.25
	departShare = 0.05
	// exact is the median change of intervals, as a share of them, up to which noise moves no beat far enough to be missed, so that
	// a pause is one. Else the wave must be clearer by that many dB along its beats than along the track, and have clearSNR dB
	// there, for the heart to keep to none: along beats of its own making noise has up to 5.
	exact, clearer, clearSNR = 0.05, 6.0, 8.0
	// A pause is longer than pause of the usual interval around it and than beyond of the shorter of its neighbours: a
	// swing of the breath has long intervals between others as long.
	pause, beyond = 1.5, 1.35
	// one is how many intervals a pause with one beat unseen lasts at most. Where more than patterned of all intervals are such, the heart
	// has a pattern of its own.
	one, patterned = 2.3, 0.2
	// pausingFrom is the logarithm of the evidence for pauses over that for a steady rhythm ([ppg.Missing]) from which the heart pauses,
	// where each half of the face has more than halfPausing of it: of 1,800 simulated faces of 30 and 60 s with a regular heart 46 have more than the first and
	// four both, of 73 hearts that pause four lose the second. From pausingDoubt on no variability is read: beats may be missing.
	pausingFrom, halfPausing, pausingDoubt = 8.0, 5.0, 4.0
	// countsApart is by how many beats a count and the track differ at least for beats that are seen without any doubt to count instead.
	countsApart = 0.75
	// tells is the quality in dB along the beats seen from which these tell the shape of a pulse. bandWidth is that of a wave in Hz. From fastWave
	// in bpm a wave is looked at in finer steps.
	tells, bandWidth, fastWave = 6.0, 3.35, 90.0
)

// filling is how much of the usual interval a heart needs to fill for a pulse that can be seen: a beat that comes earlier makes
// hardly any, as in fibrillation, where fewer pulses reach the wrist than the heart beats.
const filling = 0.6

// weak returns the expected share of beats too early to be seen where intervals are random: that of a
// normal distribution of their spread below filling. A swing of the breath and beats in a pattern, of which each second
// or third is alike, are no random intervals.
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

// beatwise finds the beats of a clear wave one by one and, where they keep to no
// track, takes them for the beats, their phase for the phase and what is measured along it.
// Else beats are those along the track, which steadies weak ones. fused is the wave at rate, patches that of all patches, nil
// without.
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
	if slow && !a.finger() && !a.opt.Disable.Pauses && !(clear && f.evident(snr)) { // beats seen through fingers are too uneven, as people have them, to tell
		r.Features.Pausing = f.pausing(fused, snr)
		if r.Features.Pausing > pausingFrom && r.Features.HasHalves {
			r.Features.HalfPausing = min(ppg.Missing(f.halves[0], rate, bandWidth, f.track, f.guide), ppg.Missing(f.halves[1], rate, bandWidth, f.track, f.guide))
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

// evident reports a wave so clear that each of its beats is seen, as many as the track counts and at distances of a steady rhythm: none is missing. snr is its
// quality in dB along them.
func (f *findings) evident(snr float64) bool {
	if !(snr > clearSNR && f.seen.Doubtful == 0 && math.Abs(ppg.Surplus(f.seen.TimeS, f.track)) < sameCount) {
		return false
	}
	ibi := ppg.Intervals(f.seen.TimeS)
	m := dsp.Median(ibi)
	return slices.Max(ibi) < steadyTo*m && slices.Min(ibi) > m/steadyTo
}

// sameCount is how many beats fewer or more than the track counts are the same number, and steadyTo how many times the median interval none of a steady
// rhythm exceeds.
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

// departs reports beats seen one by one that keep to no track; clear says that they are seen clearly, snr in dB how well the wave fits them.
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

// oneByOne takes the beats that are seen one by one and counts them, and those that pauses may hold.
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
	case float64(short) > patterned*n: // a pattern of the heart's own, as a block of two in three
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

// paused reports a heart that pauses. What one half of a face alone shows is noise or movement.
func (f Features) paused() bool {
	return f.Pausing > pausingFrom && (!f.HasHalves || f.HalfPausing > halfPausing)
}

// pausing returns the evidence that beats are missing in the wave, where snr is its quality in dB along the beats that are seen.
func (f *findings) pausing(fused []float64, snr float64) float64 {
	shape, wave, hz := f.guide, fused, rate
	if snr > tells {
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

// departing reports whether beats pause, and whether they keep to no track.
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
		case g > 0 && g > (missing-1.5)*m: // long enough for so many
			lost += int(missing)
			continue
		case v < one*m:
			short++
		}
		pauses++
	}
	return pauses, short, lost
}

// gapBetween returns for how many s frames are missing between two moments in s.
func (a *Analyzer) gapBetween(from, to float64) float64 {
	n := 0
	for i := max(0, int(from*rate)); i <= min(len(a.gaps)-1, int(to*rate)); i++ {
		if a.gaps[i] {
			n++
		}
	}
	return float64(n) / rate
}

// A heart slower than the grid is found at twice its rate: its wave has lines at the odd multiples of half the
// track's rate, which that of a heart at the track's rate has not. halved is the share that they have of the line
// at the track's rate, halvedFloor how often they are as strong as what lies beside them, slowTwice the rate
// in bpm up to which the half of it could not have been found.
const (
	halved      = 0.04
	halvedFloor = 5.0
	strong      = 0.15 // or these two, where all patches show the same
	strongFloor = 2.2
	aloneFloor  = 3.0 // in place of strongFloor where there is one wave to ask: beats of a real finger of unequal height reach 2.6
	slowTwice   = 2 * (gridLow + 4)

	// The line at half the rate itself, which lies below the band and shows through noise all the same, is so large a share of the line at the track's rate and
	// so many times what lies beside it: where the two halves of the face show the same wave; where noise makes them differ, in the wave, and then in each half as well,
	// whose noise is its own; and in the wave where it repeats at half the rate besides. Of 230 simulated hearts of 26 to 34 bpm in recordings of 30 and 60 s that are strong enough for a rate,
	// one is read at twice its rate; of 1,195 regular ones, two are told to be so slow.
	alikeLine, alikeLineFloor = 0.04, 4.0
	halfLine, halfLineFloor   = 0.07, 4.0
	halvesLine, halvesFloor   = 0.05, 1.5
	besideLine, besideFloor   = 0.1, 2.5

	// sameWave is from which correlation on the halves of the face show the same wave.
	sameWave = 0.85
)

// unlike is how steep the weaker of two beats that take turns is at most, as a share of the stronger one, where it may be a
// reflection of that.
const unlike = 0.75

// paired reports beats that take turns in strength and distance: each second may be the reflected
// wave of the one before, in a heart of half the rate, or one that comes early.
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

// half reports whether the wave repeats at half the rate of the track; floor is how many times what lies beside them strong lines must be.
func half(wave []float64, p ppg.Phase, floor float64) bool {
	power := linesAlong(wave, p)
	if power == nil {
		return false
	}
	odd := power(1.5) + power(2.5)
	beside := (power(1.25) + power(1.75) + power(2.25) + power(2.75)) / 2
	return odd > halved*power(1) && odd > halvedFloor*beside || odd > strong*power(1) && odd > floor*beside
}

// slow reports a heart of half the rate of the track: of a face of several patches, whose halves correlate by alike, its own line tells it from noise that
// happens to lie between the pulse's lines. waves are the fused one and that of all patches, if any.
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

// lineAtHalf reports a line at half the rate of the track: at least so large a share of the one at the track's rate, and so many times what lies beside it.
func lineAtHalf(wave []float64, p ppg.Phase, share, floor float64) bool {
	power := linesAlong(wave, p)
	return power != nil && power(0.5) > share*power(1) && power(0.5) > floor*(power(0.35)+power(0.68))/2
}

// linesAlong returns what tells the power of a wave within 0.05 cycles of so many cycles a cycle of the phase, nil for no phase.
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

// A heart of which each third beat is missing (a block of three to two) makes lines at two and four thirds of the track's rate. Breathing at a
// third of it makes two, too, but weaker ones. third is the share that the lower one has at least of the line at the track's rate, above
// how many times what lies beside it; fourThirds is that of the upper one.
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

// Two beats that take turns in their distance, as each second one that comes early, make a wave of half their rate, with a line at their rate that is as strong: twice is
// what share it has. A pulse's own second harmonic has a tenth, that of slow hearts up to a half; twiceBelow is the rate in bpm up to which the track may be half of a heart's.
const twice, twiceBelow = 0.9, 60.0

// pairs reports whether the heart may beat twice in each cycle of the track.
func pairs(wave []float64, p ppg.Phase) bool {
	power := linesAlong(wave, p)
	return power != nil && power(2) > twice*power(1)
}

// disputed reports a pulse that is plainly there, much the same in both halves and in every patch of the face, of which the track
// explains little, below disputedSNR dB, and of whose single beats, unsure as they are, more than disputedShare are too many or too few for
// the track: dropped beats in a pattern, as two of three, make the spectrum of another rate. Of 370 simulated faces with a regular heart,
// weak ones among them, the first two hold for four.
func (f Features) disputed(x *findings) bool {
	return !f.off.Disputed && f.SNR < disputedSNR && f.HasHalves && f.HalfCorrelation >= alike && f.Uniformity >= 0.8 &&
		math.Abs(ppg.Surplus(x.seen.TimeS, x.track)) > disputedShare*float64(len(x.seen.TimeS))
}

const disputedSNR, alike, disputedShare = 4.0, 0.82, 0.2

// edge reports a track on the edge of the grid in a fifth of its time or more: the rate may lie beyond.
func (f *findings) edge() bool {
	n := 0
	for _, v := range f.track.BPM {
		if v < gridLow+1 || v > gridHigh-1 {
			n++
		}
	}
	return 5*n > len(f.track.BPM)
}
