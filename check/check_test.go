package check

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"blush.example/blush/rppg"
)

// person is a face in the middle of a picture of 640 × 480; by default nothing is wrong with it.
type person struct {
	w, h        int
	x, y, d     float64    // middle between the pupils and their distance in pixels
	tilt        float64    // rad
	light       float64    // level of the skin
	left, right float64    // level of a cheek, relative
	skin        [3]float64 // share of skin: forehead, left cheek, right cheek
	clipped     float64
	room        float64 // level of the background
	others      int
	away        bool // looks away
	yaw         float64
	gone        bool
}

func ordinary() person {
	return person{w: 640, h: 480, x: 320, y: 190, d: 75, light: 130, left: 1, right: 1, skin: [3]float64{0.97, 0.97, 0.97}, room: 140}
}

func (p person) frame(ms float64) Frame {
	f := Frame{Width: p.w, Height: p.h, Others: p.others, Frontal: !p.away && !p.gone, Yaw: p.yaw}
	f.TimeMS = ms
	f.Background = rppg.Colour{R: p.room, G: p.room, B: p.room, Pixels: 1000}
	f.Regions = make([]rppg.Colour, 16)
	if p.gone {
		return f
	}
	f.FaceBox = rppg.Box{p.x - 1.15*p.d, p.y - 1.15*p.d, 2.3 * p.d, 3.05 * p.d}
	c, s := math.Cos(p.tilt)*p.d/2, math.Sin(p.tilt)*p.d/2
	f.Landmarks = [10]float64{p.x - c, p.y - s, p.x + c, p.y + s}
	for i := range f.Regions {
		level, share := p.light, p.skin[0]
		switch {
		case i >= 6 && i < 10:
			level, share = p.light*p.left, p.skin[1]
		case i >= 10 && i < 14:
			level, share = p.light*p.right, p.skin[2]
		}
		n := 0.09 * p.d * p.d
		f.Regions[i] = rppg.Colour{R: level, G: level, B: level, Pixels: n, Skin: n * share, Clipped: n * p.clipped}
	}
	return f
}

// named are the regions of a person's frames.
func named() []rppg.Region {
	var out []rppg.Region
	for _, n := range []string{"forehead 6", "cheek_left 4", "cheek_right 4", "nose 1", "chin 1"} {
		name, count, _ := strings.Cut(n, " ")
		for range int(count[0] - '0') {
			out = append(out, rppg.Region{Name: name})
		}
	}
	return out
}

func fresh() *Checker { return New(named()) }

// Cheeks are identified by their names, in any order of the regions.
func TestOrderOfTheRegions(t *testing.T) {
	lit := ordinary()
	lit.right = 0.4
	for seed := range uint64(5) {
		order := rand.New(rand.NewPCG(seed, 1)).Perm(16)
		var regions []rppg.Region
		for _, i := range order {
			regions = append(regions, named()[i])
		}
		k := New(regions)
		for ms := 0.0; ms < 2000; ms += 33 {
			f := lit.frame(ms)
			in := f.Regions
			f.Regions = nil
			for _, i := range order {
				f.Regions = append(f.Regions, in[i])
			}
			k.Add(f)
		}
		if got := k.State().Code; got != BadLighting {
			t.Errorf("a window beside, regions in the order %v: %v", order, got)
		}
	}
}

// watch shows a person for some ms at a rate in frames/s and returns the state at the end.
func watch(c *Checker, p func(s float64) person, ms, rate float64) State {
	start := 0.0
	if n := len(c.times); n > 0 {
		start = c.times[n-1] + 1000/rate
	}
	for t := 0.0; t < ms; t += 1000 / rate {
		c.Add(p(t / 1000).frame(start + t))
	}
	return c.State()
}

func TestEachFaultHasItsCode(t *testing.T) {
	cases := []struct {
		what string
		make func(p *person)
		want Code
	}{
		{"nothing", func(*person) {}, None},
		{"a large picture", func(p *person) {
			*p = person{w: 1280, h: 720, x: 640, y: 300, d: 110, light: 130, left: 1, right: 1, skin: p.skin, room: 140}
		}, None},
		{"a phone held upright", func(p *person) { p.w, p.h, p.x, p.y, p.d = 480, 640, 240, 250, 95 }, None},
		{"dark skin in ordinary light", func(p *person) { p.light = 64 }, None},
		{"near", func(p *person) { p.d = 150 }, TooClose},
		{"far", func(p *person) { p.d = 35 }, TooFar},
		{"far from a good camera", func(p *person) { p.w, p.h, p.x, p.y, p.d = 1280, 720, 640, 300, 60 }, TooFar},
		{"left", func(p *person) { p.x = 150 }, NotCentred},
		{"low", func(p *person) { p.y = 330; p.d = 60 }, NotCentred},
		{"hair cut off by the border", func(p *person) { p.y = 65 }, NotCentred},
		{"no chest", func(p *person) { p.y = 240; p.d = 90 }, ChestNotVisible},
		{"tilted", func(p *person) { p.tilt = -0.4 }, BadPose},
		{"lies, near the lower edge", func(p *person) { p.y, p.tilt = 330, 1.5 }, BadPose},
		{"lies, near", func(p *person) { p.d, p.tilt = 150, -1.5 }, BadPose},
		{"upside down", func(p *person) { p.y, p.tilt = 330, 3 }, BadPose},
		{"turned away", func(p *person) { p.away = true }, BadPose},
		{"turned to the left", func(p *person) { p.yaw = -0.5 }, BadPose},
		{"turned to the right, one cheek in the shade", func(p *person) { p.yaw, p.right = 0.5, 0.4 }, BadPose},
		{"turned a little", func(p *person) { p.yaw = 0.25 }, None},
		{"cut off by the border at the side", func(p *person) { p.x = 75 }, NotCentred},
		{"one cheek turned away", func(p *person) { p.skin[1] = 0.3 }, BadPose},
		{"the darkest skin in ordinary light", func(p *person) { p.light = 57 }, None},
		{"the darkest skin in soft light", func(p *person) { p.light, p.room = 46, 95 }, None},
		{"dark", func(p *person) { p.light = 30 }, BadLighting},
		{"in a dark room", func(p *person) { p.light, p.room = 57, 50 }, BadLighting},
		{"before a window", func(p *person) { p.light, p.room = 57, 240 }, BadLighting},
		{"glaring", func(p *person) { p.light = 245 }, BadLighting},
		{"burnt out", func(p *person) { p.light, p.clipped = 225, 0.3 }, BadLighting},
		{"burnt out in red alone", func(p *person) { p.clipped = 0.3 }, None},
		{"a window beside", func(p *person) { p.right = 0.4 }, BadLighting},
		{"a mask", func(p *person) { p.skin = [3]float64{0.8, 0.2, 0.2} }, NotEnoughSkin},
		{"a black mask", func(p *person) { p.skin, p.left, p.right = [3]float64{0.97, 0, 0}, 0.1, 0.1 }, NotEnoughSkin},
		{"company", func(p *person) { p.others = 1; p.d = 35 }, TwoFaces},
		{"nobody", func(p *person) { p.gone = true }, FaceLost},
		{"nobody in the dark", func(p *person) { p.gone, p.room = true, 20 }, BadLighting},
	}
	for _, c := range cases {
		p := ordinary()
		c.make(&p)
		k := fresh()
		if got := watch(k, func(float64) person { return p }, 2000, 30); got.Code != c.want {
			t.Errorf("%s: %v, want %v", c.what, got.Code, c.want)
		}
	}
}

