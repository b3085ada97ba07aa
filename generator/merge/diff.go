package merge

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A span is a half-open range of lines, counted from 0.
type span struct{ Start, End int }

func (s span) Len() int { return s.End - s.Start }

// An edit replaces the lines Old of one file by the lines New of another.
// Between two edits of one diff there is at least one line that both files
// have.
type edit struct{ Old, New span }

// size is what a reader would call the number of changed lines.
func (e edit) size() int { return max(e.Old.Len(), e.New.Len()) }

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
type box struct{ a, b span }

// diff returns the edits between a and b, whose n distinct lines are numbered
// from 0. exact is false if the budget ran out: the edits are still right, but
// some cover more lines than they need to.
func diff(a, b []int32, n int) (edits []edit, exact bool) {
	d := differ{
		a:    side{a, make([]bool, len(a))},
		b:    side{b, make([]bool, len(b))},
		work: budget,
		index: index{
			first: make([]int32, n),
			count: make([]int32, n),
			next:  make([]int32, len(a)),
		},
	}
	d.histogram(box{span{0, len(a)}, span{0, len(b)}})
	d.slide(&d.a, &d.b)
	d.slide(&d.b, &d.a)
	return d.edits(), d.work >= 0
}

func (d *differ) spend(n int) bool {
	d.work -= n
	return d.work >= 0
}

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

func (d *differ) replace(x box) {
	d.a.mark(x.a)
	d.b.mark(x.b)
}

func (s *side) mark(lines span) {
	for i := lines.Start; i < lines.End; i++ {
		s.changed[i] = true
	}
}

func (d *differ) edits() []edit {
	var edits []edit
	for i, j := 0, 0; i < len(d.a.ids) || j < len(d.b.ids); i, j = i+1, j+1 {
		e := edit{d.a.run(i), d.b.run(j)}
		if e.size() > 0 {
			edits = append(edits, e)
		}
		i, j = e.Old.End, e.New.End
	}
	return edits
}

// run is the stretch of changed lines that starts at i; it may be empty.
func (s *side) run(i int) span {
	end := i
	for end < len(s.changed) && s.changed[end] {
		end++
	}
	return span{i, end}
}

// A group is a run of changed lines of one side, or the empty run between two
// unchanged lines. Both sides of a diff have the same number of groups, and
// the groups of the same rank belong together.
type group struct{ start, end int }

// slide moves each run of changes in s to where it reads best, as git does. A
// run that begins with the line that follows it can move down, and up likewise;
// an inserted function can so be said to begin with its own brace or with the
// one before it, and it matters that both diffs of a merge choose alike. A run
// goes down as far as it can, but stays beside a change of the other side o if
// it passes one.
func (d *differ) slide(s, o *side) {
	g, og := s.group(0), o.group(0)
	for {
		if g.end > g.start {
			d.slideGroup(s, o, &g, &og)
		}
		if d.work < 0 || !s.forward(&g) {
			return
		}
		o.forward(&og)
	}
}

// slideGroup slides one group. Sliding may join it to its neighbours, and the
// greater group may have more room.
func (d *differ) slideGroup(s, o *side, g, og *group) {
	var top, beside int // where the group ends at most above; and last beside a change of o
	for size := -1; size != g.end-g.start && d.work >= 0; {
		size = g.end - g.start
		for s.up(g) && d.spend(1) {
			o.back(og)
		}
		top, beside = g.end, -1
		if og.end > og.start {
			beside = g.end
		}
		for s.down(g) && d.spend(1) {
			o.forward(og)
			if og.end > og.start {
				beside = g.end
			}
		}
	}
	if g.end == top || beside < 0 || d.work < 0 {
		return
	}
	for og.end == og.start {
		s.up(g)
		o.back(og)
	}
}

func (s *side) group(i int) group {
	r := s.run(i)
	return group{r.Start, r.End}
}

func (s *side) forward(g *group) bool {
	if g.end == len(s.ids) {
		return false
	}
	*g = s.group(g.end + 1)
	return true
}

func (s *side) back(g *group) bool {
	if g.start == 0 {
		return false
	}
	g.end = g.start - 1
	g.start = g.end
	s.joinAbove(g)
	return true
}

func (s *side) up(g *group) bool {
	if g.start == 0 || s.ids[g.start-1] != s.ids[g.end-1] {
		return false
	}
	g.start--
	g.end--
	s.changed[g.start], s.changed[g.end] = true, false
	s.joinAbove(g)
	return true
}

func (s *side) down(g *group) bool {
	if g.end == len(s.ids) || s.ids[g.start] != s.ids[g.end] {
		return false
	}
	s.changed[g.start], s.changed[g.end] = false, true
	g.start++
	g.end = s.run(g.end).End
	return true
}

func (s *side) joinAbove(g *group) {
	for g.start > 0 && s.changed[g.start-1] {
		g.start--
	}
}

// A Change is a run of lines of one file, counted from 0, in place of a run of another's.
// One of the runs may be empty.
type Change struct{ OldStart, OldEnd, NewStart, NewEnd int }

// Changes returns what makes new of old. Between two changes there is a line that both
// files have.
func Changes(old, new []byte) []Change {
	a, b := slices.Collect(strings.Lines(string(old))), slices.Collect(strings.Lines(string(new)))
	ids, n := intern(a, b)
	edits, _ := diff(ids[0], ids[1], n)
	var changes []Change
	for _, e := range edits {
		changes = append(changes, Change{e.Old.Start, e.Old.End, e.New.Start, e.New.End})
	}
	return changes
}

