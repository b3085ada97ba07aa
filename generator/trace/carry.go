package trace

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/merge"
	"scaffold/generator/render"
)

// A Change is lines of the user's in place of lines that the template wrote.
type Change struct {
	Line    int    `json:"line" says:"the first of your lines, from 1; of lines that you deleted, the one that stands there now"`
	Lines   int    `json:"lines" says:"how many they are"`
	Refused string `json:"refused,omitempty" says:"why the template cannot have it, so that it is not in the patch"`

	start, end int    // of what it replaces in the template's file, in bytes
	text       string // what is there now
}

func changesOf(base, ours []byte) []Change {
	starts := func(data []byte) []int {
		at := []int{0}
		for line := range bytes.Lines(data) {
			at = append(at, at[len(at)-1]+len(line))
		}
		return at
	}
	was, is := starts(base), starts(ours)
	var changes []Change
	for _, c := range merge.Changes(base, ours) {
		changes = append(changes, Change{
			Line: c.NewStart + 1, Lines: c.NewEnd - c.NewStart,
			start: was[c.OldStart], end: was[c.OldEnd], text: string(ours[is[c.NewStart]:is[c.NewEnd]]),
		})
	}
	return changes
}

// split returns a change line by line, where it has as many lines as it replaces.
func (c carrier) split(change Change) []Change {
	was, is := bytes.SplitAfter(c.File.Data[change.start:change.end], []byte("\n")), strings.SplitAfter(change.text, "\n")
	if len(was) != len(is) {
		return []Change{change}
	}
	var split []Change
	at := change.start
	for i, line := range was {
		one := Change{Line: change.Line + i, Lines: 1, start: at, end: at + len(line), text: is[i]}
		if at = one.end; string(line) != one.text {
			split = append(split, one)
		}
	}
	return split
}

// applied returns the template's file with the changes that are not refused.
func applied(base []byte, changes []Change) []byte {
	var out []byte
	at := 0
	for _, c := range changes {
		if c.Refused == "" {
			out = append(append(out, base[at:c.start]...), c.text...)
			at = c.end
		}
	}
	return append(out, base[at:]...)
}

// A carrier finds which texts of a template a change is in.
type carrier struct {
	render.Trace
	inner bool // what may stand in a condition or outside goes inside

	renamed, module string // the path that a module got, and that it has; "" where what is put in keeps the former
}

// A piece is a stretch of one part of the file, in bytes of it.
type piece struct {
	part       int
	start, end int
}

// An edit replaces a stretch of a part by text.
type edit struct {
	piece
	text string
}

// Why a template cannot have a change.
const (
	holdsAnswer  = "it changes what an answer put there"
	betweenParts = "there is no text of the template beside it"
	notAlike     = "the template writes it several times, and not all are changed alike"
	tooLong      = "it is too long to say which part of the template wrote which"
	notProved    = "the template, so changed, does not render to your lines"
)

// carry returns what a change does to the parts of the file, or why it cannot be said.
func (c carrier) carry(change Change) (edits []edit, refused string) {
	if change.start == change.end {
		return c.insert(change)
	}
	pieces := c.pieces(change.start, change.end)
	if len(pieces) == 1 && c.Parts[pieces[0].part].Text {
		return []edit{{pieces[0], change.text}}, ""
	}
	texts, ok, long := align(c.wordsOf(pieces), change.text)
	switch {
	case long:
		return nil, tooLong
	case !ok:
		return nil, holdsAnswer
	}
	for i, p := range pieces {
		if c.Parts[p.part].Text && texts[i] != string(c.File.Data[p.start:p.end]) {
			edits = append(edits, edit{p, texts[i]})
		}
	}
	return edits, ""
}

// pieces returns the parts that wrote the bytes from start to end, and slots among
// them. Text beside an answer at either end is one as well, since the change may put
// something there.
func (c carrier) pieces(start, end int) (pieces []piece) {
	first, _ := slices.BinarySearchFunc(c.Parts, start, func(p render.Part, at int) int {
		if p.End <= at {
			return -1
		}
		return 1
	})
	last := first
	for last < len(c.Parts) && c.Parts[last].Start < end {
		last++
	}
	if first > 0 && !c.Parts[first].Text && c.Parts[first-1].Text {
		first--
	}
	if last < len(c.Parts) && !c.Parts[last-1].Text && c.Parts[last].Text {
		last++
	}
	for i := first; i < last; i++ {
		p := c.Parts[i]
		pieces = append(pieces, piece{i, min(max(p.Start, start), end), max(min(p.End, end), start)})
	}
	return pieces
}

