package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	headLimit = 64 << 10 // bytes of request line and header
	headSlop  = 4 << 10  // net/http adds as much to MaxHeaderBytes
)

// writeTimeout bounds an answer, the upload before it not counted.
const writeTimeout = 60 * time.Second

// HTTP is the transport of net/http, for development, containers, and
// reverse proxies that speak HTTP.
func HTTP() Transport {
	return Transport{name: "http", sockets: true, serve: serveHTTP}
}

func serveHTTP(ctx context.Context, l net.Listener, c config) error {
	s := newHTTP(ctx, l, c)
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(s.conns) }()
	select {
	case err := <-failed:
		return errors.Join(err, s.drain(c.shutdown))
	case <-s.served:
	case <-ctx.Done():
	}
	return s.drain(c.shutdown)
}

// An httpServer is an http.Server that knows what is in flight.
type httpServer struct {
	http.Server
	conns  *connLimit
	flight flight
	served chan struct{} // closed after the request of -once
	mute   time.Duration // how long a drain waits for a first request
}

// newHTTP sets every timeout, for those of http.Server default to none; that
// of the body is in steadyBody. A handler that streams for longer extends its
// WriteTimeout by http.ResponseController.
func newHTTP(ctx context.Context, l net.Listener, c config) *httpServer {
	s := &httpServer{served: make(chan struct{}), mute: time.Second}
	if c.once {
		c.maxConns = 1
		c.handler = s.once(c.handler)
		s.SetKeepAlivesEnabled(false)
	}
	s.conns = newConnLimit(l, c.maxConns)
	s.Handler = s.flight.count(s.conns.yield(sameView(c, l.Addr().Network() == "unix")))
	s.ReadHeaderTimeout = 5 * time.Second
	s.WriteTimeout = writeTimeout // from the end of the header on
	s.IdleTimeout = 75 * time.Second
	s.MaxHeaderBytes = headLimit - headSlop
	s.DisableGeneralOptionsHandler = true // the guard answers OPTIONS *
	s.ErrorLog = slog.NewLogLogger(c.log.Handler(), slog.LevelWarn)
	s.ConnState = s.conns.state
	base := context.WithoutCancel(ctx) // a drain must not cancel what it waits for
	s.BaseContext = func(net.Listener) context.Context { return base }
	return s
}

// drain stops accepting and waits for the requests in flight. Not by Shutdown:
// that drops a request which it finds on a connection that was accepted before.
func (s *httpServer) drain(limit time.Duration) error {
	s.conns.end()
	silence := time.AfterFunc(s.mute, s.conns.silence)
	defer silence.Stop()
	began := time.Now()
	for over := time.After(limit); !s.conns.none(); {
		select {
		case <-over:
			busy := s.flight.busy() // a silent connection is no request
			_ = s.Close()
			if busy {
				return overdue(limit)
			}
			return nil
		case <-time.After(drainTick):
			if time.Since(began) > lastCall {
				s.conns.shed()
			}
		}
	}
	_ = s.Close()
	return nil
}

// drainTick is how often a drain looks what is left.
const drainTick = 5 * time.Millisecond

// once answers the first request and ends the server. One connection is
// served at a time and the next is accepted never, so no other gets in.
func (s *httpServer) once(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.conns.last.Store(true)
		defer close(s.served)
		h.ServeHTTP(w, r)
	})
}
