//go:build unix

package templates

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A machine is a Debian server of a test's own, where commands run as root, word
// for word: namespaces of mounts, processes and network, with a private copy of
// what is written to. Without systemd it is what a container is: no service
// runs that nobody has started. With systemd a program of ours stands in for
// systemctl.
type machine struct {
	*testing.T
	stdin    io.WriteCloser
	statuses chan string
	log      string // the file that commands write to
	read     int64  // how much of it has been looked at
}

// private are the folders that an administrator or a package writes to.
var private = []string{"/etc", "/opt", "/root", "/srv", "/usr/local", "/var"}

func newMachine(t *testing.T, systemd bool) *machine {
	t.Helper()
	dir := workDir(t)
	m := &machine{T: t, statuses: make(chan string), log: filepath.Join(dir, "log")}
	check(t, os.Mkdir(filepath.Join(dir, "scratch"), 0o755))
	words := append(asRoot(t), need(t, "unshare"), "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child", "/bin/sh")
	shell := exec.Command(words[0], words[1:]...)
	stdin, err := shell.StdinPipe()
	check(t, err)
	stdout, err := shell.StdoutPipe()
	check(t, err)
	shell.Stderr = shell.Stdout
	check(t, shell.Start())
	m.stdin = stdin
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			m.statuses <- lines.Text()
		}
		close(m.statuses)
	}()
	t.Cleanup(func() { // the end of its input is the end of the shell, and with it of all that runs there
		stdin.Close()
		for range m.statuses {
		}
		_ = shell.Wait()
	})
	m.setUp(filepath.Join(dir, "scratch"), systemd)
	return m
}

// asRoot is what a command has to begin with.
func asRoot(t *testing.T) []string {
	if os.Getuid() == 0 {
		return nil
	}
	return []string{need(t, "sudo"), "-n"}
}

func (m *machine) setUp(scratch string, systemd bool) {
	m.Helper()
	need(m.T, "ip")
	here, err := os.Getwd()
	check(m.T, err)
	cache := strings.TrimSpace(run(m.T, "go", "env", "GOCACHE"))
	folders := strings.Join(append(private, cache), " ") // the cache last, which may be in one of the others
	_, err = fmt.Fprintf(m.stdin, "exec 3>&1 >>%s 2>&1\n", m.log)
	check(m.T, err)
	m.do("sh " + filepath.Join(here, "testdata/live/machine.sh") + " " + scratch + " " + folders)
	m.do("install -m 755 " + filepath.Join(here, "testdata/live/apt-get.sh") + " /usr/local/bin/apt-get")
	m.do("export GORACE=atexit_sleep_ms=0 HOME=/root GOCACHE=" + cache + " GOMODCACHE=" + strings.TrimSpace(run(m.T, "go", "env", "GOMODCACHE")) + " PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:" + filepath.Join(strings.TrimSpace(run(m.T, "go", "env", "GOROOT")), "bin"))
	if systemd {
		self, err := os.Executable()
		check(m.T, err)
		m.do("mkdir -p " + units + " /run/systemd/system && ln -s " + self + " /usr/local/bin/systemctl")
	}
}

// do runs a command in the machine's one shell, and returns what was written
// meanwhile. It must not fail.
func (m *machine) do(command string) string {
	m.Helper()
	out, status := m.try(command)
	if status != "0" {
		m.Fatalf("%s\nexit status %s:\n%s%s", command, status, out, m.logs())
	}
	return out
}

func (m *machine) try(command string) (out, status string) {
	m.Helper()
	_, err := fmt.Fprintf(m.stdin, "%s\necho $? >&3\n", command)
	check(m.T, err)
	select {
	case line, ok := <-m.statuses:
		if !ok {
			m.Fatalf("%s\nends the shell:\n%s", command, m.written())
		}
		return m.written(), line
	case <-time.After(hang):
		m.Fatalf("%s\nis not done after %v:\n%s", command, hang, m.written())
		return "", ""
	}
}

// written is what has been written since the last look.
func (m *machine) written() string {
	text, _ := os.ReadFile(m.log)
	news := string(text[min(m.read, int64(len(text))):])
	m.read = int64(len(text))
	return news
}

// see repeats a command that has no effect until what it writes matches: what was
// started before may need its time.
func (m *machine) see(command, want string) {
	m.Helper()
	pattern := regexp.MustCompile("(?m)" + want) // the app's log may come between
	var out string
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(20 * time.Millisecond) {
		if out, _ = m.try(command); pattern.MatchString(out) {
			return
		}
	}
	m.Fatalf("%s\nnever says %q; it says\n%s%s", command, want, out, m.logs())
}

// patience is how long a machine may take until it serves.
const patience = time.Minute

// logs are those of the services.
func (m *machine) logs() string {
	fmt.Fprintf(m.stdin, "tail -n 20 %s/*.log /var/log/*/*error*.log; ps axo user,group,args; echo $? >&3\n", units)
	select {
	case <-m.statuses:
	case <-time.After(patience):
	}
	return "\nthe machine's logs:\n" + m.written()
}

// bring puts a project into root's home, which is nobody else's, and goes there.
func (m *machine) bring(dir string) {
	m.Helper()
	m.do("cp -R " + dir + " /root/ && chmod 700 /root && cd /root/" + filepath.Base(dir))
}

// play runs the commands of a section of a README, in its order.
func (m *machine) play(readme, section string) {
	m.Helper()
	for _, command := range commandsOf(m.T, readme, section) {
		m.do(command)
	}
}

// commandsOf returns the lines of a section's commands, those that go on joined.
func commandsOf(t *testing.T, readme, section string) []string {
	t.Helper()
	text, err := os.ReadFile(readme)
	check(t, err)
	_, after, found := strings.Cut(string(text), "\n## "+section+"\n")
	if !found {
		t.Fatalf("%s has no section %q", readme, section)
	}
	after, _, _ = strings.Cut(after, "\n## ")
	var list []string
	for line := range strings.Lines(strings.ReplaceAll(after, "\\\n", "")) {
		if command, ok := strings.CutPrefix(line, "    "); ok {
			list = append(list, strings.TrimSpace(command))
		}
	}
	return list
}
