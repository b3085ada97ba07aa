package apply

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// giveUp takes back what a run did and returns why.
func (r *run) giveUp(why error) error {
	err := r.takeBack()
	if err == nil && len(r.kept) == 0 {
		return unchanged(why)
	}
	if err != nil {
		return errors.Join(why, halfWritten(err))
	}
	return errors.Join(why, r.keptMeanwhile())
}

func halfWritten(err error) error {
	return problem.WithHint(fmt.Errorf("take it back: %w", err),
		"the project is half written; the next scaffold regenerate or undo puts it right first")
}

func (r *run) keptMeanwhile() error {
	err := fmt.Errorf("saved meanwhile, and left as it is: %s", quoted(r.kept))
	if len(r.rescued) == 0 {
		return err
	}
	return problem.WithHint(err, "what was there before is in %s", quoted(r.rescued))
}

// takeBack takes back what was done of a run and removes its stage. Each is tried
// once more where it fails, because half a project is the worst to leave.
func (r *run) takeBack() error {
	err := twice(r.back)
	if err == nil {
		err = twice(r.discard)
	}
	slices.Sort(r.kept)
	r.kept = slices.Compact(r.kept)
	return err
}

func twice(f func() error) error {
	if f() == nil {
		return nil
	}
	return f()
}

// back takes back what was done of a run, in the opposite order, going by what
// is on the disk: it may be called again after any of its steps.
func (r *run) back() error {
	if r.ended {
		if err := r.disk.rename(undoDir, stageDir); err != nil {
			return fmt.Errorf("take up the undo data: %w", cause(err))
		}
		r.ended = false
	}
	// That the run has not ended must last before anything is moved, because what
	// is moved out of undo data that still looks whole would be missed there.
	if err := r.syncAll(tree.StateFolder); err != nil {
		return err
	}
	if err := r.backWhere(func(o op) bool { return o.New != nil }); err != nil {
		return err
	}
	for _, dir := range slices.Backward(r.journal.Made) { // a full disk has no room for more before they go
		if err := r.removeFolder(dir); err != nil {
			return err
		}
		delete(r.lasting, dir)
	}
	if err := r.backWhere(func(o op) bool { return o.New == nil }); err != nil {
		return err
	}
	if err := r.rescueWritten(); err != nil {
		return err
	}
	return r.syncAll(r.touched()...)
}

