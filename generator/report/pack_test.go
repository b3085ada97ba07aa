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
		{Name: "body_limit", Type: pack.Int, Match: regexp.MustCompile(`^(?:[1-9]+)$`), Help: "How much", Default: 10, When: "{{ .x }}"},
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
      string (name), default: none: it is asked
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
      How much
      int matching [1-9]+, default: 10
      asked when {{ .x }}
  --systemd
      Whether
      bool, default: false

FILES
  a
  {{ .name }}.go  (yours from the start)  when {{ .systemd }} and {{ .y }}
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
