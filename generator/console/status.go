package console

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/git"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/report"
	"scaffold/generator/resolve"
	"scaffold/generator/source"
)

// StatusOptions are what scaffold status is told.
type StatusOptions struct {
	Dirs      []string // none for the working directory
	All, JSON bool
}

// Status says how the project that a folder is in stands to its template. It
// lists what is not as generated, or all.
func (c *Console) Status(ctx context.Context, o StatusOptions) error {
	dirs := o.Dirs
	root, err := generator.Find(first(dirs))
	if err != nil {
		return err
	}
	if err := generator.Pending(root); err != nil {
		return err
	}
	s, err := generator.StatusOf(ctx, c.Finder, root, c.Env)
	if err != nil {
		return err
	}
	stands := func(standing generator.Standing) bool {
		return slices.ContainsFunc(s.Files, func(f generator.FileStatus) bool { return f.Standing == standing })
	}
	if stands(generator.Unsolved) {
		c.raiseExit(Conflicts)
	}
	if o.JSON {
		return c.printDocument(func(w io.Writer) { c.documentStatus(w, s, o.All) })
	}
	if err := c.printReport(func(w io.Writer) {
		report.Status(w, report.Version{Pack: s.Pack, Version: s.Version}, linesOf(s), o.All, c.style())
	}); err != nil {
		return err
	}
	c.hintStatus(s, dirs, stands(generator.Deleted))
	return nil
}

// hintStatus says what can be done about what s says.
func (c *Console) hintStatus(s generator.Status, dirs []string, deleted bool) {
	if canResolve(s.Open) {
		c.hint("%s goes through the conflicts", resolveCommand(s.Root, len(dirs) > 0))
	}
	if deleted {
		c.hint("scaffold restore FILE brings a deleted file back")
	}
	regenerate := problem.CommandLine(slices.Concat([]string{"scaffold", "regenerate"}, dirs)...)
	is, update := "is here", slices.Concat([]string{"scaffold", "regenerate"}, dirs)
	if s.Fetched {
		is, update = "is known", append(update, "--to", source.Latest)
	}
	if s.Newer != "" {
		c.hint("%s %s %s: %s brings the project up to date", s.Pack, s.Newer, is, problem.CommandLine(update...))
	}
	if s.Declined != "" {
		c.hint("%s %s %s, and scaffold.yaml declines it", s.Pack, s.Declined, is)
	}
	if s.Asked != "" {
		c.hint("scaffold.yaml asks for %s %s: %s shows what that changes", s.Pack, s.Asked, regenerate+" --dry-run")
	}
	if s.Source != "" {
		c.hint("scaffold.yaml has %q for the pack, which the last run did not use: %s --dry-run says where it is", s.Source, regenerate)
	}
	switch names := strings.Join(s.Edited, ", "); {
	case names == "":
	case s.Refused != nil:
		first, _, _ := strings.Cut(s.Refused.Error(), "\n")
		c.hint("scaffold.yaml has answers that scaffold regenerate refuses: %s", first)
	case s.Known:
		c.hint("scaffold.yaml answers %s anew: %s makes it so", names, regenerate)
	default:
		c.hint("scaffold.yaml answers %s anew: %s --dry-run shows what that changes", names, regenerate)
	}
}

func (c *Console) documentStatus(w io.Writer, s generator.Status, all bool) {
	d := report.Standing{Target: s.Root, Pack: s.Pack, Version: s.Version, Newest: s.Newer, Declined: s.Declined, Asked: s.Asked, Source: s.Source, Edited: s.Edited, Exit: c.exit}
	if s.Refused != nil {
		d.Refused = s.Refused.Error()
	}
	report.StatusJSON(w, d, linesOf(s), s.Open, all)
}

func linesOf(s generator.Status) []report.StatusLine {
	why := make(map[string]string)
	for _, c := range s.Open {
		why[c.Path] = report.OpenWhy(c)
	}
	var files []report.StatusLine
	for _, f := range s.Files {
		if w := why[f.Path]; w != "" {
			f.Why = w
		}
		files = append(files, report.StatusLine{Path: f.Path, Word: string(f.Standing), Why: f.Why, Kept: f.Kept})
	}
	return files
}

// DiffOptions are what scaffold diff is told.
type DiffOptions struct {
	Files    []string // none for all
	ExitCode bool     // exit 4 if there is a difference, and not 1 as git does, because that says failed
	JSON     bool
}

