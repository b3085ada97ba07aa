package tree

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"
)

var plenty = Limits{Files: 100, Bytes: 1 << 20, File: 1 << 20}

func TestRead(t *testing.T) {
	fsys := fstest.MapFS{
		"files/b/c.go": {Data: []byte("c"), Mode: 0o444},
		"files/a":      {Data: []byte("aa"), Mode: 0o755},
		"files/.git_":  {Data: nil, Mode: 0o600},
		"other":        {Data: []byte("not below files")},
	}
	got, err := Read(fsys, "files", plenty)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{".git_", "a", "b/c.go"}; !slices.Equal(paths(got), want) {
		t.Errorf("got %q, want %q", paths(got), want)
	}
	for f := range got.All() {
		if f.Mode != ModeFile {
			t.Errorf("%s has mode %v: modes are the rules', not the file system's", f.Path, f.Mode)
		}
	}
}

func TestReadNothing(t *testing.T) {
	for name, fsys := range map[string]fstest.MapFS{
		"no folder":    {"other": {}},
		"empty folder": {"files": {Mode: fs.ModeDir}},
	} {
		got, err := Read(fsys, "files", plenty)
		if err != nil || got.Len() != 0 {
			t.Errorf("%s: got %d files, %v; want none", name, got.Len(), err)
		}
	}
}

func TestReadOfAFile(t *testing.T) {
	_, err := Read(fstest.MapFS{"files": {}}, "files", plenty)
	if want := `read "files": is a file, not a folder`; text(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestReadLimits(t *testing.T) {
	fsys := fstest.MapFS{
		"files/a": {Data: []byte("12345")},
		"files/b": {Data: []byte("12345")},
		"files/c": {Data: []byte("12345")},
	}
	tests := []struct {
		name   string
		limits Limits
		want   string
	}{
		{"just enough", Limits{Files: 3, Bytes: 15, File: 5}, ""},
		{"too many files", Limits{Files: 2, Bytes: 15, File: 5}, `read "c": more than 2 files`},
		{"one file too large", Limits{Files: 3, Bytes: 15, File: 4}, `read "a": is larger than 4 bytes`},
		{"all together too large", Limits{Files: 3, Bytes: 14, File: 5}, `read "c": with it the files have more than 14 bytes`},
		{"said in MiB", Limits{Files: 3, Bytes: 1 << 20, File: 0}, `read "a": is larger than 0 MiB`},
		{"nothing is allowed", Limits{}, `read "a": more than 0 files`},
	}
	for _, tt := range tests {
		_, err := Read(fsys, "files", tt.limits)
		if got := text(err); tt.want == "" && err != nil || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Whoever prepared a folder chooses where its links lead: none is followed.
// os.DirFS would, os.Root would inside its root; neither makes a difference.
func TestReadRefusesSpecialFiles(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		make func(t *testing.T, dir string)
		want string
	}{
		{"a link to a file outside", symlink(outside, "x"), `read "x": is a symbolic link, not a regular file`},
		{"a link to a file inside", symlink("ok", "x"), `read "x": is a symbolic link, not a regular file`},
		{"a link to a folder", symlink(filepath.Dir(outside), "x"), `read "x": is a symbolic link, not a regular file`},
		{"a link to nothing", symlink("nowhere", "x"), `read "x": is a symbolic link, not a regular file`},
		{"a link to itself", symlink("x", "x"), `read "x": is a symbolic link, not a regular file`},
		{"a named pipe", fifo("x"), `read "x": is a named pipe, not a regular file`},
		{"a socket", socket("x"), `read "x": is a socket, not a regular file`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pack := t.TempDir()
			dir := filepath.Join(pack, "files")
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "ok"), []byte("ok"), 0o666); err != nil {
				t.Fatal(err)
			}
			tt.make(t, dir)
			root, err := os.OpenRoot(pack)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			for kind, fsys := range map[string]fs.FS{"os.DirFS": os.DirFS(pack), "os.Root": root.FS()} {
				got, err := Read(fsys, "files", plenty)
				if text(err) != tt.want || got.Len() != 0 {
					t.Errorf("%s: got %d files and %v, want %s", kind, got.Len(), err, tt.want)
				}
			}
		})
	}
}

