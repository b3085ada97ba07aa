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
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/report"
	"scaffold/generator/terminal"
)

const NewHelp = `PATH's last element is the project's name. The answers are the pack's
questions. On a terminal a form asks them, unless one is answered here or
--yes is given: then only what has no default is asked. ACCESSIBLE=1 has the
form ask line by line.

What nothing else answers your own defaults do, before the pack's; scaffold
config shows them. They do not count with --answers or where CI=true, unless
SCAFFOLD_DEFAULTS names their file.

EXAMPLES:
   scaffold new
   scaffold new hello --yes
   scaffold new hello --transport fcgi
   scaffold new shop --style struct --module example.com/shop --mount /shop
   scaffold new hello --dry-run`

// NewOptions are what scaffold new is told.
type NewOptions struct {
	Path    string       // where; its last element is the name
	Flags   answer.Layer // the flags that are questions
	Set     []string     // KEY=VALUE, as strong as flags
	Answers string       // a YAML file, or ""
	Yes     bool         // ask only what has no default
	DryRun  bool
	Diff    bool
	JSON    bool
}

// silent reports whether no form is wanted: something was answered already, or is
// only looked at.
func (o NewOptions) silent() bool {
	return o.Yes || len(o.Flags)+len(o.Set) > 0 || o.Answers != "" || o.DryRun || o.Diff || o.JSON
}

// New makes a project, or shows what it would make.
func (c *Console) New(ctx context.Context, g *generator.Generator, o NewOptions) error {
	if o.Diff && o.JSON {
		return problem.Input("--diff and --json are two reports: choose one")
	}
	layers, err := c.readLayers(ctx, g, o)
	if err != nil {
		return err
	}
	if layers, err = c.fillForm(ctx, g, o, layers); err != nil {
		return err
	}
	p := c.progress()
	defer p.end()
	p.at("planning")
	n, err := c.planNew(ctx, g, o, layers, p.asker(c.asker(ctx)))
	if err != nil {
		return err
	}
	dry := o.DryRun || o.Diff
	here, _ := filepath.Abs(".")
	if !dry {
		p.at("writing %s", filepath.Base(n.Target))
		if err := n.Apply(ctx); err != nil {
			return err
		}
	}
	p.end()
	print := c.printReport
	switch {
	case o.JSON:
		print = c.printDocument
	case o.Diff:
		print = c.page
	}
	if err := print(func(w io.Writer) { c.reportNew(ctx, w, g, n, o, dry) }); err != nil {
		if !dry {
			err = unreported(n.Target+" is made", err)
		}
		return err
	}
	for _, note := range n.Notes {
		c.Say("%s", note)
	}
	if dry {
		return nil
	}
	if note, hint := c.findIgnored(ctx, n.Target); note != "" {
		c.Say("%s", note)
		c.hint("%s", hint)
	}
	if o.JSON {
		return nil
	}
	c.Say("made %s: %s", n.Target, report.Files(n.Plan))
	c.sayLines("to make it again: ", g.CommandLine(o.Path, n))
	c.sayLines("next:\n", report.Indent("cd "+problem.CommandLine(cmp.Or(o.Path, filepath.Base(n.Target)))+"\n"+n.Next))
	if n.Target == here {
		c.Say("this shell is still in the empty folder that the project took the place of: that cd leads into it")
	}
	return nil
}

