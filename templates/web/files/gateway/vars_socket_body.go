package gateway

import (
	"io"
	"os"
	"sync"
	"time"
)

// A body is a request's body between the goroutine that reads the connection
// and the handler. It holds one block, while there is something in it; beyond
// that the connection is not read, and the web server has to wait. A nil body
// drops what it is fed.
type body struct {
	mu      sync.Mutex
	changed sync.Cond
	buf     *block
	off     int   // read up to here
	left    int64 // bytes to come by CONTENT_LENGTH, -1 if unknown
	err     error // of Read, when buf is empty
	timer   *time.Timer
	late    bool // the read deadline has passed
	closed  bool // nobody reads any more: what comes is dropped
}

func newBody(length int64) *body {
	b := &body{left: length}
	b.changed.L = &b.mu
	return b
}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		switch {
		case b.closed:
			return 0, os.ErrClosed
		case b.late:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case b.buf != nil:
			return b.take(p), nil
		case b.err != nil:
			return 0, b.err
		}
		b.changed.Wait()
	}
}

func (b *body) take(p []byte) int {
	n := copy(p, b.buf.text()[b.off:])
	if b.off += n; b.off == len(b.buf.text()) {
		b.drop()
		b.changed.Broadcast()
	}
	return n
}

func (b *body) drop() {
	b.buf.free()
	b.buf, b.off = nil, 0
}

// feed adds what came from the web server, and waits for room. Bytes beyond
// CONTENT_LENGTH are dropped.
func (b *body) feed(p []byte) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left >= 0 {
		p = p[:min(int64(len(p)), b.left)]
		b.left -= int64(len(p))
	}
	for len(p) > 0 && !b.closed && b.err == nil {
		if b.buf == nil {
			b.buf = newBlock()
		}
		n := min(len(p), blockSize-len(*b.buf))
		if n == 0 {
			b.changed.Wait()
			continue
		}
		*b.buf = append(*b.buf, p[:n]...)
		p = p[n:]
		b.changed.Broadcast()
	}
	if b.left == 0 {
		b.end(io.EOF)
	}
}

// finish says that nothing more comes, because of err or io.EOF.
func (b *body) finish(err error) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == io.EOF && b.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	b.end(err)
}

func (b *body) end(err error) {
	if b.err == nil {
		b.err = err
		b.changed.Broadcast()
	}
}

// Close drops the rest of the body.
func (b *body) Close() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	if b.timer != nil {
		b.timer.Stop()
	}
	b.drop()
	b.changed.Broadcast()
	return nil
}

// SetReadDeadline is http.ResponseController's: no Read waits longer.
func (b *body) SetReadDeadline(t time.Time) error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timer != nil {
		b.timer.Stop()
	}
	b.late = false
	if t.IsZero() || b.closed {
		return nil
	}
	var timer *time.Timer
	timer = time.AfterFunc(time.Until(t), func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.timer == timer {
			b.late = true
			b.changed.Broadcast()
		}
	})
	b.timer = timer
	return nil
}
