package plan

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"scaffold/generator/tree"
)

// templateMoves finds what the template moved, sorted by old path: as the pack
// declares; or by the same template file; or by the same name but for letter case;
// or by content. It compares pristine files, so that it finds the same whatever
// the user did.
func (m *maker) templateMoves(joins []join) []move {
	gone, came := without(m.base, m.theirs), without(m.theirs, m.base)
	for _, j := range joins {
		if len(j.edited) == 0 {
			continue
		}
		gone = slices.DeleteFunc(gone, func(f *tree.File) bool { return slices.Contains(j.from, f.Path) })
		came = slices.DeleteFunc(came, func(f *tree.File) bool { return f.Path == j.into })
	}
	all := m.declaredMoves(gone, came)
	gone, came = withoutFound(gone, came, all)
	for _, find := range []func(gone, came []*tree.File) []move{sameOrigin, m.onward, respelled, alike} {
		found := find(gone, came)
		all = append(all, found...)
		gone, came = withoutFound(gone, came, found)
	}
	slices.SortFunc(all, func(a, b move) int { return cmp.Compare(a.old, b.old) })
	return all
}

// declaredMoves follows the pack's renames. Each is taken once, so that a project
// that skipped versions goes through several, and none goes round for ever. Where a
// file was moved from, another of a later version may stand.
func (m *maker) declaredMoves(gone, came []*tree.File) []move {
	free := map[string]bool{}
	for _, f := range came {
		free[f.Path] = true
	}
	var all []move
	follow := func(f *tree.File, stays bool) {
		to := ""
		path := f.Path
		for _, mv := range m.declared(f.Path) {
			if renamed, ok := mv.apply(path); ok {
				path = renamed
			}
			if free[path] {
				to = path
			}
		}
		if to == "" || stays && path == f.Path {
			return
		}
		free[to] = false
		all = append(all, move{old: f.Path, new: to})
	}
	for _, f := range gone {
		follow(f, false)
	}
	for f := range m.base.Each() {
		if t := find(m.theirs, f.Path); t != nil && !Same(f, t) {
			follow(f, true)
		}
	}
	return all
}

// sameOrigin finds files that one template wrote, then to one path and now to
// another: an answer in the path changed, or a rule of the pack.
func sameOrigin(gone, came []*tree.File) []move {
	old, new := byOrigin(gone), byOrigin(came)
	var all []move
	for _, f := range gone {
		if o, n := old[f.Origin], new[f.Origin]; f.Origin != "" && len(o) == 1 && len(n) == 1 {
			all = append(all, move{old: f.Path, new: n[0].Path})
		}
	}
	return all
}

// onward finds files that one template wrote where another had its file, or left
// to another: answers in paths that chain or swap. There the path alone is in
// both trees, so it is neither gone nor did it come.
func (m *maker) onward(gone, came []*tree.File) []move {
	stays := func(b *tree.File) bool {
		t := find(m.theirs, b.Path)
		return b.Origin == "" || t != nil && t.Origin == b.Origin
	}
	candidates := slices.DeleteFunc(slices.Collect(m.base.Each()), stays)
	if len(candidates) == 0 {
		return nil // as nearly always, and what follows takes time
	}
	free := map[string]bool{}
	for _, f := range gone {
		free[f.Path] = true
	}
	for _, f := range came {
		free[f.Path] = true
	}
	old, new := byOrigin(slices.Collect(m.base.Each())), byOrigin(slices.Collect(m.theirs.Each()))
	var all []move
	for _, b := range candidates {
		if len(old[b.Origin]) != 1 || len(new[b.Origin]) != 1 {
			continue
		}
		t := new[b.Origin][0]
		leaves, arrives := find(m.theirs, b.Path), find(m.base, t.Path)
		made := Same(find(m.ours, t.Path), t) && Same(find(m.ours, b.Path), leaves) // by the user, or a merge of theirs
		if b.Path != t.Path && !made && (leaves != nil || free[b.Path]) && (arrives != nil || free[t.Path]) && (leaves != nil || arrives != nil) {
			all = append(all, move{old: b.Path, new: t.Path})
		}
	}
	return all
}

func alike(gone, came []*tree.File) []move {
	return match(gone, came, func(pair) bool { return true })
}

func byOrigin(files []*tree.File) map[string][]*tree.File {
	all := map[string][]*tree.File{}
	for _, f := range files {
		all[f.Origin] = append(all[f.Origin], f)
	}
	return all
}

// decideMoves decides the steps of both paths of every move. A move that cannot be
// made leaves both paths to the table; since that may put a file in the way of
// another move, all others are looked at again.
func (m *maker) decideMoves(moves []move) {
	var live []move
	for _, mv := range moves {
		if ours := find(m.ours, mv.old); ours != nil && !regular(ours) {
			m.stuck[mv.old] = stuckMove{move: mv}
			continue
		}
		m.arriving[mv.new], m.leaving[mv.old] = m.decideMove(mv)
		live = append(live, mv)
	}
	for again := true; again; {
		again = false
		m.occupied = nil
		for _, mv := range live {
			if _, ok := m.arriving[mv.new]; !ok {
				continue
			}
			if stuck := m.findStuck(mv); stuck != nil {
				delete(m.arriving, mv.new)
				delete(m.leaving, mv.old)
				m.stuck[mv.old] = *stuck
				again = true
			}
		}
	}
	m.occupied = nil
}

