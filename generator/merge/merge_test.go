package merge

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
)

var labels = Labels{"yours", "base", "web 1.1.0"}

// Lines merges by lines alone, as no command does.
func Lines(base, ours, theirs []byte, l Labels) Result {
	b := parse(base)
	o, t := parseBeside(ours, &b), parseBeside(theirs, &b)
	return mergeLines(&b, &o, &t, l, nil)
}

// Each word is a line. In want, a conflict is < ours | base = theirs >.
var linesTests = []struct{ base, ours, theirs, want string }{
	// Nobody changed anything.
	{"a b c", "a b c", "a b c", "a b c"},
	// One side changed, added, removed: so does the merge.
	{"a b c", "a B c", "a b c", "a B c"},
	{"a b c", "a b c", "a x b c", "a x b c"},
	{"a b c", "a c", "a b c", "a c"},
	{"a b c", "a b c", "", ""},
	{"", "a b", "", "a b"},
	// Both made the same change: it is made once.
	{"a b c", "a B c", "a B c", "a B c"},
	{"a b c", "a x b c", "a x b c", "a x b c"},
	{"a b c", "a c", "a c", "a c"},
	{"", "a", "a", "a"},
	// Changes with a line between them that both left alone are apart.
	{"a b c", "A b c", "a b C", "A b C"},
	{"a b c", "b c", "a b", "b"},
	{"a b", "x a b", "a b y", "x a b y"},
	// Changes of the same line conflict.
	{"a b c", "a X c", "a Y c", "a < X | b = Y > c"},
	// So do changes that touch: nothing says that they are independent.
	{"a b", "A b", "a B", "< A b | a b = a B >"},
	{"a b c", "a X b c", "a Y c", "a < X b | b = Y > c"},
	{"a b c d", "a X c d", "a b Y d", "a < X c | b c = b Y > d"},
	// Two insertions at one place are never joined, whichever order would do.
	{"a b", "a x b", "a y b", "a < x | = y > b"},
	{"", "a", "b", "< a | = b >"},
	// A change of what the other side removed is for the user to decide.
	{"a b c", "a c", "a B c", "a < | b = B > c"},
	{"a b c", "a B c", "a c", "a < B | b = > c"},
	{"a b c", "", "a B c", "< | a b c = a B c >"},
	// Removals that overlap without being the same are a conflict too.
	{"a b c d", "a d", "a c d", "a < | b c = c > d"},
	// What both sides begin or end a conflict with is agreed, not disputed.
	{"a z", "a p x q z", "a p y q z", "a p < x | = y > q z"},
	{"a b z", "a p x z", "a p y z", "a p < x | b = y > z"},
	{"a z", "a p z", "a p q z", "a p < | = q > z"},
	// A chain of changes that touch is one conflict; the rest merges.
	{"a b c d e f", "A b C d e f", "a B c d e F", "< A b C | a b c = a B c > d e F"},
	{"a b c d e", "A b c d E", "x b c d y", "< A | a = x > b c d < E | e = y >"},
	// A change inside repeated blocks stays in the block it was made in.
	{
		"f { i } g { i } h { i }",
		"f { i } g { i x } h { i }",
		"f { i } e { i } g { i } h { i }",
		"f { i } e { i } g { i x } h { i }",
	},
	{
		"f { i } g { i } h { i }",
		"f { i } g { i } h { i x }",
		"g { i } h { i }",
		"g { i } h { i x }",
	},
	// Both sides see one repeated line more at the same place.
	{"{ } { }", "{ } { } { }", "{ } { } { }", "{ } { } { }"},
	// An inserted function may begin with its own brace or with the one before;
	// both diffs choose alike, so a change above it does not touch it.
	{"f { a } z", "f { A } z", "f { a } g { b } z", "f { A } g { b } z"},
}

