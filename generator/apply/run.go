package apply

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A run makes changes: it stages them, journals them, exchanges file by file and
// then either ends or takes all of it back.
type run struct {
	disk    disk
	options Options
	journal journal
	ended   bool            // the stage is the undo data
	kept    []string        // files that were neither old nor new
	rescued []string        // where bytes went whose place was taken
	besides []string        // folders in which files were put beside others
	lasting map[string]bool // folders whose names last
}

// run makes all changes or none.
func (o Options) run(ctx context.Context, d disk, j journal, all []change) error {
	if err := context.Cause(ctx); err != nil || len(all) == 0 {
		return err
	}
	r := &run{disk: d, options: o, journal: j}
	notes, err := r.stage(ctx, all)
	if err != nil {
		if left := twice(r.discard); left != nil {
			return errors.Join(err, left)
		}
		return unchanged(err)
	}
	if err := r.commit(ctx, all); err != nil {
		return r.giveUp(err)
	}
	r.sweep() // what it leaves, the next run sweeps
	o.note(notes...)
	return nil
}

func (o Options) note(notes ...string) {
	for _, text := range notes {
		if o.Note != nil {
			o.Note(text)
		}
	}
}

// stage writes every new file and the journal, and makes both last. The journal
// gets its name when it is whole.
func (r *run) stage(ctx context.Context, all []change) (notes []string, err error) {
	if err := r.disk.mkdir(stageDir, 0o777); err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	if notes, err = r.writeSlots(ctx, all); err != nil {
		return nil, err
	}
	text, err := r.journal.encode()
	if err != nil {
		return nil, fmt.Errorf("stage: the journal: %w", err)
	}
	draft := path.Join(stageDir, draftName)
	if _, _, err := create(r.disk, draft, text, 0o666, ""); err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	if !r.options.noJournal {
		if err := r.disk.rename(draft, path.Join(stageDir, journalName)); err != nil {
			return nil, fmt.Errorf("stage: %w", err)
		}
	}
	return notes, r.syncAll(stageDir, tree.StateFolder)
}

// writeSlots writes the staged files. Their modes are what the volume made of
// them, because one without modes would otherwise always look changed.
func (r *run) writeSlots(ctx context.Context, all []change) (notes []string, err error) {
	lost := make([][]string, len(all))
	err = r.options.each(ctx, len(all), func(i int) error {
		c, o := all[i], r.journal.Ops[i]
		if o.New == nil {
			return nil
		}
		var err error
		if o.New.Mode, lost[i], err = create(r.disk, o.slot, c.data, c.new.Mode, c.like); err != nil {
			return fmt.Errorf("write %s: %w", c.path, cause(err))
		}
		return nil
	})
	for i, what := range lost {
		if len(what) > 0 {
			notes = append(notes, fmt.Sprintf("%s: could not keep its %s", all[i].path, strings.Join(what, ", its ")))
		}
	}
	return notes, err
}

func (r *run) syncAll(folders ...string) error {
	for _, f := range folders {
		if err := r.disk.sync(f); err != nil && !notThere(err) && !inTheWay(err) {
			return fmt.Errorf("sync %s: %w", f, cause(err))
		}
	}
	return nil
}

// commit exchanges file by file and makes it last. Any error leaves the journal
// in place, for whoever takes the run back.
func (r *run) commit(ctx context.Context, all []change) error {
	made := false
	for _, o := range r.journal.Ops {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if o.New != nil && !made { // all that goes has gone
			if err := r.makeFolders(); err != nil {
				return err
			}
			made = true
		}
		if err := r.forward(o); err != nil {
			return err
		}
	}
	if err := r.removeEmptied(func(string) bool { return true }); err != nil {
		return err
	}
	if err := r.syncAll(r.touched()...); err != nil {
		return err
	}
	// What came out is looked at last: who had an old file open may have written
	// to it since.
	if err := r.verifyReplaced(ctx, all); err != nil {
		return err
	}
	return r.end()
}

// makeFolders makes the new folders, and removes emptied ones that are to be
// files. The names of new folders must last before anything is moved into them.
func (r *run) makeFolders() error {
	if err := r.removeEmptied(r.journal.replaces); err != nil {
		return err
	}
	for _, dir := range r.journal.Made {
		if err := r.disk.mkdir(dir, 0o777); err != nil && !inTheWay(err) { // what needs it finds out
			return fmt.Errorf("create %s: %w", dir, cause(err))
		}
	}
	for _, dir := range r.journal.Made {
		if err := r.syncAll(path.Dir(dir)); err != nil {
			return err
		}
	}
	return nil
}

