package keys

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// In want each key is its path, a colon and its line, and items are in brackets;
// "unread" is a file that is declined.
var readTests = []struct{ name, content, want string }{
	// YAML: by key path, through lists, and documents apart.
	{"a.yaml", "a: 1\nb:\n  c: 2\n", "a:1 b:2 b.c:3"},
	{"a.yml", "a: 1\nb: 2\na: 3\n", "a:1 b:2 a:3"},
	{"a.yaml", "l:\n- a: 1\n- a: 2\n", "l:1 l[].a:2 l[].a:3"},
	{"a.yaml", "l:\n- x\n- 'y'\n- [z]\n", "l:1 [x:2] [y:3] (z:4)"},
	{"a.yaml", "a: 1\n---\na: 2\n", "a:1 a:3"},
	{"a.yaml", "t: |\n  a: 1\n  a: 2\nb: {c: d}\n", "t:1 b:4 b.c:4"},
	{"a.yaml", "a: &x {b: 1}\nc:\n  <<: *x\n  d: *x\n", "a:1 a.b:1 c:2 c.d:4"},
	{"a.yaml", "? [a, b]\n: c\n\"d\": e\n", "d:3"},
	{"a.yaml", "# only this\n", ""},
	{"a.yaml", "a: {{ .Name }}\nb: }\n", "unread"},
	{"a.yaml", "a: \"b\u2028c\"\n", "unread"},
	{"a.yaml", strings.Repeat("[", 1000), "unread"},
	// JSON, as editors write it.
	{"a.json", "{\n\"a\": 1,\n\"b\": {\"c\": [1, 2]}\n}\n", "a:2 b:3 b.c:3 (1:3) (2:3)"},
	{"a.json", "{\"l\": [\n\"x\",\n\"y\"\n]}\n", "l:1 [\"x\":2] (\"y\":3)"},
	{"a.jsonc", "// c\n{\"a\": /* d */ 1, /*\n*/ \"b\": 2,}\n", "a:2 b:3"},
	{"a.json", `{"a": "{\"b\": 1}", "\u0063": 2}`, "a:1 c:1"},
	{"a.json", "[{\"a\": 1}, {\"a\": 2}]", "a:1 a:1"},
	{"a.json", `"text"`, ""},
	{"a.json", "{\"a\": 1} {}", "unread"},
	{"a.json", "{\"a\" 1}", "unread"},
	{"a.json", "{a: 1}", "unread"},
	{"a.json", "{'a': 1}", "unread"},
	{"a.json5", "{a: 'x\\'}', $b_1: [\n'y'], 'c d': {}, \"e\": +1, // f\n}", "a:1 $b_1:1 c d:2 e:2 ('y':2)"},
	{"a.json5", "{a-b: 1}", "unread"},
	{"a.json5", "{'a: 1}", "unread"},
	{"a.json", "{\"a\": \"b\n\"}", "unread"},
	{"a.json", "", "unread"},
	{"a.json", strings.Repeat("[", 1000), "unread"},
	// TOML: tables, arrays of tables, dotted names, values of several lines.
	{"a.toml", "a = 1\n[b]\na = 2\n[b.c]\na = 3\n", "a:1 b:2 b.a:3 b.c:4 b.c.a:5"},
	{"a.toml", "[[l]]\na = 1\n[[l]]\na = 2\n[l.m]\nb = 3\n", "l[].a:2 l[].a:4 l[].m:5 l[].m.b:6"},
	{"a.toml", "a.b = 1\n\"c.d\" = 2 # e = 3\n'f' = 4\n", "a.b:1 c.d:2 f:3"},
	{"a.toml", "a = \"\"\"\nb = 1\n\"\"\"\nc = '''\n[d]'''\n", "a:1 c:4"},
	{"a.toml", "a = [\n  \"x\", # y\n  \"z\",\n]\nb = {c = 1, d = 2}\n", "a:1 (\"x\":2) [\"z\":3] b:5 b.c:5 b.d:5"},
	{"a.toml", "a = \"\"\"x\\\"\"\"\"\"\nb = 1\n", "a:1 b:2"},
	{"a.toml", "a = 1 b = 2\n", "a:1"}, // TOML forbids it, and nothing is twice
	{"a.toml", "a\n", "unread"},
	{"a.toml", "a = \"b\n", "unread"},
	{"a.toml", "\"a\\u0062\" = 1\n", "unread"},
	// ini and .editorconfig: by section; names are alike in either case.
	{"tox.ini", "[a]\nx = 1\n; c\n[b]\nX: 2\n", "[a]:1 [a].x:2 [b]:4 [b].x:5"},
	{"setup.cfg", "[a]\nx =\n  y = 1\n  z\nw = 2\n", "[a]:1 [a].x:2 [a].w:5"},
	{".editorconfig", "root = true\n[*.{a,[bc]}]\nx = 1\n", "root:1 [*.{a,[bc]}]:2 [*.{a,[bc]}].x:3"},
	{"a.ini", "[a]\n  x = 1\n", "unread"},
	{"a.ini", "[a]\nx\n", "unread"},
	{"a.ini", "[a\n", "unread"},
	// Markdown: sections, but not in code and comments.
	{"README.md", "# A\nb\n\n## C #\n\nD\n===\n### E\n## C\n", "A:1 A.C:4 D:6 D.E:8 D.C:9"},
	{"README.md", "---\n# a: b\n---\n# C\n```sh\n# d\n```\n- ~~~~\n  # e\n  ~~~\n  ~~~~\n<!--\n# f\n-->\n<pre>\n# g\n</pre>\n", "#:4"},
	{"README.md", "a\n- b\n---\n\n| c\n---\n    # d\n#e\n#\n", "#:9"},
	{"README.md", "d\n---\n`<!--` # e\n", "#:1"},
	{"README.md", "# A\n## B\n### C\n", "#:1 B:2 B.C:3"}, // a title is in no path
	{"README.md", "# A\n```\n", "unread"},
	{"README.md", "# A\n<!--\n", "unread"},
	// reStructuredText: levels by the order of the signs.
	{"README.rst", "===\nAbc\n===\n\nDef\n---\n\nGhi\n^^^^\n\nJkl\n---\n", "#:1 Def:5 Def.Ghi:8 Jkl:11"},
	{"README.rst", "Abc\n---\n\nd\nEfg\n---\n\n  Hij\n  ---\n\n.. ...\n---\nklmn\n---\n", "#:1"},
	{"README.rst", "Abc\n===\nDef\n===\n", "Abc:1 Def:3"},
	{"README.rst", "Abc\n===\n\nAbc\n---\n\nAbc\n~~~\n\nAbc\n^^^\n\nAbc\n+++\n\nAbc\n***\n\nAbc\n...\n", "unread"},
	// Makefile: what has a recipe, and variables.
	{"Makefile", "a: b\n\tc\nd e: f\n\tg\n", "a:1 d:3 e:3"},
	{"Makefile", ".PHONY: a\n.PHONY: b\na:\n\n# c\n\td\n", "a:3"},
	{"Makefile", "a := b\nc = d: e\nf::\n\tg\n%.o: %.c\n\th\ni += j\nk ?= l\n", "a:1 c:2 k:8"},
	{"a.mk", "ifdef X\na:\n\tb\nelse\na:\n\tc\nendif\n", ""},
	{"Makefile", "define X\na:\n\tb\nendef\na: b \\\nc: d\n\te\n", "a:5"},
	{"Makefile", "a: X := 1\n\tb\n", ""},
	{"Makefile", "ifdef X\n", "unread"},
	// Go: the top level; not init, not _.
	{"a.go", "package p\nimport (\n\t\"a\"\n\tb \"a\"\n)\n", "import \"a\":3 import b \"a\":4"},
	{"a.go", "package p\nfunc f() {}\nfunc (t *T[K]) f() {}\nfunc (T) g() {}\nfunc init() {}\nfunc _() {}\n", "f:2 T.f:3 T.g:4"},
	{"a.go", "package p\nvar a, _ = 1, 2\nconst (\n\tb = iota\n\tc\n)\ntype d struct{ e int }\n", "a:2 b:4 c:5 d:7"},
	{"a.go", "package p\nfunc f() { var a int }\n//line x:9\nvar a = `\nfunc f() {}`\n", "f:2 a:4"},
	{"a.go", "package p\nfunc {{.Name}}() {}\n", "unread"},
	// Python: column 0; not what says that it comes again.
	{"a.py", "import a\ndef f(x,\n  y=1):\n  z = 1\nasync def g(): pass\nclass C: pass\nx = 1\ny: int = 2\n", "import a:1 f:2 g:5 C:6 x:7 y:8"},
	{"a.py", "@overload\n@other\ndef f(): ...\n@f.register\ndef _(): ...\n@c\ndef g(): ...\n", "g:7"},
	{"a.py", "'''\ndef f(): pass\n'''\nx = (\n1)\nx == 1\nx += 1\ny = \\\nz\n", "x:4 y:8"},
	{"a.py", "if a: x = 1\nelse: x = 2\n", ""},
	{"a.py", "x = 'a\n", "unread"},
	{"a.py", "x = )\n", "unread"},
	{"a.py", "x = [\n    'a',\n    # b\n    \"c\",\n    d,\n    'e',\n]\ny = ['f']\n", "x:1 ['a':2] [\"c\":4] y:8"},
	{"a.py", "import a, b.c as d # e\nfrom . import (\n  f,\n  g as h,\n)\nfrom i import *\ntry:\n    import j\nexcept E: pass\n", "import a:1 import b.c as d:1 from . import f:2 from . import g as h:2 from i import *:6"},
	{"a.py", "x = {\n    'a': [\n        1,\n    ], # b\n    'c': {\n        'd': 1\n    },\n    e: 2,\n}\ny = {'a': 1}\n", "x:1 x.'a':2 x.'c':5 x.'c'.'d':6 y:10"},
	{"a.py", "x = f(\n    a=1,\n    b=\"\"\"\nc=1,\n\"\"\",\n    d==1,\n)\n", "x:1 x.a:2 x.b:3"},
	{"a.py", "x = [\n    1, 2,\n    'a',\n]\n", "x:1"},
	// Lists of one item a line.
	{".gitignore", "# a\n*.b\n\n/c/ \n", "[*.b:2] [/c/ :4]"},
	{"d/.dockerignore", "a\n!b\n", "unread"},
	{".hgignore", "a\n", "unread"},
	{"requirements.txt", "a==1\n# b\n-r c\nd \\\n  --hash=x\n\ne\n", "a:1 [a==1:1] d:4 e:7 [e:7]"},
	{"constraints.txt", "A_b.c[x] >= 1 # c\na-b-c[x]\nd; x < '3'\nd ; x<'3' --hash=y\nd\nd\n./e\nf @ g\n", `a-b-c[x]:1 [A_b.c[x] >= 1 # c:1] a-b-c[x]:2 [a-b-c[x]:2] d;x<'3':3 [d; x < '3':3] d;x<'3':4 [d ; x<'3' --hash=y:4] d:5 [d:5] [d:6] [./e:7] f:8 [f @ g:8]`},
	{".env", "A=1\n# b\n\nexport B = \"x = y\"\nC=\n", "A:1 B:4 C:5"},
	{"dev.env", "A=\"1\n2\"\n", "unread"},
	{".env.example", "A\n", "unread"},
	{"notes.txt", "a\n", "unread"},
	{"a.yaml", "a: 1\r\n", "unread"},
}

