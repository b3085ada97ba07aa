package apply

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// CheckTarget returns whether target is an empty folder that is there already,
// or why no project can be made at it.
func CheckTarget(target string) (taken bool, err error) {
	if err := checkPlace(target); err != nil {
		return false, err
	}
	info, err := os.Lstat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return false, checkParent(target)
	case err != nil:
		return false, fmt.Errorf("look at %s: %w", target, cause(err))
	case !info.IsDir():
		return false, problem.WithHint(
			problem.Input("%s is there already and is %s", target, tree.Kind(info.Mode())),
			"choose another name, or remove it first")
	}
	return true, checkEmpty(target)
}

func checkEmpty(target string) error {
	entries, err := os.ReadDir(target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it went meanwhile, or another run took its place: the rename finds out
	}
	if err != nil {
		return fmt.Errorf("look into %s: %w", target, cause(err))
	}
	if len(entries) == 0 {
		return nil
	}
	var names []string
	for _, e := range entries[:min(5, len(entries))] {
		names = append(names, strconv.Quote(e.Name()))
	}
	if more := len(entries) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	err = problem.Input("%s is there already and is not empty: it has %s", target, strings.Join(names, ", "))
	if OnlyRepository(entries) {
		return err // the caller says how
	}
	return problem.WithHint(err,
		"choose another name; to bring an existing project up to date: scaffold regenerate")
}

// OnlyRepository reports whether a folder with these entries has a git repository
// and nothing else.
func OnlyRepository(entries []fs.DirEntry) bool {
	return len(entries) == 1 && entries[0].Name() == ".git"
}

// checkParent finds a missing parent before anything else is done.
func checkParent(target string) error {
	parent := filepath.Dir(target)
	info, err := os.Stat(parent)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.WithHint(problem.Input("the folder %s is not there", parent), "create it first: mkdir -p %s", parent)
	case errors.Is(err, syscall.ENOTDIR):
		return problem.Input("%s cannot be a folder: a file is in its way", parent)
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
