package scan_test

import (
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
		for _, err := range h.All(ctx, scan.Observing{Scans: true, Readings: true}) {
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
