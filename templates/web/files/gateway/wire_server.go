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

const (
	freshCall  = time.Second            // how long a new connection may be silent in a drain: web servers write at once
	shortCall  = time.Millisecond       // how long a request may be late, because it may come just as the time is up
	watchDelay = 10 * time.Millisecond  // how long a handler runs unwatched: most are done by then
	drainPause = 200 * time.Millisecond // how long the rest of a body may stand still once the answer has begun
)

// A wireServer accepts web servers' connections for FastCGI and SCGI, and
// drains them.
type wireServer struct {
	*server
	limits
	listener *listener
	run      func(*wireConn) // serves a connection, in a goroutine of its own
	base     context.Context // of all requests; it ends when a drain takes too long

	draining atomic.Bool
	wg       sync.WaitGroup
	mu       sync.Mutex
	conns    map[*wireConn]struct{}
}

// serveWire is the serve of a Transport that has connections.
func serveWire(ctx context.Context, l *listener, srv *server, lim limits, run func(*wireConn)) error {
	base, cut := context.WithCancel(srv.base)
	defer cut()
	s := &wireServer{server: srv, limits: lim, listener: l, run: run, base: base, conns: map[*wireConn]struct{}{}}
	unhook := context.AfterFunc(ctx, func() {
		s.draining.Store(true)
		l.retire()
		s.each(func(c *wireConn) { c.hurry(lastCall) })
	})
	defer unhook()
	err := s.accept(ctx)
	if ctx.Err() == nil {
		s.draining.Store(true)
		s.each(func(c *wireConn) { c.hurry(0) })
	}
	_ = l.Close()
	return errors.Join(err, s.drain(cut))
}

// accept serves connections until ctx ends and no more of them wait.
func (s *wireServer) accept(ctx context.Context) error {
	const first, last = 5 * time.Millisecond, time.Second
	for wait := first; ; {
		c, err := s.listener.Accept()
		switch {
		case err == nil:
			wait = first
			s.admit(c)
		case ctx.Err() != nil:
			return nil
		case !passes(err):
			return err
		default:
			s.Log.Warn("accept", "error", err, "retry", wait)
			s.each(func(c *wireConn) { c.hurry(shortCall) }) // what is idle holds a descriptor
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
			wait = min(2*wait, last)
		}
	}
}

// passes reports whether an accept error passes by itself, because descriptors
// or memory are short or the web server has gone away.
func passes(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary() || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

func (s *wireServer) admit(c net.Conn) {
	w := newWireConn(s, c)
	s.mu.Lock()
	s.conns[w] = struct{}{}
	s.mu.Unlock()
	s.wg.Go(func() {
		defer w.end() // also when a handler ends its goroutine
		s.run(w)
	})
}

func (s *wireServer) each(f func(*wireConn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		f(c)
	}
}

// drain waits for the requests in flight, and cuts those that take too long.
func (s *wireServer) drain(cut context.CancelFunc) error {
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-time.After(s.ShutdownTimeout):
	}
	cut()
	s.each(func(c *wireConn) { _ = c.Close() })
	return s.overdue()
}

// A wireConn is a web server's connection. One goroutine reads its requests
// and runs their handlers, which read the bodies themselves.
type wireConn struct {
	net.Conn
	s      *wireServer
	br     *bufio.Reader
	served bool

	write sync.Mutex // held for a write

	mu       sync.Mutex
	readBy   time.Time     // the deadline of the reads that follow; zero means none
	pause    time.Duration // the most that one of them may take; zero means no limit
	bodyBy   time.Time     // the handler's own deadline
	writeBy  time.Time     // the handler's own, if writeSet
	writeSet bool
	idle     bool         // between two requests
	request  *wireRequest // that is watched
	watcher  *time.Timer
	watched  chan struct{} // receives when the watcher has returned
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 8<<10) }}

func newWireConn(s *wireServer, c net.Conn) *wireConn {
	w := &wireConn{Conn: c, s: s, br: readers.Get().(*bufio.Reader)}
	w.br.Reset(w)
	return w
}

func (c *wireConn) end() {
	_ = c.Close()
	c.unwatch()
	c.br.Reset(nil)
	readers.Put(c.br)
	c.s.mu.Lock()
	delete(c.s.conns, c)
	c.s.mu.Unlock()
	c.s.listener.release()
}

