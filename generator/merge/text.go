package merge

import "strings"

// A text is a file taken apart for merging: its lines without their
// terminators, and apart from them what belongs to the file's style. Lines are
// compared without style, so a file that went from LF to CRLF still has the
// lines it had.
type text struct {
	lines []string
	ends  []ending // of each line
	bom   bool
}

// An ending is how one line ends.
type ending uint8

const (
	none ending = iota // the last line of a file without a final newline
	lf
	crlf
)

const utf8BOM = "\xef\xbb\xbf"

func parse(data []byte) text {
	s, bom := strings.CutPrefix(string(data), utf8BOM)
	n := strings.Count(s, "\n") + 1
	t := text{lines: make([]string, 0, n), ends: make([]ending, 0, n), bom: bom}
	for s != "" {
		line, rest, found := strings.Cut(s, "\n")
		end := none
		if found {
			end = lf
			if strings.HasSuffix(line, "\r") {
				line, end = line[:len(line)-1], crlf
			}
		}
		t.lines = append(t.lines, line)
		t.ends = append(t.ends, end)
		s = rest
	}
	return t
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

// dominant is the ending of most lines; none where no line has one.
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

// uniform reports whether all lines end alike.
func (t *text) uniform() bool {
	for _, e := range t.ends {
		if e != t.ends[0] && e != none {
			return false
		}
	}
	return true
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

// intern numbers the distinct lines of all sides; n is how many there are.
func intern(sides ...[]string) (ids [][]int32, n int) {
	size := 0
	for _, lines := range sides {
		size = max(size, len(lines))
	}
	number := make(map[string]int32, size)
	for _, lines := range sides {
		side := make([]int32, len(lines))
		for i, l := range lines {
			id, ok := number[l]
			if !ok {
				id = int32(len(number))
				number[l] = id
			}
			side[i] = id
		}
		ids = append(ids, side)
	}
	return ids, len(number)
}
