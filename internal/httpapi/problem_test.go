package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/rppg"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"
)

func TestLocation(t *testing.T) {
	for path, want := range map[string]string{
		"query.external_user_id": `["query","external_user_id"]`,
		"body.regions[0].r[17]":  `["body","regions",0,"r",17]`,
		"body.a[1][2]":           `["body","a",1,2]`,
		"body":                   `["body"]`,
		"":                       `["body"]`,
	} {
		if got, _ := json.Marshal(location(path)); string(got) != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
}

// logged runs one handler behind Observe and returns the response and the log.
func logged(t *testing.T, h http.HandlerFunc) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var log bytes.Buffer
	r := chi.NewRouter()
	r.Use(Observe(slog.New(slog.NewJSONHandler(&log, nil)), nil))
	r.Get("/v2/users/{id}", h)
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/v2/users/ada-lovelace?external_user_id=secret-name&action_token=secret-token", nil)
	req.Header.Set("x-api-key", "secret-key")
	r.ServeHTTP(rec, req)
	return rec, log.String()
}

// The cause of an error is only logged. The client gets a fixed text and the request's id.
func TestUnknownErrorsAndPanicsKeepTheirTextToTheLog(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"error": func(w http.ResponseWriter, r *http.Request) {
			writeProblem(w, problemFrom(r.Context(), errors.New("disk on fire")))
		},
		"panic": func(http.ResponseWriter, *http.Request) { panic("disk on fire") },
	} {
		rec, log := logged(t, h)
		id := rec.Header().Get("Request-Id")
		want := `{"detail":"Internal error; please quote request ` + id + `."}`
		if rec.Code != 500 || id == "" || rec.Body.String() != want {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
		if !strings.Contains(log, "disk on fire") || !strings.Contains(log, id) || !strings.Contains(log, `"level":"ERROR"`) {
			t.Errorf("%s: log %s", name, log)
		}
	}
}

func TestLogNamesNobody(t *testing.T) {
	_, log := logged(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	if !strings.Contains(log, `"route":"/v2/users/{id}"`) || !strings.Contains(log, `"status":204`) {
		t.Error(log)
	}
	for _, secret := range []string{"lovelace", "secret"} {
		if strings.Contains(log, secret) {
			t.Errorf("%s is in the log: %s", secret, log)
		}
	}
}

func TestKindsBecomeStatuses(t *testing.T) {
	for kind, status := range map[blush.Kind]int{
		blush.Invalid: 400, blush.Unauthorized: 401, blush.Forbidden: 403, blush.NotFound: 404, blush.Conflict: 409,
		blush.TooLarge: 413, blush.Unprocessed: 422, blush.TooMany: 429, blush.Unavailable: 503,
	} {
		p := problemFrom(t.Context(), &blush.Error{Kind: kind, Message: "words", Cause: errors.New("hidden")})
		b, _ := p.MarshalJSON()
		if p.status != status || !strings.Contains(string(b), "words") || strings.Contains(string(b), "hidden") {
			t.Errorf("%s: %d %s", kind, p.status, b)
		}
		if retry := p.GetHeaders().Get("Retry-After"); (retry == "1") != (status == 429 || status == 503) {
			t.Errorf("%s: Retry-After %q", kind, retry)
		}
	}
	if p := problemFrom(t.Context(), &blush.Error{Kind: blush.TooMany, RetryAfter: 1500 * time.Millisecond}); p.retryAfter != 2 {
		t.Errorf("1.5 s became %d", p.retryAfter)
	}
}

func TestTraceErrorsKeepTheirPlace(t *testing.T) {
	err := traceError(rppg.TraceErrors{{Loc: []any{"regions", 0, "r", 17}, Msg: "is not finite", Type: "not_finite"}})
	b, _ := problemFrom(t.Context(), err).MarshalJSON()
	if diff := cmp.Diff(`{"detail":[{"loc":["body","regions",0,"r",17],"msg":"is not finite","type":"not_finite"}]}`, string(b)); diff != "" {
		t.Error(diff)
	}
}

// A field or a video that is sent twice is refused as such: only one of the two could count.
func TestRepeatedFormFields(t *testing.T) {
	part := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	for body, want := range map[string]string{
		part("timezone", "UTC") + part("timezone", "Europe/Paris") + part("video", "x") + "--b--\r\n": `{"detail":[{"loc":["body","timezone"],"msg":"appears twice","type":"duplicate"}]}`,
		part("video", "x") + part("video", "y") + "--b--\r\n":                                         `{"detail":[{"loc":["body","video"],"msg":"A form has one video.","type":"duplicate"}]}`,
	} {
		form, err := readForm(strings.NewReader(body), "b", 1<<10)
		if err == nil {
			_, err = io.Copy(io.Discard, form.video)
		}
		if err == nil {
			t.Errorf("%q is accepted", body)
			continue
		}
		if got, _ := problemFrom(t.Context(), err).MarshalJSON(); string(got) != want {
			t.Errorf("%q: %s", body, got)
		}
	}
}

// Reading any form ends, at the video or with a 4xx error.
func FuzzForm(f *testing.F) {
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=\"timezone\"\r\n\r\nUTC\r\n--b\r\nContent-Disposition: form-data; name=\"video\"; filename=\"a.avi\"\r\n\r\nx\r\n--b--\r\n"))
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=\"video\"; filename=\"a\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"at_rest\"\r\n\r\ntrue\r\n--b--\r\n"))
	f.Add([]byte("--b\r\n\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		form, err := readForm(bytes.NewReader(body), "b", 1<<10)
		if err == nil {
			_, err = io.Copy(io.Discard, form.video)
		}
		if p := problemFrom(t.Context(), err); err != nil && (p.status < 400 || p.status > 499) {
			t.Errorf("%d: %v", p.status, err)
		}
	})
}
