package keys

import (
	"strconv"
	"strings"

	"scaffold/generator/lazyregexp"
)

// readJSON reads JSON with comments and trailing commas, as editors do.
func readJSON(content string) (File, bool) {
	_, f, ok := parseJSON(content, false)
	return f, ok
}

// readJSON5 reads what is JSON but for names without quotes, and single quotes.
func readJSON5(content string) (File, bool) {
	_, f, ok := parseJSON(content, true)
	return f, ok
}

func parseJSON(content string, json5 bool) (root Node, f File, ok bool) {
	r := jsonReader{newScanner(content), json5}
	r.space()
	root = r.value("", 0)
	r.space()
	return root, r.File, !r.bad && r.done()
}

type jsonReader struct {
	scanner
	json5 bool
}

func (r *jsonReader) space() {
	for !r.done() {
		from := r.i
		r.skipAny(" \t\n")
		if r.take("//") {
			r.skipLine()
		} else if r.take("/*") {
			r.skipUntil("*/")
		}
		if r.i == from {
			return
		}
	}
}

// value takes a value at a path.
func (r *jsonReader) value(at Path, depth int) Node {
	n := Node{Start: r.i, Value: r.i}
	switch {
	case depth > maxDepth:
		r.bad = true
	case r.take("{"):
		n.Open = '{'
		n.Nodes = r.list("}", r.space, func(int) Node { return r.member(at, depth) })
	case r.take("["):
		n.Open = '['
		n.Nodes = r.list("]", r.space, func(i int) Node {
			line := r.line
			return r.item(at, r.value(at.item(i), depth+1), line)
		})
	case r.isQuoted():
		r.quoted(false)
	default:
		r.bad = r.word(" \t\n,]}/\"{[:") == "" || r.bad
	}
	n.End = r.i
	return n
}

func (r *jsonReader) member(at Path, depth int) Node {
	from, line, name := r.i, r.line, ""
	switch {
	case r.isQuoted():
		name = unquote(r.quoted(false))
	case r.json5:
		name = identifier.FindString(r.rest())
		r.skip(len(name))
		r.bad = name == ""
	default:
		r.bad = true
	}
	r.space()
	r.need(":")
	r.space()
	k, i := Key{Path: at.key(name), Line: line}, len(r.Keys)
	r.Keys = append(r.Keys, k)
	n := r.value(k.Path, depth+1)
	n.Names, n.Start = []string{name}, from
	k.Value = r.leaf(n)
	k.Leaf = k.Value != ""
	r.Keys[i] = k
	return n
}

func (r *jsonReader) isQuoted() bool { return r.has(`"`) || r.json5 && r.has("'") }

var identifier = lazyregexp.New(`^[A-Za-z_$][A-Za-z0-9_$]*`)

// unquote leaves what it does not read as it is.
func unquote(quoted string) string {
	if name, ok := strings.CutPrefix(quoted, "'"); ok && !strings.Contains(name, `\`) {
		return strings.TrimSuffix(name, "'")
	}
	if name, err := strconv.Unquote(quoted); err == nil {
		return name
	}
	return quoted
}
