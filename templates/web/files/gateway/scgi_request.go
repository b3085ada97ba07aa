package gateway

import (
	"net/http"
	"time"
)

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
