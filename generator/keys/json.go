package keys

import "strconv"

// readJSON reads JSON with comments and trailing commas, as editors do.
func readJSON(content string) (File, bool) {
	_, f, ok := parseJSON(content)
	return f, ok
}

func parseJSON(content string) (root Node, f File, ok bool) {
	r := jsonReader{newScanner(content)}
	r.space()
	root = r.value("", 0)
	r.space()
	return root, r.File, !r.bad && r.done()
}

type jsonReader struct{ scanner }

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
	case r.has(`"`):
		r.quoted(false)
	default:
		r.bad = r.word(" \t\n,]}/\"{[:") == "" || r.bad
	}
	n.End = r.i
	return n
}

func (r *jsonReader) member(at Path, depth int) Node {
	if !r.has(`"`) {
		r.bad = true
		return Node{}
	}
	from, line := r.i, r.line
	quoted := r.quoted(false)
	name, err := strconv.Unquote(quoted)
	if err != nil {
		name = quoted
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
