package strictyaml

import (
	"bytes"
	"slices"
	"strings"

	"scaffold/generator/lazyregexp"
)

// unsure has parts of messages about what other readers may take.
var unsure = []string{
	"is not UTF-8", "not every reader", "already defined", "are nested", "is nested", "is not YAML: ",
	"unknown anchor", "not allowed in a YAML tag", "expected alphabetic or numeric",
	"found character '-'", "found a comment without", "Unicode character escape", "before directive",
}

// otherDirective matches the % of directives other than %TAG. They change nothing,
// but the parser knows none of them, not even %YAML 1.2.
var otherDirective = lazyregexp.New(`(?m)^%([^T])`)

// maxChecked is in bytes, and low because a hostile text takes some hundred times
// its size in memory.
const maxChecked = 512 << 10

// maxDirectives caps %TAG, because the parser compares each with all others.
const maxDirectives = 1000

// Check returns what is wrong with YAML that somebody else will read: of any
// number of documents, with directives, tags and aliases. The fault is sure if
// every reader would refuse the text.
func Check(name string, source []byte) (fault *Problem, sure bool) {
	if len(source) > maxChecked {
		return &Problem{Name: name, Line: 1, Column: 1, Message: "the file is too long to be checked"}, false
	}
	d := newDoc(name, source)
	if bytes.Count(d.source, []byte("\n%")) > maxDirectives {
		return &Problem{Name: name, Line: 1, Column: 1, Message: "the file has too many directives to be checked"}, false
	}
	d.source = otherDirective.ReplaceAll(d.source, []byte("#$1"))
	if !d.refuse() {
		for body, err := range d.documents(limits{}) {
			if err == nil {
				d.checkKeys(body)
				continue
			}
			d.problems = nil // of keys, which are not sure
			d.reportSyntax(err)
		}
	}
	if len(d.problems) == 0 {
		return nil, false
	}
	fault = &d.problems[0]
	fault.Line, fault.Column = max(fault.Line, 1), max(fault.Column, 1)
	fault.Excerpt = d.line(fault.Line)
	return fault, !slices.ContainsFunc(unsure, func(part string) bool { return strings.Contains(fault.Message, part) })
}
