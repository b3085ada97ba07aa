package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A lineConn has a protocol for tests: the request is the line of its target,
// its body follows, the answer is all of the CGI answer. After the line "idle"
// the connection is idle.
type lineConn struct{ *wireConn }

func runLines(c *wireConn) {
	if c.awaitRequest(time.Hour) != nil {
		return
	}
	line, err := c.br.ReadString('\n')
	if line == "idle\n" {
		_, _ = io.WriteString(c.Conn, "x")
		if c.awaitRequest(time.Hour) != nil {
			return
		}
		line, err = c.br.ReadString('\n')
	}
	if err != nil {
		return
	}
	x := newWireRequest(c, lineConn{c}, testVars("REQUEST_METHOD", "POST", "REQUEST_URI", strings.TrimSpace(line)), 0)
	x.request.ContentLength = -1
	x.serve()
}

func (c lineConn) Read(p []byte) (int, error) { return c.br.Read(p) }

func (c lineConn) awaitEnd() error {
	_, err := c.br.Peek(1)
	return err
}

func (c lineConn) send(b *block, _ bool) error {
	_, err := c.Write(b.text())
	return err
}

// makeIdle waits until the connection is idle.
func makeIdle(t testing.TB, c net.Conn) net.Conn {
	t.Helper()
	_, _ = io.WriteString(c, "idle\n")
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return c
}

func line(t testing.TB, c net.Conn, target string) string {
	t.Helper()
	_, _ = io.WriteString(c, target+"\n")
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Error(err)
	}
	_, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	return body
}

// A flakyListener fails as the kernel does when descriptors are short.
type flakyListener struct {
	net.Listener
	errs chan error
}

func (l *flakyListener) Accept() (net.Conn, error) {
	select {
	case err := <-l.errs:
		return nil, &net.OpError{Op: "accept", Net: "unix", Err: err}
	default:
		return l.Listener.Accept()
	}
}

func (l *flakyListener) SetDeadline(t time.Time) error {
	return l.Listener.(*net.UnixListener).SetDeadline(t)
}

func TestSocketAcceptErrors(t *testing.T) {
	l := &flakyListener{listenTest(t, "unix"), make(chan error, 10)}
	log, lines := newLog()
	c := testServer(t, http.HandlerFunc(sayHello))
	c.Log = log
	lim := usualLimits
	lim.drain = 100 * time.Millisecond
	done := make(chan error, 1)
	go func() { done <- serveWire(t.Context(), newListener(l, 64), c, lim, runLines) }()
	idle := makeIdle(t, dialTest(t, l))
	for !strings.Contains(lines.String(), "retry=10ms") { // the listener may be in Accept already
		l.errs <- syscall.EMFILE
		l.errs <- syscall.ECONNABORTED
		if got := line(t, dialTest(t, l), "/"); got != "hello, world" {
			t.Fatalf("%q", got)
		}
	}
	if _, err := io.ReadAll(idle); err != nil {
		t.Errorf("the idle connection is not closed: %v", err)
	}
	l.errs <- errors.New("for good")
	_, _ = io.WriteString(dialTest(t, l), "/\n")
	if err := <-done; err == nil || !strings.Contains(err.Error(), "for good") {
		t.Error(err)
	}
}

