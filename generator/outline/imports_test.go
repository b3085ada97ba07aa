package outline

import (
	"slices"
	"strings"
	"testing"
)

// Whichever side is which makes no difference. want is empty for what is declined.
var fitTests = []struct {
	name, file                       string
	base, ours, theirs, merged, want string
}{
	{"what only deleted code used goes", "a.go",
		goFile("a b", "a b"), goFile("a b", "b a"), goFile("a b", "a b"), goFile("a b", "b"), goFile("b", "b")},
	{"what nothing used before stays", "a.go",
		goFile("a b", "b"), goFile("a b", "b"), goFile("a b", "b"), goFile("a b", "b"), goFile("a b", "b")},
	{"what the other side uses anew comes back, where it stood", "a.go",
		goFile("a b c", "a b c"), goFile("a c", "a c"), goFile("a b c", "a b c"), goFile("a c", "a b c"), goFile("a b c", "a b c")},
	{"and the first above the second", "a.go",
		goFile("a b", "a b"), goFile("b", "b"), goFile("a b", "a b"), goFile("b", "a b"), goFile("a b", "a b")},
	{"nothing is beside it", "a.go",
		goFile("a", "a"), "package p\n", goFile("a", "a"), "package p\n\nfunc _() {\n\ta.F()\n}\n", ""},
	{"two packages have one name", "a.go",
		goFile("a", "a"), goFile("a x/rand", "a rand"), goFile("a y/rand", "a rand"), goFile("a x/rand y/rand", "a rand"), ""},
	{"a major version and another", "a.go",
		goFile("a", "a"), goFile("a math/rand", "a rand"), goFile("a math/rand/v2", "a rand"), goFile("a math/rand math/rand/v2", "a rand"), ""},
	{"one import stands twice", "a.go",
		goFile("a", "a"), goFile("a b", "a b"), goFile("b a", "a b"), goFile("b a b", "a b"), ""},
	{"a package that no source imports is of another file", "a.go",
		goFile("a", "a x"), goFile("a", "a x y"), goFile("a", "a x"), goFile("a", "a x y"), goFile("a", "a x y")},
	{"a part of a path may be the name", "a.go",
		goFile("a", "a"), goFile("a b.c/go-yaml.v3", "a yaml"), goFile("a d", "a d"), goFile("a b.c/go-yaml.v3 d", "a yaml d"), goFile("a b.c/go-yaml.v3 d", "a yaml d")},
	{"what does not parse", "a.go", goFile("a", "a"), goFile("a", "a"), goFile("a", "a"), "package p\n}\n", ""},

	{"a side adds an import", "a.py", "import a\n", "import a\nimport b\n", "import a\n", "import a\n", ""},
	{"and it may stand elsewhere", "a.py", "import a\n", "import a\nimport b\n", "import a\n", "from x import b, a\n", "from x import b, a\n"},
	{"a side deletes one", "a.py", "import a\nimport b\n", "import b\n", "import a\nimport b\nb()\n", "import b\nb()\n", "import b\nb()\n"},
	{"a side deletes one that the other uses anew", "a.py", "import a\n", "", "import a\na.f()\n", "a.f()\n", ""},
	{"a star", "a.py", "", "from a import *\n", "x = 1\n", "x = 1\n", ""},
	{"within a block, under another name", "a.py", "", "try:\n    import a as b\nexcept E:\n    b = None\n", "x\n", "import b\n", "import b\n"},
	{"the future is not first", "a.py", "\"\"\"d\"\"\"\n", "from __future__ import a\n", "x\n", "x\nfrom __future__ import a\n", ""},
	{"bytes that are no text", "a.py", "import \x85\n", "import \x85\n", "", "x\n", "x\n"},
	{"a class without a body", "a.py", "", "", "", "class A:\nx\n", ""},
	{"a body without a class", "a.py", "", "", "", "x\n    y\n", ""},
	{"a line that belongs to no block", "a.py", "", "", "", "if x:\n    y\n  z\n", ""},
	{"a decorator of nothing", "a.py", "", "", "", "@x\ny\n", ""},
	{"an import of nothing", "a.py", "", "", "", "from x import (\n)\n", ""},
	{"blocks in blocks", "a.py", "", "", "", "@x\n@y\nclass A:\n  # b\n  def f(x): # c\n\t\t  return {\n0: 1}\n  if x: y\n  else:\n   z\nw\n", "@x\n@y\nclass A:\n  # b\n  def f(x): # c\n\t\t  return {\n0: 1}\n  if x: y\n  else:\n   z\nw\n"},
	{"an open bracket", "a.py", "", "", "", "x = (\n", ""},

	{"another language", "a.txt", "", "", "", "x", "x"},
}

