package settle

import (
	"slices"
	"strings"
)

// Layout is for sides that differ from each other, or from base, in layout alone. Where
// both say the same it takes the user's layout. Where one says what base says it takes
// the other, since that one has a change; but lines that the template left as they were
// stay in the user's layout. Else it merges line by line, where lines that say the same are
// equal: changes that touch are declined.
func Layout(h Hunk) (lines []string, said string, ok bool) {
	read := newReader(h)
	b, okBase := read.plain(h.Base)
	o, okOurs := read.plain(h.Ours)
	t, okTheirs := read.plain(h.Theirs)
	if !okBase || !okOurs || !okTheirs {
		return nil, "", false
	}
	// What both sides have around the hunk is a change of both to base.
	agreed := isBlank(strings.Join(slices.Concat(h.Head, h.Tail), ""))
	// What follows the hunk says whether a comma ends it.
	comma := o.comma
	if o.comma == b.comma {
		comma = t.comma
	}
	switch {
	case o.equal(t) && slices.ContainsFunc(h.Base, h.isElsewhere):
		return nil, "", false // if both moved it, it would stand there twice
	case o.equal(t) && o.comma == comma:
		return h.Ours, "", true
	case o.equal(t) && t.comma == comma:
		return h.Theirs, "", true
	case !agreed:
		return nil, "", false
	}
	if lines, ok := read.mergeLines(h); ok {
		return lines, "", true
	}
	switch {
	case isLineMoved(h):
	case o.equal(b) && t.comma == comma:
		return read.keepLayout(h), "", true
	case t.equal(b) && o.comma == comma:
		return h.Ours, "", true
	}
	return nil, "", false
}

// isLineMoved reports whether a side has given its only line another indentation: it did
// so with the lines around, among which a line with the old one would be hard to read.
// Where the other side has none, there is nothing to read.
func isLineMoved(h Hunk) bool {
	return len(h.Base) > 0 && len(h.Ours) > 0 && len(h.Theirs) > 0 && slices.ContainsFunc([][]string{h.Ours, h.Theirs}, func(side []string) bool {
		return len(side) == 1 && indentOf(side[0]) != indentOf(h.Base[0])
	})
}

// keepLayout returns theirs, with lines of ours in place of those that theirs has from
// base, where these say the same.
func (r reader) keepLayout(h Hunk) []string {
	edits, ok := findEdits(h.Base, h.Theirs)
	b, _ := r.read(h.Base)
	o, _ := r.read(h.Ours)
	if !ok || !r.known || !slices.Equal(slices.Concat(b...), slices.Concat(o...)) {
		return h.Theirs // there are more commas, or fewer: these count where more follows
	}
	begins, ends := make(map[int]int), make(map[int]int) // lines of ours, by the words before
	words := 0
	for i, line := range o {
		if len(line) > 0 {
			begins[words] = i
			words += len(line)
			ends[words] = i + 1
		}
	}
	before := make([]int, len(b)+1)
	for i, line := range b {
		before[i+1] = before[i] + len(line)
	}
	var lines []string
	at := 0
	for _, e := range append(edits, edit{from: len(b), to: len(b)}) {
		first, last := at, e.from
		for first < last && len(b[first]) == 0 {
			first++
		}
		for first < last && len(b[last-1]) == 0 {
			last--
		}
		from, okFrom := begins[before[first]]
		to, okTo := ends[before[last]]
		if first < last && okFrom && okTo && // lines of two indentations are hard to read
			indentOf(h.Base[first]) == indentOf(h.Ours[from]) && indentOf(h.Base[last-1]) == indentOf(h.Ours[to-1]) {
			lines = slices.Concat(lines, h.Base[at:first], h.Ours[from:to], h.Base[last:e.from], e.added)
		} else {
			lines = slices.Concat(lines, h.Base[at:e.from], e.added)
		}
		at = e.to
	}
	return lines
}

// mergeLines merges by lines that say the same. It declines where their layout is no
// reason for the conflict, because that is nothing to be decided here.
func (r reader) mergeLines(h Hunk) (lines []string, ok bool) {
	if !r.known {
		return nil, false
	}
	if _, ok := mergeApart(rawSides(h)); ok {
		return nil, false
	}
	var sides [3]side
	for i, lines := range [][]string{h.Base, h.Ours, h.Theirs} {
		said, _ := r.read(lines)
		for j, words := range said {
			if len(words) == 0 {
				continue
			}
			word := strings.Join(words, " ")
			if r.indent || r.words {
				word = indentOf(lines[j]) + word // lines of two indentations are hard to read
			}
			sides[i].words = append(sides[i].words, word)
			sides[i].ends = append(sides[i].ends, j+1)
		}
		sides[i].lines = lines
	}
	return mergeApart(sides)
}

// A side is lines, and what those of them say that say anything.
type side struct {
	lines, words []string
	ends         []int // where in lines words end: those that say nothing go with the next
}

func rawSides(h Hunk) (sides [3]side) {
	for i, lines := range [][]string{h.Base, h.Ours, h.Theirs} {
		sides[i] = side{lines: lines, words: lines}
		for j := range lines {
			sides[i].ends = append(sides[i].ends, j+1)
		}
	}
	return sides
}

// between returns the lines of some words.
func (s side) between(from, to int) []string {
	if from >= to {
		return nil
	}
	start := 0
	if from > 0 {
		start = s.ends[from-1]
	}
	return s.lines[start:s.ends[to-1]]
}

// rest returns the lines after all words.
func (s side) rest() []string {
	if len(s.ends) == 0 {
		return s.lines
	}
	return s.lines[s.ends[len(s.ends)-1]:]
}

// mergeApart merges base, ours and theirs, if no change of the one touches one of the
// other. What nobody changed is as ours has it.
func mergeApart(sides [3]side) (lines []string, ok bool) {
	b, o, t := sides[0], sides[1], sides[2]
	yours, okOurs := findEdits(b.words, o.words)
	template, okTheirs := findEdits(b.words, t.words)
	if !okOurs || !okTheirs {
		return nil, false
	}
	last := o
	from, shift := 0, 0 // in ours, and what to add to a place in base to have that in theirs
	put := 0            // how many more lines ours has than base
	for len(yours)+len(template) > 0 {
		switch {
		case len(template) == 0 || len(yours) > 0 && yours[0].to < template[0].from:
			put += len(yours[0].added) - (yours[0].to - yours[0].from)
			yours = yours[1:]
		case len(yours) == 0 || template[0].to < yours[0].from:
			e := template[0]
			lines = append(lines, o.between(from, e.from+put)...)
			lines = append(lines, t.between(e.from+shift, e.from+shift+len(e.added))...)
			shift += len(e.added) - (e.to - e.from)
			from, template = e.to+put, template[1:]
			if e.to == len(b.words) {
				last = t
			}
		default:
			return nil, false
		}
	}
	lines = append(lines, o.between(from, len(o.words))...)
	return append(lines, last.rest()...), true
}
