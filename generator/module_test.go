package generator_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

// modules finds them where the user's go command does.
var modules = source.Finder{Env: os.Environ()}

func needsProxy(t *testing.T) {
	if !inCI {
		t.Skip("real modules come by the network: CI=true tries them")
	}
}

const newPath = "example.com/shop"

// newFromModule makes a project of a module, under newPath.
func newFromModule(t *testing.T, ref, target string) {
	t.Helper()
	g, err := generator.Load(t.Context(), modules, ref)
	check(t, err)
	answers := answer.Layer{{Name: "name", Text: "shop"}, {Name: "module", Text: newPath}}
	n, err := g.PlanNew(t.Context(), target, []answer.Layer{answers}, answer.Asker{})
	check(t, err)
	check(t, n.Apply(t.Context()))
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
}

// TestGonew compares what is made of real modules with what gonew makes of them. It
// differs on purpose in files that are marked as ignored or are test data, which
// are copied; in import comments, which follow; and in the layout of go.mod, which
// stays. (A major version in the path differs, too: gonew calls a root package by
// it, as v5, and nothing that uses one builds. So none of these has one.)
func TestGonew(t *testing.T) {
	needsProxy(t)
	bin := t.TempDir()
	install := exec.Command("go", "install", "golang.org/x/tools/cmd/gonew@v0.52.0")
	install.Env = append(os.Environ(), "GOBIN="+bin)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, ref := range []string{
		"golang.org/x/example/hello@v0.0.0-20250915201037-7f05d217867b",
		"github.com/spf13/cobra@v1.10.2", // 66 files, and a root package that others use
		"golang.org/x/mod@v0.43.0",       // 137 files
		"golang.org/x/crypto@v0.59.0",    // 340
		"golang.org/x/text@v0.44.0",      // 487, with import comments and ignored files
	} {
		t.Run(strings.ReplaceAll(ref, "/", "_"), func(t *testing.T) {
			dir := t.TempDir()
			ours, theirs := folder{t, filepath.Join(dir, "ours")}, folder{t, filepath.Join(dir, "theirs")}
			newFromModule(t, ref, ours.dir)
			run(t, dir, filepath.Join(bin, "gonew"), ref, newPath, theirs.dir)
			found, err := modules.Find(t.Context(), parse(t, ref))
			check(t, err)
			modulePath, _, _ := strings.Cut(ref, "@")
			want, got, equal := theirs.files(), ours.files(), 0
			for name, w := range want {
				g, ok := got[name]
				delete(got, name)
				template, err := fs.ReadFile(found.FS, name)
				check(t, err)
				switch copied := isCopied(name, template); {
				case !ok:
					t.Errorf("%s is not there", name)
				case bytes.Equal(g.Data, w.Data):
					equal++
				case copied && bytes.Equal(g.Data, template):
				case !copied && bytes.Equal(withoutImportComment(g.Data, newPath), withoutImportComment(w.Data, modulePath)):
				case name == "go.mod" && slices.Equal(strings.Fields(string(g.Data)), strings.Fields(string(w.Data))):
				default:
					t.Errorf("%s is\n%s\nand gonew writes\n%s", name, g.Data, w.Data)
				}
			}
			for name := range got {
				t.Errorf("%s is not of gonew's", name)
			}
			if equal < len(want)*3/4 {
				t.Errorf("only %d of %d files are equal", equal, len(want))
			}
			t.Logf("%d files, %d equal", len(want), equal)
		})
	}
}

func parse(t *testing.T, text string) source.Reference {
	t.Helper()
	ref, err := source.Parse(text)
	check(t, err)
	return ref
}

var (
	ignoredMark   = regexp.MustCompile(`(?m)^//go:build .*\bignore\b`)
	importComment = regexp.MustCompile(`(?m)^(package \w+) // import "([^"/]+/[^"]*)"`)
)

func isCopied(name string, text []byte) bool {
	return strings.Contains("/"+path.Dir(name)+"/", "/testdata/") || path.Ext(name) == ".go" && ignoredMark.Match(text)
}

