package adopt

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/plan"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

var projects = flag.Int("projects", 0, "how many altered projects are adopted; 300 take some minutes")

// TestProjects adopts projects of which somebody altered the files and lost the state:
// the version is found, no file is touched, the next regenerate has nothing to do, and
// a newer version is merged without losing a line.
func TestProjects(t *testing.T) {
	web, service := 1, 1
	switch {
	case *projects > 0:
		web, service = *projects/2, *projects-*projects/2
	case os.Getenv("CI") == "true":
		web, service = 20, 40
	case testing.Short():
		t.Skip("it renders packs many times")
	}
	switch _, err := exec.LookPath("git"); {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatal("git is not installed, and in CI nothing is skipped")
	case err != nil:
		t.Skip("git is not installed")
	}
	f := newFleet(t)
	for seed := range web {
		f.try(t, "web", uint64(seed))
	}
	for seed := range (web + 1) / 2 {
		f.try(t, "wsgi", uint64(seed))
	}
	for seed := range service {
		f.try(t, "service", uint64(seed))
	}
	t.Logf("%d projects: the version of %d was found, and %d of %d answers", f.tried, f.right, f.answersRight, f.answers)
	if f.right*100 < f.tried*95 {
		t.Errorf("the version of %d of %d projects was found: want 95 %%", f.right, f.tried)
	}
	if f.answersRight*100 < f.answers*95 {
		t.Errorf("%d of %d answers were found: want 95 %%", f.answersRight, f.answers)
	}
}

// A fleet is packs with three versions each, in a repository, and what came of projects
// of theirs.
type fleet struct {
	finder                              source.Finder
	repository                          string
	tried, right, answers, answersRight int
}

var versions = []string{"1.0.0", "1.1.0", "1.2.0"}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{finder: source.Finder{Cache: t.TempDir(), Env: os.Environ()}, repository: t.TempDir()}
	git(t, f.repository, "init", "-q", "-b", "main")
	for i, version := range versions {
		for _, pack := range append(sharing, "service") {
			if err := os.RemoveAll(filepath.Join(f.repository, pack)); err != nil {
				t.Fatal(err)
			}
		}
		writeSharing(t, f.repository, i)
		writeService(t, filepath.Join(f.repository, "service"), i)
		git(t, f.repository, "add", "-A")
		git(t, f.repository, "commit", "-q", "-m", version)
		for _, pack := range []string{"web", "wsgi", "service"} {
			git(t, f.repository, "tag", pack+"/v"+version)
		}
	}
	return f
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

// sharing is the packs of the program, and what they include.
var sharing = []string{"web", "wsgi", "shared"}

