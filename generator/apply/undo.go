package apply

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// maxUndo is the largest file that is kept for undo, in bytes.
const maxUndo = 1 << 36

// Undo takes the last [Options.Update] of the project at root back: bytes and
// modes, the state with them. It refuses, naming the files, where they are no
// longer what that run wrote. It returns the steps it took; there is no undo of
// an undo.
func (o Options) Undo(ctx context.Context, root string) (steps []plan.Step, err error) {
	err = o.with(root, "scaffold undo", func(d disk) error {
		kept, err := o.recoverAll(d)
		if err != nil || len(kept) > 0 {
			return errors.Join(err, keptError(kept))
		}
		j, err := readJournal(d, undoDir, journalName)
		if err != nil {
			return fmt.Errorf("undo: %w", err)
		}
		if j == nil {
			return errNothing()
		}
		all, err := undoing(d, *j)
		if err != nil {
			return err
		}
		if len(all) == 0 { // all is as it was before
			return errNothing()
		}
		next, err := newJournal(d, all, func(folder string) bool { return slices.Contains(j.Made, folder) })
		if err != nil {
			return err
		}
		next.Command, next.Undo = "scaffold undo", true
		if err := o.run(ctx, d, next, all); err != nil {
			return err
		}
		steps = undone(all)
		return nil
	})
	return steps, err
}

func errNothing() error {
	return problem.WithHint(problem.Input("undo: there is no regenerate or restore to take back"),
		"only the last one is kept, and only where it was run")
}

// undoing returns the changes that take a run back. What is already as it was
// before stays; anything else that the run did not write is refused.
func undoing(d disk, j journal) ([]change, error) {
	var gone, come []change
	var touched []string
	for i, o := range j.Ops {
		have, err := look(d, o.Path)
		if j.ownFolder(o, have) {
			have = nil
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("undo %s: %w", o.Path, cause(err))
		case o.isNew(have):
		case o.isOld(have):
			continue
		default:
			touched = append(touched, o.Path)
			continue
		}
		c, err := undoOne(d, o, i, have)
		if err != nil {
			return nil, fmt.Errorf("undo %s: %w", o.Path, err)
		}
		if c.new == nil {
			gone = append(gone, c)
		} else {
			come = append(come, c)
		}
	}
	if len(touched) > 0 {
		return nil, problem.WithHint(
			fmt.Errorf("undo: changed since the last regenerate: %s; nothing was changed", quoted(touched)),
			"undo would lose those changes: take them out, or go back with version control")
	}
	return append(gone, come...), nil
}

// undoOne returns the change that takes the i-th op back.
func undoOne(d disk, o op, i int, have *content) (c change, err error) {
	c = change{path: o.Path, old: have, new: o.Old, exact: true}
	if have != nil {
		if c.was, err = readAll(d, o.Path, maxUndo); err != nil {
			return c, cause(err)
		}
		if (tree.File{Data: c.was}).Sum() != have.Sum {
			return c, errChanged
		}
	}
	if o.Old == nil {
		return c, nil
	}
	if c.data, err = readAll(d, path.Join(undoDir, slotName(i)), maxUndo); err != nil {
		return c, fmt.Errorf("read what it was before: %w", err)
	}
	if (tree.File{Data: c.data}).Sum() != o.Old.Sum {
		return c, problem.Input("what it was before is damaged in %s", undoDir)
	}
	return c, nil
}

// undone tells what the changes did, sorted by path, the state last.
func undone(all []change) []plan.Step {
	var steps []plan.Step
	for _, c := range all {
		s := plan.Step{Path: c.path, To: c.path, Verb: plan.Update, Why: "as it was", Named: true}
		switch {
		case c.new == nil:
			s.Verb = plan.Delete
		case c.old == nil:
			s.Verb = plan.Create
		}
		if c.old != nil {
			s.Ours = &tree.File{Path: c.path, Mode: c.old.Mode, Data: c.was}
		}
		if c.new != nil {
			s.After = &tree.File{Path: c.path, Mode: c.new.Mode, Data: c.data}
		}
		steps = append(steps, s)
	}
	slices.SortFunc(steps, func(a, b plan.Step) int { return strings.Compare(a.Path, b.Path) })
	return steps
}
