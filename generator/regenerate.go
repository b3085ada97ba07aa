package generator

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/semver"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/render"
	"scaffold/generator/source"
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
	// ByLines is [plan.Options.ByLines], instead of what scaffold.yaml says. Nil: as
	// that says.
	ByLines func(path string) bool

	// Try is what the pack of the project may become, whose author asks what it would do:
	// it takes the place of the recorded one, wherever that came from and whatever its
	// version is. Such an update is not for [Update.Apply].
	Try *Generator

	// Plain has messages call scaffold.yaml by that name alone, where the folder of the
	// project says nothing: it is one of several, or in a folder for tests.
	Plain bool

	SkipAbsent bool     // leave what git has not checked out for a later run; else it is an error
	Env        []string // KEY=VALUE, for git

	Cache *PackCache // of the packs of several projects; nil for one project
}

func (o UpdateOptions) open(root string, configured func(project.Config, *project.Held) project.Contents) (project.Project, error) {
	if o.Plain {
		return project.OpenAs(tree.ConfigFile, root, configured)
	}
	return project.Open(root, configured)
}

// PlanUpdate decides everything about bringing the project at root up to date and
// writes nothing. Answers count in this order: set, the answers file,
// scaffold.yaml, the pack's default, the asker.
func PlanUpdate(ctx context.Context, finder source.Finder, root string, o UpdateOptions, asker answer.Asker) (Update, error) {
	var load func() (*Generator, error)
	p, err := o.open(root, func(c project.Config, held *project.Held) project.Contents {
		ref, err := choosePack(root, c, o.Pack, o.To)
		held.Lends = err == nil && ref.Kind == source.Folder && o.Try == nil && !o.Cache.has(ref)
		load = sync.OnceValues(func() (*Generator, error) {
			if o.Try != nil {
				return o.Try, nil
			}
			return loader{finder, o.Cache, held}.loadFor(ctx, root, c, o.Pack, o.To)
		})
		go load() // while the state is read
		return func(sum string) ([]byte, bool) {
			g, err := load()
			if err != nil {
				return nil, false
			}
			return g.Pack.Content(sum)
		}
	})
	if err != nil {
		return Update{}, err
	}
	u := Update{Root: root, FromPack: p.Pack, FromVersion: p.Version, Pack: p.Pack, Version: p.Version}
	if u.Open, err = findOpenConflicts(p); err != nil || len(u.Open) > 0 {
		return u, err
	}
	g, err := load()
	if err != nil {
		return u, err
	}
	if err := g.checkPack(p, o); err != nil {
		return u, err
	}
	if declined, err := g.checkDeclined(&u, p, o); declined || err != nil {
		return u, err
	}
	u.Pack, u.Version, u.News = g.Pack.Name, g.Pack.Version, g.unseenNotes(p)
	u.newer = func() []string {
		return slices.DeleteFunc(findNewer(ctx, finder, p), func(v string) bool { return p.Config.Declined(v) > 0 })
	}
	if o.Pack == "" {
		u.Source = findOtherSource(p)
		u.Stays = o.To == "" && g.Source.Kind.IsForeign()
	}
	if g.Source.Name != p.Reference { // once, as new does
		u.Notes = append(u.Notes, g.noteOrigin()...)
	}
	u.Notes = append(u.Notes, noteOlderConfig(ctx, p, o.Env)...)
	run := g.compiled.Run(ctx)
	edit, err := g.answerQuestions(ctx, run, &u, p, o, asker)
	if err != nil {
		return u, err
	}
	return u, g.renderAndPlan(ctx, run, &u, p, o, edit)
}

