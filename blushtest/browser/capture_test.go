package browser

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/engine"
	"blush.example/blush/rppg"
)

// long tells the tests that `make browser-long` adds.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("BLUSH_BROWSER_LONG") == "" {
		t.Skip("part of make browser-long")
	}
}

// studio is a page with a camera and a Capture.
type studio struct {
	*Browser
	w    *blushtest.World
	line *Wire
}

func newStudio(t *testing.T, cam Camera, before ...string) *studio {
	t.Helper()
	w := blushtest.Start(t)
	line := NewWire(t, w.URL)
	s := &studio{Start(t, cam), w, line}
	for _, js := range before {
		s.Before(js)
	}
	s.Open(line.URL + "/")
	s.Eval(`Promise.all([import("/assets/capture/capture.js"), import("/assets/capture/uploads.js")]).then(async ([c, u]) => {
		const video = document.createElement("video");
		document.body.prepend(video);
		const began = performance.now();
		window.capture = new c.Capture({video});
		window.uploads = new u.Uploads();
		window.checks = []; window.lives = []; window.heard = [];
		capture.addEventListener("check", (e) => checks.push(e.detail));
		capture.addEventListener("live", (e) => lives.push({...e.detail, wave: [...e.detail.wave]}));
		for (const name of ["lost", "found", "ended", "failed", "silent"]) capture.addEventListener(name, (e) => heard.push(name));
		await capture.ready;
		window.readyAfter = performance.now() - began;
	})`, nil)
	return s
}

func (s *studio) open() (camera struct {
	Width, Height int
	FPS           float64
	Label         string
}) {
	s.t.Helper()
	s.Eval(`capture.open()`, &camera)
	return camera
}

// finish ends a recording and returns what the page has then.
func (s *studio) finish() (id string, trace *rppg.Trace, shown map[string]standing) {
	s.t.Helper()
	var out struct {
		ID      string
		Trace   []byte
		Summary struct{ Estimates map[string]standing }
	}
	s.Eval(`capture.stop().then(async (r) => {
		window.done = r;
		const text = await new Promise((ok) => { const f = new FileReader(); f.onload = () => ok(f.result.split(",")[1]); f.readAsDataURL(new Blob([r.trace])); });
		return {id: r.faceScanId, trace: text, summary: r.summary};
	})`, &out)
	tr, err := rppg.ParseTrace(bytes.NewReader(out.Trace))
	if err != nil {
		s.t.Fatal(err)
	}
	return out.ID, tr, out.Summary.Estimates
}

type standing struct {
	Value      *float64
	Confidence float64
	Reason     *string
	Share      float64
}

// The one test of the short suite that leaves the film to the browser's own
// camera, by the clock on the wall: a face is found, and the light on the walls swings as fast as it was filmed. TestScan reads the pulse, too.
func TestRealTime(t *testing.T) {
	film := FaceFilm(75, 6)
	film.Video.Width, film.Video.Height = 320, 240
	film.Swings = 3
	file, _ := film.Write(t)
	s := newStudio(t, Camera{File: file, RealTime: true})
	if cam := s.open(); cam.Width != 320 || cam.Height != 240 || cam.Label == "" {
		t.Errorf("camera: %+v", cam)
	}
	s.WaitFor(`checks.at(-1)?.box`)
	s.Eval(`void (window.began = capture.time, capture.record())`, nil)
	s.WaitFor(`capture.time > began + 4e3`)
	var rate float64
	s.Eval(`capture.stats().then(({sampler}) => 1000 * sampler.frames / capture.time)`, &rate)
	if rate < 27 {
		t.Skipf("the browser's camera delivered %.1f of its 30 frames/s: this machine is too busy to play a film in real time", rate)
	}
	_, trace, _ := s.finish()
	for i := 1; i < len(trace.TimeMS); i++ {
		if d := trace.TimeMS[i] - trace.TimeMS[i-1]; d <= 0 {
			t.Errorf("frame %d comes %.2f ms after the one before", i, d)
		}
	}
	if speed := film.Speed(trace); math.Abs(speed-1) > 0.15 { // it may drop a tenth of its frames
		t.Errorf("the film was played %.2f times as fast as it was made", speed)
	}
}

