package answer

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"text/template"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
)

// eval is text/template, as strict as the one that packs get.
func eval(text string, data map[string]any) (string, error) {
	t, err := template.New("").Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, data)
	return b.String(), err
}

var web = pack.Pack{Name: "web", Questions: []pack.Question{
	{Name: "name", Type: pack.String, Format: "name", Help: "The name"},
	{Name: "module", Type: pack.String, Help: "The module", Default: "example.com/{{ .name }}"},
	{Name: "style", Type: pack.Choice, Choices: []string{"func", "struct"}, Help: "How", Default: "func"},
	{Name: "parts", Type: pack.Choices, Choices: []string{"a", "b", "c"}, Help: "Which", Default: []string{"a"}},
	{Name: "body_limit", Type: pack.Int, Help: "How much", Default: 10},
	{Name: "systemd", Type: pack.Bool, Help: "Whether", Default: false},
	{Name: "user", Type: pack.String, Help: "Whose", Default: "www", When: "{{ .systemd }}"},
	{Name: "title", Type: pack.String, Help: "The title", When: `{{ eq .style "struct" }}`, Needs: "the struct style"},
}}

// flags turns words NAME=VALUE into a layer.
func flags(words ...string) Layer {
	var layer Layer
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		layer = append(layer, Value{Name: name, Text: value, Where: "--" + name})
	}
	return layer
}

// personal turns words NAME=TEMPLATE into the defaults of a user.
func personal(words ...string) Layer {
	layer := flags(words...)
	for i := range layer {
		layer[i].Where, layer[i].Personal = "mine.yaml", true
	}
	return layer
}

// shown writes answers as NAME=VALUE, with ? for what the pack's default is and
// - for what does not apply.
func shown(a Answers) string {
	var words []string
	for x := range a.All() {
		mark := map[Origin]string{Given: "", Default: "?", Absent: "-"}[x.From]
		words = append(words, mark+x.Name+"="+Format(x.Value))
	}
	return strings.Join(words, " ")
}

