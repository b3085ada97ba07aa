package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"scaffold/generator/answer"
	"scaffold/generator/apply"
	"scaffold/generator/merge"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

// A New is a planned new project.
type New struct {
	Target  string // absolute
	Answers answer.Answers
	Plan    plan.Plan
	Notes   []string // what was decided and might surprise
	Next    string   // what the pack says to do then
}

// PlanNew decides everything about a new project at target and writes nothing.
// Layers count in their order, and the asker last. A relative target is below the
// working directory; an empty one is the answer to the question name.
func (g *Generator) PlanNew(ctx context.Context, target string, layers []answer.Layer, asker answer.Asker) (New, error) {
	if err := g.checkTarget(target); err != nil {
		return New{}, err
	}
	asker.Flag = func(name string) string {
		if name == "name" {
			return "PATH or --name"
		}
		return "--" + answer.FlagName(name)
	}
	run := g.compiled.Run(ctx)
	answers, err := answer.Resolve(g.Pack, layers, run.Eval, asker)
	named := slices.ContainsFunc(slices.Concat(layers...), func(v answer.Value) bool { return v.Name == "name" })
	if err != nil && target == "" && problem.IsInput(err) && !named {
		return New{}, problem.WithHint(err, newHint)
	}
	if err != nil {
		return New{}, err
	}
	if target == "" {
		name, _ := answers.Find("name")
		target, _ = name.Value.(string)
	}
	if target == "" {
		return New{}, problem.WithHint(problem.Input("PATH is missing"), newHint)
	}
	if target, err = resolveTarget(target); err != nil {
		return New{}, err
	}
	theirs, err := run.Render(answers)
	if err != nil {
		return New{}, err
	}
	n := New{Target: target, Answers: answers, Notes: slices.Concat(g.noteChoices(answers), run.Notes)}
	n.Plan = plan.Make(tree.Tree{}, tree.Tree{}, theirs, plan.Options{Labels: merge.Labels{Theirs: g.Pack.Name + " " + g.Pack.Version}})
	if n.Plan.State, err = g.NewState(target, answers, theirs).Steps(); err != nil {
		return New{}, err
	}
	n.Next, err = run.Next(answers)
	return n, problem.AsInput(err)
}

// Drafts says how the questions stand while somebody answers them.
func (g *Generator) Drafts(ctx context.Context, layers []answer.Layer) ([]answer.Draft, error) {
	return answer.Drafts(g.Pack, layers, g.compiled.Run(ctx).Eval)
}

// CheckTarget returns why no project can be made at target, if it is not empty.
func (g *Generator) CheckTarget(target string) error { return g.checkTarget(target) }

// noteChoices says what of the pack's folder was left out, and which module is not
// called as its project, because the go command would misread that name.
func (g *Generator) noteChoices(answers answer.Answers) []string {
	notes := slices.Concat(g.noteLeftOut(), g.Pack.Without, g.noteOrigin())
	name, _ := answers.Find("name")
	for _, q := range g.Pack.Questions {
		a, _ := answers.Find(q.Name)
		if text, ok := name.Value.(string); ok && q.Format == "module" && a.From == answer.Default && a.Value != text && a.Value == pack.ModuleFor(text) {
			notes = append(notes, fmt.Sprintf("the module is %q, since %q means something else to the go command; --%s sets another", a.Value, text, answer.FlagName(q.Name)))
		}
	}
	return notes
}

// reference names the pack as it is now, on a command line.
func (g *Generator) reference() string {
	if !g.Source.Kind.IsForeign() {
		return g.Source.Name
	}
	return g.Source.Name + "@v" + g.Pack.Version
}

// NameOf returns what PATH says the name is, as the last and least of layers.
func (g *Generator) NameOf(target string) answer.Layer {
	abs, err := filepath.Abs(target)
	if _, asked := g.Pack.Question("name"); !asked || target == "" || err != nil {
		return nil
	}
	return answer.Layer{{Name: "name", Text: filepath.Base(abs), Where: "PATH"}}
}

func (n New) Apply(ctx context.Context) error {
	return apply.Options{}.New(ctx, n.Target, n.Plan)
}

// CommandLine returns the command that makes n again at target. It has every
// answer, because defaults change.
func (g *Generator) CommandLine(target string, n New) string {
	return problem.CommandLine(g.commandWords(target, n, func(a answer.Answer) bool { return a.From != answer.Absent })...)
}

// ShortCommandLine returns a command that makes n today: it has no defaults, and
// asks nothing.
func (g *Generator) ShortCommandLine(target string, n New) string {
	words := g.commandWords(cmp.Or(target, filepath.Base(n.Target)), n, func(a answer.Answer) bool { return a.From == answer.Given })
	return problem.CommandLine(append(words, "--yes")...)
}

