package merge

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/keys"
)

// A gateTest merges clean by lines, and no step is asked; note is what a gate says of it, and nothing
// where it is right. A bar ends a line.
type gateTest struct{ name, base, ours, theirs, note string }

var gateTests = []gateTest{
	// YAML.
	{"ci.yml", "name: x|on: push|jobs:|  a: 1", "concurrency: c|name: x|on: push|jobs:|  a: 1", "name: x|on: push|concurrency: d|jobs:|  a: 1", `key "concurrency" would stand twice, lines 2 and 11: the line merge was clean`},
	{"a.yaml", "a:|  x: 1|b:|  y: 1|c: 1", "a:|  x: 1|  z: 1|b:|  y: 1|c: 1", "a:|  x: 1|b:|  y: 1|  z: 1|c: 1", ""}, // in two mappings
	{"a.yaml", "a:|  x: 1|  y: 1|b: 1", "a:|  z: 1|  x: 1|  y: 1|b: 1", "a:|  x: 1|  y: 1|  z: 2|b: 1", `key "a.z" would stand twice, lines 3 and 12: the line merge was clean`},
	{"a.yaml", "x: 1|y: 1|---|z: 1|w: 1", "x: 1|k: 1|y: 1|---|z: 1|w: 1", "x: 1|y: 1|---|z: 1|k: 1|w: 1", ""},                          // in two documents
	{"a.yaml", "a: 1|a: 2|b: 1|c: 1", "a: 1|a: 2|a: 3|b: 1|c: 1", "a: 1|a: 2|b: 1|a: 3|c: 1", ""},                                      // base has it twice
	{"a.yaml", "l:|- a: 1|  b: 1|- a: 2|  b: 1", "l:|- a: 1|  k: 1|  b: 1|- a: 2|  b: 1", "l:|- a: 1|  b: 1|- a: 2|  k: 1|  b: 1", ""}, // in two items
	{"a.yaml", "l:|- a: 1|  b: 1|  c: 1|- d: 2", "l:|- z: 1|- a: 1|  k: 1|  b: 1|  c: 1|- d: 2", "l:|- a: 1|  b: 1|  k: 1|  c: 1|- d: 2", `key "l[].k" would stand twice, lines 5 and 13: the line merge was clean`},
	{"a.yaml", "t: ||  one|  two|  three", "t: ||  k: 1|  one|  two|  three", "t: ||  one|  k: 1|  two|  three", ""}, // text
	{"a.yaml", "a: }|b: 1|c: 1", "k: 1|a: }|b: 1|c: 1", "a: }|b: 1|k: 2|c: 1", ""},                                   // not read
	{"a.yaml", "a: 1|# c|b: 1|d: 1", "a: 1|# added|# c|b: 1|d: 1", "a: 1|# c|b: 1|# added|d: 1", "lines 2 and 5 are the same, because you and the template put them at different places: # added"},
	// A list keeps one of two items, unless order counts, or a comment would be left.
	{"a.yaml", "l:|- a|- b|- c", "l:|- new|- a|- b|- c", "l:|- a|- b|- new|- c", "line 2 is kept once, though you and the template put it at different places: - new"},
	{"a.yaml", "l:|- a|- b|- c", "l:|- new|- a|- b|- c", "l:|- a|- b|- 'new'|- c", "line 2 is kept once, though you and the template put it at different places: - new"},
	{"a.yaml", "l:|- a|- b|- c", "l:|- new|- a|- b|- c", "l:|- a|- b|# why|- new|- c", "line 5 is kept once, though you and the template put it at different places: - new"},
	{"a.yaml", "l:|- a|- b|- c", "l:|# why|- new|- a|- b|- c", "l:|- a|- b|# too|- new|- c", "lines 3 and 7 are the same, because you and the template put them at different places: - new"},
	{"a.yaml", "args:|- a|- b|- c", "args:|- new|- a|- b|- c", "args:|- a|- b|- new|- c", "lines 2 and 5 are the same, because you and the template put them at different places: - new"},
	{"a.yaml", "l:|- a|- b|- c", "l:|- -e|- a|- b|- c", "l:|- a|- b|- -e|- c", ""},
	{"a.yaml", "l:|- a|- b|- c|m:|- x|- y", "l:|- new|- a|- b|- c|m:|- x|- y", "l:|- a|- b|- c|m:|- x|- new|- y", "lines 2 and 8 are the same, because you and the template put them at different places: - new"},
	{"a.json", `{"l": [|"a",|"b",|"c"|]}`, `{"l": [|"sphinx_changelog",|"a",|"b",|"c"|]}`, `{"l": [|"a",|"b",|"sphinx_changelog",|"c"|]}`, `line 2 is kept once, though you and the template put it at different places: "sphinx_changelog",`},
	{"a.json", `{"l": [|"a",|"b"|]}`, `{"l": [|"n",|"a",|"b"|]}`, `{"l": [|"a",|"b",|"n"|]}`, `line 4 is kept once, though you and the template put it at different places: "n"`},
	{"a.toml", `l = [|"a",|"b",|"c"|]`, `l = [|"n",|"a",|"b",|"c"|]`, `l = [|"a",|"b",|"n",|"c"|]`, `line 2 is kept once, though you and the template put it at different places: "n",`},
	{".gitignore", "a|b|c", "n|a|b|c", "a|b|n|c", "line 1 is kept once, though you and the template put it at different places: n"},
	{".gitignore", "a|b|c|!d", "n|a|b|c|!d", "a|b|n|c|!d", ""},
	{"requirements.txt", "a==1|b==1|c==1", "n==1|a==1|b==1|c==1", "a==1|b==1|n==1|c==1", "line 1 is kept once, though you and the template put it at different places: n==1"},
	{"requirements-dev.txt", "a==1|b==1|c==1", "n==1|a==1|b==1|c==1", "a==1|b==1|n==2|c==1", `requirement "n" would stand twice, lines 2 and 11: the line merge was clean`},
	{"requirements.txt", "a==1|b==1|c==1", "N_x >= 1 # new|a==1|b==1|c==1", "a==1|b==1|n-x|c==1", `requirement "n-x" would stand twice, lines 2 and 11: the line merge was clean`},
	{"requirements.txt", "a==1|b==1|c==1", "n==1; python_version < '3'|a==1|b==1|c==1", "a==1|b==1|n==2; python_version >= '3'|c==1", ""},
	{".env.example", "A=1|B=1|C=1", "K=1|A=1|B=1|C=1", "A=1|B=1|export K=2|C=1", `variable "K" would stand twice, lines 2 and 11: the line merge was clean`},
	{"a.yaml", "l:|- a|- b|- c|a:|  u: 1|  w: 1|  v: 1|b: 1", "l:|- a|- b|- new|- c|k:|  u: 1|  w: 1|  v: 1|b: 1", "l:|# why|- new|- a|- b|- c|a:|  u: 1|  w: 1|  v: 2|b: 1",
		`line 3 is kept once, though you and the template put it at different places: - new; line 10: "k.v" has the new value of "a.v", its name before yours`},
	// What one side added beside keys that all have is there.
	{"a.yaml", "a:|  e:|    x: 1|    y: 1|  f: 1|b: 1", "a:|  e:|    x: 1|    z: 1|    y: 1|  f: 1|b: 1", "a:|  h: 1|  e:|    x: 2|    y: 2|  f: 2|k:|  e:|    x: 1|    y: 1|  f: 1|b: 1", `key "a.e.z": your value would go to another block, line 15: the line merge was clean`},
	{"a.yaml", "a:|  x: 1|  y: 1|b: 1", "a:|  x: 1|  z: 1|  y: 1|b: 1", "k:|  x: 1|  y: 1|b: 1", ""}, // under another name
	// An item of one name, but where a list may have several of it.
	{"a.yaml", "l:|- id: a|- id: b|- id: c", "l:|- id: k|- id: a|- id: b|- id: c", "l:|- id: a|- id: b|- id: c|- id: k|  x: 1", `key "l[k]" would stand twice, lines 3 and 13: the line merge was clean`},
	{"a.yaml", "repos:|- repo: a|- repo: b", "repos:|- repo: local|  x: 1|- repo: a|- repo: b", "repos:|- repo: a|- repo: b|- repo: local|  x: 2", "lines 2 and 6 are the same, because you and the template put them at different places: - repo: local"},
	{"a.yaml", "l:|- name: a|- name: b|m:|- name: c", "l:|- name: k|- name: a|- name: b|m:|- name: c", "l:|- name: a|- name: b|m:|- name: c|- name: k", "lines 2 and 7 are the same, because you and the template put them at different places: - name: k"},
	// A document of one name, whatever its number is.
	{"a.yaml", "kind: A|a: 1|---|kind: B|b: 1", "kind: K|metadata:|  name: x|---|kind: A|a: 1|---|kind: B|b: 1", "kind: A|a: 1|---|kind: B|b: 1|---|kind: K|metadata:|  name: x",
		`key "[K x]" would stand twice, lines 2 and 18: the line merge was clean`},
	{"a.yaml", "kind: A|a: 1|---|kind: B|b: 1", "kind: K|metadata:|  name: x|---|kind: A|a: 1|---|kind: B|b: 1", "kind: A|a: 1|---|kind: B|b: 2|---|kind: K|metadata:|  name: z",
		"lines 1-2 and 11-12 are the same, because you and the template put them at different places: kind: K"},
	// What one side took out is gone.
	{"a.yaml", "a:|  x: 1|  y: 1|b:|  z: 1|  w: 1|  v: 1", "b:|  z: 1|  w: 1|  v: 1", "b:|  z: 1|  w: 1|  v: 1|a:|  x: 1|  y: 1", `key "a.x" would be back, which you took out, line 9: the line merge was clean`},
	{"a.yaml", "a:|  x: 1|  y: 1|b:|  z: 1|  w: 1|  v: 1", "b:|  z: 1|  w: 1|  v: 1|a:|  x: 1|  y: 1", "b:|  z: 1|  w: 1|  v: 1", `key "a.x" would be back, which the template took out, line 7: the line merge was clean`},
	{"a.yaml", "l:|- a|- b|- c", "l:|- b|- c", "l:|- b|- c|- a", `key "l" would be back, which you took out, line 7: the line merge was clean`},
	{"a.yaml", "l:|- a|- b|- c", "l:|- b|- c", "l:|- b|- c|m:|- a", ""},                                                               // in another list
	{"a.yaml", "a:|  x: 1|  y: 1|b:|  z: 1|  w: 1|  v: 1", "b:|  z: 1|  w: 1|  v: 1", "b:|  z: 1|  w: 1|  v: 1|k:|  x: 1|  y: 1", ""}, // under another name
	// JSON.
	{"a.json", `{|"a": 1,|"b": 2,|"c": 3|}`, `{|"schema": "s",|"a": 1,|"b": 2,|"c": 3|}`, `{|"a": 1,|"b": 2,|"schema": "t",|"c": 3|}`, `key "schema" would stand twice, lines 3 and 12: the line merge was clean`},
	{"a.jsonc", `{|"a": 1,|// c|"b": 2,|"c": 3|}`, `{|"s": 1,|"a": 1,|// c|"b": 2,|"c": 3|}`, `{|"a": 1,|// c|"b": 2,|"s": 1, // d|"c": 3|}`, `key "s" would stand twice, lines 3 and 13: the line merge was clean`},
	{"a.json", `{"x": {|"a": 1,|"b": 2|},|"y": {|"c": 3,|"d": 4|}}`, `{"x": {|"s": 1,|"a": 1,|"b": 2|},|"y": {|"c": 3,|"d": 4|}}`, `{"x": {|"a": 1,|"b": 2|},|"y": {|"c": 3,|"s": 1,|"d": 4|}}`, ""},
	{"a.jsonc", `{|"a": {|"x": 2,|"y": 0,|},|"b": {},|}`, `{|"a": {|"x": 2,|"y": 0,|},|}`, `{|"b": {|"z": 1,|},|}`, `key "b": you deleted it, and the template changed it: the line merge was clean`},
	{"a.jsonc", `{|"a": {|"x": 2,|"y": 0,|},|"b": {},|}`, `{|"b": {|"z": 1,|},|}`, `{|"a": {|"x": 2,|"y": 0,|},|}`, `key "b": the template deleted it, and you changed it: the line merge was clean`},
	// TOML.
	{"a.toml", "[a]|x = 1|y = 1|z = 1", "[a]|k = 1|x = 1|y = 1|z = 1", "[a]|x = 1|y = 1|k = 2|z = 1", `key "a.k" would stand twice, lines 3 and 12: the line merge was clean`},
	{"a.toml", "[a]|x = 1||[b]|y = 1", "[k]|v = 1||[a]|x = 1||[b]|y = 1", "[a]|x = 1||[b]|y = 1||[k]|v = 2", `key "k" would stand twice, lines 2 and 17: the line merge was clean`},
	{"a.toml", "[[a]]|x = 1||[[b]]|y = 1|z = 1", "[[k]]|v = 1||[[a]]|x = 1||[[b]]|y = 1|z = 1", "[[a]]|x = 1||[[b]]|y = 1|z = 1||[[k]]|v = 2", ""},
	{"a.toml", "[a]|x = 1|[b]|y = 1|z = 1", "[a]|x = 1|k = 1|[b]|y = 1|z = 1", "[a]|x = 1|[b]|y = 1|k = 1|z = 1", ""},
	// ini and .editorconfig.
	{"tox.ini", "[a]|x = 1|y = 1|z = 1", "[a]|k = 1|x = 1|y = 1|z = 1", "[a]|x = 1|y = 1|K: 2|z = 1", `key "[a].k" would stand twice, lines 3 and 12: the line merge was clean`},
	{".editorconfig", "root = true||[*]|a = 1|b = 1", "root = true||[*.go]|k = 1||[*]|a = 1|b = 1", "root = true||[*]|a = 1|b = 1||[*.go]|k = 2", `key "[*.go]" would stand twice, lines 4 and 17: the line merge was clean`},
	{"setup.cfg", "[a]|x =|  1|  2|  3", "[a]|x =|  k = 1|  1|  2|  3", "[a]|x =|  1|  2|  k = 1|  3", ""},
	// Markdown.
	{"README.md", "# a||b||# c||d||# e||f", "# g||h||# a||b||# c||d||# e||f", "# a||b||# c||d||# g||i||# e||f", `section "g" would stand twice, lines 2 and 20: the line merge was clean`},
	{"README.md", "# a||b||# c||d||e||f||# g||h", "# a||b||# c||d||e||k||f||# g||h", "# c||d||# a||b||e||f||# g||h", `section "a": the template's value would go to another block, line 20: the line merge was clean`},
	{"README.md", "# a||b||c||d||# e||f", "# a||b||c||d||## k||m||# e||f", "# a||b||## l||c||d||# e||f", ""},     // a heading amid text
	{"README.md", "# a||b||# c||d||g||h||# e||f", "# a||b||d||g||h||# e||f", "# a||b||# c||d||g||i||# e||f", ""}, // text below a heading that is gone
	// Makefile.
	{"Makefile", "a:|\tb||c:|\td||e:|\tf", "lint:|\tx||a:|\tb||c:|\td||e:|\tf", "a:|\tb||c:|\td||lint:|\ty||e:|\tf", `name "lint" would stand twice, lines 2 and 17: the line merge was clean`},
	{"Makefile", "a:|\tb||c:|\td||e:|\tf", ".PHONY: lint|a:|\tb||c:|\td||e:|\tf", "a:|\tb||c:|\td||lint:|\ty||e:|\tf", ""},
	{"Makefile", "a:|\tb||c:|\td||e:|\tf", "all: x|a:|\tb||c:|\td||e:|\tf", "a:|\tb||c:|\td||all: y||e:|\tf", ""},
	// Go.
	{"a.go", "package p||func a() {}||func b() {}", "package p||func k() {}||func a() {}||func b() {}", "package p||func a() {}||func k() { x() }||func b() {}", `declaration "k" would stand twice, lines 4 and 14: the line merge was clean`},
	{"a.go", "package p||func a() {}||func b() {}", "package p||func (t T) k() {}||func a() {}||func b() {}", "package p||func a() {}||func (u *T) k() {}||func b() {}", `declaration "T.k" would stand twice, lines 4 and 14: the line merge was clean`},
	{"a.go", "package p||func a() {}||func b() {}", "package p||func (t T) k() {}||func a() {}||func b() {}", "package p||func a() {}||func (u U) k() {}||func b() {}", ""},
	{"a.go", "package p||func a() {}||func b() {}", "package p||func init() {}||func a() {}||func b() {}", "package p||func a() {}||func init() { x() }||func b() {}", ""},
	{"a.go", "package p||func a() {}||func b() {}", "package p||var _ = 1||func a() {}||func b() {}", "package p||func a() {}||var _ = 2||func b() {}", ""},
	{"a.go", "package p||func a() {}||func b() {}", "package p||var x, k = 1, 2||func a() {}||func b() {}", "package p||func a() {}||const (|\tk = 3|)||func b() {}", `declaration "k" would stand twice, lines 4 and 15: the line merge was clean`},
	{"a.go", "package p||func a() {}||func b() {}", "package p||type k int||func a() {}||func b() {}", "package p||func a() {}||func k() {}||func b() {}", `declaration "k" would stand twice, lines 4 and 14: the line merge was clean`},
	{"a.go", "package p||import (|\t\"a\"|\t\"c\"||\t\"x/d\"|)", "package p||import (|\t\"a\"|\t\"x/b\"|\t\"c\"||\t\"x/d\"|)", "package p||import (|\t\"a\"|\t\"c\"||\t\"x/b\"|\t\"x/d\"|)", `declaration "import \"x/b\"" would stand twice, lines 6 and 15: the line merge was clean`},
	{"a.go", "package p||import (|\t\"a\"|\t\"c\"||\t\"x/d\"|)", "package p||import (|\t\"a\"|\t\"x/b\"|\t\"c\"||\t\"x/d\"|)", "package p||import (|\t\"a\"|\t\"c\"||\te \"x/b\"|\t\"x/d\"|)", ""},
	{"a.go", "package p||func a() {|\tb()|\tc()|\td()|}", "package p||func a() {|\tk := 1|\tb()|\tc()|\td()|}", "package p||func a() {|\tb()|\tc()|\tk := 2|\td()|}", ""},
	// Python.
	{"a.py", "x = 1|y = 1|z = 1", "def k(): pass|x = 1|y = 1|z = 1", "x = 1|y = 1|def k(a): pass|z = 1", `name "k" would stand twice, lines 2 and 11: the line merge was clean`},
	{"a.py", "L = [|    'a',|    'b',|    'c',|]", "L = [|    'b',|    'c',|]", "L = [|    'b',|    'c',|    'a',|]", `name "L" would be back, which you took out, line 7: the line merge was clean`}, // the template moved it
	{"a.toml", "a = 1|b = 2|c = 3|d = 4", "b = 2|c = 3|d = 4", "b = 2|c = 3|a = 5|d = 4", `key "a": you deleted it, and the template changed it, line 6: the line merge was clean`},                   // and moved it
	{"a.py", "x = 1|y = 1|z = 1", "k = 1|x = 1|y = 1|z = 1", "x = 1|y = 1|class k: pass|z = 1", `name "k" would stand twice, lines 2 and 11: the line merge was clean`},
	{"a.py", "class A:|  x = 1|class B:|  y = 1|  z = 1", "class A:|  k = 1|  x = 1|class B:|  y = 1|  z = 1", "class A:|  x = 1|class B:|  y = 1|  k = 1|  z = 1", ""},
	{"conf.py", "e = [|  'a',|  'b',|  'c',|]", "e = [|  'sphinx_changelog',|  'a',|  'b',|  'c',|]", "e = [|  'a',|  'b',|  'sphinx_changelog',|  'c',|]", "line 2 is kept once, though you and the template put it at different places: 'sphinx_changelog',"},
	// All else: lines that stand twice, one after the other or not.
	{"a.txt", "a|b|c", "A line that says something.|And this.|a|b|c", "a|b|A line that says something.|And this.|c", "lines 1-2 and 5-6 are the same, because you and the template put them at different places: A line that says something."},
	{"a.txt", "a|b|c", "}|a|b|c", "a|b|}|c", ""},
	{"a.txt", "a|line|b|line|c|d", "line|a|line|b|line|c|d", "a|line|b|line|c|line|d", ""},
	{"a.txt", "a|b|c|some lines|that moved|d|e|f", "some lines|that moved|a|b|c|d|e|f", "a|b|c|d|e|some lines|that moved|f", `"some lines" would not be what both changes make of it: the line merge was clean`},
	// One side's change went to another block.
	{"a.json", blocks("x A", "y A"), blocks("n A", "y A", "m A", "x A"), blocks("x B", "y A"), `key "x.hash": the template's value would go to another block, line 9: the line merge was clean`},
	{"a.json", blocks("x A", "y A"), blocks("y A", "n A", "x A", "m A"), blocks("x A", "y B"), `key "y.hash": the template's value would go to another block, line 25: the line merge was clean`},
	{"a.json", blocks("x A", "y A", "z A"), blocks("1 A", "2 A", "x A", "3 A", "y A", "4 A", "z A"), blocks("x A", "y B", "z A"), ""},
	{"a.yaml", "a:|  v: 1|b:|  v: 1|c:|  v: 1", "d:|  v: 1|b:|  v: 1|c:|  v: 1", "a:|  v: 1|b:|  v: 1|c:|  v: 2", ""},
	{"a.yaml", "a:|  u: 1|  w: 1|  v: 1|b: 1", "k:|  u: 1|  w: 1|  v: 1|b: 1", "a:|  u: 1|  w: 1|  v: 2|b: 1", `line 4: "k.v" has the new value of "a.v", its name before yours`},
}

