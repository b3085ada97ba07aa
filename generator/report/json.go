package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/merge"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
)

// JSONSchema is the version of what [JSON] writes. Fields are added without a
// new one; none changes its meaning or goes away.
const JSONSchema = 1

type document struct {
	Schema    int            `json:"schema"`
	Target    string         `json:"target"`
	Pack      string         `json:"pack"`
	Version   string         `json:"version"`
	Applied   bool           `json:"applied"`
	Answers   map[string]any `json:"answers"`
	Steps     []jsonStep     `json:"steps"`
	Conflicts int            `json:"conflicts"`

	From    *Version     `json:"from,omitempty"`
	Source  *Source      `json:"source,omitempty"`
	Changed []jsonChange `json:"changed,omitempty"`
	News    []jsonNews   `json:"news,omitempty"`
	Notes   []string     `json:"notes,omitempty"`
	Origin  *Origin      `json:"origin,omitempty"`
	Open    []jsonOpen   `json:"open,omitempty"`
	Verify  *Verified    `json:"verify,omitempty"`
}

// A Source is where a pack comes from that the last run did not use.
type Source struct {
	Name string `json:"name"`
	Path string `json:"path,omitempty"` // the folder it leads to
	Was  string `json:"was"`
}

// An Origin is where the pack of a new project came from: a module or a repository.
type Origin struct {
	Source  string `json:"source"` // as --pack takes it, without the version
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"` // where it is known
	Digest  string `json:"digest"`           // of the pack's content
}

// A Verified is what came of a command that the merged files should pass.
type Verified struct {
	Command   string   `json:"command"`
	Passed    bool     `json:"passed"`
	Why       string   `json:"why,omitempty"`       // why they were not held to it
	Output    string   `json:"output,omitempty"`    // the end of what it said, where it failed
	TakenBack []string `json:"takenBack,omitempty"` // files that are merged by lines alone since
	BrokenBy  []string `json:"brokenBy"`            // those of them that broke it
}

// A jsonChange is an answer that is another than last time; null is none.
type jsonChange struct {
	Name string  `json:"name"`
	Old  *string `json:"old"`
	New  *string `json:"new"`
	From string  `json:"from,omitempty"` // the name that the question had last time
}

// A jsonNews is what a version of the pack has that the last run's had not.
type jsonNews struct {
	Version string `json:"version"`
	Text    string `json:"text"`
}

type jsonOpen struct {
	Path string `json:"path"`
	Kind string `json:"kind"`
	To   string `json:"to"`
}

type jsonStep struct {
	Path string `json:"path"`
	Verb string `json:"verb"`
	Why  string `json:"why,omitempty"`
	To   string `json:"to,omitempty"`
	Mode string `json:"mode,omitempty"`
	Size int    `json:"size"`
	Sum  string `json:"sha256,omitempty"`
	Kind string `json:"kind,omitempty"` // of a conflict
	From string `json:"from,omitempty"` // where the file was before it moved

	Notes []string   `json:"notes,omitempty"` // what the merge chose between
	Hunks []jsonHunk `json:"hunks,omitempty"` // where both sides changed the same lines
}

// A jsonHunk is a place where both sides changed the same lines: a step settled it, or
// it is in conflict.
type jsonHunk struct {
	Step   string   `json:"step,omitempty"` // "" for a conflict
	Said   string   `json:"said,omitempty"`
	Line   int      `json:"line"`           // of the file, from 1: of a conflict its first marker; 0 where it came to stand in several places
	Lines  []string `json:"lines,omitzero"` // what came of it, where that is in one place
	Base   []string `json:"base"`
	Ours   []string `json:"ours"`
	Theirs []string `json:"theirs"`
}

