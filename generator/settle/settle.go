// Package settle decides what lines leave in conflict, where what the lines say
// decides it: each rule is a pure function from the three sides of one conflict to
// lines, or it declines.
//
// # Rules
//
//   - Layout: the sides differ from each other, or from base, in layout alone: in blank
//     lines, runs of spaces, quotes, a comma before what closes; in JSON and TOML also in
//     line breaks, in JavaScript in semicolons at the end of a line. What is layout
//     depends on the language: indentation counts in YAML, Python, Makefiles and
//     Markdown, quotes of YAML where a scalar would be no string without them, and all
//     of it in what may be a string of several lines.
//   - Applied: one side did at each place what the other did there, and perhaps more. It
//     holds together, in order, what the other added, below the same line, and has none
//     of what the other removed. So it does by lines, or in each line by words, of which
//     a version or a name with dashes is one.
//   - Pins: it takes the higher of two versions where all else in a line is alike. A number
//     is a version only if what stands next to it says so, and not if it is the
//     project's own; nobody goes back to one below base. Of a hash it reads the
//     version in the comment, and takes it rather than the tag that moves with that.
//     Lines that one side put between stay.
//   - Ignore: it joins lines of files such as .gitignore, in which order does not count, and
//     badges of a README.
//   - Aligned: it takes each line from the side that changed it, in files of keys and
//     values where it still has its key.
//   - StayDeleted: the template changed a little (four words of five are the same) of what
//     the user deleted. It stays deleted, and the report says what changed.
//
// # Laws
//
// A rule is asked only where lines conflict, so that it can turn a conflict into a
// clean merge and nothing else. Each line that it returns is a line of one of the
// three sides: a rule never writes one. Whoever is asked first and whoever second
// makes no difference but where a rule says so: of two layouts Layout takes the user's,
// and StayDeleted is for what the user deleted, not for what the template did.
//
// A rule sees a hunk and not the file. So it declines where lines around the hunk could
// give those in it another meaning.
package settle

import (
	"slices"
	"strings"
)

// A Hunk is one conflict of lines: what stands there in each of the three files,
// without line ends. Lines with which both sides begin or end are in none.
type Hunk struct {
	Name               string // of the file: a slash-separated path of which the last element counts
	Base, Ours, Theirs []string
	// Entry says that Base and Theirs are one entry each, of the same key: what stands
	// first or last in them is within it.
	Entry bool
	// Head and Tail are the lines with which both sides begin and end. They stand in the
	// result already; what they replaced is in Base.
	Head, Tail []string
	// YoursAdded and TemplateAdded are the lines that each side added anywhere in the file,
	// without the space around them: what was taken out here, and is one of them, was moved.
	YoursAdded, TemplateAdded map[string]bool
	// YoursFewer are the lines, without the space around them, that the user has fewer
	// times than base, anywhere in the file. Nil: it is not known.
	YoursFewer map[string]bool
}

// whole is all that a side has in place of Base.
func (h Hunk) whole(side []string) []string {
	return slices.Concat(h.Head, side, h.Tail)
}

// isElsewhere reports whether a line was taken out of base here, and added at another
// place.
func (h Hunk) isElsewhere(line string) bool {
	text := strings.TrimSpace(line)
	return (h.YoursAdded[text] || h.TemplateAdded[text]) && isTelling(line) &&
		!slices.Contains(h.Ours, line) && !slices.Contains(h.Theirs, line)
}

// isMoved reports whether a line that was taken out of base may stand at another place:
// it, or one like it, was added.
func (h Hunk) isMoved(line string) bool {
	for _, added := range []map[string]bool{h.YoursAdded, h.TemplateAdded} {
		if added[strings.TrimSpace(line)] {
			return true
		}
		for l := range added {
			if isLike(line, l) {
				return true
			}
		}
	}
	return false
}

// A Rule decides a hunk, or declines (ok is false). Said is what a reader could not
// guess from the lines, such as "took v7.0.1 of v7.0.0 and v7.0.1"; often nothing.
type Rule func(h Hunk) (lines []string, said string, ok bool)

// A Step is a rule by the name that reports give it.
type Step struct {
	Name   string
	Decide Rule
}

// Steps are in the order in which they are tried.
var Steps = []Step{
	{"layout", Layout},
	{"applied", Applied},
	{"pin", Pins},
	{"ignore", Ignore},
	{"aligned", Aligned},
}

// LastStep is tried where nothing else decides a conflict.
var LastStep = Step{"deleted", StayDeleted}
