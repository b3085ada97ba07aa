package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"scaffold/generator/lock"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Options change how files are written, never what. The zero value is useful.
type Options struct {
	// Note is told what of a file, beyond bytes and mode, could not be kept, and
	// which interrupted run was taken back first.
	Note func(text string)

	// The rest is for the tests of this package.
	serial    bool                            // one file after the other, so that steps come in the same order
	noJournal bool                            // a control, which has to fail
	open      func(root string) (disk, error) // nil for openDisk
}

// Update makes the project at root, an absolute path, what p says, or leaves it
// as it was. It keeps what it replaced for [Options.Undo]. Others who want the
// project meanwhile are told the command. A cancelled context returns its cause.
func (o Options) Update(ctx context.Context, root string, p plan.Plan, command string) error {
	return o.withProject(root, command, func(d disk, kept []string) error {
		ops, err := o.verify(ctx, d, p)
		if err != nil || len(kept) > 0 {
			return errors.Join(err, keptError(kept))
		}
		j, err := newJournal(d, command, ops)
		if err != nil {
			return err
		}
		return o.run(ctx, d, j, p.Index)
	})
}

// Adopt is [Options.Update] of a folder that may be no project yet: it makes the
// state folder first. That does not stay if nothing came of it.
func (o Options) Adopt(ctx context.Context, root string, p plan.Plan, command string) error {
	d, err := o.openDisk(root)
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.mkdir(tree.StateFolder, 0o777); err != nil && !isTaken(err) {
		return addUnchanged(fmt.Errorf("create %s: %w", tree.StateFolder, problem.Cause(err)))
	}
	defer dropEmptyState(d)
	if err := d.sync("."); err != nil {
		return addUnchanged(fmt.Errorf("sync %s: %w", root, problem.Cause(err)))
	}
	return o.Update(ctx, root, p, command)
}

// dropEmptyState removes a state folder that holds no more than the lock, because
// then there is no project: its making was taken back. What cannot be removed stays.
func dropEmptyState(d disk) {
	if isEmptyState(d) && ignoreMissing(d.remove(lockFile)) == nil {
		d.rmdir(tree.StateFolder)
	}
}

func isEmptyState(d disk) bool {
	names, err := d.list(tree.StateFolder)
	return err == nil && !slices.ContainsFunc(names, func(name string) bool { return name != path.Base(lockFile) })
}

// Undo takes the last [Options.Update] of the project at root back: bytes and
// modes, the state with them. It refuses, naming the files, where they are no
// longer what that run wrote. It returns the steps it took; there is no undo of
// an undo. Once begun it ends, now or as the next run's recovery.
func (o Options) Undo(ctx context.Context, root string) (steps []plan.Step, err error) {
	err = o.withProject(root, "scaffold undo", func(d disk, kept []string) error {
		if len(kept) > 0 {
			return keptError(kept)
		}
		j, err := readJournal(d, undoDir)
		if err != nil {
			return fmt.Errorf("undo: %w", err)
		}
		if j != nil {
			steps, err = o.undo(ctx, d, *j)
		}
		if err == nil && len(steps) == 0 {
			return problem.WithHint(problem.Input("undo: there is no run to take back"),
				"only the last run is kept, where it was run, and until it is taken back; what was before it a commit or a backup has")
		}
		return err
	})
	return steps, err
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
	left, err := hasLeftovers(d)
	left = left || isEmptyState(d)
	d.close()
	if err != nil || !left {
		return nil, err
	}
	err = o.withProject(root, "scaffold", func(_ disk, had []string) error {
		kept = had
		return nil
	})
	return kept, err
}

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

