package strictyaml

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"scaffold/generator/problem"
)

// A Node is one value of a document. Asking it for a kind that it is not
// reports a problem and returns the zero value, so that reading goes on.
type Node struct {
	doc  *Doc
	node ast.Node
}

// An Entry is one key of a mapping.
type Entry struct {
	Key   string
	Name  Node // the key, for positions
	Value Node
}

func (n Node) Position() (line, column int) {
	if m, ok := n.node.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return Node{n.doc, m.Values[0].Key}.Position()
	}
	if m, ok := n.node.(*ast.MappingValueNode); ok {
		return Node{n.doc, m.Key}.Position()
	}
	at := n.node.GetToken().Position
	return at.Line, at.Column
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
	var values []*ast.MappingValueNode
	switch m := n.node.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		n.mismatch("a mapping (key: value)")
		return nil
	}
	var entries []Entry
	for _, v := range values {
		key := Node{n.doc, v.Key}
		name, ok := v.Key.(*ast.StringNode)
		if !ok {
			key.Errorf("want a plain word for a key")
			continue
		}
		if strings.ContainsFunc(name.Value, unicode.IsControl) { // messages name it
			key.Errorf("key %q has a control character", name.Value)
			continue
		}
		entries = append(entries, Entry{name.Value, key, Node{n.doc, v.Value}})
	}
	return entries
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
	s, ok := n.node.(*ast.SequenceNode)
	if !ok {
		n.mismatch("a list")
		return nil
	}
	var nodes []Node
	for _, v := range s.Values {
		nodes = append(nodes, Node{n.doc, v})
	}
	return nodes
}

func (n Node) IsList() bool {
	_, ok := n.node.(*ast.SequenceNode)
	return ok
}

// IsString reports whether the node is a string, however it is written.
func (n Node) IsString() bool {
	switch n.node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return true
	}
	return false
}

// ambiguous words are strings to YAML 1.2 and booleans to YAML 1.1.
var ambiguous = []string{"yes", "no", "on", "off", "y", "n"}

// Text returns a string. A number or a boolean without quotes is a problem:
// whoever wrote 1.10 may not mean what a reader makes of it.
func (n Node) Text() string {
	switch s := n.node.(type) {
	case *ast.StringNode:
		written := strings.TrimSpace(s.Token.Origin)
		switch plain := s.Token.Type == token.StringType; {
		case plain && slices.Contains(ambiguous, strings.ToLower(s.Value)):
			n.Errorf("want a string, and %s is a boolean to some readers: write %q", s.Value, s.Value)
		case plain && strings.Contains(written, "\t"): // the parser drops it
			n.Errorf("a string without quotes has a tab: write %q", written)
		}
		return s.Value
	case *ast.LiteralNode:
		return s.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NanNode, *ast.InfinityNode:
		n.Errorf("want a string, not %s: write %q", n.kind(), s.GetToken().Value)
		return ""
	}
	n.mismatch("a string")
	return ""
}

// Int returns a decimal integer. 012 and 0x1f are problems: readers differ on
// the first, and nobody needs the second.
func (n Node) Int() int {
	i, ok := n.node.(*ast.IntegerNode)
	if !ok {
		n.mismatch("a whole number")
		return 0
	}
	text := i.GetToken().Value
	value, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(value) != text {
		n.Errorf("want a whole number in decimal, not %s", text)
		return 0
	}
	return value
}

func (n Node) Bool() bool {
	b, ok := n.node.(*ast.BoolNode)
	if !ok {
		n.mismatch("true or false")
		return false
	}
	return b.Value
}

// Scalar returns the value as the kind it is written as: string, bool or int.
func (n Node) Scalar() any {
	switch n.node.(type) {
	case *ast.BoolNode:
		return n.Bool()
	case *ast.IntegerNode:
		return n.Int()
	}
	return n.Text()
}

func (n Node) mismatch(want string) {
	n.Errorf("want %s, not %s", want, n.kind())
}

func (n Node) kind() string {
	switch n.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "a string"
	case *ast.IntegerNode:
		return "the number " + n.node.GetToken().Value
	case *ast.FloatNode, *ast.NanNode, *ast.InfinityNode:
		return "the number " + n.node.GetToken().Value
	case *ast.BoolNode:
		return "the boolean " + n.node.GetToken().Value
	case *ast.NullNode:
		return "nothing"
	case *ast.AliasNode:
		return "an alias (*name): write the value out"
	case *ast.AnchorNode:
		return "an anchor (&name): write the value out"
	case *ast.TagNode:
		return "a tag (!name): leave it out"
	}
	return "this"
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

// plain matches strings that every YAML reader takes for just that string.
var plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./-]*$`)

// Scalar returns a value as [Node.Scalar] and [Node.List] read it back: strings
// without quotes where no reader could take them for anything else.
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
