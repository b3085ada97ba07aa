package outline

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strings"

	"scaffold/generator/keys"
	"scaffold/generator/lazyregexp"
)

// Fit makes what was merged of a file import what it uses, as far as its sources tell: in
// Go it takes out what nothing uses any more, and puts back the line of what one side used
// no more and the other does. It declines (ok is false) where that does not do, and what
// does not parse; and in Python where a name is lost that a side imports. Where one side took
// out an import that does not tell its names, any line of the other may need it. Other
// languages pass.
func Fit(name string, base, ours, theirs, merged []string) (fit []string, ok bool) {
	switch keys.Language(name) {
	case "go":
		if losesDot(theirs, ours, merged) || losesDot(ours, theirs, merged) {
			return nil, false
		}
		return fitGoImports([][]string{base, ours, theirs}, merged)
	case "python":
		return merged, isPython(merged) && keepsPythonImports(base, ours, theirs, merged)
	}
	return merged, true
}

// Parses reports whether lines are a file of Go or of Python.
func Parses(name string, lines []string) bool {
	if keys.Language(name) == "go" {
		_, err := parser.ParseFile(token.NewFileSet(), "", strings.Join(lines, "\n")+"\n", parser.SkipObjectResolution)
		return err == nil
	}
	return isPython(lines)
}

// AnyName stands for the names that an import does not tell.
const AnyName = "*"

// part is a line of an import of Python that begins above, with names alone.
var part = lazyregexp.New(`^\s*\(?\s*\w+(\s+as\s+\w+)?(\s*,\s*\w+(\s+as\s+\w+)?)*\s*,?\s*\)?\s*\\?\s*(#.*)?$`)

// Imported returns the names by which code may use what a line imports, if it is a line of an
// import or may be one.
func Imported(name, line string) []string {
	if keys.Language(name) == "go" {
		if i, ok := parseGoImport(line); ok {
			return i.provides()
		}
		return nil
	}
	line, _, _ = strings.Cut(line, "#")
	if strings.ContainsAny(line, "=:\"'[{") {
		return nil
	}
	all := keys.ImportsOf(line)
	if len(all) == 0 && part.MatchString(line) {
		all = keys.ImportsOf("import " + strings.Trim(line, " \t,\\()"))
	}
	var names []string
	for _, i := range all {
		names = append(names, cmp.Or(i.Binds(), AnyName))
	}
	return names
}

// parseGoImport reads a line that is an import and nothing else, but for a comment.
func parseGoImport(line string) (i goImport, ok bool) {
	at := strings.IndexAny(line, "\"`")
	if at < 0 {
		return i, false
	}
	path, behind, closed := strings.Cut(line[at+1:], line[at:at+1])
	if strings.ContainsAny(line[:at], "=([{,:") {
		return i, false // it is a value, as most strings are
	}
	before := strings.Fields(line[:at])
	if len(before) > 0 && before[0] == "import" {
		before = before[1:]
	}
	if behind = strings.TrimSpace(behind); !closed || path == "" || len(before) > 1 || behind != "" && !strings.HasPrefix(behind, "//") {
		return i, false
	}
	if i.path = path; len(before) == 1 {
		i.name = before[0]
	}
	return i, i.name == "" || i.name == "." || token.IsIdentifier(i.name)
}

// NamesIn returns the names in a line of code that may be those of imports. In Go they have a dot
// behind them, or a directive needs a package. What the line says in a string or a comment
// is no name, unless the string has code in it.
func NamesIn(name, line string) (names []string) {
	isGo := keys.Language(name) == "go"
	if directive, _, _ := strings.Cut(line, " "); isGo && directives[directive] != "" {
		return []string{directive}
	}
	var quote, code byte // with which a string began, and one with code in it
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0:
			if c == '\\' && quote != '`' {
				i++
			} else if c == quote {
				quote = 0
			}
		case !isGo && c == '#', isGo && strings.HasPrefix(line[i:], "//"):
			return names
		case c == code && c != 0:
			code = 0
		case (c == '"' || c == '\'') && !isGo && hasCode(line[:i]):
			code = c
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case isWord(c):
			from := i
			for i < len(line) && isWord(line[i]) {
				i++
			}
			isMember := from > 0 && line[from-1] == '.'
			rest := line[i:]
			isArgument := strings.HasPrefix(rest, "=") && !strings.HasPrefix(rest, "==")
			if word := line[from:i]; !isMember && (isGo && strings.HasPrefix(rest, ".") || !isGo && !isArgument) {
				names = append(names, word)
			}
			i--
		}
	}
	return names
}

