package merge

import (
	"slices"

	"scaffold/generator/outline"
)

// mergeEntries merges the entries of a file by their keys: what one side added, changed
// or took out is so, and within an entry that both changed its lines are merged. It
// declines (ok is false) a file that has no outline, and a result that has another
// outline than was decided, or lines that nothing accounts for.
func (m *merger) mergeEntries(a attempt) (r Result, ok bool) {
	files, ok := m.readOutlines()
	if !ok {
		return r, false
	}
	e := entryMerger{merger: merger{name: m.name, style: m.style, labels: m.labels, asking: m.asking}}
	e.b, e.o, e.t = files.b, files.o, files.t
	e.base, e.ours, e.theirs = m.base.copy(), m.ours.copy(), m.theirs.copy()
	e.result = Result{Yours: countEdits(m.yours), Theirs: countEdits(m.template)}
	e.out.bom = mergeValue(m.base.bom, m.ours.bom, m.theirs.bom)
	root := e.mergeBoth(&files.b.Root, &files.o.Root, &files.t.Root)
	if e.torn || !e.addsUp() {
		return r, false
	}
	e.result.Settled = append(e.result.Settled, e.settledOf(m)...)
	r = e.finish()
	m.out, m.result = e.out, r
	return r, a.isBetter(r) && readsBack(m.name, r, root)
}

// An entryMerger merges texts from which it takes the commas between the entries that
// it merges.
type entryMerger struct {
	merger
	b, o, t outline.File
	widened []string // lines that conflicts show though all files have them
	torn    bool     // a conflict has the end of an entry on one side alone
}

// outlines are those of three files.
type outlines struct {
	b, o, t outline.File
	ok      bool // all of them were read, and have entries of one kind
}

// readOutlines takes the three files apart once. It declines (ok is false) where one has
// no outline.
func (m *merger) readOutlines() (files *outlines, ok bool) {
	if m.outlines == nil {
		all := &outlines{ok: true}
		for _, f := range []struct {
			text *text
			file *outline.File
		}{{m.base, &all.b}, {m.ours, &all.o}, {m.theirs, &all.t}} {
			if *f.file, all.ok = outline.Read(m.name, f.text.lines); !all.ok {
				break
			}
		}
		all.ok = all.ok && all.b.Documents == all.o.Documents && all.b.Documents == all.t.Documents
		m.outlines = all
	}
	return m.outlines, m.outlines.ok
}

// copy returns a text of which lines can be changed.
func (t *text) copy() *text {
	return &text{lines: slices.Clone(t.lines), ends: t.ends, bom: t.bom}
}

// mergeEntry merges an entry that at least one side has; nil stands for none.
func (e *entryMerger) mergeEntry(b, o, t *outline.Entry) decided {
	switch {
	case o != nil && t != nil && equalSpans(e.ours, spanOf(o), e.theirs, spanOf(t)):
		e.writeAgreed(o.Lead.Start, t.Lead.Start, spanOf(o).Len())
		return decidedFor(o)
	case b == nil && t == nil, b != nil && t != nil && o != nil && equalSpans(e.base, spanOf(b), e.theirs, spanOf(t)):
		e.writeOneSide(e.ours, spanOf(o), e.style.theirs)
		return decidedFor(o)
	case b == nil && o == nil, b != nil && o != nil && t != nil && equalSpans(e.base, spanOf(b), e.ours, spanOf(o)):
		e.writeOneSide(e.theirs, spanOf(t), e.style.ours)
		return decidedFor(t)
	case o == nil:
		return e.writeClash(list1(b), nil, list1(t))
	case t == nil:
		return e.writeClash(list1(b), list1(o), nil)
	case b == nil: // both added it, and what one wrote and the other did not is no choice of either
		e.mergeLines(span{}, spanOf(o), spanOf(t))
		return decided{key: o.Key, open: true}
	}
	return e.mergeBoth(b, o, t)
}

func list1(x *outline.Entry) []outline.Entry { return []outline.Entry{*x} }

// spanOf returns all lines of an entry.
func spanOf(x *outline.Entry) span { return span(x.Span()) }

func equalSpans(a *text, s span, b *text, z span) bool {
	return slices.Equal(a.lines[s.Start:s.End], b.lines[z.Start:z.End])
}

