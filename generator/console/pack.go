package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/author"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/report"
	"scaffold/generator/source"
	"scaffold/generator/trial"
)

// PackList lists the packs that come with scaffold.
func (c *Console) PackList(ctx context.Context, json bool) error {
	packs, err := generator.Packs(ctx, c.Finder)
	if err != nil {
		return err
	}
	if json {
		return c.printDocument(func(w io.Writer) { report.PacksJSON(w, packs) })
	}
	return c.printReport(func(w io.Writer) { report.Packs(w, packs) })
}

// PackShowOptions are what scaffold pack show is told.
type PackShowOptions struct {
	Name                    string
	Files, JSON, JSONSchema bool
}

// PackShow shows the questions, choices, defaults and files of a pack, or only its
// files with what its rules say of them.
func (c *Console) PackShow(ctx context.Context, o PackShowOptions) error {
	if o.JSON && o.JSONSchema {
		return problem.Input("--json and --json-schema exclude each other: one is of the pack, the other of answers to it")
	}
	g, err := c.LoadPack(ctx, o.Name)
	if err != nil {
		return err
	}
	if o.JSON {
		return c.printDocument(func(w io.Writer) { report.PackJSON(w, g.Pack) })
	}
	return c.printReport(func(w io.Writer) {
		switch {
		case o.JSONSchema:
			report.AnswersSchema(w, g.Pack)
		case o.Files:
			report.PackFiles(w, g.Pack, c.style())
		default:
			report.Pack(w, g.Pack, c.style())
		}
	})
}

// PackInitHelp says what scaffold pack init writes.
const PackInitHelp = `DIR's last element is the pack's name. The pack works as it is: it asks some
questions, writes a small Go program, and has two cases.`

// PackInit writes a pack to begin with.
func (c *Console) PackInit(ctx context.Context, dir string) error {
	if dir == "" {
		return problem.WithHint(problem.Input("DIR is missing"), "scaffold pack init mine writes a pack to ./mine")
	}
	n, err := author.PlanInit(ctx, dir)
	if err != nil {
		return err
	}
	here, _ := filepath.Abs(".") // which is gone once the pack is there
	if err := n.Apply(ctx); err != nil {
		return err
	}
	if err := c.printReport(func(w io.Writer) { report.Tree(w, filepath.Base(n.Target), n.Plan, c.style()) }); err != nil {
		return unreported(n.Target+" is made", err)
	}
	c.Say("made %s: %s", n.Target, report.Files(n.Plan))
	c.sayLines("next:\n", report.Indent(strings.Join([]string{
		problem.CommandLine("scaffold", "pack", "test", dir),
		problem.CommandLine("scaffold", "new", "hello", "--pack", folderRef(dir)),
		fmt.Sprintf("%-25s # releases it, once it is committed: the tag has the version of pack.yaml", problem.CommandLine("git", "tag", author.FirstTag(n, c.Env))),
	}, "\n")))
	if n.Target == here {
		c.Say("this shell is still in the empty folder that the pack took the place of: cd . leads into it")
	}
	return nil
}

// PackLintHelp says what scaffold pack lint looks for.
const PackLintHelp = `Errors are what makes a pack fail: a manifest or template that is wrong, names
that no question has, free text that no quoter takes, and answers with which it
cannot be rendered or writes two files to one path. For these the pack is
rendered for every pair of answers. Hints are what has no effect, or reads worse
than it could. The exit status is 2 for an error, and 0 for hints alone.`

// PackLint shows what is wrong with the pack in a folder.
func (c *Console) PackLint(ctx context.Context, dir string, json bool) error {
	found, err := c.findFolder(ctx, dir)
	if err != nil {
		return err
	}
	p := c.progress()
	defer p.end()
	p.at("linting %s", found.Name)
	findings, err := author.Lint(ctx, found)
	p.end()
	if err != nil {
		return err
	}
	if json {
		err = c.printDocument(func(w io.Writer) { report.FindingsJSON(w, found.Name, findings) })
	} else {
		err = c.printReport(func(w io.Writer) { report.Findings(w, findings, c.style()) })
	}
	errs, words := report.CountFindings(findings)
	switch {
	case err != nil:
		return err
	case errs > 0:
		return problem.Input("pack %s has %s", found.Name, words)
	case !json:
		c.Say("pack %s has no error%s", found.Name, andHints(words, len(findings)))
	}
	return nil
}

