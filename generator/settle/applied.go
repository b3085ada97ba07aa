package settle

import (
	"slices"
	"strings"
	"unicode"

	"scaffold/generator/lazyregexp"
)

// Applied is for a side that has the other's change already: at each place that the
// other changed it holds all that the other added, in order, and it removed all that the
// other removed. So it does by lines, or in each line by words; then it is the result.
func Applied(h Hunk) (lines []string, said string, ok bool) {
	o, t := h.whole(h.Ours), h.whole(h.Theirs)
	switch {
	case h.holds(o, t):
		return h.Ours, "", true
	case h.holds(t, o):
		return h.Theirs, "", true
	}
	return nil, "", false
}

// holds reports whether a side has all that another did to base.
func (h Hunk) holds(side, other []string) bool {
	language := languageOf(h.Name)
	flat := language == "" || language == "shell"
	byLines := application{base: h.Base, depth: depthOf(h.Name), flat: flat, moved: h.isMoved, isItem: items[language]}
	if byLines.holds(side, other) {
		return true
	}
	if len(h.Base) != len(side) || len(h.Base) != len(other) {
		return false
	}
	for i, b := range h.Base {
		byWords := application{base: splitWords(b)}
		if !h.isVersion(side[i], i) || !h.isVersion(other[i], i) || !byWords.holds(splitWords(side[i]), splitWords(other[i])) {
			return false
		}
	}
	return true
}

// isVersion reports whether a line is what became of a line of base, and not another: it
// has half of its words.
func (h Hunk) isVersion(line string, at int) bool {
	was := h.Base[at]
	if line == was {
		return true
	}
	words := splitWords(was)
	edits, ok := findEdits(words, splitWords(line))
	removed := 0
	for _, e := range edits {
		removed += countTelling(words[e.from:e.to])
	}
	return ok && 2*removed <= countTelling(words) && !slices.Contains(h.Base, line)
}

// splitWords cuts a line where a word ends: a version, a hash, the name of a package, or a
// string without space is one. A list on one line is several, and so is space, which counts in
// strings.
func splitWords(line string) (words []string) {
	for line != "" {
		n := endOfWord(line)
		words = append(words, line[:n])
		line = line[n:]
	}
	return words
}

func endOfWord(s string) int {
	const space, marks = " \t\n\f\r", "[](){},;\"'`"
	switch {
	case strings.IndexByte(space, s[0]) >= 0:
		return len(s) - len(strings.TrimLeft(s, space))
	case s[0] == '"' || s[0] == '\'':
		if n := strings.IndexAny(s[1:], space+s[:1]); n >= 0 && s[1+n] == s[0] {
			return n + 2
		}
		return 1
	case strings.IndexByte(marks, s[0]) >= 0:
		return 1
	}
	if n := strings.IndexAny(s, space+marks); n >= 0 {
		return n
	}
	return len(s)
}

// An application says whether what one side did to base is in what another side did.
// The other may have done more, at the same places and elsewhere.
type application struct {
	base  []string
	depth func(line string) int  // nil for words
	flat  bool                   // a line may open something though no line is indented
	moved func(line string) bool // whether a side may have it at another place; nil for words
	// isItem says of lines that they have no key but what they say, so that one in the
	// place of another may be that, changed; nil if none is.
	isItem func(line string) bool
}

// items say which lines of a language have no key.
var items = map[string]func(line string) bool{
	"list":       isTelling,
	"ignore":     isTelling,
	"dockerfile": isTelling,
	"yaml":       lazyregexp.New(`^ *- `).MatchString,
	"json":       lazyregexp.New(`^\s*"[^"]*",?$`).MatchString,
	"toml":       lazyregexp.New(`^\s*("[^"]*"|'[^']*'),?$`).MatchString,
}

func (a application) holds(side, other []string) bool {
	have, ok := findEdits(a.base, side)
	if !ok {
		return false
	}
	want, ok := findEdits(a.base, other)
	if !ok || a.keepsRemoved(have, want) {
		return false
	}
	for _, h := range have {
		var within []edit
		for len(want) > 0 && h.from <= want[0].from && want[0].to <= h.to {
			within, want = append(within, want[0]), want[1:]
		}
		if !a.covers(h, within) {
			return false
		}
	}
	return len(want) == 0
}

// keepsRemoved reports whether a side has at another place, or in another layout, what
// the other removed.
func (a application) keepsRemoved(have, want []edit) bool {
	removed := make(map[string]bool)
	for _, w := range want {
		for _, l := range a.base[w.from:w.to] {
			removed[noLayout.Replace(l)] = isTelling(l)
		}
	}
	for _, w := range want {
		for _, l := range w.added {
			delete(removed, noLayout.Replace(l))
		}
	}
	return slices.ContainsFunc(have, func(h edit) bool {
		return slices.ContainsFunc(h.added, func(l string) bool { return removed[noLayout.Replace(l)] })
	})
}

var noLayout = strings.NewReplacer(" ", "", "\t", "", `"`, "", `'`, "", ",", "")

