package simulate

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"blush.example/blush/rppg"
)

func TestASeedMakesTheSameRecordingAndAnotherAnother(t *testing.T) {
	for _, name := range slices.Concat(Scenarios, Phantoms) {
		a, truthA := Scenario(name, true, 7, 10).Trace()
		b, truthB := Scenario(name, true, 7, 10).Trace()
		if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(truthA, truthB) {
			t.Errorf("%s: the same seed made two recordings", name)
		}
		c, _ := Scenario(name, true, 8, 10).Trace()
		if name != "chair" && reflect.DeepEqual(a.Regions, c.Regions) {
			t.Errorf("%s: two seeds made one recording", name)
		}
	}
}

// The simulator keeps its own order of the patches, since another would change every simulated recording.
func TestPatchesAreThoseOfAFace(t *testing.T) {
	var names []string
	for _, p := range patches {
		names = append(names, p.name)
	}
	if a, b := slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(rppg.FacePatches[:])); !slices.Equal(a, b) {
		t.Errorf("the simulator has %v, a face %v", a, b)
	}
}

func TestEverySceneIsAValidTrace(t *testing.T) {
	for _, suite := range Suites {
		for _, c := range Suite(suite) {
			tr, truth := c.Scene(3, 12).Trace()
			if err := tr.Validate(); err != nil {
				t.Errorf("%s %s: %v", suite, c.Name, err)
			}
			if finger := suite == "fingers"; finger && (tr.Site != rppg.Finger || len(tr.Regions) != 1) {
				t.Errorf("%s %s: %d regions of a %s", suite, c.Name, len(tr.Regions), tr.Site)
			} else if !finger && (tr.Background == nil || len(tr.Regions) != 16 || len(tr.FaceBox) != len(tr.TimeMS)) {
				t.Errorf("%s %s: a face trace lacks its columns", suite, c.Name)
			}
			if dead := suite == "refuse" || suite == "dead" || suite == "fingers" && slices.Contains(DeadFingers, c.Name); truth.HasPulse == dead {
				t.Errorf("%s %s: pulse %v", suite, c.Name, truth.HasPulse)
			}
		}
	}
	tr, truth := Finger(1, 20).Trace()
	if err := tr.Validate(); err != nil || tr.Site != rppg.Finger || len(tr.Regions) != 1 || !truth.HasPulse {
		t.Errorf("finger: %v, %d regions", err, len(tr.Regions))
	}
}

func TestTruthIsReadOffTheBeats(t *testing.T) {
	for seed := range uint64(20) {
		s := NewScene(seed, 60)
		s.Rhythm.HeartRate, s.Rhythm.RespiratoryRate = 72, 15
		_, truth := s.Trace()
		var ibi, diff []float64
		for i := 1; i < len(truth.Beats); i++ {
			ibi = append(ibi, 1000*(truth.Beats[i]-truth.Beats[i-1]))
		}
		for i := 1; i < len(ibi); i++ {
			diff = append(diff, (ibi[i]-ibi[i-1])*(ibi[i]-ibi[i-1]))
		}
		mean, sd := meanSD(ibi)
		sq, _ := meanSD(diff)
		n := float64(len(ibi))
		near(t, "heart rate", truth.HeartRate, 60000/mean, 1e-9)
		near(t, "SDNN", truth.SDNN, sd*math.Sqrt(n/(n-1)), 1e-9)
		near(t, "RMSSD", truth.RMSSD, math.Sqrt(sq), 1e-9)
		near(t, "respiratory rate", truth.RespiratoryRate, 15, 2)
		near(t, "asked heart rate", truth.HeartRate, 72, 12)
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s: %.4g, want %.4g ± %.2g", what, got, want, tolerance)
	}
}

func TestRhythms(t *testing.T) {
	variation := func(change func(*Rhythm)) (cv float64, truth Truth) {
		s := NewScene(4, 300)
		change(&s.Rhythm)
		_, truth = s.Trace()
		return truth.SDNN * truth.HeartRate / 60000, truth
	}
	if cv, _ := variation(func(o *Rhythm) { o.Fibrillation = true }); cv < 0.17 || cv > 0.23 {
		t.Errorf("fibrillation: coefficient of variation %.3f, want 0.2", cv)
	}
	_, calm := variation(func(*Rhythm) {})
	_, early := variation(func(o *Rhythm) { o.Ectopic = 0.05 })
	if share := float64(early.Ectopic) / float64(len(early.Beats)); share < 0.02 || share > 0.09 {
		t.Errorf("ectopic share %.3f, want about 0.05", share)
	}
	if calm.Ectopic != 0 || early.RMSSD > 2*calm.RMSSD {
		t.Errorf("ectopic beats count in RMSSD: %.1f ms against %.1f", early.RMSSD, calm.RMSSD)
	}
	_, rising := variation(func(o *Rhythm) { o.HeartRate, o.Slope = 60, 0.1 })
	n := len(rising.Beats)
	if first, last := rising.Beats[20]-rising.Beats[0], rising.Beats[n-1]-rising.Beats[n-21]; last > 0.8*first {
		t.Errorf("20 beats take %.1f s at the start and %.1f s at the end of a rise from 60 to 90 bpm", first, last)
	}
}

