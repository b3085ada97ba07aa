package gateway

import (
	"bufio"
	"maps"
	"strings"
	"testing"
)

// Whatever comes in, an answer or nothing goes out.
func FuzzSCGIConn(f *testing.F) {
	f.Add(scgiGet())
	f.Add(scgiPost(3) + "abc")
	f.Fuzz(func(t *testing.T, in string) {
		out := play(sayLength, runSCGI, in)
		if _, err := readAnswer(out, "GET"); out != "" && err != nil {
			t.Errorf("%q: %v", out, err)
		}
	})
}

// What can be read can be written, and is the same then.
func FuzzSCGIHead(f *testing.F) {
	f.Add(scgiGet("HTTP_COOKIE", "a=1", "HTTP_COOKIE", "b=2"))
	f.Add("24:CONTENT_LENGTH\x000\x00SCGI\x001\x00,")
	f.Fuzz(func(t *testing.T, head string) {
		vars, err := readSCGIHead(bufio.NewReader(strings.NewReader(head)))
		if err != nil {
			return
		}
		pairs := []string{"CONTENT_LENGTH", vars.get("CONTENT_LENGTH")}
		for name, value := range vars.all() {
			if name != "CONTENT_LENGTH" {
				pairs = append(pairs, name, value)
			}
		}
		got, err := readSCGIHead(bufio.NewReader(strings.NewReader(netstring(pairs...))))
		if err != nil || !maps.Equal(got.all(), vars.all()) {
			t.Errorf("%q, %v, want %q", got, err, vars)
		}
	})
}
