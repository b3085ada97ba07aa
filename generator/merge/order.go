package merge

import (
	"cmp"
	"slices"
	"strings"

	"scaffold/generator/keys"
	"scaffold/generator/lazyregexp"
	"scaffold/generator/outline"
)

// A position is one entry of a merged list, nil where a file does not have it; or, where
// it is a clash, entries of which the order or the choice cannot be decided.
type position struct {
	b, o, t            *outline.Entry
	clash              bool
	base, ours, theirs []outline.Entry
	after              int // where it stands among the entries of base, in the side that has it
}

// A list is the entries of one file by their keys.
type list struct {
	all []outline.Entry
	at  map[string]int
}

// newList declines (ok is false) where a key is there twice.
func newList(x *outline.Entry) (l list, ok bool) {
	l = list{x.Entries, make(map[string]int, len(x.Entries))}
	for i := range x.Entries {
		l.at[x.Entries[i].Key] = i
	}
	return l, len(l.at) == len(l.all)
}

// find returns nil for none.
func (l *list) find(key string) *outline.Entry {
	if i, ok := l.at[key]; ok {
		return &l.all[i]
	}
	return nil
}

// An ordering puts the entries of both sides in one order. What both have are its
// anchors; what only one has stays behind the anchor that it follows there.
type ordering struct {
	*entryMerger
	b, o, t list
	ordered bool
	// Behind each anchor, by its number in o counted from 1, the entries of a file that
	// are no anchors: those before the first are at 0.
	baseGaps, ourGaps, theirGaps [][]outline.Entry
}

// orderEntries makes a clash of all entries where both sides changed the order and not
// alike, and where one side may have replaced what the other put elsewhere. It declines
// (ok is false) where the entry is a leaf in one of the files, where a key is there twice,
// where the sides have them in different layout and that counts, and where nothing would be
// left of entries of which both sides left some.
func (e *entryMerger) orderEntries(b, o, t *outline.Entry) (places []position, ok bool) {
	s := ordering{entryMerger: e, ordered: b.Ordered || o.Ordered || t.Ordered}
	for _, l := range []struct {
		list  *list
		entry *outline.Entry
	}{{&s.b, b}, {&s.o, o}, {&s.t, t}} {
		if *l.list, ok = newList(l.entry); !ok || l.entry.IsLeaf() {
			return nil, false
		}
	}
	yours, template, alike := s.isMoved(&s.o), s.isMoved(&s.t), s.isAlike()
	if o.Commas != t.Commas || e.o.Indented && e.ours.indent(o) != e.theirs.indent(t) {
		return nil, false
	}
	replaced := s.ordered && (!yours && s.isMovedAlone(&s.o, &s.t) || !template && s.isMovedAlone(&s.t, &s.o))
	if replaced || !alike && yours == template && (yours || s.ordered) {
		return []position{{clash: true, base: b.Entries, ours: o.Entries, theirs: t.Entries}}, true
	}
	s.cutGaps()
	lead, other, gaps := &s.o, &s.t, s.theirGaps
	if template && !yours {
		lead, other, gaps = &s.t, &s.o, s.ourGaps
	}
	if s.ordered && yours != template && s.isAddedBetween(other, gaps, lead) {
		return []position{{clash: true, base: b.Entries, ours: o.Entries, theirs: t.Entries}}, true
	}
	if yours != template {
		s.endGaps(lead)
	}
	places = s.join(lead)
	if !s.ordered && !isCode(s.name) && s.b.isSorted() && s.o.isSorted() && s.t.isSorted() {
		sortPlaces(places)
	}
	return places, len(places) > 0
}

