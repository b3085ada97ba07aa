package author

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"

	"scaffold/generator/answer"
	"scaffold/generator/apply"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/render"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

// TestOptions are what scaffold pack test is told.
type TestOptions struct {
	Update   bool     // record the trees that differ, if they are valid
	GoTest   bool     // run the tests of what is Go
	Earlier  []string // references to earlier versions of the pack; nil for those that its repository has tags for
	Finder   source.Finder
	Env      []string // KEY=VALUE, for the go command
	Progress func(format string, args ...any)
}

// A Report is what [Test] found.
type Report struct {
	Findings []Finding
	Cases    []Result
	Upgrades []Result
	Notes    []string
}

// A Result is what became of one case or upgrade.
type Result struct {
	Name     string
	Status   Status
	Detail   string    // how much it was about
	Problems []string  // why it failed
	Notes    []string  // what may be wrong
	Diff     plan.Plan // from the golden to what the pack writes now
}

// A Status is a word for what became of a case.
type Status string

// The statuses.
const (
	OK       Status = "ok"
	Differs  Status = "differs"
	Failed   Status = "failed"
	Recorded Status = "recorded"
)

// Bad reports whether somebody has to look.
func (r Result) Bad() bool { return r.Status == Differs || r.Status == Failed }

// Test lints the pack and, unless that finds an error, tries its cases and its
// upgrades. An error is the environment's.
func Test(ctx context.Context, found source.Source, o TestOptions) (Report, error) {
	var r Report
	var err error
	o.Progress("linting %s", found.Name)
	if r.Findings, err = Lint(ctx, found); err != nil || hasError(r.Findings) {
		return r, err
	}
	p, err := load(found)
	if err != nil {
		return r, err
	}
	compiled, err := render.Compile(ctx, p, found.Name)
	if err != nil {
		return r, err
	}
	t := tester{options: o, source: found, pack: p, compiled: compiled, report: &r}
	if _, err := exec.LookPath("go"); err != nil {
		t.note("there is no go command on PATH: what is Go was not built")
		t.noGo = true
	}
	if err := t.cases(ctx); err != nil {
		return r, err
	}
	if o.Earlier == nil {
		t.options.Progress("looking for earlier versions")
		if t.options.Earlier, err = t.findEarlier(ctx); err != nil {
			return r, err
		}
	}
	err = t.upgrades(ctx)
	return r, err
}

func hasError(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return !f.Hint })
}

type tester struct {
	options  TestOptions
	source   source.Source
	pack     pack.Pack
	compiled *render.Pack
	report   *Report
	goldens  []Golden // those that could be read
	noGo     bool
	earlier  []pack.Pack // those that could be read, the oldest first
	unread   bool        // whether there are other ones
}

func (t *tester) note(format string, args ...any) {
	t.report.Notes = append(t.report.Notes, fmt.Sprintf(format, args...))
}

func (t *tester) cases(ctx context.Context) error {
	names, err := caseNames(t.source)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		t.note("there is no case: write answers, as KEY=VALUE lines, to %s/%s/NAME.txtar, and scaffold pack test --update records the tree", t.source.Name, casesFolder)
	}
	for i, name := range names {
		t.options.Progress("case %s, %d of %d", path.Base(name), i+1, len(names))
		result, err := t.try(ctx, name)
		if err != nil {
			return err
		}
		t.report.Cases = append(t.report.Cases, result)
	}
	return nil
}

// caseNames returns the files of cases. It takes no fs.Glob, for which a folder that
// cannot be read is an empty one.
func caseNames(found source.Source) ([]string, error) {
	entries, err := fs.ReadDir(found.FS, casesFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s/%s: %w", found.Name, casesFolder, problem.Cause(err))
		if !errors.Is(err, fs.ErrPermission) {
			err = problem.AsInput(err)
		}
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if path.Ext(e.Name()) == ".txtar" {
			names = append(names, casesFolder+"/"+e.Name())
		}
	}
	return names, nil
}