// A peer that no setting names is turned away before it can say anything.
func TestSocketPeers(t *testing.T) {
	for peers, admitted := range map[string]bool{"10.0.0.5": false, "10.0.0.5,127.0.0.0/8": true} {
		l := listenTest(t, "tcp")
		s := testServer(t, http.HandlerFunc(sayHello))
		s.peers, _ = parsePrefixes("trusted-peers", peers)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- serveWire(ctx, newListener(l, 1), s, usualLimits, runLines) }()
		for range 3 { // each gets the only slot
			c := dialTest(t, l)
			_, _ = io.WriteString(c, "/\n")
			if answer, _ := io.ReadAll(c); strings.HasSuffix(string(answer), "hello, world") != admitted {
				t.Errorf("peers %s: %q", peers, answer)
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// What the kernel has accepted before the end is still answered.
func TestSocketBacklog(t *testing.T) {
	l := listenTest(t, "unix")
	ctx, stop := context.WithCancel(t.Context())
	var conns []net.Conn
	for range 20 {
		c := dialTest(t, l)
		_, _ = io.WriteString(c, "/\n")
		conns = append(conns, c)
	}
	stop()
	if err := serveWire(ctx, newListener(l, 64), testServer(t, http.HandlerFunc(sayHello)), usualLimits, runLines); err != nil {
		t.Error(err)
	}
	for _, c := range conns {
		if answer, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(answer), "hello, world") {
			t.Errorf("%q, %v", answer, err)
		}
	}
}

func TestSocketMaxConns(t *testing.T) {
	var now, most atomic.Int32
	s := startSocket(t, func(http.ResponseWriter, *http.Request) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(2 * time.Millisecond)
		now.Add(-1)
	}, runLines, func(c *server, _ *limits) { c.MaxConns = 3 })
	makeIdle(t, s.dial(t))
	var wg sync.WaitGroup
	for range 30 {
		c := s.dial(t)
		wg.Go(func() { line(t, c, "/") })
	}
	wg.Wait()
	if n := most.Load(); n > 2 { // one slot is the idle connection's
		t.Errorf("%d at a time", n)
	}
}

// A drain that takes too long cancels what runs, and says so.
func TestSocketDrainTooLong(t *testing.T) {
	started := make(chan bool)
	s := startSocket(t, func(_ http.ResponseWriter, r *http.Request) {
		started <- true
		<-r.Context().Done()
	}, runLines, func(c *server, _ *limits) { c.ShutdownTimeout = 50 * time.Millisecond })
	c := s.dial(t)
	_, _ = io.WriteString(c, "/\n")
	<-started
	s.stop()
	if err := <-s.done; err == nil {
		t.Error("no error")
	}
	s.done <- nil
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// A socketTest is a server under test.
type socketTest struct {
	addr string
	stop context.CancelFunc // begins to drain
	done chan error         // what serve returned

	mu      sync.Mutex
	dialled []net.Conn
}

// startSocket serves h until the test ends, which checks that no goroutine and
// no descriptor is left.
func startSocket(t testing.TB, h http.HandlerFunc, run func(*wireConn), change ...func(*server, *limits)) *socketTest {
	t.Helper()
	before, files := runtime.NumGoroutine(), openFiles()
	c := testServer(t, nil)
	c.handler, c.MaxConns = h, 100
	lim := usualLimits
	for _, f := range change {
		f(c, &lim)
	}
	l, err := net.Listen("unix", filepath.Join(socketDir(t), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &socketTest{addr: l.Addr().String(), stop: stop, done: make(chan error, 1)}
	go func() { s.done <- serveWire(ctx, newListener(l, c.MaxConns), c, lim, run) }()
	t.Cleanup(func() {
		for _, c := range s.dialled {
			_ = c.Close()
		}
		stop()
		select {
		case <-s.done:
		case <-time.After(10 * time.Second):
			t.Error("serve does not return")
		}
		sameGoroutines(t, before)
		if n := openFiles(); n > files {
			t.Errorf("%d open files, %d before", n, files)
		}
	})
	return s
}

// socketDir is a directory whose name is short enough for a socket in it.
func socketDir(t testing.TB) string {
	dir, err := os.MkdirTemp("", "gw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (s *socketTest) dial(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialled = append(s.dialled, c)
	return c
}

// openFiles counts the descriptors where that is known, on Linux, those among
// them that the runtime opens with the first socket or pipe.
func openFiles() int {
	if r, w, err := os.Pipe(); err == nil {
		_ = r.Close()
		_ = w.Close()
	}
	files, _ := os.ReadDir("/proc/self/fd")
	return len(files)
}

// abuse sends each text often, goes away without reading, and compares what
// the heap holds before and after.
func abuse(t *testing.T, s *socketTest, texts map[string]string) {
	const times, most = 25, 1 << 20 // bytes
	before := heap()
	for _, text := range texts {
		for range times {
			c, err := net.Dial("unix", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			_ = c.SetDeadline(time.Now().Add(5 * time.Second))
			_, _ = io.WriteString(c, text)
			_ = c.Close()
		}
	}
	var after uint64
	for range 100 { // until the last of them is noticed
		if after = heap(); after < before+most {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d KiB on the heap, %d before", after>>10, before>>10)
}

// heap returns the bytes in use; pools are emptied by the second collection.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// sameGoroutines waits until no more goroutines run than before.
func sameGoroutines(t testing.TB, before int) {
	t.Helper()
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 64<<10)
	t.Errorf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
}

// A scriptConn is a connection on which a given text comes in, and then the
// end.
type scriptConn struct {
	in  io.Reader
	mu  sync.Mutex
	out bytes.Buffer
}

func (c *scriptConn) Read(p []byte) (int, error) { return c.in.Read(p) }

func (c *scriptConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(p)
}

func (c *scriptConn) Close() error                     { return nil }
func (c *scriptConn) LocalAddr() net.Addr              { return nil }
func (c *scriptConn) RemoteAddr() net.Addr             { return nil }
func (c *scriptConn) SetDeadline(time.Time) error      { return nil }
func (c *scriptConn) SetReadDeadline(time.Time) error  { return nil }
func (c *scriptConn) SetWriteDeadline(time.Time) error { return nil }

// play runs a connection on which in comes in, and returns what went out.
func play(h http.HandlerFunc, run func(*wireConn), in string) string {
	s := &wireServer{
		server: &server{Options: Options{Log: slog.New(slog.DiscardHandler), MaxConns: 1}, handler: h},
		limits: usualLimits, listener: newListener(nil, 4), ctx: context.Background(), base: context.Background(), conns: map[*wireConn]struct{}{},
	}
	s.listener.slots <- struct{}{}
	c := &scriptConn{in: strings.NewReader(in)}
	w := newWireConn(s, c)
	defer w.end()
	run(w)
	return c.out.String()
}

func TestSocketScript(t *testing.T) {
	if got := play(sayHello, runLines, "/\n"); !strings.HasSuffix(got, "hello, world") {
		t.Errorf("%q", got)
	}
	if got := play(sayHello, runLines, "/"); got != "" {
		t.Errorf("%q", got)
	}
}

// closeWrite ends what a test sends.
func closeWrite(c net.Conn) { _ = c.(interface{ CloseWrite() error }).CloseWrite() }
