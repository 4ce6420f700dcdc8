//go:build unix

package validate

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"blush.example/blush/dsp"
	"blush.example/blush/engine"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// BenchmarkPeers measures the time of this engine, of our version of the usual methods, and of POS in vitallens.js
// (node) on the same ten simulated minutes, the hard suite's cases once each. Times are the processor's, user and
// system, so that other work on the machine counts little. It also reports the median and the greatest error of
// the rates in bpm, including scans that the engine refuses. The other methods get the mean colour of all patches
// at 30 Hz. BLUSH_VITALLENS names the folder where vitallens.js is installed: docs/performance.md.
func BenchmarkPeers(b *testing.B) {
	var traces []*rppg.Trace
	var faces []rppg.RGB
	var truth []float64
	for i, name := range []string{"ideal", "typical", "dark", "lowlight", "talk", "rotate", "screen", "codec", "exercise", "vfr"} {
		tr, t := simulate.Scenario(name, true, 50+uint64(i), 60).Trace()
		face, ok := wholeFace(tr)
		if !ok {
			b.Fatalf("%s shows no face", name)
		}
		traces, faces, truth = append(traces, tr), append(faces, face), append(truth, t.HeartRate)
	}
	report := func(b *testing.B, msPerScan float64, bpm []float64) {
		off, most := make([]float64, len(bpm)), 0.0
		for i, v := range bpm {
			off[i] = math.Abs(v - truth[i])
			most = max(most, off[i])
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(msPerScan, "ms/scan")
		b.ReportMetric(dsp.Median(off), "bpm_median_error")
		b.ReportMetric(most, "bpm_greatest_error")
	}
	timed := func(name string, read func(i int) float64) {
		b.Run(name, func(b *testing.B) {
			bpm := make([]float64, len(truth))
			start := processorMS()
			for b.Loop() {
				for i := range bpm {
					bpm[i] = read(i)
				}
			}
			report(b, (processorMS()-start)/float64(b.N*len(bpm)), bpm)
		})
	}
	timed("engine", func(i int) float64 { return engine.Analyze(traces[i], engine.Options{}).Guess })
	timed("POS+FFT", func(i int) float64 { return spectralPeak(rppg.POS(faces[i], baselineRate)) })
	b.Run("vitallens.js", func(b *testing.B) {
		folder := os.Getenv("BLUSH_VITALLENS")
		if folder == "" {
			b.Skip("BLUSH_VITALLENS names no folder with vitallens.js")
		}
		node, err := exec.LookPath("node")
		if err != nil {
			b.Skip("node is not installed")
		}
		type recording struct {
			FPS float64   `json:"fps"`
			RGB []float64 `json:"rgb"`
		}
		in := make([]recording, len(faces))
		for i, f := range faces {
			in[i].FPS = baselineRate
			for k := range f.Len() {
				in[i].RGB = append(in[i].RGB, f[0][k], f[1][k], f[2][k])
			}
		}
		data, err := json.Marshal(in)
		if err != nil {
			b.Fatal(err)
		}
		cmd := exec.Command(node, "../../scripts/vitallens-pos.mjs", folder)
		cmd.Stdin, cmd.Stderr = bytes.NewReader(data), os.Stderr
		var out []struct{ BPM, MS float64 }
		if data, err = cmd.Output(); err == nil {
			err = json.Unmarshal(data, &out)
		}
		if err != nil || len(out) != len(in) {
			b.Fatalf("vitallens-pos.mjs: %d results: %v", len(out), err)
		}
		ms, bpm := 0.0, make([]float64, len(out))
		for i, r := range out {
			ms, bpm[i] = ms+r.MS/float64(len(out)), r.BPM
		}
		report(b, ms, bpm)
	})
}

// processorMS is the user and system time of this process so far in ms.
func processorMS() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e6
}
