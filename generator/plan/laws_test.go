package plan

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/tree"
)

func TestLaws(t *testing.T) {
	for seed := range uint64(1500) {
		var choices [200]byte
		r := rand.New(rand.NewPCG(20061122, seed))
		for i := range choices {
			choices[i] = byte(r.Uint32())
		}
		checkLaws(t, makeWorld(choices[:]))
	}
}

func FuzzMake(f *testing.F) {
	for seed := range uint64(20) {
		var choices [120]byte
		r := rand.New(rand.NewPCG(2003, seed))
		for i := range choices {
			choices[i] = byte(r.Uint32())
		}
		f.Add(choices[:])
	}
	f.Fuzz(func(t *testing.T, choices []byte) { checkLaws(t, makeWorld(choices)) })
}

// A world is three trees, disk with files of the user's besides ours. Lines
// that the user added begin with u, those that the template added with t. The
// resolution Template is none of its: it gives up lines of the user's.
type world struct {
	base, disk, theirs tree.Tree
	options            Options
	keep               string // what paths begin with that Options.Keep takes
}

// dice makes a world out of bytes; when they are used up it throws zeros.
type dice struct {
	data  []byte
	lines int
}

func (d *dice) throw(sides int) int {
	if len(d.data) == 0 {
		return 0
	}
	n := int(d.data[0]) % sides
	d.data = d.data[1:]
	return n
}

func makeWorld(choices []byte) world {
	d := &dice{data: choices}
	base := map[string]tree.File{}
	for range d.throw(6) {
		d.add(base, d.path(), "b")
	}
	theirs := d.edit(base, "t")
	disk := map[string]tree.File{}
	edited := d.edit(base, "u")
	for _, path := range slices.Sorted(maps.Keys(edited)) {
		f := edited[path]
		f.Origin, f.Once = "", false
		if d.throw(12) == 11 { // in the middle of another merge
			f.Data = slices.Concat(f.Data, []byte("<<<<<<< u\nu\n=======\n>>>>>>> u\n"))
		}
		disk[path] = f
	}
	if path := d.path(); d.throw(6) == 0 && fits(disk, path) {
		disk[path] = tree.File{Path: path, Mode: fs.ModeSymlink | 0o777}
	}
	w := world{base: toTree(base), disk: toTree(disk), theirs: toTree(theirs), options: labels}
	w.options.Conflict = []Resolution{Markers, Markers, Mine, Beside}[d.throw(4)]
	if d.throw(8) == 0 {
		w.options.Nested = []string{"d"}
	}
	for f := range w.base.All() {
		if find(w.disk, f.Path) == nil && d.throw(4) == 0 {
			w.options.Absent = map[string]bool{f.Path: true}
		}
	}
	w.options.Short = d.throw(12) == 0
	switch d.throw(4) {
	case 0:
		w.options.Declared = []Move{{"d/", "e/"}, {"a", "f"}}
	case 1: // several to one
		w.options.Declared = []Move{{"b", "a"}, {"c", "a"}, {"d/a", "f"}, {"d/b", "f"}, {"e/", "d/e/"}}
	}
	if kept := d.throw(10); kept > 4 {
		w.keep = []string{"d/", "e/", "a", "", "f"}[kept-5]
		w.options.Keep = func(path string) bool { return strings.HasPrefix(path, w.keep) }
	}
	return w
}

func (d *dice) path() string {
	paths := []string{"a", "b", "c", "d/a", "d/b", "d/e/a", "e/a", "e/b", "f", "a/x", "d", "b/y", "A", "readme", "README"}
	return paths[d.throw(len(paths))]
}

// fits reports whether path is free and neither a folder of files nor in a file.
func fits(files map[string]tree.File, path string) bool {
	for _, other := range slices.Collect(maps.Keys(files)) {
		if other, path := tree.Fold(other), tree.Fold(path); other == path || strings.HasPrefix(other, path+"/") || strings.HasPrefix(path, other+"/") {
			return false
		}
	}
	return true
}

func (d *dice) add(files map[string]tree.File, path, who string) {
	if !fits(files, path) {
		return
	}
	f := tree.File{Path: path, Mode: tree.ModeFile, Origin: fmt.Sprint("t", d.throw(40)), Once: d.throw(10) == 0, With: []string{"", "w"}[d.throw(2)]}
	for range 1 + d.throw(6) {
		f.Data = append(f.Data, d.line(who)...)
	}
	switch d.throw(12) {
	case 0:
		f.Data = append(f.Data, 0)
	case 1:
		f.Mode = tree.ModeExec
	}
	files[path] = f
}

// line is one that nobody else has.
func (d *dice) line(who string) string {
	d.lines++
	return fmt.Sprintf("%s%d\n", who, d.lines)
}