func TestMoving(t *testing.T) {
	k := fresh()
	sway := func(widths, hz float64) func(s float64) person { // amplitude in widths of the face
		return func(s float64) person {
			p := ordinary()
			p.x += widths * 2.3 * p.d * math.Sin(2*math.Pi*hz*s)
			return p
		}
	}
	// A breath moves a head by a hundredth of its width.
	if got := watch(k, sway(0.01, 0.25), 3000, 30).Code; got != None {
		t.Errorf("breathing: %v", got)
	}
	if got := watch(k, sway(0.1, 1.5), 3000, 30).Code; got != Moving {
		t.Errorf("shaking the head: %v", got)
	}
	if got := watch(k, sway(0.01, 0.25), 3000, 30).Code; got != None {
		t.Errorf("still again: %v", got)
	}
}

func TestFrameRate(t *testing.T) {
	still := func(float64) person { return ordinary() }
	for _, c := range []struct {
		rate float64
		want Code
	}{{10, LowFrameRate}, {15, None}, {25, None}, {60, None}} {
		k := fresh()
		got := watch(k, still, 4000, c.rate)
		if got.Code != c.want || math.Abs(got.FPS-c.rate) > 0.1 {
			t.Errorf("%v frames/s: %v, said to be %v", c.rate, got.Code, got.FPS)
		}
	}
}

// One code is given at a time. A fault of a moment is not given, a value at a limit doesn't make the code flicker,
// and a face missed in single frames isn't lost.
func TestWordsStay(t *testing.T) {
	k := fresh()
	glitch := func(s float64) person {
		p := ordinary()
		p.gone = math.Mod(s, 0.5) < 0.06
		return p
	}
	said := map[Code]bool{}
	for ms := 0.0; ms < 3000; ms += 33 {
		if s := k.Add(glitch(ms / 1000).frame(ms)); ms > 700 {
			said[s.Code] = true
		}
	}
	if len(said) != 1 || !said[None] {
		t.Errorf("with single frames missed: %v", said)
	}

	k = fresh()
	changes := 0
	last := Code(-1)
	for ms := 0.0; ms < 6000; ms += 33 {
		p := ordinary()
		p.d = tooClose * 480 / 2.3 * (1 + 0.03*math.Sin(ms/150))
		p.y = 150
		if c := k.Add(p.frame(ms)).Code; c != last {
			changes++
			last = c
		}
	}
	if changes > 3 {
		t.Errorf("at the limit of too close the word changed %d times in 6 s", changes)
	}

	k = fresh()
	watch(k, func(float64) person { return ordinary() }, 1500, 30)
	gone := func(float64) person { p := ordinary(); p.gone = true; return p }
	if got := watch(k, gone, 400, 30).Code; got != None {
		t.Errorf("0.4 s without a face: %v", got)
	}
	if got := watch(k, gone, 1200, 30).Code; got != FaceLost {
		t.Errorf("1.6 s without a face: %v", got)
	}
}

// Hostile and odd input changes nothing and never panics.
func TestTotal(t *testing.T) {
	k := fresh()
	k.Add(Frame{})
	k.Add(ordinary().frame(100))
	before := k.State()
	k.Add(ordinary().frame(50))
	k.Add(ordinary().frame(math.NaN()))
	if k.State() != before {
		t.Errorf("a frame out of order changed %v to %v", before, k.State())
	}
	f := ordinary().frame(200)
	f.Regions = f.Regions[:3]
	k.Add(f)
	f = ordinary().frame(300)
	f.Landmarks = [10]float64{}
	k.Add(f)
	for _, c := range Codes() {
		if c.String() == "" {
			t.Errorf("code %d has no name", int(c))
		}
	}
	if NotEnoughSkin != 7 || TooClose != 1 || ChestNotVisible != 4 {
		t.Error("the codes that integrators know have moved")
	}
}
