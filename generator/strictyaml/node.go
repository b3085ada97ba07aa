package strictyaml

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"scaffold/generator/lazyregexp"
	"scaffold/generator/problem"
)

// A Node is one value of a document. Asking it for a kind that it is not
// reports a problem and returns the zero value, so that reading goes on.
type Node struct {
	doc  *Doc
	node *yaml.Node
}

// An Entry is one key of a mapping.
type Entry struct {
	Key   string
	Name  Node // the key, for positions
	Value Node
}

// Position returns where the value starts, from 1, or would start behind the colon.
func (n Node) Position() (line, column int) {
	if n.IsNull() && n.node.Value == "" {
		return n.node.Line, n.node.Column + 1
	}
	return n.node.Line, n.node.Column
}

// Errorf reports a problem at the node; see [fmt.Errorf].
func (n Node) Errorf(format string, args ...any) {
	line, column := n.Position()
	n.doc.report(line, column, format, args...)
}

// Problems returns how many problems the whole document has so far.
func (n Node) Problems() int { return len(n.doc.problems) }

// Map returns the entries of a mapping, in the order they stand in.
func (n Node) Map() []Entry {
	if n.tag() != "!!map" {
		n.mismatch("a mapping (key: value)")
		return nil
	}
	var entries []Entry
	for i := 0; i < len(n.node.Content); i += 2 {
		key, value := Node{n.doc, n.node.Content[i]}, Node{n.doc, n.node.Content[i+1]}
		name := key.node.Value
		switch {
		case !key.IsString():
			key.Errorf("want a plain word for a key")
		case strings.ContainsFunc(name, problem.IsControl): // messages name it
			key.Errorf("key %q has a control character", name)
		default:
			entries = append(entries, Entry{name, key, value})
		}
	}
	return entries
}

// Find returns the value of a key, if the node is a mapping that has it, and
// reports nothing.
func (n Node) Find(key string) (Node, bool) {
	if !n.IsMap() {
		return Node{}, false
	}
	for i := 0; i < len(n.node.Content); i += 2 {
		if name := (Node{n.doc, n.node.Content[i]}); name.IsString() && name.node.Value == key {
			return Node{n.doc, n.node.Content[i+1]}, true
		}
	}
	return Node{}, false
}

// Fields returns a mapping's values by key and reports every key but the known.
func (n Node) Fields(known ...string) map[string]Node {
	fields := make(map[string]Node)
	for _, e := range n.Map() {
		if !slices.Contains(known, e.Key) {
			e.Name.Errorf("unknown key %q%s", e.Key, problem.DidYouMean(e.Key, known))
			continue
		}
		fields[e.Key] = e.Value
	}
	return fields
}

// List returns the elements of a sequence.
func (n Node) List() []Node {
	if !n.IsList() {
		n.mismatch("a list")
		return nil
	}
	var nodes []Node
	for _, item := range n.node.Content {
		nodes = append(nodes, Node{n.doc, item})
	}
	return nodes
}

func (n Node) IsList() bool { return n.tag() == "!!seq" }

func (n Node) IsMap() bool { return n.tag() == "!!map" }

// IsString reports whether the node is a string, however it is written.
func (n Node) IsString() bool { return n.tag() == "!!str" }

// Contains reports whether the node is a string that part is in.
func (n Node) Contains(part string) bool { return n.IsString() && strings.Contains(n.node.Value, part) }

func (n Node) IsNull() bool { return n.tag() == "!!null" }

func (n Node) IsFlow() bool { return n.node.Style&yaml.FlowStyle != 0 }

// tag returns what the node is by how it is written, as "!!str"; "" if it has a
// tag of its own, or an anchor, or is an alias. A date is a string.
func (n Node) tag() string {
	tag := n.node.ShortTag()
	switch {
	case n.node.Kind == yaml.AliasNode, n.node.Anchor != "", n.node.Style&yaml.TaggedStyle != 0, n.node.Tag == "!":
		return ""
	case tag == "!!timestamp":
		return "!!str"
	}
	return tag
}

