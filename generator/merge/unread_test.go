package merge

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/keys"
)

// TestUnread compares what a gate does not read with what it would find there: in the
// squares of the replay, in edits of Go's sources, and in small files of which both sides
// move, take out and repeat lines.
func TestUnread(t *testing.T) {
	n := tries(500, 20_000)
	for i, s := range loadReplay(t) {
		if !tryAll && i%4 != 0 {
			continue
		}
		checkUnread(t, s.File, triple{[]byte(s.Base), []byte(s.Ours), []byte(s.Theirs)})
	}
	for _, x := range triples(t, n/10) {
		checkUnread(t, "x.go", x)
	}
	for name, base := range smallFiles {
		r := rand.New(rand.NewPCG(21, uint64(len(name))))
		unread := 0
		for range n {
			lines := strings.Split(base, "|")
			x := triple{barred(base), barred(strings.Join(shuffle(r, lines), "|")), barred(strings.Join(shuffle(r, lines), "|"))}
			if checkUnread(t, name, x) {
				unread++
			}
		}
		if always := keys.Language(name) == "make"; unread == 0 && !always {
			t.Errorf("%s: all was read", name)
		}
		t.Logf("%s: %d of %d merges clean and unread", name, unread, n)
	}
}

var smallFiles = map[string]string{
	".gitignore":       "*.o|build/|# comment|dist/|.env|a|node_modules/|out",
	"requirements.txt": `a==1|b|c>=2 \|  ; x|d|# comment|e|f==1 \|g|h`,
	"x.py":             "import os|import sys|ALL = [|    'a',|    'b',|    'c',|    'd',|]|def f():|    pass|def g():|    pass|D = {|    'k': 1,|    'l': 2,|    'm': 3,|}",
	"x.go":             "package x|import \"os\"|import \"fmt\"|var A = 1|const B = 2|var (|\tC = 1|\tD = 2|)|func F() {}|func G() {|\tD := 1|}|type H int",
	"x.yaml":           "a: 1|b: 2|c:|  d: 1|  e: 2|f:|- g|- h|- i|j:|  k: 1|  l: 2",
	"x.json":           "{|\"a\": 1,|\"b\": {|\"c\": 1,|\"d\": 2|},|\"e\": [|\"f\",|\"g\",|\"h\"|],|\"i\": 2|}",
	"x.toml":           "a = 1|[b]|c = 1|d = 2|e = [|'f',|'g',|'h',|]|[i]|j = 1",
	"x.ini":            "[a]|b = 1|c = 2|[d]|e = 1|f = 2",
	"x.md":             "# T|text|## A|one|## B|two|## C|three",
	"Makefile":         "A = 1|B = 2|a: b|\tx|b:|\ty|c:|\tz",
}

// shuffle moves, takes out, repeats or changes some lines. Brackets stay, because a file is
// none of its language without.
func shuffle(r *rand.Rand, lines []string) []string {
	lines = slices.Clone(lines)
	for range 1 + r.IntN(2) {
		at, to := r.IntN(len(lines)), r.IntN(len(lines))
		l := lines[at]
		if strings.ContainsAny(l, "{}[]()") && !strings.HasPrefix(l, "[") {
			continue
		}
		switch r.IntN(4) {
		case 0:
			lines = slices.Insert(slices.Delete(lines, at, at+1), min(to, len(lines)-1), l)
		case 1:
			lines = slices.Delete(lines, at, at+1)
		case 2:
			lines = slices.Insert(lines, to, l)
		case 3:
			lines[at] = strings.Replace(l, "1", "3", 1)
		}
	}
	return lines
}

// TestUnreadAround changes a line of which only those around it say what it is, or one that
// opens what follows and hardly looks like it.
func TestUnreadAround(t *testing.T) {
	for _, tt := range []struct{ name, base, ours, theirs string }{
		{"a.rst", "T|===||Install|-------||b||Use|---||c", "T|===||Run|-------||b||Use|---||c", "T|===||Install|-------||b||Run|---||c"},
		{"a.md", "T|===||Install|---||b||Use|---||c", "T|===||Run|---||b||Use|---||c", "T|===||Install|---||b||Run|---||c"},
		{"a.md", "T|===||a||Run|b|---||c||Use|---||d", "T|===||a||Run|---||c||Use|---||d", "T|===||a||Run|b|---||c||Run|---||d"},
		{"tox.ini", "[a]|b =|    x|    y|c = 1", "[a]|d =|    x|    y|c = 1", "[a]|b =|    x|    w|    y|c = 1"},
		{"a.yaml", "a:|  b: >-|    x|    y|  c: 1", "a:|  d: >-|    x|    y|  c: 1", "a:|  b: >-|    x|    w|    y|  c: 1"},
		{"a.yaml", "a:|  b: >2+|    x|    y|  c: 1", "a:|  d: >2+|    x|    y|  c: 1", "a:|  b: >2+|    x|    w|    y|  c: 1"},
		{"a.yaml", "? r|: s|m: 1|kind: X", "? name|: s|m: 1|kind: X", "? r|: s|m: 1|name: X"},
		{"a.toml", "name = 'x'|e = '''|g = 1|f = 1|'''|a = 1", "name = 'x'|e = '''|g = 1|h = 1|'''|a = 1", "y = 'x'|name = '''|g = 1|f = 1|'''|a = 1"},
		{"a.yaml", "a: 1|...|b: 2|c: 3", "a: 1|b: 2|c: 3", "a: 1|...|b: 2|a: 7|c: 3"},
	} {
		checkUnread(t, tt.name, triple{barred(tt.base), barred(tt.ours), barred(tt.theirs)})
	}
}