func TestRead(t *testing.T) {
	for _, tt := range readTests {
		f, ok := Read("x/"+tt.name, tt.content)
		if got := describe(f, ok); got != tt.want {
			t.Errorf("%s %q:\n got %s\nwant %s", tt.name, tt.content, got, tt.want)
		}
	}
}

// describe writes items after the key with the last line that is not below theirs;
// those that may be taken out are in brackets.
func describe(f File, ok bool) string {
	if !ok {
		return "unread"
	}
	var words []string
	items := f.Items
	write := func(before int) {
		for len(items) > 0 && items[0].Line < before {
			form := "(%s:%d)"
			if items[0].Whole {
				form = "[%s:%d]"
			}
			words = append(words, fmt.Sprintf(form, strings.TrimPrefix(items[0].Value, "!!str "), items[0].Line))
			items = items[1:]
		}
	}
	for _, k := range f.Keys {
		write(k.Line)
		words = append(words, fmt.Sprintf("%s:%d", k.Path, k.Line))
	}
	write(1 << 30)
	return strings.Join(words, " ")
}

// Leaves in lists have a path if a name tells their item from others.
func TestLeaves(t *testing.T) {
	for _, tt := range []struct{ content, want string }{
		{"e: {}\nf: []\n", "e f"},
		{"a: 1\nb: {c: 2}\nd: [3]\n", "a b.c"},
		{"l:\n- name: x\n  a: 1\n- name: y\n  a: 2\n- a: 3\n", "l[x].a l[x].name l[y].a l[y].name"},
		{"l:\n- name: x\n  a: 1\n- name: x\n  a: 2\n", ""},
		{"l:\n- id: x\n  m:\n  - key: z\n    a: 1\n", "l[x].id l[x].m[z].a l[x].m[z].key"},
		{"a: 1\n---\na: 2\n", ""},
		{`{"e": {}, "f": [], "g": [1]}`, "e f"},
		{"e = {}\nf = [ # none\n]\n", "e f"},
	} {
		name := "a.yaml"
		switch {
		case strings.HasPrefix(tt.content, "{"):
			name = "a.json"
		case strings.Contains(tt.content, " = "):
			name = "a.toml"
		}
		f, _ := Read(name, tt.content)
		var got []string
		for p := range f.Leaves() {
			got = append(got, p.String())
		}
		slices.Sort(got)
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%q: got %v, want %s", tt.content, got, tt.want)
		}
	}
}

// What is read has its lines in the file, whatever that is; and nothing panics.
func FuzzRead(f *testing.F) {
	for _, tt := range readTests {
		f.Add(tt.name, tt.content)
	}
	f.Fuzz(func(t *testing.T, name, content string) {
		file, ok := Read(name, content)
		if !ok {
			return
		}
		n := strings.Count(content, "\n") + 1
		for _, k := range file.Keys {
			if k.Line < 1 || k.Line > n {
				t.Errorf("%s %q: %s in line %d of %d", name, content, k.Path, k.Line, n)
			}
		}
		for _, i := range file.Items {
			if i.Line < 1 || i.Line > n {
				t.Errorf("%s %q: item %s in line %d of %d", name, content, i.Value, i.Line, n)
			}
		}
		file.Leaves()
		file.Twice()
		file.RepeatedItems()
	})
}
