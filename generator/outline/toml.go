package outline

import (
	"strings"

	"scaffold/generator/keys"
)

// readTOML reads tables, and what they assign. What stands before the first table is an
// entry of its own, because it would belong to any table above it; and so are all
// tables of an array.
func readTOML(lines []string) (File, bool) {
	n, ok := newNodeReader("toml", lines)
	if !ok {
		return File{}, false
	}
	r := tomlReader{nodeReader: n}
	first := len(lines)
	if len(r.nodes) > 0 {
		first = r.lineOf(r.nodes[0].Start)
	}
	head := r.aboveLead(0, first)
	root := Entry{Lead: Span{0, head}, Head: Span{head, head}, Entries: r.readBlock("", head)}
	root.Tail = Span{root.Entries[len(root.Entries)-1].Tail.End, len(lines)}
	return File{Lines: lines, Root: root, Comma: r.comma}, true
}

// A tomlReader goes through nodes, of which those before i are read.
type tomlReader struct {
	nodeReader
	i int
}

// aboveLead returns where the lead of the line first begins, not above from: with the
// blank lines before the comments directly above it.
func (r *tomlReader) aboveLead(from, first int) int {
	at := first
	for at > from && strings.TrimSpace(r.lines[at-1]) != "" {
		at--
	}
	for at > from && strings.TrimSpace(r.lines[at-1]) == "" {
		at--
	}
	return at
}

// readBlock reads assignments, and the tables below that follow: all of them where below
// is empty. The line lead is the first that is not read.
func (r *tomlReader) readBlock(below string, lead int) []Entry {
	values := r.readValues(below, lead)
	entries := []Entry{{Lead: Span{lead, lead}, Head: Span{lead, lead}, Entries: values, Tail: endOf(values, lead)}}
	for r.i < len(r.nodes) && strings.HasPrefix(tableName(r.nodes[r.i]), below) && tableName(r.nodes[r.i]) != below {
		last := &entries[len(entries)-1]
		if len(entries) > 1 { // comments apart from the next table belong to the one before
			last.Tail.End = r.aboveLead(last.Tail.End, r.lineOf(r.nodes[r.i].Start))
		}
		if r.nodes[r.i].Header == 1 {
			entries = append(entries, r.readTable(last.Tail.End))
		} else {
			entries = append(entries, r.readTables(last.Tail.End))
		}
	}
	return entries
}

// tableName is the path of a header, with an end that tells it from the path of another
// that it begins with.
func tableName(n keys.Node) string { return strings.Join(n.Names, ".") + "." }

// endOf returns the empty span behind entries that begin at the line lead.
func endOf(entries []Entry, lead int) Span {
	if n := len(entries); n > 0 {
		lead = entries[n-1].Tail.End
	}
	return Span{lead, lead}
}

// readValues reads what is assigned up to the next header.
func (r *tomlReader) readValues(table string, lead int) (values []Entry) {
	for ; r.i < len(r.nodes) && r.nodes[r.i].Header == 0; r.i++ {
		n := r.nodes[r.i]
		values = append(values, r.entry(strings.TrimSuffix(table, "."), strings.Join(n.Names, "."), n, lead))
		lead = values[len(values)-1].Tail.End
	}
	return values
}

func (r *tomlReader) readTable(lead int) Entry {
	n := r.nodes[r.i]
	r.i++
	line := r.lineOf(n.Start)
	values := r.readValues(tableName(n), line+1)
	return Entry{
		Key:  "[" + tableName(n) + "]",
		Lead: Span{lead, line}, Head: Span{line, line + 1}, Entries: values, Tail: endOf(values, line+1),
	}
}

// readTables reads the tables of an array that follow each other, each with the tables
// below it. They are a leaf unless something tells each from the others.
func (r *tomlReader) readTables(lead int) Entry {
	name, first := tableName(r.nodes[r.i]), r.lineOf(r.nodes[r.i].Start)
	all := Entry{Key: "[[" + name + "]]", Lead: Span{lead, lead}, Head: Span{lead, lead}, Ordered: true}
	named := true
	for r.i < len(r.nodes) && r.nodes[r.i].Header == 2 && tableName(r.nodes[r.i]) == name {
		line := r.lineOf(r.nodes[r.i].Start)
		r.i++
		e := Entry{Key: r.nameObject(r.assigned()), Lead: Span{lead, line}, Head: Span{line, line + 1}}
		e.Entries = r.readBlock(name, line+1)
		e.Tail = endOf(e.Entries, line+1)
		named = named && e.Key != ""
		all.Entries = append(all.Entries, e)
		lead = e.Tail.End
	}
	all.Tail = Span{lead, lead}
	if !named {
		all.Lead.End, all.Head, all.Entries = first, Span{first, lead}, nil
	}
	return all
}

// assigned returns the nodes from here to the next header.
func (r *tomlReader) assigned() []keys.Node {
	n := r.i
	for n < len(r.nodes) && r.nodes[n].Header == 0 {
		n++
	}
	return r.nodes[r.i:n]
}
