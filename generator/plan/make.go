package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"scaffold/generator/tree"
)

// Make decides for every path of the three trees, and names files of the user's
// that a move of the template leaves behind.
func Make(base, ours, theirs tree.Tree, o Options) Plan {
	m := newMaker(base, ours, theirs, o)
	p := Plan{Steps: make([]Step, 0, max(base.Len(), theirs.Len()))}
	for path := range tree.Paths(base, theirs) { // none is added for ours: what is only on disk is the user's
		p.Steps = append(p.Steps, m.steps(path)...)
	}
	if left := m.leftBehind(); len(left) > 0 {
		p.Steps = append(p.Steps, left...)
		slices.SortFunc(p.Steps, func(a, b Step) int { return cmp.Compare(a.Path, b.Path) })
	}
	return p
}

// A maker is what is known while a plan is made. Of what is found before the table
// is asked, newMaker shows the order.
type maker struct {
	base, ours, theirs tree.Tree
	options            Options

	followed   map[string]*tree.File  // what the user moved: path in base to where it is
	lookalikes map[string][]lookalike // what only looks so, by path in base, best first
	edited     map[string]string      // of once-files that belong together, one that was edited
	joined     map[string]Step        // what takes in others that were edited, by path
	arriving   map[string]Step        // what the template moved, by new path
	leaving    map[string]Step        // and by old path
	stuck      map[string]stuckMove   // what it moved and cannot be moved, by old path
	deferred   map[string]string      // what it moved and cannot be moved yet: new path to old
	kept       map[string]string      // what is left alone, by path, and why
	keptMoves  map[string]string      // of these, what the template moved: old path to new

	occupied *occupied         // made when first needed
	beside   map[string]string // what is in the way, to the name beside it
	claimed  map[string]bool   // the names beside something
}

// A stuckMove is a move of the template's that cannot be made.
type stuckMove struct {
	move
	keepOld  bool   // the old file is all there is, so it is not deleted
	deferred string // why it is left for a later run; "" if it is not
}

// newMaker finds what moved, and decides about that. What the template moved comes
// first, because a file is missing only if nothing is at its new path either; then
// what the user moved, because the steps of all moves ask where ours is.
func newMaker(base, ours, theirs tree.Tree, o Options) *maker {
	m := &maker{
		base: base, ours: ours, theirs: theirs, options: o,
		joined: map[string]Step{}, arriving: map[string]Step{}, leaving: map[string]Step{}, stuck: map[string]stuckMove{}, deferred: map[string]string{},
		beside: map[string]string{}, claimed: map[string]bool{},
	}
	joins := m.findJoins()
	var moves []move
	all := m.templateMoves(joins)
	for _, mv := range all {
		if o.Absent[mv.old] || m.midMerge(mv) {
			m.deferred[mv.new] = mv.old
			continue
		}
		moves = append(moves, mv)
	}
	if gone, changed := m.missing(moves); changed {
		m.findUserMoves(gone)
	}
	m.kept = m.findKept(all, joins)
	m.keptMoves = map[string]string{}
	moves = slices.DeleteFunc(moves, func(mv move) bool {
		if m.kept[mv.old] != "" {
			m.keptMoves[mv.old] = mv.new
		}
		return m.kept[mv.old] != ""
	})
	joins = slices.DeleteFunc(joins, func(j join) bool { return m.kept[j.into] != "" })
	m.edited = m.findEdited()
	m.mergeJoins(joins)
	m.decideMoves(moves)
	return m
}

// findEdited finds which once-files that belong together were edited. What
// looks like one that is gone counts, because it goes on elsewhere as it was.
func (m *maker) findEdited() map[string]string {
	edited := map[string]string{}
	for f := range m.theirs.Each() {
		b, o := find(m.base, f.Path), cmp.Or(find(m.ours, f.Path), m.followed[f.Path])
		if f.With == "" || edited[f.With] != "" || b == nil {
			continue
		}
		if o != nil && !Untouched(o, b) || o == nil && len(m.lookalikes[f.Path]) > 0 {
			edited[f.With] = f.Path
		}
	}
	return edited
}

// findKept finds what scaffold.yaml keeps from the template, at its path or where the
// user moved it, and what goes with that.
func (m *maker) findKept(moves []move, joins []join) map[string]string {
	if m.options.Keep == nil {
		return nil
	}
	kept := map[string]string{}
	for path := range tree.Paths(m.base, m.theirs) {
		moved := m.followed[path]
		if m.options.Keep(path) || moved != nil && m.options.Keep(moved.Path) {
			kept[path] = "kept by scaffold.yaml"
		}
	}
	if len(kept) == 0 {
		return nil
	}
	groups := m.findGroups(moves, joins)
	for again := true; again; {
		again = false
		for _, group := range groups {
			first := slices.IndexFunc(group, func(path string) bool { return kept[path] != "" })
			for _, path := range group {
				if first >= 0 && kept[path] == "" {
					kept[path], again = "goes with "+group[first]+", which scaffold.yaml keeps", true
				}
			}
		}
	}
	return kept
}

