//go:build unix

package templates

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A terminal that closes is a reason to stop, and to answer what is in flight,
// unless nohup says that it is none.
func TestHangup(t *testing.T) {
	live(t)
	p := web.newProject(t, "func", "/")
	socket := filepath.Join(workDir(t), "s")
	app := startUnix(t, p, "http", socket)
	check(t, app.Process.Signal(syscall.SIGHUP))
	check(t, app.end(t))
	if _, err := os.Lstat(socket); err == nil {
		t.Error("the socket is left behind")
	}
	app = start(t, "/bin/sh", "-c", "trap '' HUP; exec "+p.binary()+" -transport http -listen unix:"+socket)
	waitFor(t, app, "unix", socket)
	check(t, app.Process.Signal(syscall.SIGHUP))
	time.Sleep(50 * time.Millisecond) // it would end, if not always by then
	if app.ended() {
		t.Error("it has ended although it was told to ignore SIGHUP")
	}
}

// Whoever reads the log may go, or stand still: requests are answered.
func TestLogWithoutReader(t *testing.T) {
	live(t)
	p := web.newProject(t, "func", "/")
	for _, still := range []bool{false, true} {
		t.Run(fmt.Sprintf("still %t", still), func(t *testing.T) {
			reader, writer, err := os.Pipe()
			check(t, err)
			defer reader.Close()
			socket := filepath.Join(workDir(t), "s")
			app := startWith(t, []*os.File{writer}, "/bin/sh", "-c", "exec "+p.binary()+" -listen unix:"+socket+" 2>&3")
			writer.Close()
			waitFor(t, app, "unix", socket)
			if !still {
				reader.Close()
			}
			c, err := net.Dial("unix", socket)
			check(t, err)
			defer c.Close()
			check(t, c.SetDeadline(time.Now().Add(time.Minute)))
			br := bufio.NewReader(c)
			for range 10_000 { // much more than a pipe and the queue hold
				_, err = c.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
				check(t, err)
				response, err := http.ReadResponse(br, nil)
				check(t, err)
				_, err = br.Discard(int(response.ContentLength))
				check(t, err)
			}
			if !still {
				return
			}
			check(t, app.Process.Signal(syscall.SIGTERM))
			var log bytes.Buffer
			_, err = log.ReadFrom(reader)
			check(t, err)
			if !strings.Contains(log.String(), "log lines dropped") {
				t.Error("nobody learns that lines are missing")
			}
		})
	}
}

// A target that is nothing but a host and a query leads to the root. nginx hands
// on the query alone; of the others some answer by themselves.
func TestTargetWithoutPath(t *testing.T) {
	live(t)
	for _, d := range deployments {
		if !strings.HasPrefix(d.name, "nginx") || !oneOfAKind(d) {
			continue
		}
		t.Run(d.title(), func(t *testing.T) {
			p := d.newProject(t, "echo", "/")
			b, f := d.start(t, p)
			_, host, _ := strings.Cut(f.url, "://")
			s := &site{t, d, p, b, f, host, hang}
			a, err := s.get("http://" + host + "?q")
			if err == nil {
				err = a.is(200, "hello\n")
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}
