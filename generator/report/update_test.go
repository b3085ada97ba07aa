package report

import (
	"strings"
	"testing"

	"scaffold/generator/plan"
)

func TestUpdate(t *testing.T) {
	var out strings.Builder
	Update(&out, Version{"web", "1.0.0"}, Version{"web", "1.1.0"}, []Note{{"style", "func → struct"}, {"a\nb", "\x1b"}}, everything(), true, Style{})
	want := `web 1.0.0 → 1.1.0
  answer    style  func → struct
  answer    a\u000ab  \u001b
  update    a.go
`
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
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

// Advice names what to search and what to compare, and few of many.
func TestAdvice(t *testing.T) {
	var conflicts []plan.ConflictRecord
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		conflicts = append(conflicts, plan.ConflictRecord{Path: name, To: name})
	}
	conflicts = append(conflicts, plan.ConflictRecord{Path: "x", To: "x.scaffold-new"})
	want := "search a, b, c and 2 more for <<<<<<<, compare x with x.scaffold-new, then run the tests"
	if got := advice(conflicts); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var out strings.Builder
	Open(&out, conflicts[4:], Style{})
	const open = `  conflict  e  still has the lines that mark it
  conflict  x  x.scaffold-new still stands beside it
2 conflicts of the last run: search e for <<<<<<<, compare x with x.scaffold-new, then run the tests
`
	if got := out.String(); got != open {
		t.Errorf("got\n%s\nwant\n%s", got, open)
	}
}

func TestStatus(t *testing.T) {
	var out strings.Builder
	files := []File{{"a", "generated", ""}, {"bb", "yours", "is a folder"}, {"c", "deleted", ""}, {"d", "conflict", "look"}, {"e", "generated", ""}}
	Status(&out, Version{"web", "1.0.0"}, files, Style{})
	const want = `web 1.0.0
  generated  a
  yours      bb  is a folder
  deleted    c
  conflict   d   look
  generated  e
2 as generated, 1 yours, 1 deleted, 1 in conflict
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
