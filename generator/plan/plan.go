// Package plan decides what becomes of every file: the decision table, and
// nothing but the table.
//
// Three trees come in: base, what the template wrote last time; ours, what is on
// disk; theirs, what the template writes now. A [Plan] comes out, which is all
// that apply needs and all that a report shows, so a dry run cannot say one
// thing and a real run do another. A conflict is a step like any other, not an
// error. Nothing here reads or writes files.
//
// # Moves
//
// Edits follow a file. What the template moved is found before anything else:
// declared by the pack, or the same template under another path, or the same path
// but for letter case, or alike in the two pristine trees. The table then decides as if nothing had moved, and the
// result goes to the new path. Files may move on to where others were.
// Where the pack declares that one file took in others, the texts of all are
// merged with it one after the other, so that no edit stays in a file that is
// part of nothing.
//
// What the user moved is found by content among the user's other files, and the
// template's change goes there, but only on evidence: a file that is similar,
// with the same name or several lines in common; that git does not ignore; in no
// other repository, pack or project; no backup by its name; and not there before.
// What only looks like the file is named with it, and never written to.
//
// A move that is not certain is none: of two equally good ones neither is taken.
// Then the table sees a file that went and another that came, and loses neither.
//
// # What is remembered
//
// The next base is theirs, so that each change is made, or named, once. It moves
// on for what the user decided against (a deletion, a file kept, a once-file that
// was edited) because to name that again would be to ask again; scaffold restore
// takes the template's version later. It stays where nobody decided, so that a
// later run still makes the change: a file that git has not checked out, one that
// may have been moved to where it was not followed, one that is missing where not
// all was looked through, one in a folder that another project owns, and one with
// the conflict markers of another merge, which ours would bury. See
// [Plan.NextBase].
//
// # What is in the way
//
// A link, a folder, a file where a folder should be, a name that differs only by
// letter case, another project: none is written to, through or over. The
// template's file goes beside it, to a name that is free.
package plan

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// A Verb is what happens to a path: one word a line, in every report.
type Verb string

const (
	Create   Verb = "create"
	Update   Verb = "update"
	Merge    Verb = "merge"
	Conflict Verb = "conflict"
	Delete   Verb = "delete"
	Keep     Verb = "keep"
	Forget   Verb = "forget"
)

// A Step is what happens to one path. It changes one file on disk: After is
// written to To, or Ours is deleted. A file of the template's that moved is two
// steps, one that writes it and one that deletes it at its old path.
//
// Ours stands at Ours.Path, which is not always To: a file beside Ours leaves it
// alone, and a moved one is written from the bytes at its old path. Then nothing
// may be at To.
type Step struct {
	Path  string
	Verb  Verb
	Why   string     // for people; "" where the verb says it all
	Named bool       // worth a line: something changes, or is knowingly not changed
	To    string     // where After is written: Path, a file beside it, or where the user moved it
	From  string     // the path it had before the template moved it; "" for the same
	Ours  *tree.File // what must be on disk before; nil for nothing
	After *tree.File // what is written; nil where nothing is

	Kind          Kind            // of the conflict; "" where Verb is another
	Yours, Theirs merge.Edits     // what either side changed, where lines were merged
	Overlaps      []merge.Overlap // where After has markers
	Notes         []string        // what the merge chose between, or could not; a line each

	Untaken  *Untaken // what the template changed and the user decided against
	Deferred bool     // the template's change is left for a later run: base stays as it is
	was      string   // where base stays too: the path from which the template moved the file
}

// Untaken is a change of the template's in pristine bytes. Base is nil for a file
// that is new.
type Untaken struct{ Base, Theirs *tree.File }

// A Kind says what a conflict is about.
type Kind string

const (
	Content    Kind = "content"     // both changed the same lines
	AddAdd     Kind = "add/add"     // both added it; or paths that differ by letter case
	TypeChange Kind = "type change" // a link, folder or other file is in the way
	Binary     Kind = "binary"      // both changed what cannot be merged by lines
	Once       Kind = "once"        // an answer chose another template for a file of the user's
	Marked     Kind = "markers"     // the user's has those of another merge: nothing is written
)

// Writes reports whether the step changes the disk.
func (s Step) Writes() bool { return s.After != nil || s.Verb == Delete }

// A Plan is the steps of one run, sorted by path, and the state written last.
type Plan struct {
	Steps []Step
	State []Step // scaffold.yaml and .scaffold-state, in the order of writing: base.zip last

	Modeless bool // executable bits on disk say nothing, so Ours need not have those
}

// Count returns how many steps have the verb.
func (p Plan) Count(verb Verb) int {
	n := 0
	for _, s := range p.Steps {
		if s.Verb == verb {
			n++
		}
	}
	return n
}

