// Package form asks a person all that a new project needs: on a terminal that can
// move its cursor a page for each question, elsewhere a line for each.
//
// The questions come in the pack's order. The first pages have what has no default
// and the first six questions that are no prose, because a pack's author begins
// with what matters; the rest stands behind one more page, which asks whether to
// go through it. What does not apply is not asked. The last page shows what would
// be made, and the command that makes the same.
//
// It decides nothing and writes no file: a [Source] says how the questions stand,
// and what the answers come to.
package form

import (
	"context"
	"io"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
)

// A Source knows the questions and what comes of answers.
type Source interface {
	// Drafts says how each question stands, in the pack's order.
	Drafts(given answer.Layer) ([]answer.Draft, error)
	// Check returns why a value, which fits its question, cannot be taken.
	Check(q pack.Question, text string) error
	// Preview returns what would be made, or why nothing can be.
	Preview(given answer.Layer) (Preview, error)
}

// A Preview is what answers come to.
type Preview struct {
	Name    string                 // of what is made
	Tree    func(lines int) string // its files, folded to about so many lines
	Command string                 // what makes the same without a form
}

// A Terminal is where a person sits.
type Terminal struct {
	In    io.Reader
	Out   io.Writer
	Env   []string // KEY=VALUE
	Lines bool     // ask a line at a time, and never move the cursor
	Title string   // of every page
}

// Fill returns the answers of a person that are not the defaults. Whoever leaves
// the form ends it with [context.Canceled]; an input that ends is [answer.ErrEnd].
func (t Terminal) Fill(ctx context.Context, source Source) (answer.Layer, error) {
	s := &state{source: source, given: make(map[string]string)}
	if err := s.look(); err != nil {
		return nil, err
	}
	s.sort()
	if !slices.ContainsFunc(s.drafts, func(d answer.Draft) bool { return s.shows(d.Name) }) {
		return nil, nil // a page without a question is none
	}
	ask := t.askPages
	if t.Lines {
		ask = t.askLines
	}
	if err := ask(ctx, s); err != nil {
		return nil, err
	}
	return s.layer(), nil
}

// A state is what was answered so far.
type state struct {
	source      Source
	given       map[string]string // by question, what is not its default, as on a command line
	drafts      []answer.Draft    // with given
	asked       map[string]bool   // by question, whether the form has it: it was not answered before
	first, more []string          // the questions of the first pages, and the rest
	wantsMore   bool
	refused     error // by Drafts, of answers that all fit their questions
}

const mostFirst = 6

// Split returns the questions of the first pages, and the rest.
func Split(questions []pack.Question) (first, more []string) {
	counted := 0
	for _, q := range questions {
		early := q.Default == nil
		if q.Type != pack.Text && counted < mostFirst {
			counted++
			early = true
		}
		if early {
			first = append(first, q.Name)
		} else {
			more = append(more, q.Name)
		}
	}
	return first, more
}

// sort decides which questions come first, and which were answered before.
func (s *state) sort() {
	s.asked = make(map[string]bool)
	var questions []pack.Question
	for _, d := range s.drafts {
		s.asked[d.Name] = !d.Given
		questions = append(questions, d.Question)
	}
	s.first, s.more = Split(questions)
}

// layer returns the answers to what applies.
func (s *state) layer() answer.Layer {
	var layer answer.Layer
	for _, d := range s.drafts {
		if text, ok := s.given[d.Name]; ok && d.Applies {
			layer = append(layer, answer.Value{Name: d.Name, Text: text, Where: "--" + answer.FlagName(d.Name)})
		}
	}
	return layer
}

// look finds out how the questions stand now.
func (s *state) look() error {
	var layer answer.Layer
	for name, text := range s.given {
		layer = append(layer, answer.Value{Name: name, Text: text, Where: "--" + answer.FlagName(name)})
	}
	drafts, err := s.source.Drafts(layer)
	if err == nil {
		s.drafts = drafts
	}
	s.refused = err
	return err
}

func (s *state) find(name string) answer.Draft {
	for _, d := range s.drafts {
		if d.Name == name {
			return d
		}
	}
	return answer.Draft{}
}

// shows reports whether the form asks the question now.
func (s *state) shows(name string) bool { return s.asked[name] && s.find(name).Applies }

// check returns why text does not answer the question. An empty one is the default
// where there is one.
func (s *state) check(name, text string) error {
	d := s.find(name)
	if text == "" && d.Default != nil {
		return nil
	}
	if err := answer.Check(d.Question, text); err != nil {
		return err
	}
	return s.source.Check(d.Question, text)
}

// checkList is check for a list of which each choice is seen: an empty one is no
// wish for the default.
func (s *state) checkList(q pack.Question, text string) error {
	if text == "" && answer.Check(q, text) != nil {
		return problem.Input("nothing is chosen: want at least one of %s", strings.Join(q.Choices, ", "))
	}
	return s.check(q.Name, text)
}

// put takes text, which was checked, as the answer. What is the default is not
// kept, because that may follow from an answer that changes.
func (s *state) put(name, text string) {
	d := s.find(name)
	if value, err := answer.Parse(d.Question, text); err == nil {
		text = answer.Format(value) // yes is true
	}
	if d.Default != nil && (text == "" || text == answer.Format(d.Default)) {
		delete(s.given, name)
	} else {
		s.given[name] = text
	}
	s.look() // an error stays for the last page, which asks again
}

// preview returns what would be made now.
func (s *state) preview() (Preview, error) {
	if s.refused != nil {
		return Preview{}, s.refused
	}
	return s.source.Preview(s.layer())
}

// nameMore says in a line what stands behind more.
func (s *state) nameMore() string {
	var names []string
	for _, name := range s.more {
		if s.shows(name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
