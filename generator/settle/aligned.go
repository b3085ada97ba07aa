package settle

import (
	"path"
	"strings"

	"scaffold/generator/keys"
	"scaffold/generator/lazyregexp"
)

// Aligned merges as many lines on all three sides, each of which one side alone
// changed, and so that it is still like itself: its key or most of its words are the
// same. Of a line that both changed it takes what Pins would. It declines code, where
// a line says little about what it belongs to.
func Aligned(h Hunk) (lines []string, said string, ok bool) {
	key, all := keyOf(h.Name), len(h.Base)
	ours, theirs := h.whole(h.Ours), h.whole(h.Theirs)
	if key == nil || all == 0 || h.isLong() || len(ours) != all || len(theirs) != all {
		return nil, "", false
	}
	var took []string
	for i, base := range h.Base {
		line, what, ok := alignLine(h.Name, key, base, ours[i], theirs[i])
		if !ok {
			return nil, "", false
		}
		lines = append(lines, line)
		if what != "" {
			took = append(took, what)
		}
	}
	lines, ok = h.between(lines)
	return lines, sayTaken(took), ok
}

func alignLine(name string, key *lazyregexp.Regexp, base, ours, theirs string) (line, took string, ok bool) {
	switch line = merge(base, ours, theirs); {
	case ours == theirs:
		return line, "", true
	case ours == base || theirs == base:
		return line, "", staysItself(key, base, line)
	case hasOwnVersions(name):
		return "", "", false
	}
	return choosePin(name, base, ours, theirs)
}

var (
	keyOfData = lazyregexp.New(`^\s*(- +)*["']?[\w.$@/-]+["']?\s*([<>~!]?=|:(\s|$))`)
	keyOfList = lazyregexp.New(`^[A-Za-z][\w.-]*`)
	keyOfRow  = lazyregexp.New(`^\s*\|[^|]*\|`)
	leadOf    = lazyregexp.New(`^\s*(- +)*`)
)

// keyOf finds what begins a line with its key, or returns nil for files of which the
// lines are not told apart by keys.
func keyOf(name string) *lazyregexp.Regexp {
	switch lang := keys.Language(name); {
	case lang == "list":
		return keyOfList
	case isData(lang), strings.HasPrefix(path.Base(name), ".env"):
		return keyOfData
	case path.Ext(name) == ".md":
		return keyOfRow
	}
	return nil
}

// staysItself reports whether a line is still the one of base.
func staysItself(key *lazyregexp.Regexp, base, line string) bool {
	if k := key.FindString(base); k != "" {
		return k == key.FindString(line)
	}
	lead := leadOf.FindString(base)
	if key != keyOfData || !strings.Contains(lead, "-") || lead != leadOf.FindString(line) {
		return false
	}
	old, now := strings.Fields(base), strings.Fields(line)
	return 2*countShared(old, now) > max(len(old), len(now))
}

// countShared counts the words that two lines share.
func countShared(a, b []string) int {
	left := make(map[string]int, len(a))
	for _, w := range a {
		left[w]++
	}
	n := 0
	for _, w := range b {
		if left[w] > 0 {
			left[w]--
			n++
		}
	}
	return n
}
