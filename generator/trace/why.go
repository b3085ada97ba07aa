package trace

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"strings"

	"scaffold/generator/merge"
	"scaffold/generator/problem"
	"scaffold/generator/render"
	"scaffold/generator/resolve"
)

// Who wrote a run of lines.
const (
	ByTemplate = "template"
	ByYou      = "you"
	ByConflict = "conflict" // the template's new lines, or its old ones, or a marker
	TakenOut   = "deleted"  // by you: the template's lines stand here no more
)

// A Blame says of a file who wrote it.
type Blame struct {
	Path     string      `json:"path" says:"the file, from the project's folder"`
	From     string      `json:"from,omitempty" says:"the path that the template has for it, if you moved it"`
	Pack     string      `json:"pack,omitempty" says:"the pack that wrote it; of a file of your own there is none"`
	Version  string      `json:"version,omitempty" says:"the version that the lines are of, which is the last that wrote the file"`
	Lines    string      `json:"lines,omitempty" says:"the version of the template's lines, if that is another, which writes the same file"`
	Template string      `json:"template,omitempty" says:"the template, as a path from the pack's folder, or in the pack if that is not at hand"`
	To       []Value     `json:"to,omitempty" says:"the answers in the file's path"`
	Whens    []Condition `json:"whens,omitempty" says:"the rules of the manifest by which the file is there"`
	Kept     bool        `json:"kept,omitempty" says:"whether scaffold.yaml keeps the template out of it"`
	Once     bool        `json:"once,omitempty" says:"whether the template leaves it alone once you changed it"`
	Standing string      `json:"standing,omitempty" says:"why there are no lines to tell of: you deleted it, or it is binary"`
	Unknown  string      `json:"unknown,omitempty" says:"why the template's lines are not told"`
	Runs     []Run       `json:"runs" says:"the lines in their order, those together that have one origin"`

	hints []string
}

// Hints are what to do about what is Unknown.
func (s Blame) Hints() []string { return s.hints }

// A Run is lines that have one origin.
type Run struct {
	From         int         `json:"from" says:"the first line, from 1; of lines that are deleted, the line that stands there now"`
	To           int         `json:"to" says:"the last line; one less than from, where all are deleted"`
	By           string      `json:"by" one:"template,you,conflict,deleted" says:"who wrote it, or that you deleted it"`
	TemplateFrom int         `json:"templateFrom,omitempty" says:"the first line of the template that wrote it; not of what is yours, or not known"`
	TemplateTo   int         `json:"templateTo,omitempty" says:"the last line of the template"`
	Answers      []Value     `json:"answers,omitempty" says:"the answers, and the values of the pack, that may stand in the lines"`
	Conditions   []Condition `json:"conditions,omitempty" says:"under which the template writes them, the outermost first"`
	Side         string      `json:"side,omitempty" one:"marker,base,template" says:"of a conflict, which part of it"`
}

// A Value is an answer, or what the pack computes from some.
type Value struct {
	Name  string  `json:"name" says:"the question, or the value of the pack"`
	Value any     `json:"value" says:"what it is, as YAML has it"`
	Of    []Value `json:"of,omitempty" says:"the answers from which a value of the pack is computed"`
}

// JSONSchema returns the schema of a value, which may have others in it.
func (Value) JSONSchema() map[string]any {
	an := map[string]any{
		"name":  map[string]any{"type": "string", "description": "the question, or the value of the pack"},
		"value": map[string]any{"type": []string{"string", "number", "boolean", "array"}, "items": map[string]any{"type": "string"}, "description": "what it is, as YAML has it"},
	}
	with := map[string]any{"name": an["name"], "value": an["value"], "of": map[string]any{
		"type": "array", "description": "the answers from which a value of the pack is computed",
		"items": map[string]any{"type": "object", "properties": an, "required": []string{"name", "value"}},
	}}
	return map[string]any{"type": "object", "properties": with, "required": []string{"name", "value"}}
}

// A Condition is one under which a template writes something.
type Condition struct {
	Text    string  `json:"text" says:"as the template has it, as in if eq .transport \"fcgi\"; a rule's is a whole template"`
	Line    int     `json:"line,omitempty" says:"the line of the template; not of a rule in the manifest"`
	Else    bool    `json:"else,omitempty" says:"whether it does not hold"`
	Answers []Value `json:"answers,omitempty" says:"what decides it"`
}

