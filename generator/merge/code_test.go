package merge

import (
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/keys"
	"scaffold/generator/settle"
)

// What lines leave in conflict in code, and what comes of it; want is empty for a
// conflict.
var codeTests = []struct{ name, file, base, ours, theirs, want string }{
	{"fields at one place, with the space that gofmt gives them", "a.go",
		"package a\n\ntype T struct {\n\tA int\n}\n",
		"package a\n\ntype T struct {\n\tA       int\n\tLongest int\n}\n",
		"package a\n\ntype T struct {\n\tA int\n\tB string\n}\n",
		"package a\n\ntype T struct {\n\tA       int\n\tLongest int\n\tB       string\n}\n"},
	{"imports at one place are sorted", "a.go",
		"package a\n\nimport (\n\t\"a\"\n)\n\nvar _ = a.A\n",
		"package a\n\nimport (\n\t\"a\"\n\t\"c\"\n)\n\nvar _ = a.A\n\nvar _ = c.C\n",
		"package a\n\nimport (\n\t\"a\"\n\t\"b\"\n)\n\nvar _ = b.B\n\nvar _ = a.A\n",
		"package a\n\nimport (\n\t\"a\"\n\t\"b\"\n\t\"c\"\n)\n\nvar _ = b.B\n\nvar _ = a.A\n\nvar _ = c.C\n"},
	{"the only import becomes one of several, on both sides", "a.go",
		"package a\n\nimport \"a\"\n\nvar x = a.A\n\nvar y = 1\n",
		"package a\n\nimport (\n\t\"a\"\n\t\"c\"\n)\n\nvar x = a.A\n\nvar y = c.C\n",
		"package a\n\nimport (\n\t\"a\"\n\t\"b\"\n)\n\nvar x = a.A + b.B\n\nvar y = 1\n",
		"package a\n\nimport (\n\t\"a\"\n\t\"b\"\n\t\"c\"\n)\n\nvar x = a.A + b.B\n\nvar y = c.C\n"},
	{"functions that touch, of which each changed one", "a.go",
		"package a\n\nfunc f() int { return 1 }\nfunc g() int { return 1 }\n",
		"package a\n\nfunc f() int { return 2 }\nfunc g() int { return 1 }\n",
		"package a\n\nfunc f() int { return 1 }\nfunc g() int { return 2 }\n",
		"package a\n\nfunc f() int { return 2 }\nfunc g() int { return 2 }\n"},
	{"two functions at one place, because nothing says which is first", "a.go",
		"package a\n", "package a\n\nfunc f() {}\n", "package a\n\nfunc g() {}\n", ""},
	{"one is deleted that the other changed", "a.go",
		"package a\n\nfunc f() int { return 1 }\n", "package a\n", "package a\n\nfunc f() int { return g(2, 3) }\n", ""},
	{"one is changed that the other deleted", "a.go",
		"package a\n\nfunc f() int { return 1 }\n", "package a\n\nfunc f() int { return 2 }\n", "package a\n", ""},
	{"a value more above those that count up", "a.go",
		"package a\n\nconst (\n\tA = iota\n\tB\n)\n", "package a\n\nconst (\n\tA = iota\n\tC\n\tB\n)\n", "package a\n\nconst (\n\tA = iota\n\tD\n\tB\n)\n", ""},
	{"values that do not", "a.go",
		"package a\n\nconst (\n\tA = 1\n)\n", "package a\n\nconst (\n\tA = 1\n\tB = 2\n)\n", "package a\n\nconst (\n\tA = 1\n\tC = 3\n)\n",
		"package a\n\nconst (\n\tA = 1\n\tB = 2\n\tC = 3\n)\n"},
	{"one name, and two kinds", "a.go",
		"package a\n\nvar (\n\ta = 1\n)\n", "package a\n\nvar (\n\ta = 1\n\tb = 2\n)\n", "package a\n\nvar (\n\ta = 1\n\tc = 2\n)\n\nfunc b() {}\n", ""},
	{"a build tag, and one more import", "a.go",
		"package a\n\nimport \"b\"\n\nvar _ = b.B\n",
		"//go:build x\n\npackage a\n\nimport (\n\t\"b\"\n\t\"c\"\n)\n\nvar _ = c.C\n\nvar _ = b.B\n",
		"package a\n\nimport (\n\t\"b\"\n\t\"d\"\n)\n\nvar _ = b.B\n\nvar _ = d.D\n",
		"//go:build x\n\npackage a\n\nimport (\n\t\"b\"\n\t\"c\"\n\t\"d\"\n)\n\nvar _ = c.C\n\nvar _ = b.B\n\nvar _ = d.D\n"},

	{"imports at one place", "a.py",
		"import a\n\nx = 1\n", "import a\nimport b\n\nx = 1\n", "import a\nimport c\n\nx = 1\n", "import a\nimport b\nimport c\n\nx = 1\n"},
	{"a statement between imports, because the one below it may need that", "a.py",
		"import a\nimport b\n", "import a\nf()\nimport b\n", "import a\nimport c\nimport b\n", ""},
	{"names that one statement imports", "a.py",
		"from a import (\n    b,\n)\n", "from a import (\n    b,\n    c,\n)\n", "from a import (\n    b,\n    d,\n)\n", "from a import (\n    b,\n    c,\n    d,\n)\n"},
	{"and on one line, because no line may be rewritten", "a.py",
		"from a import b\n", "from a import b, c\n", "from a import b, d\n", ""},
	{"an import of the future stays first", "a.py",
		"\"\"\"D.\"\"\"\nx = 1\n", "\"\"\"D.\"\"\"\nimport a\nx = 1\n", "\"\"\"D.\"\"\"\nfrom __future__ import b\nx = 1\n", ""},
	{"a shebang, and another", "a.py",
		"import a\n", "#!/bin/x\nimport a\nimport b\n", "#!/bin/y\nimport a\nimport c\n", ""},
	{"keys of a dictionary", "a.py",
		"x = {\n    'a': 1\n}\n", "x = {\n    'a': 1,\n    'b': 2\n}\n", "x = {\n    'a': 1,\n    'c': 3,\n}\n", "x = {\n    'a': 1,\n    'b': 2,\n    'c': 3,\n}\n"},
	{"two values of one key", "a.py",
		"x = {\n    'a': 1,\n}\n", "x = {\n    'a': 1,\n    'b': 2,\n}\n", "x = {\n    'b': 3,\n    'a': 1,\n}\n", ""},
	{"requirements of a setup, and its name", "setup.py",
		"setup(\n    name='a',\n    install_requires=[\n        'b',\n    ],\n)\n",
		"setup(\n    name='z',\n    install_requires=[\n        'b',\n        'c>=1',\n    ],\n)\n",
		"setup(\n    name='a',\n    zip_safe=False,\n    install_requires=[\n        'b',\n        'd',\n    ],\n)\n",
		"setup(\n    name='z',\n    zip_safe=False,\n    install_requires=[\n        'b',\n        'c>=1',\n        'd',\n    ],\n)\n"},
	{"a list in which the order counts", "settings.py",
		"MIDDLEWARE = [\n    'a',\n]\n", "MIDDLEWARE = [\n    'a',\n    'b',\n]\n", "MIDDLEWARE = [\n    'a',\n    'c',\n]\n", ""},
	{"constants at one place, because none needs another", "settings.py",
		"A = 1\n", "A = 1\nB = 'b'  # c\n", "A = 1\n\n# d\nD = [\n    'd',\n]\n", "A = 1\nB = 'b'  # c\n\n# d\nD = [\n    'd',\n]\n"},
	{"in the place of one that both took out", "settings.py", "A = 1\nZ = 2\n", "A = 1\nB = 'b'\n", "A = 1\nD = 'd'\n", ""},
	{"one name with two values", "settings.py", "A = 1\n", "A = 1\nB = 1\n", "A = 1\nB = 2\n", ""},
	{"a value that needs a name", "settings.py", "A = 1\n", "A = 1\nB = 1\n", "A = 1\nD = A + 1\n", ""},
	{"a call", "settings.py", "A = 1\n", "A = 1\nB = 1\n", "A = 1\nD = f()\n", ""},
	{"constants of a class, of which the order may count", "a.py", "class A:\n    a = 1\n", "class A:\n    a = 1\n    b = 1\n", "class A:\n    a = 1\n    c = 1\n", ""},
	{"methods of a class", "a.py",
		"class A:\n    x = 1\n    def f(self): return 1\n    def g(self): return 1\n",
		"class A:\n    x = 2\n    def f(self): return 1\n    def g(self): return 2\n",
		"class A:\n    x = 1\n    def f(self): return 2\n    def g(self): return 1\n",
		"class A:\n    x = 2\n    def f(self): return 2\n    def g(self): return 2\n"},
	{"an overload, which is part of the function", "a.py",
		"@o\ndef f(a): ...\n@o\ndef f(b): ...\ndef f(c): pass\ndef g(): return 1\n",
		"@o\ndef f(a): ...\n@o\ndef f(b): ...\ndef f(c): return 2\ndef g(): return 1\n",
		"@o\ndef f(a): ...\n@o\ndef f(b): ...\ndef f(c): pass\ndef g(): return 2\n",
		"@o\ndef f(a): ...\n@o\ndef f(b): ...\ndef f(c): return 2\ndef g(): return 2\n"},
}

