package render

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Every function pays for every byte that it is given and gives: whoever adds one
// cannot forget it.
func TestFunctionsPay(t *testing.T) {
	long := strings.Repeat("a", 10_000)
	for name, f := range newMeter(t.Context()).functions() {
		if name == chargeName {
			continue
		}
		m := newMeter(t.Context())
		priced := reflect.ValueOf(m.priced(name, functionNamed(name)))
		var args []reflect.Value
		for in := range priced.Type().Ins() {
			args = append(args, argument(in, long))
		}
		if priced.Type().IsVariadic() {
			priced.CallSlice(args)
		} else {
			priced.Call(args)
		}
		if spent, least := maxSteps-m.left, callPrice+bytePrice*len(long); spent < least {
			t.Errorf("%s costs %d steps for %d bytes, want at least %d", name, spent, len(long), least)
		}
		if got := reflect.TypeOf(f).NumOut(); got != 2 {
			t.Errorf("%s has %d results: the limit cannot be said", name, got)
		}
	}
}

func functionNamed(name string) any {
	if f, ok := comparing[name]; ok {
		return f
	}
	return functions[name]
}

// argument returns a value of a type that functions take, with a long string in it
// if there can be one.
func argument(in reflect.Type, long string) reflect.Value {
	switch v := reflect.New(in).Elem(); in.Kind() {
	case reflect.String:
		v.SetString(long)
		return v
	case reflect.Interface:
		v.Set(reflect.ValueOf([]string{long}))
		return v
	case reflect.Slice:
		return reflect.Append(v, argument(in.Elem(), long))
	default:
		return v
	}
}

// What a template may call and is not in the list is free: it handles no bytes.
func TestFreeFunctions(t *testing.T) {
	var free []string
	for _, name := range slices.Sorted(maps.Keys(builtins)) {
		if _, priced := comparing[name]; !priced {
			free = append(free, name)
		}
	}
	if got := strings.Join(free, " "); got != "and len not or" {
		t.Errorf("got %s: those look at no bytes", got)
	}
}

// loop is two loops, one in the other, of 1000 turns each.
func loop(body string) string {
	list := `{{ range splitList "" "` + strings.Repeat("a", 1000) + `" }}`
	return list + list + body + "{{ end }}{{ end }}"
}

// What would take hours ends at the limit, which is named together with where. A
// hundredth of it is enough to see that.
func TestLimit(t *testing.T) {
	long := "{{ $a := `" + strings.Repeat("a", 40_000) + "` }}{{ $b := lower $a }}\n"
	choices := "- {name: many, type: choices, help: h, choices: [" + commas(1000) + "], default: [" + commas(1000) + "]}\n"
	empty := "{{ range .many }}{{ range $.many }}{{ end }}{{ end }}"
	for name, tt := range map[string]struct{ more, text, want string }{
		"a function":             {"", long + loop("{{ upper $a }}"), "x.tmpl:2:2058: "},
		"whose result is unseen": {"", long + loop("{{ if upper $a }}{{ end }}"), "x.tmpl:2:2061: "},
		"eq":                     {"", long + loop("{{ if eq $a $b }}{{ end }}"), "x.tmpl:2:2061: "},
		"ge":                     {"", long + loop("{{ if ge $a $b }}{{ end }}"), "x.tmpl:2:2061: "},
		"index":                  {"", long + loop("{{ if index $ $a }}{{ end }}"), "x.tmpl:2:2061: "},
		"has":                    {"", long + loop("{{ if has $a $.parts }}{{ end }}"), "x.tmpl:2:2061: "},
		"text":                   {"", "\n" + loop(strings.Repeat("a", 600)), "x.tmpl:2:"},
		"a variable":             {"", long + loop("{{ len $b }}") + "{{ range splitList `` `" + strings.Repeat("a", 100) + "` }}{{ $a }}{{ end }}", "x.tmpl:2:"},
		"ifs":                    {"", loop(strings.Repeat("{{ if $.flag }}{{ end }}", 50)), "x.tmpl:1:"},
		"nothing":                {choices, "\n" + strings.Repeat(empty, 3), "x.tmpl:2:"},
		"a loop of few turns":    {choices, strings.Repeat("{{ range .many }}{{ end }}", 2000), "x.tmpl:1:"},
	} {
		compiled, err := compile(t, tt.more, "x.tmpl", tt.text)
		if err != nil {
			t.Fatal(name, err)
		}
		run := compiled.Run(t.Context())
		given, err := answer.Resolve(compiled.pack, nil, run.Eval, answer.Asker{})
		if err != nil {
			t.Fatal(name, err)
		}
		run.meter.left = maxSteps / 100
		_, err = run.Render(given)
		got := fmt.Sprint(err)
		if !strings.HasPrefix(got, "web/files/"+tt.want) || !strings.HasSuffix(got, "the pack's templates do too much: more than 134217728 steps for bytes, calls and actions") || !problem.IsInput(err) {
			t.Errorf("%s: got %.300s\nwant web/files/%s", name, got, tt.want)
		}
	}
}

