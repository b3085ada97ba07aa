package merge

// Lines merges by lines alone.
func Lines(base, ours, theirs []byte, l Labels) Result {
	b, o, t := parse(base), parse(ours), parse(theirs)
	return mergeLines(&b, &o, &t, l, nil)
}

// mergeLines merges by lines. apart, which may be nil, chooses lines of base at
// which the sides' edits are a conflict though only one side has any.
func mergeLines(b, o, t *text, l Labels, apart func(yours, template []Edit) []Span) Result {
	ids, n := intern(b.lines, o.lines, t.lines)
	yours, exactOurs := diff(ids[0], ids[1], n)
	template, exactTheirs := diff(ids[0], ids[2], n)
	m := merger{
		base: b, ours: o, theirs: t,
		style:  newStyle(b, o, t),
		labels: l,
	}
	m.result.Yours, m.result.Theirs = count(yours), count(template)
	if !exactOurs || !exactTheirs {
		m.result.Note = noteCoarse
	}
	m.out.bom = three(b.bom, o.bom, t.bom)
	var forced []Span
	if apart != nil {
		forced = apart(yours, template)
	}
	for _, r := range regions(yours, template, forced, len(b.lines)) {
		m.merge(r)
	}
	m.result.open = !three(b.closed(), o.closed(), t.closed())
	m.result.Content = m.out.bytes(m.style.end(), !m.result.open || m.endsInMarker())
	return m.result
}

// endsInMarker reports whether a marker stands last: it is always a whole line.
func (m *merger) endsInMarker() bool {
	if m.result.Clean() {
		return false
	}
	c := m.result.Conflicts[len(m.result.Conflicts)-1]
	return c.Line+c.Ours+c.Base+c.Theirs+3 == len(m.out.lines)
}

func count(edits []Edit) Change {
	c := Change{Hunks: len(edits)}
	for _, e := range edits {
		c.Lines += e.size()
	}
	return c
}

// A merger writes the regions of one file.
type merger struct {
	base, ours, theirs *text
	style              style
	labels             Labels
	out                text
	result             Result
}

func (m *merger) merge(r region) {
	switch {
	case r.forced:
		m.both(r)
	case r.yours == 0 && r.template == 0:
		m.unchanged(r)
	case r.template == 0:
		m.alone(m.ours, r.ours, m.style.theirs)
	case r.yours == 0:
		m.alone(m.theirs, r.theirs, m.style.ours)
	default:
		m.both(r)
	}
}

// unchanged writes lines that all three have; even so a line's ending may
// have changed.
func (m *merger) unchanged(r region) {
	for i := range r.base.Len() {
		m.out.add(m.ours.lines[r.ours.Start+i], three(
			m.base.ends[r.base.Start+i],
			m.ours.ends[r.ours.Start+i],
			m.theirs.ends[r.theirs.Start+i]))
	}
}

// alone writes lines that only one side has; other is the style of the other.
func (m *merger) alone(t *text, s Span, other ending) {
	for i := s.Start; i < s.End; i++ {
		m.out.add(t.lines[i], m.style.alone(t.ends[i], other))
	}
}

// both writes what both sides changed. The lines with which both begin or end
// are agreed; a conflict is what is left between.
func (m *merger) both(r region) {
	o, t := r.ours, r.theirs
	head, tail := 0, 0
	for head < min(o.Len(), t.Len()) && m.same(o.Start+head, t.Start+head) {
		head++
	}
	for tail < min(o.Len(), t.Len())-head && m.same(o.End-1-tail, t.End-1-tail) {
		tail++
	}
	m.agreed(o.Start, t.Start, head)
	r.ours, r.theirs = Span{o.Start + head, o.End - tail}, Span{t.Start + head, t.End - tail}
	if r.ours.Len()+r.theirs.Len() > 0 {
		m.conflict(r)
	}
	m.agreed(o.End-tail, t.End-tail, tail)
}

func (m *merger) same(i, j int) bool { return m.ours.lines[i] == m.theirs.lines[j] }

// agreed writes n lines that both sides have, from i in ours and j in theirs.
func (m *merger) agreed(i, j, n int) {
	for k := range n {
		m.out.add(m.ours.lines[i+k], m.style.shared(m.ours.ends[i+k], m.theirs.ends[j+k]))
	}
}

func (m *merger) conflict(r region) {
	end := m.style.end()
	m.result.Yours.Overlap += r.yours
	m.result.Theirs.Overlap += r.template
	m.result.Conflicts = append(m.result.Conflicts, Conflict{
		Line: len(m.out.lines) + 1,
		Ours: r.ours.Len(), Base: r.base.Len(), Theirs: r.theirs.Len(),
	})
	m.out.add(m.labels.ours(), end)
	m.alone(m.ours, r.ours, m.style.theirs)
	m.out.add(m.labels.base(), end)
	for _, line := range m.base.lines[r.base.Start:r.base.End] {
		m.out.add(line, end)
	}
	m.out.add(separator, end)
	m.alone(m.theirs, r.theirs, m.style.ours)
	m.out.add(m.labels.theirs(), end)
}
