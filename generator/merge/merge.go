package merge

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"scaffold/generator/keys"
	"scaffold/generator/settle"
)

// Options change how files are merged. The zero value is useful.
type Options struct {
	Labels
	// ByLines says that what the lines of a file leave in conflict stays a conflict.
	ByLines bool
}

// Merge merges the file at name, a slash-separated path of which the last
// element counts: by lines, and where those conflict by what they say. What merges
// clean is looked at by its keys.
func Merge(name string, base, ours, theirs []byte, options Options) Result {
	b := parse(base)
	o, t := parseBeside(ours, &b), parseBeside(theirs, &b)
	m := newMerger(&b, &o, &t, options.Labels)
	m.name = name
	r := m.merge(nil)
	switch path.Base(name) {
	case "go.mod":
		return goMod(&b, &o, &t, options, noteGoMod, r)
	case "go.work":
		return goMod(&b, &o, &t, options, noteGoWork, r)
	case "go.sum":
		if options.ByLines {
			return r
		}
		return goSum(&b, &o, &t, options.Labels, r)
	}
	if r.Clean() {
		checked, _ := m.check(r, false)
		if checked.Clean() || options.ByLines {
			return checked
		}
		return m.settleFaults(r, checked)
	}
	if options.ByLines {
		return r
	}
	return m.settle(r)
}

// A Result is a merged file.
type Result struct {
	// Content is the merged file, with markers where Conflicts says so.
	Content []byte
	// Conflicts are in the order of Content. Without any, the merge is clean.
	Conflicts []Overlap
	// Yours and Theirs are what either side changed against base.
	Yours, Theirs Edits
	// Note is what a report should add about this file; often nothing.
	Note string
	// Notes are what was chosen between in a go.mod, or could not be; and why a
	// merge that is clean by lines is a conflict, or should be looked at.
	Notes []string
	// Settled are the conflicts of lines that were decided by what the lines say.
	Settled []Settled

	open bool // the last line would have no newline, were it no marker
}

// Clean reports whether nothing is left for the user to decide.
func (r Result) Clean() bool { return len(r.Conflicts) == 0 }

// Edits are how much one side changed.
type Edits struct {
	Hunks   int // runs of changed lines
	Lines   int // in each hunk, the lines removed or added, whichever are more
	Overlap int // the hunks that are in a conflict
}

// An Overlap is a place where both sides changed the same lines, or lines that
// touch, and not alike.
type Overlap struct {
	Line               int // of its first marker in Content, counted from 1
	Ours, Base, Theirs int // how many lines it shows of each
}

// A Settled is a conflict of lines that a step decided: a rule of package settle by
// its name, or "key" where the entries of the file were merged.
type Settled struct {
	Step string
	Said string // what a reader could not guess from Lines; often nothing
	Line int    // of Content, counted from 1, at which Lines begin; 0 where they may stand in several places
	// Lines are what came of it; nil for "key", of which there is one for each conflict
	// of lines, or one without sides.
	Lines              []string
	Base, Ours, Theirs []string
}

// Resolve returns the file with all conflicts decided for one side: the user's
// if mine, else the template's. What did not conflict stays merged.
func (r Result) Resolve(mine bool) []byte {
	if r.Clean() {
		return r.Content
	}
	t := parse(r.Content)
	out := text{bom: t.bom}
	at := 0
	keep := func(from, to int) {
		out.lines = append(out.lines, t.lines[from:to]...)
		out.ends = append(out.ends, t.ends[from:to]...)
	}
	for _, c := range r.Conflicts {
		marker := c.Line - 1
		base := marker + 1 + c.Ours
		theirs := base + 1 + c.Base + 1
		end := theirs + c.Theirs
		keep(at, marker)
		if mine {
			keep(marker+1, base)
		} else {
			keep(theirs, end)
		}
		at = end + 1
	}
	keep(at, len(t.lines))
	return out.bytes(lf, !r.open)
}

// SettledIn returns r.Settled with the lines that [Result.Resolve] leaves them at.
func (r Result) SettledIn(mine bool) []Settled {
	moved := slices.Clone(r.Settled)
	for i, s := range moved {
		for _, c := range r.Conflicts {
			if c.Line > s.Line {
				break
			}
			gone := c.lines() - c.Theirs
			if mine {
				gone = c.lines() - c.Ours
			}
			moved[i].Line -= gone
		}
	}
	return moved
}

