package apply

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"scaffold/generator/problem"
)

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