// edit returns what who makes of files.
func (d *dice) edit(files map[string]tree.File, who string) map[string]tree.File {
	now := maps.Clone(files)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f := now[path]
		switch d.throw(8) {
		case 0:
			f.Data = d.editLines(f.Data, who)
			now[path] = f
		case 1:
			delete(now, path)
		case 2:
			f.Mode ^= 0o111
			now[path] = f
		case 3, 4: // moved, and perhaps edited
			delete(now, path)
			if f.Path = d.path(); fits(now, f.Path) {
				if d.throw(2) == 0 {
					f.Data = d.editLines(f.Data, who)
				}
				now[f.Path] = f
			}
		}
	}
	for range d.throw(3) {
		d.add(now, d.path(), who)
	}
	return now
}

func (d *dice) editLines(data []byte, who string) []byte {
	lines := strings.SplitAfter(string(data), "\n")
	at := d.throw(len(lines))
	switch d.throw(3) {
	case 0:
		lines = slices.Insert(lines, at, d.line(who))
	case 1:
		lines[at] = d.line(who)
	case 2:
		lines = append([]string{d.line(who)}, lines...)
	}
	return []byte(strings.Join(lines, ""))
}

func (w world) String() string {
	return fmt.Sprintf("base   %s\ndisk   %s\ntheirs %s\nnested %v, moved %v, conflict %v, absent %v, keep %q", print(w.base), print(w.disk), print(w.theirs), w.options.Nested, w.options.Declared, w.options.Conflict, w.options.Absent, w.keep)
}

func (w world) plan() Plan {
	ours, others := see(w.disk, w.base, w.theirs)
	o := w.options.midMerge()
	o.Others = others
	return Make(w.base, ours, w.theirs, o)
}

func checkLaws(t *testing.T, w world) {
	t.Helper()
	p := w.plan()
	fail := func(law string, args ...any) {
		t.Helper()
		t.Fatalf("%s\n%s\n%s", fmt.Sprintf(law, args...), w, say(p))
	}
	after, err := applyTo(w.disk, p)
	if err != nil {
		fail("a plan can be applied: %v", err)
	}
	checkShape(w, p, fail)
	checkNothingIsLost(w, p, after, fail)
	checkAgain(w, p, after, fail)
	if w.options.Keep != nil {
		checkKept(w, p, after, fail)
		return
	}
	w.options.Absent = nil
	for law, same := range map[string]world{
		"Make(b, o, b) writes nothing": {base: w.base, disk: w.disk, theirs: w.base, options: w.options},
		"Make(b, x, x) writes nothing": {base: w.base, disk: w.theirs, theirs: w.theirs, options: w.options},
	} {
		if slices.ContainsFunc(same.plan().Steps, Step.Writes) {
			fail("%s, not\n%s", law, say(same.plan()))
		}
	}
	if w.options.Nested == nil {
		p := world{base: w.base, disk: w.base, theirs: w.theirs, options: w.options}.plan()
		if got, err := applyTo(w.base, p); err != nil || print(got) != print(w.theirs) {
			fail("Make(b, b, t) gives t, not %s, %v\n%s", print(got), err, say(p))
		}
	}
}

// checkAgain checks what a run leaves for the next one.
func checkAgain(w world, p Plan, after tree.Tree, fail func(string, ...any)) {
	// What was put off is remembered, unless a file that came has its place.
	next := p.NextBase(w.base, w.theirs)
	taken := slices.ContainsFunc(p.Steps, func(s Step) bool {
		old := find(w.base, s.was)
		return s.Deferred && old != nil && !Same(old, find(next, s.was))
	})
	if p.Count(Conflict) == 0 && !taken {
		o := w.options
		o.Against = func(_, came string) (string, bool) { // what leaves our care was there
			if find(w.base, came) != nil {
				return "was there before", false
			}
			return "", false
		}
		again := world{base: next, disk: after, theirs: w.theirs, options: o}.plan()
		if slices.ContainsFunc(again.Steps, func(s Step) bool { return s.Verb != Keep || s.Named && !s.Deferred }) {
			fail("planning again yields only keep, and what was put off, not\n%s", say(again))
		}
	}
	for path := range w.options.Absent {
		if find(after, path) != nil {
			fail("%s is not checked out, and written", path)
		}
		b := find(w.base, path)
		others := slices.DeleteFunc(slices.Collect(w.theirs.All()), func(f tree.File) bool { return f.Path == path })
		if _, err := tree.New(append(others, *b)...); err != nil {
			continue // a file that came is in its way
		}
		if !Same(b, find(next, path)) {
			fail("%s is not checked out, and remembered as %s", path, print(next))
		}
	}
}

