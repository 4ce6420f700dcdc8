package account

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// The job deletes by the earlier of two times, so that a clock that was ahead when it was enqueued deletes nothing early.
func TestRetentionJobUsesTheEarlierTime(t *testing.T) {
	ctx := context.Background()
	st, err := store.Open(ctx, filepath.Join(t.TempDir(), "blush.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	secrets, err := NewSecrets(make([]byte, masterBytes))
	if err != nil {
		t.Fatal(err)
	}
	s := New(st, secrets, time.Now)
	c, _, err := s.CreateCustomer(ctx, "ACME")
	if err != nil {
		t.Fatal(err)
	}
	days := 30
	if _, err := s.UpdateCustomer(ctx, c.ID, CustomerChange{KeepTraces: &days, KeepResults: &days, KeepAudit: &days}); err != nil {
		t.Fatal(err)
	}
	u, _, err := s.CreateUser(ctx, blush.Caller{Kind: blush.ByAPIKey, CustomerID: c.ID, Environment: blush.Live}, NewUser{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, age := range []int{20, 31, 40} {
		sc := blush.Scan{ID: blush.NewID(), UserID: u.ID, Status: blush.Done, CreatedAt: now.AddDate(0, 0, -age), Timezone: "UTC", InputHash: []byte("h"), Source: "api"}
		if _, _, err := st.CreateScan(ctx, sc, nil, blush.AuditEntry{At: now}); err != nil {
			t.Fatal(err)
		}
	}
	w := &retentionWorker{accounts: s}
	for _, run := range []struct {
		enqueued time.Time
		left     int
	}{{now.AddDate(0, 0, -20), 3}, {now.AddDate(0, 0, -5), 2}, {now.AddDate(100, 0, 0), 1}} {
		if err := w.Work(ctx, &river.Job[retentionJob]{Args: retentionJob{run.enqueued}}); err != nil {
			t.Fatal(err)
		}
		l, err := st.Scans(ctx, u.ID, store.Newest, 10)
		if err != nil || len(l.Data) != run.left {
			t.Errorf("enqueued at %s: %d scans left, want %d, %v", run.enqueued, len(l.Data), run.left, err)
		}
	}
}
