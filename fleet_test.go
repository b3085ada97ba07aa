//go:build unix

package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// fleetVersions are the versions of the pack that a fleet goes through.
var fleetVersions = []string{"1.0.0", "1.1.0", "1.2.0", "1.3.0"}

// fleetFile is a file of that pack: which answers have it, the versions between which it
// is there, and which lines each version changes.
type fleetFile struct {
	path, when  string
	from, until string // until is the first version without it
	changes     map[string][]int
}

var fleetFiles = []fleetFile{
	{path: "Makefile", changes: map[string][]int{"1.1.0": {3}, "1.3.0": {3, 18}}},
	{path: "README.txt", changes: map[string][]int{"1.2.0": {1, 2, 9}}},
	{path: "deploy/plain.conf", when: `eq .style "plain"`, changes: map[string][]int{"1.1.0": {5, 12}, "1.2.0": {5}}},
	{path: "deploy/rich.conf", when: `eq .style "rich"`, changes: map[string][]int{"1.1.0": {4}, "1.3.0": {10, 11}}},
	{path: "Dockerfile", when: ".docker", changes: map[string][]int{"1.2.0": {7}, "1.3.0": {15}}},
	{path: "lib/first.txt", until: "1.2.0", changes: map[string][]int{"1.1.0": {6}}},
	{path: "core/first.txt", from: "1.2.0", changes: map[string][]int{"1.1.0": {6}, "1.3.0": {14}}},
	{path: "lib/second.txt", changes: map[string][]int{"1.2.0": {2}, "1.3.0": {2}}},
	{path: "lib/third.txt", from: "1.1.0", changes: map[string][]int{"1.3.0": {8}}},
	{path: "legacy.txt", until: "1.3.0", changes: map[string][]int{"1.1.0": {1}}},
	{path: "guide.txt", changes: map[string][]int{"1.1.0": {2, 4, 6}, "1.2.0": {8, 10}, "1.3.0": {12, 14, 16}}},
}

// text is the template of f in a version: lines that no other file has, each with the
// version that wrote it.
func (f fleetFile) text(version string) string {
	var text strings.Builder
	for i := 1; i <= 20; i++ {
		of := "1.0.0"
		for _, v := range fleetVersions {
			if v <= version && slices.Contains(f.changes[v], i) {
				of = v
			}
		}
		more := ""
		if i == 20 {
			more = " for {{ .name }} at {{ .port }}"
		}
		fmt.Fprintf(&text, "line %02d of %s, written by %s%s\n", i, filepath.Base(f.path), of, more)
	}
	return text.String()
}

// writeFleetPack writes a version of the pack to a folder.
func writeFleetPack(t *testing.T, dir, version string) {
	manifest := "schema: 1\nname: fleet\nversion: " + version + `
questions:
  - {name: name, type: string, format: name, help: The name}
  - {name: style, type: choice, choices: [plain, rich], default: plain, help: The style}
  - {name: docker, type: bool, default: false, help: An image}
  - {name: port, type: int, default: 8000, help: The port}
`
	files := "files:\n"
	if version >= "1.2.0" {
		manifest += "  - {name: region, type: string, default: north, help: The region}\n"
		manifest += "moved:\n  - {from: lib/first.txt, to: core/first.txt, since: 1.2.0}\n"
		files += "  - {path: region.txt.tmpl, to: region.txt}\n"
		writeFile(t, filepath.Join(dir, "files/region.txt.tmpl"), "the region is {{ .region }}\n")
	}
	for _, f := range fleetFiles {
		if version < f.from || f.until != "" && version >= f.until {
			continue
		}
		writeFile(t, filepath.Join(dir, "files", f.path+".tmpl"), f.text(version))
		if f.when != "" {
			files += fmt.Sprintf("  - {path: %s.tmpl, when: '{{ %s }}'}\n", f.path, f.when)
		}
	}
	writeFile(t, filepath.Join(dir, "pack.yaml"), manifest+files+"notes: {"+version+": This is "+version+".}\n")
}

// A fleet is projects in bare repositories, each with an owner who changes it.
type fleet struct {
	dir   string // has packs, repositories, and the scripts
	names []string
	env   []string
}

var projects = flag.Int("projects", 0, "how many projects TestFleet has; 200 take some minutes")

