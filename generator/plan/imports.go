package plan

import (
	"bytes"
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"path"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"

	"scaffold/generator/tree"
)

// renamed returns a file of t's with its imports as they are under the module's
// new path; nil where that changes nothing. What cannot be read but names the
// old path is an error, because it would no longer build.
func (t triple) renamed(f *tree.File) (*tree.File, error) {
	old, new := t.maker.modules(t.path)
	if old == new || path.Ext(t.path) != ".go" {
		return nil, nil
	}
	data, err := renameImports(f.Data, old, new)
	switch {
	case err != nil && bytes.Contains(f.Data, []byte(`"`+old)):
		return nil, fmt.Errorf("the module is %s now, and the imports cannot be read", new)
	case err != nil || bytes.Equal(data, f.Data):
		return nil, nil
	}
	after := *f
	after.Data = data
	return &after, nil
}

// modules returns the path of the module that a file is in, before and now; the
// same where the template writes no go.mod, or changes nothing about it.
func (m *maker) modules(file string) (old, new string) {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		base, theirs := find(m.base, path.Join(dir, "go.mod")), find(m.theirs, path.Join(dir, "go.mod"))
		if base != nil && theirs != nil {
			old, new = modfile.ModulePath(base.Data), modfile.ModulePath(theirs.Data)
		}
		if old != "" || dir == "." {
			return old, cmp.Or(new, old)
		}
	}
}

// Modules returns the path of the project's module, before and now.
func Modules(base, theirs tree.Tree) (old, new string) {
	m := maker{base: base, theirs: theirs}
	return m.modules("x.go")
}

// ImportsOld reports whether a Go file imports a package by the path that the
// module had.
func ImportsOld(src []byte, old, new string) bool {
	renamed, err := renameImports(src, old, new)
	return err == nil && !bytes.Equal(renamed, src)
}

// renameImports replaces the module's path in the imports of a Go file, and
// nothing else. Where the new path is below the old one, what is below the new
// one has been replaced.
func renameImports(src []byte, old, new string) ([]byte, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", src, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var out []byte
	done := 0
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !below(imported, old) || below(imported, new) && below(new, old) {
			continue
		}
		rest := strings.TrimPrefix(imported, old)
		start := files.PositionFor(spec.Path.Pos(), false).Offset
		quote := spec.Path.Value[:1]
		out = append(append(out, src[done:start]...), quote+new+rest+quote...)
		done = start + len(spec.Path.Value)
	}
	return append(out, src[done:]...), nil
}

// below reports whether a package is in a module, by their paths.
func below(imported, module string) bool {
	rest, ok := strings.CutPrefix(imported, module)
	return ok && (rest == "" || rest[0] == '/')
}
