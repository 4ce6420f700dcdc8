package server_test

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/blushtest"
	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/client"
	"blush.example/blush/simulate"

	_ "github.com/jackc/pgx/v5/stdlib"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // at 100, a tenth of the processor time of these tests is garbage collection
	blushtest.ServeChild()
	code := pgtest.Run(m)
	if code == 0 {
		if err := goleak.Find(goleak.IgnoreAnyFunction("blush.example/blush/blushtest/pgtest.startAndOwn.func1")); err != nil { // a thread that PostgreSQL was bound to
			fmt.Fprintln(os.Stderr, "servers have ended, and left behind:", err)
			code = 1
		}
	}
	os.Exit(code)
}

func ptr[T any](v T) *T { return &v }

// An integrator's calls from end to end.
func TestStory(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		ctx := t.Context()
		acme := w.Client(w.Dev)

		// Registering a user again returns the same user.
		ada, created, err := acme.CreateUser(ctx, client.User{ExternalUserID: ptr("ada"), BirthDate: ptr("1990-12-10"), Sex: ptr("F"), Language: ptr("nl")})
		if err != nil || !created || ada.Customer != "Acme" || *ada.BirthDate != "1990-12-10" {
			t.Fatalf("%+v, %v, %v", ada, created, err)
		}
		again, created, err := acme.CreateUser(ctx, client.User{ExternalUserID: ptr("ada"), Sex: ptr("M")})
		if err != nil || created || again.UserID != ada.UserID || *again.Sex != "F" {
			t.Fatalf("%+v, %v, %v", again, created, err)
		}
		w.Call(w.Dev, "POST", "/v2/users?external_user_id=query", nil).Want(http.StatusCreated)
		w.Call(w.Dev, "POST", "/v2/users?external_user_id=query", `{"external_user_id":"body"}`).Want(http.StatusCreated) // the body wins

		// A user is named by either id, with or without dashes.
		for _, ref := range []client.UserRef{{ID: ada.UserID}, {ID: strings.ReplaceAll(ada.UserID, "-", "")}, {ExternalID: "ada"}} {
			if u, err := acme.User(ctx, ref); err != nil || u.UserID != ada.UserID {
				t.Errorf("%+v: %+v, %v", ref, u, err)
			}
		}

		// A token is valid only for its user.
		token, err := acme.CreateToken(ctx, client.UserRef{ExternalID: "ada"}, time.Hour)
		if err != nil || token.UserID != ada.UserID || time.Until(token.ExpiresAt) < 59*time.Minute || time.Until(token.ExpiresAt) > time.Hour {
			t.Fatalf("%+v, %v", token, err)
		}
		phone := w.TokenClient(token.Token)
		if u, err := phone.User(ctx, client.UserRef{}); err != nil || u.UserID != ada.UserID {
			t.Errorf("%+v, %v", u, err)
		}

		// A trace is analysed within the request.
		tr, truth := simulate.Scenario("typical", false, 7, 60).Trace()
		tr.Timezone = "Europe/Brussels"
		scan, err := phone.SubmitTrace(ctx, client.UserRef{}, tr)
		if err != nil || scan.Status != "done" || scan.UserID != ada.UserID {
			t.Fatalf("%+v, %v", scan, err)
		}
		if _, offset := scan.CreatedAt.Zone(); offset != 3600 && offset != 7200 {
			t.Errorf("created at %v, want the offset of Brussels", scan.CreatedAt)
		}
		if scan.InstructionsForUse != w.URL+"/docs/instructions-for-use" {
			t.Errorf("instructions: %s", scan.InstructionsForUse)
		}
		hr, ok := scan.Estimate(biomarker.HeartRate)
		if !ok || hr.Value == nil || *hr.Value < truth.HeartRate-1 || *hr.Value > truth.HeartRate+1 {
			t.Errorf("heart rate %+v, truth %.1f bpm", hr, truth.HeartRate)
		}

		// The phone and the server can read it, its waves and the list.
		for _, c := range []*client.Client{phone, acme} {
			if s, err := c.Scan(ctx, strings.ReplaceAll(scan.FaceScanID, "-", "")); err != nil || s.FaceScanID != scan.FaceScanID || s.Status != "done" {
				t.Errorf("%+v, %v", s, err)
			}
			wave, err := c.Waveform(ctx, scan.FaceScanID)
			if err != nil || len(wave.Pulse.Samples) == 0 || wave.Pulse.RateHz <= 0 || wave.Pulse.Unit == "" || len(wave.Beats) == 0 {
				t.Errorf("waveform: %d samples, %v", len(wave.Pulse.Samples), err)
			}
		}
		list, err := phone.Scans(ctx, client.UserRef{}, client.Page{})
		if err != nil || len(list.Data) != 1 || list.HasMore {
			t.Errorf("%+v, %v", list, err)
		}

		// A response that the client already has is not sent again.
		path := "/v2/facescans/" + scan.FaceScanID
		tag := w.Call(w.Dev, "GET", path, nil).Want(200).Header.Get("ETag")
		if a := w.Call(w.Dev, "GET", path, nil, "If-None-Match", tag).Want(http.StatusNotModified); tag == "" || len(a.Body) > 0 || a.Header.Get("ETag") != tag {
			t.Errorf("etag %q, %q", tag, a.Header.Get("ETag"))
		}

		// Each page has an address with a token that opens only that page.
		u, err := acme.ScanURL(ctx, client.UserRef{ExternalID: "ada"})
		if err != nil || !strings.HasPrefix(u.URL, w.URL+"/scan?action_token=") || !strings.HasSuffix(u.URL, "&patient=ada") || time.Until(u.ExpiresAt) < 5*time.Hour {
			t.Errorf("%+v, %v", u, err)
		}
		if list, err := w.TokenClient(tokenIn(t, u.URL)).Scans(ctx, client.UserRef{}, client.Page{}); client.Status(err) != 403 {
			t.Errorf("scan page: %+v, %v", list, err)
		}
		if u, err = acme.DashboardURL(ctx, client.UserRef{ExternalID: "ada"}); err != nil {
			t.Fatal(err)
		}
		if list, err := w.TokenClient(tokenIn(t, u.URL)).Scans(ctx, client.UserRef{}, client.Page{}); err != nil || len(list.Data) != 1 {
			t.Errorf("dashboard: %+v, %v", list, err)
		}
		if u, err = acme.ResultsURL(ctx, scan.FaceScanID); err != nil {
			t.Fatal(err)
		}
		results := w.TokenClient(tokenIn(t, u.URL))
		if s, err := results.Scan(ctx, scan.FaceScanID); err != nil || s.FaceScanID != scan.FaceScanID {
			t.Errorf("results page: %+v, %v", s, err)
		}
		if _, err := results.Scans(ctx, client.UserRef{}, client.Page{}); client.Status(err) != 403 {
			t.Errorf("a results token lists scans: %v", err)
		}
		for _, page := range []string{"/", "/scan?action_token=x", "/dashboard", "/results", "/docs/instructions-for-use", "/docs/api/", "/openapi.json", "/openapi.yaml"} {
			if a := w.Call("", "GET", page, nil).Want(200); a.Header.Get("Request-Id") == "" || a.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s: %v", page, a.Header)
			}
		}

		// The export has everything that is stored about the user.
		doc, err := acme.ExportUser(ctx, client.UserRef{ExternalID: "ada"})
		if err != nil || !json.Valid(doc) || !strings.Contains(string(doc), scan.FaceScanID) || !strings.Contains(string(doc), "1990-12-10") {
			t.Errorf("export %v: %.300s", err, doc)
		}

		// A field is changed, another cleared.
		changed, err := acme.UpdateUser(ctx, client.UserRef{ExternalID: "ada"}, map[string]any{"language": "fr", "sex": nil})
		if err != nil || *changed.Language != "fr" || changed.Sex != nil || *changed.BirthDate != "1990-12-10" {
			t.Errorf("%+v, %v", changed, err)
		}

		// After the deletion, no table has anything about her, and her tokens are invalid.
		if err := acme.DeleteUser(ctx, client.UserRef{ExternalID: "ada"}); err != nil {
			t.Fatal(err)
		}
		if _, err := phone.User(ctx, client.UserRef{}); client.Status(err) != 401 {
			t.Errorf("her token: %v", err)
		}
		for what, err := range map[string]error{
			"user": second(acme.User(ctx, client.UserRef{ID: ada.UserID})), "scan": second(acme.Scan(ctx, scan.FaceScanID)),
			"waveform": second(acme.Waveform(ctx, scan.FaceScanID))} {
			if client.Status(err) != 404 {
				t.Errorf("%s after deletion: %v", what, err)
			}
		}
		dump := dumpDatabase(t, w.DatabaseURL)
		for what, secret := range map[string]string{"external id": `"ada"`, "birth date": "1990-12-10", "scan": scan.FaceScanID} {
			for line := range strings.Lines(dump) {
				if !strings.HasPrefix(line, "audit") && strings.Contains(line, secret) {
					t.Errorf("her %s is left in: %.200s", what, line)
				}
			}
		}
		for _, personal := range []string{"|ada|", "1990-12-10", token.Token} {
			if strings.Contains(dump, personal) {
				t.Errorf("%q is left", personal)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func tokenIn(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("action_token")
}

// A video is submitted, analysed in the background, and gives a result.
func TestVideoStory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "me.avi")
	truth := blushtest.FaceVideo(t, file, simulate.NewScene(3, 10))
	w := blushtest.Start(t)
	ctx := t.Context()
	u := w.User()
	ref := client.UserRef{ID: u.UserID}
	acme := w.Client(w.Dev)
	opt := client.VideoOptions{ScanID: "7d3c9a52-55a1-4b0e-8a3e-3f3d8f7f0a11", Timezone: "America/New_York", AtRest: ptr(true)}
	s, err := acme.SubmitVideo(ctx, ref, file, opt)
	if err != nil || s.Status != "processing" || s.FaceScanID != opt.ScanID || s.Estimates != nil || s.Biomarkers["heart_rate"] != nil {
		t.Fatalf("%+v, %v", s, err)
	}
	// Sent again while it waits: the same scan.
	if again, err := acme.SubmitVideo(ctx, ref, file, opt); err != nil || again.FaceScanID != s.FaceScanID {
		t.Errorf("%+v, %v", again, err)
	}
	done, err := acme.Wait(ctx, s.FaceScanID)
	if err != nil || done.Status != "done" || done.Timezone != "America/New_York" || done.AtRest == nil || !*done.AtRest {
		t.Fatalf("%+v, %v", done, err)
	}
	hr, _ := done.Estimate(biomarker.HeartRate)
	if hr.Value == nil || *hr.Value < truth.HeartRate-2 || *hr.Value > truth.HeartRate+2 {
		t.Errorf("heart rate %+v, truth %.1f bpm", hr, truth.HeartRate)
	}
	if done.Capture == nil || done.Capture.FaceShare < 0.95 || *done.Biomarkers["heart_rate"] != int(*hr.Value+0.5) {
		t.Errorf("%+v, %v", done.Capture, done.Biomarkers)
	}
	// The video is no longer stored.
	for line := range strings.Lines(dumpDatabase(t, w.DatabaseURL)) {
		if strings.HasPrefix(line, "upload") || strings.HasPrefix(line, "chunk") {
			t.Errorf("left: %.80q", line)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(w.DataDir, "tmp", "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if err := acme.DeleteScan(ctx, s.FaceScanID); err != nil {
		t.Error(err)
	}
	if _, err := acme.Scan(ctx, s.FaceScanID); client.Status(err) != 404 {
		t.Errorf("after deletion: %v", err)
	}
}

// A file without a face video gives a failed scan with a sentence, or a result with refused values.
func TestHostileVideos(t *testing.T) {
	w := blushtest.Start(t)
	dir := t.TempDir()
	good := filepath.Join(dir, "good.avi")
	blushtest.FaceVideo(t, good, simulate.NewScene(3, 2))
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"corrupt.avi": append(slices.Clone(b[:300]), bytes.Repeat([]byte{0xa5}, 5000)...), "cut.avi": b[:len(b)/3], "noise.mp4": bytes.Repeat([]byte("noise"), 2000),
		"text.y4m": []byte("YUV4MPEG2 W99999999 H99999999 F30:1 Ip C420jpeg\nFRAME\n"), "sound.wav": wav(8000), "script.sh": []byte("#!/bin/sh\nexit 0\n")}
	for name, content := range files {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		u := w.User()
		s, err := w.Client(w.Dev).SubmitVideo(t.Context(), client.UserRef{ID: u.UserID}, file, client.VideoOptions{})
		if err != nil {
			if status := client.Status(err); status < 400 || status > 499 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		s, err = w.Client(w.Dev).Wait(t.Context(), s.FaceScanID)
		hr, _ := s.Estimate(biomarker.HeartRate)
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case s.Status == "failed" && (s.Failure == nil || *s.Failure == "" || strings.Contains(*s.Failure, "/")):
			t.Errorf("%s: failed with %v", name, s.Failure)
		case s.Status == "done" && hr.Value != nil:
			t.Errorf("%s: a heart rate of %v", name, *hr.Value)
		}
		if s.Failure != nil {
			t.Logf("%s: %s", name, *s.Failure)
		}
	}
	w.Call("", "GET", "/healthz", nil).Want(200)
}

// wav is a second of silence, without a picture.
func wav(rate int) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = append(b, 1, 0, 8, 0)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = append(b, bytes.Repeat([]byte{128}, rate)...)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

// dumpDatabase writes every row of every table as a line: TABLE|column|column….
func dumpDatabase(t *testing.T, address string) string {
	t.Helper()
	driver, tables := "sqlite", "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if strings.HasPrefix(address, "postgres") {
		driver, tables = "pgx", "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var out strings.Builder
	for _, table := range rows(t, db, tables) {
		for _, row := range rows(t, db, "SELECT * FROM "+table) {
			fmt.Fprintf(&out, "%s|%s|\n", table, strings.ReplaceAll(row, "\n", " "))
		}
	}
	return out.String()
}

func rows(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	r, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	names, err := r.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for r.Next() {
		values := make([]any, len(names))
		for i := range values {
			values[i] = new(sql.NullString)
		}
		if err := r.Scan(values...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(names))
		for i, v := range values {
			texts[i] = v.(*sql.NullString).String
		}
		out = append(out, strings.Join(texts, "|"))
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
