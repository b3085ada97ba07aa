package resolve

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"scaffold/generator/problem"
	"scaffold/generator/report"
)

// Schema is the version of the document. Fields are added without a new one.
const Schema = 1

// maxDocument caps what is read, in bytes, because it is held in memory.
const maxDocument = 64 << 20

const kind = "resolve"

// A document lists conflicts, and takes the answers back. The tags describe it, as
// those of package report do.
type document struct {
	Schema  int            `json:"schema" one:"1" says:"the version of this document"`
	Kind    string         `json:"kind" says:"which document it is, by the name that scaffold schema has for it"`
	Project string         `json:"project" says:"the project's folder"`
	Files   []documentFile `json:"files" says:"each file in conflict"`
}

type documentFile struct {
	Path    string         `json:"path" says:"the file, by the template's path"`
	Kind    string         `json:"kind" one:"content,add/add,type change,binary,once" says:"what the conflict is about"`
	Why     string         `json:"why" says:"that in words"`
	Sum     string         `json:"sum" says:"of the file as it was listed: answers to another are refused"`
	Answers []Side         `json:"answers" says:"the answers that its hunks may have"`
	Hunks   []documentHunk `json:"hunks" says:"what is to be decided"`
}

// A documentHunk has null for lines that cannot be shown.
type documentHunk struct {
	ID       int             `json:"id" says:"its number in the file, from 1"`
	Line     int             `json:"line" says:"the line of its first marker, from 1; 0 of a whole file"`
	Lines    int             `json:"lines" says:"how many lines it has with its markers"`
	Why      string          `json:"why" says:"what both sides did"`
	Base     []string        `json:"base" or:"null" says:"the lines as the template wrote them last time; null for what is no text"`
	Mine     []string        `json:"mine" or:"null" says:"yours"`
	Template []string        `json:"template" or:"null" says:"the template's now"`
	Answer   *documentAnswer `json:"answer" or:"null" says:"what is to be taken; null leaves it open"`
}

// Described says what the document is, for its JSON Schema.
func Described() report.Document {
	return report.Document{Kind: kind, Of: "resolve --json, and with answers resolve --apply", Type: reflect.TypeFor[document]()}
}

// A documentAnswer is a word, or an object with the lines that are to stand there.
type documentAnswer struct {
	side Side
	text []string
}

// JSONSchema returns the schema of an answer, which is no struct to JSON.
func (documentAnswer) JSONSchema() map[string]any {
	return map[string]any{"anyOf": []any{
		map[string]any{"enum": []Side{Mine, Template, Both}},
		map[string]any{"type": "object", "required": []string{"text"}, "additionalProperties": false, "properties": map[string]any{
			"text": map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "description": "the lines that are to stand there"},
		}},
	}}
}

