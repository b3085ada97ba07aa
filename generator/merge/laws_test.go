package merge

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestLaws(t *testing.T) {
	for _, x := range triples(t, tries(100, 300)) {
		checkLaws(t, x)
	}
	for _, tt := range linesTests {
		checkLaws(t, triple{words(tt.base), words(tt.ours), words(tt.theirs)})
	}
	for _, tt := range styleTests {
		checkLaws(t, triple{[]byte(tt.base), []byte(tt.ours), []byte(tt.theirs)})
	}
}

func FuzzLines(f *testing.F) {
	for _, tt := range linesTests {
		f.Add(words(tt.base), words(tt.ours), words(tt.theirs))
	}
	for _, tt := range styleTests {
		f.Add([]byte(tt.base), []byte(tt.ours), []byte(tt.theirs))
	}
	f.Fuzz(func(t *testing.T, base, ours, theirs []byte) {
		checkLaws(t, triple{base, ours, theirs})
	})
}

// Style is no part of what conflicts: that is the reason known for which a merge is
// clean where both of git's engines, which compare bytes, have a conflict.
func TestStyleIsApart(t *testing.T) {
	crlf := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) }
	open := func(b []byte) []byte {
		if bytes.HasSuffix(b, []byte("\n\n")) {
			return b // the last line would be none
		}
		return bytes.TrimSuffix(b, []byte("\n"))
	}
	mark := func(b []byte) []byte { return append([]byte(utf8BOM), b...) }
	for i, x := range slices.Concat(triples(t, tries(30, 100)), repetitive(tries(30, 100))) {
		want := Lines(x.base, x.ours, x.theirs, labels)
		for j, styled := range []triple{
			{x.base, crlf(x.ours), x.theirs}, {crlf(x.base), x.ours, crlf(x.theirs)},
			{x.base, open(x.ours), mark(x.theirs)}, {open(x.base), x.ours, crlf(open(x.theirs))},
		} {
			r := Lines(styled.base, styled.ours, styled.theirs, labels)
			if !slices.Equal(r.Conflicts, want.Conflicts) || !slices.Equal(parse(r.Content).lines, parse(want.Content).lines) {
				t.Errorf("triple %d, style %d: other lines merge than without", i, j)
			}
		}
	}
}

// lawLabels are found in no input, or the laws on markers would not hold.
var lawLabels = Labels{"the first", "what both had", "the other"}

func checkLaws(t *testing.T, x triple) {
	t.Helper()
	merge := func(b, o, th []byte) Result { return Lines(b, o, th, lawLabels) }
	fail := func(law string, r Result) {
		t.Helper()
		t.Fatalf("%s\nbase   %q\nours   %q\ntheirs %q\nmerged %q", law, x.base, x.ours, x.theirs, r.Content)
	}
	for _, one := range [][]byte{x.ours, x.theirs} {
		if r := merge(x.base, x.base, one); !r.Clean() || !bytes.Equal(r.Content, one) {
			fail("merge(b, b, t) = t", r)
		}
		if r := merge(x.base, one, x.base); !r.Clean() || !bytes.Equal(r.Content, one) {
			fail("merge(b, o, b) = o", r)
		}
		if r := merge(x.base, one, one); !r.Clean() || !bytes.Equal(r.Content, one) {
			fail("merge(b, x, x) = x", r)
		}
	}

	r := merge(x.base, x.ours, x.theirs)
	swapped := Lines(x.base, x.theirs, x.ours, Labels{lawLabels.Theirs, lawLabels.Base, lawLabels.Ours})
	if !sameSides(r, swapped) {
		fail("swapping sides swaps only labels", swapped)
	}
	if HasMarkers(r.Content, lawLabels) == r.Clean() {
		fail("a conflict has markers, and nothing else has", r)
	}
	if !fromInputs(r, x) {
		fail("every line is a line of an input or a marker", r)
	}
	if r.Clean() && (!keeps(r, x.base, x.ours) || !keeps(r, x.base, x.theirs)) {
		fail("every line that a side added is there", r)
	}
}

