//go:build unix

package templates

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// asking is an app of web 1.0 and 1.1 that answers with a variable of its
// environment, where systemd and the launchers have put the settings since then.
const asking = `package main

import (
	"io"
	"net/http"
	"os"
)

func newHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, os.Getenv(r.URL.Path[1:]))
	})
}
`

// hostile are values that a shell or systemd might take for something else, as
// they are written.
var hostile = map[string]string{
	`a b  c`: `a b  c`, `$HOME ${HOME} $(id)`: `$HOME ${HOME} $(id)`, "a & b; c | d > e": "a & b; c | d > e", "`id`": "`id`",
	`it's "so"`: `it's "so"`, `'C:\new'`: `C:\new`, `"it's C:\\ \"x\""`: `it's C:\ "x"`, `100 %i #1 # 2`: `100 %i #1 # 2`,
	`grüße, 世界`: `grüße, 世界`, `'  blanks  '`: `  blanks  `, `  trimmed  `: `trimmed`, ``: ``, `*?[a-z]~`: `*?[a-z]~`, `a=b`: `a=b`,
}

// The launcher, like systemd, hands every value to the app as it stands in the
// file. So does a launcher of web 1.1 that its owner edited, which reads the file by
// itself, what means the same to a shell.
func TestLauncherSettings(t *testing.T) {
	live(t)
	dir := copyProject(t, "hello", "transport=cgi", "server=apache")
	check(t, os.WriteFile(filepath.Join(dir, "app.go"), []byte(asking), 0o644))
	check(t, os.Remove(filepath.Join(dir, "app_test.go")))
	build(t, dir, filepath.Join(dir, "deploy", "hello"))
	env, number, want := "", 0, map[string]string{}
	for written, value := range hostile {
		name := fmt.Sprintf("TEST_%d", number)
		env += name + "=" + written + "\n"
		want[name], number = value, number+1
	}
	file := filepath.Join(dir, "deploy", "hello.env")
	check(t, os.WriteFile(file, []byte(env), 0o644))
	ask := func(name string) string {
		t.Helper()
		cmd := exec.Command(filepath.Join(dir, "deploy", "hello.cgi"))
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "REQUEST_URI=/" + name, "SERVER_PROTOCOL=HTTP/1.1"}
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, said.String())
		}
		_, body, _ := strings.Cut(string(out), "\r\n\r\n")
		return body
	}
	for name, value := range want {
		if got := ask(name); got != value {
			t.Errorf("%s is %q, want %q of\n%s", name, got, value, env)
		}
	}
	check(t, os.WriteFile(file, []byte("TEST_0=old\nTEST_1=' a b '\n"), 0o644))
	change(t, filepath.Join(dir, "deploy", "hello.cgi"), "\nexec ", "\nset -a\n. ./hello.env\nset +a\nexec ")
	check(t, os.Chmod(filepath.Join(dir, "deploy", "hello.cgi"), 0o755))
	if got := ask("TEST_0") + ask("TEST_1"); got != "old a b " {
		t.Errorf("by a launcher of web 1.1: %q", got)
	}
}

// Where the host allows it, settings and secrets lie where no URL leads; where it
// does not, nobody can have them.
func TestSharedHostingSettings(t *testing.T) {
	live(t)
	for _, transport := range []string{"fcgi", "cgi"} {
		t.Run(transport, func(t *testing.T) {
			dir := copyProject(t, "hello", "transport="+transport, "server=apache")
			check(t, os.WriteFile(filepath.Join(dir, "app.go"), []byte(asking), 0o644))
			check(t, os.Remove(filepath.Join(dir, "app_test.go")))
			check(t, os.WriteFile(filepath.Join(dir, "deploy", "hello.secrets"), []byte("KEY=x\n"), 0o600))
			root, home := upload(t, project{kind: web, dir: dir, deploy: filepath.Join(dir, "deploy")}), workDir(t)
			if _, err := os.Stat(filepath.Join(root, "hello.secrets")); !os.IsNotExist(err) {
				t.Errorf("make upload puts secrets where a URL leads: %v", err)
			}
			owned := func(file, text string, mode os.FileMode) {
				check(t, os.WriteFile(file, []byte(text), mode))
				if os.Getuid() == 0 {
					check(t, os.Chown(file, 65534, 65534)) // as whom the host's Apache runs here
				}
			}
			owned(filepath.Join(root, "hello.secrets"), "KEY=very secret\n", 0o600)
			change(t, filepath.Join(root, "hello.env"), "# The URL", "PLACE=beside\n# The URL")
			url := hosting(t, root).url
			if _, body := send(t, "GET", url+"/PLACE", nil); body != "beside" {
				t.Errorf("PLACE is %q", body)
			}
			for _, name := range []string{"hello.secrets", "hello.env", "hello.secrets/", "%68ello.secrets", "x/../hello.secrets", "hello." + transport + "/../hello.secrets"} {
				if _, body := send(t, "GET", url+"/"+name, nil); strings.Contains(body, "secret") || strings.Contains(body, "PLACE") {
					t.Errorf("%s can be had: %q", name, body)
				}
			}

			line := regexp.MustCompile("`(exec [^`]*)`").FindStringSubmatch(contents(t, filepath.Join(dir, "deploy", "README.md")))
			if line == nil {
				t.Fatal("deploy/README.md does not say how to keep the settings elsewhere")
			}
			check(t, os.Remove(filepath.Join(root, "hello.secrets")))
			check(t, os.Remove(filepath.Join(root, "hello.env")))
			owned(filepath.Join(home, "hello.env"), "PLACE=elsewhere\n", 0o644)
			owned(filepath.Join(home, "hello.secrets"), "KEY=x\n", 0o600)
			launcher := filepath.Join(root, "hello."+transport)
			change(t, launcher, "\nexec ./hello\n", "\n"+strings.Replace(line[1], "/home/YOU", home, 1)+"\n")
			check(t, os.Chmod(launcher, 0o755))
			if _, body := send(t, "GET", hosting(t, root).url+"/PLACE", nil); body != "elsewhere" {
				t.Errorf("PLACE is %q", body)
			}
		})
	}
}

