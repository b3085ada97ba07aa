package render

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
)

// documented returns the table of limits: what the error says, by what is limited.
func documented(t *testing.T) map[string]string {
	t.Helper()
	rows := make(map[string]string)
	for line := range strings.Lines(section(t, "## Limits")) {
		if cells := strings.Split(line, " | "); len(cells) == 3 && strings.HasSuffix(line, "` |\n") {
			rows[strings.TrimPrefix(cells[0], "| ")] = strings.TrimSuffix(strings.TrimPrefix(cells[2], "`"), "` |\n")
		}
	}
	return rows
}

// A pack that exceeds one limit, as little as can be.
type excess struct {
	yaml  string
	files map[string]string
	give  string // the answer to the question a

	costly bool // it takes a second, so that CI alone tries it
}

func copies(format string, n int) map[string]string {
	files := make(map[string]string)
	for i := range n {
		files[fmt.Sprintf(format, i)] = "x"
	}
	return files
}

// excesses makes them when they are asked for, because every process of these tests
// would wait for them.
func excesses() map[string]excess {
	return map[string]excess{
		"files below `files/`, with those that are included": {files: copies("%d", 20_001)},
		"folders in folders, `files/` too":                   {files: map[string]string{rep("a/", 20) + "a": ""}},
		"elements of a path that is written":                 {yaml: "files: [{path: a, to: '" + rep("{{ `a` }}/", 20) + "a'}]\n", files: map[string]string{"a": ""}},
		"an element of it":                                   {yaml: "files: [{path: a, to: '{{ `" + rep("a", 101) + "` }}'}]\n", files: map[string]string{"a": ""}},
		"pack.yaml":                                          {yaml: "next: x " + rep(" ", 300_000) + "#\n"},
		"nesting in it":                                      {yaml: "questions:\n" + rep("- ", 65) + "\n"},
		"entries of one list in it":                          {yaml: "questions: [" + rep("{}, ", 1001) + "]\n"},
		"patterns that `exclude` has":                        {yaml: "exclude: [" + rep("a, ", 101) + "]\n"},
		"includes":                                           {yaml: "includes: [" + rep("{}, ", 21) + "]\n"},
		"a pattern of paths":                                 {yaml: "exclude: [" + rep("a", 1001) + "]\n"},
		"a `match`":                                          {yaml: "questions: [{name: a, type: string, help: h, match: '(abcd){1000}'}]\n"},
		"every `match` of a pack":                            {yaml: "questions:\n" + programs(10)},
		"rules times files":                                  {yaml: "files: [" + rep("{path: '*'}, ", 1000) + "]\n", files: copies("%d", 2001)},
		"bytes of rules times files":                         {yaml: "files: [{path: '*', when: '" + rep("a", 200_000) + "'}]\n", files: copies("%d", 1000)},
		"bytes of excluded patterns times files":             {yaml: "exclude: [" + rep(rep("a", 1000)+", ", 100) + "]\n", files: copies("%d", 1500)},
		"a template":                                         {files: map[string]string{"a.tmpl": rep("a", 512<<10+1)}},
		"what they consist of":                               {files: map[string]string{"a.tmpl": rep("{{1}}", 100_000), "b.tmpl": rep("{{1}}", 100_000), "c.tmpl": rep("{{1}}", 100_000)}, costly: true},
		"conditions, destinations and defaults":              {yaml: "files: [{path: 'a/', to: '{{ `" + rep("a", 6000) + "` }}/'}]\n", files: copies("a/%d", 3000)},
		"if, with, range or parentheses in one another":      {files: map[string]string{"a.tmpl": "{{ if " + rep("(", 101) + "1" + rep(")", 101) + " }}{{ end }}"}},
		"range in range":                                     {files: map[string]string{"a.tmpl": rep("{{ range splitList `` `a` }}", 3) + rep("{{ end }}", 3)}},
		"variables of a template":                            {files: map[string]string{"a.tmpl": rep("{{ $a := 1 }}", 101)}},
		"a list that `splitList` makes":                      {files: map[string]string{"a.tmpl": "{{ splitList `` `" + rep("a", 1001) + "` }}"}},
		"a text that a function returns":                     {files: map[string]string{"a.tmpl": "{{ goString (replace `a` `" + rep(`\`, 1000) + "` `" + rep("a", 1000) + "`) }}"}},
		"what all templates do together":                     {files: map[string]string{"a.tmpl": loop("{{ if 1 }}{{ end }}")}, costly: true},
		"what another template writes":                       {files: map[string]string{"a.tmpl": "{{ range splitList `` `" + rep("a", 1000) + "` }}" + rep("a", 70_000) + "{{ end }}"}},
		"an answer of a line":                                {yaml: "questions: [{name: a, type: string, help: h}]\n", give: rep("a", 1025)},
		"an answer of type text":                             {yaml: "questions: [{name: a, type: text, help: h}]\n", give: rep("a", 16<<10+1)},
		"what a condition, destination, default or closing text writes": {yaml: "next: '{{ range splitList `` `" + rep("a", 100) + "` }}" + rep("a", 700) + "{{ end }}'\n"},
	}
}

