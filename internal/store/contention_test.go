package store

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"blush.example/blush/blushtest/pgtest"
)

// Entries of one action are found by an index, however long the customer's trail is.
func TestAuditOfOneActionHasAnIndex(t *testing.T) {
	st := opener(t, filepath.Join(t.TempDir(), "blush.db"))()
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("query/audit.sql.go")
	if err != nil {
		t.Fatal(err)
	}
	_, q, _ := strings.Cut(string(text), "-- name: ListAuditOfAction :many\n")
	q, _, _ = strings.Cut(q, "`")
	plan, err := st.rows(t.Context(), "EXPLAIN QUERY PLAN "+regexp.MustCompile(`\$\d`).ReplaceAllString(q, "'1'"))
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(plan, "\n"); !strings.Contains(all, "audit_action (customer_id=? AND environment=? AND action=?") || strings.Contains(all, "TEMP B-TREE") {
		t.Errorf("the plan:\n%s", all)
	}
}

// PostgreSQL ends the connection of a server that falls silent in a transaction, so that it does not lock the end of the audit trail for all others.
func TestSilentServerIsDisconnected(t *testing.T) {
	st, err := Open(t.Context(), pgtest.URL(t, "silent", func(string) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	// The keepalive settings cannot be read over a Unix socket.
	var got string
	if err := st.write.QueryRowContext(t.Context(), "SELECT current_setting('idle_in_transaction_session_timeout')").Scan(&got); err != nil || got != "1min" {
		t.Errorf("disconnected after %q, %v", got, err)
	}
}
