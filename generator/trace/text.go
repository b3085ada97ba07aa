package trace

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"scaffold/generator/report"
)

// WriteText writes a blame for people. With a line, it is of that line alone.
func (s Blame) WriteText(w io.Writer, line int) {
	by := ""
	if s.Template != "" {
		by = s.Template + s.of()
	}
	if line > 0 && len(s.Runs) == 1 {
		fmt.Fprintf(w, "%s:%d: %s\n", report.OneLine(s.Path), line, report.OneLine(s.Runs[0].words(s, true)))
		return
	}
	var head []string
	switch {
	case s.Standing != "" && by != "":
		head = append(head, s.Standing, "written by "+by)
	case s.Standing != "":
		head = append(head, s.Standing)
	default:
		head = append(head, by)
	}
	if s.From != "" {
		head = append(head, "which you moved from "+s.From)
	}
	fmt.Fprintf(w, "%s: %s\n", report.OneLine(s.Path), report.OneLine(strings.Join(head, "; ")))
	for _, note := range s.notes() {
		fmt.Fprintf(w, "  %s\n", report.OneLine(note))
	}
	width := 0
	for _, r := range s.Runs {
		width = max(width, len(r.place()))
	}
	for _, r := range s.Runs {
		fmt.Fprintf(w, "  %*s  %s\n", width, r.place(), report.OneLine(r.words(s, false)))
	}
}

// of says which pack wrote the file, and whose lines are told if these are others.
func (s Blame) of() string {
	if s.Lines == "" {
		return fmt.Sprintf(" of %s %s", s.Pack, s.Version)
	}
	return fmt.Sprintf(" of %s %s, which writes the same as %s did", s.Pack, s.Lines, s.Version)
}

// notes are what else is to be said of the file as a whole.
func (s Blame) notes() (notes []string) {
	if len(s.To) > 0 {
		notes = append(notes, "its path has "+listValues(s.To))
	}
	for _, c := range s.Whens {
		notes = append(notes, fmt.Sprintf("it is there because of when: %s, with %s", c.Text, listValues(c.Answers)))
	}
	if s.Kept {
		notes = append(notes, "scaffold.yaml keeps the template out of it")
	}
	if s.Once {
		notes = append(notes, "it is yours as soon as you change it, by once in its rule")
	}
	return notes
}

func (r Run) place() string {
	switch {
	case r.By == TakenOut:
		return ""
	case r.From == r.To:
		return fmt.Sprint(r.From)
	}
	return fmt.Sprintf("%d-%d", r.From, r.To)
}

// words says whose lines they are; fully where nothing else says the version.
func (r Run) words(s Blame, fully bool) string {
	switch r.By {
	case ByYou:
		return "you"
	case ByConflict:
		switch r.Side {
		case "marker":
			return "a marker of the conflict"
		case "base":
			return "the conflict: what the template wrote before"
		}
	}
	text := "the template"
	if r.TemplateFrom > 0 {
		text = fmt.Sprintf("%s:%d", s.Template, r.TemplateFrom)
		if r.TemplateTo > r.TemplateFrom {
			text += fmt.Sprintf("-%d", r.TemplateTo)
		}
	}
	if fully {
		text += s.of()
	}
	switch r.By {
	case ByConflict:
		text = "the conflict: what the template writes now, by " + text
	case TakenOut:
		if r.TemplateFrom == 0 {
			text = "lines of the template"
		}
		text = "you deleted " + text
	}
	if len(r.Answers) > 0 {
		text += ", with " + listValues(r.Answers)
	}
	for _, c := range r.Conditions {
		text += ", " + c.words()
	}
	return text
}

// words says of a condition that it holds, or does not.
func (c Condition) words() string {
	text := fmt.Sprintf("in {{ %s }} of line %d", c.Text, c.Line)
	if c.Else {
		text = fmt.Sprintf("in the else of {{ %s }} of line %d", c.Text, c.Line)
	}
	if len(c.Answers) > 0 {
		text += " (" + listValues(c.Answers) + ")"
	}
	return text
}

func listValues(values []Value) string {
	var list []string
	for _, v := range values {
		text := v.Name + " " + valueOf(v.Value)
		if len(v.Of) > 0 {
			text += ", computed from " + listValues(v.Of)
		}
		list = append(list, text)
	}
	return strings.Join(list, " and ")
}

// The kinds of documents.
const (
	kindWhy  = "why"
	kindBack = "back"
)

type head struct {
	Schema  int    `json:"schema" one:"2" says:"the version of this document"`
	Kind    string `json:"kind" says:"which document it is, by the name that scaffold schema has for it"`
	Project string `json:"project" says:"the project's folder"`
}

type document struct {
	head
	Blame
}

type backDocument struct {
	head
	Files  []Backport `json:"files" says:"each file that was named"`
	Patch  string     `json:"patch" says:"what the templates can have, as a patch that git apply takes in folder; empty if that is nothing"`
	Folder string     `json:"folder" says:"where git apply takes the patch, from the pack's folder: . for that itself, .. and the like if a template is one that the pack includes"`
	Exit   int        `json:"exit" says:"the exit status: 3 if there is something that they cannot have"`
}

// Described says what the documents are, for their JSON Schemas.
func Described() []report.Document {
	return []report.Document{
		{Kind: kindWhy, Of: "why --json", Type: reflect.TypeFor[document]()},
		{Kind: kindBack, Of: "back --json", Type: reflect.TypeFor[backDocument]()},
	}
}

// WriteDocument writes a blame as a JSON document.
func (s Blame) WriteDocument(w io.Writer, root string) error {
	return writeJSON(w, document{head{report.JSONSchema, kindWhy, root}, s})
}

// WriteBack writes what templates can have of a project's files as a JSON document.
func WriteBack(w io.Writer, root string, backports []Backport, exit int) error {
	d := backDocument{head: head{report.JSONSchema, kindBack, root}, Files: slices.Clone(backports), Exit: exit}
	for i, g := range d.Files {
		if g.Changes == nil {
			d.Files[i].Changes = []Change{}
		}
	}
	patch := PatchOf(backports)
	var text strings.Builder
	report.Diff(&text, patch.Plan, report.Style{})
	d.Patch, d.Folder = text.String(), patch.folder()
	return writeJSON(w, d)
}

// writeJSON writes a document that no terminal obeys.
func writeJSON(w io.Writer, document any) error {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		return err
	}
	_, err := io.WriteString(w, report.Escape(text.String()))
	return err
}
