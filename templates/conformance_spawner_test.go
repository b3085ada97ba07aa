//go:build unix

package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A spawner starts the launcher that stands in dir, by itself or for a web
// server, and returns the URL of the app and how the spawner is stopped.
type spawner struct {
	name  string
	start func(t *testing.T, p project) (url string, stop func())
}

var spawners = []spawner{
	{"mod_fcgid", func(t *testing.T, p project) (string, func()) {
		check(t, os.Rename(filepath.Join(p.deploy, "htaccess"), filepath.Join(p.deploy, ".htaccess")))
		f := hosting(t, p.deploy)
		return f.url + "/app", func() { f.stop(t) }
	}},
	{"lighttpd's bin-path", func(t *testing.T, p project) (string, func()) {
		f := lighttpd(t, filepath.Join(p.deploy, "lighttpd.conf"), nil,
			`"socket" => "/run/hello/hello.sock",`, fmt.Sprintf(`"socket" => %q, "bin-path" => %q, "max-procs" => 1,`, filepath.Join(workDir(t), "s"), filepath.Join(p.deploy, "hello.fcgi")))
		return f.url + "/app", func() { f.stop(t) }
	}},
	{"spawn-fcgi", func(t *testing.T, p project) (string, func()) {
		dir := workDir(t)
		socket, pid := filepath.Join(dir, "s"), filepath.Join(dir, "pid")
		spawn := start(t, need(t, "spawn-fcgi"), "-s", socket, "-P", pid, "-M", "0660", "--", filepath.Join(p.deploy, "hello.fcgi"))
		check(t, spawn.end(t))
		f := nginx(t, filepath.Join(p.deploy, "nginx.conf"), nil, onUnix(nil, socket).places...)
		return f.url + "/app", func() {
			text, err := os.ReadFile(pid)
			check(t, err)
			number, err := strconv.Atoi(strings.TrimSpace(string(text)))
			check(t, err)
			check(t, syscall.Kill(number, syscall.SIGTERM))
		}
	}},
	{"fcgiwrap", func(t *testing.T, p project) (string, func()) {
		wrap, socket := startFcgiwrap(t)
		f := nginx(t, filepath.Join(p.deploy, "nginx-cgi.conf"), nil, "unix:/run/fcgiwrap.socket", "unix:"+socket, "/opt/hello", p.deploy)
		return f.url + "/app", func() { wrap.stop(t) }
	}},
	{"Apache's mod_cgid", func(t *testing.T, p project) (string, func()) {
		f := apacheSite(t, filepath.Join(p.deploy, "apache-cgi.conf"), nil, "/opt/hello", p.deploy)
		return f.url + "/app", func() { f.stop(t) }
	}},
	{"lighttpd's mod_cgi", func(t *testing.T, p project) (string, func()) {
		f := lighttpd(t, filepath.Join(p.deploy, "lighttpd-cgi.conf"), nil, "/opt/hello", p.deploy)
		return f.url + "/app", func() { f.stop(t) }
	}},
}

// Whoever starts the launcher has the app as its own child, no shell between,
// so that nothing is left when the spawner stops, not even in the midst of
// requests.
func TestSpawnersLeaveNoOrphans(t *testing.T) {
	live(t)
	for _, k := range kinds {
		for _, s := range spawners {
			t.Run(k.pack+"/"+s.name, func(t *testing.T) { s.leavesNone(t, ownCopy(t, k.newProject(t, "echo", "/app", "body_limit=100"))) })
		}
	}
}

func (s spawner) leavesNone(t *testing.T, p project) {
	url, stop := s.start(t, p)
	if response, body := send(t, "GET", url+"/", nil); response.StatusCode != 200 {
		t.Fatalf("%d %q", response.StatusCode, body)
	}
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			if response, err := client.Get(url + "/slow?ms=300"); err == nil { // or it is cut: that is for others to test
				response.Body.Close()
			}
		})
	}
	time.Sleep(150 * time.Millisecond)
	if list := processesOf(p); len(list) == 0 {
		t.Error("no process of the app is found, so none would be missed")
	} else if shells := shellsOf(list); len(shells) > 0 {
		t.Errorf("shells stay beside the app: %q", shells)
	}
	stop()
	wait.Wait()
	var left []string
	for range 2400 { // two minutes
		if left = processesOf(p); len(left) == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("still running: %q", left)
}

// ownCopy is the project's deploy folder at a path of its own, by which its
// processes are known.
func ownCopy(t *testing.T, p project) project {
	t.Helper()
	dir := filepath.Join(workDir(t), "deploy")
	check(t, os.CopyFS(dir, os.DirFS(p.deploy)))
	return project{p.kind, p.dir, dir}
}

// processesOf returns the command lines of what runs below a project's deploy
// folder.
func processesOf(p project) []string {
	var list []string
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		exe, _ := os.Readlink(filepath.Join(dir, "exe"))
		cwd, _ := os.Readlink(filepath.Join(dir, "cwd"))
		if strings.HasPrefix(exe, p.deploy) || strings.HasPrefix(cwd, p.deploy) {
			list = append(list, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return list
}

func shellsOf(lines []string) []string {
	var shells []string
	for _, line := range lines {
		if strings.Contains(line, "sh ") {
			shells = append(shells, line)
		}
	}
	return shells
}
