package render

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"scaffold/generator/answer"
	"scaffold/generator/lazyregexp"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A Run is one use of a pack: its conditions and defaults, then its files, then
// its closing text. They share one limit on what they do, and one context.
type Run struct {
	*Pack
	Notes   []string // what may be wrong with a file, and is written nevertheless
	meter   *meter
	checked int // see maxChecked
	held    map[*template.Template]bool
}

// Run begins a run. Several of one pack may take turns, but not run side by side.
func (p *Pack) Run(ctx context.Context) *Run { return &Run{Pack: p, meter: newMeter(ctx)} }

// Spent returns how much of what it may do the run has done, from 0 to about 2: its
// templates, and what was read of their output. From 1 on something was refused, or
// was not read.
func (r *Run) Spent() float64 {
	return float64(maxSteps-r.meter.left)/maxSteps + min(1, float64(r.checked)/maxChecked)
}

// Eval evaluates a text of the pack's manifest over answers: an [answer.Eval].
func (r *Run) Eval(text string, data map[string]any) (string, error) {
	t, err := r.templates.shared(r.name, text)
	if err != nil {
		return "", unnamed{err, r.name}
	}
	out, err := "", error(nil)
	if data, err = r.compute(data, r.templates.uses[t]...); err == nil {
		out, err = r.text(t, data)
	}
	if err != nil {
		err = unnamed{err, t.Name()}
	}
	return out, err
}

// compute returns data with the values at these places of the pack's, and those
// that they need.
func (r *Run) compute(data map[string]any, values ...int) (map[string]any, error) {
	if len(values) == 0 {
		return data, nil
	}
	data = maps.Clone(data)
	return data, r.computeInto(data, values)
}

func (r *Run) computeInto(data map[string]any, values []int) error {
	for _, i := range values {
		v, t := r.pack.Values[i], r.values[i]
		if _, known := data[v.Name]; known {
			continue
		}
		if err := r.computeInto(data, r.templates.uses[t]); err != nil {
			return err
		}
		text, err := r.text(t, data)
		if err != nil {
			return err
		}
		text = strings.TrimSpace(text)
		switch {
		case v.Type != pack.Bool:
			data[v.Name] = text
		case text != "" && text != "true" && text != "false":
			return fmt.Errorf("%s: %.100q is neither true nor false", t.Name(), text)
		default:
			data[v.Name] = text == "true"
		}
	}
	return nil
}

// complete returns the answers with all values, as files see them.
func (r *Run) complete(a answer.Answers) (map[string]any, error) {
	all := make([]int, len(r.values))
	for i := range all {
		all[i] = i
	}
	return r.compute(a.Data(), all...)
}

// An unnamed error is one of a template without the template's name, since who
// asks knows which text that was, and another place may have the same.
type unnamed struct {
	error
	name string
}

func (u unnamed) Error() string {
	text := strings.TrimPrefix(u.error.Error(), u.name+":")
	text = strings.Replace(text, fmt.Sprintf("executing %q ", u.name), "", 1)
	return unanswered.ReplaceAllString(text, `$1 is asked later: a condition or default may use what is asked above it`)
}

// unanswered is how text/template says that the question is asked later, since
// those that are never asked were found before.
var unanswered = lazyregexp.New(`map has no entry for key "([a-z0-9_]+)"$`)

func (u unnamed) Unwrap() error { return u.error }

// Next returns the pack's closing text for the answers.
func (r *Run) Next(a answer.Answers) (string, error) {
	data, err := r.complete(a)
	if err != nil {
		return "", err
	}
	return r.text(r.next, data)
}

// Render returns the files that the answers ask for, or why the pack does not
// take them. All templates are run before any error is returned, unless the run
// has come to its limit or there are more errors than anybody reads.
func (r *Run) Render(a answer.Answers) (tree.Tree, error) {
	data, err := r.complete(a)
	if err == nil {
		err = r.refused(data)
	}
	if err != nil {
		return tree.Tree{}, problem.AsInput(err)
	}
	if r.module != nil {
		return r.renderModule(data)
	}
	files := make([]tree.File, 0, len(r.files))
	var errs problems
	var size int64
	r.held = make(map[*template.Template]bool)
	for _, f := range r.files {
		out, ok, err := r.file(f, data, a)
		if ended := r.meter.ended(); ended != nil {
			return tree.Tree{}, problem.AsInput(cmp.Or(err, ended))
		}
		errs.add(err)
		if errs.full() {
			break
		}
		if !ok {
			continue
		}
		if size += int64(len(out.Data)); size > maxOutput {
			return tree.Tree{}, problem.Input("%s: writes more than %d MiB", r.name, maxOutput>>20)
		}
		files = append(files, out)
	}
	if err := errs.join(); err != nil {
		return tree.Tree{}, err
	}
	rendered, err := tree.New(files...)
	if err != nil {
		return tree.Tree{}, problem.Input("%s: %w", r.name, err)
	}
	return rendered, nil
}

