package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/server"
)

// A JSON number that does not fit the program's integer is a 422.
func TestNumbersBeyondRange(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User()
	for _, seed := range []string{"1e30", "99999999999999999999", "0.5", "-1"} {
		got := w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, `{"synthetic":{"seed":`+seed+`}}`).Places()
		if !slices.Equal(got, []string{`["body","synthetic","seed"]`}) {
			t.Errorf("seed %s: %v", seed, got)
		}
	}
	token := func(n string) blushtest.Answer {
		return w.Call(w.Dev, "POST", "/v2/users/authenticate", `{"user_id":"`+u.UserID+`","meta":{"note":"3.0 e1 1.50","n":1.50},"expires_in":`+n+`}`)
	}
	for _, n := range []string{"1e30", "99999999999999999999", "3600.5", "0.0", "-1.0", `"3600"`} {
		if got := token(n).Places(); !slices.Equal(got, []string{`["body","expires_in"]`}) && !slices.Equal(got, []string{`["body"]`}) {
			t.Errorf("expires_in %s: %v", n, got)
		}
	}
	// An integer may be written with a point or an exponent.
	for _, n := range []string{"3600.0", "3.6e3", "36E+2", "360000e-2", "3600"} {
		var got struct {
			Token     string
			ExpiresAt time.Time `json:"expires_at"`
		}
		token(n).Want(200).JSON(&got)
		if life := time.Until(got.ExpiresAt); life > time.Hour || life < 30*time.Minute {
			t.Errorf("expires_in %s: %v", n, life)
		}
		claims, err := base64.RawURLEncoding.DecodeString(strings.Split(got.Token, ".")[1])
		if err != nil || !strings.Contains(string(claims), `"note":"3.0 e1 1.50"`) {
			t.Errorf("%s, %v", claims, err)
		}
	}
	w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, `{"synthetic":{"seed":1e1,"duration_s":10.0}}`).Want(201)
}

// Content-Type and Content-Encoding are case-insensitive. The error for others says what is accepted.
func TestWordsOfHeaders(t *testing.T) {
	w := blushtest.Start(t)
	path := "/v2/facescans?user_id=" + w.User().UserID
	trace, err := json.Marshal(goodTrace(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"Application/JSON", "APPLICATION/JSON; Charset=UTF-8", "application/json;charset=utf-8 ", "application/vnd.acme+json"} {
		w.Call(w.Dev, "POST", "/v2/users", `{}`, "Content-Type", kind).Want(201)
		w.Call(w.Dev, "POST", "/v2/users", `{}`, "Content-Type", kind, "Idempotency-Key", kind).Want(201)
		if !strings.Contains(kind, "+") {
			w.Call(w.Dev, "POST", path, trace, "Content-Type", kind).Want(201)
		}
	}
	for _, coding := range []string{"GZIP", "x-gzip", " gzip ", "gzip, identity", "Identity,X-GZip"} {
		w.Call(w.Dev, "POST", path, packed(t, trace), "Content-Encoding", coding).Want(201)
	}
	w.Call(w.Dev, "POST", path, trace, "Content-Encoding", "Identity").Want(201)
	video, form := form(t, "at_rest", "True", "video", "x")
	w.Call(w.Dev, "POST", path, video, "Content-Type", strings.Replace(form, "multipart/form-data", "Multipart/Form-Data", 1)).Want(202)

	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application", "json/application;"} {
		for _, to := range []string{"/v2/users", path} {
			a := w.Call(w.Dev, "POST", to, `{}`, "Content-Type", kind).Want(http.StatusUnsupportedMediaType)
			if !strings.Contains(string(a.Body), "application/json") || !strings.Contains(string(a.Body), strings.Trim(kind, ";")) {
				t.Errorf("%s: %s", kind, a.Body)
			}
		}
	}
	if got := w.Call(w.Dev, "POST", path, trace, "Content-Encoding", "gzip, gzip").Places(); !slices.Equal(got, []string{`["header","Content-Encoding"]`}) {
		t.Error(got)
	}
	if got := w.Call(w.Dev, "POST", path, video, "Content-Type", form, "Content-Encoding", "GZip").Places(); !slices.Equal(got, []string{`["header","Content-Encoding"]`}) {
		t.Error(got)
	}
	if a := w.Call(w.Dev, "POST", "/v2/users", packed(t, []byte(`{}`)), "Content-Encoding", "gzip").Want(415); !strings.Contains(string(a.Body), "Content-Encoding") {
		t.Errorf("%s", a.Body)
	}
}

