package merge

import (
	"path"
	"slices"
)

// A Result is a merged file.
type Result struct {
	// Content is the merged file, with markers where Conflicts says so.
	Content []byte
	// Conflicts are in the order of Content. Without any, the merge is clean.
	Conflicts []Conflict
	// Yours and Theirs are what either side changed against base.
	Yours, Theirs Change
	// Note is what a report should add about this file; often nothing.
	Note string
	// Notes are what was chosen between in a go.mod, or could not be.
	Notes []string

	open bool // the last line would have no newline, were it no marker
}

// Clean reports whether nothing is left for the user to decide.
func (r Result) Clean() bool { return len(r.Conflicts) == 0 }

// Resolve returns the file with all conflicts settled for one side: the user's
// if mine, else the template's. What did not conflict stays merged.
func (r Result) Resolve(mine bool) []byte {
	if r.Clean() {
		return r.Content
	}
	t := parse(r.Content)
	out := text{bom: t.bom}
	at := 0
	keep := func(from, to int) {
		out.lines = append(out.lines, t.lines[from:to]...)
		out.ends = append(out.ends, t.ends[from:to]...)
	}
	for _, c := range r.Conflicts {
		marker := c.Line - 1
		base := marker + 1 + c.Ours
		theirs := base + 1 + c.Base + 1
		end := theirs + c.Theirs
		keep(at, marker)
		if mine {
			keep(marker+1, base)
		} else {
			keep(theirs, end)
		}
		at = end + 1
	}
	keep(at, len(t.lines))
	return out.bytes(lf, !r.open)
}

// A Change is how much one side changed.
type Change struct {
	Hunks   int // runs of changed lines
	Lines   int // in each hunk, the lines removed or added, whichever are more
	Overlap int // the hunks that are in a conflict
}

// A Conflict is a place where both sides changed the same lines, or lines that
// touch, and not alike.
type Conflict struct {
	Line               int // of its first marker in Content, counted from 1
	Ours, Base, Theirs int // how many lines it shows of each
}

// Notes say what a reader could not guess from the merged file.
const (
	noteCoarse = "too repetitive to compare line by line"
	noteGoMod  = "merged by requirement: review, then go mod tidy"
	noteGoSum  = "merged by checksum: review, then go mod tidy"
)

// Merge merges the file at name, a slash-separated path of which the last
// element counts: where the lines of a go.mod or go.sum conflict, it is merged
// by what it says. All else is as in Lines.
func Merge(name string, base, ours, theirs []byte, l Labels) Result {
	b, o, t := parse(base), parse(ours), parse(theirs)
	r := mergeLines(&b, &o, &t, l, nil)
	switch path.Base(name) {
	case "go.mod":
		return goMod(&b, &o, &t, l, r)
	case "go.sum":
		return goSum(&b, &o, &t, l, r)
	}
	return r
}

// settled is a merge of the same lines of which nothing is left to decide.
func (r Result) settled(content []byte, note string, notes []string) Result {
	r.Content, r.Conflicts, r.Note, r.Notes = content, nil, note, notes
	r.Yours.Overlap, r.Theirs.Overlap = 0, 0
	return r
}

// apart makes a conflict of every change, so that either side of all conflicts is
// that side's file: for lines that merge clean but do not go together.
func apart(base, ours, theirs *text, l Labels) Result {
	return mergeLines(base, ours, theirs, l, func(yours, template []Edit) []Span {
		var all []Span
		for _, e := range slices.Concat(yours, template) {
			all = append(all, e.Old)
		}
		return all
	})
}
