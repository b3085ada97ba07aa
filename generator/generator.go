package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/apply"
	"scaffold/generator/merge"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/render"
	"scaffold/generator/tree"
)

// A Generator makes projects from one pack.
type Generator struct {
	Pack     pack.Pack
	source   string // what --pack said
	folder   bool   // source is a folder, not a name
	compiled *render.Pack
}

// Load finds, validates and compiles the pack called name: one of builtin, or a
// folder.
func Load(ctx context.Context, builtin fs.FS, name string) (*Generator, error) {
	found, err := pack.Find(builtin, name)
	if err != nil {
		return nil, err
	}
	p, err := pack.Load(found.FS, found.Name)
	if err != nil {
		return nil, err
	}
	compiled, err := render.Compile(ctx, p, found.Name)
	if err != nil {
		return nil, err
	}
	return &Generator{Pack: p, source: found.Name, folder: found.Folder, compiled: compiled}, nil
}

// PackNames returns the names of the builtin packs, sorted.
func PackNames(builtin fs.FS) ([]string, error) { return pack.List(builtin) }

// Packs returns the builtin packs, sorted by name.
func Packs(ctx context.Context, builtin fs.FS) ([]pack.Pack, error) {
	names, err := pack.List(builtin)
	if err != nil {
		return nil, err
	}
	var packs []pack.Pack
	for _, name := range names {
		g, err := Load(ctx, builtin, name)
		if err != nil {
			return nil, err
		}
		packs = append(packs, g.Pack)
	}
	return packs, nil
}

// CommandLine returns the command that makes n again where target was PATH, with
// every answer written out: defaults change, this line does not.
func (g *Generator) CommandLine(target string, n New) string {
	words := []string{"scaffold", "new"}
	name := ""
	if target != "" {
		words = append(words, target)
		name = filepath.Base(n.Target)
	}
	if g.folder {
		words = append(words, "--pack", g.source)
	}
	for a := range n.Answers.All() {
		if a.From != answer.Absent && (a.Name != "name" || a.Value != name) {
			words = append(words, "--"+answer.Flag(a.Name)+"="+answer.Format(a.Value))
		}
	}
	return problem.Command(words...)
}

// A New is a planned new project.
type New struct {
	Target  string // absolute
	Answers answer.Answers
	Plan    plan.Plan
	Notes   []string // what was decided and might surprise
	Next    string   // what the pack says to do then
}

// PlanNew decides everything about a new project at target and writes nothing.
// Layers count in their order; the asker is asked for what is missing. A
// relative target is below the working directory; an empty one is the answer to
// the question name.
func (g *Generator) PlanNew(ctx context.Context, target string, layers []answer.Layer, asker answer.Asker) (New, error) {
	if err := g.checkTarget(target); err != nil {
		return New{}, err
	}
	asker.Flag = newFlag
	run := g.compiled.Run(ctx)
	answers, err := answer.Resolve(g.Pack, layers, run.Eval, asker)
	if err != nil && target == "" && problem.IsInput(err) && !named(layers) {
		return New{}, problem.WithHint(err, newHint)
	}
	if err != nil {
		return New{}, err
	}
	if target, err = resolveTarget(target, answers); err != nil {
		return New{}, err
	}
	theirs, err := run.Render(answers)
	if err != nil {
		return New{}, err
	}
	n := New{Target: target, Answers: answers, Notes: slices.Concat(g.notes(answers), run.Notes)}
	n.Plan = plan.Make(tree.Tree{}, tree.Tree{}, theirs, plan.Options{Labels: merge.Labels{Theirs: g.Pack.Name + " " + g.Pack.Version}})
	files, err := g.state(target, answers, theirs).Files()
	if err != nil {
		return New{}, err
	}
	for _, f := range files {
		n.Plan.State = append(n.Plan.State, plan.Step{Path: f.Path, Verb: plan.Create, To: f.Path, After: &f})
	}
	n.Next, err = run.Next(answers)
	return n, problem.AsInput(err)
}

func named(layers []answer.Layer) bool {
	return slices.ContainsFunc(slices.Concat(layers...), func(v answer.Value) bool { return v.Name == "name" })
}

// notes says what of the pack's folder was left out, and where a module got
// another path than its project's name, since the go command would trip over that.
func (g *Generator) notes(answers answer.Answers) []string {
	notes := g.leftOut()
	name, _ := answers.Find("name")
	for _, q := range g.Pack.Questions {
		a, _ := answers.Find(q.Name)
		if text, ok := name.Value.(string); ok && q.Format == "module" && a.From == answer.Default && a.Value != text && a.Value == pack.ModuleFor(text) {
			notes = append(notes, fmt.Sprintf("the module is %q, since %q means something else to the go command; --%s sets another", a.Value, text, answer.Flag(q.Name)))
		}
	}
	return notes
}

