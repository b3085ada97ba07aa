package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/git"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/report"
	"scaffold/generator/resolve"
)

const RegenerateHelp = `The project is the one that DIR, or the working directory, is in. What the
template changed since it wrote the project is merged with what you changed.
Where both changed the same lines, what these say decides if it can, as of two
versions the higher one, and the report says so; else both are kept between
markers. --merge=lines always keeps both. scaffold.yaml says what the project
should be: an answer changed there is applied too.

EXAMPLES:
   scaffold regenerate --dry-run
   scaffold regenerate --interactive
   scaffold regenerate --set server=nginx
   scaffold regenerate --verify='make test'
   scaffold regenerate --check one two`

// FlagHint returns what to say to whoever got the flags of a command wrong.
func FlagHint(command string) string {
	if command == "regenerate" {
		return "an answer is changed by --set KEY=VALUE, or in scaffold.yaml"
	}
	return ""
}

// RegenerateOptions are what scaffold regenerate is told.
type RegenerateOptions struct {
	Dirs     []string // folders in projects; none for the working directory
	Check    bool     // only say whether something is out of date
	DryRun   bool
	Diff     bool
	JSON     bool
	Steps    string   // which the document lists: "all", or "" for those that change something or say something
	Message  string   // a file for the text of a pull request, "-" for the output, or ""
	Set      []string // KEY=VALUE
	Answers  string   // a YAML file, or ""
	Pack, To string
	Conflict string // a key of resolutions
	Merge    string // one of Merges, or "" for what scaffold.yaml says

	Index       bool // put what is in conflict into git's index
	Interactive bool // show what would change, and ask whether to

	SkipAbsent bool // leave what git has not checked out for a later run

	Verify  bool   // have the merged files pass a command
	Command string // which; "" for what the project suggests
}

var resolutions = map[string]plan.Resolution{
	"markers": plan.Markers, "mine": plan.Mine, "template": plan.Template, "beside": plan.Beside,
}

var Resolutions = []string{"markers", "mine", "template", "beside"}

// merges are what --merge says of every file. Without it scaffold.yaml says it.
var merges = map[string]func(path string) bool{
	"":          nil,
	"structure": func(string) bool { return false },
	"lines":     func(string) bool { return true },
}

var Merges = []string{"structure", "lines"}

// Regenerate brings projects up to date, or shows what that would change. Each is
// done on its own.
func (c *Console) Regenerate(ctx context.Context, o RegenerateOptions) error {
	if err := o.checkReports(); err != nil {
		return err
	}
	if o.Index && o.dry() {
		return problem.Input("--index changes git's index, and --check, --dry-run and --diff change nothing: choose one")
	}
	if err := c.checkInteractive(o); err != nil {
		return err
	}
	if err := o.checkDirs(); err != nil {
		return err
	}
	conflict, known := resolutions[o.Conflict]
	if !known {
		return problem.Input("--conflict %s: want markers, mine, template or beside", o.Conflict)
	}
	byLines, known := merges[o.Merge]
	if !known {
		return problem.Input("--merge %s: want structure or lines", o.Merge)
	}
	set, err := parseSet(o.Set)
	if err != nil {
		return err
	}
	if o.Message != "" && o.Message != "-" { // one of an earlier run would say that there is something to do
		if err := withFlag("message", generator.RemoveMessage(o.Message)); err != nil {
			return err
		}
	}
	update := generator.UpdateOptions{Pack: o.Pack, To: o.To, Set: set, Answers: o.Answers, Conflict: conflict, ByLines: byLines, SkipAbsent: o.SkipAbsent, Env: c.Env, Cache: new(generator.PackCache)}
	doing := "regenerating"
	if o.dry() {
		doing = "checking"
	}
	return c.eachProject(doing, o.Dirs, func(root, dir string) (outcome, error) {
		u, err := c.regenerate(ctx, root, dir, o, update)
		return outcome{outOfDate: o.outOfDate(u), conflicted: u.Conflicted()}, err
	})
}

// checkReports refuses two reports in one place, and a message that has no place.
func (o RegenerateOptions) checkReports() error {
	switch {
	case o.Steps != "" && o.Steps != "all":
		return problem.Input("--json=%s: want --json or --json=all", o.Steps)
	case o.Diff && o.JSON:
		return problem.Input("--diff and --json are two reports: choose one")
	case o.Message == "-" && (o.Diff || o.JSON || o.Interactive):
		return problem.Input("--message - takes the place of the report, and --diff, --json and --interactive are others: name a file, or choose one")
	case o.Message != "" && len(o.Dirs) > 1:
		return problem.WithHint(problem.Input("--message is about one project, and there are %d", len(o.Dirs)), "run scaffold regenerate for each, with a message of its own")
	}
	return nil
}