func TestMergeCode(t *testing.T) {
	for _, tt := range codeTests {
		if Lines([]byte(tt.base), []byte(tt.ours), []byte(tt.theirs), labels).Clean() && tt.want != "" {
			t.Errorf("%s: the lines merge clean, so this shows nothing", tt.name)
		}
		r := Merge(tt.file, []byte(tt.base), []byte(tt.ours), []byte(tt.theirs), Options{Labels: labels})
		switch {
		case r.Clean() && string(r.Content) != tt.want, !r.Clean() && tt.want != "":
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, r.Content, tt.want)
		case r.Clean() && !settledByKey(r):
			t.Errorf("%s: nothing says that it was merged by key", tt.name)
		}
	}
}

// What both added to Python at two places, and lines merge clean, is there once; by lines
// alone it is a conflict.
func TestMergeTwice(t *testing.T) {
	for _, tt := range []struct{ base, ours, theirs, want, note string }{
		{"import a|import b|import c", "import a|from d import e|import b|import c", "import a|import b|from d import e|import c", "import a|from d import e|import b|import c",
			`name "from d import e" would stand twice, lines 3 and 11: the line merge was clean`},
		{"x = {|  'a': 1,|  'b': 1,|}", "x = {|  'c': 1,|  'a': 1,|  'b': 1,|}", "x = {|  'a': 1,|  'c': 1,|  'b': 1,|}", "x = {|  'c': 1,|  'a': 1,|  'b': 1,|}",
			`name "x.'c'" would stand twice, lines 3 and 11: the line merge was clean`},
	} {
		base, ours, theirs := barred(tt.base), barred(tt.ours), barred(tt.theirs)
		r := Merge("a.py", base, ours, theirs, Options{Labels: labels})
		if !r.Clean() || string(r.Content) != string(barred(tt.want)) {
			t.Errorf("%q: got %q, want %q", tt.ours, r.Content, tt.want)
		}
		byLine := Merge("a.py", base, ours, theirs, Options{Labels: labels, ByLines: true})
		if got := strings.Join(byLine.Notes, "; "); byLine.Clean() || got != tt.note {
			t.Errorf("%q: by lines %q, want %q", tt.ours, got, tt.note)
		}
	}
}

