package validate

import (
	"slices"
	"strings"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// Each reason for a refusal has a story that causes it.
var refusals = []struct {
	story  string
	of     biomarker.Name
	reason biomarker.Reason
	tell   func(seed uint64) *rppg.Trace
}{
	{"an empty chair", biomarker.HeartRate, biomarker.NoFace, scenario("chair", 30)},
	{"a face at night", biomarker.HeartRate, biomarker.TooDark, but("typical", 30, func(s *simulate.Scene) { s.Exposure = 0.1 })},
	{"a scan broken off after 6 s", biomarker.HeartRate, biomarker.TooShort, scenario("typical", 6)},
	{"a file whose frame rate is invented", biomarker.HeartRate, biomarker.UnknownTiming,
		but("ideal", 30, func(s *simulate.Scene) { s.Clock.Timing = rppg.TimingUnknown })},
	{"a camera set to black and white", biomarker.HeartRate, biomarker.NoColour, blackAndWhite},
	{"a webcam at 5 frames a second", biomarker.HeartRate, biomarker.LowFrameRate, but("ideal", 30, func(s *simulate.Scene) { s.Camera.FPS = 5 })},
	{"a recording played into the camera again and again", biomarker.HeartRate, biomarker.Frozen, dead("loop")},
	{"a camera that stops", biomarker.HeartRate, biomarker.Frozen, dead("frozen_later")},
	{"a second person takes the place of the first", biomarker.HeartRate, biomarker.FaceChanged,
		but("ideal", 30, func(s *simulate.Scene) { s.FollowBy(s.Seed+1, 1.4) })},
	{"a surgical mask over the cheeks", biomarker.HeartRate, biomarker.NotEnoughSkin, masked},
	{"a browser that stalls", biomarker.HeartRate, biomarker.FrameGaps, but("ideal", 30, func(s *simulate.Scene) { s.Clock.Stalls = 1.5 })},
	{"a face across the room", biomarker.HeartRate, biomarker.FaceTooSmall, but("ideal", 30, func(s *simulate.Scene) { s.Camera.Pixels = 50 })},
	{"a lamp straight in the face", biomarker.HeartRate, biomarker.Clipped, but("ideal", 30, func(s *simulate.Scene) { s.Exposure = 1.45 })},
	{"a scan while running", biomarker.HeartRate, biomarker.TooMuchMotion,
		but("dark", 30, func(s *simulate.Scene) {
			s.PulseGain, s.Motion.Burst, s.Motion.Rate, s.Motion.Amplitude = 0.3, 0.1, 1.4, 0.1
		})},
	{"a call over a bad line", biomarker.HeartRate, biomarker.CompressedVideo, scenario("compressed", 30)},
	{"a photograph", biomarker.HeartRate, biomarker.NoPulse, scenario("photo", 30)},
	{"cold hands hold the phone", biomarker.HeartRate, biomarker.SignalTooWeak, func(seed uint64) *rppg.Trace {
		s := simulate.NewScene(seed, 30)
		s.Tone, s.PulseGain, s.Camera.Noise = "V", 0.25, 5
		return traceOf(s)
	}},
	{"a heart in fibrillation", biomarker.HeartRateVariability, biomarker.IrregularRhythm,
		but("ideal", 60, func(s *simulate.Scene) { s.Rhythm.Fibrillation = true })},
	{"a heart that beats thirty times a minute", biomarker.HeartRate, biomarker.OutOfRange,
		but("ideal", 60, func(s *simulate.Scene) { s.Rhythm.HeartRate, s.Rhythm.RSA, s.Rhythm.LF = 30, 0.03, 0.01 })},
	{"a scan without a cuff", biomarker.SystolicBloodPressure, biomarker.NotMeasured, scenario("ideal", 60)},
}

func traceOf(s simulate.Scene) *rppg.Trace {
	tr, _ := s.Trace()
	return tr
}

// masked draws a face whose cheeks and chin are cloth: package face finds no skin there.
func masked(seed uint64) *rppg.Trace {
	tr := scenario("ideal", 30)(seed)
	for i, r := range tr.Regions {
		if !strings.HasPrefix(r.Name, "forehead") {
			clear(tr.Regions[i].Skin)
		}
	}
	return tr
}

// blackAndWhite draws a face in black and white, compressed.
func blackAndWhite(seed uint64) *rppg.Trace {
	tr := scenario("ideal", 30)(seed)
	tr.Device.Codec = "h264"
	for _, r := range append(tr.Regions, *tr.Background) {
		for i := range r.R {
			y := 0.299*r.R[i] + 0.587*r.G[i] + 0.114*r.B[i]
			r.R[i], r.G[i], r.B[i] = y, y, y
		}
	}
	return tr
}

// dead draws one of the suite dead's scenes of 30 s.
func dead(name string) func(uint64) *rppg.Trace {
	cases := simulate.Suite("dead")
	i := slices.IndexFunc(cases, func(c simulate.Case) bool { return c.Name == name })
	return func(seed uint64) *rppg.Trace { return traceOf(cases[i].Scene(seed, 30)) }
}

func scenario(name string, seconds float64) func(uint64) *rppg.Trace {
	return but(name, seconds, func(*simulate.Scene) {})
}

func but(name string, seconds float64, change func(*simulate.Scene)) func(uint64) *rppg.Trace {
	return func(seed uint64) *rppg.Trace {
		s := simulate.Scenario(name, false, seed, seconds)
		change(&s)
		return traceOf(s)
	}
}

// A story is run three times. The reason must be the same each time or, where noise decides how weak a signal is,
// how irregular a heart is, or how much compression destroyed, most times.
func TestEveryRefusalHasItsStory(t *testing.T) {
	told := map[biomarker.Reason]bool{}
	for _, story := range refusals {
		told[story.reason] = true
		const times = 3
		good := 0
		for seed := range uint64(times) {
			res := engine.Analyze(story.tell(seed), engine.Options{})
			e, ok := res.Find(story.of)
			if ok && e.Value != nil && story.reason == biomarker.SignalTooWeak {
				continue // strong enough this time
			}
			if !ok || e.Value != nil || e.Reason == nil {
				t.Errorf("%s (seed %d): %s is given (%v)", story.story, seed, story.of, e.Value)
				continue
			}
			if *e.Reason == story.reason {
				good++
			} else {
				t.Logf("%s (seed %d): %s", story.story, seed, *e.Reason)
			}
		}
		if least := map[bool]int{true: 2, false: times}[slices.Contains([]biomarker.Reason{biomarker.SignalTooWeak, biomarker.IrregularRhythm, biomarker.CompressedVideo}, story.reason)]; good < least {
			t.Errorf("%s: %s %d times of %d", story.story, story.reason, good, times)
		}
	}
	for _, why := range biomarker.Reasons {
		if !told[why] {
			t.Errorf("no story provokes %s", why)
		}
	}
}