func withFlag(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("--%s %w", flag, err)
}

// checkDirs refuses a folder that is not there and looks like something else: the
// command of --verify, or an answer.
func (o RegenerateOptions) checkDirs() error {
	for _, dir := range o.Dirs {
		verify, answer := o.Verify && o.Command == "", len(o.Dirs) == 1 && strings.Contains(dir, "=")
		if !verify && !answer {
			continue
		}
		switch _, err := generator.Find(dir); {
		case err == nil:
		case verify:
			return problem.WithHint(err, "a command stands behind =: %s", problem.CommandLine("--verify="+dir))
		default:
			return problem.WithHint(err, "an answer stands behind --set: %s", problem.CommandLine("scaffold", "regenerate", "--set", dir))
		}
	}
	return nil
}

// checkInteractive refuses to ask where nobody answers, and about what is only
// looked at.
func (c *Console) checkInteractive(o RegenerateOptions) error {
	switch {
	case !o.Interactive:
		return nil
	case o.dry() || o.JSON:
		return problem.Input("--interactive asks before it writes, and --check, --dry-run, --diff and --json ask nothing: choose one")
	case !isTerminal(c.In) || !isTerminal(c.Err):
		return problem.WithHint(problem.Input("--interactive: there is no terminal to ask on"), "--dry-run shows what would change, and --diff its content")
	}
	return nil
}

// commandFlags returns the flags that o was told by, without the dry ones.
func (o RegenerateOptions) commandFlags() []string {
	var flags []string
	add := func(name, value, unless string) {
		if value != unless {
			flags = append(flags, "--"+name+"="+value)
		}
	}
	add("pack", o.Pack, "")
	add("to", o.To, "")
	add("answers", o.Answers, "")
	for _, set := range o.Set {
		add("set", set, "")
	}
	add("conflict", o.Conflict, "markers")
	add("merge", o.Merge, "")
	if !o.SkipAbsent {
		flags = append(flags, "--no-skip-missing")
	}
	switch {
	case o.Command != "":
		add("verify", o.Command, "")
	case o.Verify:
		flags = append(flags, "--verify")
	}
	return flags
}

func (o RegenerateOptions) dry() bool { return o.Check || o.DryRun || o.Diff }

// outOfDate reports whether u would change something, and does not.
func (o RegenerateOptions) outOfDate(u generator.Update) bool {
	return o.dry() && len(u.Open) == 0 && !u.UpToDate() && !u.OnlyKept()
}

func (c *Console) regenerate(ctx context.Context, root, dir string, o RegenerateOptions, options generator.UpdateOptions) (u generator.Update, err error) {
	if stop, err := c.recoverFirst(ctx, root, o.dry()); stop || err != nil {
		return u, err
	}
	var repo *git.Repo
	if o.Index {
		if repo, err = resolve.Repository(root, c.Env); err != nil {
			return u, err
		}
	}
	p := c.progress()
	defer p.end()
	if u, err = c.planUpdate(ctx, root, o, options, p); err != nil {
		return u, err
	}
	if !o.dry() {
		p.at("writing %s", filepath.Base(root))
		if err := c.applyUpdate(ctx, &u); err != nil {
			return u, err
		}
	}
	var indexErr error
	if repo != nil {
		indexErr = stage(ctx, &u, repo)
	}
	p.end()
	c.raiseUpdated(u, o, indexErr)
	if err := c.printUpdate(ctx, u, o, indexErr); err != nil {
		if !o.dry() && !u.UpToDate() {
			err = unreported(root+" is brought up to date", err)
		}
		return u, err
	}
	c.sayUpdated(u, dir, o)
	return u, indexErr
}

// planUpdate plans, has a command tell whether that is good, and a person whether it is
// wanted.
func (c *Console) planUpdate(ctx context.Context, root string, o RegenerateOptions, options generator.UpdateOptions, p *progress) (generator.Update, error) {
	asker := c.asker(ctx)
	if o.Check || o.JSON {
		asker = answer.Asker{}
	}
	p.at("planning %s", filepath.Base(root))
	u, err := generator.PlanUpdate(ctx, c.finder(p), root, options, p.asker(asker))
	if u.Declined != "" && (o.JSON || !o.Check) {
		u.Notes = append(u.Notes, u.Declined)
	}
	if err == nil && o.Message != "" && o.Message != "-" {
		err = withFlag("message", u.CheckMessage(o.Message))
	}
	if err == nil && o.Verify {
		err = c.verify(ctx, &u, p, o.Command)
	}
	if err == nil && o.Interactive && !u.UpToDate() && len(u.Open) == 0 {
		p.end()
		err = c.offer(ctx, u, o)
	}
	return u, err
}

