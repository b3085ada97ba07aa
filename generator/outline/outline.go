// Package outline takes a file apart into what it consists of: the keys and items of
// YAML, JSON and TOML, the targets of a Makefile, the sections of Markdown, the
// declarations of Go and Python. It is for whoever puts a file together from the
// entries of several.
//
// An entry is a stretch of whole lines. Each line belongs to exactly one part of
// exactly one entry, so that the parts, written one after the other, are the file.
// What cannot be cut at a line, such as a list on one line, is an entry without
// entries of its own.
//
// A reader declines what it does not read exactly, because entries that are cut
// wrongly would be put together wrongly. None panics, whatever it is given.
package outline

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"scaffold/generator/keys"
)

// A File is the lines of a file, and the entries that they are.
type File struct {
	Lines []string
	Root  Entry
	// Indented says that lines belong together by their indentation, so that entries of
	// one list must have the same.
	Indented bool
	// Documents says that the entries at the root are documents. Those of a file with a
	// single one are what is in it.
	Documents bool
	// Comma returns a line, the last of an entry in a list with commas, with the comma
	// behind it or without. Nil: no entry of the file has commas.
	Comma func(line string, has bool) string
}

// An Entry is what stands in a file under one key. Its lines are those of Lead, then
// of Head, of the Entries, and of Tail: each begins where the one before ends.
type Entry struct {
	// Key tells the entry from the others beside it.
	Key string

	Lead Span // the blank lines and comments above that belong to it
	Head Span // its first lines; all of them, where it has no entries
	Tail Span // what closes it, such as a brace, and comments before that

	Entries []Entry
	// Ordered says that the order of Entries counts, so that it cannot be chosen which
	// of two new ones comes first.
	Ordered bool
	// Constant says that an entry of an ordered list gives a name a value that depends on
	// nothing, so that its place among other constants does not count.
	Constant bool
	// Commas says that there is a comma between Entries; Trailing, that the last has
	// one as well.
	Commas, Trailing bool
}

// A Span is a half-open range of lines, counted from 0.
type Span struct{ Start, End int }

// Len returns how many lines there are.
func (s Span) Len() int { return s.End - s.Start }

// Span returns all lines of an entry.
func (e *Entry) Span() Span { return Span{e.Lead.Start, e.Tail.End} }

// IsLeaf reports whether an entry is nothing but lines.
func (e *Entry) IsLeaf() bool { return len(e.Entries) == 0 }

// Read reads a file by its name: a slash-separated path of which the last element
// counts. It declines (ok is false) what it has no reader for, and what that does not
// read exactly. No line may have a line end in it.
func Read(name string, lines []string) (f File, ok bool) {
	read := readers[language(name)]
	if read == nil {
		return File{}, false
	}
	return read(lines)
}

var readers = map[string]func(lines []string) (File, bool){
	"ini": readINI, "json": readJSON, "json5": readJSON5, "toml": readTOML, "yaml": readYAML,

	"go": readGo, "python": readPython,

	"make":       readMake,
	"dockerfile": readDockerfile,
	"markdown":   readMarkdown,
	"rst":        readUnderlined,

	"list":     readRequirements,
	"dotenv":   readDotenv,
	"procfile": readProcfile,
	"patterns": readPatterns,
	"versions": readVersions,
	"unit":     readUnit,
}

// language says how a file is read. Package keys reads fewer languages.
func language(name string) string {
	if known := keys.Language(name); known != "" {
		return known
	}
	base := path.Base(name)
	switch base {
	case "Dockerfile", "Containerfile":
		return "dockerfile"
	case "Procfile", "Procfile.dev":
		return "procfile"
	case "CODEOWNERS", ".gitattributes", "MANIFEST.in":
		return "patterns"
	case ".npmrc":
		return "dotenv"
	case ".tool-versions":
		return "versions"
	}
	switch path.Ext(base) {
	case ".dockerfile", ".Dockerfile":
		return "dockerfile"
	case ".properties":
		return "dotenv"
	case ".service", ".socket", ".timer", ".path", ".target":
		return "unit"
	}
	switch {
	case strings.HasPrefix(base, "Dockerfile."):
		return "dockerfile"
	}
	return ""
}