// noteOlderConfig says that scaffold.yaml is older than the base that git ignores, because
// another commit was checked out since, and base stayed.
func noteOlderConfig(ctx context.Context, p project.Project, env []string) []string {
	ref, err := source.Parse(p.Config.Reference)
	isWish := err != nil || ref.Kind.IsForeign() // then the version there is one that is wanted
	if isWish || !semver.IsValid("v"+p.Config.Version) || !older(p.Config.Version, p.Version) {
		return nil
	}
	if !slices.Contains(IgnoredState(ctx, p.Root, env).Paths, tree.BaseFile) {
		return nil
	}
	return []string{fmt.Sprintf("%s:%d says %s %s, and %s, which git ignores, is still of %s: what the template changed in between counts as taken out by you; scaffold diff shows that",
		p.Config.Name, p.Config.AtVersion, p.Pack, p.Config.Version, tree.BaseFile, p.Version)}
}

func (g *Generator) answerQuestions(ctx context.Context, run *render.Run, u *Update, p project.Project, o UpdateOptions, asker answer.Asker) (project.Edit, error) {
	layers := []answer.Layer{o.Set}
	if o.Answers != "" {
		file, _, err := g.ReadAnswers(ctx, o.Answers)
		if err != nil {
			return project.Edit{}, err
		}
		layers = append(layers, file)
	}
	recorded, err := p.Config.Layer(g.Pack, layers...)
	if err != nil {
		texts := p.Config.Answers()
		return project.Edit{}, g.addSetHint(err, recorded, p, func(q pack.Question, v answer.Value) bool {
			_, err := q.Parse(texts[cmp.Or(v.Old, v.Name)]) // as it stands there, which has no such type
			return err != nil
		})
	}
	recorded, dropped := g.dropUnasked(recorded, p)
	asker.Flag = func(name string) string { return "--set " + name + "=VALUE" }
	u.Answers, err = answer.Resolve(g.Pack, append(layers, recorded), run.Eval, asker)
	if err != nil {
		return project.Edit{}, g.addSetHint(err, recorded, p, func(q pack.Question, v answer.Value) bool {
			_, err := q.Check(v.Typed)
			return err != nil
		})
	}
	edit := project.Edit{Rename: make(map[string]string), Set: g.findUnrecorded(u.Answers, recorded), Drop: dropped, Lapsed: findLapsed(u.Answers, recorded)}
	u.Changed = compareAnswers(g.Pack, p.Answers, u.Answers)
	for _, v := range recorded {
		if v.Old == "" {
			continue
		}
		edit.Rename[v.Old] = v.Name
		if !slices.ContainsFunc(u.Changed, func(c answer.Change) bool { return c.Name == v.Name }) {
			u.Changed = append(u.Changed, answer.Change{Name: v.Name, Old: v.Typed, New: v.Typed, Was: true, Is: true, Renamed: v.Old})
		}
	}
	for _, name := range dropped {
		u.Changed = append(u.Changed, answer.Change{Name: name, Old: p.Answers[name], Was: true})
	}
	slices.SortFunc(u.Changed, func(a, b answer.Change) int { return cmp.Compare(a.Name, b.Name) })
	return edit, nil
}

func (g *Generator) renderAndPlan(ctx context.Context, run *render.Run, u *Update, p project.Project, o UpdateOptions, e project.Edit) error {
	theirs, err := run.Render(u.Answers)
	if err != nil {
		return err
	}
	theirs = theirs.Composed() // accents composed, as base has them
	options := plan.Options{Labels: labels(g.Pack.Name, g.Pack.Version), Conflict: o.Conflict, ByLines: o.ByLines, Declared: g.unseenMoves(p, p.Version)}
	options.Older = func(path string) ([]plan.Move, bool) {
		v := p.Since(path)
		if v == p.Version {
			return nil, false
		}
		return g.unseenMoves(p, v), true
	}
	options.Since = func(path string) string {
		if v := p.Since(path); v != g.Pack.Version {
			return v
		}
		return ""
	}
	if len(p.Config.Keep) > 0 {
		options.Keep = p.Config.Keeps
	}
	if options.ByLines == nil {
		options.ByLines = p.Config.ByLines
	}
	l := newLooker(ctx, p, o.Env)
	if err := l.joinSides(theirs); err != nil {
		return err
	}
	ours, err := l.readTrees(theirs, &options, o.SkipAbsent)
	if err != nil {
		return err
	}
	if o.Pack != "" {
		e.Reference = g.referenceFrom(p.Root)
	}
	idle, err := l.noteIdleKeeps(theirs)
	if err != nil {
		return err
	}
	u.Notes = slices.Clip(slices.Concat(u.Notes, g.noteLeftOut(), run.Notes, idle))
	made := planner{generator: g, recorded: p, looker: l, ours: ours, theirs: theirs, options: options, edit: e, update: *u}
	if *u, err = made.plan(options); err != nil {
		return err
	}
	u.planner = &made
	return nil
}

