package render

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

const manifest = `
schema: 1
name: web
version: 1.0.0
questions:
- {name: name, type: string, help: h, default: hello}
- {name: text, type: text, help: h, default: ''}
- {name: parts, type: choices, help: h, choices: [a, b], default: [a, b]}
- {name: port, type: int, help: h, default: 80}
- {name: flag, type: bool, help: h, default: true}
`

// compile makes a pack of the manifest, more of it, and files: names and
// contents by turns.
func compile(t *testing.T, more string, files ...string) (*Pack, error) {
	t.Helper()
	fsys := fstest.MapFS{"pack.yaml": {Data: []byte(manifest + more)}}
	for i := 0; i+1 < len(files); i += 2 {
		fsys["files/"+files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	p, err := pack.Load(fsys, "web", pack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Compile(t.Context(), p, "web")
}

// rendered returns the files for the defaults, but for the answers NAME=VALUE.
func rendered(t *testing.T, p *Pack, answers ...string) (tree.Tree, error) {
	t.Helper()
	var layer answer.Layer
	for _, a := range answers {
		name, value, _ := strings.Cut(a, "=")
		layer = append(layer, answer.Value{Name: name, Text: value, Where: name})
	}
	run := p.Run(t.Context())
	given, err := answer.Resolve(p.pack, []answer.Layer{layer}, run.Eval, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	return run.Render(given)
}

// result returns what one template writes, or "!" and the error.
func result(t *testing.T, text string, answers ...string) string {
	t.Helper()
	p, err := compile(t, "", "x.tmpl", text)
	if err != nil {
		return "!" + err.Error()
	}
	files, err := rendered(t, p, answers...)
	if err != nil {
		return "!" + err.Error()
	}
	f, _ := files.Find("x")
	return string(f.Data)
}

func TestFunctions(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "",
		"{{ .name }}":                          "hello",
		"a {{- /* c */ -}} b":                  "ab",
		"{{ .port }} {{ .flag }} {{ .parts }}": "80 true [a b]",
		"{{ $.name }}":                         "hello",
		"{{ $n := .name }}{{ $n }}":            "hello",
		"{{ upper .name }} {{ lower `ÄB` }}":   "HELLO äb",
		"{{ trim ` a ` }}|{{ trimPrefix `a` `ab` }}|{{ trimSuffix `b` `ab` }}":                   "a|b|a",
		"{{ contains `l` .name }} {{ hasPrefix `h` .name }} {{ hasSuffix `h` .name }}":           "true true false",
		"{{ has `a` .parts }} {{ has `c` .parts }}":                                              "true false",
		"{{ ternary `y` `n` .flag }}":                                                            "y",
		"{{ join `-` .parts }}":                                                                  "a-b",
		"{{ range .parts }}<{{ . }}>{{ end }}":                                                   "<a><b>",
		"{{ range $i, $p := .parts }}{{ $i }}{{ $p }}{{ end }}":                                  "0a1b",
		"{{ range splitList `,` `x,y` }}<{{ . }}>{{ else }}none{{ end }}":                        "<x><y>",
		"{{ range .parts }}{{ range $.parts }}.{{ end }}{{ end }}":                               "....",
		"{{ range .parts }}{{ if eq . `b` }}{{ break }}{{ end }}{{ . }}{{ end }}":                "a",
		"{{ replace `l` `LL` .name }}":                                                           "heLLLLo",
		"{{ indent 2 \"a\\nb\" }}{{ nindent 1 `c` }}":                                            "  a\n  b\n c",
		"{{ index .parts 1 }} {{ len .parts }}":                                                  "b 2",
		"{{ if and .flag (eq .port 80) }}yes{{ else if .flag }}no{{ end }}":                      "yes",
		"{{ with .name }}{{ . }}{{ end }}":                                                       "hello",
		"{{ moduleFor `main` }}":                                                                 "main-app",
		"{{ urlHost `a.b` }} {{ urlHost `192.0.2.1` }} {{ urlHost `2001:DB8:0::1` }}":            "a.b 192.0.2.1 [2001:db8::1]",
		"{{ goString .name }} {{ jsonString .name }} {{ yamlString .name }} {{ shWord .name }}":  `"hello" "hello" "hello" 'hello'`,
		"{{ nginxString .name }} {{ systemdValue `50%` }} {{ markdownText `*a*` }}":              `"hello" 50%% \*a\*`,
		"{{ snake `My App` }} {{ kebab `My App` }} {{ camel `My App` }} {{ pascal `my app` }}":   "my_app my-app myApp MyApp",
		"{{ slug `Größe 2` }} {{ title `my-app` }} {{ goIdent `func` }} {{ envName `2nd app` }}": "grosse-2 My App func_ _2ND_APP",
		"^{{ regexpText `/a.b` }}$":                                                              `^/a\.b$`,
	} {
		if got := result(t, text); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// What a template may not be, and the message, which starts with its place.
func TestRefused(t *testing.T) {
	tests := []struct{ name, text, want string }{
		// Syntax.
		{"an action left open", "a\n{{ .name", "web/files/x.tmpl:2: unclosed action"},
		{"an if left open", "{{ if .flag }}\n\n", "web/files/x.tmpl:3: unexpected EOF"},
		{"one end too many", "{{ end }}", "web/files/x.tmpl:1: unexpected {{end}}"},
		{"not UTF-8", "a\xff", "web/files/x.tmpl: is not UTF-8; a file that is copied as it is has no .tmpl"},
		// Names.
		{"an answer that no question gives", "\n  {{ .nmae }}", `web/files/x.tmpl:2:6: no question is called "nmae": did you mean "name"?`},
		{"also in a branch that is not taken", "{{ if .flag }}{{ else }}{{ .zzz }}{{ end }}", `web/files/x.tmpl:1:28: no question is called "zzz"`},
		{"also by way of $", "{{ $.nmae }}", `web/files/x.tmpl:1:5: no question is called "nmae": did you mean "name"?`},
		{"also in an argument", "{{ upper (lower .zzz) }}", `web/files/x.tmpl:1:17: no question is called "zzz"`},
		{"also in a condition", "{{ if eq .zzz 1 }}{{ end }}", `web/files/x.tmpl:1:10: no question is called "zzz"`},
		{"also in a loop", "{{ range .zzz }}{{ end }}", `web/files/x.tmpl:1:10: no question is called "zzz"`},
		// Functions, and why they are not there.
		{"the environment", `{{ env "HOME" }}`, `web/files/x.tmpl:1: function "env" is not available: a pack does not read the environment`},
		{"the day", "\n{{ now }}", `web/files/x.tmpl:2: function "now" is not available: a render must not depend on the day`},
		{"chance", "{{ uuidv4 }}", `web/files/x.tmpl:1: function "uuidv4" is not available: its result differs from run to run`},
		{"the network", `{{ getHostByName "x" }}`, `web/files/x.tmpl:1: function "getHostByName" is not available: a pack does not use the network`},
		{"repetition", `{{ repeat 100000000000 "x" }}`, `web/files/x.tmpl:1: function "repeat" is not available: it can make a render endless or huge`},
		{"a format of any width", `{{ printf "%1000000000d" 1 }}`, `web/files/x.tmpl:1: function "printf" is not available: it can make a render endless or huge`},
		{"in the midst of a pipeline", "{{ .name | html }}", `web/files/x.tmpl:1: function "html" is not available: quote for the language of the file: goString, jsonString, markdownText, nginxString, pythonString, regexpText, shWord, systemdValue, yamlString`},
		{"quotes of no language", `{{ quote .name }}`, `web/files/x.tmpl:1: function "quote" is not available: quote for the language of the file: goString, jsonString, markdownText, nginxString, pythonString, regexpText, shWord, systemdValue, yamlString`},
		{"a function alone", "{{ if false }}{{ title }}{{ end }}", `web/files/x.tmpl:1:18: function "title" has no argument`},
		{"what sprig calls otherwise", `{{ camelcase .name }}`, `web/files/x.tmpl:1: function "camelcase" is not available: there are camel (myProject) and pascal (MyProject)`},
		{"a plural", `{{ plural .name }}`, `web/files/x.tmpl:1: function "plural" is not available: a template knows no language's plurals`},
		{"a failure on purpose", `{{ fail "x" }}`, `web/files/x.tmpl:1: function "fail" is not available: a template decides nothing but text`},
		{"a call", `{{ call .name }}`, `web/files/x.tmpl:1: function "call" is not available: a template decides nothing but text`},
		{"a slip", "{{ uper .name }}", `web/files/x.tmpl:1: function "uper" is not available: did you mean "upper"?`},
		// Templates in templates.
		{"define", `{{ define "a" }}{{ end }}`, "web/files/x.tmpl:1:1: define and block are not available: a template inside a template could call itself"},
		{"block", `{{ block "a" . }}{{ end }}`, "web/files/x.tmpl:1:1: define and block are not available: a template inside a template could call itself"},
		{"template", `a{{ template "a" }}`, "web/files/x.tmpl:1:14: template is not available: a template inside a template could call itself"},
		{"a template that calls itself by its name", `{{ define "web/files/x.tmpl" }}{{ template "web/files/x.tmpl" }}{{ end }}`, "web/files/x.tmpl:1:44: template is not available: a template inside a template could call itself"},
		// Loops.
		{"range over a number", "{{ range .port }}{{ end }}", "web/files/x.tmpl:1:10: range is for a question of type choices or for splitList"},
		{"range over a number by way of $", "{{ range $.port }}{{ end }}", "web/files/x.tmpl:1:10: range is for a question of type choices or for splitList"},
		{"range over a literal", "{{ range 1000000000000 }}{{ end }}", "web/files/x.tmpl:1:10: range is for a question of type choices or for splitList"},
		{"range over a variable", "{{ $x := .parts }}{{ range $x }}{{ end }}", "web/files/x.tmpl:1:28: range is for a question of type choices or for splitList"},
		{"range over a pipeline", "{{ range .parts | len }}{{ end }}", "web/files/x.tmpl:1:10: range is for a question of type choices or for splitList"},
		{"range over a function's result", "{{ range len .parts }}{{ end }}", "web/files/x.tmpl:1:10: range is for a question of type choices or for splitList"},
		{"range in range in range", "{{ range .parts }}{{ range $.parts }}\n{{ range splitList `` $.text }}{{ end }}{{ end }}{{ end }}",
			"web/files/x.tmpl:2:10: range is nested more than 2 deep"},
		// Sizes.
		{"too many parentheses", "{{ " + strings.Repeat("(", 101), "web/files/x.tmpl:1: is nested more than 100 deep"},
		{"nesting", strings.Repeat("{{ if .flag }}\n", 101), "web/files/x.tmpl:101: is nested more than 100 deep"},
		{"nesting with trim markers", strings.Repeat("{{- if .flag -}}", 101), "web/files/x.tmpl:1: is nested more than 100 deep"},
		{"nesting of with and range", strings.Repeat("{{with .flag}}{{range .parts}}", 51), "web/files/x.tmpl:1: is nested more than 100 deep"},
	}
	for _, tt := range tests {
		_, err := compile(t, "", "x.tmpl", tt.text)
		got := fmt.Sprint(err)
		if !strings.HasPrefix(got, tt.want) || !problem.IsInput(err) {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
		if len(got) > len(tt.want)+200 {
			t.Errorf("%s: the message has %d bytes", tt.name, len(got))
		}
	}
}

// A hundred levels are fine, and as many ifs in a row as one likes.
func TestNestingAllowed(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("{{ if .flag }}", 100) + "x" + strings.Repeat("{{ end }}", 100),
		strings.Repeat("{{ if .flag }}{{ end }}", 1000) + "x",
		"{{ if .flag }}" + strings.Repeat("{{ else if .flag }}", 200) + "{{ end }}x",
		"x{{/* {{ if }} ((( */}}",
	} {
		if got := result(t, text); got != "x" && got != "" || strings.HasPrefix(got, "!") {
			t.Errorf("%.60s…: got %q", text, got)
		}
	}
}

// What would exhaust stack, memory or patience is refused, or done.
func TestExhausting(t *testing.T) {
	letters := strings.Repeat("a", 200_000)
	for name, text := range map[string]string{
		"500,000 nested ifs":             strings.Repeat("{{if true}}", 500_000),
		"as many as the size allows":     strings.Repeat("{{if 1}}", 65_000),
		"hidden behind ends in comments": strings.Repeat("{{/*{{end}}*/}}{{if 1}}", 22_000),
		"else if":                        "{{if 1}}" + strings.Repeat("{{else if 1}}", 39_000) + "{{end}}",
		"parentheses":                    "{{ " + strings.Repeat("(", 500_000),
		"parentheses behind a string":    "{{ eq \"}}\" " + strings.Repeat("(", 500_000),
		"actions never closed":           strings.Repeat("{{", 250_000),
		"actions in a comment":           "{{/*" + strings.Repeat("{{", 250_000) + "*/}}",
		"600 KiB":                        strings.Repeat("x", 600<<10),
		"a string that doubles":          "{{ $s := .name }}" + strings.Repeat("{{ $s = replace `a` `aa` (replace `h` `aa` $s) }}", 60) + "{{ $s }}",
		"a string that is joined":        "{{ join `" + letters + "` (splitList `` `" + letters[:900] + "`) }}",
		"a string that is indented":      "{{ indent 200 (replace `a` \"\\n\" `" + letters + "`) }}",
		"loops that write nothing":       "{{ range splitList `` `" + letters + "` }}{{ range splitList `` `" + letters + "` }}{{ end }}{{ end }}",
	} {
		got := result(t, text)
		if len(got) > 2<<20 {
			t.Errorf("%s: wrote %d bytes", name, len(got))
		}
		if name != "else if" && name != "actions in a comment" && !strings.HasPrefix(got, "!web/files/x.tmpl:") {
			t.Errorf("%s: got %.100q, want an error", name, got)
		}
	}
}

func TestOutputCaps(t *testing.T) {
	for text, want := range map[string]string{
		"{{ replace `a` `" + strings.Repeat("b", 2000) + "` `" + strings.Repeat("a", 600) + "` }}": "error calling replace: the result is longer than 1048576 bytes",
		"{{ indent 201 `a` }}": "error calling indent: indent by 201: want 0 to 200",
		"{{ indent -1 `a` }}":  "error calling indent: indent by -1: want 0 to 200",
		"{{ splitList `` `" + strings.Repeat("a", 1001) + "` }}":                                                   "error calling splitList: the list has 1001 items, more than 1000",
		"{{ range splitList `` `" + strings.Repeat("a", 1000) + "` }}" + strings.Repeat("x", 70_000) + "{{ end }}": "writes more than 64 MiB",
	} {
		got := result(t, text)
		if !strings.HasPrefix(got, "!web/files/x.tmpl:") && !strings.HasPrefix(got, "!writes") || !strings.Contains(got, want) {
			t.Errorf("%.60s…: got %.300q, want %s", text, got, want)
		}
	}
}

// An error while running has its line and column, and all files are run before
// any error is returned.
func TestRunErrors(t *testing.T) {
	p, err := compile(t, "", "a.tmpl", "x\n{{ index .parts 9 }}", "b.tmpl", "{{ shWord \"\\x00\" }}", "c.tmpl", "{{ .name }}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = rendered(t, p)
	lines := strings.Split(fmt.Sprint(err), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], `web/files/a.tmpl:2:4: executing "web/files/a.tmpl" at <index .parts 9>: `) ||
		!strings.HasPrefix(lines[1], "web/files/b.tmpl:1:4: ") || !strings.HasSuffix(lines[1], `"\x00" has a NUL, which no shell word can hold`) || !problem.IsInput(err) {
		t.Errorf("got %s", strings.Join(lines, "\n"))
	}
}

// Two files of the same text are two files: an error names its own.
func TestSameTextTwice(t *testing.T) {
	compiled, err := compile(t, "", "a.json.tmpl", "{ {{ .name }}", "b.json.tmpl", "{ {{ .name }}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = rendered(t, compiled)
	want := "web/files/a.json.tmpl: writes a.json, which does not parse: is no JSON: line 1: invalid character 'h' looking for beginning of object key string\n" +
		"web/files/b.json.tmpl: writes b.json, which does not parse: is no JSON: line 1: invalid character 'h' looking for beginning of object key string"
	if fmt.Sprint(err) != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// All templates of a pack are compiled before any error is returned: files,
// destinations, conditions, defaults and the closing text.
func TestCompileSaysAllAtOnce(t *testing.T) {
	_, err := compile(t, `- {name: late, type: string, help: h, when: '{{ .nope1 }}', default: '{{ .nope2 }}'}
files:
- {path: a.tmpl, to: '{{ .nope3 }}', when: '{{ .nope4 }}'}
next: '{{ .nope5 }}'
`, "a.tmpl", "{{ .nope6 }}", "b.tmpl", "{{ nope7 }}")
	want := []string{
		`web/pack.yaml:13:22: to:1:4: no question is called "nope3"`,
		`web/pack.yaml:13:44: when:1:4: no question is called "nope4"`,
		`web/files/a.tmpl:1:4: no question is called "nope6"`,
		`web/files/b.tmpl:1: function "nope7" is not available`,
		`web/pack.yaml:14:7: next:1:4: no question is called "nope5"`,
		`web/pack.yaml:11:45: when:1:4: no question is called "nope1"`,
		`web/pack.yaml:11:70: default:1:4: no question is called "nope2"`,
	}
	got := strings.Split(fmt.Sprint(err), "\n")
	if len(got) != len(want) || !problem.IsInput(err) {
		t.Fatalf("got %d errors, want %d:\n%v", len(got), len(want), err)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}
}

func TestRender(t *testing.T) {
	p, err := compile(t, `
files:
- {path: main.tmpl, to: 'cmd/{{ .name }}/main.txt', once: true}
- {path: run, to: 'bin/{{ .name }}', mode: '0755'}
- {path: parts/, to: out/, when: '{{ has "b" .parts }}'}
- {path: parts/b.tmpl, when: '{{ eq .port 81 }}'}
- {path: square.tmpl, delims: ['[[', ']]']}
`,
		"main.tmpl", "I am {{ .name }}.\n", "run", "{{ .name }} is copied\xff\n", "parts/a", "A", "parts/b.tmpl", "B",
		"square.tmpl", "[[ .name ]] {{ .name }}\n")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ answers, want string }{
		{"name=x", `0755 bin/x "{{ .name }} is copied\xff\n" run
0644 cmd/x/main.txt "I am x.\n" main.tmpl once
0644 out/a "A" parts/a
0644 square "x {{ .name }}\n" square.tmpl
`},
		{"name=y parts=a", `0755 bin/y "{{ .name }} is copied\xff\n" run
0644 cmd/y/main.txt "I am y.\n" main.tmpl once
0644 square "y {{ .name }}\n" square.tmpl
`},
		{"port=81", `0755 bin/hello "{{ .name }} is copied\xff\n" run
0644 cmd/hello/main.txt "I am hello.\n" main.tmpl once
0644 out/a "A" parts/a
0644 out/b "B" parts/b.tmpl
0644 square "hello {{ .name }}\n" square.tmpl
`},
	}
	for _, tt := range tests {
		files, err := rendered(t, p, strings.Fields(tt.answers)...)
		if got := list(files); err != nil || got != tt.want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", tt.answers, err, got, tt.want)
		}
	}
}

func list(files tree.Tree) string {
	var b strings.Builder
	for f := range files.All() {
		once := ""
		if f.Once {
			once = " once"
		}
		fmt.Fprintf(&b, "%04o %s %q %s%s\n", f.Mode, f.Path, f.Data, f.Origin, once)
	}
	return b.String()
}

// An answer chooses a path, and stays below the project whatever it is.
func TestDestinations(t *testing.T) {
	p, err := compile(t, "files:\n- {path: a.tmpl, to: '{{ .name }}'}\n", "a.tmpl", "a: b\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"sub/x.txt":                    "",
		"../evil":                      `web/files/a.tmpl: path "../evil": has the element "..", which leaves its folder`,
		"a/../../evil":                 `web/files/a.tmpl: path "a/../../evil": has the element "..", which leaves its folder`,
		"/etc/passwd":                  `web/files/a.tmpl: path "/etc/passwd": is absolute; paths start at the project's folder`,
		".git/hooks/x":                 `web/files/a.tmpl: path ".git/hooks/x": has the element ".git", which belongs to version control or to scaffold`,
		".scaffold-state/x":            `web/files/a.tmpl: path ".scaffold-state/x": has the element ".scaffold-state", which belongs to version control or to scaffold`,
		"scaffold.yaml":                `web/files/a.tmpl: path "scaffold.yaml": is where a project's answers are kept`,
		"":                             `web/files/a.tmpl: path "": is empty`,
		" ":                            `web/files/a.tmpl: path " ": has the element " ", which ends in a space or dot: Windows drops those`,
		`a\b`:                          `web/files/a.tmpl: path "a\\b": has a backslash; folders are separated by /`,
		"-rf":                          `web/files/a.tmpl: path "-rf": has the element "-rf", which commands would take for a flag`,
		strings.Repeat("a/", 20) + "a": "web/files/a.tmpl: path \"" + strings.Repeat("a/", 20) + "a\": has 21 elements, more than 20",
	} {
		if want != "" {
			want += fmt.Sprintf(" (by the answer name %q)", name)
		}
		_, err := rendered(t, p, "name="+name)
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && got != want || err != nil && !problem.IsInput(err) {
			t.Errorf("%q:\ngot  %s\nwant %s", name, got, want)
		}
	}
}

// Of several answers in a path those are named with which it is a bad one.
func TestDestinationOfSeveral(t *testing.T) {
	p, err := compile(t, "files:\n- {path: a, to: '{{ .name }}/{{ .port }}/{{ .text }}.{{ range .parts }}{{ . }}{{ end }}'}\n", "a", "")
	if err != nil {
		t.Fatal(err)
	}
	for answers, want := range map[string]string{
		"name=..":         ` (by the answer name "..")`,
		"text=a/..":       "",
		"text=/":          ` (by the answer text "/")`,
		"name=-a text=b/": ` (by the answer name "-a")`,
		"name=-a text=-":  ` (by the answer name "-a" and text "-")`,
	} {
		_, err := rendered(t, p, strings.Fields(answers)...)
		if got := fmt.Sprint(err); !strings.HasSuffix(got, want) || (want == "") != (err == nil) {
			t.Errorf("%s: got %s, want …%s", answers, got, want)
		}
	}
}

// Two files that go to one path are both named.
func TestTwoFilesToOnePath(t *testing.T) {
	p, err := compile(t, `
files:
- {path: a.tmpl, to: x.txt, when: '{{ .flag }}'}
- {path: b.tmpl, to: '{{ .name }}.txt'}
`, "a.tmpl", "", "b.tmpl", "")
	if err != nil {
		t.Fatal(err)
	}
	for answers, want := range map[string]string{
		"name=x":            `web: path "x.txt" is written twice: by a.tmpl and by b.tmpl`,
		"name=X":            `web: paths "X.txt" and "x.txt" differ only by letter case: by b.tmpl and by a.tmpl`,
		"name=x.txt/y":      `web: path "x.txt" is both a file and a folder: by a.tmpl and by b.tmpl`,
		"name=y":            "<nil>",
		"name=x flag=false": "<nil>",
	} {
		_, err := rendered(t, p, strings.Fields(answers)...)
		if got := fmt.Sprint(err); got != want && !(strings.Contains(want, "folder") && strings.Contains(got, "is both a file and a folder: by a.tmpl and by b.tmpl")) {
			t.Errorf("%s:\ngot  %s\nwant %s", answers, got, want)
		}
	}
}

// A file that does not parse as its language is the pack's mistake, found
// before it is written. What is copied is the author's own.
func TestSyntax(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a.go.tmpl", "package a\n\nvar x = {{ goString .name }}\n", ""},
		{"a.go.tmpl", "package a\n\nvar x = \"{{ .name }}\"\n", "web/files/a.go.tmpl: writes a.go, which does not parse: line 3: "},
		{"a.go.tmpl", "func {\n", "web/files/a.go.tmpl: writes a.go, which does not parse: line 1: expected 'package', found 'func'"},
		{"a.go", "func {\n", ""},
		{"a.json.tmpl", `{"a": {{ jsonString .name }}}`, ""},
		{"a.json.tmpl", `{"a": "{{ .name }}"}`, "web/files/a.json.tmpl: writes a.json, which does not parse: is no JSON"},
		{"a.yaml.tmpl", "a: {{ yamlString .name }}\n", ""},
		{"a.yml.tmpl", "a: \"{{ .name }}\"\n", "web/files/a.yml.tmpl: writes a.yml, which does not parse: a.yml:1:"},
		{"a.txt.tmpl", "\"{{ .name }}", ""},
	} {
		p, err := compile(t, "", tt.name, tt.text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = rendered(t, p, `name=hel"lo\`)
		if got := fmt.Sprint(err); tt.want == "" && err != nil || tt.want != "" && !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s %q:\ngot  %s\nwant %s", tt.name, tt.text, got, tt.want)
		}
	}
}

// Values follow from the answers and those above them, wherever a template may
// stand, and have the type that they say.
func TestValues(t *testing.T) {
	const more = `
- {name: twice, type: string, help: h, default: '{{ (index . "unit") }} {{ "unit" | index . }}'}
- {name: never, type: string, help: h, default: x, when: '{{ .only }}'}
values:
- {name: unit, value: '{{ .name }}.service'}
- name: only
  type: bool
  value: |
    {{- if eq (len .parts) 1 }}
    true
    {{- end }}
- {name: both, value: '{{ .unit }} {{ .only }} {{ .port }}'}
- {name: unused, value: '{{ index .parts 0 }}'}
refuse:
- {when: '{{ eq .unit "bad.service" }}', say: not this}
files:
- {path: a.tmpl, to: 'deploy/{{ .unit }}'}
- {path: b, when: '{{ .only }}'}
next: next {{ .both }}
`
	p, err := compile(t, more, "a.tmpl", "{{ .both }} {{ if .only }}only{{ else }}more{{ end }} {{ .twice }} {{ .never }}{{ range splitList `.` .unit }} {{ . }}{{ end }}", "b", "b")
	if err != nil {
		t.Fatal(err)
	}
	for answers, want := range map[string]string{
		"":                  "deploy/hello.service=hello.service false 80 more hello.service hello.service  hello service",
		"name=app parts=b":  "b=b deploy/app.service=app.service true 80 only app.service app.service x app service",
		"name=bad":          "!not this",
		"name=../x":         `!web/files/a.tmpl: path "deploy/../x.service": has the element "..", which leaves its folder (by the answer name "../x")`,
		"name=x/y twice=né": "deploy/x/y.service=x/y.service false 80 more né  x/y service",
	} {
		files, err := rendered(t, p, strings.Fields(answers)...)
		var got []string
		for f := range files.All() {
			got = append(got, f.Path+"="+string(f.Data))
		}
		s := strings.Join(got, " ")
		if err != nil {
			s = "!" + err.Error()
		}
		if s != want {
			t.Errorf("%s:\ngot  %s\nwant %s", answers, s, want)
		}
	}
	run := p.Run(t.Context())
	answers, err := answer.Resolve(p.pack, nil, run.Eval, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	if next, err := run.Next(answers); next != "next hello.service false 80" || err != nil {
		t.Errorf("next: %q, %v", next, err)
	}
	if _, stored := answers.Find("unit"); stored {
		t.Error("a value is an answer")
	}
}

// What is wrong with values, before a template runs and when it does.
func TestValuesRefused(t *testing.T) {
	for more, want := range map[string]string{
		"values: [{name: a, value: '{{ .a }}'}]":                               "web/pack.yaml:11:27: value a uses itself",
		"values: [{name: a, value: '{{ .b }}'}, {name: b, value: '{{ .a }}'}]": "web/pack.yaml:11:27: value a uses b, which is computed later: a value may use those above it",
		"values: [{name: a, value: '{{ .nmae }}'}]":                            `web/pack.yaml:11:27: value a:1:4: no question or value is called "nmae": did you mean "name"?`,
		"values: [{name: a, value: '{{ if }}'}]":                               "web/pack.yaml:11:27: value a:1: missing value for if",
		"values: [{name: a, value: x}]\nnext: '{{ range .a }}{{ end }}'":       "web/pack.yaml:12:7: next:1:10: range is for a question of type choices or for splitList",
		"values: [{name: a, value: x}]\nnext: '{{ .aa }}'":                     `web/pack.yaml:12:7: next:1:4: no question or value is called "aa": did you mean "a"?`,
		"values: [{name: a, type: bool, value: maybe}]":                        "web/pack.yaml:11:39: value a: \"maybe\" is neither true nor false",
		"values: [{name: a, value: '{{ index .parts 7 }}'}]":                   "web/pack.yaml:11:27: value a:1:4: executing \"web/pack.yaml:11:27: value a\" at <index .parts 7>: error calling index: index out of range: 7",
		"- {name: z, type: string, help: h, default: '{{ .a }}'}\n- {name: later, type: string, help: h, default: x}\nvalues: [{name: a, value: '{{ .later }}'}]": `pack web: question z: default: web/pack.yaml:13:27: value a:1:4: executing "web/pack.yaml:13:27: value a" at <.later>: later is asked later: a condition or default may use what is asked above it`,
	} {
		p, err := compile(t, more+"\n", "x", "")
		if err == nil {
			run := p.Run(t.Context())
			var answers answer.Answers
			if answers, err = answer.Resolve(p.pack, nil, run.Eval, answer.Asker{}); err == nil {
				_, err = run.Render(answers)
			}
		}
		if err == nil || err.Error() != want || !problem.IsInput(err) {
			t.Errorf("%s:\ngot  %v\nwant %s", more, err, want)
		}
	}
}

// Values that double each other come to the limit of one, or of all, and soon.
func TestValuesGrow(t *testing.T) {
	more := "values:\n- {name: v0, value: '{{ .name }}{{ .name }}{{ .name }}{{ .name }}'}\n"
	for i := range 40 {
		more += fmt.Sprintf("- {name: v%d, value: '{{ .v%d }}{{ .v%d }}'}\n", i+1, i, i)
	}
	p, err := compile(t, more, "x", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = rendered(t, p)
	if want := "web/pack.yaml:24:22: value v12:1:1: writes more than 64 KiB"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
