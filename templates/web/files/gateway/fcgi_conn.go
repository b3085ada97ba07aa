package gateway

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// An fcgiConn is a web server's connection and the one request on it, of which it
// is the wire.
type fcgiConn struct {
	*wireConn
	id        uint16 // of the request that is under way, 0 if none is
	keep      bool   // the web server wants the connection for other requests
	params    []byte
	inHead    bool        // PARAMS are coming in
	stdinOver bool        // all of STDIN has come
	began     bool        // some of the answer has been sent
	aborted   atomic.Bool // by ABORT_REQUEST: no more output, but END_REQUEST

	left    int // bytes to come of the current record's content
	padding int // and after it
}

var errAborted = errors.New("the web server has aborted the request")

// runFCGI serves one request after the other.
func runFCGI(w *wireConn) {
	c := &fcgiConn{wireConn: w, stdinOver: true}
	for {
		x, err := c.readRequest()
		if err != nil || x != nil && !c.serve(x) {
			return
		}
	}
}

// nextRecord reads up to a record of the request that is under way, or up to the
// begin of one if none is, and sees to all that comes before. It may be called
// anew after an error of a deadline.
func (c *fcgiConn) nextRecord() (fcgiHead, error) {
	for {
		if err := c.skipRecord(); err != nil {
			return fcgiHead{}, err
		}
		b, err := c.br.Peek(fcgiHeadLen)
		if err != nil {
			return fcgiHead{}, err
		}
		h, err := parseFCGIHead(b)
		switch {
		case err != nil:
		case h.id == 0:
			err = c.answerManagement(h)
		case h.kind == fcgiBegin && (h.length != 8 || h.id == c.id):
			err = errFCGI
		}
		if err != nil {
			return fcgiHead{}, err // and the head stays where it is
		}
		_, _ = c.br.Discard(fcgiHeadLen)
		c.left, c.padding = h.length, h.padding
		switch {
		case h.kind == fcgiBegin && c.id == 0 && h.id != 0:
			return h, nil
		case h.kind == fcgiBegin && h.id != 0:
			if _, err := c.Write(appendFCGIEnd(nil, h.id, fcgiCantMultiplex)); err != nil {
				return fcgiHead{}, err
			}
		case h.id == 0 || h.id != c.id: // of a request that was refused, or has ended
		case h.kind == fcgiStdin, h.kind == fcgiAbort, h.kind == fcgiParams && c.inHead:
			return h, nil
		}
	}
}

// skipRecord drops what is left of the current record.
func (c *fcgiConn) skipRecord() error {
	n, err := c.br.Discard(c.left + c.padding)
	c.padding -= max(0, n-c.left)
	c.left -= min(n, c.left)
	return err
}

// answerManagement answers a management record (section 4), which is still in the
// buffer. Of a query that does not fit there nothing is known.
func (c *fcgiConn) answerManagement(h fcgiHead) error {
	if h.kind != fcgiGetValues {
		_, err := c.Write(appendFCGIUnknown(nil, h.kind))
		return err
	}
	b, err := c.br.Peek(min(fcgiHeadLen+h.length, c.br.Size()))
	if err != nil {
		return err
	}
	_, err = c.Write(appendFCGIValues(nil, string(b[fcgiHeadLen:]), c.s.MaxConns))
	return err
}

// readRequest waits for a request and reads its head: BEGIN_REQUEST, PARAMS
// (section 5.2), and if only that tells whether there is a body, the first of
// STDIN. It returns nil for one that is over already.
func (c *fcgiConn) readRequest() (*wireRequest, error) {
	most := c.s.limits.idle
	if !c.stdinOver {
		most = c.s.limits.drain // the rest of the last request is still coming
	}
	if err := c.awaitRequest(most); err != nil {
		return nil, err
	}
	if ok, err := c.readBegin(); !ok {
		return nil, err
	}
	tooBig := false
	for {
		h, err := c.nextRecord()
		switch {
		case err != nil:
			return nil, err
		case h.kind == fcgiAbort:
			return nil, c.endRequest(fcgiComplete)
		case h.kind == fcgiStdin: // too early
		case h.length == 0:
			c.inHead = false
			return c.newRequest(tooBig)
		case tooBig || len(c.params)+h.length > fcgiMaxParams:
			tooBig = true
		default:
			n := len(c.params)
			c.params = slices.Grow(c.params, h.length)[:n+h.length]
			n, err = io.ReadFull(c.br, c.params[n:])
			if c.left -= n; err != nil {
				return nil, err
			}
		}
	}
}

// readBegin reads BEGIN_REQUEST (section 5.1). It returns false for a role that there
// is not.
func (c *fcgiConn) readBegin() (bool, error) {
	h, err := c.nextRecord()
	if err != nil {
		return false, err
	}
	b, err := c.br.Peek(8)
	if err != nil {
		return false, err
	}
	c.id, c.keep = h.id, b[2]&fcgiKeepConn != 0
	c.inHead, c.stdinOver, c.began = true, false, false
	c.aborted.Store(false)
	if c.params = c.params[:0]; cap(c.params) > c.br.Size() {
		c.params = nil // one big head should not cost memory for ever
	}
	if role := int(b[0])<<8 | int(b[1]); role != fcgiResponder {
		c.stdinOver = true
		return false, c.endRequest(fcgiUnknownRole)
	}
	return true, nil
}

