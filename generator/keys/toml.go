package keys

import (
	"regexp"
	"strings"
)

// readTOML reads tables, arrays of tables and what they assign.
func readTOML(content string) (File, bool) {
	r := tomlReader{scanner: newScanner(content), count: map[Path]int{}}
	var table Path
	for {
		r.space()
		if r.done() {
			return r.File, !r.bad
		}
		line := r.line
		switch {
		case r.take("[["):
			table = r.within("", r.dotted())
			r.need("]]")
			r.count[table]++
			table = table.item(r.count[table] - 1)
		case r.take("["):
			table = r.within("", r.dotted())
			r.need("]")
			r.Keys = append(r.Keys, Key{Path: table, Line: line})
		default:
			r.assign(table, 0)
		}
		r.skipAny(" \t")
		if !r.has("#") && !r.has("\n") && r.i < len(r.s) {
			return File{}, false
		}
	}
}

type tomlReader struct {
	scanner
	count map[Path]int // of tables in an array
}

// within is the path of a dotted name in a table. A name that goes through an
// array of tables means its last.
func (r *tomlReader) within(table Path, names []string) Path {
	for i, name := range names {
		table = table.key(name)
		if n := r.count[table]; n > 0 && i < len(names)-1 {
			table = table.item(n - 1)
		}
	}
	return table
}

func (r *tomlReader) space() {
	for r.skipAny(" \t\n"); r.has("#"); r.skipAny(" \t\n") {
		r.skipLine()
	}
}

var bare = regexp.MustCompile(`^[A-Za-z0-9_-]+`)

func (r *tomlReader) dotted() (names []string) {
	for !r.bad {
		r.skipAny(" \t")
		switch {
		case r.has(`"`):
			q := r.quoted(false)
			r.bad = r.bad || strings.Contains(q, `\`) // because it may spell another name
			names = append(names, strings.Trim(q, `"`))
		case r.has("'"):
			names = append(names, strings.Trim(r.quoted(true), "'"))
		default:
			name := bare.FindString(r.rest())
			r.bad = name == ""
			r.skip(len(name))
			names = append(names, name)
		}
		r.skipAny(" \t")
		if !r.take(".") {
			break
		}
	}
	return names
}

func (r *tomlReader) assign(table Path, depth int) {
	k := Key{Line: r.line}
	k.Path = r.within(table, r.dotted())
	r.need("=")
	r.skipAny(" \t")
	i := len(r.Keys)
	r.Keys = append(r.Keys, k)
	k.Value = r.value(k.Path, depth+1)
	k.Leaf = k.Value != ""
	r.Keys[i] = k
}

// value takes a value at a path, and returns it if it is a scalar.
func (r *tomlReader) value(at Path, depth int) (scalar string) {
	from := r.i
	switch {
	case r.bad || r.i == len(r.s) || depth > maxDepth:
		r.bad = true
	case r.has(`"""`), r.has("'''"):
		r.multiline(r.rest()[:3])
		scalar = r.s[from:r.i]
	case r.has(`"`), r.has("'"):
		scalar = r.quoted(r.has("'"))
	case r.take("["):
		r.list("]", r.space, func(n int) {
			from, line := r.i, r.line
			if s := r.value(at.item(n), depth+1); s != "" {
				r.Items = append(r.Items, Item{at, s, line, r.whole(from, r.i)})
			}
		})
	case r.take("{"):
		r.list("}", r.space, func(int) { r.assign(at, depth) })
	default:
		scalar = strings.TrimSpace(r.word(",]}#\n"))
		r.bad = r.bad || scalar == ""
	}
	return scalar
}

// multiline takes a string that may have line feeds, and up to two quotes before
// the three that end it.
func (r *tomlReader) multiline(quotes string) {
	for r.skip(3); !r.done(); r.skip(1) {
		if r.has(`\`) && quotes == `"""` && r.i+1 < len(r.s) {
			r.skip(1)
		} else if r.take(quotes) {
			for range 2 {
				r.take(quotes[:1])
			}
			return
		}
	}
	r.bad = true
}