func (g *Generator) commandWords(target string, n New, has func(answer.Answer) bool) []string {
	words := []string{"scaffold", "new"}
	name := ""
	if target != "" {
		words = append(words, target)
		name = filepath.Base(n.Target)
	}
	if g.Source.Kind != source.Builtin {
		words = append(words, "--pack", g.reference())
	}
	for a := range n.Answers.All() {
		if has(a) && (a.Name != "name" || a.Value != name) {
			words = append(words, "--"+answer.FlagName(a.Name)+"="+answer.Format(a.Value))
		}
	}
	return words
}

const newHint = "scaffold new hello makes the project hello in ./hello"

const maxElement = 255 // bytes of a name in a path, to Linux, macOS and Windows

// checkTarget refuses a target before anybody is asked anything, so that no answer
// is typed in vain.
func (g *Generator) checkTarget(target string) error {
	if target == "" {
		return nil
	}
	if !utf8.ValidString(target) {
		return problem.Input("PATH %q is not UTF-8", target)
	}
	if strings.ContainsFunc(target, problem.IsControl) {
		return problem.Input("PATH %q has a control or bidirectional character", target)
	}
	for element := range strings.SplitSeq(filepath.ToSlash(target), "/") {
		if len(element) > maxElement {
			return problem.Input("PATH has the element %q… of %d bytes, more than the %d that file systems take", element[:8], len(element), maxElement)
		}
	}
	_, err := resolveTarget(target)
	return err
}

// resolveTarget makes target absolute, if a project can be made there.
func resolveTarget(target string) (string, error) {
	abs, err := filepath.Abs(target)
	if err != nil {
		return "", problem.WithHint(fmt.Errorf("find the working directory: %w", err), "if it was removed, change to another")
	}
	return abs, checkPlace(abs)
}

// checkPlace refuses an absolute target that is more than an empty folder, or in a
// wrong place.
func checkPlace(target string) error {
	if err := checkAbove(target); err != nil {
		return err
	}
	info, err := os.Lstat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return checkParent(target)
	case err != nil:
		return fmt.Errorf("look at %s: %w", target, problem.Cause(err))
	case !info.IsDir():
		return problem.WithHint(
			problem.Input("%s is there already and is %s", target, tree.Kind(info.Mode())),
			"choose another name, or remove it first")
	}
	return checkEmpty(target)
}

func checkEmpty(target string) error {
	entries, err := os.ReadDir(target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it went meanwhile, or another run took its place: the rename finds out
	}
	if err != nil {
		return fmt.Errorf("look into %s: %w", target, problem.Cause(err))
	}
	if len(entries) == 0 {
		return nil
	}
	var names []string
	for _, e := range entries[:min(5, len(entries))] {
		names = append(names, strconv.Quote(e.Name()))
	}
	if more := len(entries) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	err = problem.Input("%s is there already and is not empty: it has %s", target, strings.Join(names, ", "))
	if len(entries) == 1 && entries[0].Name() == ".git" {
		in, out := filepath.Join(target, ".git"), target+".git"
		return problem.WithHint(err, "move the repository out and in again: %s && the same command && %s",
			problem.CommandLine("mv", in, out), problem.CommandLine("mv", out, in))
	}
	return problem.WithHint(err,
		"choose another name; to bring an existing project up to date: scaffold regenerate")
}

func checkParent(target string) error {
	parent := filepath.Dir(target)
	info, err := os.Stat(parent)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.WithHint(problem.Input("the folder %s is not there", parent), "create it first: mkdir -p %s", parent)
	case errors.Is(err, syscall.ENOTDIR):
		return problem.Input("%s cannot be a folder: a file is in its way", parent)
	case err != nil:
		return fmt.Errorf("look at %s: %w", parent, problem.Cause(err))
	case !info.IsDir():
		return problem.Input("%s is no folder, so nothing can be created in it", parent)
	}
	return nil
}

// checkAbove refuses places where a project would be lost or do harm.
func checkAbove(target string) error {
	if strings.Contains(filepath.ToSlash(target), "/pkg/mod/") {
		return problem.Input("%s is in Go's module cache, which the go command may empty at any time", target)
	}
	for dir := filepath.Dir(target); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, tree.StateFolder)); err == nil {
			return problem.WithHint(
				problem.Input("%s is inside the scaffold project %s", target, dir),
				"create it outside and move it there, or add to %s by hand", dir)
		}
		above := filepath.Dir(dir)
		if _, err := os.Lstat(filepath.Join(above, pack.ManifestFile)); err == nil && filepath.Base(dir) == "files" {
			return problem.WithHint(
				problem.Input("%s is among the files of the pack %s, which would write it from then on", target, above),
				"create it outside")
		}
		if dir == above {
			return nil
		}
	}
}
