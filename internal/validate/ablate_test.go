package validate

import (
	"slices"
	"strings"
	"testing"
)

// Without its check of the background the engine gives lamps a rate, and the table shows it; nothing else changes.
func TestAblate(t *testing.T) {
	set, err := Suite("dead", 2, 50, 30)
	if err != nil {
		t.Fatal(err)
	}
	set.Recordings = slices.DeleteFunc(set.Recordings, func(r Recording) bool { return r.Case != "joined" })
	faces, err := Suite("easy", 1, 50, 30)
	if err != nil {
		t.Fatal(err)
	}
	set.Recordings = append(set.Recordings, faces.Recordings[:2]...)
	rows, err := Ablate(t.Context(), set, []string{"changed", "monitor"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		without         string
		passed, changed bool
	}{{"", false, false}, {"changed", true, true}, {"monitor", false, false}} {
		if r := rows[i]; r.Without != want.without || r.WithPulse != 2 || r.WithoutPulse != 2 || r.Given != 1 || (r.Passed > 0) != want.passed || (r.Changed > 0) != want.changed {
			t.Errorf("%+v, want %+v", r, want)
		}
	}
	scans, err := Run(t.Context(), set, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := ablationRow(set.Name, scans); *got.MAE != *rows[0].MAE || *got.ECE != *rows[0].ECE {
		t.Errorf("with nothing left out %+v, in a plain run %+v", rows[0], got)
	}
	var b strings.Builder
	if err := WriteAblation(&b, rows); err != nil || !strings.Contains(b.String(), "| changed | 100.0 % |") || !strings.Contains(b.String(), "2 scans with a pulse, 2 without") {
		t.Errorf("%v: %s", err, b.String())
	}
	if _, err := Ablate(t.Context(), set, []string{"nothing of the kind"}, Options{}); err == nil {
		t.Error("an unknown step is left out")
	}
}
