package httpapi

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// A request that a stopping server cuts off gets a 503, and its client is not counted as left.
func TestStoppedRequests(t *testing.T) {
	begun := make(chan bool)
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		status  int
	}{
		{"it waits", func(w http.ResponseWriter, r *http.Request) {
			begun <- true
			<-r.Context().Done()
			writeProblem(w, problemFrom(r.Context(), r.Context().Err()))
		}, http.StatusServiceUnavailable},
		{"it is being exported", func(w http.ResponseWriter, r *http.Request) {
			stream(r.Context(), ndjsonType, "a", func(io.Writer) error {
				begun <- true
				<-r.Context().Done()
				return r.Context().Err()
			}).Body(humachi.NewContext(&huma.Operation{}, r, w))
		}, CutOff},
	} {
		for _, two := range []bool{false, true} {
			t.Run(c.name+map[bool]string{false: ", HTTP/1.1", true: ", HTTP/2"}[two], func(t *testing.T) {
				base, stop := context.WithCancelCause(context.Background())
				counted := make(chan int, 1)
				s := httptest.NewUnstartedServer(Observe(slog.New(slog.DiscardHandler), func(_, _ string, status int, _ time.Duration) { counted <- status })(c.handler))
				s.Config.BaseContext = func(net.Listener) context.Context { return base }
				s.EnableHTTP2 = two
				s.StartTLS()
				defer s.Close()
				answered := make(chan *http.Response, 1)
				go func() {
					resp, err := s.Client().Get(s.URL)
					if err != nil {
						resp = &http.Response{}
					} else {
						resp.Body.Close()
					}
					answered <- resp
				}()
				<-begun
				stop(ErrStopped)
				if got := <-counted; got != c.status {
					t.Errorf("counted as %d, want %d", got, c.status)
				}
				if resp := <-answered; c.status != CutOff && (resp.StatusCode != c.status || resp.Header.Get("Retry-After") == "") {
					t.Errorf("answered with %d, %v", resp.StatusCode, resp.Header)
				}
			})
		}
	}
}
