package merge

import (
	"bytes"
	"strings"
)

// Labels name the three files on the lines that mark a conflict, for instance
// "yours", "base" and "web 1.1.0". A marker without a label is bare.
type Labels struct{ Ours, Base, Theirs string }

const separator = "======="

func (l Labels) ours() string   { return marker("<<<<<<<", l.Ours) }
func (l Labels) base() string   { return marker("|||||||", l.Base) }
func (l Labels) theirs() string { return marker(">>>>>>>", l.Theirs) }

// marker keeps to one line whatever the label holds.
func marker(sign, label string) string {
	return strings.Join(append([]string{sign}, strings.Fields(label)...), " ")
}

// HasMarkers reports whether content still has a marker line that a merge with
// these labels wrote into it. One such line at column 0 is enough, since a
// group that was taken apart by half is not resolved; "=======" alone says
// nothing, as it underlines headings.
//
// Lines that merely look like markers are content: those with another label
// (a text on git with its "<<<<<<< HEAD") are never counted, and those that a
// file in before has count only as far as content has more of them. So pass
// the labels of the merge that conflicted, and the pristine files of its
// template as before. What is left to chance is a user's own line, at column 0,
// of exactly the text of a label, in a file that had a conflict.
func HasMarkers(content []byte, l Labels, before ...[]byte) bool {
	for _, m := range []string{l.ours(), l.base(), l.theirs()} {
		had := 0
		for _, b := range before {
			had = max(had, countLine(b, m))
		}
		if countLine(content, m) > had {
			return true
		}
	}
	return false
}

// CountConflicts counts the whole conflicts that are marked in content, whoever
// marked them: lines that begin with "<<<<<<<", then with ">>>>>>>", and between
// them one that is "=======". One of these lines alone is content.
func CountConflicts(content []byte) int {
	n := 0
	if !bytes.Contains(content, []byte("<<<<<<<")) {
		return n
	}
	const outside, ours, theirs = 0, 1, 2
	at := outside
	for l := range bytes.Lines(bytes.TrimPrefix(content, []byte(utf8BOM))) {
		l = bytes.TrimRight(l, "\r\n")
		switch {
		case isMarker(l, "<<<<<<<"):
			at = ours
		case at == ours && string(l) == separator:
			at = theirs
		case at == theirs && isMarker(l, ">>>>>>>"):
			at = outside
			n++
		}
	}
	return n
}

// isMarker reports whether a line is the sign, bare or with a label.
func isMarker(line []byte, sign string) bool {
	label, ok := bytes.CutPrefix(line, []byte(sign))
	return ok && (len(label) == 0 || label[0] == ' ')
}

// countLine counts the lines of data that are line but for white space that
// an editor may have added or taken at the end.
func countLine(data []byte, line string) int {
	n := 0
	for l := range bytes.Lines(bytes.TrimPrefix(data, []byte(utf8BOM))) {
		if bytes.HasPrefix(l, []byte(line)) && len(bytes.TrimSpace(l[len(line):])) == 0 {
			n++
		}
	}
	return n
}