func TestLines(t *testing.T) {
	for _, tt := range linesTests {
		r := Lines(words(tt.base), words(tt.ours), words(tt.theirs), labels)
		if got := unwords(r.Content); got != tt.want {
			t.Errorf("base %q, ours %q, theirs %q:\n got %s\nwant %s", tt.base, tt.ours, tt.theirs, got, tt.want)
		}
		if want := strings.Count(tt.want, "<"); len(r.Conflicts) != want {
			t.Errorf("base %q, ours %q, theirs %q: %d conflicts, want %d", tt.base, tt.ours, tt.theirs, len(r.Conflicts), want)
		}
	}
}

func words(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(strings.ReplaceAll(s, " ", "\n") + "\n")
}

func unwords(content []byte) string {
	return strings.NewReplacer(
		"<<<<<<< yours", "<", "||||||| base", "|", "=======", "=", ">>>>>>> web 1.1.0", ">", "\n", " ",
	).Replace(strings.TrimSuffix(string(content), "\n"))
}

// Line endings, byte order mark and final newline are the user's, unless only
// the template changed them.
var styleTests = []struct{ name, base, ours, theirs, want string }{
	{"the user went to CRLF", "a\nb\nc\n", "a\r\nb\r\nc\r\n", "a\nb\nC\n", "a\r\nb\r\nC\r\n"},
	{"the user is on CRLF, and edited", "a\nb\nc\n", "A\r\nb\r\nc\r\n", "a\nb\nC\n", "A\r\nb\r\nC\r\n"},
	{"the template went to CRLF", "a\nb\nc\n", "A\nb\nc\n", "a\r\nb\r\nc\r\n", "A\r\nb\r\nc\r\n"},
	{"the template went to LF", "a\r\nb\r\nc\r\n", "A\r\nb\r\nc\r\n", "a\nb\nc\n", "A\nb\nc\n"},
	{"both went to CRLF", "a\nb\nc\n", "A\r\nb\r\nc\r\n", "a\r\nb\r\nC\r\n", "A\r\nb\r\nC\r\n"},
	{"mixed endings stay on the user's lines", "a\nb\nc\nd\n", "a\r\nx\nb\nc\r\nd\r\n", "a\nb\nc\nD\n", "a\r\nx\nb\nc\r\nD\r\n"},
	{"mixed endings in all three stay", "a\r\nb\nc\n", "A\nb\nc\n", "a\r\nb\nC\r\n", "A\nb\nC\r\n"},
	{"nobody had a newline to go by", "a", "a\r\nb\r\n", "a", "a\r\nb\r\n"},
	{"without a base the user's ending counts", "", "a\r\nb\r\n", "a\nb\n", "a\r\nb\r\n"},
	{"conflicts are in the user's style", "a\nb\n", "a\r\nX\r\n", "a\nY\n",
		"a\r\n<<<<<<< yours\r\nX\r\n||||||| base\r\nb\r\n=======\r\nY\r\n>>>>>>> web 1.1.0\r\n"},
	{"the user took the final newline away", "a\nb\nc\n", "a\nb\nc", "A\nb\nc\n", "A\nb\nc"},
	{"the template took it away", "a\nb\nc\n", "A\nb\nc\n", "a\nb\nc", "A\nb\nc"},
	{"the user added it", "a\nb\nc", "a\nb\nc\n", "A\nb\nc", "A\nb\nc\n"},
	{"the template adds lines to a file without it", "a\nb", "a\nb", "a\nb\nc", "a\nb\nc"},
	{"and under a line of the user's", "a\nb", "A\nb", "a\nb\nc\n", "A\nb\nc\n"},
	{"an empty last line is a line", "a\nb\nc\n", "a\nb\nc", "a\nb\nc\n\n", "a\nb\nc\n\n"},
	{"the user added a byte order mark", "a\nb\nc\n", "\ufeffa\nb\nc\n", "a\nb\nC\n", "\ufeffa\nb\nC\n"},
	{"the template added it", "a\nb\nc\n", "a\nb\nC\n", "\ufeffa\nb\nc\n", "\ufeffa\nb\nC\n"},
	{"the user took it away", "\ufeffa\nb\nc\n", "a\nb\nc\n", "\ufeffa\nb\nC\n", "a\nb\nC\n"},
	{"a lone carriage return is content", "a\rb\nc\nd\n", "a\rb\nc\nD\n", "a\rB\nc\nd\n", "a\rB\nc\nD\n"},
	{"also at the end of a line", "a\r\r\nb\nc\n", "a\r\r\nb\nC\n", "a\r\r\nb\nc\nd\n",
		"a\r\r\nb\n<<<<<<< yours\nC\n||||||| base\nc\n=======\nc\nd\n>>>>>>> web 1.1.0\n"},
	{"and at the end of the file", "a\nb\r", "A\nb\r", "a\nb\r\r\nc", "A\nb\r\r\nc"},
	{"bytes are bytes", "\xe9\nb\n\xff\n", "\xe9\nb\n\xfe\n", "\xe8\nb\n\xff\n", "\xe8\nb\n\xfe\n"},
}

