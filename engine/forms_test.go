package engine

import (
	"bytes"
	"encoding/json"
	"testing"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// A trace has the same result in each of its forms, to the last digit.
func TestFormsOfATraceHaveOneResult(t *testing.T) {
	made := func(tr *rppg.Trace, _ simulate.Truth) *rppg.Trace { return tr }
	for name, tr := range map[string]*rppg.Trace{
		"beats counted elsewhere": made(simulate.Scenario("dark", true, 53<<32+10, 30).Trace()), // by unrounded colours
		"face":                    made(simulate.Scenario("typical", true, 4, 30).Trace()),
		"one region":              recording(20, 0),
		"finger":                  made(simulate.Finger(5, 30).Trace()),
	} {
		whole := func(tr *rppg.Trace) string {
			text, err := json.Marshal(Analyze(tr, Options{}))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		var text, packed bytes.Buffer
		if err := rppg.WriteTraceJSON(&text, tr); err != nil {
			t.Fatal(err)
		}
		want := whole(tr)
		var after bytes.Buffer
		if err := rppg.WriteTraceJSON(&after, tr); err != nil || !bytes.Equal(after.Bytes(), text.Bytes()) {
			t.Errorf("%s: the analysis changed the trace: %v", name, err)
		}
		if err := rppg.WriteTraceCompact(&packed, tr.Rounded()); err != nil {
			t.Fatal(err)
		}
		fromJSON, err := rppg.ParseTraceJSON(&text)
		if err != nil {
			t.Fatal(err)
		}
		fromCompact, err := rppg.ParseTraceCompact(&packed)
		if err != nil {
			t.Fatal(err)
		}
		if whole(fromJSON) != want || whole(fromCompact) != want {
			t.Errorf("%s: the result depends on the form", name)
		}
	}
}
