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
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Options change how files are written, never what. The zero value is useful.
type Options struct {
	Note func(text string) // is told what was taken back first, and what of a file beyond bytes and mode could not be kept

	// What the tests of this package need.
	serial    bool                            // one file after the other, so that steps come in the same order
	noJournal bool                            // a control: what happens without
	open      func(root string) (disk, error) // nil for the real one
}

// Update makes the project at root, an absolute path, what p says, or leaves it
// as it was. What it replaced is kept for [Options.Undo]; command is who is at
// work, for others that want to be. A cancelled context returns its cause.
func (o Options) Update(ctx context.Context, root string, p plan.Plan, command string) error {
	return o.with(root, command, func(d disk, kept []string) error {
		steps, err := o.verify(ctx, d, p)
		if err != nil || len(kept) > 0 {
			return errors.Join(err, keptError(kept))
		}
		all := changes(steps)
		j, err := newJournal(d, all)
		if err != nil {
			return err
		}
		j.Command = command
		return o.run(ctx, d, j, all)
	})
}

// with opens and locks the project for f, and takes back what an interrupted run
// left: kept had changed since.
func (o Options) with(root, command string, f func(d disk, kept []string) error) error {
	d, err := o.openDisk(root)
	if err != nil {
		return err
	}
	defer d.close()
	folder, err := checkState(d)
	if err != nil {
		return err
	}
	held, err := lockProject(d, root, command)
	if err == nil {
		defer held.Close()
		var kept []string
		if kept, err = o.recoverAll(d); err == nil {
			err = f(d, kept)
		}
	}
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() > 0 && folder.uid != os.Geteuid() {
		return problem.WithHint(err, "%s belongs to user %d: sudo chown -R $(id -u):$(id -g) %s gives it to you",
			tree.StateFolder, folder.uid, path.Join(root, tree.StateFolder))
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
		return nil, fmt.Errorf("open %s: %w", root, cause(err))
	}
	return d, nil
}

func keptError(kept []string) error {
	if len(kept) == 0 {
		return nil
	}
	return problem.WithHint(
		fmt.Errorf("an interrupted run was taken back first, and these had changed since: %s", quoted(kept)),
		"look at them, then run the command again")
}

// unchanged adds that nothing was changed, to what does not say so or is no
// failure.
func unchanged(err error) error {
	if err == nil || errors.Is(err, errChanged) || errors.Is(err, context.Canceled) || strings.Contains(err.Error(), nothingChanged) {
		return err
	}
	return fmt.Errorf("%w; %s", err, nothingChanged)
}

const nothingChanged = "nothing was changed"

// errChanged says that a file is not what the plan saw.
var errChanged = errors.New("it changed meanwhile; nothing was written")

func changed(path string) error {
	return problem.WithHint(fmt.Errorf("write %s: %w", path, errChanged), "run the command again")
}

const lockFile = tree.StateFolder + "/lock"

// lockProject keeps other runs out until it is closed or this process dies. The
// file stays: to unlink it would give two runs two files to lock.
func lockProject(d disk, root, command string) (io.Closer, error) {
	held, err := d.lock(lockFile, fmt.Sprintf("%d %s\n", os.Getpid(), command))
	if !errors.Is(err, errHeld) {
		return held, unchanged(err)
	}
	who := "another scaffold is at work in " + root
	text, _ := readAll(d, lockFile, 4096)
	pid, other, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if _, err := strconv.Atoi(pid); err == nil {
		who += fmt.Sprintf(": %s (%s)", pid, printable(other))
	}
	return nil, problem.WithHint(errors.New(who), "wait until it has finished, then try again")
}

// printable keeps what came with a clone from talking to the terminal.
func printable(s string) string { return strings.Trim(strconv.Quote(s), `"`) }

// takeLock locks an open file and says in it who did. It closes it on any error.
func takeLock(f *os.File, text string, err error) (io.Closer, error) {
	if err == nil {
		if err = lockFolder(f); errors.Is(err, errors.ErrUnsupported) {
			err = nil // better without than not at all
		}
	}
	if err == nil {
		if err = f.Truncate(0); err == nil {
			_, err = f.WriteAt([]byte(text), 0)
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// checkState refuses a state folder that is none, and returns it.
func checkState(d disk) (entry, error) {
	e, err := d.stat(tree.StateFolder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return e, problem.WithHint(problem.Input("there is no %s: this is no scaffold project, or its state is lost", tree.StateFolder),
			"version control may have it: git checkout -- %s", tree.StateFolder)
	case err == nil && !e.mode.IsDir():
		return e, notFolder(tree.StateFolder, e.mode)
	}
	return e, err
}

func notFolder(name string, mode fs.FileMode) error {
	return problem.Input("%s is %s, not a folder; nothing was changed", name, tree.Kind(mode))
}

// syncers is how many files are written and synced at a time: few, because the
// limit on open files may be low.
const syncers = 2

// oneThread is set where this package is built for bench/killsweep: onethread.go.
var oneThread bool

// each calls f for 0 to n-1, several at once, because what waits for the disk can
// wait together. It returns the first error it meets, since a full disk fails
// them all, or why the context ended.
func (o Options) each(ctx context.Context, n int, f func(int) error) error {
	all, work := errgroup.WithContext(ctx)
	all.SetLimit(syncers)
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
