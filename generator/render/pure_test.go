package render

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
)

func TestNextAndEval(t *testing.T) {
	p, err := compile(t, "next: |\n  cd {{ .name }}\n")
	if err != nil {
		t.Fatal(err)
	}
	run := p.Run(t.Context())
	given, err := answer.Resolve(p.pack, nil, run.Eval, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := run.Next(given); got != "cd hello\n" || err != nil {
		t.Errorf("Next: %q, %v", got, err)
	}
	if got, err := run.Eval("{{ .port }}", given.Data()); got != "80" || err != nil {
		t.Errorf("Eval: %q, %v", got, err)
	}
	for text, want := range map[string]string{
		"{{ .zzz }}": `1:4: no question is called "zzz"`,
		"{{ env }}":  `1: function "env" is not available: a pack does not read the environment`,
		"{{":         "1: unclosed action",
	} {
		if _, err := run.Eval(text, given.Data()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Eval(%s): %v, want %s", text, err, want)
		}
	}
	// An answer that is not there yet: the questions are in the wrong order.
	if _, err := run.Eval("{{ .port }}", map[string]any{}); err == nil {
		t.Error("a missing answer is rendered")
	}
}

// printRender makes a run of this test's program print a render and nothing
// else, for another process to compare with.
const printRender = "SCAFFOLD_TEST_PRINT_RENDER"

func TestMain(m *testing.M) {
	if os.Getenv(printRender) != "" {
		fmt.Print(sample())
		return
	}
	os.Exit(m.Run())
}

// sample is a render that uses what could differ: maps, loops, letter case.
func sample() string {
	fsys := fstest.MapFS{"pack.yaml": {Data: []byte(manifest + "files:\n- {path: b/, to: '{{ lower .name }}/'}\n")}}
	for i := range 30 {
		fsys[fmt.Sprintf("files/b/%02d.tmpl", i)] = &fstest.MapFile{Data: []byte(
			"{{ upper .name }} {{ lower .text }} {{ . | len }} {{ .parts }} {{ range .parts }}{{ . }}{{ end }} {{ goString .text }} {{ markdownText .text }}")}
	}
	p, err := pack.Load(fsys, "web", pack.Options{})
	if err != nil {
		return err.Error()
	}
	compiled, err := Compile(context.Background(), p, "web")
	if err != nil {
		return err.Error()
	}
	run := compiled.Run(context.Background())
	given, err := answer.Resolve(p, []answer.Layer{{{Name: "name", Text: "IİıiSTRASSE"}, {Name: "text", Text: "Ärger\n1. ünd I"}}}, run.Eval, answer.Asker{})
	if err != nil {
		return err.Error()
	}
	files, err := run.Render(given)
	if err != nil {
		return err.Error()
	}
	return p.Digest + "\n" + list(files)
}

// The same pack and answers give the same bytes, 50 times, whatever the clock's
// zone, the language, the folder or the number of processors.
func TestDeterminism(t *testing.T) {
	want := sample()
	if !strings.Contains(want, "0644 ") || strings.Count(want, "\n") < 30 {
		t.Fatalf("the sample is no render:\n%s", want)
	}
	for _, procs := range []int{1, 2, 8} {
		before := runtime.GOMAXPROCS(procs)
		for range tries(3, 10) {
			if got := sample(); got != want {
				t.Errorf("with %d processors: got\n%s\nwant\n%s", procs, got, want)
			}
		}
		runtime.GOMAXPROCS(before)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	environments := [][]string{
		{"TZ=UTC", "LANG=C"}, {"TZ=Asia/Kathmandu", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8"}, {"TZ=America/St_Johns", "LANG=de_DE.UTF-8"},
		{"LC_ALL=POSIX", "HOME=/nonexistent"}, {"GOMAXPROCS=1", "TZ=:/nonexistent"},
	}
	for i := range tries(len(environments), 20) {
		env := slices.Concat(environments[i%len(environments)], []string{printRender + "=1"})
		cmd := exec.Command(program)
		cmd.Env, cmd.Dir = env, t.TempDir()
		out, err := cmd.Output()
		if err != nil || !bytes.Equal(out, []byte(want)) {
			t.Errorf("in %q: %v, got\n%s\nwant\n%s", env, err, out, want)
		}
	}
}

// Whatever a template says: an error or a file, and soon.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		"{{ .name }}", "{{ range .parts }}{{ . }}{{ end }}", "{{ if and .flag (eq .port 80) }}a{{ else }}b{{ end }}", "{{ define `a` }}{{ end }}",
		"{{ with $x := .name }}{{ $x }}{{ end }}", "{{- /* c */ -}}", "{{ index .parts 0 | upper | goString }}", "{{ indent 3 .text }}", "{{ replace `` .name .text }}",
		"{{ (.name).x }}", "{{ $.parts.x }}", "{{ len (splitList `` .text) }}", "{{ break }}", "{{ template `x` }}", "{{ mul 3 .port }}", "{{ nil }}", "{{ . }}",
	} {
		f.Add(seed, "text")
	}
	f.Fuzz(func(t *testing.T, text, given string) {
		var questions []pack.Question
		data := map[string]any{"name": "n", "text": given, "parts": []string{"a", "b"}, "port": 80, "flag": true}
		for name := range data {
			q := pack.Question{Name: name, Type: pack.String}
			if name == "parts" {
				q.Type = pack.Choices
			}
			questions = append(questions, q)
		}
		compiled := &Pack{templates: newTemplateSet(pack.Pack{Questions: questions})}
		parsed, err := compiled.templates.parse("x", text, [2]string{})
		if err != nil {
			return
		}
		once, err1 := compiled.Run(t.Context()).text(parsed, data)
		twice, err2 := compiled.Run(t.Context()).text(parsed, data)
		if once != twice || (err1 == nil) != (err2 == nil) {
			t.Errorf("%q gives %q, %v, then %q, %v", text, once, err1, twice, err2)
		}
	})
}