// TestFleet brings projects over three releases of a pack by the scripts of
// docs/fleet.md, while their owners edit, move, delete and keep files. What the template
// changed is in each project or named in its message, no line of an owner is lost, the
// exit statuses add up, and a second run does nothing.
func TestFleet(t *testing.T) {
	need(t, "git")
	n, first, releases := 2, uint64(0), fleetVersions[1:]
	switch {
	case *projects > 0:
		n = *projects
	case inCI:
		n = 20
	default: // each release takes seconds; in that one, of these two the second has a conflict
		first, releases = 5, fleetVersions[1:2]
	}
	f := newFleet(t, n)
	rest := make(map[string]*owner)
	for i, name := range f.names {
		rest[name] = f.newOwner(t, name, first+uint64(i))
	}
	conflicts := 0
	for _, version := range releases {
		f.release(t, version)
		f.each(t, func(name string) error { rest[name].customize(); return nil })
		statuses := f.propose(t)
		before := f.branches(t)
		f.each(t, func(name string) error { return rest[name].check(version, statuses[name]) })
		if again := f.propose(t); !maps.Equal(again, statuses) {
			t.Errorf("%s: the exit statuses are %v, and again %v", version, statuses, again)
		}
		if after := f.branches(t); !maps.Equal(after, before) {
			t.Errorf("%s: a second run pushed again", version)
		}
		for _, status := range statuses {
			if status == 3 {
				conflicts++
			}
		}
		last := version == releases[len(releases)-1]
		f.each(t, func(name string) error { return rest[name].accept(version, last) })
	}
	t.Logf("%d projects, %d releases, %d proposals with conflicts", n, len(releases), conflicts)
	if conflicts == 0 || conflicts == n*len(releases) {
		t.Errorf("%d proposals had conflicts, which tries only one of both", conflicts)
	}
	before := f.branches(t)
	for name, status := range f.propose(t) {
		if status != 0 {
			t.Errorf("%s is up to date, and the exit status is %d", name, status)
		}
	}
	if after := f.branches(t); !maps.Equal(after, before) {
		t.Error("with all up to date, something was pushed")
	}
}

func newFleet(t *testing.T, n int) *fleet {
	f := &fleet{dir: t.TempDir()}
	home := filepath.Join(f.dir, "home")
	writeFile(t, filepath.Join(home, ".gitconfig"), "[user]\nname = Ada\nemail = ada@example.com\n[init]\ndefaultBranch = main\n[gc]\nauto = 0\n[maintenance]\nauto = false\n")
	f.env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"), "GIT_CONFIG_NOSYSTEM=1", "GIT_TEMPLATE_DIR=", "SCAFFOLD_DEFAULTS=off")
	page, err := os.ReadFile("docs/fleet.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range fence.FindAllSubmatch(page, -1) {
		if string(block[1]) == "sh" {
			writeFile(t, filepath.Join(f.dir, string(block[2])), string(block[3]))
		}
	}
	for i := range n {
		f.names = append(f.names, fmt.Sprintf("project%03d", i))
	}
	if _, err := f.run(f.dir, "sh", "-ec", "mkdir clones; git init --quiet packs"); err != nil {
		t.Fatal(err)
	}
	f.release(t, fleetVersions[0])
	return f
}

// run runs a command in a folder, and returns what it prints.
func (f *fleet) run(dir string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, f.env, &out, &out
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, &out)
	}
	return out.String(), err
}

