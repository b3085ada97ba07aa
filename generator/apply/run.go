package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"scaffold/generator/index"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A run carries out a journal: it stages the new files, exchanges them with the
// old ones, and then either ends or is taken back.
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

func (o Options) run(ctx context.Context, d disk, j journal, x *index.Index) error {
	if err := context.Cause(ctx); err != nil || len(j.Ops) == 0 {
		return err
	}
	r := &run{disk: d, options: o, journal: j}
	notes, err := r.stage(ctx)
	if err != nil {
		if left := retry(r.discardStage); left != nil {
			return errors.Join(err, left)
		}
		return addUnchanged(err)
	}
	if err := r.commit(ctx); err != nil {
		return r.abort(err)
	}
	r.removePrevious() // what it cannot remove, the next run does
	r.remember(x)
	o.note(notes...)
	return nil
}

// addUnchanged adds errUnchanged to err, unless it says so already, or is an interrupt,
// of which everybody is told the same.
func addUnchanged(err error) error {
	if err == nil || errors.Is(err, errUnchanged) || errors.Is(err, errChanged) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w; %w", err, errUnchanged)
}

func (o Options) note(notes ...string) {
	for _, text := range notes {
		if o.Note != nil {
			o.Note(text)
		}
	}
}

// stage writes the new files and then the journal, which gets its name when it is
// whole, and syncs them.
func (r *run) stage(ctx context.Context) (notes []string, err error) {
	if err := r.disk.mkdir(stageDir, 0o777); err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	if notes, err = r.stageFiles(ctx); err != nil {
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
	return notes, r.syncFolders(stageDir, tree.StateFolder)
}

// stageFiles writes the new files. The journal gets the modes that the volume made
// of theirs, because on one without modes they would otherwise look changed, and the
// sums that only writing tells.
func (r *run) stageFiles(ctx context.Context) (notes []string, err error) {
	var files []*creation
	var of []*op
	for i := range r.journal.Ops {
		if o := &r.journal.Ops[i]; o.New != nil {
			files = append(files, &creation{path: o.slot, bytes: o.becomes, perm: o.New.Mode, like: o.like, shown: o.Path})
			of = append(of, o)
		}
	}
	err = r.options.createAll(ctx, r.disk, files)
	for i, f := range files {
		of[i].New.Mode, of[i].New.Sum = f.made, cmp.Or(f.sum, of[i].New.Sum)
		if len(f.lost) > 0 {
			notes = append(notes, fmt.Sprintf("%s: could not keep its %s", f.shown, strings.Join(f.lost, ", its ")))
		}
	}
	return notes, err
}

func (r *run) syncFolders(folders ...string) error {
	for _, f := range folders {
		if err := r.disk.sync(f); err != nil && !isMissing(err) && !isTaken(err) {
			return fmt.Errorf("sync %s: %w", f, problem.Cause(err))
		}
	}
	return nil
}

// commit exchanges old and new files, one by one, and ends the run. After an error
// the journal is still in place, and the run has to be taken back.
func (r *run) commit(ctx context.Context) error {
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
		if err := r.exchange(o); err != nil {
			return err
		}
	}
	if err := r.removeEmptied(func(string) bool { return true }); err != nil {
		return err
	}
	if err := r.syncFolders(r.touched()...); err != nil {
		return err
	}
	// This is as late as can be, because who has an old file open may still write
	// to it.
	if err := r.verifyReplaced(ctx); err != nil {
		return err
	}
	return r.end()
}

// makeFolders makes the new folders, whose names must last before anything is moved
// into them. First it removes the emptied ones whose names are needed.
func (r *run) makeFolders() error {
	if err := r.removeEmptied(r.journal.isReplaced); err != nil {
		return err
	}
	for _, dir := range r.journal.Made {
		if err := r.disk.mkdir(dir, 0o777); err != nil && !isTaken(err) { // or what goes into it fails
			return fmt.Errorf("create %s: %w", dir, problem.Cause(err))
		}
	}
	for _, dir := range r.journal.Made {
		if err := r.syncFolders(path.Dir(dir)); err != nil {
			return err
		}
	}
	return nil
}

// isReplaced reports whether an emptied folder gives its place to a file or, on a
// volume that ignores case, to the folder in another spelling.
func (j journal) isReplaced(dir string) bool {
	return slices.ContainsFunc(j.Made, func(made string) bool { return made != dir && strings.EqualFold(made, dir) }) ||
		slices.ContainsFunc(j.Ops, func(o op) bool {
			return o.New != nil && (o.Path == dir || slices.Contains(tree.Parents(dir), o.Path))
		})
}

