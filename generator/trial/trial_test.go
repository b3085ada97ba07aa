package trial

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/plan"
	"scaffold/generator/source"
)

// first is the pack that the fleet is made by. The name of a project and whether it is
// linted say what stands where, so that no two projects have the same lines.
var first = map[string]string{
	"pack.yaml": `schema: 1
name: mine
version: 1.0.0
description: A pack
questions:
  - {name: name, type: string, format: name, help: The name}
  - {name: lint, type: bool, default: false, help: Whether}
`,
	"files/Makefile.tmpl": `# {{ .name }}
{{- if .lint }}

lint-{{ .name }}:
	go vet ./...
{{- end }}

build:
	go build -o {{ .name }} .

test:
	go test ./...

clean:
	rm -f {{ .name }}
`,
	"files/main.go.tmpl": `package main

func main() { println(greet()) }

func greet() string {
	return "hello"
}
`,
	"files/ci.yml":     "jobs:\n  build:\n    steps:\n      - run: make build\n",
	"files/helper.txt": "old helper\n",
}

// second changes each of its files, and says what is mended.
func second(mended bool) map[string]string {
	next := make(map[string]string)
	for name, text := range first {
		next[name] = text
	}
	change := func(name, old, new string) { next[name] = strings.Replace(next[name], old, new, 1) }
	change("pack.yaml", "1.0.0", "1.1.0")
	change("files/Makefile.tmpl", "rm -f {{ .name }}", "rm -rf {{ .name }}")
	change("files/ci.yml", "make build", "make test")
	if !mended {
		change("files/Makefile.tmpl", "go build -o", "go build -trimpath -o")
		change("files/Makefile.tmpl", "go test ./...", "go test -shuffle=on ./...")
		change("files/main.go.tmpl", `"hello"`, `"good day"`)
		change("files/helper.txt", "old", "new")
	}
	return next
}

// A fleet is a pack, and projects that were made by it.
type fleet struct {
	*testing.T
	dir      string
	projects []string
}

func newFleet(t *testing.T, size int) fleet {
	f := fleet{T: t, dir: t.TempDir()}
	t.Chdir(f.dir)
	f.write(first)
	g := f.load("./mine")
	for i := range size {
		f.make(g, fmt.Sprintf("app%03d", i), i%2 == 1)
	}
	return f
}

func (f fleet) write(files map[string]string) {
	f.Helper()
	for name, text := range files {
		path := filepath.Join("mine", filepath.FromSlash(name))
		f.check(os.MkdirAll(filepath.Dir(path), 0o777))
		f.check(os.WriteFile(path, []byte(text), 0o666))
	}
}

func (f fleet) load(pack string) *generator.Generator {
	f.Helper()
	g, err := generator.Load(f.Context(), source.Finder{}, pack)
	f.check(err)
	return g
}

func (f *fleet) make(g *generator.Generator, name string, lint bool) {
	f.Helper()
	n, err := g.PlanNew(f.Context(), name, []answer.Layer{{{Name: "lint", Text: fmt.Sprint(lint)}}, g.NameOf(name)}, answer.Asker{})
	f.check(err)
	f.check(n.Apply(f.Context()))
	f.projects = append(f.projects, name)
}

// edit changes a text of a project's file, which must be there.
func (f fleet) edit(project, name, old, new string) {
	f.Helper()
	path := filepath.Join(project, name)
	text, err := os.ReadFile(path)
	f.check(err)
	if !strings.Contains(string(text), old) {
		f.Fatalf("%s has no %q:\n%s", path, old, text)
	}
	f.check(os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o666))
}

func (f fleet) add(project, name, text string) {
	f.Helper()
	f.check(os.WriteFile(filepath.Join(project, filepath.FromSlash(name)), []byte(text), 0o666))
}

