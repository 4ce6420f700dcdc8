package browser

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"math"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/engine"
	"blush.example/blush/face"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// bench is a page with the engine on it, without workers or a camera.
func newBench(t *testing.T) *Browser {
	t.Helper()
	line := NewWire(t, blushtest.Start(t).URL)
	b := Start(t, Camera{})
	b.Open(line.URL + "/")
	b.Eval(`import("/assets/capture/wasm_exec.js").then(async () => {
		const go = new Go();
		const {instance} = await WebAssembly.instantiateStreaming(fetch("/assets/capture/engine.wasm"), go.importObject);
		go.run(instance);
		window.row = new Float64Array(blush.open());
		window.bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
		window.text = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
		blush.begin({faceScanId: crypto.randomUUID(), timezone: "UTC", atRest: true, camera: "test", userAgent: "test", width: 320, height: 240});
	})`, nil)
	return b
}

func finished(t *testing.T, b *Browser) *rppg.Trace {
	t.Helper()
	var packed []byte
	b.Eval(`(() => { const t = blush.finish(); if (typeof t === "string") throw new Error(t); return text(t); })()`, &packed)
	tr, err := rppg.ParseTrace(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// The same frames through the program and through the browser's engine give the
// same trace, to the rounding of the browser's.
func TestSameFramesSameTrace(t *testing.T) {
	s := simulate.NewScene(7, 1.4)
	s.Clock = simulate.Clock{}
	o := simulate.VideoOptions{Width: 320, Height: 240}
	frames, _ := s.Video(o)
	want, err := face.Capture(context.Background(), frames, video.Info{Width: 320, Height: 240}, face.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	var length int
	b.Eval(`blush.expect("I420", 320, 240, false, false)`, &length)
	frames, _ = s.Video(o)
	for f := range frames {
		m := f.Image.(*image.YCbCr)
		pixels := append(append(append(make([]byte, 0, length), m.Y...), m.Cb...), m.Cr...)
		if len(pixels) != length {
			t.Fatalf("a frame of %d bytes, the engine expects %d", len(pixels), length)
		}
		b.Eval(fmt.Sprintf(`void (blush.look(bytes(%q), %g, new Uint8Array(row.buffer)), blush.add(new Uint8Array(row.buffer)))`, base64.StdEncoding.EncodeToString(pixels), f.TimeMS), nil)
	}
	got := finished(t, b)
	if len(got.TimeMS) != len(want.TimeMS) || len(got.Regions) != len(want.Regions) {
		t.Fatalf("%d frames of %d regions, want %d of %d", len(got.TimeMS), len(got.Regions), len(want.TimeMS), len(want.Regions))
	}
	worst := map[string]float64{}
	near := func(what string, got, want, step float64) {
		d := math.Abs(got-want) / step
		worst[what] = max(worst[what], d)
	}
	faces := 0
	for i := range want.TimeMS {
		g, w := got.Sample(i), want.Sample(i)
		near("time", g.TimeMS-got.TimeMS[0], w.TimeMS-want.TimeMS[0], 2e-3)
		near("shoulders", g.ShoulderDY, w.ShoulderDY, 4e-3)
		for k := range w.FaceBox {
			near("face", g.FaceBox[k], w.FaceBox[k], 0.125)
		}
		for k := range w.Landmarks {
			near("landmarks", g.Landmarks[k], w.Landmarks[k], 0.125)
		}
		for k, c := range append(w.Regions, w.Background) {
			x := append(g.Regions, g.Background)[k]
			near("colour", x.R, c.R, 0.01)
			near("colour", x.G, c.G, 0.01)
			near("colour", x.B, c.B, 0.01)
			near("pixels", x.Pixels, c.Pixels, 8)
			near("clipped", x.Clipped, c.Clipped, 8)
			near("skin", x.Skin, c.Skin, 8)
		}
		if w.FaceBox[2] > 0 {
			faces++
		}
	}
	for what, d := range worst {
		if d > 1 {
			t.Errorf("%s differs by %.2f steps of its rounding", what, d)
		}
	}
	if faces < 30 {
		t.Errorf("a face in %d frames only", faces)
	}
}

// The same trace through the program and through the browser's engine gives the
// same estimates.
func TestSameTraceSameEstimates(t *testing.T) {
	tr, _ := simulate.NewScene(9, 61).Trace()
	for i, r := range face.New(face.Options{}).Trace().Regions {
		tr.Regions[i].Name = r.Name
	}
	var rows bytes.Buffer
	put := func(v ...float64) {
		for _, x := range v {
			_ = binary.Write(&rows, binary.LittleEndian, x)
		}
	}
	for i := range tr.TimeMS {
		s := tr.Sample(i)
		put(s.TimeMS)
		for _, c := range append(s.Regions, s.Background) {
			put(c.R, c.G, c.B, c.Pixels, c.Clipped, c.Skin)
		}
		put(s.ShoulderDY)
		put(s.FaceBox[:]...)
		put(s.Landmarks[:]...)
	}
	b := newBench(t)
	b.Eval(fmt.Sprintf(`(() => { const all = bytes(%q), n = row.byteLength; for (let i = 0; i < all.length; i += n) blush.add(all.subarray(i, i + n)); })()`, base64.StdEncoding.EncodeToString(rows.Bytes())), nil)
	var said map[string]standing
	b.Eval(`blush.standings()`, &said)
	var live struct {
		HeartRate float64   `json:"heart_rate"`
		Elapsed   float64   `json:"elapsed_s"`
		Wave      []float64 `json:"wave"`
	}
	b.Eval(`(() => { const l = blush.live(); return {...l, wave: [...l.wave]}; })()`, &live)

	a := engine.New(*tr, engine.Options{})
	for i := range tr.TimeMS {
		a.Add(tr.Sample(i))
	}
	now := a.Live()
	if now.HeartRate == nil || math.Abs(live.HeartRate-*now.HeartRate) > 1e-9 || len(live.Wave) != len(now.Wave.Samples) {
		t.Fatalf("live %+v, want %+v", live, now)
	}
	for i, v := range now.Wave.Samples {
		if math.Abs(live.Wave[i]-v) > 1e-6 {
			t.Fatalf("sample %d of the live wave: %v, want %v", i, live.Wave[i], v)
		}
	}
	same := func(r *engine.Result, whose string) {
		accepted := 0
		for _, e := range r.Estimates {
			s, ok := said[string(e.Biomarker)]
			if !ok {
				continue
			}
			switch {
			case (e.Value == nil) != (s.Value == nil), math.Abs(e.Confidence-s.Confidence) > 1e-9:
				t.Errorf("%s of %s: %+v, the browser said %+v", e.Biomarker, whose, e, s)
			case e.Value != nil && math.Abs(*e.Value-*s.Value) > 1e-9**e.Value:
				t.Errorf("%s of %s: %v, the browser said %v", e.Biomarker, whose, *e.Value, *s.Value)
			case e.Value != nil:
				accepted++
			}
		}
		if accepted < 4 {
			t.Errorf("only %d estimates of %s were accepted", accepted, whose)
		}
	}
	unrounded := engine.Options{Disable: engine.Ablation{Rounding: true}} // as the page analyses while it records
	same(engine.Analyze(tr, unrounded), "the trace that went in")
	out := finished(t, b)
	clear(said)
	b.Eval(`blush.standings()`, &said) // of the trace as it was rounded
	same(engine.Analyze(out, engine.Options{}), "the trace that came out")
}