// writeSharing writes the packs of the program as they may have been: older versions
// have other words in a few comments, and lack some.
func writeSharing(t *testing.T, to string, version int) {
	t.Helper()
	for _, folder := range sharing {
		if err := os.CopyFS(filepath.Join(to, folder), os.DirFS("../../templates/"+folder)); err != nil {
			t.Fatal(err)
		}
	}
	rename := func(path string, change func(string) string) {
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, []byte(change(string(text))), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, pack := range []string{"web", "wsgi"} {
		rename(filepath.Join(to, pack, "pack.yaml"), func(text string) string {
			return regexp.MustCompile(`(?m)^version: .*`).ReplaceAllString(text, "version: "+versions[version])
		})
	}
	var paths []string
	for _, pattern := range []string{"w*/files/*", "w*/files/*/*", "shared/*/*"} {
		found, err := filepath.Glob(filepath.Join(to, pattern))
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		paths = append(paths, found...)
	}
	changed := make(map[string]int) // lines, by the folder
	for i, path := range paths {
		info, err := os.Stat(path)
		if err != nil || info.IsDir() || i%4 == 0 || version == 2 || version == 1 && i%4 == 1 {
			continue
		}
		rename(path, func(text string) string {
			n := 0
			return comment.ReplaceAllStringFunc(text, func(line string) string {
				if n++; n%3 != 1+version {
					return line
				}
				folder, _, _ := strings.Cut(strings.TrimPrefix(path, to+"/"), "/")
				changed[folder]++
				return line + " " + []string{"as ever", "by now"}[version]
			})
		})
	}
	for _, folder := range sharing {
		if version < 2 && changed[folder] < 8 {
			t.Fatalf("version %d of %s differs in %d lines", version, folder, changed[folder])
		}
	}
}

// comment matches a line that is one, and no template's.
var comment = regexp.MustCompile(`(?m)^[ \t]*(#|//) [A-Za-z][^{}\n]{10,}[a-z,.:]$`)

// writeService writes a pack of many kinds of files, of the histories that merging is
// tried with.
func writeService(t *testing.T, to string, version int) {
	t.Helper()
	manifest := fmt.Sprintf(serviceManifest, versions[version])
	write(t, filepath.Join(to, "pack.yaml"), []byte(manifest))
	write(t, filepath.Join(to, "files/NOTES.md.tmpl"), []byte("# {{ .name }}\n\nKept by {{ .owner }}, who answers at {{ .domain }}.\n{{ if .metrics }}\nMetrics are at port {{ .port }}, path /metrics.\n{{ end }}"))
	archives, err := filepath.Glob("../merge/replaytest/testdata/*.txtar")
	if err != nil || len(archives) < 10 {
		t.Fatal("there are no histories", err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			path, ok := strings.CutSuffix(f.Name, fmt.Sprintf(" %d", version+1))
			if !ok {
				continue
			}
			text := string(f.Data)
			if !strings.Contains(text, "{{") {
				path += ".tmpl"
				text = strings.ReplaceAll(text, "weather", "{{ .name }}")
			}
			base := strings.TrimSuffix(filepath.Base(name), ".txtar")
			write(t, filepath.Join(to, "files", base, path), []byte(text))
		}
	}
}

const serviceManifest = `schema: 1
name: service
version: %s
description: A service
questions:
  - {name: name, type: string, format: name, help: The project's name}
  - {name: owner, type: string, help: Who keeps it, default: the team}
  - {name: domain, type: string, format: host, help: Its host, default: example.com}
  - {name: port, type: int, format: port, help: Its port, default: 8080}
  - {name: metrics, type: bool, help: Whether it has metrics, default: false}
  - {name: ci, type: choice, choices: [github, gitlab, none], help: Where it is tested, default: github}
  - {name: parts, type: choices, choices: [docker, python, node], help: What it has, default: [docker]}
files:
  - {path: workflow/, when: '{{ eq .ci "github" }}'}
  - {path: gitlab/, when: '{{ eq .ci "gitlab" }}'}
  - {path: dockerfile/, when: '{{ has "docker" .parts }}'}
  - {path: compose/, when: '{{ has "docker" .parts }}'}
  - {path: pyproject/, when: '{{ has "python" .parts }}'}
  - {path: pysource/, when: '{{ has "python" .parts }}'}
  - {path: packagejson/, when: '{{ has "node" .parts }}'}
  - {path: tsconfig/, when: '{{ has "node" .parts }}'}
`

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = os.WriteFile(path, data, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// try makes a project of a pack, alters it, adopts it, and brings it up to date.
func (f *fleet) try(t *testing.T, name string, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 16))
	version := versions[seed%3]
	ref := "git+file://" + filepath.ToSlash(f.repository) + "//" + name
	g, err := generator.Load(t.Context(), f.finder, ref+"@v"+version)
	if err != nil {
		t.Fatal(err)
	}
	made := makeProject(t, g, rng)
	edits := alter(t, made.Target, rng)
	altered := readAll(t, made.Target)
	edits = slices.DeleteFunc(edits, func(edit string) bool { return !bytes.Contains(altered, []byte(edit)) }) // one may undo another
	before := snapshot(t, made.Target)

	a, err := Make(t.Context(), f.finder, made.Target, Options{Pack: ref}, answer.Asker{})
	if err != nil {
		t.Fatalf("%s %d: %v", name, seed, err)
	}
	if err := a.Apply(t.Context(), "scaffold adopt"); err != nil {
		t.Fatalf("%s %d: %v", name, seed, err)
	}
	f.tried++
	if a.Generator.Pack.Version == version {
		f.right++
	} else {
		t.Logf("%s %d: is of %s, and %s was taken: %v", name, seed, version, a.Generator.Pack.Version, a.Versions)
	}
	f.countAnswers(t, fmt.Sprint(name, " ", seed), g, made, a.Answers)
	after := snapshot(t, made.Target)
	for path, was := range before {
		if after[path] != was {
			t.Errorf("%s %d: %s was touched: %v, before %v", name, seed, path, after[path], was)
		}
		delete(after, path)
	}
	for path := range after {
		if path != tree.ConfigFile && !strings.HasPrefix(path, tree.StateFolder+"/") {
			t.Errorf("%s %d: %s was written", name, seed, path)
		}
	}
	f.upgrade(t, fmt.Sprint(name, " ", seed), made.Target, edits)
}

