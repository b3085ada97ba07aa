package pack

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// load reads a pack of that manifest and empty files.
func load(manifest string, files ...string) (Pack, error) {
	fsys := fstest.MapFS{ManifestFile: {Data: []byte(manifest)}}
	for _, name := range files {
		fsys[FilesFolder+"/"+name] = &fstest.MapFile{}
	}
	return Load(fsys, "p", Options{})
}

var excerpts = regexp.MustCompile(`(?m)\n +[0-9]* \|.*$`)

// problems returns what is wrong, a line each, without the lines shown below.
func problems(err error) string {
	if err == nil {
		return ""
	}
	return excerpts.ReplaceAllString(err.Error(), "")
}

const head = "schema: 1\nname: web\nversion: 1.0.0\n"

func TestLoad(t *testing.T) {
	got, err := load(`
schema: 1
name: web
version: 1.2.3
description: A web app
questions:
  - name: name
    type: string
    format: name
    help: The name
  - name: style
    type: choice
    help: How
    choices: [func, struct]
    default: func
    when: '{{ .x }}'
    needs: an x
  - name: parts
    type: choices
    help: Which
    choices: [a, b, c]
    default: [c, a, c]
  - name: port
    type: int
    format: port
    help: Where
    default: 80
  - name: flag
    type: bool
    help: Whether
    default: false
  - name: about
    type: text
    help: What
    default: "two\nlines"
    match: '[a-z\n]+'
    want: small letters
files:
  - path: a.tmpl
    to: '{{ .name }}.go'
    once: true
  - path: sub/
    to: other/
    when: '{{ .flag }}'
    mode: "0755"
    delims: ["[[", "]]"]
moved:
  - from: old/a
    to: new/a
    since: 1.2.0
next: |
  do this
  and that
`, "a.tmpl", "sub/b")
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "web" || got.Version != "1.2.3" || got.Description != "A web app" || got.Next != "do this\nand that\n" {
		t.Errorf("head: %+v", got)
	}
	if want := []Move{{"old/a", "new/a", "1.2.0"}}; !reflect.DeepEqual(got.Moved, want) {
		t.Errorf("moved: %+v", got.Moved)
	}
	wantRules := []Rule{
		{Path: "a.tmpl", To: "{{ .name }}.go", Once: true, Line: "39:5"},
		{Path: "sub/", To: "other/", When: "{{ .flag }}", Mode: tree.ModeExec, Delims: [2]string{"[[", "]]"}, Line: "42:5"},
	}
	if !reflect.DeepEqual(got.Rules, wantRules) {
		t.Errorf("rules:\ngot  %+v\nwant %+v", got.Rules, wantRules)
	}
	defaults := map[string]any{"name": nil, "style": "func", "parts": []string{"a", "c"}, "port": 80, "flag": false, "about": "two\nlines"}
	for _, q := range got.Questions {
		if want := defaults[q.Name]; !reflect.DeepEqual(q.Default, want) {
			t.Errorf("default of %s: got %#v, want %#v", q.Name, q.Default, want)
		}
	}
	if q, ok := got.Question("style"); !ok || q.When != "{{ .x }}" || q.Needs != "an x" || q.Type != Choice || len(got.Questions) != len(defaults) {
		t.Errorf("questions: %+v", got.Questions)
	}
	if q, _ := got.Question("about"); q.Want != "small letters" {
		t.Errorf("about wants %q", q.Want)
	}
	if _, ok := got.Question("nothing"); ok {
		t.Error("a question that is not asked is found")
	}
}