func settledByKey(r Result) bool {
	for _, s := range r.Settled {
		if s.Step == "key" {
			return true
		}
	}
	return false
}

// staysDeleted reports whether a merge says that the template changed a line, or put it,
// where the user had deleted all.
func staysDeleted(r Result, line string) bool {
	return slices.ContainsFunc(r.Settled, func(s Settled) bool {
		return s.Step == settle.LastStep.Name && slices.Contains(s.Theirs, line) && !slices.Contains(s.Base, line)
	})
}

// TestMergeCodeLaws edits Go's own sources as two people do. What is not merged by lines
// parses, is formatted as they are, and declares and imports nothing twice.
func TestMergeCodeLaws(t *testing.T) {
	files, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	settled, conflicts := 0, 0
	n := tries(60, 600)
	for i := range n {
		r := rand.New(rand.NewPCG(14, uint64(i)))
		base, donor := files[r.IntN(len(files))], files[r.IntN(len(files))]
		near := pick(r, base)
		x := triple{join(base), join(editDecl(r, base, donor, near)), join(editDecl(r, base, donor, near))}
		if Lines(x.base, x.ours, x.theirs, labels).Clean() || !parses(x.ours) || !parses(x.theirs) {
			continue
		}
		conflicts++
		m := Merge("a.go", x.base, x.ours, x.theirs, Options{Labels: labels})
		if !m.Clean() {
			continue
		}
		settled++
		if !parses(m.Content) || isGofmt(x.base) && isGofmt(x.ours) && isGofmt(x.theirs) && !isGofmt(m.Content) {
			t.Errorf("triple %d does not parse, or is not formatted:\n%s", i, m.Content)
		}
		for _, key := range repeatedKeys("a.go", m.Content, x) {
			t.Errorf("triple %d has %s twice", i, key)
		}
	}
	t.Logf("of %d conflicts of lines, %d are settled", conflicts, settled)
	if settled == 0 {
		t.Error("the triples show nothing")
	}
}