// mergeBoth merges an entry that both sides have. Where it has entries in all files,
// these are merged; else its lines are.
func (e *entryMerger) mergeBoth(b, o, t *outline.Entry) decided {
	e.liftLead(b, o, t)
	e.mergeLines(span(b.Lead), span(o.Lead), span(t.Lead))
	places, ok := e.orderEntries(b, o, t)
	if !ok {
		e.mergeLines(span{b.Head.Start, b.Tail.End}, span{o.Head.Start, o.Tail.End}, span{t.Head.Start, t.Tail.End})
		return decided{key: o.Key, open: true}
	}
	e.mergeLines(span(b.Head), span(o.Head), span(t.Head))
	if o.Commas {
		e.setCommas(e.base, b.Entries, false)
		e.setCommas(e.ours, o.Entries, false)
		e.setCommas(e.theirs, t.Entries, false)
	}
	d := decided{key: o.Key}
	var ends []lastLines
	for _, x := range places {
		from := len(e.out.lines)
		if x.clash {
			if o.Commas {
				e.setCommas(e.ours, butLast(x.ours), true)
				e.setCommas(e.theirs, butLast(x.theirs), true)
			}
			d.entries = append(d.entries, e.writeClash(x.base, x.ours, x.theirs))
		} else {
			d.entries = append(d.entries, e.mergeEntry(x.b, x.o, x.t))
		}
		if o.Commas && len(e.out.lines) > from {
			ends = append(ends, e.lastLinesFrom(from))
		}
	}
	if o.Commas {
		e.writeCommas(ends, mergeValue(b.Trailing, o.Trailing, t.Trailing))
	}
	e.mergeLines(span(b.Tail), span(o.Tail), span(t.Tail))
	return d
}

// liftLead puts into the head what all three have above their first entries, if these
// are not the same: it is about all of them, or the one above which it stood in base.
func (e *entryMerger) liftLead(b, o, t *outline.Entry) {
	if b.IsLeaf() || o.IsLeaf() || t.IsLeaf() {
		return
	}
	x, y, z := &b.Entries[0], &o.Entries[0], &t.Entries[0]
	if x.Key == y.Key && x.Key == z.Key {
		return
	}
	n := 0
	for i := range min(x.Lead.Len(), y.Lead.Len(), z.Lead.Len()) {
		l := e.ours.lines[y.Lead.Start+i]
		if l != e.base.lines[x.Lead.Start+i] || l != e.theirs.lines[z.Lead.Start+i] {
			break
		}
		if !blank(l) { // because blank lines go with what is first
			n = i + 1
		}
	}
	for _, of := range []*outline.Entry{b, o, t} {
		of.Head.End += n
		of.Entries[0].Lead.Start += n
	}
}

// setCommas puts commas behind entries of a file, or takes them away.
func (e *entryMerger) setCommas(t *text, entries []outline.Entry, has bool) {
	for i := range entries {
		last := entries[i].Tail.End - 1
		t.lines[last] = e.o.Comma(t.lines[last], has)
	}
}

func butLast(entries []outline.Entry) []outline.Entry { return entries[:max(0, len(entries)-1)] }

// The lastLines of an entry are where it ends in the result: in base, ours and theirs, as
// the conflict shows them with which it ends. It is noLine where one has no lines there.
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
	e.widened = append(e.widened, line)
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
func (e *entryMerger) writeClash(b, o, t []outline.Entry) decided {
	r := region{base: cover(b), ours: cover(o), theirs: cover(t), yours: 1, template: 1}
	r.entry = len(b) == 1 && len(t) == 1 && b[0].Key == t[0].Key
	if e.decide(r, nil, nil) {
		return decided{open: true, clash: true}
	}
	e.writeConflict(r)
	return decided{clash: true, ours: decidedForAll(o), theirs: decidedForAll(t)}
}

// cover is the lines of entries that follow each other.
func cover(entries []outline.Entry) span {
	if len(entries) == 0 {
		return span{}
	}
	return span{entries[0].Lead.Start, entries[len(entries)-1].Tail.End}
}

