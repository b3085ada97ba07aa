package author

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/format"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/render"
	"scaffold/generator/tree"
)

// A trial renders a pack for one row of answers after the other.
type trial struct {
	ctx    context.Context
	values map[string][]string
	linter *linter
	wrote  map[string]bool              // by template, whether any answers write it
	failed map[string]map[string]string // by kind of failure, the first row that makes it
	causes map[string]error             // and the error
	said   map[string]bool              // of a template, what was hinted
	began  time.Time
	spent  float64 // see render.Run.Spent, of all runs
	read   int     // bytes of Go that were compared with gofmt's
	late   bool    // not all was tried, because it took too long
	err    error   // of the environment
}

// Limits on all trials of a pack together: how long they take, how many runs' limits
// they come to, and how many bytes of Go are formatted, each of which takes a hundred
// of memory.
const (
	maxTrial  = 20 * time.Second
	maxSpent  = 2
	maxFormat = 4 << 20
)

// tryAnswers renders the pack for a pairwise covering of its answers.
func (l *linter) tryAnswers(ctx context.Context) error {
	values, without := trialValues(l.pack)
	if len(without) > 0 {
		for _, q := range without {
			l.hint(l.asked[q.Name], ruleUntried, "question %q: no answer is found to try the pack with: give it a default", q.Name)
		}
		return nil
	}
	t := trial{ctx: ctx, values: values, linter: l, wrote: map[string]bool{}, failed: map[string]map[string]string{}, causes: map[string]error{}, said: map[string]bool{}, began: time.Now()}
	rows, left := Pairs(values, t.takes)
	switch {
	case t.err != nil:
		return t.err
	case len(rows) == 0 && len(t.failed) == 0:
		l.add(Place{Path: l.manifest()}, ruleFails, "the pack refuses all answers that were tried, its defaults among them")
		return nil
	case t.late:
		l.hint(Place{Path: l.manifest()}, ruleUntried, "not all answers were tried, because the pack takes long to render: %s in all", count(len(rows), "combination"))
	case left > 0 && len(t.failed) == 0:
		l.hint(Place{Path: l.manifest()}, ruleUntried, "%d pairs of answers were not tried, because there are too many", left)
	}
	for _, kind := range slices.Sorted(maps.Keys(t.failed)) {
		row := t.shrink(kind)
		l.addError(t.causes[kind], ruleFails, describeRow(row, values))
	}
	if t.read > maxFormat {
		l.hint(Place{Path: l.manifest()}, ruleUntried, "not all Go was looked at for what gofmt would change, because there is more than %d MiB of it", maxFormat>>20)
	}
	if len(t.failed) == 0 && !t.late {
		t.findUnwritten()
	}
	return nil
}

// maxFailed is how many kinds of failure are looked for.
const maxFailed = 20

// takes tries a row, and reports whether all of it was seen: not where the pack refuses
// it, which is no failure, or where one failure may hide another.
func (t *trial) takes(row map[string]string) bool {
	if t.end(); t.late || t.err != nil || len(t.failed) >= maxFailed {
		return false
	}
	files, taken, err := t.render(row)
	if err != nil && !problem.IsInput(err) {
		t.err = err
		return false
	}
	for _, e := range leaves(err) {
		if kind := failureKind(e); t.failed[kind] == nil {
			t.failed[kind], t.causes[kind] = row, e
		}
	}
	for f := range files.All() {
		t.lookAt(f, row)
		t.wrote[f.Origin] = true
	}
	return taken && err == nil
}

// end notes when no more is tried.
func (t *trial) end() {
	t.late = t.late || t.spent >= maxSpent || time.Since(t.began) > maxTrial
}

// failureKind returns what failures have in common that mending one mends: a file that
// does not parse says so in other words for other answers.
func failureKind(err error) string {
	kind, _, _ := strings.Cut(err.Error(), ", which does not parse")
	return kind
}

// render also reports whether the pack takes the answers.
func (t *trial) render(row map[string]string) (files tree.Tree, taken bool, err error) {
	p := t.linter.pack
	run := t.linter.compiled.Run(t.ctx)
	defer func() { t.spent += run.Spent() }()
	answers, err := answer.Resolve(p, []answer.Layer{layerOf(p, row)}, run.Eval, answer.Asker{})
	if err != nil {
		return tree.Tree{}, true, err
	}
	if refuses(p, run, answers) != "" {
		return tree.Tree{}, false, nil
	}
	if files, err = run.Render(answers); problem.IsInput(err) {
		err = problem.AsInput(errors.Join(err, clashes(p, run, answers)))
	}
	return files, true, err
}

