package plan

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"strings"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// A triple is one path in the three trees; nil where it is absent.
type triple struct {
	path               string
	base, ours, theirs *tree.File
	maker              *maker
	place              string    // where ours is, or would be: path, or where the user moved it
	from               string    // the path in base, if the template moved it
	obstacle           *obstacle // what is in the way; nil for nothing
}

// maxMerge is the largest file that is merged line by line, in bytes.
const maxMerge = 8 << 20

// rows is the decision table: B = base, O = ours, T = theirs; ∅ = absent. O is the
// user's file, at its path or where they moved it (place); moves are found before,
// see newMaker. The first row that matches decides.
var rows = []struct {
	when, action string
	matches      func(triple) bool
	do           func(triple) Step
}{
	{"scaffold.yaml keeps it, or what goes with it, and O ≠ T", "keep; B stays too, so that a run without that line merges what was missed; named if that is something",
		func(t triple) bool { return t.maker.kept[t.path] != "" && !t.adopts() },
		triple.kept},
	{"B, O=∅, T=∅", "forget",
		func(t triple) bool { return t.ours == nil && t.theirs == nil },
		triple.forget},
	{"O = T", "keep; adopt into the base",
		triple.adopts,
		func(t triple) Step { return t.step(Keep, "") }},
	{"O has the conflict markers of another merge, which git has not seen resolved", "conflict: named; nothing is merged into it, and B stays",
		triple.midMerge,
		triple.marked},
	{"T = B, B present", "keep: yours (also a deletion)",
		func(t triple) bool { return t.base != nil && Same(t.theirs, t.base) },
		func(t triple) Step { return t.step(Keep, "yours") }},
	{"once, B present, O ≠ B, or a once-file that belongs with it was edited", "keep: yours (an untouched once-file is updated like any other). Import lines of a changed module are still merged. If an answer chose another template file for the path: conflict, T beside",
		func(t triple) bool {
			return t.base != nil && t.theirs != nil && t.theirs.Once && (!Untouched(t.ours, t.base) || t.editedWith() != "")
		},
		triple.once},
	{"O or a parent folder is not what it should be (symlink, folder, device)", "conflict: type change; never followed, never replaced",
		func(t triple) bool { return t.theirs != nil && t.obstacle != nil },
		triple.blocked},
	{"B, O=∅, T", "stays deleted; named, since the template changed it (scaffold restore FILE brings it)",
		func(t triple) bool { return t.base != nil && t.ours == nil },
		func(t triple) Step { return t.gone("the template changed it") }},
	{"O = B, T", "update",
		func(t triple) bool {
			return t.base != nil && t.theirs != nil && (Same(t.ours, t.base) || PointerTo(t.base, t.ours))
		},
		triple.update},
	{"O = B, T=∅", "delete, and the parents that we made if empty",
		func(t triple) bool { return t.theirs == nil && Untouched(t.ours, t.base) },
		func(t triple) Step { return t.step(Delete, "").named() }},
	{"B, O, T=∅", "keep; leaves our care; named",
		func(t triple) bool { return t.theirs == nil },
		triple.dropped},
	{"B=∅, T once, and a once-file that belongs with it was edited", "keep: T goes with another than the user's; named",
		func(t triple) bool { return t.base == nil && t.theirs.Once && t.editedWith() != "" },
		func(t triple) Step {
			return t.untaken(t.step(Keep, "goes with the template's "+t.editedWith()+", which you have changed"))
		}},
	{"B=∅, O=∅, T", "create",
		func(t triple) bool { return t.base == nil && t.ours == nil },
		func(t triple) Step { return t.write(Create, "", *t.theirs) }},
	{"B=∅, O, T", "conflict: add/add (text: markers against an empty base)",
		func(t triple) bool { return t.base == nil },
		triple.addAdd},
	{"binary (NUL in the first 8,000 bytes) or over 8 MiB", "conflict: O stays, T beside",
		func(t triple) bool { return t.clash() && t.unmergeable() },
		func(t triple) Step { return t.whole(Binary, "cannot be merged line by line") }},
	{"B, O, T", "merge; conflict where hunks overlap",
		func(triple) bool { return true },
		triple.merge},
}

