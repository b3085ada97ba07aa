package adopt

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/tree"
)

// maxRenders bounds the search for the answers to one version of a pack.
const maxRenders = 600

// A search looks for the answers with which a pack writes what is most like what is
// on disk. It is hill climbing: it changes one answer at a time and keeps what is
// nearer, so that it ends at answers of which no single other one is.
type search struct {
	ctx       context.Context
	generator *generator.Generator
	disk      *disk
	given     []answer.Layer // which stay
	chosen    map[string]any // what is proposed so far, by question
	standIns  map[string]any // for questions without a default that nothing answers yet
	why       map[string]string
	folders   map[string][]string // names in folders of the disk, by folder
	renders   int
	best      trial // by what is chosen
}

// A trial is what a pack writes with some answers.
type trial struct {
	answers answer.Answers
	tree    tree.Tree
	likeness
}

func newSearch(ctx context.Context, g *generator.Generator, d *disk, given []answer.Layer) *search {
	return &search{ctx: ctx, generator: g, disk: d, given: given, chosen: make(map[string]any), standIns: make(map[string]any),
		why: make(map[string]string), folders: make(map[string][]string)}
}

// try renders with what is chosen and one answer more. That the pack refuses it is
// no error: then ok is false.
func (s *search) try(name string, value any) (t trial, ok bool, err error) {
	return s.tryAll(map[string]any{name: value})
}

func (s *search) tryAll(more map[string]any) (t trial, ok bool, err error) {
	if err := s.ctx.Err(); err != nil {
		return t, false, err
	}
	if s.renders++; s.renders > maxRenders {
		return t, false, nil
	}
	t, err = s.render(more)
	if err != nil {
		return t, false, s.ctx.Err()
	}
	t.likeness, err = s.disk.likeness(t.tree)
	return t, err == nil, err
}

// render returns why the pack does not take the answers as an error.
func (s *search) render(more map[string]any) (t trial, err error) {
	with := maps.Clone(s.chosen)
	maps.Copy(with, more)
	run := s.generator.Begin(s.ctx)
	t.answers, err = answer.Resolve(s.generator.Pack, append(slices.Clip(s.given), asLayer(with), asLayer(s.standIns)), run.Eval, answer.Asker{})
	if err == nil {
		t.tree, err = run.Render(t.answers)
	}
	t.tree = t.tree.Composed() // accents as the base has them
	return t, err
}

// asLayer returns values in order, as typed ones, because such may be given to
// questions that do not apply.
func asLayer(values map[string]any) answer.Layer {
	var layer answer.Layer
	for _, name := range slices.Sorted(maps.Keys(values)) {
		layer = append(layer, answer.Value{Name: name, Typed: values[name], Where: "adopt: " + name})
	}
	return layer
}

// better takes an answer if what the pack writes with it is nearer.
func (s *search) better(q pack.Question, value any, why string) (bool, error) {
	t, ok, err := s.try(q.Name, value)
	if err != nil || !ok || !s.isNearer(t) {
		return false, err
	}
	s.take(t, move{q.Name, value})
	s.why[q.Name] = why
	return true, nil
}

// isNearer reports whether a trial is nearer than the best, by more than the sum of its
// marks differs with their order.
func (s *search) isNearer(t trial) bool { return t.score > s.best.score+1e-6 }

// take makes a trial the best, with the answers that it has more.
func (s *search) take(t trial, moves ...move) {
	s.best = t
	for _, m := range moves {
		s.chosen[m.name] = m.value
		delete(s.standIns, m.name)
	}
}

// explain names the file that speaks most for a trial instead of another.
func (s *search) explain(was, is trial) string {
	var path string
	var most float64
	why := ""
	for f := range is.tree.All() {
		m := s.disk.compare(f)
		gain := m.score()
		old, wrote := was.tree.Find(f.Path)
		if wrote {
			gain -= s.disk.compare(old).score()
		}
		if m.there && gain > most {
			path, most = f.Path, gain
			if why = "as " + path + " says"; !wrote {
				why = path + " is there"
			}
		}
	}
	for f := range was.tree.All() {
		_, writes := is.tree.Find(f.Path)
		if gain := -s.disk.compare(f).score(); !writes && gain > most {
			path, most, why = f.Path, gain, "there is no "+f.Path
		}
	}
	return why
}

// asked returns the questions that nobody answered.
func (s *search) asked() []pack.Question {
	return slices.DeleteFunc(slices.Clone(s.generator.Pack.Questions), func(q pack.Question) bool {
		return slices.ContainsFunc(slices.Concat(s.given...), func(v answer.Value) bool { return v.Name == q.Name })
	})
}

