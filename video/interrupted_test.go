package video

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
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
	cut := ffmpeg(t, "cut.mkv", "-f", "lavfi", "-i", testPicture+"30", "-pix_fmt", "yuv420p")
	whole, err := os.ReadFile(cut)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, whole[:len(whole)*2/3], 0o600); err != nil {
		t.Fatal(err)
	}
	// What ffprobe and ffmpeg write about a recording of 60 frames. A cat of it starts much faster than they do.
	const frame = 160 * 120 * 3 / 2
	var packets, shown strings.Builder
	shown.WriteString("[Parsed_showinfo_1 @ 0x1] config in time_base: 1/30, frame_rate: 30/1\n")
	for i := range 60 {
		fmt.Fprintf(&packets, "packet|stream_index=0|pts_time=%f|flags=K__\n", float64(i)/30)
		fmt.Fprintf(&shown, "[Parsed_showinfo_1 @ 0x1] n:%4d pts:%7d s:160x120\n", i, i)
	}
	packets.WriteString("stream|index=0|codec_name=h264|codec_type=video|width=160|height=120|pix_fmt=yuv420p\nformat|format_name=mov,mp4\n")
	dir := t.TempDir()
	for name, text := range map[string]string{"packets": packets.String(), "shown": shown.String(), "frames": strings.Repeat("x", 60*frame)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	decodes := fmt.Sprintf("cat %[1]s/shown >&2; cat %[1]s/frames", dir)
	probes := fmt.Sprintf("cat %s/packets", dir)
	some := fmt.Sprintf(`%s | head -c %d`, decodes, 7*frame+100) // bytes: seven frames and a bit
	for _, c := range []struct{ name, ffmpeg, ffprobe string }{
		{"killed before the first frame", `kill -9 $$`, probes},
		{"killed in the middle", some + `; kill -9 $$`, probes},
		{"killed at the end of a frame", fmt.Sprintf(`%s | head -c %d; kill -9 $$`, decodes, 7*frame), probes},
		{"killed after the last frame", decodes + `; kill -9 $$`, probes},
		{"crashed in the middle", some + `; kill -SEGV $$`, probes},
		{"asked to end, which it heeds", some + `; exit 255`, probes},
		{"out of memory", some + `; exit 244`, probes},
		{"libraries that cannot be loaded", `exit 127`, probes},
		{"killed in the middle of a file that is cut short", fmt.Sprintf(`"$REAL" "$@" | head -c %d; kill -9 $$`, 7*frame+100), `"$REAL" "$@"`},
		{"probe killed", decodes, `kill -9 $$`},
		{"probe killed in the middle", decodes, probes + ` | head -c 700; kill -9 $$`},
		{"probe killed after the end", decodes, probes + `; kill -TERM $$`},
	} {
		t.Run(c.name, func(t *testing.T) {
			frames, err := count(t.Context(), cut, Options{FFmpeg: plays(t, "ffmpeg", c.ffmpeg), FFprobe: plays(t, "ffprobe", c.ffprobe)})
			var input *InputError
			if !errors.Is(err, ErrInterrupted) || errors.As(err, &input) {
				t.Errorf("after %d frames: %v", frames, err)
			}
		})
	}
	for _, program := range []string{"ffmpeg", "ffprobe"} {
		hangs := Options{Timeout: 500 * time.Millisecond, FFprobe: plays(t, "ffprobe", probes)}
		if script := plays(t, program, `exec sleep 600`); program == "ffmpeg" {
			hangs.FFmpeg = script
		} else {
			hangs.FFprobe = script
		}
		if _, err := count(t.Context(), cut, hangs); !errors.Is(err, ErrInterrupted) || !errors.Is(err, context.DeadlineExceeded) {
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
