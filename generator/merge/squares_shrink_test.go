package merge

import (
	"fmt"
	"slices"
)

// shrink takes out of a wrong square what its cause does not need.
func (s square) shrink() square {
	cause := s.cause(s.judge())
	isSo := func(t square) bool {
		if len(t.ours) == 0 || len(t.theirs) == 0 || !t.isSound() || !t.isWhole() {
			return false
		}
		v := t.judge()
		return v.isWrong() && t.cause(v) == cause
	}
	for again := true; again; {
		again = false
		for _, t := range s.smaller() {
			if isSo(t) {
				s, again = t, true
				break
			}
		}
	}
	return s
}

// smaller returns squares with one operation or block less.
func (s square) smaller() (all []square) {
	for _, side := range []int{0, 1} {
		ops := [][]operation{s.ours, s.theirs}[side]
		for i, o := range ops {
			t := s
			less := [][]operation{s.ours, s.theirs}
			less[side] = slices.Delete(slices.Clone(ops), i, i+1)
			t.ours, t.theirs = less[0], less[1]
			all = append(all, t)
			if o.block == nil {
				continue
			}
			o.block.walk(func(b, in *tree) {
				if in == nil {
					return
				}
				id, t := o.block.id, s
				t.ours, t.theirs = slices.Clone(s.ours), slices.Clone(s.theirs)
				for _, ops := range [][]operation{t.ours, t.theirs} {
					for i, p := range ops {
						if p.block != nil && p.block.id == id {
							ops[i].block = without(p.block, b.id)
						}
					}
				}
				all = append(all, t)
			})
		}
	}
	s.base.walk(func(b, in *tree) {
		if in != nil && !isFixed(b) {
			t := s
			t.base = without(s.base, b.id)
			t.k.setImports(t.base)
			all = append(all, t)
		}
	})
	return all
}

// without returns a tree less one block.
func without(root *tree, id int) *tree {
	root = root.clone()
	if _, in, at := root.find(id); in != nil {
		in.kids = slices.Delete(in.kids, at, at+1)
	}
	return root
}

// describe returns a square as a txtar archive, and says if lines alone are as wrong.
func (s square) describe() string {
	v := s.judge()
	base, ours, theirs := s.k.write(s.base), s.side(s.ours), s.side(s.theirs)
	lines := "lines alone are not wrong"
	if r := Lines([]byte(base), []byte(ours), []byte(theirs), labels); r.Clean() && string(r.Content) == v.merged {
		lines = "lines alone come to the same"
	}
	return fmt.Sprintf("# %s: %s in %s; %s; ours %s; theirs %s; settled %v\n-- base --\n%s-- ours --\n%s-- theirs --\n%s-- merged --\n%s-- want --\n%s",
		s.cause(v), v.verdict, s.k.file, lines, hows(s.ours), hows(s.theirs), v.settled, base, ours, theirs, v.merged, v.want)
}
