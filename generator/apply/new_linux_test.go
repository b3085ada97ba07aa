package apply

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A full disk, of bytes or of names: the error says so, and nothing is left.
func TestFullDisk(t *testing.T) {
	mount, err := exec.LookPath("mount")
	if err != nil || os.Getuid() != 0 {
		t.Skip("needs root and mount, for a small file system of its own")
	}
	for _, tt := range []struct{ options, want string }{
		{"size=64k", "no space left on device"},
		{"size=1m,nr_inodes=8", "no space left on device"},
		{"size=1m,ro", "read-only file system"},
	} {
		dir := t.TempDir()
		if out, err := exec.Command(mount, "-t", "tmpfs", "-o", tt.options, "tmpfs", dir).CombinedOutput(); err != nil {
			t.Skipf("mount: %v: %s", err, out)
		}
		t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
		p := project(t)
		large := tree.File{Path: "large", Mode: tree.ModeFile, Data: make([]byte, 100_000)}
		p.Steps[0].After, p.Steps[0].To = &large, "large"
		target := filepath.Join(dir, "hello")
		err := Options{}.New(t.Context(), target, p)
		if got := fmt.Sprint(err); !strings.HasSuffix(got, tt.want) || problem.IsInput(err) {
			t.Errorf("%s: got %s (input error: %v), want %s at its end", tt.options, got, problem.IsInput(err), tt.want)
		}
		named(t, err)
		alone(t, dir)
	}
}

// A mount point cannot be replaced in one step; it is left as it is.
func TestMountPoint(t *testing.T) {
	mount, err := exec.LookPath("mount")
	if err != nil || os.Getuid() != 0 {
		t.Skip("needs root and mount, for a mount point")
	}
	dir := t.TempDir()
	target := filepath.Join(dir, "hello")
	mkdir(t, target)
	if out, err := exec.Command(mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", target).CombinedOutput(); err != nil {
		t.Skipf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() { unix.Unmount(target, unix.MNT_DETACH) })
	err = Options{}.New(t.Context(), target, project(t))
	if want := "create " + target + ": it is a mount point, which cannot be replaced in one step"; fmt.Sprint(err) != want || !problem.IsInput(err) {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if hints := problem.Hints(err); len(hints) != 1 || hints[0] != "name a folder below it: scaffold new "+target+"/app" {
		t.Errorf("hints %q", hints)
	}
	alone(t, dir, "hello")
	alone(t, target)
}
