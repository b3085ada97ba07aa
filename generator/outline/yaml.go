package outline

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"scaffold/generator/keys"
	"scaffold/generator/lazyregexp"
)

// readYAML reads the mappings and sequences of a document in block style, or of several
// that are objects of Kubernetes. It declines directives, tabs that indent, and what the
// parser refuses.
func readYAML(lines []string) (File, bool) {
	docs, ok := keys.ReadYAML(strings.Join(lines, "\n") + "\n")
	if !ok || len(docs) == 0 {
		return File{}, false
	}
	r := yamlReader{lines: lines, isScalar: make([]bool, len(lines))}
	for _, doc := range docs {
		if !r.markScalars(doc) {
			return File{}, false
		}
	}
	marks, ok := r.findMarks()
	if !ok || len(marks) != len(docs)-1 {
		return File{}, false
	}
	end := r.trimBlanks(len(lines))
	root := Entry{Tail: Span{end, len(lines)}}
	if len(docs) > 1 {
		root.Entries = r.readDocuments(docs, append([]int{r.headerEnd()}, marks...), end)
	} else {
		root.Entries, root.Tail.Start, root.Ordered = r.read(docs[0], "", r.headerEnd(), end)
	}
	if root.IsLeaf() {
		return File{}, false
	}
	root.Head.End = root.Entries[0].Lead.Start
	return File{Lines: lines, Root: root, Indented: true, Documents: len(docs) > 1}, true
}

type yamlReader struct {
	lines    []string
	isScalar []bool // lines that go on with a scalar, so that # begins no comment
	last     place  // that offset found
}

type place struct{ line, column, offset int }

// markScalars marks the lines of scalars in block style and in quotes below their
// first. It declines a block scalar that says how far it is indented, or that keeps the blank
// lines below it.
func (r *yamlReader) markScalars(n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode {
		switch {
		case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
			return r.markBlock(n.Line - 1)
		case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
			r.markQuoted(n.Line-1, n.Column-1, n.Style&yaml.DoubleQuotedStyle != 0)
		}
		return true
	}
	if n.Kind == yaml.AliasNode {
		return true
	}
	for _, c := range n.Content {
		if !r.markScalars(c) {
			return false
		}
	}
	return true
}

var blockHeader = lazyregexp.New(`[|>]-?[ \t]*(#.*)?$`)

func (r *yamlReader) markBlock(line int) bool {
	if !blockHeader.MatchString(r.lines[line]) {
		return false
	}
	indent := -1
	for i := line + 1; i < len(r.lines); i++ {
		if isYAMLBlank(r.lines[i]) {
			continue
		}
		n := indentOf(r.lines[i])
		if indent < 0 {
			indent = n
		}
		if n < indent || n <= indentOf(r.lines[line]) {
			break
		}
		for k := i; k > line && !r.isScalar[k]; k-- {
			r.isScalar[k] = true
		}
	}
	return true
}

// markQuoted marks the lines up to the closing quote.
func (r *yamlReader) markQuoted(line, column int, double bool) {
	quote := byte('\'')
	if double {
		quote = '"'
	}
	rest := r.lines[line][r.offset(line, column):]
	rest = rest[strings.IndexByte(rest, quote)+1:] // behind a tag or an anchor
	for {
		for i := 0; i < len(rest); i++ {
			switch {
			case double && rest[i] == '\\':
				i++
			case rest[i] == quote && !double && i+1 < len(rest) && rest[i+1] == quote:
				i++
			case rest[i] == quote:
				return
			}
		}
		if line++; line == len(r.lines) {
			return
		}
		r.isScalar[line] = true
		rest = r.lines[line]
	}
}

// offset returns where in a line a column is, which counts characters. It goes on from the
// last, because a line may have thousands of scalars.
func (r *yamlReader) offset(line, column int) int {
	if r.last.line != line || r.last.column > column {
		r.last = place{line: line}
	}
	rest := r.lines[line][r.last.offset:]
	for i := range rest {
		if r.last.column == column {
			r.last.offset += i
			return r.last.offset
		}
		r.last.column++
	}
	r.last = place{line: line}
	return len(r.lines[line])
}

