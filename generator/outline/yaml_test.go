package outline

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each line of a file belongs to one part of one entry: L to what leads it, H to its head,
// T to its tail; before that stands the path of the entry. A bar ends a line.
var yamlTests = []struct{ text, want string }{
	{"a: 1|b: 2", "a.H b.H"},
	{"a:|  b: 1|  c: 2|d: 3", "a.H a/b.H a/c.H d.H"},
	{"a: 1|# c|b: 2", "a.H b.L b.H"},
	{"a: 1||b: 2|", "a.H b.L b.H .T"},
	// What stands above a blank line is about the file.
	{"# f||# a|a: 1", ".H .H a.L a.H"},
	{"# a|a: 1", "a.L a.H"},
	{"---|# a|a: 1", ".H a.L a.H"},
	// A comment belongs to what is indented like it.
	{"a:|  b: 1|  # c|d: 1", "a.H a/b.H a.T d.H"},
	{"a:|  b: 1|    # c|d: 1", "a.H a/b.H a/b.H d.H"},
	{"a:|  b: 1|# c|d: 1", "a.H a/b.H d.L d.H"},
	{"a:|  b: 1|# c|  d: 1", "a.H a/b.H a/d.L a/d.H"},
	{"a:|  b: 1|  # c||# d|d: 1", "a.H a/b.H a.T d.L d.L d.H"},
	{"a:|  # b|  b: 1", "a.H a/b.L a/b.H"},
	{"a:|  b:|    c: 1|  # d|  # e|f: 1", "a.H a/b.H a/b/c.H a.T a.T f.H"},
	{"a: # c|  b: 1", "a.H a/b.H"},
	// Sequences.
	{"a:|  - x|  - y", "a.H a/x.H a/y.H"},
	{"a:|- x|- y|b: 1", "a.H a/x.H a/y.H b.H"},
	{"a:|- x|# c|- y|# d|b: 1", "a.H a/x.H a/y.L a/y.H b.L b.H"},
	{"- name: x|  b: 1|  c: 2", "name x.H name x/b.H name x/c.H"},
	{"- name: x|- name: y", "name x.H name y.H"},
	{"- name: x|- name: x", ""},
	{"a:|  - name: x|  - name: x|b: 1", "a.H a.H a.H b.H"},
	{"- uses: a/b@v1|  with:|    x: 1|- uses: a/c@v1", "uses a/b.H uses a/b/with.H uses a/b/with/x.H uses a/c.H"},
	{"- a: 1|- b: 1", "a.H b.H"},
	{"- a:|    - x|    - y|- b: 1", "a.H a/a=x.H a/a=y.H b.H"},
	{"- run: a|- run: b", "run a.H run b.H"},
	{"- run: go test ./...|- run: go vet ./...", "run go test.H run go vet.H"},
	{"- run: make a b|- run: make a c", "run make a b.H run make a c.H"},
	{"- run: a|- run: a", ""},
	{"script:|- pytest -v|- pip install x y", "script.H script/pytest.H script/pip install.H"},
	{"args:|- --fix|- --max=3", "args.H args/--fix.H args/--max.H"},
	{"- a>=1|- b[c]==2 # d", "a.H b.H"},
	{"- - a|- - b", ""},
	{"- a: 1|  b: 1|- a: 1|  b: 2", ""},
	{"- a: 1|  b: 1", "a.H a/b.H"},
	{"- a: 1|  b: 1|- a: 2|  b: 1", "a 1.H a 1/b.H a 2.H a 2/b.H"},
	{"- a=1|- pip|- pip:|    - b>=1", "a.H pip.H pip:.H pip:/pip=b.H"},
	{"- a:|    - x|  b:|    - y", "a.H a.H a/b.H a/b/y.H"},
	{"- run: go test ./...|  if: x|- a: 1|  b: 2", "run go test.H run go test/if.H a 1.H a 1/b.H"},
	{"- # c|  name: x|- y", ""},
	{"-|  name: x|- y", ""},
	{"- &x a|- *x", "a.H *x.H"},
	{"-  name: x|   b: 1", "name x.H name x/b.H"},
	{"- name: |    x|  # c|  b: 1", "name x.H name x.H name x/b.L name x/b.H"},
	// What looks like a key or a comment, and is text.
	{"a: ||  # x|  b: 1||c: 1", "a.H a.H a.H c.L c.H"},
	{"a: >-|  x|# c|b: 1", "a.H a.H b.L b.H"},
	{"a: \"x|  # y|  z\"|b: 1", "a.H a.H a.H b.H"},
	{"a: \"x|  # y\"|b: 1", "a.H a.H b.H"},
	{"a: 'it''s|  # y'|b: 1", "a.H a.H b.H"},
	{"a: x|  y|  # c|b: 1", "a.H a.H a.H b.H"},
	{"a: [|  x, # c|  # d|]|b: 1", "a.H a.H a.H a.H b.H"},
	{"\"a: b\": 1|'c': 2", "a: b.H c.H"},
	{"http://x: 1|b: 2", "http://x.H b.H"},
	{"x: &a|  b: 1|y:|  <<: *a|  c: 1", "x.H x/b.H y.H y/<<.H y/c.H"},
	{"a: {b: 1}|c: []", "a.H c.H"},
	{"é: \"x|  # y\"|b: 1", "é.H é.H b.H"},
	// Documents have the name of an object; their first key is in their head.
	{"kind: A|a: 1|---|kind: B|b: 1", "A.H A/a.H B.H B.H B/b.H"},
	{"# f||---|kind: A|a: 1|# c|---|# d|kind: B|# e|b: 1|", ".H .H .H A.H A/a.H A.T B.H B.H B.H B/b.L B/b.H .T"},
	{"a: 1|kind: A|metadata:|  name: x||---|a: 1|kind: A|metadata:|  namespace: n|  name: x", "A x.H A x/kind.H A x/metadata.H A x/metadata/name.H A x.T " +
		"A n/x.H A n/x.H A n/x/kind.H A n/x/metadata.H A n/x/metadata/namespace.H A n/x/metadata/name.H"},
	{"kind: A|---|kind: B", "A.H B.H B.H"},
	{"kind: A|metadata: {name: x}|---|kind: B", "A x.H A x/metadata.H B.H B.H"},
	{"kind: A|---|kind: B|---", ""},
	{"---|---|kind: B", ""},
	{"kind: A|--- # c|kind: B", ""},
	{"kind: A|---|- b", ""},
	{"kind: A|---|{kind: B}", ""},
	{"kind: A|...|---|kind: B", ""},
	// What is declined.
	{"a: |+|  x||b: 1", ""},
	{"a: |2|   x|b: 1", ""},
	{"a: 1|---|b: 1", ""},
	{"a: 1|...", ""},
	{"%YAML 1.2|---|a: 1", ""},
	{"--- {a: 1}", ""},
	{"? a|: 1", ""},
	{"? a|b: 1", ""},
	{"a: [", ""},
	{"x", ""},
	{"", ""},
	{"{a: 1}", ""},
	{"a: 1|a: 2", "a.H a.H"},
}