func caseName(file string) string { return strings.TrimSuffix(path.Base(file), ".txtar") }

// readCase reads a case of the pack p, which was found there.
func readCase(found source.Source, name string, p pack.Pack) (Golden, error) {
	text, err := readGolden(found.FS, name)
	if err != nil {
		return Golden{}, problem.Input("%s/%s: %w", found.Name, name, problem.Cause(err))
	}
	g, err := parseGolden(found.Name+"/"+name, text, p)
	g.text = text
	return g, err
}

// try makes of an input error of a case its result; another one is the environment's.
func (t *tester) try(ctx context.Context, name string) (Result, error) {
	r := Result{Name: caseName(name), Status: OK}
	err := t.tryCase(ctx, name, &r)
	if err != nil && !problem.IsInput(err) {
		return r, err
	}
	for _, e := range leaves(err) {
		r.Status, r.Problems = Failed, append(r.Problems, firstLine(e.Error()))
	}
	return r, nil
}

// tryCase renders one case, builds it, compares it, and records it if that is wanted.
func (t *tester) tryCase(ctx context.Context, name string, r *Result) error {
	g, err := readCase(t.source, name, t.pack)
	if err != nil {
		return err
	}
	t.goldens = append(t.goldens, g)
	files, notes, err := renderFor(ctx, t.pack, t.compiled, g.Given)
	if r.Notes = notes; err != nil {
		return err
	}
	r.Detail = count(files.Len(), "file")
	if err := t.parse(files, r); err != nil {
		return err
	}
	if err := t.build(ctx, r.Name, files); err != nil {
		return err
	}
	changed, recorded := difference(g.Want, files), g.format(files)
	switch {
	case t.options.Update && !bytes.Equal(recorded, g.text):
		r.Status = Recorded
		return t.record(name, recorded)
	case len(changed.Steps) > 0:
		r.Status, r.Diff = Differs, changed
	}
	return nil
}

func (t *tester) record(name string, data []byte) error {
	root, err := filepath.Abs(filepath.FromSlash(t.source.Name))
	if err != nil {
		return err
	}
	return apply.Options{}.Replace(root, tree.File{Path: name, Mode: tree.ModeFile, Data: data})
}

// renderFor renders a pack for the answers of a case. The project is called hello
// unless they say otherwise.
func renderFor(ctx context.Context, p pack.Pack, compiled *render.Pack, given ...answer.Layer) (files tree.Tree, notes []string, err error) {
	run := compiled.Run(ctx)
	if _, asked := p.Question("name"); asked {
		given = append(given, answer.Layer{{Name: "name", Text: "hello"}})
	}
	answers, err := answer.Resolve(p, given, run.Eval, answer.Asker{Flag: func(name string) string { return name + "=VALUE" }})
	if err != nil {
		return tree.Tree{}, nil, err
	}
	if why := refuses(p, run, answers); why != "" {
		return tree.Tree{}, nil, problem.Input("the pack refuses these answers: %s", why)
	}
	files, err = run.Render(answers)
	return files, run.Notes, err
}

// difference returns what makes the files of want those of got.
func difference(want, got tree.Tree) plan.Plan {
	var p plan.Plan
	for f := range want.All() {
		after, ok := got.Find(f.Path)
		switch {
		case !ok:
			p.Steps = append(p.Steps, plan.Step{Path: f.Path, Verb: plan.Delete, Named: true, To: f.Path, Ours: &f})
		case !bytes.Equal(f.Data, after.Data) || f.Mode != after.Mode:
			p.Steps = append(p.Steps, plan.Step{Path: f.Path, Verb: plan.Update, Named: true, To: f.Path, Ours: &f, After: &after})
		}
	}
	for f := range got.All() {
		if _, ok := want.Find(f.Path); !ok {
			p.Steps = append(p.Steps, plan.Step{Path: f.Path, Verb: plan.Create, Named: true, To: f.Path, After: &f})
		}
	}
	slices.SortFunc(p.Steps, func(a, b plan.Step) int { return strings.Compare(a.Path, b.Path) })
	return p
}