// lines counts those of a conflict, markers and all.
func (c Overlap) lines() int { return c.Ours + c.Base + c.Theirs + 4 }

// Sides are the lines that a conflict shows, without line ends.
type Sides struct{ Base, Ours, Theirs []string }

// ReadSides returns what the conflicts of a merged file show.
func ReadSides(content []byte, conflicts []Overlap) []Sides {
	lines := parse(content).lines
	sides := make([]Sides, len(conflicts))
	for i, c := range conflicts {
		base := c.Line + c.Ours + 1 // after its marker
		theirs := base + c.Base + 1
		sides[i] = Sides{lines[base : base+c.Base], lines[c.Line : c.Line+c.Ours], lines[theirs : theirs+c.Theirs]}
	}
	return sides
}

// Notes say what a reader could not guess from the merged file.
const (
	noteCoarse = "too repetitive to compare line by line"
	noteLarge  = "too large to merge by what its lines say"
	noteGoMod  = "merged by requirement: review, then go mod tidy"
	noteGoWork = "merged by statement: review, then go work sync"
	noteGoSum  = "merged by checksum: review, then go mod tidy"
)

// mergeLines merges by lines. force, which may be nil, chooses lines of base at
// which the sides' edits are a conflict though only one side has any.
func mergeLines(b, o, t *text, l Labels, force func(yours, template []edit) []span) Result {
	m := newMerger(b, o, t, l)
	var forced []span
	if force != nil {
		forced = force(m.yours, m.template)
	}
	return m.merge(forced)
}

func newMerger(b, o, t *text, l Labels) *merger {
	m := &merger{base: b, ours: o, theirs: t, style: newStyle(b, o, t), labels: l}
	m.compare()
	return m
}

// compare finds what either side changed.
func (m *merger) compare() {
	b, o, t := m.base, m.ours, m.theirs
	ids, n := intern(b.lines, o.lines, t.lines)
	var exactOurs, exactTheirs bool
	m.yours, exactOurs = diff(ids[0], ids[1], n)
	m.template, exactTheirs = diff(ids[0], ids[2], n)
	m.ids, m.distinct = ids, n
	m.coarse = !exactOurs || !exactTheirs
}

// merge may be called again, to have more conflicts: at the lines of base that
// are forced.
func (m *merger) merge(forced []span) Result {
	m.write(forced)
	return m.finish()
}

func (m *merger) write(forced []span) {
	m.result = Result{Yours: countEdits(m.yours), Theirs: countEdits(m.template)}
	if m.coarse {
		m.result.Note = noteCoarse
	}
	n := max(len(m.ours.lines), len(m.theirs.lines)) + 16
	m.out = text{make([]string, 0, n), make([]ending, 0, n), mergeValue(m.base.bom, m.ours.bom, m.theirs.bom)}
	m.touched, m.agreed = nil, nil
	for _, r := range regions(m.yours, m.template, forced, len(m.base.lines)) {
		m.writeRegion(r)
	}
}

func (m *merger) finish() Result {
	m.result.open = !mergeValue(m.base.closed(), m.ours.closed(), m.theirs.closed())
	m.result.Content = m.content()
	return m.result
}

func (m *merger) content() []byte {
	return m.out.bytes(m.style.end(), !m.result.open || m.endsInMarker())
}

func countEdits(edits []edit) Edits {
	c := Edits{Hunks: len(edits)}
	for _, e := range edits {
		c.Lines += e.size()
	}
	return c
}

type merger struct {
	name               string
	base, ours, theirs *text
	yours, template    []edit    // what either side changed
	ids                [][]int32 // of the lines of base, ours and theirs
	distinct           int       // how many of them there are
	agreed             []common  // the lines that both sides put at one place
	coarse             bool      // whether an edit may cover more lines than it needs to
	style              style
	labels             Labels
	asking
	out      text
	result   Result
	touched  []region // what was written as a conflict, or decided by a step
	keys     *inputs  // nil: not read yet
	outlines *outlines
}

// asking is what is asked before a conflict is written: the same of a part of a file as of all
// of it.
type asking struct {
	steps   []settle.Step
	added   [2]map[string]bool // the lines that the user and the template added
	fewer   map[string]bool    // the lines that the user has fewer times than base
	answers *answers           // nil: no step was asked yet
}

// A common is lines of ours that are those of theirs at one place.
type common struct{ ours, theirs span }