// blocks is a JSON object of mappings that are alike; each is given by its name
// and its hash.
func blocks(list ...string) string {
	var all []string
	for _, b := range list {
		name, hash, _ := strings.Cut(b, " ")
		all = append(all, `"`+name+`": {|"branch": "master",|"hash": "`+hash+`"|}`)
	}
	return "{|" + strings.Join(all, ",|") + "|}"
}

func barred(s string) []byte { return []byte(strings.ReplaceAll(s, "|", "\n") + "\n") }

// gated is what the gates alone make of lines.
func gated(l Labels) Options { return Options{Labels: l, ByLines: true} }

func TestGate(t *testing.T) { checkGateTests(t, gateTests) }

func checkGateTests(t *testing.T, tests []gateTest) {
	t.Helper()
	for _, tt := range tests {
		x := triple{barred(tt.base), barred(tt.ours), barred(tt.theirs)}
		if r := Lines(x.base, x.ours, x.theirs, labels); !r.Clean() {
			t.Errorf("%s %q %q: lines conflict: %s", tt.name, tt.ours, tt.theirs, unwords(r.Content))
		}
		r := Merge(tt.name, x.base, x.ours, x.theirs, gated(labels))
		if got := strings.Join(r.Notes, "; "); got != tt.note {
			t.Errorf("%s %q: notes\n %s, want\n %s\n%s", tt.name, tt.ours, got, tt.note, unwords(r.Content))
		}
		checkGate(t, tt.name, x)
		checkUnread(t, tt.name, x)
	}
}