func (c *Console) applyUpdate(ctx context.Context, u *generator.Update) error {
	if err := u.Apply(ctx, "scaffold regenerate"); err != nil {
		return err
	}
	if u.Remembers() {
		if note, hint := c.findIgnored(ctx, u.Root); note != "" {
			u.Notes, u.Hints = append(u.Notes, note), append(u.Hints, hint)
		}
	}
	return nil
}

// raiseUpdated has the program exit as u asks for.
func (c *Console) raiseUpdated(u generator.Update, o RegenerateOptions, failed error) {
	switch {
	case o.Check && o.outOfDate(u):
		c.raiseExit(OutOfDate)
	case u.Conflicted():
		c.raiseExit(Conflicts)
	}
	if u.Verified.Failed() {
		c.raiseExit(Conflicts) // also of what is only looked at, because it would be one
	}
	if failed != nil {
		c.raiseExit(Failed)
	}
}

// printUpdate prints the report, and writes the message that goes with it.
func (c *Console) printUpdate(ctx context.Context, u generator.Update, o RegenerateOptions, failed error) error {
	run := c.describeRun(ctx, u, o, failed)
	messageErr := writeMessage(o.Message, run, u.Plan)
	if messageErr != nil { // which the document has too
		c.raiseExit(Failed)
		run.Exit, run.Error = c.exit, errors.Join(failed, messageErr)
	}
	print := c.printReport
	switch {
	case o.JSON:
		print = c.printDocument
	case o.Diff:
		print = c.page
	}
	err := print(func(w io.Writer) { c.reportUpdate(w, run, u.Plan, o) })
	return errors.Join(err, messageErr)
}

// writeMessage writes the message of a run to a file, if one is wanted and there is
// something to do.
func writeMessage(file string, run report.Run, p plan.Plan) error {
	if file == "" || file == "-" {
		return nil
	}
	text := report.Message(run, p)
	if text == "" {
		return nil
	}
	return withFlag("message", generator.WriteMessage(file, text))
}

func (c *Console) describeRun(ctx context.Context, u generator.Update, o RegenerateOptions, failed error) report.Run {
	run := report.Run{
		Target: u.Root, Pack: u.Pack, Version: u.Version, Dry: o.dry(), Applied: !o.dry() && len(u.Open) == 0 && !u.UpToDate(), OutOfDate: o.outOfDate(u),
		Exit: c.exit, Answers: u.Answers, From: &report.Version{Pack: u.FromPack, Version: u.FromVersion}, Source: (*report.Source)(u.Source),
		Changed: u.Changed, News: u.News, Notes: u.Notes, Open: u.Open, Verify: describeVerified(u.Verified), Error: failed,
		Command: problem.CommandLine(append([]string{"scaffold", "regenerate"}, o.commandFlags()...)...),
	}
	g := u.Generator()
	if g != nil {
		run.Origin = originOf(g)
	}
	if g != nil && o.JSON { // no other report has it, and it may take a git of its own
		run.Newest = g.Newest(ctx, c.Finder)
	}
	return run
}

// stage puts what u left in conflict into the index. That it could not is no reason to
// say that nothing was changed.
func stage(ctx context.Context, u *generator.Update, repo *git.Repo) error {
	s, err := resolve.Open(u.Root, nil)
	if err == nil {
		var notes, hints []string
		notes, hints, err = s.Stage(ctx, repo)
		u.Notes, u.Hints = append(u.Notes, notes...), append(u.Hints, hints...)
	}
	switch {
	case err == nil:
		return nil
	case len(u.Open) > 0 || u.UpToDate():
		return fmt.Errorf("git's index is as it was: %v", err)
	}
	return fmt.Errorf("git's index is as it was, and the project is not: %v", err)
}