// sameSides compares a merge with the one of swapped sides. Line endings are
// left out: where base has none to go by, ours wins.
func sameSides(r, swapped Result) bool {
	if len(r.Conflicts) != len(swapped.Conflicts) || r.Yours != swapped.Theirs || r.Theirs != swapped.Yours {
		return false
	}
	for i, c := range r.Conflicts {
		if swapped.Conflicts[i] != (Overlap{c.Line, c.Theirs, c.Base, c.Ours}) {
			return false
		}
	}
	return slices.Equal(resolved(r, true), resolved(swapped, false)) &&
		slices.Equal(resolved(r, false), resolved(swapped, true))
}

// resolved takes one side of all conflicts.
func resolved(r Result, mine bool) []string { return parse(r.Resolve(mine)).lines }

func fromInputs(r Result, x triple) bool {
	known := map[string]bool{separator: true}
	for _, m := range []string{lawLabels.ours(), lawLabels.base(), lawLabels.theirs()} {
		known[m] = true
	}
	for _, data := range [][]byte{x.base, x.ours, x.theirs} {
		for _, l := range parse(data).lines {
			known[l] = true
		}
	}
	return !slices.ContainsFunc(parse(r.Content).lines, func(l string) bool { return !known[l] })
}

// keeps reports whether r has every line that side added, as often.
func keeps(r Result, base, side []byte) bool {
	b, s := parse(base), parse(side)
	ids, n := intern(b.lines, s.lines)
	edits, _ := diff(ids[0], ids[1], n)
	missing := map[string]int{}
	for _, e := range edits {
		for _, l := range s.lines[e.New.Start:e.New.End] {
			missing[l]++
		}
	}
	for _, l := range parse(r.Content).lines {
		missing[l]--
	}
	for _, n := range missing {
		if n > 0 {
			return false
		}
	}
	return true
}

func TestHasMarkers(t *testing.T) {
	conflict := Lines(words("a b"), words("a X"), words("a Y"), labels).Content
	likeness := []byte("Look for <<<<<<< yours:\n\n<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> main\n  <<<<<<< yours\n")
	for _, tt := range []struct {
		name    string
		content string
		before  []byte
		want    bool
	}{
		{"a conflict", string(conflict), nil, true},
		{"on CRLF", strings.ReplaceAll(string(conflict), "\n", "\r\n"), nil, true},
		{"with white space after it", strings.ReplaceAll(string(conflict), "\n", " \n"), nil, true},
		{"one marker left of it", "a\nX\n>>>>>>> web 1.1.0\n", nil, true},
		{"on the last line, without a newline", "a\n>>>>>>> web 1.1.0", nil, true},
		{"resolved", "a\nX\n", nil, false},
		{"a heading", "Title\n=======\n", nil, false},
		{"lines that look like markers", string(likeness), nil, false},
		{"another version's", strings.ReplaceAll(string(conflict), "1.1.0", "1.1.0-rc.1"), conflict, false},
		{"the template shows what a conflict looks like", string(conflict), conflict, false},
		{"and there is one besides", string(conflict) + string(conflict), conflict, true},
	} {
		if got := HasMarkers([]byte(tt.content), labels, tt.before); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if HasMarkers(likeness, labels) {
		t.Error("lines that look like markers, without a file to compare with")
	}
}

// A text that is read beside another is what it is read alone.
func TestParseBeside(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 1))
	pieces := []string{"a", "b", "a\n", "b\n", "\n", "\r\n", "\r\r\n", "a\r\n", utf8BOM, "a" + utf8BOM + "\n"}
	draw := func() []byte {
		var s strings.Builder
		for range r.IntN(7) {
			s.WriteString(pieces[r.IntN(len(pieces))])
		}
		return []byte(s.String())
	}
	for range tries(20_000, 200_000) {
		data, like := draw(), parse(draw())
		got, want := parseBeside(data, &like), parse(data)
		if !slices.Equal(got.lines, want.lines) || !slices.Equal(got.ends, want.ends) || got.bom != want.bom {
			t.Fatalf("%q beside %q is %+v, want %+v", data, like.bytes(lf, true), got, want)
		}
	}
}