// Tiny packs and all that is wrong with them. A manifest that starts with "-"
// is a list of questions, with "*" a list of rules, "+" more keys.
var wrongTests = []struct{ name, manifest, want string }{
	{"empty", "", "p/pack.yaml: is empty"},
	{"a comment", "# later\n", "p/pack.yaml: is empty"},
	{"a list", "[a]", "p/pack.yaml:1:1: want a mapping (key: value), not a list\np/pack.yaml:1:1: schema is missing: write schema: 1"},
	{"bad YAML", "schema: [1", "p/pack.yaml:1:9: sequence end token ']' not found"},
	{"no schema", "name: web", "p/pack.yaml:1:1: schema is missing: write schema: 1"},
	{"a newer schema", "schema: 2\nsomething: new", "p/pack.yaml:1:9: schema 2 is newer than this scaffold reads (1): use a newer scaffold\np/pack.yaml:2:1: unknown key \"something\""},
	{"an older schema", "schema: 0", "p/pack.yaml:1:9: there is no schema 0: write schema: 1"},
	{"a schema in quotes", "schema: '1'", "p/pack.yaml:1:9: want a whole number, not a string\np/pack.yaml:1:9: there is no schema 0: write schema: 1"},
	{"nothing but a schema", "schema: 1", "p/pack.yaml:1:1: name is missing\np/pack.yaml:1:1: version is missing: write one, as in version: 1.0.0, because nothing else gives a folder its version"},
	{"bad name and version", "schema: 1\nname: a/b\nversion: '1'", `p/pack.yaml:2:7: name: "a/b" has a path separator: the folder is the argument of new, the name its last element` + "\n" +
		`p/pack.yaml:3:10: version: "1" is no semantic version: want three numbers, as in 1.0.0`},
	{"empty name and version", "schema: 1\nname: ''\nversion: ''", "p/pack.yaml:2:7: name: is empty: a project needs a name\n" +
		`p/pack.yaml:3:10: version: "" is no semantic version: want three numbers, as in 1.0.0`},
	{"a version without quotes", "schema: 1\nname: web\nversion: 1.10", `p/pack.yaml:3:10: want three numbers, as in 1.10.0, not the number 1.10`},
	{"an unknown key", "+ qestions: []", `p/pack.yaml:4:1: unknown key "qestions": did you mean "questions"?`},
	{"a description of two lines", "+ description: \"a\\nb\"", "p/pack.yaml:4:14: description has a control or bidirectional character"},
	{"escape codes", "+ next: \"\\e[2J\"", "p/pack.yaml:4:7: next has a control or bidirectional character"},
	{"a bidirectional override", "+ description: a\u202eb", "p/pack.yaml:4:14: description has a control or bidirectional character"},
	{"questions that are no list", "+ questions: {a: b}", "p/pack.yaml:4:12: want a list, not a mapping"},

	{"a question that is no mapping", "- a", "p/pack.yaml:5:3: want a mapping (key: value), not a string\n" +
		"p/pack.yaml:5:3: question name \"\": want a lower case letter, then letters, digits and _\n" +
		"p/pack.yaml:5:3: type \"\" is none of string, text, bool, int, choice, choices\n" +
		"p/pack.yaml:5:3: question \"\" needs a help: one line that says what it decides"},
	{"no help", "- {name: a, type: bool}", `p/pack.yaml:5:3: question "a" needs a help: one line that says what it decides`},
	{"unknown type", "- {name: a, type: strign, help: h}", `p/pack.yaml:5:3: type "strign" is none of string, text, bool, int, choice, choices: did you mean "string"?`},
	{"a name that is a value", "- {name: 'null', type: bool, help: h}", `p/pack.yaml:5:3: question name "null" is a value to YAML: scaffold.yaml could not have it for a key`},
	{"a name with a dash", "- {name: a-b, type: bool, help: h}", `p/pack.yaml:5:3: question name "a-b": want a lower case letter, then letters, digits and _`},
	{"a name in capitals", "- {name: A, type: bool, help: h}", `p/pack.yaml:5:3: question name "A": want a lower case letter, then letters, digits and _`},
	{"a name that starts with a digit", "- {name: 2a, type: bool, help: h}", `p/pack.yaml:5:3: question name "2a": want a lower case letter, then letters, digits and _`},
	{"a flag of our own", "- {name: help, type: bool, help: h}", `p/pack.yaml:5:3: question name "help" is reserved: --help is scaffold's own`},
	{"a flag of our own with a dash", "- {name: dry_run, type: bool, help: h}", `p/pack.yaml:5:3: question name "dry_run" is reserved: --dry_run is scaffold's own`},
	{"the completion's flag", "- {name: generate_bash_completion, type: bool, help: h}", `p/pack.yaml:5:3: question name "generate_bash_completion" is reserved: --generate_bash_completion is scaffold's own`},
	{"asked twice", "- {name: a, type: bool, help: h}\n- {name: a, type: int, help: h}", `p/pack.yaml:6:3: question "a" is asked twice`},
	{"an unknown key of a question", "- {name: a, type: bool, help: h, choces: [x]}", `p/pack.yaml:5:34: unknown key "choces": did you mean "choices"?`},

	{"a choice without choices", "- {name: a, type: choice, help: h}", `p/pack.yaml:5:3: question "a" of type choice needs choices`},
	{"no choices", "- {name: a, type: choice, help: h, choices: []}\n- {name: b, type: choices, help: h, choices: [], empty: true}", "p/pack.yaml:5:45: choices is empty: question \"a\" could not be answered\np/pack.yaml:6:46: choices is empty: question \"b\" could not be answered"},
	{"choices of a string", "- {name: a, type: string, help: h, choices: [x]}", "p/pack.yaml:5:45: choices go with type choice or choices, not string"},
	{"a bad choice", "- {name: a, type: choice, help: h, choices: ['a,b', '']}", `p/pack.yaml:5:46: choice "a,b": want letters, digits, dot, - and _` + "\n" + `p/pack.yaml:5:53: choice "": want letters, digits, dot, - and _`},
	{"a choice that is a flag", "- {name: a, type: choice, help: h, choices: ['-x']}", `p/pack.yaml:5:46: choice "-x": want letters, digits, dot, - and _`},
	{"a choice twice", "- {name: a, type: choices, help: h, choices: [x, z, x]}", `p/pack.yaml:5:53: choice "x" stands twice`},
	{"a choice that is a number", "- {name: a, type: choice, help: h, choices: ['1', 2]}", `p/pack.yaml:5:51: want a string, not the number 2: write "2"` + "\n" + `p/pack.yaml:5:51: choice "": want letters, digits, dot, - and _`},
	{"a choice that is a boolean", "- {name: a, type: choice, help: h, choices: [on, 'off']}", `p/pack.yaml:5:46: want a string, and on is a boolean to some readers: write "on"`},

	{"a label of a word", "- {name: a, type: choice, help: h, choices: [x, {value: z, lable: Z}]}", `p/pack.yaml:5:60: unknown key "lable": did you mean "label"?`},
	{"a label with a comma", "- {name: a, type: choice, help: h, choices: [{value: z, label: Z, for y}]}", `p/pack.yaml:5:67: "for y" has no value: a label with a comma stands in quotes`},
	{"a label without a choice", "- {name: a, type: choice, help: h, choices: [{label: Z}]}", `p/pack.yaml:5:46: choice "": want letters, digits, dot, - and _`},
	{"a label that says nothing", "- {name: a, type: choice, help: h, choices: [{value: z, label: ' '}]}", "p/pack.yaml:5:64: label is empty: say what the choice means, or leave it out"},
	{"a label that moves the cursor", "- {name: a, type: choice, help: h, choices: [{value: z, label: \"\\e[2J\"}]}", "p/pack.yaml:5:64: label has a control or bidirectional character"},
	{"a label that turns the text", "- {name: a, type: choice, help: h, choices: [{value: z, label: \"\\u202e\"}]}", "p/pack.yaml:5:64: label has a control or bidirectional character"},
	{"a label of two lines", "- {name: a, type: choice, help: h, choices: [{value: z, label: \"a\\nb\"}]}", "p/pack.yaml:5:64: label has a control or bidirectional character"},
	{"a choice twice, once with a label", "- {name: a, type: choices, help: h, choices: [z, {value: z, label: Z}]}", `p/pack.yaml:5:50: choice "z" stands twice`},
	{"empty of one choice", "- {name: a, type: choice, help: h, choices: [z], empty: true}", "p/pack.yaml:5:57: empty goes with type choices, not choice"},
	{"empty of a string", "- {name: a, type: string, help: h, empty: false}", "p/pack.yaml:5:43: empty goes with type choices, not string"},
	{"empty that is no boolean", "- {name: a, type: choices, choices: [z], help: h, empty: yes}", "p/pack.yaml:5:58: want true or false, not a string"},
	{"a template in a list", "- {name: a, type: choices, choices: [z], help: h, default: ['{{ .x }}']}", "p/pack.yaml:5:60: default: a template is one text, which gives all items with commas: write '{{ … }}' without [ and ]"},

	{"renamed to what it is called", "- {name: a, type: bool, help: h, renamed: a}", `p/pack.yaml:5:3: renamed: "a" is the name that the question has`},
	{"renamed from what is asked, too", "- {name: a, type: bool, help: h, renamed: b}\n- {name: b, type: bool, help: h}", `p/pack.yaml:5:3: renamed: "b" is asked, too, so an answer to it is its own`},
	{"two that were one", "- {name: a, type: bool, help: h, renamed: c}\n- {name: b, type: bool, help: h, renamed: [d, c]}", `p/pack.yaml:6:3: renamed: "c" is what "a" was called, too: an answer counts for one question`},
	{"renamed from the same twice", "- {name: a, type: bool, help: h, renamed: [b, c, b]}", `p/pack.yaml:5:3: renamed: "b" stands twice`},
	{"renamed in a circle", "- {name: a, type: bool, help: h, renamed: b}\n- {name: b, type: bool, help: h, renamed: a}", `p/pack.yaml:5:3: renamed: "b" is asked, too, so an answer to it is its own` + "\n" + `p/pack.yaml:6:3: renamed: "a" is asked, too, so an answer to it is its own`},
	{"renamed from no name", "- {name: a, type: bool, help: h, renamed: [B, '']}", `p/pack.yaml:5:44: renamed: "B" is no name of a question: want a lower case letter, then letters, digits and _` + "\n" + `p/pack.yaml:5:47: renamed: "" is no name of a question: want a lower case letter, then letters, digits and _`},
	{"renamed from a number", "- {name: a, type: bool, help: h, renamed: 1}", `p/pack.yaml:5:43: want a string, not the number 1: write "1"`},
	{"a flag of resolve", "- {name: merge, type: bool, help: h}", `p/pack.yaml:5:3: question name "merge" is reserved: --merge is scaffold's own`},
	{"a flag of status", "- {name: all, type: bool, help: h}", `p/pack.yaml:5:3: question name "all" is reserved: --all is scaffold's own`},

	{"a value called as a question", "- {name: a, type: bool, help: h}\nvalues: [{name: a, value: x}]", `p/pack.yaml:6:10: value "a" is called as a question is: templates could not tell them apart`},
	{"a value twice", "+ values: [{name: a, value: x}, {name: a, value: z}]", `p/pack.yaml:4:31: value "a" is computed twice`},
	{"a value in capitals", "+ values: [{name: A, value: x}]", `p/pack.yaml:4:10: value name "A": want a lower case letter, then letters, digits and _`},
	{"a value without one", "+ values: [{name: a}]", `p/pack.yaml:4:10: value "a" needs a value: a template over the answers`},
	{"a value of another type", "+ values: [{name: a, type: strnig, value: x}]", `p/pack.yaml:4:10: type "strnig" of a value is none of string, bool: did you mean "string"?`},
	{"values by their names", "+ values: {a: x}", "p/pack.yaml:4:9: want a list, not a mapping"},
	{"notes that are a list", "+ notes: [a]", "p/pack.yaml:4:8: want a mapping (key: value), not a list"},
	{"a note of no version", "+ notes: {v1.0.0: x, '1.1': z, 1.2.0: ' '}", `p/pack.yaml:4:9: notes: "v1.0.0" is no semantic version: want three numbers, as in 1.0.0` + "\n" + `p/pack.yaml:4:20: notes: "1.1" is no semantic version: want three numbers, as in 1.0.0` + "\n" + `p/pack.yaml:4:37: the note of 1.2.0 is empty: say what is new, or leave it out`},
	{"a verify of nothing", "+ verify: ' '", "p/pack.yaml:4:9: verify is empty: leave it out, or write what it should be"},
	{"a verify of two lines", `+ verify: "make\ntest"`, "p/pack.yaml:4:9: verify has a control or bidirectional character"},
	{"a verify that is a list", "+ verify: [make, test]", "p/pack.yaml:4:9: want a string, not a list"},
	{"a note that moves the cursor", "+ notes: {1.0.0: \"a\\eb\"}", "p/pack.yaml:4:16: the note has a control or bidirectional character"},
	{"a scaffold in words", "+ scaffold: newest", `p/pack.yaml:4:11: scaffold: "newest": want comparisons of versions, as in ">=1.4" or ">=1.4, <3"`},
	{"a scaffold that is a number", "+ scaffold: 1.4", `p/pack.yaml:4:11: want a comparison of versions, as in ">=1.4", not the number 1.4`},

	{"a default that is no choice", "- {name: a, type: choice, help: h, choices: [func, struct], default: fun}", `p/pack.yaml:5:70: default: "fun" is none of func, struct: did you mean "func"?`},
	{"one of several that is no choice", "- {name: a, type: choices, help: h, choices: [x], default: [x, z]}", `p/pack.yaml:5:60: default: "z" is none of x: did you mean "x"?`},
	{"an empty list", "- {name: a, type: choices, help: h, choices: [x], default: []}", `p/pack.yaml:5:60: default: is empty: want at least one of x`},
	{"a default of another type", "- {name: a, type: bool, help: h, default: yes}", "p/pack.yaml:5:43: want true or false, not a string"},
	{"a default with an octal look", "- {name: a, type: int, help: h, default: 010}", "p/pack.yaml:5:42: want a whole number in decimal, not 010"},
	{"a default that breaks the format", "- {name: a, type: int, format: port, help: h, default: 0}", "p/pack.yaml:5:56: default: 0 is no port: want 1 to 65535"},
	{"a default that does not match", "- {name: a, type: string, match: '[a-z]+', help: h, default: A1}", `p/pack.yaml:5:62: default: "A1" does not fit: want another form`},
	{"a match that is none", "- {name: a, type: string, match: '(', help: h}", "p/pack.yaml:5:34: match: error parsing regexp: missing closing ): `^(?:()$`"},
	{"words for no condition", "- {name: a, type: bool, help: h, needs: a}", "p/pack.yaml:5:41: needs goes with when: it says in words what that means"},
	{"words for no pattern", "- {name: a, type: string, format: host, help: h, want: a}", "p/pack.yaml:5:56: want goes with match: it says in words what that means"},
	{"keys that say nothing", "+ files: [{path: a, to: '', when: '', mode: ''}]", "p/pack.yaml:4:23: to is empty: leave it out, or write what it should be\n" +
		"p/pack.yaml:4:33: when is empty: leave it out, or write what it should be\n" +
		"p/pack.yaml:4:43: mode is empty: leave it out, or write what it should be"},
	{"no folder to go to", "+ files: [{path: a/, to: .}, {path: b/, to: /}, {path: c, to: ./}]", `p/pack.yaml:4:24: to "." is the top of the project: write ./ for what is below a FOLDER/` + "\n" +
		`p/pack.yaml:4:43: to "/" is the top of the project: write ./ for what is below a FOLDER/` + "\n" +
		`p/pack.yaml:4:61: to ends in a slash, but path names files: write where each goes`},
	{"a question's keys that say nothing", "- {name: a, type: string, help: h, format: '', match: '', when: ''}", "p/pack.yaml:5:44: format is empty: leave it out, or write what it should be\n" +
		"p/pack.yaml:5:55: match is empty: leave it out, or write what it should be\n" +
		"p/pack.yaml:5:65: when is empty: leave it out, or write what it should be"},
	{"versions that are numbers", "schema: 1\nname: p\nversion: 2.0\nmoved: [{from: a, to: b, since: 3}]\nquestions: [{name: a, type: string, format: semver, help: h, default: 1.10}]",
		"p/pack.yaml:3:10: want three numbers, as in 2.0.0, not the number 2.0\n" +
			"p/pack.yaml:4:33: want three numbers, as in 3.0.0, not the number 3\n" +
			"p/pack.yaml:5:71: want three numbers, as in 1.10.0, not the number 1.10"},
	{"keys of space", "+ files: [{path: a, to: ' ', when: ' ', once: true, with: ''}]", "p/pack.yaml:4:23: to is empty: leave it out, or write what it should be\n" +
		"p/pack.yaml:4:34: when is empty: leave it out, or write what it should be\n" +
		"p/pack.yaml:4:57: with is empty: leave it out, or write what it should be"},
	{"no words", "- {name: a, type: string, match: a, help: h, want: ' '}", "p/pack.yaml:5:52: want is empty: say in words what match means"},
	{"words of several lines", `- {name: a, type: string, match: a, help: h, want: "a\nb"}`, "p/pack.yaml:5:52: want has a control or bidirectional character"},
	{"words that are a number", "- {name: a, type: bool, when: x, help: h, needs: 1}", `p/pack.yaml:5:50: want a string, not the number 1: write "1"`},
	{"an unknown format", "- {name: a, type: string, format: hots, help: h}", `p/pack.yaml:5:35: format "hots" is none of host, module, name, path, port, semver, urlpath: did you mean "host"?`},
	{"a format of another type", "- {name: a, type: bool, format: host, help: h}", "p/pack.yaml:5:33: format host does not go with type bool"},
	{"text has no format", "- {name: a, type: text, format: name, help: h}", "p/pack.yaml:5:33: format name does not go with type text"},

	{"a rule without a path", "* to: b", "p/pack.yaml:5:3: a rule needs the path of a file or FOLDER/ below files/"},
	{"a rule that leaves", "* path: ../a", `p/pack.yaml:5:3: path "../a" has the element "..": paths start below files/`},
	{"a rule that starts at the root", "* path: /a", `p/pack.yaml:5:3: path "/a" has the element "": paths start below files/`},
	{"a rule that is no pattern", "* path: 'a[' ", `p/pack.yaml:5:3: path "a[" is no shell pattern: syntax error in pattern`},
	{"a file into a folder", "* {path: a, to: b/}", "p/pack.yaml:5:17: to ends in a slash, but path names files: write where each goes"},
	{"to outside", "* {path: a, to: ../b}", `p/pack.yaml:5:17: path "../b": has the element "..", which leaves its folder`},
	{"to where hooks are run", "* {path: a/, to: .git/hooks/}", `p/pack.yaml:5:18: path ".git/hooks": has the element ".git", which belongs to version control or to scaffold`},
	{"to our state", "* {path: a, to: scaffold.yaml}", `p/pack.yaml:5:17: path "scaffold.yaml": is where a project's answers are kept`},
	{"an octal mode", "* {path: a, mode: 0755}", `p/pack.yaml:5:19: want a string, not the number 0755: write "0755"`},
	{"another mode", "* {path: a, mode: '4755'}", `p/pack.yaml:5:19: mode "4755": want "0644" or "0755"`},
	{"once that is no boolean", "* {path: a, once: 1}", "p/pack.yaml:5:19: want true or false, not the number 1"},
	{"one delimiter", "* {path: a, delims: ['[[']}", `p/pack.yaml:5:21: delims: want two strings, as in ["[[", "]]"]`},
	{"empty delimiters", "* {path: a, delims: ['', ']]']}", "p/pack.yaml:5:21: delims: want two different strings"},
	{"a delimiter of blanks", "* {path: a, delims: ['  ', ']]']}", `p/pack.yaml:5:21: delims: want short strings without spaces, as in ["[[", "]]"]`},
	{"long delimiters", "* {path: a, delims: ['" + strings.Repeat("[", 40) + "', ']]']}", `p/pack.yaml:5:21: delims: want short strings without spaces, as in ["[[", "]]"]`},
	{"the same twice", "* {path: a, delims: ['%%', '%%']}", "p/pack.yaml:5:21: delims: want two different strings"},
	{"a move that leaves", "+ moved: [{from: a, to: ../b, since: 1.0.0}]", `p/pack.yaml:4:9: moved: path "../b": has the element "..", which leaves its folder`},
	{"a move without since", "+ moved: [{from: a, to: b}]", "p/pack.yaml:4:9: since is missing"},
}

