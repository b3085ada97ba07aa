package author

import (
	"path"
	"slices"
	"strings"
	"text/template/parse"

	"scaffold/generator/pack"
	"scaffold/generator/render"
)

// isFree reports whether an answer may be any text, or may break out of a string, so
// that it has to be quoted wherever it is written: text/template knows nothing of the
// language of a file.
func isFree(q pack.Question) bool {
	if q.Type != pack.String && q.Type != pack.Text || q.Format != "" {
		return false
	}
	breaks := []string{`"`, `'`, `a"b`, `a'b`, `a "b"`, "a\nb", odd}
	return q.Match == nil || slices.ContainsFunc(breaks, q.Match.MatchString)
}

// deciding are the functions that return no part of the texts they get.
var deciding = []string{"eq", "ne", "lt", "le", "gt", "ge", "not", "len", "has", "contains", "hasPrefix", "hasSuffix"}

// naming are the functions that write a text in letters, digits and what joins words,
// which no language takes for anything else.
var naming = []string{"snake", "kebab", "camel", "pascal", "goIdent", "envName", "slug"}

// takesAnyText reports whether a file has no language that text could break out of.
func takesAnyText(to string) bool {
	name := strings.ToUpper(path.Base(to))
	return path.Ext(name) == ".TXT" || slices.Contains([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS", "CONTRIBUTORS"}, name)
}

// languages are the quoters whose values the readers of a file take, by the end of its
// name. Where text of several languages stands in one file, as in README.md, there is
// no row.
var languages = map[string][]string{
	".go":      {"goString", "jsonString"},
	".json":    {"jsonString"},
	".yaml":    {"yamlString", "jsonString"},
	".yml":     {"yamlString", "jsonString"},
	".sh":      {"shWord"},
	".service": {"systemdValue"},
	".socket":  {"systemdValue"},
	".timer":   {"systemdValue"},
}

// quoterFor names the quoter of a text's language, or all there are.
func quoterFor(t text) string {
	name := path.Base(t.to)
	switch of := languages[path.Ext(name)]; {
	case len(of) > 0:
		return of[0]
	case path.Ext(name) == ".md":
		return "markdownText"
	case t.kind == closing || name == "Makefile":
		return "shWord"
	}
	return "the quoter of the file's language (" + strings.Join(render.Quoters(), ", ") + ")"
}

// A flow follows free text through a template to where it is written. A value is
// the node that the text comes from, or nil for what is closed or quoted.
type flow struct {
	free    map[string]bool
	quoters []string
	vars    map[string]parse.Node
	found   func(n parse.Node, quoter string)
}

// findFree calls found with each node whose free text a template writes, and with the
// quoter that takes it last; "" for none.
func findFree(t text, free map[string]bool, found func(n parse.Node, quoter string)) {
	seen := make(map[parse.Node]bool)
	f := flow{free: free, quoters: render.Quoters(), vars: make(map[string]parse.Node)}
	f.found = func(n parse.Node, quoter string) {
		if !seen[n] {
			seen[n] = true
			found(n, quoter)
		}
	}
	f.list(t.tree.Root, nil)
}

// list follows the nodes of a list. The dot is what . stands for, nil for the
// answers and what is closed.
func (f flow) list(list *parse.ListNode, dot parse.Node) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			v := f.pipe(n.Pipe, dot)
			switch inner, quoter := f.quoted(n.Pipe, dot); {
			case len(n.Pipe.Decl) > 0:
			case v != nil:
				f.found(v, "")
			case inner != nil:
				f.found(inner, quoter)
			}
		case *parse.IfNode:
			f.pipe(n.Pipe, dot)
			f.list(n.List, dot)
			f.list(n.ElseList, dot)
		case *parse.WithNode:
			f.list(n.List, f.pipe(n.Pipe, dot))
			f.list(n.ElseList, dot)
		case *parse.RangeNode:
			inner := f.pipe(n.Pipe, dot)
			f.list(n.List, inner)
			f.list(n.List, inner) // with what the first round gave to variables
			f.list(n.ElseList, dot)
		}
	}
}

func (f flow) pipe(p *parse.PipeNode, dot parse.Node) parse.Node {
	var value parse.Node
	for _, c := range p.Cmds {
		value = f.command(c, value, dot)
	}
	for _, v := range p.Decl {
		if value != nil || !p.IsAssign { // an assignment may be in a branch that is not taken
			f.vars[v.Ident[0]] = value
		}
	}
	return value
}

// quoted returns the free text that the last function of a pipe quotes, or nil.
func (f flow) quoted(p *parse.PipeNode, dot parse.Node) (text parse.Node, quoter string) {
	last := p.Cmds[len(p.Cmds)-1]
	if quoter = functionOf(last); !slices.Contains(f.quoters, quoter) {
		return nil, ""
	}
	for _, c := range p.Cmds[:len(p.Cmds)-1] {
		text = f.command(c, text, dot)
	}
	for _, arg := range last.Args {
		if v := f.argument(arg, dot); v != nil {
			text = v
		}
	}
	return text, quoter
}

func (f flow) command(c *parse.CommandNode, piped, dot parse.Node) parse.Node {
	name := functionOf(c)
	if slices.Contains(f.quoters, name) || slices.Contains(deciding, name) || slices.Contains(naming, name) {
		return nil
	}
	if name, ok := indexed(c); ok {
		if f.free[name] {
			return c
		}
		return nil
	}
	value := piped
	for _, arg := range c.Args {
		if v := f.argument(arg, dot); v != nil {
			value = v
		}
	}
	return value
}

func (f flow) argument(n parse.Node, dot parse.Node) parse.Node {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		if f.free[n.Ident[0]] {
			return n
		}
	case *parse.VariableNode:
		switch {
		case n.Ident[0] != "$":
			return f.vars[n.Ident[0]]
		case len(n.Ident) > 1 && f.free[n.Ident[1]]:
			return n
		}
	case *parse.PipeNode:
		return f.pipe(n, dot)
	case *parse.ChainNode:
		return f.argument(n.Node, dot)
	}
	return nil
}
