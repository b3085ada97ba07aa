package merge

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// verdicts are what a square may come to. Those after either are wrong: a merge has fewer lines
// than is right, or what one side deleted and the other moved, or more lines, or others at
// their own place, or the same lines in other blocks, or the same blocks in another order, or
// some lines for others, or is no JSON, or overlaps touched what neither side did.
var verdicts = []string{"exact", "near", "conflict", "needless", "ambiguous", "either", "lost", "back", "twice", "astray", "order", "value", "syntax", "overlap"}

// A judged is a verdict, and what led to it.
type judged struct {
	verdict      string
	merged, want string
	settled      []string
}

func (v judged) isWrong() bool {
	return slices.Index(verdicts, v.verdict) > slices.Index(verdicts, "either")
}

// judge says what Merge makes of a square.
func (s square) judge() judged {
	base, ours, theirs := s.k.write(s.base), s.side(s.ours), s.side(s.theirs)
	r := Merge(s.k.file, []byte(base), []byte(ours), []byte(theirs), Options{Labels: labels})
	v := judged{merged: string(r.Content)}
	if root, ok := s.do(slices.Concat(s.ours, s.theirs), 0); ok && r.Clean() && s.k.write(root) == v.merged {
		v.verdict, v.want = "exact", v.merged
		return v
	}
	wants, overlap := s.wants(s.ours, s.theirs, false)
	v.want = wants[0]
	for _, d := range r.Settled {
		v.settled = append(v.settled, fmt.Sprintf("%+v", d))
	}
	if !r.Clean() {
		v.verdict = "needless"
		if overlap {
			v.verdict = "conflict"
		}
		return v
	}
	v.verdict, v.want = s.compare(v.merged, wants)
	if slices.Contains([]string{"exact", "near", "syntax"}, v.verdict) {
		return v
	}
	switch {
	case s.isAmbiguous(ours, theirs, v.merged):
		v.verdict = "ambiguous"
	case overlap && s.both("delete", "move"):
		v.verdict = "back"
	case overlap && (s.isOfOne(v.merged, ours, theirs) || s.keepsUntouched(v.merged)):
		v.verdict = "either"
	case overlap:
		v.verdict = "overlap"
	}
	return v
}

// compare says how a merge differs from the nearest of all that is right.
func (s square) compare(merged string, wants []string) (verdict, want string) {
	if s.k.commas && !json.Valid([]byte(merged)) {
		return "syntax", wants[0]
	}
	got := s.k.canonical(merged, false)
	for _, w := range wants {
		if merged == w || got == s.k.canonical(w, false) {
			return "exact", w
		}
	}
	sorted := s.k.canonical(merged, true)
	for _, w := range wants {
		if sorted == s.k.canonical(w, true) {
			return "near", w
		}
	}
	have := strings.Split(got, "\n")
	best, least := "", 1<<30
	for _, w := range wants {
		lost, more := countDiffer(strings.Split(s.k.canonical(w, false), "\n"), have)
		if n := lost + more; n < least {
			least, want = n, w
			switch {
			case lost > 0 && more > 0:
				best = "value"
			case lost > 0:
				best = "lost"
			case more > 0:
				best = "twice"
			default:
				best = "astray"
			}
		}
	}
	if best == "astray" && s.sameBlocks(merged, want) {
		if best = "order"; s.k.free {
			best = "near"
		}
	}
	return best, want
}

// sameBlocks says that two files have the same blocks in some order.
func (s square) sameBlocks(a, b string) bool {
	flat := func(text string) string {
		root := s.k.read(text)
		var sortAll func(b *tree) string
		sortAll = func(b *tree) string {
			for _, c := range b.kids {
				sortAll(c)
			}
			slices.SortFunc(b.kids, func(x, y *tree) int { return strings.Compare(sortAll(x), sortAll(y)) })
			return strings.Join(s.k.lines(b), "\n")
		}
		return sortAll(root)
	}
	return flat(a) == flat(b)
}

// countDiffer counts the lines that only one of two has.
func countDiffer(a, b []string) (lost, more int) {
	count := map[string]int{}
	for _, l := range a {
		count[l]++
	}
	for _, l := range b {
		count[l]--
	}
	for _, n := range count {
		if n > 0 {
			lost += n
		} else {
			more -= n
		}
	}
	return lost, more
}

// keepsUntouched says that a merge has each block that neither side touched.
func (s square) keepsUntouched(merged string) bool {
	count := map[string]int{}
	touched := map[int]bool{}
	touch := func(id int) {
		for b, in, _ := s.base.find(id); b != nil; {
			touched[b.id] = true
			if in == nil {
				break
			}
			b, in, _ = s.base.find(in.id)
		}
	}
	for _, o := range slices.Concat(s.ours, s.theirs) {
		touch(o.id)
		touch(o.in)
	}
	ours, _ := s.do(s.ours, 0)
	theirs, _ := s.do(s.theirs, 0)
	s.base.walk(func(b, in *tree) {
		o, _, _ := ours.find(b.id)
		t, _, _ := theirs.find(b.id)
		if !touched[b.id] && o != nil && t != nil && !isFixed(b) {
			count[s.say(b)]++
		}
	})
	s.k.read(merged).walk(func(b, _ *tree) { count[s.say(b)]-- })
	for _, n := range count {
		if n > 0 {
			return false
		}
	}
	return true
}

// say is what a block says, but for its layout.
func (s square) say(b *tree) string {
	return strings.Join(strings.Fields(strings.Join(s.k.lines(b), "\n")), " ")
}

// isOfOne says that a merge is what one side has.
func (s square) isOfOne(merged, ours, theirs string) bool {
	m := s.k.canonical(merged, true)
	return m == s.k.canonical(ours, true) || m == s.k.canonical(theirs, true)
}

// cause groups wrong squares by what was done and what came of it.
func (s square) cause(v judged) string {
	got, want := s.importLines(v.merged), s.importLines(v.want)
	switch {
	case s.k.code != "" && len(got) > len(want):
		return "import that nothing uses"
	case s.k.code != "" && !slices.Equal(got, want):
		return "import missing"
	case v.verdict == "back" || (v.verdict == "twice" || v.verdict == "value") && s.isOfOne(v.merged, s.side(s.ours), s.side(s.theirs)) && strings.Contains(hows(s.ours)+hows(s.theirs), "delete"):
		return "deleted and moved, and back"
	case len(v.settled) > 0:
		return "settled, " + v.verdict
	case v.verdict == "twice" && s.both("move", "move"):
		return "both moved, and twice"
	case v.verdict == "twice" && s.both("add", "add"):
		return "both added, and twice"
	case v.verdict == "overlap":
		return "beside what overlaps"
	case s.k.code != "":
		return "code, " + v.verdict
	case s.k.section != nil:
		return "sections that read alike, " + v.verdict
	}
	return "blocks that read alike, " + v.verdict
}

// importLines returns the imports of a file.
func (s square) importLines(text string) (all []string) {
	for l := range strings.Lines(text) {
		if t := strings.TrimSpace(l); strings.HasPrefix(t, "import ") || s.k.code == "go" && strings.HasPrefix(t, `"`) {
			all = append(all, t)
		}
	}
	return all
}
