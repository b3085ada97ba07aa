package merge

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/settle"
)

// takeTheirs decides what has the word settle in it.
func takeTheirs(h settle.Hunk) (lines []string, said string, ok bool) {
	return h.Theirs, "said", strings.Contains(strings.Join(h.Ours, ""), "settle")
}

// Whatever is done about conflicts above it, a settled hunk is found by its line.
func TestSettledLines(t *testing.T) {
	base := "a\n1\nb\n2\nc\n3\nd\n4\ne\n"
	ours := "a\nsettle 1\nb\nmine 2\nmine too\nc\nsettle 3\nd\nmine 4\ne\n"
	theirs := "a\nx\ny\nb\nz\nc\nw\nd\nv\ne\n"
	b, o, u := parse([]byte(base)), parse([]byte(ours)), parse([]byte(theirs))
	m := newMerger(&b, &o, &u, Labels{})
	m.name = "notes.txt"
	r, ok := m.try(attempt{steps: []settle.Step{{Name: "stub", Decide: takeTheirs}}})
	if !ok || len(r.Settled) != 2 || len(r.Conflicts) != 2 {
		t.Fatalf("%v: settled %v, conflicts %v in\n%s", ok, r.Settled, r.Conflicts, r.Content)
	}
	for name, c := range map[string]struct {
		content []byte
		settled []Settled
	}{
		"markers":    {r.Content, r.Settled},
		"mine":       {r.Resolve(true), r.SettledIn(true)},
		"the others": {r.Resolve(false), r.SettledIn(false)},
	} {
		lines := strings.Split(string(c.content), "\n")
		for i, want := range [][]string{{"x", "y"}, {"w"}} {
			s := c.settled[i]
			if got := lines[s.Line-1:][:len(s.Lines)]; !slices.Equal(got, want) || !slices.Equal(s.Lines, want) || s.Said != "said" {
				t.Errorf("%s: line %d has %q, settled %q (%s), want %q, in\n%s", name, s.Line, got, s.Lines, s.Said, want, c.content)
			}
		}
	}
	want := []Sides{{[]string{"2"}, []string{"mine 2", "mine too"}, []string{"z"}}, {[]string{"4"}, []string{"mine 4"}, []string{"v"}}}
	for i, got := range ReadSides(r.Content, r.Conflicts) {
		if !slices.Equal(got.Base, want[i].Base) || !slices.Equal(got.Ours, want[i].Ours) || !slices.Equal(got.Theirs, want[i].Theirs) {
			t.Errorf("conflict %d shows %q, want %q", i, got, want[i])
		}
	}
}

// What entries decided is said with the conflicts that the lines had.
func TestSettledByKey(t *testing.T) {
	base, ours, theirs := "[a]\nx = a\ny = a\n", "[a]\nx = b\ny = a\n", "[a]\nx = a\ny = c\nz = c\n"
	r := Merge("setup.cfg", []byte(base), []byte(ours), []byte(theirs), Options{})
	if !r.Clean() || len(r.Settled) != 1 {
		t.Fatalf("settled %v in\n%s", r.Settled, r.Content)
	}
	s := r.Settled[0]
	if s.Step != "key" || !slices.Equal(s.Base, []string{"x = a", "y = a"}) || !slices.Equal(s.Ours, []string{"x = b", "y = a"}) || !slices.Equal(s.Theirs, []string{"x = a", "y = c", "z = c"}) {
		t.Errorf("settled %+v", s)
	}
}

// By lines alone, nothing else decides.
func TestByLines(t *testing.T) {
	for _, tt := range []struct{ name, base, ours, theirs string }{
		{"setup.cfg", "[a]\nx = a\ny = a\n", "[a]\nx = b\ny = a\n", "[a]\nx = a\ny = c\nz = c\n"},
		{"go.mod", "module m\n\nrequire a.org/a v1.0.0\n", "module m\n\nrequire a.org/a v1.1.0\n", "module m\n\nrequire a.org/a v1.2.0\n"},
		{"go.sum", "a.org/a v1.0.0 h1:A=\n", "a.org/a v1.0.0 h1:A=\nb.org/b v1.0.0 h1:B=\n", "a.org/a v1.0.0 h1:A=\nc.org/c v1.0.0 h1:C=\n"},
	} {
		merge := func(byLines bool) Result {
			return Merge(tt.name, []byte(tt.base), []byte(tt.ours), []byte(tt.theirs), Options{ByLines: byLines})
		}
		if r := merge(false); !r.Clean() {
			t.Errorf("%s: is a conflict:\n%s", tt.name, r.Content)
		}
		if r := merge(true); r.Clean() || len(r.Settled) > 0 || string(r.Content) != string(Lines([]byte(tt.base), []byte(tt.ours), []byte(tt.theirs), Labels{}).Content) {
			t.Errorf("%s: by lines, settled %v in\n%s", tt.name, r.Settled, r.Content)
		}
	}
}

// What reads no more after a step decided it is thrown away, though all three files read:
// nothing could be checked.
func TestStepsMustRead(t *testing.T) {
	b, o, th := parse([]byte(`{"a": 1}`)), parse([]byte(`{"a": 2}`)), parse([]byte(`{"a": 3}`))
	for _, tt := range []struct {
		line string
		want bool
	}{{`{"a": 2}`, true}, {`{"a": 2`, false}} {
		m := newMerger(&b, &o, &th, labels) // which asks each step once about a conflict
		m.name = "a.json"
		decide := func(settle.Hunk) ([]string, string, bool) { return []string{tt.line}, "", true }
		if _, ok := m.try(attempt{steps: []settle.Step{{Name: "test", Decide: decide}}}); ok != tt.want {
			t.Errorf("%s: %v, want %v", tt.line, ok, tt.want)
		}
	}
}

// What is too large to be settled cheaply is as lines left it, and says so.
func TestMaxLines(t *testing.T) {
	merge := func(lines int, more string) Result {
		rest := strings.Repeat("x\n", lines-1)
		return Merge("requirements.txt", []byte("a==1.0\n"+rest), []byte("a==1.1\n"+rest), []byte("a==1.2"+more+"\n"+rest), Options{})
	}
	for _, c := range []struct {
		lines    int
		more     string
		conflict bool
		note     string
	}{
		{maxLines, "", false, ""},
		{maxLines + 1, "", true, noteLarge},
		{2, " #" + strings.Repeat("x", maxBytes), true, noteLarge},
		{2, " #" + strings.Repeat("x", maxLine), true, ""},
	} {
		if r := merge(c.lines, c.more); r.Clean() == c.conflict || r.Note != c.note {
			t.Errorf("%d lines and %d bytes: clean %v, note %q", c.lines, len(c.more), r.Clean(), r.Note)
		}
	}
	for _, n := range []int{maxConflicts, maxConflicts + 1} {
		side := func(version string) []byte {
			var out []byte
			for i := range n {
				out = fmt.Appendf(out, "a%d==1.%s\nb%d\n", i, version, i)
			}
			return out
		}
		if r := Merge("requirements.txt", side("0"), side("1"), side("2"), Options{}); r.Clean() != (n == maxConflicts) {
			t.Errorf("%d conflicts by lines are %d", n, len(r.Conflicts))
		}
	}
}
