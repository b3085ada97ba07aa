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

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// New writes p as a new project at target, an absolute path at which there is
// nothing or an empty folder. On any error nothing is left behind; that something
// else is there is an input error. A cancelled context returns its cause.
func (o Options) New(ctx context.Context, target string, p plan.Plan) error {
	info, err := os.Lstat(target)
	taken := err == nil && info.IsDir()
	parent, err := os.OpenRoot(filepath.Dir(target))
	if err != nil {
		return fmt.Errorf("open %s: %w", filepath.Dir(target), cause(err))
	}
	defer parent.Close()
	name := filepath.Base(target)
	removeStale(parent, name)
	stage, err := newStage(ctx, parent, name)
	if err != nil {
		return fmt.Errorf("create a folder in %s: %w", filepath.Dir(target), cause(err))
	}
	defer stage.remove()
	stage.serial = o.Serial
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

// fill makes all folders, then writes all files, then makes the names last.
func (s *stage) fill(ctx context.Context, p plan.Plan) error {
	folders, files := contents(p)
	for _, dir := range folders {
		if dir == "." {
			continue // which is the stage
		}
		if err := s.disk.mkdir(path.Join(s.name, dir), 0o777); err != nil {
			return err
		}
	}
	err := each(ctx, s.serial, len(files), func(i int) error {
		f := files[i]
		_, _, err := create(s.disk, path.Join(s.name, f.Path), f.Data, f.Mode.Perm(), "")
		return err
	})
	if err != nil {
		return err
	}
	return each(ctx, s.serial, len(folders), func(i int) error { return s.disk.sync(path.Join(s.name, folders[i])) })
}

// contents returns what the plan writes, and the folders for it, parents first.
func contents(p plan.Plan) (folders []string, files []tree.File) {
	dirs := map[string]bool{".": true}
	for _, step := range slices.Concat(p.Steps, p.State) {
		if step.After == nil {
			continue
		}
		f := *step.After
		f.Path = step.To
		files = append(files, f)
		for _, dir := range parents(f.Path) {
			dirs[dir] = true
		}
	}
	return slices.Sorted(maps.Keys(dirs)), files
}

// cause drops the system call and the temporary name from an error.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
