// Package answer turns what people say (flags, an answers file, scaffold.yaml, a
// terminal) into one validated value for every question of a pack.
//
// It neither reads files nor owns a terminal: layers of given values come in,
// and an [Asker] asks. A question that is not answered by any of them takes its
// default; one without a default is missing, and all missing ones are reported
// together.
package answer

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
)

// An Answer is the value that a question has in a project.
type Answer struct {
	Name  string
	Value any // string, bool, int or []string, as the question's type says
	From  Origin
}

// An Origin says who answered.
type Origin int

const (
	Given   Origin = iota // by a layer or the asker
	Default               // by the pack
	Absent                // by nobody: the question does not apply
)

// Answers are the answers to all questions of a pack, in its order.
type Answers struct {
	list []Answer
}

// All yields the answers in the order of the questions.
func (a Answers) All() iter.Seq[Answer] { return slices.Values(a.list) }

// Find returns the answer to the question called name.
func (a Answers) Find(name string) (Answer, bool) {
	i := slices.IndexFunc(a.list, func(x Answer) bool { return x.Name == name })
	if i < 0 {
		return Answer{}, false
	}
	return a.list[i], true
}

// Data returns the answers as templates see them.
func (a Answers) Data() map[string]any {
	data := make(map[string]any, len(a.list))
	for _, x := range a.list {
		data[x.Name] = x.Value
	}
	return data
}

// A Value is one answer as somebody gave it.
type Value struct {
	Name  string
	Text  string // from a flag or prompt, to be parsed as the type says
	Typed any    // from YAML, already typed; nil where Text counts
	Where string // "--style", "answers.yaml:3:1"
	Old   string // the name that it was written by, if the question has another one now

	Personal bool // one of the user's defaults: where Text counts, it is a template, as the pack's are
}

// A Layer is what one source gave. Of several layers the first counts.
type Layer []Value

// Eval evaluates a template text over the answers so far.
type Eval func(text string, data map[string]any) (string, error)

// An Asker asks a person. The zero value asks nobody.
type Asker struct {
	// Ask returns the answer to q; check says what is wrong with one, for
	// asking again. An error stops everything.
	Ask func(q pack.Question, check func(text string) error) (string, error)
	// Flag returns how the answer to a question is given on the command line,
	// for messages: nil means by its own flag.
	Flag func(name string) string
}

func (a Asker) flag(name string) string {
	if a.Flag == nil {
		return "--" + FlagName(name)
	}
	return a.Flag(name)
}

// ErrEnd is returned by an Asker whose input has ended.
var ErrEnd = errors.New("stopped: the input ended at a question; nothing was changed")

// Resolve answers every question of p. Layers count in their order, then the
// asker is asked for what has no default. All unusable and all missing answers
// are reported at once, as input errors.
func Resolve(p pack.Pack, layers []Layer, eval Eval, asker Asker) (Answers, error) {
	r := resolver{pack: p, eval: eval, asker: asker, data: make(map[string]any)}
	given, errs := mergeLayers(p, layers)
	r.errs = errs
	refused := slices.ContainsFunc(p.Questions, func(q pack.Question) bool {
		v, ok := given[q.Name]
		if !ok || v.isTemplate() { // what that says is not known yet
			return false
		}
		_, err := v.value(q)
		return err != nil
	})
	if len(errs) > 0 || refused {
		r.asker.Ask = nil // because what is typed would be refused with the rest
	}
	for _, q := range p.Questions {
		if err := r.resolve(q, given); err != nil {
			return Answers{}, err
		}
	}
	for _, q := range r.missing {
		r.errs = append(r.errs, problem.Input("%s is missing: give %s (%s%s)", q.Name, r.asker.flag(q.Name), q.Help, choicesOf(q, ": ", "")))
	}
	if err := errors.Join(r.errs...); err != nil {
		return Answers{}, err
	}
	return r.answers, nil
}

// maxUnknown is how many names that no question has are reported, because the
// nearest question is looked for among all of them.
const maxUnknown = 20

