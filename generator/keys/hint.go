package keys

import (
	"go/token"
	"slices"
	"strings"
	"unicode"

	"scaffold/generator/lazyregexp"
)

// A Change is the lines that one side of a merge added and removed, in runs.
type Change struct {
	Added, Removed [][]string
	Alone          [][]string // of Added, what the other side did not add at the same place
}

// MayMatter reports whether two changes of a file may together say a thing twice,
// or put a value elsewhere. It is cheap, because most do not, and to read all files
// costs more than to merge them: both must change a line that may define one thing, or one
// must add what base has already, or change what other keys are in. No key goes anywhere
// where both only gave keys other values, such as versions.
func MayMatter(name string, base []string, yours, template Change) bool {
	changed := func(is func(string) bool) bool {
		return anyLine(yours.Added, is) || anyLine(yours.Removed, is) || anyLine(template.Added, is) || anyLine(template.Removed, is)
	}
	added := func(text func(string) string) bool {
		return addsAgain(base, yours.Added, template.Added, text)
	}
	switch Language(name) {
	case "":
		return false
	case "make":
		return true
	case "list", "ignore":
		return changed(goesOn) || share(yours.Added, template.Added, listNames) || added(strings.TrimSpace)
	case "markdown":
		return changed(mayBeHeading) || hasUnderlined(base[endOfFrontMatter(base):], mayUnderline)
	case "rst":
		return changed(mayBeHeading) || hasUnderlined(base, isSign)
	case "go":
		return share(yours.Alone, template.Alone, goNames)
	case "python":
		return share(yours.Added, template.Added, pythonNames) || added(pythonItemText)
	}
	if onlyValues(yours) && onlyValues(template) {
		return false
	}
	return changed(opens) || added(entryText) ||
		share(slices.Concat(yours.Added, yours.Removed), slices.Concat(template.Added, template.Removed), entryNames)
}

// anyLine reports whether a line of some runs is of a kind.
func anyLine(runs [][]string, is func(string) bool) bool {
	return slices.ContainsFunc(runs, func(run []string) bool { return slices.ContainsFunc(run, is) })
}

// A nameSet is asked for many names that it does not have. Most of these have another
// length than all that it has, and are not hashed.
type nameSet struct {
	all     map[string]bool
	lengths uint64 // bits of the lengths, modulo 64
}

func (s *nameSet) add(name string) bool {
	if s.all == nil {
		s.all = make(map[string]bool)
	}
	s.all[name] = true
	s.lengths |= 1 << (len(name) % 64)
	return true
}

func (s *nameSet) has(name string) bool {
	return s.lengths>>(len(name)%64)&1 != 0 && s.all[name]
}

// share reports whether lines on both sides yield one name.
func share(left, right [][]string, names func(line string, yield func(string) bool)) bool {
	var seen nameSet
	for _, run := range left {
		for _, l := range run {
			names(l, seen.add)
		}
	}
	found := false
	look := func(name string) bool { found = seen.has(name); return !found }
	return len(seen.all) > 0 && anyLine(right, func(l string) bool {
		names(l, look)
		return found
	})
}

// addsAgain reports whether a line that a side added has the text of one of base, but for
// texts that say nothing.
func addsAgain(base []string, yours, template [][]string, text func(string) string) bool {
	var added nameSet
	for _, side := range [][][]string{yours, template} {
		for _, run := range side {
			for _, l := range run {
				if l = text(l); l != "" {
					added.add(l)
				}
			}
		}
	}
	return len(added.all) > 0 && slices.ContainsFunc(base, func(l string) bool { return added.has(text(l)) })
}

// onlyValues reports whether a change gave keys other values, each on its line, and nothing
// else.
func onlyValues(c Change) bool {
	for i, added := range c.Added {
		removed := c.Removed[i]
		if len(added) != len(removed) {
			return false
		}
		for j := range added {
			if !isOtherValue(removed[j], added[j]) {
				return false
			}
		}
	}
	return true
}

