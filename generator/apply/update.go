package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Options change how files are written, never what. The zero value is useful.
type Options struct {
	Serial bool              // one file after the other, all by the calling goroutine
	Note   func(text string) // is told what was taken back first, and what of a file beyond bytes and mode could not be kept

	noJournal bool                            // a control for the tests: what happens without
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