// Diff shows what the user changed since the template wrote it.
func (c *Console) Diff(ctx context.Context, o DiffOptions) error {
	root, err := generator.FindFor(o.Files)
	if err != nil {
		return err
	}
	if err := generator.Pending(root); err != nil {
		return err
	}
	p, err := generator.Diff(ctx, root, o.Files, c.Env)
	if err != nil {
		return err
	}
	if o.ExitCode && slices.ContainsFunc(p.Steps, plan.Step.Writes) {
		c.raiseExit(OutOfDate)
	}
	if o.JSON {
		return c.printDocument(func(w io.Writer) { report.DiffJSON(w, root, p, c.exit) })
	}
	return c.page(func(w io.Writer) { report.Diff(w, p, c.style()) })
}

// RestoreHelp says what becomes of a file by scaffold restore.
const RestoreHelp = `A FILE that you deleted comes back, and one that you edited becomes what the template
writes. scaffold undo takes that back, and has your edits again.`

// Restore brings the template's version of files back, and resolves what was left
// of a conflict about one.
func (c *Console) Restore(ctx context.Context, files []string, json bool) error {
	if len(files) == 0 {
		return problem.WithHint(problem.Input("FILE is missing"), "scaffold status lists what is not as generated")
	}
	root, err := generator.FindFor(files)
	if err != nil {
		return err
	}
	if stop, err := c.recoverFirst(ctx, root, false); stop || err != nil {
		return err
	}
	u, err := generator.PlanRestore(ctx, root, files, c.Env)
	if err != nil {
		return err
	}
	if err := u.Apply(ctx, "scaffold restore"); err != nil {
		return err
	}
	if !json {
		for _, note := range u.Notes {
			c.Say("%s", note)
		}
	}
	err = c.printChanges(root, u.Plan, u.Notes, json)
	switch {
	case u.UpToDate():
	case err != nil:
		err = unreported("the files are brought back", err)
	case !json:
		c.hint("%s takes this back", commandIn(root, "undo"))
	}
	return err
}

// printChanges prints what was done to files.
func (c *Console) printChanges(root string, p plan.Plan, notes []string, json bool) error {
	if json {
		return c.printDocument(func(w io.Writer) { report.ChangesJSON(w, root, p, notes) })
	}
	return c.printReport(func(w io.Writer) { report.Text(w, p, c.style()) })
}

const ResolveHelp = `What the last regenerate left in conflict is decided: on a terminal hunk by
hunk, or all of it by a flag. FILE is a file in conflict, or a folder. All is
written at the end, at once; scaffold undo takes it back.

--json lists the conflicts for a program, and --apply takes the same document
back with its answers; scaffold help conflicts says more.

EXAMPLES:
   scaffold resolve
   scaffold resolve --template go.mod
   scaffold resolve --json > conflicts.json`

// ResolveOptions are what scaffold resolve is told: at most one of the rest.
type ResolveOptions struct {
	Files                      []string
	Mine, Template, Tool, JSON bool
	Apply                      string // a file with answers, or "-" for the input; "" for none
}

func (o ResolveOptions) check() error {
	var given []string
	for _, flag := range []struct {
		name string
		set  bool
	}{{"--mine", o.Mine}, {"--template", o.Template}, {"--tool", o.Tool}, {"--json", o.JSON}, {"--apply", o.Apply != ""}} {
		if flag.set {
			given = append(given, flag.name)
		}
	}
	if len(given) > 1 {
		return problem.Input("%s decide in different ways: choose one", strings.Join(given, " and "))
	}
	if o.Apply != "" && len(o.Files) > 0 {
		return problem.Input("--apply takes no FILE, because its document names them")
	}
	return nil
}

// Resolve decides what the last regenerate left in conflict.
func (c *Console) Resolve(ctx context.Context, o ResolveOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	root, err := generator.FindFor(o.Files)
	if err != nil {
		return err
	}
	if stop, err := c.recoverFirst(ctx, root, o.JSON); stop || err != nil {
		return err
	}
	s, err := resolve.Open(root, o.Files)
	if err != nil {
		return err
	}
	if o.JSON {
		if s.Left() > 0 {
			c.raiseExit(Conflicts)
		}
		return c.printDocument(func(w io.Writer) { s.WriteDocument(w) })
	}
	if err := c.decide(ctx, s, o); err != nil {
		return err
	}
	return c.writeResolved(ctx, s)
}