// isOtherValue reports whether two lines have one key with two values that are as many
// words between the same signs, so that what is around them is read alike. What tells items
// of lists apart is no value here, and neither is what may have other keys in it.
func isOtherValue(old, new string) bool {
	n := lenKey(old)
	if n == 0 || len(new) <= n || new[:n] != old[:n] {
		return false
	}
	key, was, is := strings.Trim(old[:n], " -\"':="), old[n:], new[n:]
	switch key {
	case "id", "name", "repo", "key", "kind", "namespace", "package-ecosystem":
		return false
	case "uses": // but for what is behind the name of an action
		action, _, _ := strings.Cut(was, "@")
		if !strings.HasPrefix(is, action+"@") {
			return false
		}
	}
	opens := was[0] == '[' || was[0] == '{' || (was[0] == '&' || was[0] == '!') && strings.ContainsAny(was, "[{")
	return !opens && !strings.Contains(strings.TrimSuffix(strings.TrimRight(was, " \t"), ","), ",") && haveSameSigns(was, is)
}

// lenKey returns how long the key of a line is with what stands around it, up to its value,
// or 0 where there is none.
func lenKey(l string) int {
	i := len(l) - len(strings.TrimLeft(l, " \t-"))
	quoted := i < len(l) && (l[i] == '"' || l[i] == '\'')
	if quoted {
		n := strings.IndexByte(l[i+1:], l[i])
		if n < 0 {
			return 0
		}
		i += n + 2
	} else {
		for i < len(l) && (isWord(l[i]) || l[i] == '/') {
			i++
		}
	}
	rest := strings.TrimLeft(l[i:], " \t")
	if rest == "" || rest[0] != '=' && rest[0] != ':' {
		return 0
	}
	value := strings.TrimLeft(rest[1:], " \t")
	if value == "" || rest[0] == ':' && !quoted && len(value) == len(rest)-1 {
		return 0
	}
	return len(l) - len(value)
}

// isWord reports whether a character is none that a file is read by, within a value.
func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("_.-+~^", c) >= 0
}

// haveSameSigns reports whether two values are alike but for what words they have.
func haveSameSigns(a, b string) bool {
	for {
		i, j := 0, 0
		for i < len(a) && isWord(a[i]) {
			i++
		}
		for j < len(b) && isWord(b[j]) {
			j++
		}
		if (i == 0) != (j == 0) {
			return false
		}
		if a, b = a[i:], b[j:]; a == "" || b == "" {
			return a == b
		}
		if a[0] != b[0] || (a[0] == '|' || a[0] == '>') && blockHeader(a[1:]) != blockHeader(b[1:]) {
			return false
		}
		a, b = a[1:], b[1:]
	}
}

// blockHeader is what says how the lines of a block of YAML are read.
func blockHeader(s string) string { return s[:len(s)-len(strings.TrimLeft(s, "+-0123456789"))] }

// opens reports whether a line may be what the lines below it are in.
func opens(l string) bool {
	l, _, _ = strings.Cut(l, " #")
	l = strings.TrimRight(l, " \t")
	if l == "" {
		return false
	}
	block := strings.TrimRight(l, "+-0123456789") // as in "key: >-"
	return strings.IndexByte(":={[", l[len(l)-1]) >= 0 || strings.HasSuffix(l, `"""`) || strings.HasSuffix(l, "'''") ||
		strings.HasSuffix(block, "|") || strings.HasSuffix(block, ">") ||
		l[0] == '[' || strings.HasPrefix(l, "---") || strings.HasPrefix(l, "...") || strings.Contains(l, ": &") || strings.Contains(l, ": !")
}