func TestResolve(t *testing.T) {
	tests := []struct {
		name   string
		layers []Layer
		want   string
	}{
		{"only what has no default", []Layer{flags("name=x")},
			"name=x ?module=example.com/x ?style=func ?parts=a ?body_limit=10 ?systemd=false -user= -title="},
		{"a default follows from an answer, also one in a later layer", []Layer{nil, flags("name=y")},
			"name=y ?module=example.com/y ?style=func ?parts=a ?body_limit=10 ?systemd=false -user= -title="},
		{"the first layer counts", []Layer{flags("name=x", "style=func"), flags("name=y", "module=m", "style=struct"), flags("module=n")},
			"name=x module=m style=func ?parts=a ?body_limit=10 ?systemd=false -user= -title="},
		{"even if the answer is the default", []Layer{flags("name=x", "body_limit=10", "systemd=no")},
			"name=x ?module=example.com/x ?style=func ?parts=a body_limit=10 systemd=false -user= -title="},
		{"even if the answer is empty", []Layer{flags("name=x", "module="), flags("module=m")},
			"name=x module= ?style=func ?parts=a ?body_limit=10 ?systemd=false -user= -title="},
		{"lists come in the order of the choices", []Layer{flags("name=x", "parts=c,a,c")},
			"name=x ?module=example.com/x ?style=func parts=a,c ?body_limit=10 ?systemd=false -user= -title="},
		{"lists are replaced, not joined", []Layer{flags("name=x", "parts=c"), flags("parts=a,b")},
			"name=x ?module=example.com/x ?style=func parts=c ?body_limit=10 ?systemd=false -user= -title="},
		{"conditions that hold", []Layer{flags("name=x", "style=struct", "systemd=true", "title=T")},
			"name=x ?module=example.com/x style=struct ?parts=a ?body_limit=10 systemd=true ?user=www title=T"},
		{"a default's words are not evaluated twice", []Layer{flags("name=x", "module={{ .name }}")},
			"name=x module={{ .name }} ?style=func ?parts=a ?body_limit=10 ?systemd=false -user= -title="},
		{"a file may answer what does not apply", []Layer{flags("name=x"), {{Name: "user", Typed: "me", Where: "f:1:1"}}},
			"name=x ?module=example.com/x ?style=func ?parts=a ?body_limit=10 ?systemd=false -user= -title="},
	}
	for _, tt := range tests {
		got, err := Resolve(web, tt.layers, eval, Asker{})
		if err != nil || shown(got) != tt.want {
			t.Errorf("%s:\ngot  %s, %v\nwant %s", tt.name, shown(got), err, tt.want)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	tests := []struct {
		name   string
		layers []Layer
		want   string
	}{
		{"missing", nil, "name is missing: give --name (The name)"},
		{"all that is missing", []Layer{flags("style=struct")}, "name is missing: give --name (The name)\ntitle is missing: give --title (The title)"},
		{"an unknown name, with the nearest", []Layer{flags("name=x", "stlye=func")}, `--stlye: pack web asks no question "stlye": did you mean "style"?`},
		{"an unknown name of a later layer", []Layer{flags("name=x"), flags("name=y", "port=80")}, `--port: pack web asks no question "port"`},
		{"twice in a layer", []Layer{{{Name: "name", Text: "x", Where: "--name"}, {Name: "name", Text: "x", Where: "--set name"}}}, "--set name: name is given twice, first by --name"},
		{"a wrong choice", []Layer{flags("name=x", "style=fun")}, `--style: "fun" is none of func, struct: did you mean "func"?`},
		{"a wrong number", []Layer{flags("name=x", "body_limit=ten")}, `--body_limit: "ten" is no whole number in decimal`},
		{"a typed value of another type", []Layer{flags("name=x"), {{Name: "body_limit", Typed: "10", Where: "f:2:3"}}}, `f:2:3: want a whole number, not "10"`},
		{"what does not apply", []Layer{flags("name=x", "user=me")}, "--user: does not apply: web does not ask it with these answers"},
		{"what does not apply, in the pack's words", []Layer{flags("name=x", "title=T")}, "--title: does not apply: it needs the struct style"},
		{"a default that an answer spoils", []Layer{{{Name: "name", Text: "x"}, {Name: "module", Text: "m\nn", Where: "--module"}}}, `--module: "m\nn" has a control or bidirectional character at byte 1`},
		{"all that is wrong at once", []Layer{flags("name=a/b", "style=x", "parts=d", "body_limit=y", "systemd=z", "nope=1")},
			`--nope: pack web asks no question "nope"` + "\n" +
				`--name: "a/b" has a path separator: the folder is the argument of new, the name its last element` + "\n" +
				`--style: "x" is none of func, struct` + "\n" + `--parts: "d" is none of a, b, c: did you mean "a"?` + "\n" +
				`--body_limit: "y" is no whole number in decimal` + "\n" + `--systemd: "z" is none of true, false, yes, no`},
		{"what is wrong before what is missing", []Layer{flags("style=struct", "body_limit=y")},
			`--body_limit: "y" is no whole number in decimal` + "\nname is missing: give --name (The name)\ntitle is missing: give --title (The title)"},
	}
	for _, tt := range tests {
		got, err := Resolve(web, tt.layers, eval, Asker{})
		if fmt.Sprint(err) != tt.want || !problem.IsInput(err) || shown(got) != "" {
			t.Errorf("%s:\ngot  %v (input error: %v)\nwant %s", tt.name, err, problem.IsInput(err), tt.want)
		}
	}
}

// What is missing is said with what may be chosen.
func TestMissingListsChoices(t *testing.T) {
	p := pack.Pack{Name: "p", Questions: []pack.Question{
		{Name: "a", Type: pack.Choice, Choices: []string{"x", "y"}, Help: "A"},
		{Name: "b", Type: pack.Choices, Choices: []string{"x", "y"}, Help: "B"},
		{Name: "c", Type: pack.Bool, Help: "C"},
		{Name: "d", Type: pack.Int, Help: "D", Want: "1 to 9"},
	}}
	_, err := Resolve(p, nil, eval, Asker{})
	const want = "a is missing: give --a (A: x, y)\nb is missing: give --b (B: any of x,y)\n" +
		"c is missing: give --c (C: yes or no)\nd is missing: give --d (D: 1 to 9)"
	if fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// What follows from a wrong answer is not reported besides it, and does not
// hide it.
func TestNoConsequences(t *testing.T) {
	p := pack.Pack{Name: "p", Questions: []pack.Question{
		{Name: "a", Type: pack.String, Match: nil, Format: "name", Help: "A"},
		{Name: "b", Type: pack.Choice, Choices: []string{"x"}, Help: "B", Default: "{{ .a }}"},
		{Name: "c", Type: pack.Int, Help: "C", Default: 1, When: `{{ gt (len .b) 0 }}`},
	}}
	_, err := Resolve(p, []Layer{flags("a=/")}, eval, Asker{})
	if want := `--a: "/" has a path separator: the folder is the argument of new, the name its last element`; fmt.Sprint(err) != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	_, err = Resolve(p, []Layer{flags("a=z")}, eval, Asker{})
	if want := `b: its default: "z" is none of x: did you mean "x"?`; fmt.Sprint(err) != want || !slices.Equal(problem.Hints(err), []string{"--b sets it"}) {
		t.Errorf("got %v, hints %q\nwant %s", err, problem.Hints(err), want)
	}
}

// A template of the pack that cannot be evaluated is named.
func TestPacksMistakes(t *testing.T) {
	for _, tt := range []struct {
		q    pack.Question
		want string
	}{
		{pack.Question{Name: "q", Type: pack.String, When: "{{ .nothing }}"}, "pack p: question q: when: "},
		{pack.Question{Name: "q", Type: pack.String, Default: "{{ .nothing }}"}, "pack p: question q: default: "},
	} {
		_, err := Resolve(pack.Pack{Name: "p", Questions: []pack.Question{tt.q}}, nil, eval, Asker{})
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || !problem.IsInput(err) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// The asker is asked for what has no default and was not given, in order.
func TestResolveAsks(t *testing.T) {
	var asked []string
	asker := Asker{Ask: func(q pack.Question, check func(string) error) (string, error) {
		asked = append(asked, q.Name)
		if q.Name == "name" && (check("../x") == nil || check("hello") != nil) {
			t.Error("check is not the question's")
		}
		return "hello", nil
	}}
	got, err := Resolve(web, []Layer{flags("style=struct")}, eval, asker)
	if err != nil || !slices.Equal(asked, []string{"name", "title"}) {
		t.Fatalf("asked %q, %v", asked, err)
	}
	if want := "name=hello ?module=example.com/hello style=struct ?parts=a ?body_limit=10 ?systemd=false -user= title=hello"; shown(got) != want {
		t.Errorf("got  %s\nwant %s", shown(got), want)
	}

	// Nobody is asked for what is refused in the end.
	for _, layer := range []Layer{flags("style=nope"), flags("nope=1")} {
		asked = nil
		if _, err := Resolve(web, []Layer{layer}, eval, asker); err == nil || asked != nil {
			t.Errorf("%v: asked %q, %v", layer, asked, err)
		}
	}

	// An asker that does not check is not believed.
	careless := Asker{Ask: func(pack.Question, func(string) error) (string, error) { return "a/b", nil }}
	if _, err := Resolve(web, nil, eval, careless); err == nil || !problem.IsInput(err) {
		t.Errorf("got %v, want an input error", err)
	}

	// What stops the asker stops everything.
	stop := errors.New("stop")
	stopping := Asker{Ask: func(pack.Question, func(string) error) (string, error) { return "", stop }}
	if _, err := Resolve(web, nil, eval, stopping); err != stop {
		t.Errorf("got %v, want %v", err, stop)
	}
}

func TestAnswers(t *testing.T) {
	got, err := Resolve(web, []Layer{flags("name=x", "parts=b,c", "body_limit=7")}, eval, Asker{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"name": "x", "module": "example.com/x", "style": "func", "parts": []string{"b", "c"},
		"body_limit": 7, "systemd": false, "user": "", "title": ""}
	if data := got.Data(); !reflect.DeepEqual(data, want) {
		t.Errorf("got %#v, want %#v", data, want)
	}
	if a, ok := got.Find("body_limit"); !ok || a.Value != 7 || a.From != Given {
		t.Errorf("Find: %+v, %v", a, ok)
	}
	if _, ok := got.Find("body-limit"); ok {
		t.Error("a name that no question has is found")
	}
}

// What Format writes, a flag reads back.
func TestFormat(t *testing.T) {
	for _, tt := range []struct {
		question string
		value    any
		want     string
	}{
		{"name", "x", "x"}, {"body_limit", 10, "10"}, {"systemd", true, "true"}, {"parts", []string{"a", "c"}, "a,c"}, {"style", "struct", "struct"},
	} {
		q, _ := web.Question(tt.question)
		text := Format(tt.value)
		back, err := q.Parse(text)
		if text != tt.want || err != nil || !reflect.DeepEqual(back, tt.value) {
			t.Errorf("%#v is written %q and read %#v, %v", tt.value, text, back, err)
		}
	}
	if got := FlagName("body_limit"); got != "body-limit" {
		t.Errorf("Flag: %s", got)
	}
}

// A file with thousands of names that nobody asks for: some are reported, since
// the nearest question is looked for among all for each.
func TestUnknownNamesHaveAnEnd(t *testing.T) {
	words := []string{"name=x"}
	for i := range 1000 {
		words = append(words, fmt.Sprintf("unknown%d=x", i))
	}
	_, err := Resolve(web, []Layer{flags(words...)}, eval, Asker{})
	lines := strings.Split(fmt.Sprint(err), "\n")
	if last := lines[len(lines)-1]; len(lines) != maxUnknown+1 || last != "and 980 answers more to questions that pack web does not ask" || !problem.IsInput(err) {
		t.Errorf("got %d lines, the last %q", len(lines), last)
	}
}

// A pack whose questions had other names, with defaults that follow and a list
// that may be empty.
var grown = pack.Pack{Name: "grown", Questions: []pack.Question{
	{Name: "name", Type: pack.String, Format: "name", Help: "The name", Default: "x"},
	{Name: "servers", Type: pack.Choices, Choices: []string{"a", "b", "c"}, Help: "Which", Empty: true, Renamed: []string{"server", "web_server"}, Default: `{{ if eq .name "x" }}c, a{{ end }}`},
	{Name: "count", Type: pack.Int, Help: "How many", Default: " {{ len .servers }}\n"},
	{Name: "some", Type: pack.Bool, Help: "Whether", Default: "{{ gt .count 0 }}"},
	{Name: "one", Type: pack.Choice, Choices: []string{"a", "b"}, Help: "One", Default: `{{ if .some }}a{{ else }}z{{ end }}`},
}, Values: []pack.Value{{Name: "unit"}}}

// A default by a template is read as on a command line, whatever the type.
func TestDefaults(t *testing.T) {
	for given, want := range map[string]string{
		"":                                    "?name=x ?servers=a,c ?count=2 ?some=true ?one=a",
		"name=y one=b":                        "name=y ?servers= ?count=0 ?some=false one=b",
		"servers= some=yes":                   "?name=x servers= ?count=0 some=true ?one=a",
		"name=y":                              `!one: its default: "z" is none of a, b: did you mean "a"?`,
		"servers=c,b,c count=7 some=no one=a": "?name=x servers=b,c count=7 some=false one=a",
	} {
		got, err := Resolve(grown, []Layer{flags(strings.Fields(given)...)}, eval, Asker{})
		s := shown(got)
		if err != nil {
			s = "!" + err.Error()
		}
		if s != want {
			t.Errorf("%s:\ngot  %s\nwant %s", given, s, want)
		}
	}
	grown := grown
	grown.Questions = slices.Clone(grown.Questions)
	grown.Questions[2].Default = "{{ .name }}"
	_, err := Resolve(grown, nil, eval, Asker{})
	if want := `count: its default: "x" is no whole number in decimal`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// What questions were called counts in a file, and nowhere else.
func TestRenamed(t *testing.T) {
	for text, want := range map[string]string{
		"server: [b]":                  "?name=x servers=b ?count=1 ?some=true ?one=a",
		"web_server: []":               "?name=x servers= ?count=0 some=true ?one=a",
		"servers: [b]":                 "?name=x servers=b ?count=1 ?some=true ?one=a",
		"server: [d]":                  `!f.yaml:1:9: "d" is none of a, b, c: did you mean "a"?`,
		"server: 1":                    "!f.yaml:1:9: want a list, not the number 1",
		"server: [a]\nservers: [a]":    "!f.yaml:2:1: server and servers answer one question, which is called servers now: keep one of them",
		"servers: [a]\nweb_server: []": "!f.yaml:2:1: servers and web_server answer one question, which is called servers now: keep one of them",
		"web_servers: [a]":             `!f.yaml:1:14: pack grown asks no question "web_servers"`,
		"unit: x":                      "!f.yaml:1:7: unit is not asked: pack grown computes it from the answers",
	} {
		var layers []Layer
		if strings.HasPrefix(text, "web_server: []") {
			layers = append(layers, flags("some=yes"))
		}
		file, _, err := ParseFile("f.yaml", []byte(text), grown)
		var got Answers
		if err == nil {
			got, err = Resolve(grown, append(layers, file), eval, Asker{})
		}
		s := shown(got)
		if err != nil {
			s, _, _ = strings.Cut("!"+err.Error(), "\n")
		}
		if s != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, s, want)
		}
	}
	for _, old := range []string{"server", "web_server"} {
		layer := Layer{{Name: old, Text: "a", Where: "--set " + old}}
		_, err := Resolve(grown, []Layer{layer}, eval, Asker{})
		want := "--set " + old + ": the question " + old + " is called servers now"
		if err == nil || err.Error() != want || !slices.Equal(problem.Hints(err), []string{"--set servers=VALUE"}) {
			t.Errorf("got %v %q, want %s", err, problem.Hints(err), want)
		}
	}
}

// A name that its letters spoil is answered with one that would do.
func TestProposal(t *testing.T) {
	for text, want := range map[string]string{
		"My Project": "my-project", "Größe": "grosse", "%i": "i", ".hidden": "hidden", "a,b": "a-b",
		"世界": "", "": "", "a/b": "", "-rf": "", "..": "", "CON": "", "x.": "", "a\tb": "", "Con!": "",
		strings.Repeat("a b", 20): "",
	} {
		for where, how := range map[string]string{"--name": "--name ", "PATH": "--name ", "--set name": "--set name="} {
			_, err := Resolve(grown, []Layer{{{Name: "name", Text: text, Where: where}}}, eval, Asker{})
			hints := []string{want + " would do: " + how + want}
			if want == "" {
				hints = nil
			}
			if err == nil || !slices.Equal(problem.Hints(err), hints) {
				t.Errorf("%s %q: got %v, hints %q, want %q", where, text, err, problem.Hints(err), hints)
			}
		}
	}
	file, _, err := ParseFile("f.yaml", []byte("name: My Project"), grown)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Resolve(grown, []Layer{file}, eval, Asker{})
	if want := []string{"my-project would do: write name: my-project"}; !slices.Equal(problem.Hints(err), want) {
		t.Errorf("got %v, hints %q, want %q", err, problem.Hints(err), want)
	}
}

func TestDrafts(t *testing.T) {
	show := func(layers ...Layer) string {
		drafts, err := Drafts(web, layers, eval)
		if err != nil {
			return err.Error()
		}
		var words []string
		for _, d := range drafts {
			word := d.Name + "=" + Format(d.Value)
			if d.Default != nil {
				word += "?" + Format(d.Default)
			}
			if !d.Applies {
				word = "-" + word
			}
			if d.Given {
				word = "!" + word
			}
			words = append(words, word)
		}
		return strings.Join(words, " ")
	}
	for _, tt := range []struct {
		name   string
		layers []Layer
		want   string
	}{
		{"nothing yet", nil,
			"name= module=example.com/?example.com/ style=func?func parts=a?a body_limit=10?10 systemd=false?false -user=?www -title="},
		{"what is given has its default still", []Layer{flags("name=x", "module=m", "systemd=yes")},
			"!name=x !module=m?example.com/x style=func?func parts=a?a body_limit=10?10 !systemd=true?false user=www?www -title="},
		{"what does not apply is not given", []Layer{flags("name=x", "title=T")},
			"!name=x module=example.com/x?example.com/x style=func?func parts=a?a body_limit=10?10 systemd=false?false -user=?www -title="},
		{"the first layer counts", []Layer{flags("name=x", "style=struct"), flags("style=func", "title=T")},
			"!name=x module=example.com/x?example.com/x !style=struct?func parts=a?a body_limit=10?10 systemd=false?false -user=?www !title=T"},
		{"a default of the user's is the default", []Layer{flags("name=x"), personal("module=me/{{ .name }}", "style=struct", "user={{ nope }}")},
			"!name=x module=me/x?me/x style=struct?struct parts=a?a body_limit=10?10 systemd=false?false -user=?www title="},
		{"and is weaker than an answer", []Layer{flags("name=x", "module=m"), personal("module=me/{{ .name }}")},
			"!name=x !module=m?me/x style=func?func parts=a?a body_limit=10?10 systemd=false?false -user=?www -title="},
		{"one that is no answer is refused", []Layer{personal("style={{ .module }}")},
			`mine.yaml: "example.com/" is none of func, struct`},
		{"what is no answer is refused", []Layer{flags("style=fun")}, `--style: "fun" is none of func, struct: did you mean "func"?`},
		{"and so is what is not asked", []Layer{flags("colour=red")}, `--colour: pack web asks no question "colour"`},
	} {
		if got := show(tt.layers...); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// A default of the user's is a template over the answers before it, also over those
// that are asked for; where its question does not apply, it says nothing.
func TestResolvePersonal(t *testing.T) {
	asks := Asker{Ask: func(q pack.Question, _ func(string) error) (string, error) { return "typed", nil }}
	mine := personal("module=me/{{ .name }}", "systemd={{ eq .style \"struct\" }}", "user=me", "title=T")
	for _, tt := range []struct {
		given Layer
		want  string
	}{
		{nil, "name=typed module=me/typed ?style=func ?parts=a ?body_limit=10 systemd=false -user= -title="},
		{flags("name=x", "module=m"), "name=x module=m ?style=func ?parts=a ?body_limit=10 systemd=false -user= -title="},
	} {
		a, err := Resolve(web, []Layer{tt.given, mine}, eval, asks)
		if err != nil {
			t.Fatal(err)
		}
		if got := shown(a); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}
