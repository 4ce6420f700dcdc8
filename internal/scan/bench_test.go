package scan_test

import (
	"context"
	"path/filepath"
	"testing"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
)

// A 60 s trace of 16 regions from submission to the stored result, on SQLite.
func BenchmarkSubmitTrace(b *testing.B) {
	ctx := context.Background()
	st, accounts, scans, err := open(ctx, filepath.Join(b.TempDir(), "blush.db"), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	_, keys, err := accounts.CreateCustomer(ctx, "ACME")
	if err != nil {
		b.Fatal(err)
	}
	c, err := accounts.Authenticate(ctx, account.Credentials{APIKey: keys[0].Text})
	if err != nil {
		b.Fatal(err)
	}
	u, _, err := accounts.CreateUser(ctx, c, account.NewUser{})
	if err != nil {
		b.Fatal(err)
	}
	tr := aTrace(1, 60)
	for b.Loop() {
		tr.ScanID = blush.NewID()
		if _, _, err := scans.SubmitTrace(ctx, c, ref(u), tr); err != nil {
			b.Fatal(err)
		}
	}
}
