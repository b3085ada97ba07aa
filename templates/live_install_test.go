//go:build unix

package templates

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// makeIn runs make in a project and returns what it says.
func makeIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(need(t, "make"), args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("make %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// copyProject generates a project of a test's own, which it may change.
func copyProject(t *testing.T, name string, answers ...string) string {
	t.Helper()
	dir := filepath.Join(workDir(t), name)
	web.generate(t, dir, answers)
	return dir
}

func change(t *testing.T, file, old, new string) {
	t.Helper()
	text, err := os.ReadFile(file)
	check(t, err)
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", file, old)
	}
	check(t, os.WriteFile(file, []byte(strings.Replace(string(text), old, new, 1)), 0o644))
}

func contents(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	check(t, err)
	return string(text)
}

// What certbot --nginx makes of a server block: TLS in it, and another one that
// redirects.
const certbot = `    listen 443 ssl; # managed by Certbot
    listen [::]:443 ssl; # managed by Certbot
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem; # managed by Certbot
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem; # managed by Certbot
    include /etc/letsencrypt/options-ssl-nginx.conf; # managed by Certbot
`

const redirect = `server {
    if ($host = example.com) {
        return 301 https://$host$request_uri;
    } # managed by Certbot

    listen 80;
    server_name example.com;
    return 404; # managed by Certbot
}
`

// An update brings the new of what nobody edited, and leaves the rest as it is,
// with the new one beside it.
func TestInstallKeepsWhatWasEdited(t *testing.T) {
	live(t)
	for _, k := range kinds {
		t.Run(k.pack, k.testInstallKeeps)
	}
}

func (k *kind) testInstallKeeps(t *testing.T) {
	dir, root := filepath.Join(workDir(t), "hello"), filepath.Join(workDir(t), "my root")
	k.generate(t, dir, []string{"transport=fcgi", "server=nginx,apache,lighttpd"})
	makeIn(t, dir, "install", "DESTDIR="+root)
	nginx, unit, env := root+"/etc/nginx/conf.d/hello.conf", root+"/etc/systemd/system/hello.service", root+"/opt/hello/hello.env"
	launcher, apache := root+"/opt/hello/hello.fcgi", root+"/etc/apache2/sites-available/hello.conf"

	// On the server.
	sed := exec.Command("sed", "-i", "-e", "s/^    listen 80;.*//", "-e", "s/^    listen \\[::\\]:80;.*/"+strings.ReplaceAll(strings.ReplaceAll(certbot, "/", `\/`), "\n", `\n`)+"/", nginx)
	if out, err := sed.CombinedOutput(); err != nil {
		t.Fatalf("sed: %v\n%s", err, out)
	}
	check(t, os.WriteFile(nginx, []byte(contents(t, nginx)+redirect), 0o644))
	change(t, unit, "TimeoutStopSec=40s", "TimeoutStopSec=60s")
	check(t, os.WriteFile(root+"/opt/hello/hello.secrets", []byte("KEY=x\n"), 0o600))
	check(t, os.Chmod(env, 0o640)) // which is no edit
	edited := map[string]string{nginx: contents(t, nginx), unit: contents(t, unit), root + "/opt/hello/hello.secrets": "KEY=x\n"}

	// In the project.
	for _, name := range []string{"nginx.conf", "hello.service", "hello.env", "hello.fcgi"} {
		file := filepath.Join(dir, "deploy", name)
		check(t, os.WriteFile(file, []byte(contents(t, file)+"# of the new version\n"), 0o644))
	}
	said := makeIn(t, dir, "install", "DESTDIR="+root)

	for file, want := range edited {
		if got := contents(t, file); got != want {
			t.Errorf("%s was changed to\n%s", file, got)
		}
	}
	for _, file := range []string{nginx, unit} {
		if got := contents(t, file+".new"); !strings.HasSuffix(got, "# of the new version\n") || strings.Contains(got, "managed by Certbot") {
			t.Errorf("%s.new is\n%s", file, got)
		}
		if !strings.Contains(said, file+" was edited and stays; take from "+file+".new") {
			t.Errorf("make install does not say what to do about %s:\n%s", file, said)
		}
	}
	for _, line := range []string{"-    listen 443 ssl; # managed by Certbot\n", "-TimeoutStopSec=60s\n", "+# of the new version\n"} {
		if !strings.Contains(said, line) {
			t.Errorf("make install does not show %q:\n%s", line, said)
		}
	}
	for _, file := range []string{env, launcher} {
		if got := contents(t, file); !strings.HasSuffix(got, "# of the new version\n") {
			t.Errorf("%s, which nobody edited, is still\n%s", file, got)
		}
	}
	for file, mode := range map[string]os.FileMode{env: 0o640, launcher: 0o755, root + "/opt/hello/hello.secrets": 0o600} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, want %s", file, info.Mode(), mode)
		}
	}
	if strings.Contains(said, apache) || strings.Contains(said, env) {
		t.Errorf("make install speaks of what is as it should be:\n%s", said)
	}

	// What was offered is not offered again, and stays.
	if said := makeIn(t, dir, "place", "DESTDIR="+root); strings.Contains(said, "was edited") {
		t.Errorf("make place offers once more what is not new:\n%s", said)
	}

	// The administrator takes the new one, and everything is as if just installed.
	check(t, os.Rename(nginx+".new", nginx))
	if said := makeIn(t, dir, "place", "DESTDIR="+root); strings.Contains(said, nginx) {
		t.Errorf("make place still speaks of %s:\n%s", nginx, said)
	}
	change(t, filepath.Join(dir, "deploy", "nginx.conf"), "# of the new version", "# of the newest")
	makeIn(t, dir, "place", "DESTDIR="+root)
	if got := contents(t, nginx); !strings.HasSuffix(got, "# of the newest\n") {
		t.Errorf("%s, which is as it was installed, is still\n%s", nginx, got)
	}
}