// plan makes the update by these options.
func (r planner) plan(o plan.Options) (Update, error) {
	u, g, l, p, e := r.update, r.generator, r.looker, r.looker.project, r.edit
	u.Plan = plan.Make(p.Base, r.ours, r.theirs, o)
	u.Kept = listKept(u.Plan, r.theirs)
	if err := l.findStale(&u, r.ours, r.theirs); err != nil {
		return u, err
	}
	if len(l.absentDiffer) > 0 {
		u.Hints = append(u.Hints, l.checkOutHint(l.absentDiffer)+"; then regenerate brings the template's change")
	}
	next := g.NewState(p.Root, u.Answers, u.Plan.NextBase(p.Base, r.theirs))
	next.Lapsed = e.Lapsed
	for _, path := range u.Plan.Left(p.Base, next.Base) {
		if v := p.Since(path); v != next.Version {
			next.Since[path] = v
		}
	}
	next.Seen = func() project.Seen { return l.listSeen(u.Plan, next.Base) }
	next.Conflicts = rememberedConflicts(u.Plan)
	if e.Reference == "" {
		next.Reference = p.Config.Reference // as it is written there
	}
	if e.Version = next.Version; e.Version == p.Config.Version {
		e.Version = ""
	}
	state, err := r.recorded.Changes(next, e)
	u.Plan = u.Plan.At(l.spell)
	if l.index != nil {
		l.index.AddAll(g.index)
	}
	u.Plan.Modeless, u.Plan.State, u.Plan.Index = l.modeless, state, l.index
	return u, err
}

// noteIdleKeeps names the patterns below keep that are about none of the template's
// files, where the user moved them to included, because each may be a slip.
func (l *looker) noteIdleKeeps(theirs tree.Tree) ([]string, error) {
	p := l.project
	paths := pathsOf(p.Base, theirs)
	if len(p.Config.IdleKeeps(paths)) == 0 {
		return nil, nil
	}
	o := plan.Options{Absent: l.absentDiffer}
	if err := l.addOthers(&o); err != nil {
		return nil, err
	}
	followed, maybe := plan.Followed(p.Base, l.ours, o)
	paths = slices.Concat(paths, slices.Sorted(maps.Values(followed)), maybe)
	idle := p.Config.IdleKeeps(paths)
	for _, path := range paths {
		for _, dir := range tree.Parents(path) {
			paths = append(paths, dir+"/")
		}
	}
	var notes []string
	for _, k := range idle {
		notes = append(notes, fmt.Sprintf("%s:%d: keep has %q, and the template has no such file%s", p.Config.Name, k.Line, k.Pattern, problem.DidYouMean(k.Pattern, paths)))
	}
	return notes, nil
}

// unseenMoves returns the renames since a version of the project's pack.
func (g *Generator) unseenMoves(p project.Project, version string) []plan.Move {
	var moved []plan.Move
	oldestFirst := func(a, b pack.Move) int { return semver.Compare("v"+a.Since, "v"+b.Since) }
	for _, m := range slices.SortedStableFunc(slices.Values(g.Pack.Moved), oldestFirst) {
		if !g.succeeds(p) || older(version, m.Since) {
			moved = append(moved, plan.Move{From: m.From, To: m.To})
		}
	}
	return moved
}