// goFile is a Go file that imports paths, and uses names.
func goFile(paths, names string) string {
	var b strings.Builder
	b.WriteString("package p\n\nimport (\n")
	for path := range strings.FieldsSeq(paths) {
		b.WriteString("\t\"" + path + "\"\n")
	}
	b.WriteString(")\n\nfunc _() {\n")
	for name := range strings.FieldsSeq(names) {
		b.WriteString("\t" + name + ".F()\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func TestFit(t *testing.T) {
	split := func(s string) []string { return strings.Split(strings.TrimSuffix(s, "\n"), "\n") }
	for _, tt := range fitTests {
		for _, sides := range [][2]string{{tt.ours, tt.theirs}, {tt.theirs, tt.ours}} {
			fit, ok := Fit(tt.file, split(tt.base), split(sides[0]), split(sides[1]), split(tt.merged))
			got := strings.Join(fit, "\n")
			if !ok {
				got = ""
			}
			if got != strings.TrimSuffix(tt.want, "\n") {
				t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
			}
		}
	}
}

// A name with a star is one that an import does not tell.
func TestImportedNames(t *testing.T) {
	for _, tt := range []struct{ file, line, want string }{
		{"a.go", "\t\"os\"", "os"},
		{"a.go", "import \"a.b/c/v2\" // why", "c"},
		{"a.go", "\t`gopkg.in/yaml.v3`", "yaml"},
		{"a.go", "\tx \"a/b\"", "x"},
		{"a.go", "\t. \"a/b\"", "*"},
		{"a.go", "\t_ \"a/b\"", ""},
		{"a.go", "\t_ \"embed\"", "//go:embed"},
		{"a.go", "\t\"a\",", ""},
		{"a.go", "var x = \"a\"", ""},
		{"a.go", "\treturn \"a\"", ""},
		{"a.go", "\t\"", ""},
		{"a.py", "import a.b, c as d", "a d"},
		{"a.py", "    from a import b  # c", "b"},
		{"a.py", "from a import (", ""},
		{"a.py", "from a import *", "*"},
		{"a.py", "    a as b, c)", "b c"},
		{"a.py", "    a, \\", "a"},
		{"a.py", "x = a", ""},
		{"a.py", "return a", ""},
		{"a.py", "f(a)", ""},
	} {
		if got := strings.Join(slices.Compact(Imported(tt.file, tt.line)), " "); got != tt.want && !strings.HasPrefix(got, tt.want+" ") {
			t.Errorf("%s %q imports %q, want %q", tt.file, tt.line, got, tt.want)
		}
	}
}

func TestNamesIn(t *testing.T) {
	for _, tt := range []struct{ file, line, want string }{
		{"a.go", "x.y.z(a.b, c) // d.e", "x a"},
		{"a.go", "\"a.b\" + `c.d` + 'e' + f.g", "f"},
		{"a.go", "\"\\\"a.b\"", ""},
		{"a.go", "//go:embed a.txt", "//go:embed"},
		{"a.py", "x.y(a=b, c == d) # e", "x b c d"},
		{"a.py", "'a' + f'{b}'", "f b"},
		{"a.py", "def f(a: 'b') -> \"c\":", "def f a b c"},
		{"a.py", "{'a': 'b'}", ""},
	} {
		if got := strings.Join(NamesIn(tt.file, tt.line), " "); got != tt.want {
			t.Errorf("%s %q has the names %q, want %q", tt.file, tt.line, got, tt.want)
		}
	}
}

// FuzzCode reads what it is given as Go and as Python. What is read has all lines of the
// file, and what fits parses.
func FuzzCode(f *testing.F) {
	for _, tt := range codeTests {
		f.Add(tt.name, tt.content, tt.content)
	}
	for _, tt := range fitTests {
		f.Add(tt.file, tt.ours, tt.merged)
	}
	f.Fuzz(func(t *testing.T, name, content, merged string) {
		lines, other := strings.Split(content, "\n"), strings.Split(merged, "\n")
		if file, ok := Read(name, lines); ok {
			if wrong := wrongParts(file, lines); wrong != "" {
				t.Errorf("%s %q: %s", name, content, wrong)
			}
		}
		if fit, ok := Fit(name, lines, lines, other, other); ok {
			if _, again := Fit(name, lines, lines, other, fit); !again {
				t.Errorf("%s %q %q: %q does not fit", name, content, merged, fit)
			}
		}
	})
}
