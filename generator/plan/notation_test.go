package plan

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/tree"
)

// The tests write trees as words: path=content, where a comma ends a line and
// signs before the path make the file special. The file's template is its path,
// or what stands after a <.
//
//	a.go=1,2,       a file of two lines
//	*run=x,         executable
//	!app.go=x,      once
//	@link= /dir=    a symbolic link, a folder
//	b.go<a.go=x,    written by the template a.go
//	logo=\0x        binary
//	empty=          nothing in it
//
// An underscore is a space.
var signs = map[byte]func(*tree.File){
	'*': func(f *tree.File) { f.Mode = tree.ModeExec },
	'!': func(f *tree.File) { f.Once = true },
	'@': func(f *tree.File) { f.Mode = fs.ModeSymlink | 0o777 },
	'/': func(f *tree.File) { f.Mode = fs.ModeDir | 0o755 },
}

func parse(words string) tree.Tree {
	var files []tree.File
	for word := range strings.FieldsSeq(words) {
		f := tree.File{Mode: tree.ModeFile}
		for signs[word[0]] != nil {
			signs[word[0]](&f)
			word = word[1:]
		}
		head, content, _ := strings.Cut(word, "=")
		f.Path, f.Origin, _ = strings.Cut(head, "<")
		f.Origin = cmp.Or(f.Origin, f.Path)
		f.Data = []byte(strings.NewReplacer(",", "\n", "_", " ", `\0`, "\x00", `\r`, "\r").Replace(content))
		files = append(files, f)
	}
	return tree.Found(files...)
}

// print is the inverse of parse, less folders and what a disk does not hold.
func print(t tree.Tree) string {
	var words []string
	for f := range t.All() {
		sign := ""
		switch {
		case f.Mode&fs.ModeSymlink != 0:
			sign = "@"
		case f.Mode.IsDir():
			continue // it shows in what is in it
		case tree.Executable(f.Mode):
			sign = "*"
		}
		content := strings.NewReplacer("\n", ",", "\x00", `\0`, "\r", `\r`, " ", "_").Replace(string(f.Data))
		words = append(words, sign+f.Path+"="+content)
	}
	return strings.Join(words, " ")
}

// say is a plan as text, a line for each step that is named or writes.
func say(p Plan) string {
	var b strings.Builder
	for _, s := range p.Steps {
		if s.Named || s.Writes() || s.Verb != Keep && s.Verb != Forget {
			fmt.Fprintln(&b, strings.TrimSpace(fmt.Sprintf("%s %s  %s", s.Verb, s.Path, s.Why)))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// applyTo does what apply does, and refuses what it would refuse.
func applyTo(disk tree.Tree, p Plan) (tree.Tree, error) {
	now := map[string]tree.File{}
	for f := range disk.All() {
		now[f.Path] = f
	}
	for _, s := range p.Steps {
		if s.Ours != nil && !sameFile(now[s.Ours.Path], *s.Ours) {
			return tree.Tree{}, fmt.Errorf("%s: %s is not what the plan saw", s.Path, s.Ours.Path)
		}
		if s.After == nil && s.Ours == nil && now[s.Path].Path != "" && now[s.Path].Mode.IsRegular() {
			return tree.Tree{}, fmt.Errorf("%s: a file is there that the plan did not see", s.Path)
		}
	}
	for _, s := range p.Steps {
		if s.Verb == Delete {
			delete(now, s.Ours.Path)
			prune(now, s.Ours.Path)
		}
	}
	for _, s := range p.Steps {
		if s.After == nil {
			continue
		}
		if s.After.Path != s.To {
			return tree.Tree{}, fmt.Errorf("%s: %s is written to %s", s.Path, s.After.Path, s.To)
		}
		if _, there := now[s.To]; there && (s.Ours == nil || s.Ours.Path != s.To) {
			return tree.Tree{}, fmt.Errorf("%s: something is at %s already", s.Path, s.To)
		}
		if err := parentsAreFolders(now, s.To); err != nil {
			return tree.Tree{}, err
		}
		now[s.To] = *s.After
	}
	return toTree(now), nil
}

func sameFile(a, b tree.File) bool {
	return a.Path == b.Path && a.Mode == b.Mode && string(a.Data) == string(b.Data)
}

// prune takes away the folders of path that are given and that it left empty.
func prune(now map[string]tree.File, path string) {
	for i, c := range path {
		if c == '/' && !slices.ContainsFunc(slices.Collect(maps.Keys(now)), func(p string) bool { return strings.HasPrefix(p, path[:i+1]) }) {
			delete(now, path[:i])
		}
	}
}

func parentsAreFolders(now map[string]tree.File, path string) error {
	for other, f := range now {
		if strings.HasPrefix(path, other+"/") && !f.Mode.IsDir() {
			return fmt.Errorf("%s is written through %s", path, other)
		}
		if strings.HasPrefix(other, path+"/") {
			return fmt.Errorf("%s is written over the folder of %s", path, other)
		}
	}
	return nil
}

func toTree(files map[string]tree.File) tree.Tree {
	var all []tree.File
	for _, f := range files {
		all = append(all, f)
	}
	return tree.Found(all...)
}

// see returns what is seen of a disk when theirs is to take the place of base: a
// file behind another is not there, and what is in its way is the user's.
func see(disk, base, theirs tree.Tree) (ours, others tree.Tree) {
	var mine, rest []tree.File
	for path := range tree.Paths(base, theirs) {
		if f := find(disk, path); f != nil {
			mine = append(mine, *f)
		} else if slices.ContainsFunc(slices.Collect(disk.All()), func(f tree.File) bool { return strings.HasPrefix(f.Path, path+"/") }) {
			mine = append(mine, tree.File{Path: path, Mode: fs.ModeDir | 0o755})
		}
	}
	for f := range disk.All() {
		if find(base, f.Path) == nil && find(theirs, f.Path) == nil && !f.Mode.IsDir() {
			rest = append(rest, f)
		}
	}
	return tree.Found(mine...), tree.Found(rest...)
}

// A row is three trees and what is said and left. The disk holds ours and others.
type row struct {
	name               string
	base, disk, theirs string
	say                string // "" for nothing to say
	after              string // the disk; "" for as it was, "-" for empty
	options            Options
}

func (r row) check(t *testing.T) {
	t.Helper()
	base, disk, theirs := parse(r.base), parse(r.disk), parse(r.theirs)
	o := r.options.midMerge()
	var ours tree.Tree
	ours, o.Others = see(disk, base, theirs)
	p := Make(base, ours, theirs, o)
	if got := say(p); got != r.say {
		t.Errorf("said\n%s\nwant\n%s", got, r.say)
	}
	after, err := applyTo(disk, p)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := print(after), print(parse(strings.TrimPrefix(cmp.Or(r.after, r.disk), "-"))); got != want {
		t.Errorf("left\n%s\nwant\n%s", got, want)
	}
	if !slices.IsSortedFunc(p.Steps, func(a, b Step) int { return cmp.Compare(a.Path, b.Path) }) {
		t.Error("steps are not sorted")
	}
}

// midMerge has git say that whatever has conflict markers is in conflict, unless
// something else is said.
func (o Options) midMerge() Options {
	if o.Unmerged == nil {
		o.Unmerged = func(string) bool { return true }
	}
	return o
}