// editDecl edits a file at a declaration or the next, and its imports.
func editDecl(r *rand.Rand, file, donor []chunk, at int) []chunk {
	file = slices.Clone(file)
	for i, c := range file {
		if c[0] == "import (\n" {
			file[i] = slices.Insert(slices.Clone(c), 1+r.IntN(len(c)-1), fmt.Sprintf("\t_ \"added/%d\"\n", r.IntN(100)))
			break
		}
	}
	at = min(at+r.IntN(2), len(file)-1)
	switch r.IntN(4) {
	case 0:
		return slices.Insert(file, at, donor[pick(r, donor)])
	case 1:
		return slices.Delete(file, at, at+1)
	}
	c := slices.Clone(file[at])
	line := r.IntN(len(c))
	c[line] = word.ReplaceAllString(c[line], fmt.Sprintf("${0}%d", r.IntN(3)))
	file[at] = c
	return file
}

func parses(content []byte) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", content, parser.SkipObjectResolution)
	return err == nil
}

func isGofmt(content []byte) bool {
	formatted, err := format.Source(content)
	return err == nil && string(formatted) == string(content)
}

func repeatedKeys(name string, merged []byte, x triple) []string {
	before := map[keys.Path]bool{}
	for _, data := range [][]byte{x.base, x.ours, x.theirs} {
		f, _ := keys.Read(name, string(data))
		for p := range f.Twice() {
			before[p] = true
		}
	}
	f, _ := keys.Read(name, string(merged))
	var all []string
	for p := range f.Twice() {
		if !before[p] {
			all = append(all, p.String())
		}
	}
	return all
}

// skeletons are files of parts, in which each side adds, deletes and changes some. What a
// part is made of has a number, or who added it.
var skeletons = []struct {
	file, head string
	parts      []part
}{
	{"a.py", "\"\"\"A module.\"\"\"\n\n", []part{
		{"", "import lib%v\n", "\n"},
		{"from lib import (\n", "    name%v,\n", ")\n\n"},
		{"table = {\n", "    'key%v': 1,\n", "}\n"},
		{"__all__ = [\n", "    'item%v',\n", "]\n\n\n"},
		{"", "CONST%v = 1\n", "\n\n"},
		{"class C:\n", "    # About x.\n    x%v = 1\n\n", "    y = 1\n\n\n"},
		{"", "# About f.\n@deco('x')\ndef f%v(x):\n    y = 1\n    return y\n\n\n", "if __name__ == '__main__':\n    f0(1)\n"},
	}},
	{"a.go", "// Package a is one.\npackage a\n\n", []part{
		{"import (\n", "\t\"lib%v\"\n", ")\n\n"},
		{"type T struct {\n", "\tfield%v int\n", "}\n\n"},
		{"type I interface {\n", "\t// F does.\n\tF%v()\n", "}\n\n"},
		{"const (\n", "\tname%v = 1\n", ")\n"},
		{"", "\n// f does.\nfunc f%v() int {\n\ty := 1\n\treturn y + lib0.F(lib1.G)\n}\n", ""},
	}},
}

type part struct{ head, one, tail string }

