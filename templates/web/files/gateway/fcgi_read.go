package gateway

import (
	"io"
	"time"
)

// record reads one record and does what it says. An error ends the
// connection.
func (c *fcgiConn) record() error {
	b, err := c.peek(fcgiHeadLen)
	if err != nil {
		return err
	}
	h, err := parseFCGIHead(b)
	if err != nil {
		return err
	}
	_, _ = c.br.Discard(fcgiHeadLen)
	if h.id == 0 {
		err = c.manage(h)
	} else {
		err = c.request(h)
	}
	if err != nil {
		return err
	}
	return c.each(h.padding, func([]byte) {})
}

func (c *fcgiConn) request(h fcgiHead) error {
	switch {
	case h.kind == fcgiBegin:
		return c.begin(h)
	case h.kind == fcgiParams && h.id == c.in.id:
		return c.params(h)
	case h.kind == fcgiStdin:
		return c.body(h)
	case h.kind == fcgiAbort:
		return c.abort(h)
	}
	return c.skip(h) // of a refused request, FCGI_DATA, or unknown
}

// manage answers a management record (section 4).
func (c *fcgiConn) manage(h fcgiHead) error {
	if h.kind != fcgiGetValues {
		if err := c.skip(h); err != nil {
			return err
		}
		return c.reply(appendFCGIUnknown(nil, h.kind))
	}
	var query []byte
	if err := c.each(h.length, func(b []byte) { query = append(query, b...) }); err != nil {
		return err
	}
	return c.reply(appendFCGIValues(nil, string(query), c.s.maxConns))
}

// begin is BEGIN_REQUEST (section 5.1).
func (c *fcgiConn) begin(h fcgiHead) error {
	if h.length != 8 {
		return errFCGI
	}
	b, err := c.peek(8)
	if err != nil {
		return err
	}
	role, keep := int(b[0])<<8|int(b[1]), b[2]&fcgiKeepConn != 0
	_, _ = c.br.Discard(8)
	switch free, err := c.available(h.id); {
	case err != nil:
		return err
	case !free:
		return c.reply(appendFCGIEnd(nil, h.id, fcgiCantMultiplex))
	case role != fcgiResponder:
		return c.refuse(h.id, fcgiUnknownRole, keep)
	}
	c.in.id, c.in.keep = h.id, keep
	c.mu.Lock()
	defer c.mu.Unlock()
	c.served++
	c.endStdin()
	c.idle, c.limit = time.Time{}, time.Now().Add(c.s.head)
	return nil
}

// refuse ends a request that has not come to its handler.
func (c *fcgiConn) refuse(id uint16, status byte, keep bool) error {
	if err := c.reply(appendFCGIEnd(nil, id, status)); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !keep || c.draining {
		return io.EOF
	}
	c.rest()
	return nil
}

// available reports whether a request may begin. While one is under way it may
// not, even if that was aborted: its handler can still be running. The id of a
// request that was not aborted cannot be used twice.
func (c *fcgiConn) available(id uint16) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.in.id == id, c.active != nil && c.active.id == id && !c.active.aborted:
		return false, errFCGI
	case c.in.id != 0, c.active != nil:
		return false, nil
	case c.last:
		return false, errFCGI
	}
	return true, nil
}

// params is PARAMS (section 5.2), ended by an empty record. Of a head that is
// too big the rest is dropped.
func (c *fcgiConn) params(h fcgiHead) error {
	in := &c.in
	if h.length == 0 {
		c.start()
		return nil
	}
	return c.each(h.length, func(b []byte) {
		if in.tooBig = in.tooBig || len(in.params)+len(b) > fcgiMaxParams; !in.tooBig {
			in.params = append(in.params, b...)
		}
	})
}

// body is STDIN (section 5.3), ended by an empty record.
func (c *fcgiConn) body(h fcgiHead) error {
	c.release(h.id, h.length == 0)
	c.mu.Lock()
	x := c.active
	c.mu.Unlock()
	if x == nil || x.id != h.id {
		x = nil
	}
	if h.length == 0 {
		return c.bodyEnd(h.id, x)
	}
	return c.each(h.length, func(b []byte) {
		if x != nil {
			x.body.feed(b)
			c.bodyMoved()
		}
	})
}

func (c *fcgiConn) bodyMoved() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active != nil && c.open != 0 {
		c.limit = time.Now().Add(c.s.limits.idle)
	}
}

// bodyEnd: from now on the reader only watches for an abort, or, if the
// handler has returned by now, for the next request.
func (c *fcgiConn) bodyEnd(id uint16, x *fcgiRequest) error {
	if x != nil {
		x.body.finish(io.EOF)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open != id {
		return nil
	}
	c.endStdin()
	switch {
	case c.active != nil:
		c.limit = time.Time{}
	case c.last:
		return io.EOF
	default:
		c.rest()
	}
	return nil
}

// abort is ABORT_REQUEST (section 5.4). END_REQUEST follows when the handler
// has returned.
func (c *fcgiConn) abort(h fcgiHead) error {
	if err := c.skip(h); err != nil {
		return err
	}
	if c.in.id == h.id {
		keep := c.in.keep
		if x := c.in.held; x != nil {
			x.cancel()
		}
		c.in = fcgiInbox{}
		return c.refuse(h.id, fcgiComplete, keep)
	}
	c.mu.Lock()
	x := c.active
	if x != nil && x.id == h.id {
		x.aborted, c.limit = true, time.Time{}
		c.endStdin()
	} else {
		x = nil
	}
	c.mu.Unlock()
	if x != nil {
		x.stop(errAborted)
	}
	return nil
}