// removeEmptied removes the matching folders that are empty now. First, what was in
// them must last in the stage.
func (r *run) removeEmptied(match func(string) bool) error {
	synced := false
	for _, dir := range r.journal.Emptied {
		if !match(dir.Path) {
			continue
		}
		if !synced {
			if err := r.syncFolders(stageDir); err != nil {
				return err
			}
			synced = true
		}
		if err := r.removeIfEmpty(dir.Path); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) removeIfEmpty(dir string) error {
	err := r.disk.rmdir(dir)
	if err != nil && !isMissing(err) && !isTaken(err) && !isBusy(err) {
		return fmt.Errorf("remove %s: %w", dir, problem.Cause(err))
	}
	return nil
}

// exchange moves Old into the slot and New out of it, on a disk as the plan saw
// it. Where names cannot be exchanged there is a moment without a file; what is
// saved there then is not replaced either.
func (r *run) exchange(o op) error {
	var err error
	switch {
	case o.New == nil:
		err = r.disk.rename(o.Path, o.slot)
	case o.Old == nil:
		err = r.disk.rename(o.slot, o.Path)
	default:
		err = r.disk.exchange(o.slot, o.Path)
		if errors.Is(err, errNoExchange) {
			if err = r.disk.rename(o.Path, o.aside()); err == nil {
				err = r.disk.rename(o.slot, o.Path)
			}
		}
	}
	switch {
	case err == nil:
		return nil
	case isMissing(err), isTaken(err):
		return changedError(o.Path)
	case errors.Is(err, syscall.EXDEV):
		return problem.WithHint(
			fmt.Errorf("write %s: it is on another file system than %s, and files are exchanged within one", o.Path, tree.StateFolder),
			"unmount what is mounted inside the project, run the command again, then move the files there")
	}
	return fmt.Errorf("write %s: %w", o.Path, problem.Cause(err))
}

// verifyReplaced checks that what was moved to the stage is what the plan saw. It
// looks afterwards, because between a look and the move somebody could save.
func (r *run) verifyReplaced(ctx context.Context) error {
	errs := make([]error, len(r.journal.Ops))
	err := r.options.each(ctx, len(errs), func(i int) error {
		o := r.journal.Ops[i]
		if o.Old == nil {
			return nil
		}
		out, err := r.lookReplaced(o, o.slot)
		if err == nil && out == nil {
			out, err = r.lookReplaced(o, o.aside())
		}
		if err != nil {
			errs[i] = fmt.Errorf("write %s: %w", o.Path, problem.Cause(err))
		} else if !o.isOld(out) {
			errs[i] = changedError(o.Path)
		}
		return nil
	})
	return errors.Join(append(errs, err)...)
}

// lookReplaced looks at where a file was moved to. What the plan has not read, which is
// base.zip, has no editor: that size and time of its bytes are as they were is enough.
func (r *run) lookReplaced(o op, at string) (*content, error) {
	if o.Old.seen != (index.Stat{}) {
		if e, err := r.disk.stat(at); err == nil && o.Old.seen.Renamed(e.seen) {
			return &content{Sum: o.Old.Sum, Mode: e.mode.Perm(), id: e.id}, nil
		}
	}
	return lookExpecting(r.disk, at, o.was, o.Old.Sum)
}

// end makes the stage the undo data. That is one step, because it tells a run that
// has ended from one that has not.
func (r *run) end() error {
	if err := ignoreMissing(r.disk.rename(undoDir, previousDir)); err != nil {
		return fmt.Errorf("replace the undo data: %w", problem.Cause(err))
	}
	if err := r.disk.rename(stageDir, undoDir); err != nil {
		return fmt.Errorf("finish: %w", problem.Cause(err))
	}
	r.ended = true
	return r.syncFolders(tree.StateFolder)
}

// remember writes the index, where there is one. Of what the run wrote it knows no
// more than the state: somebody may have saved any other file since. What goes
// wrong does not matter, because then the next run reads more.
func (r *run) remember(x *index.Index) {
	if x == nil {
		return
	}
	now := time.Now()
	for _, o := range r.journal.Ops {
		x.Forget(o.Path)
		is := o.New
		if !r.ended {
			is = o.Old
		}
		if e, err := r.disk.stat(o.Path); err == nil && o.Path == tree.BaseFile && is != nil {
			x.Add(o.Path, e.seen, is.Sum, now)
		}
	}
	writeIndex(r.disk, index.File, x)
}

func (r *run) removePrevious() error { return removeAll(r.disk, inUndo(previousDir)) }

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
