package merge

import (
	"go/format"
	"slices"
	"strings"
)

// A tree is a block of a file: lines, and the blocks below it. Its number says which block it
// is, whatever it says.
type tree struct {
	id     int
	gap    int      // blank lines around it
	head   []string // comments, and a line; none of a whole file
	indent string   // of what stands below it
	kids   []*tree
	tail   string // a bracket
	bullet bool   // it is an item of YAML, which has no line of its own
}

// read reads a file as blocks.
func (k *kind) read(text string) *tree {
	root := &tree{}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	start := len(lines)
	if k.section == nil {
		root.kids = k.readBlocks(lines)
		return root
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if k.section.MatchString(lines[i]) {
			rest := lines[i+1 : start]
			gap := 0
			for i > 0 && lines[i-1] == "" && gap < i {
				gap, i = gap+1, i-1
			}
			for len(rest) > 0 && rest[len(rest)-1] == "" {
				rest = rest[:len(rest)-1]
			}
			s := &tree{gap: min(gap, 1), head: []string{lines[i+gap]}, kids: k.readBlocks(rest)}
			root.kids = append([]*tree{s}, root.kids...)
			start = i
		}
	}
	root.kids = append(k.readBlocks(lines[:start]), root.kids...)
	for _, s := range root.kids {
		if len(root.kids) > 1 && s == root.kids[0] {
			s.gap = root.kids[1].gap
		}
	}
	return root
}

// readBlocks reads lines of which the first has no indentation.
func (k *kind) readBlocks(lines []string) (all []*tree) {
	blank := 0
	var head []string
	for i := 0; i < len(lines); {
		l := lines[i]
		switch {
		case strings.TrimSpace(l) == "":
			blank, i = blank+1, i+1
			continue
		case k.comment != "" && strings.HasPrefix(l, k.comment):
			head, i = append(head, l), i+1
			continue
		}
		end := i + 1
		for end < len(lines) && (strings.TrimSpace(lines[end]) == "" || lines[end][0] == ' ' || lines[end][0] == '\t') {
			end++
		}
		tail := ""
		next := end
		if end < len(lines) && strings.ContainsAny(lines[end][:1], "}])") {
			tail, next = k.trim(lines[end]), end+1
		}
		for end > i+1 && strings.TrimSpace(lines[end-1]) == "" {
			end--
			if tail == "" {
				next = end
			}
		}
		b := &tree{gap: blank, tail: tail}
		if item, ok := strings.CutPrefix(l, "- "); ok && yamlKeys.MatchString(item) && k.section != headings && k.keys == yamlKeys {
			b.bullet, b.head, b.indent = true, head, "  "
			b.kids = k.readBlocks(append([]string{item}, dedent(lines[i+1:end], "  ")...))
		} else {
			b.head = append(head, k.trim(l))
			if end > i+1 {
				first := lines[i+1]
				for j := i + 1; strings.TrimSpace(first) == ""; j++ {
					first = lines[j]
				}
				b.indent = first[:len(first)-len(strings.TrimLeft(first, " \t"))]
				b.kids = k.readBlocks(dedent(lines[i+1:end], b.indent))
			}
		}
		all, head, blank, i = append(all, b), nil, 0, next
	}
	if len(head) > 0 {
		all = append(all, &tree{head: head})
	}
	setGaps(all)
	return all
}

func (k *kind) trim(line string) string {
	if k.commas {
		return strings.TrimSuffix(line, ",")
	}
	return line
}

// setGaps has a block have as many blank lines as there are on both sides of it.
func setGaps(all []*tree) {
	before := make([]int, len(all)+1)
	for i, b := range all {
		before[i] = min(b.gap, 1)
	}
	for i, b := range all {
		switch {
		case len(all) == 1:
			b.gap = 0
		case i == 0:
			b.gap = before[1]
		case i == len(all)-1:
			b.gap = before[i]
		default:
			b.gap = min(before[i], before[i+1])
		}
	}
}

func dedent(lines []string, indent string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimPrefix(l, indent)
		if out[i] == l {
			out[i] = strings.TrimLeft(l, " \t")
		}
	}
	return out
}

// write is the file again.
func (k *kind) write(root *tree) string {
	text := strings.Join(k.lines(root), "\n") + "\n"
	if k.code == "go" {
		if out, err := format.Source([]byte(text)); err == nil {
			return string(out)
		}
	}
	return text
}