// A person is scanned for half a minute: the rate is right, the server says
// what the page said, the trace gives the same again, and nothing but the trace
// has left the page.
func TestScan(t *testing.T) {
	long(t) // the pages' own stories scan, too
	film := FaceFilm(75, 44)
	film.Swings = 6
	file, truth := film.Write(t)
	s := newStudio(t, Camera{File: file, RealTime: true})
	var ready float64
	s.Eval(`readyAfter`, &ready)
	if cam := s.open(); cam.Width != 640 || cam.Height != 480 || cam.Label == "" {
		t.Errorf("camera: %+v", cam)
	}
	s.WaitFor(`checks.at(-1)?.ok && checks.at(-1).fps > 0`)
	s.Eval(`void capture.record({wanted: ["heart_rate"]})`, nil)
	s.WaitFor(`lives.at(-1)?.enough`)
	var elapsed, live float64
	s.Eval(`lives.at(-1).elapsed_s`, &elapsed)
	s.Eval(`lives.at(-1).heart_rate ?? -1`, &live)
	if elapsed < 30 || elapsed > 36 {
		t.Errorf("enough after %.1f s", elapsed)
	}
	if math.Abs(live-truth.HeartRate) > 10 {
		t.Errorf("live %.1f bpm at the end, truth %.1f", live, truth.HeartRate)
	}
	var waves struct {
		N  int
		SD float64
	}
	s.Eval(`(() => { const w = lives.at(-1).wave, m = w.reduce((a, b) => a + b) / w.length; return {n: w.length, sd: Math.sqrt(w.reduce((a, b) => a + (b - m) ** 2, 0) / w.length)}; })()`, &waves)
	if waves.N < 175 || waves.N > 181 || math.Abs(waves.SD-1) > 0.05 {
		t.Errorf("the live wave has %d samples of SD %.2f: want 6 s at 30 Hz of SD 1", waves.N, waves.SD)
	}
	id, trace, shown := s.finish()
	truth.HeartRate *= film.Speed(trace) // as it was played

	user := s.w.User()
	c := s.w.Client(s.w.Dev)
	token, err := c.CreateToken(context.Background(), client.UserRef{ID: user.UserID}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	s.Eval(fmt.Sprintf(`uploads.add({...done, user: "anna"}).then(() => uploads.drain(%q, "anna"))`, token.Token), nil)
	scan, err := c.Scan(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := scan.Estimate("heart_rate")
	if got.Value == nil {
		t.Fatalf("refused: %v", *got.Reason)
	}
	t.Logf("ready after %.0f ms; %.1f s, %.1f frames/s: %.2f bpm (%.0f %%), truth %.2f", ready, scan.Capture.DurationS, scan.Capture.FPS, *got.Value, 100*got.Confidence, truth.HeartRate)
	if math.Abs(*got.Value-truth.HeartRate) > 1.5 {
		t.Errorf("%.2f bpm, truth %.2f", *got.Value, truth.HeartRate)
	}
	if hr := shown["heart_rate"]; hr.Value == nil || math.Abs(*hr.Value-*got.Value) > 1e-6 || hr.Share != 1 {
		t.Errorf("the page said %+v, the server %v", hr, *got.Value)
	}

	// What arrived is one upload, whose body is a valid trace and nothing else:
	// the format has no place for an image.
	sent := s.line.Uploads()
	if len(sent) != 1 {
		t.Fatalf("%d uploads", len(sent))
	}
	arrived, err := rppg.ParseTrace(bytes.NewReader(sent[0].Body))
	if err != nil {
		t.Fatal(err)
	}
	again, _ := engine.Analyze(arrived.Rounded(), engine.Options{}).Find("heart_rate")
	if again.Value == nil || *again.Value != *got.Value {
		t.Errorf("the trace gives %v, the server said %v", again.Value, *got.Value)
	}
	if len(sent[0].Body) > 500_000 || len(trace.TimeMS) != len(arrived.TimeMS) {
		t.Errorf("%d bytes were sent", len(sent[0].Body))
	}
	s.quiet(id)
}

// quiet fails when anything went anywhere but the one upload.
func (s *studio) quiet(id string) {
	s.t.Helper()
	for _, r := range s.line.Requests() {
		upload := r.Method == "POST" && r.Path == "/v2/facescans" && r.Header.Get("Idempotency-Key") == id
		if !upload && (r.Method != "GET" || len(r.Body) > 0) {
			s.t.Errorf("%s %s with %d bytes", r.Method, r.Path, len(r.Body))
		}
	}
	if out := s.Outside(); len(out) > 0 {
		s.t.Errorf("beyond this machine: %v", out)
	}
	for _, line := range s.Console() {
		if strings.Contains(line, "A VideoFrame was garbage collected") {
			continue // one that chromium itself left in the stream when it went to the worker
		}
		if strings.Contains(line, "Content Security Policy") || strings.Contains(line, "error") {
			s.t.Errorf("console: %s", line)
		}
	}
}

// The ways of frames into the engine, by what a browser has.
var ways = []struct{ name, before string }{
	{"stream", ""},
	{"frames", `delete globalThis.MediaStreamTrackProcessor;` + dropping},
	{"canvas", `delete globalThis.MediaStreamTrackProcessor; delete globalThis.VideoFrame`},
}

// dropping loses every thirtieth frame on its way to the video element, as a busy browser may: the test camera shows it again.
const dropping = `{
	const { write } = WritableStreamDefaultWriter.prototype;
	let frames = 0;
	WritableStreamDefaultWriter.prototype.write = function (frame) {
		if (!(frame instanceof VideoFrame) || ++frames % 30) return write.call(this, frame);
		frame.close();
		return Promise.resolve();
	};
}`

// A browser without streams of frames reads the video element: on all ways a
// recording holds every frame of the camera at its own time. On one of them
// the person leaves meanwhile and comes back, which concerns what comes behind the ways.
func TestCaptureOnEveryWay(t *testing.T) {
	film := LeavingFilm(75, 9, 3)
	film.Video.Width, film.Video.Height = 320, 240
	file, _ := film.WriteY4M(t, leavingRate)
	for i, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			captureOn(t, file, way.before, i == 0)
		})
	}
}

