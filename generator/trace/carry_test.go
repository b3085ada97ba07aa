package trace

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/render"
	"scaffold/generator/render/rendertest"
	"scaffold/generator/source"
)

const manifest = `schema: 1
name: p
version: 1.0.0
description: d
questions:
- {name: name, type: string, help: h, default: hello}
- {name: flag, type: bool, help: h, default: true}
- {name: never, type: bool, help: h, default: false}
- {name: parts, type: choices, choices: [a, b, c], help: h, default: [a, b, c]}
`

// newProver returns what renders a pack of one template, and its trace.
func newProver(t *testing.T, text string) (prover, render.Trace, error) {
	t.Helper()
	p, err := pack.Load(fstest.MapFS{"pack.yaml": {Data: []byte(manifest)}, "files/a.txt.tmpl": {Data: []byte(text)}}, "p", pack.Options{})
	if err != nil {
		return prover{}, render.Trace{}, err
	}
	compiled, err := render.Compile(t.Context(), p, "p")
	if err != nil {
		return prover{}, render.Trace{}, err
	}
	answers, err := answer.Resolve(p, nil, compiled.Run(t.Context()).Eval, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	g := &generator.Generator{Pack: p, Source: source.Source{Name: "p"}}
	pr := prover{ctx: t.Context(), template: "a.txt.tmpl", loaded: loaded{Generator: g, answers: answers}}
	tr, err := renderOne(t.Context(), g, answers, "a.txt.tmpl", nil)
	pr.base = tr.File.Data
	return pr, tr, err
}

func TestCarry(t *testing.T) {
	for _, tt := range []struct{ template, ours, want, refused string }{
		{"a\nb\n", "a\nc\n", "a\nc\n", ""},
		{"a\n{{ .name }}\nz\n", "a\nb\nhello\nz\n", "a\nb\n{{ .name }}\nz\n", ""},
		// The answer stays in place, and what is around it is carried.
		{"say {{ .name }}\n", "say hello!\n", "say {{ .name }}!\n", ""},
		{"{{ .name }}\n", "Dear hello\n", "Dear {{ .name }}\n", ""},
		{"{{ .name }}", "hello\n", "{{ .name }}\n", ""},
		{"say {{ .name }}\nx\n", "say goodbye\ny\n", "say {{ .name }}\ny\n", holdsAnswer},
		// What looks like an action is none.
		{"a\n", "a\n{{ b }}\n", "a\n{{ \"{{\" }} b }}\n", ""},
		{"a{{ .name }}\n", "a{hello\n", "a{{ \"{\" }}{{ .name }}\n", ""},
		// Blanks beside a mark that trims are not trimmed.
		{"a\n{{- .name }}\n", "a\nhello\n", "a{{ \"\\n\" }}\n{{- .name }}\n", ""},
		// In a condition, and beside one.
		{"{{ if .flag }}\na\n{{ end }}\nz\n", "\nb\n\nz\n", "{{ if .flag }}\nb\n{{ end }}\nz\n", ""},
		{"{{ if .flag }}a\n{{ end }}z\n", "a\nnew\nz\n", "{{ if .flag }}a\n{{ end }}new\nz\n", ""},
		{"a\n{{- if .flag }}\nb\n{{- end }}\nz\n", "a\nnew\nb\nz\n", "a\nnew\n{{- if .flag }}\nb\n{{- end }}\nz\n", ""},
		{"a\r\n{{- if .flag }}\r\nb\r\n{{- end }}\r\nz\r\n", "a\r\nnew\r\nb\r\nz\r\n", "a\r\nnew\r\n{{- if .flag }}\r\nb\r\n{{- end }}\r\nz\r\n", ""},
		{"a\n{{- if .flag }}\nb\n{{- end }}\nz\n", "a\nb\nnew\nz\n", "a\n{{- if .flag }}\nb\n{{- end }}\nnew\nz\n", ""},
		{"{{ if .never }}a\n{{ else }}b\n{{ end }}", "c\n", "{{ if .never }}a\n{{ else }}c\n{{ end }}", ""},
		// A loop: all copies alike, or none.
		{"{{ range .parts }}- {{ . }}\n{{ end }}", "* a\n* b\n* c\n", "{{ range .parts }}* {{ . }}\n{{ end }}", ""},
		{"{{ range .parts }}- {{ . }}\n{{ end }}z\n", "- a\n* b\n- c\ny\n", "{{ range .parts }}- {{ . }}\n{{ end }}y\n", notAlike},
		{"{{ range .parts }}{{ . }}\n{{ end }}z\n", "a\nx\nb\nx\nc\nx\nz\n", "{{ range .parts }}{{ . }}\nx\n{{ end }}z\n", ""},
		{"a\r\nb{{ .name }}\r\n", "a\r\nc hello\r\n", "a\r\nc {{ .name }}\r\n", ""},
	} {
		p, tr, err := newProver(t, tt.template)
		if err != nil {
			t.Errorf("%q: %v", tt.template, err)
			continue
		}
		c, d := p.best(tr, changesOf(tr.File.Data, []byte(tt.ours)))
		refused := ""
		for _, change := range d.changes {
			refused += change.Refused
		}
		if got := string(c.source(d)); got != tt.want || refused != tt.refused {
			t.Errorf("%q and %q: got %q (%s), want %q (%s)", tt.template, tt.ours, got, refused, tt.want, tt.refused)
		}
	}
}

// Text stays text beside any delimiters, and beside blanks that are trimmed.
func TestEscape(t *testing.T) {
	for _, tt := range []struct{ source, text, want string }{
		{"a", "{{", "{{"},
		{"a", "[[ b", `[[ "[[" ]] b`},
		{"a[[ .name ]]", "b[", `b[[ "[" ]]`},
		{"a", "[[[[[", `[[ "[[" ]][[ "[[" ]][`},
		{"a\n[[- .name ]]", "b \n", "b[[ \" \\n\" ]]"},
	} {
		c := carrier{Trace: render.Trace{Source: []byte(tt.source), Delims: [2]string{"[[", "]]"}}}
		if got := c.escape(tt.text, &render.Node{Pos: 0, End: 1, Text: true}); got != tt.want {
			t.Errorf("%q in %q: got %q, want %q", tt.text, tt.source, got, tt.want)
		}
	}
}

func TestNoteCondition(t *testing.T) {
	for _, tt := range []struct{ template, ours, want string }{
		{"{{ if .flag }}a\n{{ end }}z\n", "a\nnew\nz\n", "line 2 is outside of {{ if .flag }} in the patch, and could be inside"},
		{"a\n{{- if .flag }}\nb\n{{- end }}\nz\n", "a\nnew\nb\nz\n", "line 2 is outside of {{ if .flag }} in the patch, and could be inside"},
		{"a\n{{- if .flag }}\nb\n{{- end }}\nz\n", "a\nb\nnew\nz\n", "line 3 is outside of {{ if .flag }} in the patch, and could be inside"},
		{"a\n{{- if .flag }}\nb\n{{- end }}\n{{ range .parts }}{{ . }}\n{{ end }}", "a\nb\nnew\na\nb\nc\n", "line 3 is outside of {{ if .flag }} and {{ range .parts }} in the patch, and could be inside"},
		{"{{ range .parts }}{{ . }}\n{{ end }}z\n", "a\nx\nb\nx\nc\nx\nz\n", "line 6 is inside {{ range .parts }} in the patch, and could be outside"},
		{"{{ if .flag }}a\nb\n{{ end }}z\n", "a\nnew\nb\nz\n", ""},
		{"{{ if .flag }}a\n{{ end }}z\n", "b\nz\n", ""},
	} {
		p, tr, err := newProver(t, tt.template)
		if err != nil {
			t.Fatal(err)
		}
		c, d := p.best(tr, changesOf(tr.File.Data, []byte(tt.ours)))
		got := ""
		for _, change := range d.changes {
			if note := c.noteCondition(change); note != "" {
				got = note
			}
		}
		if got != tt.want {
			t.Errorf("%q and %q: got %q, want %q", tt.template, tt.ours, got, tt.want)
		}
	}
}

// An answer that is long is cut.
func TestValueOf(t *testing.T) {
	for _, tt := range []struct {
		value any
		want  string
	}{
		{"a", `"a"`}, {8, "8"}, {true, "true"}, {[]string{"a", "b"}, "a,b"},
		{strings.Repeat("é", 60), `"` + strings.Repeat("é", 40) + `"…`},
	} {
		if got := valueOf(tt.value); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.value, got, tt.want)
		}
	}
}