// goesOn reports whether the next line belongs to this, and is no item of its own.
func goesOn(l string) bool { return strings.HasSuffix(strings.TrimSpace(l), `\`) }

// mayBeHeading reports whether a line may make a heading: by its hashes, or of the line
// above it.
func mayBeHeading(l string) bool {
	return isSign(l) || mayUnderline(l) || strings.HasPrefix(strings.TrimLeft(l, " "), "#") && heading.MatchString(l)
}

// mayUnderline reports whether a line makes a heading of Markdown of the line above it.
func mayUnderline(l string) bool {
	text := strings.TrimLeft(l, " ")
	return text != "" && strings.IndexByte("=-", text[0]) >= 0 && underline.MatchString(l)
}

func isSign(l string) bool { return signOf(l) != "" }

// hasUnderlined reports whether some line is a heading because of the line below it. Its
// text does not say that, so that a change of any line may be one of a heading.
func hasUnderlined(lines []string, underlines func(string) bool) bool {
	for i := 1; i < len(lines); i++ {
		if underlines(lines[i]) && strings.TrimSpace(lines[i-1]) != "" {
			return true
		}
	}
	return false
}

// entryText is a line without its indentation, or nothing where it has hardly any letters.
func entryText(l string) string {
	from, to := 0, len(l)
	for from < to && isAround(l[from]) {
		from++
	}
	for to > from && isAround(l[to-1]) {
		to--
	}
	if to-from <= 2 {
		return ""
	}
	return l[from:to]
}

// isAround reports whether a character may stand before and after what a line says.
func isAround(c byte) bool { return c == ' ' || c == '\t' || c == ',' }

// listNames yields the item of a list of one a line, and the package that it asks for.
func listNames(l string, yield func(string) bool) {
	l = strings.TrimSpace(l)
	if l != "" && yield(l) {
		if name := nameRequirement(l); name != "" && name != l {
			yield(name)
		}
	}
}

// entryNames yields the key of a line, or the item of a list.
func entryNames(l string, yield func(string) bool) {
	if strings.HasPrefix(strings.TrimSpace(l), "#") {
		return
	}
	if n := strings.IndexAny(l, ":="); n > 0 {
		l = l[:n]
	}
	l, _, _ = strings.Cut(l, " #")
	l = strings.TrimPrefix(strings.ToLower(strings.Trim(l, " \t-?,\"'{[]}")), "export ")
	if l != "" {
		yield(l)
	}
}

var pythonImported = lazyregexp.New(`^(?:from .*)?import (.*)`)

// pythonNames yields what a line at column 0 may define or import, or the item of a
// list, the key of a dictionary, or a name in brackets, which may be that of an import.
func pythonNames(l string, yield func(string) bool) {
	text := strings.TrimSpace(l)
	if text == "" || text[0] == '#' {
		return
	}
	if m := pythonImported.FindStringSubmatch(l); m != nil {
		for name := range strings.SplitSeq(m[1], ",") {
			if name, _, _ = strings.Cut(name, "#"); !yield(strings.Trim(name, " ()")) {
				return
			}
		}
		return
	}
	if m := pythonName.FindStringSubmatch(l); m != nil {
		yield(m[1] + m[2])
	} else if m := pythonItem.FindStringSubmatch(l); m != nil {
		yield(m[1])
	} else if m := pythonKey.FindStringSubmatch(text); m != nil && text != l {
		yield(m[1] + m[2])
	} else if name, found := strings.CutSuffix(text, ","); found && text != l {
		yield(name)
	}
}

// pythonItemText is the string of a line that may be an item of a list, or nothing.
func pythonItemText(l string) string {
	l, ok := strings.CutSuffix(l, ",")
	l = strings.TrimLeft(l, " \t")
	if !ok || l == "" || l[0] != '"' && l[0] != '\'' {
		return ""
	}
	return l
}

var goKeywords = []string{"func ", "type ", "var ", "const ", "import "}

// goNames yields what a line may define in Go: a name and those after it, behind
// a keyword at column 0 or one tab, or the path of an import. It may yield more.
func goNames(l string, yield func(string) bool) {
	rest, grouped := strings.CutPrefix(l, "\t")
	switch {
	case rest == "" || !grouped && strings.IndexByte("ftvci", rest[0]) < 0:
		return
	case grouped && (rest[0] == '\t' || rest[0] == '}' || strings.HasPrefix(rest, "//")): // as most lines of a function
		return
	}
	for _, word := range goKeywords {
		if after, ok := strings.CutPrefix(rest, word); ok {
			rest, grouped = after, true
		}
	}
	if !grouped || strings.Contains(l, ":=") {
		return
	}
	if strings.HasPrefix(rest, "(") {
		if _, method, ok := strings.Cut(rest, ") "); ok {
			rest = method
		}
	}
	if q := firstOf(rest, '"', '`'); q >= 0 && !yield(strings.TrimSpace(rest[q:])) {
		return
	}
	for {
		n := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if n < 0 {
			n = len(rest)
		}
		if n == 0 || token.IsKeyword(rest[:n]) || !yield(rest[:n]) || !strings.HasPrefix(rest[n:], ", ") {
			return
		}
		rest = rest[n+2:]
	}
}

// firstOf returns where one of two characters stands first, or -1.
func firstOf(s string, a, b byte) int {
	i, j := strings.IndexByte(s, a), strings.IndexByte(s, b)
	if i < 0 || j >= 0 && j < i {
		return j
	}
	return i
}
