package validate_test

import (
	"bytes"
	"strings"
	"testing"

	"blush.example/blush/internal/validate"
)

// In the compact form, things without a pulse are still refused for the same reason, and the rates of living faces
// hardly change.
func TestCompactChangesNothingThatIsTold(t *testing.T) {
	for _, suite := range []string{"dead", "real"} {
		set, err := validate.Suite(suite, 1, 7, 12)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := validate.Compact(t.Context(), set, validate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != len(set.Recordings) {
			t.Fatalf("%d rows of %d cases", len(rows), len(set.Recordings))
		}
		for _, r := range rows {
			if r.Scans != 1 || r.Errors != 0 || len(r.Refusals) > 0 || r.MostBPM > 0.1 || r.KBMinute < 10 || r.KBMinute > 160 || r.JSONKBMinute < 10*r.KBMinute {
				t.Errorf("%+v", r)
			}
		}
		var b bytes.Buffer
		if err := validate.WriteCompact(&b, rows); err != nil || strings.Count(b.String(), "\n| "+suite) != len(rows) {
			t.Errorf("%v\n%s", err, b.String())
		}
	}
}
