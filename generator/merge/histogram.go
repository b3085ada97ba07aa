package merge

// maxRepeats is how often a line may occur and still anchor a diff. Lines that
// occur more often (braces, blank lines) say little about where they belong.
const maxRepeats = 64

// histogram marks what changed in x: the longest common stretch around the
// rarest common line stays, and the same is done above and below it. Anchoring
// on rare lines keeps functions whole where the shortest edit script would
// match up their braces.
func (d *differ) histogram(x box) {
	open := []box{x}
	for len(open) > 0 {
		x := open[len(open)-1]
		open = open[:len(open)-1]
		if x.a.Len() == 0 || x.b.Len() == 0 {
			d.replace(x)
			continue
		}
		if d.work < budget/2 {
			d.myers(x)
			continue
		}
		keep, common := d.anchor(x)
		switch {
		case keep.a.Len() > 0:
			open = append(open,
				box{Span{keep.a.End, x.a.End}, Span{keep.b.End, x.b.End}},
				box{Span{x.a.Start, keep.a.Start}, Span{x.b.Start, keep.b.Start}})
		case common:
			d.myers(x)
		default:
			d.replace(x)
		}
	}
}

// anchor finds the common stretch of x to keep. It is empty where a and b have
// only frequent lines in common, or (common is false) none.
func (d *differ) anchor(x box) (keep box, common bool) {
	d.spend(x.a.Len() + x.b.Len())
	d.index.fill(d.a.ids, x.a)
	defer d.index.clear(d.a.ids, x.a)
	rarest := maxRepeats
	for j := x.b.Start; j < x.b.End; {
		id := d.b.ids[j]
		n := int(d.index.count[id])
		common = common || n > 0
		next := j + 1
		if n > 0 && n <= rarest {
			for i := int(d.index.first[id]); i >= 0; {
				m, repeats := d.extend(x, i, j)
				if m.a.Len() > keep.a.Len() || repeats < rarest {
					keep, rarest = m, repeats
				}
				next = max(next, m.b.End)
				i = d.index.after(i, m.a.End)
			}
		}
		j = next
	}
	return keep, common
}

// extend grows the match of line i of a with line j of b both ways within x;
// repeats is how often the rarest of its lines occurs in x.a.
func (d *differ) extend(x box, i, j int) (m box, repeats int) {
	a, b := d.a.ids, d.b.ids
	m = box{Span{i, i + 1}, Span{j, j + 1}}
	repeats = int(d.index.count[a[i]])
	for m.a.Start > x.a.Start && m.b.Start > x.b.Start && a[m.a.Start-1] == b[m.b.Start-1] {
		m.a.Start--
		m.b.Start--
		repeats = min(repeats, int(d.index.count[a[m.a.Start]]))
	}
	for m.a.End < x.a.End && m.b.End < x.b.End && a[m.a.End] == b[m.b.End] {
		repeats = min(repeats, int(d.index.count[a[m.a.End]]))
		m.a.End++
		m.b.End++
	}
	d.spend(m.a.Len())
	return m, repeats
}

// An index says where each line of a stretch of a occurs in it.
type index struct {
	first []int32 // by line number: its first occurrence
	count []int32 // by line number
	next  []int32 // by position: the next occurrence of the same line, or -1
}

func (x *index) init(distinct, lines int) {
	x.first = make([]int32, distinct)
	x.count = make([]int32, distinct)
	x.next = make([]int32, lines)
}

func (x *index) fill(ids []int32, s Span) {
	for i := s.End - 1; i >= s.Start; i-- {
		id := ids[i]
		x.next[i] = -1
		if x.count[id] > 0 {
			x.next[i] = x.first[id]
		}
		x.first[id] = int32(i)
		x.count[id]++
	}
}

func (x *index) clear(ids []int32, s Span) {
	for i := s.Start; i < s.End; i++ {
		x.count[ids[i]] = 0
	}
}

// after is the first occurrence of line i at or after end, or -1.
func (x *index) after(i, end int) int {
	for i = int(x.next[i]); i >= 0 && i < end; {
		i = int(x.next[i])
	}
	return i
}
