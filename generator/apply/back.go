package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Pending returns what an interrupted run left of the project at root, or "". It
// changes nothing.
func (o Options) Pending(root string) (string, error) {
	d, err := o.openDisk(root)
	if err != nil {
		return "", err
	}
	defer d.close()
	j, err := readJournal(d, stageDir)
	if err != nil || j == nil {
		return "", err
	}
	return fmt.Sprintf("%q was interrupted, or is still at work, while it wrote %d files", j.Command, len(j.Ops)), nil
}

// Recover takes back what an interrupted run left of the project at root, so
// that it is as it was before. Files that were neither as before nor as planned
// are kept and named; what they were goes beside them, to PATH.scaffold-old.
func (o Options) Recover(ctx context.Context, root string) (kept []string, err error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	d, err := o.openDisk(root)
	if err != nil {
		return nil, err
	}
	left, err := leftovers(d)
	d.close()
	if err != nil || !left {
		return nil, err
	}
	err = o.with(root, "scaffold", func(_ disk, had []string) error {
		kept = had
		return nil
	})
	return kept, err
}

// leftovers reports whether there is anything for recovery to do.
func leftovers(d disk) (bool, error) {
	if there, err := exists(d, stageDir); there || err != nil {
		return there, err
	}
	return exists(d, inUndo(previousDir))
}

// recoverAll brings the project into a state that a run may start from.
func (o Options) recoverAll(d disk) (kept []string, err error) {
	for _, dir := range []string{stageDir, undoDir} {
		if err := checkFolder(d, dir); err != nil {
			return nil, err
		}
	}
	j, err := readJournal(d, stageDir)
	if err != nil {
		return nil, fmt.Errorf("recover: %w", err)
	}
	r := &run{disk: d, options: o}
	if j == nil {
		if there, err := exists(d, stageDir); err != nil || there {
			return nil, errors.Join(err, r.discard(), r.sweep())
		}
		return nil, r.sweep()
	}
	r.journal = *j
	if err := r.takeBack(); err != nil {
		return r.kept, fmt.Errorf("recover %q: %w", j.Command, err)
	}
	o.note(fmt.Sprintf("%q was interrupted, and is taken back", j.Command))
	return r.kept, r.sweep()
}

// checkFolder refuses a link or file where a run keeps its data.
func checkFolder(d disk, dir string) error {
	e, err := d.stat(dir)
	if err != nil {
		return ignoreMissing(err)
	}
	if !e.mode.IsDir() {
		return notFolder(dir, e.mode)
	}
	return nil
}

// maxUndo is the largest file that is kept for undo, in bytes.
const maxUndo = 1 << 36

// Undo takes the last [Options.Update] of the project at root back: bytes and
// modes, the state with them. It refuses, naming the files, where they are no
// longer what that run wrote. It returns the steps it took; there is no undo of
// an undo. Once begun it ends, now or as the next run's recovery.
func (o Options) Undo(ctx context.Context, root string) (steps []plan.Step, err error) {
	err = o.with(root, "scaffold undo", func(d disk, kept []string) error {
		j, err := readJournal(d, undoDir)
		switch {
		case len(kept) > 0:
			return keptError(kept)
		case err != nil:
			return fmt.Errorf("undo: %w", err)
		case j == nil:
			return errNothing()
		}
		r := &run{disk: d, options: o, journal: *j, ended: true}
		if steps, err = r.undoing(ctx); err != nil {
			return err
		}
		if len(steps) == 0 { // all is as it was before
			return errNothing()
		}
		if err := r.takeBack(); err != nil {
			return halfWritten(err)
		}
		if len(r.kept) > 0 {
			return r.keptMeanwhile()
		}
		return nil
	})
	return steps, err
}

func errNothing() error {
	return problem.WithHint(problem.Input("undo: there is no regenerate or restore to take back"),
		"only the last one is kept, and only where it was run")
}

// undoing returns the steps that taking the run back will be, sorted by path.
// What is already as it was before stays; anything else that the run did not
// write is refused.
func (r *run) undoing(ctx context.Context) ([]plan.Step, error) {
	var steps []plan.Step
	var touched []string
	for _, o := range r.journal.Ops {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		have, err := look(r.disk, o.Path)
		if r.journal.ownFolder(o, have) || r.respelled(o) {
			have = nil
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("undo %s: %w", o.Path, cause(err))
		case o.isNew(have):
			s, err := r.undoOne(o, have)
			if err != nil {
				return nil, fmt.Errorf("undo %s: %w", o.Path, err)
			}
			steps = append(steps, s)
		case !o.isOld(have):
			touched = append(touched, o.Path)
		}
	}
	if len(touched) > 0 {
		return nil, problem.WithHint(
			fmt.Errorf("undo: changed since the last regenerate: %s; nothing was changed", quoted(touched)),
			"undo would lose what was changed in them since: scaffold diff FILE shows it, beside what you had changed before; make them again what that run wrote, or go back with version control")
	}
	slices.SortFunc(steps, func(a, b plan.Step) int { return strings.Compare(a.Path, b.Path) })
	return steps, nil
}

// respelled reports whether what is at the path of a file that the run took away
// is the one that it wrote under another spelling of the name.
func (r *run) respelled(o op) bool {
	return o.New == nil && slices.ContainsFunc(r.journal.Ops, func(other op) bool {
		return other.New != nil && other.Path != o.Path && strings.EqualFold(other.Path, o.Path) && ignoresCase(r.disk)
	})
}

// undoOne returns the step that takes an op back.
func (r *run) undoOne(o op, have *content) (plan.Step, error) {
	s := plan.Step{Path: o.Path, To: o.Path, Verb: plan.Update, Why: "as it was", Named: true}
	if have == nil {
		s.Verb = plan.Create
	} else {
		data, err := readAll(r.disk, o.Path, maxUndo)
		if err != nil {
			return s, cause(err)
		}
		s.Ours = &tree.File{Path: o.Path, Mode: have.Mode, Data: data}
	}
	if o.Old == nil {
		s.Verb = plan.Delete
		return s, nil
	}
	data, err := readAll(r.disk, inUndo(o.slot), maxUndo)
	if err != nil && notThere(err) {
		data, err = readAll(r.disk, inUndo(o.aside()), maxUndo)
	}
	if err != nil {
		return s, fmt.Errorf("read what it was before: %w", err)
	}
	s.After = &tree.File{Path: o.Path, Mode: o.Old.Mode, Data: data}
	if s.After.Sum() != o.Old.Sum {
		return s, problem.Input("what it was before is damaged in %s", undoDir)
	}
	return s, nil
}

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