func commas(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("c%d", i)
	}
	return strings.Join(list, ", ")
}

// One run has one limit: for conditions, defaults, paths, files and the closing
// text together. Another run has its own.
func TestLimitIsShared(t *testing.T) {
	p, err := compile(t, "- {name: late, type: string, help: h, default: '{{ lower `A` }}', when: '{{ eq 80 .port }}'}\n"+`
files:
- {path: a.tmpl, to: '{{ lower .name }}', when: '{{ eq .port 80 }}'}
refuse:
- {when: '{{ eq .port 81 }}', say: never}
next: '{{ upper .name }}'
`, "a.tmpl", "{{ .name }}", "b", "copied")
	if err != nil {
		t.Fatal(err)
	}
	use := func(run *Run) error {
		given, err := answer.Resolve(p.pack, nil, run.Eval, answer.Asker{})
		if err != nil {
			return err
		}
		if _, err := run.Render(given); err != nil {
			return err
		}
		_, err = run.Next(given)
		return err
	}
	whole := p.Run(t.Context())
	if err := use(whole); err != nil {
		t.Fatal(err)
	}
	cost := maxSteps - whole.meter.left
	if least := 7*callPrice + len("hello"); cost < least {
		t.Errorf("the run costs %d steps, want %d at least", cost, least)
	}
	places := make(map[string]bool)
	for steps := range cost {
		run := p.Run(t.Context())
		run.meter.left = steps
		err := use(run)
		if !errors.Is(err, errOverspent) && !strings.Contains(fmt.Sprint(err), errOverspent.Error()) {
			t.Fatalf("with %d of %d steps: %v", steps, cost, err)
		}
		place, _, _ := strings.Cut(positions.ReplaceAllString(err.Error(), "pack.yaml"), "1:")
		places[strings.TrimRight(place, ": ")] = true
	}
	for _, place := range []string{
		"pack web: question late: when", "pack web: question late: default", "web/pack.yaml: refuse",
		"web/pack.yaml: when", "web/pack.yaml: to", "web/files/a.tmpl", "web/pack.yaml: next",
		"web/files/b: the pack's templates do too much: more than 134217728 steps for bytes, calls and actions",
	} {
		if !places[place] {
			t.Errorf("the limit is never reached at %s, but at %q", place, slices.Sorted(maps.Keys(places)))
		}
	}
	spent, again := p.Run(t.Context()), p.Run(t.Context())
	spent.meter.left = 0
	if err := use(spent); err == nil {
		t.Error("a run without a step left is done")
	}
	if err := use(again); err != nil || again.meter.left != whole.meter.left {
		t.Errorf("another run: %v, with %d steps left, not %d", err, again.meter.left, whole.meter.left)
	}
}

// positions are where texts stand in a manifest.
var positions = regexp.MustCompile(`pack\.yaml:\d+:\d+`)

// A run ends when its context does, wherever it is.
func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, err := compile(t, "", "x.tmpl", loop("{{ lower $.name }}"))
	if err != nil {
		t.Fatal(err)
	}
	run := p.Run(ctx)
	given, err := answer.Resolve(p.pack, nil, run.Eval, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := run.Render(given); !errors.Is(err, context.Canceled) {
		t.Errorf("Render: %v", err)
	}
	if run.meter.left < maxSteps-2*lookEvery {
		t.Errorf("it took %d steps to see it", maxSteps-run.meter.left)
	}
	if _, err := p.Run(ctx).Eval(loop("{{ .name }}"), given.Data()); !errors.Is(err, context.Canceled) {
		t.Errorf("Eval: %v", err)
	}
	if _, err := Compile(ctx, p.pack, "web"); !errors.Is(err, context.Canceled) {
		t.Errorf("Compile: %v", err)
	}
}

