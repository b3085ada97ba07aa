package merge

import (
	"bytes"
	"slices"
	"strings"
)

// A text is a file taken apart for merging: its lines without their
// terminators, and apart from them what belongs to the file's style. Lines are
// compared without style, so a file that went from LF to CRLF still has the
// lines it had.
type text struct {
	lines []string
	ends  []ending // of each line
	bom   bool
}

type ending uint8

const (
	none ending = iota // the last line of a file without a final newline
	lf
	crlf
)

const utf8BOM = "\xef\xbb\xbf"

func parse(data []byte) text { return parseBeside(data, new(text)) }

// parseBeside returns what parse does. It takes the lines with which a text like it begins and
// ends from there, because that is cheaper than to copy them.
func parseBeside(data []byte, like *text) text {
	data, bom := bytes.CutPrefix(data, []byte(utf8BOM))
	n := bytes.Count(data, []byte("\n")) + 1
	t := text{lines: make([]string, 0, n), ends: make([]ending, 0, n), bom: bom}
	first, last := 0, len(like.lines)
	for first < last && like.isTerminated(first) && startsWithLine(data, like.lines[first]) {
		data = data[len(like.lines[first])+1:]
		first++
	}
	t.lines, t.ends = append(t.lines, like.lines[:first]...), append(t.ends, like.ends[:first]...)
	for first < last && like.isTerminated(last-1) && endsWithLine(data, like.lines[last-1]) {
		last--
		data = data[:len(data)-len(like.lines[last])-1]
	}
	for s := string(data); s != ""; {
		line, rest, found := strings.Cut(s, "\n")
		end := none
		if found {
			end = lf
			if strings.HasSuffix(line, "\r") {
				line, end = line[:len(line)-1], crlf
			}
		}
		t.add(line, end)
		s = rest
	}
	t.lines, t.ends = append(t.lines, like.lines[last:]...), append(t.ends, like.ends[last:]...)
	return t
}

// isTerminated reports whether a line ends in a newline, and would be read back from there.
func (t *text) isTerminated(i int) bool {
	return t.ends[i] == lf && !strings.HasSuffix(t.lines[i], "\r")
}

func startsWithLine(data []byte, line string) bool {
	n := len(line)
	return len(data) > n && data[n] == '\n' && string(data[:n]) == line
}

func endsWithLine(data []byte, line string) bool {
	from := len(data) - len(line) - 1
	return from >= 0 && data[len(data)-1] == '\n' && (from == 0 || data[from-1] == '\n') && string(data[from:len(data)-1]) == line
}

func (t *text) add(line string, end ending) {
	t.lines = append(t.lines, line)
	t.ends = append(t.ends, end)
}

// closed reports whether the text ends in a newline. An empty one does: it
// has no line that lacks its own.
func (t *text) closed() bool {
	return len(t.ends) == 0 || t.ends[len(t.ends)-1] != none
}

func (t *text) dominant() ending {
	var n [crlf + 1]int
	for _, e := range t.ends {
		n[e]++
	}
	switch {
	case n[lf]+n[crlf] == 0:
		return none
	case n[crlf] > n[lf]:
		return crlf
	}
	return lf
}

// bytes writes the text; closed says whether its last line is terminated, and
// end terminates lines that stood last in their file and no longer do.
func (t *text) bytes(end ending, closed bool) []byte {
	size := len(utf8BOM)
	for _, l := range t.lines {
		size += len(l) + 2
	}
	out := make([]byte, 0, size)
	// A first line that begins with a mark of its own needs another before it,
	// or it would be read back without.
	if t.bom || len(t.lines) > 0 && strings.HasPrefix(t.lines[0], utf8BOM) {
		out = append(out, utf8BOM...)
	}
	for i, l := range t.lines {
		out = append(out, l...)
		// An unterminated empty line would not be a line at all.
		if i == len(t.lines)-1 && !closed && l != "" {
			break
		}
		e := t.ends[i]
		if e == none {
			e = end
		}
		// A carriage return that is content needs another before a bare
		// newline, or it would be read back as half a terminator.
		if e == crlf || strings.HasSuffix(l, "\r") {
			out = append(out, '\r')
		}
		out = append(out, '\n')
	}
	return out
}

// intern numbers the distinct lines of several files, from 0 and in the order in which they
// first stand there.
func intern(sides ...[]string) (ids [][]int32, n int) {
	size := 0
	for _, lines := range sides {
		size = max(size, len(lines))
	}
	first := sides[0]
	number := make(map[string]int32, size)
	at := make([]int32, 0, size) // where the line of a number last stood in the first file
	for _, lines := range sides {
		side := make([]int32, len(lines))
		next := 0 // the line of the first file that is expected, because files have most lines in common
		for i, l := range lines {
			if len(ids) > 0 && next < len(first) && first[next] == l {
				side[i] = ids[0][next]
				next++
				continue
			}
			id, known := number[l]
			if !known {
				id = int32(len(number))
				number[l] = id
				at = append(at, int32(len(first)))
			}
			if len(ids) == 0 {
				at[id] = int32(i)
			} else if known {
				next = int(at[id]) + 1
			}
			side[i] = id
		}
		ids = append(ids, side)
	}
	return ids, len(number)
}

// mergeValue merges one value that is not text, such as whether a file ends in a
// newline: who left it alone yields to who changed it. Where both changed it,
// differently, ours stands.
func mergeValue[T comparable](base, ours, theirs T) T {
	if ours == base {
		return theirs
	}
	return ours
}

// A style is what the three files say about line endings. Either side's
// change of style reaches the other side's new lines too: a user on CRLF gets
// the template's new lines in CRLF.
type style struct{ base, ours, theirs ending }

func newStyle(base, ours, theirs *text) style {
	s := style{base.dominant(), ours.dominant(), theirs.dominant()}
	// Without a newline in base, the user's lines say what is meant.
	for _, e := range []ending{s.theirs, s.ours, lf} {
		if s.base == none {
			s.base = e
		}
	}
	if s.ours == none {
		s.ours = s.base
	}
	// The template must mean it to change the endings of the user's lines.
	mixed := slices.ContainsFunc(theirs.ends, func(e ending) bool { return e != theirs.ends[0] && e != none })
	if s.theirs == none || mixed {
		s.theirs = s.base
	}
	return s
}

// end is the ending of lines that bring none: markers, and what stood last.
func (s style) end() ending { return mergeValue(s.base, s.ours, s.theirs) }

// alone is the ending of a line with ending e that only one side has, where
// the other side's file ends its lines as other says.
func (s style) alone(e, other ending) ending {
	if e == s.base {
		return other
	}
	return e
}

func (s style) shared(ours, theirs ending) ending {
	return mergeValue(s.base, ours, theirs)
}

func restyle(t, base, ours, theirs *text) []byte {
	t.bom = mergeValue(base.bom, ours.bom, theirs.bom)
	closed := mergeValue(base.closed(), ours.closed(), theirs.closed())
	return t.bytes(newStyle(base, ours, theirs).end(), closed)
}
