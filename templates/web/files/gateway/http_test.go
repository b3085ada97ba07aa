package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestHTTPView(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no unix sockets with a mode")
	}
	checkView(t, func(t *testing.T, c *server, v viewCase) *http.Response {
		l := listenTest(t, "unix")
		serveTest(t, HTTP(), l, c)
		var b strings.Builder
		fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", v.method, v.target, v.host)
		fmt.Fprintf(&b, "X-Forwarded-For: %s\r\n", v.client)
		if v.https {
			b.WriteString("X-Forwarded-Proto: https\r\n")
		}
		if v.body != "" {
			fmt.Fprintf(&b, "Content-Length: %d\r\n", len(v.body))
		}
		_ = v.header.Write(&b)
		return send(t, l, b.String()+"\r\n"+v.body, v.method)
	})
}

// listenTest listens on a unix socket in a folder of its own, or on any TCP
// port.
func listenTest(t testing.TB, network string) net.Listener {
	t.Helper()
	where := "127.0.0.1:0"
	if network == "unix" {
		where = filepath.Join(t.TempDir(), "s")
	}
	l, err := net.Listen(network, where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// dialTest connects to l for at most 10 s.
func dialTest(t testing.TB, l net.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial(l.Addr().Network(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

// send writes raw to l and reads one answer to a request by that method.
func send(t testing.TB, l net.Listener, raw, method string) *http.Response {
	t.Helper()
	resp, err := exchangeRaw(dialTest(t, l), raw, method)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// exchangeRaw is send for goroutines, which must not end the test.
func exchangeRaw(c net.Conn, raw, method string) (*http.Response, error) {
	if _, err := io.WriteString(c, raw); err != nil {
		return nil, err
	}
	return http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
}

// text reads the whole body of an answer.
func text(resp *http.Response) string {
	b, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return "error: " + err.Error()
	}
	return string(b)
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

func TestForwarded(t *testing.T) {
	for _, tt := range []struct {
		name    string
		unix    bool
		trusted string
		header  string
		remote  string // "" means the peer's own
		https   bool
	}{
		{"nobody is trusted by default", false, "", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n", "", false},
		{"another is trusted", false, "10.0.0.0/8", "X-Forwarded-For: 203.0.113.9\r\n", "", false},
		{"the peer is trusted", false, "127.0.0.1", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n", "203.0.113.9:1", true},
		{"only the last entry is the proxy's", false, "127.0.0.0/8", "X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\n", "203.0.113.9:1", false},
		{"of the last line", false, "127.0.0.1", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 203.0.113.8\r\n", "203.0.113.8:1", false},
		{"a port is kept", false, "127.0.0.1", "X-Forwarded-For: 203.0.113.9:4711\r\n", "203.0.113.9:4711", false},
		{"IPv6", false, "127.0.0.1", "X-Forwarded-For: 2001:db8::1\r\n", "[2001:db8::1]:1", false},
		{"IPv6 in brackets", false, "127.0.0.1", "X-Forwarded-For: [2001:db8::1]\r\n", "[2001:db8::1]:1", false},
		{"no address", false, "127.0.0.1", "X-Forwarded-For: unknown\r\n", "", false},
		{"X-Real-IP never counts", false, "127.0.0.1", "X-Real-IP: 203.0.113.9\r\n", "", false},
		{"the last scheme counts", false, "127.0.0.1", "X-Forwarded-Proto: https, http\r\n", "", false},
		{"a unix socket is trusted", true, "", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: HTTPS\r\n", "203.0.113.9:1", true},
		{"a unix socket without a word", true, "", "", "127.0.0.1:1", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := testServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, "%s %t", r.RemoteAddr, r.TLS != nil)
			}))
			c.trusted, _ = parsePrefixes("trusted-proxies", tt.trusted)
			l := listenTest(t, map[bool]string{true: "unix", false: "tcp"}[tt.unix])
			serveTest(t, HTTP(), l, c)
			got := text(send(t, l, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"+tt.header+"\r\n", "GET"))
			remote, https, _ := strings.Cut(got, " ")
			if tt.remote == "" {
				if p, err := netip.ParseAddrPort(remote); err != nil || !p.Addr().IsLoopback() || p.Port() < 2 {
					t.Errorf("RemoteAddr %q, want the peer's", remote)
				}
			} else if remote != tt.remote {
				t.Errorf("RemoteAddr %q, want %q", remote, tt.remote)
			}
			if https != fmt.Sprint(tt.https) {
				t.Errorf("TLS %s, want %t", https, tt.https)
			}
		})
	}
}

// What a stranger says about himself does not reach those who may believe it.
func TestForwardedIsDropped(t *testing.T) {
	for _, trusted := range []string{"", "::ffff:127.0.0.1", "::ffff:127.0.0.0/104"} {
		c := testServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "X-Mine"} {
				fmt.Fprint(w, r.Header.Get(name), ",")
			}
		}))
		c.trusted, _ = parsePrefixes("trusted-proxies", trusted)
		l := listenTest(t, "tcp")
		serveTest(t, HTTP(), l, c)
		got := text(send(t, l, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: 1\r\nX-Forwarded-Host: 2\r\nX-Forwarded-Proto: 3\r\nX-Real-IP: 4\r\nForwarded: 5\r\nX-Mine: 6\r\n\r\n", "GET"))
		want := ",,,,,6,"
		if trusted != "" {
			want = "1,2,3,4,5,6,"
		}
		if got != want {
			t.Errorf("trusted %q: %s, want %s", trusted, got, want)
		}
	}
}

// Raw requests that no client library would send, and their status.
func TestHTTPRaw(t *testing.T) {
	l := listenTest(t, "tcp")
	serveTest(t, HTTP(), l, testServer(t, http.HandlerFunc(hello)))
	for _, tt := range []struct {
		name, raw string
		status    int
	}{
		{"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200},
		{"HTTP/1.1 without Host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204},
		{"GET *", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
		{"CONNECT", "CONNECT evil.test:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
		{"opaque target", "GET mailto:a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"6 KB header", "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 6<<10) + "\r\n\r\n", 200},
		{"70 KB header", "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 70000) + "\r\n\r\n", 431},
		{"announced body over the limit", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := send(t, l, tt.raw, "GET")
			if resp.StatusCode != tt.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.status)
			}
		})
	}
}

func TestHTTPStreams(t *testing.T) {
	more := make(chan bool)
	l := listenTest(t, "tcp")
	serveTest(t, HTTP(), l, testServer(t, Chain(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, "one ")
		_ = http.NewResponseController(w).Flush()
		<-more
		_, _ = io.WriteString(w, "two")
	}), Recover, RequestID, AccessLog, SecurityHeaders)))
	resp := send(t, l, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET")
	first := make([]byte, 4)
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "one " {
		t.Fatalf("first bytes %q, err %v", first, err)
	}
	close(more)
	if rest := text(resp); rest != "two" {
		t.Errorf("rest %q", rest)
	}
}

// nginx before 1.29 takes any answer for the last one.
func TestHTTPOnlyFinal(t *testing.T) {
	l := listenTest(t, "unix")
	serveTest(t, HTTP(), l, testServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusTeapot)
	})))
	if resp := send(t, l, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET"); resp.StatusCode != http.StatusTeapot {
		t.Errorf("got %s", resp.Status)
	}
}

