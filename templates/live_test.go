//go:build unix

package templates

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The generated app, untouched, behind real web servers with the generated
// snippets.
func TestLive(t *testing.T) {
	live(t)
	for i, d := range deployments {
		for _, style := range []string{"func", "struct", "demo"} {
			for _, mount := range []string{"/", "/a.b"} {
				if d.kind == wsgi && deployments[i-1].kind == wsgi && (style != "func" || !oneOfAKind(d)) {
					continue // the first way has proved it: the app is the same, and so is how it is started
				}
				t.Run(d.title()+"/"+style+strings.TrimSuffix(mount, "/"), func(t *testing.T) {
					_, f := d.start(t, d.newProject(t, style, mount))
					if style == "demo" {
						d.testDemo(t, f.url, strings.TrimSuffix(mount, "/"))
						return
					}
					d.testGenerated(t, f.url, strings.TrimSuffix(mount, "/"), d.column() == "lighttpd http")
				})
			}
		}
	}
}

// testDemo reads the variables that the web server sent, or that stand for them.
func (k *kind) testDemo(t *testing.T, url, mount string) {
	response, body := send(t, "GET", url+mount+"/some/path?x=1", nil)
	if response.StatusCode != 200 || !strings.HasPrefix(body, "Hello world!\n\n") {
		t.Fatalf("%d %q", response.StatusCode, body)
	}
	for name, value := range map[string]string{"QUERY_STRING": "x=1", "REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "REQUEST_URI": mount + "/some/path?x=1"} {
		if want := k.variable(name, value); !strings.Contains(body, want) {
			t.Errorf("no line %q in\n%s", want, body)
		}
	}
	_, list, _ := strings.Cut(strings.TrimSpace(body), "\n\n")
	if !slices.IsSorted(strings.Split(list, "\n")) {
		t.Errorf("not sorted:\n%s", list)
	}
}

// variable is a line of the demo's.
func (k *kind) variable(name, value string) string {
	if k == wsgi {
		value = "'" + value + "'" // as Python writes it
	}
	return "\n" + name + " = " + value + "\n"
}

// An exchange is what a generated app answers, below its mount.
type exchange struct {
	method, path string
	status       int
	body         string
}

var exchanges = map[*kind][]exchange{
	web: {
		{"GET", "/", 200, "Hello, world!\n"},
		{"GET", "/?a=1&b=%20", 200, "Hello, world!\n"},
		{"GET", "/greet/Ada", 200, "Hello, Ada!\n"},
		{"GET", "/greet/a%2Fb%20c", 200, "Hello, a/b c!\n"},
		{"HEAD", "/", 200, ""},
		{"GET", "/healthz", 200, "ok\n"},
		{"GET", "/readyz", 200, "ready\n"},
		{"GET", "/nowhere", 404, "404 page not found\n"},
		{"POST", "/", 405, "Method Not Allowed\n"},
	},
	wsgi: {
		{"GET", "/", 200, "Hello world!\n"},
		{"GET", "/?a=1&b=%20", 200, "Hello world!\n"},
		{"GET", "/about", 200, "A web app in Python\n"},
		{"HEAD", "/", 200, ""},
		{"GET", "/healthz", 200, "ok\n"},
		{"GET", "/nowhere", 404, "There is nothing here.\n"},
	},
}

// testGenerated sends what the generated app answers. A server that decodes %2F
// is not asked for it.
func (k *kind) testGenerated(t *testing.T, url, mount string, decodes bool) {
	for _, tt := range exchanges[k] {
		if decodes && strings.Contains(tt.path, "%2F") {
			continue
		}
		response, body := send(t, tt.method, url+mount+tt.path, nil)
		if response.StatusCode != tt.status || body != tt.body {
			t.Errorf("%s %s: %d %q, want %d %q", tt.method, tt.path, response.StatusCode, body, tt.status, tt.body)
		}
		if response.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: is not from the app", tt.method, tt.path)
		}
	}
	if k == web {
		testPage(t, url, mount)
	}
	if mount == "" {
		return
	}
	response, _ := send(t, "GET", url+mount+"?q=1", nil)
	if location, err := response.Location(); err != nil || location.RequestURI() != mount+"/?q=1" {
		t.Errorf("%s leads to %v (%v), want %s/?q=1", mount, location, err, mount)
	}
	for _, other := range []string{mount + "leseed", strings.ReplaceAll(mount, ".", "x"), strings.ReplaceAll(mount, ".", "x") + "/"} {
		if response, _ := send(t, "GET", url+other, nil); response.StatusCode != 404 {
			t.Errorf("%s: %d, want 404: it is not below %s", other, response.StatusCode, mount)
		}
	}
}