// mergeLines merges a part of an entry by its lines.
func (e *entryMerger) mergeLines(b, o, t span) {
	if equalSpans(e.ours, o, e.theirs, t) && equalSpans(e.ours, o, e.base, b) {
		e.writeUnchanged(region{base: b, ours: o, theirs: t})
		return
	}
	part := merger{
		name: e.name, style: e.style, labels: e.labels, asking: e.asking,
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
	for _, r := range part.touched {
		r.base, r.ours, r.theirs = r.base.shift(b.Start), r.ours.shift(o.Start), r.theirs.shift(t.Start)
		e.touched = append(e.touched, r)
	}
	e.result.Yours.Overlap += part.result.Yours.Overlap
	e.result.Theirs.Overlap += part.result.Theirs.Overlap
}

func (t *text) part(s span) *text {
	return &text{lines: t.lines[s.Start:s.End], ends: t.ends[s.Start:s.End]}
}

func (s span) shift(n int) span { return span{s.Start + n, s.End + n} }

// settledOf returns the conflicts that lines have and that are not left whole.
func (e *entryMerger) settledOf(m *merger) (settled []Settled) {
	byLine := merger{base: m.base, ours: m.ours, theirs: m.theirs, yours: m.yours, template: m.template, style: m.style, labels: m.labels}
	byLine.write(nil)
	for _, r := range byLine.touched {
		if !slices.ContainsFunc(e.touched, func(left region) bool { return left.covers(r) }) {
			settled = append(settled, Settled{
				Step: stepKey,
				Base: m.base.part(r.base).lines, Ours: m.ours.part(r.ours).lines, Theirs: m.theirs.part(r.theirs).lines,
			})
		}
	}
	if len(byLine.touched) == 0 { // lines were clean, and wrong
		settled = append(settled, Settled{Step: stepKey})
	}
	return settled
}

// stepKey is the name of this step.
const stepKey = "key"

// covers reports whether a region shows all that another shows of the sides.
func (r region) covers(other region) bool {
	return r.ours.covers(other.ours) && r.theirs.covers(other.theirs)
}

func (s span) covers(other span) bool {
	return other.Len() == 0 || s.Start <= other.Start && other.End <= s.End
}

// addsUp reports whether the lines outside of conflicts are as many as the sides account
// for: a line is not lost that one side alone has, and none comes twice because it
// was found at two places, such as a comment that leads another entry on each side.
func (e *entryMerger) addsUp() bool {
	const base, ours, theirs, merged = 0, 1, 2, 3
	count := lineCount{of: make(map[string]*[4]int), comma: e.o.Comma}
	count.add(base, 1, e.base.lines)
	count.add(ours, 1, e.ours.lines)
	count.add(theirs, 1, e.theirs.lines)
	count.add(merged, 1, e.out.lines)
	for _, c := range e.result.Conflicts {
		count.add(merged, -1, e.out.lines[c.Line-1:c.Line+c.Ours+c.Base+c.Theirs+3])
	}
	for _, n := range count.of { // of what a rule decided too, though it may leave out what a side has
		if n[merged] > max(n[ours], n[theirs], n[ours]+n[theirs]-n[base]) {
			return false
		}
	}
	for _, r := range e.touched {
		count.add(base, -1, e.base.part(r.base).lines)
		count.add(ours, -1, e.ours.part(r.ours).lines)
		count.add(theirs, -1, e.theirs.part(r.theirs).lines)
	}
	for _, file := range []int{base, ours, theirs} {
		count.add(file, -1, e.widened)
	}
	for _, s := range e.result.Settled {
		count.add(merged, -1, s.Lines)
	}
	for _, n := range count.of {
		if !accounts(n[base], n[ours], n[theirs], n[merged]) {
			return false
		}
	}
	return true
}

// A lineCount is how often each line stands in base, ours, theirs and the result, but for
// blank lines and the comma at the end.
type lineCount struct {
	of    map[string]*[4]int
	comma func(line string, has bool) string
}

func (c lineCount) add(file, by int, lines []string) {
	for _, l := range lines {
		if c.comma != nil {
			l = c.comma(l, false)
		}
		if blank(l) {
			continue
		}
		n := c.of[l]
		if n == nil {
			n = new([4]int)
			c.of[l] = n
		}
		n[file] += by
	}
}

// accounts reports whether n is how often a line may stand in a merge of files that have
// it b, o and t times.
func accounts(b, o, t, n int) bool {
	least := o + t - b
	if b <= 0 && (o <= 0 || t <= 0) {
		return n == max(o, t)
	}
	switch {
	case o >= b && t >= b:
		least = min(o, t)
	case o == b, t == b: // what one side deleted, and the other left alone, is gone
		return n == min(o, t)
	}
	return least <= n && n <= max(o, t, o+t-b)
}

// A decided entry is what the outline of a merged file must have, or it was not read
// as it was meant.
type decided struct {
	key     string
	open    bool // it was merged by lines, so that its entries are not known
	entries []decided
	// A clash has no key. It is the entries of either side.
	clash        bool
	ours, theirs []decided
}

func decidedFor(x *outline.Entry) decided {
	return decided{key: x.Key, entries: decidedForAll(x.Entries)}
}

func decidedForAll(entries []outline.Entry) []decided {
	var all []decided
	for i := range entries {
		all = append(all, decidedFor(&entries[i]))
	}
	return all
}

// readsBack reports whether the outline of a result is what was decided, whichever side
// is chosen where it conflicts.
func readsBack(name string, r Result, root decided) bool {
	for _, mine := range []bool{true, false} {
		t := parse(r.Resolve(mine))
		f, ok := outline.Read(name, t.lines)
		if !ok || !root.matches(&f.Root, mine) {
			return false
		}
		if r.Clean() {
			break
		}
	}
	return true
}

func (d *decided) matches(x *outline.Entry, mine bool) bool {
	if d.open {
		return true
	}
	n := 0
	match := func(d *decided) bool {
		n++
		return n <= len(x.Entries) && x.Entries[n-1].Key == d.key && d.matches(&x.Entries[n-1], mine)
	}
	for i := range d.entries {
		each := d.entries[i : i+1]
		if d.entries[i].clash {
			if d.entries[i].open {
				return true
			}
			if each = d.entries[i].theirs; mine {
				each = d.entries[i].ours
			}
		}
		for k := range each {
			if !match(&each[k]) {
				return false
			}
		}
	}
	return n == len(x.Entries)
}
