package engine

import (
	"math"
	"testing"
)

// What bounds the error of a rate widens its interval: a short recording, an irregular
// rhythm, a beat that may have been missed.
func TestWidth(t *testing.T) {
	m := Model{Error: []ErrorAt{{Score: 2, Width: 2}, {Score: 6, Width: 0.5}}}
	sure := Features{Irregularity: 0.03, CountDoubt: 0.1}
	for _, c := range []struct {
		what           string
		score, seconds float64
		f              Features
		want           float64 // bpm
	}{
		{"30 s: the table itself", 4, 30, sure, 1.25},
		{"twice as long: half as wide", 4, 60, sure, 0.625},
		{"from a minute on it stays", 4, 600, sure, 0.625},
		{"12 s: 2.5^0.7 times as wide", 4, 12, sure, 1.25 * math.Pow(2.5, 0.7)},
		{"beyond the table", 9, 30, sure, 0.5},
		{"intervals that change by 9 % from beat to beat", 6, 30, Features{Irregularity: 0.09}, math.Hypot(0.5, 2*70*0.03)},
		{"a beat in doubt, of a minute: one beat a minute", 6, 60, Features{CountDoubt: 0.5}, 1},
		{"a beat in doubt and a wider interval for other reasons", 2, 60, Features{CountDoubt: 0.5}, 1},
		{"a beat in doubt, of 12 s: five a minute", 6, 12, Features{CountDoubt: 0.5}, 5},
	} {
		if got := m.Width(c.score, 70, c.seconds, false, c.f); !(math.Abs(got-c.want) < 1e-9) {
			t.Errorf("%s: %.4f bpm, want %.4f", c.what, got, c.want)
		}
	}
}
