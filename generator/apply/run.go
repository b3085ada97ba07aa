package apply

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A run makes changes: it stages them, journals them, exchanges file by file and
// then either finishes or takes all of it back.
type run struct {
	disk    disk
	options Options
	journal journal
	kept    []string // files that were neither old nor new
	rescued []string // where bytes went whose place was taken
	besides []string // folders in which files were put beside others
}

// run makes all changes or none.
func (o Options) run(ctx context.Context, d disk, j journal, all []change) error {
	if err := context.Cause(ctx); err != nil || len(all) == 0 {
		return err
	}
	folder, err := d.stat(tree.StateFolder)
	if err != nil {
		return err
	}
	j.Version, j.Host, j.Folder = journalVersion, hostID(), folder.id
	r := &run{disk: d, options: o, journal: j}
	if err := r.stage(ctx, all); err != nil {
		return errors.Join(err, r.discard())
	}
	if err := r.commit(ctx, all); err != nil {
		return r.giveUp(err)
	}
	r.sweep() // what it leaves, the next run sweeps
	return nil
}

// stage writes every new file, makes that last, and then says so in the journal.
func (r *run) stage(ctx context.Context, all []change) error {
	text, err := r.journal.encode()
	if err != nil {
		return err
	}
	if err := r.disk.mkdir(stageDir, 0o777); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	name := path.Join(stageDir, intentName)
	if err := create(r.disk, name, text, 0o666, false); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	// Slots outside the stage are found again only through the intent.
	outside := r.slotFolders()
	if len(outside) > 0 {
		if err := r.syncAll(stageDir, tree.StateFolder); err != nil {
			return err
		}
	}
	if err := r.writeSlots(ctx, all); err != nil {
		return err
	}
	if err := r.syncAll(append(outside, stageDir)...); err != nil {
		return err
	}
	if !r.options.noJournal {
		if err := r.disk.rename(name, path.Join(stageDir, journalName)); err != nil {
			return fmt.Errorf("stage: %w", err)
		}
	}
	return r.syncAll(stageDir, tree.StateFolder)
}

func (r *run) slotFolders() []string {
	var outside []string
	for _, o := range r.journal.Ops {
		if dir := path.Dir(o.Slot); !o.inStage() && !slices.Contains(outside, dir) {
			outside = append(outside, dir)
		}
	}
	return outside
}

// writeSlots writes the staged files.
func (r *run) writeSlots(ctx context.Context, all []change) error {
	return each(ctx, r.options.Serial, len(all), func(i int) error {
		if all[i].new == nil {
			return nil
		}
		return r.writeSlot(r.journal.Ops[i].Slot, all[i])
	})
}

func (r *run) writeSlot(slot string, c change) error {
	if err := create(r.disk, slot, c.data, c.new.Mode, c.exact); err != nil {
		return fmt.Errorf("write %s: %w", c.path, cause(err))
	}
	return nil
}

func (r *run) syncAll(folders ...string) error {
	for _, f := range folders {
		if err := r.disk.sync(f); err != nil && !notThere(err) && !inTheWay(err) {
			return fmt.Errorf("sync %s: %w", f, cause(err))
		}
	}
	return nil
}

// giveUp takes back what a run did and returns why.
func (r *run) giveUp(why error) error {
	err := r.back()
	if err == nil && len(r.kept) == 0 {
		return why
	}
	if err != nil {
		return problem.WithHint(errors.Join(why, fmt.Errorf("take it back: %w", err)),
			"the project is half written; the next scaffold regenerate or undo puts it right first")
	}
	why = errors.Join(why, fmt.Errorf("saved meanwhile, and left as it is: %s", quoted(r.kept)))
	if len(r.rescued) == 0 {
		return why
	}
	return problem.WithHint(why, "what was there before is in %s", quoted(r.rescued))
}

// commit exchanges file by file and makes it last. Any error leaves the journal
// in place, for whoever takes the run back.
func (r *run) commit(ctx context.Context, all []change) error {
	if err := r.eachForward(func(o op) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		return r.forward(o)
	}); err != nil {
		return err
	}
	// What came out is looked at last: who had an old file open may have written
	// to it since.
	return r.finish(func() error {
		errs := make([]error, len(all))
		err := each(ctx, r.options.Serial, len(all), func(i int) error {
			errs[i] = r.cameOut(r.journal.Ops[i], all[i].was)
			return nil
		})
		return errors.Join(append(errs, err)...)
	})
}

// eachForward calls f for every op, in order, and makes the folders in between:
// after files are gone, and before others come.
func (r *run) eachForward(f func(op) error) error {
	made := false
	for _, o := range r.journal.Ops {
		if o.New != nil && !made {
			if err := r.makeFolders(); err != nil {
				return err
			}
			made = true
		}
		if err := f(o); err != nil {
			return err
		}
	}
	return nil
}

