package outline

import (
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var codeTests = []struct{ name, content, want string }{
	{"a.go", "//go:build x\n\n// P.\npackage a\n\nimport \"b\"\n\n// F.\nfunc F() {\n}\n\nfunc (t *T[X]) g() {}\n\n// end\n",
		`package a|[import (>"b"] [func F] [func (T) g]`},
	{"a.go", "package a\n\nimport (\n\t\"b\"\n\n\tc \"d/e\" // f\n)\n\nimport \"C\"\n", `package a|[import ("b">"b" c "d/e"] [import "C"]`},
	{"a.go", "package a\n\ntype T struct {\n\t// A.\n\tA, B int\n\tu.V\n\n\tC struct {\n\t\tD int\n\t}\n\t// end\n}\n", `package a|[type T>A u.V C]`},
	{"a.go", "package a\n\ntype I interface {\n\tF(int) string\n\tJ\n}\ntype S struct{ a int }\n", `package a|[type I>F J] [type S]`},
	{"a.go", "package a\n\nconst (\n\tA = 1\n\tB, C = 2, 3\n)\n\nvar (\n\td int\n\te = 1\n)\nvar f = 1\n", `package a|[const (>A B] [var (>d e] [var f]`},
	{"a.go", "package a\n\nconst (\n\tA = iota\n\tB\n)\n", `package a|[const (]`},
	{"a.go", "package a\n\nconst (\n\tA = 1\n\tB\n)\n", `package a|[const (]`},
	{"a.go", "package a\n\nfunc init() {}\nfunc init() {\n}\n", "package a|[func init\nfunc init() {}] [func init\nfunc init() {\n}]"},
	{"a.go", "package a\n\nfunc f() {}; func g() {}\n", "unread"},
	{"a.go", "package a\n\nvar a = 1 /* b\nc */\nvar d = 2\n", "unread"},
	{"a.go", "package a\n\nfunc f() {\n", "unread"},

	{"a.py", "#!x\n# c\n\"\"\"d\n\ne\"\"\"\n\n# i\nimport a\n", "#!x|[imports 1 of 1>import a]"},
	{"a.py", "from __future__ import annotations\n\nimport a  # b\nfrom c import d\n\nfrom e import (\n    f,\n    g as h,\n)\nx = 1\nimport i\n",
		"|[from __future__] [imports 1 of 2>import a from c import d from e import (>f g as h] [x =] [imports 2 of 2>import i]"},
	{"a.py", "@d(\n  1)\n@e\ndef f(x,\n  y):\n  z\n  # end\n# g\nasync def g(): pass\n", "|[def f] [def g]"},
	{"a.py", "class A(B):\n    '''D.'''\n\n    x: int = 1\n    y: str\n\n    @property\n    def z(self): pass\n    @z.setter\n    def z(self, v):\n        pass\n    # end\n\nclass C: pass\n",
		"|[class A>x = y = def z] [class C]"},
	{"a.py", "try:\n    import a\nexcept E:\n    a = None\nelse:\n    b\nif x:\n  y\nif __name__ == '__main__':\n    f()\n", "|[try: import a] [if x:] [if __name__ == '__main__':]"},
	{"a.py", "x = [\n    # a\n    'a',\n    'b>=1' # c\n]\nx += [\n    'c',\n]\n", "|[x =>a b] [x += [>c]"},
	{"a.py", "x = {\n    'a': {\n        'b': 1,\n    },\n    **c,\n}\n", "|[x =>a>b **c]"},
	{"a.py", "setup(\n    name='a',\n    install_requires=[\n        'b[c]>=1',\n    ],\n)\n", "|[setup(>name install_requires>b]"},
	{"a.py", "x = [\n    'a', 'b',\n]\ny = [\n    '''\n''',\n]\n", "|[x =] [y =]"},
	{"a.py", "x = (\n    'a',\n    'b',\n)\ny = (\n    'a',\n    'b'\n)\nz = f(\n    a,\n    b\n)\n", "|[x =>a b] [y =] [z =>a b]"},
	{"a.py", "if a:\n    b\n  c\n", "|[if a:]"},
	{"a.py", "  a\nb\n", "unread"},
	{"a.py", "x = (\n", "unread"},
}

func TestReadCode(t *testing.T) {
	for _, tt := range codeTests {
		lines := strings.Split(strings.TrimSuffix(tt.content, "\n"), "\n")
		f, ok := Read(tt.name, lines)
		got := "unread"
		if ok {
			if wrong := wrongParts(f, lines); wrong != "" {
				t.Errorf("%q: %s", tt.content, wrong)
			}
			got = describeCode(f)
		}
		if got != tt.want {
			t.Errorf("%s %q:\n got %s\nwant %s", tt.name, tt.content, got, tt.want)
		}
	}
}

// describeCode is the first line of a file's head, or of the last comment there, and the
// keys of its entries.
func describeCode(f File) string {
	head := ""
	for _, l := range f.Lines[:f.Root.Head.End] {
		if strings.HasPrefix(l, "package") || strings.HasPrefix(l, "#!") {
			head = l
		}
	}
	return head + "|" + describeCodeEntries(f.Root.Entries, "[", "]")
}

func describeCodeEntries(entries []Entry, open, end string) string {
	var all []string
	for _, e := range entries {
		s := open + e.Key
		if !e.IsLeaf() {
			s += ">" + describeCodeEntries(e.Entries, "", "")
		}
		all = append(all, s+end)
	}
	return strings.Join(all, " ")
}

// wrongParts says where the parts of a file, one after the other, are not the file.
func wrongParts(f File, lines []string) string {
	at := 0
	joined := slices.Clone(f.Lines)
	var walk func(e *Entry) string
	walk = func(e *Entry) string {
		for _, s := range []Span{e.Lead, e.Head} {
			if s.Start != at || s.End < at {
				return fmt.Sprintf("%q begins at %d and not at %d", e.Key, s.Start, at)
			}
			at = s.End
		}
		for i := range e.Entries {
			from := at
			if wrong := walk(&e.Entries[i]); wrong != "" {
				return wrong
			}
			if at == from {
				return fmt.Sprintf("%q has no lines", e.Entries[i].Key)
			}
			if e.Commas && (i < len(e.Entries)-1 || e.Trailing) {
				joined[at-1] = f.Comma(f.Comma(joined[at-1], false), true)
			}
		}
		if e.Tail.Start != at || e.Tail.End < at {
			return fmt.Sprintf("%q closes at %d and not at %d", e.Key, e.Tail.Start, at)
		}
		at = e.Tail.End
		return ""
	}
	if wrong := walk(&f.Root); wrong != "" {
		return wrong
	}
	if at != len(lines) || !slices.Equal(joined, lines) {
		return fmt.Sprintf("ends at %d of %d, and is\n%s", at, len(lines), strings.Join(joined, "\n"))
	}
	return ""
}

// TestReadCodeReal reads the sources of Go, and of Python where that is installed.
func TestReadCodeReal(t *testing.T) {
	roots := []string{filepath.Join(build.Default.GOROOT, "src"), "../.."}
	python, _ := filepath.Glob("/usr/lib/python3*")
	every := 20
	if os.Getenv("CI") == "true" {
		every = 2
	}
	read, unread, n := map[string]int{}, map[string]int{}, 0
	for _, root := range append(roots, python...) {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			ext := filepath.Ext(path)
			if err != nil || !d.Type().IsRegular() || ext != ".go" && ext != ".py" || strings.Contains(path, "testdata") {
				return nil
			}
			if n++; n%every != 0 {
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
			f, ok := Read(filepath.Base(path), lines)
			if !ok || ext == ".py" && !isPython(lines) {
				unread[ext]++
				return nil
			}
			read[ext]++
			if wrong := wrongParts(f, lines); wrong != "" {
				t.Errorf("%s: %s", path, wrong)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for ext, n := range read {
		if unread[ext]*20 > n {
			t.Errorf("%d of %d files are not read: %s", unread[ext], n, ext)
		}
	}
	t.Logf("read %v, declined %v", read, unread)
}

// The value of a constant depends on no other name, nor on when it is asked for.
func TestConstants(t *testing.T) {
	for text, want := range map[string]bool{
		`A = 1`: true, `A = -1.5`: true, `A = "a"  # why`: true, `A = 'a' 'b'`: true, `A = None`: true, `A = r"a"`: true,
		"A = {\n    'a': [1, True],  # b\n    \"c\": (),\n}": true, `A=b"a"`: true, `a_1 = []`: true,
		`A = B`: false, `A = f"{B}"`: false, `A = b"{}"`: true, `A = f()`: false, `A = "a".x`: false, `A += 1`: false, `A == 1`: false,
		`A = B = 1`: false, `A, B = 1, 2`: false, `a.b = 1`: false, `a["b"] = 1`: false, `A: int = 1`: false, `  a = 1`: false,
		`A = """a"""`: false, `A = "a\"b"`: false, `A = 1 if x else 2`: false, `A = "" % B`: false, `del A`: false, `A = rf"{B}"`: false,
		"A = [\n    b,\n]": false, `A = True1`: false, `A = "#" + B`: false, `A = 1; f()`: false, `A =`: false,
	} {
		if got := isConstant(text); got != want {
			t.Errorf("%s: constant is %v, want %v", text, got, want)
		}
	}
}