// withoutImportComment drops an import comment that names a package of the module.
func withoutImportComment(text []byte, modulePath string) []byte {
	m := importComment.FindSubmatch(text)
	if m == nil || !strings.HasPrefix(string(m[2]), modulePath) {
		return text
	}
	return bytes.Replace(text, m[0], m[1], 1)
}

// TestModulesMoveOn makes projects of real modules, changes them as their owners do,
// and brings them to the modules' next versions.
func TestModulesMoveOn(t *testing.T) {
	needsProxy(t)
	for _, tt := range []struct{ module, from, to string }{
		{"golang.org/x/example/hello", "v0.0.0-20240205180059-32022caedd6a", "v0.0.0-20250915201037-7f05d217867b"},
		{"golang.org/x/mod", "v0.40.0", "v0.43.0"},    // 137 files
		{"golang.org/x/crypto", "v0.58.0", "v0.59.0"}, // 340, of 388
		{"golang.org/x/sys", "v0.49.0", "v0.50.0"},    // 558
	} {
		t.Run(path.Base(tt.module), func(t *testing.T) {
			dir := t.TempDir()
			project, newest := folder{t, filepath.Join(dir, "shop")}, folder{t, filepath.Join(dir, "newest")}
			newFromModule(t, tt.module+"@"+tt.from, project.dir)
			newFromModule(t, tt.module+"@"+tt.to, newest.dir)
			want := newest.files()
			edits := editModule(project, want)
			u, err := generator.PlanUpdate(t.Context(), modules, project.dir, generator.UpdateOptions{To: tt.to}, answer.Asker{})
			check(t, err)
			if u.Conflicted() || "v"+u.Version != tt.to {
				t.Fatalf("it came to %s, with conflicts: %v", u.Version, u.Plan.Conflicts())
			}
			check(t, u.Apply(t.Context(), "scaffold regenerate"))
			got := project.files()
			for name, edit := range edits {
				w := want[name]
				if w.Data = []byte(edit(string(w.Data))); len(w.Data) > 0 {
					want[name] = w
				} else {
					delete(want, name)
				}
			}
			for name, w := range want {
				if g, ok := got[name]; !ok || !bytes.Equal(g.Data, w.Data) {
					t.Errorf("%s: got (there: %v)\n%s\nwant\n%s", name, ok, g.Data, w.Data)
				}
				delete(got, name)
			}
			for name := range got {
				t.Errorf("%s is left", name)
			}
			run(t, project.dir, "go", "build", "./...")
			u, err = generator.PlanUpdate(t.Context(), modules, project.dir, generator.UpdateOptions{}, answer.Asker{})
			if err != nil || !u.UpToDate() {
				t.Errorf("then there is something left to do: %+v, %v", u.Plan.Steps, err)
			}
			t.Logf("%d files, %d of them edited", len(want), len(edits))
		})
	}
}

// editModule edits what the next version has, too, and where that does not differ: a
// comment at the end of some Go files, a text changed, and a text deleted. It
// returns the edits by path.
func editModule(project folder, next map[string]tree.File) map[string]func(string) string {
	files := project.files()
	edits := make(map[string]func(string) string)
	var names []string
	for name := range next {
		if f, ok := files[name]; ok && path.Ext(name) == ".go" && ending(f.Data) == ending(next[name].Data) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		changed := !bytes.Equal(files[name].Data, next[name].Data)
		if changed && len(edits) < 8 || i%(len(names)/5+1) == 0 {
			edits[name] = func(text string) string { return text + fmt.Sprintf("\n// Comment %d of the owner's.\n", i) }
		}
	}
	for _, name := range []string{"README.md", "CONTRIBUTING.md"} {
		if _, ok := files[name]; ok {
			edits[name] = func(string) string { return "" }
		}
	}
	edits["LICENSE"] = func(text string) string {
		return text + "\nFor the owner's part see elsewhere.\n"
	}
	for name, edit := range edits {
		if text := edit(project.read(name)); text != "" {
			project.write(name, text)
		} else {
			check(project, os.Remove(project.at(name)))
		}
	}
	return edits
}

// ending returns the last bytes of a text, where an edit would touch what it holds.
func ending(text []byte) string { return string(text[max(0, len(text)-200):]) }