// rescueWritten keeps what is in the stage and was not written by the run: who had
// a file open that was taken back may have written to it since.
func (r *run) rescueWritten() error {
	for _, o := range r.journal.Ops {
		for _, at := range []string{o.slot, o.aside()} {
			left, err := look(r.disk, at)
			if err == nil && left != nil && !(o.New != nil && o.isNew(left)) {
				err = r.rescue(o, at)
			}
			if err != nil {
				return fmt.Errorf("look at what %s was: %w", o.Path, cause(err))
			}
		}
	}
	return nil
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

// backOne takes back one op. What was taken from the project is in the slot or
// aside, and is whatever is not what the op writes.
func (r *run) backOne(o op) error {
	if o.Old == nil {
		return r.uncreate(o)
	}
	for _, at := range [][2]string{{o.aside(), o.slot}, {o.slot, o.aside()}} {
		if err := r.putBack(o, at[0], at[1]); err != nil {
			return err
		}
	}
	return nil
}

// putBack moves what is held to its place; spare is where what the run put there
// may go.
func (r *run) putBack(o op, held, spare string) error {
	was, err := look(r.disk, held)
	if err != nil || was == nil || o.New != nil && o.isNew(was) {
		return err
	}
	target, err := look(r.disk, o.Path)
	if err != nil {
		return err
	}
	ours, err := r.wrote(o, target)
	switch {
	case err != nil:
		return err
	case target == nil, r.journal.ownFolder(o, target):
		return r.moveBack(o, held)
	case target.is(was) && was.Mode.IsRegular():
		return r.endRename(held, o.Path)
	case ours:
		return r.swapBack(o, held, spare)
	}
	return r.rescue(o, held)
}

// ownFolder reports whether c, at o's path, is only a folder that the run makes
// or empties: files become folders, and folders files.
func (j journal) ownFolder(o op, c *content) bool {
	return c != nil && c.Mode.IsDir() && (slices.Contains(j.Made, o.Path) ||
		slices.ContainsFunc(j.Emptied, func(dir folder) bool { return dir.Path == o.Path }))
}

// wrote reports whether c, at o's path, is what the run put there. If the staged
// file is still in its slot it is not, unless both are one file: that is a rename
// by link and unlink that was cut short.
func (r *run) wrote(o op, c *content) (bool, error) {
	if o.New == nil || !o.isNew(c) {
		return false, nil
	}
	for _, at := range []string{o.slot, o.aside()} {
		staged, err := look(r.disk, at)
		if err != nil {
			return false, err
		}
		if staged != nil && o.isNew(staged) && (staged.id != c.id || c.id == 0) {
			return false, nil
		}
	}
	return true, nil
}

// swapBack exchanges what is held with what the run had written. What then comes
// out must be that; if somebody saved meanwhile, theirs goes back.
func (r *run) swapBack(o op, held, spare string) error {
	err := r.disk.exchange(held, o.Path)
	if errors.Is(err, errNoExchange) {
		return r.swapByRenames(o, held, spare)
	}
	if err != nil {
		return err
	}
	out, err := look(r.disk, held)
	if err != nil || o.isNew(out) {
		return err
	}
	if err := r.disk.exchange(held, o.Path); err != nil {
		return err
	}
	return r.rescue(o, held)
}

func (r *run) swapByRenames(o op, held, spare string) error {
	if err := ignoreMissing(r.disk.remove(spare)); err != nil { // another name of what the run wrote
		return err
	}
	if err := r.disk.rename(o.Path, spare); err != nil {
		return err
	}
	out, err := look(r.disk, spare)
	if err != nil {
		return err
	}
	if o.isNew(out) {
		return r.moveBack(o, held)
	}
	if err := r.moveBack(o, spare); err != nil {
		return err
	}
	return r.rescue(o, held)
}

// moveBack moves a file to its place, where nothing is.
func (r *run) moveBack(o op, from string) error {
	if err := r.makeParents(o.Path); err != nil {
		return err
	}
	err := r.disk.rename(from, o.Path)
	if err != nil && inTheWay(err) { // somebody was quicker
		return r.rescue(o, from)
	}
	return err
}

// makeParents makes the folders that hold name, as they were. Their names must
// last before anything is moved into them, also those that an earlier try made.
func (r *run) makeParents(name string) error {
	for _, dir := range parents(name) {
		if r.lasting[dir] {
			continue
		}
		mode := fs.FileMode(0o777)
		if i := slices.IndexFunc(r.journal.Emptied, func(e folder) bool { return e.Path == dir }); i >= 0 {
			mode = r.journal.Emptied[i].Mode
		}
		if err := r.disk.mkdir(dir, mode); err != nil && !inTheWay(err) {
			return err
		}
		if err := r.syncAll(path.Dir(dir)); err != nil {
			return err
		}
		if r.lasting == nil {
			r.lasting = make(map[string]bool)
		}
		r.lasting[dir] = true
	}
	return nil
}

// uncreate takes a new file away again, unless it was changed since.
func (r *run) uncreate(o op) error {
	target, err := look(r.disk, o.Path)
	if err != nil || target == nil || r.journal.ownFolder(o, target) {
		return err
	}
	slot, err := look(r.disk, o.slot)
	switch {
	case err != nil:
		return err
	case slot != nil && (slot.id != target.id || slot.id == 0):
		return nil // it was not reached
	case !o.isNew(target):
		r.kept = append(r.kept, o.Path)
		return nil
	}
	if err := ignoreMissing(r.disk.remove(o.slot)); err != nil { // another name of the target
		return err
	}
	if err := r.disk.rename(o.Path, o.slot); err != nil {
		return ignoreMissing(err)
	}
	out, err := look(r.disk, o.slot)
	if err != nil || o.isNew(out) {
		return err
	}
	r.kept = append(r.kept, o.Path)
	return r.moveBack(o, o.slot)
}

// rescue keeps bytes that may be the only ones of their kind: they go beside the
// file, which stays.
func (r *run) rescue(o op, from string) error {
	r.kept = append(r.kept, o.Path)
	name, err := r.moveBeside(o.Path, from)
	r.rescued = append(r.rescued, name)
	return err
}

// moveBeside moves a file beside another, under the first name that is free.
// Where a folder on the way has become something else, it goes beside that.
func (r *run) moveBeside(target, from string) (name string, err error) {
	head, rest := target, ""
	for _, dir := range parents(target) {
		if e, err := r.disk.stat(dir); err == nil && !e.mode.IsDir() {
			head, rest = dir, target[len(dir):]
			break
		}
	}
	name = head + oldSuffix + rest
	for i := 2; i < 1000; i++ {
		if err = r.makeParents(name); err != nil {
			return "", err
		}
		if err = r.disk.rename(from, name); err == nil || !inTheWay(err) {
			break
		}
		a, _ := r.disk.stat(from)
		if b, _ := r.disk.stat(name); a.id == b.id && a.id != 0 {
			err = r.endRename(from, name)
			break
		}
		name = fmt.Sprintf("%s%s.%d%s", head, oldSuffix, i, rest)
	}
	for _, dir := range append(parents(name), name) {
		r.besides = append(r.besides, path.Dir(dir))
	}
	return name, err
}

// endRename removes from, whose bytes are at to as well: a rename by link and
// unlink was cut short, or the user brought them back. They must last there first.
func (r *run) endRename(from, to string) error {
	if err := r.syncAll(path.Dir(to)); err != nil {
		return err
	}
	return r.disk.remove(from)
}

// discard removes the stage of a run that has changed nothing, or nothing any
// more. The journal goes first, because without it the rest means nothing; before
// it, all that it answers for must last.
func (r *run) discard() error {
	if err := r.disk.rename(previousDir, undoDir); err != nil && !notThere(err) && !inTheWay(err) {
		return fmt.Errorf("keep the undo data: %w", cause(err))
	}
	if err := r.syncAll(stageDir, tree.StateFolder); err != nil {
		return err
	}
	if err := ignoreMissing(r.disk.remove(path.Join(stageDir, journalName))); err != nil {
		return err
	}
	if err := r.syncAll(stageDir); err != nil {
		return err
	}
	if err := removeAll(r.disk, stageDir); err != nil {
		return err
	}
	return r.syncAll(tree.StateFolder)
}