// Make decides for every path of the three trees, and names files of the user's
// that a move of the template leaves behind.
func Make(base, ours, theirs tree.Tree, o Options) Plan {
	m := newMaker(base, ours, theirs, o)
	var p Plan
	for path := range paths(base, theirs) {
		p.Steps = append(p.Steps, m.steps(path)...)
	}
	if left := m.leftBehind(); len(left) > 0 {
		p.Steps = append(p.Steps, left...)
		slices.SortFunc(p.Steps, func(a, b Step) int { return cmp.Compare(a.Path, b.Path) })
	}
	return p
}

// At returns p with the paths by which the disk has the files, where it spells
// them otherwise; Path stays the template's.
func (p Plan) At(spelled func(path string) string) Plan {
	at := func(f *tree.File) *tree.File {
		if f == nil || spelled(f.Path) == f.Path {
			return f
		}
		there := *f
		there.Path = spelled(f.Path)
		return &there
	}
	steps := slices.Clone(p.Steps)
	for i, s := range steps {
		steps[i].To, steps[i].Ours, steps[i].After = spelled(s.To), at(s.Ours), at(s.After)
	}
	p.Steps = steps
	return p
}

// NextBase returns what the project is to remember of the template once the plan
// is applied: theirs, but for what was deferred. There base stays as it is, so
// that a later run makes the change.
func (p Plan) NextBase(base, theirs tree.Tree) tree.Tree {
	off, stays := map[string]bool{}, map[string]tree.File{}
	for _, s := range p.Steps {
		if !s.Deferred {
			continue
		}
		off[s.Path] = true
		for _, path := range []string{s.Path, s.was} {
			if f := find(base, path); f != nil && (path == s.was || s.Verb != Delete) {
				stays[f.Path] = *f
			}
		}
	}
	if len(off) == 0 {
		return theirs
	}
	files := slices.DeleteFunc(slices.Collect(theirs.All()), func(f tree.File) bool { return off[f.Path] })
	for _, path := range slices.Sorted(maps.Keys(stays)) {
		if _, err := tree.New(append(files, stays[path])...); err == nil { // or a file that came is in its way
			files = append(files, stays[path])
		}
	}
	return tree.Found(files...)
}

// paths walks every path of a and b once, sorted. None is added for ours, because
// a path that is only on disk is the user's.
func paths(a, b tree.Tree) iter.Seq[string] {
	all := make([]string, 0, a.Len()+b.Len())
	for _, t := range []tree.Tree{a, b} {
		for f := range t.All() {
			all = append(all, f.Path)
		}
	}
	slices.Sort(all)
	return slices.Values(slices.Compact(all))
}

