package outline

import (
	"strconv"
	"strings"

	"scaffold/generator/keys"
	"scaffold/generator/lazyregexp"
)

// readPython reads the top level of a Python file, the bodies of classes, and what
// spreads over lines in brackets, one element on each. Imports that follow each other
// are one entry, in which the order does not count.
//
// What stands above the first statement, and the docstring, is the head of the file,
// because a shebang or a license belongs to no statement.
func readPython(lines []string) (File, bool) {
	if strings.ContainsAny(strings.Join(lines, "\n"), "\r\f\x00") {
		return File{}, false
	}
	all, ok := keys.Statements(lines)
	if !ok {
		return File{}, false
	}
	r := pythonReader{lines: lines}
	root := Entry{Ordered: true}
	code := r.skipDocstring(all)
	root.Head.End = len(lines)
	if first := r.nextCode(code); first < len(code) {
		root.Head.End = code[first].Start
	}
	if root.Entries, ok = r.entries(code, root.Head.End); !ok {
		return File{}, false
	}
	root.Tail = Span{root.Head.End, len(lines)}
	if n := len(root.Entries); n > 0 {
		root.Tail.Start = root.Entries[n-1].Tail.End
	}
	return File{Lines: lines, Root: root, Comma: commaPython}, true
}

type pythonReader struct{ lines []string }

func (r *pythonReader) first(s keys.Statement) string { return r.lines[s.Start] }

func (r *pythonReader) text(s keys.Statement) string {
	return strings.Join(r.lines[s.Start:s.End], "\n")
}

// isCode reports whether a statement is one, and no blank line or comment.
func (r *pythonReader) isCode(s keys.Statement) bool {
	text := strings.TrimSpace(r.first(s))
	return text != "" && text[0] != '#'
}

// nextCode returns the index of the first statement that is one.
func (r *pythonReader) nextCode(all []keys.Statement) int {
	for i, s := range all {
		if r.isCode(s) {
			return i
		}
	}
	return len(all)
}

var docstring = lazyregexp.New(`^\s*[rRuU]?["']`)

func (r *pythonReader) skipDocstring(all []keys.Statement) []keys.Statement {
	if i := r.nextCode(all); i < len(all) && docstring.MatchString(r.first(all[i])) {
		return all[i+1:]
	}
	return all
}

func indentation(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }

var (
	continues = lazyregexp.New(`^\s*(else|elif|except|finally)\b`)
	defines   = lazyregexp.New(`^\s*(?:(?:async\s+)?(def)|(class))\s+(\w+)`)
	assigns   = lazyregexp.New(`^\s*([\w.]+(?:\[[^\]=]*\])?)\s*(?::[^=]*)?=(?:[^=]|$)`)
	annotates = lazyregexp.New(`^\s*(\w+)\s*:\s*[^=]+$`)
	imports   = lazyregexp.New(`^\s*(import|from)\b`)
	future    = lazyregexp.New(`^from\s+__future__\b`)
)

// A block is a statement with all that is indented below it, its decorators, and the
// branches that go on with it.
type block struct {
	key        string
	statements []keys.Statement
	main       int // the statement that the decorators belong to
	end        int // the line behind it
}

// blocks takes statements apart, all of one depth or indented below one that is. It
// declines (ok is false) what is indented otherwise.
func (r *pythonReader) blocks(all []keys.Statement) (blocks []block, ok bool) {
	depth, decorated := "", false
	for _, s := range all {
		line := r.first(s)
		n := len(blocks)
		if !r.isCode(s) {
			if n > 0 && len(indentation(line)) > len(depth) && strings.TrimSpace(line) != "" && blocks[n-1].end == s.Start {
				blocks[n-1].end = s.End // a comment at the end of what is indented
			}
			continue
		}
		at := indentation(line)
		if n == 0 {
			depth = at
		}
		switch {
		case !strings.HasPrefix(at, depth):
			return nil, false
		case n > 0 && (at != depth || decorated || continues.MatchString(line)):
			b := &blocks[n-1]
			if decorated && at == depth {
				b.main = len(b.statements)
			}
			b.statements, b.end = append(b.statements, s), s.End
		default:
			blocks = append(blocks, block{statements: []keys.Statement{s}, end: s.End})
		}
		if at == depth {
			decorated = strings.HasPrefix(line[len(at):], "@")
		}
	}
	for i := range blocks {
		blocks[i].key = r.key(&blocks[i])
	}
	return blocks, true
}

