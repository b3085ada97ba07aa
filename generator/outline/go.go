package outline

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"

	"scaffold/generator/keys"
)

// readGo reads the declarations of a Go file, and within them what stands one on a
// line: imports, fields, methods of an interface, names of a group. A const group with
// iota is a leaf, because there a line more changes the values of the lines below.
//
// The order of declarations counts: not for the compiler, but because nothing says
// which of two new ones comes first.
func readGo(lines []string) (File, bool) {
	fset := token.NewFileSet()
	content := strings.Join(lines, "\n") + "\n"
	if len(content) > maxCode || strings.ContainsAny(content, "\r\x00") {
		return File{}, false
	}
	parsed, err := parser.ParseFile(fset, "", content, parser.ParseComments|parser.SkipObjectResolution)
	r := goReader{fset, parsed, content, lines}
	if err != nil || !r.commentsAlone() {
		return File{}, false
	}
	root := Entry{Head: Span{0, r.line(parsed.Name.End()) + 1}, Ordered: true}
	var ok bool
	if root.Entries, ok = r.partition(r.decls(), root.Head.End); !ok {
		return File{}, false
	}
	end := root.Head.End
	if n := len(root.Entries); n > 0 {
		end = root.Entries[n-1].Tail.End
	}
	root.Tail = Span{end, len(lines)}
	makeUnique(root.Entries, lines, mayRepeat)
	return File{Lines: lines, Root: root}, true
}

// maxCode caps what is parsed.
const maxCode = 1 << 20

type goReader struct {
	fset    *token.FileSet
	file    *ast.File
	content string
	lines   []string
}

// text returns the source of a node.
func (r *goReader) text(n ast.Node) string {
	return r.content[r.fset.PositionFor(n.Pos(), false).Offset:r.fset.PositionFor(n.End(), false).Offset]
}

// line returns the line of a place, counted from 0.
func (r *goReader) line(p token.Pos) int { return r.fset.PositionFor(p, false).Line - 1 }

// commentsAlone reports whether no comment of several lines shares one with code: it
// would be cut in two.
func (r *goReader) commentsAlone() bool {
	for _, group := range r.file.Comments {
		for _, c := range group.List {
			from, to := r.fset.PositionFor(c.Pos(), false), r.fset.PositionFor(c.End(), false)
			if from.Line != to.Line && (strings.TrimSpace(r.lines[from.Line-1][:from.Column-1]) != "" ||
				strings.TrimSpace(r.lines[to.Line-1][to.Column-1:]) != "") {
				return false
			}
		}
	}
	return true
}

// A piece is a part of a Go file that may become an entry: its place, and what it
// consists of.
type piece struct {
	key    string
	node   ast.Node
	open   token.Pos // of the bracket around the pieces below; 0 for a leaf
	bare   bool      // has one piece below, and no bracket
	pieces []piece
}

// partition makes entries of pieces, from a line on. It declines (ok is false) pieces
// that share a line. What stands above a piece leads it.
func (r *goReader) partition(pieces []piece, from int) (entries []Entry, ok bool) {
	for _, p := range pieces {
		start, end := r.line(p.node.Pos()), r.line(p.node.End()-1)+1
		if start < from {
			return nil, false
		}
		e := Entry{Key: p.key, Lead: Span{from, start}, Head: Span{start, end}, Tail: Span{end, end}}
		switch {
		case p.bare:
			below := Entry{Key: p.pieces[0].key, Lead: Span{start, start}, Head: e.Head, Tail: e.Tail}
			e.Head.End, e.Entries = start, []Entry{below}
		case p.open != 0:
			r.partitionWithin(&e, p)
		}
		entries = append(entries, e)
		from = end
	}
	return entries, true
}

// partitionWithin gives an entry entries of its own, where each has lines for itself.
func (r *goReader) partitionWithin(e *Entry, p piece) {
	head, end := r.line(p.open)+1, e.Head.End
	entries, ok := r.partition(p.pieces, head)
	if n := len(entries); ok && n > 0 && entries[n-1].Tail.End < end {
		makeUnique(entries, r.lines, mayRepeat)
		e.Head.End, e.Entries, e.Tail = head, entries, Span{entries[n-1].Tail.End, end}
	}
}

func (r *goReader) decls() []piece {
	var pieces []piece
	groups := map[token.Token]int{}
	for _, d := range r.file.Decls {
		if d, ok := d.(*ast.GenDecl); ok && (d.Lparen != 0 || d.Tok == token.IMPORT) {
			groups[d.Tok]++
		}
	}
	for _, d := range r.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			pieces = append(pieces, piece{key: funcKey(d), node: d})
		case *ast.GenDecl:
			pieces = append(pieces, r.declPiece(d, groups[d.Tok] == 1))
		}
	}
	return pieces
}

func funcKey(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) != 1 {
		return "func " + d.Name.Name
	}
	return "func (" + keys.Receiver(d.Recv.List[0].Type) + ") " + d.Name.Name
}

// declPiece makes a piece of what is no function. A group that is the only one of its
// kind needs no name to be known by; and an import that is the only one is a group of
// one, because the next makes it that.
func (r *goReader) declPiece(d *ast.GenDecl, only bool) piece {
	p := piece{key: d.Tok.String() + " (", node: d, open: d.Lparen}
	for _, s := range d.Specs {
		p.pieces = append(p.pieces, r.specPiece(s))
	}
	switch {
	case d.Tok == token.IMPORT && only:
		p.bare = d.Lparen == 0
	case d.Lparen == 0:
		p = r.specPiece(d.Specs[0])
		p.key, p.node = d.Tok.String()+" "+p.key, d
	case !only && len(p.pieces) > 0:
		p.key += p.pieces[0].key
	}
	if d.Tok == token.CONST && countsUp(d) {
		p.open, p.pieces = 0, nil
	}
	return p
}

func (r *goReader) specPiece(s ast.Spec) piece {
	p := piece{node: s}
	switch s := s.(type) {
	case *ast.ImportSpec:
		p.key = s.Path.Value
		if s.Name != nil { // because one package may have two names
			p.key = s.Name.Name + " " + p.key
		}
	case *ast.ValueSpec:
		if p.key = s.Names[0].Name; p.key == "_" {
			p.key = r.text(s)
		}
	case *ast.TypeSpec:
		p.key = s.Name.Name
		switch t := s.Type.(type) {
		case *ast.StructType:
			p.open, p.pieces = t.Fields.Opening, r.fieldPieces(t.Fields)
		case *ast.InterfaceType:
			p.open, p.pieces = t.Methods.Opening, r.fieldPieces(t.Methods)
		}
	}
	return p
}

func (r *goReader) fieldPieces(list *ast.FieldList) []piece {
	var pieces []piece
	for _, f := range list.List {
		p := piece{node: f, key: r.text(f.Type)}
		if len(f.Names) > 0 && f.Names[0].Name != "_" {
			p.key = f.Names[0].Name
		}
		pieces = append(pieces, p)
	}
	return pieces
}

// countsUp reports whether what a const is depends on which line of its group it has.
func countsUp(d *ast.GenDecl) bool {
	counts := false
	for _, s := range d.Specs {
		counts = counts || len(s.(*ast.ValueSpec).Values) == 0
	}
	ast.Inspect(d, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		counts = counts || ok && id.Name == "iota"
		return !counts
	})
	return counts
}

// mayRepeat reports whether a file may have two declarations with this key.
func mayRepeat(key string) bool { return key == "func init" || key == "func _" }
