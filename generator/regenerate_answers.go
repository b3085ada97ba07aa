package generator

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/render"
	"scaffold/generator/tree"
)

// answer answers the pack's questions for a project that exists, and returns
// what changes in its scaffold.yaml.
func (g *Generator) answer(ctx context.Context, run *render.Run, u *Update, p project.Project, o UpdateOptions, asker answer.Asker) (project.Edit, error) {
	recorded, err := p.Config.Layer(g.Pack)
	if err != nil {
		return project.Edit{}, err
	}
	recorded, dropped := g.drop(recorded, p)
	layers := []answer.Layer{o.Set}
	if o.Answers != "" {
		file, _, err := g.ReadAnswers(ctx, o.Answers)
		if err != nil {
			return project.Edit{}, err
		}
		layers = append(layers, file)
	}
	asker.Flag = func(name string) string { return "--set " + name + "=VALUE" }
	u.Answers, err = answer.Resolve(g.Pack, append(layers, recorded), run.Eval, asker)
	if err != nil {
		return project.Edit{}, g.hintInvalid(err, recorded)
	}
	u.Changed = changedAnswers(g.Pack, p.Answers, u.Answers)
	for _, name := range dropped {
		u.Changed = append(u.Changed, answer.Change{Name: name, Old: formatJSON(p.Answers[name]), Was: true})
	}
	slices.SortFunc(u.Changed, func(a, b answer.Change) int { return cmp.Compare(a.Name, b.Name) })
	return project.Edit{Set: g.unrecorded(u.Answers, recorded), Drop: dropped}, nil
}

// hintInvalid adds to err which recorded answers have to be given anew.
func (g *Generator) hintInvalid(err error, recorded answer.Layer) error {
	var words []string
	for _, v := range recorded {
		q, asked := g.Pack.Question(v.Name)
		if _, invalid := q.Check(v.Typed); asked && invalid != nil {
			words = append(words, "--set "+v.Name+"=VALUE")
		}
	}
	if len(words) == 0 || !problem.IsInput(err) {
		return err
	}
	return problem.WithHint(err, "change it in %s, or: scaffold regenerate %s", tree.ConfigFile, strings.Join(words, " "))
}

// drop takes out of the layer what the pack asked once and asks no more. A name
// that it never asked stays: that is a slip of whoever edited the file.
func (g *Generator) drop(layer answer.Layer, p project.Project) (kept answer.Layer, dropped []string) {
	for _, v := range layer {
		_, asked := g.Pack.Question(v.Name)
		if _, was := p.Answers[v.Name]; was && !asked {
			dropped = append(dropped, v.Name)
			continue
		}
		kept = append(kept, v)
	}
	return kept, dropped
}

// unrecorded returns the answers that scaffold.yaml does not have, or has
// otherwise. The answer to a question that does not apply stays as it is there.
func (g *Generator) unrecorded(answers answer.Answers, recorded answer.Layer) []answer.Answer {
	var set []answer.Answer
	for a := range answers.All() {
		i := slices.IndexFunc(recorded, func(v answer.Value) bool { return v.Name == a.Name })
		q, _ := g.Pack.Question(a.Name)
		if a.From != answer.Absent && (i < 0 || !says(q, recorded[i].Typed, a.Value)) {
			set = append(set, a)
		}
	}
	return set
}

func says(q pack.Question, written, value any) bool {
	canonical, err := q.Check(written)
	return err == nil && answer.Format(canonical) == answer.Format(value)
}

// changedAnswers compares with the answers as they were last time.
func changedAnswers(p pack.Pack, old map[string]any, answers answer.Answers) []answer.Change {
	var changed []answer.Change
	for a := range answers.All() {
		was, had := old[a.Name]
		if a.From == answer.Absent && had && formatJSON(was) != answer.Format(a.Value) {
			changed = append(changed, answer.Change{Name: a.Name, Old: formatJSON(was), Was: true, Lapsed: lapsed(p, a.Name)})
		}
		c := answer.Change{Name: a.Name, Old: formatJSON(was), New: answer.Format(a.Value), Was: had, Is: true, Default: a.From == answer.Default}
		if a.From != answer.Absent && (!had || c.Old != c.New) {
			changed = append(changed, c)
		}
	}
	return changed
}

// lapsed says that a question does not apply any more, and why where the pack says.
func lapsed(p pack.Pack, name string) string {
	if q, _ := p.Question(name); q.Needs != "" {
		return "which no longer applies: it needs " + q.Needs
	}
	return "which no longer applies"
}

// formatJSON is answer.Format for a value that came out of the state.
func formatJSON(value any) string {
	list, ok := value.([]any)
	if !ok {
		return answer.Format(value)
	}
	items := make([]string, len(list))
	for i, item := range list {
		items[i] = answer.Format(item)
	}
	return strings.Join(items, ",")
}