func (a *documentAnswer) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &a.side) == nil && slices.Contains([]Side{Mine, Template, Both}, a.side) {
		return nil
	}
	var other struct {
		Text *[]string `json:"text"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if d.Decode(&other) != nil || other.Text == nil {
		return fmt.Errorf(`an answer is null, "mine", "template", "both" or {"text": ["a line"]}, and not %.40s`, data)
	}
	a.side, a.text = Other, *other.Text
	return nil
}

// WriteDocument writes what is open as one JSON document, without answers. No terminal
// obeys it.
func (s *Session) WriteDocument(w io.Writer) error {
	d := document{Schema: Schema, Kind: kind, Project: s.Root, Files: []documentFile{}}
	for _, f := range s.Files {
		d.Files = append(d.Files, f.document())
	}
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		return err
	}
	_, err := io.WriteString(w, report.Escape(text.String()))
	return err
}

func (f *File) document() documentFile {
	d := documentFile{Path: f.Path, Kind: string(f.Kind), Why: f.Why, Sum: f.Sum(), Answers: f.Sides, Hunks: []documentHunk{}}
	if !f.spoken() {
		d.Answers = slices.DeleteFunc(slices.Clone(f.Sides), func(s Side) bool { return s == Other })
	}
	for i, h := range f.Hunks {
		j := documentHunk{ID: i + 1, Line: h.Line, Lines: h.Lines, Why: h.Why()}
		if f.IsText() {
			j.Mine, j.Template = bare(h.Mine), bare(h.Template)
		}
		if h.Line > 0 {
			j.Base = bare(h.Base)
		}
		d.Hunks = append(d.Hunks, j)
	}
	return d
}

// spoken reports whether JSON can say all lines of the conflict, because text that
// comes back from it would have other bytes in their place.
func (f *File) spoken() bool {
	return !slices.ContainsFunc(f.Hunks, func(h Hunk) bool {
		return slices.ContainsFunc(slices.Concat(h.Base, h.Mine, h.Template), func(line string) bool { return !utf8.ValidString(line) })
	})
}

// bare returns lines as JSON has them: without line ends, and bytes that are no UTF-8
// as U+FFFD.
func bare(lines []string) []string {
	all := []string{}
	for _, line := range lines {
		all = append(all, strings.ToValidUTF8(strings.TrimSuffix(line, endOf(line)), "\ufffd"))
	}
	return all
}

// ReadDocument takes the answers of a document that [Session.WriteDocument] wrote. It
// refuses one about what is not as it was, and names all that is wrong. Hunks and files
// that it leaves out, or has no answer for, stay open.
func (s *Session) ReadDocument(r io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err != nil {
		return fmt.Errorf("read the answers: %w", problem.Cause(err))
	}
	if len(text) > maxDocument {
		return problem.Input("read the answers: more than %d bytes", maxDocument)
	}
	var given document
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	switch err := d.Decode(&given); {
	case errors.Is(err, io.EOF):
		return problem.WithHint(problem.Input("read the answers: there are none"), "scaffold resolve --json writes the document that they come in")
	case err != nil:
		return problem.Input("read the answers: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return problem.Input("read the answers: something follows the document")
	}
	if err := checkKeys(json.NewDecoder(bytes.NewReader(text))); err != nil {
		return problem.Input("read the answers: %w", err)
	}
	if given.Schema != Schema {
		return problem.Input("read the answers: they have schema %d, and this scaffold reads %d", given.Schema, Schema)
	}
	if given.Kind != "" && given.Kind != kind {
		return problem.Input("read the answers: they are a document of the kind %q, and not %q", given.Kind, kind)
	}
	if !sameFolder(given.Project, s.Root) {
		return problem.Input("the answers are for the project %q, and this is %q", given.Project, s.Root)
	}
	var errs []error
	seen := make(map[string]bool)
	for _, file := range given.Files {
		if seen[file.Path] {
			errs = append(errs, problem.Input("%s stands twice in the answers", file.Path))
			continue
		}
		seen[file.Path] = true
		errs = append(errs, s.readFile(file))
	}
	return errors.Join(errs...)
}

// checkKeys refuses a key that stands twice, or in another letter case, in a value that
// was decoded already, which bounds its depth: the decoder takes the last of them, and
// whoever wrote an answer beside null may mean the first.
func checkKeys(d *json.Decoder) error {
	token, err := d.Token()
	delim, ok := token.(json.Delim)
	if err != nil || !ok {
		return err
	}
	seen := make(map[string]bool)
	for d.More() {
		if delim == '{' {
			token, err := d.Token()
			if err != nil {
				return err
			}
			key, _ := token.(string)
			switch {
			case seen[key]:
				return fmt.Errorf("the key %q stands twice in an object", key)
			case key != strings.ToLower(key):
				return fmt.Errorf("the key %q is not in lower case", key)
			}
			seen[key] = true
		}
		if err := checkKeys(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// sameFolder reports whether two names are of one folder, because a link may lead to it.
func sameFolder(a, b string) bool {
	if a == b {
		return true
	}
	one, err := os.Stat(a)
	other, otherErr := os.Stat(b)
	return err == nil && otherErr == nil && os.SameFile(one, other)
}

func (s *Session) readFile(given documentFile) error {
	i := slices.IndexFunc(s.Files, func(f *File) bool { return f.Path == given.Path })
	if i < 0 {
		return problem.WithHint(problem.Input("%s: no conflict is open there", given.Path), "scaffold resolve --json lists those that are")
	}
	f := s.Files[i]
	if given.Sum != f.Sum() {
		return problem.WithHint(problem.Input("%s: changed since it was listed", f.Path), "scaffold resolve --json lists it anew")
	}
	var errs []error
	seen := make(map[int]bool)
	for _, h := range given.Hunks {
		switch {
		case h.ID < 1 || h.ID > len(f.Hunks):
			errs = append(errs, problem.Input("%s: there is no hunk %d, but %d", f.Path, h.ID, len(f.Hunks)))
		case seen[h.ID]:
			errs = append(errs, problem.Input("%s: hunk %d stands twice in the answers", f.Path, h.ID))
		default:
			errs = append(errs, f.readHunk(h))
		}
		seen[h.ID] = true
	}
	return errors.Join(errs...)
}

// readHunk takes an answer. Sides that came back otherwise are refused, because
// whoever edits them means to see that in the file.
func (f *File) readHunk(given documentHunk) error {
	is := f.document().Hunks[given.ID-1]
	for _, side := range []struct {
		name      string
		is, given []string
	}{{"base", is.Base, given.Base}, {"mine", is.Mine, given.Mine}, {"template", is.Template, given.Template}} {
		if side.given != nil && !slices.Equal(side.is, side.given) {
			return problem.WithHint(problem.Input("%s: hunk %d: %q is not what it was", f.Path, given.ID, side.name), `other lines are an answer: {"text": ["a line"]}`)
		}
	}
	if given.Answer == nil {
		return nil
	}
	a := Answer{Side: given.Answer.side}
	if a.Side == Other && !f.spoken() {
		return problem.Input("%s: hunk %d: it is no UTF-8, which a text in JSON cannot say", f.Path, given.ID)
	}
	end := cmp.Or(f.Hunks[given.ID-1].end, f.lineEnd())
	for _, line := range given.Answer.text {
		if strings.ContainsAny(line, "\r\n") {
			return problem.Input("%s: hunk %d: %q is more than one line: every line is a string of its own", f.Path, given.ID, line)
		}
		a.Text += line + end
	}
	return f.Answer(given.ID-1, a)
}

// lineEnd is how a whole file ends its lines, by its first.
func (f *File) lineEnd() string {
	for _, side := range [][]string{f.Hunks[0].Mine, f.Hunks[0].Template} {
		if len(side) > 0 && endOf(side[0]) != "" {
			return endOf(side[0])
		}
	}
	return "\n"
}
