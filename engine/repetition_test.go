package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"blush.example/blush/rppg"
)

// person moves as a seated one does, in px at s seconds: posture, breath, the heart's recoil.
func person(seed uint64) func(s float64) (x, y float64) {
	r := rand.New(rand.NewPCG(seed, 2))
	var hz, size, phase [2][40]float64
	for k := range hz {
		for i := range hz[k] {
			hz[k][i] = 0.05 * math.Pow(30, r.Float64()) // 0.05 to 1.5 Hz
			size[k][i], phase[k][i] = 0.3*math.Sqrt(0.1/hz[k][i])*r.Float64(), 2*math.Pi*r.Float64()
		}
	}
	return func(s float64) (x, y float64) {
		for i := range hz[0] {
			x += size[0][i] * math.Sin(2*math.Pi*hz[0][i]*s+phase[0][i])
			y += size[1][i] * math.Sin(2*math.Pi*hz[1][i]*s+phase[1][i])
		}
		return x, y + 0.3*math.Sin(2*math.Pi*0.25*s) + 0.15*math.Sin(2*math.Pi*1.1*s)
	}
}

// again gives a trace a head that makes the same movements every few seconds; its colours stay.
func again(tr *rppg.Trace, seconds float64) *rppg.Trace {
	p := person(1)
	for i, ms := range tr.TimeMS {
		x, y := p(math.Mod(ms/1000, seconds))
		for k := 0; k < 10; k += 2 {
			tr.Landmarks[i][k], tr.Landmarks[i][k+1] = 300+x, 230+y
		}
	}
	return tr
}

// A clip of a person that is played again is recognised by the movement of the head, forwards and backwards, though a codec changes every
// picture of it. No living head repeats itself, however regular its breath, its heart or its way of moving.
func TestHeadThatRepeats(t *testing.T) {
	const seconds = 34
	type path func(s float64) (x, y float64) // px
	wave := func(hz, size float64) func(s float64) float64 {
		return func(s float64) float64 { return size * math.Sin(2*math.Pi*hz*s) }
	}
	loop := func(p path, period float64) path {
		return func(s float64) (x, y float64) { return p(math.Mod(s, period)) }
	}
	back := func(p path, period float64) path {
		return func(s float64) (x, y float64) {
			if s = math.Mod(s, 2*period); s > period {
				s = 2*period - s
			}
			return p(s)
		}
	}
	found, clips := map[string]int{}, 0
	for seed := range uint64(40) {
		p := person(seed)
		breath, quick, heart, chair := wave(0.1, 3), wave(0.25, 3), wave(1.05, 1), wave(0.5, 4)
		step := func(s float64) float64 { return wave(0.9, 4)(s) + wave(1.8, 4)(s+0.2) }
		with := func(share float64, across, down func(s float64) float64) path {
			return func(s float64) (x, y float64) { x, y = p(s); return share*x + across(s), share*y + down(s) }
		}
		none := func(float64) float64 { return 0 }
		clips++
		for _, c := range []struct {
			what string
			p    path
			clip bool
		}{
			{"a person", p, false},
			{"short", loop(p, 3), true},
			{"short", loop(p, 4.4), true},
			{"long", loop(p, 10), true},
			{"long", loop(p, 15.3), true},
			{"long", back(p, 10), true},
			{"a person who breathes six times a minute with a metronome", with(1, none, breath), false},
			{"the same, and the breath moves the head along both axes", with(0.2, breath, breath), false},
			{"a person who breathes fifteen times a minute with a metronome", with(1, none, quick), false},
			{"a still head under a heart as steady as a pacemaker's", with(0.1, heart, heart), false},
			{"a person in a rocking chair", with(0.2, chair, chair), false},
			{"a person on a treadmill", with(0.2, step, step), false},
			{"a picture", func(float64) (x, y float64) { return 0, 0 }, false},
		} {
			r := rand.New(rand.NewPCG(seed, 3))
			var b body
			for i := range 30 * seconds {
				s := float64(i) / 30
				x, y := c.p(s)
				smp := rppg.Sample{ShoulderDY: math.NaN(), FaceBox: rppg.Box{100, 100, 150, 150}}
				for k := 0; k < len(smp.Landmarks); k += 2 {
					smp.Landmarks[k], smp.Landmarks[k+1] = 200+x+0.03*r.NormFloat64(), 200+y+0.03*r.NormFloat64()
				}
				b.add(s, smp)
			}
			switch got := b.repeats(); {
			case got && !c.clip:
				t.Errorf("%s (%d) is taken for a clip", c.what, seed)
			case got:
				found[c.what]++
			}
		}
	}
	if found["long"] < 3*clips*9/10 || found["short"] < 2*clips*6/10 {
		t.Errorf("of %d clips of 3 to 5 s %d are found, of %d of 10 s and more %d", 2*clips, found["short"], 3*clips, found["long"])
	}
}
