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
	// one is how many intervals a pause with one beat unseen lasts at most.
	one = 2.3
)

// beatwise finds the beats of a clear wave one by one and, where they keep to no
// track, takes them for the beats, their phase for the phase and what is measured along it.
// Else beats are those along the track, which steadies weak ones. fused is the wave at rate, patches that of all patches, nil
// without.
func (a *Analyzer) beatwise(r *Result, f *findings, fused, patches []float64) {
	r.Features.Irregularity = irregularity(ppg.Intervals(f.guide))
	seen := ppg.Seen(f.fused, waveRate, f.f0, f.guide)
	f.seen = seen
	clear := float64(seen.Doubtful) <= doubtful*float64(len(seen.TimeS)) && len(seen.TimeS) > 3 && 60*f.f0 < oneByOneBelow && !a.opt.Disable.OneByOne
	var own ppg.Phase
	snr, departs := r.Features.SNR, false
	if clear {
		paused, off := departing(seen.TimeS, f.track)
		if paused || off {
			own = ppg.BeatPhase(seen.TimeS, len(fused), rate)
			snr = ppg.DB(ppg.Ratio(ppg.SNR(own, f.f0, fused)[0]))
		}
		sharp := irregularity(ppg.Intervals(seen.TimeS)) <= exact && ppg.Surplus(seen.TimeS, f.track) < 0
		departs = paused && sharp || snr > max(r.Features.SNR+clearer, clearSNR)
	}
	if !departs {
		f.count = ppg.CountRate(f.wide, f.track)
		if clear && len(f.wide) > 3 && len(seen.TimeS) == among(f.wide, seen.TimeS) {
			f.count = 60 / dsp.Mean(ppg.Intervals(f.wide)) // two counts against the track's
			return
		}
		for _, series := range [...][]float64{f.guide, f.wide, f.beats} {
			r.Features.CountDoubt = max(r.Features.CountDoubt, math.Abs(ppg.Surplus(series, f.track)))
		}
		if r.Features.SNR >= dipSNR && !a.opt.Disable.Pauses {
			f.leaveOut(dips(f.wide, f.height), r)
		}
		return
	}
	f.beats, f.phase = seen.TimeS, own
	r.Features.OneByOne = true
	r.Features.Variation = dsp.SD(ppg.Intervals(f.beats)) / dsp.Mean(ppg.Intervals(f.beats))
	f.paired = paired(seen)
	r.Features.Irregularity = irregularity(ppg.Intervals(f.beats))
	r.Features.SNR = max(r.Features.SNR, snr)
	if patches != nil {
		r.Features.PatchesSNR = max(r.Features.PatchesSNR, ppg.DB(ppg.Ratio(ppg.SNR(own, f.f0, patches)[0])))
	}
	r.Features.CountDoubt = float64(seen.Doubtful) / 2 // each may be a beat or none
	lost := 0
	r.Features.Pauses, r.Features.Unseen, lost = a.pauses(f.beats, r.Features.Irregularity <= regular)
	n, span := float64(len(f.beats)-1+lost), f.beats[len(f.beats)-1]-f.beats[0]
	f.count = 60 * (n + float64(r.Features.Unseen)) / span
	f.fewer = 60 * float64(r.Features.Unseen) / span
}

// Where the wave is less clear, beats along the track that it hardly has are dips of its strength in the narrow band: below
// deepest of the usual, and by spreads standard deviations of the strength of stronger beats,
// so that noise makes none. From leastDips, and dipShare of all beats, the heart may have paused there: of 136 simulated
// faces without pauses none has as many at dipSNR dB or more.
const (
	deepest, spreads    = 0.5, 2.5
	leastDips, dipShare = 3, 0.05
	dipSNR              = 4.0
)

// around is over how many beats on either side the usual strength is taken: a pulse may fade for long without a pause.
const around = 10

// dips returns those of the beats at which the wave has next to no strength, nil where they are too few to say so.
func dips(beats, height []float64) []float64 {
	local := make([]float64, len(height))
	var above, out []float64
	for i, h := range height {
		usual := 1 + dsp.Median(height[max(0, i-around):min(len(height), i+around+1)])
		local[i] = (1+h)/usual - 1
		if local[i] > 0 {
			above = append(above, local[i])
		}
	}
	limit := max(deepest, spreads*1.4826*dsp.Median(above))
	for i, h := range local {
		if h < -limit {
			out = append(out, beats[i])
		}
	}
	if float64(len(out)) < max(leastDips, dipShare*float64(len(beats))) {
		return nil
	}
	return out
}