func (f fleet) check(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// customize does to a project what its owner did, and is different in each of twenty.
func (f fleet) customize(i int) {
	f.Helper()
	p := f.projects[i]
	switch i % 20 {
	case 0, 1, 2:
		f.edit(p, "Makefile", "go test ./...", fmt.Sprintf("go test -count=%d ./...", i+2))
	case 3:
		f.edit(p, "main.go", `"hello"`, `"hi"`)
	case 4:
		f.edit(p, "Makefile", "go test ./...", "go test -v ./...")
		f.edit(p, "main.go", `"hello"`, `"hi"`)
	case 5, 6:
		f.edit(p, "Makefile", "go build -o", "go build -v -o")
	case 7:
		f.check(os.RemoveAll(filepath.Join(p, ".scaffold-state")))
	case 8:
		f.check(os.MkdirAll(filepath.Join(p, ".scaffold-state", "stage"), 0o777))
		f.add(p, ".scaffold-state/stage/journal", `{"sha256": "00", "journal": {"version": 2}}`)
	case 9:
		f.check(os.Remove(filepath.Join(p, "ci.yml")))
	case 10:
		f.add(p, "needs.txt", "old helper\n") // and the new one is another
	case 11:
		f.add(p, "broken.txt", "it is\n")
	case 12:
		f.edit(p, "scaffold.yaml", "version: 1.0.0", "version: 1.0.0\ndecline: [1.1.0]")
	case 13:
		f.edit(p, "Makefile", "# ", "# The program ")
	}
}

// build fails where a project needs a helper that is not there, or is broken.
const build = `test ! -e broken.txt || { echo "broken.txt:7: error: it is broken"; exit 1; }; test ! -e needs.txt || cmp -s needs.txt helper.txt || { echo checking; echo "needs.txt:1:2: no such helper in $(sed -n 's/# //p' Makefile)"; exit 1; }`

func (f fleet) run(o Options) Result {
	f.Helper()
	o.Pack, o.Projects, o.Env = "./mine", f.projects, os.Environ()
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	r, err := Run(f.Context(), o)
	f.check(err)
	return r
}

// Of a fleet with conflicts, broken builds and broken projects at known places, each is
// counted and named by its cause; no project changes; and what an author mends is gone.
func TestFleet(t *testing.T) {
	size := 60
	if os.Getenv("CI") == "true" {
		size = 200
	}
	f := newFleet(t, size)
	for i := range f.projects {
		f.customize(i)
	}
	f.track(f.projects[13])
	f.write(second(false))
	before := readAll(t, f.dir)
	n, builds := size/20, runtime.GOOS != "windows" // where there is another shell
	done := 0
	r := f.run(Options{Build: builds, Command: build, Cache: t.TempDir(), Progress: func(n, all int) { done = n }})
	if done != size {
		t.Errorf("progress ended at %d, want %d", done, size)
	}
	if diff := cmp.Diff(before, readAll(t, f.dir)); diff != "" {
		t.Errorf("projects changed (-before +after):\n%s", diff)
	}
	broken := 0
	if builds {
		broken = n
	}
	want := Result{Pack: "mine", Version: "1.1.0", Projects: size, Clean: 9*n + n - broken, Conflicted: 7 * n, Failed: 2 * n, Broken: broken, Declined: n}
	got := Result{Pack: r.Pack, Version: r.Version, Projects: r.Projects, Clean: r.Clean, Conflicted: r.Conflicted, Failed: r.Failed, Broken: r.Broken, Declined: r.Declined}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(f.wantCauses(n, builds), listCauses(r)); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
	conflicted := 0 // as regenerate says it
	for _, p := range f.projects {
		u, err := generator.PlanUpdate(t.Context(), source.Finder{}, p, generator.UpdateOptions{Pack: "./mine", SkipAbsent: true, Env: os.Environ()}, answer.Asker{})
		if err == nil && u.Plan.Count(plan.Conflict) > 0 {
			conflicted++
		}
	}
	if conflicted != r.Conflicted {
		t.Errorf("regenerate would leave %d in conflict, and %d were counted", conflicted, r.Conflicted)
	}

	f.write(second(true))
	r = f.run(Options{Build: builds, Command: build, Cache: t.TempDir()})
	if r.Conflicted > 0 || r.Broken > 0 || r.Clean != 17*n {
		t.Errorf("the template is mended, and of %d there are %d clean, %d in conflict, %d broken", size, r.Clean, r.Conflicted, r.Broken)
	}
}

func (f fleet) wantCauses(n int, builds bool) []string {
	want := []string{
		fmt.Sprintf("conflict files/Makefile.tmpl:12-12 test: %d", 4*n),
		fmt.Sprintf("conflict files/Makefile.tmpl:9-9 build: %d", 2*n),
		fmt.Sprintf("conflict files/main.go.tmpl:6-6 func greet: %d", 2*n),
		fmt.Sprintf("failure .scaffold-state/base.zip is missing: %d", n),
		fmt.Sprintf("failure .scaffold-state/stage/journal: is damaged: it does not match its checksum: %d", n),
		fmt.Sprintf("untaken files/ci.yml: deleted by you; the template changed it: %d", n),
		fmt.Sprintf("untaken mine 1.1.0 is declined by scaffold.yaml: %d", n),
	}
	if builds {
		want = append(want,
			fmt.Sprintf("breaks needs.txt: no such helper in {{ .name }}: %d", n),
			fmt.Sprintf("before broken.txt: error: it is broken: %d", n))
	}
	return want
}

func listCauses(r Result) []string {
	var list []string
	for _, p := range r.Conflicts {
		list = append(list, fmt.Sprintf("conflict %s:%d-%d %s: %d", p.Template, p.Line, p.Last, p.Entry, len(p.Projects)))
	}
	for _, of := range []struct {
		name   string
		groups []Group
	}{{"failure", r.Failures}, {"untaken", r.Untaken}, {"breaks", r.Breaks}, {"before", r.Before}} {
		for _, g := range of.groups {
			list = append(list, fmt.Sprintf("%s %s: %d", of.name, g.What, len(g.Projects)))
		}
	}
	return list
}

// track makes a repository of a project, so that there is an index to leave alone, if
// there is git.
func (f fleet) track(project string) {
	f.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		return
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = project
		f.check(cmd.Run())
	}
}

