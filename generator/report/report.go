// Package report shows a plan: as lines of text, as a tree, as a unified diff,
// as JSON. It decides nothing and writes only to the writer it is given.
package report

import (
	"fmt"
	"io"
	"strings"

	"scaffold/generator/plan"
)

// A Style says how text is dressed. The zero value is plain text.
type Style struct {
	Color bool
}

// colors are the SGR codes of the verbs: green adds, red removes, yellow asks.
var colors = map[plan.Verb]string{
	plan.Create: "32", plan.Update: "36", plan.Merge: "36",
	plan.Conflict: "33;1", plan.Delete: "31", plan.Keep: "2", plan.Forget: "2",
}

func (s Style) paint(code, text string) string {
	if !s.Color || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Text writes one line for every step that is worth one, and a summary.
func Text(w io.Writer, p plan.Plan, s Style) {
	width := 0
	for _, step := range p.Steps {
		if step.Named && step.Why != "" {
			width = max(width, len(step.Path))
		}
	}
	for _, step := range p.Steps {
		if step.Named {
			line := fmt.Sprintf("  %s  %-*s  %s", s.paint(colors[step.Verb], fmt.Sprintf("%-8s", step.Verb)), width, step.Path, step.Why)
			fmt.Fprintln(w, strings.TrimRight(line, " "))
		}
	}
	fmt.Fprintln(w, Summary(p))
}

// Summary says in a line what a plan comes to.
func Summary(p plan.Plan) string {
	changes := 0
	for _, step := range p.Steps {
		if step.Writes() && step.Verb != plan.Conflict {
			changes++
		}
	}
	conflicts := p.Count(plan.Conflict)
	switch {
	case changes+conflicts == 0:
		return "nothing to do"
	case conflicts == 0:
		return count(changes, "change")
	}
	return count(changes, "change") + ", " + count(conflicts, "conflict")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Escape returns text that came from a pack or a file name with everything made
// visible that a terminal would obey, but for new lines and tabs.
func Escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r < 0x20, 0x7f <= r && r < 0xa0, bidirectional(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func bidirectional(r rune) bool {
	return 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}
