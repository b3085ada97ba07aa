package templates

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A carrier is a way from the web server to the app: how the app is started,
// and what the snippet's upstream is.
type carrier struct {
	name      string
	transport string
	snippet   string
	start     func(t *testing.T, p project) (app *process, upstream string)
}

var carriers = []carrier{
	{"http by unix socket", "http", "nginx.conf", func(t *testing.T, p project) (*process, string) { return listenUnix(t, p, "http") }},
	{"http by TCP", "http", "nginx.conf", func(t *testing.T, p project) (*process, string) { return listenTCP(t, p, "http") }},
	{"fcgi by unix socket", "fcgi", "nginx.conf", func(t *testing.T, p project) (*process, string) { return listenUnix(t, p, "fcgi") }},
	{"fcgi by TCP", "fcgi", "nginx.conf", func(t *testing.T, p project) (*process, string) { return listenTCP(t, p, "fcgi") }},
	{"fcgi by spawn-fcgi and the launcher", "fcgi", "nginx.conf", spawnFCGI},
	{"fcgi by socket activation", "fcgi", "nginx.conf", socketActivate},
}

func listenUnix(t *testing.T, p project, transport string) (*process, string) {
	socket := filepath.Join(p.dir, "hello.sock")
	app := start(t, p.binary, "-allow-root", "-transport", transport, "-listen", "unix:"+socket)
	waitFor(t, app, "unix", socket)
	return app, "unix:" + socket
}

func listenTCP(t *testing.T, p project, transport string) (*process, string) {
	address := "127.0.0.1:" + freePort(t)
	app := start(t, p.binary, "-transport", transport, "-listen", "tcp:"+address)
	waitFor(t, app, "tcp", address)
	return app, address
}

// spawnFCGI starts the launcher with no flags: socket on standard input.
func spawnFCGI(t *testing.T, p project) (*process, string) {
	socket := filepath.Join(p.dir, "hello.sock")
	app := start(t, need(t, "spawn-fcgi"), "-n", "-s", socket, "-M", "0660", "--", filepath.Join(p.dir, "deploy", "hello.fcgi"))
	waitFor(t, app, "unix", socket)
	return app, "unix:" + socket
}

func socketActivate(t *testing.T, p project) (*process, string) {
	socket := filepath.Join(p.dir, "hello.sock")
	app := start(t, need(t, "systemd-socket-activate"), "-l", socket, "-E", "APP_TRANSPORT=fcgi", p.binary)
	waitFor(t, app, "unix", socket)
	return app, "unix:" + socket
}

// The generated app, untouched, behind a real nginx with the generated snippet.
func TestLive(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no servers are started")
	}
	need(t, "nginx")
	for _, c := range carriers {
		for _, style := range []string{"func", "struct"} {
			for _, mount := range []string{"/", "/app"} {
				t.Run(c.name+"/"+style+mount, func(t *testing.T) {
					p := newProject(t, false, "transport="+c.transport, "style="+style, "mount="+mount)
					_, upstream := c.start(t, p)
					url := nginx(t, p, c.snippet, upstream)
					testGenerated(t, url, strings.TrimSuffix(mount, "/"))
				})
			}
		}
	}
}

func testGenerated(t *testing.T, url, mount string) {
	tests := []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", mount + "/", 200, "Hello, world!\n"},
		{"GET", mount + "/?a=1&b=%20", 200, "Hello, world!\n"},
		{"GET", mount + "/greet/Ada", 200, "Hello, Ada!\n"},
		{"GET", mount + "/greet/a%2Fb%20c", 200, "Hello, a/b c!\n"},
		{"HEAD", mount + "/", 200, ""},
		{"GET", mount + "/healthz", 200, "ok\n"},
		{"GET", mount + "/readyz", 200, "ready\n"},
		{"GET", mount + "/nowhere", 404, "404 page not found\n"},
		{"POST", mount + "/", 405, "Method Not Allowed\n"},
	}
	for _, tt := range tests {
		response, body := send(t, tt.method, url+tt.path, nil)
		if response.StatusCode != tt.status || body != tt.body {
			t.Errorf("%s %s: %d %q, want %d %q", tt.method, tt.path, response.StatusCode, body, tt.status, tt.body)
		}
		if response.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: is not from the app", tt.method, tt.path)
		}
	}
	if mount == "" {
		return
	}
	response, _ := send(t, "GET", url+mount+"?q=1", nil)
	if location, err := response.Location(); err != nil || location.RequestURI() != mount+"/?q=1" {
		t.Errorf("%s leads to %v (%v), want %s/?q=1", mount, location, err, mount)
	}
	if response, _ := send(t, "GET", url+mount+"leseed", nil); response.StatusCode != 404 {
		t.Errorf("%sleseed: %d, want 404: it is not below %s", mount, response.StatusCode, mount)
	}
}