// parsed are the ends of names that claim a language.
var parsed = []string{".go", ".mod", ".json", ".yaml", ".yml"}

// maxParsed is how much of a case is parsed, because Go takes sixty times as much memory.
const maxParsed = 8 << 20

// parse reads what claims to be of a language, also what is only copied.
func (t *tester) parse(files tree.Tree, r *Result) error {
	var errs []error
	left := maxParsed
	for f := range files.All() {
		if !slices.Contains(parsed, path.Ext(f.Path)) {
			continue
		}
		if left -= len(f.Data); left < 0 {
			r.Notes = append(r.Notes, fmt.Sprintf("%s: it and what follows it was not parsed, because there is more than %d MiB to parse", f.Path, maxParsed>>20))
			break
		}
		err, sure := render.CheckSyntax(f)
		if path.Base(f.Path) == "go.mod" {
			_, err = modfile.Parse(f.Path, f.Data, nil)
			sure = true
		}
		if err != nil && sure && !t.pack.Target(f.Origin).Unchecked {
			errs = append(errs, problem.Input("%s/%s/%s: writes %s, which does not parse: %w", t.source.Name, pack.FilesFolder, f.Origin, f.Path, err))
		}
	}
	return errors.Join(errs...)
}

// build builds and vets every Go module of a case, and runs its tests if that is
// wanted, in a folder that is removed again.
func (t *tester) build(ctx context.Context, name string, files tree.Tree) error {
	var modules []string
	for f := range files.All() {
		if path.Base(f.Path) == "go.mod" && !slices.Contains(strings.Split(f.Path, "/"), "testdata") {
			modules = append(modules, path.Dir(f.Path))
		}
	}
	if len(modules) == 0 || t.noGo {
		return nil
	}
	return inTemporary(func(dir string) error {
		root := filepath.Join(dir, "hello")
		if err := (apply.Options{}).New(ctx, root, difference(tree.Tree{}, files)); err != nil {
			return err
		}
		commands := [][]string{{"build", "-o", os.DevNull, "./..."}, {"vet", "./..."}}
		if t.options.GoTest {
			commands = append(commands, []string{"test", "./..."})
		}
		for _, module := range modules {
			for _, args := range commands {
				t.options.Progress("case %s: go %s", name, args[0])
				if err := t.goTool(ctx, root, module, args); err != nil {
					return err // what does not build is not vetted
				}
			}
		}
		return nil
	})
}

// maxOutput is how many lines of the go command are shown.
const maxOutput = 20

// goTool runs the go command in a module of a project. What it does must not hang on
// the user's flags, or on a go.work above the folder; where modules come from does.
func (t *tester) goTool(ctx context.Context, root, module string, args []string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = filepath.Join(root, filepath.FromSlash(module))
	cmd.Env = append(slices.Clone(t.options.Env), "GOFLAGS=-mod=mod -buildvcs=false", "GOWORK=off")
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	errs := []error{problem.Input("go %s in %s: %w", args[0], module, err)}
	text := strings.ReplaceAll(strings.TrimSpace(string(out)), root+string(filepath.Separator), "")
	for i, line := range strings.Split(text, "\n") {
		if i == maxOutput {
			errs = append(errs, problem.Input("and more"))
			break
		}
		errs = append(errs, problem.Input("%s", line))
	}
	return errors.Join(errs...)
}

// inTemporary calls f with a folder that is removed afterwards.
func inTemporary(f func(dir string) error) error {
	dir, err := os.MkdirTemp("", "scaffold-pack-test-")
	if err != nil {
		return fmt.Errorf("create a temporary folder: %w", problem.Cause(err))
	}
	defer os.RemoveAll(dir)
	return f(dir)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
