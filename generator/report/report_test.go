package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"scaffold/generator/answer"
	"scaffold/generator/merge"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

func file(path, data string) *tree.File {
	return &tree.File{Path: path, Mode: tree.ModeFile, Data: []byte(data)}
}

func create(path, data string) plan.Step {
	return plan.Step{Path: path, Verb: plan.Create, Named: true, To: path, After: file(path, data)}
}

// everything is a plan with every verb.
func everything() plan.Plan {
	program := file("run", "#!/bin/sh\n")
	program.Mode = tree.ModeExec
	return plan.Plan{
		Steps: []plan.Step{
			{Path: "a.go", Verb: plan.Update, Named: true, To: "a.go", Ours: file("a.go", "one\ntwo\nthree\n"), After: file("a.go", "one\n2\nthree\n")},
			{Path: "conflict.txt", Verb: plan.Conflict, Why: "cannot be merged line by line", Named: true, To: "conflict.txt.scaffold-new", Ours: file("conflict.txt", "ours\n"), After: file("conflict.txt", "theirs\n")},
			{Path: "gone", Verb: plan.Delete, Named: true, To: "gone", Ours: file("gone", "bye\n")},
			{Path: "kept", Verb: plan.Keep, Why: "yours", To: "kept", Ours: file("kept", "mine\n")},
			{Path: "kept-deleted", Verb: plan.Keep, Why: "deleted by you; the template changed it", Named: true, To: "kept-deleted"},
			{Path: "merged", Verb: plan.Merge, Why: "your 1 lines and the template's 2", Named: true, To: "merged", Ours: file("merged", "a\n"), After: file("merged", "a\nb")},
			{Path: "run", Verb: plan.Create, Named: true, To: "run", After: program},
		},
		State: []plan.Step{create("scaffold.yaml", "pack: web\n"), create(".scaffold-state/base.zip", "PK\x00")},
	}
}

