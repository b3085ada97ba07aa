package merge

import "strings"

// A Span is a half-open range of lines, counted from 0.
type Span struct{ Start, End int }

// Len is the number of lines in s.
func (s Span) Len() int { return s.End - s.Start }

// An Edit replaces the lines Old of one file by the lines New of another.
// Between two edits of one diff there is at least one line that both files
// have.
type Edit struct{ Old, New Span }

// size is what a reader would call the number of changed lines.
func (e Edit) size() int { return max(e.Old.Len(), e.New.Len()) }

// Diff returns the edits that make b of a, in order. Lines are compared with
// their terminators.
func Diff(a, b []byte) []Edit {
	ids, n := intern(splitLines(a), splitLines(b))
	edits, _ := diff(ids[0], ids[1], n)
	return edits
}

// splitLines keeps terminators.
func splitLines(data []byte) []string {
	s := string(data)
	lines := make([]string, 0, strings.Count(s, "\n")+1)
	for s != "" {
		n := strings.IndexByte(s, '\n') + 1
		if n == 0 {
			n = len(s)
		}
		lines = append(lines, s[:n])
		s = s[n:]
	}
	return lines
}

// budget caps one diff, in comparisons of two line numbers. It is a count and
// not a time, so that the same files always give the same edits. Ordinary
// files spend some thousands; all of it takes about 40 ms.
const budget = 6_000_000

// A differ finds which lines of a and b have no partner in the other.
type differ struct {
	a, b   side
	work   int // what is left of the budget
	index  index
	fw, bw []int32 // furthest points of the two searches, by diagonal
}

// A side is one file of a diff: the numbers of its lines, and which of them
// are changed. Both sides have the same unchanged lines in the same order.
type side struct {
	ids     []int32
	changed []bool
}

// A box is the part of a diff that is still open: these lines of a and b.
type box struct{ a, b Span }

// diff returns the edits between a and b, whose n distinct lines are numbered
// from 0. exact is false if the budget ran out: the edits are still right, but
// some cover more lines than they need to.
func diff(a, b []int32, n int) (edits []Edit, exact bool) {
	d := differ{
		a:    side{a, make([]bool, len(a))},
		b:    side{b, make([]bool, len(b))},
		work: budget,
	}
	d.index.init(n, len(a))
	d.histogram(box{Span{0, len(a)}, Span{0, len(b)}})
	d.slide(&d.a, &d.b)
	d.slide(&d.b, &d.a)
	return d.edits(), d.work >= 0
}

// spend takes n from the budget and reports whether there was enough.
func (d *differ) spend(n int) bool {
	d.work -= n
	return d.work >= 0
}

// trim takes the lines off both ends of x that are the same in a and b.
func (d *differ) trim(x box) box {
	a, b := d.a.ids, d.b.ids
	for x.a.Start < x.a.End && x.b.Start < x.b.End && a[x.a.Start] == b[x.b.Start] {
		x.a.Start++
		x.b.Start++
	}
	for x.a.Start < x.a.End && x.b.Start < x.b.End && a[x.a.End-1] == b[x.b.End-1] {
		x.a.End--
		x.b.End--
	}
	return x
}

// replace marks all of x as changed.
func (d *differ) replace(x box) {
	d.a.mark(x.a)
	d.b.mark(x.b)
}

func (s *side) mark(lines Span) {
	for i := lines.Start; i < lines.End; i++ {
		s.changed[i] = true
	}
}

// edits reads the edits off the marks.
func (d *differ) edits() []Edit {
	var edits []Edit
	for i, j := 0, 0; i < len(d.a.ids) || j < len(d.b.ids); i, j = i+1, j+1 {
		e := Edit{d.a.run(i), d.b.run(j)}
		if e.size() > 0 {
			edits = append(edits, e)
		}
		i, j = e.Old.End, e.New.End
	}
	return edits
}

// run is the stretch of changed lines that starts at i; it may be empty.
func (s *side) run(i int) Span {
	end := i
	for end < len(s.changed) && s.changed[end] {
		end++
	}
	return Span{i, end}
}
