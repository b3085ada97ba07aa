package gateway

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// SCGI serves the Simple Common Gateway Interface: one request to a
// connection. Sections in comments are those of the public specification,
// revision 1.
func SCGI() Transport {
	return Transport{name: "scgi", sockets: true, serve: serveSCGI}
}

func serveSCGI(ctx context.Context, l net.Listener, c config) error {
	return serveSocket(ctx, l, c, usualLimits, newSCGIConn)
}

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

// An scgiRequest is its response's sink, too.
type scgiRequest struct {
	socketRequest
	c    *scgiConn
	left int64 // bytes of the body that have not come; -1: nobody knows
}

func newSCGIRequest(c *scgiConn, vars variables, refused int) *scgiRequest {
	x := &scgiRequest{c: c}
	if vars.get("CONTENT_LENGTH") == "" && vars.get("HTTP_TRANSFER_ENCODING") != "" {
		refused = http.StatusLengthRequired // nothing would tell where the body ends
	}
	x.open(c.s, x, vars, refused)
	if x.refused != 0 {
		x.left = -1
		return x
	}
	x.left = max(0, x.request.ContentLength)
	x.expect(x.left)
	return x
}

// run answers, in a goroutine of its own.
func (x *scgiRequest) run() {
	complete := x.serve(x.c.s)
	x.c.settle(complete)
	x.c.s.answered()
}

func (x *scgiRequest) send(b *block, _ bool) error {
	if len(b.text()) == 0 {
		return nil
	}
	if !x.c.writeSet.Load() {
		_ = x.c.conn.SetWriteDeadline(time.Now().Add(x.c.s.limits.write))
	}
	_, err := x.c.conn.Write(b.text())
	if err != nil {
		x.cancel()
	}
	return err
}

func (x *scgiRequest) SetWriteDeadline(t time.Time) error {
	x.c.writeSet.Store(true)
	return x.c.conn.SetWriteDeadline(t)
}

var (
	errSCGI       = errors.New("the peer breaks the SCGI protocol")
	errSCGITooBig = errors.New("the head is too big")
)

// scgiMaxHead bounds the variables of one request, in bytes.
const scgiMaxHead = 64 << 10

// readSCGIHead reads the netstring in which the variables come (section 3):
// its length in decimal digits, a colon, the variables, a comma.
func readSCGIHead(br *bufio.Reader) (variables, error) {
	n, err := readSCGILength(br)
	if err != nil {
		return nil, err
	}
	head := make([]byte, n+1)
	if _, err := io.ReadFull(br, head); err != nil {
		return nil, err
	}
	if head[n] != ',' {
		return nil, errSCGI
	}
	return parseSCGIHead(string(head[:n]))
}

// readSCGILength reads "n:". A netstring's length has no leading zero.
func readSCGILength(br *bufio.Reader) (int, error) {
	for n, digits := 0, 0; ; digits++ {
		c, err := br.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == ':' && digits > 0:
			return n, nil
		case c < '0' || c > '9', digits > 0 && n == 0:
			return 0, errSCGI
		}
		if n = 10*n + int(c-'0'); n > scgiMaxHead {
			return 0, errSCGITooBig
		}
	}
}

// parseSCGIHead returns the variables: names and values, each ended by a NUL.
// CONTENT_LENGTH comes first, and SCGI is "1". An empty CONTENT_LENGTH, as
// some web servers send it for a request without a body, counts as 0.
func parseSCGIHead(s string) (variables, error) {
	if !strings.HasPrefix(s, "CONTENT_LENGTH\x00") {
		return nil, errSCGI
	}
	vars := newVariables(len(s))
	for s != "" {
		name, rest, ok1 := strings.Cut(s, "\x00")
		value, rest, ok2 := strings.Cut(rest, "\x00")
		if !ok1 || !ok2 || name == "" {
			return nil, errSCGI
		}
		vars.add(name, value)
		s = rest
	}
	if vars.get("SCGI") != "1" {
		return nil, errSCGI
	}
	return vars, nil
}
