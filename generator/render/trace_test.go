package render

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/answer"
	"scaffold/generator/render/rendertest"
)

// traceText traces a template with the answers of the test's manifest.
func traceText(t *testing.T, text string, given ...answer.Value) (Trace, error) {
	t.Helper()
	p, err := compile(t, "", "a.txt.tmpl", text)
	if err != nil {
		return Trace{}, err
	}
	run := p.Run(t.Context())
	answers, err := answer.Resolve(p.pack, []answer.Layer{given}, run.Eval, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	return run.Trace(answers, "a.txt.tmpl")
}

// spellParts writes texts as they are and what other nodes wrote between brackets, with
// the answers that went in.
func spellParts(tr Trace) string {
	var b strings.Builder
	for _, p := range tr.Parts {
		text := string(tr.File.Data[p.Start:p.End])
		if p.Text {
			b.WriteString(text)
			continue
		}
		b.WriteString("[" + text + ":" + strings.Join(p.Names, ",") + "]")
	}
	return b.String()
}

func TestTrace(t *testing.T) {
	for _, tt := range []struct{ template, want string }{
		{"a {{ .name }} b", "a [hello:name] b"},
		{"{{ .name }}{{ .port }}", "[hello:name][80:port]"},
		{"{{ $x := .name }}{{ $x }}", "[hello:name]"},
		// What decides of a variable goes into it, too.
		{"{{ $x := `a` }}{{ if eq .port 80 }}{{ $x = .name }}{{ end }}{{ $x }}", "[hello:name,port]"},
		{"{{ with .name }}{{ . }}{{ $.port }}{{ end }}", "[hello:name][80:port]"},
		{"{{ range splitList `,` .name }}<{{ . }}>{{ end }}", "<[hello:name]>"},
		{"{{ index . `name` }}", "[hello:name]"},
		{"a\n{{- if .flag }}\nyes\n{{- else }}\nno\n{{- end }}\nz", "a\nyes\nz"},
		{"{{/* a comment */}}x{{ `}}` }}y", "x[}}:]y"},
		{"{{ (upper .name) }}", "[HELLO:name]"},
		{"{{ range splitList `,` .text }}{{ if eq . $.name }}{{ break }}{{ end }}a{{ end }}", "a"},
		{"x\r\n{{ .name }}\r\n", "x\r\n[hello:name]\r\n"},
	} {
		tr, err := traceText(t, tt.template)
		if got := spellParts(tr); err != nil || got != tt.want {
			t.Errorf("%q: got %q, want %q (%v)", tt.template, got, tt.want, err)
		}
	}
}

func TestTraceConditions(t *testing.T) {
	tr, err := traceText(t, "a\n{{ if eq .port 80 }}\n{{ range splitList `,` .name }}b{{ end }}\n{{ else }}c{{ end }}\n")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(tr.Parts, func(p Part) bool { return string(tr.File.Data[p.Start:p.End]) == "b" })
	if i < 0 {
		t.Fatalf("nothing wrote b: %q", spellParts(tr))
	}
	var got []string
	for _, c := range tr.Parts[i].Within {
		got = append(got, c.Text+" of "+strings.Join(c.Names, ","))
	}
	if tr, err = traceText(t, "{{ range splitList `,` .text }}{{ if eq . $.name }}{{ break }}{{ end }}a{{ end }}"); err != nil {
		t.Fatal(err)
	}
	if names := tr.Parts[0].Within[0].Names; !slices.Equal(names, []string{"name", "text"}) {
		t.Errorf("what a break may end depends on %q", names)
	}
	if want := []string{"if eq .port 80 of port", "range splitList `,` .name of name"}; !slices.Equal(got, want) {
		t.Errorf("b is within %q, want %q", got, want)
	}
}

// pieces are what random templates are made of.
var pieces = []string{
	"a\n", "b", "\n", "  ", "\r\n", "é", "{", "}}", "{{ .name }}", "{{- .name }}", "{{ .name -}}", "{{ .text }}", "{{ $v := .name }}", "{{/* c */}}", "{{- /* c */ -}}",
	"{{ if .flag }}", "{{- if eq .port 80 -}}", "{{ with .name }}", "{{ with .text }}", "{{ range splitList `,` .text }}", "{{ else }}", "{{- else -}}", "{{ end }}", "{{- end }}", "{{ end -}}",
	"{{ . }}", "{{ upper $.name }}", "{{ break }}", "{{ continue }}", "{{ `}}` }}", "{{ \"{{\" }}",
}

// Whatever the template, a trace has all bytes of the file once, and its texts are
// those of the template.
func checkTrace(t *testing.T, text string, tr Trace) {
	t.Helper()
	at := 0
	for _, p := range tr.Parts {
		if p.Start != at || p.End < p.Start {
			t.Fatalf("%q: a part starts at %d, the one before ended at %d", text, p.Start, at)
		}
		at = p.End
		if p.Text && p.Pos < p.Node.End && text[p.Pos:p.Node.End] != string(tr.File.Data[p.Start:p.End]) {
			t.Fatalf("%q: %q is said to be %q", text, tr.File.Data[p.Start:p.End], text[p.Pos:p.Node.End])
		}
	}
	if at != len(tr.File.Data) {
		t.Fatalf("%q: the parts end at %d of %d bytes", text, at, len(tr.File.Data))
	}
}

func TestTraceCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n, traced := tries(600, 2000), 0
	for range n {
		text := rendertest.Template(r, pieces, 22)
		tr, err := traceText(t, text, answer.Value{Name: "text", Text: "a,b\nc,"})
		if errors.Is(err, errUntraceable) {
			t.Fatalf("%q: %v", text, err)
		}
		if err != nil {
			continue // it is no template, as with a break outside a loop
		}
		traced++
		checkTrace(t, text, tr)
	}
	if traced < n*3/20 {
		t.Errorf("only %d of the templates are some", traced)
	}
}

