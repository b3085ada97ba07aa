package report

import (
	"strings"
	"testing"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
)

func TestUpdate(t *testing.T) {
	var out strings.Builder
	run := Run{
		From: &Version{"web", "1.0.0"}, Pack: "web", Version: "1.1.0", News: []pack.Note{{Version: "1.1.0", Text: "a new\nand another line\n"}},
		Changed: []answer.Change{{Name: "style", Old: "func", New: "struct", Was: true, Is: true}, {Name: "a\nb", New: "\x1b", Is: true}},
	}
	Update(&out, run, everything(), Style{})
	want := `web 1.0.0 → 1.1.0
  new in    1.1.0  a new
                   and another line
  answer    style  func → struct
  answer    a\u000ab  \u001b
  update    a.go
`
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// An answer of many lines does not fill the screen.
func TestShorten(t *testing.T) {
	for value, want := range map[string]string{
		"a": "a", "": `""`, "a\nb": "a…", "0123456789012345678901234567890123456789x": "0123456789012345678901234567890123456789…",
	} {
		if got := shorten(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

func TestTitle(t *testing.T) {
	old := Version{"web", "1.0.0"}
	for to, want := range map[Version]string{
		old:              "web 1.0.0",
		{"web", "1.1.0"}: "web 1.0.0 → 1.1.0",
		{"own", "1.0.0"}: "web 1.0.0 → own 1.0.0",
		{"own", "0.1.0"}: "web 1.0.0 → own 0.1.0",
	} {
		if got := Title(old, to); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Advice names what to resolve, what git marked and what to compare, and few of many.
func TestAdvice(t *testing.T) {
	var conflicts []plan.ConflictRecord
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		conflicts = append(conflicts, plan.ConflictRecord{Path: name, To: name})
	}
	conflicts = append(conflicts, plan.ConflictRecord{Path: "x", To: "x.scaffold-new"}, plan.ConflictRecord{Path: "m", To: "m", Kind: plan.Marked})
	want := "resolve a, b, c and 2 more, search m for <<<<<<<, compare x with x.scaffold-new, remove the .scaffold-new file, then run the tests"
	if got := advice(conflicts); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var out strings.Builder
	Open(&out, conflicts[4:6], Style{})
	const open = `  conflict  e  still has the lines that mark it
  conflict  x  x.scaffold-new stands beside it until you remove it
2 conflicts of the last run: resolve e, compare x with x.scaffold-new, remove the .scaffold-new file, then run the tests
`
	if got := out.String(); got != open {
		t.Errorf("got\n%s\nwant\n%s", got, open)
	}
}

func TestStatus(t *testing.T) {
	files := []StatusLine{
		{Path: "a", Word: "generated", Why: ""}, {Path: "bb", Word: "yours", Why: "is a folder"}, {Path: "c", Word: "deleted", Why: ""}, {Path: "d", Word: "conflict", Why: "look"},
		{Path: "e/a", Word: "generated", Why: ""}, {Path: "e/f/a", Word: "generated", Why: ""}, {Path: "e/f/b", Word: "generated", Why: ""},
		{Path: "g/a", Word: "generated", Why: ""}, {Path: "g/b", Word: "yours", Why: ""}, {Path: "g/h/a", Word: "generated", Why: ""}, {Path: "g/h/b", Word: "generated", Why: ""},
		{Path: "i/a", Word: "generated", Why: "with CRLF"}, {Path: "i/b", Word: "generated", Why: ""}, {Path: "j/a", Word: "generated", Why: ""},
	}
	for all, want := range map[bool]string{
		false: `web 1.0.0
  yours      bb   is a folder
  deleted    c
  conflict   d    look
  yours      g/b
10 as generated, 2 yours, 1 deleted, 1 in conflict
`,
		true: `web 1.0.0
  generated  a
  yours      bb    is a folder
  deleted    c
  conflict   d     look
  generated  e/    3 files
  generated  g/a
  yours      g/b
  generated  g/h/  2 files
  generated  i/a   with CRLF
  generated  i/b
  generated  j/a
10 as generated, 2 yours, 1 deleted, 1 in conflict
`,
	} {
		var out strings.Builder
		Status(&out, Version{"web", "1.0.0"}, files, all, Style{})
		if got := out.String(); got != want {
			t.Errorf("all: %v, got\n%s\nwant\n%s", all, got, want)
		}
	}
}
