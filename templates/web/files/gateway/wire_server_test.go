package gateway

import (
	"bufio"
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

// A lineConn is a peer with a protocol for tests: the request is the line of
// its target, the answer is all of the CGI answer. After the line "idle" the
// connection is idle.
type lineConn struct {
	socketRequest
	s    *socketServer
	conn net.Conn
	idle atomic.Bool
}

func newLineConn(s *socketServer, c net.Conn) peer {
	return &lineConn{s: s, conn: c}
}

func (l *lineConn) run() {
	br := newReader(l.conn)
	defer freeReader(br)
	_ = l.conn.SetReadDeadline(time.Now().Add(l.s.head))
	line, err := br.ReadString('\n')
	if line == "idle\n" {
		l.idle.Store(true)
		_, _ = io.WriteString(l.conn, "x")
		line, err = br.ReadString('\n')
	}
	if err == nil {
		l.answerLine(br, strings.TrimSpace(line))
	}
	_ = l.conn.Close()
}

func (l *lineConn) answerLine(br *bufio.Reader, target string) {
	l.open(l.s, l, testVars("REQUEST_METHOD", "POST", "REQUEST_URI", target), 0)
	l.expect(-1)
	rest, _ := br.Peek(br.Buffered())
	l.body.feed(rest)
	if l.serve(l.s) {
		closeWrite(l.conn)
	}
	l.stop(io.EOF)
	l.s.answered()
}

func (l *lineConn) send(b *block, _ bool) error {
	_ = l.conn.SetWriteDeadline(time.Now().Add(l.s.limits.write))
	_, err := l.conn.Write(b.text())
	return err
}

func (l *lineConn) SetWriteDeadline(t time.Time) error { return l.conn.SetWriteDeadline(t) }
func (l *lineConn) Close() error                       { return l.conn.Close() }
func (l *lineConn) idleSince() (time.Time, bool)       { return time.Time{}, l.idle.Load() }
func (l *lineConn) drain()                             { _ = l.conn.SetReadDeadline(time.Now().Add(freshTime)) }
func (l *lineConn) retire() {
	if l.idle.Load() {
		_ = l.conn.Close()
	}
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
	c := testConfig(t, http.HandlerFunc(sayHello))
	c.log = log
	lim := usualLimits
	lim.drain = 100 * time.Millisecond
	done := make(chan error, 1)
	go func() { done <- serveSocket(t.Context(), l, c, lim, newLineConn) }()
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
	if err := serveSocket(ctx, l, testConfig(t, http.HandlerFunc(sayHello)), usualLimits, newLineConn); err != nil {
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
	}, newLineConn, func(c *config, _ *limits) { c.maxConns = 3 })
	idle := makeIdle(t, s.dial(t))
	var wg sync.WaitGroup
	for range 30 {
		c := s.dial(t)
		wg.Go(func() { line(t, c, "/") })
	}
	wg.Wait()
	if n := most.Load(); n > 3 {
		t.Errorf("%d at a time", n)
	}
	if _, err := io.ReadAll(idle); err != nil {
		t.Errorf("the idle connection has kept its slot: %v", err)
	}
}

// A drain that takes too long cancels what runs, and says so.
func TestSocketDrainTooLong(t *testing.T) {
	started := make(chan bool)
	s := startSocket(t, func(_ http.ResponseWriter, r *http.Request) {
		started <- true
		<-r.Context().Done()
	}, newLineConn, func(c *config, _ *limits) { c.shutdown = 50 * time.Millisecond })
	c := s.dial(t)
	_, _ = io.WriteString(c, "/\n")
	<-started
	s.stop()
	if err := <-s.done; err == nil {
		t.Error("no error")
	}
	s.done <- nil
}

func TestSocketOnce(t *testing.T) {
	s := startSocket(t, sayHello, newLineConn, func(c *config, _ *limits) { c.once = true })
	if got := line(t, s.dial(t), "/"); got != "hello, world" {
		t.Errorf("%q", got)
	}
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	s.done <- nil
}

func TestSocketBody(t *testing.T) {
	b := newBody(5)
	go func() {
		b.feed([]byte("abc"))
		b.feed([]byte("defg")) // two too many
		b.feed([]byte("h"))
	}()
	if got, err := io.ReadAll(b); string(got) != "abcde" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	b = newBody(-1)
	go func() {
		for range 100 {
			b.feed(make([]byte, 1000))
		}
		b.finish(io.EOF)
	}()
	if got, err := io.ReadAll(b); len(got) != 100_000 || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _ = b.Close(); b.Close() != nil {
		t.Error("closed twice")
	}
	if _, err := b.Read(make([]byte, 1)); err == nil {
		t.Error("read after Close")
	}
}

// A full body holds its writer until it is read or closed.
func TestSocketBodyBackpressure(t *testing.T) {
	b := newBody(-1)
	fed := make(chan bool)
	go func() {
		b.feed(make([]byte, 2*blockSize))
		close(fed)
	}()
	select {
	case <-fed:
		t.Error("took more than a block")
	case <-time.After(20 * time.Millisecond):
	}
	_ = b.Close()
	<-fed
	var none *body
	none.feed([]byte("x"))
	none.finish(io.EOF)
	if none.Close() != nil || none.SetReadDeadline(time.Now()) != nil {
		t.Error("a nil body fails")
	}
}

func TestSocketBodyDeadline(t *testing.T) {
	b := newBody(3)
	defer func() { _ = b.Close() }()
	_ = b.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := b.Read(make([]byte, 1)); !isTimeout(err) {
		t.Error(err)
	}
	_ = b.SetReadDeadline(time.Time{})
	b.feed([]byte("a"))
	if n, err := b.Read(make([]byte, 9)); n != 1 || err != nil {
		t.Error(n, err)
	}
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
func startSocket(t testing.TB, h http.HandlerFunc, newPeer func(*socketServer, net.Conn) peer, change ...func(*config, *limits)) *socketTest {
	t.Helper()
	before, files := runtime.NumGoroutine(), openFiles()
	c := config{handler: h, log: slog.New(slog.DiscardHandler), shutdown: 5 * time.Second, maxConns: 100}
	lim := usualLimits
	for _, f := range change {
		f(&c, &lim)
	}
	l, err := net.Listen("unix", filepath.Join(socketDir(t), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &socketTest{addr: l.Addr().String(), stop: stop, done: make(chan error, 1)}
	go func() { s.done <- serveSocket(ctx, l, c, lim, newPeer) }()
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
func play(h http.HandlerFunc, newPeer func(*socketServer, net.Conn) peer, in string) string {
	s := &socketServer{
		config: config{handler: h, log: slog.New(slog.DiscardHandler), maxConns: 1},
		limits: usualLimits,
		base:   context.Background(),
	}
	c := &scriptConn{in: strings.NewReader(in)}
	newPeer(s, c).run()
	return c.out.String()
}

func TestSocketScript(t *testing.T) {
	if got := play(sayHello, newLineConn, "/\n"); !strings.HasSuffix(got, "hello, world") {
		t.Errorf("%q", got)
	}
	if got := play(sayHello, newLineConn, "/"); got != "" {
		t.Errorf("%q", got)
	}
}
