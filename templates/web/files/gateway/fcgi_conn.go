package gateway

import (
	"bufio"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

// After fcgiMaxServed requests the connection is closed. The web server's own
// limit should be lower (1000 is usual): closing here can cross with the next
// request.
const fcgiMaxServed = 100_000

// An fcgiConn is a web server's connection. Its own goroutine reads the whole
// time, so that it sees the web server abort or go; the handler runs in
// another one.
type fcgiConn struct {
	s    *socketServer
	conn net.Conn
	br   *bufio.Reader
	in   fcgiInbox

	write   sync.Mutex // held for a write; taken before mu
	handler sync.WaitGroup

	mu       sync.Mutex
	active   *fcgiRequest  // its handler runs
	open     uint16        // id of the last request if more of its STDIN will come
	stdinEnd chan struct{} // closed with the last of it, if an answer waits for that
	served   int           // requests begun so far
	last     bool          // no request after this one
	draining bool
	idle     time.Time // since then; zero while a request is under way
	fcgiDeadline
}

// fcgiInbox is the request whose head is coming in.
type fcgiInbox struct {
	id     uint16 // 0: there is none
	keep   bool
	tooBig bool
	params []byte
	held   *fcgiRequest // all params are there, STDIN will say whether there is a body
}

func newFCGIConn(s *socketServer, c net.Conn) peer {
	f := &fcgiConn{s: s, conn: c, br: newReader(c)}
	f.limit = time.Now().Add(s.head)
	return f
}

func (c *fcgiConn) run() {
	defer freeReader(c.br)
	var err error
	for err == nil {
		err = c.record()
	}
	if err == errFCGI {
		_ = c.conn.Close() // whatever is being answered
	}
	c.gone()
	c.handler.Wait()
	_ = c.conn.Close()
}

// gone tells the handler that the web server has left.
func (c *fcgiConn) gone() {
	if x := c.in.held; x != nil {
		x.cancel()
	}
	c.mu.Lock()
	c.last = true
	c.endStdin()
	x := c.active
	c.mu.Unlock()
	if x != nil {
		x.stop(io.ErrUnexpectedEOF)
	}
}

func (c *fcgiConn) Close() error { return c.conn.Close() }

func (c *fcgiConn) idleSince() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.idle, !c.idle.IsZero()
}

// shortCall is lastCall while somebody waits for the connection's slot.
const shortCall = time.Millisecond

func (c *fcgiConn) retire() { c.closeIdle(shortCall) }

func (c *fcgiConn) closeIdle(in time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.idle.IsZero() {
		c.limit = time.Now().Add(in)
		c.arm(c.conn)
	}
}

func (c *fcgiConn) drain() {
	c.closeIdle(lastCall)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining = true; c.served == 0 && c.idle.IsZero() {
		c.limit = time.Now().Add(freshTime)
		c.arm(c.conn)
	}
}

// reply sends records that are not an answer's. What is not answered is not
// buffered either: while the web server does not read, nor do we.
func (c *fcgiConn) reply(records []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	return c.send(records, time.Now().Add(c.s.write))
}

// send needs the write lock.
func (c *fcgiConn) send(records []byte, by time.Time) error {
	if err := c.conn.SetWriteDeadline(by); err != nil {
		return err
	}
	_, err := c.conn.Write(records)
	return err
}

// awaitStdin waits for the last of STDIN of a request before the last block of
// its answer, but not for ever.
func (c *fcgiConn) awaitStdin(id uint16, b *block) {
	c.mu.Lock()
	if c.open != id {
		c.mu.Unlock()
		return
	}
	end := make(chan struct{})
	c.stdinEnd = end
	c.mu.Unlock()
	b.shrink()
	select {
	case <-end:
	case <-time.After(c.s.limits.drain):
	}
}

// shrink gives back what b does not need while it has to wait.
func (b *block) shrink() {
	if len(*b) < blockSize/2 {
		whole := *b
		*b = slices.Clone(whole)
		whole.free()
	}
}

// endStdin says that no more of STDIN is expected; needs mu.
func (c *fcgiConn) endStdin() {
	if c.open = 0; c.stdinEnd != nil {
		close(c.stdinEnd)
		c.stdinEnd = nil
	}
}

// settle decides what becomes of the connection after x.
func (c *fcgiConn) settle(x *fcgiRequest, complete bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active == x {
		c.active = nil
	}
	c.last = c.last || c.draining
	switch {
	case !complete:
		_ = c.conn.Close()
	case c.served != x.number: // the next request is under way
	case c.last && c.open == 0:
		_ = c.conn.Close()
	case c.last:
		closeWrite(c.conn)
		fallthrough
	case c.open != 0:
		c.limit = time.Now().Add(c.s.limits.drain)
		c.arm(c.conn)
	default:
		c.rest()
		c.arm(c.conn)
	}
}

// rest makes the connection an idle one, unless its slot is needed; needs mu.
func (c *fcgiConn) rest() {
	c.idle = time.Now()
	if c.limit = c.idle.Add(c.s.limits.idle); c.s.waiting.Load() {
		c.limit = c.idle.Add(shortCall)
	}
}
