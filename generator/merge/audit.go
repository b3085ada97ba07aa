package merge

import (
	"cmp"
	"fmt"
	"go/token"
	"hash/maphash"
	"slices"
	"strings"

	"scaffold/generator/keys"
)

// mayMisplace reports whether lines may have matched a block of base with one like it, or
// have put at two places what stands once. It is cheap, because it compares numbers. A change
// can only be in the wrong place where no line that stands once in each file is between it
// and a change of the other side. What one side has at another place is a line that it added,
// and that the other took out, or added too.
func (m *merger) mayMisplace() bool {
	count := make([]uint8, m.distinct) // a bit for each file that has a line, and one for those that have it again
	for f, ids := range m.ids {
		once := uint8(1) << f
		for _, id := range ids {
			if count[id]&once != 0 {
				count[id] |= again
			}
			count[id] |= once
		}
	}
	return m.touchUnsure(count) || m.moveAlike(count)
}

// again is the bit of a line that a file has twice, beside those for having it.
const again = 8

// touchUnsure reports whether changes of both sides follow each other without a line between
// them that stands once in each file, unless all of these are plain. In code one of them must take
// out a declaration that begins like another, because statements stand more than once.
func (m *merger) touchUnsure(count []uint8) bool {
	const onceEach = 0b111
	isSure := func(id int32) bool { return count[id] == onceEach }
	o, t := m.yours, m.template
	end := -1                           // of the change before
	var mine, theirs, plain, alike bool // of the changes without such a line between them
	for len(o)+len(t) > 0 {
		f, side := inTheirs, &t
		if len(t) == 0 || len(o) > 0 && o[0].Old.Start <= t[0].Old.Start {
			f, side = inOurs, &o
		}
		e := (*side)[0]
		*side = (*side)[1:]
		if end < 0 || slices.ContainsFunc(m.ids[inBase][min(end, e.Old.Start):e.Old.Start], isSure) {
			mine, theirs, plain, alike = false, false, true, !isCode(m.name)
		}
		end = e.Old.End
		mine, theirs = mine || f == inOurs, theirs || f == inTheirs
		plain = plain && m.isPlain(e, f, count)
		alike = alike || m.takesOutAlike(e, count)
		if mine && theirs && !plain && alike {
			return true
		}
	}
	return false
}

// isPlain reports whether a change of a side adds no line that base has and takes out none that
// the side still has: then all other lines can only be those of base in their order.
func (m *merger) isPlain(e edit, side int, count []uint8) bool {
	has := func(ids []int32, f int) bool {
		return slices.ContainsFunc(ids, func(id int32) bool { return count[id]&(1<<f) != 0 })
	}
	return !has(m.ids[inBase][e.Old.Start:e.Old.End], side) && !has(m.ids[side][e.New.Start:e.New.End], inBase)
}

// takesOutAlike reports whether a change takes out where a declaration begins that begins like
// another, such as a method of two classes.
func (m *merger) takesOutAlike(e edit, count []uint8) bool {
	for i := e.Old.Start; i < e.Old.End; i++ {
		if count[m.ids[inBase][i]]&again != 0 && begins(m.base.lines[i]) {
			return true
		}
	}
	return false
}

// begins reports whether a line of code may begin a declaration.
func begins(l string) bool {
	text := strings.TrimLeft(l, " ")
	return text != "" && (text[0] == l[0] && text[0] >= 'A' && text[0] != '}' || strings.HasPrefix(text, "def ") || strings.HasPrefix(text, "class "))
}

// isField reports whether a line of code may be a field of a type, or a constant in a group.
func isField(l string) bool {
	text := strings.TrimLeft(l, " \t")
	word, _, more := strings.Cut(text, " ")
	return len(text) < len(l) && more && !strings.ContainsAny(word, "(){}/") && !token.IsKeyword(word) && !strings.Contains(text, ":=") && !strings.HasSuffix(text, "{")
}

