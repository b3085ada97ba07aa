// Package apply makes the disk what a plan says: the only writer.
//
// It consults nothing but the plan. For a new project everything is built in a
// sibling folder, synced, and renamed to its name without replacing, so that
// whatever happens before that (an error, a signal, a power cut) the target is
// as it was. It follows no symbolic link and never opens an existing file for
// writing.
//
// The guarantees are Linux's. Elsewhere the rename checks first and then
// renames, which leaves a moment in which another program could step between.
package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// New writes p as a new project at target, an absolute path that does not exist
// or is an empty folder. On any error nothing is left behind. Errors about the
// target itself are input errors; a cancelled context returns its cause.
func New(ctx context.Context, target string, p plan.Plan) error {
	taken, err := CheckTarget(target)
	if err != nil {
		return err
	}
	parent, err := os.OpenRoot(filepath.Dir(target))
	if err != nil {
		return fmt.Errorf("open %s: %w", filepath.Dir(target), cause(err))
	}
	defer parent.Close()
	name := filepath.Base(target)
	removeStale(parent, name)
	stage, err := newStage(parent, name)
	if err != nil {
		return fmt.Errorf("create a folder in %s: %w", filepath.Dir(target), cause(err))
	}
	defer stage.remove()
	if err := stage.fill(ctx, p); err != nil {
		return fmt.Errorf("write %s: %w", target, cause(err))
	}
	if err := stage.publish(name, taken); err != nil {
		return renamed(target, err)
	}
	return nil
}

// renamed explains why the last step did not work.
func renamed(target string, err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return problem.Input("create %s: something of that name appeared meanwhile; nothing was changed", target)
	case isBusy(err):
		return problem.WithHint(
			problem.Input("create %s: it is a mount point, which cannot be replaced in one step", target),
			"name a folder below it: scaffold new %s", path.Join(target, "app"))
	}
	return fmt.Errorf("create %s: %w", target, cause(err))
}

// fill writes all files, then makes sure they are on the disk.
func (s *stage) fill(ctx context.Context, p plan.Plan) error {
	files := slices.Clone(p.State)
	for _, step := range p.Steps {
		if step.After != nil {
			f := *step.After
			f.Path = step.To
			files = append(files, f)
		}
	}
	folders := foldersOf(files)
	for _, folder := range folders {
		if err := s.root.Mkdir(folder, 0o777); err != nil {
			return err
		}
	}
	if err := s.writeAll(ctx, files); err != nil {
		return err
	}
	for _, folder := range append(folders, ".") {
		if err := syncPath(s.root, folder); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// foldersOf returns every folder the files need, parents first.
func foldersOf(files []tree.File) []string {
	seen := make(map[string]bool)
	for _, f := range files {
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			seen[dir] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// writeAll writes all files, has the disk start on each at once, and only then
// waits for them, side by side: that way most of the waits share one flush. Few
// are open at a time, for the sake of low descriptor limits.
func (s *stage) writeAll(ctx context.Context, files []tree.File) error {
	for _, f := range files {
		if err := s.write(ctx, f); err != nil {
			return err
		}
	}
	work := make(chan string)
	errs := make(chan error, len(files))
	var workers sync.WaitGroup
	for range syncers {
		workers.Go(func() {
			for path := range work {
				if err := syncPath(s.root, path); err != nil {
					errs <- err
				}
			}
		})
	}
	for _, f := range files {
		work <- f.Path
	}
	close(work)
	workers.Wait()
	close(errs)
	return <-errs // one says enough: a full disk fails them all
}

// syncers is how many files are synced at a time.
const syncers = 8

func (s *stage) write(ctx context.Context, f tree.File) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	out, err := s.root.OpenFile(f.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.Mode.Perm())
	if err != nil {
		return err
	}
	_, err = out.Write(f.Data)
	startWriteback(out)
	return errors.Join(err, out.Close())
}

// syncPath makes what is at name last. Folders need it as much as files: it is
// they that hold the names.
func syncPath(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !isInvalid(err) {
		return fmt.Errorf("sync %s: %w", name, err)
	}
	return nil
}

// cause drops the system call and the temporary name from an error.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// CheckTarget returns whether target is an empty folder that is there already,
// or why no project can be made at it.
func CheckTarget(target string) (taken bool, err error) {
	if err := checkPlace(target); err != nil {
		return false, err
	}
	info, err := os.Lstat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, checkParent(target)
	case err != nil:
		return false, fmt.Errorf("look at %s: %w", target, cause(err))
	case !info.IsDir():
		return false, problem.WithHint(
			problem.Input("%s is there already and is %s", target, kindOf(info.Mode())),
			"choose another name, or remove it first")
	}
	return true, checkEmpty(target)
}

func checkEmpty(target string) error {
	f, err := os.Open(target)
	if err != nil {
		return fmt.Errorf("look into %s: %w", target, cause(err))
	}
	defer f.Close()
	entries, err := f.ReadDir(6)
	if len(entries) == 0 {
		return nil
	}
	var names []string
	for _, e := range entries[:min(5, len(entries))] {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	if len(entries) > 5 {
		names = append(names, "…")
	}
	return problem.WithHint(
		problem.Input("%s is there already and is not empty: it has %q", target, names),
		"choose another name; to bring an existing project up to date: scaffold regenerate")
}

// checkParent finds a missing parent before anything else is done.
func checkParent(target string) error {
	parent := filepath.Dir(target)
	info, err := os.Stat(parent)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.WithHint(problem.Input("the folder %s is not there", parent), "create it first: mkdir -p %s", parent)
	case err != nil:
		return fmt.Errorf("look at %s: %w", parent, cause(err))
	case !info.IsDir():
		return problem.Input("%s is no folder, so nothing can be created in it", parent)
	}
	return nil
}

// checkPlace refuses places where a project would be lost or do harm.
func checkPlace(target string) error {
	if strings.Contains(filepath.ToSlash(target), "/pkg/mod/") {
		return problem.Input("%s is in Go's module cache, which the go command may empty at any time", target)
	}
	for dir := filepath.Dir(target); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, tree.StateFolder)); err == nil {
			return problem.WithHint(
				problem.Input("%s is inside the scaffold project %s", target, dir),
				"create it outside and move it there, or add to %s by hand", dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}