// An unreadable user name in a query is refused. It must not count as missing, which
// would list all users or register a user without an external id.
func TestUnreadableNames(t *testing.T) {
	w := blushtest.Start(t)
	w.User()
	for _, query := range []string{"external_user_id=%zz", "external_user_id=50%", "user_id=%", "%=1&limit=1", "external_user_id=a;b", ";"} {
		for _, call := range [][2]string{{"GET", "/v2/users"}, {"POST", "/v2/users"}, {"DELETE", "/v2/users"}, {"GET", "/v2/users/export"}, {"GET", "/v2/facescans"}} {
			if got := w.Call(w.Dev, call[0], call[1]+"?"+query, nil).Places(); !slices.Equal(got, []string{`["query"]`}) {
				t.Errorf("%s %s?%s: %v", call[0], call[1], query, got)
			}
		}
	}
	for _, query := range []string{"external_user_id=", "external_user_id=a&external_user_id=b"} {
		if got := w.Call(w.Dev, "POST", "/v2/users?"+query, nil).Places(); !slices.Equal(got, []string{`["query","external_user_id"]`}) {
			t.Errorf("%s: %v", query, got)
		}
	}
	w.Call("wrong", "GET", "/v2/users?user_id=%", nil).Want(http.StatusUnauthorized)
}

// A user name in a misspelt or unknown parameter is refused, too.
func TestUnknownParameters(t *testing.T) {
	w := blushtest.Start(t)
	id := w.User().UserID
	for _, name := range []string{"User_ID", "userId", "USERID", "user-id", "user_id[]", "+user_id", "External_User_ID", "externalUserId", "patient", "user", "id", "filter", "é", ""} {
		place, err := json.Marshal([]string{"query", strings.ReplaceAll(name, "+", " ")})
		if err != nil {
			t.Fatal(err)
		}
		query := "?" + name + "=" + id
		for _, call := range [][2]string{{"GET", "/v2/users"}, {"POST", "/v2/users"}} {
			if got := w.Call(w.Dev, call[0], call[1]+query, nil).Places(); !slices.Equal(got, []string{string(place)}) {
				t.Errorf("%s %s%s: %v", call[0], call[1], query, got)
			}
		}
		for _, call := range [][2]string{{"DELETE", "/v2/users"}, {"GET", "/v2/users/export"}, {"GET", "/v2/facescans"}, {"GET", "/v2/metrics"}} {
			w.Call(w.Dev, call[0], call[1]+query, nil).Places()
		}
	}
	w.Call(w.Dev, "GET", "/v2/facescans?user_id="+id+"&Starting_After="+id, nil).Places()
	// If the user is named, unknown parameters are ignored.
	w.Call(w.Dev, "GET", "/v2/users?_=1&user_id="+id, nil).Want(http.StatusOK)
	w.Call(w.Dev, "POST", "/v2/users?utm=1&external_user_id=eve", nil).Want(http.StatusCreated)
	w.Call(w.Dev, "GET", "/v2/users?limit=1", nil).Want(http.StatusOK)
}