// findMarks returns the lines that end a document and begin the next. It declines
// directives, other ends of a document, marks with something behind them, and a tab in an
// indentation.
func (r *yamlReader) findMarks() (marks []int, ok bool) {
	started := false
	for i, l := range r.lines {
		switch {
		case r.isScalar[i] || isYAMLBlank(l):
		case started && strings.TrimRight(l, " ") == "---":
			marks = append(marks, i)
		case strings.HasPrefix(l, "%"), strings.HasPrefix(l, "..."), started && strings.HasPrefix(l, "---"),
			strings.Contains(l[:len(l)-len(strings.TrimLeft(l, " \t"))], "\t"):
			return nil, false
		default:
			started = started || !isYAMLComment(l)
		}
	}
	return marks, true
}

// headerEnd returns where the lines end that are about the file and not about its first
// entry: the mark that begins the document, and comments with a blank line below.
func (r *yamlReader) headerEnd() int {
	end := 0
	for i, l := range r.lines {
		switch {
		case isYAMLBlank(l), strings.HasPrefix(l, "---"):
			end = i + 1
		case !isYAMLComment(l):
			return end
		}
	}
	return end
}

// trimBlanks returns where the lines end that stand above the blank lines before end.
func (r *yamlReader) trimBlanks(end int) int {
	for end > 0 && !r.isScalar[end-1] && isYAMLBlank(r.lines[end-1]) {
		end--
	}
	return end
}

func isYAMLBlank(l string) bool { return strings.TrimSpace(l) == "" }

func isYAMLComment(l string) bool { return strings.HasPrefix(strings.TrimLeft(l, " \t"), "#") }

func indentOf(l string) int { return len(l) - len(strings.TrimLeft(l, " ")) }

// read cuts the lines below an entry, from the line from up to end, into the entries of a
// node. There are none if it is not in block style, or cannot be cut at lines. Tail is
// where the lines begin that close the entry.
func (r *yamlReader) read(n *yaml.Node, key string, from, end int) (entries []Entry, tail int, ordered bool) {
	var starts []start
	switch {
	case n.Style&yaml.FlowStyle != 0:
		return nil, end, false
	case n.Kind == yaml.MappingNode:
		starts = r.startsOfMapping(n, 0)
	case n.Kind == yaml.SequenceNode:
		starts = r.startsOfSequence(n, key)
		ordered = isOrderedYAML(n, key)
	}
	if len(starts) == 0 || starts[0].line < from {
		return nil, end, false
	}
	entries, tail = r.cut(starts, from, end)
	for i := range entries {
		switch n.Kind {
		case yaml.MappingNode:
			r.descend(&entries[i], n.Content[2*i+1], n.Content[2*i].Value)
		case yaml.SequenceNode:
			r.descendItem(&entries[i], n.Content[i])
		}
	}
	return entries, tail, ordered
}

// descend cuts what stands below a key.
func (r *yamlReader) descend(e *Entry, n *yaml.Node, key string) {
	e.Entries, e.Tail.Start, e.Ordered = r.read(n, key, e.Head.Start+1, e.Tail.End)
	r.close(e)
}

// close ends the head of an entry where its entries begin.
func (r *yamlReader) close(e *Entry) {
	if e.IsLeaf() {
		e.Tail.Start = e.Tail.End
		return
	}
	e.Head.End = e.Entries[0].Lead.Start
}

// descendItem cuts an item of a sequence that is a mapping: its first key stands on the
// line of the dash and belongs to the head, with all that is below it. Of a mapping with a single
// key the entries are those of that key.
func (r *yamlReader) descendItem(e *Entry, n *yaml.Node) {
	if n.Kind != yaml.MappingNode || n.Style&yaml.FlowStyle != 0 {
		return
	}
	if len(n.Content) == 2 {
		r.descend(e, n.Content[1], n.Content[0].Value)
		for i := range e.Entries {
			e.Entries[i].Key = n.Content[0].Value + "\x00" + e.Entries[i].Key
		}
		return
	}
	starts := r.startsOfMapping(n, 1)
	if len(starts) == 0 || starts[0].line <= e.Head.Start {
		return
	}
	e.Entries, e.Tail.Start = r.cut(starts, e.Head.Start+1, e.Tail.End)
	for i := range e.Entries {
		r.descend(&e.Entries[i], n.Content[2*i+3], n.Content[2*i+2].Value)
	}
	r.close(e)
}

