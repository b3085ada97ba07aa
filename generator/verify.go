package generator

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/tree"
	"scaffold/generator/verify"
)

// VerifyOptions are what scaffold regenerate --verify is told.
type VerifyOptions struct {
	Command string                        // "": the one of scaffold.yaml, of the pack, or of Go
	Cache   string                        // the folder in which it runs
	Env     []string                      // KEY=VALUE
	Limit   time.Duration                 // of each time that it runs; 0: ten minutes
	Begin   func(command, because string) // is called before the command runs
	At      func(whose string)            // is called with whose files it runs on
}

// Verify has a command run on the project as u would leave it. Where that fails, and
// passes with what was merged, what merges decided by structure becomes a conflict
// again. Nothing is run where nothing changes, or conflicts are in the files.
func (u *Update) Verify(ctx context.Context, o VerifyOptions) error {
	if u.planner == nil {
		return nil // conflicts of the last run are open
	}
	command, because, err := u.chooseCommand(o.Command)
	if err != nil {
		return err
	}
	t := verification{update: u, at: o.At, runner: u.runner(command, o)}
	u.Verified = &Verified{Command: command}
	switch {
	case !u.Writes():
		u.Verified.Why = "no file changes"
		return nil
	case u.Plan.Count(plan.Conflict) > 0:
		u.Verified.Why = "conflicts are to be resolved first"
		return nil
	}
	o.Begin(command, because)
	err = t.verify(ctx)
	if errors.Is(err, verify.ErrNoGo) {
		u.Verified.Why, err = err.Error(), nil
	}
	return err
}

func (u Update) runner(command string, o VerifyOptions) verify.Runner {
	return verify.Runner{Command: command, Cache: o.Cache, Env: o.Env, Limit: o.Limit, Skip: u.planner.looker.skips}
}

// Compare has a command run on the project as u would leave it and, where that fails, as
// it is. One that passes afterwards counts as one that did before.
func (u Update) Compare(ctx context.Context, o VerifyOptions) (before, after verify.Outcome, err error) {
	command, _, err := u.chooseCommand(o.Command)
	if err != nil {
		return before, after, err
	}
	r := u.runner(command, o)
	after, err = r.Try(ctx, verify.Tree{Root: u.Root, Changed: changedBy(u.Plan)})
	if err != nil || after.Passed {
		return after, after, err
	}
	before, err = r.Try(ctx, verify.Tree{Root: u.Root})
	return before, after, err
}

// ProposesVerify reports whether a Go project gets a merge that came from structure,
// so that somebody may want to have it built.
func (u Update) ProposesVerify() bool {
	settled := slices.ContainsFunc(u.Plan.Steps, func(s plan.Step) bool { return s.Writes() && len(s.Settled) > 0 })
	return settled && u.HasGoMod()
}

// HasGoMod reports whether the project will be a Go module of its own.
func (u Update) HasGoMod() bool {
	after, changes := changedBy(u.Plan)[goMod]
	info, err := os.Lstat(filepath.Join(u.Root, goMod))
	return after != nil || !changes && err == nil && info.Mode().IsRegular()
}

const goMod = "go.mod"

// chooseCommand returns the given command, or the first that something suggests, and
// what that is.
func (u Update) chooseCommand(given string) (command, because string, err error) {
	config, pack := u.planner.looker.project.Config, u.planner.generator.Pack
	switch {
	case given != "":
		return given, "", nil
	case config.Verify != "":
		return config.Verify, tree.ConfigFile + " says it", nil
	case pack.Verify != "":
		return pack.Verify, "the pack " + pack.Name + " suggests it", nil
	case u.HasGoMod():
		return verify.GoCommand, "there is a " + goMod, nil
	}
	return "", "", problem.WithHint(
		problem.Input("--verify: there is no command: %s and the pack have none, and there is no %s", tree.ConfigFile, goMod),
		"--verify=COMMAND gives one, and so does a line in %s: verify: COMMAND", tree.ConfigFile)
}

// skips reports whether a folder of the project is not copied: what git ignores, and
// what nobody writes by hand, because it is huge or made anew.
func (l *looker) skips(dir string) bool {
	l.readIgnored()
	return slices.Contains(l.ignored, dir+"/") || project.IsSkipped(path.Base(dir))
}

// A verification runs one command on several trees.
type verification struct {
	update *Update
	runner verify.Runner
	at     func(whose string)
}

func (t verification) verify(ctx context.Context) error {
	u, v := t.update, t.update.Verified
	merged, err := t.tryPlan(ctx, "the merged files", u.Plan)
	if v.Passed, v.Output = merged.Passed, merged.Output; err != nil || v.Passed {
		return err
	}
	p := u.planner
	for _, side := range []struct {
		whose string
		tree  verify.Tree
	}{
		{"your files", verify.Tree{Root: u.Root}},
		{"the template's files", verify.Tree{Changed: allOf(p.theirs)}},
		{"the files that the template wrote last", verify.Tree{Changed: allOf(p.looker.project.Base)}},
	} {
		t.at(side.whose)
		alone, err := t.runner.Try(ctx, side.tree)
		if err != nil {
			return err
		}
		if !alone.Passed {
			v.Why, v.Output = side.whose+" alone do not pass it either", alone.Output
			return nil
		}
	}
	return t.takeBack(ctx)
}

