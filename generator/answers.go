package generator

import (
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/project"
)

// dropUnasked takes out of the layer what the pack asked once and asks no more. A
// name that it never asked stays, because it is a slip that is to be refused.
func (g *Generator) dropUnasked(layer answer.Layer, p project.Project) (kept answer.Layer, dropped []string) {
	for _, v := range layer {
		_, asked := g.Pack.Question(v.Name)
		if _, was := p.Answers[v.Name]; !asked && (was || slices.Contains(p.Lapsed, v.Name)) {
			dropped = append(dropped, v.Name)
			continue
		}
		kept = append(kept, v)
	}
	return kept, dropped
}

// findLapsed returns the questions that do not apply and have an answer in
// scaffold.yaml, sorted, because a later pack may not ask them at all.
func findLapsed(answers answer.Answers, recorded answer.Layer) []string {
	var names []string
	for _, v := range recorded {
		if a, _ := answers.Find(v.Name); a.From == answer.Absent {
			names = append(names, v.Name)
		}
	}
	slices.Sort(names)
	return names
}

// findUnrecorded returns the answers that scaffold.yaml has not, or has otherwise.
// What does not apply stays there, because it may apply again.
func (g *Generator) findUnrecorded(answers answer.Answers, recorded answer.Layer) []answer.Answer {
	var set []answer.Answer
	for a := range answers.All() {
		q, _ := g.Pack.Question(a.Name)
		has := slices.ContainsFunc(recorded, func(v answer.Value) bool {
			if v.Name != a.Name {
				return false
			}
			canonical, err := q.Check(v.Typed)
			return err == nil && answer.Format(canonical) == answer.Format(a.Value)
		})
		if a.From != answer.Absent && !has {
			set = append(set, a)
		}
	}
	return set
}

// Record returns what a scaffold.yaml that has the recorded answers must be told of
// all answers, so that the next regenerate finds nothing to tell it.
func (g *Generator) Record(answers answer.Answers, recorded answer.Layer) project.Edit {
	e := project.Edit{Rename: make(map[string]string), Set: g.findUnrecorded(answers, recorded), Lapsed: findLapsed(answers, recorded)}
	for _, v := range recorded {
		if v.Old != "" {
			e.Rename[v.Old] = v.Name
		}
	}
	return e
}

func compareAnswers(p pack.Pack, old map[string]any, answers answer.Answers) []answer.Change {
	var changed []answer.Change
	for a := range answers.All() {
		was, called, had := recordedAnswer(p, old, a.Name)
		c := answer.Change{
			Name: a.Name, Old: was, New: a.Value,
			Was: had, Is: true, Default: a.From == answer.Default, Renamed: called,
		}
		lapsed := a.From == answer.Absent
		if had && answer.Format(was) == answer.Format(a.Value) && (lapsed || called == "") || lapsed && !had {
			continue
		}
		if lapsed {
			c.New, c.Is, c.Lapsed = nil, false, "which no longer applies"
			if q, _ := p.Question(a.Name); q.Needs != "" {
				c.Lapsed += ": it needs " + q.Needs
			}
		}
		changed = append(changed, c)
	}
	return changed
}

// recordedAnswer returns what a question was answered last time, and what it was
// called then, if that was another name.
func recordedAnswer(p pack.Pack, old map[string]any, name string) (value any, called string, had bool) {
	if value, had = old[name]; had {
		return value, "", true
	}
	q, _ := p.Question(name)
	for _, called := range q.Renamed {
		if value, had = old[called]; had {
			return value, called, true
		}
	}
	return nil, "", false
}

// addSetHint says how a recorded answer is changed that is refused.
func (g *Generator) addSetHint(err error, recorded answer.Layer, p project.Project, isRefused func(pack.Question, answer.Value) bool) error {
	var words []string
	for _, v := range recorded {
		if q, asked := g.Pack.Question(v.Name); asked && v.Typed != nil && isRefused(q, v) {
			words = append(words, "--set "+v.Name+"=VALUE")
		}
	}
	if len(words) == 0 || !problem.IsInput(err) {
		return err
	}
	if dir := filepath.Dir(p.Config.Name); dir != "." {
		words = append(words, problem.CommandLine(dir))
	}
	return problem.WithHint(err, "change it in %s, or: scaffold regenerate %s", p.Config.Name, strings.Join(words, " "))
}