func TestYAML(t *testing.T) {
	for _, tt := range yamlTests {
		// Two bars together are one that is text, if a blank follows.
		lines := strings.Split(barLines.Replace(tt.text), "\n")
		f, ok := Read("a.yaml", lines)
		if got := parts(f); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
		if ok {
			checkYAML(t, lines, f)
		}
	}
}

// Of two new items it can be chosen which comes first, unless the order counts.
func TestYAMLOrdered(t *testing.T) {
	for list, want := range map[string]bool{
		"branches:\n- a\n- b": false, "deps:\n- a>=1\n- b": false, "repos:\n- repo: a\n- repo: b": false, "hooks:\n- id: a\n- id: b": false,
		"steps:\n- name: a\n- name: b": true, "script:\n- a\n- b": true, "args:\n- a\n- b": true, "x:\n- -v\n- a": true,
		"paths:\n- a\n- '!b'": true, "stages:\n- a\n- b": true, "x:\n  a: 1\n  b: 1": false,
		"dependencies:\n- a=1\n- pip\n- pip:\n  - b": false, "pip:\n- -e .\n- a": false, "x:\n- a: 1\n  b: 1\n- c": true,
	} {
		f, ok := Read("a.yaml", strings.Split(list, "\n"))
		if !ok || f.Root.Entries[0].Ordered != want {
			t.Errorf("%q: ordered is %v, want %v", list, !want, want)
		}
	}
}

