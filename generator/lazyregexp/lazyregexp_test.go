package lazyregexp_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"scaffold/generator/lazyregexp"
)

// TestNew uses one expression at once from several goroutines.
func TestNew(t *testing.T) {
	r := lazyregexp.New(`a(b*)`)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if m := r.FindStringSubmatch("xabb"); len(m) != 2 || m[1] != "bb" {
				t.Errorf("%q", m)
			}
		})
	}
	all.Wait()
}

// TestCompile compiles the expressions of this module, because a wrong one would be found
// by whoever uses it first. Each stands in its call of New.
func TestCompile(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.Contains(filepath.ToSlash(path), "/testdata/") {
			return err
		}
		file := token.NewFileSet()
		parsed, err := parser.ParseFile(file, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil // a template
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isNew(call) {
				found++
				expr, ok := textOf(call.Args[0])
				if _, err := regexp.Compile(expr); !ok || err != nil {
					t.Errorf("%s: it is a text that compiles: %v", file.Position(call.Pos()), err)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || found < 50 {
		t.Errorf("found %d expressions: %v", found, err)
	}
}

func isNew(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "New" || len(call.Args) != 1 {
		return false
	}
	pkg, ok := f.X.(*ast.Ident)
	return ok && pkg.Name == "lazyregexp"
}

// textOf returns the text of a literal, or of several that are joined.
func textOf(e ast.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, leftOK := textOf(e.X)
		right, rightOK := textOf(e.Y)
		return left + right, e.Op == token.ADD && leftOK && rightOK
	}
	return "", false
}
