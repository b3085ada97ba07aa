package apply

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Old kernels and sandboxes have no openat2: walking refuses the same.
func TestWalk(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/real/sub/file", "", 0o644)
	symlink(t, "real", dir+"/link")
	symlink(t, "sub", dir+"/real/link")
	opened, err := openDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.close()
	d := opened.(atDisk)
	for _, name := range []string{".", "real", "real/sub", "link", "link/sub", "real/link", "real/sub/file", "real/sub/file/x", "none", "real/none/x"} {
		fd, err := d.folder(name, unix.O_RDONLY)
		walked, walkErr := d.walk(name, unix.O_RDONLY)
		if err != walkErr {
			t.Errorf("%s: openat2 says %v, walking %v", name, err, walkErr)
		}
		if err == nil {
			unix.Close(fd)
			unix.Close(walked)
		}
	}
}

// Where rename has no flags, a link never replaces either.
func TestRenameByLink(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/a", "a", 0o644)
	put(t, dir+"/b", "b", 0o644)
	mkdir(t, dir+"/folder")
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd := int(f.Fd())
	for _, tt := range []struct {
		from, to string
		want     error
	}{
		{"a", "b", unix.EEXIST}, {"a", "folder", unix.EEXIST}, {"none", "c", unix.ENOENT}, {"a", "c", nil},
		{"folder", "b", unix.EEXIST}, {"folder", "other", nil},
	} {
		if err := renameByLink(fd, tt.from, fd, tt.to); !is(err, tt.want) {
			t.Errorf("%s to %s: got %v, want %v", tt.from, tt.to, err, tt.want)
		}
	}
	if got := list(t, dir); got != "\nb 0644 \"b\"\nc 0644 \"a\"\nother/ 0755\n" {
		t.Errorf("got %s", got)
	}
}
