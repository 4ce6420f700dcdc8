package store_test

import (
	"testing"
	"time"

	"blush.example/blush/internal/store"
)

func TestClockAndWritable(t *testing.T) {
	onBoth(t, func(t *testing.T, st *store.Store) {
		before := time.Now()
		now, off, newest, err := st.Clock(t.Context())
		must(t, err)
		// The two have one clock, and the database's time is in whole milliseconds.
		if now.Before(before.Add(-time.Millisecond)) || now.After(time.Now()) || off.Abs() > time.Millisecond || !newest.IsZero() {
			t.Errorf("the database's time is %s, asked from %s on, and said to be %s off; the newest entry without any %v", now, before, off, newest)
		}
		must(t, st.Audit(t.Context(), anAccess("user.read")))
		if _, _, newest, err = st.Clock(t.Context()); err != nil || !newest.Equal(epoch) {
			t.Errorf("the newest entry is of %v, want %v; %v", newest, epoch, err)
		}
		contents, err := st.Contents(t.Context())
		must(t, err)
		for range 2 {
			must(t, st.Writable(t.Context()))
		}
		if after, err := st.Contents(t.Context()); err != nil || contents["revoked_token"] != after["revoked_token"] {
			t.Errorf("the check left a row behind: %v, %v", after["revoked_token"], err)
		}
	})
}
