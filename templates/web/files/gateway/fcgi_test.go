package gateway

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// serveFCGITest serves h on a unix socket until the test ends, and returns a
// function that connects to it.
func serveFCGITest(t testing.TB, h http.HandlerFunc, change ...func(*server, *limits)) func() *fcgiPeer {
	t.Helper()
	s := startSocket(t, h, runFCGI, change...)
	return func() *fcgiPeer { return newFCGIPeer(t, s.dial(t)) }
}

// An fcgiPeer is a web server for tests. Requests are written in one piece.
type fcgiPeer struct {
	t testing.TB
	net.Conn
	br *bufio.Reader
}

func newFCGIPeer(t testing.TB, c net.Conn) *fcgiPeer {
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return &fcgiPeer{t: t, Conn: c, br: bufio.NewReader(c)}
}

// rec is a record.
func rec(kind byte, id uint16, content string) string {
	return string(appendFCGIHead(nil, kind, id, len(content))) + content
}

func fcgiBeginRec(id uint16, role, flags byte) string {
	return rec(fcgiBegin, id, string([]byte{0, role, flags, 0, 0, 0, 0, 0}))
}

func fcgiPairs(pairs ...string) string {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		b = appendFCGIPair(b, pairs[i], pairs[i+1])
	}
	return string(b)
}

// fcgiGet is a whole request without a body.
func fcgiGet(id uint16, flags byte, pairs ...string) string {
	pairs = append([]string{"REQUEST_METHOD", "GET", "REQUEST_URI", "/"}, pairs...)
	return fcgiBeginRec(id, fcgiResponder, flags) + rec(fcgiParams, id, fcgiPairs(pairs...)) + rec(fcgiParams, id, "") + rec(fcgiStdin, id, "")
}

// send writes records; the server may have closed by then.
func (p *fcgiPeer) send(records ...string) {
	_, _ = io.WriteString(p.Conn, strings.Join(records, ""))
}

type fcgiRecord struct {
	fcgiHead
	content string
}

func (p *fcgiPeer) next() (r fcgiRecord, err error) {
	var b [8]byte
	if _, err = io.ReadFull(p.br, b[:]); err != nil {
		return r, err
	}
	if r.fcgiHead, err = parseFCGIHead(b[:]); err != nil {
		return r, err
	}
	content := make([]byte, r.length+r.padding)
	_, err = io.ReadFull(p.br, content)
	r.content = string(content[:r.length])
	return r, err
}

// answer reads up to END_REQUEST of id. It gives all of STDOUT, and how the
// request ended: "complete", "cant multiplex", "unknown role", or "cut".
func (p *fcgiPeer) answer(id uint16) (stdout, end string) {
	p.t.Helper()
	var out strings.Builder
	for {
		r, err := p.next()
		switch {
		case err != nil:
			return out.String(), "cut"
		case r.id != id:
			p.t.Errorf("record %d of request %d while waiting for %d", r.kind, r.id, id)
			return out.String(), "mixed"
		case r.kind == fcgiEnd:
			return out.String(), [...]string{"complete", "cant multiplex", "overloaded", "unknown role"}[r.content[4]]
		}
		out.WriteString(r.content)
	}
}

// closed waits for the server to close the connection.
func (p *fcgiPeer) closed() {
	p.t.Helper()
	if n, err := io.Copy(io.Discard, p.br); isTimeout(err) {
		p.t.Errorf("still open after %d more bytes", n)
	}
}

func TestFCGIHello(t *testing.T) {
	p := serveFCGITest(t, sayHello)()
	for id := range uint16(3) {
		p.send(fcgiGet(id+1, fcgiKeepConn))
		out, end := p.answer(id + 1)
		want := "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 12\r\n\r\nhello, world"
		if out != want || end != "complete" {
			t.Errorf("request %d: %q, %s", id+1, out, end)
		}
	}
	p.send(fcgiGet(9, 0))
	if _, end := p.answer(9); end != "complete" {
		t.Error(end)
	}
	p.closed()
}

func TestFCGIView(t *testing.T) {
	checkView(t, func(t *testing.T, c *server, v viewCase) *http.Response {
		p := serveFCGITest(t, c.handler.ServeHTTP)()
		p.send(fcgiBeginRec(1, fcgiResponder, 0), rec(fcgiParams, 1, fcgiPairs(viewVars(v)...)), rec(fcgiParams, 1, ""),
			rec(fcgiStdin, 1, v.body))
		if v.body != "" {
			p.send(rec(fcgiStdin, 1, ""))
		}
		out, _ := p.answer(1)
		return readView(t, out, v)
	})
}
