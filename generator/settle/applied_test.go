package settle

import (
	"strings"
	"testing"
)

var appliedTests = []ruleTest{
	{"the template has more", "a.yaml", "a: 1", "a: 2", "a: 2|b: 3", "a: 2|b: 3"},
	{"the user has more", "a.yaml", "a: 1", "a: 2|b: 3", "a: 2", "a: 2|b: 3"},
	{"in a place where nothing was", "a.yaml", "", "- a", "- a|- b", "- a|- b"},
	{"before what the other changed", "a.toml", `a = "1"`, `b = "1"|a = "1"`, `b = "1"|a = "2"`, `b = "1"|a = "2"`},
	{"both something else", "a.yaml", "a: 1", "a: 2", "a: 3|b: 3", declined},
	{"both more", "a.yaml", "a: 1", "a: 2|b: 3", "a: 2|c: 3", declined},
	{"the other removed as well, and said nothing", "a.py", "a = 1", "", "b = 2", "b = 2"},
	{"a requirement that one removed and one replaced", "requirements.txt", "requests", "", "httpx", declined},
	{"an instruction that one removed and one replaced", "Dockerfile", "RUN x 1", "", "RUN xx 1", declined},
	{"an item that one removed and one replaced", "a.toml", `"a",`, "", `"b",`, declined},
	{"what the other removed, rewritten", "a.yaml", "- run: a b", "", "- run: c d", declined},
	{"what the other removed, with more around it", "a.yaml", "- a|- b", "- a", "- c", declined},
	{"two lines became one, and two others", "a.yaml", "- a: x|- b: y", "- a: z", "- a: z|- b: w", declined},
	{"a line that one replaced by another and one rewrote", "a.txt", "a 1", "b", "b|a 2", declined},
	{"what one replaced, in another layout", "a.toml", `"a>=1",|"b>=1",`, `"a>=2",|"b>=2",|'b>=1',`, `"a>=2",|"b>=2",`, declined},
	{"in another order", "a.yaml", "", "- a|- b", "- b|- a|- c", declined},
	{"not together", "a.yaml", "", "- name: a|  run: b", "- name: a|  uses: c|- name: d|  run: b", declined},
	{"blank lines around it", "a.go", "", "|a()", "a()||b()", "a()||b()"},
	{"a brace alone", "a.go", "a", "a|}", "b|}", declined},

	{"below another key", "a.yaml", "", "    - a", "    - b|  c:|    - a", declined},
	{"below another key, of which items are as deep", "a.yaml", "", "- a", "- b|c:|- a", declined},
	{"in another section", "a.toml", "", "a = 1", "b = 1|[c]|a = 1", declined},
	{"in another stage", "Dockerfile", "", "RUN a", "RUN b|FROM c|RUN a", declined},
	{"below another heading", "a.md", "", "a", "b||## c||a", declined},
	{"in a condition", "Makefile", "", "A := a", "ifdef B|A := a|endif", declined},
	{"in a condition of what is not known", "a.sh", "", "a", "if b; then|a|fi", declined},
	{"its parent is gone", "a.yaml", "a:|  - b", "a:|  - b|  - c", "  - c", declined},
	{"moved by the other side", "a.yaml", "a: 1|b: 2|c: 3", "b: 2|c: 3", "b: 2|a: 1|c: 4", declined},

	{"by words", "a.yaml", "run: test x", "run: test -race x", "run: test -race -v x", "run: test -race -v x"},
	{"by words, the other way", "a.yaml", "run: test x", "run: test -race -v x", "run: test -v x", "run: test -race -v x"},
	{"a list on a line", "a.toml", `a = ["b"]`, `a = ["b", "c"]`, `a = ["d", "b", "c"]`, `a = ["d", "b", "c"]`},
	{"on each of two lines", "a.yaml", "- a b|- c", "- a b x|- c", "- a b x y|- c z", "- a b x y|- c z"},
	{"the one on a line, the other on the next", "a.yaml", "- a b|- c", "- a b x|- c d e", "- a b x y|- c d", declined},
	{"words that both replaced", "a.yaml", "a: 1 2", "a: 3 2", "a: 4 2 5", declined},
	{"a version is a word", "a.yaml", "a: 1.9.4", "a: 2.2.3", "a: 2.2.4", declined},
	{"a name with dashes is a word", "a.yaml", "a: b", "a: b-c", "a: b-c-d", declined},
	{"a word that one removed and one replaced", "a.yaml", "run: a -q b", "run: a b", "run: a -v b", declined},
	{"space in a string is a word", "a.yaml", `a: "b"`, `a: " b"`, `a: "b" c`, declined},
}

func TestApplied(t *testing.T) {
	for _, tt := range appliedTests {
		tt.run(t, Applied)
		tt.ours, tt.theirs = tt.theirs, tt.ours
		tt.why += ", sides swapped"
		tt.run(t, Applied)
	}
}

// What both sides begin with may be what the one has of the other.
func TestAppliedWithin(t *testing.T) {
	h := hunk("Makefile", "\tgo test ./...", "", "|cover:|\tgo test -cover ./...")
	if lines, _, ok := Applied(h); ok {
		t.Errorf("what the user removed is rewritten: %q", lines)
	}
	h.Head = []string{"\tgo test -race ./..."}
	if lines, _, ok := Applied(h); !ok || strings.Join(lines, "|") != "|cover:|\tgo test -cover ./..." {
		t.Errorf("the template has what the user made of it: %q, %v", lines, ok)
	}
}

// What was removed and stands at another place was moved.
func TestAppliedMoved(t *testing.T) {
	h := hunk("a.py", "a = 1", "", "b = 2")
	h.TemplateAdded = map[string]bool{"a = 1": true, "b = 2": true}
	if lines, _, ok := Applied(h); ok {
		t.Errorf("what the user removed stands at another place: %q", lines)
	}
	h.TemplateAdded = map[string]bool{"a = 1 # and more": true}
	if lines, _, ok := Applied(h); ok {
		t.Errorf("what the user removed stands at another place, changed: %q", lines)
	}
	h.TemplateAdded = map[string]bool{"b = 2": true}
	if _, _, ok := Applied(h); !ok {
		t.Error("it is gone")
	}
}
