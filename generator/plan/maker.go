package plan

import (
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/tree"
)

// A maker is what is known while a plan is made.
type maker struct {
	base, ours, theirs tree.Tree
	options            Options

	here     map[string]Step       // what the template moved, by new path
	away     map[string]Step       // and by old path
	took     map[string]Step       // what takes in others that were edited, by path
	putOff   map[string]string     // what it moved and cannot be moved yet: new path to old
	stuck    map[string]move       // what the template moved but cannot be moved, by old path
	followed map[string]*tree.File // what the user moved: path in base to where it is
	leads    map[string][]lead     // what only looks so, by path in base
	ground   *ground               // made when first needed
	beside   map[string]string     // what is in the way, to the name beside it
	claimed  map[string]bool       // the names beside something
	edited   map[string]string     // of once-files that belong together, one that was edited
}

func newMaker(base, ours, theirs tree.Tree, o Options) *maker {
	m := &maker{
		base: base, ours: ours, theirs: theirs, options: o,
		here: map[string]Step{}, away: map[string]Step{}, took: map[string]Step{}, putOff: map[string]string{}, stuck: map[string]move{},
		beside: map[string]string{}, claimed: map[string]bool{}, edited: map[string]string{},
	}
	for f := range theirs.All() {
		b, o := find(base, f.Path), find(ours, f.Path)
		if f.With != "" && m.edited[f.With] == "" && b != nil && o != nil && !Untouched(o, b) {
			m.edited[f.With] = f.Path
		}
	}
	joins := m.joins()
	moves := slices.DeleteFunc(m.templateMoves(joins), func(mv move) bool {
		off := o.Absent[mv.old] || m.midMerge(mv)
		if off {
			m.putOff[mv.new] = mv.old
		}
		return off
	})
	m.followed = m.userMoves(moves)
	m.join(joins)
	m.carry(moves)
	return m
}

// steps are those of a path: two where a file leaves it and what comes goes
// elsewhere.
func (m *maker) steps(path string) []Step {
	if s, ok := m.absent(path); ok {
		return []Step{s}
	}
	if owner := m.nested(path); owner != "" {
		return []Step{m.foreign(path, owner)}
	}
	if s, ok := m.took[path]; ok {
		return []Step{s}
	}
	if s, ok := m.carried(path); ok {
		return s
	}
	t := m.triple(path)
	if to, ok := m.stuck[path]; ok && to.stays && Same(t.ours, t.base) {
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

// absent leaves for a later run what is not checked out, and what the template
// moved from there or to there.
func (m *maker) absent(path string) (Step, bool) {
	s := Step{Path: path, To: path, Verb: Keep, Named: true, later: true}
	if ours := find(m.ours, path); regular(ours) {
		s.Ours = ours
	}
	old, moved := m.putOff[path]
	switch {
	case moved:
		if away, ok := m.away[path]; ok {
			s = away
		}
		why := "is not checked out"
		if !m.options.Absent[old] {
			why = MidMergeWhy
		}
		s.Why = join(s.Why, "the template moved "+old+" here, which "+why+": left for a later run")
		s.was, s.later, s.Named = old, true, true
		return s, true
	case m.stuck[path].later != "" && !MidMerge(s.Ours, find(m.base, path)):
		s.Why = "the template moved it to " + m.stuck[path].new + ", which " + m.stuck[path].later + ": left for a later run"
		return s, true
	case !m.options.Absent[path]:
		return Step{}, false
	}
	s.Why = "not checked out: left for a later run"
	s.Named = !Same(find(m.base, path), find(m.theirs, path))
	return s, true
}

func (m *maker) triple(path string) triple {
	t := triple{
		path: path, place: path, maker: m,
		base: find(m.base, path), ours: find(m.ours, path), theirs: find(m.theirs, path),
	}
	t.follow(path)
	if !Same(t.base, t.theirs) && !regular(t.ours) {
		m.survey().check(&t) // there is no file to write to, or to delete
	}
	return t
}

// follow looks for a missing file of path where the user moved it.
func (t *triple) follow(path string) {
	if f, ok := t.maker.followed[path]; ok && t.ours == nil && t.theirs != nil {
		t.ours, t.place = f, f.Path
	}
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

// foreign leaves a path to the project that owns it.
func (m *maker) foreign(path, owner string) Step {
	base, ours, theirs := find(m.base, path), find(m.ours, path), find(m.theirs, path)
	t := triple{path: path, place: path, ours: ours}
	s := t.step(Keep, "belongs to the project in "+owner)
	s.Named = !Same(base, theirs) && !Same(ours, theirs)
	s.later = s.Named && theirs != nil
	return s
}

// BesideSuffix ends the name of the template's version of a file that stays.
const BesideSuffix = ".scaffold-new"

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
	for n := 2; !m.free(name); n++ {
		name = path + BesideSuffix + "." + strconv.Itoa(n)
	}
	m.beside[key], m.claimed[name] = name, true
	return name
}

func (m *maker) free(path string) bool {
	if m.claimed[path] || m.options.Taken != nil && m.options.Taken(path) {
		return false
	}
	return !m.survey().has(path)
}
