package clients_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/edf"
)

// faultyProxy is a proxy between a client and the server. It checks each answer of the server against the OpenAPI document, and
// records the calls. It loses the first answer to a POST that creates a user, returns lists of scans one item at a time,
// and for some ids sends errors like those of a load balancer, or exports that are not complete.
type faultyProxy struct {
	url   string
	mu    sync.Mutex
	ids   []string  // of operations
	keys  []string  // of the POSTs that create a user
	other []string  // what another server received
	later time.Time // when the id later is answered
}

// notWhole are exports without their end. For the id broken, the connection is closed before the response ends; for the others, the HTTP
// response is complete.
var notWhole = map[string]string{
	"/v2/facescans/cut/waveform.csv":      "time_s,pulse\n0,0.5\n",
	"/v2/facescans/cut/waveform.edf":      edfWithoutEnd(),
	"/v2/facescans/cut/report":            "%PDF-1.3\n1 0 obj\n",
	"/v2/users/report?user_id=cut":        "%PDF-1.3\n1 0 obj\n",
	"/v2/users/export?user_id=cut":        `{"user":{`,
	"/v2/widgets/main?user_id=cut":        "<style>.card{}</style><div><div>Anna</div>",
	"/v2/facescans/broken/waveform.csv":   "time_s,pulse\n0,0.5\n",
	"/v2/facescans/export?user_id=cut":    `{"face_scan_id":"1"}` + "\n" + `{"end":true,"face_sc`,
	"/v2/fhir/Patient/cut/$everything":    `{"resourceType":"Bundle","entry":[{"resource":{`,
	"/v2/facescans/empty":                 "",
	"/v2/facescans/empty/waveform.edf":    "",
	"/v2/facescans/empty/waveform.csv":    "",
	"/v2/fhir/Patient/empty/$everything":  "",
	"/v2/fhir/Patient/broken/$everything": `{"resourceType":"Bundle","entry":[{"resource":{`,
}

// edfWithoutEnd is a recording that ends one byte too early.
func edfWithoutEnd() string {
	var b strings.Builder
	pulse := edf.Signal{Label: "Pulse", Rate: 30, Samples: make([]float64, 300)}
	if err := edf.Write(&b, edf.Recording{Start: time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC), Signals: []edf.Signal{pulse}}); err != nil {
		panic(err)
	}
	return b.String()[:b.Len()-1]
}

const gatewayPage = "<html>The gateway is down.</html>"

func open(t *testing.T, w *blushtest.World) *faultyProxy {
	t.Helper()
	p := &faultyProxy{}
	routes := http.NewServeMux() // finds the operation of a request
	for id, pattern := range operations(t) {
		routes.Handle(pattern, operation(id))
	}
	target, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.other = append(p.other, r.Method+" "+r.URL.Path)
	}))
	t.Cleanup(other.Close)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, Transport: w.HTTP.Transport}
	ours := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/v2/facescans/") {
		case "gateway":
			http.Error(rw, gatewayPage, http.StatusTeapot)
			return
		case "later": // busy until a date
			p.mu.Lock()
			if p.later.IsZero() {
				p.later = time.Now().Add(2 * time.Second).Truncate(time.Second)
			}
			at := p.later
			p.mu.Unlock()
			if time.Now().Before(at) {
				rw.Header().Set("Retry-After", at.UTC().Format(http.TimeFormat))
				http.Error(rw, "busy", http.StatusServiceUnavailable)
				return
			}
			http.Error(rw, gatewayPage, http.StatusTeapot)
			return
		case "page":
			_, _ = rw.Write([]byte(gatewayPage))
			return
		case "elsewhere":
			http.Redirect(rw, r, other.URL, http.StatusTemporaryRedirect)
			return
		}
		if text, cut := notWhole[r.URL.RequestURI()]; cut {
			_, _ = rw.Write([]byte(text))
			if strings.Contains(r.URL.Path, "broken") {
				_ = http.NewResponseController(rw).Flush()
				panic(http.ErrAbortHandler)
			}
			return
		}
		h, _ := routes.Handler(r)
		id, _ := h.(operation)
		p.mu.Lock()
		p.ids = append(p.ids, string(id))
		lose := id == "create-user" && len(p.keys) == 0
		if id == "create-user" {
			p.keys = append(p.keys, r.Header.Get("Idempotency-Key"))
		}
		p.mu.Unlock()
		if q := r.URL.Query(); id == "list-face-scans" && q.Get("limit") == "100" {
			q.Set("limit", "1")
			r.URL.RawQuery = q.Encode()
		}
		if lose {
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(ours.Close)
	p.url = ours.URL
	return p
}

// operation is the id of an operation, as a handler, so that a mux can find it.
type operation string

func (operation) ServeHTTP(http.ResponseWriter, *http.Request) {}

// called are the operations that were called.
func (p *faultyProxy) called() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ids
}

// check reports what the client did wrong after the faults of the proxy.
func (p *faultyProxy) check(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.keys) < 3 || p.keys[0] == "" || p.keys[0] != p.keys[1] || p.keys[1] == p.keys[2] {
		t.Errorf("after a lost answer the Idempotency-Key of both tries is one, and another call has another: %q", p.keys)
	}
	if len(p.other) > 0 {
		t.Errorf("followed a redirect: %q", p.other)
	}
}
