package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// memory is a sink.
type memory struct {
	blocks []string
	last   bool
	err    error
}

func (m *memory) send(b *block, last bool) error {
	m.blocks, m.last = append(m.blocks, string(b.text())), last
	return m.err
}

// respond lets h answer a request into memory.
func respond(c *server, vars variables, body string) (m *memory, complete bool, err error) {
	m = &memory{}
	x := &exchange{}
	x.start(m)
	if x.parse(context.Background(), vars) != nil {
		x.refused = 400
	}
	x.request.Body = io.NopCloser(strings.NewReader(body))
	complete, err = x.answer(x, c.handler, c.Log)
	return m, complete, err
}

// readAnswer reads an answer without a Location as the web server does.
func readAnswer(answer, method string) (*http.Response, error) {
	rest, ok := strings.CutPrefix(answer, "Status: ")
	if !ok {
		return nil, fmt.Errorf("no Status first: %q", answer)
	}
	return http.ReadResponse(bufio.NewReader(strings.NewReader("HTTP/1.1 "+rest)), &http.Request{Method: method})
}

// readView is readAnswer for the round trips of checkView.
func readView(t *testing.T, answer string, v viewCase) *http.Response {
	t.Helper()
	resp, err := readAnswer(answer, v.method)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func sayHello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello, world") }

func TestVarsView(t *testing.T) {
	checkView(t, func(t *testing.T, c *server, v viewCase) *http.Response {
		vars := testVars(viewVars(v)...)
		if vars.get("CONTENT_LENGTH") == "" {
			vars[0].value = "0" // each transport finds out in its own way
		}
		m, _, err := respond(c, vars, v.body)
		if err != nil {
			t.Fatal(err)
		}
		return readView(t, strings.Join(m.blocks, ""), v)
	})
}

const plain = "Content-Type: text/plain; charset=utf-8\r\n"

func TestVarsResponse(t *testing.T) {
	long := strings.Repeat("x", 2*blockSize)
	for _, tt := range []struct {
		name    string
		method  string
		handler http.HandlerFunc
		want    string // the blocks, joined by |
	}{
		{"nothing", "GET", func(http.ResponseWriter, *http.Request) {}, "Status: 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{"hello", "GET", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hi") },
			"Status: 200 OK\r\n" + plain + "Content-Length: 2\r\n\r\nhi"},
		{"own type", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "x/y")
			w.WriteHeader(201)
			w.Header().Set("Content-Type", "too/late")
			w.WriteHeader(202)
			_, _ = w.Write([]byte("hi"))
		}, "Status: 201 Created\r\nContent-Type: x/y\r\nContent-Length: 2\r\n\r\nhi"},
		{"a header that was kept", "GET", func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			w.WriteHeader(201)
			h.Set("Content-Type", "too/late")
			_, _ = w.Write([]byte("hi"))
		}, "Status: 201 Created\r\n" + plain + "Content-Length: 2\r\n\r\nhi"},
		{"no type", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "hi")
		}, "Status: 200 OK\r\nContent-Length: 2\r\n\r\nhi"},
		{"encoded", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "hi")
		}, "Status: 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi"},
		{"unknown status", "GET", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(299) },
			"Status: 299 Unnamed\r\nContent-Length: 0\r\n\r\n"},
		{"Location before Status, for HAProxy", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/x\r\nEvil: y")
			w.Header().Set("A", "b")
			w.WriteHeader(201)
		}, "Location: /x  Evil: y\r\nStatus: 201 Created\r\nA: b\r\nContent-Length: 0\r\n\r\n"},
		{"early hints", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(103)
			w.WriteHeader(404)
		}, "Status: 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
		{"no injection", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Status", "500")
			w.Header().Set("Transfer-Encoding", "chunked")
			w.Header().Set("A", "x\r\nB: y\nC: z")
			w.Header()["D\r\nE"] = []string{"x"}
			w.WriteHeader(204)
		}, "Status: 204 No Content\r\nA: x  B: y C: z\r\n\r\n"},
		{"HEAD", "HEAD", sayHello, "Status: 200 OK\r\n" + plain + "Content-Length: 12\r\n\r\n"},
		{"HEAD, long", "HEAD", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) },
			"Status: 200 OK\r\n" + plain + "\r\n|"},
		{"HEAD, nothing", "HEAD", func(http.ResponseWriter, *http.Request) {}, "Status: 200 OK\r\n\r\n"},
		{"HEAD, length", "HEAD", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "99") },
			"Status: 200 OK\r\nContent-Length: 99\r\n\r\n"},
		{"304", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(304)
			if _, err := w.Write([]byte("x")); err != http.ErrBodyNotAllowed {
				panic(err)
			}
		}, "Status: 304 Not Modified\r\n\r\n"},
		{"flush before write", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "hi")
			_ = http.NewResponseController(w).Flush()
			w.(http.Flusher).Flush() // nothing to send
		}, "Status: 200 OK\r\n\r\n|hi|"},
		{"long", "GET", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long[:blockSize]) },
			"Status: 200 OK\r\n" + plain + "\r\n|" + long[:blockSize-frameRoom] + "|" + long[:frameRoom]},
		{"length", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			n, err := w.Write([]byte("abc"))
			if _, more := w.Write([]byte("d")); n != 3 || err != nil || more != http.ErrContentLength {
				panic(more)
			}
		}, "Status: 200 OK\r\nContent-Length: 3\r\n" + plain + "\r\nabc"},
		{"bad length", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "x")
			_, _ = w.Write([]byte("abc"))
		}, "Status: 200 OK\r\n" + plain + "Content-Length: 3\r\n\r\nabc"},
		{"panic", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Set-Cookie", "secret")
			_, _ = io.WriteString(w, "half")
			panic("x")
		}, "Status: 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\n" +
			"X-Content-Type-Options: nosniff\r\nContent-Length: 22\r\n\r\nInternal Server Error\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := testServer(t, tt.handler)
			m, complete, _ := respond(c, testVars("REQUEST_METHOD", tt.method, "REQUEST_URI", "/"), "")
			if got := strings.Join(m.blocks, "|"); got != tt.want || !m.last || !complete {
				t.Errorf("complete %v\n%q, want\n%q", complete, got, tt.want)
			}
		})
	}
}

