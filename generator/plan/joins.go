package plan

import (
	"maps"
	"slices"
	"strings"

	"scaffold/generator/tree"
)

// A joint is a file that takes in others, as the pack declares: by renames of
// several files to one path, or to that of a file which was there before.
type joint struct {
	into string
	from []string // sorted
}

// joins finds the joints that matter: where none of the files that went was
// edited, the table does all that is to be done.
func (m *maker) joins() []joint {
	from := map[string][]string{}
	for _, f := range without(m.base, m.theirs) {
		if to := m.renamed(f.Path); to != "" {
			from[to] = append(from[to], f.Path)
		}
	}
	var all []joint
	for _, into := range slices.Sorted(maps.Keys(from)) {
		if len(from[into]) == 1 && find(m.base, into) == nil {
			continue // it is a move
		}
		for _, path := range from[into] {
			if find(m.ours, path) == nil {
				m.stuck[path] = stuckMove{move: move{path, into}}
			}
		}
		if slices.ContainsFunc(from[into], m.hasEdit) {
			all = append(all, joint{into, from[into]})
		}
	}
	return all
}

// renamed returns where the pack declares a file of base to be now, "" if nowhere.
func (m *maker) renamed(old string) (to string) {
	path := old
	for _, mv := range m.options.Moved {
		if renamed, ok := mv.apply(path); ok {
			path = renamed
		}
		if path != old && find(m.theirs, path) != nil {
			to = path
		}
	}
	return to
}

func (m *maker) hasEdit(path string) bool {
	ours := find(m.ours, path)
	return regular(ours) && !Untouched(ours, find(m.base, path))
}

// mergeJoints decides the steps of all joints: the files' texts, one after the
// other, are merged with the file that took them in, because an edit would else
// stay in a file that nothing uses any more, or that defines everything twice.
func (m *maker) mergeJoints(joins []joint) {
	for _, j := range joins {
		t, deferred := m.textsOf(j)
		if t == nil {
			for _, path := range j.from {
				m.stuck[path] = stuckMove{move: move{path, j.into}, deferred: deferred}
			}
			continue
		}
		here := t.decide()
		why := here.Why
		if here.After == nil { // nothing but the user's changes
			if !here.Named {
				why = ""
			}
			here = t.write(Merge, "", *t.ours)
		}
		edited := slices.DeleteFunc(slices.Clone(j.from), func(path string) bool { return !m.hasEdit(path) })
		here.Why = join("takes in your "+listed(edited), why)
		here.Ours = find(m.ours, j.into)
		m.took[j.into] = here
		for _, path := range j.from {
			if ours := find(m.ours, path); regular(ours) {
				m.away[path] = Step{Path: path, To: path, Verb: Delete, Named: true, Ours: ours, Why: "joined into " + j.into}
				if here.To != j.into {
					m.away[path] = Step{Path: path, To: path, Verb: Keep, Named: true, Ours: ours, Why: "stays until the conflict about " + j.into + " is resolved"}
				}
			}
		}
	}
	m.occupied = nil
}

// textsOf returns the three texts of a joint, or nil where the table has to decide
// about each file alone, because they cannot be written there; deferred says why that
// may pass.
func (m *maker) textsOf(j joint) (joined *triple, deferred string) {
	t := m.triple(j.into)
	newcomer := t.base == nil && t.ours == nil && t.obstacle == nil
	switch {
	case m.options.Absent[j.into]:
		return nil, "is not checked out"
	case t.midMerge():
		return nil, MidMergeWhy
	case m.nested(j.into) != "" || t.theirs.Once || t.place != j.into || !newcomer && (!regular(t.base) || !regular(t.ours)):
		return nil, ""
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
			return nil, ""
		case MidMerge(o, b) && m.unmerged(path):
			m.deferred[j.into] = path
			return nil, "waits for " + path
		}
		base.Data, ours.Data = appendText(base.Data, b.Data), appendText(ours.Data, o.Data)
	}
	t.base, t.ours = &base, &ours
	if t.unmergeable() {
		return nil, ""
	}
	return &t, ""
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
