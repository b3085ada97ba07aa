//go:build unix

package templates

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A carrier is a way to start the app; it returns where the app listens, as the
// snippets write it.
type carrier func(t *testing.T, p project) (app *process, address string)

const installed = "unix:/run/hello/hello.sock" // where the snippets look for the app

func listenUnix(transport string) carrier {
	return func(t *testing.T, p project) (*process, string) {
		socket := filepath.Join(workDir(t), "s")
		app := start(t, p.binary, "-transport", transport, "-listen", "unix:"+socket)
		waitFor(t, app, "unix", socket)
		return app, "unix:" + socket
	}
}

func listenTCP(transport string) carrier {
	return func(t *testing.T, p project) (*process, string) {
		address := "127.0.0.1:" + freePort(t)
		app := start(t, p.binary, "-transport", transport, "-listen", "tcp:"+address)
		waitFor(t, app, "tcp", address)
		return app, address
	}
}

// spawnFCGI starts the launcher with no flags: socket on standard input.
func spawnFCGI(t *testing.T, p project) (*process, string) {
	socket := filepath.Join(workDir(t), "s")
	app := start(t, need(t, "spawn-fcgi"), "-n", "-s", socket, "-M", "0660", "--", filepath.Join(p.deploy, "hello.fcgi"))
	waitFor(t, app, "unix", socket)
	return app, "unix:" + socket
}

// socketActivate starts the program as systemd does from a socket unit.
func socketActivate(transport string) carrier {
	return func(t *testing.T, p project) (*process, string) {
		socket := filepath.Join(workDir(t), "s")
		app := start(t, need(t, "systemd-socket-activate"), "-l", socket, "-E", "APP_TRANSPORT="+transport, p.binary)
		waitFor(t, app, "unix", socket)
		return app, "unix:" + socket
	}
}

// A deployment is a web server, a generated snippet, and how the app is started;
// app is nil where the server starts it for each request.
type deployment struct {
	name  string
	wrong string // what this server gets wrong, one of the exceptions
	start func(t *testing.T, p project) (app *process, url string)
}

// A webServer starts a server with a snippet, of which places are changed, and
// returns the URL it listens at.
type webServer func(t *testing.T, snippet string, places ...string) (url string)

func behind(server webServer, snippet string, c carrier) func(*testing.T, project) (*process, string) {
	return func(t *testing.T, p project) (*process, string) {
		app, address := c(t, p)
		place := installed
		if path, ok := strings.CutPrefix(address, "unix:"); ok { // each server writes the rest in its own way
			place, address = strings.TrimPrefix(installed, "unix:"), path
		}
		return app, server(t, filepath.Join(p.deploy, snippet), place, address)
	}
}

// cgiNginx needs fcgiwrap between: nginx has no CGI of its own.
func cgiNginx(t *testing.T, p project) (*process, string) {
	socket := filepath.Join(workDir(t), "s")
	wrap := start(t, need(t, "fcgiwrap"), "-s", "unix:"+socket, "-c", "4")
	waitFor(t, wrap, "unix", socket)
	return nil, nginx(t, filepath.Join(p.deploy, "nginx-cgi.conf"), "unix:/run/fcgiwrap.socket", "unix:"+socket, "/opt/hello", p.deploy)
}

func cgiApache(t *testing.T, p project) (*process, string) {
	return nil, apacheSite(t, filepath.Join(p.deploy, "apache-cgi.conf"), "/opt/hello", p.deploy)
}

func cgiLighttpd(t *testing.T, p project) (*process, string) {
	return nil, lighttpd(t, filepath.Join(p.deploy, "lighttpd-cgi.conf"), "/opt/hello", p.deploy)
}

// What web servers get wrong and nothing in a project can change.
const (
	// lighttpd decodes a path before it proxies it.
	decodesSlash = "decodes %2F"
	// HAProxy refuses a body over the limit by itself, and at once: it closes on
	// a client that is still sending, who may see that before the answer.
	closesOnUpload = "closes on a client that is still sending"
)

var deployments = []deployment{
	{"nginx/http/unix", "", behind(nginx, "nginx-http.conf", listenUnix("http"))},
	{"nginx/http/tcp", "", behind(nginx, "nginx-http.conf", listenTCP("http"))},
	{"nginx/fcgi/unix", "", behind(nginx, "nginx.conf", listenUnix("fcgi"))},
	{"nginx/fcgi/tcp", "", behind(nginx, "nginx.conf", listenTCP("fcgi"))},
	{"nginx/fcgi/launcher", "", behind(nginx, "nginx.conf", spawnFCGI)},
	{"nginx/fcgi/activated", "", behind(nginx, "nginx.conf", socketActivate("fcgi"))},
	{"nginx/scgi/unix", "", behind(nginx, "nginx-scgi.conf", listenUnix("scgi"))},
	{"nginx/scgi/activated", "", behind(nginx, "nginx-scgi.conf", socketActivate("scgi"))},
	{"nginx/cgi", "", cgiNginx},
	{"apache/http/unix", "", behind(apacheSite, "apache-http.conf", listenUnix("http"))},
	{"apache/fcgi/unix", "", behind(apacheSite, "apache.conf", listenUnix("fcgi"))},
	{"apache/fcgi/launcher", "", behind(apacheSite, "apache.conf", spawnFCGI)},
	{"apache/scgi/unix", "", behind(apacheSite, "apache-scgi.conf", listenUnix("scgi"))},
	{"apache/cgi", "", cgiApache},
	{"lighttpd/http/unix", decodesSlash, behind(lighttpd, "lighttpd-http.conf", listenUnix("http"))},
	{"lighttpd/fcgi/unix", "", behind(lighttpd, "lighttpd.conf", listenUnix("fcgi"))},
	{"lighttpd/scgi/unix", "", behind(lighttpd, "lighttpd-scgi.conf", listenUnix("scgi"))},
	{"lighttpd/cgi", "", cgiLighttpd},
	{"caddy/http/unix", "", behind(caddy, "Caddyfile-http", listenUnix("http"))},
	{"caddy/fcgi/unix", "", behind(caddy, "Caddyfile", listenUnix("fcgi"))},
	{"haproxy/http/unix", closesOnUpload, behind(haproxy, "haproxy-http.cfg", listenUnix("http"))},
	{"haproxy/fcgi/unix", closesOnUpload, behind(haproxy, "haproxy.cfg", listenUnix("fcgi"))},
}

