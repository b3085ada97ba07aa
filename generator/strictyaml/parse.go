package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"scaffold/generator/lazyregexp"
)

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func newDoc(name string, source []byte) *Doc {
	source = bytes.TrimPrefix(source, []byte(byteOrderMark))
	return &Doc{name: name, source: []byte(lineEnds.Replace(string(source)))}
}

// Parse reads one document, whose name stands in every message. [Doc.Err] has what
// is found later, while walking the nodes.
func Parse(name string, source []byte) (*Doc, Node, error) {
	d := newDoc(name, source)
	root := d.parse()
	if err := d.Err(); err != nil {
		return nil, Node{}, err
	}
	return d, Node{d, root}, nil
}

// directive matches the % of %YAML and %TAG, which would change what is read.
var directive = lazyregexp.New(`(?m)^%`)

func (d *Doc) parse() (root *yaml.Node) {
	if d.refuse() {
		return nil
	}
	if at := directive.FindIndex(d.source); at != nil {
		d.report(bytes.Count(d.source[:at[1]], []byte("\n"))+1, 1, "a directive (%%NAME) is not read here: leave it out")
		return nil
	}
	for body, err := range d.documents(limits{}, anyAlias{}) {
		switch {
		case err != nil:
			d.reportSyntax(err)
			return nil
		case isEmpty(body):
		case root != nil:
			d.report(body.Line, body.Column, "a second document starts here: only one is read")
			return nil
		default:
			root = body
		}
	}
	if root == nil {
		d.report(0, 0, "is empty")
		return nil
	}
	d.checkKeys(root)
	return root
}

// refuse reports the first line that the parser must not see, because what it says
// of git's conflict markers helps nobody, and some characters are not the same to
// all readers: to YAML 1.1, U+2028 ends a line.
func (d *Doc) refuse() bool {
	if !utf8.Valid(d.source) {
		d.report(0, 0, "is not UTF-8")
		return true
	}
	for i, line := range strings.Split(string(d.source), "\n") {
		special := strings.IndexFunc(line, isSpecial)
		switch {
		case strings.HasPrefix(line, "<<<<<<< "), strings.HasPrefix(line, ">>>>>>> "):
			d.report(i+1, 1, "has git's conflict markers: decide for one side and remove the marker lines")
		case special >= 0:
			r, _ := utf8.DecodeRuneInString(line[special:])
			d.report(i+1, utf8.RuneCountInString(line[:special])+1, "has %U, which not every reader of YAML takes for text: write %s", r, Quote(string(r)))
		default:
			continue
		}
		return true
	}
	return false
}

// isSpecial reports whether r is no character to YAML 1.2, a line's end to 1.1, or
// a byte order mark where none belongs.
func isSpecial(r rune) bool {
	switch {
	case r < ' ':
		return r != '\t'
	case r < 0x7f:
		return false
	}
	return r < 0xa0 || strings.ContainsRune("\u2028\u2029\ufeff\ufffe\uffff", r)
}

// documents parses document after document; an error is the last that it yields.
func (d *Doc) documents(plugins ...any) iter.Seq2[*yaml.Node, error] {
	return func(yield func(*yaml.Node, error) bool) {
		loader, err := yaml.NewLoader(bytes.NewReader(d.source), yaml.WithPlugin(plugins...))
		for err == nil {
			var doc *yaml.Node
			if doc, err = load(loader); err == nil && !yield(doc.Content[0], nil) {
				return
			}
		}
		if err != io.EOF {
			yield(nil, err)
		}
	}
}

// isEmpty reports whether a document has nothing but comments.
func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style == 0 && n.Tag == "!!null" && n.Value == "" && n.Anchor == ""
}

// load recovers from the parser's panics, because it meets what a stranger wrote.
func load(loader *yaml.Loader) (doc *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("is not YAML: %v", p)
		}
	}()
	doc = new(yaml.Node)
	return doc, loader.Load(doc)
}

