package engine

import (
	"testing"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// recording is a simulated recording with this many regions.
func recording(seconds float64, regions ...int) *rppg.Trace {
	tr, _ := simulate.Scenario("typical", false, 11, seconds).Trace()
	if len(regions) > 0 {
		var keep []rppg.Region
		for _, r := range regions {
			keep = append(keep, tr.Regions[r])
		}
		tr.Regions = keep
	}
	return tr
}

func benchmark(b *testing.B, tr *rppg.Trace) {
	b.ReportAllocs()
	for b.Loop() {
		Analyze(tr, Options{})
	}
}

func BenchmarkScan60s16Patches(b *testing.B) { benchmark(b, recording(60)) }
func BenchmarkScan60s3Regions(b *testing.B)  { benchmark(b, recording(60, 0, 6, 8)) }
func BenchmarkScan30s16Patches(b *testing.B) { benchmark(b, recording(30)) }

// Cost is linear in the duration up to an hour: sixty times a minute's.
func BenchmarkScan10min16Patches(b *testing.B) { benchmark(b, recording(600)) }
func BenchmarkScan1h16Patches(b *testing.B)    { benchmark(b, recording(3600)) }

// BenchmarkLive is one update of the live value, as shown once a second, 60 s into a scan.
func BenchmarkLive(b *testing.B) {
	tr := recording(60)
	a := New(*tr, Options{})
	for i := range tr.TimeMS {
		a.Add(tr.Sample(i))
	}
	b.ReportAllocs()
	for b.Loop() {
		a.Live()
	}
}

// BenchmarkFrame is one frame of a live scan, the half-second's work averaged in.
func BenchmarkFrame(b *testing.B) {
	tr := recording(60)
	var a *Analyzer
	i := len(tr.TimeMS)
	b.ReportAllocs()
	for b.Loop() {
		if i == len(tr.TimeMS) {
			a, i = New(*tr, Options{}), 0
		}
		a.Add(tr.Sample(i))
		i++
	}
}
