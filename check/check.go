// Package check says, frame by frame, what prevents a good scan: the one instruction that the person in front of
// the camera should follow next.
package check

import (
	"math"
	"slices"

	"blush.example/blush/rppg"
)

// Code is one thing wrong with the picture. The numbers 0 to 7 are those of the API that Blush is compatible with;
// the others are ours.
type Code int

// The codes.
const (
	None            Code = iota
	TooClose             // the face fills the picture
	TooFar               // the face has too few pixels
	NotCentred           // the face is away from the middle
	ChestNotVisible      // the picture ends above the shoulders
	BadPose              // the head is tilted or turned away
	BadLighting          // too dark, too bright, or from one side
	NotEnoughSkin        // hair, a mask or a hand in front of the skin
	TwoFaces             // another person is in the picture
	LowFrameRate         // the camera is too slow
	FaceLost             // no face
	Moving               // the head moves too fast
)

var names = [...]string{"none", "too_close", "too_far", "not_centred", "chest_not_visible", "bad_pose", "bad_lighting",
	"not_enough_skin", "two_faces", "low_frame_rate", "face_lost", "moving"}

// String returns the code's name, e.g. "too_close".
func (c Code) String() string { return names[c] }

// Codes lists every code in its order.
func Codes() []Code {
	out := make([]Code, len(names))
	for i := range out {
		out[i] = Code(i)
	}
	return out
}

// Frame is the input of a check: one frame's sample and data about its picture.
type Frame struct {
	rppg.Sample
	// Width and Height of the picture in pixels.
	Width, Height int
	// Others is the number of other faces in it.
	Others int
	// Frontal is set when the face looks at the camera.
	Frontal bool
	// Yaw is the rotation of the head to either side, in rad.
	Yaw float64
}

// State is the present state of a Checker.
type State struct {
	Code Code
	// FPS is the rate of the last 3 s in frames/s, 0 until 1 s is known.
	FPS float64
	// Light is the luma of the skin, of the background while there is no face, 0..255.
	Light float64
	// Box is the face as a share of the picture: left, top, width, height; all zero without a face.
	Box rppg.Box
}

// Limits. Lengths are shares of the picture's shorter side unless noted.
const (
	tooClose = 0.70 // width of the face
	// A face below either of these is too far away: a share of the longer side, or pixels, so that a patch of skin
	// has some 150.
	tooFarShare, tooFarPixels = 0.13, 96.0
	offCentreX, offCentreY    = 0.22, 0.22 // of width and height
	outside                   = 0.06       // of the face's width or height
	chestDepth                = 0.45       // pupil distances of the chest that must be visible
	tilted                    = 0.30       // rad: 17 degrees
	lies                      = 0.79       // rad: 45 degrees, from which the person lies or the picture is turned
	turned                    = 0.40       // rad: 23 degrees, from which one cheek is hardly seen
	oneSided                  = 0.55       // skin share of a cheek turned away, while the other has 0.8
	// Luma of the skin. Skin darker than dark is in too little light, unless the room is lit: then the skin itself
	// is dark, and its pulse can be read down to darkSkin. Of 24 simulated scans of the darkest skin 24 are given
	// a rate at a luma of 57 and 23 at 40.
	dark, darkSkin, bright = 60.0, 40.0, 235.0
	litRoom, glaring       = 80.0, 200.0 // luma of the background of a lit room: a brighter background is a window, with the face in shadow
	darkRoom               = 40.0        // luma of the background, without a face
	mostClipped            = 0.10        // share of pixels at the limits of the sensor in green too
	uneven                 = 2.0         // ratio of the luma of the cheeks
	leastSkin              = 0.60        // share of pixels
	leastFPS               = 14.5
	mostSpeed              = 0.40 // widths of the face a second, mean of memory
	stay                   = 0.9  // limits are stricter by this factor while their code is given
)

// Times in ms.
const (
	memory  = 600  // the most frequent code over this time is given
	absent  = 500  // without a face until it is lost
	rateFor = 3000 // over which the frame rate is counted
	rateMin = 1000
)

