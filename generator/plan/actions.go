package plan

import (
	"bytes"
	"cmp"
	"io/fs"
	"path"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// step is a step that writes nothing.
func (t triple) step(verb Verb, why string) Step {
	if t.place != t.path {
		why = join("moved by you to "+t.place, why)
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
		after.Mode = withExecute(t.ours.Mode.Perm(), executable(&after))
	}
	s.After = &after
	return s
}

// withExecute makes mode executable for whoever may read, or for nobody.
func withExecute(mode fs.FileMode, execute bool) fs.FileMode {
	switch {
	case !execute:
		return mode &^ 0o111
	case mode&0o100 != 0:
		return mode
	}
	return mode | mode&0o444>>2
}

// forget says so where something else stands in the file's way: it may be there,
// behind a link.
func (t triple) forget() Step {
	if t.in != nil {
		return t.step(Forget, "the template dropped it; "+t.in.why).named()
	}
	return t.step(Forget, "deleted by both")
}

// gone is the step of a file that the user does not have. It stays so, and what
// looks like it is named. If that, or what was not looked at, may be the file,
// the change is put off.
func (t triple) gone(change string) Step {
	leads := t.maker.suspects(cmp.Or(t.from, t.path))
	unsure := t.maker.options.Short || len(leads) > 0 && leads[0].unsure
	what := "deleted by you"
	if unsure {
		what = "missing"
	}
	if t.from != "" {
		what += " as " + t.from
	}
	s := t.step(Keep, join(what, change, t.suspicion(leads))).named()
	if s.later = unsure; !unsure {
		s.Untaken = &Untaken{t.base, t.theirs}
	}
	return s
}

func (t triple) update() Step {
	why := t.modeOnly()
	if t.theirs.Once && t.from == "" && t.theirs.Origin != t.base.Origin {
		why = "your answers chose another template"
	}
	return t.write(Update, why, *t.theirs)
}

// modeOnly says what changes where no byte does.
func (t triple) modeOnly() string {
	switch {
	case t.ours == nil || !bytes.Equal(t.ours.Data, t.theirs.Data):
		return ""
	case executable(t.theirs):
		return "becomes executable"
	}
	return "is no longer executable"
}

// blocked leaves what is in the way. No resolution changes that: there may be
// anything behind a link, and all of a project in a folder.
func (t triple) blocked() Step { return t.beside(t.in.kind, t.in.why) }

// marked leaves a file that has markers for when they are resolved: what is
// merged into it would nest them.
func (t triple) marked() Step {
	s := t.step(Conflict, MidMergeWhy+": resolve them, then regenerate").named()
	s.Kind, s.later = Marked, true
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

// whole settles a conflict about a file that is one side's or the other's.
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
	head, rest := t.place, ""
	if t.in != nil {
		head, rest = t.in.at, t.place[len(t.in.at):]
	}
	to := t.maker.besideName(head, rest != "") + rest
	s := t.step(Conflict, why+"; the template's is in "+to).named()
	after := *t.theirs
	after.Path = to
	s.Kind, s.To, s.After = kind, to, &after
	return s
}

func (t triple) addAdd() Step {
	const why = "you and the template both added it"
	if t.clash() && (t.unmergeable() || t.maker.options.Conflict != Markers) {
		return t.whole(AddAdd, why)
	}
	s := t.merge().named()
	s.Why = t.step(Keep, why).Why
	if s.Verb == Conflict {
		s.Kind = AddAdd
	}
	return s
}

// merge merges bytes and the executable bit, each on its own.
func (t triple) merge() Step {
	r := t.lines()
	s := t.settle(r)
	s.Yours, s.Theirs, s.Notes = r.Yours, r.Theirs, r.Notes
	return s
}

func (t triple) settle(r merge.Result) Step {
	after := tree.File{Data: r.Content, Mode: t.mode(), Origin: t.theirs.Origin, Once: t.theirs.Once}
	if r.Clean() {
		return t.put(after, join(t.amounts(r), r.Note), r.Note != "")
	}
	why := join(overlap(r), r.Note)
	switch t.maker.options.Conflict {
	case Beside:
		return t.beside(Content, why)
	case Mine:
		after.Data = r.Resolve(true)
		return t.put(after, why+": yours kept", true)
	case Template:
		after.Data = r.Resolve(false)
		return t.put(after, why+": the template's taken", true)
	}
	s := t.write(Conflict, why, after)
	s.Kind, s.Overlaps = Content, r.Conflicts
	return s
}

// put writes a merged file, unless that is what the user has.
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
// compare, whatever they are.
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
	return t.mergeLines(base, t.ours.Data)
}

// mergeLines merges text. Where the module has another path, imports that the
// user added follow it, and those that both changed are no conflict.
func (t triple) mergeLines(base, ours []byte) merge.Result {
	r := merge.Merge(t.place, base, ours, t.theirs.Data, t.maker.options.Labels)
	old, new := t.maker.modules(t.path)
	if old == new || path.Ext(t.path) != ".go" {
		return r
	}
	if r.Clean() {
		if renamed, err := renameImports(r.Content, old, new); err == nil {
			r.Content = renamed
		}
		return r
	}
	before, err := renameImports(base, old, new)
	mine, err2 := renameImports(ours, old, new)
	if followed := merge.Merge(t.place, before, mine, t.theirs.Data, t.maker.options.Labels); cmp.Or(err, err2) == nil && followed.Clean() {
		followed.Yours, followed.Theirs = r.Yours, r.Theirs
		return followed
	}
	return r
}

// mode merges the executable bit: who changed it wins, and both can only have
// changed it to the same. What both added executes if either's does.
func (t triple) mode() fs.FileMode {
	switch {
	case t.ours == nil:
		return t.theirs.Mode
	case t.base == nil && executable(t.ours):
		return t.ours.Mode
	case t.base == nil || executable(t.ours) == executable(t.base):
		return t.theirs.Mode
	}
	return t.ours.Mode
}

// once leaves a file that is the user's because they edited or deleted it. Only the imports of a Go file follow a module that has another path
// now: they are the template's lines, and nothing would build without them.
func (t triple) once() Step {
	mine := "yours once edited"
	if Untouched(t.ours, t.base) {
		mine = "goes with your " + t.editedWith()
	}
	switch {
	case t.from == "" && t.theirs.Origin != t.base.Origin:
		return t.otherTemplate()
	case t.in != nil:
		return t.untaken(t.step(Keep, mine+"; the template changed it"))
	case t.ours == nil:
		s := t.gone("the template changed it")
		s.Why = join(mine, s.Why)
		return s
	}
	ours, err := t.renamed(t.ours)
	switch {
	case err != nil:
		return t.whole(Once, join(mine, err.Error()))
	case ours == nil && t.from != "":
		return t.step(Keep, "yours")
	case ours == nil:
		return t.untaken(t.step(Keep, mine+"; the template changed it"))
	}
	why := mine + "; its imports follow the module"
	base, _ := t.renamed(t.base)
	if base != nil && Same(base, t.theirs) {
		return t.write(Merge, why, *ours)
	}
	return t.untaken(t.write(Merge, why+"; the template changed more", *ours))
}

// editedWith returns an edited file that a once-file belongs with; "" if there is
// none. The template that an answer chose is another matter.
func (t triple) editedWith() string {
	if t.from != "" || t.theirs.Origin != t.base.Origin {
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
	case t.in != nil:
		return t.blocked()
	case t.ours == nil:
		return t.whole(Once, "your answers chose another template, and you deleted this one")
	}
	return t.whole(Once, "your answers chose another template, and you changed this one")
}