func symlink(to, name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
}

func socket(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		l, err := net.Listen("unix", filepath.Join(dir, name))
		if err != nil {
			t.Skipf("no sockets here: %v", err)
		}
		t.Cleanup(func() { l.Close() })
	}
}

// The folder itself may be the link.
func TestReadRefusesALinkedFolder(t *testing.T) {
	pack, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	symlink(outside, "files")(t, pack)
	root, err := os.OpenRoot(pack)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for kind, fsys := range map[string]fs.FS{"os.DirFS": os.DirFS(pack), "os.Root": root.FS()} {
		if got, err := Read(fsys, "files", plenty); err == nil || got.Len() != 0 {
			t.Errorf("%s: read %q through the link", kind, paths(got))
		}
	}
}

// A file that vanishes while the folder is read is an error: a tree that lacks
// it would be taken for the whole.
func TestReadSeesAFileVanish(t *testing.T) {
	fsys := vanishing{files: fstest.MapFS{"files/a": {}, "files/b": {}, "files/c": {}}}
	if got, err := Read(fsys, "files", plenty); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %q and %v, want an error", paths(got), err)
	}
}

type vanishing struct{ files fstest.MapFS }

func (v vanishing) Open(name string) (fs.File, error) {
	if name == "files/b" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return v.files.Open(name)
}

// Every bad name in the folder is reported at once.
func TestReadChecksPaths(t *testing.T) {
	fsys := fstest.MapFS{"files/.git/config": {}, "files/-x": {}, "files/ok": {}}
	_, err := Read(fsys, "files", plenty)
	if got := text(err); !strings.Contains(got, `".git/config"`) || !strings.Contains(got, `"-x"`) {
		t.Errorf("got %q, want both bad paths in it", got)
	}
}

// The executable bit is kept where it is asked for.
func TestReadModes(t *testing.T) {
	fsys := fstest.MapFS{"files/a": {Mode: 0o755}, "files/b": {Mode: 0o655}, "files/c": {Mode: 0o444}}
	limits := plenty
	limits.Modes = true
	got, err := Read(fsys, "files", limits)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{"a": ModeExec, "b": ModeFile, "c": ModeFile} {
		if f, _ := got.Find(path); f.Mode != want {
			t.Errorf("%s has mode %v, want %v", path, f.Mode, want)
		}
	}
}