func isWord(c byte) bool {
	return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c >= 0x80
}

// hasCode reports by what stands before a string of Python in its line whether there is code
// in it: values to be put in, or a type.
func hasCode(before string) bool {
	text := strings.TrimRight(before, " ")
	n := len(text)
	switch {
	case n == 0:
		return false
	case n == len(before):
		return text[n-1]|0x20 == 'f' || n > 1 && text[n-1]|0x20 == 'r' && text[n-2]|0x20 == 'f'
	}
	return strings.HasSuffix(text, "->") || n > 1 && text[n-1] == ':' && isWord(text[n-2])
}

// directives are the comments of Go for which a package must be imported.
var directives = map[string]string{"//go:embed": "embed", "//go:linkname": "unsafe"}

// losesDot reports whether a merge has lost an import without a name that a side had and the
// other took out, though the side has lines that are not of the other.
func losesDot(side, other, merged []string) bool {
	isDot := func(l string) bool {
		i, ok := parseGoImport(l)
		return ok && i.name == "."
	}
	for _, l := range side {
		if strings.HasPrefix(l, "func ") {
			break // because imports come first
		}
		if strings.Contains(l, `. "`) && isDot(l) && !slices.Contains(other, l) && !slices.Contains(merged, l) {
			return hasMore(merged, other, func(l string) bool { return strings.TrimSpace(l) != "" })
		}
	}
	return false
}

// hasMore reports whether one of the lines that are not of another file is of a kind.
func hasMore(lines, without []string, is func(string) bool) bool {
	known := map[string]bool{}
	for _, l := range without {
		known[l] = true
	}
	return slices.ContainsFunc(lines, func(l string) bool { return !known[l] && is(l) })
}

// goImports is what a Go file imports, and which names it uses as those of packages.
type goImports struct {
	lines    []string
	all      []goImport
	at       []int // the line of each, counted from 0
	used     map[string]bool
	provided map[string]bool // what an import may be called
}

type goImport struct{ name, path string }

func fitGoImports(files [][]string, merged []string) (fit []string, ok bool) {
	g, ok := readGoImports(merged)
	if !ok {
		return nil, false
	}
	var sources []goImports
	if g.isWhole() {
		return merged, true
	}
	for _, lines := range files {
		s, ok := readGoImports(lines)
		if !ok {
			return nil, false
		}
		sources = append(sources, s)
	}
	for range maxFits {
		if !ok {
			break
		}
		switch missed, wasted := g.missed(sources), g.wasted(sources); {
		case missed != "":
			g, ok = g.add(missed, sources)
		case wasted >= 0:
			g, ok = g.drop(wasted)
		default:
			return g.lines, !g.clashes(sources)
		}
	}
	return nil, false
}

// isWhole reports whether a file imports all that it may use, and nothing else, each by a name of
// its own: its sources need not be read.
func (g goImports) isWhole() bool {
	seen := map[string]bool{}
	for _, i := range g.all {
		name := i.names()[0]
		if seen[name] || !g.uses(i) {
			return false
		}
		seen[name] = true
	}
	for name := range g.used {
		if !g.provided[name] {
			return false
		}
	}
	return true
}

// maxFits caps how many imports are added and dropped, since each takes a parse.
const maxFits = 20

// readGoImports declines a file that does not parse. What is declared in a function
// under the name of a package is not that package.
func readGoImports(lines []string) (g goImports, ok bool) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, "", strings.Join(lines, "\n")+"\n", 0)
	if err != nil {
		return g, false
	}
	g = goImports{lines: lines, used: map[string]bool{}, provided: map[string]bool{}}
	for _, s := range parsed.Imports {
		one := goImport{path: strings.Trim(s.Path.Value, "\"`")}
		if s.Name != nil {
			one.name = s.Name.Name
		}
		g.all = append(g.all, one)
		g.at = append(g.at, fset.PositionFor(s.Pos(), false).Line-1)
		for _, name := range one.provides() {
			g.provided[name] = true
		}
	}
	for _, l := range lines {
		if strings.HasPrefix(l, "//go:") {
			for _, directive := range NamesIn("x.go", l) {
				g.used[directive] = true
			}
		}
	}
	open := map[*ast.Ident]bool{}
	for _, id := range parsed.Unresolved {
		open[id] = true
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok && open[id] {
				g.used[id.Name] = true
			}
		}
		return true
	})
	return g, true
}

func (g goImports) has(i goImport) bool { return slices.Contains(g.all, i) }

