//go:build unix

package templates

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// hosting starts Apache as a shared host runs it: an unprivileged user, a
// document root, and .htaccess for all that a customer may say.
func hosting(t *testing.T, root string) front {
	return apache(t, fmt.Sprintf(`<VirtualHost 127.0.0.1:PORT>
    DocumentRoot %[1]s
    <Directory %[1]s>
        Options +ExecCGI
        AllowOverride FileInfo AuthConfig Limit
        Require all granted
    </Directory>
</VirtualHost>
`, root))
}

// upload runs make upload and puts what it made where the host serves it.
func upload(t *testing.T, p project) (root string) {
	t.Helper()
	cmd := exec.Command(need(t, "make"), "upload")
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make upload: %v\n%s", err, out)
	}
	root = filepath.Join(workDir(t), "htdocs")
	check(t, os.CopyFS(root, os.DirFS(filepath.Join(p.dir, "dist"))))
	for _, name := range []string{"hello", "hello.fcgi", "hello.cgi"} {
		if err := os.Chmod(filepath.Join(root, name), 0o755); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return root
}

func TestSharedHosting(t *testing.T) {
	live(t)
	for _, transport := range []string{"fcgi", "cgi"} {
		t.Run(transport, func(t *testing.T) {
			p := web.newProject(t, "func", "/", "transport="+transport, "server=apache")
			root := upload(t, p)
			f := hosting(t, root)
			url := f.url
			web.testGenerated(t, url, "", true) // AllowEncodedSlashes is the administrator's
			if response, _ := send(t, "GET", url+"/", nil); response.ContentLength != int64(len("Hello, world!\n")) {
				t.Errorf("the app's Content-Length is lost: %d", response.ContentLength)
			}
			for path, name := range map[string]string{"a%3Fb": "a?b", "a%25b": "a%b", "a%3Fb?c": "a?b", "a%20b%23": "a b#"} {
				if response, body := send(t, "GET", url+"/greet/"+path, nil); response.StatusCode != 200 || body != "Hello, "+name+"!\n" {
					t.Errorf("/greet/%s: %d %q", path, response.StatusCode, body)
				}
			}
			for _, name := range []string{"hello", "hello.env", ".htaccess", "hello." + transport} {
				if response, body := send(t, "GET", url+"/"+name, nil); response.StatusCode != 404 || body != "404 page not found\n" {
					t.Errorf("%s can be had: %d, %d bytes", name, response.StatusCode, len(body))
				}
			}
			log, err := os.ReadFile(f.log)
			check(t, err)
			if requests := regexp.MustCompile(`.*(msg=request|/greet/).*`).FindString(string(log)); requests != "" {
				t.Errorf("requests are in the server's error log, not only in its access log:\n%s", requests)
			}
		})
	}
}

// The steps of deploy/README.md replace the program while requests come in: the
// new one serves in the end, and no request fails.
func TestSharedHostingReplace(t *testing.T) {
	live(t)
	p := web.newProject(t, "func", "/", "transport=fcgi", "server=apache", "domain=replace.example")
	root := upload(t, p)
	url := hosting(t, root).url
	if _, body := send(t, "GET", url+"/", nil); body != "Hello, world!\n" {
		t.Fatalf("before: %q", body)
	}
	app, err := os.ReadFile(filepath.Join(p.dir, "app.go"))
	check(t, err)
	changed := strings.Replace(string(app), "Hello, world!", "Hello, new world!", 1)
	check(t, os.WriteFile(filepath.Join(p.dir, "app.go"), []byte(changed), 0o644))
	build(t, p.dir, filepath.Join(root, "hello.new"))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() { load(ctx, t, url) })
	}
	time.Sleep(300 * time.Millisecond)
	readme, err := os.ReadFile(filepath.Join(p.deploy, "README.md"))
	check(t, err)
	steps := regexp.MustCompile(`ssh HOST 'cd DIR && (.*)'`).FindSubmatch(readme)
	if steps == nil {
		t.Fatalf("deploy/README.md does not tell how to replace the program:\n%s", readme)
	}
	shell := exec.Command("sh", "-ec", string(steps[1]))
	shell.Dir = root
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	replaced := false
	for range 1200 { // two minutes
		if _, body := send(t, "GET", url+"/", nil); body == "Hello, new world!\n" {
			replaced = true
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond)
	cancel()
	wait.Wait()
	if !replaced {
		t.Error("the old program still serves after two minutes")
	}
}

// load sends requests until ctx ends; each must be answered.
func load(ctx context.Context, t *testing.T, url string) {
	for ctx.Err() == nil {
		response, err := client.Get(url + "/")
		if err != nil {
			t.Errorf("a request failed: %v", err)
			return
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusOK || err != nil {
			t.Errorf("a request failed: %d %q %v", response.StatusCode, body, err)
			return
		}
	}
}
