package gateway

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

// SCGI serves the Simple Common Gateway Interface: one request to a
// connection. Sections in comments are those of the public specification,
// revision 1.
func SCGI() Transport { return wireTransport("scgi", runSCGI) }

// runSCGI serves the one request of a connection.
func runSCGI(c *wireConn) {
	if c.awaitRequest(c.s.limits.head) != nil {
		return
	}
	vars, err := readSCGIHead(c.br)
	refused := 0
	switch {
	case errors.Is(err, errSCGITooBig):
		refused = http.StatusRequestHeaderFieldsTooLarge
	case err != nil:
		return
	case vars.get("CONTENT_LENGTH") == "" && vars.get("HTTP_TRANSFER_ENCODING") != "":
		refused = http.StatusLengthRequired // nothing would tell where the body ends
	}
	x := newWireRequest(c, scgiConn{c}, vars, refused)
	x.request.ContentLength = max(0, x.request.ContentLength)
	switch complete := x.serve(); {
	case !complete:
		reset(c.Conn)
	case x.refused != 0 || x.body.left > 0 || c.br.Buffered() > 0:
		c.linger()
	}
}

// reset makes the web server see an error rather than the end of the answer.
// Over a unix socket there is no such thing: there only a Content-Length shows
// that something is missing.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// An scgiConn is a wire.
type scgiConn struct{ *wireConn }

func (c scgiConn) Read(p []byte) (int, error) { return c.br.Read(p) }

// awaitEnd waits for the web server to go. It sends nothing after the body.
func (c scgiConn) awaitEnd() error {
	_, err := c.br.Peek(1)
	return err
}

func (c scgiConn) send(b *block, _ bool) error {
	if len(b.text()) == 0 {
		return nil
	}
	_, err := c.Write(b.text())
	return err
}

var (
	errSCGI       = errors.New("the peer breaks the SCGI protocol")
	errSCGITooBig = errors.New("the head is too big")
)

// scgiMaxHead bounds the variables of one request, in bytes.
const scgiMaxHead = 64 << 10

// readSCGIHead reads the netstring in which the variables come (section 3):
// its length in decimal digits, a colon, the variables, a comma.
func readSCGIHead(br *bufio.Reader) (variables, error) {
	n, err := readSCGILength(br)
	if err != nil {
		return nil, err
	}
	head := make([]byte, n+1)
	if _, err := io.ReadFull(br, head); err != nil {
		return nil, err
	}
	if head[n] != ',' {
		return nil, errSCGI
	}
	return parseSCGIHead(string(head[:n]))
}

// readSCGILength reads "n:". A netstring's length has no leading zero.
func readSCGILength(br *bufio.Reader) (int, error) {
	for n, digits := 0, 0; ; digits++ {
		c, err := br.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == ':' && digits > 0:
			return n, nil
		case c < '0' || c > '9', digits > 0 && n == 0:
			return 0, errSCGI
		}
		if n = 10*n + int(c-'0'); n > scgiMaxHead {
			return 0, errSCGITooBig
		}
	}
}

// parseSCGIHead returns the variables: names and values, each ended by a NUL.
// CONTENT_LENGTH comes first, and SCGI is "1". An empty CONTENT_LENGTH, as
// some web servers send it for a request without a body, counts as 0.
func parseSCGIHead(s string) (variables, error) {
	if !strings.HasPrefix(s, "CONTENT_LENGTH\x00") {
		return nil, errSCGI
	}
	vars := newVariables(len(s))
	for s != "" {
		name, rest, ok1 := strings.Cut(s, "\x00")
		value, rest, ok2 := strings.Cut(rest, "\x00")
		if !ok1 || !ok2 || name == "" {
			return nil, errSCGI
		}
		vars.add(name, value)
		s = rest
	}
	if vars.get("SCGI") != "1" {
		return nil, errSCGI
	}
	return vars, nil
}