func andHints(words string, n int) string {
	if n == 0 {
		return ""
	}
	return ", and " + words
}

// PackTestHelp says what scaffold pack test does.
const PackTestHelp = `A case is a file testdata/NAME.txtar of the pack: a line that says what it
shows, answers as KEY=VALUE lines, and the files that they give. To begin one,
write the first lines, and record the files by --update. What is Go is built and
vetted in a temporary folder, with the go command. In a git repository a project
of each earlier version, by the tags vX.Y.Z or FOLDER/vX.Y.Z, is edited and
brought up to date: no line of its owner may be lost, and it must not matter
which came first.

EXAMPLE of a case:
   With another style.
   name=shop
   style=struct`

// PackTestOptions are what scaffold pack test is told.
type PackTestOptions struct {
	Dir                  string
	Update, GoTest, JSON bool
}

// PackTest tries the pack in a folder.
func (c *Console) PackTest(ctx context.Context, o PackTestOptions) error {
	found, err := c.findFolder(ctx, o.Dir)
	if err != nil {
		return err
	}
	p := c.progress()
	defer p.end()
	r, err := author.Test(ctx, found, author.TestOptions{
		Update: o.Update, GoTest: o.GoTest, Finder: c.finder(p), Env: c.Env, Progress: p.at,
	})
	p.end()
	if err != nil {
		return err
	}
	if o.JSON {
		err = c.printDocument(func(w io.Writer) { report.TestsJSON(w, found.Name, r) })
	} else {
		err = c.printReport(func(w io.Writer) { report.Tests(w, r, c.style()) })
	}
	if err != nil {
		return err
	}
	return c.sayTested(found.Name, r, o)
}

// sayTested says what the tests came to; that something is wrong is an error.
func (c *Console) sayTested(name string, r author.Report, o PackTestOptions) error {
	errs, words := report.CountFindings(r.Findings)
	if errs > 0 {
		return problem.WithHint(problem.Input("pack %s has %s, and its cases were not tried", name, words), "mend them first; %s shows the hints as well", problem.CommandLine("scaffold", "pack", "lint", name))
	}
	if !o.JSON {
		for _, note := range r.Notes {
			c.Say("%s", note)
		}
		if words != "" && len(r.Findings) > 0 {
			c.Say("%s shows %s", problem.CommandLine("scaffold", "pack", "lint", name), words)
		}
	}
	bad, differ := 0, false
	for _, result := range append(r.Cases, r.Upgrades...) {
		differ = differ || result.Status == author.Differs
		if result.Bad() {
			bad++
		}
	}
	summary := fmt.Sprintf("pack %s: %s, %s", name, report.Count(len(r.Cases), "case"), report.Count(len(r.Upgrades), "upgrade"))
	switch {
	case bad == 0 && o.JSON:
		return nil
	case bad == 0:
		c.Say("%s: all is well", summary)
		return nil
	}
	err := problem.Input("%s: %d of them not as they should be", summary, bad)
	if differ {
		err = problem.WithHint(err, "if the difference is meant, %s records it", problem.CommandLine("scaffold", "pack", "test", name, "--update"))
	}
	return err
}

// PackDiffHelp says what scaffold pack diff compares.
const PackDiffHelp = `A version is named as after new --pack: a folder, MODULE@VERSION, or
git+URL@REF; v1.0.0 alone is a tag of the pack in the working folder. The answers
are the defaults of the first one, unless others are given.

EXAMPLES:
   scaffold pack diff v1.0.0 .
   scaffold pack diff ./old ./new --set style=struct`

// PackDiffOptions are what scaffold pack diff is told.
type PackDiffOptions struct {
	Refs    []string
	Set     []string
	Answers string
}

