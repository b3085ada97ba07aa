package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
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

func TestTextIsPlainWithoutColor(t *testing.T) {
	for name, write := range map[string]func(*strings.Builder, Style){
		"Text": func(b *strings.Builder, s Style) { Text(b, everything(), s) },
		"Tree": func(b *strings.Builder, s Style) { Tree(b, "hello", everything(), s) },
		"Diff": func(b *strings.Builder, s Style) { Diff(b, everything(), s) },
	} {
		var plain, colored strings.Builder
		write(&plain, Style{})
		write(&colored, Style{Color: true})
		if strings.Contains(plain.String(), "\x1b") || !strings.Contains(colored.String(), "\x1b[") {
			t.Errorf("%s: plain %q\ncoloured %q", name, plain.String(), colored.String())
		}
		if got := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(colored.String(), ""); got != plain.String() {
			t.Errorf("%s: colour changes the text:\n%s\nto\n%s", name, plain.String(), got)
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
		{[]plan.Step{step(plan.Merge, true), step(plan.Conflict, true)}, "2 changes, 1 conflict: search f for <<<<<<<, then run the tests"},
		{[]plan.Step{step(plan.Conflict, true), step(plan.Conflict, true)}, "2 changes, 2 conflicts: search f and f for <<<<<<<, then run the tests"},
	} {
		if got := Summary(plan.Plan{Steps: tt.steps}, true); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	if got := Files(everything()); got != "3 files" { // one created, two of state
		t.Errorf("Files: %q", got)
	}
}

func TestTree(t *testing.T) {
	var p plan.Plan
	for _, path := range []string{"main.go", "internal/web/a.go", "internal/web/b.go", "internal/c.go", ".github/workflows/x.yml", ".gitignore"} {
		p.Steps = append(p.Steps, create(path, ""))
	}
	for i := range 17 {
		p.Steps = append(p.Steps, create(fmt.Sprintf("many/%02d", i), ""))
	}
	for i := range 16 {
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
├── many/  17 files
├── scaffold.yaml
└── z/
    └── few/
`
	for i := range 16 {
		branch := "├── "
		if i == 15 {
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
	if err := JSON(&out, Run{Target: "/x", Pack: "web", Version: "1.0.0", Applied: true, Answers: answers}, p); err != nil {
		t.Fatal(err)
	}
	const want = `{
  "schema": 1,
  "target": "/x",
  "pack": "web",
  "version": "1.0.0",
  "applied": true,
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
    },
    {
      "path": "k",
      "verb": "keep",
      "why": "yours",
      "size": 0
    }
  ],
  "conflicts": 1
}
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A plan of nothing is a document too, with lists where lists are due.
func TestEmptyJSON(t *testing.T) {
	var out bytes.Buffer
	if err := JSON(&out, Run{}, plan.Plan{}); err != nil {
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
	if err := JSON(broken{}, Run{}, plan.Plan{}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, fs.ErrClosed }

func TestDiff(t *testing.T) {
	var out strings.Builder
	p := everything()
	p.State = nil
	Diff(&out, p, Style{})
	const want = `diff --git a/a.go b/a.go
--- a/a.go
+++ b/a.go
@@ -1,3 +1,3 @@
 one
-two
+2
 three
diff --git a/conflict.txt.scaffold-new b/conflict.txt.scaffold-new
new file mode 100644
--- /dev/null
+++ b/conflict.txt.scaffold-new
@@ -0,0 +1 @@
+theirs
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-bye
diff --git a/merged b/merged
--- a/merged
+++ b/merged
@@ -1 +1,2 @@
 a
+b
\ No newline at end of file
diff --git a/run b/run
new file mode 100755
--- /dev/null
+++ b/run
@@ -0,0 +1 @@
+#!/bin/sh
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestBinaryDiff(t *testing.T) {
	var out strings.Builder
	Diff(&out, plan.Plan{Steps: []plan.Step{create("x.png", "\x89PNG\x00")}}, Style{})
	if want := "diff --git a/x.png b/x.png\nnew file mode 100644\nBinary files /dev/null and b/x.png differ\n"; out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// git applies the patch, and the folder is then what the plan says.
func TestDiffApplies(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git on PATH to apply the patch")
	}
	program := func(data string) *tree.File {
		f := file("", data)
		f.Mode = tree.ModeExec
		return f
	}
	lines := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "line %d\n", i)
		}
		return b.String()
	}
	tests := []struct {
		path        string
		ours, after *tree.File
	}{
		{"new", nil, file("", "a\nb\n")},
		{"deep/er/new", nil, file("", "a\n")},
		{"program", nil, program("#!/bin/sh\n")},
		{"no newline at its end", nil, file("", "a")},
		{"empty", nil, file("", "")},
		{"größe", nil, file("", "ä\n")},
		{"with-cr", nil, file("", "a\r\nb\r\n")},
		{"changed", file("", lines(50)), file("", strings.Replace(strings.Replace(lines(50), "line 3\n", "three\n", 1), "line 40\n", "", 1))},
		{"newline lost", file("", "a\nb\n"), file("", "a\nb")},
		{"newline won", file("", "a\nb"), file("", "a\nb\n")},
		{"emptied", file("", "a\n"), file("", "")},
		{"filled", file("", ""), file("", "a\n")},
		{"deleted", file("", "a\nb\n"), nil},
		{"deleted-empty", file("", ""), nil},
		{"made executable", file("", "a\n"), program("a\n")},
		{"made executable and changed", file("", "a\n"), program("b\n")},
		{"no program any more", program("a\n"), file("", "a\n")},
		{"looks like a patch", file("", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n"), file("", "--- a/x\n+++ b/y\n@@ -1 +1 @@\n+x\n")},
	}
	dir := t.TempDir()
	var p plan.Plan
	for _, tt := range tests {
		if tt.ours != nil {
			tt.ours.Path = tt.path
		}
		step := plan.Step{Path: tt.path, Verb: plan.Update, Named: true, To: tt.path, Ours: tt.ours, After: tt.after}
		if tt.after == nil {
			step.Verb = plan.Delete
		}
		p.Steps = append(p.Steps, step)
		if tt.ours == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, tt.path), tt.ours.Data, tt.ours.Mode); err != nil {
			t.Fatal(err)
		}
	}
	slices.SortFunc(p.Steps, func(a, b plan.Step) int { return strings.Compare(a.Path, b.Path) })
	var patch bytes.Buffer
	Diff(&patch, p, Style{})
	cmd := exec.Command(git, "apply", "--whitespace=nowarn", "-")
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(patch.Bytes())
	cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s\n%s", err, out, patch.String())
	}
	for _, tt := range tests {
		path := filepath.Join(dir, filepath.FromSlash(tt.path))
		got, err := os.ReadFile(path)
		if tt.after == nil {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s is still there: %v", tt.path, err)
			}
			continue
		}
		if err != nil || !bytes.Equal(got, tt.after.Data) {
			t.Errorf("%s: got %q, %v; want %q", tt.path, got, err, tt.after.Data)
			continue
		}
		if info, err := os.Stat(path); err != nil || info.Mode()&0o100 != tt.after.Mode&0o100 {
			t.Errorf("%s: mode %v, want %v", tt.path, info.Mode(), tt.after.Mode)
		}
	}
}

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
			if r != '\n' && r != '\t' && (r < 0x20 || 0x7f <= r && r < 0xa0 || bidirectional(r)) {
				t.Errorf("Escape(%q) = %q", text, got)
			}
		}
		if Escape(got) != got {
			t.Errorf("Escape(%q) is no fixed point", text)
		}
	})
}