func (r *Run) refused(data map[string]any) error {
	var errs []error
	for i, not := range r.refusals {
		text, err := r.text(not, data)
		if err == nil && strings.TrimSpace(text) == "true" {
			err = problem.Input("%s", r.pack.Refuse[i].Say)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (r *Run) file(f file, data map[string]any, a answer.Answers) (out tree.File, ok bool, err error) {
	if err := r.meter.charge(nodePrice * (1 + len(f.whens))); err != nil {
		return out, false, fmt.Errorf("%s: %w", f.at, err)
	}
	for _, when := range f.whens {
		if holds, err := r.holds(when, data); err != nil || !holds {
			return out, false, err
		}
	}
	to := f.target.To
	if f.to != nil {
		if to, err = r.text(f.to, data); err != nil {
			return out, false, err
		}
		again := func(answers map[string]any) (string, error) {
			data, err := r.compute(answers, r.templates.uses[f.to]...)
			if err != nil {
				return "", err
			}
			return r.text(f.to, data)
		}
		if err := checkDestination(to, a, again); err != nil {
			return out, false, fmt.Errorf("%s: %w", f.at, err)
		}
	}
	out = tree.File{Path: to, Mode: f.target.Mode, Data: f.source.Data, Origin: f.source.Path, Once: f.target.Once, With: f.target.With}
	if f.body == nil {
		return out, true, nil
	}
	if out.Data, err = r.execute(f.body, data, errLongFile); err != nil {
		return out, false, err
	}
	return out, true, r.check(f, out)
}

// holds reports whether a condition does. That of a folder comes with every file
// in it, and is executed once.
func (r *Run) holds(when *template.Template, data map[string]any) (bool, error) {
	holds, known := r.held[when]
	if known {
		return holds, nil
	}
	text, err := r.text(when, data)
	if err != nil {
		return false, err
	}
	r.held[when] = strings.TrimSpace(text) == "true"
	return r.held[when], nil
}

// text returns what a condition, destination, default or closing text writes.
func (r *Run) text(t *template.Template, data map[string]any) (string, error) {
	out, err := r.execute(t, data, errLongText)
	return string(out), err
}

// execute runs t on the run's account.
func (r *Run) execute(t *template.Template, data map[string]any, most tooLong) ([]byte, error) {
	r.templates.account(r.meter)
	out := output{meter: r.meter, most: most}
	r.meter.at = 0
	err := r.meter.charge(callPrice)
	if err == nil {
		err = t.Execute(&out, data)
	}
	if err == nil {
		return bytes.Clone(out.Bytes()), nil // the buffer may have twice the room
	}
	if canceled := r.meter.ctx.Err(); canceled != nil {
		return nil, canceled
	}
	limit, said := limitOf(err), positioned(err)
	place, executing, ok := strings.Cut(said.Error(), ": executing ")
	switch {
	case limit == nil && !ok:
		return nil, said
	case limit == nil:
		return nil, errors.New(countFromOne(place) + ": executing " + executing)
	case !ok: // at a write, of which text/template says no position
		place, _ = t.ErrorContext(chargeNode(0, r.meter.at))
	}
	return nil, fmt.Errorf("%s: %w", countFromOne(place), limit)
}

type output struct {
	bytes.Buffer
	meter *meter
	most  tooLong
}

// A tooLong is how many bytes a template may write, and the error if it writes more.
type tooLong int

const (
	errLongFile tooLong = 64 << 20
	errLongText tooLong = 64 << 10
)

func (most tooLong) Error() string {
	if most >= 1<<20 {
		return fmt.Sprintf("writes more than %d MiB", most>>20)
	}
	return fmt.Sprintf("writes more than %d KiB", most>>10)
}

// itemPrice is what it costs to print one item of a list or of all answers.
const itemPrice = 128

// writePrice is what it costs to write p. What looks like a list or like all answers,
// as fmt prints them, took longer than its bytes say.
func writePrice(p []byte) int {
	if bytes.HasSuffix(p, []byte("]")) && (p[0] == '[' || bytes.HasPrefix(p, []byte("map["))) {
		return len(p) + itemPrice*bytes.Count(p, []byte(" "))
	}
	return len(p)
}

func (o *output) Write(p []byte) (int, error) {
	if o.Len()+len(p) > int(o.most) {
		return 0, o.most
	}
	if err := o.meter.charge(writePrice(p)); err != nil {
		return 0, err
	}
	return o.Buffer.Write(p)
}

func limitOf(err error) error {
	for _, limit := range []error{errOverspent, errLongFile, errLongText} {
		if errors.Is(err, limit) {
			return limit
		}
	}
	return nil
}

// checkDestination refuses a path that may not be written, and says which answers
// make it: with another value of them it is another path, and a good one if there
// are such.
func checkDestination(path string, a answer.Answers, execute func(answers map[string]any) (string, error)) error {
	err := tree.CheckPath(path)
	if err == nil {
		return nil
	}
	data := a.Data()
	var part, bad []string
	other := maps.Clone(data)
	for _, name := range slices.Sorted(maps.Keys(data)) {
		value, ok := data[name].(string)
		if !ok {
			continue
		}
		other[name] = "x"
		to, failed := execute(other)
		other[name] = value
		switch {
		case failed != nil || to == path:
		case tree.CheckPath(to) == nil:
			bad = append(bad, fmt.Sprintf("%s %.100q", name, value))
		default:
			part = append(part, fmt.Sprintf("%s %.100q", name, value))
		}
	}
	if len(bad) == 0 {
		bad = part
	}
	if len(bad) == 0 {
		return err
	}
	return fmt.Errorf("%w (by the answer %s)", err, strings.Join(bad, " and "))
}
