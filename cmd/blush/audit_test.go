package main

import (
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// unrecorded are the commands with a database that leave no entry: the servers, which record each access instead, and
// doctor, which changes nothing and shows nothing about people.
var unrecorded = []string{"serve", "demo", "doctor"}

// recorded are the other commands with arguments, with which some of them fail.
var recorded = map[string][]string{
	"customer create": {"Other"}, "customer list": nil, "customer show": {"ACME"}, "customer update": {"ACME", "--questions=off"},
	"customer rename": {"ACME", "ACME"}, "customer rotate-key": {"ACME"}, "retention": {"--dry-run"}, "strays": {"--bucket", "DIR/objects"}, "customer delete": {"nobody"}, "customer journey": {"ACME"},
	"key create": {"ACME"}, "key list": {"ACME"}, "key revoke": {"none"}, "key rotate": {"none"},
	"webhook create": {"ACME", "https://hook.invalid"}, "webhook list": {"ACME"}, "webhook enable": {"ACME", "x"}, "webhook disable": {"ACME", "x"},
	"webhook delete": {"ACME", "x"}, "webhook rotate": {"ACME", "x"}, "webhook test": {"ACME", "x"}, "webhook deliveries": {"ACME", "x"},
	"webhook replay": {"ACME", "x", "--delivery", "x"},
	"token rotate":   nil, "secret rotate": {"--to", "DIR/next"}, "secret retire": nil, "migrate": nil, "backup": {"DIR/all.blush"},
	"restore": {"DIR/all.blush"}, "migrate-data": {"--to", "sqlite:DIR/moved.db"}, "recompute": nil, "simulate year": {"ACME", "--until", "2026-01-01T00:00:00Z"},
	"audit list": nil, "audit verify": nil, "export": {"ACME"},
}

// Every operator's command leaves an entry in the audit trail, before it does anything. A new command must be added to a list above.
func TestEveryCommandIsRecorded(t *testing.T) {
	dir := t.TempDir()
	silence(t)
	if code := run([]string{"customer", "create", "ACME", "--data-dir", dir}); code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	var cli commands
	leaves := kong.Must(&cli, helpLists()).Model.Leaves(false)
	for _, leaf := range leaves {
		name := strings.TrimSpace(strings.TrimPrefix(leaf.FullPath(), leaf.FullPath()[:strings.Index(leaf.FullPath(), " ")]))
		stored := false
		for _, group := range leaf.AllFlags(false) {
			stored = stored || slices.ContainsFunc(group, func(f *kong.Flag) bool { return f.Name == "data-dir" })
		}
		if !stored || slices.Contains(unrecorded, name) {
			continue
		}
		args, known := recorded[name]
		if !known {
			t.Errorf("blush %s works on the database: say in this test how it is run", name)
			continue
		}
		folder, line := dir, strings.Fields(name)
		if name == "restore" { // into an empty database
			folder = t.TempDir()
			secret, err := os.ReadFile(filepath.Join(dir, "secret"))
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, "secret"), secret, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, a := range args {
			line = append(line, strings.ReplaceAll(a, "DIR", dir))
		}
		file := filepath.Join(folder, "blush.db")
		before := noted(t, file, name)
		code := run(append(line, "--data-dir", folder))
		if after := noted(t, file, name); after != before+1 {
			t.Errorf("blush %s (exit code %d): %d entries before and %d after it", strings.Join(line, " "), code, before, after)
		}
	}
}

// What doctor says about a database does not depend on whether the audit trail accepts entries.
func TestDoctorIsNotRecorded(t *testing.T) {
	dir := t.TempDir()
	silence(t)
	for _, line := range [][]string{{"customer", "create", "ACME"}, {"doctor", "--listen", "127.0.0.1:0"}} {
		if code := run(append(line, "--data-dir", dir)); code != exitDone {
			t.Fatalf("blush %v: exit code %d", line, code)
		}
	}
	if n := noted(t, filepath.Join(dir, "blush.db"), "doctor"); n != 0 {
		t.Errorf("%d entries", n)
	}
}

// noted counts the entries of a command.
func noted(t *testing.T, file, name string) (n int) {
	t.Helper()
	if _, err := os.Stat(file); err != nil {
		return 0
	}
	st, err := store.Open(t.Context(), store.InFile(file))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for r, err := range st.AuditAfter(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Action == blush.CommandRun && r.Kind == blush.ByOperator && r.ObjectID == name && strings.HasPrefix(r.CredentialID, "uid:") {
			n++
		}
	}
	return n
}

// silence discards what commands print.
func silence(t *testing.T) {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	out, errs := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = null, null
	t.Cleanup(func() {
		os.Stdout, os.Stderr = out, errs
		null.Close()
	})
}

// If the stored end of the chain was moved back, the trail accepts no entries. The command that verifies it still names the place.
func TestVerifyAChainThatTakesNoEntries(t *testing.T) {
	for name, change := range map[string]string{"moved back": "UPDATE audit_head SET seq = seq - 1", "deleted": "DELETE FROM audit_head"} {
		dir := t.TempDir()
		silence(t)
		if code := run([]string{"customer", "create", "ACME", "--data-dir", dir}); code != exitDone {
			t.Fatalf("exit code %d", code)
		}
		db, err := sql.Open("sqlite", filepath.Join(dir, "blush.db"))
		if err == nil {
			_, err = db.Exec(change)
		}
		if err == nil {
			err = db.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		err = (&auditVerifyCmd{storeFlags: storeFlags{DataDir: dir}}).Run(t.Context(), console{out: io.Discard, err: io.Discard})
		if err == nil || !strings.Contains(err.Error(), "the audit trail is broken at place ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