// testPage asks for the page and follows its link to the style sheet, as a browser
// does, which does not get again what it has.
func testPage(t *testing.T, url, mount string) {
	response, body := send(t, "GET", url+mount+"/page?name=%3Cb%3E", nil)
	_, link, _ := strings.Cut(body, `rel="stylesheet" href="`)
	link, _, _ = strings.Cut(link, `"`)
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(body, "<h1>Hello, &lt;b&gt;!</h1>") || link != mount+"/static/style.css" {
		t.Fatalf("the page: %d %s\n%s", response.StatusCode, response.Header.Get("Content-Type"), body)
	}
	response, body = send(t, "GET", url+link, nil)
	if kind := response.Header.Get("Content-Type"); response.StatusCode != 200 || !strings.HasPrefix(kind, "text/css") || !strings.Contains(body, "body {") {
		t.Errorf("%s: %d %s\n%s", link, response.StatusCode, kind, body)
	}
	request, err := http.NewRequest("GET", url+link, nil)
	check(t, err)
	request.Header.Set("If-None-Match", response.Header.Get("ETag"))
	again, err := client.Do(request)
	check(t, err)
	again.Body.Close()
	if again.StatusCode != 304 {
		t.Errorf("%s again: %d, want 304", link, again.StatusCode)
	}
	for path, status := range map[string]int{"/static/": 404, "/static/nowhere.css": 404, "/static/style.css": 200} {
		if response, body := send(t, "HEAD", url+mount+path, nil); response.StatusCode != status || body != "" {
			t.Errorf("HEAD %s: %d %q, want %d", path, response.StatusCode, body, status)
		}
	}
}

// What was said to the program and not to the app is shown to nobody: neither what
// stands in its environment, nor what stands in its file of settings.
func TestDemoShowsNoSecret(t *testing.T) {
	live(t)
	const secret = "postgres://ada:secret@db"
	t.Setenv("DATABASE_URL", secret)
	projects := map[*kind]project{}
	for _, k := range kinds {
		projects[k] = k.newProject(t, "demo", "/", "description=Has a secret")
		env := filepath.Join(projects[k].deploy, "hello.env")
		check(t, os.WriteFile(env, []byte(contents(t, env)+"SETTING_URL="+secret+"\n"), 0o644))
	}
	for _, d := range deployments {
		t.Run(d.title(), func(t *testing.T) {
			_, f := d.start(t, projects[d.kind])
			_, body := send(t, "GET", f.url+"/", nil)
			for _, never := range []string{secret, "\nPATH = ", "\nHOME = ", "\nAPP_MOUNT = "} {
				if strings.Contains(body, never) {
					t.Errorf("%q is shown:\n%s", never, body)
				}
			}
			if !strings.Contains(body, d.variable("REQUEST_METHOD", "GET")) {
				t.Errorf("the request is not shown:\n%s", body)
			}
		})
	}
}

// client takes answers as they are: no redirect is followed.
var client = &http.Client{
	Timeout:       hang,
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

func TestLaunchersAreCleanShell(t *testing.T) {
	live(t)
	for _, k := range kinds {
		p := k.newProject(t, "func", "/")
		run(t, need(t, "shellcheck"), filepath.Join(p.deploy, "hello.fcgi"), filepath.Join(p.deploy, "hello.cgi"))
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return string(out)
}