// No server reads what lies beside the files it reads, by the rules of the
// packages that are installed here.
func TestServersLeaveNewFiles(t *testing.T) {
	live(t)
	for config, folder := range map[string]string{
		"/etc/nginx/nginx.conf": "/etc/nginx/conf.d/", "/etc/apache2/apache2.conf": "sites-enabled/", "/etc/lighttpd/lighttpd.conf": "/etc/lighttpd/conf-enabled/",
	} {
		included := 0
		for word := range strings.FieldsSeq(contents(t, config)) {
			pattern := strings.Trim(word, `;"`)
			if !strings.HasPrefix(pattern, folder+"*") {
				continue
			}
			included++
			for name, want := range map[string]bool{"50-hello.conf": true, "50-hello.conf.new": false} {
				if got, _ := filepath.Match(pattern, folder+name); got != want {
					t.Errorf("%s includes %s, and %s is among them: %t", config, pattern, name, got)
				}
			}
		}
		if included == 0 {
			t.Errorf("%s does not include %s", config, folder)
		}
	}
}

// What is installed is for the server, whatever the machine is where it is made.
func TestInstallBuildsForTheServer(t *testing.T) {
	live(t)
	dir, mac := copyProject(t, "hello"), t.TempDir()
	real, err := exec.LookPath("go")
	check(t, err)
	script := fmt.Sprintf("#!/bin/sh\ncase \"$*\" in\n'env GOHOSTOS') echo darwin;;\n'env GOHOSTARCH') echo arm64;;\n*) exec %s \"$@\";;\nesac\n", real)
	check(t, os.WriteFile(filepath.Join(mac, "go"), []byte(script), 0o755))
	t.Setenv("PATH", mac+":"+os.Getenv("PATH"))
	for _, tt := range []struct {
		args    string
		machine elf.Machine
	}{{"", elf.EM_X86_64}, {"GOARCH=arm64", elf.EM_AARCH64}} {
		root := workDir(t)
		makeIn(t, dir, strings.Fields("install DESTDIR="+root+" "+tt.args)...)
		program, err := elf.Open(root + "/opt/hello/hello")
		check(t, err)
		if program.Machine != tt.machine {
			t.Errorf("make install %s: %s, want %s", tt.args, program.Machine, tt.machine)
		}
		program.Close()
	}
	makeIn(t, dir, "build")
	run(t, filepath.Join(dir, "hello"), "-version")
}

// A checkout on Windows, where git is told to write CR LF, has none.
func TestWindowsCheckout(t *testing.T) {
	live(t)
	dir, clone := copyProject(t, "hello"), filepath.Join(workDir(t), "clone")
	git := func(args ...string) {
		t.Helper()
		run(t, need(t, "git"), append([]string{"-c", "user.name=x", "-c", "user.email=x", "-c", "core.autocrlf=true", "-c", "safe.directory=*"}, args...)...)
	}
	git("init", "-q", dir)
	git("-C", dir, "add", "-A")
	git("-C", dir, "commit", "-qm", "x")
	git("clone", "-q", dir, clone)
	for _, name := range []string{"deploy/hello.fcgi", "deploy/hello.cgi", "deploy/hello.env", "deploy/hello.service", "deploy/hello.socket", "deploy/nginx.conf", "deploy/Caddyfile", "deploy/htaccess", "Makefile", "main.go"} {
		if text := contents(t, filepath.Join(clone, name)); strings.Contains(text, "\r") {
			t.Errorf("%s has CR", name)
		}
	}
}