// PackDiff shows what two versions of a pack write otherwise for the same answers.
func (c *Console) PackDiff(ctx context.Context, o PackDiffOptions) error {
	if len(o.Refs) != 2 {
		return problem.WithHint(problem.Input("want two versions of a pack: REF1 REF2"), "scaffold pack diff ./old ./new; see --pack in scaffold new --help for what names a pack")
	}
	var sides [2]*generator.Generator
	var given [2][]answer.Layer
	set, err := parseSet(o.Set)
	if err != nil {
		return err
	}
	for i, text := range o.Refs {
		ref, err := author.Reference(text, c.Env)
		if err != nil {
			return err
		}
		if sides[i], err = c.LoadPack(ctx, ref); err != nil {
			return err
		}
		given[i] = []answer.Layer{set}
		if o.Answers != "" {
			file, name, err := sides[i].ReadAnswers(ctx, o.Answers)
			if err != nil {
				return err
			}
			given[i] = append(given[i], file, name)
		}
	}
	d, err := author.Diff(ctx, sides[0], sides[1], given[0], given[1])
	if err != nil {
		return err
	}
	if err := c.printReport(func(w io.Writer) { report.Changes(w, d, c.style()) }); err != nil {
		return err
	}
	for _, note := range d.Notes {
		c.Say("%s", note)
	}
	if len(d.Questions) == 0 && !slices.ContainsFunc(d.Plan.Steps, plan.Step.Writes) {
		c.Say("%s and %s write the same", o.Refs[0], o.Refs[1])
	}
	return nil
}

// PackTryHelp says what scaffold pack try does.
const PackTryHelp = `PACK is the folder of a pack, and each PROJECT the folder of a project that was
made by an earlier version of it, from wherever. Each is planned as by regenerate
--dry-run, with PACK in place of its own pack, and nothing is written there. What
would go wrong is listed by its cause: conflicts by the lines of the template,
with how many projects have them. --build says which projects would not build
any more; a COMMAND runs on copies in your cache folder.

EXAMPLES:
   scaffold pack try ./mine ../shop ../blog
   ls -d ../projects/* | scaffold pack try ./mine --from - --build='make test'

The exit status is 3 where there are conflicts or builds that would break, and 1
where a project could not be tried.`

// PackTryOptions are what scaffold pack try is told.
type PackTryOptions struct {
	Args    []string // the pack's folder, then projects
	From    string   // a file that lists more of them, "-" for the input, or ""
	Build   bool
	Command string   // to build by; "" for what each project suggests
	Set     []string // KEY=VALUE
	JSON    bool
}

// PackTry says what the pack in a folder would do to projects.
func (c *Console) PackTry(ctx context.Context, o PackTryOptions) error {
	if len(o.Args) == 0 {
		return problem.WithHint(problem.Input("PACK is missing"), "scaffold pack try ./mine ../project says what the pack in ./mine would do to a project")
	}
	projects, err := c.listProjects(o)
	if err != nil {
		return err
	}
	set, err := parseSet(o.Set)
	if err != nil {
		return err
	}
	p := c.progress()
	defer p.end()
	p.at("trying %s", o.Args[0])
	r, err := trial.Run(ctx, trial.Options{
		Finder: c.finder(p), Pack: folderRef(o.Args[0]), Projects: projects, Set: set, Env: c.Env,
		Build: o.Build, Command: o.Command, Cache: c.verifyCache(),
		Progress: func(done, all int) { p.at("trying %s: %d of %d projects", o.Args[0], done, all) },
	})
	p.end()
	if err != nil {
		return err
	}
	if r.Conflicted+r.Broken > 0 {
		c.raiseExit(Conflicts)
	}
	if r.Failed > 0 {
		c.raiseExit(Failed)
	}
	if o.JSON {
		return c.printDocument(func(w io.Writer) { report.TrialJSON(w, r, c.exit) })
	}
	if err := c.printReport(func(w io.Writer) { report.Trial(w, r, c.style()) }); err != nil {
		return err
	}
	for _, note := range r.Notes {
		c.Say("%s", note)
	}
	return nil
}

