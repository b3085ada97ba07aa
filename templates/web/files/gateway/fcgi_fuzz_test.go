package gateway

import (
	"maps"
	"strings"
	"testing"
)

// Whatever comes in, well-formed records go out.
func FuzzFCGIConn(f *testing.F) {
	f.Add(fcgiGet(1, 1) + fcgiGet(1, 0))
	f.Add(fcgiPost(1, 1, "4") + rec(fcgiStdin, 1, "body") + rec(fcgiStdin, 1, ""))
	f.Add(rec(fcgiGetValues, 0, fcgiPairs("FCGI_MPXS_CONNS", "")))
	f.Fuzz(func(t *testing.T, in string) {
		out := play(echo, newFCGIConn, in)
		for out != "" {
			if len(out) < fcgiHeadLen {
				t.Fatalf("%q", out)
			}
			h, err := parseFCGIHead([]byte(out))
			if err != nil || len(out) < fcgiHeadLen+h.length+h.padding {
				t.Fatalf("%q: %v", out, err)
			}
			out = out[fcgiHeadLen+h.length+h.padding:]
		}
	})
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
