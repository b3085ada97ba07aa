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
	firstInDrain = time.Second            // how long a new connection may be silent in a drain: web servers write at once
	lateRequest  = time.Millisecond       // how long a request may be late, because it may come just as the time is up
	watchDelay   = 10 * time.Millisecond  // how long a handler runs unwatched: most are done by then
	drainPause   = 200 * time.Millisecond // how long the rest of a body may stand still once the answer has begun
)

var errAnyPeer = errors.New("whoever connects by fcgi or scgi is believed, the client's address included, and others reach this address; say -trusted-peers 10.0.0.5, or listen at a unix socket or localhost")

// checkPeers refuses an address that others reach unless somebody has said who of
// them may connect.
func checkPeers(s *server, a address) error {
	if a.network == "tcp" && !a.private() && len(s.peers) == 0 {
		return errAnyPeer
	}
	return nil
}

// A wireServer accepts web servers' connections for FastCGI and SCGI, and
// drains them.
type wireServer struct {
	*server
	limits
	listener *listener
	run      func(*wireConn) // serves a connection, in a goroutine of its own
	ctx      context.Context // ends when draining begins
	base     context.Context // of all requests; it ends when a drain takes too long

	wg    sync.WaitGroup
	mu    sync.Mutex
	conns map[*wireConn]struct{}
}

// wireTransport serves web servers' connections by run.
func wireTransport(name string, run func(*wireConn)) Transport {
	return Transport{name: name, check: checkPeers, serve: func(ctx context.Context, l *listener, s *server) error {
		return serveWire(ctx, l, s, usualLimits, run)
	}}
}

// serveWire answers what comes to l until ctx ends, then drains.
func serveWire(ctx context.Context, l *listener, srv *server, lim limits, run func(*wireConn)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	base, cut := context.WithCancel(srv.base)
	defer cut()
	s := &wireServer{server: srv, limits: lim, listener: l, run: run, ctx: ctx, base: base, conns: map[*wireConn]struct{}{}}
	defer context.AfterFunc(ctx, func() {
		l.stopAccepting()
		s.shortenIdle(idleInDrain)
	})()
	err := s.accept()
	stop()
	_ = l.Close()
	return errors.Join(err, s.drain(cut))
}

// accept serves connections until draining begins and no more of them wait.
func (s *wireServer) accept() error {
	const first, last = 5 * time.Millisecond, time.Second
	for wait := first; ; {
		c, err := s.listener.Accept()
		switch {
		case err == nil:
			wait = first
			s.admit(c)
		case s.ctx.Err() != nil:
			return nil
		case !isTemporary(err):
			return err
		default:
			s.Log.Warn("accept", "error", err, "retry", wait)
			s.shortenIdle(lateRequest) // what is idle holds a descriptor
			select {
			case <-s.ctx.Done():
			case <-time.After(wait):
			}
			wait = min(2*wait, last)
		}
	}
}

// isTemporary reports whether an accept error passes by itself, because descriptors
// or memory are short or the web server has gone away.
func isTemporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary() || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

// admit serves a connection, unless the peer is none that may connect.
func (s *wireServer) admit(c net.Conn) {
	if t, ok := c.RemoteAddr().(*net.TCPAddr); ok && len(s.peers) > 0 && !isAmong(s.peers, t.AddrPort().Addr()) {
		_ = c.Close()
		s.listener.release()
		return
	}
	w := newWireConn(s, c)
	s.mu.Lock()
	s.conns[w] = struct{}{}
	s.mu.Unlock()
	s.wg.Go(func() {
		defer w.end() // also when a handler ends its goroutine
		s.run(w)
	})
}

// shortenIdle lets the connections wait for a request that long at most.
func (s *wireServer) shortenIdle(most time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.shortenIdle(most)
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
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
	return s.errDrain()
}

// A wireConn is a web server's connection. One goroutine reads its requests
// and runs their handlers, which read the bodies themselves.
type wireConn struct {
	net.Conn
	s      *wireServer
	br     *bufio.Reader
	served bool

	writing sync.Mutex // held for a write

	mu      sync.Mutex
	read    deadline     // of the reads that follow
	body    deadline     // of the reads of a body
	write   deadline     // of the writes
	idle    bool         // between two requests
	request *wireRequest // that is watched
	watcher *time.Timer
	watched chan struct{} // receives when the watcher has returned
}

// A deadline is one for several reads or writes.
type deadline struct {
	by    time.Time     // for all of them; zero means none
	pause time.Duration // the most that each may take; 0 means no limit
}

// next returns the deadline of the next one.
func (d deadline) next() time.Time {
	if end := time.Now().Add(d.pause); d.pause > 0 && (d.by.IsZero() || end.Before(d.by)) {
		return end
	}
	return d.by
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
	err := c.SetReadDeadline(c.read.next())
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// limitReads sets the deadline of the reads that follow.
func (c *wireConn) limitReads(d deadline) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = d
}

