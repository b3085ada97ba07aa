package merge

import (
	"slices"
	"strings"
)

// isAmbiguous says that there are other edits which make the same files, and that the merge
// is right for these.
func (s square) isAmbiguous(ours, theirs, merged string) bool {
	if s.isOfSwapped(s.ours, s.theirs, merged) || s.isOfSwapped(s.theirs, s.ours, merged) {
		return true
	}
	o, t := s.readings(s.ours, ours), s.readings(s.theirs, theirs)
	for _, mine := range o {
		for _, its := range t {
			wants, _ := s.wants(mine, its, true)
			if v, _ := s.compare(merged, wants); v == "exact" || v == "near" {
				return true
			}
		}
	}
	return false
}

// isOfSwapped says that a merge is right if one of two blocks of a list is taken for the other,
// as it may be: it is no less like what the other was in base.
func (s square) isOfSwapped(side, other []operation, merged string) bool {
	root, _ := s.do(side, 0)
	var swapped []square
	root.walk(func(in, _ *tree) {
		for _, z := range in.kids {
			was, _, _ := s.base.find(in.id)
			if was == nil || isFixed(z) {
				continue
			}
			for _, w := range was.kids {
				now, _, _ := root.find(w.id)
				own, _, _ := s.base.find(z.id)
				if w.id == z.id || isFixed(w) || (now != nil && s.distance(z, w) > s.distance(now, w)) || (own != nil && s.distance(z, w) > s.distance(z, own)) {
					continue
				}
				t := s
				t.base = root.clone()
				z, _, _ := t.base.find(z.id)
				if now, _, _ = t.base.find(w.id); now != nil {
					renumber(now, z.clone())
				}
				renumber(z, w)
				swapped = append(swapped, t)
			}
		}
	})
	for _, t := range swapped {
		wants, _ := t.wants(nil, other, false)
		if v, _ := t.compare(merged, wants); v == "exact" || v == "near" {
			return true
		}
	}
	return false
}

// renumber gives a block and those below it the numbers of another.
func renumber(b, as *tree) {
	b.id = as.id
	used := map[int]bool{}
	for i, c := range b.kids {
		for j, a := range as.kids {
			if !used[j] && last(a.head) == last(c.head) && (last(a.head) != "" || i == j) {
				used[j] = true
				renumber(c, a)
				break
			}
		}
	}
	for i, c := range b.kids {
		if i < len(as.kids) && !used[i] {
			used[i] = true
			renumber(c, as.kids[i])
		}
	}
}

// distance counts the lines that only one of two blocks has.
func (s square) distance(a, b *tree) int {
	said := func(b *tree) []string {
		lines := s.k.lines(b)
		for i, l := range lines {
			lines[i] = strings.TrimLeft(l, " -")
		}
		return lines
	}
	lost, more := countDiffer(said(a), said(b))
	return lost + more
}

// readings are some of the edits that make the same file of base.
func (s square) readings(ops []operation, side string) [][]operation {
	all := [][]operation{ops}
	depth := map[int]int{} // by number
	var blocks []*tree
	s.base.walk(func(b, in *tree) {
		if in != nil {
			depth[b.id] = depth[in.id] + 1
		}
		blocks = append(blocks, b)
	})
	options := make([][]operation, len(ops))
	for i, o := range ops {
		options[i] = append(options[i], o)
		for _, b := range blocks {
			if o.what != "add" && (b.id == 1 || depth[b.id] != depth[o.id] || isFixed(b)) {
				continue
			}
			switch o.what {
			case "set", "delete":
				o.id = b.id
				options[i] = append(options[i], o)
			case "move":
				_, in, _ := s.base.find(b.id)
				for at := range len(in.kids) + 1 {
					p := o
					p.id = b.id
					options[i] = append(options[i], p.placed(in, at))
				}
			case "add":
				if depth[b.id] == depth[o.in] {
					for at := range len(b.kids) + 1 {
						options[i] = append(options[i], o.placed(b, at))
					}
				}
			}
		}
	}
	try := func(p []operation) {
		if len(all) < 12 {
			if root, _ := s.do(p, 0); s.k.write(root) == side {
				all = append(all, p)
			}
		}
	}
	for i := range ops {
		for _, o := range options[i] {
			p := slices.Clone(ops)
			p[i] = o
			try(p)
			for j := i + 1; j < len(ops) && len(options[i])*len(options[j]) < 2000; j++ {
				for _, o := range options[j] {
					p := slices.Clone(p)
					p[j] = o
					try(p)
				}
			}
		}
	}
	return all
}
