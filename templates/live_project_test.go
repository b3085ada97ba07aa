//go:build unix

package templates

import (
	"fmt"
	"log"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/source"
)

// live ends a test of the real programs unless it runs in CI, since all of them
// take minutes. There nothing is skipped.
func live(t *testing.T) {
	t.Helper()
	if os.Getenv("CI") != "true" {
		t.Skip("web servers and the like are started with CI=true")
	}
}

// need returns where a tool is.
func need(t *testing.T, tool string) string {
	t.Helper()
	for _, name := range []string{tool, "/usr/sbin/" + tool} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed, and nothing is skipped here; .ci/run installs it", tool)
	return ""
}

// A kind is what the projects of one pack have in common.
type kind struct {
	pack      string
	transport string            // all that it has, unless a test says otherwise
	own       map[string]string // apps that take the place of the generated one, as an owner may, by a style of their own
	app       string            // the file that they take the place of
	install   func(t *testing.T, p project)
	started   func(p project) []string // the command that starts it where it is installed

	path     func(target string) string // how the app of our own shows the path of a target
	oneByOne bool                       // it answers one request at a time, others wait
}

var kinds = []*kind{web, wsgi}

// Of the apps in web's place one says what reached it, and has a newHandler as web
// 1.0 and 1.1 wrote it; one opens a database.
var web = &kind{
	pack:      "web",
	transport: "http,fcgi,scgi,cgi",
	own:       map[string]string{"echo": "testdata/live/app.go.txt", "database": "testdata/live/database.go.txt"},
	app:       "app.go",
	install:   func(t *testing.T, p project) { build(t, p.dir, p.binary()) },
	started:   func(p project) []string { return []string{p.binary()} },
	path:      func(target string) string { return target },
}

// The app in wsgi's place says what reached it, as web's does.
var wsgi = &kind{
	pack:      "wsgi",
	transport: "fcgi,scgi,cgi",
	own:       map[string]string{"echo": "testdata/live/echo.py"},
	app:       "wsgi.py",
	install:   installModules,
	started: func(p project) []string {
		return []string{"/usr/bin/env", "python3", filepath.Join(p.deploy, "gateway.py"), "--env", filepath.Join(p.deploy, "hello.env")}
	},
	path:     unescaped,
	oneByOne: true,
}

// installModules puts the modules beside the launchers, as make install does, and
// compiled, because nobody may write there later.
func installModules(t *testing.T, p project) {
	t.Helper()
	modules, err := filepath.Glob(filepath.Join(p.dir, "*.py"))
	check(t, err)
	for _, module := range modules {
		check(t, os.WriteFile(filepath.Join(p.deploy, filepath.Base(module)), []byte(contents(t, module)), 0o644))
	}
	run(t, "/usr/bin/env", "python3", "-m", "compileall", "-q", p.deploy)
}

// unescaped is a path as PEP 3333 has it: the bytes that it stands for.
func unescaped(target string) string {
	path, err := url.PathUnescape(target)
	if err != nil {
		panic(err) // a target of a test's own
	}
	return path
}

// A project is a generated project called hello, with all transports.
type project struct {
	*kind
	dir    string
	deploy string // its deploy folder, with the program in it, as installed
}

// binary is the program that web's projects are built into.
func (p project) binary() string { return filepath.Join(p.deploy, "hello") }

// command starts the app with flags.
func (p project) command(flags ...string) []string { return append(p.started(p), flags...) }

// shell is the command for a shell.
func (p project) shell(flags ...string) string { return strings.Join(p.command(flags...), " ") }

// projects are built once for all tests: they only look at them.
var projects struct {
	sync.Mutex
	dir   string
	built map[string]project
}

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "systemctl" { // on a machine of a test's own
		if err := systemctl(os.Args[1:]); err != nil {
			log.Fatal("systemctl: ", err)
		}
		return
	}
	dir, err := os.MkdirTemp("", "live") // short: a socket's path has room for 107 bytes
	if err == nil {
		err = os.Chmod(dir, 0o777) // servers run as nobody
	}
	if err != nil {
		log.Fatal(err)
	}
	projects.dir, projects.built = dir, make(map[string]project)
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// newProject generates and installs a project, of a style or with an app of our own.
func (k *kind) newProject(t *testing.T, style, mount string, answers ...string) project {
	t.Helper()
	projects.Lock()
	defer projects.Unlock()
	key := fmt.Sprint(k.pack, style, mount, answers)
	if p, ok := projects.built[key]; ok {
		return p
	}
	parent, err := os.MkdirTemp(projects.dir, "p")
	check(t, err)
	check(t, os.Chmod(parent, 0o755))
	dir := filepath.Join(parent, "hello")
	if own := k.own[style]; own != "" {
		k.generate(t, dir, append(answers, "style=func", "mount="+mount))
		app, err := os.ReadFile(own)
		check(t, err)
		check(t, os.WriteFile(filepath.Join(dir, k.app), app, 0o644))
	} else {
		k.generate(t, dir, append(answers, "style="+style, "mount="+mount))
	}
	p := project{k, dir, filepath.Join(dir, "deploy")}
	k.install(t, p)
	projects.built[key] = p
	return p
}

func (k *kind) generate(t *testing.T, dir string, answers []string) {
	t.Helper()
	g, err := generator.Load(t.Context(), source.Finder{Builtin: FS}, k.pack)
	check(t, err)
	all := map[string]string{"transport": k.transport, "server": "nginx,apache,lighttpd,caddy,haproxy"}
	for _, a := range answers {
		key, value, _ := strings.Cut(a, "=")
		all[key] = value
	}
	layer := g.NameOf(dir)
	for key, value := range all {
		layer = append(layer, answer.Value{Name: key, Text: value, Where: key})
	}
	n, err := g.PlanNew(t.Context(), dir, []answer.Layer{layer}, answer.Asker{})
	check(t, err)
	check(t, n.Apply(t.Context()))
}

// build is make dist: trimmed, since the cache would else have nothing for another folder.
func build(t *testing.T, dir, binary string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
}

// workDir returns a folder for one test, that a server may write to.
func workDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(projects.dir, "t")
	check(t, err)
	check(t, os.Chmod(dir, 0o777))
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