func programs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "- {name: q%d, type: string, help: h, match: '[a-z]{0,900}'}\n", i)
	}
	return b.String()
}

// Every limit says in its error what it is, and is in the document; and what the
// document says is so.
func TestLimitsAreNamed(t *testing.T) {
	rows := documented(t)
	for what, e := range excesses() {
		if e.costly && !inCI {
			delete(rows, what)
			continue
		}
		fsys := fstest.MapFS{"pack.yaml": {Data: []byte("schema: 1\nname: p\nversion: 1.0.0\n" + e.yaml)}}
		for name, text := range e.files {
			fsys["files/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
		var given answer.Layer
		if e.give != "" {
			given = answer.Layer{{Name: "a", Text: e.give, Where: "--a"}}
		}
		_, err := useAll(t.Context(), fsys, given)
		expectLimit(t, rows, what, err)
	}
	large := &fstest.MapFile{Data: make([]byte, 60<<20)}
	expectLimit(t, rows, "the project", writeLarge(t, large))
	if inCI { // these take a few hundred megabytes
		expectLimit(t, rows, "one of them", loadLarge(1, &fstest.MapFile{Data: make([]byte, 64<<20+1)}))
		expectLimit(t, rows, "all of them, in bytes", loadLarge(5, large))
		expectLimit(t, rows, "all templates", loadTemplates(t, &fstest.MapFile{Data: bytes.Repeat([]byte("a"), 512<<10)}))
	} else {
		for _, what := range []string{"one of them", "all of them, in bytes", "all templates"} {
			delete(rows, what)
		}
	}
	for what := range rows {
		t.Errorf("the document has the limit of %s, and no test", what)
	}
}

func expectLimit(t *testing.T, rows map[string]string, what string, err error) {
	t.Helper()
	want, ok := rows[what]
	if !ok {
		t.Errorf("the document does not have the limit of %s", what)
	}
	delete(rows, what)
	if got := fmt.Sprint(err); !strings.Contains(got, want) || !problem.IsInput(err) {
		t.Errorf("%s: got %.300s\nwant %s", what, got, want)
	}
}

func loadLarge(n int, file *fstest.MapFile) error {
	fsys := fstest.MapFS{"pack.yaml": {Data: []byte("schema: 1\nname: p\nversion: 1.0.0\n")}}
	for i := range n {
		fsys[fmt.Sprintf("files/%d", i)] = file
	}
	_, err := pack.Load(fsys, "p", pack.Options{})
	return err
}

func loadTemplates(t *testing.T, file *fstest.MapFile) error {
	fsys := fstest.MapFS{"pack.yaml": {Data: []byte("schema: 1\nname: p\nversion: 1.0.0\n")}}
	for i := range 65 {
		fsys[fmt.Sprintf("files/%d.tmpl", i)] = file
	}
	_, err := useAll(t.Context(), fsys)
	return err
}

// writeLarge writes a file often, because no pack has as much as a project may.
func writeLarge(t *testing.T, file *fstest.MapFile) error {
	fsys := fstest.MapFS{"pack.yaml": {Data: []byte("schema: 1\nname: p\nversion: 1.0.0\n")}, "files/a": file}
	p, err := pack.Load(fsys, "p", pack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := Compile(t.Context(), p, "p")
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		compiled.files = append(compiled.files, compiled.files[0])
	}
	_, err = compiled.Run(t.Context()).Render(answer.Answers{})
	return err
}
