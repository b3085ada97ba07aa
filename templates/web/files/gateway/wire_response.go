package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
)

// A sink carries an answer to the web server, block by block.
type sink interface {
	// send may write into the block's frameRoom and append up to tailRoom
	// bytes. The last block is announced, and may be empty.
	send(b *block, last bool) error
}

var (
	errFinished = errors.New("the answer is already finished")
	errTooShort = errors.New("the answer is shorter than its Content-Length")
	errPanic    = errors.New("the handler has panicked")
)

// An exchange is one request and the answer to it, written as CGI demands it (RFC
// 3875, section 6): a header with a Status, then the body. It implements
// http.ResponseWriter and what http.ResponseController looks for. The parts live
// and die together, so they are one allocation.
type exchange struct {
	request http.Request
	context varsContext
	refused int // the status, if the handler does not get to see the request
	sink    sink

	mu       sync.Mutex // guards against goroutines that outlive their handler
	header   http.Header
	shared   bool        // the handler has header
	frozen   http.Header // header as it was when the status was set
	buf      *block
	status   int
	declared int64 // Content-Length by the handler, -1 if there is none
	written  int64
	head     bool // the method is HEAD
	sent     bool // the header is on its way
	done     bool
	err      error // why the web server cannot be reached
}

func (x *exchange) start(s sink) {
	x.sink, x.header, x.declared, x.buf = s, make(http.Header), -1, newBlock()
}

func (x *exchange) Header() http.Header {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.shared = true
	return x.header
}

// WriteHeader ignores 1xx, because CGI has no way to send an interim answer.
func (x *exchange) WriteHeader(status int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", status))
	}
	if status >= 200 {
		x.setStatus(status)
	}
}

func (x *exchange) setStatus(status int) {
	if x.status != 0 {
		return
	}
	x.status, x.frozen = status, x.header
	if x.shared {
		x.frozen = x.header.Clone() // because what is set later comes too late
	}
	if s := x.frozen.Get("Content-Length"); s != "" {
		n, err := strconv.ParseUint(s, 10, 63)
		if x.declared = int64(n); err != nil {
			x.frozen.Del("Content-Length")
			x.declared = -1
		}
	}
}

func (x *exchange) Write(p []byte) (int, error)       { return put(x, p) }
func (x *exchange) WriteString(s string) (int, error) { return put(x, s) }

func put[T []byte | string](x *exchange, p T) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done {
		return 0, errFinished
	}
	x.setStatus(http.StatusOK)
	if len(p) > 0 && !bodyAllowed(x.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if x.declared >= 0 && x.written+int64(len(p)) > x.declared {
		return 0, http.ErrContentLength
	}
	x.written += int64(len(p))
	for rest := p; len(rest) > 0 && x.err == nil; {
		n := min(len(rest), max(0, blockSize-len(*x.buf)))
		*x.buf = append(*x.buf, rest[:n]...)
		if rest = rest[n:]; len(rest) > 0 {
			x.push(false)
		}
	}
	if x.err != nil {
		return 0, x.err
	}
	return len(p), nil
}

func (x *exchange) Flush() { _ = x.FlushError() }

// FlushError sends what there is, the header included.
func (x *exchange) FlushError() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done {
		return errFinished
	}
	x.setStatus(http.StatusOK)
	if !x.sent || len(x.buf.text()) > 0 {
		x.push(false)
	}
	return x.err
}

// EnableFullDuplex has nothing to do: a body can always be read while the answer
// is written.
func (x *exchange) EnableFullDuplex() error { return nil }

// finish sends the rest if the answer is to be whole. After an error it has to
// be cut.
func (x *exchange) finish(whole bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.setStatus(http.StatusOK)
	if x.written < x.declared && !x.head && bodyAllowed(x.status) {
		x.err = errTooShort
	}
	if whole && x.err == nil {
		x.push(true)
	}
	x.done = true
	x.buf.free()
	return x.err
}

// replace makes the answer an error, if the header is not yet sent.
func (x *exchange) replace(status int) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.sent {
		return false
	}
	x.frozen = http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}
	x.status, x.declared = status, -1
	x.buf.reset()
	n, _ := x.buf.WriteString(http.StatusText(status) + "\n")
	x.written = int64(n)
	return true
}

// push sends the block, and the header before it the first time. An answer that is
// whole goes in one piece; otherwise the header goes by itself, because nginx (by
// FastCGI) holds back up to 7 bytes that come in one record with it.
func (x *exchange) push(last bool) {
	switch {
	case !x.sent:
		x.sent = true
		x.writeHead(last)
	case x.head:
		x.buf.reset()
	}
	if x.err == nil && (last || len(x.buf.text()) > 0) {
		x.err = x.sink.send(x.buf, last)
	}
	if x.err == nil {
		x.buf.reset()
	}
}

