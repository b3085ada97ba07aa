package keys

import (
	"strings"

	"scaffold/generator/lazyregexp"
)

var (
	pythonName  = lazyregexp.New(`^(?:(?:async +)?def|class) +(\w+)|^(\w+) *(?::[^=]*)?=(?:[^=]|$)`)
	pythonAgain = lazyregexp.New(`^@(?:.*\.)?(?:overload|register|setter|getter|deleter)\b`)
	pythonItem  = lazyregexp.New(`^\s+("[^"'\\]*"|'[^"'\\]*'),$`)
	pythonKey   = lazyregexp.New(`^("[^"'\\]*"|'[^"'\\]*')\s*:|^(\w+)\s*=[^=]`)
)

// readPython reads functions, classes, variables and imports at column 0, and of what
// spreads over lines in brackets the keys and the strings.
func readPython(content string) (File, bool) {
	f := File{Kind: "name"}
	lines := strings.Split(content, "\n")
	statements, ok := Statements(lines)
	again := false // a decorator says that the name may be there already
	for _, s := range statements {
		text := lines[s.Start]
		if text == "" || strings.Contains(" \t#", text[:1]) {
			continue
		}
		for _, i := range ImportsOf(strings.Join(lines[s.Start:s.End], "\n")) {
			f.Keys = append(f.Keys, Key{Path: Path(i.String()), Line: s.Start + 1})
		}
		if m := pythonName.FindStringSubmatch(text); m != nil && !again {
			switch name := m[1] + m[2]; name {
			case "_", "else", "try", "finally": // those three when "else: x = 1" is one line
			default:
				f.Keys = append(f.Keys, Key{Path: Path(name), Line: s.Start + 1})
				f.addElements(Path(name), lines, s, 0)
			}
		}
		again = pythonAgain.MatchString(text) || again && text[0] == '@'
	}
	return f, ok
}

// addElements adds the keys of a dictionary that has one on each line, and the strings
// of a list up to what is none, because that may be what a string is an option for.
func (f *File) addElements(at Path, lines []string, s Statement, depth int) {
	if s.End-s.Start < 3 || depth > maxDepth {
		return
	}
	elements, _ := ElementsOf(lines[s.Start:s.End])
	onlyStrings := true
	for _, e := range elements {
		line := s.Start + e.Start
		if m := pythonKey.FindStringSubmatch(e.Text); m != nil {
			key := at.key(m[1] + m[2])
			f.Keys = append(f.Keys, Key{Path: key, Line: line + 1})
			f.addElements(key, lines, Statement{line, s.Start + e.End}, depth+1)
		} else if m := pythonItem.FindStringSubmatch(lines[line]); m != nil && onlyStrings {
			f.Items = append(f.Items, Item{at, m[1], line + 1, true})
		} else {
			onlyStrings = false
		}
	}
}

// A Statement is the lines of a Python statement without those that are indented below
// it: a line, and those in which its strings and brackets go on. Lines are half open,
// and counted from 0. A blank line is one, and a comment.
type Statement struct{ Start, End int }

// Statements finds the statements of Python. It declines (ok is false) brackets and
// strings that do not end.
func Statements(lines []string) (all []Statement, ok bool) {
	r := pythonReader{newScanner(strings.Join(lines, "\n"))}
	for !r.done() {
		start := r.line - 1
		r.statement()
		end := r.line - 1
		if end == start || r.done() && r.i > 0 && r.s[r.i-1] != '\n' {
			end++
		}
		all = append(all, Statement{start, min(end, len(lines))})
	}
	return all, !r.bad
}

// WithoutTexts returns the lines of Python without strings that may spread over several, in which
// no values are put.
func WithoutTexts(lines []string) []string {
	r := pythonReader{newScanner(strings.Join(lines, "\n"))}
	var out strings.Builder
	for !r.done() {
		from := r.i
		isText := (r.has(`"""`) || r.has("'''")) && (from == 0 || r.s[from-1]|0x20 != 'f')
		r.token()
		if isText {
			out.WriteString(strings.Repeat("\n", strings.Count(r.s[from:r.i], "\n")))
		} else {
			out.WriteString(r.s[from:r.i])
		}
	}
	return strings.Split(out.String(), "\n")
}

// An Element is what stands between two commas, and the lines that it has for itself.
type Element struct {
	Statement
	Text  string
	Comma int // where in its last line a comma follows; -1 for none
}

