package scan_test

import (
	"bytes"
	"strings"
	"testing"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/scan"
)

// A history during which the user is erased fails: it does not look complete.
func TestHistoryOfAUserWhoIsErased(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		if _, _, err := w.SubmitTrace(ctx, w.dev, ref(w.alice), aTrace(1, 10)); err != nil {
			t.Fatal(err)
		}
		h, err := w.HistoryOf(ctx, w.dev, ref(w.alice))
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		whole, seen := error(nil), 0
		for _, err := range h.All(ctx, scan.ObservedQuery{Scans: true, Readings: true}) {
			if whole = err; err != nil {
				break
			}
			seen++
			if err := w.accounts.DeleteUser(ctx, w.dev, ref(w.alice)); err != nil {
				t.Fatal(err)
			}
		}
		if seen != 1 || blush.KindOf(whole) != blush.NotFound {
			t.Errorf("%d measurements, then %v", seen, whole)
		}
	})
}

// An export of a user who is erased meanwhile has no last line.
func TestExportOfAUserWhoIsErased(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		if _, _, err := w.SubmitTrace(ctx, w.dev, ref(w.alice), aTrace(1, 10)); err != nil {
			t.Fatal(err)
		}
		for _, erased := range []bool{false, true} {
			e, err := w.ExportScans(ctx, w.dev, scan.ExportQuery{User: ref(w.alice)})
			if err != nil {
				t.Fatal(err)
			}
			if erased {
				if err := w.accounts.DeleteUser(ctx, w.dev, ref(w.alice)); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			err = e.Write(ctx, &out, scan.NDJSON)
			if ended := strings.Contains(out.String(), `"end":true`); ended == erased || (blush.KindOf(err) == blush.NotFound) != erased {
				t.Errorf("erased %v: ended %v, %v", erased, ended, err)
			}
			e.Close()
		}
	})
}
