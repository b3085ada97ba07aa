package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/form"
	"scaffold/generator/git"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/report"
	"scaffold/generator/terminal"
)

const NewHelp = `PATH's last element is the project's name. A folder that is there keeps its
files: where one is not what the pack would write, nothing is written, unless
--conflict says what becomes of it.

The answers are the pack's questions; with --pack NAME, --help lists those of
that pack. On a terminal a form asks them, unless one is answered here or --yes
is given: then only what has no default is asked. ACCESSIBLE=1 has the form ask
line by line.

What nothing else answers your own defaults do, before the pack's; scaffold
config shows them. They do not count with --answers or where CI=true, unless
SCAFFOLD_DEFAULTS names their file.

EXAMPLES:
   scaffold new
   scaffold new hello --yes
   scaffold new hello --transport fcgi
   scaffold new shop --style struct --module example.com/shop --mount /shop
   scaffold new . --conflict=mine --git
   scaffold new hello --dry-run`

// NewOptions are what scaffold new is told.
type NewOptions struct {
	Path    string       // where; its last element is the name
	Flags   answer.Layer // the flags that are questions
	Set     []string     // KEY=VALUE, as strong as flags
	Answers string       // a YAML file, or ""
	Yes     bool         // ask only what has no default
	// Conflict is one of Resolutions, for files that the folder has and the pack would
	// write otherwise; "": they are refused.
	Conflict string
	Git      bool // make a repository with a first commit, where there is none
	DryRun   bool
	Diff     bool
	JSON     bool
}

// silent reports whether no form is wanted: something was answered already, or is
// only looked at.
func (o NewOptions) silent() bool {
	return o.Yes || len(o.Flags)+len(o.Set) > 0 || o.Answers != "" || o.DryRun || o.Diff || o.JSON
}

// folder returns where the project is to be, as far as flags say; else "".
func (o NewOptions) folder() string {
	for _, v := range o.Flags {
		if o.Path == "" && v.Name == "name" {
			return v.Text
		}
	}
	return o.Path
}

func (o NewOptions) dry() bool { return o.DryRun || o.Diff }

// New makes a project, or shows what it would make.
func (c *Console) New(ctx context.Context, g *generator.Generator, o NewOptions) error {
	if o.Diff && o.JSON {
		return problem.Input("--diff and --json are two reports: choose one")
	}
	if _, known := resolutions[o.Conflict]; !known && o.Conflict != "" {
		return problem.Input("--conflict %s: want markers, mine, template or beside", o.Conflict)
	}
	if stop, err := c.recoverFolder(ctx, o.folder(), o.dry()); stop || err != nil {
		return err
	}
	layers, err := c.readLayers(ctx, g, o)
	if err != nil {
		return err
	}
	if layers, err = c.fillForm(ctx, g, &o, layers); err != nil {
		return err
	}
	p := c.progress()
	defer p.end()
	p.at("planning")
	n, err := c.planNew(ctx, g, o, layers, p.asker(c.asker(ctx)))
	if errors.As(err, new(generator.CollisionError)) && !o.Yes && !o.dry() && !o.JSON {
		p.end()
		if o.Conflict, err = c.askConflict(ctx, err); err == nil {
			n, err = c.planNew(ctx, g, o, layers, p.asker(c.asker(ctx)))
		}
	}
	if err != nil {
		return err
	}
	return c.makeNew(ctx, g, n, o, p)
}

// makeNew writes what is planned, unless that is only to be looked at, and reports it.
func (c *Console) makeNew(ctx context.Context, g *generator.Generator, n generator.New, o NewOptions, p *progress) error {
	var gitErr error
	if !o.dry() {
		p.at("writing %s", filepath.Base(n.Target))
		if err := n.Apply(ctx); err != nil {
			return err
		}
		if o.Git {
			gitErr = c.commitNew(ctx, g, &n)
		}
	}
	p.end()
	if n.Plan.Count(plan.Conflict) > 0 {
		c.raiseExit(Conflicts)
	}
	if gitErr != nil {
		c.raiseExit(Failed)
	}
	print := c.printReport
	switch {
	case o.JSON:
		print = c.printDocument
	case o.Diff:
		print = c.page
	}
	if err := print(func(w io.Writer) { c.reportNew(ctx, w, g, n, o, gitErr) }); err != nil {
		if !o.dry() {
			err = unreported(n.Target+" is made", err)
		}
		return err
	}
	if o.JSON || !c.showsBoth() {
		c.sayConflicts(n.Target, nil, n.Plan, o.dry())
	}
	c.sayNew(ctx, g, n, o)
	return gitErr
}