func (t triple) decide() Step {
	for _, row := range rows {
		if row.matches(t) {
			return row.do(t)
		}
	}
	panic("plan: the last row matches everything")
}

func (m *maker) triple(path string) triple {
	t := triple{
		path: path, place: path, maker: m,
		base: find(m.base, path), ours: find(m.ours, path), theirs: find(m.theirs, path),
	}
	t.follow(path)
	if !Same(t.base, t.theirs) && !regular(t.ours) {
		t.ours, t.obstacle = m.findObstacle(path, t.ours, t.base == nil) // there is no file to write to, or to delete
	}
	return t
}

// follow looks for a missing file of path where the user moved it.
func (t *triple) follow(path string) {
	if f, ok := t.maker.followed[path]; ok && t.ours == nil && t.theirs != nil {
		t.ours, t.place = f, f.Path
	}
}

// adopts reports whether the user has what the template writes. What neither has is
// another matter.
func (t triple) adopts() bool {
	return t.theirs != nil && (Same(t.ours, t.theirs) || PointerTo(t.theirs, t.ours))
}

func (t triple) midMerge() bool {
	return MidMerge(t.ours, t.base, t.theirs) && (t.maker.unmerged(t.path) || t.maker.unmerged(t.place))
}

// clash reports whether both sides changed the bytes, and not alike.
func (t triple) clash() bool {
	return !bytes.Equal(t.ours.Data, t.theirs.Data) &&
		(t.base == nil || !bytes.Equal(t.base.Data, t.ours.Data) && !bytes.Equal(t.base.Data, t.theirs.Data))
}

func (t triple) unmergeable() bool {
	for _, f := range []*tree.File{t.base, t.ours, t.theirs} {
		if f != nil && (len(f.Data) > maxMerge || merge.Binary(f.Data)) {
			return true
		}
	}
	return false
}

// step is a step that writes nothing.
func (t triple) step(verb Verb, why string) Step {
	if t.place != t.path {
		why = joinWhys("moved by you to "+t.place, why)
	}
	s := Step{Path: t.path, Verb: verb, Why: why, To: t.place}
	if regular(t.ours) { // of anything else there is nothing that a run could change
		s.Ours = t.ours
	}
	return s
}

func (s Step) named() Step {
	s.Named = true
	return s
}

// write is a step that puts after where the user's file is.
func (t triple) write(verb Verb, why string, after tree.File) Step {
	s := t.step(verb, why).named()
	after.Path = t.place
	if t.ours != nil { // a file that the user made private stays private
		after.Mode = WithExecute(t.ours.Mode.Perm(), tree.Executable(after.Mode))
	}
	s.After = &after
	return s
}

// WithExecute makes mode executable for whoever may read, or for nobody.
func WithExecute(mode fs.FileMode, execute bool) fs.FileMode {
	switch {
	case !execute:
		return mode &^ 0o111
	case tree.Executable(mode):
		return mode
	}
	return mode | mode&0o444>>2
}

// forget says so where the user's file may be elsewhere: behind a link that stands in
// its way, or where they moved it.
func (t triple) forget() Step {
	dropped := "the template dropped it"
	if to := t.maker.stuck[t.path].new; to != "" {
		dropped = "the template moved it to " + to
	}
	followed, likest := t.maker.followed[t.path], t.maker.likest(t.path)
	switch {
	case t.obstacle != nil:
		return t.step(Forget, dropped+"; "+t.obstacle.why).named()
	case followed != nil:
		return t.step(Forget, "moved by you to "+followed.Path+"; "+dropped).named()
	case len(likest) > 0:
		return t.step(Forget, "deleted by both; "+lookLike(likest)).named()
	}
	return t.step(Forget, "deleted by both")
}

