package engine

import (
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/simulate"
)

// Things that shade as they breathe or swing change in white, each part by another amount and at another time.
func TestShadedThingsHaveNoPulse(t *testing.T) {
	off, err := Without("white-wave")
	if err != nil {
		t.Fatal(err)
	}
	given := map[bool]int{}
	for seed := range uint64(12) {
		tr, _ := simulate.NoPulseScene("shaded", 500+seed, 30).Trace()
		for rule, opt := range map[bool]Options{true: {}, false: {Disable: off}} {
			if hr, _ := Analyze(tr, opt).Find(biomarker.HeartRate); hr.Value != nil {
				given[rule]++
			}
		}
	}
	if given[true] > 0 || given[false] < 2 {
		t.Errorf("of 12 shaded things %d are given a rate, and without the rule %d", given[true], given[false])
	}
}
