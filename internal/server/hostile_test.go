package server_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/server"
	"blush.example/blush/simulate"
)

// goodTrace is a valid trace of 10 s as a JSON object, for tests to change.
func goodTrace(t *testing.T) map[string]any {
	t.Helper()
	tr, _ := simulate.Scenario("typical", false, 1, 10).Trace()
	b, err := json.Marshal(tr)
	if err != nil {
		t.Fatal(err)
	}
	var loose map[string]any
	if err := json.Unmarshal(b, &loose); err != nil {
		t.Fatal(err)
	}
	return loose
}

func region(trace map[string]any, i int) map[string]any {
	return trace["regions"].([]any)[i].(map[string]any)
}

// Every fault of a trace is a 422 that names its exact place.
func TestHostileTraces(t *testing.T) {
	w := blushtest.Start(t)
	path := "/v2/facescans?user_id=" + w.User().UserID
	for name, c := range map[string]struct {
		spoil func(map[string]any)
		place string
	}{
		"huge colour":       {func(m map[string]any) { region(m, 0)["r"].([]any)[17] = 1e300 }, `["body","regions",0,"r",17]`},
		"text for a number": {func(m map[string]any) { region(m, 1)["g"].([]any)[3] = "x" }, `["body","regions",1,"g",3]`},
		"null for a number": {func(m map[string]any) { region(m, 0)["b"].([]any)[9] = nil }, `["body","regions",0,"b",9]`},
		"negative time":     {func(m map[string]any) { m["time_ms"].([]any)[5] = -1 }, `["body","time_ms",5]`},
		"huge time":         {func(m map[string]any) { m["time_ms"].([]any)[5] = 1e18 }, `["body","time_ms",5]`},
		"one frame":         {func(m map[string]any) { m["time_ms"] = []any{0} }, `["body","time_ms"]`},
		"no frames":         {func(m map[string]any) { m["time_ms"] = []any{} }, `["body","time_ms"]`},
		"lengths differ":    {func(m map[string]any) { region(m, 2)["b"] = region(m, 2)["b"].([]any)[:40] }, `["body","regions",2,"b"]`},
		"unknown field":     {func(m map[string]any) { m["heart_rate"] = 72 }, `["body","heart_rate"]`},
		"unknown in region": {func(m map[string]any) { region(m, 0)["alpha"] = []any{} }, `["body","regions",0,"alpha"]`},
		"no version":        {func(m map[string]any) { delete(m, "version") }, `["body","version"]`},
		"other version":     {func(m map[string]any) { m["version"] = 2 }, `["body","version"]`},
		"no regions":        {func(m map[string]any) { m["regions"] = []any{} }, `["body","regions"]`},
		"bad scan id":       {func(m map[string]any) { m["face_scan_id"] = "mine" }, `["body","face_scan_id"]`},
		"bad time zone":     {func(m map[string]any) { m["timezone"] = "Mars/Olympus" }, `["body","timezone"]`},
	} {
		m := goodTrace(t)
		c.spoil(m)
		if got := w.Call(w.Dev, "POST", path, m).Places(); !slices.Contains(got, c.place) {
			t.Errorf("%s: %v, want %s", name, got, c.place)
		}
	}
	// Bodies that are not a JSON object.
	good, _ := json.Marshal(goodTrace(t))
	for name, text := range map[string]string{
		"NaN":       strings.Replace(string(good), `"r":[`, `"r":[NaN,`, 1),
		"Infinity":  strings.Replace(string(good), `"time_ms":[`, `"time_ms":[1e999,`, 1),
		"cut short": string(good[:len(good)/2]),
		"two":       string(good) + string(good),
		"empty":     "", "null": "null", "a list": "[]", "not JSON": "version: 1",
	} {
		if got := w.Call(w.Dev, "POST", path, text).Places(); len(got) == 0 || !strings.HasPrefix(got[0], `["body"`) {
			t.Errorf("%s: %v", name, got)
		}
	}
	// Damaged compression, and an unsupported encoding.
	for _, text := range []string{"plain", "\x1f\x8b\x08\x00", string(packed(t, good)[:2000])} {
		w.Call(w.Dev, "POST", path, text, "Content-Encoding", "gzip").Places()
	}
	w.Call(w.Dev, "POST", path, text(10), "Content-Encoding", "br").Places()
	w.Call(w.Dev, "POST", path, "R,G,B", "Content-Type", "text/csv").Want(http.StatusUnsupportedMediaType)
	// The valid trace is accepted, plain and compressed, as one scan.
	first := w.Call(w.Dev, "POST", path, good, "Idempotency-Key", "one").Want(201)
	if again := w.Call(w.Dev, "POST", path, good, "Idempotency-Key", "one").Want(201); !bytes.Equal(again.Body, first.Body) {
		t.Error("another answer to the same request")
	}
	w.Call(w.Dev, "POST", path, packed(t, good), "Content-Encoding", "gzip").Want(201)
}

