package generator

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"scaffold/generator/apply"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/tree"
)

// PlanRestore decides about bringing back the template's version of files, which
// also resolves what was left of a conflict about one.
func PlanRestore(ctx context.Context, root string, files []string, env []string) (Update, error) {
	l, _, err := openLooker(ctx, root, env)
	if err != nil {
		return Update{}, err
	}
	p := l.project
	u := Update{Root: root, FromPack: p.Pack, FromVersion: p.Version, Pack: p.Pack, Version: p.Version}
	wanted, err := chooseFiles(p, files, l.followed)
	if err != nil {
		return u, err
	}
	wanted, placed, err := placeWanted(&u, files, wanted, l.followed)
	if err != nil {
		return u, err
	}
	for f := range wanted.All() {
		if v := p.Since(f.Path); v != p.Version {
			u.Notes = append(u.Notes, f.Path+" is the version of "+p.Pack+" "+v+": the changes since were left out")
		}
	}
	resolved, left := splitConflicts(p, wanted)
	paths := pathsOf(placed)
	for _, c := range resolved {
		paths = append(paths, c.To)
	}
	disk, err := l.readOurs(paths)
	if err != nil {
		return u, err
	}
	if err := l.checkRestore(wanted); err != nil {
		return u, err
	}
	if u.Plan.Steps, err = planRestoredFiles(placed, disk); err != nil {
		return u, err
	}
	for _, c := range resolved {
		if f, ok := disk.Files.Find(c.To); ok && plan.IsBeside(c.To) && f.Sum() == c.Sum {
			u.Plan.Steps = append(u.Plan.Steps, plan.Step{Path: c.To, To: c.To, Verb: plan.Delete, Named: true, Ours: &f})
		}
	}
	u.Plan = u.Plan.At(l.spell)
	u.Plan.Modeless = l.modeless
	if len(resolved) == 0 {
		return u, nil
	}
	u.Plan.State, err = p.KeepConflicts(left)
	return u, err
}

// placeWanted returns the wanted files, and the same at the paths where the user
// has them. It leaves out what the user moved out of a named folder, and refuses
// that by its old name, because it would be there twice.
func placeWanted(u *Update, names []string, wanted tree.Tree, moved map[string]string) (kept, placed tree.Tree, err error) {
	var paths []string
	for _, name := range names {
		path, err := pathBelow(u.Root, name)
		if err != nil {
			return kept, placed, err
		}
		paths = append(paths, tree.Compose(path))
	}
	var here, there []tree.File
	for f := range wanted.All() {
		to, away := moved[f.Path]
		switch {
		case !away:
			to = f.Path
		case slices.ContainsFunc(paths, func(path string) bool { return isWithin(path, tree.Compose(to)) }):
		case slices.Contains(paths, f.Path):
			return kept, placed, problem.Input("%s was moved by you to %s: name that", f.Path, to)
		default:
			u.Notes = append(u.Notes, f.Path+" was moved by you to "+to+" and is left alone: name that to restore it")
			continue
		}
		here = append(here, f)
		f.Path = to
		there = append(there, f)
	}
	return tree.Found(here...), tree.Found(there...), nil
}

// checkRestore refuses what git has not checked out, because the user may have
// edited it.
func (l *looker) checkRestore(wanted tree.Tree) error {
	absent := maps.Clone(l.absent)
	maps.DeleteFunc(absent, func(path string, _ bool) bool {
		_, ok := wanted.Find(path)
		return !ok
	})
	if len(absent) == 0 {
		return nil
	}
	return problem.WithHint(
		problem.Input("%s: not checked out: nothing was changed", strings.Join(slices.Sorted(maps.Keys(absent)), ", ")),
		"%s", l.checkOutHint(absent))
}

func planRestoredFiles(wanted tree.Tree, disk project.Disk) ([]plan.Step, error) {
	if len(disk.Blocking) > 0 {
		f := disk.Blocking[0]
		return nil, problem.Input("%s is %s, and a folder is due there: nothing was changed", f.Path, tree.Kind(f.Mode))
	}
	var steps []plan.Step
	for f := range wanted.All() {
		for _, folder := range disk.Nested {
			if strings.HasPrefix(f.Path, folder+"/") {
				return nil, problem.Input("%s belongs to the project in %s: nothing was changed", f.Path, folder)
			}
		}
		s := plan.Step{Path: f.Path, To: f.Path, Verb: plan.Create, Named: true, After: &f}
		have, ok := disk.Files.Find(f.Path)
		switch {
		case ok && !have.Mode.IsRegular():
			return nil, problem.WithHint(
				problem.Input("%s is %s: nothing was changed", f.Path, tree.Kind(have.Mode)), "remove it first")
		case ok && plan.Same(&have, &f):
			continue
		case ok:
			s.Verb, s.Why, s.Ours = plan.Update, "scaffold undo brings yours back", &have
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func splitConflicts(p project.Project, files tree.Tree) (resolved, left []plan.ConflictRecord) {
	for _, c := range p.Conflicts {
		if _, ok := files.Find(c.Path); ok {
			resolved = append(resolved, c)
		} else {
			left = append(left, c)
		}
	}
	return resolved, slices.Clip(left)
}

// Undo takes the last run back and returns what that did. What an interrupted
// run left is taken back first, because undo knows only whole runs.
func Undo(ctx context.Context, root string, note func(string)) (plan.Plan, error) {
	var p plan.Plan
	if err := project.CheckFolder(root); err != nil {
		return p, err
	}
	steps, err := apply.Options{Note: note}.Undo(ctx, root)
	for _, s := range steps {
		if s.Path == tree.ConfigFile || strings.HasPrefix(s.Path, tree.StateFolder+"/") {
			p.State = append(p.State, s)
		} else {
			p.Steps = append(p.Steps, s)
		}
	}
	return p, err
}

// Recover takes back what an interrupted run left. Files that changed meanwhile
// are kept and named.
func Recover(ctx context.Context, root string, note func(string)) (kept []string, err error) {
	if err := project.CheckFolder(root); err != nil {
		return nil, err
	}
	return apply.Options{Note: note}.Recover(ctx, root)
}

// Pending returns an error if an interrupted run left something in the project.
func Pending(root string) error {
	if err := project.CheckFolder(root); err != nil {
		return err
	}
	what, err := apply.Options{}.Pending(root)
	if err == nil && what != "" {
		err = problem.WithHint(errors.New(what), "the next scaffold regenerate, restore, resolve or undo takes it back first")
	}
	return err
}
