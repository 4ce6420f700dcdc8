package engine

import (
	"testing"

	"blush/rppg"
	"blush/simulate"
)

// tracesFor benchmarks: simulated, so this file's numbers need no data.
func recording(b testing.TB, seconds float64, regions int) *rppg.Trace {
	tr, _ := simulate.Scenario("typical", false, 11, seconds).Trace()
	tr.Regions = tr.Regions[:regions]
	return tr
}

func BenchmarkAnalyze60s16Patches(b *testing.B) {
	tr := recording(b, 60, 16)
	b.ReportAllocs()
	for b.Loop() {
		Analyze(tr, Options{})
	}
}
