package client_test

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"blush.example/blush/client"
)

// answers is a transport that returns prepared answers in order.
type answers struct {
	t    *testing.T
	next []func(*http.Request) (*http.Response, error)
	keys []string
	at   []time.Time
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.keys, a.at = append(a.keys, r.Header.Get("Idempotency-Key")), append(a.at, time.Now())
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	if len(a.next) == 0 {
		a.t.Fatal("one call too many")
	}
	f := a.next[0]
	a.next = a.next[1:]
	return f(r)
}

func say(status int, body string, header ...string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		rec := httptest.NewRecorder()
		for i := 0; i+1 < len(header); i += 2 {
			rec.Header().Set(header[i], header[i+1])
		}
		rec.WriteHeader(status)
		_, _ = rec.WriteString(body)
		return rec.Result(), nil
	}
}

func lost(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

// Three more attempts after waits of half a second, twice that and so on, or as long
// as Retry-After says; one key for all attempts.
func TestTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &answers{t: t, next: []func(*http.Request) (*http.Response, error){
			say(503, `{"detail":"busy"}`), lost, say(429, `{"detail":"slow down"}`, "Retry-After", "7"), say(201, `{"user_id":"u1"}`)}}
		c := &client.Client{BaseURL: "https://blush.example", APIKey: "k", HTTP: &http.Client{Transport: a}}
		u, created, err := c.CreateUser(t.Context(), client.User{})
		if err != nil || !created || u.UserID != "u1" {
			t.Fatalf("got %v, %v, %v", u, created, err)
		}
		want := []time.Duration{500 * time.Millisecond, time.Second, 7 * time.Second}
		for i, w := range want {
			if d := a.at[i+1].Sub(a.at[i]); d != w {
				t.Errorf("wait %d was %v, want %v", i, d, w)
			}
			if a.keys[i+1] != a.keys[0] || a.keys[0] == "" {
				t.Errorf("try %d had key %q, the first %q", i+1, a.keys[i+1], a.keys[0])
			}
		}
	})
}

// Retry-After may be a date, as a proxy sends it.
func TestWaitsUntilADate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(20 * time.Second)
		a := &answers{t: t, next: []func(*http.Request) (*http.Response, error){say(503, "", "Retry-After", at.UTC().Format(http.TimeFormat)), say(200, `{"user_id":"u1"}`)}}
		c := &client.Client{BaseURL: "https://blush.example", HTTP: &http.Client{Transport: a}}
		if _, err := c.User(t.Context(), client.UserRef{ID: "u"}); err != nil || !a.at[1].Equal(at) {
			t.Errorf("tried at %v, want %v: %v", a.at[1], at, err)
		}
	})
}

func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &answers{t: t, next: []func(*http.Request) (*http.Response, error){say(500, ""), say(500, ""), say(500, ""), say(500, `{"detail":"broken"}`, "Request-Id", "r9")}}
		c := &client.Client{BaseURL: "https://blush.example", HTTP: &http.Client{Transport: a}}
		_, err := c.User(t.Context(), client.UserRef{ID: "u"})
		if client.Status(err) != 500 || err.Error() != "500 Internal Server Error: broken (request r9)" {
			t.Fatalf("got %v", err)
		}
	})
}

func TestDoesNotRepeatTheCallersMistake(t *testing.T) {
	a := &answers{t: t, next: []func(*http.Request) (*http.Response, error){
		say(422, `{"detail":[{"loc":["body","regions",0,"r",17],"msg":"is not finite","type":"not_finite"}]}`)}}
	c := &client.Client{BaseURL: "https://blush.example", HTTP: &http.Client{Transport: a}}
	_, err := c.Scan(t.Context(), "x")
	if client.Status(err) != 422 || err.Error() != "422 Unprocessable Entity: body.regions.0.r.17: is not finite (request )" {
		t.Fatalf("got %v", err)
	}
}

// A video is streamed after its fields, and a second attempt sends the same bytes.
func TestVideoForm(t *testing.T) {
	file := filepath.Join(t.TempDir(), "me.mjpeg")
	if err := os.WriteFile(file, []byte("the video"), 0o600); err != nil {
		t.Fatal(err)
	}
	var ids []string
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		form := multipart.NewReader(r.Body, params["boundary"])
		got := map[string]string{}
		last := ""
		for {
			p, err := form.NextPart()
			if err != nil {
				break
			}
			b, _ := io.ReadAll(p)
			last = p.FormName()
			got[last] = string(b)
			if last == "video" && p.FileName() != "me.mjpeg" {
				t.Errorf("file name %q", p.FileName())
			}
		}
		if last != "video" || got["video"] != "the video" || got["timezone"] != "Europe/Brussels" || got["at_rest"] != "true" {
			t.Errorf("got %v, last %s", got, last)
		}
		ids = append(ids, got["face_scan_id"])
		if len(ids) == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		_ = json.NewEncoder(w).Encode(map[string]any{"face_scan_id": got["face_scan_id"], "status": "processing"})
	}))
	defer ts.Close()
	rest := true
	c := &client.Client{BaseURL: ts.URL}
	s, err := c.SubmitVideo(context.Background(), client.UserRef{ExternalID: "ada"}, file, client.VideoOptions{Timezone: "Europe/Brussels", AtRest: &rest})
	if err != nil || s.Status != "processing" {
		t.Fatal(s, err)
	}
	if len(ids) != 2 || ids[0] != ids[1] || len(ids[0]) != 36 {
		t.Errorf("scan ids %v", ids)
	}
}

// A name that is not UTF-8 is not sent, because JSON would turn it into another name.
func TestNamesAreUTF8(t *testing.T) {
	c := &client.Client{BaseURL: "https://blush.example", HTTP: &http.Client{Transport: &answers{t: t}}}
	name := "zo\xe9"
	_, _, err := c.CreateUser(t.Context(), client.User{ExternalUserID: &name})
	_, byToken := c.CreateToken(t.Context(), client.UserRef{ExternalID: name}, 0)
	_, byUpdate := c.UpdateUser(t.Context(), client.UserRef{ID: "u"}, map[string]any{"external_user_id": name})
	for i, err := range []error{err, byToken, byUpdate, c.RevokeTokens(t.Context(), client.UserRef{ExternalID: name})} {
		if err == nil || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("call %d: %v", i, err)
		}
	}
}