// uses reports whether a file uses an import, which it may not have.
func (g goImports) uses(i goImport) bool {
	if i.name == "_" || i.name == "." || i.path == "C" {
		return true
	}
	return slices.ContainsFunc(i.names(), func(name string) bool { return g.used[name] })
}

// missed returns a name that is used, and that all sources that use it import and this file
// does not; "" for none. A source that uses it without may have it from another file.
func (g goImports) missed(sources []goImports) string {
	for _, name := range slices.Sorted(maps.Keys(g.used)) {
		imports := func(s goImports) bool { return s.used[name] && s.provided[name] }
		lacks := func(s goImports) bool { return s.used[name] && !s.provided[name] }
		if !g.provided[name] && slices.ContainsFunc(sources, imports) && !slices.ContainsFunc(sources, lacks) {
			return name
		}
	}
	return ""
}

// wasted returns the number of an import that is not used, though each source that has
// it uses it; -1 for none.
func (g goImports) wasted(sources []goImports) int {
	return slices.IndexFunc(g.all, func(i goImport) bool {
		return !g.uses(i) && !slices.ContainsFunc(sources, func(s goImports) bool { return s.has(i) && !s.uses(i) })
	})
}

// add puts back the line of an import. It declines (ok is false) where sources import
// different packages by one name, and what stood beside nothing that is still there.
func (g goImports) add(name string, sources []goImports) (with goImports, ok bool) {
	var from goImports
	n := -1
	for _, s := range sources {
		i := slices.IndexFunc(s.all, func(i goImport) bool { return slices.Contains(i.provides(), name) })
		switch {
		case i < 0:
		case n < 0:
			from, n = s, i
		case from.all[n] != s.all[i]:
			return g, false
		}
	}
	if n < 0 || !from.standsAlone(n) {
		return g, false
	}
	for _, beside := range []struct{ n, below int }{{n - 1, 1}, {n + 1, 0}} {
		if beside.n < 0 || beside.n >= len(from.all) {
			continue
		}
		if i := slices.Index(g.all, from.all[beside.n]); i >= 0 && g.standsAlone(i) {
			with, ok = readGoImports(slices.Insert(slices.Clone(g.lines), g.at[i]+beside.below, from.lines[from.at[n]]))
			return with, ok && len(with.all) > len(g.all)
		}
	}
	return g, false
}

// standsAlone reports whether an import has a line of a group, and no comment behind it.
func (g goImports) standsAlone(n int) bool {
	i := g.all[n]
	return strings.TrimSpace(g.lines[g.at[n]]) == strings.TrimSpace(i.name+" \""+i.path+"\"")
}

// drop takes out the line of an import. It declines (ok is false) one with a comment, and
// the only one of a group.
func (g goImports) drop(n int) (without goImports, ok bool) {
	if !g.standsAlone(n) {
		return g, false
	}
	at := g.at[n]
	above, below := strings.TrimSpace(g.lines[at-1]), strings.TrimSpace(g.lines[at+1])
	if strings.HasPrefix(above, "//") || strings.HasSuffix(above, "*/") || strings.HasSuffix(above, "(") && below == ")" {
		return g, false
	}
	without, ok = readGoImports(slices.Delete(slices.Clone(g.lines), at, at+1))
	return without, ok && len(without.all) < len(g.all)
}

// clashes reports whether two imports have one name that have it together in no source.
func (g goImports) clashes(sources []goImports) bool {
	byName := map[string]goImport{}
	for _, i := range g.all {
		name := i.names()[0]
		other, taken := byName[name]
		byName[name] = i
		together := func(s goImports) bool { return s.has(i) && s.has(other) }
		if taken && (i == other || name != "_" && name != "." && !slices.ContainsFunc(sources, together)) {
			return true
		}
	}
	return false
}

var major = lazyregexp.New(`^v[0-9]+$|\.v[0-9]+$`)

// names returns what an import may be called in the file, most likely first: the last
// element of its path that is no version, or a part of that, because go-yaml may be
// yaml, and so may yaml.go.
func (i goImport) names() []string {
	if i.name != "" {
		return []string{i.name}
	}
	base := path.Base(i.path)
	last := base
	if last[0] == 'v' && major.MatchString(last) && path.Dir(i.path) != "." {
		last = path.Base(path.Dir(i.path))
	}
	last = major.ReplaceAllString(last, "")
	parts := strings.FieldsFunc(last, func(r rune) bool { return letters(r) < 0 })
	return slices.Concat([]string{last, base, strings.Map(letters, last)}, parts)
}