// A place is where lines may be put into a text, and how they are written there.
type place struct {
	part, at int
	text     string
}

// placesOf returns where the lines of a change that replaces nothing may be put. Where a
// condition trims, the end of the line above belongs to what is in it or behind it, so that
// the lines may also stand before that end.
func (c carrier) placesOf(change Change) (places []place) {
	for _, end := range []string{"", "\n", "\r\n"} {
		lines, ends := strings.CutSuffix(change.text, end)
		at := change.start - len(end)
		if !ends || !bytes.HasSuffix(c.File.Data[:change.start], []byte(end)) {
			continue
		}
		for _, part := range c.textsAt(at) {
			places = append(places, place{part, at, end + lines})
		}
	}
	return places
}

func (c carrier) depth(p place) int { return len(c.Parts[p.part].Within) }

// insert puts lines where nothing is replaced: of the texts that they may go into, into
// the one that stands under the fewest conditions.
func (c carrier) insert(change Change) ([]edit, string) {
	places := c.placesOf(change)
	if len(places) == 0 {
		return nil, betweenParts
	}
	best := places[0]
	for _, p := range places {
		if c.inner && c.depth(p) > c.depth(best) || !c.inner && c.depth(p) < c.depth(best) {
			best = p
		}
	}
	return []edit{{piece{best.part, best.at, best.at}, best.text}}, ""
}

// textsAt returns the texts that go on at a place, or end or begin there.
func (c carrier) textsAt(at int) (texts []int) {
	for i, p := range c.Parts {
		switch {
		case p.Start > at:
			return texts
		case !p.Text || p.End < at:
		case p.Start < at && at < p.End:
			return []int{i}
		default:
			texts = append(texts, i)
		}
	}
	return texts
}

// noteCondition says of lines that are put beside a condition that they could be on its
// other side, or "".
func (c carrier) noteCondition(change Change) string {
	places := c.placesOf(change)
	if change.start != change.end || len(places) == 0 {
		return ""
	}
	byDepth := func(a, b place) int { return c.depth(a) - c.depth(b) }
	flat, deep := slices.MinFunc(places, byDepth), slices.MaxFunc(places, byDepth)
	is, could := "outside of", "inside"
	if c.inner {
		is, could, places = "inside", "outside", []place{deep}
	}
	slices.SortStableFunc(places, func(a, b place) int { return a.at - b.at })
	var conditions []string
	for _, p := range places {
		if c.depth(p) == c.depth(flat) {
			continue
		}
		if within := c.Parts[p.part].Within; !slices.Contains(conditions, within[len(within)-1].Text) {
			conditions = append(conditions, within[len(within)-1].Text)
		}
	}
	if len(conditions) == 0 {
		return ""
	}
	return fmt.Sprintf("line %d is %s {{ %s }} in the patch, and could be %s", change.Line, is, strings.Join(conditions, " }} and {{ "), could)
}

// A word is what a piece says, and whether that must stay.
type word struct {
	text  string
	fixed bool
	cost  int // of a byte that is put there
}

func (c carrier) wordsOf(pieces []piece) []word {
	words := make([]word, len(pieces))
	for i, p := range pieces {
		part := c.Parts[p.part]
		depth := min(len(part.Within), 15)
		if c.inner {
			depth = 15 - depth
		}
		words[i] = word{string(c.File.Data[p.start:p.end]), !part.Text, putCost + depth}
	}
	return words
}

// maxCells caps one alignment, in bytes of a table.
const maxCells = 4 << 20

// What the best way to a cell of the table comes by.
const (
	unreached = iota
	keeps     // a byte that both have
	drops     // a byte of the word
	puts      // a byte of the text
	swaps     // a byte of the text for one of the word
	stays     // a fixed word
	next      // to the word that follows
)