// findStuck says what becomes of a move that cannot be made; nil if the file can go
// where the template has it.
func (m *maker) findStuck(mv move) *stuckMove {
	ours, followed := find(m.ours, mv.new), m.followed[mv.old]
	switch {
	case m.options.Absent[mv.new]:
		return &stuckMove{move: mv, keepOld: true, deferred: "is not checked out"}
	case m.nested(mv.old) != "" || m.nested(mv.new) != "":
		return &stuckMove{move: mv, keepOld: true}
	case followed != nil && tree.Fold(followed.Path) == tree.Fold(mv.new):
		return nil // the user's is the one in its way, and stays
	case regular(ours) && !m.bothMoved(mv) && !m.makesRoom(ours):
		return &stuckMove{move: mv}
	case regular(ours):
		return nil
	}
	if _, obstacle := m.findObstacle(mv.new, ours, true); obstacle == nil {
		return nil
	}
	return &stuckMove{move: mv, keepOld: true}
}

// makesRoom reports whether a file of ours, where another moves to, moves on or
// was left as the template wrote it, which has no use for it any more.
func (m *maker) makesRoom(ours *tree.File) bool {
	if leaving, ok := m.leaving[ours.Path]; ok {
		return leaving.Verb == Delete
	}
	_, stuck := m.stuck[ours.Path]
	base := find(m.base, ours.Path)
	return !stuck && base != nil && Untouched(ours, base)
}

// movedSteps returns the steps of a path that moves touch: of what comes to it, and
// of what leaves it. Where both change the file there, they are one.
func (m *maker) movedSteps(path string) ([]Step, bool) {
	arriving, arrives := m.arriving[path]
	leaving, leaves := m.leaving[path]
	ours, theirs := find(m.ours, path), find(m.theirs, path)
	if leaves && !arrives && theirs != nil {
		t := triple{path: path, place: path, maker: m, theirs: theirs}
		if leaving.Verb == Keep {
			t.ours = ours
		}
		if !regular(ours) {
			t.ours, t.obstacle = m.findObstacle(path, t.ours, true)
		}
		arriving, arrives = t.decide(), true
	}
	if arrives && !leaves && regular(ours) && find(m.base, path) != nil { // the template dropped what was here
		leaving, leaves = Step{Path: path, To: path, Verb: Delete, Named: true, Ours: ours}, true
	}
	writes := arrives && arriving.After != nil && arriving.To == path
	switch {
	case !arrives && !leaves:
		return nil, false
	case !arrives:
		return []Step{leaving}, true
	case writes && leaves && leaving.Verb == Delete:
		arriving.Ours = ours
		if arriving.Verb == Create {
			arriving.Verb = Update
		}
		if leaving.Why != "" {
			arriving.Why = joinWhys(arriving.Why, "what was here "+leaving.Why)
		}
		return []Step{arriving}, true
	case leaves && leaving.Verb == Delete && arriving.After == nil:
		leaving.Why = joinWhys(leaving.Why, arriving.Why)
		leaving.Deferred, leaving.was, leaving.Untaken = arriving.Deferred, arriving.was, arriving.Untaken
		return []Step{leaving}, true
	case leaves && leaving.Verb == Delete:
		return []Step{leaving, arriving}, true
	}
	return []Step{arriving}, true
}

// decideMove decides as if nothing had moved, and takes the result to the new path.
func (m *maker) decideMove(mv move) (arriving, leaving Step) {
	t := triple{
		path: mv.new, place: mv.new, from: mv.old, maker: m,
		base: find(m.base, mv.old), ours: find(m.ours, mv.old), theirs: find(m.theirs, mv.new),
	}
	leaving = Step{Path: mv.old, To: mv.old, Verb: Forget, Why: "moved to " + mv.new}
	both := m.bothMoved(mv)
	if both {
		t.ours = find(m.ours, mv.new)
	} else {
		t.follow(mv.old)
	}
	arriving = t.decide()
	if t.ours == nil {
		arriving = t.gone("the template moved it")
	}
	arriving.was = mv.old
	switch {
	case both:
		return arriving, leaving
	case t.ours == nil:
		if arriving.Deferred {
			leaving.Verb = Keep
		}
		return arriving, leaving
	case t.place != mv.new:
		arriving.Why = joinWhys(arriving.Why, "the template moved it here from "+mv.old)
		return arriving.named(), leaving
	}
	leaving.Ours = t.ours
	if arriving.After != nil && arriving.To != mv.new {
		arriving.Why = joinWhys(arriving.Why, "yours is still at "+mv.old)
		leaving.Verb, leaving.Why = Keep, "stays until the conflict about "+mv.new+" is resolved"
		return arriving, leaving.named()
	}
	why := arriving.Why
	if arriving.After == nil {
		if !arriving.Named {
			why = ""
		}
		notes, settled, untaken := arriving.Notes, arriving.Settled, arriving.Untaken
		arriving = t.write(Update, "", *t.ours)
		arriving.Notes, arriving.Settled, arriving.Untaken = notes, settled, untaken
	}
	arriving.From, arriving.Why = mv.old, joinWhys("moved from "+mv.old, why)
	leaving.Verb = Delete
	return arriving, leaving.named()
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
	for _, new := range slices.Sorted(maps.Keys(m.arriving)) {
		from, to := path.Dir(m.arriving[new].From), path.Dir(new)
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