// gone is the step of a file that the user does not have. It stays so, and what
// looks like it is named. If that, or what was not looked at, may be the file,
// the change is left for a later run.
func (t triple) gone(change string) Step {
	likest := t.maker.likest(cmp.Or(t.from, t.path))
	found := len(likest) > 0 && likest[0].maybe
	maybe := found || t.maker.options.Short
	what := "deleted by you"
	if maybe {
		what = "missing"
	}
	if t.from != "" {
		what += " as " + t.from
	}
	const moveBack = "; if you moved it, move it back, regenerate, and move it again"
	like := ""
	switch {
	case found:
		like = lookLike(likest) + moveBack
	case maybe:
		like = "the project has more files than are looked through" + moveBack
	case len(likest) > 0:
		like = lookLike(likest)
	}
	s := t.step(Keep, joinWhys(what, change, like)).named()
	if s.Deferred = maybe; !maybe {
		s.Untaken = &Untaken{t.base, t.theirs}
	}
	return s
}

// kept leaves a file alone, whatever it is, and the template's change for when it may
// be made.
func (t triple) kept() Step {
	why := t.maker.kept[t.path]
	if Same(t.base, t.theirs) {
		return t.step(Keep, why)
	}
	since := ""
	if t.maker.options.Since != nil {
		if v := t.maker.options.Since(t.path); v != "" {
			since = " since " + v
		}
	}
	change := "the template changed it" + since
	switch {
	case t.maker.keptMoves[t.path] != "":
		change = "the template moved it to " + t.maker.keptMoves[t.path] + since
	case t.theirs == nil:
		change = "the template dropped it" + since
	case t.base == nil && !regular(t.ours):
		change = "the template has it, and you do not"
	case t.base == nil:
		change = "the template has one too"
	}
	s := t.step(Keep, why+"; "+change)
	s.Named = t.ours != nil || t.theirs != nil || t.maker.followed[t.path] != nil
	s.Kept, s.Deferred = true, true
	return s
}

func (t triple) update() Step {
	why := ""
	switch {
	case t.theirs.Once && t.from == "" && t.theirs.Origin != t.base.Origin:
		why = "your answers chose another template"
	case t.ours == nil || !bytes.Equal(t.ours.Data, t.theirs.Data):
	case tree.Executable(t.theirs.Mode):
		why = "becomes executable"
	default:
		why = "is no longer executable"
	}
	return t.write(Update, why, *t.theirs)
}

// blocked leaves what is in the way. No resolution changes that: there may be
// anything behind a link, and all of a project in a folder.
func (t triple) blocked() Step { return t.beside(t.obstacle.kind, t.obstacle.why) }

// marked leaves a file that has markers for when they are resolved: what is
// merged into it would nest them.
func (t triple) marked() Step {
	s := t.step(Conflict, MidMergeWhy+": resolve them, then regenerate").named()
	s.Kind, s.Deferred = Marked, true
	return s
}

func (t triple) dropped() Step {
	what, has := "the template dropped it", "it has your changes"
	if to := t.maker.stuck[t.path].new; to != "" {
		what = "the template moved it to " + to
	}
	if !regular(t.ours) {
		has = "it is " + tree.Kind(t.ours.Mode)
	}
	return t.step(Keep, what+"; "+has).named()
}

// whole resolves a conflict about a file that is one side's or the other's.
func (t triple) whole(kind Kind, why string) Step {
	switch t.maker.options.Conflict {
	case Mine:
		return t.step(Keep, why+": yours kept").named()
	case Template:
		verb := Update
		if t.ours == nil {
			verb = Create
		}
		after := *t.theirs
		after.Mode = t.mode()
		return t.write(verb, why+": the template's taken", after)
	}
	return t.beside(kind, why)
}

// beside leaves the user's file and writes the template's at a free path.
func (t triple) beside(kind Kind, why string) Step {
	if t.maker.options.Conflict == Refuse {
		return t.refused(kind, why)
	}
	head, rest := t.place, ""
	if t.obstacle != nil {
		head, rest = t.obstacle.at, t.place[len(t.obstacle.at):]
	}
	to := t.maker.besideName(head, rest != "") + rest
	s := t.step(Conflict, why+"; the template's is in "+to).named()
	after := *t.theirs
	after.Path = to
	s.Kind, s.To, s.After = kind, to, &after
	return s
}

func (t triple) refused(kind Kind, why string) Step {
	s := t.step(Conflict, why).named()
	s.Kind = kind
	return s
}

