package httpapi

import (
	"net/http"
	"time"
)

// answerTime is how long a client may take to read a response, or each part of an export.
const answerTime = time.Minute

// LimitClientTime limits the time of the client, and not that of the server: the server works on a request for as long as its client waits.
// The time for the response begins with the response. Once a body has been read, no deadline for reading it counts any more:
// net/http goes on reading from an HTTP/1 connection to notice when the client leaves, and would mistake the end of
// that deadline for it. LimitClientTime runs inside [DrainBody].
func LimitClientTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := r.Body.(*watched)
		t := &timed{ResponseWriter: w, reads: r.ProtoMajor != 1 || body != nil, body: body}
		// A connection without deadlines (a test's recorder) returns an error, which does not matter.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		next.ServeHTTP(t, r)
		t.begin()
	})
}

// timed is a response whose time begins with it.
type timed struct {
	http.ResponseWriter
	reads bool     // there may be a body to read
	body  *watched // of a request over HTTP/1
	begun bool
}

func (t *timed) begin() {
	if !t.begun {
		t.begun = true
		_ = http.NewResponseController(t.ResponseWriter).SetWriteDeadline(time.Now().Add(answerTime))
	}
}

func (t *timed) WriteHeader(status int) {
	t.begin()
	t.ResponseWriter.WriteHeader(status)
}

func (t *timed) Write(b []byte) (int, error) {
	t.begin()
	return t.ResponseWriter.Write(b)
}

func (t *timed) SetReadDeadline(at time.Time) error {
	if !t.reads || t.body != nil && t.body.ended {
		return nil
	}
	return http.NewResponseController(t.ResponseWriter).SetReadDeadline(at)
}

// Unwrap lets http.ResponseController reach the connection.
func (t *timed) Unwrap() http.ResponseWriter { return t.ResponseWriter }