// sayNew says what was decided, and what to do next.
func (c *Console) sayNew(ctx context.Context, g *generator.Generator, n generator.New, o NewOptions) {
	for _, note := range n.Notes {
		c.Say("%s", note)
	}
	if o.dry() && o.Git {
		c.Say("%s", cmp.Or(c.noteGit(n), "it would come into a new git repository, with a first commit"))
	}
	if o.dry() {
		return
	}
	if note, hint := c.findIgnored(ctx, n.Target); note != "" {
		c.Say("%s", note)
		c.hint("%s", hint)
	}
	if o.JSON {
		return
	}
	c.Say("made %s: %s", n.Target, report.Files(n.Plan))
	again := g.CommandLine(o.Path, n)
	if n.Into && o.Conflict != "" {
		again += " --conflict=" + o.Conflict
	}
	c.sayLines("to make it again: ", again)
	if canResolve(n.Plan.Conflicts()) { // before what is next, because that may need what is in conflict
		c.hint("%s goes through the conflicts", resolveCommand(n.Target, problem.FromHere(n.Target) != "."))
	}
	next := "cd " + problem.CommandLine(cmp.Or(o.Path, filepath.Base(n.Target))) + "\n" + n.Next
	if n.Into && problem.FromHere(n.Target) == "." {
		next = n.Next
	}
	if next != "" {
		c.sayLines("next:\n", report.Indent(next))
	}
	if n.Into {
		c.hintInto(n, o)
	}
}

// hintInto says what to do about what a folder had.
func (c *Console) hintInto(n generator.New, o NewOptions) {
	undo := []string{"scaffold", "undo"}
	here := problem.FromHere(n.Target)
	if here != "." {
		undo = append(undo, here)
	}
	if o.Conflict == "mine" && n.Plan.Count(plan.Keep) > 0 {
		c.hint("regenerate merges what the pack changes later, also into what stayed yours; keep: in scaffold.yaml names what it is to leave alone")
	}
	c.hint("%s takes all of this back", problem.CommandLine(undo...))
}

// commitNew makes a repository of the project, where it is in none. That it could not
// is an error, but the project is made.
func (c *Console) commitNew(ctx context.Context, g *generator.Generator, n *generator.New) error {
	if note := c.noteGit(*n); note != "" {
		n.Notes = append(n.Notes, note)
		return nil
	}
	message := fmt.Sprintf("Create %s with scaffold, by %s %s", filepath.Base(n.Target), g.Pack.Name, g.Pack.Version)
	left, err := git.Create(ctx, n.Target, c.Env, n.Written(), message)
	if err != nil {
		return fmt.Errorf("%s is made, and has no first commit: %w", n.Target, err)
	}
	note := "git has it in a new repository, with a first commit"
	if len(left) > 0 {
		note += " of all but what git ignores: " + strings.Join(left, ", ")
	}
	n.Notes = append(n.Notes, note)
	return nil
}

// noteGit says why no repository is made; "" if one is.
func (c *Console) noteGit(n generator.New) string {
	if repo := git.Open(n.Target, c.Env); repo != nil {
		top, _ := repo.Place()
		return fmt.Sprintf("it is in the git repository %s: nothing is committed there", top)
	}
	if n.Plan.Count(plan.Conflict) > 0 {
		return "no git repository is made while files are in conflict"
	}
	return ""
}

// askConflict shows what is in the way and asks what to do about it. Where nobody can
// be asked it returns the error.
func (c *Console) askConflict(ctx context.Context, collision error) (string, error) {
	asker := c.asker(ctx)
	if asker.Ask == nil {
		return "", collision
	}
	c.sayError(collision)
	q := pack.Question{Type: pack.Choice, Choices: append(slices.Clone(Resolutions), "quit"), Help: "What becomes of them"}
	how, err := asker.Ask(q, func(text string) error { return answer.Check(q, text) })
	if err == nil && how == "quit" {
		err = context.Canceled
	}
	return how, err
}