// key returns what tells a block from the others: a name, or the text.
func (r *pythonReader) key(b *block) string {
	s := b.statements[b.main]
	line := r.first(s)
	if m := defines.FindStringSubmatch(line); m != nil {
		return m[1] + m[2] + " " + m[3]
	}
	text := strings.Join(strings.Fields(r.text(s)), " ")
	switch code := strings.TrimSpace(line); {
	case future.MatchString(code):
		return "from __future__"
	case imports.MatchString(code):
		code, _, _ = strings.Cut(code, "#")
		return strings.Join(strings.Fields(code), " ")
	case len(b.statements) > 1:
		if text == "try:" {
			text += " " + strings.TrimSpace(r.first(b.statements[1]))
		}
		return text
	}
	if m := assigns.FindStringSubmatch(line); m != nil {
		return m[1] + " ="
	}
	if m := annotates.FindStringSubmatch(line); m != nil && !strings.HasSuffix(text, ":") {
		return m[1] + " ="
	}
	if s.End-s.Start > 1 && strings.IndexByte("([{", line[len(line)-1]) >= 0 {
		return strings.TrimSpace(line)
	}
	return text
}

// isText reports whether a key is the text of its entry, or the beginning.
func isText(key string) bool {
	return !strings.HasPrefix(key, "def ") && !strings.HasPrefix(key, "class ") && !strings.HasSuffix(key, " =")
}

// entries makes entries of statements, from a line on. It declines (ok is false) what
// is indented in a way that it does not understand.
func (r *pythonReader) entries(all []keys.Statement, from int) (entries []Entry, ok bool) {
	blocks, ok := r.blocks(all)
	if !ok {
		return nil, false
	}
	runs := 0
	for i, b := range blocks {
		e := r.entry(b, from)
		from = e.Tail.End
		n := len(entries)
		switch {
		case i > 0 && n > 0 && b.key == blocks[i-1].key && !isText(b.key): // overloads, or a property
			last := &entries[n-1]
			*last = Entry{Key: last.Key, Lead: last.Lead, Head: Span{last.Head.Start, from}, Tail: Span{from, from}}
		case !imports.MatchString(b.key) || b.key == "from __future__":
			entries = append(entries, e)
		case i > 0 && n > 0 && strings.HasPrefix(entries[n-1].Key, importGroup):
			last := &entries[n-1]
			last.Entries, last.Tail = append(last.Entries, e), Span{from, from}
		default:
			runs++
			group := Entry{Key: importGroup + strconv.Itoa(runs), Lead: e.Lead, Head: Span{e.Head.Start, e.Head.Start}, Tail: Span{from, from}}
			e.Lead = group.Head
			group.Entries = []Entry{e}
			entries = append(entries, group)
		}
	}
	for i := range entries { // what is imported before another statement may have to be
		if e := &entries[i]; strings.HasPrefix(e.Key, importGroup) {
			e.Key += " of " + strconv.Itoa(runs)
			makeUnique(e.Entries, r.lines, isText)
		}
	}
	makeUnique(entries, r.lines, isText)
	return entries, true
}

const importGroup = "imports "

func (r *pythonReader) entry(b block, from int) Entry {
	s := b.statements[b.main]
	e := Entry{Key: b.key, Lead: Span{from, b.statements[0].Start}, Head: Span{b.statements[0].Start, b.end}, Tail: Span{b.end, b.end}}
	switch {
	case len(b.statements) == 1:
		e.Constant = isConstant(r.text(s))
		r.readElements(&e, s, e.Key, 0)
	case strings.HasPrefix(b.key, "class "):
		r.readClass(&e, s, b.statements[b.main+1:])
	}
	return e
}

var (
	// constant is an assignment to one name, not in a class: there, fields may have an order.
	constant = lazyregexp.New(`^[A-Za-z_]\w*\s*=([^=].*(?:\n.*)*)$`)
	// literal is a string without a backslash, a comment, or a word for a value. Nothing but
	// numbers and brackets is left without them.
	literal = lazyregexp.New(`\b[rRuUbB]?"[^"\\\n]*"|\b[rRuUbB]?'[^'\\\n]*'|"[^"\\\n]*"|'[^'\\\n]*'|#.*|\b(?:True|False|None)\b`)
	numeric = lazyregexp.New(`^[\s\d.,:()\[\]{}+-]*$`)
)

