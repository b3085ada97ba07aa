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
