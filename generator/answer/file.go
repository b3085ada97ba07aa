package answer

import (
	"bytes"
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
		layer = FromNode(name, answers, p, nil)
	}
	if err := doc.Err(); err != nil {
		return nil, false, problem.AsInput(err)
	}
	return layer, ofProject, nil
}

// configKeys are those of a scaffold.yaml, which package project reads. Another one beside
// answers is an answer that slipped.
var configKeys = []string{"schema", "pack", "version", "answers", "merge", "keep", "decline", "verify"}

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
		if ofProject && !slices.Contains(configKeys, e.Key) {
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

// ParseDefaults reads the defaults of a user, a YAML mapping as an answers file is, as
// a layer. What p does not ask is left out, because they are for every pack. A text
// with {{ is a template.
func ParseDefaults(name string, source []byte, p pack.Pack) (layer Layer, err error) {
	err = readDefaults(name, source, func(root strictyaml.Node) { layer = fromNode(name, root, p, nil, true) })
	return slices.DeleteFunc(layer, func(v Value) bool {
		_, asked := p.Question(v.Name)
		return !asked
	}), err
}

// ListDefaults returns all that the defaults of a user say, in their order, for
// whoever looks at them without a pack.
func ListDefaults(name string, source []byte) (list []Answer, err error) {
	err = readDefaults(name, source, func(root strictyaml.Node) {
		for _, e := range root.Map() {
			list = append(list, Answer{Name: e.Key, Value: listed(e.Value)})
		}
	})
	return list, err
}

// readDefaults has read read the mapping in source. Unlike an answers file it may have
// comments alone, because somebody may have turned all of it off.
func readDefaults(name string, source []byte, read func(root strictyaml.Node)) error {
	if isBlank(source) {
		return nil
	}
	doc, root, err := strictyaml.Parse(name, source)
	if err != nil {
		return problem.AsInput(err)
	}
	if doc.Err() == nil && !root.IsNull() {
		read(root)
	}
	return problem.AsInput(doc.Err())
}

func isBlank(source []byte) bool {
	for line := range bytes.Lines(source) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

func listed(node strictyaml.Node) any {
	if !node.IsList() {
		return node.Scalar()
	}
	items := []string{}
	for _, item := range node.List() {
		items = append(items, item.Text())
	}
	return items
}

// FromNode reads a mapping of question names to answers. One under a name that a
// question had answers that question. Names that no question has or had stay in
// the layer, for [Resolve] to report. Those of given are read without their values.
func FromNode(name string, node strictyaml.Node, p pack.Pack, given map[string]bool) Layer {
	return fromNode(name, node, p, given, false)
}

func fromNode(name string, node strictyaml.Node, p pack.Pack, given map[string]bool, personal bool) Layer {
	var layer Layer
	keys := make(map[string]string) // by the questions that they answer
	for _, e := range node.Map() {
		line, column := e.Value.Position()
		v := Value{Name: e.Key, Where: fmt.Sprintf("%s:%d:%d", name, line, column), Personal: personal}
		q, ok := p.Question(e.Key)
		if !ok {
			if q, ok = p.Renamed(e.Key); ok {
				v.Name, v.Old = q.Name, e.Key
			}
		}
		switch {
		case given[v.Name]:
		case ok && personal && e.Value.Contains("{{"):
			v.Text = e.Value.Text()
		case ok:
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
