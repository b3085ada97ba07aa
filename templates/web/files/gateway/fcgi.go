package gateway

import (
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
)

// FCGI serves FastCGI, version 1, as a responder. Requests come one after the
// other over a connection, which is kept if the web server asks for that;
// multiplexing is refused. Sections in comments are the specification's.
func FCGI() Transport { return wireTransport("fcgi", runFCGI) }

// The numbers of section 8.
const (
	fcgiVersion = 1

	fcgiBegin       = 1
	fcgiAbort       = 2
	fcgiEnd         = 3
	fcgiParams      = 4
	fcgiStdin       = 5
	fcgiStdout      = 6
	fcgiGetValues   = 9
	fcgiValues      = 10
	fcgiUnknownType = 11

	fcgiResponder = 1
	fcgiKeepConn  = 1

	fcgiComplete      = 0 // FCGI_REQUEST_COMPLETE
	fcgiCantMultiplex = 1 // FCGI_CANT_MPX_CONN
	fcgiUnknownRole   = 3
)

const (
	fcgiHeadLen    = 8
	fcgiMaxContent = 65535
	fcgiMaxParams  = 64 << 10 // bytes of one request's variables
)

var errFCGI = errors.New("the peer breaks the FastCGI protocol")

// fcgiHead is a record without its content (section 3.3).
type fcgiHead struct {
	kind    byte
	id      uint16 // 0 in management records
	length  int
	padding int
}

func parseFCGIHead(b []byte) (fcgiHead, error) {
	if b[0] != fcgiVersion {
		return fcgiHead{}, errFCGI
	}
	return fcgiHead{
		kind:    b[1],
		id:      binary.BigEndian.Uint16(b[2:]),
		length:  int(binary.BigEndian.Uint16(b[4:])),
		padding: int(b[6]),
	}, nil
}

// appendFCGIHead appends a head. We send no padding, because it would only help a
// reader that wants its records aligned.
func appendFCGIHead(b []byte, kind byte, id uint16, length int) []byte {
	return append(b, fcgiVersion, kind, byte(id>>8), byte(id), byte(length>>8), byte(length), 0, 0)
}

// appendFCGIEnd ends a request (section 5.5). The application's own status is
// always 0, because the answer is in its header.
func appendFCGIEnd(b []byte, id uint16, status byte) []byte {
	b = appendFCGIHead(b, fcgiEnd, id, 8)
	return append(b, 0, 0, 0, 0, status, 0, 0, 0)
}

// appendFCGIUnknown answers a management record (section 4.2).
func appendFCGIUnknown(b []byte, kind byte) []byte {
	b = appendFCGIHead(b, fcgiUnknownType, 0, 8)
	return append(b, kind, 0, 0, 0, 0, 0, 0, 0)
}

// appendFCGIValues answers FCGI_GET_VALUES (section 4.1): the variables that
// are asked for and known.
func appendFCGIValues(b []byte, query string, maxConns int) []byte {
	asked, _ := parseFCGIParams(query)
	most := strconv.Itoa(maxConns) // of requests, too, because there is no multiplexing
	var values []byte
	for _, known := range (variables{{"FCGI_MAX_CONNS", most}, {"FCGI_MAX_REQS", most}, {"FCGI_MPXS_CONNS", "0"}}) {
		if slices.ContainsFunc(asked, func(v nameValue) bool { return v.name == known.name }) {
			values = appendFCGIPair(values, known.name, known.value)
		}
	}
	return append(appendFCGIHead(b, fcgiValues, 0, len(values)), values...)
}

// parseFCGIParams returns the variables of a request. They share the memory
// of params.
func parseFCGIParams(params string) (variables, error) {
	vars := newVariables(len(params))
	for params != "" {
		name, value, rest, ok := nextFCGIPair(params)
		if !ok {
			return nil, errFCGI
		}
		vars.add(name, value)
		params = rest
	}
	return vars, nil
}

// nextFCGIPair cuts a name and a value off s (section 3.4).
func nextFCGIPair(s string) (name, value, rest string, ok bool) {
	n, s, ok1 := nextFCGILength(s)
	v, s, ok2 := nextFCGILength(s)
	if !ok1 || !ok2 || n > len(s) || v > len(s)-n {
		return "", "", "", false
	}
	return s[:n], s[n : n+v], s[n+v:], true
}

// nextFCGILength reads a length: one byte up to 127, else four.
func nextFCGILength(s string) (n int, rest string, ok bool) {
	switch {
	case s == "":
		return 0, "", false
	case s[0] < 0x80:
		return int(s[0]), s[1:], true
	case len(s) < 4:
		return 0, "", false
	}
	n = int(s[0]&0x7f)<<24 | int(s[1])<<16 | int(s[2])<<8 | int(s[3])
	return n, s[4:], true
}

func appendFCGIPair(b []byte, name, value string) []byte {
	b = appendFCGILength(b, len(name))
	b = appendFCGILength(b, len(value))
	return append(append(b, name...), value...)
}

func appendFCGILength(b []byte, n int) []byte {
	if n < 0x80 {
		return append(b, byte(n))
	}
	return binary.BigEndian.AppendUint32(b, uint32(n)|1<<31)
}