// endRequest ends a request that has no answer, and the connection if it is not
// kept; the rest of the request may still come in.
func (c *fcgiConn) endRequest(status byte) error {
	_, err := c.Write(appendFCGIEnd(nil, c.id, status))
	if c.id = 0; err == nil && !c.keep {
		c.linger()
		err = io.EOF
	}
	return err
}

// newRequest makes the request out of the params.
func (c *fcgiConn) newRequest(tooBig bool) (*wireRequest, error) {
	refused := 0
	vars, err := parseFCGIParams(string(c.params))
	switch {
	case tooBig:
		refused = http.StatusRequestHeaderFieldsTooLarge
	case err != nil:
		refused = http.StatusBadRequest
	}
	x := newWireRequest(c.wireConn, c, vars, refused)
	if x.request.ContentLength >= 0 {
		return x, nil
	}
	h, err := c.nextRecord() // the first record mostly has come along
	switch {
	case err != nil:
		x.cancel()
		return nil, err
	case h.kind == fcgiAbort:
		x.cancel()
		return nil, c.endRequest(fcgiComplete)
	case h.kind == fcgiStdin && h.length == 0:
		c.stdinOver, x.request.ContentLength = true, 0
	}
	return x, nil
}

// serve answers a request. It reports whether another may follow.
func (c *fcgiConn) serve(x *wireRequest) bool {
	complete := x.serve()
	if c.aborted.Load() {
		return c.endRequest(fcgiComplete) == nil
	}
	c.id = 0
	last := !c.keep || !c.mayKeep()
	if complete && last && !c.stdinOver {
		c.linger()
	}
	return complete && !last
}

// mayKeep reports whether the connection is for another request after an answer.
// None is when slots become rare, so that there is always one for a web server
// with work.
func (c *wireConn) mayKeep() bool { return c.s.ctx.Err() == nil && !c.s.listener.nearlyFull() }

// Read reads STDIN (section 5.3) up to its end.
func (c *fcgiConn) Read(p []byte) (int, error) {
	for c.left == 0 {
		if err := c.nextStdin(); err != nil {
			return 0, err
		}
	}
	n, err := c.br.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// skipStdin drops what comes of STDIN, up to its end.
func (c *fcgiConn) skipStdin() (err error) {
	for err == nil {
		err = c.nextStdin()
	}
	return err
}

// nextStdin goes to the next record of STDIN. The empty one is its end, io.EOF.
func (c *fcgiConn) nextStdin() error {
	h, err := c.nextRecord()
	switch {
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case h.kind == fcgiAbort:
		c.aborted.Store(true)
		return errAborted
	case h.length == 0:
		c.stdinOver = true
		return io.EOF
	}
	return nil
}

// awaitEnd waits for an abort (section 5.4), which may stand behind the end of
// STDIN, or for the web server to go.
func (c *fcgiConn) awaitEnd() (err error) {
	for err = io.EOF; err == io.EOF; {
		err = c.skipStdin()
	}
	return err
}

// send makes STDOUT records of a block, and of the last one the end of the
// request as well, in one write. That comes after STDIN, even if nobody has
// read it: HAProxy (2.6) forwards no more of a body once it has the whole
// answer, and its client, who goes on sending, is stuck.
func (c *fcgiConn) send(b *block, last bool) error {
	if last {
		c.dropStdin(b)
	}
	if c.aborted.Load() {
		return errAborted
	}
	records := c.records(b, last)
	if len(records) == 0 {
		return nil
	}
	c.began = true
	_, err := c.Write(records)
	return err
}

// dropStdin drops the rest of STDIN, for a limited time. nginx sends no more of it
// once it has the head of the answer.
func (c *fcgiConn) dropStdin(b *block) {
	if c.stdinOver || c.aborted.Load() {
		return
	}
	if c.br.Buffered() == 0 {
		b.shrink() // it may have to wait
	}
	pause := c.s.limits.drain
	if c.began {
		pause = drainPause
	}
	c.limitReads(deadline{time.Now().Add(c.s.limits.drain), pause})
	_ = c.skipStdin()
}

// shrink gives back what b does not need while it has to wait.
func (b *block) shrink() {
	if len(*b) < blockSize/2 {
		whole := *b
		*b = slices.Clone(whole)
		whole.free()
	}
}

// records returns b as records, without a copy unless it holds a head that needs
// several.
func (c *fcgiConn) records(b *block, last bool) (out []byte) {
	text := b.text()
	switch n := len(text); {
	case n == 0:
		out = (*b)[:0]
	case n <= fcgiMaxContent:
		appendFCGIHead((*b)[:0], fcgiStdout, c.id, n) // into frameRoom
		out = *b
	default:
		for part := range slices.Chunk(text, fcgiMaxContent) {
			out = append(appendFCGIHead(out, fcgiStdout, c.id, len(part)), part...)
		}
	}
	if last {
		out = appendFCGIHead(out, fcgiStdout, c.id, 0) // ends the stream
		out = appendFCGIEnd(out, c.id, fcgiComplete)
	}
	return out
}
