package merge

import (
	"fmt"
	"strings"
)

// Unified returns the unified diff that makes new of old, as diff -u and git
// diff print it, or nothing if they are equal. context is how many unchanged
// lines surround a change. Names are printed as they are; for a file that is
// not there the name is "/dev/null".
func Unified(oldName, newName string, old, new []byte, context int) []byte {
	a, b := splitLines(old), splitLines(new)
	ids, n := intern(a, b)
	edits, _ := diff(ids[0], ids[1], n)
	if len(edits) == 0 {
		return nil
	}
	out := fmt.Appendf(nil, "--- %s\n+++ %s\n", header(oldName), header(newName))
	for len(edits) > 0 {
		n := together(edits, context)
		out = hunk(out, a, b, edits[:n], context)
		edits = edits[n:]
	}
	return out
}

// header is name, ended by a tab if patch could take it for two words.
func header(name string) string {
	if strings.Contains(name, " ") {
		return name + "\t"
	}
	return name
}

// together is how many of the first edits have no more lines between them
// than the context of both.
func together(edits []Edit, context int) int {
	n := 1
	for n < len(edits) && edits[n].Old.Start-edits[n-1].Old.End <= 2*context {
		n++
	}
	return n
}

// hunk prints edits and the lines around and between them.
func hunk(out []byte, a, b []string, edits []Edit, context int) []byte {
	first, last := edits[0], edits[len(edits)-1]
	before := min(context, first.Old.Start)
	after := min(context, len(a)-last.Old.End)
	from := Span{first.Old.Start - before, last.Old.End + after}
	to := Span{first.New.Start - before, last.New.End + after}
	out = fmt.Appendf(out, "@@ -%s +%s @@\n", lineRange(from), lineRange(to))
	at := from.Start
	for _, e := range edits {
		out = printLines(out, ' ', a[at:e.Old.Start])
		out = printLines(out, '-', a[e.Old.Start:e.Old.End])
		out = printLines(out, '+', b[e.New.Start:e.New.End])
		at = e.Old.End
	}
	return printLines(out, ' ', a[at:from.End])
}

// lineRange counts from 1, leaves out a length of 1, and names the line before
// where there is none.
func lineRange(s Span) string {
	switch s.Len() {
	case 0:
		return fmt.Sprintf("%d,0", s.Start)
	case 1:
		return fmt.Sprint(s.Start + 1)
	}
	return fmt.Sprintf("%d,%d", s.Start+1, s.Len())
}

func printLines(out []byte, sign byte, lines []string) []byte {
	for _, l := range lines {
		out = append(append(out, sign), l...)
		if !strings.HasSuffix(l, "\n") {
			out = append(out, "\n\\ No newline at end of file\n"...)
		}
	}
	return out
}
