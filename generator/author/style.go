package author

import (
	"regexp"
	"strings"
	"text/template/parse"
)

// What a template may have and still read like the file that it makes.
const (
	maxActions = 15 // lines in a hundred that begin with an action
	fewActions = 4  // are never too many
	maxNesting = 2
)

// findStyle hints at templates that do not read like their output. How many actions
// they have is looked at where all templates together have too many.
func (l *linter) findStyle() {
	lines, actions := 0, 0
	for _, t := range l.texts {
		if depth, at := nesting(t.tree.Root); depth > maxNesting {
			l.hint(t.place(at), ruleStyle, "branches are nested %d deep, more than %d: two files, or another question, read better", depth, maxNesting)
		}
		if t.kind == body {
			l.findIndented(t)
			lines, actions = lines+len(t.rows), actions+l.countActions(t)
		}
	}
	for _, t := range l.texts {
		if n := l.countActions(t); tooMany(actions, lines) && t.kind == body && tooMany(n, len(t.rows)) {
			l.hint(t.at, ruleStyle, "%d of %d lines are actions, more than %d %%: variants that differ much are two files", n, len(t.rows), maxActions)
		}
	}
}

func tooMany(actions, lines int) bool { return actions > fewActions && actions*100 > lines*maxActions }

// delims returns what a file of the pack has for {{ and }}.
func (l *linter) delims(t text) (left, right string) {
	if d := l.pack.Target(t.file).Delims; t.kind == body && d[0] != "" {
		return d[0], d[1]
	}
	return "{{", "}}"
}

func (l *linter) countActions(t text) int {
	left, _ := l.delims(t)
	n := 0
	for _, line := range t.rows {
		if strings.HasPrefix(strings.TrimSpace(line), left) {
			n++
		}
	}
	return n
}

// findIndented hints at the first action that writes nothing, stands alone in its line,
// and not at its beginning.
func (l *linter) findIndented(t text) {
	left, right := l.delims(t)
	control := regexp.MustCompile(`^[ \t]+` + regexp.QuoteMeta(left) + `-? *(?:if|else|end|with|range)\b`)
	for i, line := range t.rows {
		alone := strings.TrimSpace(line)
		if control.MatchString(line) && strings.Index(alone, right) == len(alone)-len(right) {
			column := strings.Index(line, left) + 1
			l.hint(Place{t.at.Path, i + 1, column}, ruleStyle, "an action that writes nothing is indented: at the beginning of its line it is not taken for the file's text")
			return
		}
	}
}

// nesting returns how deep branches stand in each other, and the first that is
// deepest. An else-if is one level with its if.
func nesting(n parse.Node) (int, parse.Node) {
	deepest, at := 0, parse.Node(nil)
	take := func(depth int, where parse.Node) {
		if depth > deepest {
			deepest, at = depth, where
		}
	}
	below := func(b *parse.BranchNode, here parse.Node) {
		for _, list := range []*parse.ListNode{b.List, b.ElseList} {
			if list == nil {
				continue
			}
			depth, where := nesting(list)
			if list == b.List || !elseIf(list) {
				depth++
			}
			if where == nil {
				where = here
			}
			take(depth, where)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			take(nesting(child))
		}
	case *parse.IfNode:
		below(&n.BranchNode, n)
	case *parse.WithNode:
		below(&n.BranchNode, n)
	case *parse.RangeNode:
		below(&n.BranchNode, n)
	}
	return deepest, at
}

// elseIf reports whether a list is all of an {{ else if }}.
func elseIf(list *parse.ListNode) bool {
	if len(list.Nodes) != 1 {
		return false
	}
	_, ok := list.Nodes[0].(*parse.IfNode)
	return ok
}
