package console

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"scaffold/generator/problem"
)

// Of several statuses the worst counts, in whatever order they come.
func TestExitIsTheWorst(t *testing.T) {
	order := []int{Done, OutOfDate, Conflicts, Input, Failed, Interrupted}
	for i, better := range order {
		for _, bad := range order[i:] {
			if worse(better, bad) != bad || worse(bad, better) != bad {
				t.Errorf("of %d and %d: %d", better, bad, worse(better, bad))
			}
		}
	}
	for want, err := range map[int]error{
		Done: nil, Input: problem.Input("x"), Failed: errors.New("x"), Interrupted: context.Canceled,
	} {
		c := Console{Err: &bytes.Buffer{}}
		if got := c.Exit(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
		c = Console{Err: &bytes.Buffer{}}
		c.raiseExit(Conflicts)
		if got := c.Exit(err); got != worse(want, Conflicts) {
			t.Errorf("%v after conflicts: %d", err, got)
		}
	}
}

// A stranger's file may have a name of 16 MB, or 20,000 of them.
func TestComplaintIsShort(t *testing.T) {
	for _, err := range []error{
		errors.New(strings.Repeat("é", 16<<20)),
		errors.New(strings.Repeat("x\n", 20_000)),
		problem.WithHint(errors.New(strings.Repeat(strings.Repeat("x", 1<<10)+"\n", 2_000)), "look at it"),
	} {
		var out bytes.Buffer
		c := Console{Err: &out}
		c.Exit(err)
		if out.Len() > 256<<10 || !utf8.Valid(out.Bytes()) || !strings.Contains(out.String(), "…") && !strings.Contains(out.String(), " lines more") {
			t.Errorf("says %d bytes, ending in %q", out.Len(), out.Bytes()[out.Len()-100:])
		}
		if want := problem.Hints(err); len(want) > 0 && !strings.HasSuffix(out.String(), "hint: "+want[0]+"\n") {
			t.Errorf("lost the hint %q", want[0])
		}
	}
}