// Why says who wrote a file.
func (s *Session) Why(ctx context.Context, name string) (Blame, error) {
	f, err := s.find(name)
	if err != nil {
		return Blame{}, err
	}
	if f.base == nil {
		blame := Blame{Path: f.at, Standing: "it is yours: the template wrote no such file", Runs: []Run{}}
		if of := s.besideOf(f.at); of != "" {
			blame.Standing = "it is the template's side of a conflict about " + of
		}
		return blame, nil
	}
	blame := Blame{Path: f.at, Pack: s.Project.Pack, Version: f.version, Template: f.template, Runs: []Run{}}
	if f.at != f.path {
		blame.From = f.path
	}
	blame.Kept = s.Project.Config.Keeps(f.path) || s.Project.Config.Keeps(f.at)
	blame.Once, blame.Standing = f.base.Once, s.describe(f)
	t, err := s.trace(ctx, f)
	if ctx.Err() != nil {
		return Blame{}, ctx.Err()
	}
	if l := s.load(ctx, f.version); l.err == nil {
		blame.Template = l.pathFromPack(f.template)
		if l.Pack.Version != f.version && err == nil {
			blame.Lines = l.Pack.Version
		}
	}
	if err != nil {
		blame.Unknown, _, _ = strings.Cut(err.Error(), "\n")
		blame.hints = problem.Hints(err)
		t = render.Trace{} // of another file
	}
	blamer := newBlamer(t)
	blame.To, blame.Whens = blamer.values(t.To), blamer.conditions(t.Whens)
	if blame.Standing == "" && !merge.Binary(f.base.Data) {
		blame.Runs = s.runs(f, blamer)
	}
	return blame, nil
}

// runs compares the user's file with what the template wrote, line by line.
func (s *Session) runs(f file, blamer blamer) []Run {
	ours := endAs(asBase(f.ours.Data, f.base.Data), f.base.Data)
	wrote := blamer.lines(f.base.Data)
	var runs []Run
	line, was := 1, 0 // the next line of the user's and, from 0, of the template's
	add := func(r Run) { runs = appendRun(runs, r) }
	same := func(until int) {
		for ; was < until; was, line = was+1, line+1 {
			r := wrote[was]
			r.From, r.To = line, line
			add(r)
		}
	}
	for _, c := range merge.Changes(f.base.Data, ours) {
		same(c.OldStart)
		for ; was < c.OldEnd; was++ {
			r := wrote[was]
			r.By, r.From, r.To = TakenOut, line, line-1
			add(r)
		}
		if n := c.NewEnd - c.NewStart; n > 0 {
			add(Run{From: line, To: line + n - 1, By: ByYou})
			line += n
		}
	}
	same(len(wrote))
	if f.conflict != nil {
		runs = s.markConflict(f, runs)
	}
	return runs
}

// endAs returns the user's bytes with a final newline where only that is missing or too
// much, because it makes no other line.
func endAs(ours, base []byte) []byte {
	ended := bytes.HasSuffix(base, []byte("\n"))
	switch last := bytes.HasSuffix(ours, []byte("\n")); {
	case len(ours) == 0 || last == ended:
		return ours
	case last:
		return bytes.TrimSuffix(ours, []byte("\n"))
	}
	return append(slices.Clip(ours), '\n')
}

// appendRun appends r, or makes the last run longer if r goes on with it.
func appendRun(runs []Run, r Run) []Run {
	if len(runs) == 0 {
		return append(runs, r)
	}
	last := &runs[len(runs)-1]
	near := r.isFlat() && last.isFlat() && r.TemplateFrom == last.TemplateFrom
	if r.isLineByLine() && last.isLineByLine() && r.TemplateFrom == last.TemplateTo+1 {
		near = true
	}
	if last.By != r.By || last.Side != r.Side || !near || r.From != last.To+1 || !reflect.DeepEqual(last.Answers, r.Answers) || !reflect.DeepEqual(last.Conditions, r.Conditions) {
		return append(runs, r)
	}
	last.To, last.TemplateTo = r.To, r.TemplateTo
	return runs
}

// isFlat reports whether one line of the template wrote all lines of a run, or none did.
func (r Run) isFlat() bool { return r.TemplateFrom == r.TemplateTo }

// isLineByLine reports whether each line of the template wrote one of the run. Of what
// is deleted no line is there.
func (r Run) isLineByLine() bool {
	return r.TemplateFrom > 0 && (r.By == TakenOut || r.TemplateTo-r.TemplateFrom == r.To-r.From)
}

// line returns the run of one of the lines.
func (r Run) line(line int) Run {
	if r.isLineByLine() {
		r.TemplateFrom += line - r.From
		r.TemplateTo = r.TemplateFrom
	}
	r.From, r.To = line, line
	return r
}