func (t triple) addAdd() Step {
	const why = "you and the template both added it"
	if t.clash() && (t.unmergeable() || t.maker.options.Conflict != Markers && !t.lines().Clean()) {
		return t.whole(AddAdd, why)
	}
	s := t.merge().named()
	s.Why = joinWhys(t.step(Keep, why).Why, describeSettled(s.Settled, s.Verb != Conflict))
	if s.Verb == Conflict {
		s.Kind = AddAdd
	}
	return s
}

// merge merges bytes and the executable bit, each on its own.
func (t triple) merge() Step {
	r := t.lines()
	s := t.resolve(r)
	s.Yours, s.Theirs, s.Notes = r.Yours, r.Theirs, r.Notes
	return s
}

func (t triple) resolve(r merge.Result) Step {
	after := tree.File{Data: r.Content, Mode: t.mode(), Origin: t.theirs.Origin, Once: t.theirs.Once}
	settled := describeSettled(r.Settled, r.Clean())
	if r.Clean() {
		s := t.put(after, joinWhys(t.amounts(r), r.Note, settled), joinWhys(r.Note, settled) != "")
		s.Settled = r.Settled
		return s
	}
	verb := "overlap"
	if r.Theirs.Overlap == 1 {
		verb = "overlaps"
	}
	changes := max(r.Theirs.Hunks, r.Theirs.Overlap) // because one run of lines may change several entries
	why := joinWhys(fmt.Sprintf("%d of %s %s yours", r.Theirs.Overlap, count(changes, "change"), verb), r.Note)
	mine, how := true, ": yours kept"
	switch t.maker.options.Conflict {
	case Markers:
		s := t.write(Conflict, joinWhys(why, settled), after)
		s.Kind, s.Overlaps, s.Settled = Content, r.Conflicts, r.Settled
		return s
	case Beside, Refuse:
		s := t.beside(Content, why)
		s.Contested = merge.ReadSides(r.Content, r.Conflicts)
		return s
	case Template:
		mine, how = false, ": the template's taken"
	}
	after.Data = r.Resolve(mine)
	s := t.put(after, joinWhys(why+how, settled), true)
	s.Settled = r.SettledIn(mine)
	return s
}

func (t triple) put(after tree.File, why string, say bool) Step {
	s := t.write(Merge, why, after)
	switch {
	case !Same(t.ours, s.After):
		return s
	case say:
		return t.step(Keep, why).named()
	}
	return t.step(Keep, "has the template's changes already")
}

// lines merges the bytes. Where only one side changed them there is nothing to
// compare, whatever they are. Where the module has another path, imports that the
// user added follow it, and those that both changed are no conflict.
func (t triple) lines() merge.Result {
	if t.unmergeable() {
		if t.base != nil && bytes.Equal(t.base.Data, t.ours.Data) {
			return merge.Result{Content: t.theirs.Data}
		}
		return merge.Result{Content: t.ours.Data}
	}
	var base []byte
	if t.base != nil {
		base = t.base.Data
	}
	r := merge.Merge(t.place, base, t.ours.Data, t.theirs.Data, t.maker.mergeOptions(t.place))
	old, new := modules(t.maker.base, t.maker.theirs, t.path)
	if old == new {
		return r
	}
	if r.Clean() {
		if renamed, err := renameImports(r.Content, old, new); err == nil {
			r.Content = renamed
		}
		return r
	}
	before, err := renameImports(base, old, new)
	ours, err2 := renameImports(t.ours.Data, old, new)
	if followed := merge.Merge(t.place, before, ours, t.theirs.Data, t.maker.mergeOptions(t.place)); cmp.Or(err, err2) == nil && followed.Clean() {
		followed.Yours, followed.Theirs = r.Yours, r.Theirs
		return followed
	}
	return r
}

func (m *maker) mergeOptions(path string) merge.Options {
	return merge.Options{Labels: m.options.Labels, ByLines: m.options.ByLines != nil && m.options.ByLines(path)}
}