func text(n int) string { return strings.Repeat("x", n) }

func packed(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A face_scan_id names one scan for ever: the same content is the same scan, other content is refused.
func TestScanIDIsForEver(t *testing.T) {
	w := blushtest.Start(t)
	path := "/v2/facescans?user_id=" + w.User().UserID
	m := goodTrace(t)
	m["face_scan_id"] = "0c9a1f0e5d1b4c4f9c3e0a6f7b8c9d0e"
	first := w.Call(w.Dev, "POST", path, m).Want(201)
	if got := first.Header.Get("Location"); got != "/v2/facescans/0c9a1f0e-5d1b-4c4f-9c3e-0a6f7b8c9d0e" {
		t.Errorf("Location %s", got)
	}
	w.Call(w.Dev, "POST", path, m).Want(200)
	region(m, 0)["r"].([]any)[0] = 1.0
	w.Call(w.Dev, "POST", path, m).Places()
}

// Many bodies at once that are small compressed and huge decompressed are refused, within bounded memory.
// The memory limit makes the garbage collector keep up even on a busy machine.
func TestBombs(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(384 << 20))
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // the default, as in a real server
	w := blushtest.Start(t)
	path := "/v2/facescans?user_id=" + w.User().UserID
	// Ten million frames.
	bomb := packed(t, []byte(`{"version":1,"site":"face","time_ms":[`+strings.Repeat("0,", 10_000_000)+`0]}`))
	// As many numbers as fit into 16 MiB.
	dense := packed(t, []byte(`{"version":1,"site":"face","time_ms":[`+strings.Repeat("0,", 8_000_000)+`0]}`))
	var peak uint64
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	var calls sync.WaitGroup
	for i := range 12 {
		calls.Go(func() {
			body, want := bomb, http.StatusRequestEntityTooLarge
			if i%2 == 1 {
				body, want = dense, http.StatusUnprocessableEntity
			}
			if a := w.Call(w.Dev, "POST", path, body, "Content-Encoding", "gzip"); a.Status != want && a.Status != http.StatusServiceUnavailable {
				t.Errorf("%d: %s", a.Status, a.Body)
			}
		})
	}
	calls.Wait()
	close(done)
	watch.Wait()
	t.Logf("heap in use at its peak: %d MiB", peak>>20)
	if peak > 768<<20 {
		t.Errorf("heap in use reached %d MiB", peak>>20)
	}
	w.Call(w.Dev, "POST", path, text(17<<20)).Want(http.StatusRequestEntityTooLarge)
	w.Call(w.Dev, "POST", path, text(17<<20), "Idempotency-Key", "big").Want(http.StatusRequestEntityTooLarge)
}

