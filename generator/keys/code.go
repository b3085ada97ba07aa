package keys

import (
	"go/ast"
	"go/parser"
	"go/token"
)

// readGo reads what stands at the top level of a Go file. Of imports the path and
// the name count, since one package may have two names.
func readGo(content string) (File, bool) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, "", content, parser.SkipObjectResolution)
	if err != nil {
		return File{}, false
	}
	f := File{Kind: "declaration"}
	add := func(name string, at token.Pos) {
		f.Keys = append(f.Keys, Key{Path: Path(name), Line: fset.PositionFor(at, false).Line})
	}
	addName := func(id *ast.Ident) {
		if id.Name != "_" {
			add(id.Name, id.Pos())
		}
	}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			switch {
			case d.Recv != nil && len(d.Recv.List) == 1 && d.Name.Name != "_":
				add(Receiver(d.Recv.List[0].Type)+"."+d.Name.Name, d.Pos())
			case d.Recv == nil && d.Name.Name != "init":
				addName(d.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ImportSpec:
					name := s.Path.Value
					if s.Name != nil {
						name = s.Name.Name + " " + name
					}
					add("import "+name, s.Pos())
				case *ast.TypeSpec:
					addName(s.Name)
				case *ast.ValueSpec:
					for _, id := range s.Names {
						addName(id)
					}
				}
			}
		}
	}
	return f, true
}

// Receiver returns the name of the type whose method has a receiver of type t.
func Receiver(t ast.Expr) string {
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
