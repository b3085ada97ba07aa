package plan

import (
	"maps"
	"slices"
	"strings"

	"scaffold/generator/tree"
)

// A join is of files that another takes in, as the pack declares: by renames of
// several files to one path, or to that of a file which was there before.
type join struct {
	into   string
	from   []string // sorted
	edited []string // of these, what the user edited: if nothing, the table does all that is to be done
}

func (m *maker) findJoins() []join {
	from := map[string][]string{}
	for _, f := range without(m.base, m.theirs) {
		if to := m.declaredPath(f.Path); to != "" {
			from[to] = append(from[to], f.Path)
		}
	}
	var all []join
	for _, into := range slices.Sorted(maps.Keys(from)) {
		if len(from[into]) == 1 && find(m.base, into) == nil {
			continue // it is a move
		}
		unedited := func(path string) bool { return !m.hasEdit(path) }
		all = append(all, join{into, from[into], slices.DeleteFunc(slices.Clone(from[into]), unedited)})
	}
	return all
}

// declaredPath returns where the pack declares a file of base to be now, "" if nowhere.
func (m *maker) declaredPath(old string) (to string) {
	path := old
	for _, mv := range m.declared(old) {
		if renamed, ok := mv.apply(path); ok {
			path = renamed
		}
		if path != old && find(m.theirs, path) != nil {
			to = path
		}
	}
	return to
}

// declared returns the renames that a file of base has not been through.
func (m *maker) declared(path string) []Move {
	if m.options.Older != nil {
		if moves, older := m.options.Older(path); older {
			return moves
		}
	}
	return m.options.Declared
}

func (m *maker) hasEdit(path string) bool {
	ours := find(m.ours, path)
	return regular(ours) && !Untouched(ours, find(m.base, path))
}

// mergeJoins decides the steps of all joins: the files' texts, one after the other,
// are merged with the file that takes them in, because an edit would else stay in a
// file that nothing uses any more, or that defines everything twice.
func (m *maker) mergeJoins(joins []join) {
	for _, j := range joins {
		for _, path := range j.from {
			if find(m.ours, path) == nil {
				m.stuck[path] = stuckMove{move: move{path, j.into}}
			}
		}
	}
	for _, j := range joins {
		if len(j.edited) > 0 {
			m.mergeJoin(j)
		}
	}
	m.occupied = nil
}

func (m *maker) mergeJoin(j join) {
	t, waits, halfMerged := m.joinTexts(j)
	if halfMerged != "" {
		m.deferred[j.into] = halfMerged
	}
	if t == nil {
		for _, path := range j.from {
			m.stuck[path] = stuckMove{move: move{path, j.into}, deferred: waits}
		}
		return
	}
	s := t.decide()
	why := s.Why
	if s.After == nil { // nothing but the user's changes
		if !s.Named {
			why = ""
		}
		notes, settled := s.Notes, s.Settled
		s = t.write(Merge, "", *t.ours)
		s.Notes, s.Settled = notes, settled
	}
	s.Why = joinWhys("takes in your "+listed(j.edited), why)
	s.Ours = find(m.ours, j.into)
	m.joined[j.into] = s
	for _, path := range j.from {
		if ours := find(m.ours, path); regular(ours) {
			m.leaving[path] = Step{Path: path, To: path, Verb: Delete, Named: true, Ours: ours, Why: "joined into " + j.into}
			if s.To != j.into {
				m.leaving[path] = Step{Path: path, To: path, Verb: Keep, Named: true, Ours: ours, Why: "stays until the conflict about " + j.into + " is resolved"}
			}
		}
	}
}

// joinTexts returns the three texts of a join, or nil where the table has to decide
// about each file alone, because they cannot be written there. Waits says why that
// may pass, and halfMerged which file of the join has the markers of another merge.
func (m *maker) joinTexts(j join) (joined *triple, waits, halfMerged string) {
	t := m.triple(j.into)
	newcomer := t.base == nil && t.ours == nil && t.obstacle == nil
	switch {
	case m.options.Absent[j.into]:
		return nil, "is not checked out", ""
	case t.midMerge():
		return nil, MidMergeWhy, ""
	case m.nested(j.into) != "" || t.theirs.Once || t.place != j.into || !newcomer && (!regular(t.base) || !regular(t.ours)):
		return nil, "", ""
	}
	base, ours := *t.theirs, *t.theirs
	parts := slices.Clone(j.from)
	if !newcomer {
		base, ours = *t.base, *t.ours
		parts = append(parts, j.into)
	}
	base.Data, ours.Data = nil, nil
	for _, path := range inOrder(parts, m.base, t.theirs) {
		b, o := find(m.base, path), find(m.ours, path)
		switch {
		case m.options.Absent[path] || o == nil:
			continue
		case !regular(o) || m.nested(path) != "":
			return nil, "", ""
		case MidMerge(o, b) && m.unmerged(path):
			return nil, "waits for " + path, path
		}
		base.Data, ours.Data = appendText(base.Data, b.Data), appendText(ours.Data, o.Data)
	}
	t.base, t.ours = &base, &ours
	if t.unmergeable() {
		return nil, "", ""
	}
	return &t, "", ""
}

// inOrder sorts parts of a file by where it has their lines, the middle one of
// each, because texts in another order than the file's would be all conflict.
func inOrder(parts []string, base tree.Tree, whole *tree.File) []string {
	at := map[string]int{}
	for i, line := range lines(whole) {
		at[line] = i
	}
	middle := map[string]int{}
	for _, path := range parts {
		var found []int
		for _, line := range lines(find(base, path)) {
			if i, ok := at[line]; ok && strings.TrimSpace(line) != "" {
				found = append(found, i)
			}
		}
		slices.Sort(found)
		if middle[path] = len(at); len(found) > 0 {
			middle[path] = found[len(found)/2]
		}
	}
	slices.SortStableFunc(parts, func(a, b string) int { return middle[a] - middle[b] })
	return parts
}

func lines(f *tree.File) []string { return strings.Split(string(f.Data), "\n") }

// appendText puts a text after another, which must end in a line feed then.
func appendText(text, more []byte) []byte {
	if n := len(text); n > 0 && text[n-1] != '\n' {
		text = append(slices.Clip(text), '\n')
	}
	return append(slices.Clip(text), more...)
}

func listed(paths []string) string {
	switch n := len(paths); n {
	case 1:
		return paths[0]
	case 2:
		return paths[0] + " and " + paths[1]
	default:
		return paths[0] + " and " + count(n-1, "other")
	}
}