func TestLoadRefuses(t *testing.T) {
	for _, tt := range wrongTests {
		manifest := tt.manifest
		switch {
		case strings.HasPrefix(manifest, "-"):
			manifest = head + "questions:\n" + manifest
		case strings.HasPrefix(manifest, "*"):
			manifest = head + "files:\n-" + manifest[1:]
		case strings.HasPrefix(manifest, "+ "):
			manifest = head + manifest[2:]
		}
		got, err := load(manifest, "a", "b")
		if problems(err) != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, problems(err), tt.want)
		}
		if err != nil && (!problem.IsInput(err) || !reflect.DeepEqual(got, Pack{})) {
			t.Errorf("%s: input error: %v, and a pack comes with it: %+v", tt.name, problem.IsInput(err), got)
		}
	}
}

// All that is wrong with a manifest is said in one run.
func TestLoadSaysAllAtOnce(t *testing.T) {
	_, err := load("schema: 1\nnmae: web\nversion: v1\nquestions:\n- {name: A, type: bool, help: h}\nfiles:\n- {path: ../x}\n")
	got := problems(err)
	for _, want := range []string{`:2:1: unknown key "nmae"`, ":1:1: name is missing", ":3:10: version:", ":5:3: question name", ":7:3: path"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

// What packs may have beside what TestLoad shows.
func TestLoadMore(t *testing.T) {
	got, err := load(head + `
scaffold: ">=1.4, <3"
questions:
- name: servers
  type: choices
  help: Which
  choices: [nginx, {value: apache, label: Apache}, {value: caddy}]
  empty: true
  default: []
  renamed: [web_servers, message]
- {name: parts, type: choices, help: h, choices: [a, b], default: '{{ "a,b" }}'}
- {name: flag, type: bool, help: h, default: '{{ true }}', renamed: on_off}
values:
- {name: unit, value: '{{ .servers }}'}
- name: both
  type: bool
  value: |
    true
notes:
  1.10.0: Ten
  1.2.0: |
    Two
    lines
  1.2.0-rc.1: A candidate
verify: make {{ .x }} test
`)
	if err != nil {
		t.Fatal(err)
	}
	q := got.Questions[0]
	if want := map[string]string{"apache": "Apache"}; !reflect.DeepEqual(q.Labels, want) || !q.Empty || strings.Join(q.Choices, " ") != "nginx apache caddy" || !reflect.DeepEqual(q.Default, []string{}) {
		t.Errorf("choices: %+v", q)
	}
	for old, want := range map[string]string{"web_servers": "servers", "message": "servers", "on_off": "flag", "servers": "", "": ""} {
		if q, ok := got.Renamed(old); q.Name != want || ok != (want != "") {
			t.Errorf("%s is called %q now, want %q", old, q.Name, want)
		}
	}
	if parts, flag := got.Questions[1].Default, got.Questions[2].Default; parts != `{{ "a,b" }}` || flag != "{{ true }}" {
		t.Errorf("defaults: %v, %v", parts, flag)
	}
	if want := []Value{{"unit", String, "{{ .servers }}"}, {"both", Bool, "true\n"}}; !reflect.DeepEqual(got.Values, want) {
		t.Errorf("values: %q", got.Values)
	}
	if want := "make {{ .x }} test"; got.Verify != want {
		t.Errorf("verify: %q, want %q", got.Verify, want)
	}
	if want := []Note{{"1.2.0-rc.1", "A candidate"}, {"1.2.0", "Two\nlines"}, {"1.10.0", "Ten"}}; !reflect.DeepEqual(got.Notes, want) {
		t.Errorf("notes: %q", got.Notes)
	}
}

// The version is the manifest's, or its source's, and both must say the same
// unless that is of a commit between two releases.
func TestVersion(t *testing.T) {
	for _, tt := range []struct{ written, source, version, want string }{
		{"version: 1.2.0\n", "", "1.2.0", ""},
		{"version: 1.2.0\n", "1.2.0", "1.2.0", ""},
		{"version: 1.2.0\n", "v1.2.0", "1.2.0", ""},
		{"", "1.2.0", "1.2.0", ""},
		{"version: 2.0.0\n", "2.0.0+incompatible", "2.0.0+incompatible", ""},
		{"", "v2.0.0-rc.1", "2.0.0-rc.1", ""},
		{"version: 1.2.0\n", "1.2.1-0.20260101000000-abcdefabcdef", "1.2.1-0.20260101000000-abcdefabcdef", ""},
		{"", "0.0.0-20260101000000-abcdefabcdef", "0.0.0-20260101000000-abcdefabcdef", ""},
		{"", "", "", "p/pack.yaml:1:1: version is missing: write one, as in version: 1.0.0, because nothing else gives a folder its version"},
		{"version: 1.2.0\n", "1.3.0", "", "p/pack.yaml:3:10: version 1.2.0, but the pack was released as 1.3.0: write that, or leave the version to its tag"},
		{"version: '1'\n", "1.3.0", "", `p/pack.yaml:3:10: version: "1" is no semantic version: want three numbers, as in 1.0.0`},
	} {
		fsys := fstest.MapFS{ManifestFile: {Data: []byte("schema: 1\nname: web\n" + tt.written)}}
		got, err := Load(fsys, "p", Options{Version: tt.source})
		if tt.want == "" && (err != nil || got.Version != tt.version) || tt.want != "" && !strings.HasPrefix(problems(err), tt.want) {
			t.Errorf("%q from %s: got %s, %v\nwant %s%s", tt.written, tt.source, got.Version, err, tt.version, tt.want)
		}
	}
	if got, err := Parse([]byte("schema: 1\nname: web\n"), "p"); err != nil || got.Version != "" {
		t.Errorf("without its source: got %q, %v", got.Version, err)
	}
}

// Which programs a pack takes. What is not released takes every pack.
func TestProgram(t *testing.T) {
	for wanted, want := range map[string]string{
		">=1.4":           "1.4.0 v1.4.0 v1.5.0 v2.0.0 v1.4.1-0.20260101000000-abcdefabcdef",
		">= 1.4, <2":      "1.4.0 v1.4.0 v1.5.0 v1.4.1-0.20260101000000-abcdefabcdef",
		">1.4.0":          "v1.5.0 v2.0.0 v1.4.1-0.20260101000000-abcdefabcdef",
		"<=1.4,>=1.4":     "1.4.0 v1.4.0",
		"=1.4":            "1.4.0 v1.4.0",
		"<1.4.0":          "v1.3.9 v1.4.0-rc.1",
		">=2, <1":         "",
		">=1.4.0-rc.1,<2": "1.4.0 v1.4.0 v1.5.0 v1.4.0-rc.1 v1.4.1-0.20260101000000-abcdefabcdef",
	} {
		var got []string
		for _, program := range []string{"1.4.0", "v1.4.0", "v1.3.9", "v1.5.0", "v2.0.0", "v1.4.0-rc.1", "v1.4.1-0.20260101000000-abcdefabcdef"} {
			if ok, err := satisfies(program, wanted); ok && err == nil {
				got = append(got, program)
			}
		}
		less := func(list []string) string { slices.Sort(list); return strings.Join(list, " ") }
		if less(got) != less(strings.Fields(want)) {
			t.Errorf("%s takes %s, want %s", wanted, got, want)
		}
		for _, program := range []string{"", "(devel)", "v0.0.0-20260101000000-abcdefabcdef", "v0.0.0-20260101000000-abcdefabcdef+dirty"} {
			if ok, err := satisfies(program, wanted); !ok || err != nil {
				t.Errorf("%s does not take %s: %v", wanted, program, err)
			}
		}
	}
	for _, wanted := range []string{"", "1.4", "^1.4", "~1.4", ">=1.4 <2", ">=v1.4", ">=1.4.0.0", ">=01.4", ">=1.4,", ">=1.4-rc.1", "=>1", ">=1.x"} {
		if ok, err := satisfies("v1.4.0", wanted); err == nil {
			t.Errorf("%q is taken: %v", wanted, ok)
		}
	}
	fsys := fstest.MapFS{ManifestFile: {Data: []byte(head + "scaffold: '>=1.4'\nfuture: true\n")}}
	_, err := Load(fsys, "p", Options{Program: "v1.3.9"})
	if want := "p/pack.yaml:4:11: the pack wants scaffold >=1.4, and this is 1.3.9: install such a scaffold (in a clone of it: go install .), or take a version of the pack for this one"; problems(err) != want {
		t.Errorf("a key of the future: got %v, want only\n%s", err, want)
	}
}

func TestLoadFiles(t *testing.T) {
	manifest := &fstest.MapFile{Data: []byte(head)}
	tests := []struct {
		name string
		fsys fstest.MapFS
		want string
	}{
		{"no files at all", fstest.MapFS{"pack.yaml": manifest}, ""},
		{"no manifest", fstest.MapFS{"files/a": {}}, "p: this is no pack: it has no pack.yaml"},
		{"the manifest is a folder", fstest.MapFS{"pack.yaml/a": {}}, "p/pack.yaml: is no regular file"},
		{"the manifest is a pipe", fstest.MapFS{"pack.yaml": {Mode: fs.ModeNamedPipe}}, "p/pack.yaml: is no regular file"},
		{"a huge manifest", fstest.MapFS{"pack.yaml": {Data: make([]byte, 256<<10+1)}}, "p/pack.yaml: has 262145 bytes, more than 262144"},
		{"a link", fstest.MapFS{"pack.yaml": manifest, "files/a": {Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink}}, `p/files: read "a": is a symbolic link, not a regular file`},
		{"a bad name", fstest.MapFS{"pack.yaml": manifest, "files/-rf": {}}, `p/files: path "-rf": has the element "-rf", which commands would take for a flag`},
		{"two that clash", fstest.MapFS{"pack.yaml": manifest, "files/A": {}, "files/a": {}}, `p/files: paths "A" and "a" differ only by letter case`},
	}
	for _, tt := range tests {
		_, err := Load(tt.fsys, "p", Options{})
		if got := problems(err); got != tt.want || err != nil && !problem.IsInput(err) {
			t.Errorf("%s: got %q (input error: %v), want %q", tt.name, got, problem.IsInput(err), tt.want)
		}
	}
}

// A pack in a folder whose manifest is a link to elsewhere is not read.
func TestManifestIsNoLinkToElsewhere(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "elsewhere"), []byte(head), 0o666); err != nil {
		t.Fatal(err)
	}
	pack := filepath.Join(dir, "pack")
	if err := os.Mkdir(pack, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../elsewhere", filepath.Join(pack, ManifestFile)); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	root, err := os.OpenRoot(pack)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, err := Load(root.FS(), "p", Options{}); err == nil || !problem.IsInput(err) || strings.Contains(err.Error(), "statat") {
		t.Errorf("got %v, want an input error", err)
	}
}

