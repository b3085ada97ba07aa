package project

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Find returns the root of the project that start, a folder, is in: the nearest
// folder upward with a scaffold.yaml, as an absolute path. A folder that has lost
// its scaffold.yaml is an error, and not a part of the project above it. One that
// has another program's is a part of it.
func Find(start string) (string, error) {
	abs, err := filepath.Abs(start)
	if err != nil {
		return "", problem.WithHint(fmt.Errorf("find the working directory: %w", err), "if it was removed, change to another")
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", problem.Input("there is no folder %s", start)
	case err != nil:
		return "", fmt.Errorf("look at %s: %w", start, cause(err))
	case !info.IsDir():
		return "", problem.WithHint(problem.Input("%s is no folder", start), "name the folder of a project; scaffold diff and restore take files")
	}
	foreign := ""
	for dir := abs; ; dir = filepath.Dir(dir) {
		has := func(name string) bool { _, err := os.Lstat(filepath.Join(dir, name)); return err == nil }
		switch {
		case isProject(has), has(tree.ConfigFile) && ownConfig(dir), interrupted(dir):
			return dir, nil
		case has(tree.ConfigFile):
			foreign = cmp.Or(foreign, dir)
		}
		if _, err := os.Lstat(filepath.Join(dir, baseFile)); err == nil { // and no project above is meant
			return "", problem.WithHint(
				problem.Input("%s has a %s, but its %s is gone", dir, tree.StateFolder, tree.ConfigFile),
				takeConfig)
		}
		if dir == filepath.Dir(dir) && foreign != "" {
			return foreign, nil
		}
		if dir == filepath.Dir(dir) {
			return "", problem.WithHint(
				problem.Input("%s is in no project: neither it nor a folder above has a %s", abs, tree.ConfigFile),
				"go into the folder of a project; scaffold new hello makes one")
		}
	}
}

// interrupted reports whether a run in dir has not ended: on a file system that
// cannot exchange names it may have died where scaffold.yaml was for a moment
// not there, and recovery brings it back.
func interrupted(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(tree.StateFolder), "stage", "journal"))
	return err == nil
}

// ownConfig reports whether the scaffold.yaml in dir names a pack, as ours do:
// then its project has lost its state.
func ownConfig(dir string) bool {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false
	}
	defer root.Close()
	config, err := readState(root, tree.ConfigFile, maxConfig, nil)
	return err != nil || bytes.HasPrefix(config.Data, []byte("pack:")) || bytes.Contains(config.Data, []byte("\npack:"))
}

// cause drops the system call and the path, which the message has, from an
// error.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