// upgrade expects that there is nothing to do, and then brings the project to the
// newest version, in which each edit must be found.
func (f *fleet) upgrade(t *testing.T, what, root string, edits []string) {
	t.Helper()
	o := generator.UpdateOptions{SkipAbsent: true, Env: os.Environ()}
	u, err := generator.PlanUpdate(t.Context(), f.finder, root, o, answer.Asker{})
	if err != nil || !u.UpToDate() || u.Conflicted() {
		t.Fatalf("%s: regenerate after adopt is not quiet: %v %v", what, err, u.Plan.State)
	}
	o.To = versions[2]
	u, err = generator.PlanUpdate(t.Context(), f.finder, root, o, answer.Asker{})
	if err == nil {
		err = u.Apply(t.Context(), "scaffold regenerate")
	}
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	all := readAll(t, root)
	for _, edit := range edits {
		if !bytes.Contains(all, []byte(edit)) {
			t.Errorf("%s: the edit %q is lost", what, edit)
		}
	}
}

// readAll returns the bytes of all files of a project, one after the other.
func readAll(t *testing.T, root string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, tree.StateFolder) {
			return err
		}
		data, err := os.ReadFile(path)
		all = append(all, data...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// countAnswers counts those that were found. Where the others make no difference to what
// is written, nobody can find them.
func (f *fleet) countAnswers(t *testing.T, what string, g *generator.Generator, made generator.New, found answer.Answers) {
	t.Helper()
	var layer answer.Layer
	for a := range found.All() {
		if _, asked := g.Pack.Question(a.Name); asked && a.From != answer.Absent {
			layer = append(layer, answer.Value{Name: a.Name, Typed: a.Value})
		}
	}
	again, err := g.PlanNew(t.Context(), filepath.Join(t.TempDir(), "again"), []answer.Layer{layer}, answer.Asker{})
	same := err == nil && slices.EqualFunc(made.Plan.Steps, again.Plan.Steps, func(a, b plan.Step) bool {
		return a.To == b.To && plan.Same(a.After, b.After)
	})
	for want := range made.Answers.All() {
		got, _ := found.Find(want.Name)
		f.answers++
		if same || answer.Format(got.Value) == answer.Format(want.Value) {
			f.answersRight++
		} else {
			t.Logf("%s: %s is %q, and %q was found", what, want.Name, answer.Format(want.Value), answer.Format(got.Value))
		}
	}
}

// makeProject makes a project with answers by chance, without what scaffold remembers.
func makeProject(t *testing.T, g *generator.Generator, rng *rand.Rand) generator.New {
	t.Helper()
	root := filepath.Join(t.TempDir(), pick(rng, "checkout", "work", "src", "repo"))
	for range 100 {
		n, err := g.PlanNew(t.Context(), root, []answer.Layer{drawAnswers(g, rng)}, answer.Asker{})
		if err != nil {
			continue // the pack does not take these together
		}
		if err := n.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(root, tree.StateFolder)); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(root, tree.ConfigFile)); err != nil {
			t.Fatal(err)
		}
		return n
	}
	t.Fatal("the pack takes no answers")
	return generator.New{}
}

func pick(rng *rand.Rand, choices ...string) string { return choices[rng.IntN(len(choices))] }

