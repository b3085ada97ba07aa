package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/plan"
	"scaffold/generator/tree"
)

// A checked step writes or deletes a file, and is true of the disk.
type checked struct {
	plan.Step
	have *content // what is at Ours.Path
	sum  string   // of After
}

// verify returns the steps of p that write or delete a file. If some are not
// true of the disk, the error names them all.
func (o Options) verify(ctx context.Context, d disk, p plan.Plan) ([]checked, error) {
	base, err := d.stat(baseFile)
	v := verifier{disk: d, deleted: make(map[string]bool)}
	v.modeless = p.Modeless || runtime.GOOS == "windows" || err == nil && executable(base.mode)
	for _, s := range slices.Concat(p.Steps, p.State) {
		if s.Writes() {
			v.steps = append(v.steps, checked{Step: s})
		}
		if s.Verb == plan.Delete && s.Ours != nil {
			v.deleted[s.Ours.Path] = true
		}
	}
	errs := make([]error, len(v.steps))
	if err := o.each(ctx, 2*len(v.steps), func(i int) error {
		if s := &v.steps[i/2]; i%2 == 0 {
			errs[i/2] = v.ours(s)
		} else if s.After != nil {
			s.sum = s.After.Sum()
		}
		return nil
	}); err != nil {
		return nil, err
	}
	written := make(map[string]bool)
	for i, s := range v.steps {
		if errs[i] == nil {
			errs[i] = v.step(s.Step)
		}
		if s.After != nil && written[s.To] {
			errs[i] = errors.Join(fmt.Errorf("write %s: the plan writes it twice", s.To), errs[i])
		}
		written[s.To] = written[s.To] || s.After != nil
	}
	return v.steps, errors.Join(errs...)
}

type verifier struct {
	disk     disk
	steps    []checked
	deleted  map[string]bool
	modeless bool // executable bits say nothing
}

func (v verifier) step(s plan.Step) error {
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
func (v verifier) ours(s *checked) error {
	f := s.Ours
	if f == nil {
		return nil
	}
	if err := checkTargetPath(f.Path); err != nil {
		return err
	}
	same, h := comparison{want: f.Data}, sha256.New()
	have, err := copyOf(v.disk, f.Path, io.MultiWriter(&same, h))
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Path, cause(err))
	}
	regular := have != nil && have.Mode.IsRegular()
	asSeen := have != nil && (v.modeless || executable(have.Mode) == executable(f.Mode))
	if f.Mode.IsRegular() != regular || regular && (!same.is() || !asSeen) {
		return changed(f.Path)
	}
	if s.have = have; regular {
		have.Sum = hex.EncodeToString(h.Sum(nil))
	}
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
	case err == nil && v.respells(name):
		return nil
	case err != nil:
		return fmt.Errorf("write %s: %w", name, cause(err))
	}
	return changed(name)
}

// respells reports whether what is at name is a file that the plan deletes under
// another spelling, on a volume that ignores case.
func (v verifier) respells(name string) bool {
	for deleted := range v.deleted {
		if deleted != name && strings.EqualFold(deleted, name) {
			return ignoresCase(v.disk)
		}
	}
	return false
}

// ignoresCase reports whether the volume takes two spellings for one name.
func ignoresCase(d disk) bool {
	other := strings.ToUpper(tree.StateFolder)
	names, err := d.list(".")
	if err != nil || slices.Contains(names, other) {
		return false
	}
	there, err := exists(d, other)
	return err == nil && there
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
