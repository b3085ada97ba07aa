package keys

import "strconv"

// readJSON reads JSON with comments and trailing commas, as editors do.
func readJSON(content string) (File, bool) {
	r := jsonReader{newScanner(content)}
	r.space()
	r.value("", 0)
	r.space()
	return r.File, !r.bad && r.done()
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

// value takes a value at a path, and returns it if it is a scalar.
func (r *jsonReader) value(at Path, depth int) (scalar string) {
	switch {
	case depth > maxDepth:
		r.bad = true
	case r.take("{"):
		r.list("}", r.space, func(int) { r.member(at, depth) })
	case r.take("["):
		r.list("]", r.space, func(n int) {
			from, line := r.i, r.line
			if s := r.value(at.item(n), depth+1); s != "" {
				r.Items = append(r.Items, Item{at, s, line, r.whole(from, r.i)})
			}
		})
	case r.has(`"`):
		return r.quoted(false)
	default:
		scalar = r.word(" \t\n,]}/\"{[:")
		r.bad = r.bad || scalar == ""
	}
	return scalar
}

func (r *jsonReader) member(at Path, depth int) {
	if !r.has(`"`) {
		r.bad = true
		return
	}
	line, quoted := r.line, r.quoted(false)
	name, err := strconv.Unquote(quoted)
	if err != nil {
		name = quoted
	}
	r.space()
	r.need(":")
	r.space()
	k, i := Key{Path: at.key(name), Line: line}, len(r.Keys)
	r.Keys = append(r.Keys, k)
	k.Value = r.value(k.Path, depth+1)
	k.Leaf = k.Value != ""
	r.Keys[i] = k
}
