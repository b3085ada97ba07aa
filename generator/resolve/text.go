package resolve

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"scaffold/generator/merge"
)

// A Text is a file taken apart at its conflict markers. What is outside of hunks is
// kept as it is, byte for byte.
type Text struct {
	Hunks []Hunk

	bom    bool
	kept   []string // what stands before each hunk, and after the last
	closed bool     // a newline ends the file, also where a hunk does
}

// A Hunk is one conflict. Its sides are lines with their line ends.
type Hunk struct {
	Line                 int // of its first marker, counted from 1; 0 where a hunk is the whole file
	Lines                int // with the markers
	Base, Mine, Template []string

	marked string // as it stands in the file
	end    string // of lines that bring no line end
}

// A parser reads one file line by line.
type parser struct {
	markers [4]string // in the order in which a hunk has them
	text    Text
	kept    strings.Builder

	inside int // how many markers of the hunk were read
	hunk   Hunk
	marked strings.Builder
}

// The markers of a hunk, as indexes of parser.markers.
const (
	opens = iota
	bases
	separates
	closes
)

const utf8BOM = "\xef\xbb\xbf"

func newParser(l merge.Labels) *parser {
	mark := func(sign, label string) string {
		return strings.Join(append([]string{sign}, strings.Fields(label)...), " ")
	}
	return &parser{markers: [4]string{
		mark("<<<<<<<", l.Ours), mark("|||||||", l.Base), "=======", mark(">>>>>>>", l.Theirs),
	}}
}

// Parse takes a file apart at the markers of a merge with these labels. Pristine is the
// template's version of the file. An error begins with the number of a line.
//
// The text between the markers is not escaped, so some files can be read in two ways.
// They are refused, because nobody should find a line on the wrong side: where the
// template itself has a line like a marker, and where a hunk has two lines that may
// separate its sides.
func Parse(data []byte, l merge.Labels, pristine []byte) (Text, error) {
	p := newParser(l)
	rest, bom := bytes.CutPrefix(data, []byte(utf8BOM))
	p.text.bom = bom
	if !merge.HasMarkers(data, l, pristine) {
		p.text.kept = []string{string(rest)}
		return p.text, nil
	}
	number := 0
	for line := range bytes.Lines(rest) {
		number++
		if err := p.read(string(line), number, pristine); err != nil {
			return Text{}, fmt.Errorf("%d: %w", number, err)
		}
	}
	if p.inside > 0 {
		return Text{}, fmt.Errorf("%d: the conflict that begins here has no line %q", p.hunk.Line, p.markers[p.inside])
	}
	p.text.kept = append(p.text.kept, p.kept.String())
	p.text.closed = len(pristine) == 0 || bytes.HasSuffix(pristine, []byte("\n"))
	return p.text, nil
}

func (p *parser) read(line string, number int, pristine []byte) error {
	i := p.markerOf(line)
	if i >= 0 && i != separates && hasLine(pristine, p.markers[i]) {
		return fmt.Errorf("the template itself has a line %q, so that it does not say what is in conflict", p.markers[i])
	}
	if p.inside > opens {
		p.marked.WriteString(line)
	}
	switch {
	case i == separates && p.inside == closes:
		return fmt.Errorf("the conflict of line %d has a second line %q, so that it does not say where the template's side begins", p.hunk.Line, p.markers[i])
	case i < 0 || i == separates && p.inside != separates:
		p.keep(line)
	case i != p.inside && p.inside == opens:
		return fmt.Errorf("%q stands here, and no conflict begins before it", p.markers[i])
	case i != p.inside:
		return fmt.Errorf("%q stands here, and the conflict of line %d has no line %q yet", p.markers[i], p.hunk.Line, p.markers[p.inside])
	default:
		p.mark(line, number)
	}
	return nil
}

// keep adds a line to the side that is read, or to what is outside of hunks.
func (p *parser) keep(line string) {
	switch p.inside {
	case opens:
		p.kept.WriteString(line)
	case bases:
		p.hunk.Mine = append(p.hunk.Mine, line)
	case separates:
		p.hunk.Base = append(p.hunk.Base, line)
	case closes:
		p.hunk.Template = append(p.hunk.Template, line)
	}
}

