package generator

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/semver"

	"scaffold/generator/answer"
	"scaffold/generator/apply"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/render"
	"scaffold/generator/tree"
)

// UpdateOptions are what scaffold regenerate is told. The zero value brings a
// project up to date with the pack it records.
type UpdateOptions struct {
	Pack     string          // instead of the recorded one
	To       string          // the version wanted, or ""
	Set      answer.Layer    // the strongest answers
	Answers  string          // a YAML file, or ""
	Conflict plan.Resolution // what becomes of conflicts

	SkipMissing bool     // leave what git has not checked out for a later run; else it is an error
	Env         []string // KEY=VALUE, for git
}

// An Update is a planned regenerate.
type Update struct {
	Root                  string
	FromPack, FromVersion string
	Pack, Version         string
	Answers               answer.Answers
	Changed               []answer.Change
	Source                *OtherSource // of the pack, where scaffold.yaml has another than the last run used
	Plan                  plan.Plan
	Kept                  []string              // files that stay as they are although the template changed them
	Open                  []plan.ConflictRecord // left from the last run: then nothing is planned
	Stale                 []string              // the user's Go files that import the module by the path it had
	Notes                 []string              // what was decided and might surprise
	Hints                 []string              // what to do about it
}

// UpToDate reports whether there is nothing to do.
func (u Update) UpToDate() bool { return len(u.Open)+len(u.Plan.State) == 0 && !u.Writes() }

// Remembers reports whether the state changes.
func (u Update) Remembers() bool { return len(u.Open) == 0 && len(u.Plan.State) > 0 }

// Writes reports whether a file changes, the state apart.
func (u Update) Writes() bool { return slices.ContainsFunc(u.Plan.Steps, plan.Step.Writes) }

// Conflicted reports whether something is left for the user to resolve.
func (u Update) Conflicted() bool {
	return len(u.Open)+len(u.Stale) > 0 || u.Plan.Count(plan.Conflict) > 0
}

// Apply writes what is planned, and notes what of a file could not be kept.
func (u *Update) Apply(ctx context.Context, command string) error {
	if u.UpToDate() || len(u.Open) > 0 {
		return nil
	}
	note := func(text string) { u.Notes = append(u.Notes, text) }
	return apply.Options{Note: note}.Update(ctx, u.Root, u.Plan, command)
}

// PlanUpdate decides everything about bringing the project at root up to date
// and writes nothing. Answers count in this order: set, the answers file,
// scaffold.yaml; then the pack's default, and only then the asker.
func PlanUpdate(ctx context.Context, builtin fs.FS, root string, o UpdateOptions, asker answer.Asker) (Update, error) {
	var load func() (*Generator, error)
	p, err := project.Open(root, func(c project.Config) {
		load = sync.OnceValues(func() (*Generator, error) { return loadFor(ctx, builtin, root, c, o.Pack) })
		go load() // while the state is read
	})
	if err != nil {
		return Update{}, err
	}
	u := Update{Root: root, FromPack: p.Pack, FromVersion: p.Version, Pack: p.Pack, Version: p.Version}
	if u.Open, err = openConflicts(p); err != nil || len(u.Open) > 0 {
		return u, err
	}
	g, err := load()
	if err != nil {
		return u, err
	}
	if err := g.checkVersion(p, o); err != nil {
		return u, err
	}
	u.Pack, u.Version = g.Pack.Name, g.Pack.Version
	if o.Pack == "" {
		u.Source = otherSource(p)
	}
	run := g.compiled.Run(ctx)
	edit, err := g.answer(ctx, run, &u, p, o, asker)
	if err != nil {
		return u, err
	}
	return u, g.planUpdate(ctx, run, &u, p, o, edit)
}

// planUpdate is the pipeline once the answers are known: render, look, plan.
func (g *Generator) planUpdate(ctx context.Context, run *render.Run, u *Update, p project.Project, o UpdateOptions, e project.Edit) error {
	theirs, err := run.Render(u.Answers)
	if err != nil {
		return err
	}
	theirs = theirs.Composed() // as the base, whoever packed either
	options := plan.Options{Labels: labels(g.Pack.Name, g.Pack.Version), Conflict: o.Conflict, Moved: g.moves(p)}
	l := newLooker(ctx, p, o.Env)
	ours, err := l.look(theirs, &options, o.SkipMissing)
	if err != nil {
		return err
	}
	u.Notes = slices.Concat(u.Notes, g.leftOut(), run.Notes)
	u.Plan = plan.Make(p.Base, ours, theirs, options)
	u.Kept = kept(u.Plan, theirs)
	stale, module, err := l.stale(u.Plan, ours, theirs)
	if err != nil {
		return err
	}
	if u.Stale = stale; len(stale) > 0 {
		u.Notes = append(u.Notes, sayStale(stale, module))
	}
	if len(l.later) > 0 {
		u.Hints = append(u.Hints, l.checkOut(l.later)+"; then regenerate brings the template's change")
	}
	next := g.state(p.Root, u.Answers, u.Plan.NextBase(p.Base, theirs))
	next.Seen = func() project.Seen { return l.seen(u.Plan, ours, next.Base) }
	next.Conflicts = conflictsOf(u.Plan)
	if o.Pack == "" {
		next.Source = p.Config.Source // as it is written there
	} else {
		e.Source = next.Source
	}
	if e.Version = next.Version; e.Version == p.Config.Version {
		e.Version = ""
	}
	changes, err := p.Changes(next, e)
	u.Plan = u.Plan.At(l.at)
	u.Plan.Modeless = l.modeless
	u.Plan.State = stateSteps(changes)
	return err
}