// A start is the line at which an entry begins, below what leads it.
type start struct {
	line int
	key  string
}

// cut makes entries of the lines from the first start to end. Lines above a start that
// isLead says yes to lead it, up to the lines of the entry before.
func cut(lines []string, starts []start, end int, isLead func(line string) bool) []Entry {
	entries := make([]Entry, len(starts))
	for i, s := range slices.Backward(starts) {
		lead, floor := s.line, 0
		if i > 0 {
			floor = starts[i-1].line + 1
		}
		for lead > floor && isLead(lines[lead-1]) {
			lead--
		}
		entries[i] = Entry{Key: s.key, Lead: Span{lead, s.line}, Head: Span{s.line, end}, Tail: Span{end, end}}
		end = lead
	}
	return entries
}

// newFile makes a file of the entries that begin at starts. Without any it is a leaf.
func newFile(lines []string, starts []start, isLead func(line string) bool) File {
	f := File{Lines: lines, Root: Entry{Head: Span{0, len(lines)}, Tail: Span{len(lines), len(lines)}}}
	if len(starts) > 0 {
		f.Root.Entries = cut(lines, starts, len(lines), isLead)
		f.Root.Head.End = f.Root.Entries[0].Lead.Start
	}
	return f
}

// split makes entries of the starts that stand in the head of an entry, below its first
// line. The head then ends where they begin.
func (e *Entry) split(lines []string, starts []start, isLead func(line string) bool) {
	inner := e.within(starts)
	if len(inner) == 0 {
		return
	}
	e.Entries = cut(lines, inner, e.Head.End, isLead)
	first := &e.Entries[0]
	first.Lead.Start = max(first.Lead.Start, e.Head.Start+1)
	e.Head.End = first.Lead.Start
}

// within returns the starts in the head of an entry, below its first line.
func (e *Entry) within(starts []start) []start {
	from, _ := slices.BinarySearchFunc(starts, e.Head.Start+1, compareLine)
	end, _ := slices.BinarySearchFunc(starts, e.Head.End, compareLine)
	return starts[from:max(from, end)]
}

func compareLine(s start, line int) int { return cmp.Compare(s.line, line) }

// liftHeader puts what is about the whole file into its head: what stands above a blank
// line over the first entry, or up to a line that isFirst says yes to.
func (f *File) liftHeader(isFirst func(line string) bool) {
	if f.Root.IsLeaf() {
		return
	}
	first := &f.Root.Entries[0]
	for i := first.Lead.Start; i < first.Lead.End; i++ {
		if isBlank(f.Lines[i]) || isFirst != nil && isFirst(f.Lines[i]) {
			f.Root.Head.End = i + 1
		}
	}
	first.Lead.Start = f.Root.Head.End
}

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

// isHashLead is for files in which a comment is a line that begins with a hash.
func isHashLead(line string) bool { return isBlank(line) || line[0] == '#' }

// tellApart gives starts of one key that of their whole line, so that no key of theirs
// is the one that a single start has in another file.
func tellApart(lines []string, starts []start) {
	count := map[string]int{}
	for _, s := range starts {
		count[s.key]++
	}
	for i, s := range starts {
		if count[s.key] > 1 {
			starts[i].key = strings.Join(strings.Fields(lines[s.line]), " ")
		}
	}
}

// makeUnique tells entries of one key apart by their text, where a file may have
// several: an entry that is changed is another then.
func makeUnique(entries []Entry, lines []string, mayRepeat func(key string) bool) {
	count := make(map[string]int, len(entries))
	for i := range entries {
		count[entries[i].Key]++
	}
	for i := range entries {
		if e := &entries[i]; count[e.Key] > 1 && mayRepeat(e.Key) {
			e.Key += "\n" + strings.Join(lines[e.Head.Start:e.Tail.End], "\n")
		}
	}
}
