package plan

import (
	"io/fs"
	"path"

	"scaffold/generator/tree"
)

// An obstacle is what stands where a file, or one of its folders, should be.
type obstacle struct {
	at   string // the file's path, or that of the folder
	kind Kind
	why  string
}

// occupied is what stands on disk, as far as the trees tell.
type occupied struct {
	maker   *maker
	folders map[string]folder
	folded  map[string]string // what stays, by its path without letter case
}

// A folder is one with something in it.
type folder struct {
	real  bool // it is known to be one, and no link
	stays bool // something in it stays
}

func (m *maker) findOccupied() *occupied {
	if m.occupied != nil {
		return m.occupied
	}
	g := &occupied{maker: m, folders: map[string]folder{}, folded: map[string]string{}}
	m.occupied = g
	for f := range m.ours.All() {
		g.add(f.Path, folder{real: regular(&f), stays: !f.Mode.IsDir() && !m.willBeGone(&f)})
	}
	for f := range m.options.Others.All() {
		g.add(f.Path, folder{real: true, stays: true})
	}
	return g
}

func (g *occupied) add(file string, in folder) {
	if in.stays {
		g.folded[tree.Fold(file)] = file
	}
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		f := g.folders[dir]
		f.real, f.stays = f.real || in.real, f.stays || in.stays
		if g.folders[dir] == f {
			return
		}
		g.folders[dir] = f
	}
}

// willBeGone reports whether a file of ours is gone after the run, so that its path
// is free for a folder.
func (m *maker) willBeGone(ours *tree.File) bool {
	base := find(m.base, ours.Path)
	if base == nil || !regular(ours) || find(m.theirs, ours.Path) != nil || m.nested(ours.Path) != "" {
		return false
	}
	if s, ok := m.away[ours.Path]; ok {
		return s.Verb == Delete
	}
	return Untouched(ours, base) && !m.stuck[ours.Path].keepOld
}

// has reports whether path is in any tree, as a file or folder.
func (g *occupied) has(path string) bool {
	_, folder := g.folders[path]
	m := g.maker
	for _, t := range []tree.Tree{m.base, m.ours, m.theirs, m.options.Others} {
		folder = folder || find(t, path) != nil
	}
	return folder
}

// check finds what is in the way of t. What leaves is not.
func (g *occupied) check(t *triple) {
	for i, c := range t.path {
		if c != '/' {
			continue
		}
		f := g.at(t.path[:i])
		switch {
		case f == nil || f.Mode.IsDir():
		case g.maker.willBeGone(f):
			t.ours = nil
		default:
			t.obstacle = &obstacle{f.Path, TypeChange, f.Path + " is " + tree.Kind(f.Mode)}
			return
		}
	}
	if in, known := g.folders[t.path]; known && !in.stays && t.ours != nil && t.ours.Mode.IsDir() {
		t.ours = nil // all of the folder leaves, and so does the folder
	}
	other, clash := g.folded[tree.Fold(t.path)]
	switch {
	case t.ours != nil:
		t.obstacle = g.special(t)
	case g.folders[t.path].stays:
		t.obstacle = &obstacle{t.path, TypeChange, "is " + tree.Kind(fs.ModeDir)}
	case clash && other != t.path && t.base == nil:
		t.obstacle = &obstacle{t.path, AddAdd, "differs only by letter case from your " + other}
	}
}

func (g *occupied) at(path string) *tree.File {
	if f := find(g.maker.ours, path); f != nil {
		return f
	}
	return find(g.maker.options.Others, path)
}

// special says what t.ours is, which is no file. That may be so because a folder
// of it is a link: unless the folder is known to be one, nothing goes into it.
func (g *occupied) special(t *triple) *obstacle {
	o := &obstacle{t.path, TypeChange, "is " + tree.Kind(t.ours.Mode)}
	if t.ours.Mode.IsDir() {
		return o
	}
	for dir := path.Dir(t.path); dir != "."; dir = path.Dir(dir) {
		if g.folders[dir].real {
			return o
		}
		o = &obstacle{dir, TypeChange, "it or a folder of it is " + tree.Kind(t.ours.Mode)}
	}
	return o
}
