package plan

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strconv"

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
	folders map[string]folder
	folded  map[string]string // what stays, by its path without letter case
}

type folder struct {
	real  bool // it is known to be one, and no link
	stays bool // something in it stays
}

func (m *maker) findOccupied() *occupied {
	if m.occupied != nil {
		return m.occupied
	}
	o := &occupied{folders: map[string]folder{}, folded: map[string]string{}}
	m.occupied = o
	for f := range m.ours.All() {
		o.add(f.Path, folder{real: regular(&f), stays: !f.Mode.IsDir() && !m.willBeGone(&f)})
	}
	for f := range m.options.Others.All() {
		o.add(f.Path, folder{real: true, stays: true})
	}
	return o
}

func (o *occupied) add(file string, in folder) {
	if in.stays {
		o.folded[tree.Fold(file)] = file
	}
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		f := o.folders[dir]
		f.real, f.stays = f.real || in.real, f.stays || in.stays
		if o.folders[dir] == f {
			return
		}
		o.folders[dir] = f
	}
}

// willBeGone reports whether a file of ours is gone after the run, so that its path
// is free for a folder.
func (m *maker) willBeGone(ours *tree.File) bool {
	base := find(m.base, ours.Path)
	if base == nil || !regular(ours) || find(m.theirs, ours.Path) != nil || m.nested(ours.Path) != "" || m.kept[ours.Path] != "" {
		return false
	}
	if s, ok := m.leaving[ours.Path]; ok {
		return s.Verb == Delete
	}
	return Untouched(ours, base) && !m.stuck[ours.Path].keepOld
}

// findObstacle finds what is in the way of a file that is to be at path; of one that
// is new, a name in another letter case is. What leaves is not. Ours is what stands
// at path, and comes back as what will still stand there.
func (m *maker) findObstacle(path string, ours *tree.File, isNew bool) (stays *tree.File, found *obstacle) {
	on := m.findOccupied()
	for _, dir := range tree.Parents(path) {
		f := cmp.Or(find(m.ours, dir), find(m.options.Others, dir))
		switch {
		case f == nil || f.Mode.IsDir():
		case m.willBeGone(f):
			ours = nil
		default:
			return ours, &obstacle{f.Path, TypeChange, f.Path + " is " + tree.Kind(f.Mode)}
		}
	}
	in, known := on.folders[path]
	if known && !in.stays && ours != nil && ours.Mode.IsDir() {
		ours = nil // all of the folder leaves, and so does the folder
	}
	other, clash := on.folded[tree.Fold(path)]
	switch {
	case ours != nil:
		return ours, on.nameObstacle(path, ours)
	case in.stays:
		return nil, &obstacle{path, TypeChange, "is " + tree.Kind(fs.ModeDir)}
	case clash && other != path && isNew:
		return nil, &obstacle{path, AddAdd, "differs only by letter case from your " + other}
	}
	return nil, nil
}

// nameObstacle says what ours is, which is no file. That may be so because a folder
// of it is a link: unless the folder is known to be one, nothing goes into it.
func (o *occupied) nameObstacle(name string, ours *tree.File) *obstacle {
	kind := tree.Kind(ours.Mode)
	found := &obstacle{name, TypeChange, "is " + kind}
	for dir := path.Dir(name); !ours.Mode.IsDir() && dir != "." && !o.folders[dir].real; dir = path.Dir(dir) {
		found = &obstacle{dir, TypeChange, "it or a folder of it is " + kind}
	}
	return found
}

// maxBeside ends the search for a free name where there is none, because a folder is a
// link or the name is too long for the disk: then the move is not made, or apply refuses.
const maxBeside = 100

// besideName returns a free name beside path. Where path is in the way of a
// folder, all of the folder goes to one name.
func (m *maker) besideName(path string, folder bool) string {
	key := path
	if folder {
		key += "/"
	}
	if name, ok := m.beside[key]; ok {
		return name
	}
	name := path + BesideSuffix
	for n := 2; n < maxBeside && !m.free(name); n++ {
		name = path + BesideSuffix + "." + strconv.Itoa(n)
	}
	m.beside[key], m.claimed[name] = name, true
	return name
}

func (m *maker) free(path string) bool {
	if m.claimed[path] {
		return false
	}
	below := slices.ContainsFunc(tree.Parents(path), func(dir string) bool { return regular(find(m.ours, dir)) })
	if !below && m.options.Taken != nil && m.options.Taken(path) { // nothing stands below a file, which may leave
		return false
	}
	for _, t := range []tree.Tree{m.base, m.ours, m.theirs, m.options.Others} {
		if find(t, path) != nil {
			return false
		}
	}
	_, folder := m.findOccupied().folders[path]
	return !folder
}
