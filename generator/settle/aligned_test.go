package settle

import (
	"strings"
	"testing"
)

// In each row base, ours, theirs, and what comes of them; without that it is a
// conflict.
var alignedTests = []struct{ name, base, ours, theirs, want string }{
	// Each line as the side has it that changed it.
	{"a.yaml", "a: 1\nb: 2", "a: 3\nb: 2", "a: 1\nb: 4", "a: 3\nb: 4"},
	{"a.yaml", "a: 1\nb: 2\nc: 3", "a: 1\nb: 4\nc: 5", "a: 6\nb: 2\nc: 3", "a: 6\nb: 4\nc: 5"},
	{"a.yaml", "a: 1\nb: 2", "a: 3\nb: 4", "a: 3\nb: 2", "a: 3\nb: 4"},
	{"a.yaml", "a: 1\nb: 2", "a: 3\nb: 2", "a: 4\nb: 5", ""},
	{"a.yaml", "a: 1\nb: 2", "a: 3", "a: 1\nb: 4", ""},
	{"a.yaml", "a: 1", "a: 2\nb: 3", "a: 4", ""},
	{"a.toml", "a = 1\nb = 2", "a = 3\nb = 2", "a = 1\nb = 4", "a = 3\nb = 4"},
	{"a.json", "\"a\": 1,\n\"b\": 2", "\"a\": 3,\n\"b\": 2", "\"a\": 1,\n\"b\": 4", "\"a\": 3,\n\"b\": 4"},
	{"tox.ini", "a = 1\nb = 2", "a = 3\nb = 2", "a = 1\nb = 4", "a = 3\nb = 4"},
	{".env.example", "A=1\nB=2", "A=3\nB=2", "A=1\nB=4", "A=3\nB=4"},
	{"requirements.txt", "a\nb", "a[x]\nb", "a\nb>1", "a[x]\nb>1"},
	{"README.md", "| a | 1 |\n| b | 2 |", "| a | 3 |\n| b | 2 |", "| a | 1 |\n| b | 4 |", "| a | 3 |\n| b | 4 |"},

	// Of a version that both raised, the higher.
	{"a.yaml", "repo: a\ntag: 1.0.0", "repo: a\ntag: 1.2.0", "repo: b\ntag: 1.1.0", "repo: b\ntag: 1.2.0"},
	{"yarn.lock", "a: 1.0.0\nb: 1", "a: 1.2.0\nb: 1", "a: 1.1.0\nb: 2", ""},

	{"a.yaml", "a: 0", "a: \x00", "a: 1", ""},

	// A line has to be like itself: by its key, or by most of its words.
	{"a.yaml", "a: 1\nb: 2", "c: 1\nb: 2", "a: 1\nb: 4", ""},
	{"a.yaml", "a: 1\n  b: 2", "a: 3\n  b: 2", "a: 1\n    b: 2", ""},
	{"a.yaml", "- a b c\n- d", "- a b e\n- d", "- a b c\n- e", ""},
	{"a.yaml", "- a b c\nd: 1", "- a b e\nd: 1", "- a b c\nd: 2", "- a b e\nd: 2"},
	{"a.yaml", "- a b\nd: 1", "- a e\nd: 1", "- a b\nd: 2", "- a e\nd: 2"}, // the dash is a word
	{"a.yaml", "  run a b c d\nd: 1", "  run a b c e\nd: 1", "  run a b c d\nd: 2", ""},
	{"README.md", "a b c\nd e f", "a b x\nd e f", "a b c\nd e y", ""},

	// Code is not decided by its lines.
	{"a.go", "a = 1\nb = 2", "a = 3\nb = 2", "a = 1\nb = 4", ""},
	{"a.py", "a = 1\nb = 2", "a = 3\nb = 2", "a = 1\nb = 4", ""},
	{"Makefile", "a = 1\nb = 2", "a = 3\nb = 2", "a = 1\nb = 4", ""},
	{"a.sh", "a=1\nb=2", "a=3\nb=2", "a=1\nb=4", ""},
}

func TestAligned(t *testing.T) {
	for _, test := range alignedTests {
		h := Hunk{Name: test.name, Base: linesOf(test.base), Ours: linesOf(test.ours), Theirs: linesOf(test.theirs)}
		for _, h := range []Hunk{h, swap(h)} {
			lines, _, ok := Aligned(h)
			if got := strings.Join(lines, "\n"); ok != (test.want != "") || ok && got != test.want {
				t.Errorf("%s: base %q ours %q theirs %q: got %q, %v; want %q", h.Name, h.Base, h.Ours, h.Theirs, got, ok, test.want)
			}
		}
	}
}

// What both sides begin and end with became of lines of base.
func TestAlignedSeesWhatIsAgreed(t *testing.T) {
	h := Hunk{
		Name: "a.yaml", Base: linesOf("a: 1\nb: 1\nc: 1\nd: 1"), Head: linesOf("a: 2"), Tail: linesOf("e: 1"),
		Ours: linesOf("b: 3\nc: 1"), Theirs: linesOf("b: 1\nc: 4"),
	}
	if lines, _, ok := Aligned(h); !ok || strings.Join(lines, " ") != "b: 3 c: 4" {
		t.Errorf("got %q, %v", lines, ok)
	}
}
