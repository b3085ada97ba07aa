package report

import (
	"encoding/json"
	"io"

	"scaffold/generator/answer"
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
}

type jsonStep struct {
	Path string `json:"path"`
	Verb string `json:"verb"`
	Why  string `json:"why,omitempty"`
	To   string `json:"to,omitempty"`
	Mode string `json:"mode,omitempty"`
	Size int    `json:"size"`
	Sum  string `json:"sha256,omitempty"`
}

// A Run is what a document says of the run itself.
type Run struct {
	Target, Pack, Version string
	Applied               bool
	Answers               answer.Answers
}

// JSON writes the run and its plan as one document.
func JSON(w io.Writer, run Run, p plan.Plan) error {
	d := document{
		Schema: JSONSchema, Target: run.Target, Pack: run.Pack, Version: run.Version,
		Applied: run.Applied, Answers: run.Answers.Data(), Steps: []jsonStep{}, Conflicts: p.Count(plan.Conflict),
	}
	for _, step := range p.Steps {
		j := jsonStep{Path: step.Path, Verb: string(step.Verb), Why: step.Why}
		if f := step.After; f != nil {
			j.To, j.Mode, j.Size, j.Sum = step.To, octal(f.Mode), len(f.Data), f.Sum()
		}
		d.Steps = append(d.Steps, j)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(d)
}
