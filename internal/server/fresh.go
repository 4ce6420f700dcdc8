package server

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// fresh are the connections on which no request has been read yet. The HTTP server closes them when
// it shuts down, even if their client has begun to send a request, so a stopping server waits for them first.
type fresh struct{ accepted sync.Map } // a net.Conn to the time.Time when it was accepted

type connKey struct{}

// opened is the ConnContext of an HTTP server.
func (f *fresh) opened(ctx context.Context, c net.Conn) context.Context {
	f.accepted.Store(c, time.Now())
	return context.WithValue(ctx, connKey{}, c)
}

// changed is the ConnState of an HTTP server.
func (f *fresh) changed(c net.Conn, to http.ConnState) {
	if to == http.StateClosed || to == http.StateHijacked {
		f.accepted.Delete(c)
	}
}

// begun notes that the request with this context has been read.
func (f *fresh) begun(ctx context.Context) { f.accepted.Delete(ctx.Value(connKey{})) }

// wait waits until each connection has brought a request, has been closed, or is older than the given time.
func (f *fresh) wait(ctx context.Context, longest time.Duration) {
	for f.any(longest) && ctx.Err() == nil {
		time.Sleep(5 * time.Millisecond)
	}
}

func (f *fresh) any(longest time.Duration) (found bool) {
	f.accepted.Range(func(_, at any) bool {
		found = time.Since(at.(time.Time)) < longest
		return !found
	})
	return found
}