// mode merges the executable bit: who changed it wins, and both can only have
// changed it to the same. What both added executes if either's does.
func (t triple) mode() fs.FileMode {
	switch {
	case t.ours == nil:
		return t.theirs.Mode
	case t.base == nil && tree.Executable(t.ours.Mode):
		return t.ours.Mode
	case t.base == nil || tree.Executable(t.ours.Mode) == tree.Executable(t.base.Mode):
		return t.theirs.Mode
	}
	return t.ours.Mode
}

// once leaves a file that is the user's because they edited or deleted it. Only the
// imports of a Go file follow a module that has another path now: they are the
// template's lines, and nothing would build without them.
func (t triple) once() Step {
	mine := "yours once edited"
	if Untouched(t.ours, t.base) {
		mine = "goes with your " + t.editedWith()
	}
	switch {
	case t.from == "" && t.theirs.Origin != t.base.Origin:
		return t.otherTemplate()
	case t.obstacle != nil:
		return t.untaken(t.step(Keep, mine+"; the template changed it"))
	case t.ours == nil:
		s := t.gone("the template changed it")
		s.Why = joinWhys(mine, s.Why)
		return s
	}
	was, is := modules(t.maker.base, t.maker.theirs, t.path)
	ours, err := withNewImports(t.ours, was, is)
	switch {
	case err != nil:
		return t.whole(Once, joinWhys(mine, err.Error()))
	case ours == nil && t.from != "" && Same(t.base, t.theirs):
		return t.step(Keep, "yours")
	case ours == nil:
		return t.untaken(t.step(Keep, mine+"; the template changed it"))
	}
	why := mine + "; its imports follow the module"
	base, _ := withNewImports(t.base, was, is)
	if base != nil && Same(base, t.theirs) {
		return t.write(Merge, why, *ours)
	}
	return t.untaken(t.write(Merge, why+"; the template changed more", *ours))
}

// editedWith returns an edited file that a once-file belongs with; "" if there is
// none. The template that an answer chose is another matter.
func (t triple) editedWith() string {
	if t.from != "" || t.base != nil && t.theirs.Origin != t.base.Origin {
		return ""
	}
	return t.maker.edited[t.theirs.With]
}

// untaken has the step tell what the template changed and it does not take.
func (t triple) untaken(s Step) Step {
	s.Untaken = &Untaken{t.base, t.theirs}
	return s.named()
}

// otherTemplate is for a file of the user's that is now written by another
// template, which an answer chose.
func (t triple) otherTemplate() Step {
	switch {
	case t.obstacle != nil:
		return t.blocked()
	case t.ours == nil:
		return t.whole(Once, "your answers chose another template, and you deleted this one")
	}
	return t.whole(Once, "your answers chose another template, and you changed this one")
}

func joinWhys(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, "; ")
}

func (t triple) amounts(r merge.Result) string {
	yours := "your " + t.amount(r.Yours, t.ours)
	if r.Yours.Lines > 0 && r.Theirs.Lines > 0 {
		return fmt.Sprintf("%s and the template's %d", yours, r.Theirs.Lines)
	}
	return yours + " and the template's " + t.amount(r.Theirs, t.theirs)
}

func (t triple) amount(c merge.Edits, side *tree.File) string {
	switch {
	case c.Lines > 0:
		return count(c.Lines, "line")
	case t.base == nil || bytes.Equal(t.base.Data, side.Data):
		return "mode"
	case t.unmergeable():
		return "content"
	case has(bytes.HasPrefix, t.base, side, "\ufeff"):
		return "byte order mark"
	case has(bytes.HasSuffix, t.base, side, "\n"):
		return "final newline"
	}
	return "line endings"
}

func has(at func(data, part []byte) bool, a, b *tree.File, part string) bool {
	return at(a.Data, []byte(part)) != at(b.Data, []byte(part))
}

func lookLike(likest []lookalike) string {
	first := likest[0].came.Path
	switch n := len(likest); {
	case likest[0].why != "":
		return first + " looks like it, but " + likest[0].why
	case n == 1:
		return first + " looks like it, and like another that is missing"
	case n == 2:
		return first + " and " + likest[1].came.Path + " look like it"
	default:
		return first + " and " + count(n-1, "other") + " look like it"
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
