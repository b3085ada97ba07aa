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
	Name  string `json:"name" says:"the question"`
	Value any    `json:"value" says:"the answer, as YAML has it"`
	Why   string `json:"why" says:"where it was found"`
}

// A Tried is a version that was compared with a folder.
type Tried struct {
	Version string `json:"version" says:"the version"`
	Percent int    `json:"percent" says:"how many in a hundred of the lines that it writes are in the folder"`
	Why     string `json:"why,omitempty" says:"why it could not be compared"`
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

type jsonAdoption struct {
	head
	Target    string         `json:"target" says:"the folder"`
	Pack      string         `json:"pack" says:"the pack's name"`
	Version   string         `json:"version" says:"the version that is nearest, or was asked for"`
	Applied   bool           `json:"applied" says:"whether the folder was made a project: false with --dry-run"`
	Answers   map[string]any `json:"answers" says:"each question's answer, as YAML has it"`
	Proposed  []Proposed     `json:"proposed" says:"those of them that were found in the folder"`
	Versions  []Tried        `json:"versions" says:"the versions that were compared, the newest first"`
	Generated int            `json:"generated" says:"how many of the files are as generated"`
	Files     []jsonStanding `json:"files" says:"each file that the pack writes, by its path"`
	Notes     []string       `json:"notes,omitempty" says:"what else a person would be told, a sentence each"`
}

// AdoptedJSON writes an adoption as one document.
func AdoptedJSON(w io.Writer, a Adoption) error {
	d := jsonAdoption{
		head: headOf("adoption"), Target: a.Target, Pack: a.Pack, Version: a.Version, Applied: a.Applied,
		Answers: a.Answers.Data(), Proposed: slices.Concat([]Proposed{}, a.Proposed), Versions: slices.Concat([]Tried{}, a.Versions),
		Generated: a.generated(), Files: []jsonStanding{}, Notes: a.Notes,
	}
	for _, f := range a.Files {
		d.Files = append(d.Files, jsonStanding{Path: f.Path, Standing: f.Word, Why: f.Why})
	}
	return writeJSON(w, d)
}