// mergeLayers returns the strongest value for each question, and what is wrong
// with the names.
func mergeLayers(p pack.Pack, layers []Layer) (map[string]Value, []error) {
	given := make(map[string]Value)
	var errs []error
	var names []string
	known := make(map[string]bool)
	for _, q := range p.Questions {
		names = append(names, q.Name)
		known[q.Name] = true
	}
	unknown := 0
	for _, layer := range layers {
		seen := make(map[string]string)
		for _, v := range layer {
			switch where, twice := seen[v.Name]; {
			case !known[v.Name]:
				if unknown++; unknown > maxUnknown {
					continue
				}
				errs = append(errs, notAsked(p, v, names))
			case twice:
				errs = append(errs, problem.Input("%s: %s is given twice, first by %s", v.Where, v.Name, where))
			}
			seen[v.Name] = v.Where
			if _, taken := given[v.Name]; !taken {
				given[v.Name] = v
			}
		}
	}
	if more := unknown - maxUnknown; more > 0 {
		errs = append(errs, problem.Input("and %d answers more to questions that pack %s does not ask", more, p.Name))
	}
	return given, errs
}

// notAsked says of a name that no question has what else it may mean.
func notAsked(p pack.Pack, v Value, names []string) error {
	if q, renamed := p.Renamed(v.Name); renamed {
		err := problem.Input("%s: the question %s is called %s now", v.Where, v.Name, q.Name)
		return problem.WithHint(err, "--set %s=VALUE", q.Name)
	}
	err := problem.Input("%s: pack %s asks no question %q%s", v.Where, p.Name, v.Name, problem.DidYouMean(v.Name, names))
	if slices.ContainsFunc(p.Values, func(c pack.Value) bool { return c.Name == v.Name }) {
		err = problem.Input("%s: %s is not asked: pack %s computes it from the answers", v.Where, v.Name, p.Name)
	}
	return problem.WithHint(err, "the questions are %s", strings.Join(names, ", "))
}

type resolver struct {
	pack    pack.Pack
	eval    Eval
	asker   Asker
	data    map[string]any
	answers Answers
	errs    []error
	missing []pack.Question
}

func (r *resolver) put(q pack.Question, value any, from Origin) {
	r.data[q.Name] = value
	r.answers.list = append(r.answers.list, Answer{q.Name, value, from})
}

// resolve answers one question. It returns only what ends everything: what is wrong
// with an answer it keeps, and goes on with the zero value, because all is reported
// at once.
func (r *resolver) resolve(q pack.Question, given map[string]Value) error {
	applies, err := r.applies(q)
	if err != nil {
		return err
	}
	v, isGiven := given[q.Name]
	if !applies {
		r.refuseUnasked(q, v, isGiven)
		r.put(q, q.Zero(), Absent)
		return nil
	}
	if isGiven {
		value, err := r.value(v, q)
		if err != nil {
			r.errs = append(r.errs, v.refuse(q, err))
			value = q.Zero()
		}
		r.put(q, value, Given)
		return nil
	}
	return r.unanswered(q)
}

// refuseUnasked refuses an answer to what is not asked, unless that is what the
// question has then. A file may have one, because the question may apply again; and
// after an error it may apply to the right answers.
func (r *resolver) refuseUnasked(q pack.Question, v Value, given bool) {
	value, err := v.value(q)
	if !given || v.Typed != nil || v.Personal || len(r.errs) > 0 || err == nil && reflect.DeepEqual(value, q.Zero()) {
		return
	}
	why := r.pack.Name + " does not ask it with these answers" // because its condition is code
	if q.Needs != "" {
		why = "it needs " + q.Needs
	}
	r.errs = append(r.errs, problem.Input("%s: does not apply: %s", v.Where, why))
}

func (r *resolver) applies(q pack.Question) (bool, error) {
	if q.When == "" {
		return true, nil
	}
	text, err := r.eval(q.When, r.data)
	if err != nil {
		return false, problem.Input("pack %s: question %s: when: %w", r.pack.Name, q.Name, err)
	}
	return strings.TrimSpace(text) == "true", nil
}

func (v Value) isTemplate() bool { return v.Personal && v.Typed == nil }

// value returns what v answers to q, over the answers so far.
func (r *resolver) value(v Value, q pack.Question) (any, error) {
	if v.isTemplate() {
		text, err := r.evalText(q, v.Text)
		if err != nil {
			return nil, err
		}
		v.Text = text
	}
	return v.value(q)
}

func (v Value) value(q pack.Question) (any, error) {
	value := v.Typed
	if value == nil {
		var err error
		if value, err = q.Parse(v.Text); err != nil {
			return nil, err
		}
	}
	return q.Check(value)
}

// refuse says where v is from, and why it does not answer q.
func (v Value) refuse(q pack.Question, err error) error {
	return v.propose(q, problem.Input("%s: %w", v.Where, err))
}

