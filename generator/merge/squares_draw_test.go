package merge

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// A drawer draws squares of a kind.
type drawer struct {
	*rand.Rand
	k    *kind
	root *tree // the base
	next int   // the number of the next block
}

// drawSquare draws the i-th square, which is always the same.
func drawSquare(i uint64) (s square, ok bool) {
	d := drawer{Rand: rand.New(rand.NewPCG(0, i)), k: &kinds[i%uint64(len(kinds))]}
	return d.draw()
}

// draw makes a base and two edits of it, most of them near one block, because edits far apart
// merge anyhow. It declines where an edit is none, or not sound.
func (d *drawer) draw() (s square, ok bool) {
	d.root = d.k.read(d.k.text)
	d.k.setImports(d.root)
	d.next = 1
	d.root.number(&d.next)
	var ids []int
	d.root.walk(func(b, in *tree) {
		if in != nil && len(in.kids) > 2 && !isFixed(b) && d.IntN(12) == 0 {
			in.kids = slices.DeleteFunc(slices.Clone(in.kids), func(c *tree) bool { return c == b })
		}
	})
	d.k.setImports(d.root)
	d.root.walk(func(b, in *tree) {
		if len(b.kids) > 0 && in != nil {
			ids = append(ids, b.id)
		}
	})
	near := 1
	if p := d.IntN(6); len(ids) > 0 && (p > 1 && d.k.code == "" || p > 3) {
		near = ids[d.IntN(len(ids))]
	}
	s = square{k: d.k, base: d.root, ours: d.edit(near, "x"), theirs: d.edit(near, "y")}
	if d.k.code != "" && d.IntN(8) == 0 {
		s.ours, s.theirs = d.uses()
		if d.IntN(2) == 0 {
			s.ours, s.theirs = s.theirs, s.ours
		}
	}
	if len(s.ours) > 0 && d.IntN(8) == 0 {
		s.theirs = append(s.theirs, d.alike(s.ours[d.IntN(len(s.ours))]))
	}
	return s, len(s.ours) > 0 && len(s.theirs) > 0 && s.isSound()
}

// edit draws what one side does, most of it near a block.
func (d *drawer) edit(near int, who string) (ops []operation) {
	for range 1 + d.IntN(5)/3 {
		var all, close []*tree
		parent := map[*tree]*tree{}
		if n, _, _ := d.root.find(near); n != nil {
			n.walk(func(b, _ *tree) { close = append(close, b) })
		}
		d.root.walk(func(b, in *tree) {
			parent[b] = in
			if in != nil && !isFixed(b) {
				all = append(all, b)
			}
		})
		from := all
		if d.IntN(3) > 0 {
			close = slices.DeleteFunc(close, func(b *tree) bool { return isFixed(b) || parent[b] == nil })
			if len(close) > 0 {
				from = close
			}
		}
		b := from[d.IntN(len(from))]
		if len(b.kids) > 0 && parent[b] == d.root && d.k.section == nil && (d.k.commas || d.k.keys == yamlKeys) {
			continue // nobody copies or renames these
		}
		if d.k.section != nil && parent[b] == d.root && !d.k.section.MatchString(last(b.head)) {
			continue // it is what the file begins with
		}
		ops = append(ops, d.operations(b, parent[b], who)...)
	}
	return ops
}

// operations draws what a side does to a block, which may be nothing.
func (d *drawer) operations(b, in *tree, who string) []operation {
	fixed := fixedIn(in)
	place := func() int { return fixed + d.IntN(len(in.kids)-fixed+1) }
	at := slices.Index(in.kids, b)
	switch n := d.IntN(16); {
	case n < 3 && len(b.kids) == 0:
		return []operation{{what: "set", id: b.id, line: d.vary(last(b.head), who), how: "set"}}
	case n < 3 && d.isNamed(b) && !b.bullet:
		return []operation{{what: "set", id: b.id, line: d.rename(last(b.head), who), how: "rename"}}
	case n < 6 && len(in.kids) > 1:
		return []operation{{what: "delete", id: b.id, how: "delete"}}
	case n < 10 && !d.isOwn(b, in):
		where := at + 1
		if d.IntN(2) == 0 {
			where = place()
		}
		return []operation{operation{what: "add", block: d.fresh(b, who), how: "add"}.placed(in, where)}
	case n < 13 && len(in.kids) > 1:
		o := operation{what: "move", id: b.id, how: "move"}
		if where := place(); where != at && where != at+1 {
			return []operation{o.placed(in, where)}
		}
	case n == 13 && len(in.kids) > 1 && !d.isOwn(b, in):
		return []operation{{what: "delete", id: b.id, how: "replace"}, operation{what: "add", id: b.id, block: d.fresh(b, who), how: "replace"}.placed(in, at+1)}
	case n > 13 && d.k.extra != "" && in == d.root:
		return []operation{operation{what: "add", block: d.extra(), how: "use"}.placed(in, place())}
	}
	return nil
}

