package gateway

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// netstring is a head.
func netstring(pairs ...string) string {
	var b strings.Builder
	for _, s := range pairs {
		b.WriteString(s + "\x00")
	}
	return fmt.Sprintf("%d:%s,", b.Len(), b.String())
}

func scgiGet(pairs ...string) string {
	return netstring(append([]string{"CONTENT_LENGTH", "0", "SCGI", "1", "REQUEST_METHOD", "GET", "REQUEST_URI", "/"}, pairs...)...)
}

// ask sends a request and reads until the server closes.
func ask(t testing.TB, c net.Conn, request string) string {
	t.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestSCGIView(t *testing.T) {
	checkView(t, func(t *testing.T, c *server, v viewCase) *http.Response {
		s := startSocket(t, c.handler.ServeHTTP, runSCGI)
		return readView(t, ask(t, s.dial(t), netstring(viewVars(v)...)+v.body), v)
	})
}

func TestSCGIHello(t *testing.T) {
	s := startSocket(t, sayHello, runSCGI)
	for _, extra := range []string{"", "bytes that nobody asked for"} {
		got := ask(t, s.dial(t), scgiGet()+extra)
		want := "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 12\r\n\r\nhello, world"
		if got != want {
			t.Errorf("%q", got)
		}
	}
}

func TestSCGIHead(t *testing.T) {
	const vars = "CONTENT_LENGTH\x000\x00SCGI\x001\x00"
	big := func(n int) string {
		return netstring("CONTENT_LENGTH", "0", "SCGI", "1", "REQUEST_METHOD", "GET", "REQUEST_URI", "/", "X", strings.Repeat("x", n))
	}
	s := startSocket(t, sayHello, runSCGI)
	for _, tt := range []struct {
		name, head string
		want       string // the answer's beginning, "" for none
	}{
		{"fine", scgiGet(), "Status: 200"},
		{"empty length", netstring("CONTENT_LENGTH", "", "SCGI", "1", "REQUEST_METHOD", "POST", "REQUEST_URI", "/"), "Status: 200"},
		{"6 KiB", big(6 << 10), "Status: 200"},
		{"64 KiB", big(scgiMaxHead - 100), "Status: 200"},
		{"too big", big(scgiMaxHead), "Status: 431"},
		{"much too big", "99999999999999999999999999:", "Status: 431"},
		{"chunked", netstring("CONTENT_LENGTH", "", "SCGI", "1", "REQUEST_METHOD", "POST", "REQUEST_URI", "/", "HTTP_TRANSFER_ENCODING", "chunked"), "Status: 411"},
		{"bad length", netstring("CONTENT_LENGTH", "x", "SCGI", "1", "REQUEST_METHOD", "GET", "REQUEST_URI", "/"), "Status: 400"},
		{"two lengths", netstring("CONTENT_LENGTH", "1", "SCGI", "1", "REQUEST_METHOD", "GET", "REQUEST_URI", "/", "CONTENT_LENGTH", "2"), "Status: 400"},
		{"no method", "24:" + vars + ",", "Status: 400"},
		{"leading zero", "024:" + vars + ",", ""},
		{"zero", "0:,", ""},
		{"two zeros", "00:,", ""},
		{"no digits", ":" + vars + ",", ""},
		{"sign", "+24:" + vars + ",", ""},
		{"space", " 24:" + vars + ",", ""},
		{"hex", "0x18:" + vars + ",", ""},
		{"no comma", "24:" + vars + ";", ""},
		{"too short", "23:" + vars + ",", ""},
		{"no SCGI", netstring("CONTENT_LENGTH", "0", "REQUEST_METHOD", "GET"), ""},
		{"SCGI 2", netstring("CONTENT_LENGTH", "0", "SCGI", "2"), ""},
		{"length not first", netstring("SCGI", "1", "CONTENT_LENGTH", "0"), ""},
		{"odd", netstring("CONTENT_LENGTH", "0", "SCGI", "1", "X"), ""},
		{"no name", netstring("CONTENT_LENGTH", "0", "SCGI", "1", "", "x"), ""},
		{"no NUL", "23:CONTENT_LENGTH\x000\x00SCGI\x001,", ""},
		{"HTTP", "GET / HTTP/1.1\r\n\r\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := s.dial(t)
			_, _ = io.WriteString(c, tt.head)
			closeWrite(c)
			answer, _ := io.ReadAll(c)
			if got := string(answer); !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("%.60q, want %q", got, tt.want)
			}
		})
	}
}