func TestText(t *testing.T) {
	var out strings.Builder
	Text(&out, everything(), Style{})
	const want = `  update    a.go
  conflict  conflict.txt  cannot be merged line by line
  delete    gone
  keep      kept-deleted  deleted by you; the template changed it
  merge     merged        your 1 lines and the template's 2
  create    run
`
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What was settled stands below its file; of much of it, the first.
func TestTextOfSettled(t *testing.T) {
	settled := []merge.Settled{{Step: "key"}}
	for i := range 30 {
		settled = append(settled, merge.Settled{Step: "pin", Said: fmt.Sprintf("took v%d of v0 and v%[1]d", i+1), Line: 10*i + 1})
	}
	step := func(n int) plan.Plan {
		return plan.Plan{Steps: []plan.Step{{Path: "ci.yml", Verb: plan.Merge, Why: "merged by key and pin: review", Named: true, To: "ci.yml",
			After: file("ci.yml", ""), Notes: []string{"a note"}, Settled: settled[:n]}}}
	}
	var few, many, patch strings.Builder
	Text(&few, step(8), Style{})
	Text(&many, step(31), Style{})
	Diff(&patch, step(2), Style{})
	const first = `  merge     ci.yml  merged by key and pin: review
            a note
            line 1: pin: took v1 of v0 and v1
            line 11: pin: took v2 of v0 and v2
            line 21: pin: took v3 of v0 and v3
            line 31: pin: took v4 of v0 and v4
            line 41: pin: took v5 of v0 and v5
            line 51: pin: took v6 of v0 and v6
`
	for name, c := range map[string][2]string{
		"few":   {few.String(), first + "            line 61: pin: took v7 of v0 and v7\n1 change\n"},
		"many":  {many.String(), first + "            and 24 more, which --json lists\n1 change\n"},
		"patch": {patch.String(), "# ci.yml: merged by key and pin: review\n#   line 1: pin: took v1 of v0 and v1\ndiff --git a/ci.yml b/ci.yml\nnew file mode 100644\n"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: got\n%s\nwant\n%s", name, c[0], c[1])
		}
	}
}

func TestTextIsPlainWithoutColor(t *testing.T) {
	for name, write := range map[string]func(*strings.Builder, Style){
		"Text": func(b *strings.Builder, s Style) { Text(b, everything(), s) },
		"Tree": func(b *strings.Builder, s Style) { Tree(b, "hello", everything(), s) },
		"Diff": func(b *strings.Builder, s Style) { Diff(b, everything(), s) },
	} {
		var plain, colored strings.Builder
		write(&plain, Style{})
		write(&colored, Style{Color: true, Terminal: true})
		if strings.Contains(plain.String(), "\x1b") || !strings.Contains(colored.String(), "\x1b[") {
			t.Errorf("%s: plain %q\ncoloured %q", name, plain.String(), colored.String())
		}
		if got := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(colored.String(), ""); got != plain.String() {
			t.Errorf("%s: colour changes the text:\n%s\nto\n%s", name, plain.String(), got)
		}
	}
}

// Whatever a pack, a state or a file holds, no report obeys it on a terminal, and
// what is no content cannot add a line.
func TestNothingDrawsOnATerminal(t *testing.T) {
	const evil = "x\x1b[2J\x1b]0;y\x07\r\u202e\u009b\u2028z"
	const line = evil + "\nscaffold: hint: forged"
	step := func(verb plan.Verb) plan.Step {
		return plan.Step{Path: line, To: line, Verb: verb, Why: line, Named: true, Kind: plan.Content, From: line, Ours: file(line, "a\n"+evil), After: file(line, evil+"\n"),
			Notes: []string{line}, Settled: []merge.Settled{{Step: line, Said: line, Line: 1, Theirs: []string{line}}, {Step: "deleted", Line: 1, Theirs: []string{evil}}}}
	}
	p := plan.Plan{Steps: []plan.Step{step(plan.Create), step(plan.Update), step(plan.Conflict), {Path: line, To: line, Verb: plan.Create, After: file(line, evil)}}}
	open := []plan.ConflictRecord{{Path: line, Kind: line, To: line}, {Path: line, To: "other" + line}, {Path: line, To: line + ".scaffold-new"}}
	from := Version{line, line}
	q := pack.Question{Name: line, Type: pack.Choice, Help: line, Choices: []string{line}, Default: line, Format: line, When: line}
	asking := pack.Pack{Name: line, Version: line, Description: line, Questions: []pack.Question{q, {Match: regexp.MustCompile(regexp.QuoteMeta(line))}}, Files: tree.Found(*file(line, ""))}
	for name, write := range map[string]func(io.Writer, Style){
		"Text": func(w io.Writer, s Style) { Text(w, p, s) },
		"Tree": func(w io.Writer, s Style) { Tree(w, line, p, s) },
		"Diff": func(w io.Writer, s Style) { Diff(w, p, s) },
		"Update": func(w io.Writer, s Style) {
			Update(w, Run{From: &from, Pack: line, Version: line, Changed: []answer.Change{{Name: line, New: line, Is: true}}}, p, s)
		},
		"Open": func(w io.Writer, s Style) { Open(w, open, s) },
		"Status": func(w io.Writer, s Style) {
			Status(w, from, []StatusLine{{Path: line, Word: "yours", Why: line}}, true, s)
		},
		"Packs": func(w io.Writer, s Style) { Packs(w, []pack.Pack{asking}) },
		"Pack":  func(w io.Writer, s Style) { Pack(w, asking, s) },
		"JSON": func(w io.Writer, s Style) {
			JSON(w, Run{Target: line, Pack: line, Version: line, From: &from, Notes: []string{line}, Open: open, Changed: []answer.Change{{Name: line, Old: line, New: line, Was: true, Is: true}}}, p, Form{})
		},
	} {
		for _, s := range []Style{{Terminal: true}, {Terminal: true, Color: true}} {
			var out strings.Builder
			write(&out, s)
			plain := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(out.String(), "")
			if Escape(plain) != plain || !strings.Contains(plain, `\u001b`) {
				t.Errorf("%s obeys %q", name, plain)
			}
			if strings.Contains(plain, "\nscaffold") {
				t.Errorf("%s lets a line be forged: %s", name, plain)
			}
		}
	}
}

func TestSummary(t *testing.T) {
	step := func(verb plan.Verb, writes bool) plan.Step {
		s := plan.Step{Path: "f", To: "f", Verb: verb}
		if writes {
			s.After = file("f", "")
		}
		return s
	}
	for _, tt := range []struct {
		steps []plan.Step
		want  string
	}{
		{nil, "nothing to do"},
		{[]plan.Step{step(plan.Keep, false), step(plan.Forget, false)}, "nothing to do"},
		{[]plan.Step{step(plan.Create, true)}, "1 change"},
		{[]plan.Step{step(plan.Create, true), step(plan.Delete, false), step(plan.Keep, false)}, "2 changes"},
		{[]plan.Step{step(plan.Merge, true), step(plan.Conflict, true)}, "2 changes, 1 conflict: resolve f, then run the tests"},
		{[]plan.Step{step(plan.Conflict, true), step(plan.Conflict, true)}, "2 changes, 2 conflicts: resolve f and f, then run the tests"},
	} {
		if got := Summary(plan.Plan{Steps: tt.steps}); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	if got := Files(everything()); got != "6 files" { // four with content, two of state
		t.Errorf("Files: %q", got)
	}
}

func TestTree(t *testing.T) {
	var p plan.Plan
	for _, path := range []string{"main.go", "internal/web/a.go", "internal/web/b.go", "internal/c.go", ".github/workflows/x.yml", ".gitignore"} {
		p.Steps = append(p.Steps, create(path, ""))
	}
	for i := range collapse + 1 {
		p.Steps = append(p.Steps, create(fmt.Sprintf("many/%02d", i), ""))
	}
	for i := range collapse {
		p.Steps = append(p.Steps, create(fmt.Sprintf("z/few/%02d", i), ""))
	}
	p.Steps = append(p.Steps, plan.Step{Path: "kept", Verb: plan.Keep, To: "kept"})
	p.State = []plan.Step{create("scaffold.yaml", ""), create(".scaffold-state/base.zip", ""), create(".scaffold-state/.gitignore", "")}
	var out strings.Builder
	Tree(&out, "hello", p, Style{})
	want := `hello/
├── .github/  1 file
├── .gitignore
├── .scaffold-state/  2 files
├── internal/
│   ├── c.go
│   └── web/
│       ├── a.go
│       └── b.go
├── main.go
├── many/  13 files
├── scaffold.yaml
└── z/
    └── few/
`
	for i := range collapse {
		branch := "├── "
		if i == collapse-1 {
			branch = "└── "
		}
		want += fmt.Sprintf("        %s%02d\n", branch, i)
	}
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The document's form is a promise to programs: fields may be added, none may
// change or go.
func TestJSON(t *testing.T) {
	p := plan.Plan{Steps: []plan.Step{
		create("a<b>.txt", "x"),
		{Path: "c", Verb: plan.Conflict, Why: "binary", Named: true, To: "c.scaffold-new", Ours: file("c", "o"), After: file("c", "")},
		{Path: "k", Verb: plan.Keep, Why: "yours", To: "k"},
	}}
	web := pack.Pack{Questions: []pack.Question{{Name: "name", Type: pack.String}, {Name: "parts", Type: pack.Choices, Choices: []string{"a", "b"}}, {Name: "port", Type: pack.Int}, {Name: "flag", Type: pack.Bool}}}
	answers, err := answer.Resolve(web, []answer.Layer{{{Name: "name", Text: "x&y"}, {Name: "parts", Text: "b"}, {Name: "port", Text: "80"}, {Name: "flag", Text: "no"}}}, nil, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := JSON(&out, Run{Target: "/x", Pack: "web", Version: "1.0.0", Applied: true, Answers: answers}, p, Form{}); err != nil {
		t.Fatal(err)
	}
	const want = `{
  "schema": 2,
  "kind": "report",
  "target": "/x",
  "pack": "web",
  "version": "1.0.0",
  "applied": true,
  "outOfDate": false,
  "exit": 0,
  "answers": {
    "flag": false,
    "name": "x&y",
    "parts": [
      "b"
    ],
    "port": 80
  },
  "steps": [
    {
      "path": "a<b>.txt",
      "verb": "create",
      "to": "a<b>.txt",
      "mode": "0644",
      "size": 1,
      "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    },
    {
      "path": "c",
      "verb": "conflict",
      "why": "binary",
      "to": "c.scaffold-new",
      "mode": "0644",
      "size": 0,
      "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    }
  ],
  "kept": 1,
  "conflicts": 1
}
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	out.Reset()
	if err := JSON(&out, Run{Answers: answers}, p, Form{All: true, Line: true}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `{"path":"k","verb":"keep","why":"yours","size":0}],"kept":0,`) {
		t.Errorf("all of it in a line is %s", got)
	}
}

// A document has the hunks of a file in the order of their lines: what settled them,
// or nothing of a conflict.
func TestJSONOfHunks(t *testing.T) {
	p := plan.Plan{Steps: []plan.Step{{
		Path: "f", Verb: plan.Conflict, To: "f", After: file("f", "a\n<<<<<<< yours\n||||||| base\nb\n=======\nc\nd\n>>>>>>> web\ne\n"),
		Overlaps: []merge.Overlap{{Line: 2, Base: 1, Theirs: 2}},
		Settled: []merge.Settled{
			{Step: "layout", Line: 9, Lines: []string{"e"}, Base: []string{" e"}, Ours: []string{"e"}, Theirs: []string{"  e"}},
			{Step: "deleted", Line: 1, Base: []string{"x"}, Theirs: []string{"y"}},
			{Step: "key", Ours: []string{"k"}},
		},
	}}}
	var out bytes.Buffer
	if err := JSON(&out, Run{}, p, Form{}); err != nil {
		t.Fatal(err)
	}
	var d struct {
		Steps []struct{ Hunks []map[string]any }
	}
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"base":[],"line":0,"ours":["k"],"step":"key","theirs":[]}`,
		`{"base":["x"],"line":1,"lines":[],"ours":[],"said":"deleted by you; the template changed it","step":"deleted","theirs":["y"]}`,
		`{"base":["b"],"line":2,"ours":[],"theirs":["c","d"]}`,
		`{"base":[" e"],"line":9,"lines":["e"],"ours":["e"],"said":"yours kept, because the template brings nothing else","step":"layout","theirs":["  e"]}`,
	}
	for i, w := range want {
		if got, err := json.Marshal(d.Steps[0].Hunks[i]); err != nil || string(got) != w {
			t.Errorf("hunk %d is %s, want %s (%v)", i, got, w, err)
		}
	}
}

// A plan of nothing is a document too, with lists where lists are due.
func TestEmptyJSON(t *testing.T) {
	var out bytes.Buffer
	if err := JSON(&out, Run{}, plan.Plan{}, Form{}); err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if steps, ok := d["steps"].([]any); !ok || len(steps) != 0 {
		t.Errorf("steps are %#v", d["steps"])
	}
	if answers, ok := d["answers"].(map[string]any); !ok || len(answers) != 0 {
		t.Errorf("answers are %#v", d["answers"])
	}
	if err := JSON(broken{}, Run{}, plan.Plan{}, Form{}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, fs.ErrClosed }

// What a terminal would obey becomes visible; all else stays as it is.
func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"plain, größe 日本語 🙂":    "plain, größe 日本語 🙂",
		"two\nlines\tand a tab": "two\nlines\tand a tab",
		"\x1b[2J\x1b]0;x\x07":   `\u001b[2J\u001b]0;x\u0007`,
		"a\rb":                  `a\u000db`,
		"a\x00\x08\x7f":         `a\u0000\u0008\u007f`,
		"\u009b31m":             `\u009b31m`,
		"a\u202eb\u2066c\u2069": `a\u202eb\u2066c\u2069`,
		"\u200e\u200f\u061c":    `\u200e\u200f\u061c`,
		"a\u2028b\u2029":        `a\u2028b\u2029`,
		`a\u001b`:               `a\u001b`,
		"\xff\x9b":              "\ufffd\ufffd", // no character, so no control character
	} {
		if got := Escape(text); got != want {
			t.Errorf("Escape(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("\x1b[31m\u202e\u009b\xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := Escape(text)
		for _, r := range got {
			if r != '\n' && r != '\t' && problem.IsControl(r) {
				t.Errorf("Escape(%q) = %q", text, got)
			}
		}
		if Escape(got) != got {
			t.Errorf("Escape(%q) is no fixed point", text)
		}
	})
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		text  string
		width int
		want  string
	}{
		{"one two three", 7, "one two|three"},
		{"one two three", 13, "one two three"},
		{"one two three", 0, "one two three"},
		{"one twothree four", 4, "one|twothree|four"},
		{"über ähre", 4, "über|ähre"},
		{"", 4, ""},
	} {
		if got := strings.Join(Wrap(tt.text, tt.width), "|"); got != tt.want {
			t.Errorf("%q in %d: got %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}

func TestTreeWithin(t *testing.T) {
	var p plan.Plan
	for _, path := range []string{"a/b/c", "a/b/d", "a/e", "f", "g"} {
		p.Steps = append(p.Steps, plan.Step{To: path, After: &tree.File{Path: path}})
	}
	for lines, want := range map[int]string{
		8: "x/\n├── a/\n│   ├── b/\n│   │   ├── c\n│   │   └── d\n│   └── e\n├── f\n└── g\n",
		6: "x/\n├── a/\n│   ├── b/  2 files\n│   └── e\n├── f\n└── g\n",
		4: "x/\n├── a/  3 files\n├── f\n└── g\n",
		3: "x/\n├── a/  3 files\n└── and 2 more\n",
	} {
		var b strings.Builder
		if TreeWithin(&b, "x", p, lines, Style{}); b.String() != want {
			t.Errorf("%d lines: got\n%swant\n%s", lines, b.String(), want)
		}
	}
}
