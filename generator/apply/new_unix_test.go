//go:build unix

package apply

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"scaffold/generator/problem"
)

func mkfifo(t testing.TB, path string) {
	t.Helper()
	if err := unix.Mkfifo(path, 0o666); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
}

// Modes are the plan's, narrowed by the umask and by nothing else. No other
// test runs meanwhile: the umask is the whole process's.
func TestUmask(t *testing.T) {
	for _, tt := range []struct {
		umask                 int
		folder, file, program string
	}{
		{0o000, "0777", "0644", "0755"},
		{0o022, "0755", "0644", "0755"},
		{0o002, "0775", "0644", "0755"},
		{0o077, "0700", "0600", "0700"},
	} {
		target := filepath.Join(t.TempDir(), "hello")
		before := unix.Umask(tt.umask)
		err := Options{}.New(t.Context(), target, project(t))
		unix.Umask(before)
		if err != nil {
			t.Errorf("umask %03o: %v", tt.umask, err)
			continue
		}
		want := strings.NewReplacer("/ 0755", "/ "+tt.folder, " 0644", " "+tt.file, "run 0755", "run "+tt.program).Replace(made)
		if got := list(t, target); got != want {
			t.Errorf("umask %03o: got%swant%s", tt.umask, got, want)
		}
		if info, err := os.Stat(target); err != nil || fmt.Sprintf("%04o", info.Mode().Perm()) != tt.folder {
			t.Errorf("umask %03o: the project's folder is %v, %v", tt.umask, info.Mode(), err)
		}
	}
}

// What a killed run left is taken away by the next one to the same target; what
// a living one is building, what only looks alike, and what is the user's, not.
func TestStale(t *testing.T) {
	dir := t.TempDir()
	parent, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer parent.Close()
	dead, err := newStage(parent, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if err := dead.fill(t.Context(), project(t)); err != nil {
		t.Fatal(err)
	}
	dead.lock.Close() // as the kernel does when a process dies
	dead.disk.close()
	live, err := newStage(parent, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if err := live.fill(t.Context(), project(t)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		".hello.scaffold-notes", ".hello.scaffold-", ".hello.scaffold-abcdefghi", ".hello.scaffold-abcdefghijk", ".hello.scaffold-ABCDEFGHIJ",
		".hello.scaffold-abcdefghi1", ".hello.scaffold-x.scaffold-abcdefghij", ".other.scaffold-abcdefghij", "hello.scaffold-abcdefghij",
	} {
		write(t, filepath.Join(dir, name, "mine"), "mine")
	}
	write(t, filepath.Join(dir, ".hello.scaffold-abcdefghij"), "a file of the user's")
	symlink(t, ".hello.scaffold-notes", filepath.Join(dir, ".hello.scaffold-jihgfedcba"))
	before := strings.Split(list(t, dir), "\n")

	if err := (Options{}).New(t.Context(), filepath.Join(dir, "hello"), project(t)); err != nil {
		t.Fatal(err)
	}
	after := list(t, dir)
	for _, line := range before {
		switch ofDead := strings.HasPrefix(line, dead.name+"/"); {
		case ofDead && strings.Contains(after, line+"\n"):
			t.Errorf("left over: %s", line)
		case !ofDead && !strings.Contains(after, line+"\n"):
			t.Errorf("gone or changed: %s", line)
		}
	}
	if err := live.publish("other", false); err != nil { // it can still be finished
		t.Error(err)
	}
	live.remove()
	if got := list(t, filepath.Join(dir, "other")); got != made {
		t.Errorf("got%swant%s", got, made)
	}
}

// A folder that somebody is removing is held until it is gone: whoever has just
// created it tries another name, and never builds in what vanishes.
func TestStageIsHeldWhileItIsRemoved(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir+"/stage")
	other, err := os.Open(dir + "/stage")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := lockFolder(other); err != nil {
		t.Fatal(err)
	}
	parent, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer parent.Close()
	s := &stage{parent: parent, name: "stage"}
	if err := s.open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that another run holds is opened: %v", err)
	}
	s.lock.Close()
	s.disk.close()
	removeAbandoned(parent, "stage")
	alone(t, dir, "stage") // it is held: not abandoned
	other.Close()
	removeAbandoned(parent, "stage")
	alone(t, dir)
}

// A folder that one may not write in, or not look into.
func TestPermissions(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may do everything")
	}
	dir := t.TempDir()
	mkdir(t, dir+"/closed")
	if err := os.Chmod(dir+"/closed", 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir+"/closed", 0o755) })
	err := Options{}.New(t.Context(), dir+"/closed/x", project(t))
	if want := "create a folder in " + dir + "/closed: permission denied"; fmt.Sprint(err) != want || problem.IsInput(err) {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
