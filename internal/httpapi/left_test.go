package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"blush.example/blush/internal/blush"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
)

// A client that leaves before its response is complete, over HTTP/1.1 or HTTP/2, is not the server's fault: it is
// counted as left and logged as information. What the server itself cuts off stays an error, and the client sees it.
func TestClientsThatLeave(t *testing.T) {
	begun := make(chan bool)
	streaming := func(write func(io.Writer) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			stream(r.Context(), ndjsonType, "a", write).Body(humachi.NewContext(&huma.Operation{}, r, w))
		}
	}
	waiting := func(fault func(error) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			begun <- true
			<-r.Context().Done()
			writeProblem(w, problemFrom(r.Context(), fault(r.Context().Err())))
		}
	}
	part := bytes.Repeat([]byte("x"), 1<<16)
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		body    bool // the client sends a part of a body and no more
		stays   bool
		status  int
		level   string
	}{
		{"while a file is sent", streaming(func(w io.Writer) error {
			begun <- true
			for {
				if _, err := w.Write(part); err != nil {
					return err
				}
			}
		}), false, false, Left, "INFO"},
		{"while the server waits for its database", waiting(func(err error) error { return err }), false, false, Left, "INFO"},
		{"while the server waits for its bucket", waiting(func(err error) error {
			return &blush.Error{Kind: blush.Unavailable, Message: "The bucket does not answer.", Cause: err}
		}), false, false, Left, "INFO"},
		{"while it sends", func(w http.ResponseWriter, r *http.Request) {
			begun <- true
			_, err := io.ReadAll(r.Body)
			writeProblem(w, problemFrom(r.Context(), err))
		}, true, false, Left, "INFO"},
		{"while it sends a video", func(w http.ResponseWriter, r *http.Request) {
			begun <- true
			_, err := readForm(r.Body, "b", 1<<20)
			writeProblem(w, problemFrom(r.Context(), err))
		}, true, false, Left, "INFO"},
		{"by reading no more", func(w http.ResponseWriter, _ *http.Request) {
			if err := http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0)); err != nil {
				t.Error(err)
			}
			for range 100 {
				_, _ = w.Write(part)
			}
		}, false, true, Left, "INFO"},
		{"but stays: the server cuts it off", streaming(func(w io.Writer) error {
			if _, err := w.Write(part); err != nil {
				return err
			}
			return errors.New("a row is damaged")
		}), false, true, CutOff, "ERROR"},
		{"but stays: the server fails within its response", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("{"))
			panic("a row is damaged")
		}, false, true, CutOff, "ERROR"},
	} {
		for _, two := range []bool{false, true} {
			t.Run(c.name+map[bool]string{false: ", HTTP/1.1", true: ", HTTP/2"}[two], func(t *testing.T) {
				log, seen, ended := &logLines{}, make(chan int, 1), make(chan bool)
				r := chi.NewRouter()
				r.Use(func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						defer close(ended)
						next.ServeHTTP(w, r)
					})
				}, DrainBody, Observe(slog.New(slog.NewJSONHandler(log, nil)), func(_, _ string, status int, _ time.Duration) { seen <- status }))
				r.HandleFunc("/", c.handler)
				s := httptest.NewUnstartedServer(r)
				s.EnableHTTP2 = two
				s.StartTLS()
				defer s.Close()
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				method, body := http.MethodGet, io.Reader(nil)
				if c.body {
					reader, writer := io.Pipe()
					method, body = http.MethodPost, reader
					go func() { _, _ = writer.Write(bytes.Repeat([]byte("x\r\n"), 1<<14)) }()
					context.AfterFunc(ctx, func() { writer.CloseWithError(ctx.Err()) })
				}
				req, err := http.NewRequestWithContext(ctx, method, s.URL, body)
				if err != nil {
					t.Fatal(err)
				}
				done := make(chan error, 1)
				go func() {
					resp, err := s.Client().Do(req)
					if err == nil {
						if resp.ProtoMajor == 2 != two {
							t.Error(resp.Proto)
						}
						if c.stays {
							_, err = io.Copy(io.Discard, resp.Body)
						}
						resp.Body.Close()
					}
					done <- err
				}()
				if !c.stays {
					<-begun
					leave()
				}
				if got := <-seen; got != c.status {
					t.Errorf("counted as %d, want %d", got, c.status)
				}
				if err := <-done; c.stays && err == nil {
					t.Error("the client takes the part for a complete response")
				}
				<-ended // with its line in the log
				if !strings.Contains(log.String(), `"level":"`+c.level+`"`) || strings.Contains(log.String(), `"client_left":true`) != (c.status == Left) {
					t.Errorf("logged %s", log.String())
				}
				if strings.Contains(log.String(), "->127.0.0.1") {
					t.Errorf("the log has the client's address: %s", log.String())
				}
			})
		}
	}
}

// logLines is a log that may be read while it is written.
type logLines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A body whose transfer coding is broken is the client's mistake.
func TestBrokenChunks(t *testing.T) {
	log := &logLines{}
	s := httptest.NewServer(Observe(slog.New(slog.NewJSONHandler(log, nil)), nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := readDecoded(r.Body, "")
		writeProblem(w, problemFrom(r.Context(), err))
	})))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\nnot a size\r\n")); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(got), "400 Bad Request") || !strings.Contains(string(got), "The body cannot be read to its end") {
		t.Errorf("%s, %v", got, err)
	}
	if strings.Contains(log.String(), "ERROR") {
		t.Error(log.String())
	}
}
