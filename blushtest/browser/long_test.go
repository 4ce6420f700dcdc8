package browser

import (
	"fmt"
	"testing"
	"time"
)

type stats struct {
	Sampler struct {
		Frames                 int
		Mean, Median, P95, Max float64
		Memory                 float64
	}
	Recorder struct{ Memory float64 }
}

// What a frame costs in a recording, from a camera of 30 frames/s, on all ways
// into the engine. The figures in docs/capture.md are from here.
func TestFrameLoop(t *testing.T) {
	long(t)
	for _, size := range []struct{ w, h int }{{640, 480}, {1280, 720}} {
		for _, way := range ways {
			t.Run(fmt.Sprintf("%dx%d/%s", size.w, size.h, way.name), func(t *testing.T) {
				film := FaceFilm(75, 12)
				film.Video.Width, film.Video.Height = size.w, size.h
				file, _ := film.Write(t)
				s := newStudio(t, Camera{File: file, RealTime: true}, way.before)
				var ready float64
				s.Eval(`readyAfter`, &ready)
				s.open()
				s.WaitFor(`checks.at(-1)?.box`)
				s.Eval(`void capture.record()`, nil)
				time.Sleep(30 * time.Second)
				var got stats
				s.Eval(`capture.stats()`, &got)
				_, trace, _ := s.finish()
				t.Logf("%.1f frames/s; a frame takes %.1f ms, median %.1f, 95 %% under %.1f, at most %.1f; engine ready after %.0f ms",
					float64(len(trace.TimeMS)-1)/trace.Duration(), got.Sampler.Mean, got.Sampler.Median, got.Sampler.P95, got.Sampler.Max, ready)
			})
		}
	}
}

// Memory after 5 minutes of recording is what it was after one, but for what the
// engine keeps of each second, some 9 kB (web/wasm, TestRecorderMemoryIsFlat): 2 MB in
// 4 minutes. The rest is garbage until a collection, the page's and the
// recorder's, which keeps itself to 24 MiB but does not need them in the first minute.
func TestMemoryIsFlat(t *testing.T) {
	long(t)
	file, _ := FaceFilm(75, 30).Write(t)
	s := newStudio(t, Camera{File: file, RealTime: true})
	s.open()
	s.WaitFor(`checks.at(-1)?.ok`)
	s.Eval(`void capture.record()`, nil)
	var first, last float64
	for minute := 1; minute <= 5; minute++ {
		time.Sleep(time.Minute - 2*time.Second)
		s.Eval(`void (lives.splice(0, lives.length - 1), checks.splice(0, checks.length - 1))`, nil) // the test's own
		var got stats
		var page float64
		s.Eval(`capture.stats()`, &got)
		s.Eval(`performance.memory.usedJSHeapSize`, &page)
		t.Logf("minute %d: sampler %.1f MB, recorder %.1f MB, page %.1f MB", minute, got.Sampler.Memory/1e6, got.Recorder.Memory/1e6, page/1e6)
		last = got.Sampler.Memory + got.Recorder.Memory + page
		if minute == 1 {
			first = last
		}
	}
	if last-first > 8e6 {
		t.Errorf("memory grew by %.1f MB in 4 minutes", (last-first)/1e6)
	}
	_, trace, _ := s.finish()
	t.Logf("%d frames in %.0f s", len(trace.TimeMS), trace.Duration())
	if trace.Duration() < 290 {
		t.Errorf("a trace of %.0f s", trace.Duration())
	}
}
