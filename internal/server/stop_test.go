package server

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"blush.example/blush/internal/httpapi"
)

// run runs a server until stop is called. Then ended receives the error of Run.
func run(t *testing.T, s *Server) (stop context.CancelFunc, ended <-chan error) {
	ctx, stop := context.WithCancel(t.Context())
	returned := make(chan error, 1)
	go func() { returned <- s.Run(ctx) }()
	return stop, returned
}

// untilClosed waits until a server has closed its listener.
func untilClosed(s *Server) {
	for {
		c, err := net.Dial("tcp", s.listener.Addr().String())
		if err != nil {
			return
		}
		c.Close()
		time.Sleep(5 * time.Millisecond)
	}
}

// A stopping server reports this at /readyz while it still accepts requests, and cuts off
// no request that has begun.
func TestStop(t *testing.T) {
	passed, asked := make(chan time.Time), make(chan time.Duration, 1)
	s := made(t, Config{TLS: TLS{Plain: true}, StopDelay: time.Hour, Drain: time.Hour})
	s.after = func(d time.Duration) <-chan time.Time { asked <- d; return passed }
	_, keys, err := s.Accounts.CreateCustomer(t.Context(), "Acme")
	if err != nil {
		t.Fatal(err)
	}
	active, changed := make(chan bool, 100), s.http.ConnState // each request that the server has read
	s.http.ConnState = func(c net.Conn, to http.ConnState) {
		if changed(c, to); to == http.StateActive {
			active <- true
		}
	}
	stop, ended := run(t, s)
	call := func(method, path string, body io.Reader) (*http.Response, string) {
		req, err := http.NewRequest(method, s.URL()+path, body)
		if err != nil {
			t.Error(err)
			return nil, ""
		}
		req.Header.Set("x-api-key", keys[0].Text)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Errorf("%s %s: %v", method, path, err)
			return nil, ""
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Errorf("%s %s: %v", method, path, err)
		}
		return resp, string(b)
	}
	if _, text := call("GET", "/readyz", nil); !strings.Contains(text, "ready") {
		t.Fatal(text)
	}
	<-active

	// A request begins before the stop: half of its body is sent.
	body, send := io.Pipe()
	half := make(chan string, 1)
	go func() {
		_, text := call("POST", "/v2/users", body)
		half <- text
	}()
	if _, err := io.WriteString(send, `{"external_user_id":`); err != nil {
		t.Fatal(err)
	}
	<-active
	stop()
	if d := <-asked; d != time.Hour {
		t.Errorf("waits %v", d)
	}
	resp, text := call("GET", "/readyz", nil)
	if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "stopping") || !resp.Close {
		t.Errorf("%d %s, closes: %v", resp.StatusCode, text, resp.Close)
	}
	if resp, text := call("POST", "/v2/users", nil); resp.StatusCode != http.StatusCreated || !resp.Close {
		t.Errorf("while it stops: %d %s, closes: %v", resp.StatusCode, text, resp.Close)
	}
	close(passed)
	untilClosed(s)
	if _, err := io.WriteString(send, `"ada"}`); err != nil {
		t.Fatal(err)
	}
	send.Close()
	if text := <-half; !strings.Contains(text, `"ada"`) {
		t.Errorf("the request that had begun: %s", text)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A request of which a part had arrived when the listener was closed is answered.
func TestStopReadsWhatHasBegun(t *testing.T) {
	s := made(t, Config{TLS: TLS{Plain: true}, Drain: time.Hour})
	s.firstRequestTime, s.http.ReadHeaderTimeout, s.http.ReadTimeout = time.Hour, time.Hour, time.Hour
	stop, ended := run(t, s)
	c, err := net.Dial("tcp", s.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: "); err != nil {
		t.Fatal(err)
	}
	// Connections are accepted in order: after a response on a later one, this one is accepted.
	resp, err := http.Get(s.URL() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	stop()
	untilClosed(s)
	if _, err := io.WriteString(c, "blush\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if resp, err = http.ReadResponse(bufio.NewReader(c), nil); err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !resp.Close {
		t.Errorf("%s, closes: %v", resp.Status, resp.Close)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A request that takes longer than a stopping server waits is cancelled, and its response still reaches the client.
func TestStopCutsOff(t *testing.T) {
	begun := make(chan bool)
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun <- true
		<-r.Context().Done()
		_, _ = io.WriteString(w, context.Cause(r.Context()).Error())
	})
	s := made(t, Config{TLS: TLS{Plain: true}, Drain: time.Nanosecond, Pages: map[string]http.Handler{"/slow": slow}})
	s.cutOffTime = time.Hour
	stop, ended := run(t, s)
	told := make(chan string, 1)
	go func() {
		resp, err := http.Get(s.URL() + "/slow")
		if err != nil {
			told <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			b = []byte(err.Error())
		}
		told <- string(b)
	}()
	<-begun
	stop()
	if got := <-told; got != httpapi.ErrStopped.Error() {
		t.Error(got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
