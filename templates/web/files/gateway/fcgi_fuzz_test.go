package gateway

import (
	"maps"
	"strings"
	"testing"
)

// Whatever comes in, well-formed records go out, and no request ends more than
// once or without having begun.
func FuzzFCGIConn(f *testing.F) {
	f.Add(fcgiGet(1, 1) + fcgiGet(1, 0))
	f.Add(fcgiPost(1, 1, "4") + rec(fcgiStdin, 1, "body") + rec(fcgiStdin, 1, ""))
	f.Add(fcgiPost(1, 1, "4") + rec(fcgiStdin, 1, "b") + rec(fcgiAbort, 1, "") + fcgiGet(1, 1))
	f.Add(fcgiPost(2, 1, "") + fcgiBeginRec(3, 1, 1) + rec(fcgiStdin, 2, "b") + fcgiBeginRec(4, 2, 1))
	f.Add(rec(fcgiGetValues, 0, fcgiPairs("FCGI_MPXS_CONNS", "")))
	f.Fuzz(func(t *testing.T, in string) {
		open := map[uint16]int{}
		for _, h := range fcgiHeads(in + strings.Repeat("\x00", 255)) { // the last one's padding may be missing
			if h.kind == fcgiBegin {
				open[h.id]++
			}
		}
		out := play(echo, runFCGI, in)
		sum := 0
		for _, h := range fcgiHeads(out) {
			sum += fcgiHeadLen + h.length + h.padding
			if h.kind == fcgiEnd {
				open[h.id]--
			}
			if h.id != 0 && (open[h.id] < 0 || h.kind != fcgiStdout && h.kind != fcgiEnd) {
				t.Fatalf("record %+v in %q", h, out)
			}
		}
		if sum != len(out) {
			t.Fatalf("%q", out)
		}
	})
}

// fcgiHeads returns the heads of the whole records that s begins with.
func fcgiHeads(s string) (heads []fcgiHead) {
	for len(s) >= fcgiHeadLen {
		h, err := parseFCGIHead([]byte(s))
		if err != nil || len(s) < fcgiHeadLen+h.length+h.padding {
			break
		}
		heads = append(heads, h)
		s = s[fcgiHeadLen+h.length+h.padding:]
	}
	return heads
}

// What can be read can be written, and is the same then.
func FuzzFCGIParams(f *testing.F) {
	f.Add(fcgiPairs("A", "1", "", "", "HTTP_X", strings.Repeat("x", 200)))
	f.Add("\x80\x00\x00\x01\x00A")
	f.Fuzz(func(t *testing.T, params string) {
		vars, err := parseFCGIParams(params)
		if err != nil {
			return
		}
		var again []byte
		for name, value := range vars.all() {
			again = appendFCGIPair(again, name, value)
		}
		if got, err := parseFCGIParams(string(again)); err != nil || !maps.Equal(got.all(), vars.all()) {
			t.Errorf("%q, %v, want %q", got, err, vars)
		}
	})
}