func (k *kind) lines(b *tree) []string {
	out := slices.Clone(b.head)
	n := len(out)
	for i, c := range b.kids {
		lines := k.lines(c)
		if i > 0 {
			for range max(c.gap, b.kids[i-1].gap) {
				out = append(out, "")
			}
		}
		if k.commas && i < len(b.kids)-1 {
			lines[len(lines)-1] += ","
		}
		for _, l := range lines {
			if l != "" {
				l = b.indent + l
			}
			out = append(out, l)
		}
	}
	if b.bullet && len(out) > n {
		out[n] = "- " + out[n][2:]
	}
	if b.tail != "" {
		out = append(out, b.tail)
	}
	return out
}

// name is the name of a block, which stands once in a list; empty if it has none.
func (k *kind) name(b *tree) string {
	if b.bullet {
		for _, c := range b.kids {
			for _, by := range []string{"name: ", "id: ", "alert: "} {
				if l := last(c.head); strings.HasPrefix(l, by) {
					return l
				}
			}
		}
		return ""
	}
	_, start, end := k.nameAt(last(b.head))
	return last(b.head)[start:end]
}

// nameAt says where the name is in a line.
func (k *kind) nameAt(line string) (ok bool, start, end int) {
	at := k.keys.FindStringSubmatchIndex(line)
	for i := 2; i+1 < len(at); i += 2 {
		if at[i] >= 0 {
			return true, at[i], at[i+1]
		}
	}
	return false, 0, 0
}

func last(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}

func (b *tree) clone() *tree {
	c := *b
	c.kids = make([]*tree, len(b.kids))
	for i, kid := range b.kids {
		c.kids[i] = kid.clone()
	}
	return &c
}

// number gives each block a number of its own.
func (b *tree) number(next *int) {
	b.id = *next
	*next++
	for _, c := range b.kids {
		c.number(next)
	}
}

// find returns a block, what it stands in, and where.
func (b *tree) find(id int) (found, in *tree, at int) {
	if b.id == id {
		return b, nil, 0
	}
	for i, c := range b.kids {
		if c.id == id {
			return c, b, i
		}
		if found, in, at := c.find(id); found != nil {
			return found, in, at
		}
	}
	return nil, nil, 0
}

// walk visits a block and all below it, each with what it stands in.
func (b *tree) walk(visit func(b, in *tree)) {
	var below func(b, in *tree)
	below = func(b, in *tree) {
		visit(b, in)
		for _, c := range b.kids {
			below(c, b)
		}
	}
	below(b, nil)
}

// imports are the lines that import what a line of code uses.
var imports = map[string][]string{
	"go":     {`"encoding/json"`, `"fmt"`, `"os"`, `"sort"`, `"strings"`, `"time"`},
	"python": {"import hashlib", "import json", "import os", "import re", "import time"},
}

// setImports has code import what it uses.
func (k *kind) setImports(root *tree) {
	if k.code == "" {
		return
	}
	root.kids = slices.DeleteFunc(root.kids, func(b *tree) bool { return strings.HasPrefix(last(b.head), "import") })
	text := strings.Join(k.lines(root), "\n")
	var used []*tree
	for _, l := range importsIn(k, text) {
		used = append(used, &tree{id: 900_000 + slices.Index(imports[k.code], l), head: []string{l}})
	}
	switch {
	case len(used) == 0:
	case k.code == "go":
		root.kids = slices.Insert(root.kids, 1, &tree{id: 900_100, gap: 1, head: []string{"import ("}, indent: "\t", kids: used, tail: ")"})
	default:
		root.kids = append(used, root.kids...)
	}
}

// importsIn returns the imports that code uses.
func importsIn(k *kind, text string) (used []string) {
	for _, l := range imports[k.code] {
		word := strings.Trim(l[strings.LastIndexAny(l, " /")+1:], `"`)
		if strings.Contains(text, word+".") {
			used = append(used, l)
		}
	}
	return used
}

// isFixed says that no edit is about a block.
func isFixed(b *tree) bool {
	return b.id >= 900_000 && b.id < 901_000 || strings.HasPrefix(last(b.head), "package ")
}

// canonical is what a file says: no blank lines, no layout, and if sorted no order of what
// has a name.
func (k *kind) canonical(text string, sorted bool) string {
	root := k.read(text)
	if sorted {
		root.walk(func(b, _ *tree) {
			slices.SortStableFunc(b.kids, func(x, y *tree) int { return strings.Compare(k.name(x), k.name(y)) })
		})
	}
	var out strings.Builder
	for _, l := range k.lines(root) {
		if words := strings.Fields(l); len(words) > 0 {
			out.WriteString(l[:len(l)-len(strings.TrimLeft(l, " \t"))] + strings.Join(words, " ") + "\n")
		}
	}
	return out.String()
}
