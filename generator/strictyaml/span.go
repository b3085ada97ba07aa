package strictyaml

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// A Span is a stretch of a document's bytes as they were given to [Parse].
type Span struct{ Start, End int }

// A Source finds the bytes of nodes, for edits that leave all others alone. It
// reads the text, because the parser does not say where a node ends.
type Source struct {
	text  []byte
	lines []Span // without their ends
}

const byteOrderMark = "\ufeff"

// NewSource splits text into lines as Parse does.
func NewSource(text []byte) Source {
	s := Source{text: text}
	start := 0
	if bytes.HasPrefix(text, []byte(byteOrderMark)) {
		start = len(byteOrderMark)
	}
	for i := start; i < len(text); i++ {
		switch {
		case text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n':
			s.lines = append(s.lines, Span{start, i})
			i++
			start = i + 1
		case text[i] == '\r' || text[i] == '\n':
			s.lines = append(s.lines, Span{start, i})
			start = i + 1
		}
	}
	s.lines = append(s.lines, Span{start, len(text)})
	return s
}

// EOL returns how the first line ends, for lines to add.
func (s Source) EOL() string {
	first := s.lines[0].End
	switch rest := s.text[first:]; {
	case bytes.HasPrefix(rest, []byte("\r\n")):
		return "\r\n"
	case bytes.HasPrefix(rest, []byte("\r")):
		return "\r"
	}
	return "\n"
}

// Line returns the whole line that the byte at offset is in, its end included.
func (s Source) Line(offset int) Span {
	i := s.lineOf(offset)
	if i+1 < len(s.lines) {
		return Span{s.lines[i].Start, s.lines[i+1].Start}
	}
	return s.lines[i]
}

func (s Source) lineOf(offset int) int {
	next, _ := slices.BinarySearchFunc(s.lines, offset+1, func(line Span, offset int) int { return line.Start - offset })
	return max(next-1, 0)
}

func (s Source) Start(n Node) int {
	at := s.lines[min(n.node.Line, len(s.lines))-1]
	for column := n.node.Column; column > 1 && at.Start < at.End; column-- {
		_, size := utf8.DecodeRune(s.text[at.Start:at.End])
		at.Start += size
	}
	return at.Start
}

// Name returns the bytes of an entry's key, and its quotes.
func (s Source) Name(e Entry) Span { return Span{s.Start(e.Name), s.end(e.Name)} }

// Value returns the bytes of an entry's value, without the comment after it;
// nothing, right after the colon, where there is none.
func (s Source) Value(e Entry) Span {
	start := s.Start(e.Value)
	switch n := e.Value; {
	case n.node.Value == "" && n.isPlain():
		end := s.end(e.Name)
		if colon := bytes.IndexByte(s.text[end:], ':'); colon >= 0 {
			end += colon + 1
		}
		return Span{end, end}
	case n.node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0, n.node.Kind != yaml.ScalarNode && !n.IsFlow():
		return Span{start, s.blockEnd(e, start)}
	}
	return Span{start, s.end(e.Value)}
}

// end returns where a node ends that does not end by indentation.
func (s Source) end(n Node) int {
	at := s.Start(n)
	switch {
	case n.node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return s.quotedEnd(at)
	case !n.IsFlow():
		return s.plainEnd(at, n.node.Value)
	}
	if items := n.node.Content; len(items) > 0 {
		last := s.end(Node{n.doc, items[len(items)-1]})
		if s.Start(Node{n.doc, items[0]}) == at { // a pair in a list has no braces of its own
			return last
		}
		at = last
	} else {
		at++
	}
	for ; at < len(s.text); at++ { // commas, comments
		switch s.text[at] {
		case ']', '}':
			return at + 1
		case '#':
			at = s.Line(at).End - 1
		}
	}
	return at
}

func (s Source) quotedEnd(start int) int {
	quote := s.text[start]
	for i := start + 1; i < len(s.text); i++ {
		switch {
		case quote == '"' && s.text[i] == '\\':
			i++
		case s.text[i] != quote:
		case quote == '\'' && i+1 < len(s.text) && s.text[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(s.text)
}

// plainEnd follows a plain scalar word by word, because line breaks were folded.
func (s Source) plainEnd(start int, value string) int {
	end := start
	for _, word := range strings.Fields(value) {
		i := bytes.Index(s.text[end:], []byte(word))
		if i < 0 {
			break
		}
		end += i + len(word)
	}
	return end
}

// blockEnd returns the end of the last line below the entry's key, by indentation.
func (s Source) blockEnd(e Entry, start int) int {
	_, keyColumn := e.Name.Position()
	list := e.Value.IsList()
	at := s.lineOf(start)
	end := s.lines[at].End
	for _, line := range s.lines[at+1:] {
		text := string(s.text[line.Start:line.End])
		rest := strings.TrimLeft(text, " ")
		indent := len(text) - len(rest)
		item := list && indent == keyColumn-1 && (rest == "-" || strings.HasPrefix(rest, "- "))
		switch {
		case rest == "":
		case indent >= keyColumn || item:
			end = line.End
		default:
			return end
		}
	}
	return end
}