func find(t tree.Tree, path string) *tree.File {
	if f, ok := t.Find(path); ok {
		return &f
	}
	return nil
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

// Options change how a plan is made. The zero value is useful.
type Options struct {
	Labels   merge.Labels // on conflict markers
	Conflict Resolution   // what becomes of conflicts
	Moved    []Move       // renames that the pack declares, oldest first

	// Others are files of the user's at paths in neither base nor theirs. They
	// are never written but to follow a move of the user's; see [NeedsOthers].
	// A file or link that stands where a path of ours has a folder belongs here.
	Others   tree.Tree
	Evidence // which of Others may be files of ours that were moved

	Absent map[string]bool // paths that are not on disk because git did not check them out

	// Unmerged reports whether git says of a path that a merge left it in conflict.
	// Nil: of none. Without that, a file's conflict markers are content.
	Unmerged func(path string) bool

	Nested []string // folders that are projects of their own
	// Taken reports whether there is something at a path on disk; nil: only
	// what the trees hold.
	Taken func(path string) bool
}

// A Move is a rename that the pack declares: of a file, or of a folder if both
// end in a slash.
type Move struct{ From, To string }

// A Resolution is what becomes of a conflict.
type Resolution int

// The resolutions. Mine and Template resolve only the changes that overlap; the
// others are merged. What stands where a file should be is never replaced, so
// that a change of type stays a conflict whatever was asked for.
const (
	Markers  Resolution = iota // both sides, between markers
	Mine                       // the user's side
	Template                   // the template's side
	Beside                     // the user's file as it is, the template's beside it
)

// NeedsOthers reports whether [Make] would look at Options.Others: to walk all
// that a user has takes time, and mostly it is not needed.
func NeedsOthers(base, ours, theirs tree.Tree) bool {
	for f := range base.All() {
		if find(theirs, f.Path) == nil && find(ours, f.Path) == nil {
			return true // moved by the user, or deleted by both
		}
	}
	for f := range theirs.All() {
		b, o := find(base, f.Path), find(ours, f.Path)
		switch {
		case b == nil:
			return true // moved here, or new: another letter case may be taken
		case !regular(o) && !Same(b, &f):
			return true // moved by the user, or something is in the way
		}
	}
	return false
}

// A maker is what is known while a plan is made.
type maker struct {
	base, ours, theirs tree.Tree
	options            Options

	here     map[string]Step       // what the template moved, by new path
	away     map[string]Step       // and by old path
	took     map[string]Step       // what takes in others that were edited, by path
	deferred map[string]string     // what it moved and cannot be moved yet: new path to old
	stuck    map[string]move       // what it moved and cannot be moved, by old path
	followed map[string]*tree.File // what the user moved: path in base to where it is
	leads    map[string][]lead     // what only looks so, by path in base
	occupied *occupied             // made when first needed
	beside   map[string]string     // what is in the way, to the name beside it
	claimed  map[string]bool       // the names beside something
	edited   map[string]string     // of once-files that belong together, one that was edited
}

func newMaker(base, ours, theirs tree.Tree, o Options) *maker {
	m := &maker{
		base: base, ours: ours, theirs: theirs, options: o,
		here: map[string]Step{}, away: map[string]Step{}, took: map[string]Step{}, deferred: map[string]string{}, stuck: map[string]move{},
		beside: map[string]string{}, claimed: map[string]bool{}, edited: map[string]string{},
	}
	joins := m.joins()
	moves := slices.DeleteFunc(m.templateMoves(joins), func(mv move) bool {
		off := o.Absent[mv.old] || m.midMerge(mv)
		if off {
			m.deferred[mv.new] = mv.old
		}
		return off
	})
	if gone, changed := m.missing(moves); changed {
		m.findMoved(gone)
	}
	m.findEdited()
	m.mergeJoints(joins)
	m.carry(moves)
	return m
}

// findEdited finds which once-files that belong together were edited. What
// looks like one that is gone counts, because it goes on elsewhere as it was.
func (m *maker) findEdited() {
	for f := range m.theirs.All() {
		b, o := find(m.base, f.Path), cmp.Or(find(m.ours, f.Path), m.followed[f.Path])
		if f.With == "" || m.edited[f.With] != "" || b == nil {
			continue
		}
		if o != nil && !Untouched(o, b) || o == nil && len(m.leads[f.Path]) > 0 {
			m.edited[f.With] = f.Path
		}
	}
}

// steps are those of a path: two where a file leaves it and what comes goes
// elsewhere.
func (m *maker) steps(path string) []Step {
	if s, ok := m.deferredStep(path); ok {
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
		if away, ok := m.away[path]; ok {
			s = away
		}
		why := "is not checked out"
		if !m.options.Absent[old] {
			why = MidMergeWhy
		}
		s.Why = join(s.Why, "the template moved "+old+" here, which "+why+": left for a later run")
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
	return s, true
}

func (m *maker) triple(path string) triple {
	t := triple{
		path: path, place: path, maker: m,
		base: find(m.base, path), ours: find(m.ours, path), theirs: find(m.theirs, path),
	}
	t.follow(path)
	if !Same(t.base, t.theirs) && !regular(t.ours) {
		t.findObstacle() // there is no file to write to, or to delete
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

func (m *maker) foreign(path, owner string) Step {
	base, ours, theirs := find(m.base, path), find(m.ours, path), find(m.theirs, path)
	t := triple{path: path, place: path, ours: ours}
	s := t.step(Keep, "belongs to the project in "+owner)
	s.Named = !Same(base, theirs) && !Same(ours, theirs)
	s.Deferred = s.Named && theirs != nil
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
	for _, t := range []tree.Tree{m.base, m.ours, m.theirs, m.options.Others} {
		if find(t, path) != nil {
			return false
		}
	}
	_, folder := m.findOccupied().folders[path]
	return !folder
}

// A ConflictRecord is what a project remembers of a conflict, until it is
// resolved.
type ConflictRecord struct {
	Path string `json:"path"`
	Kind Kind   `json:"kind"`
	Sum  string `json:"sha256"` // hexadecimal, of what was written; "" for Marked, where nothing is
	To   string `json:"to"`     // where: Path, or a file beside it
}

// Conflicts returns a record of every conflict, sorted by path.
func (p Plan) Conflicts() []ConflictRecord {
	var all []ConflictRecord
	for _, s := range p.Steps {
		if s.Verb == Conflict {
			c := ConflictRecord{Path: s.Path, Kind: s.Kind, To: s.To}
			if s.After != nil {
				c.Sum = s.After.Sum()
			}
			all = append(all, c)
		}
	}
	return all
}

// Unresolved reports whether the conflict is still open. At is what is at c.To
// now, nil for nothing; labels are those of the merge, before as for
// [merge.HasMarkers]. A file beside the user's is resolved by taking it away,
// one with markers by taking the markers out.
func (c ConflictRecord) Unresolved(at *tree.File, labels merge.Labels, before ...[]byte) bool {
	switch {
	case at == nil:
		return false
	case IsBeside(c.To):
		return true
	}
	return merge.HasMarkers(at.Data, labels, before...)
}

// Yours returns where the user's side is: the file with the markers, or the one
// that the template's is beside.
func (c ConflictRecord) Yours() string {
	head, rest, _ := strings.Cut(c.To, BesideSuffix)
	if _, inside, ok := strings.Cut(rest, "/"); ok {
		head += "/" + inside
	}
	return head
}

// IsBeside reports whether path is, or is in, what a plan puts beside a file.
func IsBeside(path string) bool {
	return strings.Contains(path, BesideSuffix)
}
