package gateway

import (
	"context"
	"net/http"
	"time"
)

// A socketRequest is a request whose head is complete, while its body may
// still be coming in.
type socketRequest struct {
	exchange
	body   *body // nil if there is none
	cancel context.CancelFunc
}

// open makes the request out of its variables, or refuses it with a status.
func (x *socketRequest) open(s *socketServer, out sink, vars variables, refused int) {
	var ctx context.Context
	ctx, x.cancel = context.WithCancel(s.base)
	x.response.start(out)
	if x.refused = refused; refused != 0 {
		return
	}
	if err := x.parse(ctx, vars); err != nil {
		s.log.Warn("bad request", "error", err)
		x.refused = http.StatusBadRequest
	}
}

// expect prepares for a body of that length, -1 if nobody knows.
func (x *socketRequest) expect(length int64) {
	x.request.ContentLength, x.request.Body, x.body = length, http.NoBody, nil
	if length != 0 {
		x.body = newBody(length)
		x.request.Body = x.body
	}
}

// serve answers. It reports whether the answer is complete.
func (x *socketRequest) serve(s *socketServer) bool {
	complete, _ := x.answer(s.handler, s.log)
	x.cancel()
	_ = x.body.Close()
	return complete
}

// stop ends the request early; the handler finds out by its context, or by
// reading the body.
func (x *socketRequest) stop(err error) {
	x.cancel()
	x.body.finish(err)
}

func (x *socketRequest) SetReadDeadline(t time.Time) error { return x.body.SetReadDeadline(t) }