// indent returns the blanks with which the entries of an entry begin.
func (t *text) indent(x *outline.Entry) string {
	line := t.lines[x.Entries[0].Head.Start]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// isCode reports whether a file is code, where names are in order by chance.
func isCode(name string) bool {
	language := keys.Language(name)
	return language == "go" || language == "python"
}

// isSorted reports whether the entries of a file are in the order of their keys.
func (l *list) isSorted() bool {
	return slices.IsSortedFunc(l.all, func(x, y outline.Entry) int { return cmp.Compare(x.Key, y.Key) })
}

// sortPlaces puts what both sides added at one place in the order of the keys, because
// all three files keep to it.
func sortPlaces(places []position) {
	if slices.ContainsFunc(places, func(p position) bool { return p.clash }) {
		return
	}
	slices.SortStableFunc(places, func(x, y position) int { return cmp.Compare(x.key(), y.key()) })
}

func (p position) key() string {
	if p.o != nil {
		return p.o.Key
	}
	return p.t.Key
}

// isMoved reports whether a side has what all three files have in another order than base.
func (s *ordering) isMoved(side *list) bool {
	last := -1
	for i := range side.all {
		key := side.all[i].Key
		if at, ok := s.b.at[key]; ok && s.o.find(key) != nil && s.t.find(key) != nil {
			if at < last {
				return true
			}
			last = at
		}
	}
	return false
}

// isMovedAlone reports whether a side has another order than base by an entry in the place of which
// the other added one: what replaced it would stay where it was.
func (s *ordering) isMovedAlone(side, other *list) bool {
	last, moved, replaced := -1, false, false
	for i := range side.all {
		key := side.all[i].Key
		at, ok := s.b.at[key]
		if !ok {
			continue
		}
		moved = moved || at < last
		last = at
		replaced = replaced || other.find(key) == nil && s.isReplaced(at, other)
	}
	return moved && replaced
}

// isReplaced reports whether a side added something right behind what stands before an entry in
// base, by its number there.
func (s *ordering) isReplaced(at int, side *list) bool {
	next := 0
	for at--; at >= 0; at-- {
		if i, ok := side.at[s.b.all[at].Key]; ok {
			next = i + 1
			break
		}
	}
	return next < len(side.all) && s.b.find(side.all[next].Key) == nil
}

// isAlike reports whether both sides have what they share in one order.
func (s *ordering) isAlike() bool {
	last := -1
	for i := range s.o.all {
		if at, ok := s.t.at[s.o.all[i].Key]; ok {
			if at < last {
				return false
			}
			last = at
		}
	}
	return true
}

// anchor is the number of an entry that both sides have, or 0.
func (s *ordering) anchor(key string) int {
	if i, ok := s.o.at[key]; ok && s.t.find(key) != nil {
		return i + 1
	}
	return 0
}

func (s *ordering) cutGaps() {
	cut := func(l *list) [][]outline.Entry {
		gaps := make([][]outline.Entry, len(s.o.all)+1)
		at, from := 0, 0
		for i := range l.all {
			if a := s.anchor(l.all[i].Key); a > 0 {
				gaps[at] = l.all[from:i]
				at, from = a, i+1
			}
		}
		gaps[at] = l.all[from:]
		return gaps
	}
	s.baseGaps, s.ourGaps, s.theirGaps = cut(&s.b), cut(&s.o), cut(&s.t)
}

// endGaps lets what stands at the end of a file stand at the end of the result, if that
// has another order.
func (s *ordering) endGaps(lead *list) {
	end := s.lastAnchor(lead)
	for _, side := range []struct {
		list *list
		gaps [][]outline.Entry
	}{{&s.b, s.baseGaps}, {&s.o, s.ourGaps}, {&s.t, s.theirGaps}} {
		if at := s.lastAnchor(side.list); at != end && len(side.gaps[end]) == 0 {
			side.gaps[end], side.gaps[at] = side.gaps[at], nil
		}
	}
}

// isAddedBetween reports whether a side added something between two anchors that do not follow
// each other in the order of the other side: nothing says behind which of them it belongs.
func (s *ordering) isAddedBetween(side *list, gaps [][]outline.Entry, lead *list) bool {
	now, next := s.nextAnchors(lead), s.nextAnchors(side)
	for a, gap := range gaps {
		isNew := func(x outline.Entry) bool { return s.b.find(x.Key) == nil }
		if next[a] != 0 && next[a] != now[a] && slices.ContainsFunc(gap, isNew) {
			return true
		}
	}
	return false
}

// nextAnchors returns which anchor follows each in a file; 0 is before the first, and behind the last.
func (s *ordering) nextAnchors(l *list) []int {
	next, at := make([]int, len(s.o.all)+1), 0
	for i := range l.all {
		if a := s.anchor(l.all[i].Key); a > 0 {
			next[at], at = a, a
		}
	}
	return next
}

// lastAnchor returns 0 for none.
func (s *ordering) lastAnchor(l *list) int {
	for i := range slices.Backward(l.all) {
		if a := s.anchor(l.all[i].Key); a > 0 {
			return a
		}
	}
	return 0
}

// join takes the anchors in the order of one side.
func (s *ordering) join(lead *list) []position {
	replaced := s.baseGaps[0]
	places := s.joinGap(nil, replaced, s.ourGaps[0], s.theirGaps[0])
	for i := range lead.all {
		key := lead.all[i].Key
		a := s.anchor(key)
		if a == 0 {
			continue
		}
		b := s.b.find(key)
		if b != nil {
			replaced = s.baseGaps[a]
		}
		places = append(places, position{b: b, o: s.o.find(key), t: s.t.find(key)})
		places = s.joinGap(places, replaced, s.ourGaps[a], s.theirGaps[a])
	}
	return places
}

// joinGap puts together what only one side has, at one place. It is a clash if both
// sides added something where the order counts, or in the place of the same entry; and
// if one put something in the place of what the other changed.
func (s *ordering) joinGap(places []position, base, ours, theirs []outline.Entry) []position {
	if len(ours)+len(theirs) == 0 {
		return places
	}
	o, t := s.judgeGap(s.ours, ours), s.judgeGap(s.theirs, theirs)
	gone := slices.DeleteFunc(slices.Clone(base), func(x outline.Entry) bool {
		return s.o.find(x.Key) != nil || s.t.find(x.Key) != nil
	})
	ordered := s.ordered && !(areConstant(o.added) && areConstant(t.added))
	switch {
	case len(o.added) > 0 && len(t.added) > 0 && (ordered || len(gone) > 0),
		len(o.changed) > 0 && len(t.added)+len(t.changed) > 0,
		len(t.changed) > 0 && len(o.added) > 0,
		s.isRenamed(gone, s.ours, o.added), s.isRenamed(gone, s.theirs, t.added):
		return s.joinClash(places, base, ours, theirs, o, t, len(gone) > 0)
	}
	from := len(places)
	places = s.keep(places, ours, o.changed, true)
	places = s.keep(places, theirs, t.changed, false)
	slices.SortStableFunc(places[from:], func(x, y position) int { return cmp.Compare(x.after, y.after) })
	return places
}

func areConstant(entries []outline.Entry) bool {
	return !slices.ContainsFunc(entries, func(x outline.Entry) bool { return !x.Constant })
}

// keep takes what a side added, and what it changed though the other deleted it.
func (s *ordering) keep(places []position, entries []outline.Entry, changed map[string]bool, mine bool) []position {
	after := 0
	for i := range entries {
		at, inBase := s.b.at[entries[i].Key]
		if inBase {
			after = max(after, at+1)
		}
		if inBase && !changed[entries[i].Key] {
			continue
		}
		p := position{b: s.b.find(entries[i].Key), after: after}
		if p.t = &entries[i]; mine {
			p.o, p.t = p.t, nil
		}
		places = append(places, p)
	}
	return places
}

// joinClash makes a clash of all that one side has at a place. Where the order does not
// count and one side replaced what the other changed, what that added beside it is in no clash.
func (s *ordering) joinClash(places []position, base, ours, theirs []outline.Entry, o, t judgement, gone bool) []position {
	clash := position{clash: true, base: base, ours: ours, theirs: theirs}
	if s.ordered || gone || len(o.changed) > 0 && len(t.changed) > 0 {
		return append(places, clash)
	}
	side, other, changed, mine := &clash.theirs, &s.o, t.changed, false
	if len(o.changed) > 0 {
		side, other, changed, mine = &clash.ours, &s.t, o.changed, true
	}
	isChanged := func(x outline.Entry) bool { return changed[x.Key] }
	before, within, after := around(*side, isChanged)
	*side = within
	_, clash.base, _ = around(base, func(x outline.Entry) bool { // what the other has is no addition of its own
		return changed[x.Key] || other.find(x.Key) != nil
	})
	places = append(s.keep(places, before, nil, mine), clash)
	return s.keep(places, after, nil, mine)
}

// around cuts entries at the first and the last that pick takes.
func around(entries []outline.Entry, pick func(outline.Entry) bool) (before, within, after []outline.Entry) {
	from := max(0, slices.IndexFunc(entries, pick))
	to := len(entries)
	for to > from && !pick(entries[to-1]) {
		to--
	}
	return entries[:from], entries[from:to], entries[to:]
}

// A judgement says of entries that one side alone has which it added, and which it
// changed though the other side deleted them.
type judgement struct {
	added   []outline.Entry
	changed map[string]bool
}

func (s *ordering) judgeGap(side *text, entries []outline.Entry) (j judgement) {
	j.changed = make(map[string]bool)
	for i := range entries {
		x := &entries[i]
		switch was := s.b.find(x.Key); {
		case was == nil:
			j.added = append(j.added, *x)
		case !s.sameEntry(was, side, x):
			j.changed[x.Key] = true
		}
	}
	return j
}

// maxRenamed caps how many pairs of entries are compared.
const maxRenamed = 1000

// isRenamed reports whether an entry that a side added is one of those that are gone, by
// another name: who deletes what the other side renamed is asked.
func (s *ordering) isRenamed(gone []outline.Entry, side *text, added []outline.Entry) bool {
	if len(gone)*len(added) > maxRenamed {
		return true
	}
	return slices.ContainsFunc(gone, func(was outline.Entry) bool {
		return slices.ContainsFunc(added, func(is outline.Entry) bool {
			return shareHalf(s.base.below(&was), side.below(&is)) || s.base.isItem(&was) && side.isItem(&is)
		})
	})
}

// isItem reports whether an entry is one line that has no key but what it says, so that it
// may be another, changed.
func (t *text) isItem(x *outline.Entry) bool {
	return x.Tail.End == x.Head.Start+1 && !hasKey.MatchString(t.lines[x.Head.Start])
}

// hasKey matches a line that begins with a key, and not with a requirement's name.
var hasKey = lazyregexp.New(`^\s*("[^"]*"|'[^']*'|[\w./-]+)\s*(:|[+?:]?=([^=]|$))`)

// below returns the lines of an entry but the first, which has its key.
func (t *text) below(x *outline.Entry) []string {
	return t.lines[min(x.Head.Start+1, x.Tail.End):x.Tail.End]
}

// shareHalf reports whether at least half of the lines of either are lines of the other.
func shareHalf(a, b []string) bool {
	count := make(map[string]int, len(a))
	for _, l := range a {
		count[l]++
	}
	shared := 0
	for _, l := range b {
		if count[l] > 0 {
			count[l]--
			shared++
		}
	}
	return shared > 0 && 2*shared >= max(len(a), len(b))
}

// sameEntry reports whether an entry of a side is that of base, but for blank lines above and
// the comma behind.
func (s *ordering) sameEntry(was *outline.Entry, side *text, is *outline.Entry) bool {
	a, b := s.base.withoutBlanks(was), side.withoutBlanks(is)
	n := len(a)
	if n != len(b) || s.entryMerger.o.Comma == nil {
		return slices.Equal(a, b)
	}
	comma := s.entryMerger.o.Comma
	return slices.Equal(a[:n-1], b[:n-1]) && comma(a[n-1], false) == comma(b[n-1], false)
}

func (t *text) withoutBlanks(x *outline.Entry) []string {
	from := x.Lead.Start
	for from < x.Lead.End && blank(t.lines[from]) {
		from++
	}
	return t.lines[from:x.Tail.End]
}