// align cuts text into what stands in place of each word, such that fixed words stay
// and little else changes. It fails where the text does not have them all in order.
func align(words []word, text string) (texts []string, ok, long bool) {
	rows, columns := 0, len(text)+1
	for _, w := range words {
		rows += 1 + len(w.text)
	}
	if rows*columns > maxCells {
		return nil, false, true
	}
	by := make([]uint8, rows*columns)
	cost := make([]int32, columns) // of the row above
	for j := range cost {
		cost[j] = -1
	}
	cost[0] = 0
	row := 0
	for i, w := range words {
		if w.fixed {
			cost = fixedRows(by, cost, row, w.text, text)
		} else {
			cost = textRows(by, cost, row, w, text)
		}
		row += 1 + len(w.text)
		if i == len(words)-1 && cost[len(text)] < 0 {
			return nil, false, false
		}
	}
	return readBack(by, words, text), true, false
}

// fixedRows fills the rows of a word that stays: in the first what came from the word
// before, in the last where the whole of it stands. The rows between stay empty.
func fixedRows(by []uint8, cost []int32, row int, word, text string) []int32 {
	columns := len(cost)
	after := make([]int32, columns)
	for j := range after {
		after[j] = -1
	}
	for j, c := range cost {
		if c < 0 {
			continue
		}
		by[row*columns+j] = next
		if strings.HasPrefix(text[j:], word) {
			after[j+len(word)] = c
			if len(word) > 0 {
				by[(row+len(word))*columns+j+len(word)] = stays
			}
		}
	}
	return after
}

// The costs of a byte. To swap one is less than to drop it in one word and to put the
// other into the next.
const (
	dropCost = 16
	putCost  = 16
	swapCost = dropCost + putCost - 1
	lineCost = 16 // more to put one behind the end of a line, because it begins the next
)

func textRows(by []uint8, cost []int32, row int, w word, text string) []int32 {
	columns := len(cost)
	better := func(cells []int32, at, j int, c int32, how uint8) {
		if cells[j] < 0 || c < cells[j] {
			cells[j], by[at*columns+j] = c, how
		}
	}
	above := slices.Clone(cost)
	for j, c := range above {
		if c >= 0 {
			by[row*columns+j] = next
		}
		if j > 0 && above[j-1] >= 0 {
			better(above, row, j, above[j-1]+int32(w.cost), puts)
		}
	}
	for i := range len(w.text) {
		at := row + 1 + i
		here := make([]int32, columns)
		put := int32(w.cost)
		if i == len(w.text)-1 && w.text[i] == '\n' {
			put += lineCost
		}
		for j := range here {
			here[j] = -1
			if j > 0 && above[j-1] >= 0 && text[j-1] == w.text[i] {
				better(here, at, j, above[j-1], keeps)
			} else if j > 0 && above[j-1] >= 0 {
				better(here, at, j, above[j-1]+swapCost, swaps)
			}
			if above[j] >= 0 {
				better(here, at, j, above[j]+dropCost, drops)
			}
			if j > 0 && here[j-1] >= 0 {
				better(here, at, j, here[j-1]+put, puts)
			}
		}
		above = here
	}
	return above
}

// readBack follows the best way from the end to the start.
func readBack(by []uint8, words []word, text string) []string {
	columns := len(text) + 1
	texts := make([]string, len(words))
	row, j := len(by)/columns-1, len(text)
	for i := len(words) - 1; i >= 0; i-- {
		end, first := j, row-len(words[i].text)
		for done := false; !done; {
			switch by[row*columns+j] {
			case keeps, swaps:
				row, j = row-1, j-1
			case drops:
				row--
			case puts:
				j--
			case stays:
				row, j = first, j-len(words[i].text)
			default:
				done = true
			}
		}
		texts[i] = text[j:end]
		row = first - 1
	}
	return texts
}

// A draft is a template with changes, and what became of each.
type draft struct {
	changes []Change
	edits   [][]edit // of each change
}

