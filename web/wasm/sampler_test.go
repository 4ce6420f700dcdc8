package main

import (
	"bytes"
	"fmt"
	"image"
	"math"
	"slices"
	"testing"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/check"
	"blush.example/blush/engine"
	"blush.example/blush/face"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// put gives a frame to a sampler as a browser does: as bytes without padding.
func put(t *testing.T, e *sampler, f video.Frame, l layout) {
	t.Helper()
	m := f.Image.(*image.YCbCr)
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if err := e.expect(picture{layout: l, width: w, height: h}); err != nil {
		t.Fatal(err)
	}
	at := copy(e.pix, m.Y)
	switch l {
	case i420:
		at += copy(e.pix[at:], m.Cb)
		copy(e.pix[at:], m.Cr)
	case nv12:
		for i := range m.Cb {
			e.pix[at+2*i], e.pix[at+2*i+1] = m.Cb[i], m.Cr[i]
		}
	case rgba:
		for y := range h {
			for x := range w {
				c := m.YCbCrAt(x, y)
				r, g, b, _ := c.RGBA()
				copy(e.pix[4*(y*w+x):], []byte{byte(r >> 8), byte(g >> 8), byte(b >> 8), 255})
			}
		}
	}
}

func film(seconds float64, change func(*simulate.Scene, *simulate.VideoOptions)) func(func(video.Frame, error) bool) {
	s := simulate.NewScene(7, seconds)
	s.Clock = simulate.Clock{}
	o := simulate.VideoOptions{Width: 320, Height: 240}
	if change != nil {
		change(&s, &o)
	}
	frames, _ := s.Video(o)
	return frames
}

// The same frames give the same numbers through a sampler, in every layout, as
// through the tracker that reads video files.
func TestSamplerSeesWhatTheTrackerSees(t *testing.T) {
	tracker := face.New(face.Options{})
	planes, turns, pixels := newSampler(), newSampler(), newSampler()
	seen := 0
	for f := range film(1.5, nil) {
		want := tracker.Add(f)
		f.TimeMS += 123456789 // a camera's clock starts anywhere
		put(t, planes, f, i420)
		row := slices.Clone(planes.look(f.TimeMS))
		put(t, turns, f, nv12)
		if !slices.Equal(row, turns.look(f.TimeMS)) {
			t.Fatal("NV12 gives other numbers than I420")
		}
		got := read(row)
		put(t, pixels, f, rgba)
		coarse := read(pixels.look(f.TimeMS))
		near := func(what string, got, want float64) {
			if math.Abs(got-want) > 1e-3 { // the clock's start costs some digits
				t.Fatalf("%s %v, want %v", what, got, want)
			}
		}
		near("time", got.TimeMS, want.TimeMS)
		near("shoulders", got.ShoulderDY, want.ShoulderDY)
		for i := range want.FaceBox {
			near("face", got.FaceBox[i], want.FaceBox[i])
		}
		for i := range want.Landmarks {
			near("landmarks", got.Landmarks[i], want.Landmarks[i])
		}
		for i, c := range append(want.Regions, want.Background) {
			g := append(got.Regions, got.Background)[i]
			for k, d := range [6]float64{g.R - c.R, g.G - c.G, g.B - c.B, g.Pixels - c.Pixels, g.Clipped - c.Clipped, g.Skin - c.Skin} {
				near(fmt.Sprintf("region %d, column %d: off by", i, k), d, 0)
			}
			// RGB is rounded to whole levels, and its face followed on green: nearly the same.
			if p := append(coarse.Regions, coarse.Background)[i]; c.Skin > 0.9*c.Pixels && c.Pixels > 0 && math.Abs(p.G-c.G) > 3 {
				t.Fatalf("region %d as RGBA: %+v, want %+v", i, p, c)
			}
		}
		if want.FaceBox[2] > 0 {
			seen++
		}
	}
	if seen < 30 {
		t.Errorf("the face was seen in %d frames only", seen)
	}
}

// What is filmed gets the word that a person can act on.
func TestSamplerSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*simulate.Scene, *simulate.VideoOptions)
		want   check.Code
	}{
		{"a person", nil, check.None},
		{"a person of dark skin", func(s *simulate.Scene, _ *simulate.VideoOptions) { s.Tone = "V" }, check.None},
		{"the darkest skin, in light that shows it at 57 of 255", func(s *simulate.Scene, _ *simulate.VideoOptions) { s.Tone = "VI" }, check.None},
		{"light skin in a light that shows it at 57 of 255", func(s *simulate.Scene, _ *simulate.VideoOptions) { s.Tone, s.Exposure = "I-II", 0.33 }, check.BadLighting},
		{"skin at the limit in red alone", func(s *simulate.Scene, _ *simulate.VideoOptions) { s.Tone, s.Camera.Red = "I-II", 1.22 }, check.None},
		{"a photograph", func(s *simulate.Scene, _ *simulate.VideoOptions) { s.Pulse = false }, check.None},
		{"two people", func(_ *simulate.Scene, o *simulate.VideoOptions) { o.Faces = 2 }, check.TwoFaces},
		{"a dark room", func(s *simulate.Scene, _ *simulate.VideoOptions) { s.Exposure = 0.1 }, check.BadLighting},
		{"an empty room", func(s *simulate.Scene, _ *simulate.VideoOptions) { s.Face = false }, check.FaceLost},
		{"a person who left", func(_ *simulate.Scene, o *simulate.VideoOptions) { o.LostAt = 1 }, check.FaceLost},
		{"a slow camera", func(s *simulate.Scene, _ *simulate.VideoOptions) { s.Camera.FPS = 10 }, check.LowFrameRate},
	} {
		e := newSampler()
		for f := range film(2.4, c.change) {
			put(t, e, f, i420)
			e.look(f.TimeMS)
		}
		if got := e.checker.State(); got.Code != c.want {
			t.Errorf("%s: %v, want %v (%+v)", c.what, got.Code, c.want, got)
		}
	}
}