// What is cut is not ended.
func TestVarsResponseCut(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"abort":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"late panic":   func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); panic("x") },
		"nil panic":    func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); panic(nil) },
		"status panic": func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); w.WriteHeader(99) },
		"too short":    func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "9") },
		"server gone":  func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			log, lines := newLog()
			c := testServer(t, h)
			c.Log = log
			m := &memory{}
			if name == "server gone" {
				m.err = errors.New("broken pipe")
			}
			x := &exchange{}
			x.start(m)
			if err := x.parse(t.Context(), testVars("REQUEST_METHOD", "GET", "REQUEST_URI", "/")); err != nil {
				t.Fatal(err)
			}
			if complete, err := x.answer(x, h, c.Log); complete || err == nil || m.last {
				t.Errorf("complete %v, %v", complete, err)
			}
			if loud := strings.Contains(lines.String(), "goroutine"); loud != strings.Contains(name, "panic") {
				t.Errorf("log: %s", lines)
			}
		})
	}
}

// A goroutine that outlives its handler cannot write into the next answer.
func TestVarsResponseOutlived(t *testing.T) {
	m := &memory{}
	var kept http.ResponseWriter
	x := &exchange{}
	x.start(m)
	_ = x.parse(t.Context(), testVars("REQUEST_METHOD", "GET", "REQUEST_URI", "/"))
	_, _ = x.answer(x, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { kept = w }), nil)
	if _, err := io.WriteString(kept, "late"); err == nil || len(m.blocks) != 1 {
		t.Errorf("%v, %q", err, m.blocks)
	}
	if err := http.NewResponseController(kept).Flush(); err == nil {
		t.Error("flushed")
	}
}