// offer shows what u would change and returns once that is wanted. Whoever quits ends
// it with [context.Canceled].
func (c *Console) offer(ctx context.Context, u generator.Update, o RegenerateOptions) error {
	show := func(o RegenerateOptions) error {
		return c.page(func(w io.Writer) { c.reportUpdate(w, c.describeRun(ctx, u, o, nil), u.Plan, o) })
	}
	o.DryRun = true
	if err := show(o); err != nil {
		return err
	}
	q := pack.Question{Type: pack.Choice, Choices: []string{"apply", "diff", "quit"}, Help: "Apply this"}
	asker := answer.LineAsker(ctx, c.In, c.Err)
	for {
		text, err := asker.Ask(q, func(text string) error { return answer.Check(q, text) })
		if err != nil {
			return err
		}
		switch text {
		case "apply":
			return nil
		case "quit":
			return context.Canceled
		}
		o.Diff = true
		if err := show(o); err != nil {
			return err
		}
	}
}

// reportUpdate writes the one report that o asks for.
func (c *Console) reportUpdate(w io.Writer, run report.Run, p plan.Plan, o RegenerateOptions) {
	switch {
	case o.JSON:
		report.JSON(w, run, p, report.Form{All: o.Steps == "all", Line: c.jsonLines})
	case o.Message == "-":
		io.WriteString(w, report.Message(run, p))
	case len(run.Open) > 0:
		report.Open(w, run.Open, c.style())
	case o.Diff:
		report.Diff(w, p, c.style())
	case o.Interactive && !run.Dry:
		fmt.Fprintln(w, report.Summary(p)) // the rest was shown before
	default:
		report.Update(w, run, p, c.style())
	}
}

// sayUpdated says beside the report what was decided, and what to do next.
func (c *Console) sayUpdated(u generator.Update, dir string, o RegenerateOptions) {
	if o.JSON || !c.showsBoth() {
		c.sayConflicts(u.Root, u.Open, u.Plan, o.dry())
	}
	if o.JSON {
		if len(u.Stale) > 0 {
			c.Say("conflict: %s: still imports the module by its old path", strings.Join(u.Stale, ", "))
		}
		if u.Verified.Failed() {
			c.sayVerified(u.Verified)
		}
		return
	}
	of := "" // which project it is, where there are several
	if len(o.Dirs) > 1 {
		of = dir + ": "
	}
	if s := u.Source; s != nil {
		c.Say("%sthe pack is %s; the last run used %q", of, describeSource(s), s.Was)
	}
	for _, note := range u.Notes {
		c.Say("%s%s", of, note)
	}
	c.sayVerified(u.Verified)
	for _, hint := range u.Hints {
		c.hint("%s", hint)
	}
	if !o.dry() && len(u.Open) == 0 && !u.UpToDate() && isTerminal(c.Err) {
		c.sayLines("next:\n", report.Indent(strings.Join(c.nextSteps(u), "\n")))
		return
	}
	c.hintUpdated(u, dir, of, o)
}

// hintUpdated names the commands that may follow. Of says which project it is, where
// there are several.
func (c *Console) hintUpdated(u generator.Update, dir, of string, o RegenerateOptions) {
	command := func(words ...string) string {
		if dir != "" {
			words = append(words, dir)
		}
		return problem.CommandLine(append([]string{"scaffold"}, words...)...)
	}
	if !o.dry() {
		c.hintKept(u)
	}
	if !o.dry() && !o.Verify && u.ProposesVerify() {
		c.hint("go vet ./... says whether that builds; %s has it said before anything is written", command("regenerate", "--verify"))
	}
	switch {
	case len(u.Open) > 0:
		c.Say("%snothing was changed: resolve these first", of)
		c.hint("%s goes through them; then %s", resolveCommand(u.Root, dir != ""), command("regenerate"))
	case u.UpToDate() && o.Check:
		if newer := u.Newer(); newer != "" {
			c.hint("%s %s is known: %s brings the project up to date", u.Pack, newer, command("regenerate", "--to=latest"))
		}
	case u.UpToDate():
		if u.Stays {
			c.hint("its version stays: %s looks for a newer one", command("regenerate", "--to=latest"))
		}
	case o.Check && u.OnlyKept():
	case o.Check:
		c.Say("%sout of date", of)
		c.hint("%s brings it up to date", command(append([]string{"regenerate"}, o.commandFlags()...)...))
	case o.DryRun || o.Diff:
	default:
		if canResolve(u.Plan.Conflicts()) {
			c.hint("%s goes through the conflicts", resolveCommand(u.Root, dir != ""))
		}
		c.hint("%s takes all of this back", command("undo"))
	}
}

