package video

import (
	"math"
	"math/rand/v2"
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
