package generator

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/answer"
	"scaffold/generator/problem"
	"scaffold/generator/source"
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
	{"a project", func(t testing.TB, dir string) { makeProject(t, dir+"/x") }, "x",
		"DIR/x is a project already", "scaffold regenerate DIR/x brings it up to date"},
	{"a project without its state", func(t testing.TB, dir string) {
		writeFile(t, dir+"/x/scaffold.yaml", "pack: web\nversion: 1.0.0\nanswers: {}\n")
	}, "x",
		"DIR/x is a project that has lost its .scaffold-state", "scaffold adopt DIR/x makes that anew"},
	{"another program's scaffold.yaml", func(t testing.TB, dir string) { writeFile(t, dir+"/x/scaffold.yaml", "name: other\n") }, "x",
		"scaffold.yaml is of another program: it names no pack, and a project of scaffold has one of that name", "move it away, or call it otherwise, if that program can do so"},
	{"another program's state", func(t testing.TB, dir string) { writeFile(t, dir+"/x/.scaffold-state/other.db", "") }, "x",
		`.scaffold-state is of another program: it has "other.db"`, "move it away, because a project of scaffold has a folder of that name"},
	{"home", func(t testing.TB, dir string) { files(t, dir+"/home", "a") }, "home",
		"DIR/home is your home folder: every project below it would be inside this one", "name a folder below it: scaffold new DIR/home/hello"},
	{"home by another way", func(t testing.TB, dir string) { files(t, dir+"/home", "a"); symlink(t, ".", dir+"/way") }, "way/home",
		"DIR/way/home is your home folder: every project below it would be inside this one", "name a folder below it: scaffold new DIR/way/home/hello"},
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
	{"a repository's own folder", func(t testing.TB, dir string) { mkdir(t, dir+"/r/.git/hooks") }, "r/.git",
		"DIR/r/.git belongs to version control or to scaffold", "create it outside"},
	{"below a repository's own folder", func(t testing.TB, dir string) { mkdir(t, dir+"/r/.git/hooks") }, "r/.git/hooks",
		"DIR/r/.git/hooks is in DIR/r/.git, which belongs to version control or to scaffold", "create it outside"},
	{"what would be a repository's own folder", func(testing.TB, string) {}, ".Git",
		"DIR/.Git belongs to version control or to scaffold", "create it outside"},
	{"what would be a state", func(testing.TB, string) {}, ".scaffold-state",
		"DIR/.scaffold-state belongs to version control or to scaffold", "create it outside"},
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
			err := checkPlace(filepath.Join(dir, filepath.FromSlash(tt.target)), []string{"HOME=" + filepath.Join(dir, "home")})
			if got := strings.ReplaceAll(fmt.Sprint(err), dir, "DIR"); got != tt.want || !problem.IsInput(err) {
				t.Errorf("got %s (input error: %v)\nwant %s", got, problem.IsInput(err), tt.want)
			}
			if got := strings.ReplaceAll(strings.Join(problem.Hints(err), "|"), dir, "DIR"); got != tt.hint {
				t.Errorf("hint %q, want %q", got, tt.hint)
			}
		})
	}
}

// A folder that has files is a place for a project, and so are an empty home and a
// worktree that is kept in its repository's own folder.
func TestCheckPlaceTakes(t *testing.T) {
	dir := t.TempDir()
	files(t, dir+"/full", "a .git .hidden")
	mkdir(t, dir+"/home")
	files(t, dir+"/r/.git/worktrees/tree", "a .git")
	for _, name := range []string{"full", "home", "nothing", "r/.git/worktrees/tree/sub", "r/.git/worktrees/tree"} {
		if err := checkPlace(filepath.Join(dir, name), []string{"HOME=" + filepath.Join(dir, "home")}); err != nil {
			t.Error(err)
		}
	}
	if err := checkPlace(filepath.VolumeName(dir)+string(filepath.Separator), nil); err == nil || !problem.IsInput(err) {
		t.Errorf("the root of the file system: %v", err)
	}
}

// makeProject makes a project at dir of a pack with one file.
func makeProject(t testing.TB, dir string) {
	t.Helper()
	finder := source.Finder{Builtin: fstest.MapFS{
		"one/pack.yaml":   {Data: []byte("schema: 1\nname: one\nversion: 1.0.0\n")},
		"one/files/a.txt": {Data: []byte("a\n")},
	}}
	g, err := Load(t.Context(), finder, "one")
	if err != nil {
		t.Fatal(err)
	}
	n, err := g.PlanNew(t.Context(), dir, []answer.Layer{g.NameOf(dir)}, answer.Asker{})
	if err == nil {
		err = n.Apply(t.Context())
	}
	if err != nil {
		t.Fatal(err)
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

// On Windows a name that is a device is refused as what it is, before the disk is asked
// about it, which has an answer of its own for such names.
func TestDeviceTargets(t *testing.T) {
	for _, test := range []struct{ target, system, want string }{
		{"CON", "windows", `PATH: "CON" is a name that Windows keeps for itself`},
		{"com1.txt", "windows", `PATH: "com1.txt" is a name that Windows keeps for itself`},
		{"aux/hello", "windows", `PATH: "aux" is a name that Windows keeps for itself`},
		{"console", "windows", "<nil>"},
		{"..", "windows", "<nil>"},
		{"CON", "linux", "<nil>"},
	} {
		err := checkDevices(test.target, test.system)
		if fmt.Sprint(err) != test.want || err != nil && !problem.IsInput(err) {
			t.Errorf("%s on %s: %v, want %s", test.target, test.system, err, test.want)
		}
	}
}
