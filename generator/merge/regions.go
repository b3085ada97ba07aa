package merge

import (
	"cmp"
	"slices"
)

// A region is a stretch of base, and what stands in its place on each side.
// yours and template are the edits that either side made in it.
type region struct {
	base, ours, theirs Span
	yours, template    int
	forced             bool // a conflict whoever changed it
}

// regions cuts a base of n lines into regions; every other one, beginning with
// the first, is unchanged on both sides. Edits of the two sides that overlap or
// touch share a region: no line between them says in which order they belong.
// So do edits and the lines of base that are forced to be a conflict.
func regions(yours, template []Edit, forced []Span, n int) []region {
	o, t, f := cursor{edits: yours}, cursor{edits: template}, cursor{edits: unchanged(forced)}
	var all []region
	for at := 0; ; {
		next := min(o.start(n), t.start(n), f.start(n))
		all = append(all, region{
			base:   Span{at, next},
			ours:   Span{at + o.shift, next + o.shift},
			theirs: Span{at + t.shift, next + t.shift},
		})
		if len(o.edits)+len(t.edits)+len(f.edits) == 0 {
			return all
		}
		r := region{
			base:   Span{next, next},
			ours:   Span{Start: next + o.shift},
			theirs: Span{Start: next + t.shift},
		}
		for taken := true; taken; {
			switch {
			case o.take(&r.base):
				r.yours++
			case t.take(&r.base):
				r.template++
			case f.take(&r.base):
				r.forced = true
			default:
				taken = false
			}
		}
		at = r.base.End
		r.ours.End, r.theirs.End = at+o.shift, at+t.shift
		all = append(all, r)
	}
}

// unchanged is edits at spans, in order, that leave them as they are.
func unchanged(spans []Span) []Edit {
	var edits []Edit
	for _, s := range spans {
		edits = append(edits, Edit{s, s})
	}
	slices.SortFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Old.Start, b.Old.Start) })
	return edits
}

// A cursor goes through the edits of one side.
type cursor struct {
	edits []Edit // those not yet in a region
	shift int    // how many lines those before them added
}

// start is where the next edit begins in base, or n after the last.
func (c *cursor) start(n int) int {
	if len(c.edits) == 0 {
		return n
	}
	return c.edits[0].Old.Start
}

// take adds the next edit to a region of base if it overlaps or touches it.
func (c *cursor) take(base *Span) bool {
	if len(c.edits) == 0 || c.edits[0].Old.Start > base.End {
		return false
	}
	e := c.edits[0]
	base.End = max(base.End, e.Old.End)
	c.shift = e.New.End - e.Old.End
	c.edits = c.edits[1:]
	return true
}
