package gateway

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// An scgiConn is a connection with its one request. Its own goroutine reads
// the whole time, so that it sees the web server go; the handler runs in
// another one.
type scgiConn struct {
	s       *socketServer
	conn    net.Conn
	br      *bufio.Reader
	handler sync.WaitGroup

	mu    sync.Mutex // guards what decides about the reader's deadline
	begun bool       // the head is complete
	open  bool       // more of the body will come
	ended bool       // the handler has returned

	writeSet atomic.Bool // a handler has set the write deadline
}

func newSCGIConn(s *socketServer, c net.Conn) peer {
	_ = c.SetReadDeadline(time.Now().Add(s.head))
	return &scgiConn{s: s, conn: c, br: newReader(c)}
}

func (c *scgiConn) Close() error                 { return c.conn.Close() }
func (c *scgiConn) idleSince() (time.Time, bool) { return time.Time{}, false }
func (c *scgiConn) retire()                      {}

// drain shortens the time for a head; the request gets its answer.
func (c *scgiConn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.begun {
		_ = c.conn.SetReadDeadline(time.Now().Add(freshTime))
	}
}

func (c *scgiConn) run() {
	defer freeReader(c.br)
	vars, err := readSCGIHead(c.br)
	switch {
	case err == nil:
		c.handle(newSCGIRequest(c, vars, 0))
	case errors.Is(err, errSCGITooBig):
		c.handle(newSCGIRequest(c, nil, http.StatusRequestHeaderFieldsTooLarge))
	}
	_ = c.conn.Close()
}

func (c *scgiConn) handle(x *scgiRequest) {
	c.mu.Lock()
	c.begun, c.open = true, x.left != 0
	c.mu.Unlock()
	c.handler.Go(x.run)
	x.stop(c.copyBody(x))
	c.handler.Wait()
}

// copyBody reads the body, and then watches for the web server to leave. What
// comes after the body is dropped.
func (c *scgiConn) copyBody(x *scgiRequest) error {
	for {
		c.bodyMoved(x.left != 0)
		if _, err := c.br.Peek(1); err != nil {
			return err
		}
		b, _ := c.br.Peek(c.br.Buffered())
		if x.left > 0 {
			b = b[:min(int64(len(b)), x.left)]
			x.left -= int64(len(b))
			x.body.feed(b)
		}
		_, _ = c.br.Discard(len(b))
	}
}

// bodyMoved gives the web server time for the next piece, unless the answer
// is complete: then there is only a limited time for all of the rest.
func (c *scgiConn) bodyMoved(open bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = open
	switch {
	case c.ended && !open:
		_ = c.conn.Close()
	case c.ended:
	case open:
		_ = c.conn.SetReadDeadline(time.Now().Add(c.s.limits.idle))
	default:
		_ = c.conn.SetReadDeadline(time.Time{})
	}
}

// settle ends the connection after the answer.
func (c *scgiConn) settle(complete bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	switch {
	case !complete:
		reset(c.conn)
	case !c.open:
		_ = c.conn.Close()
	default:
		closeWrite(c.conn)
		_ = c.conn.SetReadDeadline(time.Now().Add(c.s.limits.drain))
	}
}

// reset makes the web server see an error rather than the end of the answer.
// Over a unix socket there is no such thing: there only a Content-Length shows
// that something is missing.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}
