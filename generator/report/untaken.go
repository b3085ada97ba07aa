package report

import (
	"bytes"
	"fmt"
	"io"

	"scaffold/generator/merge"
	"scaffold/generator/plan"
)

// untaken shows what the template changed in a file and a step does not take, and
// how to take it: as comments, which whoever applies the patch passes over.
func untaken(w io.Writer, step plan.Step, s Style) {
	base, theirs := step.Untaken.Base, step.Untaken.Theirs
	a, b := bytesOf(base), bytesOf(theirs)
	comment := func(line string) { fmt.Fprintln(w, s.paint("2", "# "+line)) }
	comment(fmt.Sprintf("%s: %s; after this, scaffold restore %s takes it:", step.Path, step.Why, step.Path))
	switch {
	case bytes.Equal(a, b):
		comment(fmt.Sprintf("mode %s becomes %s", gitMode(base.Mode), gitMode(theirs.Mode)))
	case merge.Binary(a) || merge.Binary(b):
		comment("it is binary")
	default:
		for line := range bytes.Lines(merge.Unified("a/"+base.Path, "b/"+theirs.Path, a, b, 3)) {
			comment(string(bytes.TrimSuffix(line, []byte("\n"))))
		}
	}
}
