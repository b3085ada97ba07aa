package gateway

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
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