// The generated app, untouched, behind real web servers with the generated
// snippets.
func TestLive(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no servers are started")
	}
	for _, d := range deployments {
		for _, style := range []string{"func", "struct", "demo"} {
			for _, mount := range []string{"/", "/app"} {
				t.Run(d.name+"/"+style+strings.TrimSuffix(mount, "/"), func(t *testing.T) {
					_, url := d.start(t, newProject(t, style, mount))
					if style == "demo" {
						testDemo(t, url, strings.TrimSuffix(mount, "/"))
						return
					}
					testGenerated(t, url, strings.TrimSuffix(mount, "/"), d.wrong)
				})
			}
		}
	}
}

// testDemo reads the variables that the web server sent, or that stand for them.
func testDemo(t *testing.T, url, mount string) {
	response, body := send(t, "GET", url+mount+"/some/path?x=1", nil)
	if response.StatusCode != 200 || !strings.HasPrefix(body, "Hello world!\n\n") {
		t.Fatalf("%d %q", response.StatusCode, body)
	}
	for _, want := range []string{"QUERY_STRING = x=1", "REQUEST_METHOD = GET", "SERVER_PROTOCOL = HTTP/1.1", "REMOTE_ADDR = 127.0.0.1", "REQUEST_URI = " + mount + "/some/path?x=1"} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("no line %q in\n%s", want, body)
		}
	}
	_, list, _ := strings.Cut(strings.TrimSpace(body), "\n\n")
	if !slices.IsSorted(strings.Split(list, "\n")) {
		t.Errorf("not sorted:\n%s", list)
	}
}

// testGenerated sends what the generated app answers.
func testGenerated(t *testing.T, url, mount string, wrong ...string) {
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
		if slices.Contains(wrong, decodesSlash) && strings.Contains(tt.path, "%2F") {
			continue
		}
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
	for _, d := range deployments {
		t.Run(d.name, func(t *testing.T) {
			app, url := d.start(t, newProject(t, "echo", "/app", "body_limit=1"))
			t.Run("request", func(t *testing.T) { testRequest(t, url, d.wrong) })
			t.Run("body", func(t *testing.T) { testBody(t, url, d.wrong) })
			if app != nil {
				t.Run("stop", func(t *testing.T) { testStop(t, app, url) })
			}
		})
	}
}

func testRequest(t *testing.T, url, wrong string) {
	path := "/echo/a%2Fb"
	if wrong == decodesSlash {
		path = "/echo/a/b"
	}
	_, body := send(t, "DELETE", url+"/app"+path+"?x=1&y=a+b%20c&&z", nil)
	for _, want := range []string{
		"method=DELETE", "uri=/app" + path + "?x=1&y=a+b%20c&&z", "path=" + path, "query=x=1&y=a+b%20c&&z",
		"host=" + strings.TrimPrefix(url, "http://"), "mount=/app", "length=0", "read=0", `proxy=""`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("the app did not see %s but\n%s", want, body)
		}
	}
}

func testBody(t *testing.T, url, wrong string) {
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
	payload = append(payload, '!')
	status := 0
	if wrong == closesOnUpload {
		status = statusMeanwhile(t, url, "/app/echo/", payload)
	} else {
		response, _ := send(t, "POST", url+"/app/echo/", payload)
		status = response.StatusCode
	}
	if status != 413 {
		t.Errorf("a body over the limit: %d, want 413", status)
	}
}

// statusMeanwhile reads the answer while it sends, and minds no error of that:
// an http.Client may give up on the first.
func statusMeanwhile(t *testing.T, url, path string, body []byte) int {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	check(t, err)
	defer c.Close()
	check(t, c.SetDeadline(time.Now().Add(client.Timeout)))
	go func() {
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", path, len(body))
		c.Write(body)
	}()
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	check(t, err)
	response.Body.Close()
	return response.StatusCode
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

func TestLaunchersAreCleanShell(t *testing.T) {
	p := newProject(t, "func", "/")
	run(t, need(t, "shellcheck"), filepath.Join(p.deploy, "hello.fcgi"), filepath.Join(p.deploy, "hello.cgi"))
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return string(out)
}
