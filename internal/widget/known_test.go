package widget

import "testing"

// All data of a score can be there; a measured value is never certain.
func TestKnownAndSure(t *testing.T) {
	w := wordsOf("en")
	for confidence, want := range map[float64][2]string{
		100:        {"data 100% complete", "99% confidence"},
		99.9:       {"data 99% complete", "99% confidence"},
		100 * 0.29: {"data 29% complete", "29% confidence"},
		0:          {"data 0% complete", "0% confidence"},
	} {
		if known, sure := w.known(confidence), w.sure(confidence); known != want[0] || sure != want[1] {
			t.Errorf("%g: %q and %q, want %q", confidence, known, sure, want)
		}
	}
}