// Each of our own routes refuses unknown query parameters and names them. The vendor's routes ignore them.
func TestUnknownParametersOfEveryRoute(t *testing.T) {
	w := blushtest.Start(t)
	ada := newSubject(w)
	ada.webhook = aWebhook(w)
	user := ada.user
	tolerant := regexp.MustCompile(`^((GET|POST) /v2/users|POST /v2/users/authenticate|GET /v2/(facescans|dashboard)/url|(GET|DELETE) /v2/facescans/\{face_scan_id\}(/.*)?|` +
		`GET /v2/(userprofiles/\{profile\}|journey)|POST /v2/questions/answer(/many)?|(GET|POST) /v2/widgets/.*)$`)
	ours := 0
	for _, o := range operations(t, w) {
		sent := url.Values{"zzz": {"1"}, "aaa": {""}}
		for _, p := range o.Parameters {
			if p.Name == "user_id" {
				sent.Set("user_id", user)
			}
		}
		if o.ID == "create-user" {
			sent.Set("external_user_id", "eve")
		}
		a := w.Call(w.Dev, o.method, ada.path(o)+"?"+sent.Encode(), nil)
		if tolerant.MatchString(o.method + " " + o.path) {
			if bytes.Contains(a.Body, []byte(`"aaa"`)) {
				t.Errorf("%s: %s", o.ID, a.Body)
			}
			continue
		}
		ours++
		if strings.HasPrefix(o.path, "/v2/fhir/") {
			if a.Status != http.StatusBadRequest || !bytes.Contains(a.Body, []byte(`"http.aaa"`)) || !bytes.Contains(a.Body, []byte(`"http.zzz"`)) {
				t.Errorf("%s: %d %s", o.ID, a.Status, a.Body)
			}
			continue
		}
		if got := a.Places(); !slices.Equal(got, []string{`["query","aaa"]`, `["query","zzz"]`}) {
			t.Errorf("%s: %d %s", o.ID, a.Status, a.Body)
		}
	}
	if ours < 30 {
		t.Errorf("only %d of our routes", ours)
	}
	w.Call(w.Dev, "GET", "/v2/fhir/Patient/"+user+"?zzz=1", nil, "Prefer", "handling=lenient").Want(http.StatusOK)
	if list := w.Call(w.Dev, "GET", "/v2/users?user_id="+user, nil); list.Status != http.StatusOK {
		t.Errorf("the user is gone: %s", list.Body)
	}
}

// A scan id belongs to the user it was first used for. Others cannot use it or learn whose it is, and the nil and max UUIDs are refused.
func TestScanIDsOfOthers(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		ada, bob := w.User(), w.User()
		_, other, _ := w.NewCustomer("Other")
		var eve struct {
			UserID string `json:"user_id"`
		}
		w.Call(other, "POST", "/v2/users", nil).Want(201).JSON(&eve)
		token, err := w.Client(w.Dev).CreateToken(t.Context(), client.UserRef{ID: bob.UserID}, 0)
		if err != nil {
			t.Fatal(err)
		}
		trace := goodTrace(t)
		trace["face_scan_id"] = "0c9a1f0e5d1b4c4f9c3e0a6f7b8c9d0e"
		path := "/v2/facescans?user_id="
		w.Call(w.Dev, "POST", path+ada.UserID, trace).Want(201)
		w.Call(w.Dev, "POST", path+bob.UserID, trace).Want(http.StatusConflict)
		w.Call(other, "POST", path+eve.UserID, trace).Want(http.StatusNotFound)
		w.Call("", "POST", "/v2/facescans", trace, "Authorization", "Token "+token.Token).Want(http.StatusNotFound)
		video, kind := form(t, "face_scan_id", "0c9a1f0e5d1b4c4f9c3e0a6f7b8c9d0e", "video", "x")
		w.Call(other, "POST", path+eve.UserID, video, "Content-Type", kind).Want(http.StatusNotFound)
		w.Call(other, "GET", "/v2/facescans/0c9a1f0e5d1b4c4f9c3e0a6f7b8c9d0e", nil).Want(http.StatusNotFound)

		for _, id := range []string{"00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000", "FFFFFFFF-ffff-ffff-ffff-ffffffffffff"} {
			trace["face_scan_id"] = id
			video, kind := form(t, "face_scan_id", id, "video", "x")
			for _, got := range [][]string{
				w.Call(w.Dev, "POST", path+ada.UserID, trace).Places(),
				w.Call(w.Dev, "POST", path+ada.UserID, map[string]any{"face_scan_id": id, "synthetic": map[string]any{}}).Places(),
				w.Call(w.Dev, "POST", path+ada.UserID, video, "Content-Type", kind).Places(),
			} {
				if !slices.Equal(got, []string{`["body","face_scan_id"]`}) {
					t.Errorf("%s: %v", id, got)
				}
			}
		}
	})
}

