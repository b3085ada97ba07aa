package outline

import (
	"slices"
	"strings"
)

// readINI reads sections, and what they assign. A line that begins with a blank goes on
// with the value above.
func readINI(lines []string) (File, bool) {
	var sections, assigned []start
	for i, l := range lines {
		text := strings.TrimSpace(l)
		switch {
		case isINILead(l):
		case l[0] == ' ' || l[0] == '\t':
			if len(assigned) == 0 {
				return File{}, false
			}
		case l[0] == '[':
			sections = append(sections, start{i, text})
		default:
			at := strings.IndexAny(text, "=:")
			if at < 1 {
				return File{}, false
			}
			assigned = append(assigned, start{i, strings.ToLower(strings.TrimSpace(text[:at]))})
		}
	}
	return File{Lines: lines, Root: nest(lines, sections, assigned, isINILead)}, true
}

func isINILead(l string) bool {
	text := strings.TrimSpace(l)
	return text == "" || text[0] == '#' || text[0] == ';'
}

// nest makes a file of entries that have entries: those of inner that stand before the
// first of outer are beside them.
func nest(lines []string, outer, inner []start, isLead func(line string) bool) Entry {
	n := 0
	for n < len(inner) && (len(outer) == 0 || inner[n].line < outer[0].line) {
		n++
	}
	root := Entry{Entries: cut(lines, slices.Concat(inner[:n], outer), len(lines), isLead), Tail: Span{len(lines), len(lines)}}
	for i := n; i < len(root.Entries); i++ {
		e := &root.Entries[i]
		end, from := e.Head.End, n
		for n < len(inner) && inner[n].line < end {
			n++
		}
		if e.Entries = cut(lines, inner[from:n], end, isLead); len(e.Entries) > 0 {
			e.Head.End = e.Entries[0].Lead.Start
		}
	}
	return root
}
