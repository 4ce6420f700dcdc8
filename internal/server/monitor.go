package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"blush.example/blush/internal/monitor"
)

// watch is the listener for operators, with Prometheus metrics and pprof. It exists only with Config.Monitor.
type watch struct {
	listener net.Listener
	http     *http.Server
	serving  sync.WaitGroup
}

// newWatch listens at an address, but does not serve yet.
func newWatch(ctx context.Context, address string, m *monitor.Monitor, log *slog.Logger) (*watch, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &MonitorError{err}
	}
	return &watch{listener: l, http: &http.Server{
		Handler: m.Handler(log), ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		WriteTimeout: time.Minute, // a profile adds the time that it takes, at most monitor.LongestProfile
	}}, nil
}

// MonitorError means that the server cannot listen at Config.Monitor.
type MonitorError struct{ cause error }

func (e *MonitorError) Error() string { return e.cause.Error() }
func (e *MonitorError) Unwrap() error { return e.cause }

func (w *watch) start(log *slog.Logger) {
	w.serving.Go(func() {
		if err := w.http.Serve(w.listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the listener for operators failed", "cause", err) // the public one keeps serving
		}
	})
}

// close closes the listener and aborts running profiles.
func (w *watch) close() error {
	err := w.http.Close()
	if e := w.listener.Close(); !errors.Is(e, net.ErrClosed) { // it is still open if it was never served
		err = errors.Join(err, e)
	}
	w.serving.Wait()
	return err
}
