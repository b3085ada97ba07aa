package gateway

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A connLimit is a listener with so many connections at a time. It learns of
// their end by http.Server's ConnState rather than by wrapping them, which
// would take sendfile from them. A hijacked connection counts no more.
type connLimit struct {
	net.Listener
	slots chan struct{}
	last  atomic.Bool // accept nothing more
	ended atomic.Bool // no request after this one on any connection

	closed chan struct{}
	close  sync.Once

	mu   sync.Mutex
	idle map[net.Conn]bool // after an answer
	mute map[net.Conn]bool // before the first request
}

func newConnLimit(l net.Listener, n int) *connLimit {
	return &connLimit{
		Listener: l,
		slots:    make(chan struct{}, n),
		closed:   make(chan struct{}),
		idle:     map[net.Conn]bool{},
		mute:     map[net.Conn]bool{},
	}
}

// Accept waits for a slot first: whoever is over the limit stays in the
// kernel's queue instead of being turned away.
func (l *connLimit) Accept() (net.Conn, error) {
	if !l.take() {
		return nil, net.ErrClosed
	}
	if l.last.Load() {
		<-l.closed
		<-l.slots
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		if !l.ended.Load() {
			l.shed() // it may have failed for want of a descriptor
		}
	}
	return c, err
}

// take waits for a slot. Connections may become idle meanwhile.
func (l *connLimit) take() bool {
	for {
		if l.full() {
			l.shed()
		}
		select {
		case l.slots <- struct{}{}:
			return true
		case <-l.closed:
			return false
		case <-time.After(shedPause):
		}
	}
}

// shedPause is how often idle connections are looked for while one waits.
const shedPause = 10 * time.Millisecond

func (l *connLimit) Close() error {
	l.close.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// end stops accepting; every connection ends with its next answer.
func (l *connLimit) end() {
	l.ended.Store(true)
	_ = l.Close()
}

// none reports whether every connection has ended.
func (l *connLimit) none() bool { return len(l.slots) == 0 }

func (l *connLimit) full() bool { return len(l.slots) == cap(l.slots) }

// shed ends the connections that wait for a request, so that idle clients do
// not keep out busy ones. It does not close them: net/http may just have read a
// request, and then forgets the deadline.
func (l *connLimit) shed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.idle {
		if !readable(c) {
			_ = c.SetReadDeadline(time.Unix(1, 0))
		}
	}
}

// silence closes the connections that have not sent a request yet.
func (l *connLimit) silence() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.mute {
		_ = c.Close()
	}
}

// state is http.Server's ConnState hook.
func (l *connLimit) state(c net.Conn, s http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.idle, c)
	delete(l.mute, c)
	switch s {
	case http.StateNew:
		l.mute[c] = true
	case http.StateIdle:
		l.idle[c] = true
	case http.StateActive:
		_ = c.SetReadDeadline(time.Time{}) // shed may have set one
	case http.StateClosed, http.StateHijacked:
		<-l.slots
	}
}

// yield ends keep-alive while the limit is reached, and in a drain.
func (l *connLimit) yield(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.full() || l.ended.Load() {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}

// flight counts the requests whose handler runs.
type flight struct{ n atomic.Int64 }

func (f *flight) busy() bool { return f.n.Load() > 0 }

func (f *flight) count(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.n.Add(1)
		defer f.n.Add(-1)
		h.ServeHTTP(w, r)
	})
}
