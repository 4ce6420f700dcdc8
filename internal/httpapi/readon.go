package httpapi

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// How much of a body is still read after its response, and for how long.
const (
	readOnBytes = 64 << 20
	readOnTime  = 30 * time.Second
)

// ReadOn reads what a client still sends after its request has been answered. Closing the
// connection with unread data would reset it, and a client of HTTP/1 that sends everything
// before it reads would never see why it was refused.
func ReadOn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 || r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		rc := http.NewResponseController(w)
		// A connection that cannot do so (a test's recorder) has nobody to lose an answer.
		duplex := rc.EnableFullDuplex() == nil
		body := &watched{ReadCloser: r.Body}
		seen := r.WithContext(r.Context()) // the server looks at r.Body itself
		seen.Body = body
		next.ServeHTTP(w, seen)
		waits := strings.EqualFold(r.Header.Get("Expect"), "100-continue") && !body.begun // it will not send
		if !duplex || body.ended || waits || rc.Flush() != nil {
			return
		}
		_ = rc.SetReadDeadline(time.Now().Add(readOnTime))
		_, _ = io.CopyN(io.Discard, r.Body, readOnBytes) // an error means that the client has gone
	})
}

// watched knows how far a body was read. The server closes the body at the end.
type watched struct {
	io.ReadCloser
	begun, ended bool
}

func (b *watched) Read(p []byte) (int, error) {
	b.begun = true
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || errors.Is(err, io.EOF)
	return n, err
}

func (b *watched) Close() error { return nil }