// The functions written anew say what text/template's own say.
func TestComparing(t *testing.T) {
	values := []string{"`a`", "`b`", "``", "1", "2", "-1", "1.5", "true", "false", ".name", ".port", ".flag", ".parts", "(mul 2 3)", "(index .name 0)", "nil", "."}
	var texts []string
	for name := range comparing {
		for _, a := range values {
			texts = append(texts, fmt.Sprintf("{{ %s %s }}", name, a))
			for _, b := range values {
				texts = append(texts, fmt.Sprintf("{{ %s %s %s }}", name, a, b), fmt.Sprintf("{{ %s %s `x` %s }}", name, a, b))
			}
		}
	}
	data := map[string]any{"name": "a", "port": 2, "flag": true, "parts": []string{"a", "b"}}
	theirs := template.New("").Funcs(template.FuncMap{"mul": functions["mul"]})
	ours := template.New("").Funcs(newMeter(t.Context()).functions())
	for _, text := range texts {
		want, wantErr := run(theirs, text, data)
		got, err := run(ours, text, data)
		if (err == nil) != (wantErr == nil) || err == nil && got != want {
			t.Errorf("%s: got %q, %v\nwant %q, %v", text, got, err, want, wantErr)
		}
	}
}

func run(base *template.Template, text string, data any) (string, error) {
	parsed, err := template.Must(base.Clone()).Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = parsed.Execute(&out, data)
	return out.String(), err
}

// Few letters can make many nodes, which take memory: all templates together may
// have so many, and so many bytes. Then no more are looked at.
func TestNodes(t *testing.T) {
	for name, text := range map[string]string{
		"actions":   strings.Repeat("{{1}}", 300),
		"arguments": "{{ len" + strings.Repeat(" 1", 1000) + " }}",
		"fields":    "{{ .name" + strings.Repeat(".a", 1000) + " }}",
		"lists":     strings.Repeat("{{if 1}}{{end}}", 150),
	} {
		c := compiler{templates: newTemplateSet(pack.Pack{Questions: []pack.Question{{Name: "name"}}})}
		c.templates.nodes = maxNodes - 1000
		for _, file := range []string{"a.tmpl", "b.tmpl"} {
			c.file(pack.Pack{}, tree.File{Path: file, Data: []byte(text)}, "web")
		}
		if want := "web/files/b.tmpl: " + errTooManyNodes.Error(); fmt.Sprint(c.errs.join()) != want && fmt.Sprint(c.errs.join()) != strings.Replace(want, "b.", "a.", 1) || !c.errs.full() {
			t.Errorf("%s: got %.300v, want %s", name, c.errs.join(), want)
		}
	}
	c := compiler{templates: newTemplateSet(pack.Pack{}), size: maxSources}
	c.file(pack.Pack{}, tree.File{Path: "a.tmpl", Data: []byte("a")}, "web")
	if want := "web/files/a.tmpl: the templates up to here have more than 32 MiB"; fmt.Sprint(c.errs.join()) != want {
		t.Errorf("got %v, want %s", c.errs.join(), want)
	}
}

// As many errors are said as a person reads, and no error quotes half a megabyte.
func TestProblemsHaveAnEnd(t *testing.T) {
	var files []string
	for i := range 100 {
		files = append(files, fmt.Sprintf("%02d.tmpl", i), "{{ ."+strings.Repeat("x", 10_000)+" }}")
	}
	_, err := compile(t, "", files...)
	lines := strings.Split(fmt.Sprint(err), "\n")
	if last := lines[len(lines)-1]; len(lines) != 51 || last != "and maybe more: mend these 50 first" || len(err.Error()) > 51*1100 {
		t.Errorf("got %d lines, %d bytes, the last %.200s", len(lines), len(err.Error()), last)
	}
}

// Large templates that are wrong are not all read either: to parse each of them
// takes a moment, and their nodes are not counted.
func TestFaultyTemplatesHaveAnEnd(t *testing.T) {
	for _, fault := range []string{"{{", "{{ nothing }}", "{{ .nothing }}", "{{ template \"x\" }}", "{{ define \"x\" }}{{ end }}", "{{ end }}"} {
		c := compiler{templates: newTemplateSet(pack.Pack{})}
		text := []byte(strings.Repeat("{{1}}", 1000) + strings.Repeat(" ", 400_000) + fault)
		for i := range 3 {
			c.file(pack.Pack{}, tree.File{Path: fmt.Sprintf("%d.tmpl", i), Data: text}, "web")
		}
		if lines := strings.Split(fmt.Sprint(c.errs.join()), "\n"); !c.errs.full() || lines[len(lines)-1] != "and maybe more: mend these 3 first" {
			t.Errorf("%s: got %.300q", fault, lines)
		}
	}
}
