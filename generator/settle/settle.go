// Package settle decides what lines leave in conflict, where what the lines say
// decides it: each rule is a pure function from the three sides of one conflict to
// lines, or it declines.
//
// # Laws
//
// A rule is asked only where lines conflict, so that it can turn a conflict into a
// clean merge and nothing else. Each line that it returns is a line of one of the
// three sides: a rule never writes one. Whoever is asked first and whoever second
// makes no difference but where a rule says so.
package settle

import "slices"

// A Hunk is one conflict of lines: what stands there in each of the three files,
// without line ends. Lines with which both sides begin or end are in none.
type Hunk struct {
	Name               string // of the file: a slash-separated path of which the last element counts
	Base, Ours, Theirs []string
	// Head and Tail are the lines with which both sides begin and end. They stand in the
	// result already; what they replaced is in Base.
	Head, Tail []string
	// YoursAdded and TemplateAdded are the lines that each side added anywhere in the file:
	// what was taken out here, and is one of them, was moved.
	YoursAdded, TemplateAdded map[string]bool
}

// whole is all that a side has in place of Base.
func (h Hunk) whole(side []string) []string {
	return slices.Concat(h.Head, side, h.Tail)
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

// Pins takes the higher of two versions, where all else is alike.
func Pins(h Hunk) (lines []string, said string, ok bool) { return nil, "", false }

// Ignore merges lines of a file that is a set of lines, such as .gitignore.
func Ignore(h Hunk) (lines []string, said string, ok bool) { return nil, "", false }

// Aligned merges as many lines on all three sides, each changed by one side only.
func Aligned(h Hunk) (lines []string, said string, ok bool) { return nil, "", false }
