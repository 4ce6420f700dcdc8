package engine

import (
	"maps"
	"math"
	"slices"

	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
)

// capture collects how a recording was made. Its memory grows with the seconds, not with the frames.
type capture struct {
	off          Ablation
	frames       int
	first, last  float64 // s
	seen         int     // frames with skin
	lastSeen     float64
	before       []rppg.Colour    // regions of the last frame that showed something new
	known, older map[uint64]int   // the last frame with each hash of its colours, of the latest frames and of those before
	distinct     int              // frames that showed something new
	replay       int              // number of frames in a row that came before, in this order or backwards
	replayed     int              // the frame that the last one repeated
	again        int              // frames in such rows
	grain        [2][]rppg.Colour // regions of two frames, the latest first, see [capture.trembling]
	grainAt      float64          // s, of the latest of them
	tremble      []float64        // of the frames of this second
	gapTime      float64          // s, in the gaps
	gaps         int              // times longer than longestGap between two frames with skin that showed something new
	frozen       bool             // the last frame repeated the one before
	frozenTime   float64          // s, in which one frame is shown for longer than a camera needs
	calm         float64          // seconds in which no pixel trembles
	breaks       []float64        // s, of the frames before which the clock jumped or frames were lost
	backs        int              // times that the clock went back
	behind       bool             // the clock hasn't caught up
	box          bool             // at least one frame had a face box

	second    float64 // start of the second being summed up
	sum       perSecond
	seconds   []perSecond
	pixels    float64 // all pixels counted
	clipped   float64
	flat      float64 // region means at the limit of the sensor
	means     float64 // region means
	moving    float64 // s in which the face moved too fast
	boxTime   float64
	lastBox   rppg.Box
	lastBoxAt float64
	hasPixels bool
	grey      int                                      // frames in which no region has a colour
	covered   struct{ seen, bare [rppg.Areas]float64 } // pixels of each area where skin was counted, and those of skin
}

// perSecond has the sums over the frames of a second.
type perSecond struct {
	frames, luma, background, backgroundFrames, skin, start float64
	looks                                                   looks
}

func (c capture) fork() capture {
	c.seconds, c.breaks, c.tremble = slices.Clone(c.seconds), slices.Clone(c.breaks), slices.Clone(c.tremble)
	c.before, c.sum.looks = slices.Clone(c.before), slices.Clone(c.sum.looks)
	for i, b := range c.grain {
		c.grain[i] = slices.Clone(b)
	}
	c.known = maps.Clone(c.known) // nothing is added to older
	return c
}

// accept takes the time of a frame and reports whether it counts.
func (c *capture) accept(t float64) bool {
	switch {
	case c.frames == 0:
		c.first, c.lastSeen, c.second = t, t, t
	case !(t > c.last):
		if c.last-t > leastJump && !c.behind {
			c.backs++
			c.behind = true
		}
		return false
	case t-c.first > rppg.MaxDurationS:
		return false
	}
	c.frames++
	c.last = t
	c.behind = false
	return true
}

// leastJump is the jump of the clock, or the time of lost frames, in s, from which the time of a beat is in doubt.
// mostBreaks is the number of jumps kept.
const leastJump, mostBreaks = 0.25, 1000

func luma(r, g, b float64) float64 { return 0.299*r + 0.587*g + 0.114*b }

// look adds a frame and reports whether it shows skin and isn't a repetition of the one before.
func (c *capture) look(s rppg.Sample, of []rppg.Area) bool {
	if c.last-c.second >= 1 {
		c.close()
		c.second = c.last
		c.sum.start = c.last
	}
	if present(s.Background) {
		c.sum.background += luma(s.Background.R, s.Background.G, s.Background.B)
		c.sum.backgroundFrames++
	}
	c.motion(s.FaceBox)
	n, light, skin := 0.0, 0.0, 0.0
	counted := s.SkinCounted()
	for i, p := range s.Regions[:min(len(of), len(s.Regions))] {
		if !present(p) {
			continue
		}
		n++
		light += luma(p.R, p.G, p.B)
		skin += c.count(p, of[i], counted)
	}
	if n == 0 {
		return false
	}
	c.sum.looks.add(s.Regions[:min(len(of), len(s.Regions))])
	if colourless(s) {
		c.grey++
	}
	c.sum.frames++
	c.sum.luma += light / n
	c.sum.skin += skin
	c.seen++
	if c.repeats(s.Regions[:min(len(of), len(s.Regions))]) {
		c.frozen = true
		return false
	}
	d := c.last - c.lastSeen
	c.addGap(d)
	if d > leastJump && len(c.breaks) < mostBreaks {
		c.breaks = append(c.breaks, c.last)
	}
	c.lastSeen, c.frozen = c.last, false
	return true
}

