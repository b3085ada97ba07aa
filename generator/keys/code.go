package keys

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
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

var (
	pythonName  = regexp.MustCompile(`^(?:(?:async +)?def|class) +(\w+)|^(\w+) *(?::[^=]*)?=(?:[^=]|$)`)
	pythonAgain = regexp.MustCompile(`^@(?:.*\.)?(?:overload|register|setter|getter|deleter)\b`)
)

// readPython reads functions, classes and variables at column 0.
func readPython(content string) (File, bool) {
	r := pythonReader{scanner: newScanner(content)}
	r.Kind = "name"
	again := false // a decorator says that the name may be there already
	for !r.done() {
		text, _, _ := strings.Cut(r.rest(), "\n")
		if m := pythonName.FindStringSubmatch(text); m != nil && !again {
			switch name := m[1] + m[2]; name {
			case "_", "else", "try", "finally": // those three when "else: x = 1" is one line
			default:
				r.Keys = append(r.Keys, Key{Path: Path(name), Line: r.line})
				if strings.HasSuffix(text, "= [") {
					r.items(Path(name))
				}
			}
		}
		if text != "" && !strings.ContainsAny(text[:1], " \t#") {
			again = pythonAgain.MatchString(text) || again && text[0] == '@'
		}
		r.statement()
	}
	return r.File, !r.bad
}

type pythonReader struct{ scanner }

var pythonItem = regexp.MustCompile(`^\s+("[^"'\\]*"|'[^"'\\]*'),$`)

// items reads the list that begins on this line as far as it has a string on each
// line, or a comment.
func (r *pythonReader) items(list Path) {
	line := r.line
	for l := range strings.Lines(r.rest()) {
		l = strings.TrimSuffix(l, "\n")
		m := pythonItem.FindStringSubmatch(l)
		switch {
		case m != nil:
			r.Items = append(r.Items, Item{list, m[1], line, true})
		case line > r.line && !strings.HasPrefix(strings.TrimSpace(l), "#"):
			return
		}
		line++
	}
}

// statement goes over a line, and over those that it goes on in.
func (r *pythonReader) statement() {
	depth := 0
	for !r.done() {
		switch c := r.s[r.i]; {
		case c == '\n':
			r.skip(1)
			if depth == 0 {
				return
			}
		case c == '#':
			r.skipLine()
		case r.has(`"""`), r.has("'''"):
			r.triple(r.rest()[:3])
		case c == '"' || c == '\'':
			r.quoted(false)
		case c == '\\' && r.has("\\\n"):
			r.skip(2)
		case strings.IndexByte("([{", c) >= 0:
			depth++
			r.skip(1)
		case strings.IndexByte(")]}", c) >= 0:
			depth--
			r.bad = depth < 0
			r.skip(1)
		default:
			r.skip(1)
		}
	}
	r.bad = r.bad || depth != 0
}

func (r *pythonReader) triple(quotes string) {
	for r.skip(3); !r.done(); r.skip(1) {
		if r.has(`\`) && r.i+1 < len(r.s) {
			r.skip(1)
		} else if r.take(quotes) {
			return
		}
	}
	r.bad = true
}
