package blushtest

import (
	"context"
	"testing"
	"time"

	"blush.example/blush/client"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/sample"
	"blush.example/blush/internal/store"
)

// caller returns the world's customer as a caller with its DEV key.
func (w *World) caller() blush.Caller {
	return blush.Caller{Kind: blush.ByAPIKey, CustomerID: w.Customer.ID, Customer: w.Customer.Name, Environment: blush.Dev, CredentialID: "test"}
}

// Year registers a user of the DEV key with a simulated year of history that ends at end.
func (w *World) Year(seed uint64, end time.Time) client.User {
	w.t.Helper()
	u := w.User()
	birth, sex := sample.Person(end)
	w.Call(w.Dev, "PATCH", "/v2/users?user_id="+u.UserID, map[string]string{"birth_date": birth, "sex": sex, "language": "en"}).Want(200)
	year := sample.Year(u.UserID, seed, end)
	err := w.Server.Insights.Import(context.Background(), w.caller(), blush.UserRef{ID: u.UserID}, year.Scans, year.Answers, year.Readings)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// FillStore puts the given number of users of a customer's DEV environment into a store, each with a scan on each
// of the given number of days up to end, and returns their ids: for benchmarks on a full
// database. 100,000 scans take some 20 s on SQLite.
func FillStore(t testing.TB, st *store.Store, customerID string, users, days int, end time.Time) []string {
	t.Helper()
	birth, sex := sample.Person(end)
	english := "en"
	ids := make([]string, users)
	for i := range ids {
		entry := blush.AuditEntry{At: end, CustomerID: customerID, Kind: blush.ByAPIKey, CredentialID: "test", Action: "user.create"}
		u, _, err := st.CreateUser(t.Context(), blush.User{
			ID: blush.NewID(), CustomerID: customerID, Environment: blush.Dev, BirthDate: &birth, Sex: &sex, Language: &english, CreatedAt: end,
		}, entry)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = u.ID
		entry.Action, entry.UserID = "history.import", u.ID
		if err := st.Import(t.Context(), u.ID, sample.Daily(u.ID, uint64(i), days, end).Scans, nil, nil, entry); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}
