package settle

import (
	"slices"
	"strings"

	"scaffold/generator/keys"
	"scaffold/generator/lazyregexp"
)

// Ignore merges lines of a file that is a set of lines, such as .gitignore, or lines that
// are badges of a README: what either side took out is out, and what both added is in,
// ours first. Lines that continue a block come before those that begin one with a
// comment or a blank line. It declines where a line begins with "!", because order counts
// then, where a side has a line twice or put lines in another order, and where both put
// something else in the place of the same line.
func Ignore(h Hunk) (lines []string, said string, ok bool) {
	if keys.Language(h.Name) != "ignore" && !h.isBadges() || h.isLong() {
		return nil, "", false
	}
	for _, side := range [][]string{h.Base, h.Ours, h.Theirs} {
		if slices.ContainsFunc(side, takesBack) || isRepeated(side) {
			return nil, "", false
		}
	}
	ours, theirs := keptLines(h.Base, h.Ours), keptLines(h.Base, h.Theirs)
	from := [3]int{}
	for i, l := range h.Base {
		if isReordered(l, ours[i], h.Ours) || isReordered(l, theirs[i], h.Theirs) {
			return nil, "", false
		}
		if ours[i] < 0 || theirs[i] < 0 {
			continue
		}
		between, ok := joinSets(h.Base[from[0]:i], h.Ours[from[1]:ours[i]], h.Theirs[from[2]:theirs[i]])
		if !ok {
			return nil, "", false
		}
		lines = append(append(lines, between...), l)
		from = [3]int{i + 1, ours[i] + 1, theirs[i] + 1}
	}
	between, ok := joinSets(h.Base[from[0]:], h.Ours[from[1]:], h.Theirs[from[2]:])
	if !ok {
		return nil, "", false
	}
	lines = append(lines, between...)
	return lines, "", !isRepeated(lines) && !isRepeated(altsOf(lines))
}

// badge matches a line that is a picture with a link, and nothing else.
var badge = lazyregexp.New(`^\[!\[([^\[\]]+)\]\([^()]*\)\]\([^()]*\)\s*$`)

// isBadges reports whether a hunk is nothing but badges, each on its line.
func (h Hunk) isBadges() bool {
	lines := slices.Concat(h.Base, h.Ours, h.Theirs)
	return keys.Language(h.Name) == "markdown" && len(lines) > 0 && !slices.ContainsFunc(lines, func(l string) bool { return !badge.MatchString(l) })
}

// altsOf returns what badges are called: two of one name say the same.
func altsOf(lines []string) (alts []string) {
	for _, l := range lines {
		if m := badge.FindStringSubmatch(l); m != nil {
			alts = append(alts, m[1])
		}
	}
	return alts
}

func takesBack(line string) bool { return strings.HasPrefix(line, "!") }

// isReordered reports whether a side has a line of base, though not in order.
func isReordered(line string, at int, side []string) bool {
	return at < 0 && !isEmpty(line) && slices.Contains(side, line)
}

// isRepeated reports whether a line stands twice.
func isRepeated(lines []string) bool {
	seen := make(map[string]bool, len(lines))
	for _, l := range lines {
		if seen[l] && !isEmpty(l) {
			return true
		}
		seen[l] = true
	}
	return false
}

// keptLines returns where a side has the lines of base, in order, as many as can be; -1
// for those that it has not.
func keptLines(base, side []string) []int {
	longest := make([][]int, len(base)+1) // by how many lines of both are behind
	for i := range longest {
		longest[i] = make([]int, len(side)+1)
	}
	for i := len(base) - 1; i >= 0; i-- {
		for j := len(side) - 1; j >= 0; j-- {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if base[i] == side[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	at := make([]int, len(base))
	j := 0
	for i := range base {
		at[i] = -1
		for k := j; k < len(side) && longest[i][k] == longest[i][j]; k++ {
			if base[i] == side[k] && longest[i+1][k+1]+1 == longest[i][j] {
				at[i], j = k, k+1
				break
			}
		}
	}
	return at
}

// joinSets merges what stands between two lines that all have.
func joinSets(base, ours, theirs []string) (lines []string, ok bool) {
	o, t := added(base, ours), added(base, theirs)
	for _, l := range base {
		inOurs, inTheirs := slices.Contains(ours, l), slices.Contains(theirs, l)
		switch {
		case isEmpty(l):
		case !inOurs && !inTheirs && !slices.Equal(o, t): // both changed it
			return nil, false
		case isNote(l) && !inOurs && len(t) > 0 && slices.ContainsFunc(o, isNote),
			isNote(l) && !inTheirs && len(o) > 0 && slices.ContainsFunc(t, isNote):
			return nil, false // nobody knows under which heading it belongs
		}
	}
	for _, l := range o {
		if isNote(l) && slices.Contains(t, l) && !slices.Equal(o, t) {
			return nil, false
		}
	}
	if len(o) == 0 || len(t) == 0 {
		return slices.Concat(o, t), true
	}
	head, blocks := cutBlocks(o)
	headToo, blocksToo := cutBlocks(t)
	lines = joinLines(head, headToo)
	return joinLines(lines, joinLines(blocks, blocksToo)), true
}

// cutBlocks parts lines that continue a block from those that begin some.
func cutBlocks(lines []string) (head, blocks []string) {
	i := slices.IndexFunc(lines, beginsBlock)
	if i < 0 {
		i = len(lines)
	}
	return lines[:i], lines[i:]
}

// joinLines returns lines and then those of more that are not among them. Blank lines
// stay only with something else.
func joinLines(lines, more []string) []string {
	joined := slices.Clone(lines)
	var blank []string
	for _, l := range more {
		switch {
		case isEmpty(l):
			blank = []string{l}
		case !slices.Contains(lines, l):
			joined = append(append(joined, blank...), l)
			blank = nil
		}
	}
	if len(joined) > len(lines) {
		joined = append(joined, blank...)
	}
	return joined
}

// added returns the lines of a side that are not base's.
func added(base, side []string) []string {
	return slices.DeleteFunc(slices.Clone(side), func(l string) bool { return slices.Contains(base, l) })
}

func isNote(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "#") }

func beginsBlock(line string) bool { return isEmpty(line) || isNote(line) }

func isEmpty(line string) bool { return strings.TrimSpace(line) == "" }
