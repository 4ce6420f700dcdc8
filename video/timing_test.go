package video

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

func constant(rate, seconds, roundMS float64) []float64 {
	var t []float64
	for i := 0; float64(i) < rate*seconds; i++ {
		v := float64(i) * 1000 / rate
		if roundMS > 0 {
			v = math.Round(v/roundMS) * roundMS
		}
		t = append(t, v)
	}
	return t
}

func TestJudge(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var browser, gaps []float64
	now := 0.0
	for range 300 {
		browser = append(browser, math.Round(now))
		now += 33 + 8*rng.Float64()
	}
	for i, v := range constant(30, 10, 0) {
		if i%7 != 3 {
			gaps = append(gaps, v)
		}
	}
	tests := []struct {
		name  string
		times []float64
		ev    evidence
		want  Timing
	}{
		{"webcam, 30", constant(30, 10, 0), evidence{}, TimingNominal},
		{"film, 24000/1001", constant(24000.0/1001, 10, 0), evidence{}, TimingNominal},
		{"25 in whole milliseconds", constant(25, 10, 1), evidence{}, TimingNominal},
		{"30 in whole milliseconds", constant(30, 10, 1), evidence{}, TimingNominal},
		{"15", constant(15, 10, 0), evidence{}, TimingNominal},
		{"60", constant(60, 10, 0), evidence{}, TimingNominal},
		{"measured by the recorder, 28.67", constant(28.67, 10, 0), evidence{}, TimingNominal},
		{"30 with dropped frames", gaps, evidence{}, TimingNominal},
		{"silent 50", constant(50, 10, 0), evidence{}, TimingUnknown},
		{"50 in whole milliseconds", constant(50, 10, 1), evidence{}, TimingUnknown},
		{"50 with sound as long", constant(50, 10, 0), evidence{endS: 10, sound: []soundTrack{{endS: 10.1}}}, TimingNominal},
		{"30 with sound twice as long", constant(30, 10, 0), evidence{endS: 10, sound: []soundTrack{{endS: 20}}}, TimingUnknown},
		{"a browser's recorder, sound ends early", browser, evidence{endS: 11, sound: []soundTrack{{endS: 5}}}, TimingCamera},
		{"a browser's recorder, sound starts late", browser, evidence{endS: 11, sound: []soundTrack{{startS: 6, endS: 11}}}, TimingCamera},
		{"a browser's recorder, slowed down with its sound", browser, evidence{endS: 11, sound: []soundTrack{{endS: 11, stretch: 2}}}, TimingUnknown},
		{"a browser's recorder, a dim room", browser, evidence{captureFPS: 30}, TimingCamera},
		{"a browser's recorder in slow motion", browser, evidence{captureFPS: 240}, TimingNominal},
		{"a browser's recorder, half the rate it was set to", browser, evidence{captureFPS: 55}, TimingUnknown},
		{"30 with sound that starts late", constant(30, 10, 0), evidence{endS: 10, sound: []soundTrack{{startS: 4, endS: 10}}}, TimingNominal},
		{"30 with sound that ends early", constant(30, 10, 0), evidence{endS: 10, sound: []soundTrack{{endS: 9}}}, TimingNominal},
		{"30 with sound half as long", constant(30, 10, 0), evidence{endS: 10, sound: []soundTrack{{endS: 5}}}, TimingUnknown},
		{"30 with sound a little longer", constant(30, 10, 0), evidence{endS: 10, sound: []soundTrack{{endS: 11}}}, TimingUnknown},
		{"30 in hundredths", constant(30, 10, 10), evidence{}, TimingNominal},
		{"30 in 600ths of 29.97", constant(30000.0/1001, 10, 1000.0/600), evidence{tickMS: 1000.0 / 600}, TimingNominal},
		{"50 with sound that ends early", constant(50, 10, 0), evidence{endS: 10, sound: []soundTrack{{endS: 9}}}, TimingUnknown},
		{"50 from a named camera", constant(50, 10, 0), evidence{device: true}, TimingNominal},
		{"1000", constant(1000, 1, 0), evidence{}, TimingUnknown},
		{"1", constant(1, 30, 0), evidence{}, TimingUnknown},
		{"no rate in the format", constant(25, 10, 0), evidence{invented: true}, TimingUnknown},
		{"a browser's recorder", browser, evidence{}, TimingCamera},
		{"one frame", []float64{0}, evidence{}, TimingUnknown},
		{"no frame", nil, evidence{}, TimingUnknown},
		{"all at once", []float64{5, 5, 5}, evidence{}, TimingUnknown},
	}
	for _, tt := range tests {
		if got := judge(tt.times, tt.ev); got.timing != tt.want {
			t.Errorf("%s: %+v, want %s", tt.name, got, tt.want)
		}
	}
}

