// Package report shows a plan: as lines of text, as a tree, as a unified diff,
// as JSON. It decides nothing and writes only to the writer it is given.
package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

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
	lines(w, p, s)
	fmt.Fprintln(w, Summary(p, true))
}

func lines(w io.Writer, p plan.Plan, s Style) {
	width := 0
	for _, step := range p.Steps {
		if step.Named && step.Why != "" {
			width = max(width, columns(step.Path))
		}
	}
	for _, step := range p.Steps {
		if step.Named {
			s.line(w, string(step.Verb), colors[step.Verb], width, step.Path, step.Why)
			for _, note := range step.Notes {
				s.line(w, "", "", 0, note, "")
			}
		}
	}
}

// columns is how wide a path is shown.
func columns(path string) int { return utf8.RuneCountInString(Escape(path)) }

// line writes a status line: a word, a path, and what there is to say.
func (s Style) line(w io.Writer, word, color string, width int, path, why string) {
	line := fmt.Sprintf("  %s  %-*s  %s", s.paint(color, fmt.Sprintf("%-8s", word)), width, oneLine(path), oneLine(why))
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}

// oneLine is Escape for what may not break a line: else a name could forge one.
func oneLine(text string) string { return strings.ReplaceAll(Escape(text), "\n", `\u000a`) }

// Summary says in a line what a plan comes to, and, if it was applied, what its
// conflicts ask for. A conflict is one of the changes.
func Summary(p plan.Plan, applied bool) string {
	changes := 0
	for _, step := range p.Steps {
		if step.Writes() {
			changes++
		}
	}
	conflicts := p.Count(plan.Conflict)
	switch {
	case changes+conflicts == 0 && len(p.State) > 0:
		return "no file changes; what the project remembers is brought up to date"
	case changes+conflicts == 0:
		return "nothing to do"
	case conflicts == 0:
		return count(changes, "change")
	}
	summary := count(changes, "change") + ", " + count(conflicts, "conflict")
	if applied {
		summary += ": " + advice(p.Conflicts())
	}
	return summary
}

// advice says how to resolve conflicts.
func advice(conflicts []plan.ConflictRecord) string {
	var search, compare []string
	for _, c := range conflicts {
		if plan.IsBeside(c.To) {
			compare = append(compare, c.Yours()+" with "+c.To)
		} else {
			search = append(search, c.Yours())
		}
	}
	var todo []string
	if len(search) > 0 {
		todo = append(todo, "search "+few(search)+" for <<<<<<<")
	}
	if len(compare) > 0 {
		todo = append(todo, "compare "+few(compare), "remove the .scaffold-new file"+plural(len(compare)))
	}
	return oneLine(strings.Join(append(todo, "then run the tests"), ", "))
}

// few names up to three.
func few(names []string) string {
	switch n := len(names); {
	case n == 1:
		return names[0]
	case n > 3:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), n-3)
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

func count(n int, noun string) string { return fmt.Sprintf("%d %s%s", n, noun, plural(n)) }

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
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
