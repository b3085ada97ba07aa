package apply

import (
	"context"
	"errors"
	"fmt"
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