// shortenIdle shortens the wait of an idle connection; a new one keeps its time.
func (c *wireConn) shortenIdle(most time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := c.idleTime()
	if c.served {
		wait = min(wait, most)
	}
	if by := time.Now().Add(wait); c.idle && by.Before(c.read.by) {
		c.read.by = by
		_ = c.SetReadDeadline(by)
	}
}

// idleTime is how long a connection may be idle from now on.
func (c *wireConn) idleTime() time.Duration {
	switch draining := c.s.ctx.Err() != nil; {
	case draining && !c.served:
		return firstInDrain
	case draining:
		return idleInDrain
	case !c.served:
		return c.s.head
	}
	return c.s.idle
}

// awaitRequest waits for the first byte of a request. After that there is a
// limited time for its head.
func (c *wireConn) awaitRequest(most time.Duration) error {
	c.mu.Lock()
	c.idle = true
	c.read = deadline{by: time.Now().Add(min(c.idleTime(), most))}
	c.body, c.write = deadline{pause: c.s.limits.idle}, deadline{pause: c.s.limits.write}
	c.mu.Unlock()
	_, err := c.br.Peek(1)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.limitReads(deadline{by: time.Now().Add(lateRequest)})
		_, err = c.br.Peek(1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle, c.served = false, true
	c.read.by = time.Now().Add(c.s.head)
	return err
}

// Write writes under the handler's deadline, or the usual one.
func (c *wireConn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	err := c.SetWriteDeadline(c.write.next())
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
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
	c.read = deadline{}
	x := c.request
	c.mu.Unlock()
	if x != nil {
		if err := x.wire.awaitEnd(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			x.cancel()
		}
	}
	c.watched <- struct{}{}
}

// unwatch returns when the watcher does not read any more.
func (c *wireConn) unwatch() {
	c.mu.Lock()
	watching := c.request != nil
	c.request = nil
	c.mu.Unlock()
	if watching && !c.watcher.Stop() {
		c.interrupt()
		<-c.watched
	}
}

// interrupt ends a read.
func (c *wireConn) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = deadline{by: time.Unix(1, 0)}
	_ = c.SetReadDeadline(c.read.by)
}

// linger waits for the web server to close after the whole answer, while the
// rest of its request may still come in.
func (c *wireConn) linger() {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); !ok || w.CloseWrite() != nil {
		return
	}
	c.limitReads(deadline{by: time.Now().Add(c.s.limits.drain)})
	_, _ = io.Copy(io.Discard, c.br)
}

// A wireRequest is an exchange over a connection, and its response's sink.
type wireRequest struct {
	exchange
	conn   *wireConn
	wire   wire
	cancel context.CancelFunc
	body   wireBody
}

// A wire is what a protocol does for the request of a connection.
type wire interface {
	sink
	io.Reader        // of the body, up to its end
	awaitEnd() error // of the connection or the request
}

// newWireRequest makes a request out of its variables, or refuses it with a status.
func newWireRequest(c *wireConn, w wire, vars variables, refused int) *wireRequest {
	ctx, cancel := context.WithCancel(c.s.base)
	x := &wireRequest{conn: c, wire: w, cancel: cancel}
	x.refused = refused
	x.start(x)
	if refused != 0 {
		return x
	}
	if err := x.parse(ctx, vars); err != nil {
		c.s.Log.Warn("bad request", "error", err)
		x.refused, x.request.ContentLength = http.StatusBadRequest, 0
	}
	return x
}

// serve answers a request, and reports whether the answer is complete.
func (x *wireRequest) serve() bool {
	x.body.x, x.body.bodyReader = x, bodyReader{x.wire, x.request.ContentLength}
	if x.body.left != 0 {
		x.request.Body = &x.body
	} else {
		x.conn.watch(x)
	}
	defer x.cancel()
	defer x.leave()
	complete, _ := x.answer(x, x.conn.s.handler, x.conn.s.Log)
	return complete
}

// send ends the handler's reading before the last block, because a protocol may
// have to read what is left.
func (x *wireRequest) send(b *block, last bool) error {
	if last {
		x.leave()
	}
	err := x.wire.send(b, last)
	if err != nil {
		x.cancel()
	}
	return err
}

// leave ends all reading for the handler, which has returned, but may have left
// behind a goroutine that reads.
func (x *wireRequest) leave() {
	for !x.body.mu.TryLock() {
		x.conn.interrupt()
		time.Sleep(time.Millisecond) // because a read that was about to begin sets its deadline after that
	}
	x.body.closed = true
	x.body.mu.Unlock()
	x.conn.unwatch()
}

func (x *wireRequest) SetReadDeadline(t time.Time) error {
	c := x.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	c.body = deadline{by: t}
	c.read = c.body
	return c.SetReadDeadline(t)
}

func (x *wireRequest) SetWriteDeadline(t time.Time) error {
	c := x.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write = deadline{by: t}
	return c.SetWriteDeadline(t)
}

// A wireBody is a request's body, which its handler reads from the connection.
type wireBody struct {
	bodyReader
	x      *wireRequest
	mu     sync.Mutex // held for a read
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
	}
	c := b.x.conn
	c.mu.Lock()
	c.read = c.body
	c.mu.Unlock()
	n, err := b.bodyReader.Read(p)
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