// Checker checks the frames of a recording. The zero value is ready to use. Frames must come in the order of their
// times; others are ignored.
type Checker struct {
	areas []rppg.Area // of the regions of every sample
	times []float64   // of the last rateFor ms
	seen  []glance    // of the last memory ms
	state State
	last  float64 // ms, when there was a face
	begun bool
}

// glance is the result of one frame.
type glance struct {
	at, x, y, width float64
	code            Code
}

// New returns a checker for samples with these regions.
func New(regions []rppg.Region) *Checker { return &Checker{areas: rppg.AreasOf(regions)} }

// State returns the present state.
func (c *Checker) State() State { return c.state }

// Add takes the next frame and returns the state.
func (c *Checker) Add(f Frame) State {
	if n := len(c.times); n > 0 && f.TimeMS <= c.times[n-1] || math.IsNaN(f.TimeMS) || f.Width <= 0 || f.Height <= 0 {
		return c.state
	}
	if n := len(c.times); n > 0 && f.TimeMS-c.times[n-1] > rateFor {
		*c = Checker{areas: c.areas} // after a pause everything is new
	}
	c.times = append(c.times, f.TimeMS)
	c.times = slices.DeleteFunc(c.times, func(t float64) bool { return t < f.TimeMS-rateFor })
	c.state.FPS = 0
	if d := f.TimeMS - c.times[0]; d >= rateMin {
		c.state.FPS = float64(len(c.times)-1) * 1000 / d
	}

	g := glance{at: f.TimeMS}
	present := f.FaceBox[2] > 0
	if present {
		g.x, g.y, g.width = f.FaceBox[0]+f.FaceBox[2]/2, f.FaceBox[1]+f.FaceBox[3]/2, f.FaceBox[2]
		c.last, c.begun = f.TimeMS, true
		w, h := float64(f.Width), float64(f.Height)
		c.state.Box = rppg.Box{f.FaceBox[0] / w, f.FaceBox[1] / h, f.FaceBox[2] / w, f.FaceBox[3] / h}
	} else {
		c.state.Box = rppg.Box{}
	}
	c.seen = append(c.seen, g)
	c.seen = slices.DeleteFunc(c.seen, func(s glance) bool { return s.at < f.TimeMS-memory })
	now := &c.seen[len(c.seen)-1]
	switch {
	case present:
		now.code = c.face(f)
	case c.begun && f.TimeMS-c.last < absent:
		now.code = c.state.Code // the tracker lost the face for a moment
	default:
		c.state.Light = luma(f.Background)
		now.code = FaceLost
		if c.state.Light < darkRoom {
			now.code = BadLighting
		}
	}
	c.state.Code = c.commonest()
	return c.state
}

// commonest returns the most frequent code of the last frames; the code given before wins a tie.
func (c *Checker) commonest() Code {
	var votes [len(names)]int
	for _, g := range c.seen {
		votes[g.code]++
	}
	best := c.state.Code
	for code, n := range votes {
		if n > votes[best] {
			best = Code(code)
		}
	}
	return best
}