// count adds a region of an area to the sums over all frames, and returns its pixels of skin: all of them, unless
// those of skin were counted.
func (c *capture) count(p rppg.Colour, area rppg.Area, counted bool) (skin float64) {
	c.means++
	if max(p.R, p.G, p.B) >= 250 && !clearGreen(p.G, c.off) || max(p.R, p.G, p.B) <= 5 {
		c.flat++
	}
	if !(p.Pixels > 0) {
		return 0
	}
	c.hasPixels = true
	c.pixels += p.Pixels
	if !clearGreen(p.G, c.off) {
		c.clipped += min(p.Clipped, p.Pixels)
	}
	if !counted {
		return p.Pixels
	}
	skin = min(p.Skin, p.Pixels)
	c.covered.seen[area] += p.Pixels
	c.covered.bare[area] += skin
	return skin
}

// leastColour is the least difference of red or blue from green, in levels of 255, that is a colour: rounding in a
// codec makes nearly 2.
const leastColour = 2

// colourless reports whether neither a region of a frame nor its background has a colour. Regions near black or
// white say nothing.
func colourless(s rppg.Sample) bool {
	grey := false
	for i := range len(s.Regions) + 1 {
		p := s.Background
		if i < len(s.Regions) {
			p = s.Regions[i]
		}
		if !present(p) {
			continue
		}
		if math.Abs(p.R-p.G) >= leastColour || math.Abs(p.B-p.G) >= leastColour {
			return false
		}
		grey = grey || p.G > 10 && p.G < 245
	}
	return grey
}

// longestShown is the longest time in s that one frame may be repeated: a camera of the least rate needs
// 1/leastFPS. A codec makes a still picture change for some frames at each key frame, up to twice a second.
const longestShown = 0.15

// addGap counts d s between two frames that showed something new, as frozen if repeated frames filled them, else
// as a gap.
func (c *capture) addGap(d float64) {
	switch {
	case c.frozen && d > longestShown:
		c.frozenTime += d
	case !c.frozen && d > longestGap:
		c.gapTime += d
		c.gaps++
	}
}

// fpsBetweenGaps is the rate in frames/s of the frames with skin outside of gaps, 0 where every one of them follows a gap.
func (c *capture) fpsBetweenGaps() float64 {
	return float64(c.seen-1-c.gaps) / max(1/rate, c.lastSeen-c.first-c.gapTime)
}

// repeated is the difference of mean colours, on the scale 0..255, below which two frames are the same: the noise
// of the best sensor moves the mean of 100,000 pixels ten times as far.
const repeated = 1e-4

// repeats reports whether regions are those of the frame before. Whole levels repeat in live pictures too, so they
// say nothing.
func (c *capture) repeats(regions []rppg.Colour) bool {
	same, fine := len(c.before) == len(regions), false
	hash := uint64(14695981039346656037) // FNV-1a, of whole words
	for i, p := range regions {
		if same {
			b := c.before[i]
			same = math.Abs(p.R-b.R) < repeated && math.Abs(p.G-b.G) < repeated && math.Abs(p.B-b.B) < repeated
		}
		for _, v := range [3]float64{p.R, p.G, p.B} {
			hash = (hash ^ math.Float64bits(v)) * 1099511628211
			fine = fine || v != math.Trunc(v)
		}
	}
	if same && fine && !c.off.Repeats {
		return true
	}
	if fine && !c.off.Replay {
		c.recall(hash)
	}
	if c.grain[0] == nil || c.last-c.grainAt >= leastStep {
		if v := c.trembling(regions); fine && v >= 0 {
			c.tremble = append(c.tremble, v)
		}
		c.grain[0], c.grain[1], c.grainAt = append(c.grain[1][:0], regions...), c.grain[0], c.last
	}
	c.before = append(c.before[:0], regions...)
	return false
}

// replays is the number of repeated frames in a row that make a replayed clip: where colours have few digits,
// single frames repeat by chance.
const replays = 8

// remembered is the number of frames for which earlier ones are remembered: at least two minutes at 60 frames/s.
const remembered = 8192

// recall notes whether a frame with this hash of its colours has come before, and whether next to the frame that
// the last one repeated.
func (c *capture) recall(hash uint64) {
	if c.known == nil || len(c.known) == remembered {
		c.known, c.older = map[uint64]int{}, c.known
	}
	before, seen := c.known[hash]
	if !seen {
		before, seen = c.older[hash]
	}
	switch step := before - c.replayed; {
	case !seen:
		c.replay = 0
	case c.replay > 0 && (step == 1 || step == -1):
		c.replay++
	default:
		c.replay = 1
	}
	switch {
	case c.replay == replays:
		c.again += replays
	case c.replay > replays:
		c.again++
	}
	c.distinct++
	c.replayed, c.known[hash] = before, c.distinct
}

// calmest is the least noise of a camera's pixels, in levels of 255: each pixel is rounded to whole levels, and
// any sensor has more noise than that. A drawn or frozen picture has none, even if it glides.
const calmest = 0.1