// A results page's token reads that result, but not its user.
func TestResultsTokenReadsNoUser(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User()
	scan := w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, `{"synthetic":{"duration_s":10}}`).Want(201).Header.Get("Location")
	var page struct{ URL string }
	w.Call(w.Dev, "GET", scan+"/results-url", nil).Want(200).JSON(&page)
	token := "Token " + tokenIn(t, page.URL)
	w.Call(w.Dev, "POST", "/v2/readings?user_id="+u.UserID, `{"kind":"blood_pressure","systolic":151,"diastolic":92}`).Want(201)
	w.Call(w.Dev, "POST", "/v2/questions/answer?user_id="+u.UserID, `{"lookup_key":"feeling_stressed_last_month","value":5}`).Want(201)
	// It shows neither metrics from the answers nor cuff readings.
	var own, shown struct {
		Metrics       map[string]any `json:"metrics"`
		BloodPressure map[string]any `json:"blood_pressure"`
		Biomarkers    map[string]any `json:"biomarkers"`
		Estimates     []any          `json:"estimates"`
	}
	w.Call(w.Dev, "GET", scan, nil).Want(http.StatusOK).JSON(&own)
	w.Call("", "GET", scan, nil, "Authorization", token).Want(http.StatusOK).JSON(&shown)
	if own.Metrics == nil || own.BloodPressure == nil || own.Biomarkers["systolic_blood_pressure"] == nil {
		t.Errorf("the customer's own: %+v", own)
	}
	if shown.Metrics != nil || shown.BloodPressure != nil || shown.Biomarkers["systolic_blood_pressure"] != nil || len(shown.Estimates) != len(own.Estimates) {
		t.Errorf("the results page's: %+v", shown)
	}
	for _, path := range []string{"/v2/users", "/v2/users?user_id=" + u.UserID, "/v2/users/export", "/v2/facescans"} {
		w.Call("", "GET", path, nil, "Authorization", token).Want(http.StatusForbidden)
	}
}

// deadlined records the longest read deadline.
type deadlined struct {
	*httptest.ResponseRecorder
	longest time.Duration
}

func (d *deadlined) SetReadDeadline(at time.Time) error {
	d.longest = max(d.longest, time.Until(at))
	return nil
}

func (d *deadlined) SetWriteDeadline(time.Time) error { return nil }

// Only authenticated callers get minutes to send a body.
func TestSlowBodiesNeedACredential(t *testing.T) {
	w := blushtest.Start(t, func(c *server.Config) { c.TLS.Plain = true })
	send := func(key string) time.Duration {
		r := httptest.NewRequest("POST", "/v2/facescans?user_id="+w.User().UserID, strings.NewReader("{}"))
		r.Header.Set("x-api-key", key)
		d := &deadlined{ResponseRecorder: httptest.NewRecorder()}
		w.Server.Handler().ServeHTTP(d, r)
		return d.longest
	}
	if got := send("wrong"); got > time.Minute {
		t.Errorf("a stranger was given %v", got)
	}
	if got := send(w.Dev); got < 5*time.Minute {
		t.Errorf("a customer was given %v", got)
	}
}

