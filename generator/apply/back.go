package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

func hasLeftovers(d disk) (bool, error) {
	if there, err := exists(d, stageDir); there || err != nil {
		return there, err
	}
	return exists(d, inUndo(previousDir))
}

// recoverProject takes back what an interrupted run left, because another may start
// only then. It returns the files that were neither as before nor as planned.
func (o Options) recoverProject(d disk) (kept []string, err error) {
	for _, dir := range []string{stageDir, undoDir} {
		e, err := d.stat(dir)
		if err == nil && !e.mode.IsDir() {
			err = notFolderError(dir, e.mode)
		}
		if err := ignoreMissing(err); err != nil {
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
			return nil, errors.Join(err, r.discardStage(), r.removePrevious())
		}
		return nil, r.removePrevious()
	}
	r.journal = *j
	if err := r.takeBack(); err != nil {
		return r.kept, fmt.Errorf("recover %q: %w", j.Command, err)
	}
	o.note(fmt.Sprintf("%q was interrupted, and is taken back", j.Command))
	return r.kept, r.removePrevious()
}

const maxUndo = 1 << 36 // bytes of a file that undo shows

func (o Options) undo(ctx context.Context, d disk, j journal) ([]plan.Step, error) {
	r := &run{disk: d, options: o, journal: j, ended: true}
	steps, err := r.planUndo(ctx)
	if err != nil || len(steps) == 0 {
		return nil, err
	}
	if err := r.takeBack(); err != nil {
		return steps, halfWrittenError(err)
	}
	if x := readIndex(d); x != nil {
		r.remember(x.Renew())
	}
	if j.Command != regenerate && !j.makesProject() {
		o.note(fmt.Sprintf("%q alone is taken back: the run before it stays, and what was there before that only version control has", j.Command))
	}
	if len(r.kept) > 0 {
		return steps, r.savedError()
	}
	return steps, nil
}

// regenerate is the command that most expect undo to take back.
const regenerate = "scaffold regenerate"

// makesProject reports whether there was no project before, so that there is no run
// before it.
func (j journal) makesProject() bool {
	return slices.ContainsFunc(j.Ops, func(o op) bool { return o.Path == tree.BaseFile && o.Old == nil })
}

// planUndo returns the steps that taking the run back will be, sorted by path. It
// leaves out what is already as it was before, and refuses where anything else is
// not what the run wrote.
func (r *run) planUndo(ctx context.Context) ([]plan.Step, error) {
	var steps []plan.Step
	var edited []string
	for _, o := range r.journal.Ops {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		have, err := look(r.disk, o.Path)
		if r.journal.isOwnFolder(o, have) || r.isRespelled(o) {
			have = nil
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("undo %s: %w", o.Path, problem.Cause(err))
		case o.isNew(have):
			s, err := r.undoStep(o, have)
			if err != nil {
				return nil, fmt.Errorf("undo %s: %w", o.Path, err)
			}
			steps = append(steps, s)
		case !o.isOld(have):
			edited = append(edited, o.Path)
		}
	}
	if len(edited) > 0 {
		return nil, problem.WithHint(
			fmt.Errorf("undo: changed since the last %s: %s; %w", strings.TrimPrefix(r.journal.Command, "scaffold "), quoted(edited), errUnchanged),
			"undo would lose what was changed since: scaffold diff FILE shows it, with your earlier changes; make the file again what that run wrote, or go back with version control")
	}
	slices.SortFunc(steps, func(a, b plan.Step) int { return strings.Compare(a.Path, b.Path) })
	return steps, nil
}

// isRespelled reports whether what is at the path of a file that the run took away
// is the one that it wrote under another spelling of the name.
func (r *run) isRespelled(o op) bool {
	return o.New == nil && slices.ContainsFunc(r.journal.Ops, func(other op) bool {
		return other.New != nil && other.Path != o.Path && strings.EqualFold(other.Path, o.Path) && ignoresCase(r.disk)
	})
}