// withProject opens and locks the project for f, and first takes back what an
// interrupted run left: kept are the files that had changed since.
func (o Options) withProject(root, command string, f func(d disk, kept []string) error) error {
	d, err := o.openDisk(root)
	if err != nil {
		return err
	}
	defer d.close()
	folder, err := d.stat(tree.StateFolder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err := problem.Input("there is no %s: this is no scaffold project, or its state is lost", tree.StateFolder)
		return problem.WithHint(problem.WithHint(err, "scaffold adopt makes it anew"), "version control may have it: git checkout -- %s", tree.StateFolder)
	case err != nil:
		return err
	case !folder.mode.IsDir():
		return notFolderError(tree.StateFolder, folder.mode)
	}
	held, err := lockProject(d, root, command)
	if err == nil {
		defer held.Close()
		defer dropEmptyState(d)
		var kept []string
		if kept, err = o.recoverProject(d); err == nil {
			err = f(d, kept)
		}
	}
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() > 0 && folder.uid != os.Geteuid() {
		return problem.WithHint(err, "%s belongs to user %d: sudo chown -R $(id -u):$(id -g) %s gives it to you",
			tree.StateFolder, folder.uid, problem.CommandLine(path.Join(root, tree.StateFolder)))
	}
	return err
}

func (o Options) openDisk(root string) (disk, error) {
	open := openDisk
	if o.open != nil {
		open = o.open
	}
	d, err := open(root)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", root, problem.Cause(err))
	}
	return d, nil
}

// Workers are few, because each has a thread while it waits for the disk. One that
// writes has a batch of files open.
const (
	workers  = 2
	maxBatch = 128
)

// batchSize leaves 32 descriptors for all else. The limit on them may be low.
func batchSize() int { return max(1, min(maxBatch, (maxOpenFiles()-32)/workers)) }

var oneThread bool // set by onethread.go

// each calls f for 0 to n-1, several at once, because what waits for the disk can
// wait together. It returns the first error it meets, since a full disk fails
// them all, or why the context ended.
func (o Options) each(ctx context.Context, n int, f func(int) error) error {
	all, work := errgroup.WithContext(ctx)
	all.SetLimit(workers)
	for i := range n {
		call := func() error {
			if err := cmp.Or(context.Cause(ctx), context.Cause(work)); err != nil {
				return err
			}
			return f(i)
		}
		if !o.serial && !oneThread {
			all.Go(call)
		} else if err := call(); err != nil {
			return err
		}
	}
	if err := all.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// createAll writes files and waits until their bytes are on the disk. It writes some
// before it waits for the first, because then one write of the file system's journal
// serves them all. What is too large to be held is written beside the others.
func (o Options) createAll(ctx context.Context, d disk, files []*creation) error {
	var batches [][]*creation // the longest first
	held := slices.DeleteFunc(slices.Clone(files), func(c *creation) bool {
		if c.bytes.Unheld != nil {
			batches = append(batches, []*creation{c})
		}
		return c.bytes.Unheld != nil
	})
	batches = slices.AppendSeq(batches, slices.Chunk(held, batchSize()))
	return o.each(ctx, len(batches), func(i int) (err error) {
		for _, c := range batches[i] {
			if err = cmp.Or(err, context.Cause(ctx)); err == nil {
				err = c.write(d)
			}
		}
		for _, c := range batches[i] {
			err = c.finish(err)
		}
		return err
	})
}

const lockFile = tree.StateFolder + "/lock"

// lockProject keeps other runs out until it is closed or this process dies. The
// file stays, because to unlink it would give two runs two files to lock.
func lockProject(d disk, root, command string) (io.Closer, error) {
	held, err := d.lock(lockFile, fmt.Sprintf("%d %s\n", os.Getpid(), command))
	if err == nil {
		there, statErr := exists(d, lockFile)
		if statErr == nil && there {
			return held, nil
		}
		held.Close()
		err = lock.ErrHeld // by who is just taking the project's making back
	}
	if !errors.Is(err, lock.ErrHeld) {
		return nil, addUnchanged(err)
	}
	who := "another scaffold is at work in " + root
	text, _ := readAll(d, lockFile, 4096)
	pid, other, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if _, err := strconv.Atoi(pid); err == nil {
		// The name is quoted, because the file may have come with a clone.
		who += fmt.Sprintf(": %s (%s)", pid, strings.Trim(strconv.Quote(other), `"`))
	}
	return nil, problem.WithHint(errors.New(who), "wait until it has finished, then try again")
}

func keptError(kept []string) error {
	if len(kept) == 0 {
		return nil
	}
	return problem.WithHint(
		fmt.Errorf("an interrupted run was taken back first, and these had changed since: %s", quoted(kept)),
		"look at them, then run the command again")
}
