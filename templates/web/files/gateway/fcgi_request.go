package gateway

import (
	"errors"
	"net/http"
	"time"
)

var errAborted = errors.New("the web server has aborted the request")

// An fcgiRequest is its response's sink, too.
type fcgiRequest struct {
	socketRequest
	c       *fcgiConn
	id      uint16
	number  int  // of the request on its connection
	aborted bool // guarded by c.mu

	writeBy  time.Time // by SetWriteDeadline; guarded by c.write
	writeSet bool
}

// start calls the handler for the request whose params are complete. Without
// CONTENT_LENGTH that waits for the first STDIN record, which says whether there
// is a body, and mostly has come along.
func (c *fcgiConn) start() {
	x := &fcgiRequest{c: c, id: c.in.id}
	x.read(c.in)
	if x.refused == 0 && x.request.ContentLength < 0 {
		c.in.held = x
		return
	}
	c.launch(x, true)
}

// release calls the handler of a held request: STDIN has begun.
func (c *fcgiConn) release(id uint16, empty bool) {
	x := c.in.held
	if x == nil || x.id != id {
		return
	}
	length := int64(-1)
	if empty {
		length = 0
	}
	x.expect(length)
	c.launch(x, !empty)
}

// launch calls the handler; more says whether STDIN goes on.
func (c *fcgiConn) launch(x *fcgiRequest, more bool) {
	in := c.in
	c.in = fcgiInbox{params: in.params[:0]}
	if cap(in.params) > readSize {
		c.in.params = nil // one big head should not cost memory for ever
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = c.last || !in.keep || c.draining || c.s.once || c.served >= fcgiMaxServed
	c.active, x.number = x, c.served
	if c.limit = (time.Time{}); more {
		c.open, c.limit = x.id, time.Now().Add(c.s.limits.idle)
	}
	c.handler.Add(1)
	go x.run()
}

// read makes the request out of the params.
func (x *fcgiRequest) read(in fcgiInbox) {
	refused := 0
	vars, err := parseFCGIParams(string(in.params))
	switch {
	case in.tooBig:
		refused = http.StatusRequestHeaderFieldsTooLarge
	case err != nil:
		refused = http.StatusBadRequest
	}
	x.open(x.c.s, x, vars, refused)
	if x.refused == 0 && x.request.ContentLength >= 0 {
		x.expect(x.request.ContentLength)
	}
}

// run answers, in a goroutine of its own.
func (x *fcgiRequest) run() {
	defer x.c.handler.Done()
	complete := x.serve(x.c.s)
	if x.isAborted() {
		complete = x.endAborted() == nil
	}
	x.c.settle(x, complete)
	x.c.s.answered()
}

func (x *fcgiRequest) isAborted() bool {
	x.c.mu.Lock()
	defer x.c.mu.Unlock()
	return x.aborted
}

// may reports whether output may be sent: not after an abort. With the last of
// it the id is free for the next request, which the web server may send as
// soon as it sees END_REQUEST, and too late for an abort. The write lock keeps
// the records of the next answer behind it.
func (x *fcgiRequest) may(last bool) bool {
	x.c.mu.Lock()
	defer x.c.mu.Unlock()
	if last && !x.aborted {
		x.c.active = nil
	}
	return !x.aborted
}

func (x *fcgiRequest) endAborted() error {
	c := x.c
	c.write.Lock()
	defer c.write.Unlock()
	c.mu.Lock()
	c.active = nil
	c.mu.Unlock()
	return c.send(appendFCGIEnd(nil, x.id, fcgiComplete), time.Now().Add(c.s.write))
}

// send makes STDOUT records of a block, and of the last one the end of the
// request as well, in one write. That comes after STDIN, even if nobody has
// read it: HAProxy (2.6) forwards no more of a body once it has the whole
// answer, and its client, who goes on sending, is stuck.
func (x *fcgiRequest) send(b *block, last bool) error {
	c := x.c
	if last {
		_ = x.body.Close() // what is left is dropped
		c.awaitStdin(x.id, b)
	}
	c.write.Lock()
	defer c.write.Unlock()
	if !x.may(last) {
		return errAborted
	}
	records := x.records(b, last)
	if len(records) == 0 {
		return nil
	}
	by := x.writeBy
	if !x.writeSet {
		by = time.Now().Add(c.s.write)
	}
	err := c.send(records, by)
	if err != nil {
		x.cancel()
	}
	return err
}

func (x *fcgiRequest) records(b *block, last bool) []byte {
	out := []byte(*b)
	switch n := len(b.text()); {
	case n == 0:
		out = out[:0]
	case n <= fcgiMaxContent:
		putFCGIHead(out, fcgiStdout, x.id, n)
	default:
		out = x.split(b.text())
	}
	if last {
		out = appendFCGIHead(out, fcgiStdout, x.id, 0) // ends the stream
		out = appendFCGIEnd(out, x.id, fcgiComplete)
	}
	return out
}

// split is for a header that needs several records.
func (x *fcgiRequest) split(text []byte) (out []byte) {
	for len(text) > 0 {
		n := min(len(text), fcgiMaxContent)
		out = appendFCGIHead(out, fcgiStdout, x.id, n)
		out = append(out, text[:n]...)
		text = text[n:]
	}
	return out
}

func (x *fcgiRequest) SetWriteDeadline(t time.Time) error {
	x.c.write.Lock()
	defer x.c.write.Unlock()
	x.writeBy, x.writeSet = t, true
	return nil
}
