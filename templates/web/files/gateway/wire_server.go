package gateway

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
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

// A socketRequest is a request whose head is complete, while its body may
// still be coming in.
type socketRequest struct {
	exchange
	body   *body // nil if there is none
	cancel context.CancelFunc
}

// open makes the request out of its variables, or refuses it with a status.
func (x *socketRequest) open(s *socketServer, out sink, vars variables, refused int) {
	var ctx context.Context
	ctx, x.cancel = context.WithCancel(s.base)
	x.response.start(out)
	if x.refused = refused; refused != 0 {
		return
	}
	if err := x.parse(ctx, vars); err != nil {
		s.log.Warn("bad request", "error", err)
		x.refused = http.StatusBadRequest
	}
}

// expect prepares for a body of that length, -1 if nobody knows.
func (x *socketRequest) expect(length int64) {
	x.request.ContentLength, x.request.Body, x.body = length, http.NoBody, nil
	if length != 0 {
		x.body = newBody(length)
		x.request.Body = x.body
	}
}

// serve answers. It reports whether the answer is complete.
func (x *socketRequest) serve(s *socketServer) bool {
	complete, _ := x.answer(s.handler, s.log)
	x.cancel()
	_ = x.body.Close()
	return complete
}

// stop ends the request early; the handler finds out by its context, or by
// reading the body.
func (x *socketRequest) stop(err error) {
	x.cancel()
	x.body.finish(err)
}

func (x *socketRequest) SetReadDeadline(t time.Time) error { return x.body.SetReadDeadline(t) }

// A body is a request's body between the goroutine that reads the connection
// and the handler. It holds one block, while there is something in it; beyond
// that the connection is not read, and the web server has to wait. A nil body
// drops what it is fed.
type body struct {
	mu      sync.Mutex
	changed sync.Cond
	buf     *block
	off     int   // read up to here
	left    int64 // bytes to come by CONTENT_LENGTH, -1 if unknown
	err     error // of Read, when buf is empty
	timer   *time.Timer
	late    bool // the read deadline has passed
	closed  bool // nobody reads any more: what comes is dropped
}

func newBody(length int64) *body {
	b := &body{left: length}
	b.changed.L = &b.mu
	return b
}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		switch {
		case b.closed:
			return 0, os.ErrClosed
		case b.late:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case b.buf != nil:
			return b.take(p), nil
		case b.err != nil:
			return 0, b.err
		}
		b.changed.Wait()
	}
}

func (b *body) take(p []byte) int {
	n := copy(p, b.buf.text()[b.off:])
	if b.off += n; b.off == len(b.buf.text()) {
		b.drop()
		b.changed.Broadcast()
	}
	return n
}

func (b *body) drop() {
	b.buf.free()
	b.buf, b.off = nil, 0
}

// feed adds what came from the web server, and waits for room. Bytes beyond
// CONTENT_LENGTH are dropped.
func (b *body) feed(p []byte) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left >= 0 {
		p = p[:min(int64(len(p)), b.left)]
		b.left -= int64(len(p))
	}
	for len(p) > 0 && !b.closed && b.err == nil {
		if b.buf == nil {
			b.buf = newBlock()
		}
		n := min(len(p), blockSize-len(*b.buf))
		if n == 0 {
			b.changed.Wait()
			continue
		}
		*b.buf = append(*b.buf, p[:n]...)
		p = p[n:]
		b.changed.Broadcast()
	}
	if b.left == 0 {
		b.end(io.EOF)
	}
}

// finish says that nothing more comes, because of err or io.EOF.
func (b *body) finish(err error) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == io.EOF && b.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	b.end(err)
}

func (b *body) end(err error) {
	if b.err == nil {
		b.err = err
		b.changed.Broadcast()
	}
}

// Close drops the rest of the body.
func (b *body) Close() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	if b.timer != nil {
		b.timer.Stop()
	}
	b.drop()
	b.changed.Broadcast()
	return nil
}

// SetReadDeadline is http.ResponseController's: no Read waits longer.
func (b *body) SetReadDeadline(t time.Time) error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timer != nil {
		b.timer.Stop()
	}
	b.late = false
	if t.IsZero() || b.closed {
		return nil
	}
	var timer *time.Timer
	timer = time.AfterFunc(time.Until(t), func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.timer == timer {
			b.late = true
			b.changed.Broadcast()
		}
	})
	b.timer = timer
	return nil
}
