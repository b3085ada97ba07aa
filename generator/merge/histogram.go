package merge

import "math"

// maxRepeats is how often a line may occur and still anchor a diff, because
// lines that occur more often (braces, blank lines) say little about where they
// belong.
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
				box{span{keep.a.End, x.a.End}, span{keep.b.End, x.b.End}},
				box{span{x.a.Start, keep.a.Start}, span{x.b.Start, keep.b.Start}})
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
	m = box{span{i, i + 1}, span{j, j + 1}}
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

func (x *index) fill(ids []int32, s span) {
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

func (x *index) clear(ids []int32, s span) {
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

// myers marks what changed in x by a shortest edit script, found in linear
// space by splitting at the middle (E. Myers, "An O(ND) difference algorithm
// and its variations", 1986, section 4b). It stands in where the histogram has
// nothing rare to hold on to.
func (d *differ) myers(x box) {
	open := []box{x}
	for len(open) > 0 {
		x := d.trim(open[len(open)-1])
		open = open[:len(open)-1]
		if x.a.Len() == 0 || x.b.Len() == 0 || d.work < 0 {
			d.replace(x)
			continue
		}
		i, j, ok := d.middle(x)
		if !ok {
			d.replace(x)
			continue
		}
		open = append(open,
			box{span{i, x.a.End}, span{j, x.b.End}},
			box{span{x.a.Start, i}, span{x.b.Start, j}})
	}
}

// middle is a point halfway along a shortest edit script of x, which must be
// trimmed and have lines on both sides. ok is false if the budget ran out.
func (d *differ) middle(x box) (i, j int, ok bool) {
	size := x.a.Len() + x.b.Len() + 3 // diagonals, and one more to either side
	if len(d.fw) < size {
		d.fw, d.bw = make([]int32, size), make([]int32, size)
	}
	s := search{
		a:    d.a.ids[x.a.Start:x.a.End],
		b:    d.b.ids[x.b.Start:x.b.End],
		fw:   d.fw,
		bw:   d.bw,
		zero: x.b.Len() + 1,
		end:  x.a.Len() - x.b.Len(),
	}
	s.fw[s.zero] = 0
	s.bw[s.zero+s.end] = int32(x.a.Len())
	s.bwLo, s.bwHi = s.end, s.end
	for edits := 1; d.spend(s.steps); edits++ {
		s.steps = 0
		if i, j, ok = s.forward(edits); !ok {
			i, j, ok = s.backward(edits)
		}
		if ok {
			return x.a.Start + i, x.b.Start + j, true
		}
	}
	return 0, 0, false
}

// A search goes from both ends of a and b towards the middle. It tries the
// highest diagonal first, as git does, because of several shortest edits both
// sides of a merge should choose what git chooses.
//
// A point (i, j) stands before line i of a and line j of b; the points with
// the same i-j are a diagonal. fw has, by diagonal, the greatest i that the
// edits made so far reach from the start; bw the least i from which as many
// edits reach the end. Where fw has passed bw is the middle.
type search struct {
	a, b       []int32
	fw, bw     []int32
	fwLo, fwHi int // the diagonals reached from the start
	bwLo, bwHi int // and from the end
	zero       int // where fw and bw have the diagonal 0
	end        int // the diagonal of the end
	steps      int // work done since it was last counted
}

const (
	unreached    = math.MinInt32 / 2 // in fw
	unreachedEnd = math.MaxInt32 / 2 // in bw
)

func (s *search) forward(edits int) (i, j int, met bool) {
	n, m := len(s.a), len(s.b)
	lo, hi := diagonals(0, edits, -m, n)
	markUnreached(s.fw, s.zero, lo, hi, s.fwLo, s.fwHi, unreached)
	s.fwLo, s.fwHi = lo, hi
	for k := hi; k >= lo; k -= 2 {
		s.steps++
		at := s.zero + k
		i := int(max(s.fw[at-1]+1, s.fw[at+1]))
		if i < 0 || i > n || i-k > m {
			s.fw[at] = unreached
			continue
		}
		from := i
		for i < n && i-k < m && s.a[i] == s.b[i-k] {
			i++
		}
		s.steps += i - from
		s.fw[at] = int32(i)
		if s.end%2 != 0 && k >= s.bwLo && k <= s.bwHi && s.bw[at] <= s.fw[at] {
			return i, i - k, true
		}
	}
	return 0, 0, false
}

func (s *search) backward(edits int) (i, j int, met bool) {
	n, m := len(s.a), len(s.b)
	lo, hi := diagonals(s.end, edits, -m, n)
	markUnreached(s.bw, s.zero, lo, hi, s.bwLo, s.bwHi, unreachedEnd)
	s.bwLo, s.bwHi = lo, hi
	for k := hi; k >= lo; k -= 2 {
		s.steps++
		at := s.zero + k
		i := int(min(s.bw[at+1]-1, s.bw[at-1]))
		if i > n || i < 0 || i-k < 0 {
			s.bw[at] = unreachedEnd
			continue
		}
		from := i
		for i > 0 && i-k > 0 && s.a[i-1] == s.b[i-k-1] {
			i--
		}
		s.steps += from - i
		s.bw[at] = int32(i)
		if s.end%2 == 0 && k >= s.fwLo && k <= s.fwHi && s.bw[at] <= s.fw[at] {
			return i, i - k, true
		}
	}
	return 0, 0, false
}

// markUnreached marks the diagonals next to lo and hi that the last round, from
// was to wasHi, has not reached, because that is cheaper than to clear all of
// them first.
func markUnreached(reach []int32, zero, lo, hi, was, wasHi int, mark int32) {
	if lo < was {
		reach[zero+lo-1] = mark
	}
	if hi > wasHi {
		reach[zero+hi+1] = mark
	}
}

// diagonals is the range, in steps of two, that so many edits reach from the
// diagonal k, within least and most.
func diagonals(k, edits, least, most int) (lo, hi int) {
	lo, hi = k-edits, k+edits
	if lo < least {
		lo += (least - lo + 1) / 2 * 2
	}
	if hi > most {
		hi -= (hi - most + 1) / 2 * 2
	}
	return lo, hi
}