func FuzzTrace(f *testing.F) {
	f.Add("a {{- if .flag }}\n{{ .name }}{{ else }}{{ range splitList `,` .text }}{{ . }},\n{{ end }}{{ end -}} \nz")
	f.Add("{{ with $x := .text }}{{ $x }}{{ end }}\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := compile(t, "", "a.txt.tmpl", text)
		if err != nil {
			return
		}
		run := p.Run(t.Context())
		answers, err := answer.Resolve(p.pack, nil, run.Eval, answer.Asker{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := run.Render(answers); err != nil {
			return
		}
		tr, err := run.Trace(answers, "a.txt.tmpl")
		if err != nil {
			t.Fatalf("%q renders, and its trace says: %v", text, err)
		}
		checkTrace(t, text, tr)
	})
}

// A module's file is its own but for the path that it gets.
func TestTraceModule(t *testing.T) {
	m := &goModule{path: "example.com/old"}
	n := renaming{goModule: m, to: "example.com/new"}
	e, err := n.goFile([]byte("package a\n\nimport \"example.com/old/b\"\n"), false)
	if err != nil {
		t.Fatal(err)
	}
	tr := Trace{Parts: e.parts("module")}
	tr.File.Data = e.apply()
	if got, want := spellParts(tr), "package a\n\nimport [\"example.com/new/b\":module]\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is not named of a part does not matter to it: with another answer there the part
// is written all the same.
func TestTraceNames(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	more := []string{"{{ $v = .text }}", "{{ $v }}", "{{ index . `name` }}", "{{ $.port }}", "{{ if $v }}", "{{ with $v }}", "{{ ternary .name .text .flag }}"}
	others := []answer.Value{{Name: "name", Text: "other"}, {Name: "port", Text: "81"}, {Name: "flag", Text: "false"}, {Name: "text", Text: "more"}}
	n, compared := tries(500, 1500), 0
	for range n {
		text := "{{ $v := `` }}" + rendertest.Template(r, pieces, 22)
		for range 3 {
			at := strings.Index(text, "}}") + 2
			text = text[:at] + more[r.IntN(3)] + text[at:]
			if r.IntN(2) == 0 {
				text += more[r.IntN(4)] + more[4+r.IntN(2)] + "x{{ $.name }}{{ $v = $.name }}{{ end }}" + more[1] + more[6]
			}
		}
		if strings.Contains(text, "range") {
			continue // where a part may be another one
		}
		tr, err := traceText(t, text)
		if err != nil {
			continue
		}
		for _, other := range others {
			changed, err := traceText(t, text, other)
			if err != nil {
				continue // in a branch that is taken now
			}
			compared += comparePart(t, text, other.Name, tr, changed)
		}
	}
	if compared < n*2/3 {
		t.Errorf("only %d parts were compared", compared)
	}
}

func comparePart(t *testing.T, text, name string, tr, changed Trace) (compared int) {
	t.Helper()
	for _, p := range tr.Parts {
		named := slices.Contains(p.Names, name)
		for _, c := range p.Within {
			named = named || slices.Contains(c.Names, name)
		}
		if named || p.Start == p.End {
			continue
		}
		compared++
		i := slices.IndexFunc(changed.Parts, func(o Part) bool { return o.Pos == p.Pos && o.Node.End == p.Node.End })
		was := string(tr.File.Data[p.Start:p.End])
		if i < 0 || string(changed.File.Data[changed.Parts[i].Start:changed.Parts[i].End]) != was {
			t.Errorf("%q: %q is not said to depend on %s, and does", text, was, name)
		}
	}
	return compared
}
