package plan

import (
	"bytes"
	"fmt"
	"io/fs"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// A triple is one path in the three trees; nil where it is absent.
type triple struct {
	path               string
	base, ours, theirs *tree.File
	options            Options
}

// maxMerge is the largest file that is merged line by line, in bytes.
const maxMerge = 8 << 20

// rows is the decision table: B = base, O = ours, T = theirs. The first row that
// matches decides.
var rows = []struct {
	name   string
	when   func(triple) bool
	action func(triple) Step
}{
	{"B, O=∅, T=∅: forget",
		func(t triple) bool { return t.ours == nil && t.theirs == nil },
		func(t triple) Step { return t.step(Forget, "deleted by both") }},
	{"O = T: keep; adopt into the base",
		func(t triple) bool { return same(t.ours, t.theirs) },
		func(t triple) Step { return t.step(Keep, "") }},
	{"T = B, B present: keep: yours (also a deletion)",
		func(t triple) bool { return t.base != nil && same(t.theirs, t.base) },
		func(t triple) Step { return t.step(Keep, "yours") }},
	{"once, B present: keep: yours; another template file by an answer: update when O = B, else conflict, T beside",
		func(t triple) bool { return t.base != nil && t.theirs != nil && t.theirs.Once },
		triple.once},
	{"O or a parent folder is not what it should be: conflict: type change; never followed, never replaced",
		func(t triple) bool { return t.ours != nil && !t.ours.Mode.IsRegular() },
		func(t triple) Step { return t.beside("is no regular file any more") }},
	{"B, O=∅, T: stays deleted; named",
		func(t triple) bool { return t.base != nil && t.ours == nil },
		func(t triple) Step { return t.step(Keep, "deleted by you; the template changed it").named() }},
	{"O = B, T: update",
		func(t triple) bool { return t.base != nil && t.theirs != nil && same(t.ours, t.base) },
		func(t triple) Step { return t.write(Update, "", *t.theirs) }},
	{"O = B, T=∅: delete",
		func(t triple) bool { return t.theirs == nil && same(t.ours, t.base) },
		func(t triple) Step { return t.step(Delete, "").named() }},
	{"B, O, T=∅: keep; leaves our care; named",
		func(t triple) bool { return t.theirs == nil },
		func(t triple) Step { return t.step(Keep, "the template dropped it; it has your changes").named() }},
	{"B=∅, O=∅, T: create",
		func(t triple) bool { return t.base == nil && t.ours == nil },
		func(t triple) Step { return t.write(Create, "", *t.theirs) }},
	{"B=∅, O, T: conflict: add/add",
		func(t triple) bool { return t.base == nil && !t.unmergeable() },
		func(t triple) Step { return t.merged(nil) }},
	{"binary or over 8 MiB: conflict: O stays, T beside",
		triple.unmergeable,
		func(t triple) Step { return t.beside("cannot be merged line by line") }},
	{"B, O, T: merge; conflict where hunks overlap",
		func(triple) bool { return true },
		func(t triple) Step { return t.merged(t.base.Data) }},
}

func (t triple) decide() Step {
	for _, row := range rows {
		if row.when(t) {
			return row.action(t)
		}
	}
	panic("plan: the last row matches everything")
}

// same reports whether two files are alike: bytes, and whether they execute.
func same(a, b *tree.File) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Mode.IsRegular() && b.Mode.IsRegular() && executable(a) == executable(b) && bytes.Equal(a.Data, b.Data)
}

func executable(f *tree.File) bool { return f.Mode&0o100 != 0 }

func (t triple) step(verb Verb, why string) Step {
	return Step{Path: t.path, Verb: verb, Why: why, To: t.path, Ours: t.ours}
}

func (s Step) named() Step {
	s.Named = true
	return s
}

func (t triple) write(verb Verb, why string, after tree.File) Step {
	s := t.step(verb, why).named()
	s.After = &after
	return s
}

// besideSuffix ends the name of the template's version of a file that stays.
const besideSuffix = ".scaffold-new"

func (t triple) beside(why string) Step {
	s := t.write(Conflict, why+"; the template's is in "+t.path+besideSuffix, *t.theirs)
	s.To = t.path + besideSuffix
	return s
}

func (t triple) once() Step {
	switch {
	case t.theirs.Origin == t.base.Origin:
		return t.step(Keep, "yours")
	case same(t.ours, t.base):
		return t.write(Update, "your answers chose another template", *t.theirs)
	}
	return t.beside("your answers chose another template, and you changed this one")
}

func (t triple) unmergeable() bool {
	for _, f := range []*tree.File{t.base, t.ours, t.theirs} {
		if f != nil && (len(f.Data) > maxMerge || merge.Binary(f.Data)) {
			return true
		}
	}
	return false
}

func (t triple) merged(base []byte) Step {
	r := merge.Merge(t.path, base, t.ours.Data, t.theirs.Data, t.options.Labels)
	after := *t.theirs
	after.Data, after.Mode = r.Content, t.mode()
	if r.Clean() {
		return t.write(Merge, fmt.Sprintf("your %d lines and the template's %d", r.Yours.Lines, r.Theirs.Lines), after)
	}
	why := fmt.Sprintf("%d of %d changes overlap yours", r.Theirs.Overlap, r.Theirs.Hunks)
	if t.base == nil {
		why = "you and the template both added it"
	}
	return t.write(Conflict, why, after)
}

// mode merges the executable bit: who changed it wins, and both can only have
// changed it to the same.
func (t triple) mode() fs.FileMode {
	if t.base != nil && executable(t.ours) == executable(t.base) {
		return t.theirs.Mode
	}
	return t.ours.Mode
}