// showsBoth reports whether whoever reads what is said sees the report above it.
func (c *Console) showsBoth() bool { return isTerminal(c.Out) && isTerminal(c.Err) }

// sayConflicts names each conflict of the project at root in a line: those of the last
// run that are open, and those of p. The programs that run updates show no more than
// standard error. What resolves one is said too, unless dry, where there is none yet.
func (c *Console) sayConflicts(root string, open []plan.ConflictRecord, p plan.Plan, dry bool) {
	const most = 100 // because a stranger's pack may have any number
	var lines []string
	say := func(c plan.ConflictRecord, why string) {
		here := plan.ConflictRecord{Path: c.Path, To: problem.FromHere(filepath.Join(root, filepath.FromSlash(c.To)))}
		line := "conflict: " + here.Yours() + ": " + why
		if c.Kind != plan.Marked && (!dry || len(open) > 0) {
			line += ": " + strings.Join(report.Resolving([]plan.ConflictRecord{here}), ", ")
		}
		lines = append(lines, line)
	}
	for _, c := range open {
		say(c, report.OpenWhy(c))
	}
	for _, s := range p.Steps {
		if s.Verb == plan.Conflict {
			say(plan.ConflictRecord{Path: s.Path, To: s.To, Kind: s.Kind}, s.Why)
		}
	}
	for _, line := range lines[:min(len(lines), most)] {
		c.Say("%s", line)
	}
	if more := len(lines) - most; more > 0 {
		c.Say("and %d conflicts more", more)
	}
}

// canResolve reports whether a conflict is one for scaffold resolve, and not git's.
func canResolve(conflicts []plan.ConflictRecord) bool {
	return slices.ContainsFunc(conflicts, func(c plan.ConflictRecord) bool { return c.Kind != plan.Marked })
}

// resolveCommand goes through all conflicts of the project at root. It names root
// itself, because scaffold resolve with a folder below it leaves the others out.
func resolveCommand(root string, named bool) string {
	words := []string{"scaffold", "resolve"}
	if named {
		words = append(words, problem.FromHere(root))
	}
	return problem.CommandLine(words...)
}

// nextSteps says what to do after an update, in the order of doing it.
func (c *Console) nextSteps(u generator.Update) []string {
	var steps []string
	if here := problem.FromHere(u.Root); here != "." {
		steps = append(steps, problem.CommandLine("cd", here))
	}
	conflicts := u.Plan.Conflicts()
	byHand := slices.DeleteFunc(slices.Clone(conflicts), func(c plan.ConflictRecord) bool { return c.Kind != plan.Marked && !plan.IsBeside(c.To) })
	for _, step := range report.Resolving(byHand) {
		steps = append(steps, report.OneLine(step))
	}
	switch {
	case !canResolve(conflicts):
	case len(byHand) > 0:
		steps = append(steps, "scaffold resolve          # or this, which goes through all conflicts")
	default:
		steps = append(steps, "scaffold resolve          # goes through the conflicts")
	}
	if len(u.Kept) > 0 {
		steps = append(steps, "scaffold restore FILE     # if you want the template's version of what stayed yours")
	}
	switch {
	case u.HasGoMod():
		steps = append(steps, "go vet ./... && go test ./...")
	default:
		steps = append(steps, "run the tests")
	}
	if git.Open(u.Root, c.Env) != nil {
		steps = append(steps, "git status && git diff    # shows all that changed: commit it")
	}
	return append(steps, "scaffold undo             # if not: takes all of this back")
}

// hintKept names the command that takes the template's version of what stayed the user's.
func (c *Console) hintKept(u generator.Update) {
	const most = 3 // files of one command, because all are named above it
	words := []string{"scaffold", "restore"}
	for _, path := range u.Kept[:min(len(u.Kept), most)] {
		words = append(words, problem.FromHere(filepath.Join(u.Root, filepath.FromSlash(path))))
	}
	switch more := len(u.Kept) - most; {
	case len(u.Kept) == 0:
	case more > 0:
		c.hint("%s takes the template's version, and so with %d more", problem.CommandLine(words...), more)
	default:
		c.hint("%s takes the template's version", problem.CommandLine(words...))
	}
}

func describeSource(s *generator.OtherSource) string {
	switch s.Path {
	case "":
		return fmt.Sprintf("%q, which comes with scaffold", s.Name)
	case s.Name:
		return fmt.Sprintf("%q", s.Name)
	}
	return fmt.Sprintf("%q, which is %s", s.Name, s.Path)
}