// leftOut names what desktops and editors left in the pack's folder.
func (g *Generator) leftOut() []string {
	if g.Pack.LeftOut == 0 {
		return nil
	}
	names := strings.Join(g.Pack.Left, ", ")
	if more := g.Pack.LeftOut - len(g.Pack.Left); more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return []string{fmt.Sprintf("the pack has files that a desktop or an editor left there; they are left out: %s (exclude: in %s/%s silences this)",
		names, g.source, pack.ManifestFile)}
}

// state is what the project will remember. A pack in a folder is remembered
// relative to the project, so that both can move together.
func (g *Generator) state(target string, answers answer.Answers, base tree.Tree) project.State {
	return project.State{
		Source: g.sourceFrom(target), Pack: g.Pack.Name, Version: g.Pack.Version, Digest: g.Pack.Digest,
		Answers: answers, Base: base,
	}
}

func (g *Generator) sourceFrom(target string) string {
	abs, err := filepath.Abs(g.source)
	if err != nil || !g.folder {
		return g.source
	}
	rel, err := filepath.Rel(target, abs)
	switch {
	case err != nil: // on another drive
		return filepath.ToSlash(abs)
	case rel != ".." && !strings.HasPrefix(filepath.ToSlash(rel), "../"):
		rel = "./" + rel // or it would be the name of a builtin pack
	}
	return filepath.ToSlash(rel)
}

// Apply writes the planned project.
func (n New) Apply(ctx context.Context) error {
	return apply.Options{}.New(ctx, n.Target, n.Plan)
}

// newFlag is how new is told the answer to a question.
func newFlag(name string) string {
	if name == "name" {
		return "PATH or --name"
	}
	return "--" + answer.Flag(name)
}

// NameOf returns what PATH says the name is, as the last and least of layers.
func (g *Generator) NameOf(target string) answer.Layer {
	abs, err := filepath.Abs(target)
	if _, asked := g.Pack.Question("name"); !asked || target == "" || err != nil {
		return nil
	}
	return answer.Layer{{Name: "name", Text: filepath.Base(abs), Where: "PATH"}}
}

// ReadAnswers reads an answers file as a layer, or the answers of another
// project out of its scaffold.yaml. The name of that one is apart, to be taken
// only where nothing else names this one.
func (g *Generator) ReadAnswers(ctx context.Context, path string) (given, name answer.Layer, err error) {
	if err := checkAnswers(path); err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("--answers: %w", err)
	}
	layer, ofProject, err := answer.ParseFile(path, text, g.Pack)
	if err != nil || !ofProject {
		return layer, nil, err
	}
	given, name = g.ofOther(ctx, layer)
	return given, name, nil
}

// HintPack adds to err, about answers of which some are the project's whose
// scaffold.yaml is at path, which pack that project was made with, if another.
func (g *Generator) HintPack(err error, path string) error {
	text, failed := os.ReadFile(path)
	abs, failedAbs := filepath.Abs(path)
	if errors.Join(failed, failedAbs) != nil || !problem.IsInput(err) {
		return err
	}
	name := answer.PackOf(text)
	if pack.IsFolder(name) {
		name = folderFrom(filepath.Dir(abs), name)
	}
	if name == "" || name == g.source || g.folder && sameFile(name, g.source) {
		return err
	}
	return problem.WithHint(problem.Input("%s", err.Error()), "%s answers another pack: %s takes it", path, problem.Command("--pack", name))
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	other, err2 := os.Stat(b)
	return errors.Join(err, err2) == nil && os.SameFile(one, other)
}

func checkAnswers(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.Input("--answers: there is no file %s", path)
	case err != nil:
		return fmt.Errorf("--answers: %w", err)
	case info.IsDir():
		err := problem.Input("--answers: %s is a folder: want a YAML file", path)
		if config := filepath.Join(path, tree.ConfigFile); isFile(config) {
			err = problem.WithHint(err, "%s takes the answers of the project there", problem.Command("--answers", config))
		}
		return err
	case !info.Mode().IsRegular():
		return problem.Input("--answers: %s is no regular file", path)
	case info.Size() > answer.MaxFile:
		return problem.Input("--answers: %s has %d bytes, more than %d", path, info.Size(), answer.MaxFile)
	}
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// ofOther parts the answers of another project from its name. An answer that
// followed from the others there is left out, to follow from the answers here: a
// module that is called as its project was is called as the new one is.
func (g *Generator) ofOther(ctx context.Context, layer answer.Layer) (given, name answer.Layer) {
	run := g.compiled.Run(ctx)
	data := make(map[string]any)
	for _, v := range layer {
		data[v.Name] = v.Typed
	}
	for _, v := range layer {
		q, _ := g.Pack.Question(v.Name)
		text, isText := q.Default.(string)
		switch {
		case v.Name == "name":
			name = append(name, v)
			continue
		case isText && strings.Contains(text, "{{"):
			if follows, err := run.Eval(text, data); err == nil && follows == v.Typed {
				continue
			}
		}
		given = append(given, v)
	}
	return given, name
}
