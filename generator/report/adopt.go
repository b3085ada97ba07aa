package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"scaffold/generator/answer"
)

// An Adoption is how a folder stands to the version of a pack that is nearest to it.
type Adoption struct {
	Target        string
	Pack, Version string
	Applied       bool
	Answers       answer.Answers
	Proposed      []Proposed
	Versions      []Tried
	Files         []StatusLine
	Notes         []string
}

// A Proposed is an answer that was found in a folder, and where.
type Proposed struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
	Why   string `json:"why"`
}

// A Tried is a version that was compared with a folder.
type Tried struct {
	Version string `json:"version"`
	Percent int    `json:"percent"`       // of the lines that it writes are in the folder
	Why     string `json:"why,omitempty"` // it could not be taken
}

func (a Adoption) generated() int {
	n := 0
	for _, f := range a.Files {
		if f.Word == generated {
			n++
		}
	}
	return n
}

// Adopted writes an adoption as text: the proposed answers, what is not as generated,
// and how near the whole is.
func Adopted(w io.Writer, a Adoption, s Style) {
	fmt.Fprintln(w, s.paint("1", a.Pack+" "+a.Version))
	name, width := 0, 0
	for _, p := range a.Proposed {
		name = max(name, columns(p.Name))
	}
	texts := make([]string, len(a.Proposed))
	for i, p := range a.Proposed {
		texts[i] = fmt.Sprintf("%-*s  %s", name, p.Name, shortValue(answer.Format(p.Value)))
		width = max(width, columns(texts[i]))
	}
	for i, p := range a.Proposed {
		s.writeStatus(w, fmt.Sprintf("%-9s", "answer"), "36", width, texts[i], p.Why)
	}
	writeFiles(w, a.Files, false, s)
	percent := 0
	if len(a.Files) > 0 {
		percent = a.generated() * 100 / len(a.Files)
	}
	fmt.Fprintf(w, "%d of %s as generated, %d %%\n", a.generated(), count(len(a.Files), "file"), percent)
}

// shortValue is the beginning of an answer that would fill the line.
func shortValue(text string) string {
	const most = 40 // characters
	line, _, more := strings.Cut(text, "\n")
	if runes := []rune(line); len(runes) > most {
		line, more = string(runes[:most]), true
	}
	if more {
		line += "…"
	}
	return line
}

type adoptDocument struct {
	Schema    int            `json:"schema"`
	Target    string         `json:"target"`
	Pack      string         `json:"pack"`
	Version   string         `json:"version"`
	Applied   bool           `json:"applied"`
	Answers   map[string]any `json:"answers"`
	Proposed  []Proposed     `json:"proposed"`
	Versions  []Tried        `json:"versions"`
	Generated int            `json:"generated"`
	Files     []adoptFile    `json:"files"`
	Notes     []string       `json:"notes,omitempty"`
}

type adoptFile struct {
	Path     string `json:"path"`
	Standing string `json:"standing"`
	Why      string `json:"why,omitempty"`
}

// AdoptedJSON writes an adoption as one document.
func AdoptedJSON(w io.Writer, a Adoption) error {
	d := adoptDocument{
		Schema: JSONSchema, Target: a.Target, Pack: a.Pack, Version: a.Version, Applied: a.Applied,
		Answers: a.Answers.Data(), Proposed: slices.Concat([]Proposed{}, a.Proposed), Versions: slices.Concat([]Tried{}, a.Versions),
		Generated: a.generated(), Files: []adoptFile{}, Notes: a.Notes,
	}
	for _, f := range a.Files {
		d.Files = append(d.Files, adoptFile{f.Path, f.Word, f.Why})
	}
	return writeJSON(w, d)
}
