package gateway

import (
	"io"
	"net/http"
	"time"
)

// bodyPause is how long a client may send nothing in the middle of a body.
const bodyPause = 60 * time.Second

// A steadyBody is a request body that fails when its client pauses for too
// long. http.Server.ReadTimeout would not do: it bounds the whole upload, and
// when it passes it cancels the context of a handler that only writes.
type steadyBody struct {
	io.ReadCloser
	conn  *http.ResponseController
	pause time.Duration
}

func newSteadyBody(w http.ResponseWriter, body io.ReadCloser, pause time.Duration) *steadyBody {
	b := &steadyBody{body, http.NewResponseController(w), pause}
	b.extend() // also for the server, which discards what the handler leaves
	return b
}

func (b *steadyBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch err {
	case nil:
		b.extend()
	case io.EOF:
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

func (b *steadyBody) extend() { _ = b.conn.SetReadDeadline(time.Now().Add(b.pause)) }
