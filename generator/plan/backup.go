package plan

import (
	"path"
	"slices"
	"strings"
	"unicode"
)

// backupWords are what editors, tools and people put into the name of a file
// that they keep beside another, or of the folder they keep it in.
var backupWords = []string{
	"back", "backup", "backups", "bak", "bk", "conflict", "conflicted", "copie", "copy", "deleted", "disabled", "dist",
	"history", "kopie", "local", "mine", "old", "orig", "original", "pacnew", "pacorig", "pacsave", "prev", "previous",
	"rej", "remote", "rpmnew", "rpmorig", "rpmsave", "save", "saved", "swn", "swo", "swp", "temp", "theirs", "tmp",
	"trash", "un", "unused", "yours",
}

// folderWords are those of them that a folder is called for nothing else.
var folderWords = []string{"backup", "backups", "bak", "history", "old", "orig", "save", "saved", "temp", "tmp", "trash"}

// backup reports whether copy, by its name, is what is kept of the file at path:
// main.go~, #main.go#, main.go.bak2, Copy of main.go, main (1).go, old/main.go.
// Words that the path has as well say nothing.
func backup(path_, copy string) bool {
	was, is := path.Base(path_), path.Base(copy)
	if strings.HasSuffix(is, "~") || strings.HasPrefix(is, "~$") || strings.HasPrefix(is, "#") && strings.HasSuffix(is, "#") || strings.HasPrefix(is, ".#") {
		return true
	}
	more := added(words(was), words(is))
	if keepsName(words(was), words(is)) && (slices.ContainsFunc(more, func(w string) bool { return isWord(w, backupWords) }) || numbered(more)) {
		return true
	}
	folders := added(words(path.Dir(path_)), words(path.Dir(copy)))
	return slices.ContainsFunc(folders, func(w string) bool { return isWord(w, folderWords) })
}

// words parts a name, in small letters, at all that is no letter or digit.
func words(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// added returns the words of b that a has not, or fewer times.
func added(a, b []string) []string {
	rest := slices.Clone(a)
	var more []string
	for _, w := range b {
		if i := slices.Index(rest, w); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
		} else {
			more = append(more, w)
		}
	}
	return more
}

// isWord reports whether w is one of the words, with a number or without.
func isWord(w string, of []string) bool {
	return slices.Contains(of, strings.TrimRightFunc(w, unicode.IsDigit))
}

// keepsName reports whether all words of a name are in the other; main.bak lacks
// only the ending of main.go.
func keepsName(was, is []string) bool {
	lost := added(is, was)
	return len(lost) == 0 || len(lost) == 1 && len(was) > 1 && lost[0] == was[len(was)-1]
}

// numbered reports whether nothing but numbers was put in, as those of rotated
// files, downloads and dates.
func numbered(more []string) bool {
	return len(more) > 0 && !slices.ContainsFunc(more, func(w string) bool { return strings.TrimFunc(w, unicode.IsDigit) != "" })
}