// unseenNotes returns what the pack's author says of the versions after the one that
// the project was written with.
func (g *Generator) unseenNotes(p project.Project) []pack.Note {
	return slices.DeleteFunc(slices.Clone(g.Pack.Notes), func(n pack.Note) bool {
		return !g.succeeds(p) || !older(p.Version, n.Version) || older(g.Pack.Version, n.Version)
	})
}

func listKept(p plan.Plan, theirs tree.Tree) []string {
	var paths []string
	for _, s := range p.Steps {
		t, ok := theirs.Find(s.Path)
		if clean := s.Theirs.Overlap == 0; clean && len(s.Settled) > 0 { // the template's whole version would take back what the user did
			continue
		}
		stays := s.Verb == plan.Keep || s.From != "" && s.Untaken != nil // or goes to where the template moved it
		if ok && stays && s.Named && !s.Deferred && !plan.Same(s.Ours, &t) {
			paths = append(paths, s.Path)
		}
	}
	return paths
}

// findStale names in u the user's Go files that import the module by the path it
// had, because nothing builds until they follow, and they are not ours to write.
func (l *looker) findStale(u *Update, ours, theirs tree.Tree) error {
	was, is := plan.Modules(l.project.Base, u.Plan.NextBase(l.project.Base, theirs)) // as it is where go.mod is kept
	if was == is {
		return nil
	}
	known := l.knownPaths(l.project.Base, theirs)
	others, err := project.ReadOthers(l.project.Root, project.Look{Known: known, Ending: ".go"})
	if err != nil {
		return err
	}
	written := make(map[string]bool)
	for _, s := range u.Plan.Steps {
		if s.Writes() && s.Ours != nil {
			written[s.Ours.Path] = true
		}
	}
	for _, f := range slices.Concat(slices.Collect(ours.All()), others.Files) {
		switch {
		case path.Ext(f.Path) != ".go" || written[f.Path] || !f.Mode.IsRegular() || !plan.ImportsOld(f.Data, was, is):
		case l.project.Config.Keeps(f.Path):
			u.Notes = append(u.Notes, f.Path+" imports the module by its old path, and "+tree.ConfigFile+" keeps it")
		default:
			u.Stale = append(u.Stale, f.Path)
		}
	}
	slices.Sort(u.Stale)
	verb := "imports"
	if len(u.Stale) > 1 {
		verb = "import"
	}
	if len(u.Stale) > 0 {
		u.Notes = append(u.Notes, strings.Join(u.Stale, ", ")+" still "+verb+" the module by its old path, and it is "+is+" now")
	}
	return nil
}

// checkDeclined reports whether the project stays as it is because scaffold.yaml declines
// the version at hand. What else is wanted cannot be had without that version, and is
// refused; who names the version gets it.
func (g *Generator) checkDeclined(u *Update, p project.Project, o UpdateOptions) (stays bool, err error) {
	has := g.Pack.Version
	if g.passedOver != "" {
		u.Declined = fmt.Sprintf("%s %s is declined by %s:%d", g.Pack.Name, g.passedOver, p.Config.Name, p.Config.Declined(g.passedOver))
	}
	line := p.Config.Declined(has)
	if line == 0 || !g.succeeds(p) || has == p.Version {
		return false, nil
	}
	declined := fmt.Sprintf("%s %s is declined by %s:%d", g.Pack.Name, has, p.Config.Name, line)
	given, _ := source.Parse(o.Pack)
	switch {
	case !isOpen(o.To) || !isOpen(given.Version):
		u.Notes = append(u.Notes, declined+", and is taken because it was asked for")
		return false, nil
	case g.Source.Kind.IsForeign():
		return false, problem.WithHint(problem.Input("%s:%d asks for %s %s, and line %d declines it", p.Config.Name, p.Config.AtVersion, g.Pack.Name, has, line),
			"take one of the lines out, or change it; scaffold regenerate --to %s takes it all the same", has)
	case len(o.Set) > 0 || o.Answers != "" || o.Pack != "" || len(findEdited(p)) > 0 || p.Config.Reference != p.Reference:
		return false, problem.WithHint(problem.Input("%s, and %s, which wrote the project, is not at hand: nothing else can be changed without it", declined, p.Version),
			"take that line out; or scaffold regenerate --to %s takes it all the same", has)
	}
	u.Declined = declined
	return true, nil
}