// Unified returns the unified diff that makes new of old, as diff -u and git
// diff print it, or nothing if they are equal. context is how many unchanged
// lines surround a change. Names are printed as they are; for a file that is
// not there the name is "/dev/null".
func Unified(oldName, newName string, old, new []byte, context int) []byte {
	a, b := slices.Collect(strings.Lines(string(old))), slices.Collect(strings.Lines(string(new)))
	ids, n := intern(a, b)
	edits, _ := diff(ids[0], ids[1], n)
	if len(edits) == 0 {
		return nil
	}
	out := fmt.Appendf(nil, "--- %s\n+++ %s\n", header(oldName), header(newName))
	for len(edits) > 0 {
		n := 1 // those in one hunk: no more lines between them than the context of both
		for n < len(edits) && edits[n].Old.Start-edits[n-1].Old.End <= 2*context {
			n++
		}
		out = writeHunk(out, a, b, edits[:n], context)
		edits = edits[n:]
	}
	return out
}

// header is name, ended by a tab where it has a space, because patch would take
// it for two words.
func header(name string) string {
	if strings.Contains(name, " ") {
		return name + "\t"
	}
	return name
}

func writeHunk(out []byte, a, b []string, edits []edit, context int) []byte {
	first, last := edits[0], edits[len(edits)-1]
	before := min(context, first.Old.Start)
	after := min(context, len(a)-last.Old.End)
	from := span{first.Old.Start - before, last.Old.End + after}
	to := span{first.New.Start - before, last.New.End + after}
	out = fmt.Appendf(out, "@@ -%s +%s @@\n", lineRange(from), lineRange(to))
	at := from.Start
	for _, e := range edits {
		out = writeLines(out, ' ', a[at:e.Old.Start])
		out = writeLines(out, '-', a[e.Old.Start:e.Old.End])
		out = writeLines(out, '+', b[e.New.Start:e.New.End])
		at = e.Old.End
	}
	return writeLines(out, ' ', a[at:from.End])
}

// lineRange counts from 1, leaves out a length of 1, and names the line before
// where there is none, because diff does.
func lineRange(s span) string {
	switch s.Len() {
	case 0:
		return fmt.Sprintf("%d,0", s.Start)
	case 1:
		return fmt.Sprint(s.Start + 1)
	}
	return fmt.Sprintf("%d,%d", s.Start+1, s.Len())
}

func writeLines(out []byte, sign byte, lines []string) []byte {
	for _, l := range lines {
		out = append(append(out, sign), l...)
		if !strings.HasSuffix(l, "\n") {
			out = append(out, "\n\\ No newline at end of file\n"...)
		}
	}
	return out
}

// Binary reports whether data is taken for binary, by git's rule: a NUL in the
// first 8,000 bytes. Everything else is merged as bytes, whatever its encoding.
func Binary(data []byte) bool {
	return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0
}

// A Fingerprint stands for a file where many are compared with many, to find
// out which was renamed to which.
type Fingerprint struct {
	size   int
	pieces []piece // by hash
}

// A piece is a line, or part of a long one, and how many bytes of the file are
// pieces like it.
type piece struct {
	hash  uint64
	bytes int
}

// maxPiece cuts long lines, so that files of one line can be similar.
const maxPiece = 64

// NewFingerprint takes time in proportion to data.
func NewFingerprint(data []byte) Fingerprint {
	f := Fingerprint{size: len(data)}
	for len(data) > 0 {
		n := min(len(data), maxPiece)
		if eol := bytes.IndexByte(data[:n], '\n'); eol >= 0 {
			n = eol + 1
		}
		f.pieces = append(f.pieces, piece{hash(data[:n]), n})
		data = data[n:]
	}
	slices.SortFunc(f.pieces, func(a, b piece) int { return cmp.Compare(a.hash, b.hash) })
	f.pieces = sum(f.pieces)
	return f
}

func sum(sorted []piece) []piece {
	out := sorted[:0]
	for _, p := range sorted {
		if len(out) > 0 && out[len(out)-1].hash == p.hash {
			out[len(out)-1].bytes += p.bytes
			continue
		}
		out = append(out, p)
	}
	return slices.Clip(out)
}

// hash is 64-bit FNV-1a of a line without its ending, because a change of line
// endings makes no other file.
func hash(line []byte) uint64 {
	if text, ended := bytes.CutSuffix(line, []byte("\n")); ended {
		line = bytes.TrimSuffix(text, []byte("\r"))
	}
	h := uint64(14695981039346656037)
	for _, c := range line {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// Similarity is the percentage of the larger file that both have, in whole
// lines, wherever they stand; as git measures renames. Empty files are similar
// to nothing.
func (f Fingerprint) Similarity(g Fingerprint) int {
	if f.size == 0 || g.size == 0 {
		return 0
	}
	common := 0
	for i, j := 0, 0; i < len(f.pieces) && j < len(g.pieces); {
		switch p, q := f.pieces[i], g.pieces[j]; {
		case p.hash < q.hash:
			i++
		case p.hash > q.hash:
			j++
		default:
			common += min(p.bytes, q.bytes)
			i, j = i+1, j+1
		}
	}
	return common * 100 / max(f.size, g.size)
}

// Similarity compares two files; see Fingerprint for more.
func Similarity(a, b []byte) int {
	return NewFingerprint(a).Similarity(NewFingerprint(b))
}
