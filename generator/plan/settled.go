package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/merge"
)

// settling says of each step that decides a conflict of lines how it did. Mine is where
// the user's lines came out, template where the template's did.
var settling = []struct{ step, mine, template, both string }{
	{step: "key"}, // the lines of an entry stand where the user and the template have them
	{"layout", "yours kept, because the template brings nothing else", "the template's taken, because you changed nothing else", "both changes taken, because they touch in layout alone"},
	{"applied", "yours kept, because it has the template's change", "the template's taken, because it has your change", ""},
	{"pin", "", "", "took the higher version"},
	{"ignore", "", "", "took the lines of both, of which none needs its place"},
	{"aligned", "", "", "each line was changed by one side only"},
	{"deleted", "", "", "deleted by you; the template changed it"},
}

// settledBy names the steps that decided, as in "key, layout and pin".
func settledBy(list []merge.Settled) string {
	var steps []string
	for _, row := range settling {
		if slices.ContainsFunc(list, func(s merge.Settled) bool { return s.Step == row.step }) {
			steps = append(steps, row.step)
		}
	}
	return joinAnd(steps)
}

// describeSettled says what was decided, for a merge that is clean, or for the rest of
// one that is not.
func describeSettled(list []merge.Settled, clean bool) string {
	by := settledBy(list)
	byKey := func(s merge.Settled) bool { return s.Step == "key" }
	switch {
	case by == "":
		return ""
	case clean:
		return "merged by " + by + ": review"
	case slices.ContainsFunc(list, byKey):
		return "the rest merged by " + by
	}
	return fmt.Sprintf("%d settled by %s", len(list), by)
}

// DescribeSettled says how a conflict of lines was decided, where more is to be said
// than the step's name.
func DescribeSettled(s merge.Settled) string {
	if s.Said != "" {
		return s.Said
	}
	for _, row := range settling {
		switch {
		case row.step != s.Step:
		case slices.Equal(s.Lines, s.Ours):
			return cmp.Or(row.mine, row.both)
		case slices.Equal(s.Lines, s.Theirs):
			return cmp.Or(row.template, row.both)
		default:
			return row.both
		}
	}
	return ""
}

// SettledNotes says of what was decided in a file by what its lines say, a line for
// each decision, how, and at which lines of the file.
func (s Step) SettledNotes() []string {
	var said []string
	lines := make(map[string][]int)
	for _, settled := range s.Settled {
		how := DescribeSettled(settled)
		if how == "" {
			continue
		}
		if !strings.HasPrefix(how, settled.Step) {
			how = settled.Step + ": " + how
		}
		if _, known := lines[how]; !known {
			said, lines[how] = append(said, how), nil
		}
		if settled.Line > 0 {
			lines[how] = append(lines[how], settled.Line)
		}
	}
	for i, how := range said {
		if at := lines[how]; len(at) > 0 {
			said[i] = nameLines(at) + ": " + how
		}
	}
	return said
}

func nameLines(at []int) string {
	const most = 4 // because a version may stand everywhere
	var named []string
	for i, line := range at {
		if more := len(at) - i; i == most-1 && more > 1 {
			named = append(named, fmt.Sprintf("%d more", more))
			break
		}
		named = append(named, strconv.Itoa(line))
	}
	if len(named) == 1 {
		return "line " + named[0]
	}
	return "lines " + joinAnd(named)
}

func joinAnd(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