// pkill finds a program by what it is started as; of its name it knows 15 bytes.
func TestProgramIsFoundByItsLongName(t *testing.T) {
	live(t)
	const name = "a.name-of-more-than-fifteen-letters"
	for _, answers := range [][]string{{"transport=fcgi", "systemd=false"}, {"transport=fcgi", "server=apache"}} {
		dir := copyProject(t, name, answers...)
		build(t, dir, filepath.Join(dir, "deploy", name))
		socket := filepath.Join(workDir(t), "s")
		app := start(t, need(t, "spawn-fcgi"), "-n", "-s", socket, "--", filepath.Join(dir, "deploy", name+".fcgi"))
		waitFor(t, app, "unix", socket)
		waitUntil(t, app, func() bool {
			return strings.Contains(contents(t, fmt.Sprintf("/proc/%d/cmdline", app.Process.Pid)), "./"+name)
		})
		command := regexp.MustCompile("`(pkill [^`]*)`").FindStringSubmatch(contents(t, filepath.Join(dir, "deploy", "README.md")))
		if command == nil {
			t.Fatal("deploy/README.md does not say how to end what runs")
		}
		run(t, "sh", "-ec", command[1])
		if err := app.end(t); err != nil {
			t.Errorf("%s: %v", command[1], err)
		}
	}
}

// A host of containers says its port and nothing else.
func TestPort(t *testing.T) {
	live(t)
	p := web.newProject(t, "func", "/")
	port, other := freePort(t), freePort(t)
	for _, tt := range []struct {
		words  []string
		listen string
	}{
		{[]string{"PORT=" + port, p.binary()}, port},
		{[]string{"PORT=" + port, p.binary(), "-listen", ":" + other}, other},
		{[]string{"PORT=" + port, "APP_LISTEN=127.0.0.1:" + other, p.binary()}, other},
		{[]string{p.binary(), "-listen", port}, port},
	} {
		app := start(t, "/usr/bin/env", tt.words...)
		waitFor(t, app, "tcp", "127.0.0.1:"+tt.listen)
		if response, _ := send(t, "GET", "http://127.0.0.1:"+tt.listen+"/healthz", nil); response.StatusCode != http.StatusOK {
			t.Errorf("%v: %s", tt.words, response.Status)
		}
		app.stop(t)
	}
	app := start(t, "/usr/bin/env", "PORT=abc", p.binary())
	if err := app.end(t); err == nil || !strings.Contains(app.output.String(), `variable PORT=\"abc\": not a number`) {
		t.Errorf("%v\n%s", err, app.output.String())
	}
}

// The service manager reads settings as root, so that the app's user need not be
// able to. Anybody else has to, because the app would run with others than it was
// given.
func TestUnreadableSettings(t *testing.T) {
	live(t)
	dir := copyProject(t, "hello")
	binary := filepath.Join(dir, "deploy", "hello")
	build(t, dir, binary)
	check(t, os.Chmod(filepath.Join(dir, "deploy", "hello.env"), 0))
	app := start(t, binary, "-listen", freePort(t))
	if err := app.end(t); err == nil || !strings.Contains(app.output.String(), "hello.env: permission denied") {
		t.Errorf("%v\n%s", err, app.output.String())
	}
	port := freePort(t)
	app = start(t, "/usr/bin/env", "NOTIFY_SOCKET=/nowhere", binary, "-listen", port)
	waitFor(t, app, "tcp", "127.0.0.1:"+port)
}