// newOptions are what the generator is told.
func (c *Console) newOptions(o NewOptions) generator.NewOptions {
	options := generator.NewOptions{Env: c.Env}
	if how, given := resolutions[o.Conflict]; given {
		options.Conflict = &how
	}
	return options
}

func (c *Console) planNew(ctx context.Context, g *generator.Generator, o NewOptions, layers []answer.Layer, asker answer.Asker) (generator.New, error) {
	n, err := g.PlanNewBy(ctx, o.Path, layers, asker, c.newOptions(o))
	if err == nil {
		n.Notes = append(n.Notes, c.noteDefaults(layers, n.Answers)...)
		return n, nil
	}
	hinted := err
	if o.Answers != "" {
		hinted = g.HintPack(err, o.Answers)
	}
	others, personal := splitDefaults(layers)
	if len(personal) == 0 || !problem.IsInput(err) || errors.As(err, new(generator.CollisionError)) {
		return n, hinted
	}
	if _, without := g.PlanNewBy(ctx, o.Path, others, answer.Asker{}, c.newOptions(o)); without == nil || without.Error() != err.Error() {
		hinted = c.hintDefaults(hinted)
	}
	return n, hinted
}

func (c *Console) hintDefaults(err error) error {
	return problem.WithHint(err, "your defaults in %s count here; SCAFFOLD_DEFAULTS=off leaves them out", c.Defaults.File)
}

