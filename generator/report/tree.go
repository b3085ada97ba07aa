package report

import (
	"io"
	"slices"
	"strings"

	"scaffold/generator/plan"
)

// collapse is how many entries a folder may have before only their number is
// shown: a tree is to be looked at, not scrolled through.
const collapse = 16

// A node is a folder of the tree, or a file if it has no children.
type node struct {
	name     string
	children []*node
	files    int
}

// Tree draws what a plan writes, as a tree below name.
func Tree(w io.Writer, name string, p plan.Plan, s Style) {
	root := &node{name: name}
	for _, step := range slices.Concat(p.Steps, p.State) {
		if step.After != nil {
			root.add(strings.Split(step.To, "/"))
		}
	}
	writeLine(w, "%s", s.paint("1", root.name+"/"))
	root.draw(w, "", s)
}

func (n *node) add(elements []string) {
	n.files++
	if len(elements) == 0 {
		return
	}
	i := slices.IndexFunc(n.children, func(c *node) bool { return c.name == elements[0] })
	if i < 0 {
		i = len(n.children)
		n.children = append(n.children, &node{name: elements[0]})
	}
	n.children[i].add(elements[1:])
}

func (n *node) draw(w io.Writer, indent string, s Style) {
	slices.SortFunc(n.children, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	for i, c := range n.children {
		branch, below := "├── ", "│   "
		if i == len(n.children)-1 {
			branch, below = "└── ", "    "
		}
		switch {
		case len(c.children) == 0:
			writeLine(w, "%s%s", indent+branch, c.name)
		case len(c.children) > collapse || strings.HasPrefix(c.name, ".") && indent == "":
			writeLine(w, "%s%s%s", indent+branch, s.paint("1", c.name+"/"), s.paint("2", "  "+count(c.files, "file")))
		default:
			writeLine(w, "%s%s", indent+branch, s.paint("1", c.name+"/"))
			c.draw(w, indent+below, s)
		}
	}
}