// checkPack refuses a version that nobody asked for, and to try a pack on the project
// of another.
func (g *Generator) checkPack(p project.Project, o UpdateOptions) error {
	switch {
	case o.Try == nil:
		return g.checkVersion(p, o)
	case g.Pack.Name != p.Pack:
		return problem.Input("its pack is %s, not %s", p.Pack, g.Pack.Name)
	}
	return nil
}

// checkVersion refuses a version that the pack does not have. An older one has to
// be asked for, because it takes the template's changes away again.
func (g *Generator) checkVersion(p project.Project, o UpdateOptions) error {
	has, to := g.Pack.Version, o.To
	where, alone := "this scaffold has", "the pack is part of this program, and has no other version"
	switch g.Source.Kind {
	case source.Folder:
		where, alone = "the folder "+g.Source.Name+" has", "a folder has the version of its pack.yaml alone"
	case source.Module, source.Git:
		return g.checkPinned(p, o)
	}
	if to == source.Latest {
		to = ""
	}
	if version := "v" + strings.TrimPrefix(to, "v"); to != "" && !semver.IsValid(version) {
		return problem.Input("--to %s: want a version, as in --to %s", to, has)
	}
	if to != "" && strings.TrimPrefix(to, "v") != has {
		return problem.WithHint(
			problem.Input("--to %s: %s %s %s", to, where, g.Pack.Name, has),
			"%s: without --to, the project gets %s", alone, has)
	}
	if g.Pack.Name != p.Pack || to != "" || has == pack.NoVersion {
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
				"take a newer scaffold or pack; %s goes back", problem.CommandLine(back...))
		}
	}
	return nil
}

// succeeds reports whether the pack is the one that wrote the project, so that their
// versions can be compared. What is in the same repository or module is the same,
// because its author may call it otherwise.
func (g *Generator) succeeds(p project.Project) bool {
	return g.Pack.Name == p.Pack || g.Source.Kind.IsForeign() && g.Source.Name == p.Reference
}

// checkPinned refuses a step back that nobody asked for, and a version whose content
// is not what it was. The newest release may be older than a branch.
func (g *Generator) checkPinned(p project.Project, o UpdateOptions) error {
	if g.Source.Name != p.Reference {
		return nil
	}
	has := g.Pack.Version
	if (o.To == "" || o.To == source.Latest) && older(has, p.Version) {
		asking := fmt.Sprintf("%s:%d", p.Config.Name, p.Config.AtVersion)
		switch {
		case o.To != "":
			asking = "--to " + o.To
		case o.Pack != "":
			asking = "--pack " + o.Pack
		}
		return problem.WithHint(
			problem.Input("%s asks for %s %s, and the project is at %s: that would be a step back", asking, p.Pack, has, p.Version),
			"scaffold regenerate --to %s goes back", has)
	}
	if has == p.Version && g.Pack.Digest != p.Digest {
		return problem.WithHint(
			problem.Input("%s %s is not what it was: its content has the digest %s, and the project was written with %.64s",
				g.Source.Name, has, g.Pack.Digest, p.Digest),
			"a version never changes: somebody moved it; ask its author, and take another by --to VERSION")
	}
	return nil
}
