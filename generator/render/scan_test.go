package render

import (
	"strings"
	"testing"
	"text/template/parse"
)

// The scan sees as deep a nesting and as many variables as the parser does, in
// whatever that takes: what it did not see could overflow the stack.
func FuzzScan(f *testing.F) {
	for _, seed := range [][3]string{
		{"{{if .a}}{{/* {{end}} */}}{{if .b}}x{{end}}{{end}}", "{{", "}}"},
		{"<if `<end>`><end>", "<", ">"},
		{"{{ if \"}}\" }}{{ ((len ($a := 1))) }}{{- end -}}", "{{", "}}"},
		{"< 1e-5 | len (((1))) -", "<", "-"},
		{"< 0x1p-5 | len (((1))) -", "<", "-"},
		{"<!-- if 'a' --><!-- end -->", "<!--", "-->"},
		{"a if (x) b a endb", "a", "b"},
		{"{{if \"a\\\"}}{{end}}\"}}{{end}}", "{{", "}}"},
		{"{{'\\''}}{{1+2i}}{{-1 }}{{- -1 -}}", "{{", "}}"},
		{"$.a.", "$", "."},
		{"{{range $i, $e := .x}}{{else if 1}}{{with $x := 1}}{{end}}{{end}}", "{{", "}}"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	known := map[string]any{"len": true, "and": true}
	f.Fuzz(func(t *testing.T, text, left, right string) {
		if strings.TrimSpace(left) != left || strings.TrimSpace(right) != right || left == "" || right == "" || left == right || len(text) > 10_000 {
			return
		}
		trees, err := parse.Parse("x", text, left, right, known)
		if err != nil {
			return
		}
		s := newScan(text, [2]string{left, right})
		for s.nextAction() {
			s.action()
		}
		if s.deepest > maxNesting || s.decls > maxDecls {
			return
		}
		var is measured
		for _, tree := range trees {
			is.node(tree.Root, 0)
		}
		if is.deepest > s.deepest || is.decls > 2*s.decls { // range declares two at once
			t.Errorf("%q between %q and %q: nested %d, seen %d; variables %d, seen %d", text, left, right, is.deepest, s.deepest, is.decls, s.decls)
		}
	})
}

// A measured tree is how deep it is nested, in ifs or in parentheses, and how many
// variables it declares.
type measured struct{ deepest, decls int }

func (m *measured) node(n parse.Node, ifs int) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				m.node(child, ifs)
			}
		}
	case *parse.IfNode:
		m.branch(&n.BranchNode, ifs)
	case *parse.WithNode:
		m.branch(&n.BranchNode, ifs)
	case *parse.RangeNode:
		m.branch(&n.BranchNode, ifs)
	case *parse.ActionNode:
		m.pipe(n.Pipe, 0)
	}
}

func (m *measured) branch(b *parse.BranchNode, ifs int) {
	m.deepest = max(m.deepest, ifs+1)
	m.pipe(b.Pipe, 0)
	m.node(b.List, ifs+1)
	if b.ElseList != nil && len(b.ElseList.Nodes) == 1 { // else if has no end of its own
		ifs--
	}
	m.node(b.ElseList, ifs+1)
}

func (m *measured) pipe(p *parse.PipeNode, parentheses int) {
	m.deepest = max(m.deepest, parentheses)
	m.decls += len(p.Decl)
	for _, command := range p.Cmds {
		for _, arg := range command.Args {
			if chain, ok := arg.(*parse.ChainNode); ok {
				arg = chain.Node
			}
			if pipe, ok := arg.(*parse.PipeNode); ok {
				m.pipe(pipe, parentheses+1)
			}
		}
	}
}
