package strictyaml

import (
	"bytes"
	"slices"
	"strings"
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

// directives reports whether there is nothing but %DIRECTIVES and comments.
func directives(source []byte) bool {
	for line := range bytes.Lines(source) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '%' && line[0] != '#' {
			return false
		}
	}
	return true
}
