package author

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/git"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/render"
	"scaffold/generator/tree"
)

// A Difference is what two versions of a pack do otherwise, for the same answers.
type Difference struct {
	Questions []QuestionChange
	Plan      plan.Plan // from what the old one writes to what the new one does
	Notes     []string  // which answers were proposed
}

// A QuestionChange is what became of a question.
type QuestionChange struct{ Name, What string }

// Diff returns what new does otherwise than old. Each is given what people answered;
// what nobody did is the old version's default, since that is what a project records,
// then the new one's, and at last a sample.
func Diff(ctx context.Context, old, new *generator.Generator, oldGiven, newGiven []answer.Layer) (Difference, error) {
	d := Difference{Questions: changedQuestions(old.Pack, new.Pack)}
	if err := checkNames(old.Pack, new.Pack, newGiven); err != nil {
		return d, err
	}
	for i := range oldGiven {
		oldGiven[i] = former(old.Pack, new.Pack, oldGiven[i])
	}
	before, answers, err := d.render(ctx, old, append(oldGiven, nil))
	if err != nil {
		return d, err
	}
	var recorded answer.Layer
	for a := range answers.All() {
		name := a.Name
		if q, renamed := new.Pack.Renamed(name); renamed {
			name = q.Name
		}
		if a.From != answer.Absent {
			recorded = append(recorded, answer.Value{Name: name, Typed: a.Value, Where: old.Source.Name})
		}
	}
	after, _, err := d.render(ctx, new, append(newGiven, fitting(new.Pack, recorded)))
	if err != nil {
		return d, err
	}
	var moved []plan.Move
	for _, m := range new.Pack.Moved {
		moved = append(moved, plan.Move{From: m.From, To: m.To})
	}
	d.Plan = plan.Make(before, before, after, plan.Options{Declared: moved})
	return d, nil
}

// checkNames refuses an answer that neither version asks.
func checkNames(old, new pack.Pack, layers []answer.Layer) error {
	var names []string
	for _, q := range slices.Concat(old.Questions, new.Questions) {
		names = append(names, q.Name)
	}
	for _, v := range slices.Concat(layers...) {
		if !slices.Contains(names, v.Name) {
			return problem.Input("%s: neither version asks a question %q%s", v.Where, v.Name, problem.DidYouMean(v.Name, names))
		}
	}
	return nil
}

// render renders a version for the layers that it asks for.
func (d *Difference) render(ctx context.Context, g *generator.Generator, layers []answer.Layer) (tree.Tree, answer.Answers, error) {
	compiled, err := render.Compile(ctx, g.Pack, g.Source.Name)
	if err != nil {
		return tree.Tree{}, answer.Answers{}, err
	}
	unasked := func(v answer.Value) bool {
		_, asked := g.Pack.Question(v.Name)
		return !asked
	}
	for i := range layers {
		layers[i] = slices.DeleteFunc(slices.Clone(layers[i]), unasked)
	}
	run := compiled.Run(ctx)
	proposed := missing(g.Pack)
	answers, err := answer.Resolve(g.Pack, append(layers, proposed), run.Eval, answer.Asker{Flag: func(name string) string { return "--set " + name + "=VALUE" }})
	if err != nil {
		return tree.Tree{}, answers, problem.AsInput(fmt.Errorf("%s %s: %w", g.Pack.Name, g.Pack.Version, err))
	}
	d.noteProposed(proposed, layers)
	if why := refuses(g.Pack, run, answers); why != "" {
		return tree.Tree{}, answers, problem.WithHint(problem.Input("%s %s refuses these answers: %s", g.Pack.Name, g.Pack.Version, why), "--set KEY=VALUE gives others")
	}
	files, err := run.Render(answers)
	return files, answers, err
}

func (d *Difference) noteProposed(proposed answer.Layer, layers []answer.Layer) {
	for _, v := range proposed {
		given := slices.ContainsFunc(slices.Concat(layers...), func(have answer.Value) bool { return have.Name == v.Name })
		note := fmt.Sprintf("%s has no default, and is taken to be %q; --set %s=VALUE sets another", v.Name, answer.Format(v.Typed), v.Name)
		if !given && !slices.Contains(d.Notes, note) {
			d.Notes = append(d.Notes, note)
		}
	}
}

// changedQuestions compares what two versions ask, in the order of the new one.
func changedQuestions(old, new pack.Pack) []QuestionChange {
	var changes []QuestionChange
	add := func(name, format string, args ...any) {
		changes = append(changes, QuestionChange{name, fmt.Sprintf(format, args...)})
	}
	for _, q := range new.Questions {
		was, had := old.Question(q.Name)
		for _, name := range q.Renamed {
			if before, renamed := old.Question(name); !had && renamed {
				was, had = before, true
				add(q.Name, "was called %s", name)
			}
		}
		if !had {
			add(q.Name, "is new: %s, %s", q.Type, defaultOf(q))
			continue
		}
		if was.Type != q.Type {
			add(q.Name, "was of type %s, and is %s", was.Type, q.Type)
		}
		if gone, came := without(was.Choices, q.Choices), without(q.Choices, was.Choices); len(gone)+len(came) > 0 {
			add(q.Name, "%s", describeChoices(gone, came))
		}
		if form, wasForm := q.Form(), was.Form(); form != wasForm {
			add(q.Name, "takes %s, and took %s", anyText(form), anyText(wasForm))
		}
		if defaultOf(was) != defaultOf(q) {
			add(q.Name, "%s, and had: %s", defaultOf(q), defaultOf(was))
		}
		if was.When != q.When {
			add(q.Name, "is asked under another condition")
		}
	}
	for _, q := range old.Questions {
		_, asked := new.Question(q.Name)
		if _, renamed := new.Renamed(q.Name); !asked && !renamed {
			add(q.Name, "is asked no more")
		}
	}
	return changes
}

func defaultOf(q pack.Question) string {
	if text, ok := q.Default.(string); ok {
		return fmt.Sprintf("default %q", text)
	}
	if q.Default == nil {
		return "no default"
	}
	return "default " + answer.Format(q.Default)
}

func anyText(form string) string {
	if form == "" {
		return "any text"
	}
	return form
}

func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(item string) bool { return slices.Contains(other, item) })
}

func describeChoices(gone, came []string) string {
	var words []string
	if len(came) > 0 {
		words = append(words, "has the new choice "+strings.Join(came, ", "))
	}
	if len(gone) > 0 {
		words = append(words, "has no more the choice "+strings.Join(gone, ", "))
	}
	return strings.Join(words, "; ")
}

// Reference returns how new --pack takes what text names: a version, as v1.0.0, is one of
// the pack in the working folder, by the tags of its repository; all else stays as it is.
func Reference(text string, env []string) (string, error) {
	version := "v" + strings.TrimPrefix(text, "v")
	if semver.Canonical(version) != version {
		return text, nil
	}
	dir, err := filepath.Abs(".")
	if err != nil {
		return "", err
	}
	repository := git.Open(dir, env)
	if repository == nil {
		return "", problem.WithHint(problem.Input("%s: the working folder is in no git repository, whose tag that could be", text),
			"name the pack as well: MODULE@%s, or git+URL@%s", version, version)
	}
	return reference(repository.Place()) + "@" + version, nil
}

// reference names a pack in a repository of this machine, of which an @ would begin
// the version.
func reference(top, within string) string {
	address := url.URL{Scheme: "file", Path: path.Join("/", filepath.ToSlash(top))}
	ref := "git+" + strings.ReplaceAll(address.String(), "@", "%40")
	if within != "." {
		ref += "//" + within
	}
	return ref
}