// checkGate tries the laws: a gate may only turn clean into conflict, or keep one
// of two lines that are the same; it leaves alone what one side alone changed;
// it treats both sides alike; and either side of its conflicts says nothing twice.
func checkGate(t *testing.T, name string, x triple) {
	t.Helper()
	r, byLine := Merge(name, x.base, x.ours, x.theirs, gated(lawLabels)), Lines(x.base, x.ours, x.theirs, lawLabels)
	fail := func(law string) {
		t.Helper()
		t.Fatalf("%s\nname   %s\nbase   %q\nours   %q\ntheirs %q\nmerged %q\nnotes  %q", law, name, x.base, x.ours, x.theirs, r.Content, r.Notes)
	}
	for _, one := range [][]byte{x.ours, x.theirs} {
		for _, alone := range []Result{
			Merge(name, x.base, x.base, one, gated(lawLabels)), Merge(name, x.base, one, x.base, gated(lawLabels)), Merge(name, x.base, one, one, gated(lawLabels)),
		} {
			if !alone.Clean() || len(alone.Notes) > 0 || !bytes.Equal(alone.Content, one) {
				fail("what one side changed, or both alike, passes")
			}
		}
	}
	switch {
	case !byLine.Clean():
		if !bytes.Equal(r.Content, byLine.Content) || len(r.Notes) > 0 {
			fail("a conflict of lines stays as it is")
		}
	case r.Clean():
		if !onlyDrops(parse(byLine.Content).lines, parse(r.Content).lines) {
			fail("a clean merge loses only lines that it has twice")
		}
	default:
		if !fromInputs(r, x) || len(r.Notes) == 0 {
			fail("a conflict has lines of the inputs, and a reason")
		}
		for _, mine := range []bool{true, false} {
			if readsAll(name, x) && !saysNothingTwice(name, x, r.Resolve(mine)) {
				fail("either side reads, and has no key twice")
			}
		}
	}
	swapped := Merge(name, x.base, x.theirs, x.ours, gated(Labels{lawLabels.Theirs, lawLabels.Base, lawLabels.Ours}))
	if !sameSides(r, swapped) || len(r.Notes) != len(swapped.Notes) {
		fail("swapping sides swaps only labels")
	}
	if r = Merge(name, x.base, x.ours, x.theirs, Options{Labels: lawLabels}); len(r.Settled) > 0 && readsAll(name, x) {
		for _, mine := range []bool{true, false} {
			if !saysNothingTwice(name, x, r.Resolve(mine)) {
				fail("what is settled reads, and has no key twice")
			}
		}
	}
}

