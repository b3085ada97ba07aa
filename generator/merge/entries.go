package merge

import (
	"slices"

	"scaffold/generator/outline"
)

// mergeEntries merges the entries of a file by their keys: what one side added, changed
// or took out is so, and within an entry that both changed its lines are merged. It
// declines (ok is false) a file that has no outline.
func (m *merger) mergeEntries() (r Result, ok bool) {
	e := entryMerger{merger: merger{name: m.name, style: m.style, labels: m.labels, steps: m.steps}}
	e.base, e.b, ok = readOutline(m.name, m.base)
	if ok {
		e.ours, e.o, ok = readOutline(m.name, m.ours)
	}
	if ok {
		e.theirs, e.t, ok = readOutline(m.name, m.theirs)
	}
	if !ok {
		return r, false
	}
	e.result = Result{Yours: countEdits(m.yours), Theirs: countEdits(m.template)}
	e.out.bom = mergeValue(m.base.bom, m.ours.bom, m.theirs.bom)
	e.mergeBoth(&e.b.Root, &e.o.Root, &e.t.Root)
	for _, line := range e.joined {
		e.out.lines[line] = e.o.Join(e.out.lines[line])
	}
	e.result.Settled = append(e.result.Settled, Settled{Step: "key"})
	r = e.finish()
	m.out, m.result = e.out, r
	return r, true
}

// An entryMerger merges texts without the commas between their entries.
type entryMerger struct {
	merger
	b, o, t outline.File
	joined  []int // the lines of the result that get a comma
}

func readOutline(name string, t *text) (*text, outline.File, bool) {
	f, ok := outline.Read(name, t.lines)
	return &text{lines: f.Lines, ends: t.ends, bom: t.bom}, f, ok
}

// mergeEntry merges an entry that at least one side has; nil stands for none.
func (e *entryMerger) mergeEntry(b, o, t *outline.Entry) {
	switch {
	case o != nil && t != nil && equalSpans(e.ours, spanOf(o), e.theirs, spanOf(t)):
		e.writeAgreed(o.Lead.Start, t.Lead.Start, spanOf(o).Len())
	case b == nil && t == nil, b != nil && t != nil && o != nil && equalSpans(e.base, spanOf(b), e.theirs, spanOf(t)):
		e.writeOneSide(e.ours, spanOf(o), e.style.theirs)
	case b == nil && o == nil, b != nil && o != nil && t != nil && equalSpans(e.base, spanOf(b), e.ours, spanOf(o)):
		e.writeOneSide(e.theirs, spanOf(t), e.style.ours)
	case o == nil && t == nil,
		o == nil && equalSpans(e.base, spanOf(b), e.theirs, spanOf(t)),
		t == nil && equalSpans(e.base, spanOf(b), e.ours, spanOf(o)): // deleted
	case o == nil || t == nil:
		e.writeClash(spanOf(b), spanOf(o), spanOf(t))
	default:
		e.mergeBoth(b, o, t)
	}
}

// spanOf returns all lines of an entry; of none, none.
func spanOf(x *outline.Entry) span {
	if x == nil {
		return span{}
	}
	return span(x.Span())
}

func equalSpans(a *text, s span, b *text, z span) bool {
	return slices.Equal(a.lines[s.Start:s.End], b.lines[z.Start:z.End])
}

// mergeBoth merges an entry that both sides have. Where it has entries in all files,
// these are merged; else its lines are.
func (e *entryMerger) mergeBoth(b, o, t *outline.Entry) {
	if b == nil {
		e.mergeLines(span{}, spanOf(o), spanOf(t))
		return
	}
	list, ok := orderEntries(b, o, t)
	if !ok {
		e.mergeLines(spanOf(b), spanOf(o), spanOf(t))
		return
	}
	e.mergeLines(span(b.Lead), span(o.Lead), span(t.Lead))
	e.mergeLines(span(b.Head), span(o.Head), span(t.Head))
	for i, x := range list {
		from := len(e.out.lines)
		if x.clash {
			e.writeClash(x.base, x.ours, x.theirs)
		} else {
			e.mergeEntry(x.b, x.o, x.t)
		}
		if o.Commas && (i < len(list)-1 || mergeValue(b.Trailing, o.Trailing, t.Trailing)) {
			e.joinLast(from)
		}
	}
	e.mergeLines(span(b.Tail), span(o.Tail), span(t.Tail))
}

// joinLast puts a comma on the last line of what was written from a line on; of a
// conflict, on that of each side.
func (e *entryMerger) joinLast(from int) {
	end := len(e.out.lines)
	if end == from {
		return
	}
	if n := len(e.result.Conflicts); n > 0 {
		c := e.result.Conflicts[n-1]
		at := c.Line - 1 // of the first marker
		if at+c.Ours+c.Base+c.Theirs+4 == end {
			for _, side := range []int{c.Ours, c.Base, c.Theirs} {
				if at += side + 1; side > 0 {
					e.joined = append(e.joined, at-1)
				}
			}
			return
		}
	}
	e.joined = append(e.joined, end-1)
}

// writeClash writes what cannot be put together by keys.
func (e *entryMerger) writeClash(b, o, t span) {
	r := region{base: b, ours: o, theirs: t, yours: 1, template: 1}
	if !e.decide(r) {
		e.writeConflict(r)
	}
}

// mergeLines merges a part of an entry by its lines.
func (e *entryMerger) mergeLines(b, o, t span) {
	part := merger{
		name: e.name, style: e.style, labels: e.labels, steps: e.steps,
		base: e.base.part(b), ours: e.ours.part(o), theirs: e.theirs.part(t),
	}
	part.compare()
	part.write(nil)
	from := len(e.out.lines)
	e.out.lines, e.out.ends = append(e.out.lines, part.out.lines...), append(e.out.ends, part.out.ends...)
	for _, c := range part.result.Conflicts {
		c.Line += from
		e.result.Conflicts = append(e.result.Conflicts, c)
	}
	for _, s := range part.result.Settled {
		s.Line += from
		e.result.Settled = append(e.result.Settled, s)
	}
	e.result.Yours.Overlap += part.result.Yours.Overlap
	e.result.Theirs.Overlap += part.result.Theirs.Overlap
}

func (t *text) part(s span) *text {
	return &text{lines: t.lines[s.Start:s.End], ends: t.ends[s.Start:s.End]}
}