const maxDepth = 64 // because the parser and those who walk its nodes recurse

// limits is a plugin of the parser. Aliases cost nothing, because none is followed.
type limits struct{}

func (limits) CheckDepth(depth int, at *yaml.DepthContext) error {
	switch {
	case depth <= maxDepth:
		return nil
	case at.Kind == yaml.DepthKindFlow:
		return fmt.Errorf("brackets are nested more than %d deep", maxDepth)
	}
	return fmt.Errorf("is nested more than %d deep", maxDepth)
}

func (limits) CheckAlias(int, int) error { return nil }

// anyAlias is a plugin of the parser that takes any alias, because whoever asks for
// its value refuses it.
type anyAlias struct{}

func (a anyAlias) NewAliasDataContext(yaml.AliasDataServices) (yaml.AliasDataContext, error) {
	return a, nil
}
func (anyAlias) BeginDocument() error                  { return nil }
func (anyAlias) EndDocument() error                    { return nil }
func (anyAlias) DefineAnchor(string, *yaml.Node) error { return nil }
func (anyAlias) ResolveAlias(string) (*yaml.Node, bool, error) {
	return &yaml.Node{Kind: yaml.ScalarNode}, true, nil
}

var unclosed = map[rune]string{
	'[':  "sequence end token ']' not found",
	'{':  "mapping end token '}' not found",
	'"':  "could not find end character of double-quoted text",
	'\'': "could not find end character of single-quoted text",
}

const oneColumn = "keys that belong together begin in one column"

// reportSyntax reports what the parser says: where it met something that was not
// closed, at the place where that begins.
func (d *Doc) reportSyntax(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		d.report(0, 0, "%v", err)
		return
	}
	text := []rune(string(d.source) + "\n")
	at, opened, message := e.Mark, e.ContextMark, e.Message
	last := d.lastMark()
	ended := at.Index > last.Index
	if ended {
		at = last
	}
	switch message {
	case "could not find expected ':'":
		at = opened
	case "did not find expected ',' or ']'", "did not find expected ',' or '}'", "found unexpected end of stream":
		if ended || at.Line > opened.Line {
			at, message = opened, unclosed[text[opened.Index]]
		}
	case "did not find expected node content":
		if words := unclosed[text[at.Index]]; ended && words != "" {
			message = words
		}
	case "found invalid Unicode character escape code": // such as JSON's two for one character
		message += ": write the character itself"
	case "mapping values are not allowed in this context":
		message += ": a text with a colon stands in quotes, and " + oneColumn
	case "did not find expected key", "did not find expected <document start>":
		message += ": " + oneColumn
	case "found character that cannot start any token":
		if text[at.Index] == '\t' {
			message = "found a tab, and YAML is indented by spaces alone"
			break
		}
		message = fmt.Sprintf("found character %q that cannot start any token", text[at.Index])
	}
	d.report(at.Line, at.Column, "%s", message)
}

func (d *Doc) lastMark() yaml.Mark {
	text := bytes.TrimRight(d.source, " \t\n")
	line := text[bytes.LastIndexByte(text, '\n')+1:]
	return yaml.Mark{
		Index:  max(utf8.RuneCount(text)-1, 0),
		Line:   bytes.Count(text, []byte("\n")) + 1,
		Column: max(utf8.RuneCount(line), 1),
	}
}

func (d *Doc) checkKeys(n *yaml.Node) {
	first := make(map[string]*yaml.Node)
	for i, child := range n.Content {
		d.checkKeys(child)
		if n.Kind != yaml.MappingNode || i%2 == 1 || child.Kind != yaml.ScalarNode {
			continue
		}
		if f := first[child.Value]; f != nil {
			d.report(child.Line, child.Column, "mapping key %q already defined at [%d:%d]", child.Value, f.Line, f.Column)
			continue
		}
		first[child.Value] = child
	}
}