func readsAll(name string, x triple) bool {
	return !slices.ContainsFunc([][]byte{x.base, x.ours, x.theirs}, func(data []byte) bool {
		_, ok := keys.Read(name, strings.Join(parse(data).lines, "\n")+"\n")
		return !ok
	})
}

// checkUnread tries that what is not read, because it cannot matter, does not. It reports
// whether the merge is one of these.
func checkUnread(t *testing.T, name string, x triple) bool {
	t.Helper()
	base, ours, theirs := parse(x.base), parse(x.ours), parse(x.theirs)
	m := newMerger(&base, &ours, &theirs, labels)
	m.name = name
	if !m.merge(nil).Clean() || len(m.yours) == 0 || len(m.template) == 0 ||
		keys.MayMatter(name, base.lines, m.change(&ours, m.yours), m.change(&theirs, m.template)) {
		return false
	}
	g, ok := m.readKeys()
	if ok {
		g.merged, ok = readKeyed(name, &m.out)
	}
	if ok {
		if faults, renamed, repeated := g.findFaults(g.merged, nil), g.findRenamed(), g.merged.RepeatedItems(); len(faults)+len(renamed) > 0 ||
			len(repeated) > max(len(g.base.RepeatedItems()), len(g.ours.RepeatedItems()), len(g.theirs.RepeatedItems())) {
			t.Errorf("%s is not read, and has %v %q %v\nbase   %q\nours   %q\ntheirs %q", name, faults, renamed, repeated, x.base, x.ours, x.theirs)
		}
	}
	return true
}