// TestMergeSkeletons edits files as two people do. What is merged parses, and has what one
// side alone added, once; or it is named as what the template changed of what was deleted.
func TestMergeSkeletons(t *testing.T) {
	var python strings.Builder
	for _, s := range skeletons {
		settled := 0
		for i := range tries(50, 200) {
			r := rand.New(rand.NewPCG(14, uint64(i)))
			n := 2 + r.IntN(4)
			base, ours, theirs := s.head, s.head, s.head
			for _, p := range s.parts {
				all := make([]string, n)
				for j := range all {
					all[j] = fmt.Sprintf(p.one, j)
				}
				base += p.head + strings.Join(all, "") + p.tail
				ours += p.head + strings.Join(p.edit(r, all, "mine"), "") + p.tail
				theirs += p.head + strings.Join(p.edit(r, all, "templates"), "") + p.tail
			}
			x := triple{[]byte(base), []byte(ours), []byte(theirs)}
			merged := Merge(s.file, x.base, x.ours, x.theirs, Options{Labels: labels})
			if !merged.Clean() {
				continue
			}
			if !Lines(x.base, x.ours, x.theirs, labels).Clean() {
				settled++
			}
			if s.file == "a.go" && !parses(merged.Content) {
				t.Errorf("%s %d does not parse:\n%s", s.file, i, merged.Content)
			}
			for _, key := range repeatedKeys(s.file, merged.Content, x) {
				t.Errorf("%s %d has %s twice:\n%s", s.file, i, key, merged.Content)
			}
			for l := range strings.Lines(ours + theirs) {
				word := strings.Join(strings.Fields(l), " ")
				if n := strings.Count(strings.Join(strings.Fields(string(merged.Content)), " "), word); strings.Contains(l, "_of_") && n != 1 && !staysDeleted(merged, strings.TrimSuffix(l, "\n")) {
					t.Errorf("%s %d has %d times %sours\n%s\ntheirs\n%s\nmerged\n%s", s.file, i, n, l, ours, theirs, merged.Content)
				}
			}
			if s.file == "a.py" {
				fmt.Fprintf(&python, "compile(%q, '%d', 'exec')\n", merged.Content, i)
			}
		}
		t.Logf("%s: %d conflicts of lines are settled", s.file, settled)
		if settled == 0 {
			t.Errorf("%s shows nothing", s.file)
		}
	}
	compilePython(t, python.String())
}

func compilePython(t *testing.T, program string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	check := exec.Command(python, "-")
	check.Stdin = strings.NewReader(program)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("python3: %s\n%s", err, out)
	}
}

// edit adds, deletes or changes one of what a part is made of, or nothing.
func (p part) edit(r *rand.Rand, all []string, who string) []string {
	all = slices.Clone(all)
	at := r.IntN(len(all))
	added := fmt.Sprintf(p.one, "_of_"+who)
	switch r.IntN(6) {
	case 0, 1:
		return slices.Insert(all, at, added)
	case 2:
		return append(all, added)
	case 3:
		return slices.Delete(all, at, at+1)
	case 4:
		all[at] = strings.NewReplacer("y = 1", "y = var_of_"+who, "y := 1", "y := var_of_"+who).Replace(all[at])
	}
	return all
}

// FuzzMergeCode wants that nothing panics, that what parses on all sides parses when it is
// merged, and that each line is one of a side, but for the space that gofmt gives it.
func FuzzMergeCode(f *testing.F) {
	for _, tt := range codeTests {
		f.Add(tt.file == "a.go", tt.base, tt.ours, tt.theirs)
	}
	f.Fuzz(func(t *testing.T, isGo bool, base, ours, theirs string) {
		name := "a.py"
		if isGo {
			name = "a.go"
		}
		r := Merge(name, []byte(base), []byte(ours), []byte(theirs), Options{Labels: labels})
		if !r.Clean() || !settledByKey(r) {
			return
		}
		if isGo && !parses(r.Content) {
			t.Errorf("does not parse: %q", r.Content)
		}
		known := map[string]bool{}
		for l := range strings.Lines(base + "\n" + ours + "\n" + theirs) {
			known[strings.Join(strings.Fields(l), " ")] = true
			known[strings.Join(strings.Fields(l), " ")+","] = true
			known[strings.TrimSuffix(strings.Join(strings.Fields(l), " "), ",")] = true
		}
		for l := range strings.Lines(string(r.Content)) {
			if word := strings.Join(strings.Fields(l), " "); !known[word] && !isGofmt(r.Content) && !strings.Contains(word, "#") {
				t.Errorf("%q is no line of an input", l)
			}
		}
	})
}
