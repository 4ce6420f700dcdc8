package engine

import (
	"math"
	"slices"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
)

// Analyzer runs the engine in windows, for live and batch alike. It is fed frame by frame and does bounded work
// every half second. It keeps less than a minute of colours and, of older data, only what the final result needs.
type Analyzer struct {
	meta  rppg.Trace
	opt   Options
	cal   *Calibration
	area  []rppg.Area // of each region
	in    *intake
	voter *voter

	capture capture
	body    body
	latest
	scratch
	tracker *tracker
	steps   steps
	waves   overlap
	history
}

// latest are the most recent samples: cols has the columns, and base is the index of the first sample.
type latest struct {
	cols [][]float64
	gap  []bool
	base int
	held []float64 // last values, for regions that aren't seen
}

// scratch is memory for one window at a time: the mean colour of its regions and of a part of them, the banded
// colours of its regions, of the whole face, of its areas and of the background, and the rows of a vote. Nothing
// in it outlives a window.
type scratch struct {
	mean, part rppg.RGB
	banded     []rppg.RGB
	whole      rppg.RGB
	parts      [rppg.Areas]rppg.RGB
	behind     rppg.RGB
	combiner   rppg.Combiner
	rows       [3][]float64
}

// history is what is kept of the windows so far.
type history struct {
	windows int          // long windows looked at
	colour  [3][]float64 // mean over regions at rate
	gaps    []bool
	red     []float64 // red line of each window
	pulse   rppg.PulseColour
	gain    []gain // of each region
	beating []beating
	unfit   []biomarker.Reason // of each window without a region to average
	colours []float64          // of a finger: how many voted in each window
	spectra [][]float64        // of each region: the spectra of its patch, summed over windows that hardly overlap, see [voter.patchSpectra]
}

func (l latest) fork() latest {
	l.cols, l.gap, l.held = cloned(l.cols), slices.Clone(l.gap), slices.Clone(l.held)
	return l
}

func (h history) fork() history {
	for k, c := range h.colour {
		h.colour[k] = slices.Clone(c)
	}
	h.gaps, h.red, h.gain, h.beating = slices.Clone(h.gaps), slices.Clone(h.red), slices.Clone(h.gain), slices.Clone(h.beating)
	h.unfit, h.colours, h.spectra = slices.Clone(h.unfit), slices.Clone(h.colours), cloned(h.spectra)
	return h
}

// mostSamples is the number of samples kept before older ones are dropped, large enough that moving the others
// costs little.
const mostSamples = 4 * longSamples

// Columns of a region in a sample, and of the sample.
const (
	colR = iota
	colG
	colB
	colMissing
	colClipped
	colSkin
	regionColumns
)

// sharedColumns are the columns that belong to no region: the background's R, G and B, and the middle of the face
// box in widths of the face, x and y.
const sharedColumns = 5

// New returns an Analyzer for a recording. meta gives its site, its regions and its device; the columns of meta
// aren't read.
func New(meta rppg.Trace, opt Options) *Analyzer {
	a := &Analyzer{meta: meta, opt: opt, cal: opt.Calibration, voter: newVoter(), tracker: newTracker(), capture: capture{off: opt.Disable}}
	if a.cal == nil {
		a.cal = DefaultCalibration()
	}
	if len(a.meta.Regions) > rppg.MaxRegions {
		a.meta.Regions = a.meta.Regions[:rppg.MaxRegions]
	}
	a.area = rppg.AreasOf(a.meta.Regions)
	a.level(1)
	width := len(a.meta.Regions)*regionColumns + sharedColumns
	a.in = newIntake(width, a.sample)
	a.cols = make([][]float64, width)
	for c := range a.cols {
		a.cols[c] = make([]float64, 0, mostSamples+1)
	}
	a.held = make([]float64, width)
	a.waves = newOverlap(a.methods())
	a.banded = make([]rppg.RGB, len(a.meta.Regions))
	a.gain = make([]gain, len(a.meta.Regions))
	a.spectra = make([][]float64, len(a.meta.Regions))
	for i := range a.rows {
		a.rows[i] = make([]float64, gridSize)
	}
	return a
}

func (a *Analyzer) finger() bool { return a.meta.Site == rppg.Finger }

// level sets how the spectra of windows with the given number of regions are levelled. One region alone, a face's or a finger's, has no spatial
// reference with which to remove slow movement and pressure, so its spectra are levelled instead; with several, levelling would only
// lift the noise at high rates.
func (a *Analyzer) level(regions int) {
	a.voter.level = nil
	switch {
	case a.opt.Disable.Whiten || regions > 1:
	case a.finger():
		a.voter.level = levelPressure
	default:
		a.voter.level = levelFace
	}
}

