package gateway

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// bodyPause is how long a client may send nothing in the middle of a body.
const bodyPause = 60 * time.Second

// A steadyBody is a request body that fails when its client pauses for too
// long. http.Server.ReadTimeout would not do: it bounds the whole upload, and
// when it passes it cancels the context of a handler that only writes.
type steadyBody struct {
	body  io.ReadCloser
	conn  *http.ResponseController
	pause time.Duration

	// A handler may leave a goroutine that reads.
	asked  atomic.Bool // by the handler
	closed atomic.Bool // by the handler: net/http closes its own
	ended  atomic.Bool // nothing is left to read
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
	return &steadyBody{body: body, conn: http.NewResponseController(w), pause: pause}
}

func (b *steadyBody) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	b.asked.Store(true)
	return b.read(p, b.pause)
}

// Close ends the handler's reading, and leaves the rest to drain.
func (b *steadyBody) Close() error {
	b.closed.Store(true)
	return nil
}

func (b *steadyBody) read(p []byte, pause time.Duration) (int, error) {
	_ = b.conn.SetReadDeadline(time.Now().Add(pause))
	n, err := b.body.Read(p)
	if err != nil {
		b.ended.Store(true)
	}
	if err == io.EOF {
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// What a handler leaves of a body is read before the answer ends, up to these: a proxy
// that cannot get rid of it takes the answer for broken (Apache says 502).
// One that has the head of the answer may send no more, though (nginx), and gets
// the rest of it after a pause.
const (
	drainBytes = 64 << 20
	drainPause = 500 * time.Millisecond
)

var drainTime = 5 * time.Second // only tests change it

// drain reads what is left. A client that waits for 100-continue has not sent
// it, and never will.
func (b *steadyBody) drain(expect string) {
	if b.ended.Load() || expect != "" && !b.asked.Load() {
		return
	}
	buf := make([]byte, 32<<10)
	end := time.Now().Add(drainTime)
	for n := 0; n < drainBytes && time.Now().Before(end); {
		piece, err := b.read(buf, drainPause)
		if n += piece; err != nil {
			return
		}
	}
}
