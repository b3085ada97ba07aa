package answer

import (
	"fmt"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
)

// MaxFile is the largest answers file that is read, in bytes.
const MaxFile = 256 << 10

// ParseFile reads a YAML mapping of question names to answers as a layer. The
// name stands in messages. All problems are reported at once.
func ParseFile(name string, source []byte, p pack.Pack) (Layer, error) {
	doc, root, err := strictyaml.Parse(name, source)
	if err != nil {
		return nil, problem.AsInput(err)
	}
	layer := FromNode(name, root, p)
	if err := doc.Err(); err != nil {
		return nil, problem.AsInput(err)
	}
	return layer, nil
}

// FromNode reads a mapping of question names to answers. Names that no question
// has stay in the layer, for [Resolve] to report.
func FromNode(name string, node strictyaml.Node, p pack.Pack) Layer {
	var layer Layer
	for _, e := range node.Map() {
		line, column := e.Value.Position()
		v := Value{Name: e.Key, Where: fmt.Sprintf("%s:%d:%d", name, line, column)}
		if q, ok := p.Question(e.Key); ok {
			v.Typed = pack.Given(e.Value, q)
		}
		layer = append(layer, v)
	}
	return layer
}