// decide has the conflicts of s answered in the way that o chooses.
func (c *Console) decide(ctx context.Context, s *resolve.Session, o ResolveOptions) error {
	programs := resolve.Programs{Env: c.Env, In: c.In, Out: c.Err, Err: c.Err, Note: c.note}
	switch asker := c.asker(ctx); {
	case o.Apply == "-":
		return s.ReadDocument(c.In)
	case o.Apply != "":
		answers, err := os.Open(o.Apply)
		if err != nil {
			return problem.Input("--apply %s: %w", o.Apply, problem.Cause(err))
		}
		defer answers.Close()
		return s.ReadDocument(answers)
	case o.Mine:
		s.AnswerAll(resolve.Mine)
	case o.Template:
		s.AnswerAll(resolve.Template)
	case len(s.Files) == 0:
		return nil
	case o.Tool:
		return s.RunTool(ctx, programs)
	case asker.Ask == nil:
		return problem.WithHint(problem.Input("nobody is here to ask: the input or the output is no terminal"),
			"--mine or --template decides all; --json and --apply let a program decide")
	default:
		return s.Ask(ctx, resolve.Prompt{Asker: asker, Out: c.Err, Color: c.Color != Never, Edit: programs.Edit})
	}
	return nil
}

func (c *Console) writeResolved(ctx context.Context, s *resolve.Session) error {
	p, err := s.Plan()
	if err != nil {
		return err
	}
	if err := s.Apply(ctx, p, c.note); err != nil {
		return err
	}
	err = c.printReport(func(w io.Writer) { report.Text(w, p, c.style()) })
	if err != nil && s.Decided() {
		return unreported("what was decided is written", err)
	}
	if paths := c.findUnmerged(ctx, s.Root, s.Resolved()); err == nil && len(paths) > 0 {
		c.hint("git's index has as in conflict: %s; %s says that it is resolved", strings.Join(paths, ", "), problem.CommandLine(append([]string{"git", "add", "--"}, paths...)...))
	}
	switch left := s.Left(); {
	case left > 0:
		c.raiseExit(Conflicts)
		c.hint("%s goes on with what is left", commandIn(s.Root, "resolve"))
	case s.Decided():
		c.hint("no conflict is left: run the tests, then commit; %s works again", commandIn(s.Root, "regenerate"))
	}
	if s.Decided() {
		c.hint("%s takes this back", commandIn(s.Root, "undo"))
	}
	return err
}

// UndoHelp says what scaffold undo takes back, and when it refuses.
const UndoHelp = `What the last regenerate, restore, resolve or adopt wrote goes back, all of it, and so
does what new wrote into a folder that had files. Where you have changed one of these
files since, nothing is done, because that would be lost. Only the last run is kept: what the
one before it wrote stays, and so does what undo itself did.`

// Undo takes the last run on a project back.
func (c *Console) Undo(ctx context.Context, dirs []string, json bool) error {
	root, err := generator.Find(first(dirs))
	if err != nil {
		return err
	}
	note, notes := c.note, []string(nil)
	if json {
		note = func(text string) { notes = append(notes, text) }
	}
	p, err := generator.Undo(ctx, root, note)
	if err != nil {
		return err
	}
	if err := c.printChanges(root, p, notes, json); err != nil {
		return unreported("the last run is taken back", err)
	}
	var back []string
	for _, s := range p.Steps {
		back = append(back, s.Path)
	}
	if paths := c.findUnmerged(ctx, root, back); len(paths) > 0 {
		c.hint("git's index has as in conflict: %s; if regenerate --index put that there, %s takes it out, and leaves the files", strings.Join(paths, ", "), problem.CommandLine(append([]string{"git", "reset", "-q", "--"}, paths...)...))
	}
	return nil
}

// findUnmerged returns those of the paths that git's index has as in conflict, as
// regenerate --index leaves them. Where git does not answer, none is known.
func (c *Console) findUnmerged(ctx context.Context, root string, paths []string) []string {
	repo := git.Open(root, c.Env)
	if repo == nil || len(paths) == 0 {
		return nil
	}
	unmerged, _ := repo.Unmerged(ctx)
	return slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return !slices.Contains(unmerged, p) })
}
