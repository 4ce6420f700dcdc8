package server_test

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"blush.example/blush/blushtest"
	"blush.example/blush/simulate"
)

// cells gives every value of every table.
func cells(t *testing.T, url string, each func(table string, cell any)) {
	t.Helper()
	driver, name, list := "sqlite", "file:"+url+"?_pragma=busy_timeout(10000)", "SELECT name FROM sqlite_master WHERE type = 'table'"
	if strings.HasPrefix(url, "postgres") {
		driver, name, list = "pgx", url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	read := func(q string, row func([]any)) {
		rows, err := db.QueryContext(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			row(values)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	var tables []string
	read(list, func(r []any) { tables = append(tables, fmt.Sprint(r[0])) })
	for _, table := range tables {
		read("SELECT * FROM "+table, func(r []any) {
			for _, cell := range r {
				each(table, cell)
			}
		})
	}
}

// The external id, birth date, answers and trace of a person are stored unencrypted nowhere: in no table, not within
// compressed data, and not in SQLite's files.
func TestNothingThatNamesAPersonInTheClear(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		const (
			external, birth = "anna.secret@example.com", "1985-05-05"
			weight          = 61.345678
		)
		once := []string{"Idempotency-Key", "one"}
		body := map[string]any{"external_user_id": external, "birth_date": birth, "sex": "F"}
		w.Call(w.Dev, "POST", "/v2/users", body, once...).Want(http.StatusCreated)
		w.Call(w.Dev, "POST", "/v2/users", body, once...).Want(http.StatusCreated) // the response that is kept for its Idempotency-Key
		w.Call(w.Dev, "PATCH", "/v2/users?external_user_id="+external, map[string]any{"language": "nl"}).Want(http.StatusOK)
		w.Call(w.Dev, "POST", "/v2/users/authenticate", map[string]any{"external_user_id": external}).Want(http.StatusOK)
		w.Call(w.Dev, "POST", "/v2/questions/answer?external_user_id="+external, map[string]any{"lookup_key": "weight", "value": weight}, "Idempotency-Key", "two").Want(http.StatusCreated)
		trace, _ := simulate.Scenario("typical", false, 1, 60).Trace()
		w.Call(w.Dev, "POST", "/v2/facescans?external_user_id="+external, trace, "Idempotency-Key", "three").Want(http.StatusCreated)
		w.Call(w.Dev, "GET", "/v2/metrics?external_user_id="+external, nil).Want(http.StatusOK)

		doc := w.Call(w.Dev, "GET", "/v2/users/export?external_user_id="+external, nil).Want(http.StatusOK).Body
		words := []string{external, birth, fmt.Sprint(weight)}
		for _, list := range []string{`"r":[`, `"g":[`, `"b":[`, `"time_ms":[`} { // the first numbers of each list of the trace
			_, numbers, _ := strings.Cut(string(doc), list)
			words = append(words, numbers[:min(len(numbers), 24)])
		}
		for _, word := range words {
			if word == "" || !bytes.Contains(doc, []byte(word)) {
				t.Fatalf("the export does not hold %q: this test would prove nothing", word)
			}
		}
		words = append(words, string(binary.BigEndian.AppendUint64(nil, math.Float64bits(weight))), string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(weight))))
		seen := 0
		look := func(where string, b []byte) {
			for _, word := range words {
				if bytes.Contains(b, []byte(word)) {
					t.Errorf("%s holds %q", where, word)
				}
			}
			for at := 0; ; at++ { // compressed data, wherever it begins
				i := bytes.Index(b[at:], []byte{0x1f, 0x8b, 8})
				if i < 0 {
					break
				}
				at += i
				if z, err := gzip.NewReader(bytes.NewReader(b[at:])); err == nil {
					clear, _ := io.ReadAll(z) // as much as can be read
					for _, word := range words {
						if bytes.Contains(clear, []byte(word)) {
							t.Errorf("%s holds %q, compressed", where, word)
						}
					}
				}
			}
		}
		cells(t, w.DatabaseURL, func(table string, cell any) {
			if table == "users" || table == "answer" || table == "scan_data" {
				seen++
			}
			b, isBytes := cell.([]byte)
			if !isBytes {
				b = []byte(fmt.Sprint(cell))
			}
			look(table, b)
		})
		if seen < 20 {
			t.Errorf("%d values of users, answers and traces seen", seen)
		}
		w.Stop()
		files, err := filepath.Glob(filepath.Join(w.DataDir, "blush.db*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			look(filepath.Base(f), b)
		}
	})
}
