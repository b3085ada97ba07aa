package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// A socketTest is a server under test.
type socketTest struct {
	addr string
	stop context.CancelFunc // begins to drain
	done chan error         // what serve returned
}

// startSocket serves h until the test ends, which checks that no goroutine is
// left.
func startSocket(t testing.TB, h http.HandlerFunc, newPeer func(*socketServer, net.Conn) peer, change ...func(*config, *limits)) *socketTest {
	t.Helper()
	before := runtime.NumGoroutine()
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
		stop()
		select {
		case <-s.done:
		case <-time.After(10 * time.Second):
			t.Error("serve does not return")
		}
		sameGoroutines(t, before)
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
	t.Cleanup(func() { _ = c.Close() })
	return c
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