func (c *Console) planNew(ctx context.Context, g *generator.Generator, o NewOptions, layers []answer.Layer, asker answer.Asker) (generator.New, error) {
	n, err := g.PlanNew(ctx, o.Path, layers, asker)
	if err == nil {
		n.Notes = append(n.Notes, c.noteDefaults(layers, n.Answers)...)
		return n, nil
	}
	hinted := err
	if o.Answers != "" {
		hinted = g.HintPack(err, o.Answers)
	}
	others, personal := splitDefaults(layers)
	if len(personal) == 0 || !problem.IsInput(err) {
		return n, hinted
	}
	if _, without := g.PlanNew(ctx, o.Path, others, answer.Asker{}); without == nil || without.Error() != err.Error() {
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

// fillForm adds to the layers what a person answers, if one is to be asked.
func (c *Console) fillForm(ctx context.Context, g *generator.Generator, o NewOptions, layers []answer.Layer) ([]answer.Layer, error) {
	_, named := g.Pack.Question("name")
	if o.silent() || o.Path == "" && !named || !isTerminal(c.In) || !isTerminal(c.Err) {
		return layers, nil
	}
	if err := g.CheckTarget(o.Path); err != nil {
		return nil, err
	}
	_, height := terminal.Size(c.Err, nil)
	t := form.Terminal{In: c.In, Out: c.Err, Env: c.Env, Lines: c.Lines || height == 0, Title: fmt.Sprintf("A new project of %s %s", g.Pack.Name, g.Pack.Version)}
	filled, err := t.Fill(ctx, draft{ctx, c, g, o.Path, layers})
	return append([]answer.Layer{filled}, layers...), err
}

// A draft is what a form asks about: a form.Source.
type draft struct {
	ctx    context.Context
	c      *Console
	g      *generator.Generator
	path   string
	layers []answer.Layer
}

func (d draft) with(given answer.Layer) []answer.Layer {
	return append([]answer.Layer{given}, d.layers...)
}

func (d draft) Drafts(given answer.Layer) ([]answer.Draft, error) {
	return d.g.Drafts(d.ctx, d.with(given))
}

// Check looks whether a project may stand where its name puts it.
func (d draft) Check(q pack.Question, text string) error {
	if q.Name != "name" || d.path != "" {
		return nil
	}
	return d.g.CheckTarget(text)
}

func (d draft) Preview(given answer.Layer) (form.Preview, error) {
	n, err := d.g.PlanNew(d.ctx, d.path, d.with(given), answer.Asker{})
	if err != nil {
		return form.Preview{}, err
	}
	name := filepath.Base(n.Target)
	return form.Preview{
		Name: name,
		Tree: func(lines int) string {
			var b strings.Builder
			report.TreeWithin(&b, name, n.Plan, lines, report.Style{Terminal: true})
			return b.String()
		},
		Command: d.g.ShortCommandLine(d.path, n),
	}, nil
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

// parseSet reads the values of --set. It takes dashes for underscores, because a
// question's flag has dashes where its name has underscores.
func parseSet(sets []string) (answer.Layer, error) {
	var layer answer.Layer
	var errs []error
	for _, set := range sets {
		key, value, ok := strings.Cut(set, "=")
		if !ok || key == "" {
			errs = append(errs, problem.Input("--set %s: want KEY=VALUE, as in --set style=struct", set))
			continue
		}
		layer = append(layer, answer.Value{Name: strings.ReplaceAll(key, "-", "_"), Text: value, Where: "--set " + key})
	}
	return layer, errors.Join(errs...)
}

func (c *Console) reportNew(ctx context.Context, w io.Writer, g *generator.Generator, n generator.New, o NewOptions, dry bool) {
	switch {
	case o.JSON:
		report.JSON(w, report.Run{Target: n.Target, Pack: g.Pack.Name, Version: g.Pack.Version, Applied: !dry, OutOfDate: dry, Answers: n.Answers, Newest: g.Newest(ctx, c.Finder), Notes: n.Notes, Origin: originOf(g)}, n.Plan, report.Form{})
	case o.Diff:
		report.Diff(w, n.Plan, c.style())
	case dry:
		all := plan.Plan{Steps: slices.Concat(n.Plan.Steps, n.Plan.State)}
		for i := range all.Steps {
			all.Steps[i].Named = true
		}
		slices.SortFunc(all.Steps, func(a, b plan.Step) int { return strings.Compare(a.Path, b.Path) })
		report.Text(w, all, c.style())
	default:
		report.Tree(w, filepath.Base(n.Target), n.Plan, c.style())
	}
}

func originOf(g *generator.Generator) *report.Origin {
	if !g.Source.Kind.IsForeign() {
		return nil
	}
	return &report.Origin{Source: g.Source.Name, Version: g.Pack.Version, Commit: g.Source.Commit, Digest: g.Pack.Digest}
}

// findIgnored says what of the state of the project at root a repository will not
// have, and which command adds it; "" for nothing.
func (c *Console) findIgnored(ctx context.Context, root string) (note, hint string) {
	i := generator.IgnoredState(ctx, root, c.Env)
	if len(i.Paths) == 0 {
		return "", ""
	}
	command := []string{"git", "add", "--force", "--"}
	if here := fromHere(root); here != "." {
		command = []string{"git", "-C", here, "add", "--force", "--"}
	}
	return fmt.Sprintf("git ignores %s: no clone can be regenerated without; the rule is %s in line %s of %s",
			strings.Join(i.Paths, ", "), i.Rule.Pattern, i.Rule.Line, i.Rule.Source),
		problem.CommandLine(append(command, i.Paths...)...) + " tracks what is ignored, too"
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
func (c *Console) Config(json bool) error {
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