// readDocuments reads the documents that begin at the lines of starts. A mark belongs to
// the document below it, and comments above the mark to the one that ends there. There
// are no entries if one is no object of Kubernetes: nothing tells it from the others.
func (r *yamlReader) readDocuments(docs []*yaml.Node, starts []int, end int) []Entry {
	entries := make([]Entry, len(docs))
	for i, doc := range docs {
		until := end
		if i+1 < len(docs) {
			until = starts[i+1]
		}
		kind, name := keys.NameDocument(doc)
		if kind == "" || doc.Style&yaml.FlowStyle != 0 || doc.Line <= starts[i] || doc.Line > until {
			return nil
		}
		start := starts[i]
		entries[i] = Entry{Key: strings.TrimSpace(kind + " " + name), Lead: Span{start, start}, Head: Span{start, until}, Tail: Span{until, until}}
		r.descendDocument(&entries[i], doc)
	}
	return entries
}

// descendDocument cuts a document. Its head ends with its first key, so that there is a
// head where no mark begins the file.
func (r *yamlReader) descendDocument(e *Entry, n *yaml.Node) {
	starts := r.startsOfMapping(n, 1)
	if len(starts) == 0 {
		return
	}
	e.Entries, e.Tail.Start = r.cut(starts, n.Line, r.trimBlanks(e.Tail.End))
	for i := range e.Entries {
		r.descend(&e.Entries[i], n.Content[2*i+3], n.Content[2*i+2].Value)
	}
	r.close(e)
}

// startsOfMapping returns none if a key but those skipped does not begin its line.
func (r *yamlReader) startsOfMapping(n *yaml.Node, skip int) (starts []start) {
	for i := 2 * skip; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode || k.Line < 1 || !r.begins(k.Line-1, k.Column) || r.isScalar[k.Line-1] ||
			k.Column != n.Content[0].Column {
			return nil
		}
		starts = append(starts, start{k.Line - 1, k.Value})
	}
	return starts
}

// begins reports whether nothing but blanks stands before a column, counted from 1, and
// no mark that a key or an item follows.
func (r *yamlReader) begins(line, column int) bool {
	l := r.lines[line]
	return indentOf(l) == column-1 && !strings.HasPrefix(l[column-1:], "? ")
}

// startsOfSequence returns none if an item does not begin on the line of its dash, or
// has no key of its own.
func (r *yamlReader) startsOfSequence(n *yaml.Node, list string) (starts []start) {
	names := nameItems(n, list)
	seen := make(map[string]bool)
	for i, item := range n.Content {
		if item.Line < 1 || r.isScalar[item.Line-1] {
			return nil
		}
		l := r.lines[item.Line-1]
		key := names[i]
		if !r.begins(item.Line-1, n.Column) || !strings.HasPrefix(l[n.Column-1:], "- ") || key == "" || seen[key] {
			return nil
		}
		seen[key] = true
		starts = append(starts, start{item.Line - 1, key})
	}
	return starts
}

// cut gives each start the comments above it that are not further to the right, and
// blank lines. What follows the last and is not below it is the tail.
func (r *yamlReader) cut(starts []start, from, end int) (entries []Entry, tail int) {
	column := indentOf(r.lines[starts[0].line])
	tail = end
	for i := end - 1; i > starts[len(starts)-1].line && r.isBetween(i); i-- {
		if isYAMLComment(r.lines[i]) && indentOf(r.lines[i]) <= column {
			tail = i
		}
	}
	for tail < end && tail-1 > starts[len(starts)-1].line && !r.isScalar[tail-1] && isYAMLBlank(r.lines[tail-1]) {
		tail--
	}
	entries = make([]Entry, len(starts))
	last := tail
	for i, s := range slices.Backward(starts) {
		lead, floor := s.line, from
		if i > 0 {
			floor = starts[i-1].line + 1
		}
		for lead > floor && r.isBetween(lead-1) && (i == 0 || isYAMLBlank(r.lines[lead-1]) || indentOf(r.lines[lead-1]) <= column) {
			lead--
		}
		entries[i] = Entry{Key: s.key, Lead: Span{lead, s.line}, Head: Span{s.line, last}, Tail: Span{last, last}}
		last = lead
	}
	return entries, tail
}

// isBetween reports whether a line is blank or a comment.
func (r *yamlReader) isBetween(i int) bool {
	return !r.isScalar[i] && (isYAMLBlank(r.lines[i]) || isYAMLComment(r.lines[i]))
}