// A folder may hold any number of entries, and folders may be any number deep:
// no more are read than count.
func TestReadStopsEarly(t *testing.T) {
	for name, tt := range map[string]struct {
		folder endless
		limits Limits
		want   string
	}{
		"files":            {endless{}, plenty, `read ".": more than 100 files`},
		"files, skipped":   {endless{}, Limits{Files: 100, Skip: func(string, bool) bool { return true }}, `read ".": more than 100000 files and folders to look at`},
		"folders":          {endless{mode: fs.ModeDir}, plenty, `read ".": more than 100 files`},
		"folder in folder": {endless{mode: fs.ModeDir, each: 1}, plenty, `read "` + strings.Repeat("x0/", 19) + `x0": is more than 19 folders deep`},
	} {
		read := 0
		tt.folder.read = &read
		if _, err := Read(tt.folder, "files", tt.limits); text(err) != tt.want {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
		if read > 2*maxSeen {
			t.Errorf("%s: %d entries were read", name, read)
		}
	}
}

// endless is a file system of folders without an end, or with each entries.
type endless struct {
	mode fs.FileMode
	each int
	read *int
}

func (e endless) Open(string) (fs.File, error)     { return &endlessFolder{endless: e}, nil }
func (e endless) Stat(string) (fs.FileInfo, error) { return endlessEntry{"x", fs.ModeDir}, nil }

type endlessFolder struct {
	endless
	at int
}

func (f *endlessFolder) Stat() (fs.FileInfo, error) { return endlessEntry{"x", fs.ModeDir}, nil }
func (f *endlessFolder) Read([]byte) (int, error)   { return 0, errors.ErrUnsupported }
func (f *endlessFolder) Close() error               { return nil }

func (f *endlessFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	var entries []fs.DirEntry
	for len(entries) < n {
		if f.each > 0 && f.at == f.each {
			return entries, io.EOF
		}
		entries = append(entries, endlessEntry{fmt.Sprintf("x%d", f.at), f.mode})
		f.at++
	}
	*f.read += len(entries)
	return entries, nil
}

type endlessEntry struct {
	name string
	mode fs.FileMode
}

func (e endlessEntry) Name() string               { return e.name }
func (e endlessEntry) IsDir() bool                { return e.mode.IsDir() }
func (e endlessEntry) Type() fs.FileMode          { return e.mode.Type() }
func (e endlessEntry) Info() (fs.FileInfo, error) { return e, nil }
func (e endlessEntry) Size() int64                { return 0 }
func (e endlessEntry) Mode() fs.FileMode          { return e.mode }
func (e endlessEntry) ModTime() time.Time         { return time.Time{} }
func (e endlessEntry) Sys() any                   { return nil }

// Long paths take longer to check than the files at them, so they count, too.
func TestReadCountsNames(t *testing.T) {
	dir := strings.TrimSuffix(strings.Repeat(strings.Repeat("n", 99)+"/", 17), "/")
	fsys := make(fstest.MapFS)
	for i := range 5000 {
		fsys[fmt.Sprintf("%s/%04d", dir, i)] = &fstest.MapFile{}
	}
	_, err := Read(fsys, ".", Limits{Files: 20_000, Bytes: 1, File: 1})
	if want := fmt.Sprintf("read %q: the paths up to here have more than 8 MiB", dir); err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestHolds(t *testing.T) {
	broken := errors.New("broken")
	long := strings.Repeat("a line of a file\n", 5000)
	for _, tt := range []struct {
		name string
		r    io.Reader
		want string
		same bool
		err  error
	}{
		{"alike", strings.NewReader(long), long, true, nil},
		{"alike, a byte at a time", iotest.OneByteReader(strings.NewReader("a\nb\n")), "a\nb\n", true, nil},
		{"alike, with the end said at once", iotest.DataErrReader(strings.NewReader("a")), "a", true, nil},
		{"nothing", strings.NewReader(""), "", true, nil},
		{"less", strings.NewReader(long[1:]), long, false, nil},
		{"its beginning", strings.NewReader(long[:40000]), long, false, nil},
		{"more", strings.NewReader(long + "x"), long, false, nil},
		{"one byte differs", strings.NewReader(long[:len(long)-1] + "x"), long, false, nil},
		{"cannot be read", io.MultiReader(strings.NewReader("a"), iotest.ErrReader(broken)), "ab", false, broken},
		{"cannot be read to its end", io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken)), "ab", false, broken},
	} {
		if same, err := Holds(tt.r, []byte(tt.want)); same != tt.same || err != tt.err {
			t.Errorf("%s: got %v, %v", tt.name, same, err)
		}
	}
}

func TestSumOfReader(t *testing.T) {
	text := strings.Repeat("a line of a file\n", 5000)
	if got, err := Sum(strings.NewReader(text)); err != nil || got != (File{Data: []byte(text)}).Sum() {
		t.Errorf("got %s, %v", got, err)
	}
	broken := errors.New("broken")
	if _, err := Sum(iotest.ErrReader(broken)); err != broken {
		t.Errorf("got %v", err)
	}
}