func scgiPost(length int) string {
	return netstring("CONTENT_LENGTH", strconv.Itoa(length), "SCGI", "1", "REQUEST_METHOD", "POST", "REQUEST_URI", "/")
}

func TestSCGIBody(t *testing.T) {
	s := startSocket(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprintf(w, "%d of %d, %v", n, r.ContentLength, err)
	}, runSCGI)
	for _, tt := range []struct {
		length, sent int
		want         string
	}{
		{0, 0, "0 of 0, <nil>"},
		{3, 3, "3 of 3, <nil>"},
		{3, 9, "3 of 3, <nil>"},
		{9, 3, "3 of 9, unexpected EOF"},
		{5 << 20, 5 << 20, "5242880 of 5242880, <nil>"},
	} {
		c := s.dial(t)
		_, _ = io.WriteString(c, scgiPost(tt.length)+strings.Repeat("x", tt.sent))
		closeWrite(c)
		answer, _ := io.ReadAll(c)
		if _, got, _ := strings.Cut(string(answer), "\r\n\r\n"); got != tt.want {
			t.Errorf("%d of %d: %q", tt.sent, tt.length, answer)
		}
	}
}

// A handler that ignores a large body answers all the same, whether the web
// server reads before or after it has written.
func TestSCGIUnreadBody(t *testing.T) {
	s := startSocket(t, sayHello, runSCGI)
	got := ask(t, s.dial(t), scgiPost(16<<20)+strings.Repeat("x", 16<<20))
	if !strings.HasSuffix(got, "hello, world") {
		t.Errorf("%q", got)
	}
	c := s.dial(t)
	if got := ask(t, c, scgiPost(16<<20)+"x"); !strings.HasSuffix(got, "hello, world") {
		t.Errorf("%q", got)
	}
}

func TestSCGIDeadlines(t *testing.T) {
	s := startSocket(t, sayLength, runSCGI, shortSCGI)
	for _, tt := range []struct {
		name, sent string
		least      time.Duration
	}{
		{"nothing", "", 200 * time.Millisecond},
		{"half a length", "12", 200 * time.Millisecond},
		{"half a head", "120:CONTENT", 200 * time.Millisecond},
		{"half a body", scgiPost(9) + "x", 400 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			start, c := time.Now(), s.dial(t)
			_, _ = io.WriteString(c, tt.sent)
			_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
			_, err := io.Copy(io.Discard, c)
			if d := time.Since(start); isTimeout(err) || d < tt.least {
				t.Errorf("closed after %v, want %v (%v)", d, tt.least, err)
			}
		})
	}
}

func sayLength(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	_, _ = fmt.Fprint(w, n, err)
}

func shortSCGI(_ *server, l *limits) {
	*l = limits{head: 200 * time.Millisecond, idle: 400 * time.Millisecond, write: 300 * time.Millisecond, drain: 300 * time.Millisecond}
}

// The rest of a body is not awaited for ever.
func TestSCGIUnreadBodyStalls(t *testing.T) {
	s := startSocket(t, sayHello, runSCGI, shortSCGI)
	c := s.dial(t)
	_, _ = io.WriteString(c, scgiPost(1<<20))
	for start := time.Now(); time.Since(start) < 5*time.Second; time.Sleep(10 * time.Millisecond) {
		if _, err := io.WriteString(c, "x"); err != nil {
			return
		}
	}
	t.Error("still reading")
}

func TestSCGIPeerCloses(t *testing.T) {
	done := make(chan bool)
	s := startSocket(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		done <- true
	}, runSCGI)
	for _, request := range []string{scgiGet(), scgiPost(3), scgiPost(3) + "abc"} {
		c := s.dial(t)
		_, _ = io.WriteString(c, request)
		_ = c.Close()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Fatal("the handler does not find out")
		}
	}
}

