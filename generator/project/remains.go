package project

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Remains are what a folder has of a project: nothing, a scaffold.yaml whose base is
// lost, or all of it.
type Remains struct {
	Config *Config // nil where there is no scaffold.yaml
	Whole  bool    // the base can be read

	state map[string]*tree.File // what is in the state folder, as it stands there
}

// FindRemains looks for what the folder root has of a project. What another program
// left under our names is an input error, and so is a base that need not be made anew,
// because there is a way to have it.
func FindRemains(root string) (Remains, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return Remains{}, fmt.Errorf("open %s: %w", root, problem.Cause(err))
	}
	defer r.Close()
	m := Remains{state: make(map[string]*tree.File)}
	if err := m.readConfig(r, root); err != nil {
		return m, err
	}
	if err := m.readState(r); err != nil {
		return m, err
	}
	baseErr := new(Project).readBase(r, nil, newHeld())
	switch m.Whole = baseErr == nil; {
	case m.Config == nil && m.state[tree.BaseFile] != nil:
		return m, problem.WithHint(problem.Input("%s has a %s, but its %s is gone", root, tree.StateFolder, tree.ConfigFile), takeConfig)
	case m.Config == nil:
		return m, checkForeign(r)
	case baseErr != nil && !problem.IsInput(baseErr), errors.Is(baseErr, errNewer):
		return m, baseErr
	case errors.Is(baseErr, errPointer):
		return m, problem.WithHint(baseErr, "git lfs pull fetches the file")
	}
	return m, nil
}

func (m *Remains) readConfig(r *os.Root, root string) error {
	if _, err := r.Lstat(tree.ConfigFile); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	config, err := readState(r, tree.ConfigFile, maxConfig, nil)
	if err != nil {
		return err
	}
	if !namesPack(config.Data) {
		return problem.WithHint(
			problem.Input("%s is of another program: it names no pack, and a project of scaffold has one of that name", tree.ConfigFile),
			"move it away, or call it otherwise, if that program can do so")
	}
	c, err := parseConfig(nameConfig(root), config)
	m.Config = &c
	return err
}

// namesPack reports whether a scaffold.yaml names a pack, as ours do.
func namesPack(config []byte) bool {
	return bytes.HasPrefix(config, []byte("pack:")) || bytes.Contains(config, []byte("\npack:"))
}

// readState keeps what stands at the paths of the state.
func (m *Remains) readState(r *os.Root) error {
	for _, path := range []string{tree.AttributesFile, tree.IgnoreFile, tree.BaseFile} {
		if _, err := r.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		f, err := readState(r, path, maxZip, nil)
		if err != nil {
			return problem.WithHint(err, "move it away, then try again")
		}
		m.state[path] = &f
	}
	return nil
}

// checkForeign refuses a state folder that another program filled.
func checkForeign(r *os.Root) error {
	entries, err := fs.ReadDir(r.FS(), tree.StateFolder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look into %s: %w", tree.StateFolder, problem.Cause(err))
	}
	own := []string{"lock", "index", "stage", "undo", path.Base(tree.AttributesFile), path.Base(tree.IgnoreFile)}
	var foreign []string
	for _, e := range entries {
		if !slices.Contains(own, e.Name()) {
			foreign = append(foreign, fmt.Sprintf("%q", e.Name()))
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	return problem.WithHint(
		problem.Input("%s is of another program: it has %s", tree.StateFolder, strings.Join(foreign[:min(len(foreign), 5)], ", ")),
		"move it away, because a project of scaffold has a folder of that name")
}

// Steps returns what writes the state, in the order of writing it. A scaffold.yaml
// that is there is edited by e; of the state folder only what it lacks is written, and
// the base.
func (m Remains) Steps(next State, e Edit) ([]plan.Step, error) {
	files, err := next.files()
	if err != nil {
		return nil, err
	}
	var steps []plan.Step
	for _, f := range files {
		had := m.state[f.Path]
		switch {
		case f.Path == tree.ConfigFile && m.Config != nil:
			old := m.Config.File
			after := tree.File{Path: old.Path, Mode: old.Mode}
			if after.Data, err = Splice(old.Data, e); err != nil {
				return nil, err
			}
			if !bytes.Equal(after.Data, old.Data) {
				steps = append(steps, stateStep(&old, after))
			}
		case had == nil:
			steps = append(steps, stateStep(nil, f))
		case f.Path == tree.BaseFile:
			f.Mode = had.Mode // which tells whether the volume has modes
			steps = append(steps, stateStep(had, f))
		}
	}
	return steps, nil
}
