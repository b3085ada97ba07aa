package console

import (
	"bytes"
	"context"
	"errors"
	"testing"

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
		c.Status(Conflicts)
		if got := c.Exit(err); got != worse(want, Conflicts) {
			t.Errorf("%v after conflicts: %d", err, got)
		}
	}
}

// An answer of many lines does not fill the screen.
func TestShown(t *testing.T) {
	for value, want := range map[string]string{
		"a": "a", "": `""`, "a\nb": "a…", "0123456789012345678901234567890123456789x": "0123456789012345678901234567890123456789…",
	} {
		if got := shown(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
