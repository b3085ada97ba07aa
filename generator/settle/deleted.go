package settle

import (
	"math"
	"slices"
	"strings"
)

// StayDeleted is for a small change of the template's to what the user deleted: it stays
// deleted, and is said. It is not for what the template deleted and the user changed, nor
// for what the user replaced.
func StayDeleted(h Hunk) (lines []string, said string, ok bool) {
	if !isBlank(strings.Join(slices.Concat(h.Head, h.Ours, h.Tail), "")) {
		return nil, "", false
	}
	base, theirs := trimBlank(h.Base), trimBlank(h.Theirs)
	if isMoved(h.Name, base, h.YoursAdded) || h.isKept(base, theirs) || !h.Entry && insertsBeside(h.Name, base, theirs) || !slices.Equal(names(h.Name, base), names(h.Name, theirs)) {
		return nil, "", false
	}
	if h.isNamed(names(h.Name, theirs)) {
		return nil, "", false
	}
	b, t := countWords(base), countWords(theirs)
	common, all := 0, 0
	for w, n := range b {
		common += min(n, t[w])
		all += n
	}
	for _, n := range t {
		all += n
	}
	if 10*2*common <= 8*all {
		return nil, "", false
	}
	return h.Ours, "deleted by you; the template changed it: " + firstChange(base, theirs), true
}

func countWords(lines []string) map[string]int {
	count := make(map[string]int)
	for _, l := range lines {
		for _, w := range strings.Fields(l) {
			count[w]++
		}
	}
	return count
}

// names returns the lines below which the others stand; if all are as deep, the first
// word of each.
func names(file string, lines []string) []string {
	depth := depthOf(file)
	var found []string
	least, deeper := math.MaxInt, false
	for _, l := range lines {
		if !isTelling(l) {
			continue
		}
		d := depth(l)
		deeper = deeper || len(found) > 0 && d != least
		if d < least {
			least, found = d, nil
		}
		if d == least {
			found = append(found, l)
		}
	}
	if !deeper {
		for i, l := range found {
			found[i] = strings.Fields(l)[0]
		}
	}
	return found
}

// isMoved reports whether lines stand at another place: the names of what they are, or
// more than half of them.
func isMoved(file string, lines []string, added map[string]bool) bool {
	stands := func(l string) bool { return added[strings.TrimSpace(l)] && isTelling(l) }
	n := 0
	for _, l := range lines {
		if stands(l) {
			n++
		}
	}
	return 2*n > countTelling(lines) || slices.ContainsFunc(names(file, lines), stands)
}

// isKept reports whether the user has more than half of the lines as often as base: what
// they were below has another name now. So it has one of them that the template changed, such
// as a comment above what was deleted.
func (h Hunk) isKept(lines, theirs []string) bool {
	if h.YoursFewer == nil {
		return false
	}
	isThere := func(l string) bool { return isTelling(l) && !h.YoursFewer[strings.TrimSpace(l)] }
	n := 0
	for _, l := range lines {
		if isThere(l) {
			n++
		}
	}
	edits, _ := findEdits(lines, theirs)
	return 2*n > countTelling(lines) || slices.ContainsFunc(edits, func(e edit) bool { return slices.ContainsFunc(lines[e.from:e.to], isThere) })
}

// isNamed reports whether the template names at another place, in a line that is new, the
// key of what was deleted: that needs it.
func (h Hunk) isNamed(heads []string) bool {
	keys := make(map[string]bool)
	for _, l := range heads {
		if key, ok := strings.CutSuffix(strings.Fields(l)[0], ":"); ok {
			keys[key] = true
		}
	}
	own := make(map[string]bool)
	for _, l := range h.Theirs {
		own[strings.TrimSpace(l)] = true
	}
	for l := range h.TemplateAdded {
		if len(keys) > 0 && !own[l] && slices.ContainsFunc(strings.Fields(l), func(w string) bool { return keys[strings.Trim(w, ",[]\"'")] }) {
			return true
		}
	}
	return false
}

// insertsBeside reports whether the template put more before or after the lines of base:
// that is no change to them, unless it stands below the first.
func insertsBeside(file string, base, theirs []string) bool {
	depth := depthOf(file)
	isBeside := func(l string) bool { return isBlank(l) || depth(l) <= depth(base[0]) }
	edits, ok := findEdits(base, theirs)
	return !ok || slices.ContainsFunc(edits, func(e edit) bool {
		return len(e.added) > e.to-e.from && (e.from == 0 || e.to == len(base) && slices.ContainsFunc(e.added, isBeside))
	})
}

// firstChange is the first line that the template added, else removed.
func firstChange(base, theirs []string) string {
	edits, _ := findEdits(base, theirs)
	lines := base
	if len(edits) > 0 {
		lines = slices.Concat(edits[0].added, base[edits[0].from:edits[0].to])
	}
	for _, l := range lines {
		if text := strings.TrimSpace(l); text != "" {
			return strings.ToValidUTF8(text[:min(len(text), 60)], "")
		}
	}
	return "blank lines"
}
