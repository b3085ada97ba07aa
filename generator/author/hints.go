package author

import (
	"regexp"
	"slices"
	"strings"
	"text/template/parse"

	"golang.org/x/mod/semver"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
)

// findSlips hints at what is valid and cannot be meant.
func (l *linter) findSlips() {
	for _, t := range l.texts {
		walk(t.tree.Root, func(n parse.Node) {
			switch n := n.(type) {
			case *parse.PipeNode:
				l.findNoChoice(t, n)
			case *parse.ActionNode:
				l.findQuotedTwice(t, n)
			}
		})
	}
	for _, n := range l.pack.Notes {
		l.findToCome("notes", n.Version)
	}
	for _, m := range l.pack.Moved {
		l.findToCome("since", m.Since)
	}
	for _, q := range l.pack.Questions {
		if action := "{{ ." + q.Name + " }}"; strings.Contains(l.pack.Verify, action) {
			l.hint(l.asked["verify:"], ruleUnused, "verify has %s, and is no template: the command gets that as it stands", action)
		}
	}
}

// findToCome looks for a version that is not there yet: whoever gets the pack as it is
// never passes it.
func (l *linter) findToCome(key, version string) {
	if is := l.pack.Version; is != pack.NoVersion && semver.Compare("v"+version, "v"+is) > 0 {
		l.hint(l.asked[key+" "+version], ruleUnused, "%s %s is later than the pack's version, %s", key, version, is)
	}
}

// findNoChoice looks for comparisons of a choice with a word that is none of them.
func (l *linter) findNoChoice(t text, p *parse.PipeNode) {
	var piped []parse.Node
	for _, c := range p.Cmds {
		args := slices.Concat(c.Args, piped)
		piped = c.Args
		if !slices.Contains([]string{"eq", "ne", "has"}, functionOf(c)) {
			continue
		}
		choices := l.choicesAmong(args)
		for _, arg := range args {
			word, ok := arg.(*parse.StringNode)
			if !ok || choices == nil || word.Text == "" || slices.Contains(choices, word.Text) { // "" is of a question that does not apply
				continue
			}
			l.hint(t.place(word), ruleUnknown, "%s is none of %s, which it is compared with%s", word, strings.Join(choices, ", "), problem.DidYouMean(word.Text, choices))
		}
	}
}

// choicesAmong returns what may be chosen where one of the nodes is an answer of a
// choice.
func (l *linter) choicesAmong(nodes []parse.Node) []string {
	for _, n := range nodes {
		name := ""
		switch n := n.(type) {
		case *parse.FieldNode:
			name = n.Ident[0]
		case *parse.VariableNode:
			if len(n.Ident) > 1 {
				name = n.Ident[1]
			}
		}
		if q, ok := l.pack.Question(name); ok && len(q.Choices) > 0 {
			return q.Choices
		}
	}
	return nil
}

// enclosing are the quoters whose values have quotes around them.
var enclosing = []string{"goString", "jsonString", "pythonString", "yamlString", "shWord", "nginxString"}

// findQuotedTwice looks for a value in quotes between quotes of the template's own, in
// which it would end the string that it should be in: such a line has an odd number of
// them on either side.
func (l *linter) findQuotedTwice(t text, n *parse.ActionNode) {
	quoter := functionOf(n.Pipe.Cmds[len(n.Pipe.Cmds)-1])
	left, right := l.delims(t)
	before, after := t.source[:int(n.Pipe.Pos)], t.source[int(n.Pipe.Pos):]
	start := strings.LastIndex(before, left)
	_, after, found := strings.Cut(after, right)
	if t.kind != body || !slices.Contains(enclosing, quoter) || len(n.Pipe.Decl) > 0 || start < 0 || !found {
		return
	}
	before = before[strings.LastIndex(before[:start], "\n")+1 : start]
	after, _, _ = strings.Cut(after, "\n")
	for _, quote := range []string{`"`, `'`} {
		if strings.Count(before, quote)%2 == 1 && strings.Count(after, quote)%2 == 1 {
			l.hint(t.place(n.Pipe), ruleUnquoted, "%s writes quotes itself, and stands between %s: leave those out", quoter, quote)
			return
		}
	}
}

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
