package generator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/modfile"
)

// A code is one package of this module, without its tests.
type code struct {
	path  string
	files map[string]int // lines, by name
	built []string       // the files that are built for this system
	funcs map[string]int // lines, by FILE: NAME
	types []string
	names []string                   // at package level
	uses  map[string]map[string]bool // by file, the files whose names it uses
}

// A listed package is what go list says of it.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles, IgnoredGoFiles []string
}

// goList returns packages and all that they import.
func goList(args ...string) ([]listed, error) {
	out, err := exec.Command("go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,IgnoredGoFiles"}, args...)...).Output()
	if err != nil {
		return nil, err
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

// modulePath returns the path of this module, which a release sets.
func modulePath(t *testing.T) string {
	t.Helper()
	return modfile.ModulePath([]byte(readText(t, "../go.mod")))
}

// shortPath returns the path of a package of this module as it is where the module
// is called scaffold, and any other as it is.
func shortPath(module, path string) string {
	if rest, ours := strings.CutPrefix(path+"/", module+"/"); ours {
		return strings.TrimSuffix("scaffold/"+rest, "/")
	}
	return path
}

// readCode returns the program's packages: the command and all below generator.
func readCode(t *testing.T) []code {
	t.Helper()
	list, err := readOnce()
	check(t, err)
	return list
}

// readOnce reads them for all tests, because to compile and check them takes a second.
var readOnce = sync.OnceValues(func() ([]code, error) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		return nil, err
	}
	ours := modfile.ModulePath(mod)
	all, err := goList(ours, ours+"/generator/...")
	if err != nil {
		return nil, err
	}
	exports := make(map[string]string)
	for _, p := range all {
		exports[p.ImportPath] = p.Export
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	var list []code
	for _, p := range all {
		path := shortPath(ours, p.ImportPath)
		if path != "scaffold" && !strings.HasPrefix(path, "scaffold/generator") {
			continue
		}
		c, err := readPackage(path, fset, imports, p)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
})

func readPackage(path string, fset *token.FileSet, imports types.Importer, p listed) (code, error) {
	c := code{path: path, files: make(map[string]int), built: p.GoFiles, funcs: make(map[string]int), uses: make(map[string]map[string]bool)}
	var built []*ast.File
	for _, name := range slices.Concat(p.GoFiles, p.IgnoredGoFiles) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
		if err != nil {
			return c, err
		}
		c.files[name] = fset.File(f.Pos()).LineCount()
		if slices.Contains(p.GoFiles, name) {
			built = append(built, f)
		}
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok {
				c.funcs[name+": "+funcName(d)] = fset.Position(d.End()).Line - fset.Position(d.Pos()).Line + 1
			}
		}
	}
	info := types.Info{Uses: make(map[*ast.Ident]types.Object), Selections: make(map[*ast.SelectorExpr]*types.Selection)}
	checked, err := (&types.Config{Importer: imports}).Check(p.ImportPath, fset, built, &info)
	if err != nil {
		return c, err
	}
	for _, name := range checked.Scope().Names() {
		c.names = append(c.names, name)
		if _, ok := checked.Scope().Lookup(name).(*types.TypeName); ok {
			c.types = append(c.types, name)
		}
	}
	for id, object := range info.Uses {
		_, isFunc := object.(*types.Func)
		if object.Pkg() != checked || object.Parent() != checked.Scope() && !isFunc {
			continue
		}
		from, to := filepath.Base(fset.Position(id.Pos()).Filename), filepath.Base(fset.Position(object.Pos()).Filename)
		if from != to {
			if c.uses[from] == nil {
				c.uses[from] = make(map[string]bool)
			}
			c.uses[from][to] = true
		}
	}
	return c, nil
}

func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	kind := d.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if index, ok := kind.(*ast.IndexExpr); ok {
		kind = index.X
	}
	return kind.(*ast.Ident).Name + "." + d.Name.Name
}
