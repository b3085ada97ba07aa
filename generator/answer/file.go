package answer

import (
	"fmt"
	"slices"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
)

// MaxFile is the largest answers file that is read, in bytes.
const MaxFile = 256 << 10

// ParseFile reads a YAML mapping of question names to answers as a layer. The
// name stands in messages. All problems are reported at once. Where the file is
// the scaffold.yaml of a project, its answers are read and ofProject is true.
func ParseFile(name string, source []byte, p pack.Pack) (layer Layer, ofProject bool, err error) {
	doc, root, err := strictyaml.Parse(name, source)
	if err != nil {
		return nil, false, problem.AsInput(err)
	}
	answers, ofProject := ofConfig(root)
	if doc.Err() == nil && !answers.IsNull() {
		layer = FromNode(name, answers, p)
	}
	if err := doc.Err(); err != nil {
		return nil, false, problem.AsInput(err)
	}
	return layer, ofProject, nil
}

// ofConfig returns the answers of a scaffold.yaml, or all of another file. The key
// answers tells them apart, because no question is called so. It does not matter
// which pack they were given to, because what does not fit this one is refused.
func ofConfig(root strictyaml.Node) (answers strictyaml.Node, ofProject bool) {
	answers = root
	entries := root.Map()
	for _, e := range entries {
		if e.Key == "answers" {
			answers, ofProject = e.Value, true
		}
	}
	for _, e := range entries {
		if ofProject && !slices.Contains([]string{"schema", "pack", "version", "answers"}, e.Key) {
			e.Name.Errorf("%q stands beside answers: put it below", e.Key)
		}
	}
	return answers, ofProject
}

// PackIn returns the pack that a scaffold.yaml names, as it stands there; "" for
// any other file.
func PackIn(source []byte) string {
	_, root, err := strictyaml.Parse("", source)
	if err != nil {
		return ""
	}
	if _, ofProject := ofConfig(root); !ofProject {
		return ""
	}
	for _, e := range root.Map() {
		if e.Key == "pack" && e.Value.IsString() {
			return e.Value.Text()
		}
	}
	return ""
}

// FromNode reads a mapping of question names to answers. One under a name that a
// question had answers that question. Names that no question has or had stay in
// the layer, for [Resolve] to report.
func FromNode(name string, node strictyaml.Node, p pack.Pack) Layer {
	var layer Layer
	keys := make(map[string]string) // by the questions that they answer
	for _, e := range node.Map() {
		line, column := e.Value.Position()
		v := Value{Name: e.Key, Where: fmt.Sprintf("%s:%d:%d", name, line, column)}
		q, ok := p.Question(e.Key)
		if !ok {
			if q, ok = p.Renamed(e.Key); ok {
				v.Name, v.Old = q.Name, e.Key
			}
		}
		if ok {
			v.Typed = pack.TypedValue(e.Value, q)
		}
		if first, twice := keys[v.Name]; twice {
			e.Name.Errorf("%s and %s answer one question, which is called %s now: keep one of them", first, e.Key, v.Name)
		}
		keys[v.Name] = e.Key
		layer = append(layer, v)
	}
	return layer
}
