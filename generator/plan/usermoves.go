package plan

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"
	"unicode"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// A lookalike is a file of the user's that looks like one that is missing, and is
// not taken for it.
type lookalike struct {
	pair
	why   string // "" for a rival that is as good
	maybe bool   // it may be the file all the same, so base waits
}

// missing returns the files of base that the user does not have, at their own path or
// where the template moved them, and whether the template changed one of them, or what
// belongs with it. What git has not checked out is not missing.
func (m *maker) missing(moves []move) (gone []*tree.File, changed bool) {
	to := map[string]string{}
	for _, mv := range moves {
		to[mv.old] = mv.new
	}
	for f := range m.base.All() {
		path := cmp.Or(to[f.Path], f.Path)
		theirs := find(m.theirs, path)
		if find(m.ours, f.Path) != nil || m.options.Absent[f.Path] || m.bothMoved(move{old: f.Path, new: path}) {
			continue
		}
		gone = append(gone, &f)
		changed = changed || path != f.Path || theirs == nil || !Same(&f, theirs) || setChanged(m.base, m.theirs, theirs.With)
	}
	return gone, changed
}

// bothMoved reports whether the user moved a file to where the template moves it.
func (m *maker) bothMoved(mv move) bool {
	if mv.old == mv.new || find(m.ours, mv.old) != nil || find(m.base, mv.new) != nil {
		return false
	}
	base, ours := find(m.base, mv.old), find(m.ours, mv.new)
	return regular(ours) && (tree.Fold(mv.old) == tree.Fold(mv.new) || bytes.Equal(base.Data, ours.Data) || merge.Similarity(base.Data, ours.Data) >= minSimilarity)
}

// findUserMoves finds files that are gone among the user's own, and keeps what only
// looks like one, to name it. No state remembers such a move, because the user
// may move the file back, or on: base keeps the template's path, and every run
// that has a change for the file finds it again.
func (m *maker) findUserMoves(gone []*tree.File) {
	judged := map[pair]lookalike{} // all pairs that are alike, because match may ask twice
	judge := func(p pair) lookalike {
		if _, ok := judged[p]; !ok {
			judged[p] = m.judgeLookalike(p)
		}
		return judged[p]
	}
	free, barred := m.userFiles()
	// What was only respelled need not be alike.
	found := slices.DeleteFunc(respelled(gone, free), func(mv move) bool {
		return m.judgeLookalike(newPair(find(m.base, mv.old), find(m.options.Others, mv.new), 100)).why != ""
	})
	stillGone, stillFree := withoutFound(gone, free, found)
	found = append(found, match(stillGone, stillFree, func(p pair) bool { return judge(p).why == "" })...)
	m.followed = map[string]*tree.File{}
	taken := map[string]bool{} // the new paths of those found
	for _, mv := range found {
		m.followed[mv.old], taken[mv.new] = find(m.options.Others, mv.new), true
	}

	lost, _ := withoutFound(gone, nil, found)
	for _, p := range slices.Concat(equalPairs(lost, barred, pair.moreThanChance), similarPairs(lost, barred, pair.moreThanChance)) {
		judge(p)
	}
	m.lookalikes = map[string][]lookalike{}
	for p, l := range judged {
		if rival := l.why == ""; m.followed[p.gone.Path] == nil && !(rival && taken[p.came.Path]) {
			m.lookalikes[p.gone.Path] = append(m.lookalikes[p.gone.Path], l)
		}
	}
	for _, all := range m.lookalikes {
		slices.SortFunc(all, func(a, b lookalike) int {
			return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.came.Path, b.came.Path))
		})
	}
}

// userFiles returns the user's own files: those that one of ours may have become, and
// those where nothing of ours is moved to.
func (m *maker) userFiles() (free, barred []*tree.File) {
	for f := range m.options.Others.All() {
		switch {
		case !regular(&f) || IsBeside(f.Path):
		case m.whyBarred(f.Path) != "":
			barred = append(barred, &f)
		default:
			free = append(free, &f)
		}
	}
	return free, slices.AppendSeq(barred, m.options.Elsewhere.Each())
}

// judgeLookalike says what speaks against a pair: all that may is here, and in the
// order in which it is said.
func (m *maker) judgeLookalike(p pair) lookalike {
	l := lookalike{pair: p, why: m.whyBarred(p.came.Path)}
	switch {
	case l.why != "":
	case backup(p.gone.Path, p.came.Path):
		l.why = "is a backup by its name"
	case !p.moreThanChance():
		l.why = "has too little of it"
	case m.options.Against == nil:
		l.maybe = true
	default:
		l.why, l.maybe = m.options.Against(p.gone.Path, p.came.Path)
		l.maybe = l.maybe || l.why == ""
	}
	return l
}

// whyBarred says why nothing of ours was moved to a path, whatever is there.
func (m *maker) whyBarred(path string) string {
	if owner := m.nested(path); owner != "" {
		return "belongs to the project in " + owner
	}
	if why := Vendored(path); why != "" {
		return why
	}
	if tree.CheckPath(path) != nil {
		return "has a name that not every system takes"
	}
	return m.options.Barred[path]
}

// How much two files have in common, in distinctive lines, for one to be the
// other under another name. Files that are alike in all need less.
const (
	severalLines = 5
	someLines    = 3
	longLine     = 64 // bytes that count as another line
)