func TestSCGIPeerNeverReads(t *testing.T) {
	done := make(chan error)
	s := startSocket(t, func(w http.ResponseWriter, r *http.Request) {
		var err error
		for err == nil {
			_, err = w.Write(make([]byte, 64<<10))
		}
		<-r.Context().Done()
		done <- err
	}, runSCGI, shortSCGI)
	_, _ = io.WriteString(s.dial(t), scgiGet())
	select {
	case err := <-done:
		if !isTimeout(err) {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("still writing")
	}
}

func TestSCGITruncated(t *testing.T) {
	s := startSocket(t, sayLength, runSCGI)
	request := scgiPost(3) + "ab"
	for i := range request {
		c := s.dial(t)
		_, _ = io.WriteString(c, request[:i])
		_ = c.Close()
	}
}

// Whatever a peer leaves behind when it goes, no memory stays with it.
func TestSCGIAbuse(t *testing.T) {
	s := startSocket(t, sayLength, runSCGI, shortSCGI)
	body := strings.Repeat("x", 60_000)
	abuse(t, s, map[string]string{
		"nothing":           "",
		"digits":            "000000",
		"a long length":     "65536:",
		"half a head":       "60000:" + body[:9000],
		"more than it says": scgiPost(1) + body,
		"less than it says": scgiPost(100_000) + body,
		"an answer unread":  scgiGet(),
		"another protocol":  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	})
}

func TestSCGIPanic(t *testing.T) {
	l := listenTest(t, "tcp")
	serveTest(t, SCGI(), l, testServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _ = io.WriteString(w, "half"); r.URL.Path == "/late" {
			w.(http.Flusher).Flush()
		}
		panic("on purpose")
	})))
	if got := ask(t, dialTest(t, l), scgiGet()); !strings.HasPrefix(got, "Status: 500") {
		t.Errorf("%q", got)
	}
	c := dialTest(t, l)
	_, _ = io.WriteString(c, scgiGet("REQUEST_URI", "/late"))
	if answer, err := io.ReadAll(c); err == nil {
		t.Errorf("looks complete: %q", answer)
	}
}

func TestSCGIDrain(t *testing.T) {
	started, release := make(chan bool), make(chan bool)
	s := startSocket(t, func(w http.ResponseWriter, r *http.Request) {
		started <- true
		<-release
		sayHello(w, r)
	}, runSCGI)
	c := s.dial(t)
	_, _ = io.WriteString(c, scgiGet())
	<-started
	s.stop()
	close(release)
	if answer, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(answer), "hello, world") {
		t.Errorf("%q, %v", answer, err)
	}
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	s.done <- nil
}

func TestSCGIResponseController(t *testing.T) {
	s := startSocket(t, func(w http.ResponseWriter, r *http.Request) {
		rc, soon := http.NewResponseController(w), time.Now().Add(20*time.Millisecond)
		if err := rc.SetReadDeadline(soon); err != nil {
			t.Error(err)
		}
		if _, err := io.ReadAll(r.Body); !isTimeout(err) {
			t.Error(err)
		}
		if err := rc.SetWriteDeadline(soon); err != nil {
			t.Error(err)
		}
		time.Sleep(30 * time.Millisecond)
		if _, err := io.WriteString(w, "x"); err != nil {
			t.Error(err)
		}
		if err := rc.Flush(); !isTimeout(err) {
			t.Error(err)
		}
	}, runSCGI)
	if got := ask(t, s.dial(t), scgiPost(3)); got != "" {
		t.Errorf("%q", got)
	}
}

// BenchmarkSCGI is a request over a connection of its own.
func BenchmarkSCGI(b *testing.B) {
	s := startSocket(b, sayHello, runSCGI)
	request := []byte(scgiGet("REMOTE_ADDR", "203.0.113.9", "REMOTE_PORT", "54321", "HTTP_HOST", "app.example",
		"HTTP_USER_AGENT", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "HTTP_ACCEPT", "text/html"))
	answer := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		c, err := net.Dial("unix", s.addr)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = c.Read(answer)
		}
		_ = c.Close()
	}
}
