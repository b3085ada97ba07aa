package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"scaffold/generator/author"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
)

// Findings writes a line for each finding, as compilers do.
func Findings(w io.Writer, findings []author.Finding, s Style) {
	for _, f := range findings {
		word, code := "error", "31"
		if f.Hint {
			word, code = "hint", "33"
		}
		writeLine(w, "%s:%d:%d: %s: %s", f.Path, f.Line, f.Column, s.paint(code, word), f.Message)
	}
}

// CountFindings says how many errors and hints there are.
func CountFindings(findings []author.Finding) (errors int, words string) {
	hints := 0
	for _, f := range findings {
		if f.Hint {
			hints++
		}
	}
	errors = len(findings) - hints
	switch {
	case hints == 0:
		return errors, count(errors, "error")
	case errors == 0:
		return 0, count(hints, "hint")
	}
	return errors, count(errors, "error") + " and " + count(hints, "hint")
}

type jsonFinding struct {
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"` // error or hint
	Rule     string `json:"rule"`
	Message  string `json:"message"`
}

type jsonFindings struct {
	Schema   int           `json:"schema"`
	Pack     string        `json:"pack"`
	Findings []jsonFinding `json:"findings"`
	Errors   int           `json:"errors"`
	Hints    int           `json:"hints"`
}

// FindingsJSON writes the findings about a pack as one document.
func FindingsJSON(w io.Writer, name string, findings []author.Finding) error {
	return writeJSON(w, findingsOf(name, findings))
}

func findingsOf(name string, findings []author.Finding) jsonFindings {
	d := jsonFindings{Schema: JSONSchema, Pack: name, Findings: []jsonFinding{}}
	for _, f := range findings {
		j := jsonFinding{Path: f.Path, Line: f.Line, Column: f.Column, Severity: "error", Rule: f.Rule, Message: f.Message}
		if d.Errors++; f.Hint {
			d.Errors, d.Hints, j.Severity = d.Errors-1, d.Hints+1, "hint"
		}
		d.Findings = append(d.Findings, j)
	}
	return d
}

// Tests writes what a pack's tests came to: its errors, then a line for each case and
// upgrade with what is wrong below it, then below its name a patch of each golden that differs.
func Tests(w io.Writer, r author.Report, s Style) {
	Findings(w, slices.DeleteFunc(slices.Clone(r.Findings), func(f author.Finding) bool { return f.Hint }), s)
	for _, result := range r.Cases {
		writeResult(w, "", result, s)
	}
	for _, result := range r.Upgrades {
		writeResult(w, "upgrade ", result, s)
	}
	for _, result := range r.Cases {
		if result.Status == author.Differs {
			writeLine(w, "\n%s:", result.Name)
			Diff(w, result.Diff, s)
		}
	}
}

func writeResult(w io.Writer, kind string, r author.Result, s Style) {
	code := "32"
	if r.Bad() {
		code = "31"
	}
	writeLine(w, "%s%s  %s", s.paint(code, string(r.Status)), strings.Repeat(" ", len("recorded")-len(r.Status)), strings.TrimRight(kind+r.Name+"  "+detail(r), " "))
	for _, text := range slices.Concat(r.Problems, r.Notes) {
		writeLine(w, "          %s", text)
	}
}

func detail(r author.Result) string {
	if r.Status == author.Differs {
		return count(len(r.Diff.Steps), "file") + " not as recorded"
	}
	return r.Detail
}

type jsonTests struct {
	jsonFindings
	Cases    []jsonResult `json:"cases"`
	Upgrades []jsonResult `json:"upgrades"`
	Notes    []string     `json:"notes,omitempty"`
}

type jsonResult struct {
	Name     string     `json:"name"`
	Status   string     `json:"status"`
	Detail   string     `json:"detail,omitempty"`
	Problems []string   `json:"problems,omitempty"`
	Notes    []string   `json:"notes,omitempty"`
	Files    []jsonFile `json:"files,omitempty"` // that differ
	Patch    string     `json:"patch,omitempty"`
}

type jsonFile struct {
	Path string `json:"path"`
	Verb string `json:"verb"` // from the golden to what is written now
}

