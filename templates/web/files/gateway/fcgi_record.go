package gateway

import (
	"encoding/binary"
	"errors"
)

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

// putFCGIHead writes a head into b. We send no padding: it would only help a
// reader that wants its records aligned.
func putFCGIHead(b []byte, kind byte, id uint16, length int) {
	b[0], b[1] = fcgiVersion, kind
	binary.BigEndian.PutUint16(b[2:], id)
	binary.BigEndian.PutUint16(b[4:], uint16(length))
	b[6], b[7] = 0, 0
}

func appendFCGIHead(b []byte, kind byte, id uint16, length int) []byte {
	b = append(b, make([]byte, fcgiHeadLen)...)
	putFCGIHead(b[len(b)-fcgiHeadLen:], kind, id, length)
	return b
}

// appendFCGIEnd ends a request (section 5.5). The application's own status is
// always 0: the answer is in its header.
func appendFCGIEnd(b []byte, id uint16, status byte) []byte {
	b = appendFCGIHead(b, fcgiEnd, id, 8)
	return append(b, 0, 0, 0, 0, status, 0, 0, 0)
}

// appendFCGIUnknown answers a management record (section 4.2).
func appendFCGIUnknown(b []byte, kind byte) []byte {
	b = appendFCGIHead(b, fcgiUnknownType, 0, 8)
	return append(b, kind, 0, 0, 0, 0, 0, 0, 0)
}