// TestGateBlocks moves and adds blocks on one side, and changes a value in one on
// the other. What merges clean has each value where it was changed.
func TestGateBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 14))
	n, wrong := tries(300, 1000), 0
	for range n {
		var base, ours []string
		for i := range 2 + r.IntN(3) {
			base = append(base, fmt.Sprintf("b%d A", i))
			ours = append(ours, base[i])
			for range r.IntN(3) {
				ours = append(ours, fmt.Sprintf("n%d A", len(ours)))
			}
		}
		if r.IntN(2) == 0 {
			r.Shuffle(len(ours), func(i, j int) { ours[i], ours[j] = ours[j], ours[i] })
		}
		changed := r.IntN(len(base))
		theirs := slices.Clone(base)
		theirs[changed] = fmt.Sprintf("b%d B", changed)
		want := slices.Clone(ours)
		want[slices.Index(want, base[changed])] = theirs[changed]
		x := triple{barred(blocks(base...)), barred(blocks(ours...)), barred(blocks(theirs...))}
		right := barred(blocks(want...))
		if byLine := Lines(x.base, x.ours, x.theirs, labels); byLine.Clean() && !bytes.Equal(byLine.Content, right) {
			wrong++
		}
		if m := Merge("a.json", x.base, x.ours, x.theirs, gated(labels)); m.Clean() && !bytes.Equal(m.Content, right) {
			t.Errorf("base %v, ours %v, theirs %v: %s", base, ours, theirs, unwords(m.Content))
		}
		checkGate(t, "a.json", x)
		checkUnread(t, "a.json", x)
	}
	if wrong < n/20 {
		t.Errorf("only %d of %d merges of lines are wrong: this tries nothing", wrong, n)
	}
}

