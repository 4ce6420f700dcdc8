//go:build unix

package main

import (
	"io"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A video of 640×480 from the file to the printed values, as `blush analyze` reads it. The aim is 300 frames/s on
// two cores. The processor time per frame, of this process and of ffmpeg, does not depend on the load of the machine.
func BenchmarkAnalyze640x480(b *testing.B) {
	const seconds, fps = 10, 30
	film := filepath.Join(b.TempDir(), "film.avi")
	con := console{out: io.Discard, err: io.Discard}
	flags := simulateFlags{HR: new(72.0), Seconds: seconds, Scenario: "ideal", Seed: 11, Out: film}
	if err := (&simulateVideoCmd{simulateFlags: flags, Width: 640, Quality: new(92)}).Run(b.Context(), con); err != nil {
		b.Fatal(err)
	}
	for _, coder := range [][]string{{"MJPEG", film}, {"H264", filepath.Join(b.TempDir(), "film.mp4"), "-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p"}} {
		name, file, args := coder[0], coder[1], coder[2:]
		b.Run(name, func(b *testing.B) {
			if len(args) > 0 {
				coding := exec.Command("ffmpeg", append(append([]string{"-v", "error", "-y", "-i", film}, args...), file)...)
				if err := coding.Run(); err != nil {
					b.Skip("ffmpeg cannot make the recording: ", err)
				}
			}
			n, before := 0, spent()
			for b.Loop() {
				if err := (&analyzeCmd{File: file, Site: "auto"}).Run(b.Context(), con); err != nil {
					b.Fatal(err)
				}
				n += seconds * fps
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "frames/s")
			b.ReportMetric(float64((spent()-before)/time.Microsecond)/1000/float64(n), "cpu-ms/frame")
		})
	}
}

// spent is the processor time of this process and of those it has waited for.
func spent() (d time.Duration) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			d += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return d
}
