package templates

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/template/parse"

	"scaffold/generator/pack"
)

// quoters are the functions that write free text as a value of a language.
var quoters = []string{"goString", "jsonString", "yamlString", "shWord", "nginxString", "systemdValue", "markdownText", "regexpText"}

// A templateText is one of a pack: a file, a destination, a condition.
type templateText struct {
	name string
	tree *parse.Tree
}

func loadWeb(t *testing.T) (pack.Pack, []templateText) {
	t.Helper()
	web, err := fs.Sub(FS, "web")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(web, "web", pack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var sources []templateText
	add := func(name, text string, delims [2]string) {
		tree := parse.New(name)
		tree.Mode = parse.SkipFuncCheck
		if _, err := tree.Parse(text, delims[0], delims[1], make(map[string]*parse.Tree)); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, templateText{name, tree})
	}
	for f := range p.Files.All() {
		target := p.Target(f.Path)
		add(f.Path+": to", target.To, [2]string{})
		for _, when := range target.Whens {
			add(f.Path+": when", when, [2]string{})
		}
		if strings.HasSuffix(f.Path, pack.TemplateSuffix) {
			add(f.Path, string(f.Data), target.Delims)
		}
	}
	add("next", p.Next, [2]string{})
	return p, sources
}

// walk calls visit for every node below n, with the function that takes it as
// its argument, or "".
func walk(n parse.Node, taker string, visit func(n parse.Node, taker string)) {
	visit(n, taker)
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			walk(child, "", visit)
		}
	case *parse.ActionNode:
		walk(n.Pipe, "", visit)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.PipeNode:
		for i, command := range n.Cmds {
			piped := ""
			if i+1 < len(n.Cmds) {
				piped = functionOf(n.Cmds[i+1])
			}
			if function := functionOf(command); function != "" {
				piped = function
			}
			for _, arg := range command.Args {
				walk(arg, piped, visit)
			}
		}
	}
}

func walkBranch(b *parse.BranchNode, visit func(parse.Node, string)) {
	walk(b.Pipe, "if", visit)
	walk(b.List, "", visit)
	walk(b.ElseList, "", visit)
}

func functionOf(c *parse.CommandNode) string {
	if f, ok := c.Args[0].(*parse.IdentifierNode); ok {
		return f.Ident
	}
	return ""
}

// An answer that may be any text reaches a file only through the quoter of that
// file's language: text/template knows nothing of the language it writes.
func TestFreeTextIsQuoted(t *testing.T) {
	p, sources := loadWeb(t)
	found := 0
	for _, s := range sources {
		walk(s.tree.Root, "", func(n parse.Node, taker string) {
			field, ok := n.(*parse.FieldNode)
			if !ok || !free(p, field.Ident[0]) {
				return
			}
			found++
			if !slices.Contains(quoters, taker) {
				at, _ := s.tree.ErrorContext(n)
				t.Errorf("%s: .%s is free text, and no quoter takes it", at, field.Ident[0])
			}
		})
	}
	if found == 0 {
		t.Error("no free text found: this test looks in the wrong place")
	}
}

func free(p pack.Pack, name string) bool {
	q, _ := p.Question(name)
	return (q.Type == pack.String || q.Type == pack.Text) && q.Format == "" && q.Match == nil
}

func TestEveryQuestionIsUsed(t *testing.T) {
	p, sources := loadWeb(t)
	used := make(map[string]bool)
	for _, s := range sources {
		walk(s.tree.Root, "", func(n parse.Node, _ string) {
			if field, ok := n.(*parse.FieldNode); ok {
				used[field.Ident[0]] = true
			}
		})
	}
	for _, q := range p.Questions {
		if !used[q.Name] {
			t.Errorf("question %s: no template uses its answer; there are %v", q.Name, slices.Sorted(maps.Keys(used)))
		}
	}
}

// A template reads like the file it makes: few control actions, hardly nested.
func TestTemplatesReadLikeTheirOutput(t *testing.T) {
	p, sources := loadWeb(t)
	for _, s := range sources {
		if depth := nesting(s.tree.Root); depth > 2 {
			t.Errorf("%s: ifs are nested %d deep, more than 2", s.name, depth)
		}
	}
	lines, actions := 0, 0
	for f := range p.Files.All() {
		if !strings.HasSuffix(f.Path, pack.TemplateSuffix) {
			continue
		}
		for line := range strings.Lines(string(f.Data)) {
			lines++
			if strings.HasPrefix(strings.TrimSpace(line), "{{") {
				actions++
			}
		}
	}
	if actions*100 > lines*15 {
		t.Errorf("%d of %d lines are actions, more than 15 %%", actions, lines)
	}
}

// elseIf reports whether a list is all of an {{ else if }}, which reads as one
// level with its if.
func elseIf(list *parse.ListNode) bool {
	if len(list.Nodes) != 1 {
		return false
	}
	_, ok := list.Nodes[0].(*parse.IfNode)
	return ok
}

func nesting(n parse.Node) int {
	deepest := 0
	below := func(lists ...*parse.ListNode) {
		for _, list := range lists {
			if list != nil && !elseIf(list) {
				deepest = max(deepest, 1+nesting(list))
			} else if list != nil {
				deepest = max(deepest, nesting(list))
			}
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			deepest = max(deepest, nesting(child))
		}
	case *parse.IfNode:
		below(n.List, n.ElseList)
	case *parse.WithNode:
		below(n.List, n.ElseList)
	case *parse.RangeNode:
		below(n.List, n.ElseList)
	}
	return deepest
}