// methods is the number of candidate waves.
func (a *Analyzer) methods() int {
	if a.finger() {
		return len(fingerMethods)
	}
	return len(faceMethods)
}

// Add takes the next frame. It ignores a frame that isn't later than the one before, and one more than two hours
// after the first.
func (a *Analyzer) Add(s rppg.Sample) {
	t := s.TimeMS / 1000
	if math.IsNaN(t) || math.IsInf(t, 0) || !a.capture.accept(t) {
		return
	}
	seen := a.capture.look(s, a.area)
	a.body.add(t-a.capture.first, s)
	if !seen {
		return
	}
	v := a.held
	counted := s.SkinCounted()
	for r := range a.meta.Regions {
		c := v[r*regionColumns : (r+1)*regionColumns]
		c[colMissing] = 1
		if r >= len(s.Regions) || !present(s.Regions[r]) || !a.opt.Disable.Copies && copied(s.Regions, r) {
			continue
		}
		p := s.Regions[r]
		c[colR], c[colG], c[colB], c[colMissing], c[colClipped], c[colSkin] = p.R, p.G, p.B, 0, 0, 1
		if p.Pixels > 0 {
			c[colClipped] = p.Clipped / p.Pixels
			if counted {
				c[colSkin] = p.Skin / p.Pixels
			}
		}
	}
	b := v[len(v)-sharedColumns:]
	if present(s.Background) {
		b[0], b[1], b[2] = s.Background.R, s.Background.G, s.Background.B
	}
	if f := s.FaceBox; f[2] > 0 {
		b[3], b[4] = (f[0]+f[2]/2)/f[2], (f[1]+f[3]/2)/f[2]
	}
	a.in.add(t-a.capture.first, v)
}

// copied reports a region with exactly the colour of one before it: it was made from that one, and tells nothing more.
func copied(regions []rppg.Colour, r int) bool {
	for _, p := range regions[:r] {
		if p.R == regions[r].R && p.G == regions[r].G && p.B == regions[r].B {
			return true
		}
	}
	return false
}

// sample takes the next evenly spaced sample from the intake.
func (a *Analyzer) sample(v []float64, gap bool) {
	for c, x := range v {
		a.cols[c] = append(a.cols[c], x)
	}
	a.gap = append(a.gap, gap)
	a.gaps = append(a.gaps, gap)
	var mean [3]float64
	n := 0.0
	for r := range a.meta.Regions {
		c := v[r*regionColumns:]
		if c[colMissing] < 0.5 {
			mean[0], mean[1], mean[2], n = mean[0]+c[colR], mean[1]+c[colG], mean[2]+c[colB], n+1
		}
	}
	for k := range mean {
		if n > 0 {
			mean[k] /= n
		}
		a.colour[k] = append(a.colour[k], mean[k])
	}
	if next := a.windows * stepSamples; a.total() == next+longSamples {
		a.keep(next, a.window(next, longSamples, a.tracker, &a.steps, a.stepsDue(next)))
		a.windows++
	}
	if a.total()-a.base > mostSamples {
		a.forget(a.total() - longSamples)
	}
}

// total is the number of samples so far.
func (a *Analyzer) total() int { return a.base + len(a.gap) }

// forget drops the samples before index keep.
func (a *Analyzer) forget(keep int) {
	d := keep - a.base
	for c := range a.cols {
		a.cols[c] = a.cols[c][:copy(a.cols[c], a.cols[c][d:])]
	}
	a.gap = a.gap[:copy(a.gap, a.gap[d:])]
	a.base = keep
}

// stepsDue returns how many steps there are once the window at start is known:
// those whose middle isn't later than the window's.
func (a *Analyzer) stepsDue(start int) int {
	return (start+longSamples/2-shortSamples/2)/stepSamples + 1
}

