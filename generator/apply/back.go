package apply

import (
	"fmt"
	"path"
	"slices"

	"scaffold/generator/tree"
)

// back takes back what was done of a run, in the opposite order, going by what
// is on the disk: it may be called again after any of its steps.
func (r *run) back() error {
	if err := r.reopen(); err != nil {
		return err
	}
	if err := r.backWhere(func(o op) bool { return o.New != nil }); err != nil {
		return err
	}
	for _, dir := range slices.Backward(r.journal.Made) { // a full disk has no room for more before they go
		if err := r.removeFolder(dir); err != nil {
			return err
		}
	}
	if err := r.backWhere(func(o op) bool { return o.New == nil }); err != nil {
		return err
	}
	if err := r.syncAll(r.touched()...); err != nil {
		return err
	}
	return r.discard()
}

func (r *run) backWhere(is func(op) bool) error {
	for _, o := range slices.Backward(r.journal.Ops) {
		if !is(o) {
			continue
		}
		if err := r.backOne(o); err != nil {
			return fmt.Errorf("restore %s: %w", o.Path, cause(err))
		}
	}
	return nil
}

// reopen takes back the end of a run that came as far as that, and says in the
// journal's name where this is going.
func (r *run) reopen() error {
	there, err := exists(r.disk, stageDir)
	if err != nil {
		return err
	}
	if !there {
		if err := r.disk.rename(r.end(), stageDir); err != nil {
			return err
		}
	}
	if there, err = exists(r.disk, undoDir); err == nil && !there {
		err = ignoreMissing(r.disk.rename(oldUndo, undoDir))
	}
	if err != nil {
		return err
	}
	return r.turnBack()
}

// turnBack says in the journal's name that recovery goes back.
func (r *run) turnBack() error {
	return ignoreMissing(r.disk.rename(path.Join(stageDir, journalName), path.Join(stageDir, backName)))
}

// state is what stands at an op's three places; nil for nothing.
type state struct{ target, slot, aside *content }

func (r *run) look(o op) (s state, err error) {
	for _, at := range []struct {
		path string
		to   **content
	}{{o.Path, &s.target}, {o.Slot, &s.slot}, {o.aside(), &s.aside}} {
		if *at.to, err = look(r.disk, at.path); err != nil {
			return s, err
		}
	}
	if r.journal.ownFolder(o, s.target) {
		s.target = nil
	}
	return s, nil
}

// ownFolder reports whether c, at o's path, is only a folder that the run makes
// or empties: files become folders, and folders files.
func (j journal) ownFolder(o op, c *content) bool {
	return c != nil && c.Mode.IsDir() && (slices.Contains(j.Made, o.Path) || slices.Contains(j.Emptied, o.Path))
}

func (r *run) backOne(o op) error {
	s, err := r.look(o)
	if err != nil {
		return err
	}
	if o.Old == nil {
		return r.uncreate(o, s)
	}
	if s.aside != nil { // an exchange by three renames that was cut short
		return r.backAside(o, s)
	}
	if s.slot == nil || o.New != nil && o.isNew(s.slot) {
		return nil // it was not reached
	}
	switch {
	case s.target == nil:
		return r.putBack(o, o.Slot)
	case o.New != nil && o.isNew(s.target):
		return r.unexchange(o)
	case o.isOld(s.target) && o.isOld(s.slot):
		return r.disk.remove(o.Slot)
	}
	return r.rescue(o, o.Slot)
}

// unexchange swaps again. What then comes out must be what the run had written;
// if somebody saved meanwhile, theirs goes back.
func (r *run) unexchange(o op) error {
	if err := r.exchange(o); err != nil {
		return err
	}
	out, err := look(r.disk, o.Slot)
	if err != nil || o.isNew(out) {
		return err
	}
	if err := r.exchange(o); err != nil {
		return err
	}
	return r.rescue(o, o.Slot)
}

func (r *run) backAside(o op, s state) error {
	if s.target != nil && o.isNew(s.target) && s.slot == nil {
		if err := r.disk.rename(o.Path, o.Slot); err != nil {
			return err
		}
		s.target = nil
	}
	if s.target == nil {
		return r.putBack(o, o.aside())
	}
	return r.rescue(o, o.aside())
}

// putBack moves what the run had taken to where it was.
func (r *run) putBack(o op, from string) error {
	if err := r.makeParents(o.Path); err != nil {
		return err
	}
	err := r.disk.rename(from, o.Path)
	if err != nil && inTheWay(err) { // somebody was quicker
		return r.rescue(o, from)
	}
	return err
}

func (r *run) makeParents(name string) error {
	for _, dir := range parents(name) {
		if err := r.disk.mkdir(dir, 0o777); err != nil && !inTheWay(err) {
			return err
		}
	}
	return nil
}

// uncreate takes a new file away again, unless it was changed since.
func (r *run) uncreate(o op, s state) error {
	switch {
	case s.target == nil || s.slot != nil:
		return nil // it was not reached
	case !o.isNew(s.target):
		r.kept = append(r.kept, o.Path)
		return nil
	}
	if err := r.disk.rename(o.Path, o.Slot); err != nil {
		return ignoreMissing(err)
	}
	out, err := look(r.disk, o.Slot)
	if err != nil || o.isNew(out) {
		return err
	}
	r.kept = append(r.kept, o.Path)
	return r.disk.rename(o.Slot, o.Path)
}

// rescue keeps bytes that may be the only ones of their kind: they go beside the
// file, which stays.
func (r *run) rescue(o op, from string) error {
	r.kept = append(r.kept, o.Path)
	name, err := r.beside(o.Path, from, oldSuffix)
	r.rescued = append(r.rescued, name)
	return err
}

// beside moves a file beside another, under the first name that is free. Where
// a folder on the way has become something else, it goes beside that.
func (r *run) beside(target, from, suffix string) (name string, err error) {
	head, rest := target, ""
	for _, dir := range parents(target) {
		if e, err := r.disk.stat(dir); err == nil && !e.mode.IsDir() {
			head, rest = dir, target[len(dir):]
			break
		}
	}
	name = head + suffix + rest
	for i := 2; i < 1000; i++ {
		if err = r.makeParents(name); err != nil {
			return "", err
		}
		if err = r.disk.rename(from, name); err == nil || !inTheWay(err) {
			break
		}
		name = fmt.Sprintf("%s%s.%d%s", head, suffix, i, rest)
	}
	for _, dir := range append(parents(name), name) {
		r.besides = append(r.besides, path.Dir(dir))
	}
	return name, err
}

// discard removes the stage of a run that has changed nothing, or nothing any
// more. That recovery goes back must last first: it cannot go forward without
// what is removed here.
func (r *run) discard() error {
	if err := r.turnBack(); err != nil {
		return err
	}
	if err := r.syncAll(stageDir); err != nil {
		return err
	}
	for _, o := range r.journal.Ops {
		if !o.inStage() {
			if err := ignoreMissing(r.disk.remove(o.Slot)); err != nil {
				return err
			}
		}
	}
	if err := r.syncAll(r.slotFolders()...); err != nil {
		return err
	}
	if err := removeAll(r.disk, stageDir); err != nil {
		return err
	}
	return r.syncAll(tree.StateFolder)
}