// Read is for br only. The deadline is set for each read, because most requests
// come in one.
func (c *wireConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	by := c.readBy
	if c.pause > 0 {
		if end := time.Now().Add(c.pause); by.IsZero() || end.Before(by) {
			by = end
		}
	}
	err := c.SetReadDeadline(by)
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// until limits the reads that follow: all of them, and each.
func (c *wireConn) until(by time.Time, pause time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readBy, c.pause = by, pause
}

// hurry shortens the wait of an idle connection; a new one keeps its time.
func (c *wireConn) hurry(most time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := c.patience()
	if c.served {
		wait = min(wait, most)
	}
	if by := time.Now().Add(wait); c.idle && by.Before(c.readBy) {
		c.readBy = by
		_ = c.SetReadDeadline(by)
	}
}

// patience is how long a connection may be idle from now on.
func (c *wireConn) patience() time.Duration {
	switch draining := c.s.draining.Load(); {
	case draining && !c.served:
		return freshCall
	case draining:
		return lastCall
	case !c.served:
		return c.s.head
	}
	return c.s.idle
}

// awaitRequest waits for the first byte of a request. After that there is a
// limited time for its head.
func (c *wireConn) awaitRequest(most time.Duration) error {
	c.mu.Lock()
	c.idle, c.writeSet, c.bodyBy = true, false, time.Time{}
	c.readBy, c.pause = time.Now().Add(min(c.patience(), most)), 0
	c.mu.Unlock()
	_, err := c.br.Peek(1)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.until(time.Now().Add(shortCall), 0)
		_, err = c.br.Peek(1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle, c.served = false, true
	c.readBy = time.Now().Add(c.s.head)
	return err
}

// send writes under the handler's deadline, or the usual one.
func (c *wireConn) send(p []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	c.mu.Lock()
	by := c.writeBy
	if !c.writeSet {
		by = time.Now().Add(c.s.limits.write)
	}
	err := c.SetWriteDeadline(by)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	_, err = c.Write(p)
	return err
}

// watch begins, in a moment, to look at what comes from the web server while
// the handler runs. Nothing else may be read then.
func (c *wireConn) watch(x *wireRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.request != nil {
		return
	}
	c.request = x
	if c.watched == nil {
		c.watched = make(chan struct{}, 1)
		c.watcher = time.AfterFunc(watchDelay, c.runWatcher)
	} else {
		c.watcher.Reset(watchDelay)
	}
}

func (c *wireConn) runWatcher() {
	c.mu.Lock()
	c.readBy, c.pause = time.Time{}, 0
	x := c.request
	c.mu.Unlock()
	if x != nil {
		if err := x.wire.look(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			x.cancel()
		}
	}
	c.watched <- struct{}{}
}

// unwatch returns when the watcher does not read any more.
func (c *wireConn) unwatch() {
	c.mu.Lock()
	if c.request == nil {
		c.mu.Unlock()
		return
	}
	c.request = nil
	begun := !c.watcher.Stop()
	if begun {
		c.interrupt()
	}
	c.mu.Unlock()
	if begun {
		<-c.watched
	}
}

// interrupt ends a read; it needs mu.
func (c *wireConn) interrupt() {
	c.readBy, c.pause = time.Unix(1, 0), 0
	_ = c.SetReadDeadline(c.readBy)
}

// linger waits for the web server to close after the whole answer, while the
// rest of its request may still come in.
func (c *wireConn) linger() {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); !ok || w.CloseWrite() != nil {
		return
	}
	c.until(time.Now().Add(c.s.limits.drain), 0)
	_, _ = io.Copy(io.Discard, c.br)
}

// A wireRequest is an exchange over a connection.
type wireRequest struct {
	exchange
	conn   *wireConn
	wire   wire
	cancel context.CancelFunc
	body   wireBody
}

// A wire is what a protocol does for a request.
type wire interface {
	sink
	io.Reader    // of the body, up to its end
	look() error // waits for what ends the connection or the request
}

// open makes the request out of its variables, or refuses it with a status.
func (x *wireRequest) open(c *wireConn, w wire, vars variables, refused int) {
	var ctx context.Context
	ctx, x.cancel = context.WithCancel(c.s.base)
	x.conn, x.wire, x.refused = c, w, refused
	x.response.start(w)
	if refused != 0 {
		return
	}
	if err := x.parse(ctx, vars); err != nil {
		c.s.Log.Warn("bad request", "error", err)
		x.refused = http.StatusBadRequest
	}
}

// serve answers a request with a body of so many bytes, -1 if nobody knows. It
// reports whether the answer is complete.
func (x *wireRequest) serve(length int64) bool {
	x.body.x, x.body.left, x.request.ContentLength = x, length, length
	if length != 0 {
		x.request.Body = &x.body
	} else {
		x.conn.watch(x)
	}
	defer x.cancel()
	defer x.leave()
	complete, _ := x.answer(x.conn.s.handler, x.conn.s.Log)
	return complete
}

// leave ends all reading for the handler, which has returned, but may have left
// behind a goroutine that reads.
func (x *wireRequest) leave() {
	if !x.body.mu.TryLock() {
		x.conn.mu.Lock()
		x.conn.interrupt()
		x.conn.mu.Unlock()
		x.body.mu.Lock()
	}
	x.body.closed = true
	x.body.mu.Unlock()
	x.conn.unwatch()
}

func (x *wireRequest) SetReadDeadline(t time.Time) error {
	c := x.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodyBy, c.readBy = t, t
	return c.SetReadDeadline(t)
}

func (x *wireRequest) SetWriteDeadline(t time.Time) error {
	c := x.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeBy, c.writeSet = t, true
	return c.SetWriteDeadline(t)
}

// A wireBody is a request's body, which its handler reads from the connection.
type wireBody struct {
	x      *wireRequest
	mu     sync.Mutex // held for a read
	left   int64      // bytes to come by CONTENT_LENGTH, -1 if unknown
	err    error      // of all further reads
	closed bool
}

func (b *wireBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, http.ErrBodyReadAfterClose
	case b.err != nil || len(p) == 0:
		return 0, b.err
	case b.left > 0:
		p = p[:min(int64(len(p)), b.left)]
	}
	b.x.conn.untilBody()
	n, err := b.x.wire.Read(p)
	if b.left > 0 {
		b.left -= int64(n)
	}
	switch {
	case b.left == 0:
		err = io.EOF
	case err == io.EOF && b.left > 0:
		err = io.ErrUnexpectedEOF
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		b.end(err)
	}
	return n, err
}

// end is at the end of a body. Once all of it has been read, the connection can
// be watched.
func (b *wireBody) end(err error) {
	if b.err = err; err == io.EOF {
		b.x.conn.watch(b.x)
	} else {
		b.x.cancel()
	}
}

// Close drops the rest of the body.
func (b *wireBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

// untilBody is until for the reads of a body.
func (c *wireConn) untilBody() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.readBy, c.pause = c.bodyBy, 0; c.bodyBy.IsZero() {
		c.pause = c.s.limits.idle
	}
}