// makeFolders makes the new folders, and removes emptied ones that are to be
// files. The names of new folders must last before anything is moved into them.
func (r *run) makeFolders() error {
	if err := r.removeEmptied(r.becomesFile); err != nil {
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

// removeEmptied removes the folders that are empty now, of those that f takes.
// What was in them must have arrived elsewhere first.
func (r *run) removeEmptied(f func(string) bool) error {
	synced := false
	for _, dir := range r.journal.Emptied {
		if !f(dir) {
			continue
		}
		if !synced {
			if err := r.syncAll(append(r.slotFolders(), stageDir)...); err != nil {
				return err
			}
			synced = true
		}
		if err := r.removeFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) becomesFile(dir string) bool {
	return slices.ContainsFunc(r.journal.Ops, func(o op) bool {
		return o.New != nil && (o.Path == dir || slices.Contains(parents(dir), o.Path))
	})
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
	err := r.move(o)
	switch {
	case err != nil && (notThere(err) || inTheWay(err)):
		return changed(o.Path)
	case err != nil:
		return fmt.Errorf("write %s: %w", o.Path, cause(err))
	}
	return nil
}

// cameOut checks that what an op took away is what the plan saw: was, or nil if
// only the sum is known. To look before taking it would leave a moment for
// somebody to save.
func (r *run) cameOut(o op, was []byte) error {
	if o.Old == nil {
		return nil
	}
	out, err := lookAgain(r.disk, o.Slot, was, o.Old.Sum)
	if err != nil {
		return fmt.Errorf("write %s: %w", o.Path, cause(err))
	}
	if !o.isOld(out) {
		return changed(o.Path)
	}
	return nil
}

func (r *run) move(o op) error {
	switch {
	case o.New == nil:
		return r.disk.rename(o.Path, o.Slot)
	case o.Old == nil:
		return r.disk.rename(o.Slot, o.Path)
	}
	return r.exchange(o)
}

// exchange swaps slot and target. Where the file system cannot, there is a
// moment without a target; what is saved there then is not replaced either.
func (r *run) exchange(o op) error {
	err := r.disk.exchange(o.Slot, o.Path)
	if !errors.Is(err, errNoExchange) {
		return err
	}
	if err := r.disk.rename(o.Path, o.aside()); err != nil {
		return err
	}
	if err := r.disk.rename(o.Slot, o.Path); err != nil {
		return err
	}
	return r.disk.rename(o.aside(), o.Slot)
}

// finish makes all that was exchanged last and ends the run: the stage becomes
// the undo data, which is the one step that tells a finished run from another.
// The last moment to object is when all else is done.
func (r *run) finish(objection func() error) error {
	if err := r.collect(); err != nil {
		return err
	}
	if err := r.removeEmptied(func(string) bool { return true }); err != nil {
		return err
	}
	if err := r.syncAll(r.touched()...); err != nil {
		return err
	}
	if err := objection(); err != nil {
		return err
	}
	if err := ignoreMissing(r.disk.rename(undoDir, oldUndo)); err != nil {
		return fmt.Errorf("replace the undo data: %w", cause(err))
	}
	if err := r.disk.rename(stageDir, r.end()); err != nil {
		return fmt.Errorf("finish: %w", cause(err))
	}
	return r.syncAll(tree.StateFolder)
}

// end is what the stage becomes.
func (r *run) end() string {
	if r.journal.Undo {
		return oldStage
	}
	return undoDir
}

// collect copies what came out into slots on other volumes: undo data is in one
// place.
func (r *run) collect() error {
	for i, o := range r.journal.Ops {
		there, err := exists(r.disk, o.Slot)
		if err != nil {
			return err
		}
		if o.inStage() || o.Old == nil || !there {
			continue
		}
		to := path.Join(stageDir, slotName(i))
		if err := ignoreMissing(r.disk.remove(to)); err != nil { // of a run that did not get further
			return err
		}
		data, err := readAll(r.disk, o.Slot, maxUndo)
		if err == nil {
			err = create(r.disk, to, data, o.Old.Mode, true)
		}
		if err != nil {
			return fmt.Errorf("keep %s for undo: %w", o.Path, cause(err))
		}
	}
	return nil
}

// touched returns every folder in which a name changed, sorted.
func (r *run) touched() []string {
	list := append([]string{stageDir, tree.StateFolder}, r.besides...)
	for _, o := range r.journal.Ops {
		list = append(list, path.Dir(o.Path), path.Dir(o.Slot))
	}
	for _, dir := range slices.Concat(r.journal.Made, r.journal.Emptied) {
		list = append(list, path.Dir(dir))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
