package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"scaffold/generator/problem"
)

// Pending returns what an interrupted run left of the project at root, or "". It
// changes nothing.
func Pending(root string) (string, error) { return Options{}.Pending(root) }

// Pending is [Pending] with these options.
func (o Options) Pending(root string) (string, error) {
	d, err := o.openDisk(root)
	if err != nil {
		return "", err
	}
	defer d.close()
	for _, name := range []string{journalName, backName} {
		j, err := readJournal(d, stageDir, name)
		switch {
		case err != nil:
			return "", err
		case j != nil:
			return fmt.Sprintf("%q was interrupted, or is still at work, while it wrote %d files", j.Command, len(j.Ops)), nil
		}
	}
	return "", nil
}

// Recover finishes or takes back what an interrupted run left of the project at
// root. Files that were neither as before nor as planned are kept and named; the
// planned bytes go beside them, to PATH.scaffold-new.
func Recover(ctx context.Context, root string) (kept []string, err error) {
	return Options{}.Recover(ctx, root)
}

// Recover is [Recover] with these options.
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
	err = o.with(root, "scaffold", func(d disk) (err error) {
		kept, err = o.recoverAll(d)
		return err
	})
	return kept, err
}

// leftovers reports whether there is anything for recovery to do.
func leftovers(d disk) (bool, error) {
	for _, dir := range []string{stageDir, oldUndo, oldStage} {
		if there, err := exists(d, dir); there || err != nil {
			return there, err
		}
	}
	j, err := readJournal(d, undoDir, journalName)
	if problem.IsInput(err) || err == nil && j == nil {
		return false, nil // undo complains about it
	}
	if err != nil {
		return false, err
	}
	for _, o := range j.Ops {
		if there, err := exists(d, o.Slot); !o.inStage() && (there || err != nil) {
			return there, err
		}
	}
	return false, nil
}

// recoverAll brings the project into a state that a run may start from.
func (o Options) recoverAll(d disk) (kept []string, err error) {
	for _, dir := range []string{stageDir, undoDir, oldUndo, oldStage} {
		if err := checkFolder(d, dir); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{backName, journalName, intentName} {
		j, err := readJournal(d, stageDir, name)
		if err != nil && !(name == intentName && problem.IsInput(err)) { // an intent may be half written, and nothing hangs on it
			return nil, fmt.Errorf("recover: %w", err)
		}
		if err != nil || j == nil {
			continue
		}
		r := &run{disk: d, options: o, journal: *j}
		err = r.recover(name)
		if err != nil {
			err = fmt.Errorf("recover %q: %w", j.Command, err)
		}
		slices.Sort(r.kept)
		return slices.Compact(r.kept), err
	}
	r := &run{disk: d, options: o}
	return nil, errors.Join(r.discard(), r.sweep())
}

// recover continues from what the name of the journal says.
func (r *run) recover(name string) error {
	switch name {
	case intentName:
		return errors.Join(r.discard(), r.sweep())
	case backName:
		return errors.Join(r.back(), r.sweep())
	}
	if err := r.eachForward(r.resume); err != nil {
		return err
	}
	if err := r.finish(func() error { return nil }); err != nil {
		return err
	}
	return r.sweep()
}

// resume does what is left of an op, going by what is on the disk.
func (r *run) resume(o op) error {
	s, err := r.look(o)
	if err == nil && s.aside != nil {
		s, err = r.resumeAside(o, s)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", o.Path, cause(err))
	}
	switch {
	case o.isNew(s.target) && !o.isNew(s.slot): // done
		return nil
	case o.isNew(s.target) && o.New != nil: // somebody wrote the same
		return r.disk.remove(o.Slot)
	case o.isNew(s.target):
		return nil
	case o.isOld(s.target) && (o.New == nil && s.slot == nil || o.New != nil && o.isNew(s.slot)):
		return r.resumeForward(o)
	}
	return r.keep(o, s.slot)
}

// resumeForward does an op that was not begun.
func (r *run) resumeForward(o op) error {
	err := r.forward(o)
	if err == nil {
		err = r.cameOut(o, nil)
	}
	if !errors.Is(err, errChanged) {
		return err
	}
	if err := r.backOne(o); err != nil {
		return err
	}
	slot, err := look(r.disk, o.Slot)
	if err != nil {
		return err
	}
	return r.keep(o, slot)
}

// resumeAside finishes an exchange by three renames.
func (r *run) resumeAside(o op, s state) (state, error) {
	if s.target == nil && s.slot != nil {
		if err := r.disk.rename(o.Slot, o.Path); err != nil {
			return s, err
		}
	} else if s.slot != nil { // somebody else's file came between
		if err := r.keep(o, s.slot); err != nil {
			return s, err
		}
	}
	if err := r.disk.rename(o.aside(), o.Slot); err != nil {
		return s, err
	}
	return r.look(o)
}

// keep leaves a file that is neither old nor new. The planned bytes go beside
// it, unless it was made from them.
func (r *run) keep(o op, slot *content) error {
	r.kept = append(r.kept, o.Path)
	if o.New == nil || !o.isNew(slot) {
		return nil
	}
	_, err := r.beside(o.Path, o.Slot, newSuffix)
	return err
}

// sweep removes what an ended run still has: slots on other volumes, and the
// data of runs before it.
func (r *run) sweep() error {
	for _, dir := range []string{undoDir, oldStage} {
		j, err := readJournal(r.disk, dir, journalName)
		if err != nil && !problem.IsInput(err) {
			return err
		}
		if err != nil || j == nil {
			continue // undo complains about it
		}
		ended := &run{disk: r.disk, journal: *j}
		for _, o := range j.Ops {
			if !o.inStage() {
				if err := ignoreMissing(r.disk.remove(o.Slot)); err != nil {
					return err
				}
			}
		}
		if err := r.syncAll(ended.slotFolders()...); err != nil {
			return err
		}
	}
	return errors.Join(removeAll(r.disk, oldUndo), removeAll(r.disk, oldStage))
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