// moveAlike reports whether both sides added a line, not at one place, or one took out what the
// other added, that no file has twice. In code it must be one of a declaration or a field.
func (m *merger) moveAlike(count []uint8) bool {
	const addedOurs, addedTheirs, goneOurs, goneTheirs = 1, 2, 4, 8
	did := make([]uint8, m.distinct)
	mark := func(ids []int32, what uint8) {
		for _, id := range ids {
			did[id] |= what
		}
	}
	for _, e := range m.yours {
		mark(m.ids[inBase][e.Old.Start:e.Old.End], goneOurs)
		mark(m.ids[inOurs][e.New.Start:e.New.End], addedOurs)
	}
	for _, e := range m.template {
		mark(m.ids[inBase][e.Old.Start:e.Old.End], goneTheirs)
		mark(m.ids[inTheirs][e.New.Start:e.New.End], addedTheirs)
	}
	for _, a := range m.agreed {
		for _, id := range m.ids[inOurs][a.ours.Start:a.ours.End] {
			did[id] = 0
		}
	}
	isAlike := func(id int32) bool {
		d := did[id]
		return count[id]&again == 0 && (d&addedOurs != 0 && d&(addedTheirs|goneTheirs) != 0 || d&addedTheirs != 0 && d&goneOurs != 0)
	}
	code := isCode(m.name)
	for _, of := range []struct {
		edits []edit
		ids   []int32
		lines []string
	}{{m.yours, m.ids[inOurs], m.ours.lines}, {m.template, m.ids[inTheirs], m.theirs.lines}} {
		for _, e := range of.edits {
			for i := e.New.Start; i < e.New.End; i++ {
				if l := of.lines[i]; isAlike(of.ids[i]) && (!code || begins(l) || isField(l)) {
					return true
				}
			}
		}
	}
	return false
}

// An audit holds the stanzas of a merge against those of its three files. In each list of them
// that all four have, each stanza must be there as often as the sides account for it, or be
// what both sides made of one stanza. A stanza is a line with the lines below it that are indented
// more, in whatever language: its content says which it is, where it has no name.
type audit struct {
	name  string
	files [4]indented
	side  int       // for which conflicts were decided, or inMerged
	odd   [3][]span // what is at fault
	note  string    // about the first of that
	work  int       // what is left of maxWork
}

// maxWork caps an audit, in lines that are compared: a file that needs more stays as lines
// merged it.
const maxWork = 2_000_000

// Files, as an audit numbers them.
const inBase, inOurs, inTheirs, inMerged = 0, 1, 2, 3

// An indented file is the lines of a file as they are read for stanzas.
type indented struct {
	lines  []string
	says   []string // each line without indentation and comma, or nothing
	sums   []uint64 // of these
	depths []int    // how much each is indented
}

type stanza struct {
	span
	head string // its first line
	sum  uint64 // of all of it, however it is laid out
}

// lineSeed is for sums of 64 bits, which stand for lines because no file has so many that two
// would be alike.
var lineSeed = maphash.MakeSeed()

func readStanzas(name string, lines []string) indented {
	f := indented{lines, make([]string, len(lines)), make([]uint64, len(lines)), make([]int, len(lines))}
	language := keys.Language(name)
	nested := 0 // brackets that are open
	for i, l := range lines {
		f.says[i] = sayingOf(l)
		f.sums[i] = maphash.String(lineSeed, f.says[i])
		if f.depths[i] = depthOf(l); language != "json" && language != "json5" {
			continue
		}
		opened, closed := countBrackets(l) // because JSON may stand without indentation
		nested -= closed
		f.depths[i] = nested
		nested += opened
	}
	for i := len(lines) - 2; i >= 0; i-- {
		if says := f.says[i]; says == "" || language != "markdown" && says[0] == '#' || strings.HasPrefix(says, "//") {
			f.depths[i] = f.depths[i+1] // a comment belongs to what it is about
		}
	}
	return f
}

// isNested reports whether lines are indented more only below one that opens something, so that
// the indentation of a line says what it is in.
func (f *indented) isNested() bool {
	above := -1
	for i, says := range f.says {
		if says == "" {
			continue
		}
		if above >= 0 && f.depths[i] > f.depths[above] && f.depths[above] > 0 && !opensStanza(f.says[above]) {
			return false
		}
		above = i
	}
	return true
}

// opensStanza reports whether the lines below a line may be in it.
func opensStanza(says string) bool {
	switch says[strings.LastIndexByte(says, ' ')+1:] {
	case "do", "then", "else", "in": // in a shell
		return true
	}
	return strings.IndexByte("{[()=:|>\\", says[len(says)-1]) >= 0 && says[0] != '<' ||
		strings.HasPrefix(says, "- ") || strings.HasPrefix(says, "#") || strings.Contains(says, ": ") || strings.Contains(says, "(")
}

// sayingOf returns a line without indentation, a comma behind, and how much space is in it.
func sayingOf(l string) string {
	l = strings.TrimSpace(l)
	if strings.Contains(l, "  ") || strings.Contains(l, "\t") {
		l = strings.Join(strings.Fields(l), " ")
	}
	return strings.TrimSuffix(l, ",")
}

// sections is how deep what stands below a heading is at least.
const sections = 2

