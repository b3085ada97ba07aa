package gateway

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// limits are the deadlines of a connection. Only tests change them.
type limits struct {
	head  time.Duration // for a complete head
	idle  time.Duration // between two requests, and between two pieces of a body
	write time.Duration // for each write
	drain time.Duration // for the rest of a body that nobody reads
}

var usualLimits = limits{head: 10 * time.Second, idle: 75 * time.Second, write: 60 * time.Second, drain: 5 * time.Second}

// A peer is a web server's connection, as the socketServer looks at it.
type peer interface {
	run()                         // returns when the connection is closed and its handler has returned
	idleSince() (time.Time, bool) // false: a request is under way
	retire()                      // close now if idle
	drain()                       // no request after this one; close now if idle
	Close() error
}

// A socketServer accepts connections for fcgi and scgi, and drains them.
type socketServer struct {
	config
	limits
	newPeer func(s *socketServer, c net.Conn) peer
	base    context.Context // of all requests; ends when a drain takes too long
	stop    context.CancelFunc

	slots   chan struct{} // one for each connection
	waiting atomic.Bool   // a connection waits for a slot: others should not become idle
	wg      sync.WaitGroup
	mu      sync.Mutex
	peers   map[peer]struct{}
}

// serveSocket is the serve of a Transport that has sockets.
func serveSocket(ctx context.Context, l net.Listener, c config, lim limits, newPeer func(*socketServer, net.Conn) peer) error {
	if c.once {
		c.maxConns = 1
	}
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s := &socketServer{
		config: c, limits: lim, newPeer: newPeer, base: base, stop: stop,
		slots: make(chan struct{}, max(1, c.maxConns)),
		peers: map[peer]struct{}{},
	}
	unhook := context.AfterFunc(ctx, func() { s.endAccept(l) })
	defer unhook()
	err := s.accept(ctx, l)
	_ = l.Close()
	return errors.Join(err, s.drain(cut))
}

// backlogTime is how long connections are still accepted that the kernel took
// before the end.
const backlogTime = 10 * time.Millisecond

func (s *socketServer) endAccept(l net.Listener) {
	d, ok := l.(interface{ SetDeadline(time.Time) error })
	if ok && !s.once && d.SetDeadline(time.Now().Add(backlogTime)) == nil {
		return
	}
	_ = l.Close()
}

// accept serves connections until ctx ends.
func (s *socketServer) accept(ctx context.Context, l net.Listener) error {
	const first, last = 5 * time.Millisecond, time.Second
	for wait := first; ; {
		c, err := l.Accept()
		switch {
		case err == nil:
			wait = first
			s.admit(ctx, c)
		case ctx.Err() != nil:
			return nil
		case !passing(err):
			return err
		default:
			s.log.Warn("accept", "error", err, "retry", wait)
			s.closeIdle()
			pause(ctx, wait)
			wait = min(2*wait, last)
		}
	}
}

// passing reports whether an accept error can pass by itself: descriptors or
// memory are short, or the web server has gone away.
func passing(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary() || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// admit waits for a slot. An idle connection has to make room for one with
// work.
func (s *socketServer) admit(ctx context.Context, c net.Conn) {
	select {
	case s.slots <- struct{}{}:
	default:
		s.waiting.Store(true)
		if !s.makeRoom(ctx) {
			_ = c.Close()
			return
		}
		s.waiting.Store(false)
	}
	p := s.newPeer(s, c)
	s.mu.Lock()
	s.peers[p] = struct{}{}
	s.mu.Unlock()
	if ctx.Err() != nil {
		p.drain() // it still gets an answer
	}
	s.wg.Go(func() {
		p.run()
		s.mu.Lock()
		delete(s.peers, p)
		s.mu.Unlock()
		<-s.slots
	})
}

// makeRoom closes idle connections until there is a slot. The oldest of them may
// get a request just then.
func (s *socketServer) makeRoom(ctx context.Context) bool {
	for {
		s.closeOldest()
		select {
		case s.slots <- struct{}{}:
			return true
		case <-ctx.Done():
			return false
		case <-time.After(roomPause):
		}
	}
}

const roomPause = 10 * time.Millisecond

func (s *socketServer) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.peers {
		p.retire()
	}
}

func (s *socketServer) closeOldest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var oldest peer
	var least time.Time
	for p := range s.peers {
		if t, idle := p.idleSince(); idle && (oldest == nil || t.Before(least)) {
			oldest, least = p, t
		}
	}
	if oldest != nil {
		oldest.retire()
	}
}

// drain waits for the requests in flight.
func (s *socketServer) drain(cut context.CancelFunc) error {
	s.each(peer.drain)
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-time.After(s.shutdown):
	}
	cut()
	s.each(func(p peer) { _ = p.Close() })
	return overdue(s.shutdown)
}

func (s *socketServer) each(f func(peer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.peers {
		f(p)
	}
}

// answered is called after each request.
func (s *socketServer) answered() {
	if s.once {
		s.stop()
	}
}

// freshTime is how long a new connection may stay silent while draining: a
// web server connects and writes at once.
const freshTime = time.Second

// closeWrite tells the web server that the answer is complete, while its
// request may still come in.
func closeWrite(c net.Conn) {
	if w, ok := c.(interface{ CloseWrite() error }); ok {
		_ = w.CloseWrite()
		return
	}
	_ = c.Close()
}

const readSize = 8 << 10

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, readSize) }}

func newReader(c net.Conn) *bufio.Reader {
	br := readers.Get().(*bufio.Reader)
	br.Reset(c)
	return br
}

func freeReader(br *bufio.Reader) {
	br.Reset(nil)
	readers.Put(br)
}
