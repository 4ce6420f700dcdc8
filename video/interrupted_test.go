package video

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// plays makes a replacement for ffmpeg or ffprobe: a shell script in which $REAL is the real program.
func plays(t *testing.T, name, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a Unix shell")
	}
	real, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not installed")
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, fmt.Appendf(nil, "#!/bin/sh\nREAL=%q\n%s\n", real, script), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

// A program that is killed, or exceeds our time limit, says nothing about the recording: the frames so far are not
// a result, and the recording isn't called damaged.
func TestInterruptedIsNoResult(t *testing.T) {
	path := ffmpeg(t, "a.mp4", "-f", "lavfi", "-i", testPicture+"30", "-pix_fmt", "yuv420p")
	cut := ffmpeg(t, "cut.mkv", "-f", "lavfi", "-i", testPicture+"30", "-pix_fmt", "yuv420p")
	whole, err := os.ReadFile(cut)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, whole[:len(whole)*2/3], 0o600); err != nil {
		t.Fatal(err)
	}
	const frame = 160 * 120 * 3 / 2
	some := fmt.Sprintf(`"$REAL" "$@" | head -c %d`, 7*frame+100) // bytes: seven frames and a bit
	for _, c := range []struct{ name, path, ffmpeg, ffprobe string }{
		{"killed before the first frame", path, `kill -9 $$`, ``},
		{"killed in the middle", path, some + `; kill -9 $$`, ``},
		{"killed at the end of a frame", path, fmt.Sprintf(`"$REAL" "$@" | head -c %d; kill -9 $$`, 7*frame), ``},
		{"killed after the last frame", path, `"$REAL" "$@"; kill -9 $$`, ``},
		{"crashed in the middle", path, some + `; kill -SEGV $$`, ``},
		{"asked to end, which it heeds", path, some + `; exit 255`, ``},
		{"out of memory", path, some + `; exit 244`, ``},
		{"libraries that cannot be loaded", path, `exit 127`, ``},
		{"killed in the middle of a file that is cut short", cut, some + `; kill -9 $$`, ``},
		{"probe killed", path, ``, `kill -9 $$`},
		{"probe killed in the middle", path, ``, `"$REAL" "$@" | head -c 700; kill -9 $$`},
		{"probe killed after the end", path, ``, `"$REAL" "$@"; kill -TERM $$`},
	} {
		t.Run(c.name, func(t *testing.T) {
			opt := Options{}
			if c.ffmpeg != "" {
				opt.FFmpeg = plays(t, "ffmpeg", c.ffmpeg)
			}
			if c.ffprobe != "" {
				opt.FFprobe = plays(t, "ffprobe", c.ffprobe)
			}
			frames, err := count(t.Context(), c.path, opt)
			var input *InputError
			if !errors.Is(err, ErrInterrupted) || errors.As(err, &input) {
				t.Errorf("after %d frames: %v", frames, err)
			}
		})
	}
	for _, program := range []string{"ffmpeg", "ffprobe"} {
		hangs := Options{Timeout: 500 * time.Millisecond}
		if script := plays(t, program, `exec sleep 600`); program == "ffmpeg" {
			hangs.FFmpeg = script
		} else {
			hangs.FFprobe = script
		}
		if _, err := count(t.Context(), path, hangs); !errors.Is(err, ErrInterrupted) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s hangs: %v", program, err)
		}
	}
	// A file that is cut short is read to its last whole frame, because the fault is its own.
	if frames, err := count(t.Context(), cut, Options{}); err != nil || frames < 20 || frames >= 60 {
		t.Errorf("a file that is cut short: %d frames, %v", frames, err)
	}
}

func count(ctx context.Context, path string, opt Options) (frames int, err error) {
	r, err := Open(ctx, path, opt)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	for _, err = range r.Frames() {
		if err != nil {
			return frames, err
		}
		frames++
	}
	return frames, nil
}
