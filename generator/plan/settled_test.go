package plan

import (
	"slices"
	"strings"
	"testing"

	"scaffold/generator/merge"
	"scaffold/generator/settle"
)

// Every step of a merge has its words.
func TestSettling(t *testing.T) {
	for _, step := range append(slices.Clone(settle.Steps), settle.LastStep, settle.Step{Name: "key"}) {
		if by := settledBy([]merge.Settled{{Step: step.Name}}); by != step.Name {
			t.Errorf("a merge by %s is said to be by %q", step.Name, by)
		}
	}
}

func TestDescribeSettled(t *testing.T) {
	by := func(steps string) (list []merge.Settled) {
		for step := range strings.FieldsSeq(steps) {
			list = append(list, merge.Settled{Step: step})
		}
		return list
	}
	for _, tt := range []struct {
		steps string
		clean bool
		want  string
	}{
		{"", true, ""},
		{"", false, ""},
		{"key", true, "merged by key: review"},
		{"pin layout layout key", true, "merged by key, layout and pin: review"},
		{"deleted applied", true, "merged by applied and deleted: review"},
		{"pin", false, "1 settled by pin"},
		{"pin layout layout", false, "3 settled by layout and pin"},
		{"key pin", false, "the rest merged by key and pin"},
	} {
		if got := describeSettled(by(tt.steps), tt.clean); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.steps, got, tt.want)
		}
	}
}

// What is settled is said once, with the lines where it was.
func TestSettledNotes(t *testing.T) {
	hunk := func(step, said string, line int, lines, ours, theirs string) merge.Settled {
		return merge.Settled{Step: step, Said: said, Line: line, Lines: strings.Fields(lines), Ours: strings.Fields(ours), Theirs: strings.Fields(theirs)}
	}
	pin := hunk("pin", "took v7.0.1 of v7.0.0 and v7.0.1", 4, "b", "a", "b")
	again, oftener := pin, pin
	again.Line, oftener.Line = 9, 12
	for _, tt := range []struct {
		name    string
		settled []merge.Settled
		want    string
	}{
		{"what the lines show", []merge.Settled{{Step: "key"}}, ""},
		{"one", []merge.Settled{pin}, "line 4: pin: took v7.0.1 of v7.0.0 and v7.0.1"},
		{"two", []merge.Settled{pin, again}, "lines 4 and 9: pin: took v7.0.1 of v7.0.0 and v7.0.1"},
		{"three", []merge.Settled{pin, again, oftener}, "lines 4, 9 and 12: pin: took v7.0.1 of v7.0.0 and v7.0.1"},
		{"four", []merge.Settled{pin, pin, pin, pin}, "lines 4, 4, 4 and 4: pin: took v7.0.1 of v7.0.0 and v7.0.1"},
		{"more", []merge.Settled{pin, again, oftener, pin, pin}, "lines 4, 9, 12 and 2 more: pin: took v7.0.1 of v7.0.0 and v7.0.1"},
		{"mine", []merge.Settled{hunk("layout", "", 2, "a", "a", "b")}, "line 2: layout: yours kept, because the template brings nothing else"},
		{"the template's", []merge.Settled{hunk("layout", "", 2, "b", "a", "b")}, "line 2: layout: the template's taken, because you changed nothing else"},
		{"both", []merge.Settled{hunk("layout", "", 2, "a d", "a c", "b d")}, "line 2: layout: both changes taken, because they touch in layout alone"},
		{"applied", []merge.Settled{hunk("applied", "", 2, "a", "a", "b"), hunk("applied", "", 5, "b", "a", "b")},
			"line 2: applied: yours kept, because it has the template's change\nline 5: applied: the template's taken, because it has your change"},
		{"ignore", []merge.Settled{hunk("ignore", "", 2, "a b", "a", "b")}, "line 2: ignore: took the lines of both, of which none needs its place"},
		{"aligned", []merge.Settled{hunk("aligned", "", 2, "a d", "a c", "b d")}, "line 2: aligned: each line was changed by one side only"},
		{"deleted", []merge.Settled{hunk("deleted", "deleted by you; the template changed it: lint", 7, "", "", "lint")}, "line 7: deleted by you; the template changed it: lint"},
		{"a step of another scaffold", []merge.Settled{{Step: "other", Said: "so", Line: 3}}, "line 3: other: so"},
	} {
		if got := strings.Join((Step{Settled: tt.settled}).SettledNotes(), "\n"); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
