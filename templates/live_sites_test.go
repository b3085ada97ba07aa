//go:build unix

package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An app that answers with its project's name, so that one sees which it was.
const namedApp = `package main

import (
	"io"
	"net/http"

	"NAME/internal/gateway"
)

func newHandler() http.Handler {
	hello := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "this is NAME\n") }
	return gateway.Chain(http.HandlerFunc(hello), gateway.Recover)
}
`

// bringNamed generates a project whose app answers with its name, brings it here
// and returns where its README is.
func (m *machine) bringNamed(name string, answers ...string) (readme string) {
	m.Helper()
	dir := filepath.Join(workDir(m.T), name)
	web.generate(m.T, dir, answers)
	check(m.T, os.WriteFile(filepath.Join(dir, "app.go"), []byte(strings.ReplaceAll(namedApp, "NAME", name)), 0o644))
	m.bring(dir)
	return filepath.Join(dir, "deploy", "README.md")
}

// Two projects with a name each share a machine: whoever asks for the one gets
// it each time, also after both were installed once more, as for an update.
func TestTwoSites(t *testing.T) {
	live(t)
	for _, server := range []string{"lighttpd", "caddy", "haproxy"} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, true)
			readmes := map[string]string{}
			for name, transport := range map[string]string{"one": "fcgi", "two": "http"} {
				readmes[name] = m.bringNamed(name, "server="+server, "transport="+transport, "domain="+name+".example", "mount=/")
				m.play(readmes[name], "1. Install")
				m.play(readmes[name], "2. Start the app")
				m.play(readmes[name], "3. The web server")
			}
			for name, readme := range readmes {
				m.do("cd /root/" + name)
				m.play(readme, "1. Install")
				m.play(readme, "2. Start the app")
				m.play(readme, "3. The web server")
			}
			for name := range readmes {
				m.see(fmt.Sprintf("for i in $(seq 20); do curl -s -H 'Host: %s.example' http://localhost/; done | uniq -c", name), "^ *20 this is "+name+"\n$")
			}
			if out := m.do("curl -s -H 'Host: three.example' http://localhost/"); strings.Contains(out, "this is") {
				t.Errorf("another host's request: %s", out)
			}
		})
	}
}

// Two projects are parts of one site that was there before, and stays.
func TestJoinedSites(t *testing.T) {
	live(t)
	for _, server := range []string{"lighttpd", "caddy", "haproxy"} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, true)
			if server == "haproxy" { // Debian's has no site
				m.do(`printf 'frontend web\n\tbind :80\n\tdefault_backend site\nbackend site\n\thttp-request return status 200 content-type text/plain string "the site\\n"\n' >> /etc/haproxy/haproxy.cfg`)
			}
			for _, name := range []string{"one", "two"} {
				readme := m.bringNamed(name, "server="+server, "transport=fcgi,http", "site=join", "mount=/"+name)
				m.play(readme, "1. Install")
				m.play(readme, "2. Start the app")
				m.play(readme, "3. The web server")
				m.play(readme, "3. The web server") // nothing is there twice
			}
			for target, name := range map[string]string{"/one/": "one", "/one": "one", "/one?x": "one", "/two/x?y": "two"} {
				m.see("curl -sL --connect-to example.com:80:localhost:80 'http://example.com"+target+"'", "^this is "+name+"\n$")
			}
			for _, target := range []string{"/", "/onely", "/x/one/"} {
				if out := m.do("curl -s -i -H 'Host: example.com' http://localhost" + target); strings.Contains(out, "this is") || !strings.HasPrefix(out, "HTTP/1.1 ") {
					t.Errorf("%s is no part of the site that is ours:\n%s", target, out)
				}
			}
		})
	}
}

// What begins with #static has the web server answer for static files itself.
func TestStaticFiles(t *testing.T) {
	live(t)
	dir := workDir(t)
	check(t, os.WriteFile(filepath.Join(dir, "a.txt"), []byte("a file\n"), 0o644))
	for _, d := range web.deployments() {
		server, _, _ := strings.Cut(d.name, "/")
		if server != "lighttpd" && server != "caddy" {
			continue
		}
		for _, mount := range []string{"", "/a.b"} {
			t.Run(d.name+mount, func(t *testing.T) {
				p := d.newProject(t, "func", "/"+strings.TrimPrefix(mount, "/"))
				b := d.run(t, p)
				b.places = append([]string{"#static ", "", "/opt/hello/static", dir}, b.places...)
				f := d.front(t, p, b, nil)
				if response, body := send(t, "GET", f.url+mount+"/static/a.txt", nil); response.StatusCode != 200 || body != "a file\n" {
					t.Errorf("%d %q", response.StatusCode, body)
				}
				if _, body := send(t, "GET", f.url+mount+"/", nil); body != "Hello, world!\n" {
					t.Errorf("the app's page: %q", body)
				}
			})
		}
	}
}
