package httpapi

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
)

// However long the server works on a request, its client gets the whole response and is not counted as one that left: over
// HTTP/1.1 and HTTP/2, with and without a body, and between the parts of an export. The clock is simulated.
func TestSlowWorkIsAnswered(t *testing.T) {
	const work = 10 * time.Minute // the server's deadlines are shorter, as in internal/server
	ended := func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(work):
			fmt.Fprint(w, "the whole")
		case <-r.Context().Done():
			writeProblem(w, problemFrom(r.Context(), r.Context().Err()))
		}
	}
	text := func() io.Reader { return strings.NewReader("{}") }
	chunks := func() io.Reader { return io.MultiReader(text()) } // without a length
	for _, c := range []struct {
		name    string
		body    func() io.Reader // nil: none
		handler http.HandlerFunc
	}{
		{"no body", nil, ended},
		{"a body that is read", text, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			ended(w, r)
		}},
		{"a body that is not read", text, ended},
		// As huma sets it, if the body was already read for its Idempotency-Key, or if there is none.
		{"a deadline for a body that has been read", text, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			_ = huma.SetReadDeadline(w, time.Now().Add(15*time.Second))
			ended(w, r)
		}},
		{"a deadline for a chunked body that has been read", chunks, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			_ = huma.SetReadDeadline(w, time.Now().Add(15*time.Second))
			ended(w, r)
		}},
		{"a deadline for no body", nil, func(w http.ResponseWriter, r *http.Request) {
			_ = huma.SetReadDeadline(w, time.Now().Add(15*time.Second))
			ended(w, r)
		}},
		{"between the parts of an export", nil, func(w http.ResponseWriter, r *http.Request) {
			stream(r.Context(), ndjsonType, "a", func(to io.Writer) error {
				for _, part := range []string{"the ", "who", "le"} {
					if _, err := io.WriteString(to, part); err != nil {
						return err
					}
					if err := http.NewResponseController(w).Flush(); err != nil {
						return err
					}
					select {
					case <-time.After(work):
					case <-r.Context().Done():
						return r.Context().Err()
					}
				}
				return nil
			}).Body(humachi.NewContext(&huma.Operation{}, r, w))
		}},
	} {
		for _, two := range []bool{false, true} {
			t.Run(c.name+map[bool]string{false: ", HTTP/1.1", true: ", HTTP/2"}[two], func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var counted int
					r := chi.NewRouter()
					r.Use(DrainBody, LimitClientTime, Observe(slog.New(slog.DiscardHandler), func(_, _ string, status int, _ time.Duration) { counted = status }))
					r.HandleFunc("/", c.handler)
					protocols := new(http.Protocols)
					protocols.SetHTTP1(!two)
					protocols.SetUnencryptedHTTP2(two)
					pipes := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
					s := &http.Server{Handler: r, Protocols: protocols, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute}
					served := make(chan struct{})
					go func() { _ = s.Serve(pipes); close(served) }()
					client := &http.Transport{Protocols: protocols, DialContext: func(context.Context, string, string) (net.Conn, error) { return pipes.dial(), nil }}
					method, body := http.MethodGet, io.Reader(nil)
					if c.body != nil {
						method, body = http.MethodPost, c.body()
					}
					req, err := http.NewRequestWithContext(t.Context(), method, "http://blush.example/", body)
					if err != nil {
						t.Fatal(err)
					}
					resp, err := client.RoundTrip(req)
					if err != nil {
						t.Error(err)
					} else {
						got, err := io.ReadAll(resp.Body)
						resp.Body.Close()
						if err != nil || resp.StatusCode != http.StatusOK || string(got) != "the whole" {
							t.Errorf("%d, %q, %v", resp.StatusCode, got, err)
						}
					}
					client.CloseIdleConnections()
					_ = s.Close()
					<-served
					synctest.Wait()
					if counted != http.StatusOK {
						t.Errorf("counted as %d", counted)
					}
				})
			})
		}
	}
}

// A client that does not read its response, or does not send its body, is still cut off after its time.
func TestClientsHaveTheirTime(t *testing.T) {
	for _, c := range []struct {
		name, sent string
		handler    http.HandlerFunc
	}{
		{"to read", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				_, _ = w.Write(make([]byte, 1<<16))
			}
		}},
		{"to send", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{", func(w http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(r.Body)
			writeProblem(w, problemFrom(r.Context(), err))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seen := make(chan int, 1)
				pipes := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
				s := &http.Server{ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, Handler: DrainBody(LimitClientTime(Observe(slog.New(slog.DiscardHandler),
					func(_, _ string, status int, _ time.Duration) { seen <- status })(c.handler)))}
				served := make(chan struct{})
				go func() { _ = s.Serve(pipes); close(served) }()
				begun := time.Now()
				conn := pipes.dial()
				if _, err := conn.Write([]byte(c.sent)); err != nil {
					t.Fatal(err)
				}
				if got := <-seen; got != Left {
					t.Errorf("counted as %d", got)
				}
				if took := time.Since(begun); took > 2*time.Minute {
					t.Errorf("held for %v", took)
				}
				conn.Close()
				_ = s.Close()
				<-served
			})
		})
	}
}

// pipeListener listens for connections within the process, which a simulated clock needs.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- server
	return client
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error { close(l.closed); return nil }

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{} }