func (m *merger) writeRegion(r region) {
	switch {
	case r.forced:
		m.writeBoth(r)
	case r.yours == 0 && r.template == 0:
		m.writeUnchanged(r)
	case r.template == 0:
		m.writeOneSide(m.ours, r.ours, m.style.theirs)
	case r.yours == 0:
		m.writeOneSide(m.theirs, r.theirs, m.style.ours)
	default:
		m.writeBoth(r)
	}
}

// writeUnchanged writes lines that all three have, of which the endings may
// have changed.
func (m *merger) writeUnchanged(r region) {
	for i := range r.base.Len() {
		m.out.add(m.ours.lines[r.ours.Start+i], mergeValue(
			m.base.ends[r.base.Start+i],
			m.ours.ends[r.ours.Start+i],
			m.theirs.ends[r.theirs.Start+i]))
	}
}

// writeOneSide writes lines that only one side has; other is the style of the other.
func (m *merger) writeOneSide(t *text, s span, other ending) {
	for i := s.Start; i < s.End; i++ {
		m.out.add(t.lines[i], m.style.alone(t.ends[i], other))
	}
}

// writeBoth writes what both sides changed. The lines with which both begin or end
// are agreed; a conflict is what is left between.
func (m *merger) writeBoth(r region) {
	o, t := r.ours, r.theirs
	head, tail := 0, 0
	for head < min(o.Len(), t.Len()) && m.same(o.Start+head, t.Start+head) {
		head++
	}
	for tail < min(o.Len(), t.Len())-head && m.same(o.End-1-tail, t.End-1-tail) {
		tail++
	}
	m.writeAgreed(o.Start, t.Start, head)
	r.ours, r.theirs = span{o.Start + head, o.End - tail}, span{t.Start + head, t.End - tail}
	agreed := m.ours.lines
	if r.ours.Len()+r.theirs.Len() > 0 && !m.decide(r, agreed[o.Start:r.ours.Start], agreed[r.ours.End:o.End]) {
		m.writeConflict(r)
	}
	m.writeAgreed(o.End-tail, t.End-tail, tail)
}

func (m *merger) same(i, j int) bool { return m.ours.lines[i] == m.theirs.lines[j] }

// writeAgreed writes n lines that both sides have, from i in ours and j in theirs.
func (m *merger) writeAgreed(i, j, n int) {
	if n > 0 {
		m.agreed = append(m.agreed, common{span{i, i + n}, span{j, j + n}})
	}
	for k := range n {
		m.out.add(m.ours.lines[i+k], m.style.shared(m.ours.ends[i+k], m.theirs.ends[j+k]))
	}
}

func (m *merger) writeConflict(r region) {
	end := m.style.end()
	m.touched = append(m.touched, r)
	m.result.Yours.Overlap += r.yours
	m.result.Theirs.Overlap += r.template
	m.result.Conflicts = append(m.result.Conflicts, Overlap{
		Line: len(m.out.lines) + 1,
		Ours: r.ours.Len(), Base: r.base.Len(), Theirs: r.theirs.Len(),
	})
	m.out.add(m.labels.ours(), end)
	m.writeOneSide(m.ours, r.ours, m.style.theirs)
	m.out.add(m.labels.base(), end)
	for _, line := range m.base.lines[r.base.Start:r.base.End] {
		m.out.add(line, end)
	}
	m.out.add(separator, end)
	m.writeOneSide(m.theirs, r.theirs, m.style.ours)
	m.out.add(m.labels.theirs(), end)
}

// endsInMarker reports whether a marker stands last. It matters because a
// marker is always a whole line.
func (m *merger) endsInMarker() bool {
	if m.result.Clean() {
		return false
	}
	c := m.result.Conflicts[len(m.result.Conflicts)-1]
	return c.Line+c.Ours+c.Base+c.Theirs+3 == len(m.out.lines)
}

func (r Result) resolvedBy(content []byte, note string, notes []string) Result {
	r.Content, r.Conflicts, r.Note, r.Notes = content, nil, note, notes
	r.Yours.Overlap, r.Theirs.Overlap = 0, 0
	return r
}

// conflictEverywhere makes a conflict of every change, because lines may merge
// clean and not go together. Either side of all conflicts is then that side's
// file.
func conflictEverywhere(base, ours, theirs *text, l Labels) Result {
	m := newMerger(base, ours, theirs, l)
	return m.merge(m.everywhere())
}

