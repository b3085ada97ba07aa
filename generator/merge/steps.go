package merge

import (
	"bytes"
	"go/format"
	"math"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/keys"
	"scaffold/generator/outline"
	"scaffold/generator/settle"
)

// settle decides what it can of the conflicts that lines left: by the rules of package
// settle, then by the entries of the file. What is not sound is thrown away. Of what
// is left the result with the fewest lines in conflict is taken.
func (m *merger) settle(byLine Result) Result {
	if m.coarse || m.mixed() {
		return byLine
	}
	if m.isLarge(byLine) {
		byLine.Note = noteLarge
		return byLine
	}
	best, least := byLine, byLine.conflicting()
	if !m.fitsOutlines(byLine) {
		least = math.MaxInt // a longer conflict is better than what is wrong outside of it
	}
	m.findChanged()
	last := append(slices.Clone(settle.Steps), settle.LastStep)
	var open [2]bool // whether the last step decides anything: of the lines, and of the entries
	for i, a := range []attempt{{steps: settle.Steps}, {steps: settle.Steps, entries: true}, {steps: last}, {steps: last, entries: true}} {
		if i >= len(open) && !open[i-len(open)] {
			continue // it would come to the same as without that step
		}
		a.limit = least
		r, ok := m.try(a)
		if i < len(open) {
			open[i] = m.answers.open
		}
		if !ok {
			continue
		}
		if r.Clean() {
			return r
		}
		best, least = r, r.conflicting()
	}
	return best
}

// settleFaults decides by entries what merged clean by lines and is wrong, or makes
// fewer lines of it a conflict than checked has.
func (m *merger) settleFaults(byLine, checked Result) Result {
	if m.coarse || m.mixed() || m.isLarge(checked) {
		return checked
	}
	if r, ok := m.settleImports(byLine, checked); ok {
		return r
	}
	m.findChanged()
	r, ok := m.try(attempt{steps: settle.Steps, entries: true, limit: checked.conflicting()})
	ok = ok && m.isAudited(r, inOurs) && m.isAudited(r, inTheirs)
	switch {
	case ok && r.Clean():
		return r
	case ok:
		why := m.explainFaults(byLine, r)
		if len(why) == 0 { // it was not found by keys
			why = checked.Notes
		}
		r.Notes = append(r.Notes, why...)
		return r
	}
	return checked
}

// settleImports gives what merged clean by lines the imports that it needs, where nothing else is
// wrong of it.
func (m *merger) settleImports(byLine, checked Result) (r Result, ok bool) {
	if !slices.Contains(checked.Notes, noteImports) {
		return r, false
	}
	clean := parse(byLine.Content)
	lines, ok := m.fitImports(clean.lines)
	if !ok || len(lines) == 0 {
		return r, false
	}
	m.out, m.result = clean, byLine // which the conflict has replaced
	r = m.rewrite(byLine, lines)
	if isFormatted(m.ours) && isFormatted(m.theirs) && !isFormatted(&m.out) {
		return r, false // it belongs elsewhere
	}
	r.Settled = append(r.Settled, Settled{Step: stepKey})
	return r, true
}

// checkImports makes a conflict of an import that one side took out and what the other added
// needs, of what both took out that alone used one, and of imports that both added by one name.
func (m *merger) checkImports(r Result, yours, template keys.Change) Result {
	marked := [3][]bool{make([]bool, len(m.base.lines)), make([]bool, len(m.ours.lines)), make([]bool, len(m.theirs.lines))}
	found := false
	mark := func(f int, lines []string, s span, is func(string) bool) {
		for i := s.Start; i < s.End; i++ {
			marked[f][i] = marked[f][i] || is(lines[i])
			found = found || marked[f][i]
		}
	}
	markOld := func(edits []edit, is func(string) bool) {
		for _, e := range edits {
			mark(inBase, m.base.lines, e.Old, is)
		}
	}
	markOld(m.yours, func(l string) bool { return m.mayNeed(template.Added, l) })
	markOld(m.template, func(l string) bool { return m.mayNeed(yours.Added, l) })
	for _, name := range m.goneFromBoth(yours, template) {
		uses := func(l string) bool { return slices.Contains(outline.NamesIn(m.name, l), name) }
		markOld(m.yours, uses)
		markOld(m.template, uses)
	}
	imports := func(l string) bool { return len(outline.Imported(m.name, l)) > 0 }
	if anyOf(yours.Alone, imports) && anyOf(template.Alone, imports) {
		for _, e := range m.yours {
			mark(inOurs, m.ours.lines, e.New, imports)
		}
		for _, e := range m.template {
			mark(inTheirs, m.theirs.lines, e.New, imports)
		}
	}
	if !found {
		return r
	}
	if lines, ok := m.fitImports(m.out.lines); !ok || slices.Equal(lines, m.out.lines) {
		return r
	}
	m.steps = nil
	checked := m.merge(slices.Concat(
		findTouching(m.yours, marked[inBase], marked[inOurs]),
		findTouching(m.template, marked[inBase], marked[inTheirs])))
	checked.Notes = append(checked.Notes, noteImports)
	return checked
}

