//go:build unix

package templates

import (
	"os/exec"
	"strings"
	"testing"
)

// What make upload makes of a Python project serves where there is no root, and hands
// out none of its own files. By CGI Apache makes arguments of a query without =, which
// the launcher drops: they would be flags of gateway.py.
func TestSharedHostingPython(t *testing.T) {
	live(t)
	for _, transport := range []string{"fcgi", "cgi"} {
		t.Run(transport, func(t *testing.T) {
			p := wsgi.newProject(t, "func", "/", "transport="+transport, "server=apache")
			url := hosting(t, upload(t, p)).url
			wsgi.testGenerated(t, url, "", true)
			if response, body := send(t, "GET", url+"/?--check", nil); response.StatusCode != 200 || body != "Hello world!\n" {
				t.Errorf("a query like a flag: %d %q", response.StatusCode, body)
			}
			for _, name := range []string{"app.py", "gateway.py", "hello.env", ".htaccess", "hello." + transport} {
				if response, body := send(t, "GET", url+"/"+name, nil); response.StatusCode != 404 || !strings.HasPrefix(body, "There is nothing here.\n") {
					t.Errorf("%s can be had: %d, %d bytes", name, response.StatusCode, len(body))
				}
			}
		})
	}
}

// The gateway in Python, and what stands beside it, pass the tests that stay with the pack.
func TestPythonInPlace(t *testing.T) {
	live(t)
	cmd := exec.Command(need(t, "python3"), "-B", "-m", "unittest", "discover", "-s", "tests")
	cmd.Dir = "wsgi/files"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
