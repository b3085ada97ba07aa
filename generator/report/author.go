package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"scaffold/generator/author"
	"scaffold/generator/pack"
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
	Path     string `json:"path" says:"the pack's file"`
	Line     int    `json:"line" says:"from 1; 0 for a whole file"`
	Column   int    `json:"column" says:"from 1"`
	Severity string `json:"severity" one:"error,hint" says:"how bad it is"`
	Rule     string `json:"rule" says:"what it is called"`
	Message  string `json:"message" says:"what is wrong"`
}

type jsonFindings struct {
	head
	Pack     string        `json:"pack" says:"the pack"`
	Findings []jsonFinding `json:"findings" says:"what is wrong, or could be better"`
	Errors   int           `json:"errors" says:"how many of them are errors"`
	Hints    int           `json:"hints" says:"how many are hints"`
}

// FindingsJSON writes the findings about a pack as one document.
func FindingsJSON(w io.Writer, name string, findings []author.Finding) error {
	return writeJSON(w, findingsOf("pack-lint", name, findings))
}

func findingsOf(kind, name string, findings []author.Finding) jsonFindings {
	d := jsonFindings{head: headOf(kind), Pack: name, Findings: []jsonFinding{}}
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
	Cases    []jsonResult `json:"cases" says:"each case"`
	Upgrades []jsonResult `json:"upgrades" says:"each earlier version, upgraded"`
	Notes    []string     `json:"notes,omitempty" says:"what was not tried, and why"`
}

type jsonResult struct {
	Name     string     `json:"name" says:"the case, or the version"`
	Status   string     `json:"status" says:"what came of it"`
	Detail   string     `json:"detail,omitempty" says:"more of that"`
	Problems []string   `json:"problems,omitempty" says:"what is wrong"`
	Notes    []string   `json:"notes,omitempty" says:"what to look at"`
	Files    []jsonFile `json:"files,omitempty" says:"files that differ from what was recorded"`
	Patch    string     `json:"patch,omitempty" says:"how they do"`
}

type jsonFile struct {
	Path string `json:"path" says:"the file"`
	Verb string `json:"verb" one:"create,update,delete" says:"what leads from what was recorded to what is written now"`
}

// TestsJSON writes what a pack's tests came to as one document.
func TestsJSON(w io.Writer, name string, r author.Report) error {
	d := jsonTests{jsonFindings: findingsOf("pack-test", name, r.Findings), Cases: resultsOf(r.Cases), Upgrades: resultsOf(r.Upgrades), Notes: r.Notes}
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
	head
	Pack        string         `json:"pack" says:"its name"`
	Version     string         `json:"version" says:"its version"`
	Description string         `json:"description,omitempty" says:"what it is"`
	Digest      string         `json:"digest" says:"of its content"`
	Questions   []jsonQuestion `json:"questions" says:"in their order"`
	Values      []jsonValue    `json:"values,omitempty" says:"what it computes of answers, in this order"`
	Files       []jsonTarget   `json:"files" says:"what it may write"`
	Verify      string         `json:"verify,omitempty" says:"the command that it suggests for regenerate --verify"`
}

type jsonValue struct {
	Name  string `json:"name" says:"its name in templates"`
	Type  string `json:"type" says:"its type"`
	Value string `json:"value" says:"the template that makes it"`
}

type jsonQuestion struct {
	Name    string            `json:"name" says:"its name; its flag has dashes for underscores"`
	Type    string            `json:"type" one:"string,text,bool,int,choice,choices" says:"what kind of value answers it"`
	Help    string            `json:"help" says:"what it asks"`
	Choices []string          `json:"choices,omitempty" says:"what it may be"`
	Labels  map[string]string `json:"labels,omitempty" says:"what each choice means"`
	Renamed []string          `json:"renamed,omitempty" says:"names that it had"`
	Default any               `json:"default,omitempty" says:"what answers it if nobody does; may be a template over earlier answers"`
	Format  string            `json:"format,omitempty" says:"the closed form that a text has"`
	When    string            `json:"when,omitempty" says:"when it is asked"`
}

type jsonTarget struct {
	Path     string   `json:"path" says:"in the pack"`
	To       string   `json:"to" says:"in the project; may be a template"`
	Rendered bool     `json:"rendered" says:"whether it is a template, or copied"`
	When     []string `json:"when,omitempty" says:"conditions that must all hold"`
	Mode     string   `json:"mode" says:"as 0644"`
	Once     bool     `json:"once" says:"whether it is the user's as soon as they edit it"`
	With     string   `json:"with,omitempty" says:"the set of once-files that it belongs to"`
}

type jsonPacks struct {
	head
	Packs []jsonListed `json:"packs" says:"those that come with scaffold, by name"`
}

type jsonListed struct {
	Pack        string `json:"pack" says:"its name"`
	Version     string `json:"version" says:"its version"`
	Description string `json:"description,omitempty" says:"what it is"`
}

// PacksJSON lists packs as one document.
func PacksJSON(w io.Writer, packs []pack.Pack) error {
	d := jsonPacks{headOf("pack-list"), []jsonListed{}}
	for _, p := range packs {
		d.Packs = append(d.Packs, jsonListed{p.Name, p.Version, p.Description})
	}
	return writeJSON(w, d)
}

// PackJSON writes all that a pack asks and what becomes of its files as one document.
func PackJSON(w io.Writer, p pack.Pack) error {
	d := jsonPack{head: headOf("pack-show"), Pack: p.Name, Version: p.Version, Description: p.Description, Digest: p.Digest, Questions: []jsonQuestion{}, Files: []jsonTarget{}, Verify: p.Verify}
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
