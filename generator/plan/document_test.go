package plan

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// documented pairs the lines of a table in docs/regenerating.md with the rows that
// they tell in a user's words, both in their order.
var documented = []struct {
	line string
	rows []string // what stands under when
}{
	{"| `scaffold.yaml` has it below `keep:`, and you do not have what the template writes | it is left alone, and named while the template has another |",
		[]string{"scaffold.yaml keeps it, or what goes with it, and O ≠ T"}},
	{"| neither you nor the template have it any more | it is forgotten |", []string{"B, O=∅, T=∅"}},
	{"| you have what the template writes now | it stays |", []string{"O = T"}},
	{"| git has it in conflict, and its markers are still there | conflict: nothing is merged into it |",
		[]string{"O has the conflict markers of another merge, which git has not seen resolved"}},
	{"| the template has not changed it | yours stays, also deleted |", []string{"T = B, B present"}},
	{"| it is yours from the start (`app.go`, `app_test.go`, `README.md`) and you edited it | yours stays; only its imports follow a new `--set module` |",
		[]string{"once, B present, O ≠ B, or a once-file that belongs with it was edited"}},
	{"| a link, a folder or a device is in its place | conflict: never followed, never replaced |",
		[]string{"O or a parent folder is not what it should be (symlink, folder, device)"}},
	{"| you deleted it, and the template changed it | it stays deleted, and is named |", []string{"B, O=∅, T"}},
	{"| you have not touched it | it is updated, or deleted if the template has it no more |", []string{"O = B, T", "O = B, T=∅"}},
	{"| you edited it, and the template has it no more | it stays, is yours now, and is named |", []string{"B, O, T=∅"}},
	{"| it goes with one that is yours from the start and that you edited | it is not made, and is named |",
		[]string{"B=∅, T once, and a once-file that belongs with it was edited"}},
	{"| it is new | it is created |", []string{"B=∅, O=∅, T"}},
	{"| both made one | conflict |", []string{"B=∅, O, T"}},
	{"| it is binary, or over 8 MiB, and both changed it | conflict: the template's goes beside it, as `FILE.scaffold-new` |",
		[]string{"binary (NUL in the first 8,000 bytes) or over 8 MiB"}},
	{"| both changed it | merged |", []string{"B, O, T"}},
}

// A new row is one that users have to read about, and a line that changes may tell
// something else than the row.
func TestRowsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/regenerating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\n## What becomes of a file\n")
	_, after, _ = strings.Cut(after, "\n|---|---|\n")
	table, _, _ := strings.Cut(after, "\n\n")

	var lines, have, want []string
	for _, d := range documented {
		lines, have = append(lines, d.line), append(have, d.rows...)
	}
	for _, row := range rows {
		want = append(want, row.when)
	}
	if got := strings.Split(table, "\n"); !slices.Equal(got, lines) {
		t.Errorf("docs/regenerating.md has\n%s\nwant\n%s", table, strings.Join(lines, "\n"))
	}
	if !slices.Equal(have, want) {
		t.Errorf("documented are\n%s\nthe rows are\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}