func (n Node) isPlain() bool { return n.node.Kind == yaml.ScalarNode && n.node.Style == 0 }

// ambiguous words are strings to YAML 1.2 and booleans to YAML 1.1.
var ambiguous = []string{"yes", "no", "on", "off", "y", "n"}

// Text returns a string. A number or a boolean without quotes is a problem,
// because whoever wrote 1.10 may not mean what a reader makes of it.
func (n Node) Text() string {
	value := n.node.Value
	switch n.tag() {
	case "!!str":
		if n.isPlain() && slices.Contains(ambiguous, strings.ToLower(value)) {
			n.Errorf("want a string, and %s is a boolean to some readers: write %q", value, value)
		}
		return value
	case "!!int", "!!float", "!!bool":
		n.Errorf("want a string, not %s: write %q", n.kind(), value)
	default:
		n.mismatch("a string")
	}
	return ""
}

// FormedText returns a string of a form that no number has, so that it would be of no
// help to write one in quotes.
func (n Node) FormedText(want string) string {
	if n.isNumber() {
		n.mismatch(want)
		return ""
	}
	return n.Text()
}

var shortVersion = lazyregexp.New(`^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?$`)

// Version returns a string that is to be a semantic version.
func (n Node) Version() string {
	like := "1.0.0"
	if n.isNumber() && shortVersion.MatchString(n.node.Value) {
		like = n.node.Value + strings.Repeat(".0", 2-strings.Count(n.node.Value, "."))
	}
	return n.FormedText("three numbers, as in " + like)
}

func (n Node) isNumber() bool { return n.tag() == "!!int" || n.tag() == "!!float" }

// Int returns a decimal integer. 012 is a problem, because readers differ on it.
func (n Node) Int() int {
	if n.tag() != "!!int" {
		n.mismatch("a whole number")
		return 0
	}
	value, err := strconv.Atoi(n.node.Value)
	if err != nil || strconv.Itoa(value) != n.node.Value {
		n.Errorf("want a whole number in decimal, not %s", n.node.Value)
		return 0
	}
	return value
}

func (n Node) Bool() bool {
	if n.tag() != "!!bool" {
		n.mismatch("true or false")
		return false
	}
	return strings.EqualFold(n.node.Value, "true")
}

// Scalar returns the value as the kind it is written as: string, bool or int.
func (n Node) Scalar() any {
	switch n.tag() {
	case "!!bool":
		return n.Bool()
	case "!!int":
		return n.Int()
	}
	return n.Text()
}

func (n Node) mismatch(want string) {
	n.Errorf("want %s, not %s", want, n.kind())
}

func (n Node) kind() string {
	switch n.tag() {
	case "!!map":
		return "a mapping"
	case "!!seq":
		return "a list"
	case "!!str":
		return "a string"
	case "!!int", "!!float":
		return "the number " + n.node.Value
	case "!!bool":
		return "the boolean " + n.node.Value
	case "!!null":
		return "nothing"
	case "!!merge":
		return "a merge key (<<)"
	}
	switch {
	case n.node.Kind == yaml.AliasNode:
		return "an alias (*name): write the value out"
	case n.node.Anchor != "":
		return "an anchor (&name): write the value out"
	}
	return "a tag (!name): leave it out"
}

// Quote returns s as a double-quoted scalar (YAML 1.2 section 7.3.1).
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r > 0xffff && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case r == utf8.RuneError || !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

var plain = lazyregexp.New(`^[A-Za-z/][A-Za-z0-9_./-]*$`)

// Scalar returns a value as [Node.Scalar] and [Node.List] read it back, without
// quotes where no reader could take it for anything else.
func Scalar(value any) string {
	switch v := value.(type) {
	case string:
		word := strings.ToLower(v)
		if !plain.MatchString(v) || slices.Contains(ambiguous, word) || slices.Contains([]string{"true", "false", "null"}, word) {
			return Quote(v)
		}
		return v
	case []string:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = Scalar(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprint(value)
}