// kept returns the files of which the plan says that they stay, and of which the
// template has another version.
func kept(p plan.Plan, theirs tree.Tree) []string {
	var paths []string
	for _, s := range p.Steps {
		t, ok := theirs.Find(s.Path)
		if ok && s.Verb == plan.Keep && s.Named && !s.PutOff() && !plan.Same(s.Ours, &t) {
			paths = append(paths, s.Path)
		}
	}
	return paths
}

// loadFor loads the pack that the project records, or another one. A recorded
// folder is relative to the project's root, a given one to the working
// directory.
func loadFor(ctx context.Context, builtin fs.FS, root string, c project.Config, given string) (*Generator, error) {
	if given != "" {
		return Load(ctx, builtin, given)
	}
	name := c.Source
	if pack.IsFolder(name) && pack.CheckLocal(name) == nil {
		name = folderFrom(root, name)
	}
	g, err := Load(ctx, builtin, name)
	if err != nil {
		return nil, problem.WithHint(err, "%s names that pack; scaffold regenerate --pack NAME uses another", tree.ConfigFile)
	}
	return g, nil
}

// An OtherSource is where a pack comes from that scaffold.yaml names and the last
// run did not use: whoever wrote the clone may have put that there.
type OtherSource struct {
	Name string // as scaffold.yaml has it
	Path string // the folder it leads to; "" if it comes with scaffold
	Was  string // as the last run had it
}

// otherSource returns nil where nothing changed.
func otherSource(p project.Project) *OtherSource {
	if p.Config.Source == p.Source {
		return nil
	}
	o := &OtherSource{Name: p.Config.Source, Was: p.Source}
	if pack.IsFolder(o.Name) {
		o.Path = absoluteFrom(p.Root, o.Name)
		if real, err := filepath.EvalSymlinks(o.Path); err == nil {
			o.Path = real
		}
	}
	return o
}

// absoluteFrom returns a folder named relative to root.
func absoluteFrom(root, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(root, filepath.FromSlash(name))
}

// folderFrom returns a folder named relative to root as it is found from here:
// relative again, unless a link on the way leads that elsewhere.
func folderFrom(root, name string) string {
	name = absoluteFrom(root, name)
	here, err := filepath.Abs(".")
	if err != nil {
		return name
	}
	rel, err := filepath.Rel(here, name)
	if err != nil {
		return name
	}
	if !strings.HasPrefix(rel, ".") {
		rel = "." + string(filepath.Separator) + rel
	}
	there, err := os.Stat(name)
	if same, relErr := os.Stat(rel); err == nil && (relErr != nil || !os.SameFile(there, same)) {
		return name
	}
	return rel
}

// checkVersion refuses a version that the pack does not have, and one older
// than what the project was written with unless it is asked for.
func (g *Generator) checkVersion(p project.Project, o UpdateOptions) error {
	has, to := g.Pack.Version, o.To
	where := "this scaffold has"
	if g.folder {
		where = "the folder " + g.source + " has"
	}
	if version := "v" + strings.TrimPrefix(to, "v"); to != "" && !semver.IsValid(version) {
		return problem.Input("--to %s: want a version, as in --to %s", to, has)
	}
	if to != "" && strings.TrimPrefix(to, "v") != has {
		return problem.WithHint(
			problem.Input("--to %s: %s %s %s", to, where, g.Pack.Name, has),
			"a pack's version is the one at hand: take the scaffold, or the folder, that has %s", to)
	}
	if g.Pack.Name != p.Pack || to != "" {
		return nil
	}
	back := []string{"scaffold", "regenerate", "--to", has}
	if o.Pack != "" {
		back = append(back, "--pack", o.Pack)
	}
	for _, newer := range []string{p.Version, p.Config.Version} {
		if older(has, newer) {
			return problem.WithHint(
				problem.Input("%s %s, and the project is at %s: that would be a step back", where+" "+g.Pack.Name, has, newer),
				"take a newer scaffold or pack; %s goes back", problem.Command(back...))
		}
	}
	return nil
}

func older(a, b string) bool { return semver.Compare("v"+a, "v"+b) < 0 }

// moves returns the renames that the project has not seen yet, oldest first.
func (g *Generator) moves(p project.Project) []plan.Move {
	var moved []plan.Move
	oldestFirst := func(a, b pack.Move) int { return semver.Compare("v"+a.Since, "v"+b.Since) }
	for _, m := range slices.SortedStableFunc(slices.Values(g.Pack.Moved), oldestFirst) {
		if g.Pack.Name != p.Pack || older(p.Version, m.Since) {
			moved = append(moved, plan.Move{From: m.From, To: m.To})
		}
	}
	return moved
}
