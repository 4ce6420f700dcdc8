package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// How much of a body is still read after its response, and for how long; and the largest response that is held, in bytes.
const (
	readOnBytes = 64 << 20
	readOnTime  = 30 * time.Second
	mostHeld    = 64 << 10
)

// DrainBody reads what a client still sends after its request has been answered. Closing the
// connection with unread data would reset it, and a client of HTTP/1 that sends everything
// before it reads would never see why it was refused. A client that stops sending when it is
// refused sees at once how long the response is.
func DrainBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 || r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		rc := http.NewResponseController(w)
		// A connection that cannot do so (a test's recorder) loses no response.
		duplex := rc.EnableFullDuplex() == nil
		body := &watched{ReadCloser: r.Body}
		seen := r.WithContext(r.Context()) // the server looks at r.Body itself
		seen.Body = body
		answer := &held{ResponseWriter: w, body: body}
		next.ServeHTTP(answer, seen)
		answer.finish(r.Method)
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

// held keeps the response to a body that is not read to its end until it is complete, so that it has a Content-Length.
// Without one the client could not know where the response ends while the server reads on.
type held struct {
	http.ResponseWriter
	body    *watched
	status  int
	kept    bytes.Buffer
	through bool // it is no longer held
}

func (h *held) WriteHeader(status int) {
	if h.through || h.body.ended || status < http.StatusOK {
		h.through = h.through || status >= http.StatusOK
		h.ResponseWriter.WriteHeader(status)
	} else if h.status == 0 {
		h.status = status
	}
}

func (h *held) Write(b []byte) (int, error) {
	if !h.through && !h.body.ended && h.kept.Len()+len(b) <= mostHeld {
		return h.kept.Write(b)
	}
	if err := h.release(); err != nil {
		return 0, err
	}
	return h.ResponseWriter.Write(b)
}

// FlushError is what http.ResponseController calls.
func (h *held) FlushError() error {
	if err := h.release(); err != nil {
		return err
	}
	return http.NewResponseController(h.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (h *held) Unwrap() http.ResponseWriter { return h.ResponseWriter }

func (h *held) release() error {
	if h.through {
		return nil
	}
	h.through = true
	if h.status != 0 {
		h.ResponseWriter.WriteHeader(h.status)
	}
	if h.kept.Len() == 0 {
		return nil
	}
	_, err := h.ResponseWriter.Write(h.kept.Bytes())
	return err
}

// finish sends what is held, with its length.
func (h *held) finish(method string) {
	if !h.through && h.kept.Len() > 0 && method != http.MethodHead {
		h.Header().Set("Content-Length", strconv.Itoa(h.kept.Len()))
	}
	_ = h.release() // an error means that the client has gone
}
