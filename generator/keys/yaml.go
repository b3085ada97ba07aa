package keys

import (
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// readYAML reads YAML by its own parser.
func readYAML(content string) (f File, ok bool) {
	docs, ok := ReadYAML(content)
	r := yamlReader{lines: strings.Split(content, "\n")}
	r.Kind = "key"
	for i, doc := range docs {
		at := Path("")
		if len(docs) > 1 {
			at = at.item(i)
			r.nameDocument(doc)
		}
		r.read(doc, at)
	}
	return r.File, ok
}

// nameDocument names a document among several, because no key in it tells that one stands
// twice.
func (r *yamlReader) nameDocument(doc *yaml.Node) {
	if kind, name := NameDocument(doc); kind != "" && name != "" {
		r.Named = append(r.Named, Key{Path: Path("[" + kind + " " + name + "]"), Line: doc.Line})
	}
}

// NameDocument returns what tells an object of Kubernetes from others: its kind, and its
// name behind its namespace. One without a name may be the only one of its kind.
func NameDocument(doc *yaml.Node) (kind, name string) {
	metadata := valueIn(doc, "metadata")
	name = scalarIn(metadata, "name")
	if namespace := scalarIn(metadata, "namespace"); namespace != "" {
		name = namespace + "/" + name
	}
	return scalarIn(doc, "kind"), name
}

// valueIn returns nil where a node is no mapping, or has no such key.
func valueIn(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func scalarIn(n *yaml.Node, key string) string {
	if v := valueIn(n, key); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// ReadYAML returns the documents of a file. It declines (ok is false) characters that end
// a line for YAML 1.1 alone, and what is nested too deep.
func ReadYAML(content string) (docs []*yaml.Node, ok bool) {
	defer func() {
		if recover() != nil { // because the parser meets what a stranger wrote
			docs, ok = nil, false
		}
	}()
	if len(content) > maxSize || strings.ContainsAny(content, "\r\x00\x01\u0085\u2028\u2029\ufeff") {
		return nil, false
	}
	loader, err := yaml.NewLoader(strings.NewReader(content), yaml.WithPlugin(limits{}))
	if err != nil {
		return nil, false
	}
	for {
		var doc yaml.Node
		if err := loader.Load(&doc); err == io.EOF {
			return docs, true
		} else if err != nil || len(doc.Content) != 1 {
			return nil, false
		}
		docs = append(docs, doc.Content[0])
	}
}

// limits is a plugin of the parser, because that and who walks its nodes recurse.
type limits struct{}

func (limits) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > maxDepth {
		return fmt.Errorf("is nested more than %d deep", maxDepth)
	}
	return nil
}

func (limits) CheckAlias(int, int) error { return nil }

const maxDepth = 64

type yamlReader struct {
	File
	lines []string
}

func (r *yamlReader) read(n *yaml.Node, at Path) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			if k.Kind != yaml.ScalarNode || k.Value == "<<" {
				continue
			}
			key := Key{Path: at.key(k.Value), Line: k.Line}
			if len(v.Content) == 0 {
				key.Value, key.Leaf = yamlValue(v), true
			}
			r.Keys = append(r.Keys, key)
			r.read(v, key.Path)
		}
	case yaml.SequenceNode:
		for i, v := range n.Content {
			if v.Kind == yaml.ScalarNode {
				r.Items = append(r.Items, Item{at, yamlValue(v), v.Line, n.Style&yaml.FlowStyle == 0 && r.whole(v)})
			}
			r.read(v, at.item(i))
		}
	}
}

// whole reports whether a scalar and its dash have a line for themselves, and
// nothing refers to it.
func (r *yamlReader) whole(v *yaml.Node) bool {
	text, dash := strings.CutPrefix(strings.TrimSpace(r.lines[v.Line-1]), "- ")
	text = strings.TrimSpace(text)
	return dash && v.Anchor == "" && v.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 &&
		(text == v.Value || len(text) > 1 && strings.Trim(text, `"'`) == v.Value)
}

// yamlValue tells "1" from 1, and an alias from the text of its name.
func yamlValue(n *yaml.Node) string {
	if n.Kind == yaml.AliasNode {
		return "*" + n.Value
	}
	return n.ShortTag() + " " + n.Value
}
