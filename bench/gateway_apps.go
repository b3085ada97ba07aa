//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The same hello world for all: what is measured is the way to it.
const (
	bareApp = `package main

import (
	"io"
	"net/http"
)

func newHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "Hello, world!\n")
	})
}
`
	peerApp = `package main

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
)

func main() {
	l, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(fcgi.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "Hello, world!\n")
	})))
}
`
	pythonApp = `def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "14")])
    return [b"Hello, world!\n"]
`
	phpApp  = `<?php header("Content-Type: text/plain; charset=utf-8"); echo "Hello, world!\n";`
	phpConf = `[global]
error_log = /dev/null
daemonize = no
[www]
user = nobody
group = nogroup
listen = %s
listen.mode = 0666
pm = static
pm.max_children = 16
`
)

// An app is a process with its children.
type app struct {
	group int
	waits bool // for its children: what they used is known
}

// A fleet is all that runs for the measurement.
type fleet struct {
	bench
	apps   map[string]*app
	direct string // where an app serves HTTP without a web server
}

func (b bench) socket(name string) string { return b.at(name + ".sock") }

// startApps builds and starts all that is measured. What is not installed is
// left out, and said.
func (b bench) startApps(t table) (*fleet, error) {
	f := &fleet{bench: b, apps: map[string]*app{}}
	if err := t.build(f); err != nil {
		return f, err
	}
	var err error
	if f.direct, err = freeAddress(); err != nil {
		return f, err
	}
	for name, command := range t.apps(f) {
		if err := f.start(name, command); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f *fleet) goApps() map[string][]string {
	bare, peer, generated := f.at("bare/hello"), f.at("peer"), f.at("generated/hello")
	const limit = "-max-conns=1024"
	return map[string][]string{
		"http":      {bare, limit, "-allow-root", "-listen", "http+unix:" + f.socket("http")},
		"direct":    {bare, limit, "-listen", "http+tcp:" + f.direct},
		"fcgi":      {bare, limit, "-allow-root", "-listen", "fcgi+unix:" + f.socket("fcgi")},
		"scgi":      {bare, limit, "-allow-root", "-listen", "scgi+unix:" + f.socket("scgi")},
		"generated": {generated, limit, "-allow-root", "-listen", "fcgi+unix:" + f.socket("generated")},
		"peer":      {peer, f.socket("peer")},
		"cgi":       {"fcgiwrap", "-c", "8", "-s", "unix:" + f.socket("cgi")},
		"uwsgi":     f.uwsgiCommand("uwsgi", 4),
		"php":       {"php-fpm8.2", "-R", "-F", "-y", f.at("php.conf")},
	}
}

// uwsgiCommand starts uWSGI with hello.py.
func (f *fleet) uwsgiCommand(name string, processes int) []string {
	return []string{"uwsgi-core", "--plugin", "python3", "--uwsgi-socket", f.socket(name), "--processes", strconv.Itoa(processes), "--chdir", f.dir, "--module", "hello", "--disable-logging", "--master", "--listen", "100"}
}

// buildGo makes two projects, one of them with the bare app, and the peer.
func (f *fleet) buildGo() error {
	for _, dir := range []string{f.at("bare"), f.at("generated")} {
		if _, err := f.scaffold("new", dir, "--name", "hello", "--transport", "http,fcgi,scgi,cgi"); err != nil {
			return err
		}
	}
	for file, text := range map[string]string{
		"bare/app.go": bareApp, "bare/app_test.go": "package main\n", "peer.go": peerApp,
		"hello.py": pythonApp, "hello.php": phpApp, "php.conf": fmt.Sprintf(phpConf, f.socket("php")),
	} {
		if err := os.WriteFile(f.at(file), []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, args := range [][]string{{"-C", f.at("bare"), "."}, {"-C", f.at("generated"), "."}, {"-o", f.at("peer"), f.at("peer.go")}} {
		if _, err := once("go", append([]string{"build"}, args...)...); err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) start(name string, command []string) error {
	if _, err := exec.LookPath(command[0]); err != nil {
		fmt.Fprintf(os.Stderr, "left out: %v\n", err)
		return nil
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if command[0] == "nginx" {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	f.apps[name] = &app{cmd.Process.Pid, command[0] != "fcgiwrap"}
	return nil
}

// stop ends what was started, by its own ids.
func (f *fleet) stop() {
	for _, running := range f.apps {
		_ = syscall.Kill(-running.group, syscall.SIGKILL)
	}
}

// cpu returns what the processes of the app, and those that have ended, have
// used so far.
func (a *app) cpu() time.Duration {
	if a == nil {
		return 0
	}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	ticks := 0
	for _, file := range files {
		text, _ := os.ReadFile(file)
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) < 15 || fields[2] != strconv.Itoa(a.group) {
			continue
		}
		for _, field := range fields[11:15] { // utime stime cutime cstime, see proc(5)
			n, _ := strconv.Atoi(field)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// freeAddress returns where nobody listens on the loopback interface.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// await waits until somebody listens.
func await(network, address string) error {
	for range 500 {
		if c, err := net.Dial(network, address); err == nil {
			return c.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("nobody listens at %s", address)
}