// TestGateItems adds an item to a list on one side, and on the other blocks with a list that
// has that item too. What merges clean has it in the list to which it was added.
func TestGateItems(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 15))
	n, wrong := tries(150, 500), 0
	add := func(items []string) []string { return slices.Insert(slices.Clone(items), r.IntN(len(items)+1), "item") }
	for range n {
		var base listBlocks
		for i := range 1 + r.IntN(3) {
			base = append(base, listBlock{fmt.Sprint("b", i), []string{"a", "b", "c", "d"}[:2+r.IntN(3)]})
		}
		ours := slices.Clone(base)
		for i := range 1 + r.IntN(2) {
			like := base[r.IntN(len(base))]
			ours = slices.Insert(ours, r.IntN(len(ours)+1), listBlock{fmt.Sprint("n", i), add(like.items)})
		}
		if r.IntN(2) == 0 {
			r.Shuffle(len(ours), func(i, j int) { ours[i], ours[j] = ours[j], ours[i] })
		}
		theirs := slices.Clone(base)
		changed := &theirs[r.IntN(len(theirs))]
		changed.items = add(changed.items)
		want := slices.Clone(ours)
		want[slices.IndexFunc(want, func(b listBlock) bool { return b.name == changed.name })] = *changed
		x := triple{base.content(), ours.content(), theirs.content()}
		if byLine := Lines(x.base, x.ours, x.theirs, labels); byLine.Clean() && !bytes.Equal(byLine.Content, want.content()) {
			wrong++
		}
		for _, o := range []Options{gated(labels), {Labels: labels}} {
			if m := Merge("a.yaml", x.base, x.ours, x.theirs, o); m.Clean() && !bytes.Equal(m.Content, want.content()) {
				t.Errorf("base %v, ours %v, theirs %v: %s %q", base, ours, theirs, unwords(m.Content), m.Notes)
			}
		}
		checkGate(t, "a.yaml", x)
	}
	if wrong < n*3/100 {
		t.Errorf("only %d of %d merges of lines are wrong: this tries nothing", wrong, n)
	}
}

