package gateway

import (
	"errors"
	"net"
	"os"
	"time"
)

// An fcgiDeadline is until when the reader waits. Setting a connection's
// deadline costs; one that fires too early only makes the reader look again,
// so that it is set anew for few requests.
type fcgiDeadline struct {
	limit time.Time // zero for none
	armed time.Time // set in the connection, not later than limit
}

// arm makes sure that a read returns in time.
func (d *fcgiDeadline) arm(c net.Conn) {
	if !d.limit.IsZero() && (d.armed.IsZero() || d.limit.Before(d.armed)) {
		d.armed = d.limit
		_ = c.SetReadDeadline(d.armed)
	}
}

// expired reports whether a read's error ends the connection. If the deadline
// was too early it sets the right one.
func (d *fcgiDeadline) expired(c net.Conn, err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) || !d.limit.IsZero() && !time.Now().Before(d.limit) {
		return true
	}
	d.armed = d.limit
	return c.SetReadDeadline(d.limit) != nil
}

// peek waits for n bytes.
func (c *fcgiConn) peek(n int) ([]byte, error) {
	for c.br.Buffered() < n {
		c.await()
		if _, err := c.br.Peek(n); err != nil && c.fails(err) {
			return nil, err
		}
	}
	return c.br.Peek(n)
}

// await readies the deadline. Whoever starts with a part of a record has
// begun a head.
func (c *fcgiConn) await() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if by := time.Now().Add(c.s.head); c.br.Buffered() > 0 && !c.idle.IsZero() && by.Before(c.limit) {
		c.limit = by
	}
	c.arm(c.conn)
}

func (c *fcgiConn) fails(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.idle.IsZero() && c.br.Buffered() == 0 && readable(c.conn) {
		c.limit = time.Now().Add(c.s.head) // a request has come just as the time was up
	}
	return c.expired(c.conn, err)
}

// each hands the next n bytes to f as they come.
func (c *fcgiConn) each(n int, f func([]byte)) error {
	for n > 0 {
		if _, err := c.peek(1); err != nil {
			return err
		}
		b, _ := c.br.Peek(min(n, c.br.Buffered()))
		f(b)
		_, _ = c.br.Discard(len(b))
		n -= len(b)
	}
	return nil
}

func (c *fcgiConn) skip(h fcgiHead) error { return c.each(h.length, func([]byte) {}) }
