package settle

import (
	"slices"
	"strings"
	"testing"
)

// hunk is written in short: lines are separated by "|", and "" is no line.
func hunk(name, base, ours, theirs string) Hunk {
	return Hunk{Name: name, Base: lines(base), Ours: lines(ours), Theirs: lines(theirs)}
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "|")
}

const declined = "declined"

type ruleTest struct {
	why, name, base, ours, theirs string
	want                          string
}

func (tt ruleTest) run(t *testing.T, rule Rule) {
	t.Helper()
	got := declined
	h := hunk(tt.name, tt.base, tt.ours, tt.theirs)
	if lines, _, ok := rule(h); ok {
		got = strings.Join(lines, "|")
	}
	if got != tt.want {
		t.Errorf("%s: %s\nbase   %q\nours   %q\ntheirs %q\ngot    %q\nwant   %q", tt.why, tt.name, tt.base, tt.ours, tt.theirs, got, tt.want)
	}
}

var layoutTests = []ruleTest{
	{"both say the same: the user's layout", "a.yaml", "a: 1", "a:  2", "a: 2", "a:  2"},
	{"one says what base says", "a.yaml", "a: 1", "a:  1", "a: 2", "a: 2"},
	{"and the other way round", "a.yaml", "a: 1", "a: 2", "a:  1", "a: 2"},
	{"neither", "a.yaml", "a: 1", "a: 3", "a:  2", declined},

	{"what the template left keeps the user's layout", "a.py", `a = "a"|b = "b"`, `a = 'a'|b = 'b'`, `a = "a"|b = "c"`, `a = 'a'|b = "c"`},
	{"changes apart, in another layout", "Makefile", "A = a|B = b|C = c", "A=x|B=b|C=c", "A = a|B = b|C = z", "A=x|B=b|C = z"},
	{"changes that touch", "Makefile", "A = a|C = c", "A=x|C=c", "A = a|C = z", declined},
	{"changes that nothing but the diff parts", "Makefile", "A = a|B = b|C = c", "A = x|B = b|C = c", "A = a|B = b|C = z", declined},
	{"a blank line goes with what is below", "a.ini", "a = 1|b = 2", "a=3|b=2", "a = 1|b = 2||c = 3", "a=3|b=2||c = 3"},

	{"quotes of a string", "a.yaml", `a: "x"`, `a: 'x'`, `a: "y"`, `a: "y"`},
	{"no quotes of a string", "a.yaml", `a: "x"`, `a: x`, `a: "y"`, `a: "y"`},
	{"a version of three numbers is one", "a.yaml", `a: "1.0.0"`, `a: 1.0.0`, `a: "1.1.0"`, `a: "1.1.0"`},
	{"an item", "a.yaml", `- "x"`, `- x`, `- "y"`, `- "y"`},
	{"a key", "a.yaml", `"a": 1`, `a: 1`, `"a": 2`, `"a": 2`},
	{"of a list", "a.yaml", `a: ["x", 'z']`, `a: [x, z]`, `a: ["x"]`, `a: ["x"]`},
	{"with a comment", "a.yaml", `a: "x" # why`, `a: 'x'  # why`, `a: "y" # why`, `a: "y" # why`},
	{"a number is none", "a.yaml", `a: "1"`, `a: 1`, `a: "2"`, declined},
	{"a number of two", "a.yaml", `a: "1.10"`, `a: 1.10`, `a: "1.11"`, declined},
	{"a time", "a.yaml", `a: "12:30"`, `a: 12:30`, `a: "13:30"`, declined},
	{"a date", "a.yaml", `a: "2024-01-01"`, `a: 2024-01-01`, `a: "2024-01-02"`, declined},
	{"an exponent", "a.yaml", `a: "1e3"`, `a: 1e3`, `a: "1e4"`, declined},
	{"on", "a.yaml", `a: "on"`, `a: on`, `a: "off"`, declined},
	{"the key on", "a.yaml", `"on": push`, `on: push`, `"on": [push]`, declined},
	{"yes", "a.yaml", `a: "Yes"`, `a: Yes`, `a: "no"`, declined},
	{"null", "a.yaml", `a: "null"`, `a: null`, `a: "x"`, declined},
	{"a tilde", "a.yaml", `a: "~"`, `a: ~`, `a: "x"`, declined},
	{"nothing", "a.yaml", `a: ""`, `a:`, `a: "x"`, declined},
	{"a comment in quotes", "a.yaml", `a: "x #y"`, `a: x #y`, `a: "z"`, declined},
	{"a colon in quotes", "a.yaml", `a: "x: y"`, `a: x: y`, `a: "z"`, declined},
	{"an alias in quotes", "a.yaml", `a: "*x"`, `a: *x`, `a: "z"`, declined},
	{"space at the end of a string", "a.yaml", `a: "x "`, `a: x `, `a: "z"`, declined},
	{"space within a string", "a.yaml", `a: "x  y"`, `a: "x y"`, `a: "z"`, declined},
	{"a tab is no space", "a.yaml", "a: x\ty", `a: "x y"`, `a: "z"`, declined},
	{"quotes within quotes", "a.yaml", `a: "it's"`, `a: 'it"s'`, `a: "z"`, declined},
	{"quotes in a plain scalar are content", "a.yaml", `a: echo "$A"`, `a: echo '$A'`, `a: echo "$B"`, declined},
	{"a backslash", "a.yaml", `a: "x\n"`, `a: 'x\n'`, `a: "y\n"`, declined},
	{"indentation", "a.yaml", "a: 1", "  a: 1", "a: 2", declined},
	{"a blank line, which goes with what is below", "a.yaml", "a: 1||b: 1", "a: 1|b: 1", "a: 1||b: 2", "a: 1||b: 2"},
	{"a blank line that may be in a block", "a.yaml", "  echo a||  echo b", "  echo a|  echo b", "  echo a||  echo c", declined},
	{"braces of a list", "a.yaml", "a: [x, y]", "a: [ x,y ]", "a: [x]", "a: [x]"},

	{"quotes of Python", "a.py", `a = "x"`, `a = 'x'`, `a = "y"`, `a = "y"`},
	{"a string with both", "a.py", `a = f("x", f"{y['z']}")`, `a = f('x', f"{y['z']}")`, `a = 1`, `a = 1`},
	{"quotes with a backslash", "a.py", `a = "x\n"`, `a = 'x\n'`, `a = "y\n"`, declined},
	{"indentation of Python", "a.py", "x = 1", "    x = 1", "x = 2", declined},
	{"a comma before what closes", "a.py", `f(|    "a",|    "b"|)`, `f(|    "a",|    "b",|)`, `f(|    "c",|    "b"|)`, `f(|    "c",|    "b"|)`},
	{"the comma of a tuple", "a.py", `a = (|    "a"|)`, `a = (|    "a",|)`, `a = (|    "b"|)`, declined},
	{"a comma with what is below not seen", "a.py", `    "a"`, `    "a",`, `    "b"`, declined},
	{"blank lines of Python", "a.py", "x = 1|||y = 1", "x = 1||y = 1", "x = 1|||y = 2", "x = 1|||y = 2"},
	{"blank lines of what may be a docstring", "a.py", "one||two", "one|two", "one||three", declined},
	{"a docstring", "a.py", `x = """one||two"""`, `x = """one|two"""`, `x = """one||three"""`, declined},

	{"line breaks of JSON", "a.json", `"a": {|  "b": 1|}`, `"a": { "b": 1 }`, `"a": {|  "b": 2|}`, `"a": {|  "b": 2|}`},
	{"no mix of two indentations", "a.json", `"a": {|  "b": 1,|  "c": 1|}`, `"a": {|    "b": 1,|    "c": 1|}`, `"a": {|  "b": 1,|  "c": 2|}`, `"a": {|  "b": 1,|  "c": 2|}`},
	{"no line alone of another indentation", "a.json", `  "a": 1`, `    "a": 1`, `  "a": 2`, declined},
	{"but a line that is taken out", "a.json", `  "a": 1,`, `    "a": 1,`, "", ""},
	{"by the user", "a.toml", `  "a",`, "", `    "a",`, ""},
	{"a comma within a line", "a.py", `a = ['b>=1', ]`, `a = ["b>=1"]`, `a = ['b>=2', ]`, `a = ['b>=2', ]`},
	{"one that makes a tuple", "a.py", `a = ('b', )`, `a = ('b')`, `a = ('c', )`, declined},
	{"or an index", "a.py", `a = b[c, ]`, `a = b[c]`, `a = d[c, ]`, declined},
	{"the comma follows from what is below", "a.json", `"a": 1,`, `"a":1,`, `"a": 1`, `"a": 1`},
	{"both, and the comma is the template's", "a.json", `"a": 1,`, `"a":2,`, `"a": 2`, `"a": 2`},
	{"both, and the comma is agreed", "a.json", `"a": 1`, `"a":2,`, `"a": 2,`, `"a":2,`},
	{"space in a string of JSON", "a.json", `"a": "b c"`, `"a": "b  c"`, `"a": "d"`, declined},
	{"a comment ends at the line", "a.jsonc", "// a|1", "// a 1", "// b|1", declined},

	{"line breaks of TOML", "a.toml", `a = [|  "b",|]`, `a = ["b"]`, `a = [|  "c",|]`, `a = [|  "c",|]`},
	{"quotes of TOML", "a.toml", `a = "b"`, `a = 'b'`, `a = "c"`, `a = "c"`},
	{"what may be in a string of TOML", "a.toml", `deps = a|  b`, `deps = a b`, `deps = c|  b`, declined},
	{"a string of TOML that goes on", "a.toml", `a = """`, `a  = """`, `b = """`, declined},

	{"a recipe counts", "Makefile", "\techo a  b", "\techo a b", "\techo c", declined},
	{"an assignment", "Makefile", "A ?= a", "A?=a", "A ?= b", "A ?= b"},
	{"a line that goes on", "Makefile", `A = a \`, `A = a \ `, `A = b \`, declined},

	{"a setting", "a.cfg", "a = b", "a=b", "a = c", "a = c"},
	{"quotes are content of ini", "a.cfg", `a = "b"`, `a = 'b'`, `a = "c"`, declined},
	{"a line that belongs to the one above", "a.cfg", "    b", "b", "    c", declined},

	{"paragraphs", "a.md", "a||b", "a|b", "a||c", declined},
	{"more blank lines between paragraphs", "a.md", "a||b", "a|||b", "a||c", "a||c"},
	{"blank lines above a heading", "a.md", "a|## b", "a||## b", "a|## c", "a|## c"},
	{"a line break", "a.md", "a|b", "a  |b", "a|c", declined},
	{"code in Markdown", "a.md", "    a  b", "    a b", "    c", declined},
	{"a fence", "a.md", "```|a  b", "```|a b", "```|c", declined},

	{"a pattern", ".gitignore", "a b", "a  b", "c", declined},
	{"an escaped blank", ".gitignore", `a\ `, `a\`, "c", declined},
	{"a blank line between patterns", ".gitignore", "a||b", "a|b", "a||c", "a||c"},

	{"indentation of Go", "a.go", "if a {|  b()|}", "if a {|\tb()|}", "if a {|  c()|}", "if a {|  c()|}"},
	{"a raw string", "a.go", "a := `x  y", "a := `x y", "a := `z", declined},
	{"a rune is no string", "a.go", "a := 'x'", "a := \"x\"", "a := 'y'", declined},
	{"quotes and semicolons of a script", "a.ts", `import a from "b";|export default f({|  c: "d",|});`, `import a from 'b'|export default f({|  c: 'd',|})`,
		`import a from "b";|export default f({|  c: "e",|});`, `import a from 'b'|export default f({|  c: "e",|})`},
	{"and a comma", "a.ts", `export default f({|  c: "d",|});`, `export default f({|  c: 'd'|})`, `export default f({|  c: "e",|});`, `export default f({|  c: "e",|});`},
	{"both say the same", "a.js", `const a = 1;`, `const a = "b"`, `const a = 'b';`, `const a = "b"`},
	{"what would go on without a semicolon", "a.js", `const a = b;`, `const a = b`, `const a = c;|[1].map(f);`, declined},
	{"or is empty with it", "a.js", `while (f());`, `while (f())`, `while (g());`, declined},
	{"a semicolon within a line", "a.js", `const a = 1; f()`, `const a = 1 f()`, `const b = 1; f()`, declined},
	{"a semicolon alone", "a.js", `f()|;`, `f()`, `g()|;`, declined},
	{"a semicolon of Go", "a.go", `x := f();`, `x := f()`, `x := g();`, declined},
	{"of what may be in a string", "a.js", `  color: red;`, `  color: red`, `  color: blue;`, declined},
	{"a comma in a semicolon's place", "a.ts", `export type A = {|  a: string;|}`, `export type A = {|  a: string,|  b: c|}`, `export type A = {|  a: number;|}`, declined},
	{"a tab between columns of what is not known", "a.tsv", "a\tb", "a b", "a\tc", declined},
}

func TestLayout(t *testing.T) {
	for _, tt := range layoutTests {
		tt.run(t, Layout)
	}
}

// What both sides have around a hunk may be what one of them made of base, so that it
// is not base in another layout.
func TestLayoutWithin(t *testing.T) {
	h := hunk(".editorconfig", "", "", "indent_size = 8||[*.py]")
	h.Tail = []string{"indent_size = 4"}
	if lines, _, ok := Layout(h); ok {
		t.Errorf("the user's line goes below %q: %q", "[*.py]", lines)
	}
	h.Tail = []string{""}
	if lines, _, ok := Layout(h); !ok || !slices.Equal(lines, h.Theirs) {
		t.Errorf("a blank line is layout: %q, %v", lines, ok)
	}
}

// What both sides took out, and one or both put at another place, is no layout.
func TestLayoutMoved(t *testing.T) {
	h := hunk("a.py", "|a = 1", "|", "")
	if _, _, ok := Layout(h); !ok {
		t.Error("a blank line is layout")
	}
	h.TemplateAdded = map[string]bool{"a = 1": true}
	if lines, _, ok := Layout(h); ok {
		t.Errorf("what the user took out stands at another place: %q", lines)
	}
}