// client takes answers as they are: no redirect is followed.
var client = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func send(t *testing.T, method, url string, body []byte) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	check(t, err)
	request.Header.Set("Proxy", "evil.example:1")
	response, err := client.Do(request)
	check(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	check(t, err)
	return response, string(text)
}

// An app of the owner's own, which says what reached it.
func TestLiveRequests(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no servers are started")
	}
	need(t, "nginx")
	for _, c := range carriers {
		t.Run(c.name, func(t *testing.T) {
			p := newProject(t, true, "transport="+c.transport, "mount=/app", "body_limit=1")
			app, upstream := c.start(t, p)
			url := nginx(t, p, c.snippet, upstream)
			t.Run("request", func(t *testing.T) { testRequest(t, url) })
			t.Run("body", func(t *testing.T) { testBody(t, url) })
			t.Run("stop", func(t *testing.T) { testStop(t, app, url) })
		})
	}
}

func testRequest(t *testing.T, url string) {
	_, body := send(t, "DELETE", url+"/app/echo/a%2Fb?x=1&y=a+b%20c&&z", nil)
	for _, want := range []string{
		"method=DELETE", "uri=/app/echo/a%2Fb?x=1&y=a+b%20c&&z", "path=/echo/a%2Fb", "query=x=1&y=a+b%20c&&z",
		"host=" + strings.TrimPrefix(url, "http://"), "mount=/app", "length=0", "read=0", `proxy=""`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("the app did not see %s but\n%s", want, body)
		}
	}
}

func testBody(t *testing.T, url string) {
	payload := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB, the limit
	_, body := send(t, "POST", url+"/app/echo/", payload)
	for _, want := range []string{"length=1048576", "read=1048576", fmt.Sprintf("sha256=%x", sha256.Sum256(payload))} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("the app did not see %s but\n%s", want, body)
		}
	}
	if _, body := send(t, "POST", url+"/app/unread", payload); body != "not read\n" {
		t.Errorf("a body that nobody reads: got %q", body)
	}
	if response, _ := send(t, "POST", url+"/app/echo/", append(payload, '!')); response.StatusCode != 413 {
		t.Errorf("a body over the limit: %d, want 413", response.StatusCode)
	}
}

// SIGTERM with 20 requests in flight: all 20 are answered, then the app ends
// with status 0.
func testStop(t *testing.T, app *process, url string) {
	const requests = 20
	answers := make(chan string, requests)
	var wait sync.WaitGroup
	for range requests {
		wait.Go(func() {
			response, err := client.Get(url + "/app/slow")
			if err != nil {
				answers <- err.Error()
				return
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			answers <- fmt.Sprint(response.StatusCode, string(body), err)
		})
	}
	for i := 0; ; i++ {
		if _, n := send(t, "GET", url+"/app/inflight", nil); n == fmt.Sprint(requests) {
			break
		} else if i == 60 {
			t.Fatalf("%s of %d requests reached the app", n, requests)
		}
		time.Sleep(10 * time.Millisecond)
	}
	check(t, app.Process.Signal(syscall.SIGTERM))
	wait.Wait()
	close(answers)
	for got := range answers {
		if got != "200done\n<nil>" {
			t.Errorf("a request in flight at SIGTERM got %q", got)
		}
	}
	if err := app.end(t); err != nil {
		t.Errorf("the app ended with %v", err)
	}
}

func TestLauncherIsCleanShell(t *testing.T) {
	p := newProject(t, false, "transport=fcgi")
	run(t, need(t, "shellcheck"), filepath.Join(p.dir, "deploy", "hello.fcgi"))
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return string(out)
}