// replaces reports whether something is to have the place of an emptied folder:
// a file, or on a volume that ignores case the folder in another spelling.
func (j journal) replaces(dir string) bool {
	return slices.ContainsFunc(j.Made, func(made string) bool { return made != dir && strings.EqualFold(made, dir) }) ||
		slices.ContainsFunc(j.Ops, func(o op) bool {
			return o.New != nil && (o.Path == dir || slices.Contains(parents(dir), o.Path))
		})
}

// removeEmptied removes the folders that are empty now, of those that f takes.
// What was in them must have arrived in the stage first.
func (r *run) removeEmptied(f func(string) bool) error {
	synced := false
	for _, dir := range r.journal.Emptied {
		if !f(dir.Path) {
			continue
		}
		if !synced {
			if err := r.syncAll(stageDir); err != nil {
				return err
			}
			synced = true
		}
		if err := r.removeFolder(dir.Path); err != nil {
			return err
		}
	}
	return nil
}

// removeFolder removes a folder if it is empty.
func (r *run) removeFolder(dir string) error {
	err := r.disk.rmdir(dir)
	if err != nil && !notThere(err) && !inTheWay(err) && !isBusy(err) {
		return fmt.Errorf("remove %s: %w", dir, cause(err))
	}
	return nil
}

// forward does one op on a disk as the plan saw it.
func (r *run) forward(o op) error {
	var err error
	switch {
	case o.New == nil:
		err = r.disk.rename(o.Path, o.slot)
	case o.Old == nil:
		err = r.disk.rename(o.slot, o.Path)
	default:
		err = r.replace(o)
	}
	switch {
	case err == nil:
		return nil
	case notThere(err), inTheWay(err):
		return changed(o.Path)
	case errors.Is(err, syscall.EXDEV):
		return problem.WithHint(
			fmt.Errorf("write %s: it is on another file system than %s, and files are exchanged within one; nothing was changed", o.Path, tree.StateFolder),
			"unmount what is mounted inside the project, run the command again, then move the files there")
	}
	return fmt.Errorf("write %s: %w", o.Path, cause(err))
}

// replace swaps slot and target. Where the file system cannot, there is a moment
// without a target; what is saved there then is not replaced either.
func (r *run) replace(o op) error {
	err := r.disk.exchange(o.slot, o.Path)
	if !errors.Is(err, errNoExchange) {
		return err
	}
	if err := r.disk.rename(o.Path, o.aside()); err != nil {
		return err
	}
	return r.disk.rename(o.slot, o.Path)
}

// verifyReplaced checks that what was taken away is what the plan saw. To look
// before taking it would leave a moment for somebody to save.
func (r *run) verifyReplaced(ctx context.Context, all []change) error {
	errs := make([]error, len(all))
	err := r.options.each(ctx, len(all), func(i int) error {
		errs[i] = r.verifyOne(r.journal.Ops[i], all[i].was)
		return nil
	})
	return errors.Join(append(errs, err)...)
}

func (r *run) verifyOne(o op, was []byte) error {
	if o.Old == nil {
		return nil
	}
	out, err := lookAgain(r.disk, o.slot, was, o.Old.Sum)
	if err == nil && out == nil {
		out, err = lookAgain(r.disk, o.aside(), was, o.Old.Sum)
	}
	switch {
	case err != nil:
		return fmt.Errorf("write %s: %w", o.Path, cause(err))
	case !o.isOld(out):
		return changed(o.Path)
	}
	return nil
}

// end makes the stage the undo data, which is the one step that tells an ended
// run from another.
func (r *run) end() error {
	if err := ignoreMissing(r.disk.rename(undoDir, previousDir)); err != nil {
		return fmt.Errorf("replace the undo data: %w", cause(err))
	}
	if err := r.disk.rename(stageDir, undoDir); err != nil {
		return fmt.Errorf("finish: %w", cause(err))
	}
	r.ended = true
	return r.syncAll(tree.StateFolder)
}

// sweep removes the undo data of the run before one that has ended.
func (r *run) sweep() error { return removeAll(r.disk, inUndo(previousDir)) }

// touched returns every folder in which a name changed, sorted.
func (r *run) touched() []string {
	list := append([]string{stageDir, tree.StateFolder}, r.besides...)
	for _, o := range r.journal.Ops {
		list = append(list, path.Dir(o.Path))
	}
	for _, dir := range r.journal.Made {
		list = append(list, path.Dir(dir))
	}
	for _, dir := range r.journal.Emptied {
		list = append(list, path.Dir(dir.Path))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