// each does something for all projects, some at once.
func (f *fleet) each(t *testing.T, do func(name string) error) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(4)
	for _, name := range f.names {
		g.Go(func() error {
			if err := do(name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		})
	}
	g.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

func (f *fleet) pack(version string) string {
	return "git+file://" + filepath.Join(f.dir, "packs") + "@v" + version
}

func (f *fleet) release(t *testing.T, version string) {
	t.Helper()
	packs := filepath.Join(f.dir, "packs")
	if err := os.RemoveAll(filepath.Join(packs, "files")); err != nil {
		t.Fatal(err)
	}
	writeFleetPack(t, packs, version)
	if _, err := f.run(packs, "sh", "-ec", "git add --all; git commit --quiet --message "+version+"; git tag v"+version); err != nil {
		t.Fatal(err)
	}
}

// propose runs fleet.sh, for parts of the fleet at once, and returns the exit statuses.
func (f *fleet) propose(t *testing.T) map[string]int {
	t.Helper()
	statuses := make(map[string]int)
	outs := make([]string, 4)
	var g errgroup.Group
	for part := range outs {
		args := []string{"sh", "fleet.sh", "messages"}
		for i := part; i < len(f.names); i += len(outs) {
			args = append(args, filepath.Join(f.dir, "repositories", f.names[i]+".git"))
		}
		g.Go(func() (err error) {
			outs[part], err = f.run(f.dir, args...)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(strings.Join(outs, "")) {
		var status int
		var name string
		if _, err := fmt.Sscan(line, &status, &name); err != nil {
			t.Fatalf("fleet.sh prints %q", line)
		}
		statuses[name] = status
		if status != 0 && status != 3 {
			log, _ := os.ReadFile(filepath.Join(f.dir, "messages", name+".log"))
			t.Errorf("%s: exit status %d\n%s", name, status, log)
		}
	}
	if len(statuses) != len(f.names) {
		t.Fatalf("fleet.sh says something of %d projects, and there are %d", len(statuses), len(f.names))
	}
	return statuses
}

// branches returns the commits that the scripts have pushed.
func (f *fleet) branches(t *testing.T) map[string]string {
	t.Helper()
	branches := make(map[string]string)
	for _, name := range f.names {
		out, err := f.run(f.dir, "git", "--git-dir", filepath.Join("repositories", name+".git"), "for-each-ref", "refs/heads/scaffold")
		if err != nil {
			t.Fatal(err)
		}
		branches[name] = out
	}
	return branches
}

// An owner has a clone of a project and changes it.
type owner struct {
	*fleet
	name     string
	clone    string
	random   *rand.Rand
	lines    int    // that the owner has written
	version  string // on main
	declines string // a version that is not wanted
}

func (f *fleet) newOwner(t *testing.T, name string, seed uint64) *owner {
	t.Helper()
	o := &owner{fleet: f, name: name, clone: filepath.Join(f.dir, "clones", name), random: rand.New(rand.NewPCG(seed, 1)), version: fleetVersions[0]}
	answers := []string{"--yes", "--name", "name-of-" + name, "--port", fmt.Sprint(8000 + seed)}
	if seed%2 == 1 {
		answers = append(answers, "--style", "rich")
	}
	if seed%3 == 0 {
		answers = append(answers, "--docker")
	}
	_, err := f.run(f.dir, append([]string{"scaffold", "new", o.clone, "--pack", f.pack(o.version)}, answers...)...)
	if err == nil {
		_, err = f.run(o.clone, "sh", "-ec", `git init --quiet; git add --all; git commit --quiet --message first
git clone --quiet --bare . ../../repositories/`+name+`.git; git remote add origin ../../repositories/`+name+`.git`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// customize makes changes as owners do, and pushes them.
func (o *owner) customize() {
	for range 1 + o.random.IntN(4) {
		files := o.templateFiles()
		name := files[o.random.IntN(len(files))]
		switch o.random.IntN(12) {
		case 0:
			o.must(os.Remove(filepath.Join(o.clone, name)))
		case 1:
			to := filepath.Join(o.clone, "ops", name)
			o.must(os.MkdirAll(filepath.Dir(to), 0o777))
			o.must(os.Rename(filepath.Join(o.clone, name), to))
		case 2:
			o.write(fmt.Sprintf("own%d.txt", o.lines), []string{o.line("a file of its own")})
		case 3:
			o.keep(name)
			o.edit(name)
		default:
			o.edit(name)
		}
	}
	if o.declines == "" && o.random.IntN(10) == 0 {
		o.declines = fleetVersions[slices.Index(fleetVersions, o.version)+1]
		o.appendConfig("decline: " + o.declines + "\n")
	}
	_, err := o.run(o.clone, "sh", "-ec", "git add --all; git commit --quiet --allow-empty --message mine; git push --quiet origin main")
	o.must(err)
}

// must ends the test at what cannot go wrong but by the machine.
func (o *owner) must(err error) {
	if err != nil {
		panic(fmt.Sprintf("%s: %v", o.name, err))
	}
}

func (o *owner) line(text string) string {
	o.lines++
	return fmt.Sprintf("%s, owner's line %d", text, o.lines)
}

// edit writes a line anew, or one below it.
func (o *owner) edit(name string) {
	lines := o.read(name)
	i := o.random.IntN(len(lines))
	if own := o.line(lines[i]); o.random.IntN(2) == 0 && !strings.Contains(lines[i], "owner's") {
		lines[i] = own
	} else {
		lines = slices.Insert(lines, i+1, own)
	}
	o.write(name, lines)
}

func (o *owner) keep(name string) {
	if text := strings.Join(o.read("scaffold.yaml"), "\n"); !strings.Contains(text, "\nkeep:") {
		o.appendConfig("keep: [" + name + "]\n")
	}
}

func (o *owner) appendConfig(text string) {
	name := filepath.Join(o.clone, "scaffold.yaml")
	config, err := os.ReadFile(name)
	o.must(err)
	o.must(os.WriteFile(name, append(config, text...), 0o666))
}

func (o *owner) read(name string) []string {
	text, err := os.ReadFile(filepath.Join(o.clone, name))
	o.must(err)
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func (o *owner) write(name string, lines []string) {
	o.must(os.WriteFile(filepath.Join(o.clone, name), []byte(strings.Join(lines, "\n")+"\n"), 0o666))
}

// templateFiles are the files of the clone that are not the project's memory.
func (o *owner) templateFiles() (names []string) {
	for name := range linesBelow(o.clone) {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// linesBelow returns the lines of each file of a project, but of what scaffold remembers.
func linesBelow(dir string) map[string][]string {
	files := make(map[string][]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		switch {
		case err != nil:
			return err
		case name == ".git" || name == ".scaffold-state":
			return filepath.SkipDir
		case entry.IsDir() || name == "scaffold.yaml":
			return nil
		}
		text, err := os.ReadFile(path)
		files[filepath.ToSlash(name)] = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		return err
	})
	if err != nil {
		panic(err)
	}
	return files
}

// check accounts for what the proposal of a version does, and does not.
func (o *owner) check(version string, status int) error {
	message, err := os.ReadFile(filepath.Join(o.dir, "messages", o.name+".md"))
	if o.declines == version {
		if err == nil || status != 0 {
			return fmt.Errorf("%s is declined: exit status %d and\n%s", version, status, message)
		}
		return nil
	}
	if err != nil {
		return err
	}
	title, _, _ := strings.Cut(string(message), "\n")
	want := "Update fleet " + o.version + " → " + version
	if conflict := strings.Contains(title, "conflict"); conflict != (status == 3) || !strings.HasPrefix(title, want) {
		return fmt.Errorf("exit status %d, and the title is %s", status, title)
	}
	branch := filepath.Join(o.dir, "proposals", version, o.name)
	if _, err := o.run(o.dir, "git", "clone", "--quiet", "--branch", "scaffold/template", filepath.Join("repositories", o.name+".git"), branch); err != nil {
		return err
	}
	was, err := o.render(o.version, o.clone)
	if err != nil {
		return err
	}
	is, err := o.render(version, branch)
	if err != nil {
		return err
	}
	return account(was, is, linesBelow(o.clone), linesBelow(branch), named(string(message)))
}

// render returns what a version writes for the answers of a project.
func (o *owner) render(version, project string) (map[string][]string, error) {
	dir := filepath.Join(o.dir, "renders", version+filepath.Base(filepath.Dir(project)), o.name)
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if _, err := o.run(o.dir, "scaffold", "new", dir, "--pack", o.pack(version), "--answers", filepath.Join(project, "scaffold.yaml"), "--name", "name-of-"+o.name); err != nil {
		return nil, err
	}
	return linesBelow(dir), nil
}

// named returns the sections of a message that are about what was not taken.
func named(message string) string {
	var text strings.Builder
	sections := regexp.MustCompile(`(?m)^(### |<details><summary>)`).Split(message, -1)
	for _, s := range sections[1:] {
		if strings.HasPrefix(s, "Conflicts") || strings.HasPrefix(s, "What was not taken") {
			text.WriteString(s)
		}
	}
	return text.String()
}

// account compares a project before and after a proposal with what the template wrote
// before and writes after it.
func account(was, is, before, after map[string][]string, named string) error {
	have := make(map[string]bool)
	for _, lines := range after {
		for _, line := range lines {
			have[line] = true
		}
	}
	for _, lines := range before {
		for _, line := range lines {
			if strings.Contains(line, "owner's line") && !have[line] {
				return fmt.Errorf("the owner's %q is lost", line)
			}
		}
	}
	for _, change := range []struct {
		old, new map[string][]string
		added    bool
	}{{was, is, true}, {is, was, false}} {
		old := make(map[string]bool)
		for _, lines := range change.old {
			for _, line := range lines {
				old[line] = true
			}
		}
		for path, lines := range change.new {
			for _, line := range lines {
				if !old[line] && have[line] != change.added && !strings.Contains(named, filepath.Base(path)) {
					return fmt.Errorf("%s: %q is to be there: %v, which it is not, and the message does not say so:\n%s", path, line, change.added, named)
				}
			}
		}
	}
	return nil
}

// accept merges the proposal, deciding what is in conflict, or leaves it for the next
// version to replace, if there is one.
func (o *owner) accept(version string, last bool) error {
	if o.declines == version || !last && o.random.IntN(4) == 0 {
		return nil
	}
	if _, err := o.run(o.clone, "sh", "-ec", "git fetch --quiet origin; git merge --quiet origin/scaffold/template"); err != nil {
		return err
	}
	side := []string{"--mine", "--template"}[o.random.IntN(2)]
	if _, err := o.run(o.clone, "scaffold", "resolve", side); err != nil {
		return err
	}
	o.version = version
	_, err := o.run(o.clone, "sh", "-ec", "git add --all; git commit --quiet --allow-empty --message resolved; git push --quiet origin main; git push --quiet origin --delete scaffold/template")
	return err
}
