package source

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/problem"
)

var builtin = fstest.MapFS{
	"web/pack.yaml": {Data: []byte("web")},
	"api/pack.yaml": {Data: []byte("api")},
	"shared/a.conf": {Data: []byte("no pack")},
	"README":        {Data: []byte("no pack")},
}

func TestList(t *testing.T) {
	got, err := Finder{Builtin: builtin}.List()
	if want := []string{"api", "web"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func find(t *testing.T, text string) (Source, error) {
	t.Helper()
	ref, err := Parse(text)
	if err != nil {
		return Source{}, err
	}
	return Finder{Builtin: builtin}.Find(t.Context(), ref)
}

func TestFindBuiltin(t *testing.T) {
	got, err := find(t, "web")
	if err != nil || got.Kind != Builtin || got.Name != "web" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if data, err := fs.ReadFile(got.FS, "pack.yaml"); err != nil || string(data) != "web" {
		t.Errorf("its manifest is %q, %v", data, err)
	}
	if _, err := fs.Stat(got.Root, "api/pack.yaml"); err != nil || got.Dir != "web" {
		t.Errorf("it is %s in what has no other pack: %v", got.Dir, err)
	}
}

// A word names a built-in pack; whatever has a slash or starts with a dot, a
// folder, however it is written.
func TestFindFolder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"mine", "mine/sub", ".hidden"} {
		if err := os.MkdirAll(name, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"./mine":                             "./mine",
		"./mine/":                            "./mine",
		".//mine/../mine":                    "./mine",
		"mine/sub":                           "./mine/sub",
		".hidden":                            "./.hidden",
		".":                                  ".",
		"./":                                 ".",
		"..":                                 "..",
		"mine/../..":                         "..",
		"../" + filepath.Base(dir) + "/mine": "../" + filepath.Base(dir) + "/mine",
		filepath.Join(dir, "mine"):           filepath.ToSlash(filepath.Join(dir, "mine")),
	} {
		got, err := find(t, name)
		if err != nil || got.Kind != Folder || got.Name != want {
			t.Errorf("%s: got %q (kind %d), %v; want %q", name, got.Name, got.Kind, err, want)
			continue
		}
		again, err := find(t, got.Name) // what names it again
		if err != nil || again.Name != got.Name {
			t.Errorf("%s: its name %q finds %q, %v", name, got.Name, again.Name, err)
		}
	}
}

func TestFindNothing(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("file", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("mine", 0o777); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, want, hint string }{
		{"wbe", `there is no pack "wbe": there is api, web: did you mean "web"?`, ""},
		{"nothing", `there is no pack "nothing": there is api, web`, ""},
		{"", `there is no pack "": there is api, web`, ""},
		{"README", `there is no pack "README": there is api, web`, ""},
		{"mine", `there is no pack "mine": there is api, web`, "./mine"},
		{"file", `there is no pack "file": there is api, web`, ""},
		{"./nowhere", "pack ./nowhere: there is no such folder", ""},
		{"./file", "pack ./file: is no folder", ""},
	}
	for _, tt := range tests {
		got, err := find(t, tt.name)
		if err == nil || err.Error() != tt.want || !problem.IsInput(err) {
			t.Errorf("%q: got %+v, %v\nwant %s", tt.name, got, err, tt.want)
		}
		if hints := strings.Join(problem.Hints(err), " "); !strings.Contains(hints, tt.hint) || tt.hint == "" && hints != "" {
			t.Errorf("%q: hints %q, want %q", tt.name, hints, tt.hint)
		}
	}
}

// A pack may come from anywhere: its links do not lead out of its folder.
func TestFolderIsNeverLeft(t *testing.T) {
	dir := t.TempDir()
	pack := filepath.Join(dir, "pack")
	if err := os.Mkdir(pack, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"up": "../secret", "absolute": filepath.Join(dir, "secret"), "parent": ".."} {
		if err := os.Symlink(to, filepath.Join(pack, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	got, err := find(t, pack)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"up", "absolute", "parent/secret", "../secret", "parent"} {
		if data, err := fs.ReadFile(got.FS, name); err == nil {
			t.Errorf("%s: read %q", name, data)
		}
	}
}

// A pack in a folder sees what stands beside it, also where a link led to it, and
// nothing further away.
func TestFolderAround(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"packs/mine/pack.yaml", "packs/shared/s", "secret/s"} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("s"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"linked": "packs/mine", "packs/leads": "../secret"} {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	for _, name := range []string{"packs/mine", "linked"} {
		fsys, in := folderAround(filepath.Join(dir, filepath.FromSlash(name)))
		if in != "mine" {
			t.Fatalf("%s is called %q", name, in)
		}
		for name, want := range map[string]bool{
			"mine/pack.yaml": true, "shared/s": true, "linked": false,
			"../secret/s": false, "leads/s": false, "mine/../../secret/s": false, "mine/../shared/s": false,
		} {
			_, err := fs.ReadFile(fsys, name)
			if read := err == nil; read != want {
				t.Errorf("%s is read: %v, want %v: %v", name, read, want, err)
			}
		}
		if info, err := fs.Lstat(fsys, "leads"); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("a link beside the pack is not seen as one: %v", err)
		}
	}
	if fsys, in := folderAround("/"); fsys != nil || in != "" {
		t.Errorf("around the root of all files is %v, called %q", fsys, in)
	}
}