// start renders the defaults, with what known places say and stand-ins for the rest.
func (s *search) start(known []candidate) error {
	for _, q := range s.asked() {
		if _, chosen := s.chosen[q.Name]; q.Default == nil && !chosen {
			s.standIns[q.Name] = standIn(q)
		}
	}
	for _, c := range known {
		q, asked := s.generator.Pack.Question(c.name)
		if _, err := q.Check(c.value); !asked || err != nil || s.chosen[c.name] != nil || !slices.ContainsFunc(s.asked(), func(a pack.Question) bool { return a.Name == c.name }) {
			continue
		}
		s.chosen[c.name], s.why[c.name] = c.value, c.why
		delete(s.standIns, c.name)
	}
	t, ok, err := s.tryAll(nil)
	if err == nil && !ok {
		_, err = s.render(nil)
		if err == nil {
			err = fmt.Errorf("more than %d renders", maxRenders)
		}
	}
	s.best = t
	return err
}

// climb goes through all questions until no answer is better than the one it has.
func (s *search) climb() error {
	const rounds = 4 // because an answer may show only when another is right
	for range rounds {
		moved := false
		for _, q := range s.asked() {
			a, _ := s.best.answers.Find(q.Name)
			if a.From == answer.Absent {
				continue
			}
			for _, value := range alternatives(q, a.Value) {
				found, err := s.better(q, value, "")
				if err != nil {
					return err
				}
				moved = moved || found
			}
		}
		found, err := s.readTexts()
		if err != nil {
			return err
		}
		if moved || found {
			continue
		}
		if moved, err = s.pair(); err != nil || !moved {
			return err
		}
	}
	return nil
}

// pair tries what the pack refuses with the answers so far together with other answers
// to another question, because a web server may need another transport than was found
// before it.
func (s *search) pair() (moved bool, err error) {
	var all, refused []move
	for _, q := range s.asked() {
		a, _ := s.best.answers.Find(q.Name)
		for _, value := range alternatives(q, a.Value) {
			m := move{q.Name, value}
			all = append(all, m)
			if _, err := s.render(map[string]any{m.name: m.value}); err != nil {
				refused = append(refused, m)
			}
		}
	}
	for _, one := range refused {
		for _, other := range all {
			if other.name == one.name {
				continue
			}
			t, ok, err := s.tryAll(map[string]any{one.name: one.value, other.name: other.value})
			if err != nil {
				return moved, err
			}
			if ok && s.isNearer(t) {
				s.take(t, one, other)
				moved = true
			}
		}
	}
	return moved, s.ctx.Err()
}

// A move is another answer to a question.
type move struct {
	name  string
	value any
}

// alternatives returns the other answers to a question with few: all of them, and of
// a list those with one item more or fewer, and those with one alone.
func alternatives(q pack.Question, now any) []any {
	var others []any
	switch q.Type {
	case pack.Bool:
		others = append(others, now != true)
	case pack.Choice:
		for _, c := range q.Choices {
			if c != now {
				others = append(others, c)
			}
		}
	case pack.Choices:
		has, _ := now.([]string)
		for _, c := range q.Choices {
			without := slices.DeleteFunc(slices.Clone(has), func(item string) bool { return item == c })
			if len(without) == len(has) {
				without = append(without, c)
			}
			others = append(others, without, []string{c})
		}
	}
	return slices.DeleteFunc(others, func(value any) bool {
		checked, err := q.Check(value)
		return err != nil || answer.Format(checked) == answer.Format(now)
	})
}

// proposed returns what was chosen where it is not the default, in the pack's order.
// Where no place says why, the difference to the default does.
func (s *search) proposed() []Proposal {
	var list []Proposal
	for _, q := range s.generator.Pack.Questions {
		value, chosen := s.chosen[q.Name]
		a, _ := s.best.answers.Find(q.Name)
		if !chosen || a.From == answer.Absent {
			continue
		}
		why := s.why[q.Name]
		delete(s.chosen, q.Name)
		t, err := s.render(nil)
		s.chosen[q.Name] = value
		if err == nil {
			was, _ := t.answers.Find(q.Name)
			if answer.Format(was.Value) == answer.Format(a.Value) {
				continue
			}
			if _, err := s.disk.likeness(t.tree); err == nil {
				why = cmp.Or(why, s.explain(t, s.best))
			}
		}
		list = append(list, Proposal{Name: q.Name, Value: a.Value, Why: cmp.Or(why, "fits best")})
	}
	return list
}