// clashes returns which files of a pack write one path, where they cannot be rendered.
func clashes(p pack.Pack, run *render.Run, answers answer.Answers) error {
	var files []tree.File
	for f := range p.Files.All() {
		target := p.Target(f.Path)
		written := !slices.ContainsFunc(target.Whens, func(when string) bool {
			text, err := run.Eval(when, answers.Data())
			return err != nil || strings.TrimSpace(text) != "true"
		})
		to, err := run.Eval(target.To, answers.Data())
		if written && err == nil && tree.CheckPath(to) == nil {
			files = append(files, tree.File{Path: to, Origin: f.Path})
		}
	}
	_, err := tree.New(files...)
	return err
}

// refuses returns why a pack does not take the answers, or "".
func refuses(p pack.Pack, run *render.Run, answers answer.Answers) string {
	for _, r := range p.Refuse {
		if text, err := run.Eval(r.When, answers.Data()); err == nil && strings.TrimSpace(text) == "true" {
			return r.Say
		}
	}
	return ""
}

// shrink returns of a row that fails what it fails for: it takes the usual value for
// one answer after the other, as long as it fails the same way and that takes little.
func (t *trial) shrink(kind string) map[string]string {
	row := maps.Clone(t.failed[kind])
	for _, name := range slices.Sorted(maps.Keys(row)) {
		if t.end(); t.late {
			break
		}
		fewer := maps.Clone(row)
		fewer[name] = t.values[name][0]
		_, _, err := t.render(fewer)
		same := func(e error) bool { return failureKind(e) == kind }
		if i := slices.IndexFunc(leaves(err), same); i >= 0 {
			row, t.causes[kind] = fewer, leaves(err)[i]
		}
	}
	return row
}

func (t *trial) findUnwritten() {
	l := t.linter
	for f := range l.pack.Files.All() {
		if !t.wrote[f.Path] {
			l.hint(t.at(f.Path), ruleUnused, "no answers that were tried write this file: look at its when")
		}
	}
}

func (t *trial) at(origin string) Place {
	f, ok := t.linter.pack.Files.Find(origin)
	if !ok {
		f.Path = origin
	}
	return Place{Path: t.linter.pack.FileAt(t.linter.display, f)}
}

// maxPath leaves room for a folder before a path where 260 characters are all that
// Windows takes.
const maxPath = 200

// lookAt hints at what is odd about a file that was rendered, once for a template.
func (t *trial) lookAt(f tree.File, row map[string]string) {
	hint := func(rule, format string, args ...any) {
		if key := rule + " " + f.Origin; !t.said[key] {
			t.said[key] = true
			t.linter.hint(t.at(f.Origin), rule, "%s%s", fmt.Sprintf(format, args...), describeRow(row, t.values))
		}
	}
	if i := strings.IndexFunc(f.Path, func(r rune) bool { return r > 0x7e }); i >= 0 {
		hint(ruleName, "writes %q: not every system has letters outside ASCII in the same encoding", f.Path)
	}
	if len(f.Path) > maxPath {
		hint(ruleName, "writes %q of %d bytes: Windows takes 260 with all folders above it", f.Path, len(f.Path))
	}
	copied := !strings.HasSuffix(f.Origin, pack.TemplateSuffix)
	if path.Ext(f.Path) != ".go" || t.said[ruleGofmt+" "+f.Origin] || copied && t.wrote[f.Origin] {
		return
	}
	if t.read += len(f.Data); t.read > maxFormat {
		return
	}
	if err, _ := render.CheckSyntax(f); err != nil {
		return // what is nested too deep would overflow the formatter
	}
	formatted, err := format.Source(f.Data)
	if err == nil && !bytes.Equal(formatted, f.Data) {
		hint(ruleGofmt, "writes %s, which gofmt would change in line %d", f.Path, firstDifference(f.Data, formatted))
	}
}

func firstDifference(a, b []byte) int {
	line := 1
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '\n' {
			line++
		}
	}
	return line
}