// everywhere is where in base anybody changed anything.
func (m *merger) everywhere() []span {
	var all []span
	for _, e := range slices.Concat(m.yours, m.template) {
		all = append(all, e.Old)
	}
	return all
}

// A region is a stretch of base, and what stands in its place on each side.
// yours and template are the edits that either side made in it.
type region struct {
	base, ours, theirs span
	yours, template    int
	forced             bool // a conflict whoever changed it
	entry              bool // base and theirs are one entry each, of the same key
}

// regions cuts a base of n lines into regions; every other one, beginning with
// the first, is unchanged on both sides. Edits of the two sides that overlap or
// touch share a region: no line between them says in which order they belong.
// So do edits and the lines of base that are forced to be a conflict.
func regions(yours, template []edit, forced []span, n int) []region {
	o, t, f := cursor{edits: yours}, cursor{edits: template}, cursor{edits: unchanged(forced)}
	var all []region
	for at := 0; ; {
		next := min(o.start(n), t.start(n), f.start(n))
		all = append(all, region{
			base:   span{at, next},
			ours:   span{at + o.shift, next + o.shift},
			theirs: span{at + t.shift, next + t.shift},
		})
		if len(o.edits)+len(t.edits)+len(f.edits) == 0 {
			return all
		}
		r := region{
			base:   span{next, next},
			ours:   span{Start: next + o.shift},
			theirs: span{Start: next + t.shift},
		}
		for taken := true; taken; {
			switch {
			case o.take(&r.base):
				r.yours++
			case t.take(&r.base):
				r.template++
			case f.take(&r.base):
				r.forced = true
			default:
				taken = false
			}
		}
		at = r.base.End
		r.ours.End, r.theirs.End = at+o.shift, at+t.shift
		all = append(all, r)
	}
}

// unchanged is edits at spans, in order, that leave them as they are.
func unchanged(spans []span) []edit {
	var edits []edit
	for _, s := range spans {
		edits = append(edits, edit{s, s})
	}
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.Old.Start, b.Old.Start) })
	return edits
}

type cursor struct {
	edits []edit // those not yet in a region
	shift int    // how many lines those before them added
}

// start is where the next edit begins in base, or n after the last.
func (c *cursor) start(n int) int {
	if len(c.edits) == 0 {
		return n
	}
	return c.edits[0].Old.Start
}

// take adds the next edit to a region of base if it overlaps or touches it.
func (c *cursor) take(base *span) bool {
	if len(c.edits) == 0 || c.edits[0].Old.Start > base.End {
		return false
	}
	e := c.edits[0]
	base.End = max(base.End, e.Old.End)
	c.shift = e.New.End - e.Old.End
	c.edits = c.edits[1:]
	return true
}

// Labels name the three files on the lines that mark a conflict, for instance
// "yours", "base" and "web 1.1.0". A marker without a label is bare.
type Labels struct{ Ours, Base, Theirs string }

const separator = "======="

func (l Labels) ours() string { return marker("<<<<<<<", l.Ours) }

func (l Labels) base() string { return marker("|||||||", l.Base) }

func (l Labels) theirs() string { return marker(">>>>>>>", l.Theirs) }

func marker(sign, label string) string {
	return strings.Join(append([]string{sign}, strings.Fields(label)...), " ")
}

// HasMarkers reports whether content still has a marker line that a merge with
// these labels wrote into it. One such line at column 0 is enough, since a
// group that was taken apart by half is not resolved; "=======" alone says
// nothing, as it underlines headings.
//
// Lines that merely look like markers are content: those with another label
// (a text on git with its "<<<<<<< HEAD") are never counted, and those that a
// file in before has count only as far as content has more of them. So pass
// the labels of the merge that conflicted, and the pristine files of its
// template as before. What is left to chance is a user's own line, at column 0,
// of exactly the text of a label, in a file that had a conflict.
func HasMarkers(content []byte, l Labels, before ...[]byte) bool {
	for _, m := range []string{l.ours(), l.base(), l.theirs()} {
		had := 0
		for _, b := range before {
			had = max(had, countLine(b, m))
		}
		if countLine(content, m) > had {
			return true
		}
	}
	return false
}

