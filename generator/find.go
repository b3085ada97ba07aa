package generator

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/tree"
)

// Find returns the root of the project that dir is in; "" is the working
// directory.
func Find(dir string) (string, error) { return project.Find(dir) }

// CheckAbove refuses an absolute folder in which a project would be lost or do harm,
// because of what it is in.
func CheckAbove(target string) error {
	if strings.Contains(filepath.ToSlash(target), "/pkg/mod/") {
		return problem.Input("%s is in Go's module cache, which the go command may empty at any time", target)
	}
	if err := checkInternal(target); err != nil {
		return err
	}
	for dir := filepath.Dir(target); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, tree.StateFolder)); err == nil {
			return problem.WithHint(
				problem.Input("%s is inside the scaffold project %s", target, dir),
				"create it outside and move it there, or add to %s by hand", dir)
		}
		above := filepath.Dir(dir)
		if _, err := os.Lstat(filepath.Join(above, pack.ManifestFile)); err == nil && filepath.Base(dir) == "files" {
			return problem.WithHint(
				problem.Input("%s is among the files of the pack %s, which would write it from then on", target, above),
				"create it outside")
		}
		if dir == above {
			return nil
		}
	}
}

// checkInternal refuses what is, or is in, a folder of version control's own, where
// files of a pack would be obeyed. A worktree that stands in one is no part of it.
func checkInternal(target string) error {
	for dir := target; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return nil
		}
		if !tree.Internal(filepath.Base(dir)) {
			continue
		}
		what := problem.Input("%s belongs to version control or to scaffold", target)
		if dir != target {
			what = problem.Input("%s is in %s, which belongs to version control or to scaffold", target, dir)
		}
		return problem.WithHint(what, "create it outside")
	}
	return nil
}

// FindFor returns the root of the project that the first of files is in, or the
// working directory.
func FindFor(files []string) (string, error) {
	if len(files) == 0 {
		return Find("")
	}
	dir, err := filepath.Abs(files[0])
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	for ; ; dir = filepath.Dir(dir) { // the folder may be deleted with the file
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			return Find(dir)
		}
	}
}

// chooseFiles returns the files of base that are named, by their path, by where the
// user moved them, or by a folder; without names it returns all.
func chooseFiles(p project.Project, names []string, moved map[string]string) (tree.Tree, error) {
	if len(names) == 0 {
		return p.Base, nil
	}
	chosen := make(map[string]tree.File)
	var errs []error
	for _, name := range names {
		path, err := pathBelow(p.Root, name)
		path = tree.Compose(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		found := false
		for f := range p.Base.All() {
			if isWithin(path, f.Path) || isWithin(path, tree.Compose(moved[f.Path])) {
				chosen[f.Path], found = f, true
			}
		}
		if !found {
			err := problem.Input("%s: the template wrote no such file%s", name, problem.DidYouMean(path, pathsOf(p.Base)))
			errs = append(errs, problem.WithHint(err, "scaffold status --all lists those it wrote"))
		}
	}
	return tree.Found(slices.Collect(maps.Values(chosen))...), errors.Join(errs...)
}

func isWithin(path, file string) bool {
	return file == path || file != "" && path == "." || strings.HasPrefix(file, path+"/")
}

func pathBelow(root, name string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", problem.Input("%s is not in the project %s", name, root)
	}
	return filepath.ToSlash(rel), nil
}
