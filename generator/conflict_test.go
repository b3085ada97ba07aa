package generator_test

import (
	"fmt"
	"slices"
	"strings"
)

// A conflictBlock is what stands between markers.
type conflictBlock struct{ ours, base, theirs []string }

// conflictBlocks finds all conflicts of a file.
func conflictBlocks(text string) []conflictBlock {
	var all []conflictBlock
	walkBlocks(text, func(string) {}, func(b conflictBlock) { all = append(all, b) })
	return all
}

// takeSide resolves all conflicts of a file in favour of one side, by nothing
// but the markers.
func takeSide(text string, mine bool) string {
	var out strings.Builder
	walkBlocks(text, func(line string) { out.WriteString(line) }, func(b conflictBlock) {
		side := b.theirs
		if mine {
			side = b.ours
		}
		out.WriteString(strings.Join(side, ""))
	})
	return out.String()
}

func walkBlocks(text string, line func(string), block func(conflictBlock)) {
	var b conflictBlock
	var side *[]string
	for l := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(l, "<<<<<<< yours"):
			b = conflictBlock{}
			side = &b.ours
		case side == &b.ours && strings.HasPrefix(l, "||||||| base"):
			side = &b.base
		case side == &b.base && strings.TrimRight(l, "\r\n") == "=======":
			side = &b.theirs
		case side == &b.theirs && strings.HasPrefix(l, ">>>>>>> "):
			block(b)
			side = nil
		case side != nil:
			*side = append(*side, l)
		default:
			line(l)
		}
	}
}

// String names the first line that either side changed.
func (b conflictBlock) String() string {
	return fmt.Sprintf("yours %s, the template's %s", firstChange(b.base, b.ours), firstChange(b.base, b.theirs))
}

func firstChange(base, side []string) string {
	for _, line := range side {
		if !slices.Contains(base, line) {
			return fmt.Sprintf("writes %q", line)
		}
	}
	for _, line := range base {
		if !slices.Contains(side, line) {
			return fmt.Sprintf("deletes %q", line)
		}
	}
	return "moves lines"
}

// real reports whether both sides changed the same lines of base, or lines that
// touch, and not alike.
func (b conflictBlock) real() bool {
	if strings.Join(b.ours, "") == strings.Join(b.theirs, "") {
		return false
	}
	for _, o := range changedSpans(b.base, b.ours) {
		for _, t := range changedSpans(b.base, b.theirs) {
			if o[0] <= t[1] && t[0] <= o[1] {
				return true
			}
		}
	}
	return false
}

// changedSpans are the stretches of base that side does not have so, by the
// textbook's longest common subsequence: slow, and not the code under test.
func changedSpans(base, side []string) [][2]int {
	length := make([][]int, len(base)+1)
	length[len(base)] = make([]int, len(side)+1)
	for i := len(base) - 1; i >= 0; i-- {
		length[i] = make([]int, len(side)+1)
		for j := len(side) - 1; j >= 0; j-- {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if base[i] == side[j] {
				length[i][j] = length[i+1][j+1] + 1
			}
		}
	}
	var spans [][2]int
	i, j := 0, 0
	for i < len(base) || j < len(side) {
		if i < len(base) && j < len(side) && base[i] == side[j] {
			i, j = i+1, j+1
			continue
		}
		start := i
		for (i < len(base) || j < len(side)) && !(i < len(base) && j < len(side) && base[i] == side[j]) {
			if j == len(side) || i < len(base) && length[i+1][j] >= length[i][j+1] {
				i++
			} else {
				j++
			}
		}
		spans = append(spans, [2]int{start, i})
	}
	return spans
}
