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
	"slices"

	"scaffold/generator/keys"
)

// A File is the lines of a file, and the entries that they are.
type File struct {
	Lines []string
	Root  Entry
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
	read := readers[keys.Language(name)]
	if read == nil {
		return File{}, false
	}
	return read(lines)
}

var readers = map[string]func(lines []string) (File, bool){
	"ini": readINI, "json": readJSON, "toml": readTOML,
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