// A face that is found but cannot be read is never called absent: the word says what to change.
func TestSamplerOnPictures(t *testing.T) {
	for _, c := range []struct {
		kind string
		seed uint64 // the first that fits; looking for it would draw many pictures
		fit  func(simulate.Picture) bool
		want []check.Code
	}{
		{"cut", 0, func(p simulate.Picture) bool { return p.Eyes[1][0]-p.Eyes[0][0] > 50 }, []check.Code{check.NotCentred, check.TooClose}},
		{"small", 0, nil, []check.Code{check.TooFar}},
		{"turned", 19, func(p simulate.Picture) bool { return light(p) > 90 && math.Abs(p.Yaw) > 0.5 }, []check.Code{check.BadPose}},
		{"turned far", 0, func(p simulate.Picture) bool { return light(p) > 90 }, []check.Code{check.BadPose}},
		{"tilted", 8, func(p simulate.Picture) bool { return light(p) > 90 && math.Abs(p.Tilt) > 0.4 }, []check.Code{check.BadPose}},
		{"dim", 3, nil, []check.Code{check.BadLighting}},
		{"mask", 8, func(p simulate.Picture) bool { return light(p) > 90 }, []check.Code{check.NotEnoughSkin}},
	} {
		shown := 0
		for seed := c.seed; shown < 1; seed++ {
			p := simulate.NewPicture(c.kind, seed)
			d := math.Hypot(p.Eyes[1][0]-p.Eyes[0][0], p.Eyes[1][1]-p.Eyes[0][1])
			b := p.Image.Bounds()
			if c.fit != nil && !c.fit(p) || c.kind != "cut" && c.kind != "small" &&
				(float64(b.Dy())-p.Eyes[0][1] < 3.4*d || 2.3*d < tooFarFor(p) || p.Eyes[0][1] < 1.5*d) {
				continue
			}
			shown++
			e := newSampler()
			if err := e.expect(picture{layout: rgba, width: b.Dx(), height: b.Dy()}); err != nil {
				t.Fatal(err)
			}
			copy(e.pix, p.Image.Pix)
			for ms := 0.0; ms < 2200; ms += 66 {
				e.look(ms)
			}
			if got := e.checker.State(); !slices.Contains(c.want, got.Code) {
				t.Errorf("%s %d: %v, want %v (%+v)", c.kind, seed, got.Code, c.want, got)
			}
		}
	}
}

// light is the level between the eyes.
func light(p simulate.Picture) uint8 {
	return p.Image.NRGBAAt(int(p.Eyes[0][0]+p.Eyes[1][0])/2, int(p.Eyes[0][1]+p.Eyes[1][1])/2).G
}

// tooFarFor is a face's width in pixels from which it is near enough.
func tooFarFor(p simulate.Picture) float64 { return max(100, 0.14*float64(p.Image.Rect.Dx())) }

func TestSamplerRefusesWhatIsNoPicture(t *testing.T) {
	e := newSampler()
	for _, p := range []picture{{}, {layout: "I444", width: 64, height: 64}, {layout: i420, width: 8, height: 8}, {layout: rgba, width: 1 << 16, height: 1 << 16}, {layout: nv12, width: -64, height: 64}} {
		if err := e.expect(p); err == nil {
			t.Errorf("%+v was taken", p)
		}
	}
	if err := e.expect(picture{layout: i420, width: 17, height: 19}); err != nil { // odd sizes exist
		t.Error(err)
	}
	e.look(0)
}

// rows turns a trace into rows.
func rows(tr *rppg.Trace) [][]float64 {
	var out [][]float64
	for i := range tr.TimeMS {
		r := make([]float64, rowSize(len(tr.Regions)))
		write(r, tr.Sample(i))
		out = append(out, r)
	}
	return out
}

func testRecorder() *recorder {
	return newRecorder(meta{scanID: "2f1b9c1e-6d0f-4c7e-9a53-0d6f0a3b1c2d", timezone: "Europe/Brussels", device: rppg.Device{Source: "browser", Timing: rppg.TimingCamera}})
}