// covers reports whether an edit has done all that several did within it.
func (a application) covers(have edit, within []edit) bool {
	rest, left := have.added, []string(nil) // what may hold more, and what holds nothing
	for _, w := range within {
		added := trimBlank(w.added)
		if len(added) > 0 && !slices.ContainsFunc(added, isTelling) {
			return false // a brace may stand there for another reason
		}
		at := a.find(rest, added)
		if at < 0 || len(added) > 0 && a.adopted(added[0], a.base[have.from:w.from], have.added[:len(have.added)-len(rest)+at]) {
			return false
		}
		left = append(left, rest[:at]...)
		rest = rest[at+len(added):]
	}
	left = append(left, rest...)
	for _, w := range within {
		if a.mayBeBack(w, have, left) {
			return false
		}
	}
	return true
}

// mayBeBack reports whether what the other removed, and put nothing like it in its
// place, may have been rewritten or moved by a side. Left is what holds nothing that the
// other added.
func (a application) mayBeBack(want, have edit, left []string) bool {
	fewer := want.to-want.from > len(want.added)
	if a.moved == nil {
		return fewer && len(left) > 0
	}
	removed := slices.DeleteFunc(slices.Clone(a.base[want.from:want.to]), func(l string) bool {
		return !isTelling(l) || slices.ContainsFunc(want.added, func(by string) bool { return isLike(l, by) })
	})
	if len(removed) == 0 {
		return false
	}
	if fewer && a.isItem != nil && slices.ContainsFunc(removed, a.isItem) && slices.ContainsFunc(left, a.isItem) {
		return true
	}
	return len(removed) > maxRemoved || fewer && (want.from != have.from || want.to != have.to) ||
		slices.ContainsFunc(removed, func(l string) bool { return sharesName(l, left) || a.moved(l) })
}

// maxRemoved caps how many lines are looked for in all that was added.
const maxRemoved = 20

// find returns where lines stand together in others; -1 if they do not, or if there are
// too many to look.
func (a application) find(lines, wanted []string) int {
	if len(lines)*len(wanted) > 8*maxCells {
		return -1
	}
	for i := 0; i+len(wanted) <= len(lines); i++ {
		if slices.Equal(lines[i:i+len(wanted)], wanted) {
			return i
		}
	}
	return -1
}

// adopted reports whether a line stands under another line than where it was added:
// something less deep comes before it on the side that holds it.
func (a application) adopted(line string, removed, before []string) bool {
	if a.depth == nil {
		return false
	}
	d := a.depth(line)
	return slices.ContainsFunc(slices.Concat(removed, before), func(l string) bool { return !isBlank(l) && a.depth(l) < d }) ||
		a.flat && slices.ContainsFunc(before, isTelling)
}

// sharesName reports whether a line and one of others have a name in common, so that it
// may be what became of it.
func sharesName(line string, others []string) bool {
	names := splitNames(line)
	return slices.ContainsFunc(others, func(l string) bool {
		return slices.ContainsFunc(splitNames(l), func(n string) bool { return slices.Contains(names, n) })
	})
}

// isLike reports whether a line has half of the names of another.
func isLike(line, by string) bool {
	names, has := splitNames(line), splitNames(by)
	common := 0
	for _, n := range names {
		if slices.Contains(has, n) {
			common++
		}
	}
	return common > 0 && 2*common >= len(names)
}

func splitNames(line string) []string {
	return strings.FieldsFunc(line, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) })
}

// depthOf returns how deep lines of a file stand: what comes below one that is less
// deep belongs to it. An item is deeper than the key above it.
func depthOf(name string) func(line string) int {
	language := languageOf(name)
	opens := openings[language]
	return func(line string) int {
		text := strings.TrimLeft(line, " \t")
		switch {
		case language == "markdown" && heading.MatchString(line):
			return strings.IndexByte(line, ' ') - 10
		case opens != nil && opens.MatchString(line):
			return -1
		case strings.HasPrefix(text, "- "):
			return 2*(len(line)-len(text)) + 1
		}
		return 2 * (len(line) - len(text))
	}
}

// openings are the lines to which all below belong, though these are not indented.
var openings = map[string]*lazyregexp.Regexp{
	"ini":        lazyregexp.New(`^\[`),
	"toml":       lazyregexp.New(`^\[`),
	"markdown":   lazyregexp.New("^ *(```|~~~)"),
	"dockerfile": lazyregexp.New(`(?i)^ *FROM `),
	"make":       lazyregexp.New(`^ *(if|else|endif|define|endef)`),
}

func trimBlank(lines []string) []string {
	kept := lines
	for len(kept) > 0 && isBlank(kept[0]) {
		kept = kept[1:]
	}
	for len(kept) > 0 && isBlank(kept[len(kept)-1]) {
		kept = kept[:len(kept)-1]
	}
	if len(kept) == 0 {
		return lines[:min(len(lines), 1)]
	}
	return kept
}

// isTelling reports whether a line has a letter or a digit.
func isTelling(line string) bool {
	return strings.ContainsFunc(line, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

func countTelling(lines []string) int {
	n := 0
	for _, l := range lines {
		if isTelling(l) {
			n++
		}
	}
	return n
}
