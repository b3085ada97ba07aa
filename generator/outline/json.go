package outline

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"

	"scaffold/generator/keys"
	"scaffold/generator/lazyregexp"
)

// readJSON reads JSON with comments and trailing commas. A list has entries where each
// of them has its lines for itself.
func readJSON(lines []string) (File, bool) { return readObjects("json", lines) }

func readJSON5(lines []string) (File, bool) { return readObjects("json5", lines) }

func readObjects(language string, lines []string) (File, bool) {
	r, ok := newNodeReader(language, lines)
	if !ok {
		return File{}, false
	}
	root := r.entry("", "", r.nodes[0], 0)
	root.Tail.End = len(lines)
	return File{Lines: lines, Root: root, Comma: r.comma}, !root.IsLeaf()
}

// A nodeReader makes entries of the nodes of JSON and TOML.
type nodeReader struct {
	language string
	content  string
	lines    []string
	starts   []int // the offset at which each line begins
	nodes    []keys.Node
}

func newNodeReader(language string, lines []string) (r nodeReader, ok bool) {
	r = nodeReader{language: language, content: strings.Join(lines, "\n") + "\n", lines: lines}
	at := 0
	for _, l := range lines {
		r.starts = append(r.starts, at)
		at += len(l) + 1
	}
	r.nodes, ok = keys.ReadNodes(language, r.content)
	return r, ok
}

// lineOf returns the line of an offset, counted from 0.
func (r *nodeReader) lineOf(offset int) int { return sort.SearchInts(r.starts, offset+1) - 1 }

// entry makes an entry of a node. What stands above it, from the line lead on, leads it.
// The path is that of the list that it is in.
func (r *nodeReader) entry(path, key string, n keys.Node, lead int) Entry {
	first, end := r.lineOf(n.Start), r.lineOf(n.End-1)+1
	e := Entry{Key: key, Lead: Span{lead, first}, Head: Span{first, end}, Tail: Span{end, end}}
	path = strings.TrimPrefix(path+"."+key, ".")
	names, ok := r.nameEntries(n)
	if !ok || !r.isCuttable(n) {
		return e
	}
	at := r.lineOf(n.Value) + 1
	e.Head.End = at
	for i, inner := range n.Nodes {
		e.Entries = append(e.Entries, r.entry(path, names[i], inner, at))
		at = e.Entries[i].Tail.End
	}
	e.Tail = Span{at, end}
	last := r.lines[at-1]
	e.Commas, e.Trailing = true, r.comma(last, false) != last
	e.Ordered = r.isOrdered(path, n)
	return e
}

// isCuttable reports whether the lines of a list can be cut between its entries: no two
// share one, and nor does one with a bracket; and a comma can be taken from the last
// line of each and put back.
func (r *nodeReader) isCuttable(n keys.Node) bool {
	at := r.lineOf(n.Value)
	if len(n.Nodes) == 0 || !isComment(r.lines[at][n.Value+1-r.starts[at]:]) {
		return false
	}
	for i, inner := range n.Nodes {
		first := r.lineOf(inner.Start)
		if first == at || strings.TrimSpace(r.content[r.starts[first]:inner.Start]) != "" {
			return false
		}
		at = r.lineOf(inner.End - 1)
		line, value := r.lines[at], inner.End-r.starts[at]
		bare := r.comma(line, false)
		if r.endOfValue(bare) != value || !isComment(bare[value:]) ||
			r.comma(bare, bare != line) != line || bare == line && i < len(n.Nodes)-1 {
			return false
		}
	}
	return r.lineOf(n.End-1) > at
}

// isComment reports whether there is nothing in the rest of a line but comments that
// end there.
func isComment(rest string) bool {
	for {
		rest = strings.TrimSpace(rest)
		after, block := strings.CutPrefix(rest, "/*")
		if !block {
			return rest == "" || rest[0] == '#' || strings.HasPrefix(rest, "//")
		}
		_, rest, block = strings.Cut(after, "*/")
		if !block {
			return false
		}
	}
}