func drawAnswers(g *generator.Generator, rng *rand.Rand) answer.Layer {
	texts := map[string][]string{
		"name": {"shop", "billing", "greeter", "stock-room", "api2"}, "module": {"example.com/team/shop", "example.org/billing/v2", "greeter"},
		"description": {"Sells shoes", "Counts what is in stock", "A web app in Go"}, "domain": {"shop.example.org", "www.example.net", "example.com"},
		"mount": {"/", "/shop", "/apps/billing"}, "body_limit": {"10", "33", "250"}, "owner": {"Ada Lovelace", "the team", "ops@example.com"}, "port": {"8080", "9090", "7001"},
	}
	var layer answer.Layer
	for _, q := range g.Pack.Questions {
		v := answer.Value{Name: q.Name, Where: q.Name}
		switch {
		case texts[q.Name] != nil:
			v.Text = pick(rng, texts[q.Name]...)
		case len(q.Choices) == 0:
			v.Typed = rng.IntN(2) == 0
		case q.Type == "choice":
			v.Text = pick(rng, q.Choices...)
		default:
			v.Text = strings.Join([]string{pick(rng, q.Choices...), pick(rng, q.Choices...)}, ",")
		}
		layer = append(layer, v)
	}
	return layer
}

// alter does to a project what people do, and returns the texts that it put in.
func alter(t *testing.T, root string, rng *rand.Rand) (edits []string) {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	change := func(path string, how func(lines []string) []string) {
		data, err := os.ReadFile(path)
		if err != nil || !bytes.HasSuffix(data, []byte("\n")) {
			return // it was deleted or moved before, or has no lines
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := how(strings.SplitAfter(string(data), "\n"))
		if err := os.WriteFile(path, []byte(strings.Join(lines, "")), info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	note := func() string {
		edits = append(edits, fmt.Sprintf("edit %d of somebody", len(edits)))
		return edits[len(edits)-1]
	}
	isGone := func(path string) bool { _, err := os.Lstat(path); return err != nil }
	for range 2 + rng.IntN(9) {
		path := paths[rng.IntN(len(paths))]
		if isGone(path) {
			continue
		}
		switch rng.IntN(8) {
		case 0, 1:
			change(path, func(lines []string) []string {
				i := rng.IntN(len(lines))
				return slices.Insert(lines, i, "# "+note()+"\n")
			})
		case 2: // a line is another
			change(path, func(lines []string) []string {
				lines[rng.IntN(len(lines)-1)] = "# " + note() + "\n"
				return lines
			})
		case 3: // comments go
			change(path, func(lines []string) []string {
				return slices.DeleteFunc(lines, func(line string) bool {
					text := strings.TrimSpace(line)
					return !strings.Contains(line, "edit ") && (strings.HasPrefix(text, "# ") || strings.HasPrefix(text, "// ")) && rng.IntN(2) == 0
				})
			})
		case 4: // a formatter was here
			change(path, func(lines []string) []string {
				for i, line := range lines {
					lines[i] = strings.ReplaceAll(line, "\t", "    ")
				}
				return lines
			})
		case 5:
			if data, err := os.ReadFile(path); err == nil && !bytes.Contains(data, []byte("edit ")) {
				os.Remove(path)
			}
		case 6:
			if err := os.Rename(path, filepath.Join(filepath.Dir(path), "my-"+filepath.Base(path))); err != nil {
				t.Fatal(err)
			}
		case 7:
			write(t, filepath.Join(root, pick(rng, "internal", "docs", "cmd"), fmt.Sprintf("own%d.txt", rng.IntN(100))), []byte(note()+"\n"))
		}
	}
	if rng.IntN(6) == 0 { // a checkout on Windows
		for _, path := range paths {
			change(path, func(lines []string) []string {
				for i, line := range lines {
					lines[i] = strings.ReplaceAll(line, "\n", "\r\n")
				}
				return lines
			})
		}
	}
	return edits
}

// A fileState is what nobody may change of a file.
type fileState struct {
	sum  string
	mode fs.FileMode
	time time.Time
}

func snapshot(t *testing.T, root string) map[string]fileState {
	t.Helper()
	files := make(map[string]fileState)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		files[filepath.ToSlash(rel)] = fileState{tree.File{Data: data}.Sum(), info.Mode(), info.ModTime()}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