// readAll returns the content, mode and time of each file below dir.
func readAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text := []byte(nil)
		if info.Mode().IsRegular() {
			text, err = os.ReadFile(path)
		}
		all[path] = fmt.Sprint(info.Mode(), info.ModTime(), string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A question without a default that nobody has answered is a cause of its own, by name,
// and so are a project of another pack and one that is not there.
func TestCannotBeTried(t *testing.T) {
	f := newFleet(t, 2)
	next := second(false)
	next["pack.yaml"] += "  - {name: region, type: string, help: Where it runs}\n"
	f.write(map[string]string{"pack.yaml": strings.Replace(first["pack.yaml"], "name: mine", "name: other", 1)})
	f.make(f.load("./mine"), "another", false)
	f.projects = append(f.projects, "gone")
	f.write(next)
	var got []string
	for _, g := range f.run(Options{}).Failures {
		got = append(got, g.What+": "+strings.Join(g.Projects, " "))
	}
	want := []string{
		"region is missing: give --set region=VALUE (Where it runs): app000 app001",
		"its pack is other, not mine: another",
		"there is no folder PROJECT: gone",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A run that is interrupted says so, and leaves nothing where it built.
func TestInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the command is for another shell")
	}
	f := newFleet(t, 6)
	f.write(second(false))
	cache := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for range time.Tick(10 * time.Millisecond) { // until a build runs
			if made, _ := filepath.Glob(filepath.Join(cache, "*", "helper.txt")); len(made) > 0 {
				cancel()
				return
			}
		}
	}()
	_, err := Run(ctx, Options{Pack: "./mine", Projects: f.projects, Env: os.Environ(), Build: true, Command: "sleep 60", Cache: cache,
		Progress: func(int, int) {}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	if left, _ := os.ReadDir(cache); len(left) > 0 {
		t.Errorf("the cache has %v", left)
	}
}

func TestAlignTemplate(t *testing.T) {
	for _, test := range []struct {
		name, template, wrote string
		from, to              int // of what was written
		want                  [2]int
	}{
		{"plain", "a\nb\nc\n", "a\nb\nc\n", 1, 2, [2]int{1, 2}},
		{"an action on a line", "a\n{{ .x }}: b\nc\n", "a\none: b\nc\n", 1, 2, [2]int{1, 2}},
		{"below a condition that holds", "a\n{{- if .x }}\nb {{ .y }}\n{{- end }}\nc {{ .y }}\nd\n", "a\nb 1\nc 1\nd\n", 2, 3, [2]int{4, 5}},
		{"below one that does not", "a\n{{- if .x }}\nb {{ .y }}\n{{- end }}\nc {{ .y }}\nd\n", "a\nc 1\nd\n", 1, 2, [2]int{4, 5}},
		{"the last line of a list", "a\n{{- range .x }}\n- {{ . }}\n{{- end }}\nz\n", "a\n- 1\n- 2\n- 3\nz\n", 4, 5, [2]int{4, 5}},
		{"other delims", "a\n[[- if .x ]]\nb [[ .y ]]\n[[- end ]]\nc\n", "a\nb 1\nc\n", 1, 2, [2]int{2, 3}},
	} {
		delims := [2]string{}
		if strings.Contains(test.template, "[[") {
			delims = [2]string{"[[", "]]"}
		}
		aligned := alignTemplate([]byte(test.template), []byte(test.wrote), delims)
		if got := [2]int{oldStart(aligned, test.from), oldEnd(aligned, test.to)}; got != test.want {
			t.Errorf("%s: lines %d to %d come from %v, want %v", test.name, test.from, test.to, got, test.want)
		}
	}
}

// What two projects would not get is said once.
func TestGroupSpots(t *testing.T) {
	at := func(project string, line, last int) spot {
		return spot{project, Place{Template: "files/a", Line: line, Last: last}}
	}
	places := groupSpots([]spot{at("a", 8, 9), at("a", 1, 3), at("b", 3, 5), at("c", 6, 7), at("b", 3, 5), {"d", Place{Template: "files/a", Kind: "binary"}}})
	var got []string
	for _, p := range places {
		got = append(got, fmt.Sprintf("%d-%d %s", p.Line, p.Last, strings.Join(p.Projects, " ")))
	}
	want := []string{"1-5 a b", "0-0 d", "6-7 c", "8-9 a"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFirstError(t *testing.T) {
	for _, test := range []struct{ output, want string }{
		{"", "it fails, and says nothing"},
		{"# example.com/a\n./a.go:10:2: undefined: x\n./b.go:1:1: more\n", "./a.go: undefined: x"},
		{"go vet ./...\nmake: *** [test] Error 1\n", "make: *** [test] Error 1"},
		{"one\ntwo\n", "two"},
	} {
		if got := firstError(test.output, answer.Answers{}); got != test.want {
			t.Errorf("%q: %q, want %q", test.output, got, test.want)
		}
	}
}

// What the template changed is found again whatever the user made of the lines around
// it, and what has no lines to merge is a place of its own.
func TestPlaces(t *testing.T) {
	const file = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
	for _, test := range []struct {
		name             string
		old, mine, new   string
		path, placesWant string
	}{
		{"one line", file, strings.Replace(file, "four", "FOUR", 1), strings.Replace(file, "four", "4", 1), "a.txt", "files/a.txt:4-4 content"},
		{"the user's edit is longer", file, strings.Replace(file, "three\nfour\nfive\n", "x\n", 1), strings.Replace(file, "four", "4", 1), "a.txt", "files/a.txt:4-4 content"},
		{"one conflict with two changes of the template", file, "mine\n", strings.NewReplacer("two", "2", "six", "6").Replace(file), "a.txt", "files/a.txt:2-2 content, files/a.txt:6-6 content"},
		{"two conflicts", file, strings.NewReplacer("two", "TWO", "six", "SIX").Replace(file), strings.NewReplacer("two", "2", "six", "6").Replace(file), "a.txt", "files/a.txt:2-2 content, files/a.txt:6-6 content"},
		{"below a line of the user's", file, "zero\n" + strings.Replace(file, "six", "SIX", 1), strings.Replace(file, "six", "6", 1), "a.txt", "files/a.txt:6-6 content"},
		{"in a file with CRLF", file, strings.ReplaceAll(strings.Replace(file, "four", "FOUR", 1), "\n", "\r\n"), strings.Replace(file, "four", "4", 1), "a.txt", "files/a.txt:4-4 content"},
		{"the template took lines out", file, strings.Replace(file, "four", "something else", 1), strings.Replace(file, "three\nfour\nfive\n", "", 1), "a.txt", "files/a.txt:3-2 content"},
		{"the template added a line", file, strings.Replace(file, "five\n", "mine\nfive\n", 1), strings.Replace(file, "five\n", "new\nfive\n", 1), "a.txt", "files/a.txt:5-5 content"},
		{"the user emptied it", file, "mine\n", file + "eight\n", "a.txt", "files/a.txt:8-8 content"},
		{"binary", "a\x00b", "a\x00c", "a\x00d", "a.bin", "files/a.bin:0-0 binary"},
		{"both added it", "", "mine\n", "new\n", "a.txt", "files/a.txt:1-1 add/add"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := fleet{T: t, dir: t.TempDir()}
			t.Chdir(f.dir)
			pack := map[string]string{"pack.yaml": "schema: 1\nname: mine\nversion: 1.0.0\n", "files/other.txt": "other\n"}
			if test.old != "" {
				pack["files/"+test.path] = test.old
			}
			f.write(pack)
			n, err := f.load("./mine").PlanNew(t.Context(), "app", nil, answer.Asker{})
			f.check(err)
			f.check(n.Apply(t.Context()))
			f.projects = []string{"app"}
			f.add("app", test.path, test.mine)
			f.write(map[string]string{"files/" + test.path: test.new})
			var got []string
			for _, p := range f.run(Options{}).Conflicts {
				got = append(got, fmt.Sprintf("%s:%d-%d %s", p.Template, p.Line, p.Last, p.Kind))
			}
			if got := strings.Join(got, ", "); got != test.placesWant {
				t.Errorf("%s\nwant %s", got, test.placesWant)
			}
		})
	}
}

// A message is the same for all that it happens to: without their names, where these are
// words of their own, and without the excerpt of a file.
func TestNormalize(t *testing.T) {
	for _, tt := range []struct{ project, root, message, want string }{
		{"apps/shop", "", "there is no folder apps/shop", "there is no folder PROJECT"},
		{"shop", "/srv/shop", "/srv/shop/a: shop is odd", "PROJECT/a: PROJECT is odd"},
		{"./shop", "", "./shop is no folder", "PROJECT is no folder"},
		{"shop", "", "/srv/shop is in no project", "/srv/PROJECT is in no project"},
		{"conf", "", "app.conf and config are there, and so is conf", "app.conf and config are there, and so is PROJECT"},
		{"é", "", "café: é", "café: PROJECT"},
		{".", "", "1.2. is odd", "1.2. is odd"},
		{"shop", "", "scaffold.yaml:1:7: is odd\n    1 | pack: [\n      |       ^\nscaffold.yaml:2:1: is odd, too", "scaffold.yaml:1:7: is odd; scaffold.yaml:2:1: is odd, too"},
	} {
		f := facts{project: tt.project, root: tt.root}
		if got := f.normalize(tt.message); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.project, got, tt.want)
		}
	}
}