// moreThanChance reports whether two similar files share more than chance has: the
// name, unless files in many folders have it, or lines. A licence has to be the
// same to the byte, because its text is in many places.
func (p pair) moreThanChance() bool {
	if strings.EqualFold(p.gone.Path, p.came.Path) {
		return true
	}
	same := bytes.Equal(p.gone.Data, p.came.Data)
	name := strings.ToLower(path.Base(p.gone.Path))
	if !same && isLicence(name) {
		return false
	}
	if strings.EqualFold(name, path.Base(p.came.Path)) && !commonName(name) {
		return true
	}
	if same {
		return sharedLines(p.gone.Data, p.came.Data, someLines)
	}
	return sharedLines(p.gone.Data, p.came.Data, severalLines)
}

func isLicence(name string) bool {
	return slices.ContainsFunc([]string{"licen", "copying", "notice"}, func(start string) bool { return strings.HasPrefix(name, start) })
}

func commonName(name string) bool {
	stem, _, _ := strings.Cut(strings.TrimPrefix(name, "."), ".")
	return isLicence(name) || slices.Contains([]string{
		"__init__", "__main__", "conftest", "doc", "gitattributes", "gitignore", "gitkeep", "index", "keep", "mod", "package-info", "readme",
	}, stem)
}

// sharedLines reports whether two files have so many different lines in common,
// of those with a letter or digit in them. Long ones count for more.
func sharedLines(a, b []byte, many int) bool {
	has := map[string]bool{}
	for line := range bytes.Lines(a) {
		has[string(bytes.TrimSpace(line))] = true
	}
	for line := range bytes.Lines(b) {
		line = bytes.TrimSpace(line)
		if has[string(line)] && bytes.ContainsFunc(line, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			has[string(line)] = false
			many -= 1 + len(line)/longLine
		}
	}
	return many <= 0
}

// likest returns what looks most like the missing file of path: the best of those
// that may be it, or else the best of those that are not.
func (m *maker) likest(path string) []lookalike {
	all := m.lookalikes[path]
	first := slices.IndexFunc(all, func(l lookalike) bool { return l.maybe })
	if first < 0 {
		return all[:min(len(all), 1)]
	}
	return slices.DeleteFunc(slices.Clone(all[first:]), func(l lookalike) bool { return !l.maybe || l.score != all[first].score })
}

// Followed returns where files of base are that the user moved, by path, and
// which other files of the user's may be such. All else is the user's own.
func Followed(base, ours tree.Tree, o Options) (moved map[string]string, maybe []string) {
	m := &maker{base: base, ours: ours, theirs: base, options: o}
	gone, _ := m.missing(nil)
	m.findUserMoves(gone)
	moved = map[string]string{}
	for path, f := range m.followed {
		moved[path] = f.Path
	}
	for _, all := range m.lookalikes {
		for _, l := range all {
			if l.maybe {
				maybe = append(maybe, l.came.Path)
			}
		}
	}
	slices.Sort(maybe)
	return moved, slices.Compact(maybe)
}

// Vendored says why nothing of ours was moved to path, if that is where other
// people's code is copied to; else "".
func Vendored(path string) (why string) {
	for element := range strings.SplitSeq(strings.ToLower(path), "/") {
		if slices.Contains(vendors, element) {
			return "is in a folder for other people's code"
		}
	}
	return ""
}

var vendors = []string{
	"3rdparty", "bower_components", "carthage", "external", "node_modules", "pods", "site-packages", "subprojects",
	"third-party", "third_party", "thirdparty", "vendor", "vendored",
}

// backupWords are what editors, tools and people put into the name of a file
// that they keep beside another, or of the folder they keep it in.
var backupWords = []string{
	"back", "backup", "backups", "bak", "base", "bk", "conflict", "conflicted", "copie", "copy", "deleted", "disabled", "dist",
	"history", "kopie", "local", "mine", "old", "orig", "original", "pacnew", "pacorig", "pacsave", "prev", "previous",
	"rej", "remote", "rpmnew", "rpmorig", "rpmsave", "save", "saved", "swn", "swo", "swp", "temp", "theirs", "tmp",
	"trash", "un", "unused", "yours",
}

// folderWords are those of them that say so alone, also as a folder's name.
var folderWords = []string{"backup", "backups", "bak", "history", "old", "orig", "save", "saved", "temp", "tmp", "trash"}

// backup reports whether copy, by its name, is what is kept of an original:
// main.go~, #main.go#, main.go.bak2, Copy of main.go, main (1).go, old/main.go.
// Words that the original has as well say nothing.
func backup(original, copy string) bool {
	was, is := path.Base(original), path.Base(copy)
	if strings.HasSuffix(is, "~") || strings.HasPrefix(is, ".~") || strings.HasPrefix(is, "~$") || strings.HasPrefix(is, "#") && strings.HasSuffix(is, "#") || strings.HasPrefix(is, ".#") {
		return true
	}
	if path.Ext(was) != "" && path.Ext(was) != was && strings.HasPrefix(is, was+".") {
		return true // a second ending makes another kind of file of it
	}
	more := added(words(was), words(is))
	if keepsName(words(was), words(is)) && (slices.ContainsFunc(more, func(w string) bool { return isWord(w, backupWords) }) || numbered(more)) {
		return true
	}
	folders := added(words(path.Dir(original)), words(path.Dir(copy)))
	return slices.ContainsFunc(append(more, folders...), func(w string) bool { return isWord(w, folderWords) })
}

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
