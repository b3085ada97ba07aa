package settle

import (
	"strings"
	"testing"
)

// In each row the lines of base, ours and theirs, and what comes of them; "-" is a
// conflict.
var ignoreTests = []struct{ name, base, ours, theirs, want string }{
	// What both added is in, once, ours first; what one took out is out.
	{".gitignore", "", "a", "b", "a b"},
	{".gitignore", "", "a b", "b c", "a b c"},
	{".gitignore", "a", "", "b a", "b"},
	{".gitignore", "a b", "a", "b", ""},
	{".gitignore", "a b", "a x b", "y b", "x y b"},
	{".gitignore", "a b", "b a", "c a b", "-"},
	{".gitignore", "a b", "b a", "b", "-"},
	{".gitignore", "a b", "a c c b", "a b d", "-"},
	{"docs/.dockerignore", "", "a", "b", "a b"},
	{".hgignore", "", "a", "b", "-"},
	{"ignore", "", "a", "b", "-"},
	{"a.txt", "", "a", "b", "-"},

	// Order counts where something is taken back.
	{".gitignore", "", "!a", "b", "-"},
	{".gitignore", "!a", "!a b", "c", "-"},

	// What both took out or replaced is not decided for one of them.
	{".gitignore", "a", "b", "c", "-"},
	{".gitignore", "a", "", "b", "-"},
	{".gitignore", "a", "x", "x", "x"},

	// A block stays together: "_" is a blank line.
	{".gitignore", "", "a _ # B b", "c _ # D d", "a c _ # B b _ # D d"},
	{".gitignore", "", "_ # B b", "c", "c _ # B b"},
	{".gitignore", "", "# B b _", "# C c _", "# B b _ # C c _"},
	{".gitignore", "", "# B b", "x # B c", "-"},
	{".gitignore", "# A a", "# B a", "# A x a", "-"},
	{".gitignore", "# A a", "", "# A x a", "x"},
	{".gitignore", "", "_", "_ a", "_ a"},
}

// ignoreLines reads words as lines; a heading is two words.
func ignoreLines(words string) []string {
	var lines []string
	for _, w := range strings.Fields(strings.ReplaceAll(words, "# ", "#")) {
		lines = append(lines, strings.TrimPrefix(w, "_"))
	}
	return lines
}

func TestIgnore(t *testing.T) {
	for _, test := range ignoreTests {
		h := Hunk{Name: test.name, Base: ignoreLines(test.base), Ours: ignoreLines(test.ours), Theirs: ignoreLines(test.theirs)}
		lines, said, ok := Ignore(h)
		got := strings.Join(lines, "\n")
		if !ok {
			got = "-"
		}
		if want := strings.Join(ignoreLines(test.want), "\n"); got != want || said != "" {
			t.Errorf("%s: base %q ours %q theirs %q: got %q, %q; want %q", h.Name, h.Base, h.Ours, h.Theirs, got, said, want)
		}
	}
}

// Badges of a README are a set, told apart by what they are called.
func TestBadges(t *testing.T) {
	const a, b, c, d = "[![a](x.svg)](y)", "[![b](x.svg)](y)", "[![c](x.svg)](y)", "[![d](x.svg)](y)"
	for _, tt := range []ruleTest{
		{"both added one", "README.md", "", a, b, a + "|" + b},
		{"below others", "README.md", a, a + "|" + b, a + "|" + c + "|" + d, a + "|" + b + "|" + c + "|" + d},
		{"one changed it, the other added one", "README.md", a, "[![a](z.svg)](y)", a + "|" + b, "[![a](z.svg)](y)|" + b},
		{"one took it out", "README.md", a + "|" + b, b, a + "|" + b + "|" + c, b + "|" + c},
		{"two of one name", "README.md", "", a, "[![a](z.svg)](y)", declined},
		{"both changed it", "README.md", a, b, c, declined},
		{"a line of text", "README.md", "", a, "text", declined},
		{"a blank line", "README.md", "", a, "|" + b, declined},
		{"two on one line", "README.md", "", a, b + " " + c, declined},
		{"a picture", "README.md", "", a, "![b](x.svg)", declined},
		{"in another language", "README.rst", "", a, b, declined},
	} {
		tt.run(t, Ignore)
	}
}
