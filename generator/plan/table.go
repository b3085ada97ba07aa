package plan

import (
	"bytes"
	"slices"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// A triple is one path in the three trees; nil where it is absent.
type triple struct {
	path               string
	base, ours, theirs *tree.File
	maker              *maker
	place              string    // where ours is, or would be: path, or where the user moved it
	from               string    // the path in base, if the template moved it
	in                 *obstacle // the way of what would be written; nil for nothing
}

// maxMerge is the largest file that is merged line by line, in bytes.
const maxMerge = 8 << 20

// rows is the decision table: B = base, O = ours, T = theirs; ∅ = absent. The
// first row that matches decides.
var rows = []struct {
	when, action string
	matches      func(triple) bool
	do           func(triple) Step
}{
	{"B, O=∅, T=∅", "forget",
		func(t triple) bool { return t.ours == nil && t.theirs == nil },
		triple.forget},
	{"O = T", "keep; adopt into the base",
		func(t triple) bool { return Same(t.ours, t.theirs) || PointerTo(t.theirs, t.ours) },
		func(t triple) Step { return t.step(Keep, "") }},
	{"O has the conflict markers of another merge, which git has not seen resolved", "conflict: named; nothing is merged into it, and B stays",
		triple.midMerge,
		triple.marked},
	{"T = B, B present", "keep: yours (also a deletion)",
		func(t triple) bool { return t.base != nil && Same(t.theirs, t.base) },
		func(t triple) Step { return t.step(Keep, "yours") }},
	{"once, B present, O ≠ B, or a once-file that belongs with it was edited", "keep: yours (an untouched once-file is updated like any other). Import lines of a changed module are still merged. If an answer chose another template file for the path: conflict, T beside",
		func(t triple) bool {
			return t.base != nil && t.theirs != nil && t.theirs.Once && (!Untouched(t.ours, t.base) || t.editedWith() != "")
		},
		triple.once},
	{"O or a parent folder is not what it should be (symlink, folder, device)", "conflict: type change; never followed, never replaced",
		func(t triple) bool { return t.theirs != nil && t.in != nil },
		triple.blocked},
	{"B, O=∅, T", "stays deleted; named, since the template changed it (scaffold restore FILE brings it)",
		func(t triple) bool { return t.base != nil && t.ours == nil },
		func(t triple) Step { return t.gone("the template changed it") }},
	{"O = B, T", "update",
		func(t triple) bool {
			return t.base != nil && t.theirs != nil && (Same(t.ours, t.base) || PointerTo(t.base, t.ours))
		},
		triple.update},
	{"O = B, T=∅", "delete, and the parents that we made if empty",
		func(t triple) bool { return t.theirs == nil && Untouched(t.ours, t.base) },
		func(t triple) Step { return t.step(Delete, "").named() }},
	{"B, O, T=∅", "keep; leaves our care; named",
		func(t triple) bool { return t.theirs == nil },
		triple.dropped},
	{"B=∅, O=∅, T", "create",
		func(t triple) bool { return t.base == nil && t.ours == nil },
		func(t triple) Step { return t.write(Create, "", *t.theirs) }},
	{"B=∅, O, T", "conflict: add/add (text: markers against an empty base)",
		func(t triple) bool { return t.base == nil },
		triple.addAdd},
	{"binary (NUL in the first 8,000 bytes) or over 8 MiB", "conflict: O stays, T beside",
		func(t triple) bool { return t.clash() && t.unmergeable() },
		func(t triple) Step { return t.whole(Binary, "cannot be merged line by line") }},
	{"B, O, T", "merge; conflict where hunks overlap",
		func(triple) bool { return true },
		triple.merge},
}

func (t triple) decide() Step {
	for _, row := range rows {
		if row.matches(t) {
			return row.do(t)
		}
	}
	panic("plan: the last row matches everything")
}

// Same reports whether two files are alike: bytes, and whether they execute.
func Same(a, b *tree.File) bool {
	if a == nil || b == nil {
		return a == b
	}
	return regular(a) && regular(b) && executable(a) == executable(b) && bytes.Equal(a.Data, b.Data)
}

// midMerge reports whether ours is in the middle of a merge of somebody else's.
func (t triple) midMerge() bool {
	return MidMerge(t.ours, t.base, t.theirs) && (t.maker.unmerged(t.path) || t.maker.unmerged(t.place))
}

// MidMerge reports whether ours has the markers of a conflict that none of the
// pristine files has.
func MidMerge(ours *tree.File, pristine ...*tree.File) bool {
	if !regular(ours) || merge.Binary(ours.Data) {
		return false
	}
	n := merge.CountConflicts(ours.Data)
	return n > 0 && !slices.ContainsFunc(pristine, func(f *tree.File) bool { return f != nil && merge.CountConflicts(f.Data) >= n })
}

// Untouched reports whether ours is base, or what a checkout makes of it that
// writes the line ends of another system, or lacks Git LFS: then no line of it is
// the user's.
func Untouched(ours, base *tree.File) bool {
	if PointerTo(base, ours) {
		return true
	}
	if Same(ours, base) || ours == nil || base == nil || merge.Binary(ours.Data) {
		return Same(ours, base)
	}
	plain := *ours
	plain.Data = bytes.ReplaceAll(ours.Data, []byte("\r\n"), []byte("\n"))
	return Same(&plain, base)
}

func regular(f *tree.File) bool { return f != nil && f.Mode.IsRegular() }

func executable(f *tree.File) bool { return f.Mode&0o100 != 0 }

// clash reports whether both sides changed the bytes, and not alike.
func (t triple) clash() bool {
	return !bytes.Equal(t.ours.Data, t.theirs.Data) &&
		(t.base == nil || !bytes.Equal(t.base.Data, t.ours.Data) && !bytes.Equal(t.base.Data, t.theirs.Data))
}

func (t triple) unmergeable() bool {
	for _, f := range []*tree.File{t.base, t.ours, t.theirs} {
		if f != nil && (len(f.Data) > maxMerge || merge.Binary(f.Data)) {
			return true
		}
	}
	return false
}