const noteImports = "an import would be missing, be left that nothing uses, or have the name of another: the line merge was clean"

// goneFromBoth returns the names of Go packages of which both sides took out uses, and added none.
func (m *merger) goneFromBoth(yours, template keys.Change) (names []string) {
	if !m.isGo() || len(yours.Removed) == 0 || len(template.Removed) == 0 {
		return nil
	}
	gone := m.namesIn(yours.Removed)
	for name := range m.namesIn(template.Removed) {
		if gone[name] && !m.usesIn(yours.Added, name) && !m.usesIn(template.Added, name) {
			names = append(names, name)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return !m.mayImport(name) })
}

// mayImport reports whether base may import a Go package by a name.
func (m *merger) mayImport(name string) bool {
	for _, l := range m.base.lines {
		if strings.Contains(l, name) && slices.Contains(outline.Imported(m.name, l), name) {
			return true
		}
		if strings.HasPrefix(l, "func ") {
			break // because imports come first
		}
	}
	return false
}

func (m *merger) namesIn(runs [][]string) map[string]bool {
	all := make(map[string]bool)
	for _, run := range runs {
		for _, l := range run {
			for _, name := range outline.NamesIn(m.name, l) {
				all[name] = true
			}
		}
	}
	return all
}

// usesIn reports whether lines use a name that an import gives them.
func (m *merger) usesIn(runs [][]string, name string) bool {
	return anyOf(runs, func(l string) bool {
		if name == outline.AnyName {
			return !blank(l)
		}
		return strings.Contains(l, name) && slices.Contains(outline.NamesIn(m.name, l), name)
	})
}

// fitImports returns lines of code with the imports that they need; nil where there is no way. It
// declines (ok is false) where one of the three files does not parse.
func (m *merger) fitImports(of []string) (lines []string, ok bool) {
	if lines, ok = outline.Fit(m.name, m.base.lines, m.ours.lines, m.theirs.lines, of); ok {
		return lines, true
	}
	for _, t := range []*text{m.ours, m.theirs, m.base} { // base last, because a template parses
		if !outline.Parses(m.name, t.lines) {
			return nil, false
		}
	}
	return nil, true
}

func (m *merger) isGo() bool { return keys.Language(m.name) == "go" }

// mayNeed reports whether a line may be an import that some added lines need.
func (m *merger) mayNeed(added [][]string, l string) bool {
	return slices.ContainsFunc(outline.Imported(m.name, l), func(name string) bool { return m.usesIn(added, name) })
}

func anyOf(runs [][]string, is func(string) bool) bool {
	return slices.ContainsFunc(runs, func(run []string) bool { return slices.ContainsFunc(run, is) })
}

// findChanged remembers what each side added anywhere in the file, and what the user has
// fewer times than base.
func (m *merger) findChanged() {
	for i, c := range []keys.Change{m.change(m.ours, m.yours), m.change(m.theirs, m.template)} {
		m.added[i] = make(map[string]bool)
		for _, run := range c.Added {
			for _, l := range run {
				m.added[i][strings.TrimSpace(l)] = true
			}
		}
	}
	left := make(map[string]int)
	for _, l := range m.base.lines {
		left[strings.TrimSpace(l)]++
	}
	for _, l := range m.ours.lines {
		left[strings.TrimSpace(l)]--
	}
	m.fewer = make(map[string]bool)
	for l, n := range left {
		if n > 0 {
			m.fewer[l] = true
		}
	}
}

// change returns what edits of a side added and removed.
func (m *merger) change(side *text, edits []edit) keys.Change {
	n := len(edits)
	runs := make([][]string, 2*n)
	c := keys.Change{Added: runs[:n:n], Removed: runs[n:]}
	for i, e := range edits {
		c.Added[i] = side.lines[e.New.Start:e.New.End]
		c.Removed[i] = m.base.lines[e.Old.Start:e.Old.End]
	}
	c.Alone = c.Added
	if len(m.agreed) > 0 {
		c.Alone = m.alone(side, edits)
	}
	return c
}

