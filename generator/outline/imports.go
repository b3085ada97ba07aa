package outline

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"

	"scaffold/generator/keys"
)

// KeepsImports reports whether what was merged of a file imports what it uses, as far
// as its three sources tell: in Go it imports nothing that it does not use either, and
// nothing twice. A file of another language has no imports.
func KeepsImports(name string, base, ours, theirs, merged []string) bool {
	switch keys.Language(name) {
	case "go":
		return keepsGoImports(base, ours, theirs, merged)
	}
	return true
}

// goImports is what a Go file imports, and which names it uses as those of packages.
type goImports struct {
	all      []goImport
	used     map[string]bool
	provided map[string]bool // what an import may be called
}

type goImport struct{ name, path string }

func keepsGoImports(base, ours, theirs, merged []string) bool {
	m, ok := readGoImports(merged)
	if !ok {
		return false
	}
	var sources []goImports
	for _, lines := range [][]string{base, ours, theirs} {
		s, ok := readGoImports(lines)
		if !ok {
			return false
		}
		sources = append(sources, s)
	}
	return !m.clashes(sources) && !m.misses(sources) && !m.wastes(sources)
}

// readGoImports declines a file that does not parse. What is declared in a function
// under the name of a package is not that package.
func readGoImports(lines []string) (g goImports, ok bool) {
	parsed, err := parser.ParseFile(token.NewFileSet(), "", strings.Join(lines, "\n")+"\n", 0)
	if err != nil {
		return g, false
	}
	g.used, g.provided = map[string]bool{}, map[string]bool{}
	for _, s := range parsed.Imports {
		one := goImport{path: strings.Trim(s.Path.Value, "\"`")}
		if s.Name != nil {
			one.name = s.Name.Name
		}
		g.all = append(g.all, one)
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

// misses reports whether a name is used that a source imports, and this file does not.
func (g goImports) misses(sources []goImports) bool {
	for name := range g.used {
		if !g.provided[name] && slices.ContainsFunc(sources, func(s goImports) bool { return s.used[name] && s.provided[name] }) {
			return true
		}
	}
	return false
}

// wastes reports whether something is imported that is not used, though each source
// that imports it uses it.
func (g goImports) wastes(sources []goImports) bool {
	return slices.ContainsFunc(g.all, func(i goImport) bool {
		return !g.uses(i) && !slices.ContainsFunc(sources, func(s goImports) bool { return s.has(i) && !s.uses(i) })
	})
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

var major = regexp.MustCompile(`^v[0-9]+$|\.v[0-9]+$`)

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
