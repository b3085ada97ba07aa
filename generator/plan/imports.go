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

// Modules returns the path of the project's module, before and now.
func Modules(base, theirs tree.Tree) (old, new string) { return modules(base, theirs, "main.go") }

// modules returns the path of the module that a Go file is in, before and now; the
// same for another file, and where the template writes no go.mod, or changes nothing
// about it.
func modules(base, theirs tree.Tree, file string) (old, new string) {
	if path.Ext(file) != ".go" {
		return "", ""
	}
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		before, now := find(base, path.Join(dir, "go.mod")), find(theirs, path.Join(dir, "go.mod"))
		if before != nil && now != nil {
			old, new = modfile.ModulePath(before.Data), modfile.ModulePath(now.Data)
		}
		if old != "" || dir == "." {
			return old, cmp.Or(new, old)
		}
	}
}

// ImportsOld reports whether a Go file imports a package by the path that the
// module had.
func ImportsOld(src []byte, old, new string) bool {
	renamed, err := renameImports(src, old, new)
	return err == nil && !bytes.Equal(renamed, src)
}

// withNewImports returns a Go file with its imports as they are under the module's
// new path; nil where that changes nothing. What cannot be read but names the old
// path is an error, because it would no longer build.
func withNewImports(f *tree.File, old, new string) (*tree.File, error) {
	if old == new {
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

func below(imported, module string) bool {
	rest, ok := strings.CutPrefix(imported, module)
	return ok && (rest == "" || rest[0] == '/')
}
