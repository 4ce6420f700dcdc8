package simulate

import (
	"math"

	"blush.example/blush/rppg"
)

// grid is the rate in Hz at which light and motion are drawn.
const grid = 120.0

// world is a scene with all random draws: everything on the grid, and the times of the frames.
type world struct {
	Scene
	random
	n      int
	times  []float64 // s, exposure of each frame
	skin   skin
	pulse  []float64
	breath []float64
	head   head
	light  light
	lamp   [3]float64 // colour of the light that gloss mirrors

	hand, rock [2][]float64   // movement of the whole picture, of a rocked one; nil: none
	pressure   [3][]float64   // relative change of R, G, B by the pressure of a fingertip; nil: none
	found      [2][]float64   // error of the box for each frame; nil: none
	shade      shade          // change of light by movement
	gain       [3][]float64   // of automatic exposure and white balance; nil: none
	hearts     [][]float64    // pulses of unrelated hearts, and whose
	owner      map[string]int // index of the heart of each patch
	frames     []int          // index of the frame shown at each frame; nil: no replay
}

// Trace makes the recording: 16 patches of a face (one for a finger), the
// background, shoulder movement, face box and landmarks, and its truth.
func (s Scene) Trace() (*rppg.Trace, Truth) {
	w, h := s.build()
	tr := &rppg.Trace{Version: 1, Site: s.Site, TimeMS: w.stamps(), Device: rppg.Device{
		Source: "synthetic", Camera: "simulator", Width: 640, Height: 480, Timing: s.Clock.Timing,
	}}
	if tr.Device.Timing == "" {
		tr.Device.Timing = rppg.TimingCamera
	}
	if s.Camera.Codec > 0.15 {
		tr.Device.Codec = "h264"
	}
	if s.Site == rppg.Finger {
		tr.Regions = []rppg.Region{w.region(patch{name: "finger", gain: 1})}
	} else {
		for _, p := range patches {
			tr.Regions = append(tr.Regions, w.region(p))
		}
		tr.Background = w.background()
		tr.FaceBox, tr.Landmarks = w.geometry()
		if s.Shoulders {
			tr.ShoulderDY = w.shoulders()
		}
		w.showPlace(tr)
		w.find(tr)
	}
	if !s.Face {
		w.hideFace(tr)
	}
	if next := s.Replay.Next; next != nil {
		joined, _ := next.Trace()
		join(tr, joined, count(w.times, s.Replay.At))
	}
	s.Clock.disorder(newRandom(s.Seed, "clock"), tr)
	return tr, s.truth(h)
}

// truth returns the true values of a recording of the scene.
func (s Scene) truth(h heart) Truth {
	truth := Truth{}
	if s.Pulse && !s.Blood.Lifeless && s.Blood.Hearts < 2 && s.Replay == (Replay{}) {
		truth = h.truth(s.Duration)
	}
	if s.Tone != "" {
		truth.Tone = s.Tone
	}
	return truth
}

// build draws the heart and the world of a scene.
func (s Scene) build() (*world, heart) {
	r := newRandom(s.Seed, "scene")
	h := s.heart(r)
	return s.draw(r, h), h
}

// heart draws the beats; parameters of the rhythm that aren't set come from r.
func (s *Scene) heart(r random) heart {
	if s.Rhythm.RSA == 0 {
		s.Rhythm.RSA = min(0.12, max(0.004, 0.03*r.spread(0.8))) * s.slowing()
	}
	if s.Rhythm.LF == 0 {
		s.Rhythm.LF = r.uniform(0.008, 0.035) * s.slowing()
	}
	if s.Rhythm.RespiratoryRate == 0 {
		s.Rhythm.RespiratoryRate = r.uniform(10, 20)
	}
	return newHeart(newRandom(s.Seed, "heart"), s.Rhythm, s.Duration)
}