// face says what is wrong with a picture that shows a face. The worst obstacle comes first.
func (c *Checker) face(f Frame) Code {
	w, h := float64(f.Width), float64(f.Height)
	short, long := min(w, h), max(w, h)
	left, top, width, height := f.FaceBox[0], f.FaceBox[1], f.FaceBox[2], f.FaceBox[3]
	skin := c.skinOf(f.Sample)
	c.state.Light = skin.light
	// Once a limit is crossed, the value must return by a margin, so that the instruction doesn't flicker.
	over := func(code Code, value, limit float64) bool {
		if c.state.Code == code {
			limit *= stay
		}
		return value > limit
	}
	under := func(code Code, value, limit float64) bool {
		if c.state.Code == code {
			limit /= stay
		}
		return value < limit
	}
	eyes := f.Landmarks
	distance := math.Hypot(eyes[2]-eyes[0], eyes[3]-eyes[1])
	tilt := math.Abs(math.Atan2(eyes[3]-eyes[1], eyes[2]-eyes[0]))
	eyesY := (eyes[1] + eyes[3]) / 2
	// Chin at 1.9, the top of the chest at 2.35 pupil distances below the eyes.
	chest := (h - eyesY - 2.35*distance) / distance
	dx, dy := math.Abs(left+width/2-w/2)/w, math.Abs(top+height/2-h/2)/h
	cut := max(-left/width, (left+width-w)/width, -top/height, (top+height-h)/height)
	switch {
	case f.Others > 0:
		return TwoFaces
	case over(BadPose, tilt, lies): // what follows expects the chest below the face
		return BadPose
	case over(TooClose, width, tooClose*short):
		return TooClose
	case under(TooFar, width, max(tooFarShare*long, tooFarPixels)):
		return TooFar
	case over(NotCentred, dx, offCentreX), over(NotCentred, dy, offCentreY), over(NotCentred, cut, outside):
		return NotCentred
	case under(ChestNotVisible, chest, chestDepth):
		return ChestNotVisible
	case under(BadLighting, skin.light, darkest(f.Background)), over(BadLighting, skin.light, bright), over(BadLighting, skin.clipped, mostClipped):
		return BadLighting
	case !f.Frontal, over(BadPose, tilt, tilted), over(BadPose, math.Abs(f.Yaw), turned),
		under(BadPose, min(skin.left, skin.right), oneSided) && max(skin.left, skin.right) > 0.8:
		return BadPose
	case over(BadLighting, skin.ratio, uneven):
		return BadLighting
	case over(Moving, c.speed(), mostSpeed):
		return Moving
	case under(NotEnoughSkin, skin.share, leastSkin):
		return NotEnoughSkin
	case c.state.FPS > 0 && under(LowFrameRate, c.state.FPS, leastFPS):
		return LowFrameRate
	}
	return None
}

// darkest is the least luma of a well-lit face in front of a background.
func darkest(background rppg.Colour) float64 {
	if room := luma(background); room >= litRoom && room <= glaring {
		return darkSkin
	}
	return dark
}

// speed is the mean speed of the face over the last frames, in its widths a second.
func (c *Checker) speed() float64 {
	way, took := 0.0, 0.0
	for i := 1; i < len(c.seen); i++ {
		a, b := c.seen[i-1], c.seen[i]
		if a.width > 0 && b.width > 0 {
			way += math.Hypot(b.x-a.x, b.y-a.y) / b.width
			took += b.at - a.at
		}
	}
	if took < memory/3 {
		return 0
	}
	return way / took * 1000
}

// skin summarises the patches of a frame.
type skin struct {
	light       float64 // luma, mean
	clipped     float64 // share of pixels
	share       float64 // of pixels that are skin
	left, right float64 // the same of the cheeks
	ratio       float64 // of the brighter cheek's luma to the darker's
}

func (c *Checker) skinOf(s rppg.Sample) skin {
	var out skin
	var all, pass, clipped, light, n float64
	for _, p := range s.Regions {
		if p.Pixels <= 0 {
			continue
		}
		all, pass = all+p.Pixels, pass+p.Skin
		if !rppg.ClearGreen(p.G) {
			clipped += p.Clipped
		}
		// Pixels of a mask say nothing about the light on the skin.
		light, n = light+p.Skin*luma(p), n+p.Skin
	}
	if n == 0 {
		return skin{ratio: 1}
	}
	out.light, out.clipped, out.share = light/n, clipped/all, pass/all
	cheek := func(area rppg.Area) (share, light float64) {
		var all, pass float64
		for i, p := range s.Regions {
			if i < len(c.areas) && c.areas[i] == area {
				all, pass, light = all+p.Pixels, pass+p.Skin, light+luma(p)
			}
		}
		return pass / max(all, 1), light
	}
	var a, b float64
	out.left, a = cheek(rppg.LeftCheek)
	out.right, b = cheek(rppg.RightCheek)
	out.ratio = max(a, b) / max(min(a, b), 1)
	return out
}

func luma(c rppg.Colour) float64 { return 0.299*c.R + 0.587*c.G + 0.114*c.B }
