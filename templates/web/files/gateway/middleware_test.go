package gateway

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// chained answers r by h behind every middleware; cut reports that the
// transport was told to cut the answer. It returns the lines logged.
func chained(t *testing.T, h http.HandlerFunc, r *http.Request) (w *httptest.ResponseRecorder, cut bool, lines string) {
	t.Helper()
	log, out := newLog()
	before := slog.Default()
	slog.SetDefault(log)
	defer slog.SetDefault(before)
	w = httptest.NewRecorder()
	var wg sync.WaitGroup
	wg.Go(func() { // so that it can end
		defer func() { cut = recover() == http.ErrAbortHandler }()
		Chain(h, Recover, RequestID, AccessLog, SecurityHeaders).ServeHTTP(w, r)
	})
	wg.Wait()
	return w, cut, out.String()
}

func TestRecover(t *testing.T) {
	for _, tt := range []struct {
		name   string
		h      http.HandlerFunc
		status int
		cut    bool
		logged bool
	}{
		{"no panic", hello, 200, false, false},
		{"before the first byte", func(http.ResponseWriter, *http.Request) { panic("oops") }, 500, false, true},
		{"after WriteHeader", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); panic("oops") }, 201, true, true},
		{"after the first byte", func(w http.ResponseWriter, r *http.Request) { hello(w, r); panic("oops") }, 200, true, true},
		{"after a flush", func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); panic("oops") }, 200, true, true},
		{"by Goexit", func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, 500, false, false},
		{"on purpose", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 200, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, cut, lines := chained(t, tt.h, request("GET", "/p"))
			if w.Code != tt.status || cut != tt.cut {
				t.Errorf("status %d, cut %t", w.Code, cut)
			}
			id := w.Header().Get("X-Request-ID")
			logged := strings.Contains(lines, "msg=panic value=oops") && strings.Contains(lines, "middleware_test.go") &&
				strings.Count(lines, "id="+id) == 2
			if logged != tt.logged {
				t.Errorf("panic logged: %t\n%s", logged, lines)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	for id, kept := range map[string]bool{
		"":                             false,
		"a.B_9-":                       true,
		strings.Repeat("x", 64):        true,
		strings.Repeat("x", 65):        false,
		"a b":                          false,
		"a\nb":                         false,
		"<script>alert('id')</script>": false,
	} {
		r := request("GET", "/")
		r.Header.Set("X-Request-ID", id)
		w, _, _ := chained(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, ID(r.Context())) }, r)
		got := w.Header().Get("X-Request-ID")
		if (got == id) != kept || got != w.Body.String() || len(got) < 6 {
			t.Errorf("%q: header %q, ID %q", id, got, w.Body)
		}
	}
	if id := ID(t.Context()); id != "" {
		t.Errorf("ID %q without a request", id)
	}
}

func TestAccessLog(t *testing.T) {
	for _, tt := range []struct {
		h    http.HandlerFunc
		want string
	}{
		{hello, "status=200 bytes=5"},
		{func(http.ResponseWriter, *http.Request) {}, "status=200 bytes=0"},
		{http.NotFound, "status=404 bytes=19"},
		{func(http.ResponseWriter, *http.Request) { panic("oops") }, "status=500 bytes=0"},
		{func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(204) }, "status=204 bytes=0"},
	} {
		_, _, lines := chained(t, tt.h, request("GET", "/p?secret"))
		if !strings.Contains(lines, "method=GET path=/p "+tt.want+" duration=") || !strings.Contains(lines, "remote=192.0.2.1:1234 id=") {
			t.Errorf("want %s:\n%s", tt.want, lines)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	const html = "text/html; charset=utf-8"
	for _, tt := range []struct {
		name  string
		h     http.HandlerFunc
		ctype string
		code  int
	}{
		{"told from the body", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, html, 200},
		{"after WriteHeader", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); fmt.Fprint(w, "<html>") }, html, 404},
		{"by io.Copy", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(201)
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader("<html>"+strings.Repeat("x", 5000)), 5000))
		}, html, 201},
		{"said", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			w.WriteHeader(202)
			fmt.Fprint(w, "<html>")
		}, "text/css", 202},
		{"flushed first", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(206); w.(http.Flusher).Flush() }, "", 206},
		{"no body", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, "", 204},
		{"encoded", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, "x")
		}, "text/css", 200},
	} {
		l := listenTest(t, "tcp")
		serveTest(t, HTTP(), l, testServer(t, SecurityHeaders(tt.h)))
		resp := send(t, l, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET")
		h := resp.Header
		if h.Get("Content-Type") != tt.ctype || resp.StatusCode != tt.code {
			t.Errorf("%s: %d %q, want %d %q", tt.name, resp.StatusCode, h.Get("Content-Type"), tt.code, tt.ctype)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" || h.Get("X-Frame-Options") == "" {
			t.Errorf("%s: header %v", tt.name, h)
		}
	}
}