// leaveOut takes beats that the wave hardly has off the list, and the count may be too high by them.
func (f *findings) leaveOut(dips []float64, r *Result) {
	if len(dips) == 0 {
		return
	}
	near := 0.4 / f.f0
	kept := f.beats[:0:0]
	for _, b := range f.beats {
		if !slices.ContainsFunc(dips, func(d float64) bool { return math.Abs(b-d) < near }) {
			kept = append(kept, b)
		}
	}
	f.beats = kept
	r.Features.Pauses, r.Features.Unseen = len(dips), len(dips)
	f.fewer = 60 * float64(len(dips)) / (f.wide[len(f.wide)-1] - f.wide[0])
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

// pauses counts the pauses between beats, those of them in which one beat may be unseen, if the rhythm is
// steady else, and the beats that fall into gaps between frames.
func (a *Analyzer) pauses(beats []float64, steady bool) (pauses, unseen, lost int) {
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
		switch {
		case a.gapBetween(beats[i], beats[i+1]):
			lost += int(math.Round(v/m)) - 1
			continue
		case steady && v < one*m:
			unseen++
		}
		pauses++
	}
	return pauses, unseen, lost
}

// gapBetween reports whether frames are missing between two moments in s.
func (a *Analyzer) gapBetween(from, to float64) bool {
	for i := max(0, int(from*rate)); i <= min(len(a.gaps)-1, int(to*rate)); i++ {
		if a.gaps[i] {
			return true
		}
	}
	return false
}

// A heart slower than the grid is found at twice its rate: its wave has lines at the odd multiples of half the
// track's rate, which that of a heart at the track's rate has not. halved is the share that they have of the line
// at the track's rate, halvedFloor how often they are as strong as what lies beside them, slowTwice the rate
// in bpm up to which the half of it could not have been found.
const (
	halved      = 0.04
	halvedFloor = 5.0
	strong      = 0.15 // or these two
	strongFloor = 2.0
	slowTwice   = 2 * (gridLow + 4)
)

// unlike is how steep the weaker of two beats that take turns is at most, as a share of the stronger one, where it may be a
// reflection of that.
const unlike = 0.75

// paired reports beats that take turns in strength and distance: each second may be the reflected
// wave of the one before, in a heart of half the rate, or one that comes early.
func paired(u ppg.Upstrokes) bool {
	var steep, after [2][]float64
	for i, v := range ppg.Intervals(u.TimeS) {
		steep[i%2], after[i%2] = append(steep[i%2], u.Steep[i]), append(after[i%2], v)
	}
	s, t := dsp.Median(steep[0])/dsp.Median(steep[1]), dsp.Median(after[0])/dsp.Median(after[1])
	return min(s, 1/s) < unlike && min(t, 1/t) < early
}

// half reports whether the wave repeats at half the rate of the track.
func half(wave []float64, p ppg.Phase) bool {
	x := p.Warp(wave)
	if len(x) == 0 {
		return false
	}
	for i, w := range dsp.Hann(len(x)) {
		x[i] *= w
	}
	around := func(cycles float64) float64 { // power within 0.05 cycles
		sum := 0.0
		for d := -2.0; d <= 2; d++ {
			sum += dsp.PowerAt(x, (cycles+d*0.025)/ppg.PerCycle)
		}
		return sum
	}
	odd := around(1.5) + around(2.5)
	beside := (around(1.25) + around(1.75) + around(2.25) + around(2.75)) / 2
	return odd > halved*around(1) && odd > halvedFloor*beside || odd > strong*around(1) && odd > strongFloor*beside
}

// disputed reports a pulse that is plainly there, much the same in both halves and in every patch of the face, of which the track
// explains little, below disputedSNR dB, and of whose single beats, unsure as they are, more than disputedShare are too many or too few for
// the track: dropped beats in a pattern, as two of three, make the spectrum of another rate. Of 370 simulated faces with a regular heart,
// weak ones among them, the first two hold for four.
func (f Features) disputed(x *findings) bool {
	return !f.off.Disputed && f.SNR < disputedSNR && f.HasHalves && f.HalfCorrelation >= alike && f.Uniformity >= 0.8 &&
		math.Abs(ppg.Surplus(x.seen.TimeS, x.track)) > disputedShare*float64(len(x.seen.TimeS))
}

const disputedSNR, alike, disputedShare = 4.0, 0.82, 0.08

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
