package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

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