func TestChainOrder(t *testing.T) {
	var order strings.Builder
	mark := func(s string) Middleware {
		return func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				order.WriteString(s)
				h.ServeHTTP(w, r)
			})
		}
	}
	Chain(http.HandlerFunc(hello), mark("a"), mark("b")).ServeHTTP(httptest.NewRecorder(), request("GET", "/"))
	if order.String() != "ab" {
		t.Errorf("order %s", order.String())
	}
}

// What a wrapped writer cannot do itself is reached by Unwrap.
func TestWriterUnwraps(t *testing.T) {
	l := listenTest(t, "tcp")
	serveTest(t, HTTP(), l, testServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chained := Chain(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nmy")
			_ = c.Close()
		}), Recover, RequestID, SecurityHeaders)
		chained.ServeHTTP(w, r)
	})))
	if got := text(send(t, l, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET")); got != "my" {
		t.Errorf("answer %q", got)
	}
}

// stuck is a reader of the log that stands still until it goes on.
type stuck struct {
	goOn chan struct{}
	mu   sync.Mutex
	all  strings.Builder
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.goOn
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(p)
}

// A log that nobody reads holds nobody up, and says later what is missing.
func TestLoggerDrops(t *testing.T) {
	w := &stuck{goOn: make(chan struct{})}
	log, flush := Options{LogFormat: "json", LogLevel: "info"}.Logger(w)
	const lines = 20_000
	for range lines {
		log.Info("line")
	}
	log.Debug("not asked for")
	close(w.goOn)
	flush()
	w.mu.Lock()
	defer w.mu.Unlock()
	written, dropped := 0, 0
	for line := range strings.Lines(w.all.String()) {
		var got struct {
			Msg   string
			Count int
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if dropped += got.Count; got.Msg == "line" {
			written++
		}
	}
	if written == 0 || dropped == 0 || written+dropped != lines {
		t.Errorf("%d written and %d dropped of %d", written, dropped, lines)
	}
}

// writes are what a log's output has been given, one by one.
type writes chan string

func (w writes) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

// What is flushed has been written once.
func TestLoggerFlushes(t *testing.T) {
	out := make(writes, 9)
	log, flush := Options{}.Logger(out)
	log.Info("the last words")
	flush()
	time.Sleep(2 * logDelay)
	if got := <-out; !strings.Contains(got, `level=INFO msg="the last words"`) || len(out) > 0 {
		t.Errorf("%q, and %d more writes", got, len(out))
	}
}

// Probes are asked all the time, and are no news.
func TestAccessLogProbes(t *testing.T) {
	for path, want := range map[string]bool{"/healthz": false, "/readyz": false, "/healthz/x": true, "/": true} {
		if _, _, lines := chained(t, hello, request("GET", path)); strings.Contains(lines, "msg=request") != want {
			t.Errorf("%s: %q", path, lines)
		}
	}
}

// BenchmarkAccessLog is what a line costs its request.
func BenchmarkAccessLog(b *testing.B) {
	before := slog.Default()
	defer slog.SetDefault(before)
	log, flush := Options{}.Logger(io.Discard)
	defer flush()
	slog.SetDefault(log)
	h := AccessLog(http.HandlerFunc(hello))
	r, w := request("GET", "/some/path"), httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		w.Body.Reset()
		h.ServeHTTP(w, r)
	}
}