// ElementsOf finds what stands between the bracket that the first line of a statement
// leaves open, and the last line, which begins with the one that closes it. It declines
// (ok is false) what does not look so, and elements that share a line.
func ElementsOf(lines []string) (all []Element, ok bool) {
	r := pythonReader{newScanner(strings.Join(lines, "\n"))}
	depth, from, end := 0, -1, 0 // from where the element begins, and where it ends so far
	e := Element{}
	for !r.done() {
		at, line := r.i, r.line-1
		c := r.token()
		if c == '\n' || c == '#' || c == ' ' || c == '\t' || c == '\\' {
			if c == '\n' && line == 0 && depth != 1 {
				return nil, false
			}
			continue
		}
		closed := nests(c) < 0 && depth == 1
		if depth += nests(c); line == 0 {
			continue
		}
		switch {
		case from < 0 && closed:
			return all, line == len(lines)-1 && !r.bad && strings.TrimSpace(lineBefore(r.s, at)) == ""
		case closed || from < 0 && (c == ',' || len(all) > 0 && line < all[len(all)-1].End):
			if !closed || strings.TrimSpace(lineBefore(r.s, at)) != "" {
				return nil, false
			}
			e.Text, e.Comma = r.s[from:end], -1
			return append(all, e), line == len(lines)-1 && !r.bad
		case c == ',' && depth == 1:
			if e.End != line+1 {
				return nil, false
			}
			e.Text, e.Comma, from = r.s[from:end], len(lineBefore(r.s, at)), -1
			all = append(all, e)
		default:
			if from < 0 {
				from, e.Start = at, line
			}
			end, e.End = r.i, r.line
		}
	}
	return nil, false
}

// lineBefore is what stands in the line of an offset before it.
func lineBefore(s string, at int) string { return s[strings.LastIndexByte(s[:at], '\n')+1 : at] }

type pythonReader struct{ scanner }

// statement goes over a line, and over those that it goes on in.
func (r *pythonReader) statement() {
	depth := 0
	for !r.done() {
		c := r.token()
		if c == '\n' && depth == 0 {
			return
		}
		depth += nests(c)
		r.bad = r.bad || depth < 0
	}
	r.bad = r.bad || depth != 0
}

// nests is how much deeper what follows a token stands.
func nests(c byte) int {
	switch c {
	case '(', '[', '{':
		return 1
	case ')', ']', '}':
		return -1
	}
	return 0
}

// token goes over a string, a comment, a line that goes on, or one character, and
// returns the first it went over.
func (r *pythonReader) token() byte {
	c := r.s[r.i]
	switch {
	case c == '#':
		r.skipLine()
	case r.has(`"""`), r.has("'''"):
		r.triple(r.rest()[:3])
	case c == '"' || c == '\'':
		r.quoted(false)
	case r.has("\\\n"):
		r.skip(2)
	default:
		r.skip(1)
	}
	return c
}

func (r *pythonReader) triple(quotes string) {
	for r.skip(3); !r.done(); r.skip(1) {
		if r.has(`\`) && r.i+1 < len(r.s) {
			r.skip(1)
		} else if r.take(quotes) {
			return
		}
	}
	r.bad = true
}

// An Import is one name that a Python statement imports.
type Import struct{ From, Name, As string }

// String is the statement that imports this alone.
func (i Import) String() string {
	s := "import " + i.Name
	if i.From != "" {
		s = "from " + i.From + " " + s
	}
	if i.As != "" {
		s += " as " + i.As
	}
	return s
}

// Binds returns the name by which the file has what it imports; "" for a star.
func (i Import) Binds() string {
	switch {
	case i.As != "":
		return i.As
	case i.Name == "*":
		return ""
	case i.From == "":
		first, _, _ := strings.Cut(i.Name, ".")
		return first
	}
	return i.Name
}

var (
	pythonImport  = lazyregexp.New(`^\s*(?:from\s+([\w.]+)\s+)?import\b([^;]*)$`)
	pythonComment = lazyregexp.New(`#[^\n]*`)
	pythonNoise   = strings.NewReplacer("(", " ", ")", " ", "\\\n", " ", "\n", " ")
)

// ImportsOf returns what a Python statement imports.
func ImportsOf(statement string) []Import {
	if first, _, _ := strings.Cut(strings.TrimLeft(statement, " \t"), " "); first != "import" && first != "from" {
		return nil
	}
	m := pythonImport.FindStringSubmatch(pythonNoise.Replace(pythonComment.ReplaceAllString(statement, "")))
	if m == nil {
		return nil
	}
	var all []Import
	for part := range strings.SplitSeq(m[2], ",") {
		switch words := strings.Fields(part); len(words) {
		case 1:
			all = append(all, Import{From: m[1], Name: words[0]})
		case 3:
			all = append(all, Import{m[1], words[0], words[2]})
		}
	}
	return all
}

// CodeEnd returns where the code of a Python line ends: before blanks and a comment.
func CodeEnd(line string) int {
	r := pythonReader{newScanner(line)}
	end := 0
	for !r.done() {
		switch r.token() {
		case ' ', '\t', '#':
		default:
			end = r.i
		}
	}
	return end
}
