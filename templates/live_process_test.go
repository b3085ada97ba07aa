//go:build unix

package templates

import (
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// hang is when a wait is given up: no machine is so slow.
const hang = 5 * time.Minute

// A process is a started program, ended with the test.
type process struct {
	*exec.Cmd
	output output
	done   chan error
}

// output is the file that a program writes to: a pipe would be held open by
// whom it leaves behind.
type output struct{ *os.File }

func (o output) String() string {
	text, _ := os.ReadFile(o.Name())
	return string(text)
}

// start starts a program, as nobody where the test is root.
func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	return startWith(t, nil, name, args...)
}

// startCommand starts a program that is written with its arguments.
func startCommand(t *testing.T, words []string) *process {
	t.Helper()
	return startWith(t, nil, words[0], words[1:]...)
}

// startWith hands over files as descriptors 3 and on.
func startWith(t *testing.T, files []*os.File, name string, args ...string) *process {
	t.Helper()
	file, err := os.CreateTemp(projects.dir, "output")
	check(t, err)
	p := &process{exec.Command(name, args...), output{file}, make(chan error, 1)}
	p.Stdout, p.Stderr, p.ExtraFiles = file, file, files
	p.Dir = "/"
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		p.SysProcAttr.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
	}
	check(t, p.Start())
	go func() { p.done <- p.Wait() }()
	t.Cleanup(func() {
		p.stop(t)
		syscall.Kill(-p.Process.Pid, syscall.SIGKILL) // whom it left behind
		if t.Failed() {
			if said := tail(p.output.String()); said != "" {
				t.Logf("%s said:\n%s", filepath.Base(name), said)
			}
		}
		file.Close()
		os.Remove(file.Name())
	})
	return p
}

// tail is the end of a long text, from the start of a line.
func tail(text string) string {
	const most = 8 << 10
	if len(text) <= most {
		return text
	}
	return "…" + text[len(text)-most:]
}

// stop ends the process as its user would, if it has not ended.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if !p.ended() {
		p.Process.Signal(syscall.SIGTERM)
		p.end(t)
	}
}

func (p *process) ended() bool {
	select {
	case err := <-p.done:
		p.done <- err
		return true
	default:
		return false
	}
}

// end waits for the process, and kills one that does not end.
func (p *process) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.done:
		p.done <- err
		return err
	case <-time.After(hang):
		p.Process.Kill()
		t.Errorf("%s does not end", filepath.Base(p.Path))
		err := <-p.done
		p.done <- err
		return err
	}
}

// freePort returns a TCP port that was free just now, none of those that the
// kernel gives to clients: there are many.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(15_000 + rand.IntN(15_000))
		if l, err := net.Listen("tcp", ":"+port); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port found")
	return ""
}

// waitFor dials an address until somebody listens there.
func waitFor(t *testing.T, p *process, network, address string) {
	t.Helper()
	waitUntil(t, p, func() bool {
		c, err := net.Dial(network, address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// waitUntil waits for what a process is to bring about.
func waitUntil(t *testing.T, p *process, ready func() bool) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < hang; time.Sleep(5 * time.Millisecond) {
		switch {
		case ready():
			return
		case p.ended():
			t.Fatalf("%s ended: %v\n%s", p.Path, p.end(t), p.output.String())
		}
	}
	t.Fatalf("%s is not ready after %v", p.Path, hang)
}
