package generator

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/generator/problem"
)

// Where no project can be made: the message, with DIR for the folder of the test.
var placeTests = []struct {
	name   string
	make   func(t testing.TB, dir string)
	target string
	want   string
	hint   string
}{
	{"a file", func(t testing.TB, dir string) { writeFile(t, dir+"/x", "mine") }, "x",
		"DIR/x is there already and is a file", "choose another name, or remove it first"},
	{"a link to an empty folder", func(t testing.TB, dir string) { mkdir(t, dir+"/d"); symlink(t, "d", dir+"/x") }, "x",
		"DIR/x is there already and is a symbolic link", "choose another name, or remove it first"},
	{"a link to a file", func(t testing.TB, dir string) { writeFile(t, dir+"/f", "mine"); symlink(t, "f", dir+"/x") }, "x",
		"DIR/x is there already and is a symbolic link", "choose another name, or remove it first"},
	{"a link to nothing", func(t testing.TB, dir string) { symlink(t, "nowhere", dir+"/x") }, "x",
		"DIR/x is there already and is a symbolic link", "choose another name, or remove it first"},
	{"a folder that is not empty", func(t testing.TB, dir string) { writeFile(t, dir+"/x/.hidden", "mine") }, "x",
		`DIR/x is there already and is not empty: it has ".hidden"`, "choose another name; to bring an existing project up to date: scaffold regenerate"},
	{"a folder of just five", func(t testing.TB, dir string) { files(t, dir+"/x", "e d c b a") }, "x",
		`DIR/x is there already and is not empty: it has "a", "b", "c", "d", "e"`, "choose another name; to bring an existing project up to date: scaffold regenerate"},
	{"a folder of many", func(t testing.TB, dir string) { files(t, dir+"/x", "g f e d c b a") }, "x",
		`DIR/x is there already and is not empty: it has "a", "b", "c", "d", "e", and 2 more`, "choose another name; to bring an existing project up to date: scaffold regenerate"},
	{"a folder with a strange name in it", func(t testing.TB, dir string) { files(t, dir+"/x", "\x1b[2J") }, "x",
		`DIR/x is there already and is not empty: it has "\x1b[2J"`, "choose another name; to bring an existing project up to date: scaffold regenerate"},
	{"no parent", func(testing.TB, string) {}, "no/x",
		"the folder DIR/no is not there", "create it first: mkdir -p DIR/no"},
	{"no parent's parent", func(testing.TB, string) {}, "no/no/x",
		"the folder DIR/no/no is not there", "create it first: mkdir -p DIR/no/no"},
	{"a parent that is a file", func(t testing.TB, dir string) { writeFile(t, dir+"/f", "mine") }, "f/x",
		"DIR/f is no folder, so nothing can be created in it", ""},
	{"a parent's parent that is a file", func(t testing.TB, dir string) { writeFile(t, dir+"/f", "mine") }, "f/y/x",
		"DIR/f/y cannot be a folder: a file is in its way", ""},
	{"a project's folder", func(t testing.TB, dir string) { writeFile(t, dir+"/p/.scaffold-state/base.zip", "") }, "p/x",
		"DIR/p/x is inside the scaffold project DIR/p", "create it outside and move it there, or add to DIR/p by hand"},
	{"below a project's folder", func(t testing.TB, dir string) {
		writeFile(t, dir+"/p/.scaffold-state/base.zip", "")
		mkdir(t, dir+"/p/a/b")
	}, "p/a/b/x",
		"DIR/p/a/b/x is inside the scaffold project DIR/p", "create it outside and move it there, or add to DIR/p by hand"},
	{"a folder whose state is a link", func(t testing.TB, dir string) {
		mkdir(t, dir+"/p")
		symlink(t, "nowhere", dir+"/p/.scaffold-state")
	}, "p/x",
		"DIR/p/x is inside the scaffold project DIR/p", "create it outside and move it there, or add to DIR/p by hand"},
	{"the module cache", func(t testing.TB, dir string) { mkdir(t, dir+"/pkg/mod/example.com") }, "pkg/mod/example.com/x",
		"DIR/pkg/mod/example.com/x is in Go's module cache, which the go command may empty at any time", ""},
}

func files(t testing.TB, dir, names string) {
	t.Helper()
	for name := range strings.FieldsSeq(names) {
		writeFile(t, dir+"/"+name, "mine")
	}
}

func TestCheckPlace(t *testing.T) {
	for _, tt := range placeTests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			tt.make(t, dir)
			err := checkPlace(filepath.Join(dir, filepath.FromSlash(tt.target)))
			if got := strings.ReplaceAll(fmt.Sprint(err), dir, "DIR"); got != tt.want || !problem.IsInput(err) {
				t.Errorf("got %s (input error: %v)\nwant %s", got, problem.IsInput(err), tt.want)
			}
			if got := strings.ReplaceAll(strings.Join(problem.Hints(err), "|"), dir, "DIR"); got != tt.hint {
				t.Errorf("hint %q, want %q", got, tt.hint)
			}
		})
	}
}

func mkdir(t testing.TB, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o777); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t testing.TB, path, data string) {
	t.Helper()
	mkdir(t, filepath.Dir(path))
	if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

func symlink(t testing.TB, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}