// checkKept checks that nothing is done to what is kept, and that nothing of it is
// missed once it is kept no more.
func checkKept(w world, p Plan, after tree.Tree, fail func(string, ...any)) {
	next := p.NextBase(w.base, w.theirs)
	for path := range tree.Paths(w.disk, after) {
		if w.options.Keep(path) && !reflect.DeepEqual(find(w.disk, path), find(after, path)) {
			fail("%s is kept, and is not as it was", path)
		}
	}
	for _, s := range p.Steps {
		if w.options.Keep(s.Path) && s.Verb != Keep && s.Verb != Forget {
			fail("%s is kept, and its step is %s", s.Path, s.Verb)
		}
		was, is := find(w.base, s.Path), find(next, s.Path)
		if s.Kept && !reflect.DeepEqual(was, is) && (is != nil || fitsIn(next, *was)) { // or what the user put in its place is adopted
			fail("%s is kept, and base is\n%s", s.Path, print(next))
		}
	}
	without := w
	without.options.Keep = nil
	later := without
	later.base, later.disk = next, after
	once, then := without.plan(), later.plan()
	missing := func(f tree.File) bool { return f.With != "" && find(w.disk, f.Path) == nil }
	if p.Count(Conflict)+once.Count(Conflict)+then.Count(Conflict) > 0 || w.options.Absent != nil || w.options.Short ||
		slices.ContainsFunc(slices.Collect(w.theirs.All()), missing) {
		return // what is put off for another reason, or moved and not looked for, may come otherwise
	}
	atOnce, err := applyTo(w.disk, once)
	inTwo, err2 := applyTo(after, then)
	if err != nil || err2 != nil || print(atOnce) != print(inTwo) {
		fail("what was kept comes later as it would have: once (%v)\n%s\n%s\nlater (%v)\n%s\n%s\nbetween\n%s\nbase %s", err, say(once), print(atOnce), err2, say(then), print(inTwo), print(after), print(next))
	}
}

func fitsIn(t tree.Tree, f tree.File) bool {
	_, err := tree.New(append(slices.Collect(t.All()), f)...)
	return err == nil
}

// checkShape checks what apply relies on.
func checkShape(w world, p Plan, fail func(string, ...any)) {
	written := map[string]bool{}
	for i, s := range p.Steps {
		if i > 0 && p.Steps[i-1].Path > s.Path {
			fail("steps are sorted: %s, %s", p.Steps[i-1].Path, s.Path)
		}
		if s.Verb == Delete {
			s.To = s.Ours.Path
		} else if s.After == nil {
			continue
		}
		if written[s.To] {
			fail("%s is written or deleted twice", s.To)
		}
		written[s.To] = true
		if s.Verb == Delete {
			continue
		}
		ours := find(w.base, s.To) != nil || find(w.theirs, s.To) != nil
		if followed := s.Ours != nil && s.Ours.Path == s.To; !ours && !followed && !IsBeside(s.To) {
			fail("%s is written and is neither ours nor beside a file nor where the user moved one", s.To)
		}
		if s.Verb == Conflict && s.Kind == "" || s.Verb != Conflict && s.Kind != "" {
			fail("%s has the kind %q", s.Path, s.Kind)
		}
	}
}

func checkNothingIsLost(w world, p Plan, after tree.Tree, fail func(string, ...any)) {
	left := linesOf(after)
	for line := range linesOf(w.disk) {
		if strings.HasPrefix(line, "u") && !left[line] {
			fail("the user's line %q is lost", line)
		}
	}
	named := map[string]bool{}
	for _, s := range p.Steps {
		named[s.Path] = s.Named
	}
	for f := range w.theirs.All() {
		base := find(w.base, f.Path)
		if named[f.Path] || Same(base, &f) || f.Once && (base != nil || find(w.disk, f.Path) != nil) {
			continue
		}
		for line := range linesOf(tree.Found(f)) {
			if !left[line] && strings.HasPrefix(line, "t") {
				fail("the template's line %q of %s is neither there nor named", line, f.Path)
			}
		}
	}
	for f := range w.base.All() {
		if find(w.theirs, f.Path) == nil && find(w.disk, f.Path) != nil && !named[f.Path] {
			fail("the template dropped %s and nobody is told", f.Path)
		}
	}
	for f := range w.disk.All() {
		if find(w.base, f.Path) == nil && find(after, f.Path) == nil {
			fail("%s was the user's alone and is gone", f.Path)
		}
	}
}

func linesOf(t tree.Tree) map[string]bool {
	lines := map[string]bool{}
	for f := range t.All() {
		for line := range strings.Lines(string(f.Data)) {
			lines[strings.TrimSuffix(line, "\n")] = true
		}
	}
	return lines
}
