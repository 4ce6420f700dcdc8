// Package sandbox makes recordings for tests of programs that use the API, which have no camera. A recording can have a given heart
// rate, quality or persona, or be refused for a given reason. It is a trace of the simulator, and the engine analyses it like any
// other: no result is made up. The same [Order] gives the same recording.
package sandbox

import (
	"fmt"
	"slices"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// Order describes the recording to make. At most one of Quality and Reason is set.
type Order struct {
	Seed      uint64
	DurationS float64 // length in s
	HeartRate float64 // bpm; 0: the persona's, or drawn from the seed
	Persona   string  // one of [Personas], or empty
	Quality   string  // the quality that the engine must find, or empty for any
	// Reason is the reason for which the engine must refuse the heart rate, one of [Reasons], or empty.
	Reason biomarker.Reason
}

// Reasons lists the reasons for which a recording can be refused: all of the catalogue except not_measured, which
// only the blood pressures have, in every scan.
var Reasons = slices.DeleteFunc(slices.Clone(biomarker.Reasons), func(r biomarker.Reason) bool { return r == biomarker.NotMeasured })

// ShortS is the length in s of a recording that is too short.
const ShortS = 8.0

// tries is the largest number of recordings that are made and analysed for one order.
const tries = 16

// UnmetError means that no recording made from the order's seed meets the order.
type UnmetError struct{ Order Order }

func (u *UnmetError) Error() string {
	return fmt.Sprintf("no recording of seed %d gives that", u.Order.Seed)
}

// Trace makes the recording. It makes recordings until the engine gives one the result that the order names: a quality, a reason, or
// otherwise a heart rate. An order that names neither has no error: if none of the recordings is given a heart rate, Trace returns the first.
func (o Order) Trace() (*rppg.Trace, error) {
	for i := range uint64(tries) {
		tr := o.draw(o.Seed + i*0x9e3779b97f4a7c15)
		if o.met(engine.Analyze(tr, engine.Options{})) {
			return tr, nil
		}
	}
	if o.Reason == "" && o.Quality == "" {
		return o.draw(o.Seed), nil
	}
	return nil, &UnmetError{o}
}

// met says whether a result meets the order.
func (o Order) met(r *engine.Result) bool {
	if o.Quality != "" {
		return r.Quality == o.Quality
	}
	hr, _ := r.Find(biomarker.HeartRate)
	if o.Reason == "" {
		return hr.Value != nil
	}
	return hr.Reason != nil && *hr.Reason == o.Reason
}

// draw makes one recording.
func (o Order) draw(seed uint64) *rppg.Trace {
	s := simulate.NewScene(seed, o.DurationS)
	s.Rhythm.HeartRate = 55 + float64(seed%36)
	if p, ok := FindPersona(o.Persona); ok {
		s.Rhythm = simulate.Rhythm{HeartRate: p.HeartRate, RespiratoryRate: p.Breaths, RSA: p.RSA}
	}
	if o.HeartRate != 0 {
		s.Rhythm.HeartRate = o.HeartRate
	}
	switch o.Quality {
	case "fair":
		s.PulseGain, s.Motion.Sway, s.Camera.Noise = 0.14+0.01*float64(seed%8), 0.004, 6
	case "poor":
		s.Pulse = false
	}
	after, known := faults[o.Reason]
	if known && after.scene != nil {
		after.scene(&s, seed)
	}
	tr, _ := s.Trace()
	if known && after.trace != nil {
		after.trace(tr)
	}
	return tr
}

// fault makes a recording bad: scene changes the scene before it is drawn, trace the finished trace.
type fault struct {
	scene func(s *simulate.Scene, seed uint64)
	trace func(tr *rppg.Trace)
}

var faults = map[biomarker.Reason]fault{
	biomarker.NoFace:        {scene: func(s *simulate.Scene, _ uint64) { s.Face, s.Shoulders, s.Pulse = false, false, false }},
	biomarker.TooDark:       {scene: func(s *simulate.Scene, _ uint64) { s.Exposure = 0.08 }},
	biomarker.TooShort:      {scene: func(s *simulate.Scene, _ uint64) { s.Duration = ShortS }},
	biomarker.UnknownTiming: {scene: func(s *simulate.Scene, _ uint64) { s.Clock.Timing = rppg.TimingUnknown }},
	biomarker.NoColour:      {trace: grey},
	biomarker.LowFrameRate:  {scene: func(s *simulate.Scene, _ uint64) { s.Camera.FPS = 7 }},
	biomarker.Frozen:        {scene: func(s *simulate.Scene, _ uint64) { s.Replay.Freeze = s.Duration / 2 }},
	biomarker.FaceChanged:   {scene: func(s *simulate.Scene, seed uint64) { s.FollowBy(seed+1, 1.4) }},
	biomarker.FrameGaps:     {scene: func(s *simulate.Scene, _ uint64) { s.Clock.Stalls = 1.2 }},
	biomarker.FaceTooSmall:  {scene: func(s *simulate.Scene, _ uint64) { s.Camera.Pixels = 40 }},
	biomarker.Clipped:       {scene: func(s *simulate.Scene, _ uint64) { s.Exposure = 1.8 }},
	biomarker.NotEnoughSkin: {trace: masked},
	biomarker.TooMuchMotion: {trace: shaken},
	biomarker.CompressedVideo: {scene: func(s *simulate.Scene, seed uint64) {
		*s = simulate.Scenario("compressed", false, seed, s.Duration)
	}},
	biomarker.NoPulse: {scene: func(s *simulate.Scene, seed uint64) {
		*s = simulate.Scenario("photo", false, seed, s.Duration)
	}},
	biomarker.SignalTooWeak: {scene: func(s *simulate.Scene, seed uint64) {
		s.PulseGain, s.Camera.Noise = 0.10+0.01*float64(seed%10), 6
	}},
	biomarker.IrregularRhythm: {scene: func(s *simulate.Scene, _ uint64) {
		s.Rhythm = simulate.Rhythm{HeartRate: s.Rhythm.HeartRate, PauseEvery: 6, Pause: 3}
	}},
	biomarker.OutOfRange: {scene: func(s *simulate.Scene, _ uint64) { s.Rhythm = simulate.Rhythm{HeartRate: 28} }},
}

// grey removes the colour from a recording, as an infrared camera does.
func grey(tr *rppg.Trace) {
	of := func(r *rppg.Region) {
		for i := range r.R {
			l := 0.299*r.R[i] + 0.587*r.G[i] + 0.114*r.B[i]
			r.R[i], r.G[i], r.B[i] = l, l, l
		}
	}
	for i := range tr.Regions {
		of(&tr.Regions[i])
	}
	if tr.Background != nil {
		of(tr.Background)
	}
}

// masked hides everything below the forehead, as a mask does.
func masked(tr *rppg.Trace) {
	for i, r := range tr.Regions {
		if rppg.AreaOf(r.Name) == rppg.Forehead {
			continue
		}
		for k := range r.Skin {
			tr.Regions[i].Skin[k] = 0
		}
	}
}

// shaken turns the head from side to side once a second, by half its width, which also changes the light on it.
func shaken(tr *rppg.Trace) {
	for i, ms := range tr.TimeMS {
		side := float64(int(ms/500)%2)*2 - 1
		within := float64(int(ms)%500) / 500
		move := side * (1 - 2*within) * 0.5
		if i < len(tr.FaceBox) {
			tr.FaceBox[i][0] += move * tr.FaceBox[i][2]
		}
		for k, r := range tr.Regions {
			change := 1 + move*0.3*(float64(k%4)/2-0.5)
			r.R[i], r.G[i], r.B[i] = min(r.R[i]*change, 249), min(r.G[i]*change, 249), min(r.B[i]*change, 249)
		}
	}
}