// listProjects returns the folders that were named, each once.
func (c *Console) listProjects(o PackTryOptions) ([]string, error) {
	dirs := slices.Clone(o.Args[1:])
	if o.From != "" {
		text, err := c.readList(o.From)
		if err != nil {
			return nil, fmt.Errorf("--from: %w", err)
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				dirs = append(dirs, line)
			}
		}
	}
	if len(dirs) == 0 {
		return nil, problem.WithHint(problem.Input("PROJECT is missing"), "name folders of projects, or a file that lists them by --from")
	}
	seen := make(map[string]bool)
	return slices.DeleteFunc(dirs, func(dir string) bool {
		clean := filepath.Clean(dir)
		again := seen[clean]
		seen[clean] = true
		return again
	}), nil
}

func (c *Console) readList(name string) (string, error) {
	if name == "-" {
		text, err := io.ReadAll(c.In)
		return string(text), err
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = problem.Input("there is no file %s", name)
	}
	return string(text), err
}

// PackSchema prints the JSON Schema of pack.yaml or of scaffold.yaml.
func (c *Console) PackSchema(of string) error {
	schema, err := author.Schema(cmp.Or(of, "pack"))
	if err != nil {
		return err
	}
	return c.Print(string(schema))
}

// Schema prints the JSON Schema of a kind of document, or lists the kinds.
func (c *Console) Schema(kind string) error {
	var kinds []string
	var list strings.Builder
	for _, d := range Documents() {
		if d.Kind == kind {
			return c.Print(string(d.Schema()))
		}
		kinds = append(kinds, d.Kind)
		fmt.Fprintf(&list, "%-10s  %s\n", d.Kind, d.Of)
	}
	if kind == "" {
		return c.Print(list.String())
	}
	return problem.WithHint(problem.Input("there is no document %q%s", kind, problem.DidYouMean(kind, kinds)),
		"scaffold schema lists them; scaffold pack schema is about pack.yaml and scaffold.yaml")
}

// findFolder finds the pack in a folder, which need not be written with a slash, since
// only a folder can be meant.
func (c *Console) findFolder(ctx context.Context, dir string) (source.Source, error) {
	return c.Finder.Find(ctx, source.Reference{Kind: source.Folder, Name: folderRef(dir)})
}

func folderRef(dir string) string {
	if dir == "" {
		return "."
	}
	if source.IsFolder(dir) || strings.ContainsAny(dir, `/\`) {
		return dir
	}
	return "./" + dir
}

// PackCache lists the mirrors of repositories that packs were taken from, or
// removes them.
func (c *Console) PackCache(clean bool) error {
	if clean {
		return c.cleanCache()
	}
	mirrors, err := c.Finder.Mirrors()
	if err != nil {
		return fmt.Errorf("list the cache: %w", err)
	}
	if len(mirrors) == 0 {
		c.Say("no repository is in the cache")
	}
	return c.printReport(func(w io.Writer) {
		for _, m := range mirrors {
			fetched := "fetched " + m.Fetched.Format("2006-01-02 15:04")
			if m.Fetched.IsZero() {
				fetched = "never fetched to its end"
			}
			fmt.Fprintf(w, "%9s  %s  %s\n", formatSize(m.Size), report.OneLine(m.URL), fetched)
		}
	})
}

func (c *Console) cleanCache() error {
	gone, stay, err := c.Finder.CleanCache()
	if err != nil {
		return fmt.Errorf("clean the cache: %w", err)
	}
	for _, m := range stay {
		c.Say("the mirror of %s stays, because another scaffold is fetching it", m.URL)
	}
	return c.printReport(func(w io.Writer) {
		for _, m := range gone {
			fmt.Fprintf(w, "%9s  %s  removed\n", formatSize(m.Size), report.OneLine(m.URL))
		}
		fmt.Fprintf(w, "%s freed\n", formatSize(sumSizes(gone)))
	})
}

func sumSizes(mirrors []source.Mirror) (sum int64) {
	for _, m := range mirrors {
		sum += m.Size
	}
	return sum
}

func formatSize(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", (bytes+1<<10-1)>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}