// nameItems returns what tells each item from the others of its list, or nothing. A command
// has the name of the program, or all of its text where another has that name.
func nameItems(n *yaml.Node, list string) []string {
	if name, ok := nameAlone(n); ok {
		return []string{name}
	}
	names := make([]string, len(n.Content))
	count := make(map[string]int)
	for i, item := range n.Content {
		names[i] = nameItem(item, list, nameCommand)
		count[names[i]]++
	}
	for i, item := range n.Content {
		if count[names[i]] > 1 {
			names[i] = nameItem(item, list, strings.TrimSpace)
		}
	}
	return names
}

// tellingKeys are those that tell a mapping from the others of its list, the first that
// one has.
var tellingKeys = []string{"id", "name", "repo", "uses", "package-ecosystem", "dependency-name"}

func nameItem(n *yaml.Node, list string, ofCommand func(string) string) string {
	switch {
	case n.Kind == yaml.ScalarNode && isOrderedScalar(n.Value, list):
		return ofCommand(n.Value)
	case n.Kind == yaml.ScalarNode:
		return itemKey(n.Value)
	case n.Kind == yaml.AliasNode:
		return "*" + n.Value
	case isPip(n):
		return "pip:" // because pip itself is a package beside it
	case n.Kind != yaml.MappingNode || n.Style&yaml.FlowStyle != 0:
		return ""
	}
	for _, name := range tellingKeys {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if k, v := n.Content[i], n.Content[i+1]; k.Value == name && v.Kind == yaml.ScalarNode && v.Value != "" {
				value := v.Value
				if name == "uses" {
					value, _, _ = strings.Cut(value, "@")
				}
				return name + " " + value
			}
		}
	}
	if len(n.Content) == 0 || n.Content[0].Kind != yaml.ScalarNode {
		return ""
	}
	k, v := n.Content[0].Value, n.Content[1]
	switch {
	case v.Kind != yaml.ScalarNode:
		return k
	case isOrderedScalar("", k):
		return k + " " + ofCommand(v.Value)
	case len(n.Content) > 2: // what the line of the dash says
		return k + " " + v.Value
	}
	return k
}

// nameAlone returns the first key of a mapping that is the only item of its list, and has
// no telling key: its value may change.
func nameAlone(n *yaml.Node) (name string, ok bool) {
	if len(n.Content) != 1 || n.Content[0].Kind != yaml.MappingNode || n.Content[0].Style&yaml.FlowStyle != 0 || len(n.Content[0].Content) <= 2 {
		return "", false
	}
	item := n.Content[0]
	for i := 0; i < len(item.Content); i += 2 {
		if slices.Contains(tellingKeys, item.Content[i].Value) {
			return "", false
		}
	}
	first := item.Content[0]
	return first.Value, first.Kind == yaml.ScalarNode && first.Value != "" && !isOrderedScalar("", first.Value)
}

// nameCommand returns the first words of a command that are no options, two at most; of
// an option its name.
func nameCommand(text string) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return ""
	}
	if strings.HasPrefix(words[0], "-") {
		name, _, _ := strings.Cut(strings.TrimSpace(text), "=")
		return name
	}
	if len(words) > 1 && !strings.HasPrefix(words[1], "-") {
		return words[0] + " " + words[1]
	}
	return words[0]
}

// Lists by whose key it is told whether the order of their items counts.
var (
	unorderedLists = []string{
		"repos", "hooks", // of pre-commit
		"updates", "ignore", "allow", // of Dependabot
		"pip",                                                       // of conda
		"markdown_extensions",                                       // of MkDocs
		"containers", "volumes", "volumeMounts", "imagePullSecrets", // of Kubernetes
	}
	orderedLists = []string{"stages", "plugins", "extends", "roles", "tasks"}
)

// isOrderedYAML reports whether the order of a sequence counts: that of mappings does, and
// that of commands and of patterns of which one takes back another.
func isOrderedYAML(n *yaml.Node, list string) bool {
	isSet := slices.Contains(unorderedLists, list)
	return slices.Contains(orderedLists, list) || slices.ContainsFunc(n.Content, func(item *yaml.Node) bool {
		return strings.HasPrefix(item.Value, "!") || !isSet && (item.Kind == yaml.MappingNode && !isPip(item) || isOrderedScalar(item.Value, list))
	})
}

// isPip reports whether an item is the one of conda's packages that has those of pip.
func isPip(item *yaml.Node) bool { return len(item.Content) == 2 && item.Content[0].Value == "pip" }

func isOrderedScalar(value, list string) bool {
	return keys.Item{List: keys.Path(list), Value: value}.Ordered()
}
