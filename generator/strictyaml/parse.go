package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// lineEnds makes of YAML's three line ends the one that the parser knows in all
// places: it keeps the others inside of quotes.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Parse reads one document. The name stands in every message. An empty document
// is an error; see [Doc.Err] for what is found later, while walking the nodes.
func Parse(name string, source []byte) (*Doc, Node, error) {
	source = bytes.TrimPrefix(source, []byte("\ufeff")) // or it would be part of the first key
	source = []byte(lineEnds.Replace(string(source)))
	d := &Doc{name: name, source: source}
	if !utf8.Valid(source) {
		d.report(0, 0, "is not UTF-8")
		return nil, Node{}, d.Err()
	}
	if d.conflicted() || d.blank() {
		return nil, Node{}, d.Err()
	}
	file, err := d.parse()
	if err != nil {
		d.syntax(err)
		return nil, Node{}, d.Err()
	}
	root, ok := d.root(file)
	if !ok {
		return nil, Node{}, d.Err()
	}
	return d, root, nil
}

// parse guards against the parser's panics, and looks at the tokens before it
// does: it meets whatever a stranger wrote.
func (d *Doc) parse() (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("is not YAML: %v", p)
		}
	}()
	tokens := lexer.Tokenize(string(d.source))
	if err := costly(tokens); err != nil {
		return nil, err
	}
	return parser.Parse(tokens, 0)
}

func (d *Doc) root(file *ast.File) (Node, bool) {
	var docs []*ast.DocumentNode
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			docs = append(docs, doc)
		}
	}
	if len(docs) == 0 {
		d.report(0, 0, "is empty")
		return Node{}, false
	}
	if docs[0].Body.Type() == ast.DirectiveType {
		at := docs[0].Body.GetToken().Position
		d.report(at.Line, at.Column, "a directive (%%NAME) is not read here: leave it out")
		return Node{}, false
	}
	if len(docs) > 1 {
		line, column := Node{d, docs[1].Body}.Position()
		d.report(line, column, "a second document starts here: only one is read")
		return Node{}, false
	}
	return Node{d, docs[0].Body}, true
}

func (d *Doc) syntax(err error) {
	if p, ok := err.(Problem); ok {
		d.report(p.Line, p.Column, "%s", p.Message)
		return
	}
	var positioned yaml.Error
	if errors.As(err, &positioned) && positioned.GetToken() != nil {
		at := positioned.GetToken().Position
		d.report(at.Line, at.Column, "%s", positioned.GetMessage())
		return
	}
	d.report(0, 0, "%v", err)
}

// conflicted looks for git's conflict markers first, because what a parser says
// of them helps nobody.
func (d *Doc) conflicted() bool {
	for i, line := range bytes.Split(d.source, []byte("\n")) {
		if bytes.HasPrefix(line, []byte("<<<<<<< ")) || bytes.HasPrefix(line, []byte(">>>>>>> ")) {
			d.report(i+1, 1, "has git's conflict markers: decide for one side and remove the marker lines")
			return true
		}
	}
	return false
}