// markConflict says of the lines between the markers of a conflict whose they are. What
// deletions there would say, the conflict shows.
func (s *Session) markConflict(f file, runs []Run) []Run {
	text, err := resolve.Parse(f.ours.Data, s.Labels, f.base.Data)
	if err != nil {
		return runs
	}
	side := make(map[int]string) // of a line
	for _, h := range text.Hunks {
		at := h.Line
		put := func(what string, lines int) {
			for range lines {
				side[at] = what
				at++
			}
		}
		put("marker", 1)
		put("mine", len(h.Mine))
		put("marker", 1)
		put("base", len(h.Base))
		put("marker", 1)
		put("template", len(h.Template))
		put("marker", 1)
	}
	var marked []Run
	for _, r := range runs {
		if r.By == TakenOut && side[r.From] != "" {
			continue
		}
		if r.By == TakenOut {
			marked = append(marked, r)
			continue
		}
		for line := r.From; line <= r.To; line++ {
			one := r.line(line)
			switch what := side[line]; what {
			case "":
			case "mine":
				one = Run{From: line, To: line, By: ByYou}
			case "template":
				one.By, one.Side = ByConflict, what
			default:
				one = Run{From: line, To: line, By: ByConflict, Side: what}
			}
			marked = appendRun(marked, one)
		}
	}
	return marked
}

// A blamer says what a trace means for whole lines.
type blamer struct {
	render.Trace
	starts []int // of the template's lines
}

func newBlamer(t render.Trace) blamer {
	starts := []int{0}
	for i, c := range t.Source {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return blamer{t, starts}
}

// lineOf returns the line of the template, from 1, that has the byte at pos.
func (t blamer) lineOf(pos int) int {
	line, found := slices.BinarySearch(t.starts, pos)
	if found {
		line++
	}
	return line
}

// lines returns a run for each line of the template's file.
func (t blamer) lines(data []byte) []Run {
	var runs []Run
	start, part := 0, 0
	for line := range bytes.Lines(data) {
		end := start + len(line)
		for part < len(t.Parts) && t.Parts[part].End <= start {
			part++
		}
		until := part
		for until < len(t.Parts) && t.Parts[until].Start < end {
			until++
		}
		runs = append(runs, t.line(t.Parts[part:until], start, end))
		start = end
	}
	return runs
}

// line returns what the parts say that wrote the bytes from start to end. Where
// something is seen, only what is counts, because a line may end in the line end of
// another.
func (t blamer) line(parts []render.Part, start, end int) Run {
	r := Run{By: ByTemplate}
	var names []string
	var within []render.Condition
	seen := false
	for _, p := range parts {
		if p.Start == p.End {
			continue
		}
		from, to := max(p.Start, start), min(p.End, end)
		visible := len(bytes.TrimSpace(t.File.Data[from:to])) > 0
		if seen && !visible {
			continue
		}
		first, last := t.lineOf(p.Pos), t.lineOf(p.Pos)
		if p.Text {
			first, last = t.lineOf(p.Pos+from-p.Start), t.lineOf(p.Pos+to-p.Start-1)
		}
		if r.TemplateFrom == 0 || visible && !seen {
			r.TemplateFrom, r.TemplateTo, within = first, last, p.Within
		}
		seen = seen || visible
		r.TemplateFrom, r.TemplateTo = min(r.TemplateFrom, first), max(r.TemplateTo, last)
		names = append(names, p.Names...)
		if visible && len(p.Within) > len(within) {
			within = p.Within
		}
	}
	slices.Sort(names)
	r.Answers, r.Conditions = t.values(slices.Compact(names)), t.conditions(within)
	return r
}

func (t blamer) values(names []string) []Value {
	var values []Value
	for _, name := range names {
		values = append(values, Value{name, t.Data[name], t.values(t.Values[name])})
	}
	return values
}

func (t blamer) conditions(within []render.Condition) []Condition {
	var conditions []Condition
	for _, c := range within {
		conditions = append(conditions, Condition{c.Text, c.Line, c.Else, t.values(c.Names)})
	}
	return conditions
}

// At returns the blame of one line alone.
func (s Blame) At(line int) (Blame, error) {
	lines := 0
	for _, r := range s.Runs {
		lines = max(lines, r.To)
	}
	for _, r := range s.Runs {
		if r.By != TakenOut && r.From <= line && line <= r.To {
			s.Runs = []Run{r.line(line)}
			return s, nil
		}
	}
	if s.Standing != "" {
		return s, nil // which is what there is to say of each line
	}
	return s, wrongLine(s.Path, line, lines)
}
