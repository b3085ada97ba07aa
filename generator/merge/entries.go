package merge

import (
	"slices"

	"scaffold/generator/outline"
)

// mergeEntries merges the entries of a file by their keys: what one side added, changed
// or took out is so, and within an entry that both changed its lines are merged. It
// declines (ok is false) a file that has no outline.
func (m *merger) mergeEntries() (r Result, ok bool) {
	e := entryMerger{merger: merger{name: m.name, style: m.style, labels: m.labels, steps: m.steps, added: m.added}}
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
	if e.torn {
		return r, false
	}
	e.result.Settled = append(e.result.Settled, Settled{Step: "key"})
	r = e.finish()
	m.out, m.result = e.out, r
	return r, true
}

// An entryMerger merges texts from which it takes the commas between the entries that
// it merges.
type entryMerger struct {
	merger
	b, o, t outline.File
	torn    bool // a conflict has the end of an entry on one side alone
}

func readOutline(name string, t *text) (*text, outline.File, bool) {
	f, ok := outline.Read(name, t.lines)
	return &text{lines: slices.Clone(f.Lines), ends: t.ends, bom: t.bom}, f, ok
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
	if o.Commas {
		e.setCommas(e.base, b.Entries, false)
		e.setCommas(e.ours, o.Entries, false)
		e.setCommas(e.theirs, t.Entries, false)
	}
	var ends []lastLines
	for _, x := range list {
		from := len(e.out.lines)
		if x.clash {
			if o.Commas {
				e.setCommas(e.ours, within(o.Entries, x.ours), true)
				e.setCommas(e.theirs, within(t.Entries, x.theirs), true)
			}
			e.writeClash(x.base, x.ours, x.theirs)
		} else {
			e.mergeEntry(x.b, x.o, x.t)
		}
		if len(e.out.lines) > from {
			ends = append(ends, e.lastLinesFrom(from))
		}
	}
	if o.Commas {
		e.writeCommas(ends, mergeValue(b.Trailing, o.Trailing, t.Trailing))
	}
	e.mergeLines(span(b.Tail), span(o.Tail), span(t.Tail))
}

// setCommas puts commas behind entries of a file, or takes them away.
func (e *entryMerger) setCommas(t *text, entries []outline.Entry, has bool) {
	for i := range entries {
		last := entries[i].Tail.End - 1
		t.lines[last] = e.o.Comma(t.lines[last], has)
	}
}

// within returns those of entries that have lines in s, but for the last.
func within(entries []outline.Entry, s span) []outline.Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(x outline.Entry) bool {
		return x.Lead.Start < s.Start || x.Tail.End >= s.End
	})
}

// The lastLines of an entry are its the last line of an entry in the result, for each side of the conflict
// with which the entry ends: of base, ours and theirs. It is noLine where a side has no
// lines there.
type lastLines [3]int

const noLine = -1

func (x lastLines) shared() bool { return x[1] == x[2] }

// lastLinesFrom finds how the entry ends that was written from a line on.
func (e *entryMerger) lastLinesFrom(from int) lastLines {
	end := len(e.out.lines)
	all := e.result.Conflicts
	if len(all) == 0 || all[len(all)-1].end() < end {
		return lastLines{end - 1, end - 1, end - 1}
	}
	c := all[len(all)-1]
	at := c.Line - 1
	e.torn = e.torn || at > from && (c.Ours == 0 || c.Theirs == 0)
	x := lastLines{at + c.Ours + 1 + c.Base, at + c.Ours, at + c.Ours + c.Base + 2 + c.Theirs}
	for side, n := range []int{c.Base, c.Ours, c.Theirs} {
		if n == 0 {
			x[side] = noLine
		}
	}
	return x
}

// end returns the line behind a conflict, counted from 0.
func (c Overlap) end() int { return c.Line + c.Ours + c.Base + c.Theirs + 3 }

// writeCommas writes the commas of a list, whichever side its conflicts are decided for.
func (e *entryMerger) writeCommas(ends []lastLines, trailing bool) {
	last := len(ends) - 1 // of those that both sides have
	var follows [3]bool
	for ; last >= 0 && !ends[last].shared(); last-- {
		for side, line := range ends[last] {
			follows[side] = follows[side] || line != noLine
		}
	}
	if last >= 0 && !trailing && follows[1] != follows[2] {
		e.widen(ends, last)
	}
	for side := range follows {
		has := trailing
		for _, x := range slices.Backward(ends) {
			if line := x[side]; line != noLine {
				e.out.lines[line] = e.o.Comma(e.out.lines[line], has)
				has = true
			}
		}
	}
}

// widen takes the last line that both sides have into the conflict behind it, because
// there is a comma after it on one side alone.
func (e *entryMerger) widen(ends []lastLines, last int) {
	at := ends[last][1]
	i := slices.IndexFunc(e.result.Conflicts, func(c Overlap) bool { return c.Line == at+2 })
	if i < 0 {
		e.torn = true
		return
	}
	c := &e.result.Conflicts[i]
	ends[last] = lastLines{at + c.Ours + 3, at + 1, at + c.Ours + c.Base + 5}
	line, end := e.out.lines[at], e.out.ends[at]
	e.out.lines[at], e.out.ends[at] = e.out.lines[at+1], e.out.ends[at+1]
	e.out.lines[at+1], e.out.ends[at+1] = line, end
	for _, x := range []int{ends[last][0], ends[last][2]} {
		e.out.lines, e.out.ends = slices.Insert(e.out.lines, x, line), slices.Insert(e.out.ends, x, end)
	}
	*c = Overlap{c.Line - 1, c.Ours + 1, c.Base + 1, c.Theirs + 1}
	e.moveDown(ends[last+1:], i+1, at)
}

// moveDown corrects what is known of lines behind a conflict that was widened by two
// lines: the first of the ends is its own.
func (e *entryMerger) moveDown(ends []lastLines, conflict, line int) {
	for i := range ends {
		for side, by := range []int{1, 0, 2} {
			if i > 0 {
				by = 2
			}
			if ends[i][side] != noLine {
				ends[i][side] += by
			}
		}
	}
	for i := range e.result.Conflicts[conflict:] {
		e.result.Conflicts[conflict+i].Line += 2
	}
	for i := range e.result.Settled {
		if s := &e.result.Settled[i]; s.Line > line+1 {
			s.Line += 2
		}
	}
}

// writeClash writes what cannot be put together by keys.
func (e *entryMerger) writeClash(b, o, t span) {
	r := region{base: b, ours: o, theirs: t, yours: 1, template: 1}
	if !e.decide(r, nil, nil) {
		e.writeConflict(r)
	}
}

// mergeLines merges a part of an entry by its lines.
func (e *entryMerger) mergeLines(b, o, t span) {
	part := merger{
		name: e.name, style: e.style, labels: e.labels, steps: e.steps, added: e.added,
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