// draftOf carries all changes that it can.
func (c carrier) draftOf(changes []Change) draft {
	var d draft
	for _, change := range changes {
		edits, refused := c.carry(change)
		split := c.split(change)
		if refused == "" || len(split) == 1 {
			change.Refused = refused
			d.changes, d.edits = append(d.changes, change), append(d.edits, edits)
			continue
		}
		for _, one := range split {
			edits, one.Refused = c.carry(one)
			d.changes, d.edits = append(d.changes, one), append(d.edits, edits)
		}
	}
	for c.refuseUnlike(&d) {
	}
	return d
}

// refuseUnlike refuses the changes of a node that was executed several times and would
// have to write different texts. It reports whether there were such.
func (c carrier) refuseUnlike(d *draft) (refused bool) {
	texts := c.textsOf(*d)
	unlike := make(map[*render.Node]bool)
	for i, p := range c.Parts {
		if !p.Text {
			continue
		}
		if want, changed := texts[p.Node]; changed && c.partText(*d, i) != want {
			unlike[p.Node] = true
		}
	}
	for i, edits := range d.edits {
		for _, e := range edits {
			if d.changes[i].Refused == "" && unlike[c.Parts[e.part].Node] {
				d.changes[i].Refused, refused = notAlike, true
			}
		}
	}
	return refused
}

// textsOf returns the new texts of the nodes that are changed.
func (c carrier) textsOf(d draft) map[*render.Node]string {
	texts := make(map[*render.Node]string)
	for i, edits := range d.edits {
		for _, e := range edits {
			if _, known := texts[c.Parts[e.part].Node]; !known && d.changes[i].Refused == "" {
				texts[c.Parts[e.part].Node] = c.partText(d, e.part)
			}
		}
	}
	return texts
}

// partText returns what a part of the file says after the changes.
func (c carrier) partText(d draft, part int) string {
	p := c.Parts[part]
	var b strings.Builder
	at := p.Start
	for i, edits := range d.edits {
		for _, e := range edits {
			if e.part == part && d.changes[i].Refused == "" {
				b.Write(c.File.Data[at:e.start])
				b.WriteString(e.text)
				at = e.end
			}
		}
	}
	b.Write(c.File.Data[at:p.End])
	return b.String()
}

// source returns the template with the changes of a draft.
func (c carrier) source(d draft) []byte {
	texts := c.textsOf(d)
	var nodes []*render.Node
	for n := range texts {
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b *render.Node) int { return a.Pos - b.Pos })
	var out []byte
	at := 0
	for _, n := range nodes {
		out = append(append(out, c.Source[at:n.Pos]...), c.escape(texts[n], n)...)
		at = n.End
	}
	return append(out, c.Source[at:]...)
}

// escape returns text such that the template's language takes it for text, where it
// stands in place of a node.
func (c carrier) escape(text string, n *render.Node) string {
	switch {
	case c.Copied && c.module != "":
		return strings.ReplaceAll(text, c.renamed, c.module)
	case c.Copied:
		return text
	}
	left, right := c.Delims[0], c.Delims[1]
	if left == "" {
		left, right = "{{", "}}"
	}
	quote := func(s string) string { return left + " " + strconv.Quote(s) + " " + right }
	before := strings.TrimRight(string(c.Source[:n.Pos]), " \t\r\n")
	after := string(c.Source[n.End:])
	start, end := "", ""
	if strings.HasSuffix(before, "-"+right) {
		rest := strings.TrimLeft(text, " \t\r\n")
		if start = text[:len(text)-len(rest)]; start != "" {
			start, text = quote(start), rest
		}
	}
	if strings.HasPrefix(strings.TrimLeft(after, " \t\r\n"), left+"-") {
		rest := strings.TrimRight(text, " \t\r\n")
		if end = text[len(rest):]; end != "" {
			end, text = quote(end), rest
		}
	}
	var b strings.Builder
	b.WriteString(start)
	follows := end + after
	follows = follows[:min(len(follows), len(left))]
	for {
		i := strings.Index(text+follows, left)
		if i < 0 || i >= len(text) {
			break
		}
		stop := min(i+len(left), len(text))
		b.WriteString(text[:i] + quote(text[i:stop]))
		text = text[stop:]
	}
	return b.String() + text + end
}