func TestStyle(t *testing.T) {
	for _, tt := range styleTests {
		r := Lines([]byte(tt.base), []byte(tt.ours), []byte(tt.theirs), labels)
		if got := string(r.Content); got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

// A report says how much each side changed, and how much of it overlaps.
func TestCounts(t *testing.T) {
	r := Lines(words("a b c d e f g"), words("A1 A2 b c d E f"), words("a b C1 C2 d x y f"), labels)
	if want := (Edits{Hunks: 3, Lines: 4, Overlap: 1}); r.Yours != want {
		t.Errorf("yours %+v, want %+v", r.Yours, want)
	}
	if want := (Edits{Hunks: 3, Lines: 5, Overlap: 1}); r.Theirs != want {
		t.Errorf("theirs %+v, want %+v", r.Theirs, want)
	}
	if len(r.Conflicts) != 1 || r.Conflicts[0] != (Overlap{Line: 7, Ours: 1, Base: 1, Theirs: 2}) {
		t.Errorf("conflicts %+v, content\n%s", r.Conflicts, r.Content)
	}
}

// In a file of functions that differ only in their first line, an edit stays
// in its function while the template adds or drops others.
func TestRepeatedBlocks(t *testing.T) {
	const n = 12
	render := func(edited, added, dropped int) []byte {
		var out []byte
		for i := range n + 1 {
			if i == added {
				out = append(out, "func added() {\n\tif err != nil {\n\t\treturn\n\t}\n}\n\n"...)
			}
			if i == n || i == dropped {
				continue
			}
			out = fmt.Appendf(out, "func f%d() {\n\tif err != nil {\n", i)
			if i == edited {
				out = append(out, "\t\tlog(err)\n"...)
			}
			out = append(out, "\t\treturn\n\t}\n}\n\n"...)
		}
		return out
	}
	for edited := range n {
		for other := range n + 1 {
			for _, tt := range []struct{ added, dropped int }{{other, -1}, {-1, other}} {
				if tt.dropped == edited || tt.dropped == n {
					continue
				}
				r := Lines(render(-1, -1, -1), render(edited, -1, -1), render(-1, tt.added, tt.dropped), labels)
				if want := render(edited, tt.added, tt.dropped); !bytes.Equal(r.Content, want) {
					t.Errorf("edited f%d; template %+v: %d conflicts\n%s", edited, tt, len(r.Conflicts), r.Content)
				}
			}
		}
	}
}

// What costs too much to compare is a conflict where the template changed it,
// and is said. The laws, which merge it many times, are checked in CI.
func TestBait(t *testing.T) {
	for _, x := range baits() {
		r := Lines(x.base, x.ours, x.theirs, labels)
		capped := x.name == "shuffled" || x.name == "twoLines"
		if capped != (r.Note == noteCoarse) {
			t.Errorf("%s: note %q", x.name, r.Note)
		}
		if !capped {
			continue
		}
		if len(r.Conflicts) != 1 {
			t.Errorf("%s: %d conflicts, want one", x.name, len(r.Conflicts))
		}
		if os.Getenv("CI") == "true" {
			checkLaws(t, x.triple)
		}
	}
}

// Conflicts settled for a side; what does not conflict stays merged, and the
// final newline is what it would be without markers.
var resolveTests = []struct{ name, base, ours, theirs, mine, template string }{
	{"a line each", "a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n", "a\nX\nc\n", "a\nY\nc\n"},
	{"the rest stays merged", "a\nb\nc\nd\n", "a\nX\nc\nd\n", "a\nY\nc\nZ\n", "a\nX\nc\nZ\n", "a\nY\nc\nZ\n"},
	{"two of them", "a\nb\nc\n", "X\nb\nX\n", "Y\nb\nY\n", "X\nb\nX\n", "Y\nb\nY\n"},
	{"one side removed", "a\nb\nc\n", "a\nc\n", "a\nY\nc\n", "a\nc\n", "a\nY\nc\n"},
	{"added by both", "", "X\n", "Y\nZ\n", "X\n", "Y\nZ\n"},
	{"no final newline", "a\nb", "a\nX", "a\nY", "a\nX", "a\nY"},
	{"the user's CRLF", "a\nb\n", "a\r\nX\r\n", "a\nY\n", "a\r\nX\r\n", "a\r\nY\r\n"},
	{"a mark before it", "\xef\xbb\xbfb\n", "\xef\xbb\xbfX\n", "\xef\xbb\xbfY\n", "\xef\xbb\xbfX\n", "\xef\xbb\xbfY\n"},
	{"nothing left of the file", "a\n", "", "Y\n", "", "Y\n"},
	{"lines that look like markers", "a\nb\n", "a\n<<<<<<<\n", "a\n=======\n", "a\n<<<<<<<\n", "a\n=======\n"},
	{"clean", "a\nb\nc\n", "X\nb\nc\n", "a\nb\nY\n", "X\nb\nY\n", "X\nb\nY\n"},
}

func TestResolve(t *testing.T) {
	for _, tt := range resolveTests {
		r := Lines([]byte(tt.base), []byte(tt.ours), []byte(tt.theirs), labels)
		if got := string(r.Resolve(true)); got != tt.mine {
			t.Errorf("%s: mine is %q, want %q", tt.name, got, tt.mine)
		}
		if got := string(r.Resolve(false)); got != tt.template {
			t.Errorf("%s: the template's is %q, want %q", tt.name, got, tt.template)
		}
	}
}

// Lines are parted by commas.
func TestCountConflicts(t *testing.T) {
	for text, want := range map[string]int{
		"<<<<<<< a,=======,>>>>>>> b,":                            1,
		"1,<<<<<<< a,2,||||||| c,=======,3,>>>>>>> b,4":           1,
		"<<<<<<<,=======,>>>>>>>":                                 1,
		"\ufeff<<<<<<< a\r,=======\r,>>>>>>> b\r,":                1,
		"<<<<<<< a,=======,=======,>>>>>>> b,":                    1,
		"<<<<<<< a,=======,>>>>>>> b,<<<<<<< a,=======,>>>>>>> b": 2,
		"Title,=======,":                                          0,
		"<<<<<<< a,>>>>>>> b,=======,":                            0,
		">>>>>>> b,=======,<<<<<<< a,":                            0,
		"<<<<<<< a,======= b,>>>>>>> b,":                          0,
		" <<<<<<< a, =======, >>>>>>> b,":                         0,
		"<<<<<<<<,=======,>>>>>>>>,":                              0,
	} {
		if got := CountConflicts([]byte(strings.ReplaceAll(text, ",", "\n"))); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}