// alone returns the lines of edits that the other side did not put at the same place.
func (m *merger) alone(side *text, edits []edit) (runs [][]string) {
	for _, e := range edits {
		at := e.New.Start
		for _, a := range m.agreed {
			both := a.theirs
			if side == m.ours {
				both = a.ours
			}
			if both.Start < e.New.End && both.End > at {
				runs = append(runs, side.lines[at:max(at, both.Start)])
				at = both.End
			}
		}
		runs = append(runs, side.lines[at:max(at, e.New.End)])
	}
	return runs
}

// An attempt is what is asked about a conflict of lines.
type attempt struct {
	steps   []settle.Step
	entries bool // of the file are merged, and not its lines
	limit   int  // as many lines in conflict are too many; 0: none are
}

// isBetter reports whether a result has no conflict, or fewer lines in conflict than
// there may be.
func (a attempt) isBetter(r Result) bool {
	return r.Clean() || a.limit == 0 || r.conflicting() < a.limit
}

// try declines (ok is false) where the file cannot be merged so, and where what comes
// of it says a thing twice, or in another place.
func (m *merger) try(a attempt) (r Result, ok bool) {
	m.steps = a.steps
	if m.answers == nil {
		m.answers = &answers{said: make(map[string]answer)}
	}
	m.answers.open = false
	defer func() { m.steps = nil }()
	if a.entries {
		r, ok = m.mergeEntries(a)
	} else {
		r = m.merge(nil)
		ok = len(r.Settled) > 0 && a.isBetter(r) && m.fitsOutlines(r)
	}
	if !ok {
		return r, false
	}
	if r.Clean() {
		if r, ok = m.fit(r); !ok {
			return r, false
		}
		r, ok = m.check(m.format(r), true)
		return r, ok && r.Clean()
	}
	g, read := m.readKeys()
	return r, !read || g.fits(r.Resolve(true), &g.ours) && g.fits(r.Resolve(false), &g.theirs)
}

// fit declines (ok is false) code that does not import what it uses.
func (m *merger) fit(r Result) (fit Result, ok bool) {
	lines, ok := outline.Fit(m.name, m.base.lines, m.ours.lines, m.theirs.lines, m.out.lines)
	if !ok {
		return r, false
	}
	return m.rewrite(r, lines), true
}

// format has gofmt write a file where all three are as it writes them: a new field may
// need more space before the types of others. This alone writes lines that no file has.
func (m *merger) format(r Result) Result {
	if keys.Language(m.name) != "go" || isFormatted(&m.out) || !isFormatted(m.base) || !isFormatted(m.ours) || !isFormatted(m.theirs) {
		return r
	}
	content, err := format.Source([]byte(strings.Join(m.out.lines, "\n") + "\n"))
	if err != nil {
		return r
	}
	return m.rewrite(r, parse(content).lines)
}

// rewrite gives a clean result other lines.
func (m *merger) rewrite(r Result, lines []string) Result {
	if slices.Equal(lines, m.out.lines) {
		return r
	}
	m.out = text{bom: m.out.bom}
	for _, l := range lines {
		m.out.add(l, m.style.end())
	}
	r.Content = m.content()
	for i, s := range r.Settled {
		if from := s.Line - 1; from >= 0 && (from+len(s.Lines) > len(lines) || !slices.Equal(lines[from:from+len(s.Lines)], s.Lines)) {
			r.Settled[i].Line = 0
		}
	}
	return r
}

func isFormatted(t *text) bool {
	content := []byte(strings.Join(t.lines, "\n") + "\n")
	formatted, err := format.Source(content)
	return err == nil && bytes.Equal(content, formatted)
}

// fitsOutlines reports whether a result has the keys of its three files, none of them twice
// where it is in no file, and none that a side deleted where all is decided for that side.
// What has no outline passes, if it did not lose it.
func (m *merger) fitsOutlines(r Result) bool {
	files, ok := m.readOutlines()
	if !ok {
		return true
	}
	b, o, t := countKeys(&files.b.Root), countKeys(&files.o.Root), countKeys(&files.t.Root)
	fits := func(mine bool, side map[string]int) bool {
		f, ok := outline.Read(m.name, parse(r.Resolve(mine)).lines)
		for path, n := range countKeys(&f.Root) {
			ok = ok && n <= max(b[path], o[path], t[path]) && (b[path] == 0 || side[path] > 0)
		}
		return ok
	}
	return fits(true, o) && fits(false, t)
}

