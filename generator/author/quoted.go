package author

import (
	"maps"
	"path"
	"regexp/syntax"
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
	if q.Match == nil {
		return true
	}
	parsed, err := syntax.Parse(q.Match.String(), syntax.Perl)
	return err != nil || admits(parsed)
}

// breaking are the characters that end a string in some language, or have a meaning in
// it.
const breaking = "\"'`\\$"

// admits reports whether a text that a pattern matches may have a breaking character.
func admits(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpLiteral:
		return strings.ContainsAny(string(re.Rune), breaking)
	case syntax.OpCharClass:
		return strings.ContainsFunc(breaking, func(r rune) bool { return inClass(re.Rune, r) })
	}
	return slices.ContainsFunc(re.Sub, admits)
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
	".py":      {"pythonString", "jsonString"},
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

// altering are the functions that may undo what a quoter did.
var altering = []string{"replace", "trimPrefix", "trimSuffix", "lower", "upper", "title", "splitList", "index"}

// A flow follows free text through a template to where it is written.
type flow struct {
	free    map[string]bool
	quoters []string
	vars    *[]variable // those in scope, the innermost last
	found   func(n parse.Node, quoter string)
}

type variable struct {
	name  string
	value value
}

// A value is what a part of a template stands for: the node that free text comes from,
// and the quoter that took it last. Without a node it is closed.
type value struct {
	node   parse.Node
	quoter string
	all    bool // it is all answers, of which some are free text
}

func (v value) isFree() bool { return v.node != nil && v.quoter == "" }

// findFree calls found with each node whose free text a template writes, and with the
// quoter that takes it last; "" for none.
func findFree(t text, free map[string]bool, found func(n parse.Node, quoter string)) {
	seen := make(map[value]bool)
	f := flow{free: free, quoters: render.Quoters(), vars: new([]variable)}
	f.found = func(n parse.Node, quoter string) {
		if v := (value{node: n, quoter: quoter}); !seen[v] {
			seen[v] = true
			found(n, quoter)
		}
	}
	f.list(t.tree.Root, f.answers(t.tree.Root))
}

// answers returns what . and $ stand for at n.
func (f flow) answers(n parse.Node) value {
	if !slices.Contains(slices.Collect(maps.Values(f.free)), true) {
		return value{}
	}
	return value{node: n, all: true}
}

// list follows the nodes of a list, in which . stands for dot.
func (f flow) list(list *parse.ListNode, dot value) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if v := f.pipe(n.Pipe, dot); v.node != nil && len(n.Pipe.Decl) == 0 {
				f.found(v.node, v.quoter)
			}
		case *parse.IfNode:
			f.branch(&n.BranchNode, dot, func(value) value { return dot })
		case *parse.WithNode:
			f.branch(&n.BranchNode, dot, func(v value) value { return v })
		case *parse.RangeNode:
			f.branch(&n.BranchNode, dot, func(v value) value { return v })
		}
	}
}

// branch follows both lists of a branch, the first one twice, because a second round
// has what the first one gave to variables. What is declared in it ends with it.
func (f flow) branch(b *parse.BranchNode, dot value, inner func(value) value) {
	outer := len(*f.vars)
	v := f.pipe(b.Pipe, dot)
	if len(b.Pipe.Decl) == 2 {
		(*f.vars)[len(*f.vars)-2].value = value{} // a number
	}
	here := len(*f.vars)
	for _, list := range []*parse.ListNode{b.List, b.List} {
		f.list(list, inner(v))
		*f.vars = (*f.vars)[:here]
	}
	f.list(b.ElseList, dot)
	*f.vars = (*f.vars)[:outer]
}

func (f flow) pipe(p *parse.PipeNode, dot value) value {
	var v value
	for _, c := range p.Cmds {
		v = f.command(c, v, dot)
	}
	for _, d := range p.Decl {
		switch at := f.variable(d.Ident[0]); {
		case !p.IsAssign:
			*f.vars = append(*f.vars, variable{d.Ident[0], v})
		case v.node != nil && at != nil: // else the assignment may be in a branch that is not taken
			*at = v
		}
	}
	return v
}

// variable returns the value of the variable in scope, or nil.
func (f flow) variable(name string) *value {
	for i, v := range slices.Backward(*f.vars) {
		if v.name == name {
			return &(*f.vars)[i].value
		}
	}
	return nil
}

func (f flow) command(c *parse.CommandNode, piped, dot value) value {
	name := functionOf(c)
	if slices.Contains(deciding, name) || slices.Contains(naming, name) {
		return value{}
	}
	if key, ok := indexed(c); ok {
		return f.field(c, key)
	}
	v := piped
	for _, arg := range c.Args {
		if given := f.argument(arg, dot); given.node != nil && !v.isFree() {
			v = given
		}
	}
	switch {
	case v.node == nil:
	case slices.Contains(f.quoters, name):
		v.quoter = name
	case slices.Contains(altering, name):
		v.quoter = ""
	}
	return v
}

func (f flow) argument(n parse.Node, dot value) value {
	switch n := n.(type) {
	case *parse.DotNode:
		if dot.all {
			return f.answers(n)
		}
		return dot
	case *parse.FieldNode:
		return f.field(n, n.Ident[0])
	case *parse.VariableNode:
		v := f.variable(n.Ident[0])
		switch {
		case len(n.Ident) > 1: // only the answers have fields
			return f.field(n, n.Ident[1])
		case n.Ident[0] == "$", v != nil && v.all:
			return f.answers(n)
		case v != nil:
			return *v
		}
	case *parse.PipeNode:
		return f.pipe(n, dot)
	case *parse.ChainNode:
		return f.field(n, n.Field[0])
	}
	return value{}
}

func (f flow) field(n parse.Node, name string) value {
	if f.free[name] {
		return value{node: n}
	}
	return value{}
}
