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

// fill writes all files, has the disk start on each at once, and only then waits
// for them: that way most of the waits share one flush.
func (s *stage) fill(ctx context.Context, p plan.Plan) error {
	folders := byFolder(p)
	for _, f := range folders {
		if err := s.write(ctx, f); err != nil {
			return err
		}
	}
	for _, f := range slices.Backward(folders) {
		if err := s.sync(f); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// A folder is one folder of the project and the files right in it.
type folder struct {
	path  string
	files []tree.File // Path is the last element
}

// byFolder returns all that the plan writes, parents first.
func byFolder(p plan.Plan) []folder {
	files := map[string][]tree.File{".": nil}
	add := func(to string, f tree.File) {
		for dir := path.Dir(to); dir != "."; dir = path.Dir(dir) {
			if _, ok := files[dir]; !ok {
				files[dir] = nil // a folder of folders only
			}
		}
		f.Path = path.Base(to)
		files[path.Dir(to)] = append(files[path.Dir(to)], f)
	}
	for _, step := range p.Steps {
		if step.After != nil {
			add(step.To, *step.After)
		}
	}
	for _, f := range p.State {
		add(f.Path, f)
	}
	var folders []folder
	for _, dir := range slices.Sorted(maps.Keys(files)) {
		folders = append(folders, folder{dir, files[dir]})
	}
	return folders
}

// write creates a folder and its files. They are opened within the folder: to
// walk down from the root again for each would be most of the work.
func (s *stage) write(ctx context.Context, f folder) error {
	if f.path != "." {
		if err := s.root.Mkdir(f.path, 0o777); err != nil {
			return err
		}
	}
	root, err := s.root.OpenRoot(f.path)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, file := range f.files {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := writeFile(root, file); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(root *os.Root, f tree.File) error {
	out, err := root.OpenFile(f.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.Mode.Perm())
	if err != nil {
		return err
	}
	_, err = out.Write(f.Data)
	startWriteback(out)
	return errors.Join(err, out.Close())
}

// syncers is how many files are synced at a time: few, for the sake of low
// descriptor limits.
const syncers = 8

// sync waits until a folder's files are on the disk, and then its names.
func (s *stage) sync(f folder) error {
	root, err := s.root.OpenRoot(f.path)
	if err != nil {
		return err
	}
	defer root.Close()
	work := make(chan string)
	errs := make(chan error, len(f.files))
	var workers sync.WaitGroup
	for range min(syncers, len(f.files)) {
		workers.Go(func() {
			for name := range work {
				errs <- syncPath(root, name)
			}
		})
	}
	for _, file := range f.files {
		work <- file.Path
	}
	close(work)
	workers.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err // one says enough: a full disk fails them all
		}
	}
	return syncPath(root, ".")
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