// slowing returns the factor by which the modulation of the intervals shrinks at rates above 70 bpm.
func (s Scene) slowing() float64 {
	return math.Pow(min(1, 60/s.Rhythm.HeartRate/0.85), 1.5)
}

// draw draws light, motion and the times of the frames.
func (s Scene) draw(r random, h heart) *world {
	n := int((s.Duration+0.02)*grid) + 1
	w := &world{Scene: s, random: r, n: n, times: exposureTimes(r, s.Camera, s.Clock, s.Duration)}
	w.pulse, w.breath = make([]float64, n), make([]float64, n)
	if s.Pulse {
		w.pulse = h.wave(n, grid)
	}
	for i := range w.breath {
		w.breath[i] = math.Sin(h.breathAt(float64(i) / grid))
	}
	w.skin = skins[s.Tone]
	if s.Site == rppg.Finger {
		w.skin = fingertip
	}
	w.skin.strength *= r.spread(0.30) * s.PulseGain
	green := w.skin.pulse[1]
	for c := range w.skin.pulse {
		w.skin.pulse[c] *= r.spread(0.06) / green
		w.skin.colour[c] *= s.Exposure
		w.lamp[c] = r.spread(0.12)
	}
	w.skin.pulse[1] = 1
	b := newBands(n, grid)
	w.light = newLight(r, b, s.Light)
	w.head = newHead(r, b, s.Motion, w.breath, w.pulse)
	w.addOptional(b)
	return w
}

// addOptional draws the optional parts of a scene, each from a separate random stream, so that an absent part changes
// no other draw.
func (w *world) addOptional(b bands) {
	if g := w.Blood.Colour[1]; g > 0 {
		for c, v := range w.Blood.Colour {
			w.skin.pulse[c] = v / g
		}
	}
	if w.Blood.Lifeless {
		clear(w.breath)
	}
	if w.Camera.Red > 0 {
		w.skin.colour[0] *= w.Camera.Red
	}
	w.touch(b)
	w.light.add(newRandom(w.Seed, "lamp"), b, w.Light)
	w.hand = newHand(newRandom(w.Seed, "hand"), b, w.Motion)
	w.rock = newRock(newRandom(w.Seed, "rock"), w.n, grid, w.Motion)
	w.shade = newShade(newRandom(w.Seed, "shade"), w.Motion.Tint)
	if w.Detector.Every > 0 {
		r := newRandom(w.Seed, "box")
		w.found = [2][]float64{w.jumps(r), w.jumps(r)}
	}
	w.gain = w.gains()
	w.frames = w.Replay.shown(w.times)
	if w.Blood.Hearts > 1 {
		w.manyHearts()
	}
}

// stamps returns the time stamps of the frames in ms, strictly rising.
func (w *world) stamps() []float64 {
	ms := make([]float64, len(w.times))
	last := 0.0
	for i, t := range w.times {
		last = max(last, t+w.Clock.Noise*w.NormFloat64()+1e-6*float64(i))
		ms[i] = 1000 * last
		last += 1e-6
	}
	return ms
}

