package apply

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"

	"scaffold/generator/index"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// verify returns what p does to the disk, in the order of doing it: files that go
// come first, because they make room, and the state is last. If the disk is not
// what the plan saw, the error names every file that differs.
func (o Options) verify(ctx context.Context, d disk, p plan.Plan) ([]op, error) {
	base, err := d.stat(tree.BaseFile)
	v := verifier{disk: d, deleted: make(map[string]bool)}
	if p.Index != nil {
		v.index = readIndex(d)
	}
	v.modeless = p.Modeless || runtime.GOOS == "windows" || err == nil && tree.Executable(base.mode)
	var steps []plan.Step
	for _, s := range slices.Concat(p.Steps, p.State) {
		deletes := s.Verb == plan.Delete && s.Ours != nil
		if deletes {
			v.deleted[s.Ours.Path] = true
		}
		if deletes || s.After != nil {
			steps = append(steps, s)
		}
	}
	ops, errs := make([]op, len(steps)), make([]error, len(steps))
	if err := o.each(ctx, len(steps), func(i int) error {
		ops[i], errs[i] = v.verifyStep(steps[i])
		return nil
	}); err != nil {
		return nil, err
	}
	written := make(map[string]bool)
	for i, s := range steps {
		if s.After != nil && written[s.To] {
			errs[i] = errors.Join(fmt.Errorf("write %s: the plan writes it twice", s.To), errs[i])
		}
		written[s.To] = written[s.To] || s.After != nil
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var gone, come []op
	for _, o := range ops {
		if o.New == nil {
			gone = append(gone, o)
		} else if !o.Old.is(o.New) {
			come = append(come, o)
		}
	}
	return append(gone, come...), nil
}

type verifier struct {
	disk     disk
	deleted  map[string]bool // the files that the plan deletes
	modeless bool            // the disk's executable bits say nothing
	index    *index.Index    // as the disk has it
}

func (v verifier) verifyStep(s plan.Step) (op, error) {
	var have *content
	if s.Ours != nil {
		var err error
		if have, err = v.verifyOurs(*s.Ours); err != nil {
			return op{}, err
		}
		if !s.Ours.Mode.IsRegular() && (s.After == nil || s.To == s.Ours.Path) {
			return op{}, fmt.Errorf("write %s: it is %s", s.Ours.Path, tree.Kind(s.Ours.Mode))
		}
	}
	if s.After == nil {
		return op{Path: s.Ours.Path, Old: have, was: *s.Ours}, nil
	}
	o := op{Path: s.To, New: &content{Mode: s.After.Mode.Perm()}, becomes: *s.After}
	if !s.After.IsUnsummed() { // or it is summed as it is written
		o.New.Sum = s.After.Sum()
	}
	if s.Ours != nil && s.Ours.Path == s.To {
		o.Old, o.was = have, *s.Ours
	} else if err := v.verifyFree(s.To); err != nil {
		return op{}, err
	}
	// New keeps the user's mode, also where it is made from a file that leaves its
	// path, because the template says no more of a mode than whether it is executable.
	if have != nil && (o.Old != nil || v.deleted[s.Ours.Path]) {
		o.like = s.Ours.Path
		o.New.Mode = have.Mode.Perm()
		if tree.Executable(s.Ours.Mode) != tree.Executable(s.After.Mode) {
			o.New.Mode = plan.WithExecute(have.Mode.Perm(), tree.Executable(s.After.Mode))
		}
	}
	return o, nil
}

// verifyOurs returns what is at the path of a file that the plan found, which must
// be the same. Where the plan found no regular file, there only must be none still,
// because nothing will be written there.
func (v verifier) verifyOurs(f tree.File) (*content, error) {
	if err := checkTargetPath(f.Path); err != nil {
		return nil, err
	}
	sum := f.Sum()
	have, err := v.lookExpecting(f, sum)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Path, problem.Cause(err))
	}
	regular := have != nil && have.Mode.IsRegular()
	modeSame := have != nil && (v.modeless || tree.Executable(have.Mode) == tree.Executable(f.Mode))
	if f.Mode.IsRegular() != regular || regular && (have.Sum != sum || !modeSame) {
		return nil, changedError(f.Path)
	}
	return have, nil
}

// lookExpecting looks at a file that should have a sum. Where the plan has not read
// it, because of the index, that says it once more.
func (v verifier) lookExpecting(f tree.File, sum string) (*content, error) {
	if !f.IsUnread() {
		return lookExpecting(v.disk, f.Path, f, sum)
	}
	e, err := v.disk.stat(f.Path)
	if has, ok := v.index.Sum(f.Path, e.seen); err == nil && ok && has == sum && e.mode.IsRegular() {
		return &content{Sum: sum, Mode: e.mode.Perm(), id: e.id, seen: e.seen}, nil
	}
	have, lookErr := look(v.disk, f.Path)
	if have != nil && err == nil {
		have.seen = e.seen
	}
	return have, lookErr
}

var errChanged = errors.New("it changed meanwhile; nothing was written")

func changedError(path string) error {
	return problem.WithHint(fmt.Errorf("write %s: %w", path, errChanged), "run the command again")
}

// verifyFree checks that a file can be created at name, by the time that what the
// plan deletes is gone.
func (v verifier) verifyFree(name string) error {
	if err := checkTargetPath(name); err != nil {
		return err
	}
	for _, dir := range tree.Parents(name) {
		e, err := v.disk.stat(dir)
		switch {
		case err != nil && isMissing(err), err == nil && v.deleted[dir]:
			return nil
		case err != nil:
			return fmt.Errorf("write %s: look at %s: %w", name, dir, problem.Cause(err))
		case !e.mode.IsDir():
			return fmt.Errorf("write %s: %s is %s, not a folder; %w", name, dir, tree.Kind(e.mode), errUnchanged)
		}
	}
	e, err := v.disk.stat(name)
	switch {
	case err != nil && isMissing(err):
		return nil
	case err != nil:
		return fmt.Errorf("write %s: %w", name, problem.Cause(err))
	case e.mode.IsDir() && v.willBeEmpty(name), v.willBeRespelled(name):
		return nil
	}
	return changedError(name)
}

func (v verifier) willBeEmpty(folder string) bool {
	names, err := v.disk.list(folder)
	if err != nil {
		return false
	}
	for _, n := range names {
		name := path.Join(folder, n)
		if e, err := v.disk.stat(name); err != nil || !v.deleted[name] && !(e.mode.IsDir() && v.willBeEmpty(name)) {
			return false
		}
	}
	return true
}

// willBeRespelled reports whether what is at name is a file that the plan deletes
// under another spelling, on a volume that ignores case.
func (v verifier) willBeRespelled(name string) bool {
	for deleted := range v.deleted {
		if deleted != name && strings.EqualFold(deleted, name) {
			return ignoresCase(v.disk)
		}
	}
	return false
}
