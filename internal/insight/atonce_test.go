package insight_test

import (
	"sync"
	"testing"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
)

// If one scan page sends two answers to the same question at the same time, one is stored and the other is refused as too late.
func TestTwoAnswersOfAPageAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		for range 5 {
			u := w.person(t)
			page := blush.Caller{Kind: blush.ByToken, CustomerID: u.CustomerID, Environment: blush.Dev, CredentialID: "t", UserID: u.ID, Scope: blush.ScopeScan, KeyScopes: blush.KeyScopes}
			errs, start := make([]error, 4), make(chan struct{})
			var all sync.WaitGroup
			for i := range errs {
				all.Go(func() {
					<-start
					_, errs[i] = w.Answer(t.Context(), page, blush.UserRef{}, []insight.NewAnswer{{Key: "average_sleep_hours", Value: float64(i + 1)}}, "")
				})
			}
			close(start)
			all.Wait()
			kept := 0
			for _, err := range errs {
				switch blush.KindOf(err) {
				case blush.Forbidden:
				default:
					must(t, err)
					kept++
				}
			}
			answers, err := w.store.Answers(t.Context(), u.ID)
			must(t, err)
			if kept != 1 || len(answers) != 1 {
				t.Fatalf("%d answers passed and %d were kept, want 1", kept, len(answers))
			}
		}
	})
}
