package author

import (
	"cmp"
	"strings"
	"text/template/parse"

	"scaffold/generator/pack"
	"scaffold/generator/render"
)

// A text is one template of a pack: a file, or a text of its manifest.
type text struct {
	name string // what it is called in messages of package render
	at   Place  // of its first byte
	tree *parse.Tree
	kind textKind
	to   string // of a file or a destination: where it goes, as a template
	file string // of a file: its path below files/

	source string
	rows   []string // its lines
}

type textKind int

const (
	condition   textKind = iota // decides, and writes nothing
	destination                 // a path
	body                        // a file
	closing                     // what is printed after new
	proposal                    // a default, which is an answer again
	computed                    // a value, whose name is in to
)

// A Place is a file of the pack, and where in it, from 1; 0 for the whole file.
type Place struct {
	Path         string
	Line, Column int
}

// maxTreeActions caps the templates that are read, because their trees take some hundred
// bytes for each action.
const maxTreeActions = 200_000

// readTexts parses the templates of p. Some are left out: of those that are wrong package
// render says what that is, and the others are too many.
func readTexts(p pack.Pack, display string) (texts []text, wrong, many bool) {
	seen := make(map[string]bool) // of the manifest: a folder's condition comes with every file
	actions := 0
	add := func(t text, source string, delims [2]string) {
		if source == "" || t.kind != body && seen[t.name] {
			return
		}
		seen[t.name] = true
		actions += strings.Count(source, cmp.Or(delims[0], "{{"))
		if many = many || actions > maxTreeActions; many {
			return
		}
		tree, err := render.ParseTree(t.name, source, delims)
		if err != nil {
			wrong = true
			return
		}
		t.tree, t.source, t.rows = tree, source, strings.Split(source, "\n")
		texts = append(texts, t)
	}
	ofManifest := func(source, what string, kind textKind, to string) {
		at := p.At(display, source)
		where, _ := placeOf(display, at)
		add(text{name: at + ": " + what, at: where, kind: kind, to: to}, source, [2]string{})
	}
	for f := range p.Files.All() {
		target := p.Target(f.Path)
		path := p.FileAt(display, f)
		switch {
		case target.Rule != "":
			ofManifest(target.Rule, "to", destination, target.To)
		case strings.Contains(target.To, "{{"):
			add(text{name: path + ": destination", at: Place{Path: path}, kind: destination, to: target.To}, target.To, [2]string{})
		}
		for _, when := range target.Whens {
			ofManifest(when, "when", condition, "")
		}
		if strings.HasSuffix(f.Path, pack.TemplateSuffix) {
			add(text{name: path, at: Place{Path: path}, kind: body, to: target.To, file: f.Path}, string(f.Data), target.Delims)
		}
	}
	for _, q := range p.Questions {
		ofManifest(q.When, "when", condition, "")
		if d, ok := q.Default.(string); ok {
			ofManifest(d, "default", proposal, "")
		}
	}
	for _, v := range p.Values {
		ofManifest(v.Text, "value "+v.Name, computed, v.Name)
	}
	for _, r := range p.Refuse {
		ofManifest(r.When, "refuse", condition, "")
	}
	ofManifest(p.Next, "next", closing, "")
	return texts, wrong, many
}

// place returns where a node stands: in a file by line and column, in a text of the
// manifest where that begins, because YAML may write it in many ways.
func (t text) place(n parse.Node) Place {
	if t.kind != body {
		return t.at
	}
	before := t.source[:int(n.Position())]
	return Place{t.at.Path, 1 + strings.Count(before, "\n"), len(before) - strings.LastIndex(before, "\n")}
}

// walk calls visit for every node below n.
func walk(n parse.Node, visit func(parse.Node)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			walk(child, visit)
		}
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			for _, arg := range command.Args {
				walk(arg, visit)
			}
		}
	case *parse.ChainNode:
		walk(n.Node, visit)
	}
	visit(n)
}

func walkBranch(b *parse.BranchNode, visit func(parse.Node)) {
	walk(b.Pipe, visit)
	walk(b.List, visit)
	walk(b.ElseList, visit)
}

// names calls visit with each name that a template takes from the answers.
func (t text) names(visit func(n parse.Node, name string)) {
	walk(t.tree.Root, func(n parse.Node) {
		switch n := n.(type) {
		case *parse.FieldNode:
			visit(n, n.Ident[0])
		case *parse.VariableNode:
			if len(n.Ident) > 1 { // of a variable that is all answers, since nothing else has fields
				visit(n, n.Ident[1])
			}
		case *parse.ChainNode:
			visit(n, n.Field[0])
		case *parse.PipeNode:
			for _, command := range n.Cmds {
				if name, ok := indexed(command); ok {
					visit(command, name)
				}
			}
		}
	})
}

// indexed returns the name in {{ index . "name" }}.
func indexed(c *parse.CommandNode) (string, bool) {
	if functionOf(c) != "index" || len(c.Args) < 3 || !isRoot(c.Args[1]) {
		return "", false
	}
	key, ok := c.Args[2].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return key.Text, true
}

func isRoot(n parse.Node) bool {
	v, isVariable := n.(*parse.VariableNode)
	_, isDot := n.(*parse.DotNode)
	return isDot || isVariable && len(v.Ident) == 1 && v.Ident[0] == "$"
}

func functionOf(c *parse.CommandNode) string {
	if f, ok := c.Args[0].(*parse.IdentifierNode); ok {
		return f.Ident
	}
	return ""
}
