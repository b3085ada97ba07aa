package merge

// A group is a run of changed lines of one side, or the empty run between two
// unchanged lines. Both sides of a diff have the same number of groups, and
// the groups of the same rank belong together.
type group struct{ start, end int }

// slide moves each run of changes in s to where it reads best, as git does. A
// run that begins with the line that follows it can move down, and up likewise;
// an inserted function can so be said to begin with its own brace or with the
// one before it, and it matters that both diffs of a merge choose alike. A run
// goes down as far as it can, but stays beside a change of the other side o if
// it passes one.
func (d *differ) slide(s, o *side) {
	g, og := s.group(0), o.group(0)
	for {
		if g.end > g.start {
			d.settle(s, o, &g, &og)
		}
		if d.work < 0 || !s.forward(&g) {
			return
		}
		o.forward(&og)
	}
}

// settle slides one group. Sliding may join it to its neighbours, and the
// greater group may have more room.
func (d *differ) settle(s, o *side, g, og *group) {
	var top, beside int // where the group ends at most above; and last beside a change of o
	for size := -1; size != g.end-g.start && d.work >= 0; {
		size = g.end - g.start
		for s.up(g) && d.spend(1) {
			o.back(og)
		}
		top, beside = g.end, -1
		if og.end > og.start {
			beside = g.end
		}
		for s.down(g) && d.spend(1) {
			o.forward(og)
			if og.end > og.start {
				beside = g.end
			}
		}
	}
	if g.end == top || beside < 0 || d.work < 0 {
		return
	}
	for og.end == og.start {
		s.up(g)
		o.back(og)
	}
}

// group is the group that starts at i.
func (s *side) group(i int) group {
	r := s.run(i)
	return group{r.Start, r.End}
}

func (s *side) forward(g *group) bool {
	if g.end == len(s.ids) {
		return false
	}
	*g = s.group(g.end + 1)
	return true
}

func (s *side) back(g *group) bool {
	if g.start == 0 {
		return false
	}
	g.end = g.start - 1
	g.start = g.end
	s.joinAbove(g)
	return true
}

func (s *side) up(g *group) bool {
	if g.start == 0 || s.ids[g.start-1] != s.ids[g.end-1] {
		return false
	}
	g.start--
	g.end--
	s.changed[g.start], s.changed[g.end] = true, false
	s.joinAbove(g)
	return true
}

func (s *side) down(g *group) bool {
	if g.end == len(s.ids) || s.ids[g.start] != s.ids[g.end] {
		return false
	}
	s.changed[g.start], s.changed[g.end] = false, true
	g.start++
	g.end = s.run(g.end).End
	return true
}

func (s *side) joinAbove(g *group) {
	for g.start > 0 && s.changed[g.start-1] {
		g.start--
	}
}