// leavingRate is that of the film in which a person leaves, in frames/s. At less than 14.5 the check is never satisfied.
const leavingRate = 15

func captureOn(t *testing.T, file, before string, lose bool) {
	s := newStudio(t, Camera{File: file}, before,
		`window.workersStarted = 0; window.Worker = class extends Worker { constructor(...a) { super(...a); workersStarted++; } }`,
		// A minute passes in a second.
		`{ const every = setInterval; window.setInterval = (look, ms) => every(() => { for (let n = 0; n < 60; n++) look(); }, ms); }`)
	var heard []string
	s.HoldFilm(`checks.at(-1)?.ok`)
	s.open()
	s.FilmHeld()
	// A film that takes long is no camera that hangs.
	s.Eval(`new Promise((done) => setTimeout(done, 1500))`, nil)
	if s.Eval(`heard`, &heard); len(heard) > 0 {
		t.Errorf("from a camera whose film is held the page heard %v", heard)
	}
	s.Eval(`void (film.silent = true)`, nil)
	s.WaitFor(`heard.includes("silent")`)
	s.Eval(`void capture.record()`, nil)
	if lose {
		s.PlayFilm(`heard.includes("lost")`)
		s.Eval(`void capture.pause()`, nil)
		var code any
		s.Eval(`checks.at(-1).code`, &code)
		if code != "face_lost" {
			t.Errorf("without a face: %v", code)
		}
		s.PlayFilm(`heard.includes("found")`)
		s.Eval(`void capture.resume()`, nil)
		s.PlayFilm(`checks.at(-1).ok`)
	}
	s.Eval(`void (window.back = film.time)`, nil)
	s.PlayFilm(`film.time > back + 2.1`) // more than 30 frames, of which dropping loses one
	_, trace, _ := s.finish()
	for i := 1; i < len(trace.TimeMS); i++ {
		if d := trace.TimeMS[i] - trace.TimeMS[i-1]; math.Abs(d-1000./leavingRate) > 0.01 {
			t.Errorf("frame %d comes %.2f ms after the one before", i, d)
		}
	}
	var begun int
	s.Eval(`lives.at(-1).begun`, &begun)
	if trace.Duration() > 4 || len(trace.TimeMS) < 30 {
		t.Errorf("%d frames in %.1f s", len(trace.TimeMS), trace.Duration())
	}
	if lose != (begun == 1) {
		t.Errorf("started again %d times: 5 s away are too long a gap for so short a recording", begun)
	}
	s.PlayFilm("")
	// Another capture on the page takes the camera and the two workers over.
	s.Eval(`(async () => {
		const {Capture} = await import("/assets/capture/capture.js");
		window.second = new Capture({video: document.querySelector("video")});
		window.seen = 0;
		second.addEventListener("check", () => seen++);
		await second.open();
		checks.length = 0;
	})()`, nil)
	s.WaitFor(`seen > 3`)
	var after struct{ Checks, WorkersStarted int }
	s.Eval(`({checks: checks.length, workersStarted})`, &after)
	if after.Checks > 0 || after.WorkersStarted != 2 {
		t.Errorf("two captures: the first still hears %d checks, %d workers in all", after.Checks, after.WorkersStarted)
	}
	s.Eval(`second.close()`, nil)
	s.Eval(`second.open()`, nil)
	if trace.Device.Width != 320 || trace.Device.Timing != rppg.TimingCamera || trace.Device.Source != "browser" {
		t.Errorf("%+v", trace.Device)
	}
}

// Why there is no picture, in the words that hosts are told; then the camera
// ends by itself.
func TestCameraErrors(t *testing.T) {
	for name, want := range map[string]string{"NotAllowedError": "denied", "NotReadableError": "in_use", "NotFoundError": "no_camera", "OverconstrainedError": "no_camera"} {
		t.Run(name, func(t *testing.T) {
			w := blushtest.Start(t)
			line := NewWire(t, w.URL)
			b := Start(t, Camera{})
			_ = w
			b.RefuseCamera(name)
			b.Open(line.URL + "/")
			var got string
			b.Eval(`import("/assets/capture/capture.js").then(({Capture}) => new Capture({video: document.createElement("video")}).open().catch((e) => e.status + " " + e.name))`, &got)
			if got != want+" CameraError" {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}
