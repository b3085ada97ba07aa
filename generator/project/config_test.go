package project

import (
	"strings"
	"testing"

	"scaffold/generator/answer"
	"scaffold/generator/problem"
)

const plainConfig = `# What this project should be.
pack: web      # comes with scaffold
version: 1.0.0 # do not edit
answers:
  # the name
  name:      hello
  style:     func   # or struct
  transport: [http, fcgi]  # both
  port: 8000
`

func set(name string, value any) answer.Answer { return answer.Answer{Name: name, Value: value} }

// Only what is named in the edit changes; the rest stays byte for byte.
func TestSplice(t *testing.T) {
	crlf := strings.NewReplacer("\n", "\r\n")
	for _, tt := range []struct {
		name, config string
		edit         Edit
		from, to     string // replaced once in config is what is wanted
	}{
		{"nothing", plainConfig, Edit{}, "", ""},
		{"version", plainConfig, Edit{Version: "1.10.0"}, "1.0.0", "1.10.0"},
		{"version in quotes", "pack: web\nversion: \"1.0.0\"\nanswers:\n", Edit{Version: "1.1.0"}, `"1.0.0"`, "1.1.0"},
		{"pack", plainConfig, Edit{Reference: "../my pack"}, "pack: web", `pack: "../my pack"`},
		{"a word", plainConfig, Edit{Set: []answer.Answer{set("style", "struct")}}, "func ", "struct "},
		{"a word that needs quotes", plainConfig, Edit{Set: []answer.Answer{set("style", "no")}}, "func ", `"no" `},
		{"a number", plainConfig, Edit{Set: []answer.Answer{set("port", 80)}}, "8000", "80"},
		{"a flow list", plainConfig, Edit{Set: []answer.Answer{set("transport", []string{"scgi"})}}, "[http, fcgi]", "[scgi]"},
		{"a flow list of lines", "pack: web\nversion: 1.0.0\nanswers:\n  t: [a,\n    b # one\n  ] # end\n  u: x\n", Edit{Set: []answer.Answer{set("t", []string{"c"})}}, "[a,\n    b # one\n  ]", "[c]"},
		{"CRLF", crlf.Replace(plainConfig), Edit{Version: "2.0.0", Set: []answer.Answer{set("new", "x")}},
			"1.0.0", "2.0.0"}, // and a line at the end: below
		{"a byte order mark", "\ufeffpack: web\nversion: 1.0.0\nanswers:\n  a: b\n", Edit{Reference: "x", Set: []answer.Answer{set("a", "c")}}, "pack: web\nversion: 1.0.0\nanswers:\n  a: b", "pack: x\nversion: 1.0.0\nanswers:\n  a: c"},
		{"letters of several bytes", "pack: web\nversion: 1.0.0\nanswers:\n  a: {\"ö\": 1}\n", Edit{}, "", ""},
		{"after letters of several bytes", "pack: web\nversion: 1.0.0\nanswers: {ö: ü, b: \"äö\" , c: d}\n", Edit{Set: []answer.Answer{set("c", "e")}}, "c: d", "c: e"},
		{"a quoted value", "pack: web\nversion: 1.0.0\nanswers:\n  a: \"x\\\" # y\"   # z\n", Edit{Set: []answer.Answer{set("a", "q")}}, `"x\" # y"`, "q"},
		{"a quote in single quotes", "pack: web\nversion: 1.0.0\nanswers:\n  a: 'it''s' # z\n", Edit{Set: []answer.Answer{set("a", "q")}}, "'it''s'", "q"},
		{"a value of several lines", "pack: web\nversion: 1.0.0\nanswers:\n  a: one\n    two # z\n  b: c\n", Edit{Set: []answer.Answer{set("a", "q")}}, "one\n    two", "q"},
		{"a block of text", "pack: web\nversion: 1.0.0\nanswers:\n  a: |\n    one\n\n    two\n\n  b: c\n", Edit{Set: []answer.Answer{set("a", "q")}}, "|\n    one\n\n    two", "q"},
		{"to a text of lines", plainConfig, Edit{Set: []answer.Answer{set("style", "a\nb")}}, "func ", `"a\nb" `},
		{"a list of lines", "pack: web\nversion: 1.0.0\nanswers:\n  t:\n    - a # first\n    - b\n  u: x\n", Edit{Set: []answer.Answer{set("t", []string{"a", "c"})}}, "    - b\n", "    - c\n"},
		{"a list right below its key", "pack: web\nversion: 1.0.0\nanswers:\n  t:\n  - a # first\n  - b\n  u: x\n", Edit{Set: []answer.Answer{set("t", []string{"b", "c"})}}, "  - a # first\n  - b\n", "  - b\n  - c\n"},
		{"a new answer", plainConfig, Edit{Set: []answer.Answer{set("tls", true), set("x", "z")}}, "  port: 8000\n", "  port: 8000\n  tls: true\n  x: z\n"},
		{"a new answer, other indent", "pack: web\nversion: 1.0.0\nanswers:\n    a: b\n# end\n", Edit{Set: []answer.Answer{set("c", "d")}}, "    a: b\n", "    a: b\n    c: d\n"},
		{"a new answer, no final newline", "pack: web\nversion: 1.0.0\nanswers:\n  a: b", Edit{Set: []answer.Answer{set("c", "d")}}, "  a: b", "  a: b\n  c: d"},
		{"the first answer", "pack: web\nversion: 1.0.0\nanswers: # none yet\n", Edit{Set: []answer.Answer{set("c", "d")}}, "yet\n", "yet\n  c: d\n"},
		{"answers before the rest", "answers:\n  a: b\npack: web\nversion: 1.0.0\n", Edit{Version: "2.0.0", Set: []answer.Answer{set("c", "d")}}, "  a: b\npack: web\nversion: 1.0.0", "  a: b\n  c: d\npack: web\nversion: 2.0.0"},
		{"dropped, but for the comment", plainConfig, Edit{Drop: []string{"style"}}, "  style:     func   # or struct\n", "  # or struct\n"},
		{"dropped with its lines", "pack: web\nversion: 1.0.0\nanswers:\n  t:\n    - a\n    - b\n  u: x\n", Edit{Drop: []string{"t"}}, "  t:\n    - a\n    - b\n", ""},
		{"the last one dropped, one added", "pack: web\nversion: 1.0.0\nanswers:\n  a: b\n  c: d\n", Edit{Drop: []string{"c"}, Set: []answer.Answer{set("e", "f")}}, "  c: d\n", "  e: f\n"},
		{"flow: changed", "pack: web\nversion: 1.0.0\nanswers: {a: b, c: [d, e]} # all\n", Edit{Set: []answer.Answer{set("a", "x"), set("c", []string{"z"})}}, "{a: b, c: [d, e]}", "{a: x, c: [z]}"},
		{"flow: added", "pack: web\nversion: 1.0.0\nanswers: {a: b }\n", Edit{Set: []answer.Answer{set("c", "d")}}, "{a: b }", "{a: b, c: d }"},
		{"flow: the first", "pack: web\nversion: 1.0.0\nanswers: {}\n", Edit{Set: []answer.Answer{set("c", "d"), set("e", 1)}}, "{}", "{c: d, e: 1}"},
		{"flow: dropped first", "pack: web\nversion: 1.0.0\nanswers: {a: b, c: d}\n", Edit{Drop: []string{"a"}}, "{a: b, c: d}", "{c: d}"},
		{"flow: dropped last", "pack: web\nversion: 1.0.0\nanswers: {a: b, c: d}\n", Edit{Drop: []string{"c"}}, "{a: b, c: d}", "{a: b}"},
		{"flow: brackets in quotes and comments", "pack: web\nversion: 1.0.0\nanswers: {a: \"}\", # }\n  b: [c, # ]\n  ], }\n", Edit{Set: []answer.Answer{set("b", []string{"d"}), set("e", 1)}}, "[c, # ]\n  ]", "[d], e: 1"},
		{"flow: an apostrophe in a word", "pack: web\nversion: 1.0.0\nanswers: {a: it's, b: [c, d'] }\n", Edit{Set: []answer.Answer{set("a", "x"), set("b", []string{})}}, "it's, b: [c, d']", "x, b: []"},
		{"flow: tabs", "{pack:\tweb, version:\t1.0.0, answers: {a:\t b\t}}\n", Edit{Version: "1.1.0", Set: []answer.Answer{set("a", "c"), set("d", "e")}}, "1.0.0, answers: {a:\t b", "1.1.0, answers: {a:\t c, d: e"},
		{"tabs", "pack:\t web\t# the pack\nversion: 1.0.0\nanswers:\n  a:\tb\n", Edit{Reference: "x", Set: []answer.Answer{set("a", "c")}}, "web\t# the pack\nversion: 1.0.0\nanswers:\n  a:\tb", "x\t# the pack\nversion: 1.0.0\nanswers:\n  a:\tc"},
		{"another name", plainConfig, Edit{Rename: map[string]string{"style": "form"}}, "  style:     func   # or struct", "  form:     func   # or struct"},
		{"another name and value", plainConfig, Edit{Rename: map[string]string{"transport": "t"}, Set: []answer.Answer{set("t", []string{"scgi"})}}, "transport: [http, fcgi]  # both", "t: [scgi]  # both"},
		{"a name in quotes", "pack: web\nversion: 1.0.0\nanswers:\n  \"a\" : b # z\n", Edit{Rename: map[string]string{"a": "c"}}, `"a" :`, "c :"},
		{"two names exchanged", "pack: web\nversion: 1.0.0\nanswers:\n  a: b\n  c: d\n", Edit{Rename: map[string]string{"a": "x", "c": "z"}}, "a: b\n  c: d", "x: b\n  z: d"},
		{"flow: another name", "pack: web\nversion: 1.0.0\nanswers: {a: b, 'c': [d]} # all\n", Edit{Rename: map[string]string{"c": "z"}, Set: []answer.Answer{set("z", []string{})}}, "'c': [d]", "z: []"},
		{"a list of lines becomes empty", "pack: web\nversion: 1.0.0\nanswers:\n  t: # which\n    - a # first\n    # then\n    - b # last\n  u: x\n", Edit{Set: []answer.Answer{set("t", []string{})}}, "t: # which\n    - a # first\n    # then\n    - b # last\n", "t: [] # which\n"},
		{"a list right below its key becomes empty", "pack: web\nversion: 1.0.0\nanswers:\n  t:\n  - a", Edit{Set: []answer.Answer{set("t", []string{})}}, "t:\n  - a", "t: []\n"},
		{"a list of lines under another name becomes empty", "pack: web\nversion: 1.0.0\nanswers:\n  'a:b' :\n  - a\n", Edit{Rename: map[string]string{"a:b": "t"}, Set: []answer.Answer{set("t", []string{})}}, "'a:b' :\n  - a\n", "t : []\n"},
		{"an empty list of words", "pack: web\nversion: 1.0.0\nanswers:\n  t: [] # none\n", Edit{Set: []answer.Answer{set("t", []string{"a", "b"})}}, "[]", "[a, b]"},
		{"what stands below merge", "merge:\n  # mine\n  '*.cfg' : lines\npack: web\nversion: 1.0.0\nanswers:\n  a: b\n", Edit{Version: "1.1.0", Set: []answer.Answer{set("a", "c"), set("d", "e")}}, "1.0.0\nanswers:\n  a: b\n", "1.1.0\nanswers:\n  a: c\n  d: e\n"},
		{"merge behind the answers", "pack: web\nversion: 1.0.0\nanswers:\n  a: b\nmerge: {Makefile: lines, \"*\": structure}\n", Edit{Set: []answer.Answer{set("d", "e")}}, "  a: b\n", "  a: b\n  d: e\n"},
		{"flow: all of it", "{pack: web, version: 1.0.0, answers: {a: b}}\n", Edit{Version: "1.1.0", Set: []answer.Answer{set("a", "c")}}, "1.0.0, answers: {a: b}", "1.1.0, answers: {a: c}"},
	} {
		want := strings.Replace(tt.config, tt.from, tt.to, 1)
		if tt.name == "CRLF" {
			want += "  new: x\r\n"
		}
		got, err := Splice([]byte(tt.config), tt.edit)
		if strings.Contains(tt.config, `{"ö"`) { // a mapping is no answer
			if err == nil {
				t.Errorf("%s: no error", tt.name)
			}
			continue
		}
		if err != nil || string(got) != want {
			t.Errorf("%s: %v\ngot\n%s\nwant\n%s", tt.name, err, got, want)
		}
	}
}

