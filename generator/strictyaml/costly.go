package strictyaml

import (
	"bytes"
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// Limits on what the parser is given. It recurses into what is nested, and looks
// through all that came before at every key and every document.
const (
	maxDepth     = 64
	maxKeys      = 10_000
	maxItems     = 20_000
	maxDocuments = 16  // more than one is refused, but said better later
	maxBlank     = 200 // lines in a row: the lexer reads such a run once for each
)

// blank refuses a long run of empty lines.
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