// region makes the means of one patch of skin:
//
//	C = light [(1 + motion) ((1 - gloss)(1 - a pulse) + gloss) + mirrored lamp]
//
// then shutter, sensor noise, codec and the limits of the sensor.
func (w *world) region(p patch) rppg.Region {
	move := [4]float64{p.x, p.y, 1.2*p.x + 0.2*w.NormFloat64(), p.y + 0.2*w.NormFloat64()}
	mirror := [4]float64{p.x, p.y, 2 * p.x, 2 * p.y}
	for k := range move {
		move[k] += 0.25 * w.NormFloat64()
		if w.Motion.Burst > 0 && p.y > 0.25 {
			move[k] *= 2
		}
		mirror[k] += w.NormFloat64()
	}
	gloss := w.Motion.Gloss * w.spread(0.4)
	gain := p.gain * w.spread(gainSpread)
	level := w.spread(0.06) * (1 - 0.08*math.Abs(p.x))
	px := w.Camera.Pixels * w.spread(0.2)
	moved, mirrored := make([]float64, w.n), make([]float64, w.n)
	for i := range moved {
		for k := range move {
			moved[i] += move[k] * w.head[k][i]
			mirrored[i] += mirror[k] * w.head[k][i]
		}
	}
	own := w.own(p.name)
	gain, level = gain*own.bare, level*own.level
	var rgb [3][]float64
	x := make([]float64, w.n)
	for c := range rgb {
		dc := w.skin.colour[c] * level
		colour := w.skin.pulse[c] * own.tint[c] / w.Camera.slope(dc)
		pulse, breath := w.skin.strength*colour*gain, 0.0008*colour
		lamp := 0.5 * gloss * w.lamp[c] * 180 / dc * w.Exposure * 0.6
		for i := range x {
			matt := 1 - pulse*own.wave[i] - breath*w.breath[i]
			x[i] = dc * w.light.at(c, i) * ((1+moved[i])*((1-gloss)*matt+gloss) + lamp*mirrored[i])
		}
		rgb[c] = w.film(x, c, dc, own)
		w.Camera.sensor(w.random, rgb[c], px, c)
	}
	return w.finish(p.name, rgb, px, own)
}

// film converts the light x of channel c on the grid, whose ordinary level is dc, to levels at each frame, without
// the sensor's noise.
func (w *world) film(x []float64, c int, dc float64, o own) []float64 {
	for i, v := range o.change[c] {
		x[i] *= 1 + v
	}
	for i, v := range w.gain[c] {
		x[i] *= v
	}
	y := expose(x, w.times, grid)
	w.Camera.develop(y, dc)
	return y
}

// finish compresses and reads the means of a patch and counts its pixels.
func (w *world) finish(name string, rgb [3][]float64, px float64, o own) rppg.Region {
	if w.Camera.Codec > 0 {
		w.Camera.compress(w.random, rgb, w.Camera.keyFrames(w.random))
	}
	if w.frames != nil {
		w.show(rgb)
	}
	for c, x := range rgb {
		for i, v := range o.jumps[c] {
			x[i] *= 1 + v
		}
		w.Camera.read(x)
	}
	px = math.Round(px)
	reg := rppg.Region{Name: name, R: rgb[0], G: rgb[1], B: rgb[2], Clipped: clipped(rgb, px)}
	share := 0.97
	if w.Tone == "" {
		share = 0.1
	}
	share *= o.bare
	reg.Pixels, reg.Skin = make([]float64, len(rgb[0])), make([]float64, len(rgb[0]))
	for i := range reg.Pixels {
		reg.Pixels[i], reg.Skin[i] = px, math.Round(share*px)
	}
	return reg
}

// background makes the wall behind: the same light and camera, no skin, no motion.
func (w *world) background() *rppg.Region {
	far, level := w.uniform(0.15, 0.6), w.spread(0.3)*w.Exposure
	if w.Wall > 0 {
		level = w.Wall
	}
	px := 8 * w.Camera.Pixels
	own := w.wall()
	var rgb [3][]float64
	x := make([]float64, w.n)
	for c, dc := range [3]float64{140, 138, 132} {
		for i := range x {
			x[i] = dc * level * w.light.wall(c, i, far)
		}
		rgb[c] = w.film(x, c, dc*level, own)
		w.Camera.sensor(w.random, rgb[c], px, c)
	}
	reg := w.finish("background", rgb, px, own)
	for i := range reg.Skin {
		reg.Skin[i] = 0
	}
	return &reg
}

// wall draws the changes of the background alone: it moves with the camera, and isn't affected by the detector.
func (w *world) wall() own {
	o := own{bare: 1, level: 1}
	r := newRandom(w.Seed, "background")
	w.disturb(&o, r, r.IntN(2) == 0) // in the rocked picture, or behind it
	return o
}
