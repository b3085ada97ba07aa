// Package plan decides what becomes of every file: the decision table, and
// nothing but the table.
//
// Three trees come in: base, what the template wrote last time; ours, what is on
// disk; theirs, what the template writes now. A [Plan] comes out, which is all
// that apply needs and all that a report shows, so a dry run cannot say one
// thing and a real run do another. A conflict is a step like any other, not an
// error. Nothing here reads or writes files.
package plan

import (
	"cmp"
	"iter"
	"slices"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// A Verb is what happens to a path: one word a line, in every report.
type Verb string

// The verbs.
const (
	Create   Verb = "create"
	Update   Verb = "update"
	Merge    Verb = "merge"
	Conflict Verb = "conflict"
	Delete   Verb = "delete"
	Keep     Verb = "keep"
	Forget   Verb = "forget"
)

// A Step is what happens to one path.
type Step struct {
	Path  string
	Verb  Verb
	Why   string     // for people; "" where the verb says it all
	Named bool       // worth a line: something changes, or is knowingly not changed
	To    string     // where After is written: Path, or a file beside it
	Ours  *tree.File // what must be on disk before; nil for nothing
	After *tree.File // what is written; nil where nothing is
}

// Writes reports whether the step changes the disk.
func (s Step) Writes() bool { return s.After != nil || s.Verb == Delete }

// A Plan is the steps of one run, sorted by path, and the state written last.
type Plan struct {
	Steps []Step
	State []tree.File // scaffold.yaml and what is in .scaffold-state, in order
}

// Count returns how many steps have the verb.
func (p Plan) Count(verb Verb) int {
	n := 0
	for _, s := range p.Steps {
		if s.Verb == verb {
			n++
		}
	}
	return n
}

// Options change how a plan is made. The zero value is useful.
type Options struct {
	Labels merge.Labels // on conflict markers
}

// Make decides for every path of the three trees.
func Make(base, ours, theirs tree.Tree, o Options) Plan {
	var p Plan
	for path := range paths(base, theirs) {
		t := triple{path: path, options: o, base: find(base, path), ours: find(ours, path), theirs: find(theirs, path)}
		p.Steps = append(p.Steps, t.decide())
	}
	return p
}

// paths walks every path of a and b once, sorted. A path that is only on disk
// is the user's, and none of our business.
func paths(a, b tree.Tree) iter.Seq[string] {
	var all []string
	for _, t := range []tree.Tree{a, b} {
		for f := range t.All() {
			all = append(all, f.Path)
		}
	}
	slices.SortFunc(all, cmp.Compare[string])
	return slices.Values(slices.Compact(all))
}

func find(t tree.Tree, path string) *tree.File {
	if f, ok := t.Find(path); ok {
		return &f
	}
	return nil
}