// depthOf returns how much deeper a line is than others: by its indentation, and below its
// section's heading.
func depthOf(l string) int {
	text := strings.TrimLeft(l, " \t")
	switch {
	case len(text) < len(l):
	case strings.HasPrefix(l, "---"), strings.HasPrefix(l, "FROM "), strings.HasPrefix(l, "[") && strings.HasSuffix(l, "]"):
		return 0
	}
	depth := sections
	for _, c := range l[:len(l)-len(text)] {
		if depth += 2; c == '\t' {
			depth += 14
		}
	}
	if strings.HasPrefix(text, "- ") || text == "-" {
		depth++ // because a list may stand below its key as far to the left
	}
	return depth
}

// countBrackets returns how many brackets a line of JSON leaves open, and how many it closes of
// those above.
func countBrackets(l string) (opened, closed int) {
	quoted := false
	for i := 0; i < len(l); i++ {
		switch c := l[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			opened++
		case (c == '}' || c == ']') && opened > 0:
			opened--
		case c == '}' || c == ']':
			closed++
		}
	}
	return opened, closed
}

// sumFactor makes the sum of lines depend on their order.
const sumFactor = 0x9e3779b97f4a7c15

// stanzas returns those in some lines.
func (f *indented) stanzas(s span) []stanza {
	var all []stanza
	for i := s.Start; i < s.End; {
		if f.says[i] == "" {
			i++
			continue
		}
		end, sum := i+1, f.sums[i]
		for at := end; at < s.End; at++ {
			if f.says[at] == "" {
				continue
			}
			if f.depths[at] < f.depths[i] || f.depths[at] == f.depths[i] && strings.IndexByte("}])", f.says[at][0]) < 0 {
				break
			}
			end, sum = at+1, sum*sumFactor+f.sums[at]
		}
		all = append(all, stanza{span{i, end}, f.says[i], sum})
		i = end
	}
	return all
}

// within returns the lines in a stanza: those below its first, which of an item of a list is
// another in it.
func (f *indented) within(x stanza, below int) span {
	if item, ok := strings.CutPrefix(f.says[x.Start], "- "); ok && below > 0 {
		f.says[x.Start], f.sums[x.Start] = item, maphash.String(lineSeed, item)
		f.depths[x.Start] += 3
		below = 0
	}
	return span{x.Start + below, x.End}
}

// key returns what a stanza may be known by.
func (x *stanza) key() string {
	head, from := x.head, 0
	if method, ok := strings.CutPrefix(head, "func ("); ok {
		from = len(head) - len(method)
	}
	if n := strings.IndexAny(head[from:], ":=({"); n >= 0 {
		head = head[:from+n]
	}
	return cmp.Or(strings.TrimSpace(head), x.head)
}

// newAudit compares what merged has, of which conflicts were decided for a side. It finds nothing in
// files of which the indentation says nothing.
func (m *merger) newAudit(merged []string, side int) *audit {
	a := &audit{name: m.name, side: side, work: maxWork}
	var roots [4]stanza
	for f, lines := range [][]string{m.base.lines, m.ours.lines, m.theirs.lines, merged} {
		a.files[f] = readStanzas(m.name, lines)
		if !a.files[f].isNested() {
			return a // it is text, or was indented at will
		}
		roots[f] = stanza{span: span{0, len(lines)}}
	}
	a.compareWithin(roots, 0)
	return a
}

func (a *audit) isClean() bool { return a.note == "" || a.work < 0 }

// lists are the stanzas in one stanza of each file.
type lists [4][]*stanza

// compareWithin compares the stanzas in a stanza of each file, from so many lines below its
// first: by key those that each has once, and else by what they say.
func (a *audit) compareWithin(of [4]stanza, below int) {
	var all lists
	for f, x := range of {
		stanzas := a.files[f].stanzas(a.files[f].within(x, below))
		for i := range stanzas {
			all[f] = append(all[f], &stanzas[i])
		}
	}
	var odd lists
	rest := a.compareByKey(all, &odd)
	count := make(map[uint64]*[4]int)
	for f, stanzas := range rest {
		for _, x := range stanzas {
			if count[x.sum] == nil {
				count[x.sum] = new([4]int)
			}
			count[x.sum][f]++
		}
	}
	for f, stanzas := range rest {
		for _, x := range stanzas {
			if a.isImport(of[f], x) {
				continue // because what is used is imported: see checkImports
			}
			if n := count[x.sum]; !a.accounts(*n) || a.isTwice(*n, of[f], x) || f == inBase && n[inBase] > n[inOurs] && n[inBase] > n[inTheirs] {
				odd[f] = append(odd[f], x)
			}
		}
	}
	a.dropChangedByBoth(&odd, rest, count)
	odd[inBase] = slices.DeleteFunc(odd[inBase], func(x *stanza) bool { // what both took out is in no merge
		n := count[x.sum]
		return n != nil && a.accounts(*n)
	})
	a.report(odd)
}

