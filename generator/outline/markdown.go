package outline

import (
	"strings"

	"scaffold/generator/keys"
)

func readMarkdown(lines []string) (File, bool) {
	headings, ok := keys.Headings(lines)
	return readSections(lines, headings), ok
}

func readUnderlined(lines []string) (File, bool) {
	headings, ok := keys.UnderlinedHeadings(lines)
	return readSections(lines, headings), ok
}

// readSections reads sections by their headings. The text of a section is its head.
func readSections(lines []string, headings []keys.Heading) File {
	f := newFile(lines, nil, isBlank)
	end := len(lines)
	for end > 0 && (isBlank(lines[end-1]) || isReference(lines[end-1])) {
		end--
	}
	f.Root.Head.End, f.Root.Tail.Start = end, end
	sections := splitSections(lines, headings, end)
	if len(sections) == 0 {
		return f
	}
	if headings[0].Title {
		sections[0].Key = "#" // because everybody gives a file another title
	}
	f.Root.Head.End, f.Root.Entries, f.Root.Ordered = sections[0].Lead.Start, sections, true
	return f
}

// isReference reports whether a line says where a link leads to: "[name]: address" or
// ".. _name: address".
func isReference(l string) bool {
	end := "]:"
	if strings.HasPrefix(l, ".. _") {
		end = ": "
	} else if l[0] != '[' {
		return false
	}
	_, address, ok := strings.Cut(l, end)
	return ok && !isBlank(address)
}

// isAnchor reports whether a line is blank, or a name by which links find what is below.
func isAnchor(l string) bool {
	return isBlank(l) || strings.HasPrefix(l, "<a ") && strings.HasSuffix(l, "</a>") ||
		strings.HasPrefix(l, ".. _") && strings.HasSuffix(l, ":")
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
	entries := cut(lines, starts, end, isAnchor)
	for i := range entries {
		e := &entries[i]
		if e.Entries = splitSections(lines, inner[i], e.Head.End); len(e.Entries) > 0 {
			e.Head.End, e.Ordered = e.Entries[0].Lead.Start, true
		}
	}
	return entries
}