// TestsJSON writes what a pack's tests came to as one document.
func TestsJSON(w io.Writer, name string, r author.Report) error {
	d := jsonTests{jsonFindings: findingsOf(name, r.Findings), Cases: resultsOf(r.Cases), Upgrades: resultsOf(r.Upgrades), Notes: r.Notes}
	return writeJSON(w, d)
}

func resultsOf(results []author.Result) []jsonResult {
	list := []jsonResult{}
	for _, r := range results {
		j := jsonResult{Name: r.Name, Status: string(r.Status), Detail: r.Detail, Problems: r.Problems, Notes: r.Notes}
		for _, step := range r.Diff.Steps {
			j.Files = append(j.Files, jsonFile{step.Path, string(step.Verb)})
		}
		j.Patch = patch(r.Diff)
		list = append(list, j)
	}
	return list
}

func patch(p plan.Plan) string {
	var b strings.Builder
	Diff(&b, p, Style{})
	return b.String()
}

// Changes writes what two versions of a pack differ in: a line for each question, then
// a patch of the output.
func Changes(w io.Writer, d author.Difference, s Style) {
	for _, q := range d.Questions {
		writeLine(w, "question  %s  %s", s.paint("1", q.Name), q.What)
	}
	Diff(w, d.Plan, s)
}

// PackFiles writes a line for each file of a pack: where it stands, where it goes, and
// what its rules say.
func PackFiles(w io.Writer, p pack.Pack, s Style) {
	for f := range p.Files.All() {
		t := p.Target(f.Path)
		line := fmt.Sprintf("%s/%s -> %s", pack.FilesFolder, f.Path, t.To)
		line += fmt.Sprintf("  %04o", t.Mode.Perm())
		if t.Once {
			line += "  once"
		}
		if t.With != "" {
			line += "  with " + t.With
		}
		for _, when := range t.Whens {
			line += "  when " + when
		}
		writeLine(w, "%s", line)
	}
}

type jsonPack struct {
	Schema      int            `json:"schema"`
	Pack        string         `json:"pack"`
	Version     string         `json:"version"`
	Description string         `json:"description,omitempty"`
	Digest      string         `json:"digest"`
	Questions   []jsonQuestion `json:"questions"`
	Values      []jsonValue    `json:"values,omitempty"` // computed, in this order
	Files       []jsonTarget   `json:"files"`
}

type jsonValue struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"` // a template
}

type jsonQuestion struct {
	Name    string            `json:"name"`
	Type    string            `json:"type"`
	Help    string            `json:"help"`
	Choices []string          `json:"choices,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`  // what choices mean
	Renamed []string          `json:"renamed,omitempty"` // names that it had
	Default any               `json:"default,omitempty"` // may be a template
	Format  string            `json:"format,omitempty"`
	When    string            `json:"when,omitempty"`
}

type jsonTarget struct {
	Path     string   `json:"path"` // in the pack
	To       string   `json:"to"`   // a template
	Rendered bool     `json:"rendered"`
	When     []string `json:"when,omitempty"` // all must hold
	Mode     string   `json:"mode"`
	Once     bool     `json:"once"`
	With     string   `json:"with,omitempty"`
}

// PackJSON writes all that a pack asks and what becomes of its files as one document.
func PackJSON(w io.Writer, p pack.Pack) error {
	d := jsonPack{Schema: JSONSchema, Pack: p.Name, Version: p.Version, Description: p.Description, Digest: p.Digest, Questions: []jsonQuestion{}, Files: []jsonTarget{}}
	for _, q := range p.Questions {
		d.Questions = append(d.Questions, jsonQuestion{q.Name, string(q.Type), q.Help, q.Choices, q.Labels, q.Renamed, q.Default, q.Format, q.When})
	}
	for _, v := range p.Values {
		d.Values = append(d.Values, jsonValue{v.Name, string(v.Type), v.Text})
	}
	for f := range p.Files.All() {
		t := p.Target(f.Path)
		d.Files = append(d.Files, jsonTarget{
			Path: pack.FilesFolder + "/" + f.Path, To: t.To, Rendered: strings.HasSuffix(f.Path, pack.TemplateSuffix),
			When: t.Whens, Mode: fmt.Sprintf("%04o", t.Mode.Perm()), Once: t.Once, With: t.With,
		})
	}
	return writeJSON(w, d)
}

// Count says how many of a thing there are.
func Count(n int, noun string) string { return count(n, noun) }
