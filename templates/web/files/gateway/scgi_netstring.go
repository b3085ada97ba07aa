package gateway

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

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
