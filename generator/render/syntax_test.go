package render

import (
	"fmt"
	"strings"
	"testing"

	"scaffold/generator/answer"
	"scaffold/generator/problem"
)

// checked renders one file that writes text, and returns what is said of it: an
// error after "!", a note after "?", or nothing.
func checked(t *testing.T, name, text, rule string) string {
	t.Helper()
	const left, right = "<<<", ">>>" // which no text here has
	more := "files:\n- {path: '" + name + ".tmpl', delims: ['" + left + "', '" + right + "']" + rule + "}\n"
	p, err := compile(t, more, name+".tmpl", text)
	if err != nil {
		t.Fatal(err)
	}
	run := p.Run(t.Context())
	given, err := answer.Resolve(p.pack, nil, run.Eval, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = run.Render(given)
	switch {
	case err != nil:
		return "!" + err.Error()
	case len(run.Notes) > 0:
		return "?" + strings.Join(run.Notes, "\n")
	}
	return ""
}

// What the readers of a file take is fine. What they refuse is an error; where
// they may know more than we do, a note. Both name the template and the line.
func TestCheck(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		// JSON, as editors and compilers read their settings.
		{"tsconfig.json", "{\n  // the name\n  \"a\": 1, /* and */\n  \"b\": [1, 2,], // last\n}\n", ""},
		{"a.json", "\ufeff{\"a\": \"// no /* comment */ \\\" ,]\"}", ""},
		{"a.json", "// nothing but this\n", ""},
		{"a.json", "", ""},
		{"a.json", "[1, /* , */ ]", ""},
		{"a.json", "{\"a\": 1}\n{\"a\": 2}\n", "?a.json.tmpl: writes a.json, which may not parse: is no JSON: line 2: "},
		{"a.json", "{\"a\": \"\t\"}", "?a.json.tmpl: writes a.json, which may not parse: is no JSON: line 1: "},
		{"a.json", "{\"a\": {{ x }}}", "?a.json.tmpl: writes a.json, which may not parse: is no JSON: line 1: "},
		{"a.json", "{\n\n\"a\": b}", "!a.json.tmpl: writes a.json, which does not parse: is no JSON: line 3: invalid character 'b'"},
		{"a.json", "{\"a\": 1,,}", "!a.json.tmpl: writes a.json, which does not parse: is no JSON: line 1: "},
		{"a.json", "{\"a\" 1}", "!a.json.tmpl: writes a.json, "},
		{"a.json", "[1] /* open", ""},
		{"a.json", "[\"open", "!a.json.tmpl: writes a.json, "},
		{"a.json", "[", "!a.json.tmpl: writes a.json, which does not parse: is no JSON: line 1: unexpected end"},
		{"a.jsonc", "{", ""},
		{"a.json5", "{a: 'b'}", ""},
		// YAML of every kind.
		{"a.yaml", "kind: a\n---\nkind: b\n--- # c\nkind: c\n...\n", ""},
		{"a.yaml", "# nothing but this\n", ""},
		{"a.yaml", "---\n# c\n", ""},
		{"a.yaml", "%YAML 1.2\n---\na: b\n", ""},
		{"a.yaml", "%YAML 1.2\n%TAG !e! tag:x,2:\n---\na: !e!b c\n", ""},
		{"a.yaml", "\ufeff# c\r\na: b\r\n", ""},
		{"a.yaml", "a: \"b\tc\"\nd: 'e\tf'\n", ""},
		{"a.yaml", "a: x" + strings.Repeat("[", 100) + "\n", ""},
		{"a.yaml", "a: &x {b: c}\nd: *x\n<<: *x\n", ""},
		{"a.yaml", "a: !Sub \"${x}\"\n- no\n", "!a.yaml.tmpl: writes a.yaml, which does not parse: a.yaml:2:"},
		{"a.yaml", "on:\n  push:\njobs: {b: {runs-on: \"${{ matrix.os }}\"}}\n", ""},
		{"a.yaml", "a: ${{ x }}\nb: [\n", "!a.yaml.tmpl: writes a.yaml, which does not parse: a.yaml:2:"},
		{"a.yaml", "a: b\n---\n\nc: \"d\n", "!a.yaml.tmpl: writes a.yaml, which does not parse: a.yaml:4:4: could not find end"},
		{"a.yaml", "a:\n\tb: c\n", "!a.yaml.tmpl: writes a.yaml, which does not parse: a.yaml:2:1: found a tab, and YAML is indented by spaces alone\n    2 |  b: c\n      | ^"},
		{"a.yaml", "a: \"b\n\tc\"\n", ""},
		{"a.yaml", "a: \"\\ud83d\\ude00\"\n", "?a.yaml.tmpl: writes a.yaml, which may not parse: a.yaml:1:7: found invalid Unicode"},
		{"a.yaml", "a: *.go\n", "?a.yaml.tmpl: writes a.yaml, which may not parse: a.yaml:1:4: unknown anchor '.go' referenced"},
		{"a.yaml", "%FOO bar\n---\na: b\n...\n%YAML 1.2\n---\n- c\n", ""},
		{"a.yaml", "a: \"b\u2028c\"\n", "?a.yaml.tmpl: writes a.yaml, which may not parse: a.yaml:1:6: has U+2028"},
		{"a.yaml", "a: b\na: c\n", "?a.yaml.tmpl: writes a.yaml, which may not parse: a.yaml:2:1: mapping key \"a\" already defined"},
		{"a.yaml", "[a, b]: c\n? {d: e}\n: - f\n", ""},
		{"a.yaml", "a: 1\na: 2\nb: [\n", "!a.yaml.tmpl: writes a.yaml, which does not parse: a.yaml:3:4: sequence end token"},
		{"a.yaml", "a: " + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "\n", "?a.yaml.tmpl: writes a.yaml, which may not parse: a.yaml:1:68: brackets are nested"},
		{"templates/service.yaml", "{{- if .Values.service }}\nname: a\nport: {{ .Values.port | quote }}\n{{- end }}\n", "?templates/service.yaml.tmpl: writes templates/service.yaml, which may not parse: "},
		{"a.yml", "{% if x %}\na: b\n{% endif %}\n", "?a.yml.tmpl: writes a.yml, which may not parse: "},
		// Go, where the go command looks at it.
		{"a.go", "func {\n", "!a.go.tmpl: writes a.go, which does not parse: line 1: "},
		{"testdata/a.go", "func {\n", "?testdata/a.go.tmpl: writes testdata/a.go, which may not parse: line 1: "},
		{"_a/a.go", "func {\n", "?_a/a.go.tmpl: "},
		{"a.go", "package {{ .Name }}\n", "?a.go.tmpl: "},
		{"a.go", "package a\n\nvar x = [][]int{{1}}\nfunc {\n", "!a.go.tmpl: writes a.go, which does not parse: line 4: "},
		{"a.go", "\ufeffpackage a\r\n", ""},
		{"a.go", "package a\n\nvar x = " + strings.Repeat("(", 10_001), "?a.go.tmpl: writes a.go, which may not parse: its brackets are nested more than 10000 deep"},
		{"a.go", "package a\n\nvar x = " + strings.Repeat("(", 10_000) + "1" + strings.Repeat(")", 10_000) + "\n", ""},
	} {
		got := checked(t, tt.name, tt.text, "")
		want := strings.NewReplacer("!", "!web/files/", "?", "?web/files/").Replace(tt.want[:min(1, len(tt.want))]) + tt.want[min(1, len(tt.want)):]
		if !strings.HasPrefix(got, want) || tt.want == "" && got != "" {
			t.Errorf("%s %q:\ngot  %s\nwant %s", tt.name, tt.text, got, want)
		}
		if got[:min(1, len(got))] == "?" && !strings.HasSuffix(got, " (check: false in its rule silences this)") {
			t.Errorf("%s %q: the note does not say how to be rid of it: %s", tt.name, tt.text, got)
		}
		if got := checked(t, tt.name, tt.text, ", check: false"); got != "" {
			t.Errorf("%s %q: with check: false: %s", tt.name, tt.text, got)
		}
	}
}

