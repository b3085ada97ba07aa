package report

import (
	"regexp"
	"strings"
	"testing"

	"scaffold/generator/pack"
	"scaffold/generator/tree"
)

var web = pack.Pack{
	Name: "web", Version: "1.2.3", Description: "A web app",
	Questions: []pack.Question{
		{Name: "name", Type: pack.String, Format: "name", Help: "The name"},
		{Name: "module", Type: pack.String, Help: "The module", Default: "{{ .name }}"},
		{Name: "note", Type: pack.Text, Help: "A note", Default: ""},
		{Name: "style", Type: pack.Choice, Choices: []string{"func", "struct"}, Help: "How", Default: "func"},
		{Name: "parts", Type: pack.Choices, Choices: []string{"a", "b"}, Help: "Which", Default: []string{"a", "b"}},
		{Name: "body_limit", Type: pack.Int, Match: regexp.MustCompile(`^(?:[1-9]+)$`), Want: "1 to 9", Help: "How much", Default: 10, When: "{{ .x }}", Needs: "an x"},
		{Name: "code", Type: pack.String, Match: regexp.MustCompile(`^(?:[a-z]+)$`), Help: "The code", Default: "a", When: `{{ has "a" .parts }}`},
		{Name: "systemd", Type: pack.Bool, Help: "Whether", Default: false},
	},
	Rules: []pack.Rule{{Path: "b.tmpl", To: "{{ .name }}.go", When: "{{ .systemd }}", Once: true}, {Path: "b.tmpl", When: "{{ .y }}"}},
}

func TestPack(t *testing.T) {
	p := web
	var err error
	if p.Files, err = tree.New(tree.File{Path: "a"}, tree.File{Path: "b.tmpl"}); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	Pack(&out, p, Style{})
	const want = `web 1.2.3
A web app

QUESTIONS
  --name
      The name
      string (letters, digits, dot, - and _), default: the last element of PATH
  --module
      The module
      string, default: from the other answers
  --note
      A note
      text, default: empty
  --style
      How: func, struct
      choice, default: func
  --parts
      Which: a, b; several with commas
      choices, default: a,b
  --body-limit
      How much: 1 to 9; needs an x
      int, default: 10
  --code
      The code
      string (of a certain form), default: a
      asked with --parts a
  --systemd
      Whether
      bool, default: false

FILES
  a
  NAME.go  (yours once edited)  with --systemd and --y
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPacks(t *testing.T) {
	var out strings.Builder
	Packs(&out, []pack.Pack{web, {Name: "a-very-long-name", Version: "1.0.0", Description: "d"}})
	if got, want := out.String(), "web          1.2.3    A web app\na-very-long-name 1.0.0    d\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestIndent(t *testing.T) {
	for text, want := range map[string]string{
		"": "  ", "a": "  a", "a\nb": "  a\n  b", "a\n\n": "  a", "a\n  b\n": "  a\n    b",
	} {
		if got := Indent(text); got != want {
			t.Errorf("Indent(%q) = %q, want %q", text, got, want)
		}
	}
}

// No code of a template is shown: a condition is the flags that make it true.
func TestAnswersThat(t *testing.T) {
	p := pack.Pack{Values: []pack.Value{{Name: "computed"}}}
	for when, want := range map[string]string{
		"{{ .docker }}":                        "--docker",
		"{{- .body_limit -}}":                  "--body-limit",
		`{{ has "fcgi" .transport }}`:          "--transport fcgi",
		`{{ eq .style "func" }}`:               "--style func",
		`{{ eq "a.b-c_d" .style }}`:            "--style a.b-c_d",
		`{{ ne .style "demo" }}`:               "some answers",
		`{{ and .a (has "b" .c) }}`:            "some answers",
		`{{ eq .style "a b" }}`:                "some answers",
		`{{ .a }}{{ .b }}`:                     "some answers",
		"true":                                 "some answers",
		"{{ .computed }}":                      "some answers",
		`{{ eq "a" .computed }}`:               "some answers",
		`{{ has "a" (splitList " " .words) }}`: "some answers",
	} {
		if got := describeCondition(p, when); got != want {
			t.Errorf("%s: got %q, want %q", when, got, want)
		}
	}
}

func TestPathThat(t *testing.T) {
	for to, want := range map[string]string{
		"deploy/app.env":                             "deploy/app.env",
		"deploy/{{ .name }}.fcgi":                    "deploy/NAME.fcgi",
		"{{.a_b}}/{{- .c -}}.go":                     "A_B/C.go",
		"x{{ if .a }}-a{{ end }}.cfg":                "x[-a].cfg",
		"{{ if .a }}a{{ else if .b }}b{{ end }}.cfg": "[a|b].cfg",
		"{{ lower .name }}.txt":                      "….txt",
	} {
		if got := describePath(to); got != want {
			t.Errorf("%s: got %q, want %q", to, got, want)
		}
	}
}