// propose adds to why v is no answer to q one that is, if there is one like it.
func (v Value) propose(q pack.Question, err error) error {
	text := v.Text
	if typed, ok := v.Typed.(string); ok {
		text = typed
	}
	near := q.Propose(text)
	switch {
	case near == "":
		return err
	case v.Typed != nil || v.Personal:
		return problem.WithHint(err, "%s would do: write %s: %s", near, q.Name, near)
	case strings.HasPrefix(v.Where, "--set "):
		return problem.WithHint(err, "%s would do: --set %s=%s", near, q.Name, near)
	case v.Where == "":
		return problem.WithHint(err, "%s would do", near)
	}
	return problem.WithHint(err, "%s would do: --%s %s", near, FlagName(q.Name), near)
}

func (r *resolver) unanswered(q pack.Question) error {
	switch {
	case q.Default != nil:
		return r.takeDefault(q)
	case r.asker.Ask != nil:
		return r.ask(q)
	}
	r.missing = append(r.missing, q)
	r.put(q, q.Zero(), Absent)
	return nil
}

func (r *resolver) takeDefault(q pack.Question) error {
	value, err := r.evalDefault(q)
	if err != nil {
		return problem.Input("pack %s: question %s: default: %w", r.pack.Name, q.Name, err)
	}
	checked, err := checkDefault(q, value)
	if err != nil && len(r.errs)+len(r.missing) == 0 { // or it follows from an earlier one
		r.errs = append(r.errs, problem.WithHint(problem.Input("%s: its default: %w", q.Name, err), "%s sets it", r.asker.flag(q.Name)))
	}
	if err != nil {
		checked = q.Zero()
	}
	r.put(q, checked, Default)
	return nil
}

// evalDefault returns the default of q, which may be a template, over the answers
// so far.
func (r *resolver) evalDefault(q pack.Question) (any, error) {
	text, ok := q.Default.(string)
	if !ok {
		return q.Default, nil
	}
	return r.evalText(q, text)
}

// evalText evaluates a template that stands for an answer to q.
func (r *resolver) evalText(q pack.Question, text string) (string, error) {
	text, err := r.eval(text, r.data)
	if q.Type != pack.String && q.Type != pack.Text {
		text = strings.TrimSpace(text)
	}
	return text, err
}

// checkDefault returns what evalDefault returned as a value of q.
func checkDefault(q pack.Question, value any) (any, error) {
	if text, ok := value.(string); ok {
		var err error
		if value, err = q.Parse(text); err != nil {
			return nil, err
		}
	}
	return q.Check(value)
}

// Parse returns the answer that a text is to q, as it is typed, or why it is none,
// with what would be.
func Parse(q pack.Question, text string) (any, error) {
	value, err := Value{Text: text}.value(q)
	if err != nil {
		return nil, Value{Text: text}.propose(q, err)
	}
	return value, nil
}

// Check returns why a text does not answer q.
func Check(q pack.Question, text string) error {
	_, err := Parse(q, text)
	return err
}

func (r *resolver) ask(q pack.Question) error {
	text, err := r.asker.Ask(q, func(text string) error { return Check(q, text) })
	if err != nil {
		return err
	}
	value, err := Value{Text: text}.value(q)
	if err != nil {
		return problem.Input("%s: %w", q.Name, err)
	}
	r.put(q, value, Given)
	return nil
}

// FlagName returns a question's flag, which has - for _ because flags do.
func FlagName(name string) string { return strings.ReplaceAll(name, "_", "-") }

// Format returns a value as it is written on a command line, also one out of JSON.
func Format(value any) string {
	switch list := value.(type) {
	case []string:
		return strings.Join(list, ",")
	case []any:
		items := make([]string, len(list))
		for i, item := range list {
			items[i] = Format(item)
		}
		return strings.Join(items, ",")
	}
	return fmt.Sprint(value)
}

// A Change is an answer that is not what it was last time.
type Change struct {
	Name     string
	Old, New any    // as an [Answer]'s, or out of JSON; nil where there is none
	Was, Is  bool   // there was an old one, there is a new one
	Default  bool   // New is the pack's default
	Lapsed   string // why there is no new one, if its question does not apply now
	Renamed  string // what its question was called last time, if that was another name
}

func choicesOf(q pack.Question, before, after string) string {
	words := q.Want
	switch q.Type {
	case pack.Bool:
		words = "yes or no"
	case pack.Choice:
		words = strings.Join(q.Choices, ", ")
	case pack.Choices:
		words = "any of " + strings.Join(q.Choices, ",")
		if q.Empty {
			words += ", or none"
		}
	}
	if words == "" {
		return ""
	}
	return before + words + after
}
