package plan

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"strings"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// A move is a file of the template's that changed its path.
type move struct {
	old, new string
	stays    bool   // where stuck: the old file is all there is, so it is not deleted
	later    string // where stuck: why the move is left for a later run; "" if it is not
}

// templateMoves finds what the template moved, sorted by old path: as the pack
// declares; or by the same template file; or by the same name but for letter case;
// or by content. It compares pristine files, so that it finds the same whatever
// the user did.
func (m *maker) templateMoves(joins []joint) []move {
	gone, came := without(m.base, m.theirs), without(m.theirs, m.base)
	for _, j := range joins {
		gone = slices.DeleteFunc(gone, func(f *tree.File) bool { return slices.Contains(j.from, f.Path) })
		came = slices.DeleteFunc(came, func(f *tree.File) bool { return f.Path == j.into })
	}
	all := m.declared(gone, came)
	gone, came = rest(gone, came, all)
	for _, find := range []func(gone, came []*tree.File) []move{sameOrigin, m.onward, respelled, alike} {
		found := find(gone, came)
		all = append(all, found...)
		gone, came = rest(gone, came, found)
	}
	slices.SortFunc(all, func(a, b move) int { return cmp.Compare(a.old, b.old) })
	return all
}

// without returns the files of a at paths that b does not have.
func without(a, b tree.Tree) []*tree.File {
	var files []*tree.File
	for f := range a.All() {
		if find(b, f.Path) == nil {
			files = append(files, &f)
		}
	}
	return files
}

// rest takes out what was found.
func rest(gone, came []*tree.File, found []move) (stillGone, stillCame []*tree.File) {
	old, new := map[string]bool{}, map[string]bool{}
	for _, mv := range found {
		old[mv.old], new[mv.new] = true, true
	}
	return slices.DeleteFunc(gone, func(f *tree.File) bool { return old[f.Path] }),
		slices.DeleteFunc(came, func(f *tree.File) bool { return new[f.Path] })
}

// declared follows the pack's renames. Each is taken once, so that a project
// that skipped versions goes through several, and none goes round for ever.
func (m *maker) declared(gone, came []*tree.File) []move {
	free := map[string]bool{}
	for _, f := range came {
		free[f.Path] = true
	}
	var all []move
	for _, f := range gone {
		to := ""
		path := f.Path
		for _, mv := range m.options.Moved {
			if renamed, ok := mv.apply(path); ok {
				path = renamed
			}
			if free[path] {
				to = path
			}
		}
		if to != "" {
			free[to] = false
			all = append(all, move{old: f.Path, new: to})
		}
	}
	return all
}

func (mv Move) apply(path string) (renamed string, ok bool) {
	if folder := strings.HasSuffix(mv.From, "/") && strings.HasSuffix(mv.To, "/"); folder {
		rest, ok := strings.CutPrefix(path, mv.From)
		return mv.To + rest, ok
	}
	return mv.To, path == mv.From
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
	free := map[string]bool{}
	for _, f := range gone {
		free[f.Path] = true
	}
	for _, f := range came {
		free[f.Path] = true
	}
	old, new := byOrigin(slices.Collect(pointers(m.base))), byOrigin(slices.Collect(pointers(m.theirs)))
	var all []move
	for b := range pointers(m.base) {
		if b.Origin == "" || len(old[b.Origin]) != 1 || len(new[b.Origin]) != 1 {
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

func pointers(t tree.Tree) iter.Seq[*tree.File] {
	return func(yield func(*tree.File) bool) {
		for f := range t.All() {
			if !yield(&f) {
				return
			}
		}
	}
}

// respelled finds files of which nothing but the letter case of the path changed,
// or how its accents are encoded. Many systems take both for one file, whatever
// is in it.
func respelled(gone, came []*tree.File) []move {
	new := map[string]string{}
	for _, f := range came {
		new[tree.Fold(f.Path)] = f.Path
	}
	var all []move
	for _, f := range gone {
		if to, ok := new[tree.Fold(f.Path)]; ok {
			all = append(all, move{old: f.Path, new: to})
		}
	}
	return all
}

// alike finds by content what else moved.
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

// userMoves finds what the user moved: files of base that are gone from ours and
// stand at another path. It is looked for only where the template changed such a
// file.
//
// Nothing remembers the move: base keeps the template's path, and every run that
// has a change for the file finds it again. So a user who moves it back, or on,
// need not tell anybody.
func (m *maker) userMoves(moves []move) map[string]*tree.File {
	gone, changed := m.missing(moves)
	if !changed {
		return nil
	}
	return m.search(gone)
}

// missing returns the files of base that the template still has and the user
// does not, and whether the template changed one of them.
func (m *maker) missing(moves []move) (gone []*tree.File, changed bool) {
	to := map[string]string{}
	for _, mv := range moves {
		to[mv.old] = mv.new
	}
	for f := range m.base.All() {
		path := cmp.Or(to[f.Path], f.Path)
		theirs := find(m.theirs, path)
		if theirs == nil || find(m.ours, f.Path) != nil || m.options.Absent[f.Path] || m.bothMoved(move{old: f.Path, new: path}) {
			continue
		}
		gone = append(gone, &f)
		changed = changed || path != f.Path || !Same(&f, theirs)
	}
	return gone, changed
}

// bothMoved reports whether the user moved a file to where the template did.
func (m *maker) bothMoved(mv move) bool {
	if mv.old == mv.new || find(m.ours, mv.old) != nil || find(m.base, mv.new) != nil {
		return false
	}
	base, ours := find(m.base, mv.old), find(m.ours, mv.new)
	return regular(ours) && (tree.Fold(mv.old) == tree.Fold(mv.new) || bytes.Equal(base.Data, ours.Data) || merge.Similarity(base.Data, ours.Data) >= Similar)
}
