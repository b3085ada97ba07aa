package apply

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// helper is the environment variable that has this program update a project
// instead of testing, as somebody else.
const helper = "SCAFFOLD_TEST_UPDATE"

func TestMain(m *testing.M) {
	root := os.Getenv(helper)
	if root == "" {
		os.Exit(m.Run())
	}
	if err := (Options{}).Update(context.Background(), root, small.plan(), "scaffold regenerate"); err != nil {
		report(err)
		os.Exit(1)
	}
	os.Exit(0)
}

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
		fd, err := d.openFolder(name, unix.O_RDONLY)
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

// acl returns an access control list as Linux stores it: the owner, user 65533
// and the mask may read, nobody else may anything.
func acl() []byte {
	entry := func(tag, perm uint16, id uint32) []byte {
		return []byte{byte(tag), byte(tag >> 8), byte(perm), byte(perm >> 8), byte(id), byte(id >> 8), byte(id >> 16), byte(id >> 24)}
	}
	const none = 1<<32 - 1
	return bytes.Join([][]byte{
		{2, 0, 0, 0}, entry(1, 6, none), entry(2, 4, 65533), entry(4, 0, none), entry(0x10, 4, none), entry(0x20, 0, none),
	}, nil)
}

func attributesOf(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	try(t, err)
	defer f.Close()
	info, err := f.Stat()
	try(t, err)
	s := info.Sys().(*syscall.Stat_t)
	text := fmt.Sprintf("%04o %d:%d", info.Mode().Perm(), s.Uid, s.Gid)
	for _, name := range attributeNames(f) {
		value, _ := attribute(f, name)
		text += fmt.Sprintf(" %s=%x", name, value)
	}
	return text
}

// A file that is written again keeps its owner, group, access control list and
// extended attributes, and so does the one that undo brings back.
func TestAttributesAreKept(t *testing.T) {
	root := build(t, small)
	name := root + "/main.go"
	try(t, os.Chmod(name, 0o600))
	if err := unix.Setxattr(name, "user.note", []byte("mine"), 0); err != nil {
		t.Skipf("extended attributes: %v", err)
	}
	if err := unix.Setxattr(name, accessList, acl(), 0); err != nil {
		t.Skipf("access control lists: %v", err)
	}
	if os.Getuid() == 0 {
		try(t, os.Chown(name, 65532, 65531))
	}
	want := attributesOf(t, name)
	var notes []string
	o := Options{Note: func(text string) { notes = append(notes, text) }}
	try(t, o.Update(t.Context(), root, small.plan(), "scaffold regenerate"))
	if got := attributesOf(t, name); got != want || len(notes) > 0 {
		t.Errorf("updated: got %s, notes %q\nwant %s", got, notes, want)
	}
	try(t, second(o.Undo(t.Context(), root)))
	if got := attributesOf(t, name); got != want {
		t.Errorf("undone: got %s\nwant %s", got, want)
	}
}

// What could not be kept is said, and nobody may read what they could not before.
func TestAttributesAreLost(t *testing.T) {
	for _, tt := range []struct {
		perm fs.FileMode
		lost []string
		want fs.FileMode
	}{
		{0o640, []string{"owner", "extended attribute user.note"}, 0o640},
		{0o640, []string{lostGroup}, 0o600},
		{0o770, []string{lostList}, 0o700},
		{0o664, []string{lostGroup, lostList}, 0o644},
	} {
		if got := narrowGroup(tt.perm, tt.lost); got != tt.want {
			t.Errorf("%04o without %q becomes %04o, want %04o", tt.perm, tt.lost, got, tt.want)
		}
	}
	m := memBuild(small, 0)
	var notes []string
	o := Options{serial: true, Note: func(text string) { notes = append(notes, text) },
		open: func(string) (disk, error) { return losing{m}, nil }}
	try(t, o.Update(t.Context(), "/project", small.plan(), "scaffold regenerate"))
	if got := strings.Join(notes, "; "); !strings.Contains(got, "main.go: could not keep its owner, its group; run.sh: could not keep") {
		t.Errorf("notes %s", got)
	}
}

// A program that ran as its owner does no longer, because other bytes have not
// earned that; it is said.
func TestSetuidIsLost(t *testing.T) {
	root := build(t, small)
	name := filepath.Join(root, "run.sh")
	info, err := os.Stat(name)
	try(t, err)
	try(t, os.Chmod(name, info.Mode()|fs.ModeSetuid|fs.ModeSetgid))
	var notes []string
	o := Options{Note: func(text string) { notes = append(notes, text) }}
	try(t, o.Update(t.Context(), root, small.plan(), "scaffold regenerate"))
	info, err = os.Stat(name)
	try(t, err)
	if want := []string{"run.sh: could not keep its setuid and setgid bits"}; !slices.Equal(notes, want) || info.Mode()&fs.ModeSetuid != 0 {
		t.Errorf("got %v, notes %q, want %q", info.Mode(), notes, want)
	}
}

// A losing disk keeps neither owners nor groups.
type losing struct{ disk }

func (losing) copyAttributes(string, file) ([]string, error) {
	return []string{"owner", lostGroup}, nil
}

// What root's run makes in somebody's project is theirs, so that their own next
// run works.
func TestRootLeavesNothingOfRoots(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	root := build(t, full)
	try(t, filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(name, 65534, 65533))
	}))
	owned := func(when string) {
		t.Helper()
		try(t, filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
			try(t, err)
			info, err := os.Lstat(name)
			try(t, err)
			if s := info.Sys().(*syscall.Stat_t); s.Uid != 65534 || s.Gid != 65533 {
				t.Errorf("%s: %s belongs to %d:%d", when, strings.TrimPrefix(name, root), s.Uid, s.Gid)
			}
			return nil
		}))
	}
	try(t, Options{}.Update(t.Context(), root, full.plan(), "scaffold regenerate"))
	owned("updated")
	try(t, second(Options{}.Undo(t.Context(), root)))
	owned("undone")
}

// Where the state is another's, the hint says whose, and the command that mends
// it.
func TestStateOfAnother(t *testing.T) {
	setpriv := tool(t, "setpriv") // to be somebody else
	root := build(t, small)
	put(t, root+"/"+lockFile, "1 scaffold\n", 0o644)
	for dir := root; dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		try(t, os.Chmod(dir, 0o755))
	}
	program, err := os.ReadFile(os.Args[0])
	try(t, err)
	put(t, root+"/../program", string(program), 0o755) // go's own is in a folder that only root may enter
	out, err := exec.Command(setpriv, "--reuid=65534", "--clear-groups", "env", helper+"="+root, root+"/../program").CombinedOutput()
	if err == nil {
		t.Fatalf("it may write: %s", out)
	}
	want := fmt.Sprintf("hint: %s belongs to user 0: sudo chown -R $(id -u):$(id -g) %s/%[1]s gives it to you", tree.StateFolder, root)
	if !strings.Contains(string(out), want) {
		t.Errorf("got %s\nwant %s", out, want)
	}
}

// report prints an error as the command line would.
func report(err error) {
	fmt.Println(err)
	for _, hint := range problem.Hints(err) {
		fmt.Println("hint:", hint)
	}
}