// isConstant reports whether a statement gives a name a value without asking for another.
func isConstant(text string) bool {
	m := constant.FindStringSubmatch(text)
	return m != nil && !strings.Contains(text, `"""`) && !strings.Contains(text, "'''") && numeric.MatchString(literal.ReplaceAllString(m[1], ""))
}

// readClass gives a class what is in its body.
func (r *pythonReader) readClass(e *Entry, class keys.Statement, body []keys.Statement) {
	inner := r.skipDocstring(body)
	head := class.End
	if n := len(body) - len(inner); n > 0 {
		head = body[n-1].End
	}
	if entries, ok := r.entries(inner, head); ok && len(entries) > 0 {
		end := e.Head.End
		e.Head.End, e.Entries, e.Ordered = head, entries, true
		e.Tail = Span{entries[len(entries)-1].Tail.End, end}
	}
}

var (
	pythonString = lazyregexp.New(`^[rRuU]?("[^"\\]*"|'[^'\\]*')$`)
	keyed        = lazyregexp.New(`^(?:[rRuU]?("[^"\\]*"|'[^'\\]*')\s*:|(\w+)\s*=(?:[^=]|$))`)
	grouping     = lazyregexp.New(`(^|[^\w\])])\s*\(\s*(#.*)?$`)
	word         = lazyregexp.New(`^\w+(\s+as\s+\w+)?$`)
)

// readElements gives a statement the elements of what it has in brackets, each on lines
// of its own. Name is that of what has them.
func (r *pythonReader) readElements(e *Entry, s keys.Statement, name string, depth int) {
	elements, ok := keys.ElementsOf(r.lines[s.Start:s.End])
	if !ok || len(elements) == 0 || depth > maxBrackets {
		return
	}
	imported := depth == 0 && imports.MatchString(name)
	if grouping.MatchString(r.first(s)) && !imported && elements[len(elements)-1].Comma < 0 {
		return // because in one element alone, the comma says whether it is a tuple
	}
	for _, x := range elements {
		if !r.isJoinable(s.Start, x) {
			return
		}
	}
	name = strings.TrimSuffix(name, " =")
	set := imported || isSet(name) || pythonSets.MatchString(name)
	from := s.Start + 1
	e.Head.End, e.Commas = from, true
	for _, x := range elements {
		below := keys.Statement{Start: s.Start + x.Start, End: s.Start + x.End}
		key, kind := elementKey(x.Text)
		one := Entry{Key: key, Lead: Span{from, below.Start}, Head: Span(below), Tail: Span{below.End, below.End}}
		r.readElements(&one, below, name+"."+key, depth+1)
		e.Trailing = x.Comma >= 0
		e.Ordered = e.Ordered || kind == isOther || kind == isString && !set
		e.Entries = append(e.Entries, one)
		from = below.End
	}
	e.Tail.Start = from
}

// isJoinable reports whether the comma behind an element could be put back, if it were
// taken away: not where a string that began above ends in the line.
func (r *pythonReader) isJoinable(first int, x keys.Element) bool {
	line := r.lines[first+x.End-1]
	if strings.Contains(line, `"""`) || strings.Contains(line, "'''") {
		return false
	}
	bare := commaPython(line, false)
	return commaPython(bare, bare != line) == line && (bare != line) == (x.Comma >= 0)
}

// maxBrackets caps how deep brackets are read.
const maxBrackets = 16

// pythonSets are lists of strings in which the order does not count.
var pythonSets = lazyregexp.New(`(?i)^(__all__|exclude_patterns|suppress_warnings|(installed|local|third_party|django)_apps)$`)

const (
	isKeyed  = iota
	isString // or a name in an import
	isOther
)

func elementKey(text string) (key string, kind int) {
	if m := keyed.FindStringSubmatch(text); m != nil {
		return strings.Trim(m[1]+m[2], `"'`), isKeyed
	}
	if m := pythonString.FindStringSubmatch(text); m != nil {
		return itemKey(strings.Trim(m[1], `"'`)), isString
	}
	if word.MatchString(text) {
		return text, isString
	}
	return strings.Join(strings.Fields(text), " "), isOther
}

// commaPython returns a line, the last of an element, with or without the comma behind
// its code.
func commaPython(line string, has bool) string {
	end := keys.CodeEnd(line)
	switch had := end > 0 && line[end-1] == ','; {
	case had && !has:
		return line[:end-1] + line[end:]
	case has && !had:
		return line[:end] + "," + line[end:]
	}
	return line
}