// A later rule decides, as with everything else.
func TestCheckAgain(t *testing.T) {
	p, err := compile(t, "files: [{path: '**/*.go.tmpl', check: false}, {path: 'b/**', check: true}]\n", "a/x.go.tmpl", "{", "b/x.go.tmpl", "{")
	if err != nil {
		t.Fatal(err)
	}
	_, err = rendered(t, p)
	if got := fmt.Sprint(err); !strings.HasPrefix(got, "web/files/b/x.go.tmpl: ") || strings.Contains(got, "a/x.go") {
		t.Errorf("got %v", err)
	}
}

// No more is read again than a second's worth. The rest is written as it is.
func TestCheckHasAnEnd(t *testing.T) {
	if got := checked(t, "a.json", "[\n"+strings.Repeat(" ", maxSource-10), ""); got == "" {
		t.Error("half a megabyte is not looked at")
	}
	run := Run{checked: maxChecked}
	p, err := compile(t, "", "a.json.tmpl", "[")
	if err != nil {
		t.Fatal(err)
	}
	run.Pack = p
	out := p.files[0].source
	out.Path = "a.json"
	if err := run.check(p.files[0], out); err != nil || len(run.Notes) > 0 {
		t.Errorf("got %v, %q", err, run.Notes)
	}
}

// A file with {{ of its own: the error says how such a file is written, once,
// with delimiters that do not stand in it.
func TestDelimsAreHinted(t *testing.T) {
	for text, want := range map[string]string{
		`os: "${{ matrix.os }}"`:                       `"[[", "]]"`,
		"a: {{ .Values.a }}":                           `"[[", "]]"`,
		"{{#if x}}[[{{/if}}":                           `"<%", "%>"`,
		"{{ title }} [[ %>":                            `"<<", ">>"`,
		"{{ .a.b }}{% x %} [[ <% <<":                   `"<1<", ">1>"`,
		"on {{ $labels.instance }}":                    `"[[", "]]"`,
		`\textbf{{a}}`:                                 `"[[", "]]"`,
		"{{ 'x y' | trim }}":                           `"[[", "]]"`,
		"{{ uper .name }}":                             "",
		"{{ env `HOME` }}":                             "",
		"{{ .nmae }}":                                  "",
		"{{ if }}":                                     "",
		"{{ define `x` }}{{ end }} {{ template `x` }}": "",
	} {
		_, err := compile(t, "", "a/x.tmpl", text, "b.tmpl", "${{ matrix.os }}")
		hints := fmt.Sprint(problem.Hints(err))
		rule := `a file that has {{ of its own takes other delimiters, by a rule in pack.yaml: files: [{path: "a/x.tmpl", delims: [` + want + `]}]`
		switch {
		case want == "" && strings.Contains(hints, `"a/x.tmpl"`):
			t.Errorf("%s: got the hint %s", text, hints)
		case want != "" && hints != "["+rule+"]":
			t.Errorf("%s: got %s\nwant [%s]", text, hints, rule)
		}
	}
}

// That a path had what parses does not let through what else it gets, in a later run of
// the same pack.
func TestParsedBefore(t *testing.T) {
	p, err := compile(t, "", "a.json.tmpl", `{"a": {{ if eq .name "bad" }}here{{ else }}"{{ .name }}"{{ end }}}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"good", "good", "bad", "good", "bad"} {
		if _, err := rendered(t, p, "name="+name); (err != nil) != (name == "bad") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
