package main

import (
	"runtime"
	"testing"

	"blush.example/blush/simulate"
)

// After its first minute a recorder keeps no more of a recording than what the
// engine needs of each second, and an analysis of all of it makes no more
// garbage than a few times that: the trace's place is there from the start.
func TestRecorderMemoryIsFlat(t *testing.T) {
	tr, _ := simulate.NewScene(3, 20).Trace()
	all := rows(tr)
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	before := heap()
	d := testRecorder()
	var first, last, garbage float64
	for i := range 300 * usualRate {
		r := all[i%len(all)]
		r[0] = float64(i) * 1000 / usualRate
		d.add(r)
		switch i {
		case 60*usualRate - 1:
			first = heap() - before
		case 300*usualRate - 1:
			last = heap() - before
		}
		if i%(5*usualRate) == 0 {
			d.analyzer.Live()
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	from := m.TotalAlloc
	d.standings()
	runtime.ReadMemStats(&m)
	garbage = float64(m.TotalAlloc-from) / 1e6

	row := 8 * float64(len(all[0]))
	t.Logf("after a minute %.1f MB, after five %.1f MB: %.1f kB a second; an analysis of all takes %.1f MB in passing", first, last, 1000*(last-first)/240, garbage)
	if place := row * 300 * usualRate / 1e6; first < place || first > place+4 {
		t.Errorf("after a minute a recorder has %.1f MB, of which the trace's place is %.1f", first, place)
	}
	if last-first > 0.012*240 {
		t.Errorf("a recorder grew by %.1f MB in 4 minutes, more than 12 kB a second", last-first)
	}
	if garbage > 20 {
		t.Errorf("an analysis takes %.1f MB", garbage)
	}
	runtime.KeepAlive(all)
}
