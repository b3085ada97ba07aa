package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// loadChild names the socket at which this program serves instead of testing.
const loadChild = "GATEWAY_TEST_LOAD"

func TestFCGILoadChild(t *testing.T) {
	path := os.Getenv(loadChild)
	if path == "" {
		t.Skip("runs in a process of its own, for the tests of load")
	}
	ctx, stop := context.WithCancel(t.Context())
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); stop() }() // up to the parent's end
	o := Options{Listen: "fcgi+unix:" + path, ShutdownTimeout: time.Second, Log: slog.New(slog.DiscardHandler), AllowRoot: true}
	_ = Run(ctx, Chain(http.HandlerFunc(sayHello), Recover, RequestID, SecurityHeaders), o, FCGI())
}

// startLoad starts it with so many descriptors, 0 for the usual.
func startLoad(t *testing.T, files int) (pid int, path string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc and ulimit as Linux has them")
	}
	path = filepath.Join(socketDir(t), "s")
	limit := ""
	if files > 0 {
		limit = fmt.Sprintf("ulimit -n %d && ", files)
	}
	cmd := exec.Command("sh", "-c", limit+`exec "$0" -test.run='^TestFCGILoadChild$'`, os.Args[0])
	cmd.Env = append(os.Environ(), loadChild+"="+path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close(); _ = cmd.Wait() })
	c, err := dialLoad(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	return cmd.Process.Pid, path
}

// dialLoad connects, as soon as there is a listener with room in its queue.
func dialLoad(path string) (c net.Conn, err error) {
	for start := time.Now(); time.Since(start) < 10*time.Second; time.Sleep(5 * time.Millisecond) {
		if c, err = net.Dial("unix", path); err == nil {
			break
		}
	}
	return c, err
}

// answeredAt asks on a connection of its own, as a goroutine may.
func answeredAt(path string) error {
	c, err := dialLoad(path)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, fcgiGet(1, 0)); err != nil {
		return err
	}
	answer, err := io.ReadAll(c)
	if err == nil && !strings.Contains(string(answer), "hello, world") {
		err = fmt.Errorf("answer %q", answer)
	}
	return err
}

// loadClients is 1000 where that is quick.
func loadClients() int {
	if raceEnabled {
		return 200
	}
	return 1000
}

// 1000 slow clients of a hello-world app cost 30 MiB at most, and keep nobody
// else from an answer.
func TestFCGISlowClients(t *testing.T) {
	const most = 30 << 10 // KiB
	clients := loadClients()
	for name, sent := range map[string]string{
		"half a record":    fcgiBeginRec(1, 1, 1)[:5],
		"half a head":      fcgiBeginRec(1, 1, 1) + rec(fcgiParams, 1, strings.Repeat("x", 1000)),
		"some of a body":   fcgiPost(1, 1, "100000") + rec(fcgiStdin, 1, strings.Repeat("x", 1000)),
		"an answer unread": fcgiUsual(1),
	} {
		t.Run(name, func(t *testing.T) {
			pid, path := startLoad(t, 0)
			before := memoryOf(t, pid, "VmRSS")
			for range clients {
				c, err := dialLoad(path)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = c.Close() }()
				_, _ = io.WriteString(c, sent)
			}
			if err := answeredAt(path); err != nil {
				t.Error(err)
			}
			cost := memoryOf(t, pid, "VmHWM") - before
			if t.Logf("%d clients cost %d KiB", clients, cost); cost > most && !raceEnabled {
				t.Errorf("they cost %d KiB, want %d at most", cost, most)
			}
		})
	}
}

// With few descriptors, 1000 clients at once are answered one after the other.
func TestFCGIFewFiles(t *testing.T) {
	for _, files := range []int{64, 256} {
		_, path := startLoad(t, files)
		var wg sync.WaitGroup
		for range loadClients() {
			wg.Go(func() {
				if err := answeredAt(path); err != nil {
					t.Errorf("%d files: %v", files, err)
				}
			})
		}
		wg.Wait()
	}
}

// memoryOf reads a line of /proc/PID/status, in KiB.
func memoryOf(t *testing.T, pid int, name string) (kib int) {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		if n, _ := fmt.Sscanf(s.Text(), name+": %d", &kib); n == 1 {
			return kib
		}
	}
	t.Fatalf("no %s in /proc/%d/status", name, pid)
	return 0
}
