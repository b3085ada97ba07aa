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
	ended bool // nothing is left to read
}

// uploadRate is what even a slow client sends, in bytes per second.
const uploadRate = 8 << 10

// uploadTime is what the slowest client takes for a body of n bytes, or of limit
// if nobody knows or it will be refused.
func uploadTime(n, limit int64) time.Duration {
	if n < 0 || n > limit {
		n = limit
	}
	return time.Duration(min(n/uploadRate, 24*60*60)) * time.Second
}

func newSteadyBody(w http.ResponseWriter, body io.ReadCloser, pause time.Duration) *steadyBody {
	b := &steadyBody{ReadCloser: body, conn: http.NewResponseController(w), pause: pause}
	b.extend() // also for the server, which discards what the handler leaves
	return b
}

// What a handler leaves of a body is read before the answer ends, up to these: a proxy
// that cannot get rid of it takes the answer for broken (Apache says 502).
// One that has the head of the answer may send no more, though (nginx), and gets
// the rest of it after a pause.
const (
	drainBytes = 64 << 20
	drainTime  = 5 * time.Second
	drainPause = 500 * time.Millisecond
)

// drain reads what is left. A client that waits for 100-continue has not sent
// it, and never will.
func (b *steadyBody) drain(expect string) {
	if b.ended || expect != "" {
		return
	}
	b.pause = drainPause
	b.extend()
	end := time.Now().Add(drainTime)
	for n := int64(0); n < drainBytes && time.Now().Before(end); {
		piece, err := io.CopyN(io.Discard, b, 64<<10)
		if n += piece; err != nil {
			return
		}
	}
}

func (b *steadyBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err != nil
	switch err {
	case nil:
		b.extend()
	case io.EOF:
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

func (b *steadyBody) extend() { _ = b.conn.SetReadDeadline(time.Now().Add(b.pause)) }
