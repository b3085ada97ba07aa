package render

import (
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"scaffold/generator/pack"
)

// A nameSet holds names of answers and values.
type nameSet map[string]bool

func (s nameSet) add(names ...string) {
	for _, name := range names {
		s[name] = true
	}
}

func (s nameSet) sorted() []string { return slices.Sorted(maps.Keys(s)) }

// A nameReader finds which answers and values may go into what a node writes. It names
// too many rather than too few: a variable is made of all that is ever assigned to
// it, and of the conditions under which that happens.
type nameReader struct {
	questions []pack.Question
	values    map[string]int
	variables map[string]nameSet
}

// all returns the names that a whole template uses.
func (r nameReader) all(t *parse.Tree) []string {
	r.readVariables(t.Root)
	names := make(nameSet)
	r.walk(t.Root, nil, nil, func(p *parse.PipeNode, dot nameSet) {
		names.add(r.pipe(p, dot).sorted()...)
	})
	return names.sorted()
}

// readVariables finds what each variable of a template is made of. It reads again until
// nothing more is found, because in a loop a variable may hold what is assigned below.
func (r *nameReader) readVariables(root *parse.ListNode) {
	r.variables = make(map[string]nameSet)
	for grown := true; grown; {
		before := r.size()
		r.walk(root, nil, nil, func(*parse.PipeNode, nameSet) {})
		grown = r.size() > before
	}
}

func (r nameReader) size() (n int) {
	for _, names := range r.variables {
		n += 1 + len(names)
	}
	return n
}

// walk visits the pipelines below n. Under are the names in the conditions around it;
// dot is what the dot is made of, nil for all answers.
func (r nameReader) walk(n parse.Node, under, dot nameSet, visit func(*parse.PipeNode, nameSet)) {
	var b *parse.BranchNode
	isIf := false
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			r.walk(child, under, dot, visit)
		}
		return
	case *parse.ActionNode:
		r.assign(n.Pipe, under, dot)
		visit(n.Pipe, dot)
		return
	case *parse.IfNode:
		b, isIf = &n.BranchNode, true
	case *parse.WithNode:
		b = &n.BranchNode
	case *parse.RangeNode:
		b = &n.BranchNode
	default:
		return
	}
	r.assign(b.Pipe, under, dot)
	visit(b.Pipe, dot)
	names := r.pipe(b.Pipe, dot)
	inside, inner := maps.Clone(names), dot
	inside.add(under.sorted()...)
	if !isIf {
		inner = names
	}
	r.walk(b.List, inside, inner, visit)
	r.walk(b.ElseList, inside, dot, visit)
}

// ends returns names with those that decide in a loop whether it goes on, if it has a
// break or continue: all in the conditions of the loop, which are more than needed.
func (r nameReader) ends(list *parse.ListNode, names nameSet) nameSet {
	if !strings.Contains(list.String(), "{{break}}") && !strings.Contains(list.String(), "{{continue}}") {
		return names
	}
	all := maps.Clone(names)
	r.walk(list, nil, names, func(p *parse.PipeNode, dot nameSet) { all.add(r.pipe(p, dot).sorted()...) })
	return all
}

func (r nameReader) assign(p *parse.PipeNode, under, dot nameSet) {
	for _, v := range p.Decl {
		if r.variables[v.Ident[0]] == nil {
			r.variables[v.Ident[0]] = make(nameSet)
		}
		r.variables[v.Ident[0]].add(r.pipe(p, dot).sorted()...)
		r.variables[v.Ident[0]].add(under.sorted()...)
	}
}

// pipe returns the names in a pipeline.
func (r nameReader) pipe(p *parse.PipeNode, dot nameSet) nameSet {
	names := make(nameSet)
	for _, command := range p.Cmds {
		indexed := r.indexed(command)
		names.add(indexed...)
		for _, arg := range command.Args {
			if len(indexed) == 0 || arg.Type() != parse.NodeDot && arg.String() != "$" {
				r.argument(names, arg, dot)
			}
		}
	}
	return names
}

// indexed returns what is taken of all answers by name, as in index . "unit".
func (r nameReader) indexed(command *parse.CommandNode) []string {
	f, ok := command.Args[0].(*parse.IdentifierNode)
	if !ok || f.Ident != "index" || len(command.Args) != 3 {
		return nil
	}
	if key, ok := command.Args[2].(*parse.StringNode); ok && r.knows(key.Text) {
		return []string{key.Text}
	}
	return nil
}

func (r nameReader) argument(names nameSet, n parse.Node, dot nameSet) {
	switch n := n.(type) {
	case *parse.PipeNode:
		names.add(r.pipe(n, dot).sorted()...)
	case *parse.ChainNode:
		r.argument(names, n.Node, dot)
		r.field(names, n.Field[0])
	case *parse.FieldNode:
		r.field(names, n.Ident[0])
		names.add(dot.sorted()...)
	case *parse.DotNode:
		if dot == nil {
			r.everything(names)
		}
		names.add(dot.sorted()...)
	case *parse.VariableNode:
		names.add(r.variables[n.Ident[0]].sorted()...)
		if len(n.Ident) > 1 {
			r.field(names, n.Ident[1])
		} else if n.Ident[0] == "$" {
			r.everything(names)
		}
	}
}

func (r nameReader) field(names nameSet, name string) {
	if r.knows(name) {
		names.add(name)
	}
}

func (r nameReader) knows(name string) bool {
	_, value := r.values[name]
	return value || slices.ContainsFunc(r.questions, func(q pack.Question) bool { return q.Name == name })
}

func (r nameReader) everything(names nameSet) {
	for _, q := range r.questions {
		names.add(q.Name)
	}
	for name := range r.values {
		names.add(name)
	}
}
