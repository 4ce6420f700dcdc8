package blush

import "testing"

func TestPercentIsNeverCertain(t *testing.T) {
	hundred := 100.0
	for confidence, want := range map[float64]int{0: 0, 0.6: 0, hundred * 0.29: 29, 74.99: 74, 98.999: 98, 99.6: 99, 100: 99} {
		if got := Percent(confidence); got != want {
			t.Errorf("%v is shown as %d %%, want %d %%", confidence, got, want)
		}
	}
}
