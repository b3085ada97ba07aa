package outline

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/keys"
)

// Of each entry that has entries, what its are: a leaf as its key, a list as its key and
// what is in it. An exclamation mark says that the order counts, a comma that there are
// commas, two that the last has one as well; a plus and a number that many lines that
// lead.
var listTests = []struct{ name, content, want string }{
	{"a.json", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{a b},"},
	{"a.json", "{\n  \"a\": 1,\n  \"b\": 2,\n}\n", "{a b},,"},
	{"a.json", "// top\n{\n  // about a\n  \"a\": 1, // note\n\n  /* b:\n     two */\n  \"b\": 2 // \"last\"\n  // end\n}\n", "+1{+1a +3b},"},
	{"a.json", "{ // note\n  \"a\": {\n    \"x\": [\n      1,\n      2\n    ]\n  }\n}\n", "{a{x{1 2},!},},"},
	{"a.json", "{\n  \"a\":\n  {\n    \"x\": 1\n  }\n}\n", "{a{x},},"},
	{"a.json", "{\n  \"\\u0061\\n\": 1\n}\n", "{a\n},"},

	{"line shared.json", "{\n  \"a\": {\n    \"x\": 1, \"y\": 2\n  },\n  \"b\": {\n    \"x\": 1 }\n}\n", "{a b},"},
	{"brace shared.json", "{\n  \"a\": { \"x\": 1,\n    \"y\": 2\n  }\n}\n", "{a},"},
	{"root shared.json", "{ \"x\": 1,\n    \"y\": 2\n  }\n", "declined"},
	{"one line.json", "{}\n", "declined"},
	{"comma first.json", "{\n  \"l\": [\n    1\n    , 2\n  ]\n}\n", "{l},"},
	{"comma apart.json", "{\n  \"l\": [\n    1 ,\n    2\n  ]\n}\n", "{l},"},
	{"comma behind a comment.json", "{\n  \"l\": [\n    1 /* x */,\n    2\n  ]\n}\n", "{l},"},
	{"comment over the end.json", "{\n  \"l\": [\n    1, /* x\n    */\n    2\n  ]\n}\n", "{l},"},
	{"comment over the bracket.json", "{\n  \"l\": [ /* x\n    */\n    2\n  ]\n}\n", "{l},"},
	{"comment before.json", "{\n  \"l\": [\n    /* x */ 1,\n    2\n  ]\n}\n", "{l},"},

	{"items.json", "{\n  \"s\": [\n    {\n      \"name\": \"x\",\n      \"v\": 1\n    },\n    { \"uses\": \"a/b@v1\" },\n    {\n      \"only\": []\n    }\n  ]\n}\n", "{s{name=x{name v}, uses=a/b only{only},},!},"},
	{"unnamed.json", "{\n  \"s\": [\n    {\n      \"a\": 1,\n      \"b\": 1\n    }\n  ]\n}\n", "{s},"},
	{"lists of lists.json", "{\n  \"s\": [\n    [1],\n    [2]\n  ]\n}\n", "{s},"},
	{"sets.json", "{\n  \"keywords\": [\n    \"a\",\n    \"b\"\n  ],\n  \"extends\": [\n    \"a\",\n    \"b\"\n  ],\n  \"files\": [\n    \"dist\",\n    \"!dist/test\"\n  ]\n}\n", "{keywords{a b}, extends{a b},! files{dist !dist/test},!},"},
	{"package.json", "{\n  \"exports\": {\n    \"import\": \"a\",\n    \"default\": \"b\"\n  }\n}\n", "{exports{import default},!},"},

	{"a.json5", "{\n  a: 'it\\'s, // ', // note, it's\n  'b,': [\n    'x',\n    'y'\n  ]\n}\n", "{a b,{x y},!},"},

	{"a.toml", "a = 1\nb.c = 2\n", "{{a b.c}}"},
	{"a.toml", "# top\n\n# about a\na = 1\n\n# about t\n[t]\nx = 1\n# end\n", "+1{{+2a} +2[t.]{x}}"},
	{"a.toml", "[t]\nx = 1\n# y = 2\n\n[u]\n[t.'a b']\n", "{ [t.]{x} +1[u.] [t.a b.]}"},
	{"a.toml", "", "{}"},
	{"a.toml", "# nothing\n", "{}"},
	{"list.toml", "l = [\n  \"a\", # note\n  # lead\n  'b>=1'\n]\ndependencies = [\n  \"a\",\n]\n", "{{l{a +1b},! dependencies{a},,}}"},
	{"text.toml", "l = [\n  \"\"\"a,\n  b,\"\"\",\n  \"c\",\n]\nt = '''\n[no]\n'''\nm = { a = 1 }\n", "{{l t m}}"},
	{"pyproject.toml", "[project.optional-dependencies]\ndev = [\n  \"pytest[x] >= 7; python_version > '3'\",\n  \"Ruff==1\",\n]\n[scripts]\ndev = [\n  \"a\",\n]\n", "{ [project.optional-dependencies.]{dev{pytest ruff},,} [scripts.]{dev{a},,!}}"},
	{"named.toml", "[[p]]\nname = \"a\"\n[p.sub]\nx = 1\n\n[[p]]\nname = \"b\"\n[q]\n", "{ [[p.]]{name=a{{name} [p.sub.]{x}} +1name=b{{name}}}! [q.]}"},
	{"unnamed.toml", "[[p]]\nx = 1\n[[p]]\nx = 2\n[q]\n", "{ [[p.]]! [q.]}"},
}

func TestLists(t *testing.T) {
	for _, tt := range listTests {
		lines := strings.Split(strings.TrimSuffix(tt.content, "\n"), "\n")
		got := "declined"
		if f, ok := Read(tt.name, lines); ok {
			checkLists(t, tt.name, f)
			got = f.Root.sketch()
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s\n%s", tt.name, got, tt.want, tt.content)
		}
	}
}

func (e *Entry) sketch() string {
	var out strings.Builder
	if n := e.Lead.Len(); n > 0 {
		fmt.Fprintf(&out, "+%d", n)
	}
	out.WriteString(e.Key)
	if !e.IsLeaf() {
		var inner []string
		for i := range e.Entries {
			inner = append(inner, e.Entries[i].sketch())
		}
		out.WriteString("{" + strings.Join(inner, " ") + "}")
	}
	for _, sign := range []struct {
		has  bool
		text string
	}{{e.Commas, ","}, {e.Trailing, ","}, {e.Ordered, "!"}} {
		if sign.has {
			out.WriteString(sign.text)
		}
	}
	return out.String()
}

// checkLists wants the lines of a file to be those of its entries, each line once, and
// all commas to be where they were when they were taken and put back.
func checkLists(t *testing.T, name string, f File) {
	t.Helper()
	at := 0
	var walk func(e *Entry)
	walk = func(e *Entry) {
		next := func(s Span) {
			if s.Start != at || s.End < at {
				t.Fatalf("%s: %q is at line %d and has %v", name, e.Key, at, s)
			}
			at = s.End
		}
		next(e.Lead)
		next(e.Head)
		for i := range e.Entries {
			last := i == len(e.Entries)-1
			walk(&e.Entries[i])
			if e.Commas {
				line := f.Lines[e.Entries[i].Tail.End-1]
				bare := f.Comma(line, false)
				if has := bare != line; has != (!last || e.Trailing) || f.Comma(bare, has) != line {
					t.Fatalf("%s: %q without its comma is %q, and with it %q", name, line, bare, f.Comma(bare, true))
				}
			}
		}
		next(e.Tail)
	}
	walk(&f.Root)
	if at != len(f.Lines) {
		t.Fatalf("%s: ends at line %d of %d", name, at, len(f.Lines))
	}
}

// TestListsOfFiles reads the JSON and TOML of Go itself, its modules here and this
// repository.
func TestListsOfFiles(t *testing.T) {
	roots := []string{"../.."}
	if out, err := exec.Command("go", "env", "GOROOT", "GOMODCACHE").Output(); err == nil {
		roots = append(roots, strings.Fields(string(out))...)
	}
	every := 10
	if os.Getenv("CI") == "true" {
		every = 1
	}
	count, n := make(map[string]int), 0
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error { // what cannot be read is not tried
			language := keys.Language(path)
			if err != nil || !d.Type().IsRegular() || !slices.Contains([]string{"json", "json5", "toml"}, language) {
				return nil
			}
			if n++; n%every != 0 {
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil || len(data) > 1<<18 {
				return nil
			}
			lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
			if f, ok := Read(path, lines); ok {
				checkLists(t, path, f)
				count[language]++
			} else {
				count[language+" declined"]++
			}
			return nil
		})
	}
	t.Log(count)
	if count["toml"] == 0 || count["json"] == 0 {
		t.Errorf("read %v, want some of each", count)
	}
}

func FuzzLists(f *testing.F) {
	for _, tt := range listTests {
		for kind := range byte(3) {
			f.Add(kind, tt.content)
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, content string) {
		name := []string{"a.json", "a.json5", "a.toml"}[kind%3]
		lines := strings.Split(content, "\n")
		if slices.Contains(lines, "\r") {
			return
		}
		if read, ok := Read(name, lines); ok {
			checkLists(t, name, read)
		}
	})
}