// countKeys returns how often each key is in what it is in.
func countKeys(root *outline.Entry) map[string]int {
	count := make(map[string]int)
	var walk func(x *outline.Entry, path string)
	walk = func(x *outline.Entry, path string) {
		for i := range x.Entries {
			at := path + "\x00" + x.Entries[i].Key
			count[at]++
			walk(&x.Entries[i], at)
		}
	}
	walk(root, "")
	return count
}

// decide asks the steps about a conflict, and writes what the first says. Both sides
// begin with head and end with tail.
func (m *merger) decide(r region, head, tail []string) bool {
	h := settle.Hunk{
		Name:   m.name,
		Base:   m.base.lines[r.base.Start:r.base.End],
		Ours:   m.ours.lines[r.ours.Start:r.ours.End],
		Theirs: m.theirs.lines[r.theirs.Start:r.theirs.End],
		Entry:  r.entry,
		Head:   head, Tail: tail,
		YoursAdded: m.added[0], TemplateAdded: m.added[1], YoursFewer: m.fewer,
	}
	a := m.ask(h)
	if !a.ok {
		return false
	}
	m.touched = append(m.touched, r)
	m.result.Settled = append(m.result.Settled, Settled{
		Step: a.step, Said: a.said, Line: len(m.out.lines) + 1,
		Lines: a.lines, Base: h.Base, Ours: h.Ours, Theirs: h.Theirs,
	})
	for _, l := range a.lines {
		m.out.add(l, m.style.end())
	}
	return true
}

// answers are what the steps said in all attempts, because these have most conflicts in
// common, and their first steps.
type answers struct {
	said map[string]answer // by what a hunk has
	open bool              // the last step would decide a hunk of this attempt
}

type answer struct {
	asked int // of the steps
	step  string
	lines []string
	said  string
	ok    bool
}

// ask asks the steps that were not asked about a hunk before.
func (m *merger) ask(h settle.Hunk) answer {
	if len(m.steps) == 0 || isLarge(h) {
		return answer{}
	}
	end := []string{"\n"} // which is in no line
	key := strings.Join(slices.Concat(h.Base, end, h.Ours, end, h.Theirs, end, h.Head, end, h.Tail, end, []string{strconv.FormatBool(h.Entry)}), "\n")
	a := m.answers.said[key]
	for !a.ok && a.asked < len(m.steps) {
		s := m.steps[a.asked]
		a.step, a.asked = s.Name, a.asked+1
		a.lines, a.said, a.ok = s.Decide(h)
	}
	m.answers.said[key] = a
	if !a.ok && !m.answers.open {
		_, _, m.answers.open = settle.LastStep.Decide(h)
	}
	return a
}

// What is settled is at most so large, because a file is read several times then. What is
// larger was written by programs, such as a lock file.
const (
	maxLines = 3000
	maxBytes = 128 << 10
	// maxConflicts is how many of one file are settled.
	maxConflicts = 300
	// Rules look at each word of a conflict, so that there are limits for its lines and
	// for all of it, in bytes.
	maxLine = 2000
	maxHunk = 64 << 10
)

// isLarge reports whether one of the files is too large to be settled, or too much of them
// is in conflict.
func (m *merger) isLarge(byLine Result) bool {
	if len(byLine.Conflicts) > maxConflicts {
		return true
	}
	for _, t := range []*text{m.base, m.ours, m.theirs} {
		size := len(t.lines)
		for _, l := range t.lines {
			size += len(l)
		}
		if len(t.lines) > maxLines || size > maxBytes {
			return true
		}
	}
	return false
}

// isLarge reports whether a hunk is too large for rules.
func isLarge(h settle.Hunk) bool {
	size := 0
	for _, lines := range [][]string{h.Base, h.Ours, h.Theirs, h.Head, h.Tail} {
		for _, l := range lines {
			if size += len(l); len(l) > maxLine || size > maxHunk {
				return true
			}
		}
	}
	return false
}

// mixed reports whether a file has line ends of two kinds: those of a line that two
// sides share cannot be told from the line.
func (m *merger) mixed() bool {
	for _, t := range []*text{m.base, m.ours, m.theirs} {
		if slices.Contains(t.ends, lf) && slices.Contains(t.ends, crlf) {
			return true
		}
	}
	return false
}

// conflicting counts the lines that are shown in conflicts.
func (r Result) conflicting() int {
	n := 0
	for _, c := range r.Conflicts {
		n += c.Ours + c.Base + c.Theirs
	}
	return n
}
