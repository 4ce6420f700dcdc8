package store

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"blush.example/blush/internal/store/query"
)

// River hears of each new job at once, in the words in which its own driver announces jobs.
func TestJobsAreAnnounced(t *testing.T) {
	t.Parallel()
	st := opener(t, filepath.Join(t.TempDir(), "blush.db"))()
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	rivers, err := river.NewClient(riversqlite.New(st.write), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	jobs := []river.JobArgs{lateArgs{}, DeliveryJob{DeliveryID: "d"}}
	want := map[[2]string]bool{}
	if err := st.tx(t.Context(), func(_ *query.Queries, tx *sql.Tx) error {
		for _, job := range jobs {
			if err := st.enqueue(t.Context(), tx, job); err != nil {
				return err
			}
			var said [2]string
			if err := tx.QueryRow("SELECT topic, payload FROM river_notification").Scan(&said[0], &said[1]); err == nil {
				t.Errorf("a row announces %s: %s", job.Kind(), said)
			}
		}
		for _, job := range jobs {
			if _, err := rivers.InsertTx(t.Context(), tx, job, nil); err != nil {
				return err
			}
			var said [2]string
			if err := tx.QueryRow("SELECT topic, payload FROM river_notification ORDER BY id DESC LIMIT 1").Scan(&said[0], &said[1]); err != nil {
				return err
			}
			want[said] = true
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	hears := st.driver.GetListener(nil)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for range jobs {
		n, err := hears.WaitForNotification(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if said := [2]string{n.Topic, n.Payload}; !want[said] {
			t.Errorf("heard %s, want one of %v", said, want)
		} else {
			delete(want, said)
		}
	}
}
