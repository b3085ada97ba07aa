package outline

import (
	"strings"

	"scaffold/generator/keys"
)

// readMarkdown reads sections by their headings. The text of a section is its head.
func readMarkdown(lines []string) (File, bool) {
	headings, ok := keys.Headings(lines)
	if !ok {
		return File{}, false
	}
	f := newFile(lines, nil, isBlank)
	end := len(lines)
	for end > 0 && (isBlank(lines[end-1]) || isReference(lines[end-1])) {
		end--
	}
	f.Root.Head.End, f.Root.Tail.Start = end, end
	sections := splitSections(lines, headings, end)
	if len(sections) == 0 {
		return f, true
	}
	if headings[0].Title {
		sections[0].Key = "#" // because everybody gives a file another title
	}
	f.Root.Head.End, f.Root.Entries, f.Root.Ordered = sections[0].Lead.Start, sections, true
	return f, true
}

// isReference reports whether a line says where a link leads to: "[name]: address".
func isReference(l string) bool {
	_, rest, ok := strings.Cut(l, "]:")
	return ok && l[0] == '[' && !isBlank(rest)
}

// splitSections makes entries of headings up to end. A heading that is deeper than the
// one above is below it.
func splitSections(lines []string, headings []keys.Heading, end int) []Entry {
	var starts []start
	var inner [][]keys.Heading
	least := 0
	for i, h := range headings {
		if h.Line >= end {
			break
		}
		if len(starts) == 0 || h.Level <= least {
			least = h.Level
			starts, inner = append(starts, start{h.Line, h.Text}), append(inner, nil)
			continue
		}
		inner[len(inner)-1] = append(inner[len(inner)-1], headings[i])
	}
	entries := cut(lines, starts, end, isBlank)
	for i := range entries {
		e := &entries[i]
		if e.Entries = splitSections(lines, inner[i], e.Head.End); len(e.Entries) > 0 {
			e.Head.End, e.Ordered = e.Entries[0].Lead.Start, true
		}
	}
	return entries
}