// Who connects and says nothing holds a drain up for a moment only.
func TestHTTPDrainSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- HTTP().serve(ctx, newListener(l, 64), testServer(t, http.HandlerFunc(hello))) }()
		silent := l.dial()
		synctest.Wait()
		stop()
		if _, err := silent.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the silent connection: %v", err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// pipes is a listener without a network, for tests with a clock of their own.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

// serveHTTPTest serves h on pipes until the bubble's test ends.
func serveHTTPTest(t *testing.T, h http.HandlerFunc) *pipes {
	l := newPipes()
	serveTest(t, HTTP(), l, testServer(t, h))
	return l
}

// An upload may take longer than WriteTimeout.
func TestHTTPSlowUpload(t *testing.T) {
	for _, tt := range []struct {
		length int64
		want   time.Duration
	}{
		{0, 0}, {1, 0}, {8 << 10, time.Second}, {1 << 20, 128 * time.Second}, {-1, 128 * time.Second}, {math.MaxInt64, 128 * time.Second},
	} {
		if got := uploadTime(tt.length, 1<<20); got != tt.want {
			t.Errorf("%d bytes: %v, want %v", tt.length, got, tt.want)
		}
	}
	if got := uploadTime(-1, math.MaxInt64); got != 24*time.Hour {
		t.Error(got)
	}
	synctest.Test(t, func(t *testing.T) {
		c := serveHTTPTest(t, func(w http.ResponseWriter, r *http.Request) {
			n, err := io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, n, err)
		}).dial()
		_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1048576\r\n\r\n")
		piece := strings.Repeat("x", 256<<10)
		for range 3 {
			_, _ = io.WriteString(c, piece)
			time.Sleep(bodyPause - time.Second)
		}
		resp, err := exchangeRaw(c, piece, "POST")
		if err != nil {
			t.Fatal(err)
		}
		if got := text(resp); got != "1048576 <nil>" {
			t.Errorf("answer %q", got)
		}
	})
}