// A rule takes for an item of one list what the other side has in another.
func TestGateItemsOfSteps(t *testing.T) {
	ab, eb := listBlock{"b1", []string{"aa", "bb"}}, listBlock{"b0", []string{"ee", "bb", "dd"}}
	base := listBlocks{eb, ab, {"b2", []string{"aa", "bb"}}}.content()
	ours := listBlocks{eb, ab, {"b2", []string{"ee", "aa", "bb"}}}.content()
	theirs := listBlocks{{"b2", []string{"aa", "bb"}}, ab, eb}.content()
	want := listBlocks{{"b2", []string{"ee", "aa", "bb"}}, ab, eb}.content()
	if r := Merge("a.yaml", base, ours, theirs, Options{Labels: labels}); r.Clean() && !bytes.Equal(r.Content, want) {
		t.Errorf("merged %s %v, want %s", unwords(r.Content), r.Settled, unwords(want))
	}
}

// What a step decided may say a thing twice with what merged clean elsewhere: no step
// decides the conflict that a gate makes of it.
func TestGateSeesWhatStepsDecide(t *testing.T) {
	x := triple{
		barred("python: 3.8|a: 1|b: 1|c: 1|d: 1.0.0"),
		barred("warn: true|python: 3.9|a: 1|b: 1|c: 1|d: 1.0.0"),
		barred("python: 3.10|a: 1|b: 1|c: 1|warn: false|d: 1.1.0"),
	}
	if r := Merge("a.yaml", x.base, x.ours, x.theirs, Options{Labels: labels}); r.Clean() {
		t.Errorf("clean: %s", unwords(r.Content))
	}
}

