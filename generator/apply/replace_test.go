package apply

import (
	"os"
	"path/filepath"
	"testing"

	"scaffold/generator/tree"
)

func TestReplace(t *testing.T) {
	root := t.TempDir()
	name := filepath.Join(root, "sub", "case.txtar")
	if err := os.Mkdir(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first", "second, which is longer", ""} {
		if err := (Options{}).Replace(root, tree.File{Path: "sub/case.txtar", Mode: tree.ModeFile, Data: []byte(text)}); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != text {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
		if entries, _ := os.ReadDir(filepath.Dir(name)); len(entries) != 1 {
			t.Errorf("beside the file there are %v", entries)
		}
	}
}

// What is no file is kept, and so is a file that cannot be written.
func TestReplaceRefuses(t *testing.T) {
	root := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("outside"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(root, "link")); err != nil {
		t.Skip("no symbolic links here")
	}
	if err := os.Symlink(filepath.Dir(outside), filepath.Join(root, "linked")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"link", "linked/outside", "folder", "none/file"} {
		if err := (Options{}).Replace(root, tree.File{Path: path, Mode: tree.ModeFile, Data: []byte("new")}); err == nil {
			t.Errorf("%s: was replaced", path)
		}
	}
	if got, err := os.ReadFile(outside); err != nil || string(got) != "outside" {
		t.Errorf("the file outside is %q, %v", got, err)
	}
	if entries, _ := os.ReadDir(root); len(entries) != 3 {
		t.Errorf("left are %v", entries)
	}
}
