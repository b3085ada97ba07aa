package plan

import (
	"maps"
	"path"
	"slices"
	"strings"

	"scaffold/generator/tree"
)

// carry decides the steps of both paths of every move. A move that cannot be
// made leaves both paths to the table; since that may put a file in the way of
// another move, all others are looked at again.
func (m *maker) carry(moves []move) {
	var live []move
	for _, mv := range moves {
		if ours := find(m.ours, mv.old); ours != nil && !regular(ours) {
			m.stuck[mv.old] = mv
			continue
		}
		m.here[mv.new], m.away[mv.old] = m.move(mv)
		live = append(live, mv)
	}
	for again := true; again; {
		again = false
		m.ground = nil
		for _, mv := range live {
			if _, ok := m.here[mv.new]; ok && !m.open(&mv) {
				delete(m.here, mv.new)
				delete(m.away, mv.old)
				m.stuck[mv.old] = mv
				again = true
			}
		}
	}
	m.ground = nil
}

// open reports whether a moved file can go where the template has it.
func (m *maker) open(mv *move) bool {
	if m.options.Absent[mv.new] {
		mv.later = "is not checked out"
	}
	if mv.later != "" || m.nested(mv.old) != "" || m.nested(mv.new) != "" {
		mv.stays = true
		return false
	}
	if f := m.followed[mv.old]; f != nil && tree.Fold(f.Path) == tree.Fold(mv.new) {
		return true // the user's is the one in its way, and stays
	}
	t := triple{path: mv.new, ours: find(m.ours, mv.new)}
	if regular(t.ours) {
		return m.bothMoved(*mv) || m.makesRoom(t.ours)
	}
	m.survey().check(&t)
	mv.stays = t.in != nil
	return !mv.stays
}

// makesRoom reports whether a file of ours, where another moves to, moves on or
// was left as the template wrote it, which has no use for it any more.
func (m *maker) makesRoom(ours *tree.File) bool {
	if away, ok := m.away[ours.Path]; ok {
		return away.Verb == Delete
	}
	_, stuck := m.stuck[ours.Path]
	base := find(m.base, ours.Path)
	return !stuck && base != nil && Untouched(ours, base)
}

// carried returns the steps of a path that moves touch: of what comes to it, and
// of what leaves it. Where both change the file there, they are one.
func (m *maker) carried(path string) ([]Step, bool) {
	here, comes := m.here[path]
	away, leaves := m.away[path]
	ours, theirs := find(m.ours, path), find(m.theirs, path)
	if leaves && !comes && theirs != nil {
		t := triple{path: path, place: path, maker: m, theirs: theirs}
		if away.Verb == Keep {
			t.ours = ours
		}
		if !regular(ours) {
			m.survey().check(&t)
		}
		here, comes = t.decide(), true
	}
	if comes && !leaves && regular(ours) && find(m.base, path) != nil { // the template dropped what was here
		away, leaves = Step{Path: path, To: path, Verb: Delete, Named: true, Ours: ours}, true
	}
	writes := comes && here.After != nil && here.To == path
	switch {
	case !comes && !leaves:
		return nil, false
	case !comes:
		return []Step{away}, true
	case writes && leaves && away.Verb == Delete:
		here.Ours = ours
		if here.Verb == Create {
			here.Verb = Update
		}
		if away.Why != "" {
			here.Why = join(here.Why, "what was here "+away.Why)
		}
		return []Step{here}, true
	case leaves && away.Verb == Delete && here.After == nil:
		away.Why = join(away.Why, here.Why)
		away.later, away.was, away.Untaken = here.later, here.was, here.Untaken
		return []Step{away}, true
	case leaves && away.Verb == Delete:
		return []Step{away, here}, true
	}
	return []Step{here}, true
}

// move decides as if nothing had moved, and takes the result to the new path.
func (m *maker) move(mv move) (here, away Step) {
	t := triple{
		path: mv.new, place: mv.new, from: mv.old, maker: m,
		base: find(m.base, mv.old), ours: find(m.ours, mv.old), theirs: find(m.theirs, mv.new),
	}
	away = Step{Path: mv.old, To: mv.old, Verb: Forget, Why: "moved to " + mv.new}
	if m.bothMoved(mv) {
		t.ours = find(m.ours, mv.new)
		here = t.decide()
		here.was = mv.old
		return here, away
	}
	t.follow(mv.old)
	here = t.decide()
	here.was = mv.old
	switch {
	case t.ours == nil:
		here = t.gone("the template moved it")
		if here.was = mv.old; here.later {
			away.Verb = Keep
		}
		return here, away
	case t.place != mv.new:
		here.Why = join(here.Why, "the template moved it here from "+mv.old)
		return here.named(), away
	}
	away.Ours = t.ours
	if here.After != nil && here.To != mv.new {
		here.Why = join(here.Why, "yours is still at "+mv.old)
		away.Verb, away.Why = Keep, "stays until the conflict about "+mv.new+" is resolved"
		return here, away.named()
	}
	why := here.Why
	if here.After == nil {
		if !here.Named {
			why = ""
		}
		here = t.write(Update, "", *t.ours)
	}
	here.From, here.Why = mv.old, join("moved from "+mv.old, why)
	away.Verb = Delete
	return here, away.named()
}

// leftBehind names, a step a folder, the user's own files in folders that the
// template moved whole: they stay, which may be a surprise.
func (m *maker) leftBehind() []Step {
	folders := m.movedFolders()
	if len(folders) == 0 {
		return nil
	}
	stay := map[string][]string{}
	for f := range m.options.Others.All() {
		for dir := path.Dir(f.Path); dir != "." && m.nested(f.Path) == ""; dir = path.Dir(dir) {
			if folders[dir] != "" {
				stay[dir] = append(stay[dir], strings.TrimPrefix(f.Path, dir+"/"))
				break
			}
		}
	}
	var steps []Step
	for _, dir := range slices.Sorted(maps.Keys(stay)) {
		why := "your " + stay[dir][0] + " stays"
		if n := len(stay[dir]); n > 1 {
			why = "your " + stay[dir][0] + " and " + count(n-1, "other") + " stay"
		}
		steps = append(steps, Step{Path: dir, To: dir, Verb: Keep, Named: true,
			Why: why + "; the template moved the rest to " + folders[dir]})
	}
	return steps
}

// movedFolders maps the folders that files moved out of, and in which the
// template has none any more, to where the first of them went.
func (m *maker) movedFolders() map[string]string {
	folders := map[string]string{}
	for _, new := range slices.Sorted(maps.Keys(m.here)) {
		from, to := path.Dir(m.here[new].From), path.Dir(new)
		if from != "." && from != to && folders[from] == "" {
			folders[from] = to
		}
	}
	if len(folders) == 0 {
		return nil
	}
	for f := range m.theirs.All() {
		for dir := f.Path; dir != "."; dir = path.Dir(dir) {
			delete(folders, dir)
		}
	}
	return folders
}