// onlyDrops reports whether got is want without some lines that want has twice, but for
// blanks, quotes and commas; or once, and what they say beside other items on another line.
func onlyDrops(want, got []string) bool {
	plain := func(l string) string { return strings.Trim(l, " \t,-\"'[]{}") }
	says := func(l, item string) bool {
		return plain(l) == item || slices.ContainsFunc(strings.FieldsFunc(l, func(r rune) bool { return strings.ContainsRune("[{,:=", r) }),
			func(part string) bool { return plain(part) == item })
	}
	for _, l := range want {
		if len(got) > 0 && got[0] == l {
			got = got[1:]
		} else if n := len(slices.DeleteFunc(slices.Clone(want), func(m string) bool { return !says(m, plain(l)) })); n < 2 {
			return false
		}
	}
	return len(got) == 0
}

func saysNothingTwice(name string, x triple, content []byte) bool {
	read := func(data []byte) map[keys.Path][2]keys.Key {
		f, ok := keys.Read(name, strings.Join(parse(data).lines, "\n")+"\n")
		if !ok {
			return nil
		}
		return f.Twice()
	}
	was := read(x.base)
	for _, data := range [][]byte{x.ours, x.theirs} {
		for p := range read(data) {
			was[p] = [2]keys.Key{}
		}
	}
	twice := read(content)
	for p := range twice {
		if _, ok := was[p]; !ok {
			return false
		}
	}
	return twice != nil
}

func FuzzGate(f *testing.F) {
	for _, tt := range gateTests {
		f.Add(tt.name, barred(tt.base), barred(tt.ours), barred(tt.theirs))
	}
	f.Fuzz(func(t *testing.T, name string, base, ours, theirs []byte) {
		if keys.Language(name) != "" {
			checkGate(t, name, triple{base, ours, theirs})
		}
	})
}

// TestGateBelowDeleted tries that what one side put below keys that the other took out is
// a conflict where entries would bring these back.
func TestGateBelowDeleted(t *testing.T) {
	const base = "[tool.poetry]\nname = 'a'\n\n[tool.poetry.scripts]\nb = 'c'\n\n[tool.ruff]\nx = 1\n"
	const ours = "[project]\nname = 'a'\n\n[tool.ruff]\nx = 1\n"
	for added, want := range map[string]bool{
		"\n[tool.poetry.extras]\nd = []\n": false,
		"\n[tool.mypy]\ny = 1\n":           true,
		"\n[tool.ruff.lint]\ny = 1\n":      true,
	} {
		r := Merge("pyproject.toml", []byte(base), []byte(ours), []byte(base+added), Options{Labels: labels})
		if r.Clean() != want {
			t.Errorf("%q: clean is %v, want %v\n%s", added, !want, want, r.Content)
		}
		note := `key "tool.poetry.extras.d" would stand below what the other side deleted, line 11: the line merge was clean`
		if !want && !slices.Equal(r.Notes, []string{note}) {
			t.Errorf("notes are %q, want %q\n%s", r.Notes, note, r.Content)
		}
	}
}