func TestHTTPDrainOverdue(t *testing.T) {
	entered, leave := make(chan bool), make(chan bool)
	c := testServer(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- true; <-leave }))
	defer close(leave)
	c.ShutdownTimeout = 50 * time.Millisecond
	l := listenTest(t, "tcp")
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- HTTP().serve(ctx, newListener(l, c.MaxConns), c) }()
	_, _ = io.WriteString(dialTest(t, l), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	<-entered
	stop()
	err := <-served
	if err == nil || !strings.Contains(err.Error(), "0.05 seconds") || !strings.Contains(err.Error(), "-shutdown-timeout") {
		t.Errorf("error %v", err)
	}
}

// With one slot, a client that would keep its connection does not keep out
// the next.
func TestHTTPMaxConns(t *testing.T) {
	c := testServer(t, http.HandlerFunc(hello))
	c.MaxConns = 1
	l := listenTest(t, "tcp")
	serveTest(t, HTTP(), l, c)
	for range 3 {
		if got := text(send(t, l, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET")); got != "hello" {
			t.Errorf("answer %q", got)
		}
	}
}

func TestHTTPListenerFails(t *testing.T) {
	l := listenTest(t, "tcp")
	_ = l.Close()
	if err := HTTP().serve(t.Context(), newListener(l, 64), testServer(t, http.HandlerFunc(hello))); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkHTTP(b *testing.B) {
	l := listenTest(b, "tcp")
	serveTest(b, HTTP(), l, testServer(b, http.HandlerFunc(hello)))
	c := dialTest(b, l)
	_ = c.SetDeadline(time.Time{})
	r := bufio.NewReader(c)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		resp, err := http.ReadResponse(r, nil)
		if err != nil || text(resp) != "hello" {
			b.Fatal(err)
		}
	}
}

// A client that sends all of a body before it reads gets the answer of a handler
// that did not want it, and one that waits for 100-continue is not waited for.
func TestHTTPUnreadBody(t *testing.T) {
	l := listenTest(t, "tcp")
	serveTest(t, HTTP(), l, testServer(t, http.HandlerFunc(hello)))
	body := strings.Repeat("x", 1<<20) // more than net/http discards by itself
	resp := send(t, l, fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body), "POST")
	if got := text(resp); got != "hello" {
		t.Errorf("got %q", got)
	}
	began := time.Now()
	resp = send(t, l, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 999999\r\n\r\n", "POST")
	if got := text(resp); got != "hello" || time.Since(began) > unreadTime/2 {
		t.Errorf("got %q after %v", got, time.Since(began))
	}
}

// A client that sends a little now and then gets the answer all the same, also
// from a handler that closes the body as clients have to.
func TestHTTPUnreadBodyTrickled(t *testing.T) {
	usual := unreadTime
	unreadTime = unreadPause
	t.Cleanup(func() { unreadTime = usual })
	l := listenTest(t, "tcp")
	serveTest(t, HTTP(), l, testServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.Body.Close()
		hello(w, r)
	})))
	c := dialTest(t, l)
	_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999\r\n\r\n")
	done := make(chan bool)
	defer close(done)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(unreadPause / 4):
				_, _ = io.WriteString(c, "x")
			}
		}
	}()
	resp, err := exchangeRaw(c, "", "POST")
	if err != nil {
		t.Fatal(err)
	}
	if got := text(resp); got != "hello" {
		t.Errorf("got %q", got)
	}
}