// noteDefaults says which answers are the user's defaults.
func (c *Console) noteDefaults(layers []answer.Layer, answers answer.Answers) []string {
	others, personal := splitDefaults(layers)
	given := slices.Concat(others...)
	var names []string
	for _, v := range personal {
		a, _ := answers.Find(v.Name)
		if a.From == answer.Given && !slices.ContainsFunc(given, func(o answer.Value) bool { return o.Name == v.Name }) {
			names = append(names, v.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	notes := []string{fmt.Sprintf("from your defaults in %s: %s", c.Defaults.File, strings.Join(names, ", "))}
	if note := c.noteOpen(); note != "" {
		notes = append(notes, note)
	}
	return notes
}

// splitDefaults separates the user's defaults, which are the last layer if there are any.
func splitDefaults(layers []answer.Layer) (others []answer.Layer, personal answer.Layer) {
	last := len(layers) - 1
	if len(layers[last]) == 0 || !layers[last][0].Personal {
		return layers, nil
	}
	return layers[:last], layers[last]
}

// fillForm adds to the layers, and to o, what a person answers, if one is to be asked.
func (c *Console) fillForm(ctx context.Context, g *generator.Generator, o *NewOptions, layers []answer.Layer) ([]answer.Layer, error) {
	_, named := g.Pack.Question("name")
	if o.silent() || o.Path == "" && !named || !isTerminal(c.In) || !isTerminal(c.Err) {
		return layers, nil
	}
	if err := g.CheckTarget(o.Path, c.Env); err != nil {
		return nil, err
	}
	_, height := terminal.Size(c.Err, nil)
	t := form.Terminal{In: c.In, Out: c.Err, Env: c.Env, Lines: c.Lines || height == 0, Title: fmt.Sprintf("A new project of %s %s", g.Pack.Name, g.Pack.Version)}
	drafts, _ := g.Drafts(ctx, layers) // an error is the form's, which asks for them again
	asks := slices.ContainsFunc(drafts, func(d answer.Draft) bool { return d.Applies && !d.Given })
	filled, err := t.Fill(ctx, draft{ctx, c, g, *o, layers, asks})
	filled, wanted := cutGit(filled)
	o.Git = o.Git || wanted
	return append([]answer.Layer{filled}, layers...), err
}

// gitQuestion is what a form asks beside the pack's questions. It comes last, because no
// project depends on it; no pack may ask a question of its name.
var gitQuestion = pack.Question{Name: "git", Type: pack.Bool, Default: false, Help: "A git repository with a first commit"}

// cutGit returns the layer without the answer to gitQuestion, and that.
func cutGit(layer answer.Layer) (rest answer.Layer, wanted bool) {
	for _, v := range layer {
		if v.Name == gitQuestion.Name {
			wanted = v.Text == answer.Format(true)
		} else {
			rest = append(rest, v)
		}
	}
	return rest, wanted
}

// A draft is what a form asks about: a form.Source.
type draft struct {
	ctx     context.Context
	c       *Console
	g       *generator.Generator
	options NewOptions
	layers  []answer.Layer
	asks    bool // the pack has a question that is not answered
}

func (d draft) with(given answer.Layer) []answer.Layer {
	return append([]answer.Layer{given}, d.layers...)
}

// Drafts asks about git beside other questions, and where --git would make a repository.
func (d draft) Drafts(given answer.Layer) ([]answer.Draft, error) {
	given, wanted := cutGit(given)
	drafts, err := d.g.Drafts(d.ctx, d.with(given))
	if err != nil || !d.asks {
		return drafts, err
	}
	place := d.options.Path
	for _, q := range drafts {
		if text, ok := q.Value.(string); ok && q.Name == "name" {
			place = cmp.Or(place, text)
		}
	}
	abs, err := filepath.Abs(place)
	return append(drafts, answer.Draft{
		Question: gitQuestion, Value: wanted || d.options.Git, Given: wanted || d.options.Git,
		Applies: err == nil && git.Open(abs, d.c.Env) == nil,
	}), nil
}

// Check looks whether a project may stand where its name puts it.
func (d draft) Check(q pack.Question, text string) error {
	if q.Name != "name" || d.options.Path != "" {
		return nil
	}
	return d.g.CheckTarget(text, d.c.Env)
}

func (d draft) Preview(given answer.Layer) (form.Preview, error) {
	given, wanted := cutGit(given)
	d.options.Git = d.options.Git || wanted
	n, err := d.plan(given, d.options)
	undecided := errors.As(err, new(generator.CollisionError))
	if undecided {
		asked := d.options
		asked.Conflict = "mine" // which has the fewest files to show
		n, err = d.plan(given, asked)
	}
	if err != nil {
		return form.Preview{}, err
	}
	name := filepath.Base(n.Target)
	return form.Preview{
		Name: name,
		Tree: func(lines int) string {
			var b strings.Builder
			if n.Full {
				lines--
			}
			report.TreeWithin(&b, name, n.Plan, lines, report.Style{Terminal: true})
			switch {
			case undecided:
				b.WriteString("beside what you have there; of files that differ you are asked next\n")
			case n.Full:
				b.WriteString("beside what you have there\n")
			}
			return b.String()
		},
		Command: d.command(n),
	}, nil
}

func (d draft) plan(given answer.Layer, o NewOptions) (generator.New, error) {
	return d.g.PlanNewBy(d.ctx, o.Path, d.with(given), answer.Asker{}, d.c.newOptions(o))
}

// command makes n without a form.
func (d draft) command(n generator.New) string {
	command := d.g.ShortCommandLine(d.options.Path, n)
	if d.options.Conflict != "" {
		command += " --conflict=" + d.options.Conflict
	}
	if d.options.Git {
		command += " --git"
	}
	return command
}

func (c *Console) readLayers(ctx context.Context, g *generator.Generator, o NewOptions) ([]answer.Layer, error) {
	set, err := parseSet(o.Set)
	if err != nil {
		return nil, err
	}
	var file, name answer.Layer
	if o.Answers != "" {
		if file, name, err = g.ReadAnswers(ctx, o.Answers); err != nil {
			return nil, err
		}
	}
	layers := []answer.Layer{append(o.Flags, set...), file, g.NameOf(o.Path), name}
	if !c.Defaults.Count(o.Answers) {
		return layers, nil
	}
	defaults, err := g.ReadDefaults(c.Defaults, layers)
	if err != nil {
		return nil, problem.WithHint(err, "SCAFFOLD_DEFAULTS=off goes on without your defaults")
	}
	return append(layers, defaults), nil
}

func (c *Console) reportNew(ctx context.Context, w io.Writer, g *generator.Generator, n generator.New, o NewOptions, failed error) {
	switch {
	case o.JSON:
		report.JSON(w, report.Run{Target: n.Target, Pack: g.Pack.Name, Version: g.Pack.Version, Applied: !o.dry(), OutOfDate: o.dry(), Exit: c.exit, Error: failed, Answers: n.Answers, Newest: g.Newest(ctx, c.Finder), Notes: n.Notes, Origin: originOf(g)}, n.Plan, report.Form{})
	case o.Diff:
		report.Diff(w, n.Plan, c.style())
	case o.dry():
		all := plan.Plan{Steps: slices.Concat(n.Plan.Steps, n.Plan.State)}
		for i := range all.Steps {
			all.Steps[i].Named = true
		}
		slices.SortFunc(all.Steps, func(a, b plan.Step) int { return strings.Compare(a.Path, b.Path) })
		report.Text(w, all, c.style())
	default:
		report.Tree(w, filepath.Base(n.Target), n.Plan, c.style())
		report.Beside(w, n.Plan, c.style())
	}
}

const ConfigHelp = `The defaults are a file in your configuration directory, with a line NAME: VALUE
for each question that you always answer alike, whichever pack asks it. A text
may be a template over the answers before it, in quotes where it begins so, as in
   module: example.com/me/{{ .name }}

scaffold new takes them where nothing else answers, and a form proposes them;
regenerate never does, because scaffold.yaml has every answer. They do not
count with --answers or where CI=true, unless SCAFFOLD_DEFAULTS=FILE names the
file. SCAFFOLD_DEFAULTS=off has none count.`

// Config shows the defaults of the user, and says when they count.
func (c *Console) Config(ctx context.Context, json bool) error {
	if c.Defaults.File == "" {
		return problem.WithHint(fmt.Errorf("find the configuration directory: %s", c.Defaults.Off), "SCAFFOLD_DEFAULTS=FILE names a file of defaults")
	}
	text, err := c.Defaults.Read()
	there := !errors.Is(err, fs.ErrNotExist)
	if err != nil && there {
		return err
	}
	answers, err := answer.ListDefaults(c.Defaults.File, text)
	if err != nil {
		return err
	}
	if json {
		return c.printDocument(func(w io.Writer) {
			report.ConfigJSON(w, report.Config{File: c.Defaults.File, Exists: there, Named: c.Defaults.Named, Off: c.Defaults.Off}, answers)
		})
	}
	if err := c.printReport(func(w io.Writer) { report.Defaults(w, c.Defaults.File, answers) }); err != nil {
		return err
	}
	c.sayDefaults(there)
	return c.sayMisspelt(ctx, answers)
}

// sayMisspelt names the defaults that nearly have the name of a question. Others may be
// for packs that are not known here.
func (c *Console) sayMisspelt(ctx context.Context, answers []answer.Answer) error {
	packs, err := generator.Packs(ctx, c.Finder)
	if err != nil {
		return err
	}
	var names []string
	for _, p := range packs {
		for _, q := range p.Questions {
			names = append(names, q.Name)
		}
	}
	for _, a := range answers {
		if near := problem.DidYouMean(a.Name, names); near != "" && !slices.Contains(names, a.Name) {
			c.Say("no pack that comes with scaffold asks %q%s", a.Name, near)
		}
	}
	return nil
}

func (c *Console) sayDefaults(there bool) {
	switch {
	case !there:
		c.Say("there is no such file, so that only the pack's defaults count")
		c.hint("write it with a line NAME: VALUE for each answer; scaffold pack show lists the questions")
	case c.Defaults.Off != "":
		c.Say("they do not count, because of %s", c.Defaults.Off)
	case c.Defaults.Named:
		c.Say("scaffold new takes them where nothing else answers, because SCAFFOLD_DEFAULTS names the file")
	default:
		c.Say("scaffold new takes them where nothing else answers, but not with --answers")
	}
	if note := c.noteOpen(); note != "" {
		c.Say("%s", note)
	}
}

// noteOpen warns of defaults that somebody else may have written.
func (c *Console) noteOpen() string {
	if !c.Defaults.IsOpen() {
		return ""
	}
	return fmt.Sprintf("every user of this machine can write to your defaults; %s changes that", problem.CommandLine("chmod", "o-w", c.Defaults.File))
}
