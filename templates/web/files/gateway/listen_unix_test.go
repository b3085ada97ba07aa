//go:build unix

package gateway

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// socketPath is short, for a test's own folder may be too long on darwin.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "app.sock")
}

func gone(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func TestSocketFile(t *testing.T) {
	path := socketPath(t)
	open := func() *listener {
		l, unlink, err := listenUnix(path, false)
		if err != nil {
			t.Fatal(err)
		}
		opened := newListener(l, 1)
		opened.unlink = unlink
		return opened
	}
	old := open()
	if file, err := os.Lstat(path); err != nil || file.Mode() != fs.ModeSocket|0o660 {
		t.Errorf("mode %v, error %v", file.Mode(), err)
	}
	newer := open()
	_ = old.Close()
	if gone(path) {
		t.Error("the older instance removed the newer one's file")
	}
	_ = newer.Close()
	_ = newer.Close()
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// An inherited socket tells its address only when it is opened, and others must
// not reach it either.
func TestSocketInherited(t *testing.T) {
	for where, refused := range map[string]bool{"0.0.0.0:0": true, "127.0.0.1:0": false} {
		l, err := net.Listen("tcp", where)
		if err != nil {
			t.Fatal(err)
		}
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
		fd, err := syscall.Dup(int(file.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
		s := &server{Options: Options{MaxConns: 1}, transports: map[string]Transport{"fcgi": FCGI()}}
		opened, err := s.open(address{transport: "fcgi", network: "fd", fd: fd}, false)
		if (err != nil) != refused {
			t.Errorf("%s: %v", where, err)
		}
		if err == nil {
			_ = opened.Close()
		} else {
			wantWords(t, err, "listen descriptor; -trusted-peers")
		}
	}
}

// What kill -9 leaves behind is replaced.
func TestSocketStale(t *testing.T) {
	path := socketPath(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	o := Options{Listen: "unix:" + path, AllowRoot: true}
	if err := Preflight(o); err != nil {
		t.Errorf("preflight: %v", err)
	}
	stop, log := start(t, http.HandlerFunc(hello), o)
	if strings.Contains(log.String(), "WARN") || !strings.Contains(log.String(), "address=unix:"+path) {
		t.Error(log)
	}
	if err := Healthcheck(t.Context(), o, "/"); err != nil {
		t.Error(err)
	}
	wantWords(t, Preflight(o), "listen unix:"+path+"; running instance")
	if err := stop(); err != nil || !gone(path) {
		t.Errorf("error %v, gone %t", err, gone(path))
	}
}

func TestSocketRefused(t *testing.T) {
	path := socketPath(t)
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for listen, words := range map[string]string{
		path:                                     path + " is there and is not a socket",
		filepath.Dir(path) + "/none/app.sock":    "none; no such",
		path + "/app.sock":                       "not a",
		"/" + strings.Repeat("x", 200) + "/sock": "needs 2; 10",
	} {
		o := Options{Listen: "unix:" + listen, AllowRoot: true}
		wantWords(t, Run(t.Context(), http.HandlerFunc(hello), o), "listen; "+words)
		wantWords(t, Preflight(o), "listen; "+words)
	}
	if b, _ := os.ReadFile(path); string(b) != "precious" {
		t.Error("the file was touched")
	}
}

// Four restarts under load, the new instance first: no request fails.
func TestSocketOverlap(t *testing.T) {
	path := socketPath(t)
	o := Options{Listen: "unix:" + path, AllowRoot: true}
	stop, _ := start(t, http.HandlerFunc(hello), o)
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
	var load sync.WaitGroup
	var answered atomic.Int64
	done := make(chan bool)
	for range 4 {
		load.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				resp, err := client.Get("http://localhost/")
				if err != nil {
					t.Error(err)
					return
				}
				if text(resp) == "hello" {
					answered.Add(1)
				}
			}
		})
	}
	for range 4 {
		next, log := start(t, http.HandlerFunc(hello), o)
		if !strings.Contains(log.String(), "taking the socket over") {
			t.Error("no word of the running instance")
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		stop = next
	}
	close(done)
	load.Wait()
	if answered.Load() == 0 {
		t.Error("there was no load")
	}
}

func TestNotify(t *testing.T) {
	path := socketPath(t)
	names := []string{path}
	if filepath.Separator == '/' && exec.Command("test", "-d", "/proc/self").Run() == nil {
		names = append(names, "@"+path)
	}
	for _, name := range names {
		c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		t.Setenv("NOTIFY_SOCKET", name)
		stop, _ := start(t, http.HandlerFunc(hello), Options{Listen: "tcp:127.0.0.1:0"})
		wantMessage(t, c, "READY=1")
		_ = stop()
		wantMessage(t, c, "STOPPING=1")
	}
}

func wantMessage(t *testing.T, c *net.UnixConn, want string) {
	t.Helper()
	b := make([]byte, 64)
	if n, err := c.Read(b); err != nil || string(b[:n]) != want {
		t.Errorf("got %q, error %v, want %q", b[:n], err, want)
	}
}

// TestInheritedChild is what TestInherited starts, not a test of its own.
func TestInheritedChild(t *testing.T) {
	if os.Getenv("GATEWAY_TEST_CHILD") == "" {
		t.Skip("for TestInherited")
	}
	if os.Getenv("LISTEN_FDS") != "" { // the parent could not know the pid
		_ = os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hello(w, r)
		_, _ = io.WriteString(w, os.Getenv("LISTEN_PID")+os.Getenv("LISTEN_FDS"))
	})
	if err := Run(t.Context(), h, Options{Transport: "http", Once: true}); err != nil {
		t.Error(err)
	}
}

// Sockets of descriptor 0 and of LISTEN_FDS are served, and the variables
// unset.
func TestInherited(t *testing.T) {
	for _, way := range []string{"stdin", "LISTEN_FDS"} {
		t.Run(way, func(t *testing.T) {
			l := listenTest(t, "tcp")
			file, err := l.(*net.TCPListener).File()
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			child := exec.Command(os.Args[0], "-test.run=^TestInheritedChild$")
			child.Env = append(os.Environ(), "GATEWAY_TEST_CHILD=1")
			child.Stderr = os.Stderr
			if way == "stdin" {
				child.Stdin = file
			} else {
				child.ExtraFiles = []*os.File{file}
				child.Env = append(child.Env, "LISTEN_FDS=1")
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			if got := text(send(t, l, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET")); got != "hello" {
				t.Errorf("answer %q", got)
			}
			if err := child.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}
