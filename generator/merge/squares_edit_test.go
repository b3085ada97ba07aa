package merge

import (
	"slices"
	"strings"
)

// A square is a base, and what two sides do to it.
type square struct {
	k            *kind
	base         *tree
	ours, theirs []operation
}

// An operation is what one side does to one block.
type operation struct {
	what       string // set, delete, add, move
	id         int    // of the block, unless it is added
	in         int    // the block that it is put into
	prev, next []int  // its neighbours there, the nearest first
	line       string // for set
	block      *tree  // for add
	how        string // the edit that it is part of
}

// apply does it. It declines if the block, or where it would stand, is not there. byNext says
// that a block is put before the one that it precedes, and not after the one that it follows.
func (o operation) apply(k *kind, root *tree, byNext bool) bool {
	b, in, at := root.find(o.id)
	switch o.what {
	case "set":
		if b == nil || len(b.head) == 0 {
			return false
		}
		b.head = slices.Clone(b.head)
		b.head[len(b.head)-1] = o.line
		return true
	case "delete":
		if b == nil || in == nil {
			return false
		}
		in.kids = slices.Delete(slices.Clone(in.kids), at, at+1)
		return true
	case "move":
		if b == nil || in == nil {
			return false
		}
		in.kids = slices.Delete(slices.Clone(in.kids), at, at+1)
		return o.put(root, b, byNext)
	}
	if there, _, _ := root.find(o.block.id); there != nil {
		return true // the other side added the same
	}
	if to, _, _ := root.find(o.in); to != nil {
		if name := k.name(o.block); name != "" {
			for _, c := range to.kids {
				if k.name(c) == name {
					return strings.Join(k.lines(c), "\n") == strings.Join(k.lines(o.block), "\n")
				}
			}
		}
	}
	return o.put(root, o.block.clone(), byNext)
}

func (o operation) put(root, b *tree, byNext bool) bool {
	to, _, _ := root.find(o.in)
	if to == nil {
		return false
	}
	index := func(ids []int) int {
		for _, id := range ids {
			if i := slices.IndexFunc(to.kids, func(c *tree) bool { return c.id == id }); i >= 0 {
				return i
			}
		}
		return -1
	}
	at := index(o.prev) + 1
	if byNext {
		if at = index(o.next); at < 0 {
			at = len(to.kids)
		}
	}
	to.kids = slices.Insert(slices.Clone(to.kids), at, b)
	return true
}

// placed says where a block is put: before the one at a place among those of a list.
func (o operation) placed(to *tree, at int) operation {
	o.in, o.prev, o.next = to.id, nil, nil
	for i := at - 1; i >= 0; i-- {
		if to.kids[i].id != o.id {
			o.prev = append(o.prev, to.kids[i].id)
		}
	}
	for i := at; i < len(to.kids); i++ {
		if to.kids[i].id != o.id {
			o.next = append(o.next, to.kids[i].id)
		}
	}
	return o
}

// do applies operations one after the other; bit i of next is how the i-th is placed. It is
// not ok if one declines, or a name comes twice into a list, or a block is emptied.
func (s square) do(ops []operation, next int) (root *tree, ok bool) {
	root, ok = s.base.clone(), true
	for i, o := range ops {
		ok = o.apply(s.k, root, next>>i&1 == 1) && ok
	}
	s.k.setImports(root)
	root.walk(func(b, in *tree) {
		seen := map[string]bool{}
		for _, c := range b.kids {
			if name := s.k.name(c); name != "" {
				ok = ok && !seen[name]
				seen[name] = true
			}
		}
		if was, _, _ := s.base.find(b.id); was != nil && len(was.kids) > 0 && len(b.kids) == 0 {
			ok = false
		}
	})
	return root, ok
}

// side is the file of a side.
func (s square) side(ops []operation) string {
	root, _ := s.do(ops, 0)
	return s.k.write(root)
}

// isSound says that each side does what it says, changes the file, and not as the other does.
func (s square) isSound() bool {
	base := s.k.write(s.base)
	for _, ops := range [][]operation{s.ours, s.theirs} {
		root, ok := s.do(ops, 0)
		if !ok || s.k.write(root) == base {
			return false
		}
	}
	return s.side(s.ours) != s.side(s.theirs)
}

// isWhole says that each block that has others below it still has one.
func (s square) isWhole() bool {
	whole := true
	check := func(b, _ *tree) {
		whole = whole && (len(b.kids) > 0 || !b.bullet && b.indent == "" && !(s.k.section != nil && s.k.section.MatchString(last(b.head))))
	}
	s.base.walk(func(b, in *tree) {
		if in != nil {
			check(b, in)
		}
	})
	for _, o := range slices.Concat(s.ours, s.theirs) {
		if o.block != nil {
			o.block.walk(check)
		}
	}
	return whole
}

// wants are what both sides come to, in all ways in which that can be placed, or in few.
func (s square) wants(ours, theirs []operation, few bool) (all []string, overlap bool) {
	seen := map[string]bool{}
	for _, ops := range [][]operation{slices.Concat(ours, theirs), slices.Concat(theirs, ours), s.twice(ours, theirs)} {
		for next := range 1 << min(len(ops), 6) {
			if few && next != 0 && next != 1<<min(len(ops), 6)-1 {
				continue
			}
			root, ok := s.do(ops, next)
			overlap = overlap || !ok
			if text := s.k.write(root); !seen[text] {
				seen[text] = true
				all = append(all, text)
			}
		}
	}
	for _, o := range ours {
		for _, t := range theirs {
			overlap = overlap || o.overlaps(t)
		}
	}
	return all, overlap
}

// overlaps says that two operations do the same to a block, and not alike.
func (o operation) overlaps(t operation) bool {
	if o.id == 0 || o.id != t.id || o.what != t.what {
		return false
	}
	return (o.what != "set" || o.line != t.line) && (o.what != "move" || !slices.Equal(o.prev, t.prev))
}

// twice has both sides add what has no name, though it is the same.
func (s square) twice(ours, theirs []operation) []operation {
	all := slices.Clone(ours)
	next := 500_000
	for _, t := range theirs {
		if t.what == "add" && s.k.name(t.block) == "" {
			t.block = t.block.clone()
			t.block.number(&next)
		}
		all = append(all, t)
	}
	return all
}

// both says that the sides do two things to one block.
func (s square) both(what ...string) bool {
	for _, o := range s.ours {
		for _, t := range s.theirs {
			a, b := []string{o.what, t.what}, []string{t.what, o.what}
			same := o.id != 0 && o.id == t.id || o.block != nil && t.block != nil && o.block.id == t.block.id
			if same && (slices.Equal(a, what) || slices.Equal(b, what)) {
				return true
			}
		}
	}
	return false
}

// hows names the edits that operations are part of.
func hows(ops []operation) string {
	var all []string
	for _, o := range ops {
		if o.how == "replace" && o.what == "add" {
			continue
		}
		all = append(all, o.how)
	}
	slices.Sort(all)
	return strings.Join(all, "+")
}