// findGroups returns paths of which the template's changes go together, so that none
// can be made alone: of a move or join, of once-files, and of what has no room in base
// beside what it takes the place of.
func (m *maker) findGroups(moves []move, joins []join) (groups [][]string) {
	for _, mv := range moves {
		if made := m.bothMoved(mv) && Same(find(m.ours, mv.new), find(m.theirs, mv.new)); !made {
			groups = append(groups, []string{mv.old, mv.new})
		}
	}
	for _, j := range joins {
		groups = append(groups, append(slices.Clone(j.from), j.into))
	}
	together := map[string][]string{}
	for f := range m.theirs.Each() {
		if f.With != "" && !Same(find(m.base, f.Path), f) && !Same(find(m.ours, f.Path), f) {
			together[f.With] = append(together[f.With], f.Path)
		}
	}
	for _, with := range slices.Sorted(maps.Keys(together)) {
		groups = append(groups, together[with])
	}
	return append(groups, m.findDisplaced()...)
}

// findDisplaced returns groups of files that the template dropped and that came, and
// have no room beside each other: one is where the other has a folder, or they differ
// only by letter case, in their names or in those of their folders.
func (m *maker) findDisplaced() (groups [][]string) {
	type claim struct {
		name  string // a folder's ends in a slash
		paths []string
	}
	claims, clashes := map[string]claim{}, map[string]bool{}
	for _, f := range slices.Concat(without(m.base, m.theirs), without(m.theirs, m.base)) {
		names := []string{f.Path}
		for _, dir := range tree.Parents(f.Path) {
			names = append(names, dir+"/")
		}
		for _, name := range names {
			key := tree.Fold(strings.TrimSuffix(name, "/"))
			c := claims[key]
			c.name = cmp.Or(c.name, name)
			claims[key] = claim{c.name, append(c.paths, f.Path)}
			if name != c.name {
				clashes[key] = true
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(clashes)) {
		groups = append(groups, claims[key].paths)
	}
	return groups
}

// steps are those of a path: two where a file leaves it and what comes goes
// elsewhere.
func (m *maker) steps(path string) []Step {
	if m.kept[path] != "" && !m.options.Absent[path] {
		return []Step{m.triple(path).decide()}
	}
	if s, ok := m.deferredStep(path); ok {
		return []Step{s}
	}
	if owner := m.nested(path); owner != "" {
		return []Step{m.foreign(path, owner)}
	}
	if s, ok := m.joined[path]; ok {
		return []Step{s}
	}
	if s, ok := m.movedSteps(path); ok {
		return s
	}
	t := m.triple(path)
	if to, ok := m.stuck[path]; ok && to.keepOld && Same(t.ours, t.base) {
		return []Step{t.step(Keep, "the template moved it to "+to.new+", where it cannot go").named()}
	}
	return []Step{t.decide()}
}

// midMerge reports whether what the template moved has the markers of another
// merge.
func (m *maker) midMerge(mv move) bool {
	return m.nested(mv.old) == "" && m.nested(mv.new) == "" &&
		MidMerge(find(m.ours, mv.old), find(m.base, mv.old), find(m.theirs, mv.new)) && m.unmerged(mv.old)
}

func (m *maker) unmerged(path string) bool {
	return m.options.Unmerged != nil && m.options.Unmerged(path)
}

// deferredStep leaves for a later run what is not checked out, and what the
// template moved from there or to there.
func (m *maker) deferredStep(path string) (Step, bool) {
	s := Step{Path: path, To: path, Verb: Keep, Named: true, Deferred: true}
	if ours := find(m.ours, path); regular(ours) {
		s.Ours = ours
	}
	old, moved := m.deferred[path]
	switch {
	case moved:
		if leaving, ok := m.leaving[path]; ok {
			s = leaving
		}
		why := "is not checked out"
		if !m.options.Absent[old] {
			why = MidMergeWhy
		}
		s.Why = joinWhys(s.Why, "the template moved "+old+" here, which "+why+": left for a later run")
		s.was, s.Deferred, s.Named = old, true, true
		return s, true
	case m.stuck[path].deferred != "" && !MidMerge(s.Ours, find(m.base, path)):
		s.Why = "the template moved it to " + m.stuck[path].new + ", which " + m.stuck[path].deferred + ": left for a later run"
		return s, true
	case !m.options.Absent[path]:
		return Step{}, false
	}
	s.Why = "not checked out: left for a later run"
	s.Named = !Same(find(m.base, path), find(m.theirs, path))
	if s.Kept = s.Named && m.kept[path] != ""; s.Kept {
		s.Why = m.kept[path] + "; not checked out"
	}
	return s, true
}

// nested returns the folder of the other project that path belongs to, or "".
func (m *maker) nested(path string) string {
	for _, folder := range m.options.Nested {
		folder = strings.TrimSuffix(folder, "/")
		if folder != "" && strings.HasPrefix(path, folder+"/") {
			return folder
		}
	}
	return ""
}

func (m *maker) foreign(path, owner string) Step {
	base, ours, theirs := find(m.base, path), find(m.ours, path), find(m.theirs, path)
	t := triple{path: path, place: path, ours: ours}
	s := t.step(Keep, "belongs to the project in "+owner)
	s.Named = !Same(base, theirs) && !Same(ours, theirs)
	s.Deferred = s.Named && theirs != nil
	return s
}