// takeBack makes conflicts of what was decided by structure, and looks for the files
// that broke the command.
func (t verification) takeBack(ctx context.Context) error {
	was, v := *t.update, t.update.Verified
	byLines, err := was.planner.planByLines(nil, was.planner.options.Conflict)
	if err != nil {
		return err
	}
	settled := comparePlans(was.Plan, byLines.Plan)
	if len(settled) == 0 {
		return nil
	}
	for _, s := range settled {
		v.Settled = append(v.Settled, s.To)
	}
	if v.BrokenBy, err = t.blame(ctx, settled); err != nil {
		return err
	}
	*t.update = byLines
	t.update.planner, t.update.Verified = was.planner, v
	return nil
}

// maxBlamed is how many files are tried for whether they broke a command, each twice at
// most.
const maxBlamed = 10

// blame returns the files in which structure decided what broke the command: those
// that break it alone, or those without which it passes. There may be none, because
// something else broke it.
func (t verification) blame(ctx context.Context, settled []plan.Step) ([]string, error) {
	sides := []plan.Resolution{plan.Mine, plan.Template}
	if asked := t.update.planner.options.Conflict; slices.Contains(sides, asked) {
		sides = []plan.Resolution{asked} // because other files have been decided so
	}
	passed, side := false, plan.Markers
	for _, side = range sides {
		var err error
		if passed, err = t.passesWithout(ctx, settled, side); err != nil {
			return nil, err
		}
		if passed {
			break
		}
	}
	switch {
	case !passed:
		return nil, nil
	case len(settled) == 1:
		return []string{settled[0].To}, nil
	}
	tried := settled[:min(len(settled), maxBlamed)]
	alone, err := findPaths(tried, func(i int) (bool, error) {
		others := slices.Delete(slices.Clone(settled), i, i+1)
		passed, err := t.passesWithout(ctx, others, side)
		return !passed, err
	})
	if err != nil || len(alone) > 0 {
		return alone, err
	}
	return findPaths(tried, func(i int) (bool, error) { return t.passesWithout(ctx, settled[i:i+1], side) })
}

// findPaths returns the paths of the steps for which is reports true, by their index.
func findPaths(steps []plan.Step, is func(i int) (bool, error)) ([]string, error) {
	var paths []string
	for i, s := range steps {
		ok, err := is(i)
		if err != nil {
			return nil, err
		}
		if ok {
			paths = append(paths, s.To)
		}
	}
	return paths, nil
}

// passesWithout reports whether the merged files pass where what structure decided in
// some is decided for one side.
func (t verification) passesWithout(ctx context.Context, steps []plan.Step, side plan.Resolution) (bool, error) {
	var names []string
	for _, s := range steps {
		names = append(names, s.Path, s.To)
		if s.Ours != nil {
			names = append(names, s.Ours.Path)
		}
	}
	other, err := t.update.planner.planByLines(names, side)
	if err != nil {
		return false, err
	}
	o, err := t.tryPlan(ctx, "what broke them", other.Plan)
	return o.Passed, err
}

func (t verification) tryPlan(ctx context.Context, whose string, p plan.Plan) (verify.Outcome, error) {
	t.at(whose)
	return t.runner.Try(ctx, verify.Tree{Root: t.update.Root, Changed: changedBy(p)})
}

// planByLines plans again, and merges these files by lines alone, or all.
func (r planner) planByLines(paths []string, conflict plan.Resolution) (Update, error) {
	o := r.options
	o.Conflict = conflict
	o.ByLines = func(path string) bool {
		return paths == nil || slices.Contains(paths, path) || r.options.ByLines != nil && r.options.ByLines(path)
	}
	return r.plan(o)
}

// comparePlans returns the steps of a that leave a file otherwise than b does.
func comparePlans(a, b plan.Plan) []plan.Step {
	left := make(map[string][]byte)
	for _, s := range b.Steps {
		if s.After != nil {
			left[s.Path] = s.After.Data
		}
	}
	return slices.DeleteFunc(slices.Clone(a.Steps), func(s plan.Step) bool {
		var after []byte
		if s.After != nil {
			after = s.After.Data
		}
		return s.Verb == plan.Delete || bytes.Equal(after, left[s.Path])
	})
}

// changedBy returns what a plan leaves at the paths that it changes, nil for nothing,
// without our own state.
func changedBy(p plan.Plan) map[string]*tree.File {
	changed := make(map[string]*tree.File)
	steps := slices.Concat(p.Steps, p.State)
	for _, s := range steps {
		if s.Verb == plan.Delete && s.Ours != nil {
			changed[s.Ours.Path] = nil
		}
	}
	for _, s := range steps {
		if s.After != nil && !strings.HasPrefix(s.To, tree.StateFolder+"/") {
			changed[s.To] = s.After
		}
	}
	return changed
}

func allOf(t tree.Tree) map[string]*tree.File {
	files := make(map[string]*tree.File)
	for f := range t.All() {
		files[f.Path] = &f
	}
	return files
}