func (r *run) undoStep(o op, have *content) (plan.Step, error) {
	s := plan.Step{Path: o.Path, To: o.Path, Verb: plan.Update, Why: "as it was", Named: true}
	if have == nil {
		s.Verb = plan.Create
	} else {
		data, err := readAll(r.disk, o.Path, maxUndo)
		if err != nil {
			return s, problem.Cause(err)
		}
		s.Ours = &tree.File{Path: o.Path, Mode: have.Mode, Data: data}
	}
	if o.Old == nil {
		s.Verb = plan.Delete
		return s, nil
	}
	data, err := readAll(r.disk, inUndo(o.slot), maxUndo)
	if err != nil && isMissing(err) {
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

// abort takes the run back because of an error, and returns that.
func (r *run) abort(why error) error {
	if err := r.takeBack(); err != nil {
		return errors.Join(why, halfWrittenError(err))
	}
	if len(r.kept) > 0 {
		return errors.Join(why, r.savedError())
	}
	return addUnchanged(why)
}

func halfWrittenError(err error) error {
	return problem.WithHint(fmt.Errorf("take it back: %w", err),
		"the project is half written; the next scaffold regenerate or undo puts it right first")
}

func (r *run) savedError() error {
	err := fmt.Errorf("saved meanwhile, and left as it is: %s", quoted(r.kept))
	if len(r.rescued) == 0 {
		return err
	}
	return problem.WithHint(err, "what was there before is in %s", quoted(r.rescued))
}

func quoted(paths []string) string {
	var list []string
	for _, p := range paths {
		list = append(list, strconv.Quote(p))
	}
	return strings.Join(list, ", ")
}

// takeBack restores what was there before the run, and removes its stage. Both are
// tried again where they fail, because half a project is the worst to leave.
func (r *run) takeBack() error {
	err := retry(r.restore)
	if err == nil {
		err = retry(r.discardStage)
	}
	slices.Sort(r.kept)
	r.kept = slices.Compact(r.kept)
	return err
}

func retry(f func() error) error {
	if f() == nil {
		return nil
	}
	return f()
}

// restore takes back the ops in the opposite order. It goes by what is on the disk,
// because it may be called again after any of its steps.
func (r *run) restore() error {
	if r.ended {
		if err := r.disk.rename(undoDir, stageDir); err != nil {
			return fmt.Errorf("take up the undo data: %w", problem.Cause(err))
		}
		r.ended = false
	}
	// That the run has not ended must last before anything is moved, because what
	// is moved out of undo data that still looks whole would be missed there.
	if err := r.syncFolders(tree.StateFolder); err != nil {
		return err
	}
	if err := r.restoreOps(func(o op) bool { return o.New != nil }); err != nil {
		return err
	}
	// The folders go now, because a full disk has no room for more before that.
	for _, dir := range slices.Backward(r.journal.Made) {
		if err := r.removeIfEmpty(dir); err != nil {
			return err
		}
		delete(r.lasting, dir)
	}
	if err := r.restoreOps(func(o op) bool { return o.New == nil }); err != nil {
		return err
	}
	if err := r.rescueStaged(); err != nil {
		return err
	}
	return r.syncFolders(r.touched()...)
}

// restoreOps takes back the ops that match. What an op took away is in its slot or
// aside, and is whatever is not New.
func (r *run) restoreOps(match func(op) bool) error {
	for _, o := range slices.Backward(r.journal.Ops) {
		var err error
		switch {
		case !match(o):
			continue
		case o.Old == nil:
			err = r.removeCreated(o)
		default:
			if err = r.restoreOld(o, o.aside(), o.slot); err == nil {
				err = r.restoreOld(o, o.slot, o.aside())
			}
		}
		if err != nil {
			return fmt.Errorf("restore %s: %w", o.Path, problem.Cause(err))
		}
	}
	return nil
}

// removeCreated takes a new file away again, unless it was changed since.
func (r *run) removeCreated(o op) error {
	target, err := look(r.disk, o.Path)
	if err != nil || target == nil || r.journal.isOwnFolder(o, target) {
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

// restoreOld moves what is held to its place, unless that is New. What the run put
// there may go to spare.
func (r *run) restoreOld(o op, held, spare string) error {
	was, err := look(r.disk, held)
	if err != nil || was == nil || o.New != nil && o.isNew(was) {
		return err
	}
	target, err := look(r.disk, o.Path)
	if err != nil {
		return err
	}
	written, err := r.isWritten(o, target)
	switch {
	case err != nil:
		return err
	case target == nil, r.journal.isOwnFolder(o, target):
		return r.moveBack(o, held)
	case target.is(was) && was.Mode.IsRegular():
		return r.endRename(held, o.Path)
	case written:
		return r.swapBack(o, held, spare)
	}
	return r.rescue(o, held)
}

// isOwnFolder reports whether c, at o's path, is only a folder that the run makes
// or empties, because files become folders, and folders files.
func (j journal) isOwnFolder(o op, c *content) bool {
	return c != nil && c.Mode.IsDir() && (slices.Contains(j.Made, o.Path) ||
		slices.ContainsFunc(j.Emptied, func(dir folder) bool { return dir.Path == o.Path }))
}

// isWritten reports whether c, at o's path, was put there by the run. It was not
// if New is still in the stage, unless both are one file, because a rename by link
// and unlink was cut short.
func (r *run) isWritten(o op, c *content) (bool, error) {
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

// swapBack exchanges what is held with New. It looks at what came out, because
// somebody may have saved: then theirs goes back.
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
	if err := ignoreMissing(r.disk.remove(spare)); err != nil { // another name of New
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

func (r *run) moveBack(o op, from string) error {
	if err := r.makeParents(o.Path); err != nil {
		return err
	}
	err := r.disk.rename(from, o.Path)
	if err != nil && isTaken(err) { // somebody was quicker
		return r.rescue(o, from)
	}
	return err
}

// makeParents makes the folders that hold name, as they were. Their names, also of
// those that an earlier try made, must last before anything is moved into them.
func (r *run) makeParents(name string) error {
	for _, dir := range tree.Parents(name) {
		if r.lasting[dir] {
			continue
		}
		mode := fs.FileMode(0o777)
		if i := slices.IndexFunc(r.journal.Emptied, func(e folder) bool { return e.Path == dir }); i >= 0 {
			mode = r.journal.Emptied[i].Mode
		}
		if err := r.disk.mkdir(dir, mode); err != nil && !isTaken(err) {
			return err
		}
		if err := r.syncFolders(path.Dir(dir)); err != nil {
			return err
		}
		if r.lasting == nil {
			r.lasting = make(map[string]bool)
		}
		r.lasting[dir] = true
	}
	return nil
}

// endRename removes from, whose bytes are at to as well, because a rename by link
// and unlink was cut short, or the user brought them back. They must last there
// first.
func (r *run) endRename(from, to string) error {
	if err := r.syncFolders(path.Dir(to)); err != nil {
		return err
	}
	return r.disk.remove(from)
}

// rescueStaged keeps what is in the stage and was not written by the run, because
// who had a file open that was taken back may have written to it since.
func (r *run) rescueStaged() error {
	for _, o := range r.journal.Ops {
		for _, at := range []string{o.slot, o.aside()} {
			left, err := look(r.disk, at)
			if err == nil && left != nil && !(o.New != nil && o.isNew(left)) {
				err = r.rescue(o, at)
			}
			if err != nil {
				return fmt.Errorf("look at what %s was: %w", o.Path, problem.Cause(err))
			}
		}
	}
	return nil
}

// rescue moves a file from the stage to the first name beside its path that is
// free, because its bytes may be the only ones of their kind. Where a folder on the
// way has become something else, it goes beside that.
func (r *run) rescue(o op, from string) error {
	r.kept = append(r.kept, o.Path)
	head, rest := o.Path, ""
	for _, dir := range tree.Parents(o.Path) {
		if e, err := r.disk.stat(dir); err == nil && !e.mode.IsDir() {
			head, rest = dir, o.Path[len(dir):]
			break
		}
	}
	name := head + oldSuffix + rest
	var err error
	for i := 2; i < 1000; i++ {
		if err := r.makeParents(name); err != nil {
			return err
		}
		if err = r.disk.rename(from, name); err == nil || !isTaken(err) {
			break
		}
		a, _ := r.disk.stat(from)
		if b, _ := r.disk.stat(name); a.id == b.id && a.id != 0 {
			err = r.endRename(from, name)
			break
		}
		name = fmt.Sprintf("%s%s.%d%s", head, oldSuffix, i, rest)
	}
	for _, dir := range append(tree.Parents(name), name) {
		r.besides = append(r.besides, path.Dir(dir))
	}
	r.rescued = append(r.rescued, name)
	return err
}

// discardStage removes the stage of a run that has changed nothing, or nothing any
// more. The journal goes first, because the rest means nothing without it, and only
// when all that was taken back by it lasts.
func (r *run) discardStage() error {
	if err := r.disk.rename(previousDir, undoDir); err != nil && !isMissing(err) && !isTaken(err) {
		return fmt.Errorf("keep the undo data: %w", problem.Cause(err))
	}
	if err := r.syncFolders(stageDir, tree.StateFolder); err != nil {
		return err
	}
	if err := ignoreMissing(r.disk.remove(path.Join(stageDir, journalName))); err != nil {
		return err
	}
	if err := r.syncFolders(stageDir); err != nil {
		return err
	}
	if err := removeAll(r.disk, stageDir); err != nil {
		return err
	}
	return r.syncFolders(tree.StateFolder)
}
