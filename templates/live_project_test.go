package templates

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// A project is a generated project called hello, built.
type project struct {
	dir    string // short: a unix socket's path has room for 107 bytes
	binary string
}

// newProject generates and builds a project. With echo its app is replaced, as
// an owner may, by one that says what reached it.
func newProject(t *testing.T, echo bool, answers ...string) project {
	t.Helper()
	dir, err := os.MkdirTemp("", "live")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	check(t, os.Chmod(dir, 0o755)) // the web server's workers go through it
	g, err := generator.Load(FS, "web")
	check(t, err)
	layer := answer.Layer{}
	for _, a := range answers {
		key, value, _ := strings.Cut(a, "=")
		layer = append(layer, answer.Value{Name: key, Text: value, Where: key})
	}
	p := project{dir: filepath.Join(dir, "hello"), binary: filepath.Join(dir, "hello", "deploy", "hello")}
	n, err := g.PlanNew(p.dir, []answer.Layer{layer, g.NameOf(p.dir)}, answer.Asker{})
	check(t, err)
	check(t, n.Apply(t.Context()))
	if echo {
		app, err := os.ReadFile("testdata/live/app.go.txt")
		check(t, err)
		check(t, os.WriteFile(filepath.Join(p.dir, "app.go"), app, 0o644))
	}
	build := exec.Command("go", "build", "-o", p.binary, ".") // beside the launcher, as installed
	build.Dir = p.dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return p
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

func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(name, args...), done: make(chan error, 1)}
	p.Stdout, p.Stderr = &p.output, &p.output
	check(t, p.Start())
	go func() { p.done <- p.Wait() }()
	t.Cleanup(func() {
		if p.ProcessState == nil {
			p.Process.Signal(syscall.SIGTERM)
			p.end(t)
		}
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
