package apply

import (
	"context"
	"fmt"
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
