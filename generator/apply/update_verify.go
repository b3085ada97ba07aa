package apply

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/plan"
	"scaffold/generator/tree"
)

// found is what is on disk at the paths that a plan saw.
type found map[string]*content

// verify returns an error naming every file that p writes or deletes and that is
// not what p says it is.
func verify(d disk, p plan.Plan) (found, error) {
	v := verifier{disk: d, found: make(found), deleted: make(map[string]bool)}
	steps := slices.Concat(p.Steps, p.State)
	for _, s := range steps {
		if s.Verb == plan.Delete && s.Ours != nil {
			v.deleted[s.Ours.Path] = true
		}
	}
	var errs []error
	written := make(map[string]bool)
	for _, s := range steps {
		if s.After != nil && written[s.To] {
			errs = append(errs, fmt.Errorf("write %s: the plan writes it twice", s.To))
		}
		written[s.To] = written[s.To] || s.After != nil
		if s.Writes() {
			errs = append(errs, v.step(s))
		}
	}
	return v.found, errors.Join(errs...)
}

type verifier struct {
	disk    disk
	found   found
	deleted map[string]bool
}

func (v verifier) step(s plan.Step) error {
	if s.Ours != nil {
		if err := v.ours(*s.Ours); err != nil {
			return err
		}
	}
	switch {
	case s.Ours != nil && !s.Ours.Mode.IsRegular() && (s.After == nil || s.To == s.Ours.Path):
		return fmt.Errorf("write %s: it is %s", s.Ours.Path, tree.Kind(s.Ours.Mode))
	case s.After != nil && (s.Ours == nil || s.Ours.Path != s.To):
		return v.free(s.To)
	}
	return nil
}

// ours checks what the plan found. Of what is no regular file it only has to be
// true that it still is none: nothing will be written there.
func (v verifier) ours(f tree.File) error {
	if err := checkTargetPath(f.Path); err != nil {
		return err
	}
	have, err := look(v.disk, f.Path)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Path, cause(err))
	}
	if f.Mode.IsRegular() != (have != nil && have.Mode.IsRegular()) {
		return changed(f.Path)
	}
	if f.Mode.IsRegular() && !have.is(&content{f.Sum(), f.Mode}) {
		return changed(f.Path)
	}
	v.found[f.Path] = have
	return nil
}

// free checks that a file can be created at name: nothing is there, and every
// parent is a folder, or nothing yet, or goes away.
func (v verifier) free(name string) error {
	if err := checkTargetPath(name); err != nil {
		return err
	}
	for i, r := range name {
		if r != '/' {
			continue
		}
		e, err := v.disk.stat(name[:i])
		switch {
		case err != nil && notThere(err), err == nil && v.deleted[name[:i]]:
			return nil
		case err != nil:
			return fmt.Errorf("write %s: look at %s: %w", name, name[:i], cause(err))
		case !e.mode.IsDir():
			return fmt.Errorf("write %s: %s is %s, not a folder; nothing was changed", name, name[:i], tree.Kind(e.mode))
		}
	}
	e, err := v.disk.stat(name)
	switch {
	case err != nil && notThere(err), err == nil && e.mode.IsDir() && v.emptied(name):
		return nil
	case err != nil:
		return fmt.Errorf("write %s: %w", name, cause(err))
	}
	return changed(name)
}

// emptied reports whether the plan deletes all files of a folder.
func (v verifier) emptied(folder string) bool {
	names, err := v.disk.list(folder)
	if err != nil {
		return false
	}
	for _, n := range names {
		name := path.Join(folder, n)
		if e, err := v.disk.stat(name); err != nil || !v.deleted[name] && !(e.mode.IsDir() && v.emptied(name)) {
			return false
		}
	}
	return true
}

func quoted(paths []string) string {
	var list []string
	for _, p := range paths {
		list = append(list, strconv.Quote(p))
	}
	return strings.Join(list, ", ")
}
