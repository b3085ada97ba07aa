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
