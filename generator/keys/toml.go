package keys

import (
	"strings"

	"scaffold/generator/lazyregexp"
)

// readTOML reads tables, arrays of tables and what they assign.
func readTOML(content string) (File, bool) {
	_, f, ok := parseTOML(content)
	return f, ok
}

func parseTOML(content string) (nodes []Node, f File, ok bool) {
	r := tomlReader{scanner: newScanner(content), count: map[Path]int{}}
	var table Path
	for {
		r.space()
		if r.done() {
			return nodes, r.File, !r.bad
		}
		n, line := Node{Start: r.i}, r.line
		switch {
		case r.take("[["):
			n = r.header(n, 2)
			table = r.within("", n.Names)
			r.count[table]++
			table = table.item(r.count[table] - 1)
		case r.take("["):
			n = r.header(n, 1)
			table = r.within("", n.Names)
			r.Keys = append(r.Keys, Key{Path: table, Line: line})
		default:
			n = r.assign(table, 0)
		}
		nodes = append(nodes, n)
		r.skipAny(" \t")
		if !r.has("#") && !r.has("\n") && r.i < len(r.s) {
			return nil, File{}, false
		}
	}
}

// header takes the names of a table, and the brackets behind them.
func (r *tomlReader) header(n Node, brackets int) Node {
	n.Header, n.Names = brackets, r.dotted()
	r.need("]]"[:brackets])
	n.Value, n.End = n.Start, r.i
	return n
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

var bare = lazyregexp.New(`^[A-Za-z0-9_-]+`)

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

func (r *tomlReader) assign(table Path, depth int) Node {
	from, line := r.i, r.line
	names := r.dotted()
	k := Key{Path: r.within(table, names), Line: line}
	r.need("=")
	r.skipAny(" \t")
	i := len(r.Keys)
	r.Keys = append(r.Keys, k)
	n := r.value(k.Path, depth+1)
	n.Names, n.Start = names, from
	k.Value = r.leaf(n)
	k.Leaf = k.Value != ""
	r.Keys[i] = k
	return n
}

// value takes a value at a path.
func (r *tomlReader) value(at Path, depth int) Node {
	n := Node{Start: r.i, Value: r.i}
	switch {
	case r.bad || r.i == len(r.s) || depth > maxDepth:
		r.bad = true
	case r.has(`"""`), r.has("'''"):
		r.multiline(r.rest()[:3])
	case r.has(`"`), r.has("'"):
		r.quoted(r.has("'"))
	case r.take("["):
		n.Open = '['
		n.Nodes = r.list("]", r.space, func(i int) Node {
			line := r.line
			return r.item(at, r.value(at.item(i), depth+1), line)
		})
	case r.take("{"):
		n.Open = '{'
		n.Nodes = r.list("}", r.space, func(int) Node { return r.assign(at, depth) })
	default:
		r.bad = strings.TrimSpace(r.word(",]}#\n")) == "" || r.bad
	}
	n.End = r.i - len(r.s[n.Value:r.i]) + len(strings.TrimRight(r.s[n.Value:r.i], " \t"))
	return n
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