// TestUnreadValues changes values of like keys on both sides, each on its line. They are
// not read, because no key goes anywhere; but what tells items of a list apart is, and so is
// what may be a key more, or what keys are in.
func TestUnreadValues(t *testing.T) {
	for _, tt := range []struct {
		name, base, ours, theirs string
		unread                   bool
	}{
		{"a.yaml", "- uses: a@v1|  b: 1|- uses: c@v1", "- uses: a@v2|  b: 1|- uses: c@v1", "- uses: a@v1|  b: 1|- uses: c@v3.1", true},
		{"a.yaml", "a:|  v: !t >-|    x|b:|  v: !t >-|    y", "a:|  v: !u >-|    x|b:|  v: !t >-|    y", "a:|  v: !t >-|    x|b:|  v: !w >-|    y", true},
		{"a.yaml", "v: a>b|x: 1|v: c", "v: a>d|x: 1|v: c", "v: a>b|x: 1|v: e", true},
		{"a.yaml", "run: a b ./...|x: 1|run: c ./...", "run: a d ./...|x: 1|run: c ./...", "run: a b ./...|x: 1|run: d ./...", true},
		{"a.json", `{|"a": "^1.2",|"b": "1",|"a": "^1.0"|}`, `{|"a": "^1.3",|"b": "1",|"a": "^1.0"|}`, `{|"a": "^1.2",|"b": "1",|"a": "^2.0"|}`, true},
		{"a.toml", "[a]|v = 1|[b]|v = 1", "[a]|v = 2|[b]|v = 1", "[a]|v = 1|[b]|v = 3", true},
		{"a.ini", "[a]|v=1|[b]|v=1", "[a]|v=2|[b]|v=1", "[a]|v=1|[b]|v=3", true},
		{"a.yaml", "- name: a|  v: 1|- name: b|  v: 1", "- name: c|  v: 1|- name: b|  v: 1", "- name: a|  v: 1|- name: c|  v: 1", false},
		{"a.yaml", "- uses: a@v1|  b: 1|- uses: c@v1", "- uses: d@v1|  b: 1|- uses: c@v1", "- uses: a@v1|  b: 1|- uses: d@v1", false},
		{"a.yaml", "- 80:1|- 9|- 80:2", "- 80:3|- 9|- 80:2", "- 80:1|- 9|- 80:3", false},
		{"a.yaml", `- "k: 1"|- 9|- "k: 2"`, `- "k: 3"|- 9|- "k: 2"`, `- "k: 1"|- 9|- "k: 3"`, false},
		{"a.yaml", "a: [b]|c: 1|a: [d]", "a: [e]|c: 1|a: [d]", "a: [b]|c: 1|a: [e]", false},
		{"a.yaml", "a: &x [b]|c: 1|a: &y [d]", "a: &x [e]|c: 1|a: &y [d]", "a: &x [b]|c: 1|a: &y [e]", false},
		{"a.yaml", "a: &x b|c: 1|a: &y d", "a: &x |c: 1|a: &y d", "a: &x b|c: 1|a: &y e", false},
		{"a.yaml", "a: >1|  x|c: 1|a: >1|  y", "a: >2|  x|c: 1|a: >1|  y", "a: >1|  x|c: 1|a: >2|  y", false},
		{"a.yaml", "a: b # x|c: 1|a: b", "a:  # x|c: 1|a: b", "a: b # x|c: 1|a: d", false},
		{"a.yaml", "  a: b|  c: 1|  a: b", "  a: d|  c: 1|  a: b", "  a: b|  c: 1|    a: d", false},
		{"a.json", `[{"v": 1, "name": "a"},|2,|{"v": 1, "name": "b"}]`, `[{"v": 1, "name": "c"},|2,|{"v": 1, "name": "b"}]`, `[{"v": 1, "name": "a"},|2,|{"v": 1, "name": "c"}]`, false},
		{"a.json", `[{|"v": 1, "name": "a"|},|{|"v": 1, "name": "b"|}]`, `[{|"v": 1, "name": "c"|},|{|"v": 1, "name": "b"|}]`, `[{|"v": 1, "name": "a"|},|{|"v": 1, "name": "c"|}]`, false},
	} {
		unread := checkUnread(t, tt.name, triple{barred(tt.base), barred(tt.ours), barred(tt.theirs)})
		if unread != tt.unread {
			t.Errorf("%s: %q and %q on %q: unread is %v", tt.name, tt.ours, tt.theirs, tt.base, unread)
		}
	}
}