// compareByKey compares what has a key that each list has once, and returns the rest.
func (a *audit) compareByKey(all lists, odd *lists) (rest lists) {
	type same struct {
		count [4]int
		x     [4]stanza
	}
	byKey := make(map[string]*same)
	for f, stanzas := range all {
		for _, x := range stanzas {
			key := x.key()
			if byKey[key] == nil {
				byKey[key] = new(same)
			}
			byKey[key].count[f]++
			byKey[key].x[f] = *x
		}
	}
	for f, stanzas := range all {
		for _, x := range stanzas {
			s := byKey[x.key()]
			switch {
			case s.count != [4]int{1, 1, 1, 1}:
				rest[f] = append(rest[f], x)
				if a.isRevived(s.count, s.x) {
					odd[f] = append(odd[f], x)
				}
			case f == inBase && !a.compareStanza(s.x):
				for f := range s.x {
					odd[f] = append(odd[f], &s.x[f])
				}
			}
		}
	}
	return rest
}

// compareStanza reports whether a merge has a stanza as both sides have it, or else what is at
// fault in it is known.
func (a *audit) compareStanza(x [4]stanza) bool {
	b, o, t, merged := x[inBase].sum, x[inOurs].sum, x[inTheirs].sum, x[inMerged].sum
	agreed := o == b || t == b || o == t
	if agreed && merged == mergeValue(b, o, t) || a.side != inMerged && merged == x[a.side].sum {
		return true
	}
	if isCode(a.name) && isFunction(x[inBase].head) {
		return !agreed // what both changed within is statements, of which lines know as much
	}
	if slices.ContainsFunc(x[:], func(x stanza) bool { return x.Len() == 1 }) {
		return !agreed && a.isMergeOf(&x[inBase], &x[inOurs], &x[inTheirs], &x[inMerged])
	}
	if a.work -= x[inBase].Len() + x[inMerged].Len(); a.work < 0 {
		return true
	}
	known := a.note
	a.compareWithin(x, 1)
	return !agreed || a.note != known
}

func isFunction(head string) bool {
	return strings.HasPrefix(head, "func ") || strings.HasPrefix(head, "def ") || strings.HasPrefix(head, "async ")
}

// isRevived reports whether a merge has what one side took out, since the other changed it and put
// it elsewhere.
func (a *audit) isRevived(n [4]int, x [4]stanza) bool {
	return a.side == inMerged && n[inOurs]+n[inTheirs] == 1 && n[inBase] == 1 && n[inMerged] == 1 &&
		x[inMerged].sum != x[inBase].sum && x[inMerged].Len() > 1
}

// accounts reports whether a stanza may stand so often in the four files.
func (a *audit) accounts(n [4]int) bool {
	if a.side != inMerged && n[inMerged] == n[a.side] {
		return true
	}
	return accounts(n[inBase], n[inOurs], n[inTheirs], n[inMerged])
}

// isTwice reports whether a merge has twice what both sides added once, though it has a name or
// says much. In code that are declarations and fields, because statements may be the same.
func (a *audit) isTwice(n [4]int, in stanza, x *stanza) bool {
	if n != [4]int{0, 1, 1, 2} || !isCode(a.name) {
		return n == [4]int{0, 1, 1, 2} && x.Len() > 1
	}
	isType := func(head string) bool { return strings.HasPrefix(head, "class ") || strings.HasPrefix(head, "type ") }
	return isType(in.head) || isType(x.head) || isFunction(x.head)
}

// isImport reports whether a stanza is an import of code.
func (a *audit) isImport(in stanza, x *stanza) bool {
	return isCode(a.name) && (in.head == "import (" || isImport(x.head))
}

func isImport(line string) bool {
	return strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "from ")
}

// maxTried caps how often stanzas are merged to find out of which a merged one is.
const maxTried = 50

