package plan

import (
	"bytes"
	"fmt"
	"strings"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// join makes one line of what there is to say.
func join(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, "; ")
}

// MidMergeWhy says why a file is in conflict that no run of ours left so.
const MidMergeWhy = "has the conflict markers of another merge"

// amounts says how much either side brings to a clean merge.
func (t triple) amounts(r merge.Result) string {
	yours := "your " + t.amount(r.Yours, t.ours)
	if r.Yours.Lines > 0 && r.Theirs.Lines > 0 {
		return fmt.Sprintf("%s and the template's %d", yours, r.Theirs.Lines)
	}
	return yours + " and the template's " + t.amount(r.Theirs, t.theirs)
}

// amount is how much a side changed against base: lines, or what else a file has.
func (t triple) amount(c merge.Edits, side *tree.File) string {
	switch {
	case c.Lines > 0:
		return count(c.Lines, "line")
	case t.base == nil || bytes.Equal(t.base.Data, side.Data):
		return "mode"
	case t.unmergeable():
		return "content"
	case has(bytes.HasPrefix, t.base, side, "\ufeff"):
		return "byte order mark"
	case has(bytes.HasSuffix, t.base, side, "\n"):
		return "final newline"
	}
	return "line endings"
}

// has reports whether one of two files has the part and the other has not.
func has(at func(data, part []byte) bool, a, b *tree.File, part string) bool {
	return at(a.Data, []byte(part)) != at(b.Data, []byte(part))
}

func overlap(r merge.Result) string {
	verb := "overlap"
	if r.Theirs.Overlap == 1 {
		verb = "overlaps"
	}
	return fmt.Sprintf("%d of %s %s yours", r.Theirs.Overlap, count(r.Theirs.Hunks, "change"), verb)
}

// suspicion says what looks like the missing file, and what to do if it is.
func (t triple) suspicion(leads []lead) string {
	switch {
	case len(leads) > 0 && !leads[0].unsure && !t.maker.options.Short:
		return leads[0].came.Path + " looks like it, but " + leads[0].why
	case len(leads) > 0 && leads[0].unsure:
		return similarOnes(leads) + "; if you moved it, move it back, regenerate, and move it again"
	case t.maker.options.Short:
		return "the project has more files than are looked through; if you moved it, move it back, regenerate, and move it again"
	}
	return ""
}

func similarOnes(leads []lead) string {
	first := leads[0].came.Path
	switch n := len(leads); {
	case leads[0].why != "":
		return first + " looks like it, but " + leads[0].why
	case n == 1:
		return first + " looks like it, and like another that is missing"
	case n == 2:
		return first + " and " + leads[1].came.Path + " look like it"
	default:
		return first + " and " + count(n-1, "other") + " look like it"
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