// What cannot be edited in place is refused, with what to write.
func TestSpliceRefuses(t *testing.T) {
	for name, config := range map[string]string{
		"a key with a question mark": "pack: web\nversion: 1.0.0\nanswers:\n  ? a\n  : b\n",
		"a key in quotes":            "pack: web\nversion: 1.0.0\nanswers:\n  a: b\n\"version\": 1.0.0\n",
	} {
		got, err := Splice([]byte(config), Edit{Version: "1.1.0", Set: []answer.Answer{set("a", "c")}})
		if err == nil {
			if again, err := readLayout(got); err != nil || again.said.answers["a"] != "c" || again.said.top["version"] != `"1.1.0"` {
				t.Errorf("%s: no error, and\n%s", name, got)
			}
			continue
		}
		if !problem.IsInput(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the file looks like, an edit says what was wanted or is refused, and
// no line goes that the edit is not about.
func FuzzSplice(f *testing.F) {
	f.Add(plainConfig, "struct", "x")
	f.Add("pack: web\r\nversion: 1.0.0\r\nanswers: {style: a, b: [c]}\r\n", "no", "[a")
	f.Add("pack: web\nversion: 1.0.0\nanswers:\n  style: |\n    a\n\n  # c\n", "", "\n")
	f.Add("pack: web\nversion: 1.0.0\nanswers:\n  parts:\n  - a\n\n  - b # c\n", "", "")
	f.Fuzz(func(t *testing.T, config, style, added string) {
		e := Edit{Version: "9.9.9", Set: []answer.Answer{set("style", style), set("added", added), set("parts", []string{})}}
		got, err := Splice([]byte(config), e)
		if err != nil {
			return
		}
		before, err := readLayout([]byte(config))
		if err != nil {
			t.Fatalf("%q was spliced, and is no YAML: %v", config, err)
		}
		after, err := readLayout(got)
		if err != nil || !after.said.equal(before.said.after(e)) {
			t.Fatalf("%q became %q: %v", config, got, err)
		}
		again, err := Splice(got, e)
		if err != nil || string(again) != string(got) {
			t.Fatalf("%q is no fixed point: %q, %v", got, again, err)
		}
	})
}