// writeHead puts the header before the body's first bytes, or sends it. They
// decide the Content-Type if the handler has not. whole says that they are all.
func (x *exchange) writeHead(whole bool) {
	body, h := x.buf, x.frozen
	head := newBlock()
	if to := h["Location"]; len(to) > 0 {
		// Before Status, for HAProxy (by FastCGI) makes a 302 of any status that
		// Location follows.
		_ = http.Header{"Location": to}.Write(head)
	}
	head.number("Status: ", x.status)
	head.field(" ", cmp.Or(http.StatusText(x.status), "Unnamed"))
	_ = h.WriteSubset(head, notForCGI) // no CR or LF gets through in a value
	if bodyAllowed(x.status) {
		x.derive(head, h, body.text(), whole)
	}
	head.field("")
	if x.head {
		body.reset()
	}
	if !whole {
		x.err = x.sink.send(head, false)
		head.free()
		return
	}
	_, _ = head.Write(body.text())
	x.buf = head
	body.free()
}

// notForCGI are the header fields that a handler cannot set, because the status
// is a line of its own and the connection to the client is the web server's;
// and Location, which has been written by then.
var notForCGI = map[string]bool{
	"Status": true, "Location": true, "Connection": true, "Keep-Alive": true, "Transfer-Encoding": true, "Trailer": true, "Upgrade": true,
}

// derive writes the fields that follow from the body.
func (x *exchange) derive(head *block, h http.Header, body []byte, whole bool) {
	_, typed := h["Content-Type"]
	if !typed && len(body) > 0 && h.Get("Content-Encoding") == "" {
		head.field("Content-Type: ", http.DetectContentType(body))
	}
	if whole && x.declared < 0 && (!x.head || len(body) > 0) {
		head.number("Content-Length: ", len(body))
		head.field("")
	}
}

// number begins a line.
func (b *block) number(name string, n int) {
	*b = strconv.AppendInt(append(*b, name...), int64(n), 10)
}

// field writes what ends a line.
func (b *block) field(parts ...string) {
	for _, s := range parts {
		*b = append(*b, s...)
	}
	*b = append(*b, "\r\n"...)
}

// bodyAllowed reports whether an answer of this status may have a body
// (RFC 9110, section 6.4.1).
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

const (
	blockSize = 16 << 10 // bytes of answer that are collected before they are sent
	frameRoom = 8        // bytes free at the start of a block, for a transport's framing
	tailRoom  = 64       // and at its end
)

// A block is a pooled piece of an answer.
type block []byte

var blocks = sync.Pool{New: func() any {
	b := make(block, 0, blockSize+tailRoom)
	return &b
}}

// newBlock returns an empty block: only the room for framing is in it.
func newBlock() *block {
	b := blocks.Get().(*block)
	b.reset()
	return b
}

// free gives b back, unless its size is unusual.
func (b *block) free() {
	if cap(*b) >= blockSize && cap(*b) <= 2*blockSize {
		blocks.Put(b)
	}
}

func (b *block) reset() { *b = (*b)[:frameRoom] }

// text is what has been written.
func (b *block) text() []byte { return (*b)[frameRoom:] }

func (b *block) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

func (b *block) WriteString(s string) (int, error) {
	*b = append(*b, s...)
	return len(s), nil
}

// answer lets h write to w, which is x or embeds it, and sends the answer to its
// end. If that is impossible it is not complete, and must not look complete to the
// web server. A panic is an error even if a 500 could be sent. All of it is
// deferred, because a handler may also end its goroutine (runtime.Goexit).
func (x *exchange) answer(w http.ResponseWriter, h http.Handler, log *slog.Logger) (complete bool, err error) {
	defer func() {
		if !complete {
			complete, err = x.handlePanic(recover(), log)
		}
		if e := x.finish(complete); e != nil {
			complete, err = false, e
		}
	}()
	if x.refused != 0 {
		x.replace(x.refused)
	} else {
		h.ServeHTTP(w, &x.request)
	}
	return true, nil
}

// handlePanic makes a 500 of a panic, or lets the answer be cut if some of it has
// been sent or the handler wants that.
func (x *exchange) handlePanic(cause any, log *slog.Logger) (complete bool, err error) {
	if cause == http.ErrAbortHandler {
		return false, http.ErrAbortHandler
	}
	logPanic(log, &x.request, cause, x.header.Get(idHeader))
	return x.replace(http.StatusInternalServerError), errPanic
}
