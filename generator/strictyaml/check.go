package strictyaml

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// unsure are parts of what the parser says of what other readers may take: keys
// that are lists or empty, a tab in quotes, one key twice, tags it does not know.
var unsure = []string{
	"already defined", "invalid key", "unexpected key name", "unexpected scalar value type",
	"undefined anchor", "directive", "tab character cannot be used", "is not YAML: ",
}

// Check returns what is wrong with YAML that somebody else will read: of any
// number of documents, with directives, tags and aliases. The fault is sure if
// every reader would refuse the text, and not where it may be more than this
// parser knows, or is willing to look at.
func Check(name string, source []byte) (fault *Problem, sure bool) {
	source = []byte(lineEnds.Replace(string(bytes.TrimPrefix(source, []byte(byteOrderMark)))))
	line := 1
	for part := range documents(source) {
		if fault, sure := checkDocument(name, part, line); fault != nil {
			fault.Excerpt = (&Doc{source: source}).line(fault.Line)
			return fault, sure
		}
		line += bytes.Count(part, []byte("\n"))
	}
	return nil, false
}

// documents cuts a text before each line that starts a document and after each
// that ends one. The parser takes quadratic time for many of them together.
func documents(source []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		start, at := 0, 0
		for line := range bytes.Lines(source) {
			word := string(bytes.TrimRight(line, " \t\n"))
			if at > start && (word == "---" || strings.HasPrefix(word, "--- ") || strings.HasPrefix(word, "---\t")) {
				if !yield(source[start:at]) {
					return
				}
				start = at
			}
			if at += len(line); word == "..." {
				if !yield(source[start:at]) {
					return
				}
				start = at
			}
		}
		if at > start {
			yield(source[start:at])
		}
	}
}

// maxChecked is the largest document that is looked at, in bytes.
const maxChecked = 256 << 10

func checkDocument(name string, source []byte, first int) (fault *Problem, sure bool) {
	if len(source) > maxChecked {
		return &Problem{Name: name, Line: first, Column: 1, Message: "a document starts here that is too long to be checked"}, false
	}
	if directives(source) {
		return nil, false
	}
	d := &Doc{name: name, source: spaced(source)}
	sure = !d.blank()
	if len(d.problems) == 0 {
		_, err := d.parse()
		if err == nil {
			return nil, false
		}
		_, costly := err.(Problem)
		sure = !costly
		d.syntax(err)
	}
	fault = &d.problems[0]
	sure = sure && !slices.ContainsFunc(unsure, func(part string) bool { return strings.Contains(fault.Message, part) })
	fault.Line = max(fault.Line, 1) + first - 1
	fault.Column = max(fault.Column, 1)
	return fault, sure
}

// spaced returns source with a space for every tab that does not indent its line.
// There both mean the same, or are text, but the parser trips over some tabs.
func spaced(source []byte) []byte {
	text := bytes.Clone(source)
	indents := true
	for i, c := range text {
		switch {
		case c == '\n':
			indents = true
		case c == '\t' && !indents:
			text[i] = ' '
		case c != ' ' && c != '\t':
			indents = false
		}
	}
	return text
}

func directives(source []byte) bool {
	for line := range bytes.Lines(source) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '%' && line[0] != '#' {
			return false
		}
	}
	return true
}

// Limits on what the parser is given. It recurses into what is nested, and looks
// through all that came before at every key and every document.
const (
	maxDepth     = 64
	maxKeys      = 10_000
	maxItems     = 20_000
	maxDocuments = 16  // more than one is refused, but said better later
	maxBlank     = 200 // lines in a row: the lexer reads such a run once for each
)

func (d *Doc) blank() bool {
	run, line := 0, 0
	for text := range bytes.SplitSeq(d.source, []byte("\n")) {
		line++
		if len(bytes.TrimSpace(text)) > 0 {
			run = 0
		} else if run++; run > maxBlank {
			d.report(line, 1, "more than %d empty lines follow one another", maxBlank)
			return true
		}
	}
	return false
}

// costly returns the Problem of tokens that the parser would take too much time,
// memory or stack for. It counts tokens and not characters, since a bracket in
// quotes nests nothing.
func costly(tokens token.Tokens) error {
	var brackets, documents, entries, items, keys, line int
	for i, t := range tokens {
		if t.Position.Line != line {
			line, entries = t.Position.Line, 0
			if brackets == 0 && t.Position.Column > 8*maxDepth+1 && !inBlock(tokens, i) {
				return tooMuch(t, "is indented more than %d columns", 8*maxDepth)
			}
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets = max(brackets-1, 0)
		case token.SequenceEntryType, token.MappingKeyType:
			entries++
			items++
		case token.MappingValueType:
			keys++
		case token.DocumentHeaderType:
			documents++
		}
		switch {
		case brackets > maxDepth:
			return tooMuch(t, "brackets are nested more than %d deep", maxDepth)
		case entries > maxDepth:
			return tooMuch(t, "is indented more than %d columns", 8*maxDepth)
		case keys > maxKeys:
			return tooMuch(t, "has more than %d keys", maxKeys)
		case items > maxItems:
			return tooMuch(t, "has more than %d items", maxItems)
		case documents > maxDocuments:
			return tooMuch(t, "a second document starts here: only one is read")
		}
	}
	return nil
}

// inBlock reports whether a token is the text of a block scalar, which may be
// indented as its author likes, or a comment.
func inBlock(tokens token.Tokens, i int) bool {
	if tokens[i].Type == token.CommentType {
		return true
	}
	return i > 0 && (tokens[i-1].Type == token.LiteralType || tokens[i-1].Type == token.FoldedType)
}

func tooMuch(at *token.Token, format string, args ...any) error {
	return Problem{Line: at.Position.Line, Column: 1, Message: fmt.Sprintf(format, args...)}
}
