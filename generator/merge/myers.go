package merge

import "math"

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
			box{Span{i, x.a.End}, Span{j, x.b.End}},
			box{Span{x.a.Start, i}, Span{x.b.Start, j}})
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
		if i, j, ok = s.ahead(edits); !ok {
			i, j, ok = s.astern(edits)
		}
		if ok {
			return x.a.Start + i, x.b.Start + j, true
		}
	}
	return 0, 0, false
}

// A search goes from both ends of a and b towards the middle.
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

// ahead makes one more edit from the start, and follows what is equal then.
func (s *search) ahead(edits int) (i, j int, met bool) {
	n, m := len(s.a), len(s.b)
	lo, hi := diagonals(0, edits, -m, n)
	fence(s.fw, s.zero, lo, hi, s.fwLo, s.fwHi, unreached)
	s.fwLo, s.fwHi = lo, hi
	for k := lo; k <= hi; k += 2 {
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

// astern makes one more edit back from the end.
func (s *search) astern(edits int) (i, j int, met bool) {
	n, m := len(s.a), len(s.b)
	lo, hi := diagonals(s.end, edits, -m, n)
	fence(s.bw, s.zero, lo, hi, s.bwLo, s.bwHi, unreachedEnd)
	s.bwLo, s.bwHi = lo, hi
	for k := lo; k <= hi; k += 2 {
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

// fence marks the diagonals next to lo and hi that the last round, from was to
// wasHi, has not reached. This is cheaper than to clear all of them first.
func fence(reach []int32, zero, lo, hi, was, wasHi int, mark int32) {
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