// extra is a block that a side may add at the top.
func (d *drawer) extra() *tree {
	all := d.k.readBlocks(strings.Split(d.k.extra, "\n"))
	b := all[d.IntN(len(all))]
	b.gap = 1
	b.number(&d.next)
	return b
}

// uses has one side take out all that uses an import, and the other add what uses it.
func (d *drawer) uses() (ours, theirs []operation) {
	e := d.extra()
	uses := func(b *tree) []string {
		return importsIn(d.k, strings.Join(d.k.lines(b), "\n"))
	}
	var last int
	for i, b := range d.root.kids {
		if !isFixed(b) && slices.Equal(uses(b), uses(e)) {
			ours = append(ours, operation{what: "delete", id: b.id, how: "delete use"})
			last = i
		}
	}
	at := fixedIn(d.root) + d.IntN(len(d.root.kids)-fixedIn(d.root)+1)
	if d.IntN(2) == 0 {
		at = len(d.root.kids)
	}
	if at == last || at == last+1 {
		at = fixedIn(d.root)
	}
	return ours, []operation{operation{what: "add", block: e, how: "use"}.placed(d.root, at)}
}

// alike is the operation of the other side, or that at another place.
func (d *drawer) alike(o operation) operation {
	to, _, _ := d.root.find(o.in)
	if (o.what == "add" || o.what == "move") && to != nil && d.IntN(2) == 0 {
		fixed := fixedIn(to)
		o = o.placed(to, fixed+d.IntN(len(to.kids)-fixed+1))
	}
	o.how = "same " + o.how
	return o
}

// fixedIn counts the blocks before which nothing is put.
func fixedIn(in *tree) (n int) {
	for n < len(in.kids) && isFixed(in.kids[n]) {
		n++
	}
	return n
}

// isOwn says that a block with a name has its place in one without, and nobody copies it there.
func (d *drawer) isOwn(b, in *tree) bool {
	isSection := d.k.section != nil && d.k.section.MatchString(last(in.head))
	return len(b.kids) > 0 && d.isNamed(b) && !b.bullet && (in.bullet || len(in.head) > 0 && !d.isNamed(in) && !isSection)
}

// fresh is a block like another, with another name, or else another value.
func (d *drawer) fresh(like *tree, who string) *tree {
	b := like.clone()
	b.number(&d.next)
	var leaves []*tree
	b.walk(func(c, _ *tree) {
		if len(c.kids) == 0 {
			leaves = append(leaves, c)
		}
	})
	set := func(c *tree, line string) {
		c.head = []string{line}
	}
	b.head = slices.Clone(b.head[max(0, len(b.head)-1):]) // a comment stays where it was
	ok, _, _ := d.k.nameAt(last(b.head))
	if ok {
		set(b, d.rename(last(b.head), who))
	} else {
		c := leaves[0]
		if d.IntN(4) == 0 {
			c = leaves[d.IntN(len(leaves))]
		}
		set(c, d.vary(last(c.head), who))
	}
	if len(leaves) > 1 && d.IntN(2) == 0 {
		c := leaves[d.IntN(len(leaves))]
		if c != b {
			set(c, d.vary(last(c.head), who))
		}
	}
	return b
}

// rename gives the name of a line an end that the other side does not choose.
func (d *drawer) rename(line, who string) string {
	_, _, end := d.k.nameAt(line)
	if strings.HasSuffix(line[:end], `"`) {
		end--
	}
	return line[:end] + who + strconv.Itoa(1+d.IntN(3)) + line[end:]
}

// vary gives the last word of a line, but for its name, another value, which the other side
// does not choose.
func (d *drawer) vary(line, who string) string {
	_, _, from := d.k.nameAt(line)
	isWord := func(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }
	end := len(line)
	for end > from && !isWord(line[end-1]) {
		end--
	}
	start := end
	for start > from && isWord(line[start-1]) {
		start--
	}
	word := line[start:end]
	side := 0
	if who == "y" {
		side = 1
	}
	switch {
	case word == "":
		return line
	case word == "true":
		word = "false"
	case word == "false":
		word = "true"
	case word[len(word)-1] >= '0' && word[len(word)-1] <= '9':
		digit := int(word[len(word)-1]-'0') + 1 + 4*side + d.IntN(4)
		word = word[:len(word)-1] + strconv.Itoa(digit%10)
	default:
		word += []string{"A", "B", "C", "D"}[2*side+d.IntN(2)]
	}
	return line[:start] + word + line[end:]
}

func (d *drawer) isNamed(b *tree) bool { return d.k.name(b) != "" }