// The digest is of content: of every byte and name, and of nothing else.
// What a memory knows is not read, its bytes are held once, and the pack is the same one.
func TestLoadFromMemory(t *testing.T) {
	fsys := fstest.MapFS{
		"pack.yaml":     {Data: []byte(head)},
		"files/known":   {Data: []byte("other bytes, which nobody reads"), Mode: 0o755},
		"files/changed": {Data: []byte("held")},
		"files/new":     {Data: []byte("new")},
		"files/lost":    {Data: []byte("lost")},
	}
	sum := func(text string) string { return tree.File{Data: []byte(text)}.Sum() }
	held := map[string][]byte{sum("known"): []byte("known"), sum("held"): []byte("held")}
	noted := make(map[string]string)
	p, err := Load(fsys, "p", Options{Memory: Memory{
		Sum: func(path string, info fs.FileInfo) (string, bool) {
			return map[string]string{"known": sum("known"), "lost": sum("of which nobody has the bytes")}[path], path == "known" || path == "lost"
		},
		Data: func(sum string) ([]byte, bool) { data, ok := held[sum]; return data, ok },
		Note: func(path string, info fs.FileInfo, sum string) { noted[path] = sum },
	}})
	if err != nil {
		t.Fatal(err)
	}
	fsys["files/known"].Data = []byte("known")
	read, err := Load(fsys, "p", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Digest != read.Digest || !reflect.DeepEqual(slices.Collect(p.Files.All()), slices.Collect(read.Files.All())) {
		t.Errorf("from memory it has the digest %s and %v, read %s and %v", p.Digest, p.Files, read.Digest, read.Files)
	}
	for _, text := range []string{"known", "held"} {
		if data, ok := p.Content(sum(text)); !ok || &data[0] != &held[sum(text)][0] {
			t.Errorf("the bytes of %q are held twice", text)
		}
	}
	for f := range read.Files.All() {
		if noted[f.Path] != f.Sum() {
			t.Errorf("%s is noted with the sum %s, and has %s", f.Path, noted[f.Path], f.Sum())
		}
	}
}

func TestDigest(t *testing.T) {
	digest := func(change func(fstest.MapFS)) string {
		t.Helper()
		fsys := fstest.MapFS{
			"pack.yaml": {Data: []byte(head)},
			"files/a":   {Data: []byte("1")},
			"files/b/c": {Data: []byte("2")},
			"README.md": {Data: []byte("about the pack")},
		}
		change(fsys)
		p, err := Load(fsys, "p", Options{})
		if err != nil {
			t.Fatal(err)
		}
		return p.Digest
	}
	plain := digest(func(fstest.MapFS) {})
	if want := "09525f7d07382ef2e341a5f93ae02663856ddf4379cf404845a1289c0502b922"; plain != want {
		t.Errorf("the digest of the same content was %s once, now %s", want, plain)
	}
	for name, change := range map[string]func(fstest.MapFS){
		"modes":                 func(f fstest.MapFS) { f["files/a"].Mode = 0o755 },
		"a file beside files/":  func(f fstest.MapFS) { delete(f, "README.md") },
		"an empty folder":       func(f fstest.MapFS) { f["files/e"] = &fstest.MapFile{Mode: fs.ModeDir} },
		"the order of creation": func(f fstest.MapFS) { a := f["files/a"]; delete(f, "files/a"); f["files/a"] = a },
	} {
		if digest(change) != plain {
			t.Errorf("%s changes the digest", name)
		}
	}
	for name, change := range map[string]func(fstest.MapFS){
		"a byte":                 func(f fstest.MapFS) { f["files/a"].Data = []byte("2") },
		"a name":                 func(f fstest.MapFS) { f["files/d"] = f["files/a"]; delete(f, "files/a") },
		"two contents swapped":   func(f fstest.MapFS) { f["files/a"], f["files/b/c"] = f["files/b/c"], f["files/a"] },
		"a file more":            func(f fstest.MapFS) { f["files/z"] = &fstest.MapFile{} },
		"a comment in pack.yaml": func(f fstest.MapFS) { f["pack.yaml"].Data = []byte(head + "# c\n") },
	} {
		if digest(change) == plain {
			t.Errorf("%s does not change the digest", name)
		}
	}
}

// Whatever a manifest says, loading it is an error or a pack.
func FuzzLoad(f *testing.F) {
	for _, tt := range wrongTests {
		f.Add(head + strings.TrimLeft(tt.manifest, "+-* "))
	}
	f.Add(head + "questions:\n- {name: a, type: choices, help: h, choices: [x], default: [x]}\nfiles:\n- {path: 'a*', to: b, mode: '0755'}\n")
	f.Add(head + "scaffold: '>=1, <2'\nnotes: {1.0.0: x}\nvalues: [{name: v, type: bool, value: 'true'}]\nincludes: [{from: ../a, to: b/}]\n")
	f.Add(head + "questions:\n- {name: a, type: choices, help: h, choices: [x, {value: z, label: Z}], empty: true, default: '{{ .b }}', renamed: [c, d]}\n")
	f.Fuzz(func(t *testing.T, manifest string) {
		p, err := load(manifest, "a", "b/c.tmpl")
		if err != nil {
			return
		}
		if checkName(p.Name) != nil || checkSemver(p.Version) != nil {
			t.Errorf("accepted as %q %q", p.Name, p.Version)
		}
		for file := range p.Files.All() {
			p.Target(file.Path)
		}
		for _, q := range p.Questions {
			if text, ok := q.Default.(string); q.Default == nil || ok && strings.Contains(text, "{{") {
				continue
			}
			if again, err := q.Check(q.Default); err != nil || !reflect.DeepEqual(again, q.Default) {
				t.Errorf("default %#v of %s is not canonical: %#v, %v", q.Default, q.Name, again, err)
			}
		}
	})
}

// Who only wants to know which pack that is gets no error about the rest.
func TestIdentify(t *testing.T) {
	name, version, err := Identify([]byte("schema: 1\nname: web\nversion: 1.2.3\nfuture: true\nquestions: 7\n"))
	if name != "web" || version != "1.2.3" || err != nil {
		t.Errorf("got %s %s, %v", name, version, err)
	}
	if name, version, err := Identify([]byte("schema: 1\nname: web\n")); name != "web" || version != "" || err != nil {
		t.Errorf("a version that its source gives: got %s %q, %v", name, version, err)
	}
	for _, text := range []string{"", "schema: 2\nname: web\nversion: 1.2.3\n", "schema: 1\nname: [a]\nversion: 1.2.3\n"} {
		if name, version, err := Identify([]byte(text)); err == nil {
			t.Errorf("%q: %s %s", text, name, version)
		}
	}
}

// What desktops and editors leave in a folder is no part of a pack; it is named,
// some of it, unless exclude leaves it out.
func TestLitter(t *testing.T) {
	litter := []string{".DS_Store", "d/.DS_Store", "d/Thumbs.db", "desktop.ini", "a.txt~", ".a.txt.swp", ".a.txt.swo", ".#a.txt", "d/._a", "__MACOSX/a/x"}
	kept := []string{"a.txt", "~", "x~y", ".swp", "a.swp", ".a.swift", "#a#", "DS_Store", ".a.txt", "thumbs.db.txt", "d~/a"}
	kept = slices.DeleteFunc(kept, func(name string) bool { return name == "~" }) // which is a backup of nothing
	p, err := load(head, slices.Concat(litter, kept)...)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for f := range p.Files.All() {
		got = append(got, f.Path)
	}
	slices.Sort(kept)
	if !slices.Equal(got, kept) {
		t.Errorf("got %q, want %q", got, kept)
	}
	if p.LeftOut != len(litter) || len(p.Left) != maxNamed {
		t.Errorf("left out %d, named %q", p.LeftOut, p.Left)
	}
	p, err = load(head+"exclude: ['**/.DS_Store', d/]\n", ".DS_Store", "d/Thumbs.db", "x/.DS_Store", "a")
	if err != nil || p.LeftOut != 0 {
		t.Errorf("excluded, and named nevertheless: %q, %v", p.Left, err)
	}
}

// A folder's files keep their executable bit, unless the volume has none: there
// pack.yaml seems executable too. A rule's mode counts before.
func TestModes(t *testing.T) {
	for _, tt := range []struct {
		manifest fs.FileMode
		want     string
	}{
		{0o644, "0755 run, 0644 text, 0644 tamed, 0755 raised"},
		{0o755, "0644 run, 0644 text, 0644 tamed, 0755 raised"},
	} {
		p, err := Load(fstest.MapFS{
			ManifestFile:   {Data: []byte(head + "files: [{path: tamed, mode: '0644'}, {path: raised, mode: '0755'}]\n"), Mode: tt.manifest},
			"files/run":    {Mode: 0o744},
			"files/text":   {Mode: 0o611},
			"files/tamed":  {Mode: 0o755},
			"files/raised": {Mode: 0o444},
		}, "p", Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range []string{"run", "text", "tamed", "raised"} {
			got = append(got, fmt.Sprintf("%04o %s", p.Target(name).Mode, name))
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("with a manifest of mode %o: got %q, want %s", tt.manifest, got, tt.want)
		}
	}
}

// What would take a long time or much memory is refused before it does.
func TestCaps(t *testing.T) {
	repeat := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	question := func(match string) string { return "- {name: q%d, type: string, help: h, match: '" + match + "'}\n" }
	for name, tt := range map[string]struct{ manifest, want string }{
		"questions":              {"questions:\n" + repeat("- {name: q%d, type: bool, help: h}\n", 1001), "5:1: questions has 1001 entries, more than 1000"},
		"rules":                  {"files:\n" + repeat("- {path: a%d}\n", 1001), "5:1: files has 1001 entries, more than 1000"},
		"moves":                  {"moved:\n" + repeat("- {from: a%d, to: b, since: 1.0.0}\n", 1001), "5:1: moved has 1001 entries, more than 1000"},
		"refusals":               {"refuse:\n" + repeat("- {when: a%d, say: b}\n", 1001), "5:1: refuse has 1001 entries, more than 1000"},
		"exclusions":             {"exclude:\n" + repeat("- a%d\n", 101), "5:1: exclude has 101 entries, more than 100"},
		"choices":                {"questions:\n- {name: a, type: choice, help: h, choices: [" + repeat("c%d, ", 1001) + "]}\n", "5:45: choices has 1001 entries, more than 1000"},
		"a long pattern":         {"questions:\n" + repeat(question(strings.Repeat("a", 1001)), 1), "5:44: match: has 1001 bytes, more than 1000"},
		"a pattern that unfolds": {"questions:\n" + repeat(question("(a|b){1000}"), 1), "5:44: match: makes a program of about 3006 steps, more than 3000: its repetitions multiply"},
		"repetitions of repetitions": {"questions:\n" + repeat(question("((ab?){30}){30}"), 1),
			"5:44: match: makes a program of about 5831 steps, more than 3000: its repetitions multiply"},
		"many patterns": {"questions:\n" + repeat(question("[a-z]{0,900}"), 10), "10:3: the patterns of all questions make programs of about 10818 steps, more than 10000"},
	} {
		_, err := load(head + tt.manifest)
		if got, _, _ := strings.Cut(problems(err), "\n"); !strings.HasPrefix(got, "p/pack.yaml:"+tt.want) {
			t.Errorf("%s:\ngot  %s\nwant p/pack.yaml:%s", name, got, tt.want)
		}
	}
	if _, err := load(head + "questions:\n" + repeat(question("[a-z0-9][a-z0-9-]{1,62}(\\.[a-z0-9-]{1,63}){0,3}"), 10) + "- {name: r, type: text, help: h, match: '.{0,1000}'}\n"); err != nil {
		t.Errorf("patterns as people write them: %v", err)
	}
	files := make([]string, 2001)
	for i := range files {
		files[i] = fmt.Sprintf("f%d", i)
	}
	_, err := load(head+"files:\n"+repeat("- {path: f%d}\n", 1000), files...)
	if want := "p/pack.yaml: has 1000 rules for 2001 files, more than 2000000 comparisons"; !strings.HasPrefix(problems(err), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestARefusalNeedsItsReason(t *testing.T) {
	manifest := "schema: 1\nname: p\nversion: 1.0.0\nrefuse:\n  - when: 'true'\n"
	_, err := Load(fstest.MapFS{ManifestFile: {Data: []byte(manifest)}}, "p", Options{})
	if err == nil || !strings.Contains(err.Error(), "p/pack.yaml:5:5: a refusal needs when, and say") {
		t.Errorf("got %v", err)
	}
}