// The files of an upload in a form are gone with the request.
func TestHTTPUploadedFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	l := listenTest(t, "tcp")
	upload := func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil {
			t.Error(err)
		}
		hello(w, r)
	}
	serveTest(t, HTTP(), l, testServer(t, RequestID(http.HandlerFunc(upload))))
	body := "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + strings.Repeat("x", 99_999) + "\r\n--b--\r\n"
	send(t, l, fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n%s", len(body), body), "POST")
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// A proxy that has the head of an answer may send no more of the body.
func TestHTTPUnreadBodyWithheld(t *testing.T) {
	l := listenTest(t, "tcp")
	serveTest(t, HTTP(), l, testServer(t, http.HandlerFunc(hello)))
	began := time.Now()
	resp := send(t, l, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999\r\n\r\nabc", "POST")
	if got := text(resp); got != "hello" || time.Since(began) > unreadTime-time.Second {
		t.Errorf("got %q after %v", got, time.Since(began))
	}
}

// A client that pauses for too long in the middle of a body has lost.
func TestHTTPBodyPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serveHTTPTest(t, func(w http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(r.Body)
			fmt.Fprint(w, isTimeout(err))
		}).dial()
		resp, err := exchangeRaw(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nwho", "POST")
		if err != nil {
			t.Fatal(err)
		}
		if got := text(resp); got != "true" {
			t.Errorf("timed out: %s", got)
		}
	})
}

// A drain answers what is in flight, and a silent connection does not make it
// fail.
func TestHTTPDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leave := make(chan bool)
		c := testServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-leave
			hello(w, r)
		}))
		c.ShutdownTimeout = time.Second
		l := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- HTTP().serve(ctx, newListener(l, c.MaxConns), c) }()
		defer l.dial().Close()
		const requests = 20
		answers := make(chan string, requests)
		for range requests {
			go func() {
				resp, err := exchangeRaw(l.dial(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET")
				if err != nil {
					answers <- err.Error()
					return
				}
				answers <- text(resp)
			}()
		}
		synctest.Wait()
		stop()
		time.Sleep(c.ShutdownTimeout / 2)
		close(leave)
		for range requests {
			if got := <-answers; got != "hello" {
				t.Errorf("answer %q", got)
			}
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// What is sent on a kept connection just when a drain begins is answered, and
// the connection then closed.
func TestHTTPIdleInDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		done := make(chan error, 1)
		go func() { done <- HTTP().serve(ctx, newListener(l, 64), testServer(t, http.HandlerFunc(hello))) }()
		c := l.dial()
		for ended := range 2 {
			resp, err := exchangeRaw(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST")
			if err != nil {
				t.Fatal(err)
			}
			if got := text(resp); got != "hello" || resp.Close != (ended == 1) {
				t.Errorf("got %q, closed: %v", got, resp.Close)
			}
			synctest.Wait() // the connection is idle
			stop()
			time.Sleep(idleInDrain / 2)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