// A recorder's trace is read back by the format's own reader, and its result is the
// one that was shown: what the recorder said is what the server will say.
func TestRecorderEndsWithTheTraceItJudged(t *testing.T) {
	tr, truth := simulate.NewScene(3, 62).Trace()
	d := testRecorder()
	for _, r := range rows(tr) {
		d.add(r)
	}
	b, err := d.finish()
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 155_000 {
		t.Errorf("a minute takes %d bytes", len(b))
	}
	back, err := rppg.ParseTrace(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if back.ScanID != d.trace.ScanID || back.Timezone != "Europe/Brussels" || back.Device.Source != "browser" || len(back.TimeMS) != len(tr.TimeMS) {
		t.Errorf("read back: %s %s %+v, %d frames", back.ScanID, back.Timezone, back.Device, len(back.TimeMS))
	}
	result := engine.Analyze(back, engine.Options{})
	standings := d.standings()
	var told []biomarker.Name
	for _, s := range standings {
		told = append(told, s.biomarker)
		e, _ := result.Find(s.biomarker)
		kind, _ := biomarker.Find(s.biomarker)
		if kind.LeastDuration > time.Minute {
			if s.reason != biomarker.TooShort || s.share >= 1 {
				t.Errorf("%s of a minute: %+v", s.biomarker, s)
			}
			continue
		}
		if e.Value == nil || *e.Value != s.value || e.Confidence != s.confidence || s.share < 1 && kind.WantedDuration <= time.Minute {
			t.Errorf("%s: said %+v, the trace gives %+v", s.biomarker, s, e)
		}
	}
	for _, k := range biomarker.Catalogue {
		if k.FromScan != slices.Contains(told, k.Name) {
			t.Errorf("%s has no standing, or one that no scan can change", k.Name)
		}
	}
	hr, _ := result.Find("heart_rate")
	if math.Abs(*hr.Value-truth.HeartRate) > 1 {
		t.Errorf("%v bpm, truth %v", *hr.Value, truth.HeartRate)
	}
	if l := d.analyzer.Live(); l.HeartRate == nil || math.Abs(*l.HeartRate-truth.HeartRate) > 8 || len(l.Wave.Samples) < 170 {
		t.Errorf("live: %+v", l)
	}
}

// An estimate that is long enough but refused stays short of the end.
func TestStandingsOfAThingWithoutPulse(t *testing.T) {
	tr, _ := simulate.Scenario("photo", false, 1, 40).Trace()
	d := testRecorder()
	for _, r := range rows(tr) {
		d.add(r)
	}
	for _, s := range d.standings() {
		if s.reason == "" || s.share > nearly {
			t.Errorf("%+v", s)
		}
	}
}

// A short absence is a gap in the recording; a long one starts it again.
func TestRecorderAndAbsence(t *testing.T) {
	tr, _ := simulate.NewScene(3, 80).Trace()
	all := rows(tr)
	play := func(from, until, later float64) *recorder {
		d := testRecorder()
		for _, r := range all {
			switch s := r[0] / 1000; {
			case s < from:
				d.add(r)
			case s > until && s < later:
				d.add(r)
			}
		}
		return d
	}
	if d := play(20, 23, 45); d.begun != 0 || d.seconds() < 44 {
		t.Errorf("3 s away after 20 s: started again %d times, %v s", d.begun, d.seconds())
	}
	if d := play(5, 11, 45); d.begun != 1 || d.seconds() > 35 || d.seconds() < 33 {
		t.Errorf("6 s away after 5 s: started again %d times, %v s", d.begun, d.seconds())
	}
	if d := play(60, 64, 80); d.begun != 0 {
		t.Errorf("4 s away after a minute: started again %d times", d.begun)
	}
	// A recording that starts again is judged without what was before.
	d := play(5, 20, 60)
	b, err := d.finish()
	if err != nil {
		t.Fatal(err)
	}
	back, err := rppg.ParseTrace(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if r := engine.Analyze(back, engine.Options{}); r.Capture.GapShare > 0.01 || r.Capture.DurationS < 39 {
		t.Errorf("%+v", r.Capture)
	}
}

func TestRecorderIsBounded(t *testing.T) {
	tr, _ := simulate.NewScene(3, 1).Trace()
	r := rows(tr)[0]
	d := testRecorder()
	if _, err := d.finish(); err == nil {
		t.Error("a trace without frames")
	}
	for i := range mostRows + 100 {
		r[0] = float64(i) * 1000 / 120
		d.add(r)
		d.add(r) // the same moment again
	}
	if n := len(d.trace.TimeMS); n != mostRows {
		t.Errorf("%d rows at 120 frames/s", n)
	}
	d = testRecorder()
	for i := range 3500 {
		r[0] = float64(i) * 100
		d.add(r)
	}
	if s := d.seconds(); s > longest {
		t.Errorf("%v s", s)
	}
}
