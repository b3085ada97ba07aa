package apply

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// tool finds a program, without which a test is skipped; where CI runs it is a
// failure.
func tool(t *testing.T, name string) string {
	t.Helper()
	found, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	if err != nil || os.Getuid() != 0 {
		t.Skipf("needs root and %s", name)
	}
	return found
}

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(tool(t, name), args...).CombinedOutput()
	if err != nil {
		t.Skipf("%s %q: %v: %s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// mountBind mounts a folder once more through bindfs, which has links but whose
// rename knows no flags.
func mountBind(t *testing.T, at string) {
	command(t, "bindfs", t.TempDir(), at)
	t.Cleanup(func() { exec.Command("umount", at).Run() })
}

// mountExFAT mounts a volume without modes, links and letter case, whose rename
// knows no flags.
func mountExFAT(t *testing.T, at string) {
	driver, mkfs := tool(t, "mount.exfat-fuse"), tool(t, "mkfs.exfat")
	image := t.TempDir() + "/image"
	try(t, os.WriteFile(image, nil, 0o600), os.Truncate(image, 16<<20))
	command(t, mkfs, image)
	loop := command(t, "losetup", "--find", "--show", image)
	t.Cleanup(func() { exec.Command("losetup", "--detach", loop).Run() })
	command(t, driver, loop, at)
	t.Cleanup(func() { exec.Command("umount", at).Run() })
}

// What the model shows of lesser volumes, real ones do.
func TestLesserVolumes(t *testing.T) {
	s := make(scene)
	for name, sides := range small {
		s[name] = sides
	}
	s["Case.txt"], s["CASE.txt"] = [2]string{"case\n", ""}, [2]string{"", "case\n"}
	for name, mount := range map[string]func(*testing.T, string){"bindfs": mountBind, "exfat": mountExFAT} {
		t.Run(name, func(t *testing.T) {
			volume := filepath.Join(t.TempDir(), "volume")
			mkdir(t, volume)
			mount(t, volume)
			root := filepath.Join(volume, "whole")
			before, after := lay(t, root, s), ""
			count := &faulty{}
			try(t, real(count, false).Update(t.Context(), root, s.plan(), "scaffold regenerate"))
			if after = bare(t, root); after == before {
				t.Fatalf("nothing is changed: %s", after)
			}
			try(t, second(Options{}.Undo(t.Context(), root)))
			if got := bare(t, root); got != before {
				t.Fatalf("undone: %s\nwant %s", got, before)
			}
			for at := int64(1); at <= count.n.Load(); at += thorough(3, 1) {
				root := filepath.Join(volume, fmt.Sprint(at))
				lay(t, root, s)
				err := real(&faulty{at: at, fault: crash}, false).Update(context.Background(), root, s.plan(), "scaffold regenerate")
				kept, recoverErr := Options{}.Recover(t.Context(), root)
				if got := bare(t, root); recoverErr != nil || len(kept) > 0 || got != before && got != after {
					t.Errorf("dead at %d (%v): %v, kept %q: %s", at, err, recoverErr, kept, got)
				}
			}
		})
	}
}

// lay makes the folder what s begins with, and returns that.
func lay(t *testing.T, root string, s scene) string {
	t.Helper()
	for name, sides := range s {
		if f := fileOf(name, sides[0]); f != nil {
			file := filepath.Join(root, name)
			try(t, os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, f.Data, 0o644))
		}
	}
	return bare(t, root)
}

var modes = regexp.MustCompile(` 0[0-7]{3}\b`)

// bare is tidy without modes.
func bare(t *testing.T, root string) string {
	t.Helper()
	return modes.ReplaceAllString(tidy(t, root), "")
}

func mountAt(t *testing.T, dir string, args ...string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount")
	}
	if out, err := exec.Command("mount", append(args, dir)...).CombinedOutput(); err != nil {
		t.Skipf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
}

// A folder of the project may be another volume, or be mounted once more: to
// neither can anything be renamed from the stage. The error names it, and nothing
// is changed.
func TestUpdateAcrossMounts(t *testing.T) {
	for name, args := range map[string][]string{"tmpfs": {"-t", "tmpfs", "tmpfs"}, "bind": {"--bind"}} {
		t.Run(name, func(t *testing.T) {
			root := build(t, scene{".scaffold-state/base.zip": {"base 1", ""}})
			deploy := root + "/deploy"
			try(t, os.MkdirAll(deploy, 0o755))
			if args[0] == "--bind" {
				args = append(args, deploy)
			}
			mountAt(t, deploy, args...)
			try(t, os.Chmod(deploy, 0o755))
			for file, sides := range full {
				if f := fileOf(file, sides[0]); f != nil {
					put(t, filepath.Join(root, file), string(f.Data), f.Mode)
				}
			}
			before := tidy(t, root)
			err := Options{}.Update(t.Context(), root, full.plan(), "scaffold regenerate")
			want := "write deploy/app.fcgi: it is on another file system than .scaffold-state, and files are exchanged within one; nothing was changed"
			if err == nil || err.Error() != want || len(problem.Hints(err)) != 1 || problem.IsInput(err) {
				t.Errorf("got %v %q\nwant %s", err, problem.Hints(err), want)
			}
			if got := tidy(t, root); got != before {
				t.Errorf("changed: got %s\nwant %s", got, before)
			}
		})
	}
}

// A full disk: the error says so and nothing is changed.
func TestUpdateOnFullDisk(t *testing.T) {
	for _, options := range []string{"size=128k", "size=1m,nr_inodes=34"} {
		dir := t.TempDir()
		mountAt(t, dir, "-t", "tmpfs", "-o", options, "tmpfs")
		root := dir + "/project"
		for file, sides := range full {
			if f := fileOf(file, sides[0]); f != nil {
				put(t, filepath.Join(root, file), string(f.Data), f.Mode)
			}
		}
		before := tidy(t, root)
		large := full.plan()
		for i := range large.Steps {
			if f := large.Steps[i].After; f != nil {
				f.Data = []byte(strings.Repeat("large\n", 10_000))
			}
		}
		err := Options{}.Update(t.Context(), root, large, "scaffold regenerate")
		if err == nil || !strings.HasSuffix(err.Error(), "no space left on device; nothing was changed") {
			t.Errorf("%s: got %v", options, err)
		}
		if got := tidy(t, root); got != before {
			t.Errorf("%s: changed: got %s\nwant %s", options, got, before)
		}
	}
}

// A full disk, of bytes or of names: the error says so, and nothing is left.
func TestFullDisk(t *testing.T) {
	mount, err := exec.LookPath("mount")
	if err != nil || os.Getuid() != 0 {
		t.Skip("needs root and mount, for a small file system of its own")
	}
	for _, tt := range []struct{ options, want string }{
		{"size=64k", "no space left on device; nothing was changed"},
		{"size=1m,nr_inodes=8", "no space left on device; nothing was changed"},
		{"size=1m,ro", "read-only file system; nothing was changed"},
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
	if want := "create " + target + ": it is a mount point, which cannot be replaced in one step; nothing was changed"; fmt.Sprint(err) != want || !problem.IsInput(err) {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if hints := problem.Hints(err); len(hints) != 1 || hints[0] != "name a folder below it: scaffold new "+target+"/app" {
		t.Errorf("hints %q", hints)
	}
	alone(t, dir, "hello")
	alone(t, target)
}
