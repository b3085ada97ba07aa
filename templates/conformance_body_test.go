//go:build unix

package templates

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync"
	"time"
)

// bodyCases are about request bodies.
var bodyCases = []conformance{
	{"POST 1 MiB", nil, posted(1 << 20)},
	{"POST 100 MiB in bounded memory", telling, posted(conformanceLimit << 20)},
	{"body over the limit is 413", nil, func(s *site) error {
		a, err := s.post("/app/echo/", conformanceLimit<<20+1, false)
		if err == nil && a.status != 413 {
			err = fmt.Errorf("status %d", a.status)
		}
		return err
	}},
	// All of it, or a clean refusal; never an empty body.
	{"chunked upload", nil, func(s *site) error {
		a, err := s.post("/app/echo/", 300_000, true)
		if err != nil || a.status == 411 {
			return err
		}
		v, err := a.view()
		if err != nil {
			return err
		}
		return v.want("read", "300000", "sha256", digest(300_000))
	}},
	{"body that nobody reads", nil, func(s *site) error {
		for _, size := range []int64{100, 1 << 20, 8 << 20} {
			hasty := *s
			hasty.patience = exceptional
			a, err := hasty.post("/app/unread", size, false)
			if err == nil {
				err = a.is(200, "hello\n")
			}
			if err != nil {
				return fmt.Errorf("%d bytes: %w", size, err)
			}
		}
		return s.hello()
	}},
	{"body that nobody reads, and a flush", nil, func(s *site) error {
		hasty := *s
		hasty.patience = 4 * time.Second // less than the app would wait for the body
		a, err := hasty.post("/app/hasty", 1<<20, false)
		if err == nil {
			err = a.is(200, "hello\n")
		}
		return err
	}},
}

func posted(size int64) func(*site) error {
	return func(s *site) error {
		a, err := s.post("/app/echo/", size, false)
		if err != nil {
			return err
		}
		v, err := a.view()
		if err != nil {
			return err
		}
		if err := v.want("method", "POST", "length", strconv.FormatInt(size, 10), "read", strconv.FormatInt(size, 10), "sha256", digest(size)); err != nil {
			return err
		}
		return v.peakBelow(64)
	}
}

// payload is a body of size bytes that repeats nothing soon.
func payload(size int64) io.Reader {
	return io.LimitReader(&counter{}, size)
}

// counter is an endless row of mebibytes, each after its number, so that none is missed,
// or comes twice, unseen.
type counter struct {
	n    int
	rest []byte
}

func (c *counter) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		if c.n++; c.n%2 == 1 {
			c.rest = strconv.AppendInt(nil, int64(c.n), 10)
		} else {
			c.rest = mebibyte()
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// mebibyte is a row of numbers. It is made once, since to write all of a large body
// takes longer than to send it.
var mebibyte = sync.OnceValue(func() []byte {
	var row []byte
	for n := 1; len(row) < 1<<20; n++ {
		row = strconv.AppendInt(append(row, '\n'), int64(n), 10)
	}
	return row
})

var digests sync.Map // of the sizes that were asked for, because many sites are sent the same

func digest(size int64) string {
	if known, ok := digests.Load(size); ok {
		return known.(string)
	}
	h := sha256.New()
	_, _ = io.Copy(h, payload(size))
	sum := fmt.Sprintf("%x", h.Sum(nil))
	digests.Store(size, sum)
	return sum
}

// post sends a body, with its length or in chunks, for as long as the answer
// does not come first.
func (s *site) post(target string, size int64, chunked bool) (reply, error) {
	c, err := s.connect()
	if err != nil {
		return reply{}, err
	}
	defer c.Close()
	field := "Content-Length: " + strconv.FormatInt(size, 10)
	if chunked {
		field = "Transfer-Encoding: chunked"
	}
	if _, err := io.WriteString(c, s.head("POST", target, field, "Content-Type: application/octet-stream")); err != nil {
		return reply{}, err
	}
	go func() {
		if !chunked {
			_, _ = io.Copy(c, payload(size))
			return
		}
		w := bufio.NewWriter(c)
		chunks := httputil.NewChunkedWriter(w)
		_, _ = io.CopyBuffer(struct{ io.Writer }{chunks}, payload(size), make([]byte, 5000))
		_ = chunks.Close()
		_, _ = io.WriteString(w, "\r\n")
		_ = w.Flush()
	}()
	a, err := readAnswer(bufio.NewReader(c), "POST")
	if err != nil && strings.Contains(err.Error(), "reset by peer") {
		err = fmt.Errorf("no answer: connection reset")
	}
	return a, err
}