// provides returns what a file may need an import for: its names, and the comment that needs
// its package.
func (i goImport) provides() []string {
	names := i.names()
	switch i.name {
	case ".":
		names = []string{AnyName}
	case "_":
		names = nil
	}
	for directive, path := range directives {
		if path == i.path {
			names = append(names, directive)
		}
	}
	return names
}

// letters drops what stands in paths and not in names.
func letters(r rune) rune {
	if r == '-' || r == '.' || r == '_' {
		return -1
	}
	return r
}

// keepsPythonImports reports whether all names are there that a side added or that all
// three files import, and none is gone that the other side still uses; and whether no name is
// imported from two places that is so in no source.
func keepsPythonImports(base, ours, theirs, merged []string) bool {
	b, readBase := pythonImports(base)
	o, readOurs := pythonImports(ours)
	t, readTheirs := pythonImports(theirs)
	m, readMerged := pythonImports(merged)
	if !readBase || !readOurs || !readTheirs || !readMerged {
		return false
	}
	code := keys.WithoutTexts(merged)
	keeps := func(side, other map[string][]string, lines []string) bool {
		for name := range side {
			if m[name] == nil && (b[name] == nil || other[name] != nil || usesMore(code, lines, name)) {
				return false
			}
		}
		return true
	}
	for name, from := range m {
		together := func(s []string) bool {
			return !slices.ContainsFunc(from, func(i string) bool { return !slices.Contains(s, i) })
		}
		if !together(from[:1]) && !together(b[name]) && !together(o[name]) && !together(t[name]) {
			return false
		}
	}
	return keeps(o, t, theirs) && keeps(t, o, ours) &&
		(futureFirst(merged) || !futureFirst(ours) || !futureFirst(theirs))
}

// usesMore reports whether a name stands in a line that is not one of another file,
// which has no such import.
func usesMore(lines, without []string, name string) bool {
	return hasMore(lines, without, func(l string) bool {
		names := NamesIn("x.py", l)
		if strings.HasSuffix(name, AnyName) {
			return len(names) > 0
		}
		first, _, dotted := strings.Cut(name, ".")
		return slices.Contains(names, first) && (!dotted || strings.Contains(l, name))
	})
}

// pythonImports returns what a file imports, by the name that it has there; of a star,
// by the statement. A module of a package has two: that of the package, and its own.
func pythonImports(lines []string) (names map[string][]string, ok bool) {
	statements, ok := keys.Statements(lines)
	names = map[string][]string{}
	for _, s := range statements {
		for _, i := range keys.ImportsOf(strings.Join(lines[s.Start:s.End], "\n")) {
			name, what := cmp.Or(i.Binds(), i.String()), i.String()
			if i.From == "" && i.As == "" && strings.Contains(i.Name, ".") {
				names[i.Name] = []string{what}
				what = "import " + name
			}
			names[name] = append(names[name], what)
		}
	}
	return names, ok
}

// futureFirst reports whether no statement stands above an import from __future__.
func futureFirst(lines []string) bool {
	statements, _ := keys.Statements(lines)
	r := pythonReader{lines: lines}
	above := false
	for _, s := range r.skipDocstring(statements) {
		isFuture := future.MatchString(r.first(s))
		if isFuture && above {
			return false
		}
		above = above || r.isCode(s) && !isFuture
	}
	return true
}

// isPython reports whether the statements of a file stand where Python lets them: below
// one that ends in a colon there is one, indented; and a decorator has what it decorates.
func isPython(lines []string) bool {
	statements, ok := keys.Statements(lines)
	r := pythonReader{lines: lines}
	depths, opened, decorated := []string{""}, false, false
	for _, s := range statements {
		if !r.isCode(s) {
			continue
		}
		line, last := r.first(s), r.lines[s.End-1]
		depth := indentation(line)
		if opened {
			ok = ok && len(depth) > len(depths[len(depths)-1])
			depths = append(depths, depth)
		}
		for len(depths) > 1 && len(depth) < len(depths[len(depths)-1]) {
			depths = depths[:len(depths)-1]
		}
		ok = ok && depth == depths[len(depths)-1] &&
			(!decorated || strings.HasPrefix(strings.TrimSpace(line), "@") || defines.MatchString(line)) &&
			(!imports.MatchString(line) || len(keys.ImportsOf(r.text(s))) > 0)
		decorated = strings.HasPrefix(strings.TrimSpace(line), "@")
		opened = strings.HasSuffix(last[:keys.CodeEnd(last)], ":")
	}
	return ok && !opened && !decorated
}
