package sandbox_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/internal/sandbox"
)

// Every reason for which a recording can be refused can be ordered, and the same order makes the same recording.
func TestOrdersAreRepeated(t *testing.T) {
	for _, r := range biomarker.Reasons {
		if slices.Contains(sandbox.Reasons, r) == (r == biomarker.NotMeasured) {
			t.Errorf("%s can be ordered: %v", r, slices.Contains(sandbox.Reasons, r))
		}
	}
	o := sandbox.Order{Seed: 3, DurationS: 20, Persona: "athlete", Reason: biomarker.Frozen}
	text := func() string {
		tr, err := o.Trace()
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(tr)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	one := text()
	if one != text() {
		t.Error("the same order made another recording")
	}
	o.Seed++
	if one == text() {
		t.Error("another seed made the same recording")
	}
}

// A scan that is ordered without a reason gets a heart rate, whatever its seed, so that a customer's tests never fail at random.
// The first recording of each of these seeds is refused.
func TestPlainOrdersAreGiven(t *testing.T) {
	for _, o := range []sandbox.Order{
		{Seed: 95029, DurationS: 10}, {Seed: 435546, DurationS: 10}, {Seed: 475141, DurationS: 10}, {Seed: 554331, DurationS: 12},
		{Seed: 1734262, DurationS: 15}, {Seed: 1053228, DurationS: 20}, {Seed: 5280915782410601136, DurationS: 30}, {Seed: 1207086150212199230, DurationS: 30},
	} {
		tr, err := o.Trace()
		if err != nil {
			t.Fatal(err)
		}
		if rate, _ := engine.Analyze(tr, engine.Options{}).Find(biomarker.HeartRate); rate.Value == nil {
			t.Errorf("seed %d, %g s: the heart rate is refused: %s", o.Seed, o.DurationS, *rate.Reason)
		}
	}
}

// An order that no recording meets fails after a bounded number of attempts.
func TestUnmet(t *testing.T) {
	var unmet *sandbox.UnmetError
	if _, err := (sandbox.Order{Seed: 1, DurationS: 10, Quality: "excellent"}).Trace(); !errors.As(err, &unmet) {
		t.Errorf("%v", err)
	}
}