// form writes a multipart form of fields in the order given; the field video is a file.
func form(t *testing.T, fields ...string) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	f := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		var p io.Writer
		var err error
		if fields[i] == "video" {
			p, err = f.CreateFormFile("video", "me.mjpeg")
		} else {
			p, err = f.CreateFormField(fields[i])
		}
		if err == nil {
			_, err = io.WriteString(p, fields[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), f.FormDataContentType()
}

func TestHostileForms(t *testing.T) {
	w := blushtest.Start(t, func(c *server.Config) { c.Scan.MaxVideoBytes = 1 << 20 })
	u := w.User()
	path := "/v2/facescans?user_id=" + u.UserID
	send := func(fields ...string) blushtest.Answer {
		body, kind := form(t, fields...)
		return w.Call(w.Dev, "POST", path, body, "Content-Type", kind)
	}
	for name, c := range map[string]struct {
		fields []string
		place  string
	}{
		"no video":           {[]string{"timezone", "UTC"}, `["body","video"]`},
		"unknown field":      {[]string{"colour", "red", "video", "x"}, `["body","colour"]`},
		"field behind video": {[]string{"video", "x", "timezone", "UTC"}, `["body","timezone"]`},
		"long field":         {[]string{"timezone", text(300), "video", "x"}, `["body","timezone"]`},
		"bad at_rest":        {[]string{"at_rest", "maybe", "video", "x"}, `["body","at_rest"]`},
		"bad time zone":      {[]string{"timezone", "Mars/Olympus", "video", "x"}, `["body","timezone"]`},
		"bad scan id":        {[]string{"face_scan_id", "mine", "video", "x"}, `["body","face_scan_id"]`},
		"empty video":        {[]string{"video", ""}, `["body","video"]`},
	} {
		if got := send(c.fields...).Places(); !slices.Contains(got, c.place) {
			t.Errorf("%s: %v, want %s", name, got, c.place)
		}
	}
	send("video", text(3<<20)).Want(http.StatusRequestEntityTooLarge)
	body, kind := form(t, "video", text(1000))
	w.Call(w.Dev, "POST", path, body[:500], "Content-Type", kind).Places()
	w.Call(w.Dev, "POST", path, body, "Content-Type", "multipart/form-data").Places()
	w.Call(w.Dev, "POST", path, "junk", "Content-Type", kind).Places()

	// None of this was stored.
	var list struct{ Data []any }
	if w.Call(w.Dev, "GET", path, nil).Want(200).JSON(&list); len(list.Data) != 0 {
		t.Errorf("scans were made: %v", list.Data)
	}
	if dump := dumpDatabase(t, w.DatabaseURL); strings.Contains(dump, "upload|") {
		t.Error("an upload is left")
	}
}

// Random input at every route never gives a 500, and always a documented response.
func TestNoise(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User()
	r := rand.New(rand.NewPCG(1, 2))
	junk := func() string {
		b := make([]byte, r.IntN(40))
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		return string(b)
	}
	pieces := []string{"", "null", "[]", "{}", `""`, "-1", "1e309", "true", u.UserID, strings.ToUpper(u.UserID), "\x00", "%00", "../..", "'; DROP TABLE users; --", text(5000), "ä½\xff"}
	piece := func() string {
		if r.IntN(3) == 0 {
			return junk()
		}
		return pieces[r.IntN(len(pieces))]
	}
	keys := slices.Sorted(maps.Keys(map[string]bool{"user_id": true, "external_user_id": true, "limit": true, "starting_after": true, "wait": true, "language": true}))
	routes := [][2]string{{"GET", "/v2/users"}, {"POST", "/v2/users"}, {"PATCH", "/v2/users"}, {"DELETE", "/v2/users"}, {"GET", "/v2/users/export"}, {"POST", "/v2/users/authenticate"},
		{"GET", "/v2/facescans"}, {"POST", "/v2/facescans"}, {"GET", "/v2/facescans/url"}, {"GET", "/v2/dashboard/url"},
		{"GET", "/v2/facescans/%s"}, {"DELETE", "/v2/facescans/%s"}, {"GET", "/v2/facescans/%s/waveform"}, {"GET", "/v2/facescans/%s/results-url"}}
	for range 400 {
		route := routes[r.IntN(len(routes))]
		path := route[1]
		if strings.Contains(path, "%s") {
			path = fmt.Sprintf(path, escape(piece()+"z"))
		}
		query := []string{}
		for range r.IntN(3) {
			query = append(query, keys[r.IntN(len(keys))]+"="+escape(piece()))
		}
		if len(query) > 0 {
			path += "?" + strings.Join(query, "&")
		}
		var body any
		if route[0] == "POST" || route[0] == "PATCH" {
			body = []string{piece(), `{"sex":` + piece() + `}`, `{"external_user_id":"` + piece() + `"}`, `{"meta":` + piece() + `,"user_id":"` + piece() + `"}`, `{"synthetic":` + piece() + `}`}[r.IntN(5)]
		}
		if a := w.Call(w.Dev, route[0], path, body); a.Status >= 500 {
			t.Errorf("%s %q %q: %d %s", route[0], path, body, a.Status, a.Body)
		}
	}
}

// escape writes every byte as %XX, so that an address may contain any byte.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}
