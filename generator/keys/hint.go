package keys

import (
	"go/token"
	"iter"
	"slices"
	"strings"
	"unicode"

	"scaffold/generator/lazyregexp"
)

// A Change is the lines that one side of a merge added and removed.
type Change struct{ Added, Removed []string }

// MayMatter reports whether two changes of a file may together say a thing twice,
// or put a value elsewhere. It is cheap, because most do not, and to read all files
// costs more than to merge them: both must add a line that may define one thing, or
// one must add what base has already, or change what other keys are in.
func MayMatter(name string, base []string, yours, template Change) bool {
	switch Language(name) {
	case "":
		return false
	case "make", "list", "ignore":
		return true
	case "markdown", "rst":
		return yours.mayMoveSections() || template.mayMoveSections()
	case "go":
		return share(yours.Added, template.Added, goNames)
	case "python":
		return share(yours.Added, template.Added, pythonNames)
	}
	return slices.ContainsFunc(slices.Concat(yours.Added, yours.Removed, template.Added, template.Removed), opens) ||
		share(yours.Added, template.Added, entryNames) ||
		share(slices.Concat(yours.Added, template.Added), base, text)
}

// share reports whether lines on both sides yield one name.
func share(left, right []string, names func(string) iter.Seq[string]) bool {
	seen := make(map[string]bool, len(left))
	for _, l := range left {
		for n := range names(l) {
			seen[n] = true
		}
	}
	return len(seen) > 0 && slices.ContainsFunc(right, func(l string) bool {
		for n := range names(l) {
			if seen[n] {
				return true
			}
		}
		return false
	})
}

// opens reports whether a line may be what the lines below it are in.
func opens(l string) bool {
	l, _, _ = strings.Cut(l, " #")
	l = strings.TrimRight(l, " \t")
	return l != "" && (strings.IndexByte(":{[|>", l[len(l)-1]) >= 0 || l[0] == '[' || strings.HasPrefix(l, "---") || strings.Contains(l, ": &") || strings.Contains(l, ": !"))
}

// text yields a line without its indentation, unless it has hardly any letters.
func text(l string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if l = strings.Trim(l, " \t,"); len(l) > 2 {
			yield(l)
		}
	}
}

// entryNames yields the key of a line, or the item of a list.
func entryNames(l string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if strings.HasPrefix(strings.TrimSpace(l), "#") {
			return
		}
		if n := strings.IndexAny(l, ":="); n > 0 {
			l = l[:n]
		}
		l, _, _ = strings.Cut(l, " #")
		if l = strings.ToLower(strings.Trim(l, " \t-,\"'{[]}")); l != "" {
			yield(l)
		}
	}
}

var pythonImported = lazyregexp.New(`^(?:from .*)?import (.*)`)

// pythonNames yields what a line at column 0 may define or import, or the item of a
// list, the key of a dictionary, or a name in brackets, which may be that of an import.
func pythonNames(l string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if m := pythonImported.FindStringSubmatch(l); m != nil {
			for name := range strings.SplitSeq(m[1], ",") {
				if name, _, _ = strings.Cut(name, "#"); !yield(strings.Trim(name, " ()")) {
					return
				}
			}
			return
		}
		text := strings.TrimSpace(l)
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
}

var goKeywords = []string{"func ", "type ", "var ", "const ", "import "}

// goNames yields what a line may define in Go: a name and those after it, behind
// a keyword at column 0 or one tab, or the path of an import. It may yield more.
func goNames(l string) iter.Seq[string] {
	return func(yield func(string) bool) {
		rest, grouped := strings.CutPrefix(l, "\t")
		for _, word := range goKeywords {
			if after, ok := strings.CutPrefix(rest, word); ok {
				rest, grouped = after, true
			}
		}
		if !grouped || strings.Contains(l, ":=") {
			return
		}
		if _, method, ok := strings.Cut(rest, ") "); ok && rest[0] == '(' {
			rest = method
		}
		if q := strings.IndexAny(rest, "\"`"); q >= 0 && !yield(strings.TrimSpace(rest[q:])) {
			return
		}
		for {
			n := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			if n < 0 {
				n = len(rest)
			}
			if token.IsKeyword(rest[:n]) {
				return
			}
			if n == 0 || !yield(rest[:n]) || !strings.HasPrefix(rest[n:], ", ") {
				return
			}
			rest = rest[n+2:]
		}
	}
}
