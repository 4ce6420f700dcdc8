package browser

import (
	"bytes"
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// Request is a request that a browser sent.
type Request struct {
	At           time.Time
	Method, Path string // without the query, which may contain a token
	Header       http.Header
	Body         []byte
	Status       int // of the answer; 0: the line was cut
}

// Wire is a proxy between a browser and a server. It sees every request of pages
// and workers, and can cut the connection.
type Wire struct {
	// URL is the server's address through the proxy.
	URL string

	server string // its own address
	mu     sync.Mutex
	cut    bool
	deaf   int // how many answers to uploads are still to be lost
	sent   []Request
}

// NewWire starts a proxy to the server at an address.
func NewWire(t testing.TB, server string) *Wire {
	t.Helper()
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	line := &Wire{server: server}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Header.Set("Accept-Encoding", r.In.Header.Get("Accept-Encoding")) // as the browser asked
		},
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableCompression: true}, // the test's own server
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0),
	}
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, reelPath) {
			serveFilm(rw, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		line.mu.Lock()
		cut := line.cut
		n := len(line.sent)
		line.sent = append(line.sent, Request{At: time.Now(), Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Body: body})
		line.mu.Unlock()
		if cut {
			panic(http.ErrAbortHandler)
		}
		if r.Method == http.MethodPost && line.loses() {
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		rec := &statusWriter{ResponseWriter: rw}
		defer func() {
			line.mu.Lock()
			defer line.mu.Unlock()
			if !line.cut {
				line.sent[n].Status = rec.status
			}
		}()
		proxy.ServeHTTP(rec, r)
	}))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.StartTLS()
	t.Cleanup(front.Close)
	line.URL = strings.Replace(front.URL, "127.0.0.1", "localhost", 1)
	return line
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Cut cuts the connection, or restores it. Requests get no answer while it is cut.
func (l *Wire) Cut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
}

// LoseAnswers lets the next n POSTs reach the server, and loses its answers.
func (l *Wire) LoseAnswers(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaf = n
}

func (l *Wire) loses() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.deaf == 0 {
		return false
	}
	l.deaf--
	return true
}

// Requests lists what was sent, the oldest first.
func (l *Wire) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Request(nil), l.sent...)
}

// Uploads lists the scans that were sent.
func (l *Wire) Uploads() []Request {
	var out []Request
	for _, r := range l.Requests() {
		if r.Method == http.MethodPost && r.Path == "/v2/facescans" {
			out = append(out, r)
		}
	}
	return out
}

// At turns an address of the server into the same address through the proxy.
func (l *Wire) At(address string) string {
	return strings.Replace(address, l.server, l.URL, 1)
}
