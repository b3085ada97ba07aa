package keys

import "strings"

// A scanner goes through text from left to right, and counts lines. What it
// cannot read makes it bad, and it stays so.
type scanner struct {
	s    string
	i    int
	line int
	bad  bool
	File
}

func newScanner(s string) scanner { return scanner{s: s, line: 1, File: File{Kind: "key"}} }

func (r *scanner) rest() string { return r.s[r.i:] }

func (r *scanner) done() bool { return r.bad || r.i == len(r.s) }

func (r *scanner) has(prefix string) bool { return strings.HasPrefix(r.rest(), prefix) }

func (r *scanner) skip(n int) {
	r.line += strings.Count(r.s[r.i:r.i+n], "\n")
	r.i += n
}

func (r *scanner) take(prefix string) bool {
	if r.bad || !r.has(prefix) {
		return false
	}
	r.skip(len(prefix))
	return true
}

func (r *scanner) need(prefix string) { r.bad = !r.take(prefix) || r.bad }

// skipUntil goes behind the next end, or is bad without one.
func (r *scanner) skipUntil(end string) {
	n := strings.Index(r.rest(), end)
	if n < 0 {
		r.bad = true
		return
	}
	r.skip(n + len(end))
}

func (r *scanner) skipAny(set string) {
	r.skip(len(r.rest()) - len(strings.TrimLeft(r.rest(), set)))
}

// skipLine goes to the end of the line, and not over it.
func (r *scanner) skipLine() {
	if n := strings.IndexByte(r.rest(), '\n'); n >= 0 {
		r.skip(n)
		return
	}
	r.i = len(r.s)
}

// list calls item for each of a list up to its end. What may stand around items
// and commas is skipped by space.
func (r *scanner) list(end string, space func(), item func(n int) Node) (nodes []Node) {
	for {
		space()
		if r.bad || r.take(end) {
			return nodes
		}
		nodes = append(nodes, item(len(nodes)))
		space()
		if !r.take(",") {
			r.need(end)
			return nodes
		}
	}
}

// scalar returns the text of a node, or nothing where that is a list.
func (r *scanner) scalar(n Node) string {
	if r.bad || n.Open != 0 {
		return ""
	}
	return r.s[n.Value:n.End]
}

// leaf returns the text of a node that has nothing below it.
func (r *scanner) leaf(n Node) string {
	if r.bad || len(n.Nodes) > 0 {
		return ""
	}
	return r.s[n.Value:n.End]
}

// item notes the scalar at n as an item of the list at a path, whose line is given.
func (r *scanner) item(list Path, n Node, line int) Node {
	if s := r.scalar(n); s != "" {
		r.Items = append(r.Items, Item{list, s, line, r.whole(n.Value, n.End)})
	}
	return n
}

// word takes all that is not in the set.
func (r *scanner) word(stop string) string {
	n := strings.IndexAny(r.rest(), stop)
	if n < 0 {
		n = len(r.rest())
	}
	w := r.rest()[:n]
	r.skip(n)
	return w
}

// quoted takes a string of one line, with its quotes. A backslash keeps the next
// character from ending it, unless raw.
func (r *scanner) quoted(raw bool) string {
	from, quote := r.i, r.s[r.i]
	for r.i++; r.i < len(r.s) && r.s[r.i] != '\n'; r.i++ {
		switch {
		case r.s[r.i] == quote:
			r.i++
			return r.s[from:r.i]
		case r.s[r.i] == '\\' && !raw && r.i+1 < len(r.s) && r.s[r.i+1] != '\n':
			r.i++
		}
	}
	r.bad = true
	return ""
}

// whole reports whether what stands from one offset to another has its line for
// itself but for blanks, and a comma follows, so that the lines around it are a
// list without it.
func (r *scanner) whole(from, to int) bool {
	start := strings.LastIndexByte(r.s[:from], '\n') + 1
	line, _, _ := strings.Cut(r.s[to:], "\n")
	return strings.TrimSpace(r.s[start:from]) == "" && start > 0 && strings.TrimSpace(line) == "," &&
		!strings.Contains(r.s[from:to], "\n")
}
