package scan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/scan"
	"blush.example/blush/video"
)

// playFFmpeg replaces ffmpeg by a shell script. In it, $REAL is the real ffmpeg
// and $RUN the number of this run. It returns how often it was run.
func playFFmpeg(t *testing.T, script string) (runs func() int) {
	t.Helper()
	real, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	// Folders, for the decoder may write no file.
	text := fmt.Sprintf("#!/bin/sh\nREAL=%q\nmkdir %q/runs/$$\nRUN=$(ls %q/runs | wc -l)\n%s\n", real, dir, dir, script)
	if err := os.WriteFile(filepath.Join(dir, "ffmpeg"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return func() int {
		made, err := os.ReadDir(filepath.Join(dir, "runs"))
		if err != nil {
			t.Fatal(err)
		}
		return len(made)
	}
}

// aFile is a video of 30 frames that only ffmpeg can read.
func aFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.mp4")
	if out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=160x120:d=1:r=30", "-pix_fmt", "yuv420p", path).CombinedOutput(); err != nil {
		t.Skipf("this ffmpeg cannot make the recording: %v %s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wholeScan requires that a scan ends with all frames of its video.
func wholeScan(t *testing.T, w *world, sc blush.Scan) {
	t.Helper()
	sc, err := w.finished(t, sc.ID)
	if err != nil || sc.Status != blush.Done {
		t.Fatalf("%s %q, %v", sc.Status, sc.Failure, err)
	}
	if v, err := scan.NewView(sc); err != nil || v.Capture.Frames != 30 {
		t.Errorf("%+v, %v: want 30 frames", v.Capture, err)
	}
}

// Part of a video is no result: where ffmpeg is killed, the video is read again.
func TestKilledFFmpegIsRunAgain(t *testing.T) {
	video := aFile(t)
	playFFmpeg(t, `if [ "$RUN" -gt 2 ]; then exec "$REAL" "$@"; fi; "$REAL" "$@" | head -c 300000; kill -9 $$`)
	w := sqlite(t)
	w.start(t)
	sc, _, err := w.SubmitVideo(t.Context(), w.dev, ref(w.alice), scan.VideoUpload{Filename: "a.mp4"}, bytes.NewReader(video))
	if err != nil {
		t.Fatal(err)
	}
	wholeScan(t, w, sc)
}

// A video waits for an ffmpeg that is away for a moment or that only another server has, and in the end the user is told.
// Before, it failed at once.
func TestFFmpegAway(t *testing.T) {
	file, w := aFile(t), sqlite(t)
	if err := os.MkdirAll(w.temp, 0o700); err != nil { // as Start does
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	for _, back := range []bool{true, false} {
		sc, _, err := w.SubmitVideo(t.Context(), w.dev, ref(w.alice), scan.VideoUpload{Filename: "a.mp4"}, bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", t.TempDir())
		for attempt := 1; attempt < 4; attempt++ {
			if err := w.WorkOn(t.Context(), sc.ID, attempt); !errors.Is(err, video.ErrNoFFmpeg) {
				t.Errorf("attempt %d: %v", attempt, err)
			}
		}
		if back {
			t.Setenv("PATH", path)
		}
		if err := w.WorkOn(t.Context(), sc.ID, 4); err != nil {
			t.Error(err)
		}
		if back {
			wholeScan(t, w, sc)
		} else if sc, err = w.store.Scan(t.Context(), sc.ID); err != nil || sc.Status != blush.Failed || !strings.Contains(sc.Failure, "cannot read this kind of video") {
			t.Errorf("%s %q, %v", sc.Status, sc.Failure, err)
		}
	}
}

// However often the server stops in the middle of a video, it is not the video's fault.
func TestStopsDoNotCount(t *testing.T) {
	video := aFile(t)
	runs := playFFmpeg(t, `if [ "$RUN" -gt 6 ]; then exec "$REAL" "$@"; fi; exec sleep 600`)
	w := sqlite(t)
	sc, _, err := w.SubmitVideo(t.Context(), w.dev, ref(w.alice), scan.VideoUpload{Filename: "a.mp4"}, bytes.NewReader(video))
	if err != nil {
		t.Fatal(err)
	}
	for stops := range 6 {
		if err := w.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for runs() <= stops {
			time.Sleep(5 * time.Millisecond)
		}
		nothingInTheClear(t, w) // in the middle of the analysis: a kill leaves nothing either
		now, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.Stop(now); err != nil {
			t.Fatal(err)
		}
	}
	w.start(t)
	wholeScan(t, w, sc)
}

// nothingInTheClear requires that no file on the disk contains any part of an unencrypted video.
func nothingInTheClear(t *testing.T, w *world) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return // see clearFile
	}
	err := filepath.WalkDir(w.temp, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil && info.Size() > 0 {
				t.Errorf("%s holds %d bytes in the clear", path, info.Size())
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