// comma returns a line, the last of an entry, with or without the comma behind its value.
func (r *nodeReader) comma(line string, has bool) string {
	end := r.endOfValue(line)
	switch had := end > 0 && line[end-1] == ','; {
	case had && !has:
		return line[:end-1] + line[end:]
	case has && !had:
		return line[:end] + "," + line[end:]
	}
	return line
}

// endOfValue returns where the comments begin that end a line, or the blanks before them.
func (r *nodeReader) endOfValue(line string) int {
	toml, end := r.language == "toml", 0
	for i := 0; i < len(line); {
		rest := line[i:]
		switch {
		case toml && rest[0] == '#', !toml && strings.HasPrefix(rest, "//"):
			return end
		case !toml && strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return end
			}
			i += n + 4
		case rest[0] == ' ', rest[0] == '\t':
			i++
		case rest[0] == '"', r.language != "json" && rest[0] == '\'':
			i += lenQuoted(rest, toml && rest[0] == '\'')
			end = i
		default:
			i++
			end = i
		}
	}
	return end
}

// lenQuoted returns the length of the string with which text begins. A backslash keeps
// the next character from ending it, unless raw.
func lenQuoted(text string, raw bool) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == text[0]:
			return i + 1
		case text[i] == '\\' && !raw:
			i++
		}
	}
	return len(text)
}

// nameEntries returns the keys of what is in a list. It declines (ok is false) where an
// item has none.
func (r *nodeReader) nameEntries(n keys.Node) (names []string, ok bool) {
	if n.Open == '{' && r.language == "toml" {
		return nil, false
	}
	for _, inner := range n.Nodes {
		name := strings.Join(inner.Names, "\x00")
		if n.Open == '[' {
			if name = r.nameItem(inner); name == "" {
				return nil, false
			}
		}
		names = append(names, name)
	}
	return names, true
}

// telling are the members that tell an object from the others of its list, the first that
// one has.
var telling = []string{"id", "name", "repo", "uses", "key", "label", "module", "path"}

// nameItem returns the key of an item of a list, or nothing.
func (r *nodeReader) nameItem(n keys.Node) string {
	switch {
	case n.Open == 0 && !strings.Contains(r.content[n.Value:n.End], "\n"):
		return itemKey(r.unquote(n))
	case n.Open == '{':
		if name := r.nameObject(n.Nodes); name != "" || len(n.Nodes) != 1 {
			return name
		}
		return strings.Join(n.Nodes[0].Names, "\x00")
	}
	return ""
}

// nameObject returns what tells an object from the others of its list, or nothing.
func (r *nodeReader) nameObject(members []keys.Node) string {
	for _, name := range telling {
		for _, m := range members {
			if m.Open != 0 || len(m.Names) != 1 || m.Names[0] != name {
				continue
			}
			value := r.unquote(m)
			if name == "uses" {
				value, _, _ = strings.Cut(value, "@")
			}
			return name + "=" + value
		}
	}
	return ""
}

// unquote returns the text of a scalar.
func (r *nodeReader) unquote(n keys.Node) string {
	text := r.content[n.Value:n.End]
	if len(text) < 2 || text[0] != '"' && text[0] != '\'' {
		return text
	}
	if !strings.Contains(text, `\`) {
		return text[1 : len(text)-1]
	}
	var s string
	if json.Unmarshal([]byte(text), &s) == nil {
		return s
	}
	return strings.Trim(text, text[:1])
}

// orderedMaps are objects whose members are tried one after the other.
var orderedMaps = lazyregexp.New(`(^|\.)(exports|imports|typesVersions|moduleNameMapper|transform)(\.|$)`)

func (r *nodeReader) isOrdered(path string, n keys.Node) bool {
	if n.Open == '{' {
		return orderedMaps.MatchString(path)
	}
	return !isSet(path) || slices.ContainsFunc(n.Nodes, func(item keys.Node) bool { // it has flags, or exceptions
		text := strings.TrimLeft(r.content[item.Value:item.End], `"'`)
		return strings.HasPrefix(text, "-") || strings.HasPrefix(text, "!")
	})
}
