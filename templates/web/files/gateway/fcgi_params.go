package gateway

import (
	"encoding/binary"
	"strconv"
)

// fcgiMaxParams bounds the variables of one request, in bytes.
const fcgiMaxParams = 64 << 10

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

// appendFCGIValues answers FCGI_GET_VALUES (section 4.1): the variables that
// are asked for and known.
func appendFCGIValues(b []byte, query string, maxConns int) []byte {
	start := len(b)
	b = appendFCGIHead(b, fcgiValues, 0, 0)
	asked := map[string]bool{}
	for s, ok := query, true; ok && s != ""; {
		var name string
		if name, _, s, ok = nextFCGIPair(s); !ok || asked[name] {
			continue
		}
		switch name {
		case "FCGI_MAX_CONNS", "FCGI_MAX_REQS": // the same: no multiplexing
			asked[name] = true
			b = appendFCGIPair(b, name, strconv.Itoa(maxConns))
		case "FCGI_MPXS_CONNS":
			asked[name] = true
			b = appendFCGIPair(b, name, "0")
		}
	}
	putFCGIHead(b[start:], fcgiValues, 0, len(b)-start-fcgiHeadLen)
	return b
}