// dropChangedByBoth leaves out stanzas that are what both sides made of one of base.
func (a *audit) dropChangedByBoth(odd *lists, all lists, count map[uint64]*[4]int) {
	if len(odd[inOurs])+len(odd[inTheirs]) == 0 {
		return
	}
	added := func(f int) []*stanza {
		return slices.DeleteFunc(slices.Clone(all[f]), func(x *stanza) bool { return count[x.sum][f] <= count[x.sum][inBase] })
	}
	ours, theirs := added(inOurs), added(inTheirs)
	isOdd := func(f int, x *stanza) bool { return slices.Contains(odd[f], x) }
	used := make(map[*stanza]bool) // what one of base was found to be now
	find := func(x *stanza) (found [4]*stanza) {
		tried := 0
		for _, b := range odd[inBase] {
			if n := count[b.sum]; n == nil || n[inOurs] >= n[inBase] || n[inTheirs] >= n[inBase] {
				continue // a side has it still
			}
			if a.work -= b.Len(); a.work < 0 {
				return found
			}
			for _, o := range a.mostLike(b, ours, inOurs) {
				for _, t := range a.mostLike(b, theirs, inTheirs) {
					if tried++; tried > maxTried {
						return found
					}
					if !used[o] && !used[t] && (isOdd(inOurs, o) || isOdd(inTheirs, t)) && a.isMergeOf(b, o, t, x) {
						return [4]*stanza{b, o, t, x}
					}
				}
			}
		}
		return found
	}
	for _, x := range added(inMerged) {
		if a.work < 0 {
			return
		}
		found := find(x)
		if found[inBase] == nil {
			continue
		}
		var of [4]stanza
		isList := true
		for f, x := range found {
			used[x] = true
			odd[f] = slices.DeleteFunc(slices.Clone(odd[f]), func(y *stanza) bool { return x == y })
			of[f] = *x
			isList = isList && x.Len() > 1
		}
		if isList {
			a.compareWithin(of, 1)
		}
	}
}

// mostLike returns of some stanzas of a file those that are most like one of base.
func (a *audit) mostLike(b *stanza, of []*stanza, f int) (all []*stanza) {
	had := make(map[string]bool)
	for _, l := range a.files[inBase].says[b.Start:b.End] {
		had[l] = l != ""
	}
	most := 0
	for _, x := range of {
		if a.work -= x.Len(); a.work < 0 {
			return all
		}
		n := 0
		for _, l := range a.files[f].says[x.Start:x.End] {
			if had[l] {
				n += 2
			} else if l != "" {
				n--
			}
		}
		if n > most || all == nil {
			all, most = nil, n
		}
		if n == most {
			all = append(all, x)
		}
	}
	return all
}

// isMergeOf reports whether the lines of a stanza are what those of three merge to.
func (a *audit) isMergeOf(b, o, t, x *stanza) bool {
	part := func(f int, x *stanza) *text {
		lines := a.files[f].lines[x.Start:x.End]
		return &text{lines: lines, ends: slices.Repeat([]ending{lf}, len(lines))}
	}
	if a.work -= b.Len() + o.Len() + t.Len(); a.work < 0 {
		return false
	}
	r := newMerger(part(inBase, b), part(inOurs, o), part(inTheirs, t), Labels{}).merge(nil)
	return r.Clean() && slices.Equal(parse(r.Content).lines, part(inMerged, x).lines)
}

// report adds stanzas at fault to what is known.
func (a *audit) report(odd lists) {
	for f, stanzas := range odd {
		for _, x := range stanzas {
			if f < inMerged {
				a.odd[f] = append(a.odd[f], x.span)
			}
			if a.note == "" && f != inBase {
				a.note = fmt.Sprintf("%q would not be what both changes make of it: the line merge was clean", strings.TrimSpace(a.files[f].lines[x.Start]))
			}
		}
	}
}

// checkStanzas makes conflicts of the changes at which stanzas are not as the sides account
// for them.
func (m *merger) checkStanzas(r Result) Result {
	a := m.newAudit(m.out.lines, inMerged)
	if a.isClean() {
		return r
	}
	var marked [3][]bool
	for f, t := range []*text{m.base, m.ours, m.theirs} {
		marked[f] = make([]bool, len(t.lines))
		for _, s := range a.odd[f] {
			for i := s.Start; i < s.End; i++ {
				marked[f][i] = true
			}
		}
	}
	m.steps = nil
	spans := slices.Concat(findTouching(m.yours, marked[inBase], marked[inOurs]), findTouching(m.template, marked[inBase], marked[inTheirs]))
	checked := m.merge(spans)
	if checked.Clean() || !m.isAudited(checked, inOurs) || !m.isAudited(checked, inTheirs) {
		checked = m.merge(m.everywhere())
	}
	checked.Notes = append(checked.Notes, a.note)
	return checked
}

// isAudited reports whether a result of which conflicts are decided for a side has nothing at fault.
func (m *merger) isAudited(r Result, side int) bool {
	if r.Clean() {
		side = inMerged
	}
	return m.newAudit(parse(r.Resolve(side != inTheirs)).lines, side).isClean()
}
