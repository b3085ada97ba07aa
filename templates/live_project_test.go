//go:build unix

package templates

import (
	"fmt"
	"log"
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

// A project is a generated project called hello with all transports, built.
type project struct {
	dir    string
	deploy string // its deploy folder, with the program in it, as installed
	binary string
}

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

// ownApps take the place of the generated app, as an owner may: one says what reached
// it, and has a newHandler as web 1.0 and 1.1 wrote it; one opens a database.
var ownApps = map[string]string{"echo": "testdata/live/app.go.txt", "database": "testdata/live/database.go.txt"}

// newProject generates and builds a project, of a style or with one of ownApps.
func newProject(t *testing.T, style, mount string, answers ...string) project {
	t.Helper()
	projects.Lock()
	defer projects.Unlock()
	key := fmt.Sprint(style, mount, answers)
	if p, ok := projects.built[key]; ok {
		return p
	}
	parent, err := os.MkdirTemp(projects.dir, "p")
	check(t, err)
	check(t, os.Chmod(parent, 0o755))
	dir := filepath.Join(parent, "hello")
	if own := ownApps[style]; own != "" {
		generate(t, dir, append(answers, "style=func", "mount="+mount))
		app, err := os.ReadFile(own)
		check(t, err)
		check(t, os.WriteFile(filepath.Join(dir, "app.go"), app, 0o644))
	} else {
		generate(t, dir, append(answers, "style="+style, "mount="+mount))
	}
	p := project{dir, filepath.Join(dir, "deploy"), filepath.Join(dir, "deploy", "hello")}
	build(t, p.dir, p.binary)
	projects.built[key] = p
	return p
}

func generate(t *testing.T, dir string, answers []string) {
	t.Helper()
	g, err := generator.Load(t.Context(), source.Finder{Builtin: FS}, "web")
	check(t, err)
	all := map[string]string{"transport": "http,fcgi,scgi,cgi", "server": "nginx,apache,lighttpd,caddy,haproxy"}
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

func build(t *testing.T, dir, binary string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-o", binary, ".")
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