// trembling returns the noise of a pixel of the regions from frame to frame, without changes by movement, light or
// pulse: the median over the regions of |g - 2 g' + g”| sqrt(pixels/6), where g is green in this frame, the one
// before and the one before that, each at least leastStep after the other: rows interpolated between a camera's frames
// have no noise of their own. It is -1 where unknown. A camera's noise is in all regions; an edge that slides through
// one region is not.
func (c *capture) trembling(regions []rppg.Colour) float64 {
	if len(c.grain[0]) != len(regions) || len(c.grain[1]) != len(regions) {
		return -1
	}
	var memory [rppg.MaxRegions]float64
	all := memory[:0]
	for i, p := range regions {
		if a, b := c.grain[0][i], c.grain[1][i]; p.Pixels > 0 && present(p) && present(a) && present(b) {
			all = append(all, math.Abs(p.G-2*a.G+b.G)*math.Sqrt(p.Pixels/6))
		}
	}
	if len(all) == 0 {
		return -1
	}
	return dsp.UpperMedian(all)
}

// masked reports a mask: the forehead is skin and the cheeks are of another material. Hair over the forehead is
// not a mask, and a beard leaves half of the cheeks bare.
func (c *capture) masked() bool {
	share := func(of ...rppg.Area) float64 {
		seen, bare := 0.0, 0.0
		for _, a := range of {
			seen, bare = seen+c.covered.seen[a], bare+c.covered.bare[a]
		}
		if seen == 0 {
			return -1
		}
		return bare / seen
	}
	cheeks := share(rppg.LeftCheek, rppg.RightCheek)
	return !c.off.Masked && cheeks >= 0 && cheeks < 0.25 && share(rppg.Forehead) > 0.6
}

// clearGreen is [rppg.ClearGreen], or false where that step is left out.
func clearGreen(mean float64, off Ablation) bool { return rppg.ClearGreen(mean) && !off.RedAtLimit }

// fastest is the greatest speed at which a face may move, in widths of the face a second: 3 % a frame at 30 fps.
const fastest = 0.9

func (c *capture) motion(b rppg.Box) {
	if !(b[2] > 0) {
		c.lastBox = rppg.Box{}
		return
	}
	c.box = true
	if dt := c.last - c.lastBoxAt; c.lastBox[2] > 0 && dt > 0 && dt < 1 {
		dx, dy := b[0]+b[2]/2-c.lastBox[0]-c.lastBox[2]/2, b[1]+b[3]/2-c.lastBox[1]-c.lastBox[3]/2
		c.boxTime += dt
		if math.Hypot(dx, dy)/b[2]/dt > fastest {
			c.moving += dt
		}
	}
	c.lastBox, c.lastBoxAt = b, c.last
}

func (c *capture) close() {
	if c.sum.frames > 0 || c.sum.backgroundFrames > 0 {
		c.seconds = append(c.seconds, c.sum)
	}
	if len(c.tremble) > 3 && dsp.Median(c.tremble) < calmest && !c.off.Trembling {
		c.calm++
	}
	c.sum, c.tremble = perSecond{}, c.tremble[:0]
}

// summary describes the recording so far.
func (c *capture) summary(meta rppg.Trace) Capture {
	var light, skin []float64
	for _, s := range append(c.seconds[:len(c.seconds):len(c.seconds)], c.sum) {
		if s.frames > 0 {
			light = append(light, s.luma/s.frames)
			skin = append(skin, s.skin/s.frames)
		}
	}
	out := Capture{
		Frames: c.frames, DurationS: c.last - c.first, Source: meta.Device.Source, Site: meta.Site, Timing: meta.Device.Timing,
		FaceFrames: c.seen, Light: dsp.Median(light), SkinPixels: dsp.Median(skin),
	}
	if out.Site == "" {
		out.Site = rppg.Face
	}
	if c.frames > 0 {
		out.FaceShare = float64(c.seen) / float64(c.frames)
	}
	if out.DurationS > 0 {
		out.FPS = float64(c.frames-1) / out.DurationS
		end := *c
		end.addGap(c.last - c.lastSeen)
		out.GapShare, out.FrozenShare = end.gapTime/out.DurationS, min(1, (end.frozenTime+end.calm)/out.DurationS+float64(end.again)/float64(c.frames))
	}
	switch {
	case c.pixels > 0:
		out.ClippedShare = c.clipped / c.pixels
	case c.means > 0:
		out.ClippedShare = c.flat / c.means
	}
	return out
}

// backgroundLight is the median luma behind the face, 0..255, -1 when it isn't known.
func (c *capture) backgroundLight() float64 {
	var x []float64
	for _, s := range append(c.seconds[:len(c.seconds):len(c.seconds)], c.sum) {
		if s.backgroundFrames > 0 {
			x = append(x, s.background/s.backgroundFrames)
		}
	}
	if len(x) == 0 {
		return -1
	}
	return dsp.Median(x)
}
