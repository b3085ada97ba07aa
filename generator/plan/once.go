package plan

// once leaves a file that is the user's from the start, and that they edited or
// deleted. Only the imports of a Go file follow a module that has another path
// now: they are the template's lines, and nothing would build without them.
func (t triple) once() Step {
	const mine = "yours from the start"
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