// window analyses the samples from start on and appends the steps that are due to a track. The steps share the
// spectrum of the window, and each adds the spectrum of the 6 s around it.
func (a *Analyzer) window(start, length int, tr *tracker, st *steps, due int) view {
	s := a.segment(start, length)
	lost := 0
	for _, g := range s.gap {
		if g {
			lost++
		}
	}
	var v view
	switch {
	case lost*4 > length:
		v = view{waves: make([][]float64, a.methods()), weights: make([]float64, a.methods())}
	case a.finger():
		v = a.lookFinger(s)
	default:
		v = a.look(s)
	}
	long := a.voter.vote(a.rows[0], v.waves, v.weights)
	if len(v.used) > 0 && !a.finger() {
		v.beating, v.spectra = a.beatingOf(s, v, (float64(start)+float64(length)/2)/rate, gridBPM(highest(long.power)))
	}
	short := make([][]float64, len(v.waves))
	row := a.rows[2]
	for i := len(st.time); i < due; i++ {
		at := i*stepSamples - start
		for k, w := range v.waves {
			short[k] = nil
			if w != nil {
				short[k] = w[at : at+shortSamples]
			}
		}
		b := a.voter.vote(a.rows[1], short, v.weights)
		evidence(row, b.power, long.power)
		tr.add(row)
		st.add(float64(i*stepSamples+shortSamples/2)/rate, b, long)
	}
	return v
}

// beatingOf measures the changes in a window, whose middle is at timeS, at the rate that its vote prefers. For
// windows that hardly overlap it also returns the spectra of the patches.
func (a *Analyzer) beatingOf(s segment, v view, timeS, bpm float64) (b beating, spectra [][]float64) {
	taper := a.voter.taper(len(s.gap))
	b = beating{timeS: timeS, bpm: bpm, own: v.own}
	whole := linesOf(v.whole, taper, bpm)
	var wave complex128
	if w := v.waves[patchesMethod]; w != nil {
		wave = line(w, taper, bpm)
		b.uniformity = s.uniformity(v.used, bpm, taper)
		b.compare(wave, whole)
	}
	var moves [][]float64
	if !a.opt.Disable.Turning {
		moves = movements(s.place, taper)
	}
	patches := a.banded[:len(v.used)]
	b.unite(patches, moves, taper)
	if a.windows%independent == 0 && len(patches) >= leastPatches {
		spectra = a.voter.patchSpectra(patches, moves, taper)
	}
	if !a.opt.Disable.Background {
		b.lookBehind(whole, a.behind, taper)
	}
	b.follow(s.place, whole[1], wave, taper)
	return b, spectra
}

// keep adds what a window showed to the recording's waves and features.
func (a *Analyzer) keep(start int, v view) {
	a.waves.add(start, v)
	a.pulse = a.pulseWith(v)
	for i, g := range v.gains {
		r := &a.gain[v.used[i]]
		r.sum, r.weight = r.sum+g.sum, r.weight+g.weight
	}
	for i, s := range v.spectra {
		r := v.used[i]
		if a.spectra[r] == nil {
			a.spectra[r] = make([]float64, len(s))
		}
		for k, p := range s {
			a.spectra[r][k] += p
		}
	}
	if v.unfit != "" && len(v.used) == 0 {
		a.unfit = append(a.unfit, v.unfit)
	}
	if v.redLine > 0 {
		a.red = append(a.red, v.redLine)
	}
	if v.beating.bpm > 0 {
		a.beating = append(a.beating, v.beating)
	}
	if a.finger() {
		a.colours = append(a.colours, float64(v.voters()))
	}
}

// segment copies nothing: it is a view of the latest samples.
func (a *Analyzer) segment(start, length int) segment {
	lo := start - a.base
	s := segment{gap: a.gap[lo : lo+length]}
	all := a.cols[len(a.cols)-sharedColumns:]
	s.background = rppg.RGB{all[0][lo : lo+length], all[1][lo : lo+length], all[2][lo : lo+length]}
	s.place = [2][]float64{all[3][lo : lo+length], all[4][lo : lo+length]}
	n := len(a.meta.Regions)
	s.rgb, s.mean, s.missing = make([]rppg.RGB, 0, n), make([][3]float64, 0, n), make([][]float64, 0, n)
	s.clipped, s.skin = make([]float64, 0, n), make([]float64, 0, n)
	for r := range n {
		c := a.cols[r*regionColumns:]
		rgb := rppg.RGB{c[colR][lo : lo+length], c[colG][lo : lo+length], c[colB][lo : lo+length]}
		s.rgb = append(s.rgb, rgb)
		s.mean = append(s.mean, [3]float64{dsp.Mean(rgb[0]), dsp.Mean(rgb[1]), dsp.Mean(rgb[2])})
		s.missing = append(s.missing, c[colMissing][lo:lo+length])
		s.clipped = append(s.clipped, dsp.Mean(c[colClipped][lo:lo+length]))
		s.skin = append(s.skin, dsp.Mean(c[colSkin][lo:lo+length]))
	}
	return s
}
