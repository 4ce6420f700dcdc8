package store_test

import (
	"testing"
	"time"

	"blush.example/blush/internal/store"
)

func TestClockAndWritable(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		now, newest, err := st.Clock(t.Context())
		must(t, err)
		if d := time.Since(now); d < -time.Minute || d > time.Minute || !newest.IsZero() {
			t.Errorf("the database's time is %s off, the newest entry without any %v", d, newest)
		}
		must(t, st.Audit(t.Context(), anAccess("user.read")))
		if _, newest, err = st.Clock(t.Context()); err != nil || !newest.Equal(epoch) {
			t.Errorf("the newest entry is of %v, want %v; %v", newest, epoch, err)
		}
		before, err := st.Contents(t.Context())
		must(t, err)
		for range 2 {
			must(t, st.Writable(t.Context()))
		}
		if after, err := st.Contents(t.Context()); err != nil || before["revoked_token"] != after["revoked_token"] {
			t.Errorf("the check left a row behind: %v, %v", after["revoked_token"], err)
		}
	})
}