// CountConflicts counts the whole conflicts that are marked in content, whoever
// marked them: lines that begin with "<<<<<<<", then with ">>>>>>>", and between
// them one that is "=======". One of these lines alone is content.
func CountConflicts(content []byte) int {
	n := 0
	if !bytes.Contains(content, []byte("<<<<<<<")) {
		return n
	}
	const outside, ours, theirs = 0, 1, 2
	at := outside
	for l := range bytes.Lines(bytes.TrimPrefix(content, []byte(utf8BOM))) {
		l = bytes.TrimRight(l, "\r\n")
		switch {
		case isMarker(l, "<<<<<<<"):
			at = ours
		case at == ours && string(l) == separator:
			at = theirs
		case at == theirs && isMarker(l, ">>>>>>>"):
			at = outside
			n++
		}
	}
	return n
}

func isMarker(line []byte, sign string) bool {
	label, ok := bytes.CutPrefix(line, []byte(sign))
	return ok && (len(label) == 0 || label[0] == ' ')
}

// countLine counts the lines of data that are line but for white space that
// an editor may have added or taken at the end.
func countLine(data []byte, line string) int {
	n := 0
	for l := range bytes.Lines(bytes.TrimPrefix(data, []byte(utf8BOM))) {
		if bytes.HasPrefix(l, []byte(line)) && len(bytes.TrimSpace(l[len(line):])) == 0 {
			n++
		}
	}
	return n
}

// maxRepeated caps the notes about one file, because more are not read.
const maxRepeated = 3

// findRepeated notes the lines that both sides added and that stand twice now,
// where no input has them twice.
func (m *merger) findRepeated(settled bool) []string {
	both := m.findAddedByBoth(settled)
	if len(both) == 0 {
		return nil
	}
	at := make(map[string][]int, len(both))
	for _, ids := range m.ids {
		seen := make([]bool, m.distinct)
		for _, id := range ids {
			if seen[id] {
				delete(both, id)
			}
			seen[id] = true
		}
	}
	for _, l := range both {
		at[l] = nil
	}
	for i, l := range m.out.lines {
		if has(at, l) {
			at[l] = append(at[l], i)
		}
	}
	return m.noteRepeated(at)
}

// findAddedByBoth returns the telling lines that both sides added, by their ids. If lines
// alone decided, those that both put at one place are left out, because they stand there
// once.
func (m *merger) findAddedByBoth(settled bool) map[int32]string {
	yours := make([]bool, m.distinct)
	for _, e := range m.yours {
		for _, id := range m.ids[1][e.New.Start:e.New.End] {
			yours[id] = true
		}
	}
	for _, a := range m.agreed {
		for _, id := range m.ids[1][a.ours.Start:a.ours.End] {
			yours[id] = yours[id] && settled
		}
	}
	var both map[int32]string
	for _, e := range m.template {
		for i, id := range m.ids[2][e.New.Start:e.New.End] {
			if l := m.theirs.lines[e.New.Start+i]; yours[id] && isTelling(m.name, l) {
				if both == nil {
					both = make(map[int32]string)
				}
				both[id] = l
			}
		}
	}
	return both
}

// isTelling reports whether a line says so much that it is worth a note that it
// stands twice. In code, short lines within a function are idioms.
func isTelling(name, line string) bool {
	letters, least := 0, 3
	switch keys.Language(name) {
	case "go", "python", "markdown", "rst", "":
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			least = 16
		}
	}
	for i := range len(line) {
		if c := line[i] | 0x20; 'a' <= c && c <= 'z' || line[i] >= 0x80 {
			letters++
		}
	}
	return letters >= least
}

// noteRepeated makes one note of lines that follow each other at both places.
func (m *merger) noteRepeated(at map[string][]int) []string {
	var notes []string
	lines, next := m.out.lines, 0
	for i, l := range lines {
		if len(at[l]) != 2 || at[l][0] != i || i < next {
			continue
		}
		other := at[l][1]
		for next = i + 1; next < other && next+other-i < len(lines) && lines[next] == lines[next+other-i]; {
			next++
		}
		n := next - i
		first, second := fmt.Sprint(i+1), fmt.Sprint(other+1)
		if n > 1 {
			first, second = fmt.Sprintf("%d-%d", i+1, i+n), fmt.Sprintf("%d-%d", other+1, other+n)
		}
		if len(notes) == maxRepeated {
			return append(notes, "and there are more such lines")
		}
		notes = append(notes, fmt.Sprintf("lines %s and %s are the same, because you and the template put them at different places: %s", first, second, strings.TrimSpace(l)))
	}
	return notes
}