var barLines = strings.NewReplacer(": ||  ", ": |\n  ", ": |+|", ": |+\n", ": |2|", ": |2\n", "|", "\n")

// parts says of each line to which part of which entry it belongs.
func parts(f File) string {
	var all []string
	var walk func(e *Entry, path string)
	walk = func(e *Entry, path string) {
		add := func(part string, s Span) {
			for range s.Len() {
				all = append(all, strings.ReplaceAll(path, "\x00", "=")+"."+part)
			}
		}
		add("L", e.Lead)
		add("H", e.Head)
		for i := range e.Entries {
			walk(&e.Entries[i], strings.TrimPrefix(path+"/"+e.Entries[i].Key, "/"))
		}
		add("T", e.Tail)
	}
	walk(&f.Root, "")
	return strings.Join(all, " ")
}

// checkYAML tries the laws: each part begins where the one before ends, from the first line
// to the last; an entry has lines; and its first begins with its key or a dash.
func checkYAML(t *testing.T, lines []string, f File) {
	t.Helper()
	at := 0
	var walk func(e *Entry)
	walk = func(e *Entry) {
		for _, s := range []Span{e.Lead, e.Head} {
			if s.Start != at || s.End < at {
				t.Fatalf("%q: entry %q has %v at line %d", lines, e.Key, s, at)
			}
			at = s.End
		}
		if e.Head.Len() == 0 && e != &f.Root {
			t.Fatalf("%q: entry %q has no line", lines, e.Key)
		}
		for i := range e.Entries {
			walk(&e.Entries[i])
		}
		if e.Tail.Start != at || e.Tail.End < at {
			t.Fatalf("%q: entry %q closes with %v at line %d", lines, e.Key, e.Tail, at)
		}
		at = e.Tail.End
	}
	walk(&f.Root)
	if at != len(lines) || !slices.Equal(f.Lines, lines) {
		t.Fatalf("%q: the last entry ends at line %d", lines, at)
	}
}

// TestYAMLCorpus takes all YAML apart that is there: in this repository and in the cache of
// modules.
func TestYAMLCorpus(t *testing.T) {
	roots := []string{"../.."}
	if out, err := exec.Command("go", "env", "GOMODCACHE").Output(); err == nil {
		roots = append(roots, strings.TrimSpace(string(out)))
	}
	read, declined := 0, 0
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if ext := filepath.Ext(path); err != nil || d.IsDir() || ext != ".yaml" && ext != ".yml" || read+declined > 2000 {
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil || len(data) > 1<<17 {
				return nil
			}
			lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
			f, ok := Read(path, lines)
			if !ok {
				declined++
				return nil
			}
			read++
			checkYAML(t, lines, f)
			checkAlone(t, path, lines, f)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	t.Logf("read %d files, declined %d", read, declined)
	if read < 10 {
		t.Errorf("only %d files were read: this tries nothing", read)
	}
}

// checkAlone takes each entry at the root out, if the file is one of keys: what is left has
// the others, cut in the same way.
func checkAlone(t *testing.T, name string, lines []string, f File) {
	t.Helper()
	if strings.Contains(strings.Join(lines, "\n"), "&") || len(f.Root.Entries) > 20 {
		return // because aliases need their anchors
	}
	if f.Documents && len(f.Root.Entries) == 2 {
		return // because what is left has the entries of the other
	}
	for i := range f.Root.Entries {
		s := f.Root.Entries[i].Span()
		rest := slices.Concat(lines[:s.Start], lines[s.End:])
		g, ok := Read(name, rest)
		if len(f.Root.Entries) > 1 && (!ok || len(g.Root.Entries) != len(f.Root.Entries)-1) {
			t.Errorf("%s: without %q it has other entries", name, f.Root.Entries[i].Key)
		}
	}
}

func FuzzYAML(f *testing.F) {
	for _, tt := range yamlTests {
		f.Add(barLines.Replace(tt.text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		if file, ok := Read("a.yaml", lines); ok {
			checkYAML(t, lines, file)
		}
	})
}
