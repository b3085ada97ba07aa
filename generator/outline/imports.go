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
	"unicode"

	"scaffold/generator/keys"
	"scaffold/generator/lazyregexp"
)

// Fit makes what was merged of a file import what it uses, as far as its sources tell: in
// Go it takes out what nothing uses any more, and puts back the line of what one side used
// no more and the other does. It declines (ok is false) where that does not do, and what
// does not parse; and in Python where a name is lost that a side imports. Other languages
// pass.
func Fit(name string, base, ours, theirs, merged []string) (fit []string, ok bool) {
	switch keys.Language(name) {
	case "go":
		return fitGoImports([][]string{base, ours, theirs}, merged)
	case "python":
		return merged, isPython(merged) && keepsPythonImports(base, ours, theirs, merged)
	}
	return merged, true
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
		for _, name := range one.names() {
			g.provided[name] = true
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
		i := slices.IndexFunc(s.all, func(i goImport) bool { return slices.Contains(i.names(), name) })
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

// letters drops what stands in paths and not in names.
func letters(r rune) rune {
	if r == '-' || r == '.' || r == '_' {
		return -1
	}
	return r
}

// keepsPythonImports reports whether all names are there that a side added or that all
// three files import, and none is gone that the other side still uses.
func keepsPythonImports(base, ours, theirs, merged []string) bool {
	b, readBase := pythonImports(base)
	o, readOurs := pythonImports(ours)
	t, readTheirs := pythonImports(theirs)
	m, readMerged := pythonImports(merged)
	keeps := func(side, other map[string]bool, lines []string) bool {
		for name := range side {
			if !m[name] && (!b[name] || other[name] || usesMore(merged, lines, name)) {
				return false
			}
		}
		return true
	}
	return readBase && readOurs && readTheirs && readMerged && keeps(o, t, theirs) && keeps(t, o, ours) &&
		(futureFirst(merged) || !futureFirst(ours) || !futureFirst(theirs))
}

// usesMore reports whether a name stands in a line that is not one of another file,
// which has no such import.
func usesMore(lines, without []string, name string) bool {
	notInName := func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	known := map[string]bool{}
	for _, l := range without {
		known[l] = true
	}
	return slices.ContainsFunc(lines, func(l string) bool { return !known[l] && slices.Contains(strings.FieldsFunc(l, notInName), name) })
}

// pythonImports returns what a file imports, by the name that it has there; of a star,
// by the statement.
func pythonImports(lines []string) (names map[string]bool, ok bool) {
	statements, ok := keys.Statements(lines)
	names = map[string]bool{}
	for _, s := range statements {
		for _, i := range keys.ImportsOf(strings.Join(lines[s.Start:s.End], "\n")) {
			names[cmp.Or(i.Binds(), i.String())] = true
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
