//go:build unix

package templates

import (
	"bytes"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"scaffold/generator"
	"scaffold/generator/answer"
)

// need skips a test without the tool, with a plain reason; in CI a missing tool
// is a failure. It returns where the tool is.
func need(t *testing.T, tool string) string {
	t.Helper()
	for _, name := range []string{tool, "/usr/sbin/" + tool} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and in CI nothing is skipped", tool)
	}
	t.Skipf("%s is not installed", tool)
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

// newProject generates and builds a project. For the style echo its app is
// replaced, as an owner may, by one that says what reached it.
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
	generate(t, dir, append(answers, "style="+strings.Replace(style, "echo", "func", 1), "mount="+mount))
	if style == "echo" {
		app, err := os.ReadFile("testdata/live/app.go.txt")
		check(t, err)
		check(t, os.WriteFile(filepath.Join(dir, "app.go"), app, 0o644))
	}
	p := project{dir, filepath.Join(dir, "deploy"), filepath.Join(dir, "deploy", "hello")}
	build(t, p.dir, p.binary)
	projects.built[key] = p
	return p
}

func generate(t *testing.T, dir string, answers []string) {
	t.Helper()
	g, err := generator.Load(FS, "web")
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
	n, err := g.PlanNew(dir, []answer.Layer{layer}, answer.Asker{})
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

// A process is a started program, ended with the test.
type process struct {
	*exec.Cmd
	output bytes.Buffer
	done   chan error
}

// start starts a program, as nobody where the test is root.
func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(name, args...), done: make(chan error, 1)}
	p.Stdout, p.Stderr = &p.output, &p.output
	p.Dir = "/"
	p.WaitDelay = 5 * time.Second // a child that was left behind may hold the output
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		p.SysProcAttr.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
	}
	check(t, p.Start())
	go func() { p.done <- p.Wait() }()
	t.Cleanup(func() {
		if p.ProcessState == nil {
			p.Process.Signal(syscall.SIGTERM)
			p.end(t)
		}
		syscall.Kill(-p.Process.Pid, syscall.SIGKILL) // whom it left behind
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(name), p.output.String())
		}
	})
	return p
}

// end waits for the process, and kills one that does not end.
func (p *process) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.done:
		p.done <- err
		return err
	case <-time.After(20 * time.Second):
		p.Process.Kill()
		t.Errorf("%s does not end", filepath.Base(p.Path))
		return <-p.done
	}
}

// freePort returns a TCP port of the loopback interface that was free just now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// waitFor dials an address until somebody listens there.
func waitFor(t *testing.T, p *process, network, address string) {
	t.Helper()
	for range 400 {
		if c, err := net.Dial(network, address); err == nil {
			c.Close()
			return
		}
		select {
		case err := <-p.done:
			p.done <- err
			t.Fatalf("%s ended: %v\n%s", p.Path, err, p.output.String())
		case <-time.After(25 * time.Millisecond):
		}
	}
	t.Fatalf("nobody listens at %s", address)
}