// Matroska rounds the duration of a packet of sound to whole milliseconds, but not the times of all of them: 2.5 ms
// are called 2 or 3. That is no other speed.
func TestSoundOfShortPackets(t *testing.T) {
	for _, tt := range []struct {
		name            string
		apart, duration float64 // ms
		stretched       bool
	}{
		{"Opus, 2.5 ms", 2.5, 2, false},
		{"DTS, 10.67 ms", 512.0 / 48, 10, false},
		{"Opus, 20 ms, twice as slow", 40, 20, true},
		{"Opus, 20 ms, a quarter faster", 16, 20, true},
		{"Opus, 2.5 ms, twice as slow", 5, 2, true},
	} {
		s := sound{codec: "opus", rate: 48000, bytes: 1e6}
		var times []float64
		for i := range 1000 {
			times = append(times, math.Round(float64(i)*tt.apart))
			s.durationMS = append(s.durationMS, tt.duration)
		}
		track, ok := s.track(times, 1, "matroska,webm")
		if got := (evidence{sound: []soundTrack{track}}).stretched(); !ok || got != tt.stretched {
			t.Errorf("%s: stretched %v (%+v), want %v", tt.name, got, track, tt.stretched)
		}
	}
}

// A file that says at which rate it was filmed is taken at its word, unless a dim room explains the difference as well.
func TestFilmedAtAnotherRate(t *testing.T) {
	asLong := []soundTrack{{endS: 8}}
	for _, tt := range []struct {
		stored, filmed float64
		sound          []soundTrack
		timing         Timing
		rate           float64
	}{
		{30, 120, nil, TimingNominal, 120},
		{30, 120, asLong, TimingUnknown, 30},
		{240, 240, nil, TimingNominal, 240},
		{30, 30, nil, TimingNominal, 30},
		{15, 30, nil, TimingUnknown, 15},
		{15, 30, asLong, TimingNominal, 15},
		{30, 10, nil, TimingNominal, 10},
		{30, 1, nil, TimingUnknown, 30},
	} {
		v := judge(constant(tt.stored, 8, 0), evidence{device: true, endS: 8, captureFPS: tt.filmed, sound: tt.sound})
		if v.timing != tt.timing || math.Abs(v.rate-tt.rate) > 0.01*tt.rate {
			t.Errorf("stored at %v, filmed at %v, sound %v: %+v, want %s at %v", tt.stored, tt.filmed, tt.sound, v, tt.timing, tt.rate)
		}
	}
}

// What tags say about the clock.
func TestTags(t *testing.T) {
	for _, tt := range []struct {
		tag, value string
		want       evidence
	}{
		{"com.android.capture.fps", "120.0", evidence{device: true, captureFPS: 120}},
		{"com.sony.captureFps", "119.88p", evidence{captureFPS: 119.88}},
		{"com.apple.quicktime.full-frame-rate-playback-intent", "0", evidence{}},
		{"comment", "Slow Motion", evidence{retimed: true}},
		{"comment", "time-lapse", evidence{retimed: true}},
		{"TIME_LAPSE", "1", evidence{retimed: true}},
		{"TIME_LAPSE", "0", evidence{}},
	} {
		var got evidence
		if got.tagged(map[string]string{"tag:" + tt.tag: tt.value}); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s=%s: %+v, want %+v", tt.tag, tt.value, got, tt.want)
		}
	}
}