func TestTheWallBehindSeesTheLightAndTheMaskNothingOfTheHeart(t *testing.T) {
	s := NewScene(2, 30)
	s.Light = Light{LineRate: 1.3, Line: 0.02}
	tr, _ := s.Trace()
	if c := correlation(tr.Background.G, tr.Regions[1].G); c < 0.8 {
		t.Errorf("a lamp's line correlates by %.2f between wall and forehead", c)
	}
	s.Light = Light{}
	s.Motion = Motion{}
	tr, _ = s.Trace()
	if c := correlation(tr.Background.G, tr.Regions[1].G); math.Abs(c) > 0.2 {
		t.Errorf("the pulse shows on the wall: correlation %.2f", c)
	}
	if c := correlation(tr.Regions[1].G, tr.Regions[4].G); c < 0.6 {
		t.Errorf("the pulse correlates by %.2f between two patches of forehead", c)
	}
	s.Pulse = false
	tr, _ = s.Trace()
	if c := correlation(tr.Regions[1].G, tr.Regions[4].G); c > 0.3 {
		t.Errorf("without pulse, light and motion two patches still correlate by %.2f", c)
	}
}

func correlation(a, b []float64) float64 {
	ma, sa := meanSD(a)
	mb, sb := meanSD(b)
	var c float64
	for i := range a {
		c += (a[i] - ma) * (b[i] - mb)
	}
	return c / float64(len(a)) / (sa * sb)
}

func TestExposureClipsAndDarkens(t *testing.T) {
	shares := func(exposure float64) (clip, level float64) {
		s := NewScene(5, 10)
		s.Exposure = exposure
		tr, _ := s.Trace()
		g := tr.Regions[0]
		level, _ = meanSD(g.G)
		return g.Clipped[0] / g.Pixels[0], level
	}
	if clip, _ := shares(1); clip > 0.001 {
		t.Errorf("proper exposure clips %.3f of the pixels", clip)
	}
	if clip, _ := shares(1.6); clip < 0.6 {
		t.Errorf("over-exposure clips only %.3f of the pixels", clip)
	}
	if _, level := shares(0.08); level > 15 {
		t.Errorf("a dark scene has level %.0f", level)
	}
}

func TestClocks(t *testing.T) {
	base, _ := NewScene(6, 30).Trace()
	s := NewScene(6, 30)
	s.Clock.Unsorted, s.Clock.Doubled = 0.2, 0.1
	mixed, _ := s.Trace()
	if slices.IsSorted(mixed.TimeMS) || len(mixed.TimeMS) <= len(base.TimeMS) {
		t.Error("frames are neither out of order nor doubled")
	}
	seen := map[float64]float64{}
	for i, ms := range base.TimeMS {
		seen[ms] = base.Regions[0].G[i]
	}
	for i, ms := range mixed.TimeMS {
		if g, ok := seen[ms]; !ok || g != mixed.Regions[0].G[i] {
			t.Fatalf("frame %d lost its own colour on the way", i)
		}
	}
	s = NewScene(6, 30)
	s.Clock.Drop = 0.5
	thin, _ := s.Trace()
	near(t, "frames left of half", float64(len(thin.TimeMS)), 450, 70)
	s = NewScene(6, 30)
	s.Clock.Back = 10
	back, _ := s.Trace()
	if slices.IsSorted(back.TimeMS) {
		t.Error("the clock was not set back")
	}
	s = NewScene(6, 30)
	s.Camera.Whole = true
	whole, _ := s.Trace()
	if g := whole.Regions[3].G[17]; g != math.Trunc(g) {
		t.Errorf("level %v is not whole", g)
	}
}

func TestNobodyInTheChair(t *testing.T) {
	tr, truth := Scenario("chair", false, 1, 10).Trace()
	if tr.FaceBox[50] != (rppg.Box{}) || tr.Regions[0].Pixels[50] != 0 || tr.Background.G[50] == 0 || truth.HasPulse {
		t.Error("an empty chair has a face")
	}
}

func BenchmarkTrace30s(b *testing.B) {
	b.ReportAllocs()
	for i := range b.N {
		Scenario("codec", true, uint64(i), 30).Trace()
	}
}