// pieces are what random templates are made of.
var pieces = []string{
	"a\n", "b", "\n", "  ", "\r\n", "c d\n", "{", "}}", "{{ .name }}", "{{- .name }}", "{{ .name -}}", "{{/* c */}}",
	"{{ if .flag }}", "{{- if .flag -}}", "{{ if .never }}", "{{ with .name }}", "{{ range .parts }}", "{{ else }}", "{{ end }}", "{{- end }}", "{{ end -}}", "{{ upper $.name }}",
}

// editRandomly changes a line or two as people do.
func editRandomly(r *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	for range 1 + r.IntN(3) {
		i := r.IntN(len(lines))
		switch r.IntN(5) {
		case 0:
			lines[i] = ""
		case 1:
			lines[i] += "new {{ line }}\n"
		case 2:
			lines[i] = "# " + lines[i]
		case 3:
			lines[i] = strings.Replace(lines[i], "\n", "!\n", 1)
		case 4:
			lines[i] = strings.ToUpper(lines[i])
		}
	}
	return strings.Join(lines, "")
}

// checkCarried checks that a template with what is carried renders to just that.
func checkCarried(t *testing.T, text, ours string, p prover, tr render.Trace) (whole bool) {
	t.Helper()
	changes := changesOf(tr.File.Data, []byte(ours))
	if got := applied(tr.File.Data, changes); string(got) != ours {
		t.Fatalf("the changes make %q of %q, want %q", got, tr.File.Data, ours)
	}
	c, d := p.best(tr, changes)
	again, err := renderOne(t.Context(), p.Generator, p.answers, p.template, c.source(d))
	if again.File.Path == "" {
		t.Fatalf("%q with %q is no template: %v", text, ours, err)
	}
	if want := applied(tr.File.Data, d.changes); !bytes.Equal(again.File.Data, want) {
		t.Fatalf("%q with %q renders to %q, want %q", text, ours, again.File.Data, want)
	}
	return countRefused(d) == 0
}

func TestCarryRenders(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	tried, whole := 0, 0
	for range 1500 {
		text := rendertest.Template(r, pieces, 18)
		p, tr, err := newProver(t, text)
		if err != nil {
			continue
		}
		tried++
		if checkCarried(t, text, editRandomly(r, string(tr.File.Data)), p, tr) {
			whole++
		}
	}
	if tried < 500 || whole < tried/4 {
		t.Errorf("of %d templates %d took all edits", tried, whole)
	}
	t.Logf("of %d templates %d took all edits", tried, whole)
}

func FuzzCarry(f *testing.F) {
	f.Add("say {{ .name }}\n{{ range .parts }}- {{ . }}\n{{ end }}", "say hello!\n* a\n* b\n* c\n")
	f.Add("a\n{{- if .flag }}\nb{{ end -}}\n c", "{{x")
	f.Fuzz(func(t *testing.T, text, ours string) {
		p, tr, err := newProver(t, text)
		if err != nil {
			return
		}
		checkCarried(t, text, ours, p, tr)
	})
}