func (p *parser) mark(line string, number int) {
	switch p.inside {
	case opens:
		p.text.kept = append(p.text.kept, p.kept.String())
		p.kept.Reset()
		p.hunk = Hunk{Line: number, end: endOf(line)}
		p.marked.Reset()
		p.marked.WriteString(line)
	case closes:
		p.hunk.Lines, p.hunk.marked = number-p.hunk.Line+1, p.marked.String()
		p.text.Hunks = append(p.text.Hunks, p.hunk)
		p.inside = opens
		return
	}
	p.inside++
}

// markerOf returns which marker a line is, or -1. White space may follow a label, as
// [merge.HasMarkers] allows, but not what separates the sides, because that is a word of
// other languages as well.
func (p *parser) markerOf(line string) int {
	for i, m := range p.markers {
		rest, ok := strings.CutPrefix(line, m)
		if ok && (i != separates || rest == endOf(line)) && strings.TrimSpace(rest) == "" {
			return i
		}
	}
	return -1
}

func hasLine(data []byte, line string) bool {
	for l := range bytes.Lines(bytes.TrimPrefix(data, []byte(utf8BOM))) {
		if rest, ok := bytes.CutPrefix(l, []byte(line)); ok && len(bytes.TrimSpace(rest)) == 0 {
			return true
		}
	}
	return false
}

// endOf returns the line end of a line, "" for none.
func endOf(line string) string {
	switch {
	case strings.HasSuffix(line, "\r\n"):
		return "\r\n"
	case strings.HasSuffix(line, "\n"):
		return "\n"
	}
	return ""
}

// A Side is what an answer takes of a hunk.
type Side string

// The sides. Both is mine and then the template's.
const (
	Mine     Side = "mine"
	Template Side = "template"
	Both     Side = "both"
	Other    Side = "text" // what Answer.Text says
)

// An Answer decides a hunk. The zero value leaves it as it is.
type Answer struct {
	Side Side
	Text string // for Other
}

// lines returns what the answer makes of the hunk.
func (a Answer) lines(h Hunk) string {
	switch a.Side {
	case Mine:
		return strings.Join(h.Mine, "")
	case Template:
		return strings.Join(h.Template, "")
	case Both:
		return strings.Join(slices.Concat(h.Mine, h.Template), "")
	case Other:
		return a.Text
	}
	return h.marked
}

// Resolve returns the file with its hunks decided by answers, of which there is one for
// each. A last line of a hunk has a line end only because a marker stood behind it: it
// loses that where the template's file ends in none.
func (t Text) Resolve(answers []Answer) []byte {
	var b strings.Builder
	for i, h := range t.Hunks {
		b.WriteString(t.kept[i])
		b.WriteString(answers[i].lines(h))
	}
	last := len(t.Hunks)
	b.WriteString(t.kept[last])
	body := b.String()
	if last > 0 && t.kept[last] == "" && !t.closed && answers[last-1].Side != "" {
		if cut := strings.TrimSuffix(body, endOf(body)); cut != "" && !strings.HasSuffix(cut, "\n") {
			body = cut
		}
	}
	if t.bom || strings.HasPrefix(body, utf8BOM) {
		body = utf8BOM + body
	}
	return []byte(body)
}

// same returns the same answer n times.
func same(side Side, n int) []Answer { return slices.Repeat([]Answer{{Side: side}}, n) }

// Sides returns the whole file as it would be with each hunk as one of three. What
// merged clean is in all of them, so that they differ in what is in conflict alone.
func (t Text) Sides() (base, mine, template []byte) {
	before := slices.Clone(t.Hunks)
	for i, h := range before {
		before[i].Mine = h.Base
	}
	n := len(t.Hunks)
	whole := t
	whole.Hunks = before
	return whole.Resolve(same(Mine, n)), t.Resolve(same(Mine, n)), t.Resolve(same(Template, n))
}