// A user whose bodies never end blocks no other user.
func TestSlowBodiesOfOneUser(t *testing.T) {
	w := blushtest.Start(t)
	token, err := w.Client(w.Dev).CreateToken(t.Context(), client.UserRef{ID: w.User().UserID}, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	statuses := make(chan int, 40)
	for range cap(statuses) {
		body, _ := io.Pipe() // nothing ever comes
		r, err := http.NewRequestWithContext(ctx, "POST", w.URL+"/v2/facescans", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Token "+token.Token)
		go func() {
			if resp, err := w.HTTP.Transport.RoundTrip(r); err == nil {
				statuses <- resp.StatusCode
				resp.Body.Close()
			}
		}()
	}
	for range cap(statuses) - 4 {
		select {
		case got := <-statuses:
			if got != http.StatusTooManyRequests {
				t.Fatalf("%d, want 429", got)
			}
		case <-time.After(5 * time.Minute):
			t.Fatal("slow bodies are all let in")
		}
	}
	w.Call(w.Dev, "POST", "/v2/facescans?user_id="+w.User().UserID, goodTrace(t)).Want(http.StatusCreated)
}

// Traces that take long to analyse (many minutes or many regions) are analysed one at a time, and a user
// may have only one. They delay no other traces.
func TestCostlyTracesKeepNobodyWaiting(t *testing.T) {
	type analysis struct{ begun, end chan struct{} }
	var held atomic.Pointer[analysis]
	// hold makes the next analysis last until end is closed.
	hold := func() *analysis {
		a := &analysis{make(chan struct{}), make(chan struct{})}
		held.Store(a)
		return a
	}
	w := blushtest.Start(t, func(c *server.Config) {
		c.Scan.Took = func(string, time.Duration) {
			if a := held.Swap(nil); a != nil {
				close(a.begun)
				<-a.end
			}
		}
	})
	costly := func(seconds, regions int) []byte {
		frames := seconds * 5 // few, from which nothing is measured; they count as 30 a second
		at, red := make([]float64, frames), make([]float64, frames)
		for i := range frames {
			at[i], red[i] = 200*float64(i), 120+float64(i%2)
		}
		var all []any
		for i := range regions {
			all = append(all, map[string]any{"name": fmt.Sprint("face", i), "r": red, "g": red, "b": red})
		}
		b, err := json.Marshal(map[string]any{"version": 1, "site": "face", "time_ms": at, "regions": all})
		must(t, err)
		return b
	}
	for name, trace := range map[string][]byte{"hours": costly(660, 1), "many regions": costly(590, 7)} {
		const sent = 5
		answers := make(chan int, sent)
		send := func(user string) {
			go func() { answers <- w.Call(w.Dev, "POST", "/v2/facescans?user_id="+user, trace).Status }()
		}
		long := hold()
		for range sent {
			send(w.User().UserID)
		}
		for range sent - 3 { // one is being analysed, and two of one customer may wait
			if got := <-answers; got != http.StatusServiceUnavailable {
				t.Fatalf("%s: one too many: %d", name, got)
			}
		}
		<-long.begun
		w.Call(w.Dev, "POST", "/v2/facescans?user_id="+w.User().UserID, goodTrace(t)).Want(http.StatusCreated) // while they wait
		close(long.end)
		for range 3 {
			if got := <-answers; got != http.StatusCreated {
				t.Errorf("%s: a costly one: %d", name, got)
			}
		}
		one := w.User().UserID
		long = hold()
		send(one)
		<-long.begun
		send(one)
		second := <-answers
		close(long.end)
		if first := <-answers; first != http.StatusCreated || second != http.StatusTooManyRequests {
			t.Errorf("%s: two at once of one user: %d, %d", name, first, second)
		}
	}
}

// A customer whose bodies never end blocks no other customer.
func TestSlowBodiesOfOneCustomer(t *testing.T) {
	w := blushtest.Start(t)
	user := w.User().UserID
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	refused := make(chan int, 40)
	for range cap(refused) {
		body, _ := io.Pipe() // nothing ever comes
		r, err := http.NewRequestWithContext(ctx, "POST", w.URL+"/v2/facescans?user_id="+user, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("x-api-key", w.Dev)
		go func() {
			if resp, err := w.HTTP.Transport.RoundTrip(r); err == nil {
				refused <- resp.StatusCode
				resp.Body.Close()
			}
		}()
	}
	for range cap(refused) - 24 {
		if got := <-refused; got != http.StatusTooManyRequests {
			t.Fatalf("%d, want 429", got)
		}
	}
	_, dev, _ := w.NewCustomer("Other")
	name := "zoe"
	u, _, err := w.Client(dev).CreateUser(t.Context(), client.User{ExternalUserID: &name})
	if err != nil {
		t.Fatal(err)
	}
	w.Call(dev, "POST", "/v2/facescans?user_id="+u.UserID, goodTrace(t)).Want(http.StatusCreated)
}

// An IPv6 connection has 2^64 addresses, and a proxy may add the port. Neither evades a limit.
func TestLimitsCountNetworks(t *testing.T) {
	limits := httpapi.Limits{PerAddress: 3, Window: time.Hour}
	w := blushtest.Start(t, func(c *server.Config) { c.TLS.Plain, c.Limits = true, &limits })
	ask := func(path, address string) int {
		r := httptest.NewRequest("GET", path, nil)
		r.RemoteAddr = "127.0.0.1:5" // a proxy on this machine
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("X-Forwarded-For", address)
		rec := httptest.NewRecorder()
		w.Server.Handler().ServeHTTP(rec, r)
		return rec.Code
	}
	from := func(address string) int { return ask("/v2/users", address) }
	for _, same := range [][]string{
		{"2001:db8::1", "2001:db8::2:3", "[2001:db8::4]:443", "2001:db8:0:0:ffff::"},
		{"192.0.2.1:1", "192.0.2.1:2", "192.0.2.1", "::ffff:192.0.2.1"},
	} {
		for i, address := range same {
			want := http.StatusUnauthorized
			if i == 3 {
				want = http.StatusTooManyRequests
			}
			if got := from(address); got != want {
				t.Errorf("call %d, from %s: %d, want %d", i+1, address, got, want)
			}
		}
	}
	if got := from("2001:db8:2::1"); got != http.StatusUnauthorized {
		t.Errorf("another network: %d", got)
	}
	for path, want := range map[string]int{"/scan": 429, "/assets/capture/engine.wasm": 429, "/docs/gallery/cards": 429, "/healthz": 200, "/readyz": 200} {
		if got := ask(path, "192.0.2.1"); got != want {
			t.Errorf("%s from an address over the limit: %d, want %d", path, got, want)
		}
	}
}

// A repeated request does not get a stored response about erased data.
func TestErasedIsNotReplayed(t *testing.T) {
	w := blushtest.Start(t)
	name := "?user_id=" + w.User().UserID
	for path, body := range map[string]string{
		"/v2/readings":  `{"kind":"blood_pressure","systolic":131,"diastolic":82,"measured_at":"2026-01-02T08:00:00Z"}`,
		"/v2/facescans": `{"synthetic":{"duration_s":10}}`,
	} {
		var first, again map[string]any
		post := func() blushtest.Answer {
			return w.Call(w.Dev, "POST", path+name, body, "Idempotency-Key", "key of "+path).Want(201)
		}
		post().JSON(&first)
		if replay := post(); replay.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: not replayed while it is there", path)
		}
		id := "reading_id"
		if path == "/v2/facescans" {
			id = "face_scan_id"
		}
		w.Call(w.Dev, "DELETE", path+"/"+first[id].(string)+name, nil).Want(204)
		answer := post()
		answer.JSON(&again)
		if answer.Header.Get("Idempotent-Replayed") != "" || again[id] == first[id] {
			t.Errorf("%s: the erased one is answered again: %v", path, again)
		}
	}
}

// Every response about a person leaves an audit entry, even a repeated one, and one in a list.
func TestEveryReadIsAudited(t *testing.T) {
	w := blushtest.Start(t)
	u := w.User()
	name := "?user_id=" + u.UserID
	count := func(action string) int {
		doc, err := w.Client(w.Dev).ExportUser(t.Context(), client.UserRef{ID: u.UserID})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(doc), `"action":"`+action+`"`)
	}
	w.Call(w.Dev, "GET", "/v2/users", nil).Want(200)
	if n := count("user.list"); n != 1 {
		t.Errorf("user.list: %d entries", n)
	}
	trace := goodTrace(t)
	trace["face_scan_id"] = "0c9a1f0e5d1b4c4f9c3e0a6f7b8c9d0e"
	w.Call(w.Dev, "POST", "/v2/facescans"+name, trace, "Idempotency-Key", "k").Want(201)
	if n := count("scan.read"); n != 0 {
		t.Errorf("scan.read: %d entries", n)
	}
	w.Call(w.Dev, "POST", "/v2/facescans"+name, trace).Want(200)
	if n := count("scan.read"); n != 1 {
		t.Errorf("scan.read after a retry: %d entries", n)
	}
	w.Call(w.Dev, "POST", "/v2/facescans"+name, trace, "Idempotency-Key", "k").Want(201)
	if n := count("answer.replay"); n != 1 {
		t.Errorf("answer.replay: %d entries", n)
	}
}