// A Run is what a document says of the run itself.
type Run struct {
	Target, Pack, Version string
	Applied               bool
	Answers               answer.Answers
	From                  *Version // nil for a new project
	Source                *Source  // nil where it is the same as last time
	Changed               []answer.Change
	News                  []pack.Note // of the versions in between
	Notes                 []string
	Origin                *Origin // nil for a pack of the program or of a folder
	Open                  []plan.ConflictRecord
	Verify                *Verified // nil where nobody asked
}

// JSON writes the run and its plan as one document.
func JSON(w io.Writer, run Run, p plan.Plan) error {
	d := document{
		Schema: JSONSchema, Target: run.Target, Pack: run.Pack, Version: run.Version,
		Applied: run.Applied, Answers: run.Answers.Data(), Steps: []jsonStep{}, Conflicts: p.Count(plan.Conflict),
		From: run.From, Source: run.Source, Notes: run.Notes, Origin: run.Origin, Verify: run.Verify,
	}
	for _, c := range run.Changed {
		change := jsonChange{Name: c.Name, From: c.Renamed}
		if c.Was {
			change.Old = &c.Old
		}
		if c.Is {
			change.New = &c.New
		}
		d.Changed = append(d.Changed, change)
	}
	for _, n := range run.News {
		d.News = append(d.News, jsonNews(n))
	}
	for _, c := range run.Open {
		d.Open = append(d.Open, jsonOpen{c.Path, string(c.Kind), c.To})
	}
	for _, step := range p.Steps {
		j := jsonStep{Path: step.Path, Verb: string(step.Verb), Why: step.Why, Kind: string(step.Kind), From: step.From, Notes: step.Notes, Hunks: hunksOf(step)}
		if f := step.After; f != nil {
			j.To, j.Mode, j.Size, j.Sum = step.To, fmt.Sprintf("%04o", f.Mode.Perm()), len(f.Data), f.Sum()
		}
		d.Steps = append(d.Steps, j)
	}
	return writeJSON(w, d)
}

// A Config says where the user's defaults are, and whether they count.
type Config struct {
	Schema  int            `json:"schema"`
	File    string         `json:"file"`
	Exists  bool           `json:"exists"`
	Named   bool           `json:"named"`
	Off     string         `json:"off,omitempty"`
	Answers map[string]any `json:"answers"`
}

// ConfigJSON writes c with what the defaults answer as a document.
func ConfigJSON(w io.Writer, c Config, answers []answer.Answer) error {
	c.Schema, c.Answers = JSONSchema, make(map[string]any, len(answers))
	for _, a := range answers {
		c.Answers[a.Name] = a.Value
	}
	return writeJSON(w, c)
}

// hunksOf returns the hunks of a step, by line.
func hunksOf(step plan.Step) []jsonHunk {
	var hunks []jsonHunk
	for _, s := range step.Settled {
		hunks = append(hunks, jsonHunk{s.Step, plan.DescribeSettled(s), s.Line, s.Lines, s.Base, s.Ours, s.Theirs})
	}
	if len(step.Overlaps) > 0 {
		for i, s := range merge.ReadSides(step.After.Data, step.Overlaps) {
			hunks = append(hunks, jsonHunk{Line: step.Overlaps[i].Line, Base: s.Base, Ours: s.Ours, Theirs: s.Theirs})
		}
	}
	for i, h := range hunks {
		h.Base, h.Ours, h.Theirs = notNil(h.Base), notNil(h.Ours), notNil(h.Theirs)
		if h.Step != "" && h.Line > 0 {
			h.Lines = notNil(h.Lines)
		}
		hunks[i] = h
	}
	slices.SortStableFunc(hunks, func(a, b jsonHunk) int { return cmp.Compare(a.Line, b.Line) })
	return hunks
}

// notNil has no lines be [] in JSON, and not null.
func notNil(lines []string) []string { return append([]string{}, lines...) }

// writeJSON writes a document indented, and escaped such that no terminal obeys it,
// which leaves it the same document.
func writeJSON(w io.Writer, document any) error {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		return err
	}
	_, err := io.WriteString(w, Escape(text.String()))
	return err
}
