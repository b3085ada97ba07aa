package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"scaffold/generator/answer"
	"scaffold/generator/merge"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
)

// breaking is what means something to Markdown, HTML, and forges.
const breaking = "`x` ```\n````\n</details><!-- @somebody fixes #1 **bold** [a](http://example.com) ![i](x) | GH-1 www.example.com\n# head\r\x1b[31m"

// hostile is a run in which everything that others wrote tries to break out.
func hostile() (Run, plan.Plan) {
	step := func(verb plan.Verb) plan.Step {
		return plan.Step{Path: "a/" + breaking, To: "a/" + breaking, Verb: verb, Why: breaking, Named: true, From: breaking, Ours: file("f", breaking), After: file("f", breaking), Notes: []string{breaking}}
	}
	conflict := step(plan.Conflict)
	conflict.After = file("f", "<<<<<<< yours\n"+breaking+"\n||||||| base\nb```\n=======\n"+breaking+"\n>>>>>>> web\n")
	conflict.Overlaps = []merge.Overlap{{Line: 1, Base: 1, Ours: strings.Count(breaking, "\n") + 1, Theirs: strings.Count(breaking, "\n") + 1}}
	settled := step(plan.Merge)
	settled.Settled = []merge.Settled{{Step: "pin", Said: breaking, Line: 1}}
	return Run{
		Target: "/x", Pack: "web", Version: "1.1.0", From: &Version{"web", "1.0.0"}, Applied: true,
		Changed: []answer.Change{{Name: "q", Old: breaking, New: []string{breaking}, Was: true, Is: true}},
		News:    []pack.Note{{Version: "1.1.0", Text: breaking}}, Notes: []string{breaking, "the pack is in /home/somebody", "see \"/home/x\""},
		Verify: &Verified{Command: breaking, Output: "0.012s", TakenBack: []string{breaking}},
	}, plan.Plan{Steps: []plan.Step{conflict, settled, step(plan.Create), step(plan.Update), step(plan.Delete), step(plan.Keep)}}
}

// withoutCode returns a text of Markdown without what stands in code, by CommonMark's
// rules of fences and of spans.
func withoutCode(t *testing.T, text string) string {
	t.Helper()
	var kept strings.Builder
	fence := ""
	for line := range strings.Lines(text) {
		bare := strings.TrimSpace(line)
		ticks := bare[:len(bare)-len(strings.TrimLeft(bare, "`"))]
		switch {
		case fence != "" && len(ticks) >= len(fence) && bare == ticks:
			fence = ""
		case fence != "":
		case len(ticks) >= 3 && !strings.Contains(bare[len(ticks):], "`"):
			fence = ticks
		default:
			kept.WriteString(line)
		}
	}
	if fence != "" {
		t.Errorf("a fence is not closed")
	}
	rest, out := kept.String(), ""
	for {
		start := strings.IndexByte(rest, '`')
		if start < 0 {
			return out + rest
		}
		run := rest[start : start+len(rest[start:])-len(strings.TrimLeft(rest[start:], "`"))]
		out, rest = out+rest[:start], rest[start+len(run):]
		end := regexp.MustCompile("(^|[^`])" + run + "([^`]|$)").FindStringIndex(rest)
		if end == nil || strings.Contains(rest[:end[1]-1], "\n") {
			t.Fatalf("code is not closed in %q", rest)
		}
		rest = strings.TrimPrefix(rest[strings.Index(rest[end[0]:], run)+end[0]:], run)
	}
}

// What others wrote stands in code, and only ours outside; nothing of this machine does.
func TestMessageOfHostile(t *testing.T) {
	run, p := hostile()
	text := Message(run, p)
	rest := withoutCode(t, text)
	for _, ours := range []string{"### ", "- [ ] ", "| | files |", "|---|---:|"} {
		rest = strings.ReplaceAll(rest, ours, "")
	}
	rest = regexp.MustCompile(`(?m)^\| [\w ]+ \| \d+ \|$`).ReplaceAllString(rest, "")
	if m := regexp.MustCompile("[`@#<>*_\\[\\]|!\\\\]|http|www|GH-").FindString(rest); m != "" {
		t.Errorf("%q stands outside of code:\n%s", m, rest)
	}
	if strings.Contains(text, "home") || strings.Contains(text, "/x") || strings.Contains(text, "0.012s") {
		t.Errorf("it is about a machine:\n%s", text)
	}
	if Escape(text) != text {
		t.Error("a terminal would obey it")
	}
	if again := Message(run, p); again != text {
		t.Error("the same run gives another message")
	}
	for _, section := range []string{"### Conflicts", "### Answers", "### What the pack says", "### What was not taken", "### What was settled", "### Also", "### Created", "### Updated", "### Deleted", "### Verified", "### How to undo"} {
		if !strings.Contains(text, "\n"+section) {
			t.Errorf("it has no %q", section)
		}
	}
}

// A message fits into a pull request, says how much is left out, and still how to undo it.
func TestMessageIsBounded(t *testing.T) {
	run, p := hostile()
	steps := p.Steps
	p.Steps = nil
	const many = 1000
	for range many {
		p.Steps = append(p.Steps, steps...)
		run.News = append(run.News, pack.Note{Version: "1.1.0", Text: strings.Repeat(breaking, 100)})
		run.Changed = append(run.Changed, answer.Change{Name: "q", New: strings.Repeat("y", 10_000), Is: true})
		run.Notes = append(run.Notes, breaking)
		run.Verify.TakenBack = append(run.Verify.TakenBack, breaking)
	}
	text := Message(run, p)
	withoutCode(t, text)
	if n := utf8.RuneCountInString(text); n > 65_536 {
		t.Errorf("it has %d characters", n)
	}
	_, conflicts, _ := strings.Cut(text, "### Conflicts")
	conflicts, _, _ = strings.Cut(conflicts, "\n### ")
	listed, left := strings.Count(conflicts, "\n- [ ] "), 0
	fmt.Sscanf(conflicts[strings.Index(conflicts, "- and "):], "- and %d more", &left)
	if listed == 0 || listed+left != many {
		t.Errorf("%d conflicts are listed, and %d left out, of %d", listed, left, many)
	}
	if strings.Count(text, "<details>") == 0 || strings.Count(text, "<details>") != strings.Count(text, "</details>\n") || !strings.Contains(text, "### How to undo") {
		t.Errorf("what is folded is not closed, or the end is missing:\n%s", text[len(text)-2000:])
	}
	if title, rest, _ := strings.Cut(text, "\n"); !strings.HasPrefix(rest, "\n") || utf8.RuneCountInString(title) > 256 {
		t.Errorf("the title is %q", title)
	}
}

// Where nothing is to do there is no message; what only would be done is said so.
func TestMessageOfLittle(t *testing.T) {
	from := &Version{"web", "1.0.0"}
	run := Run{Pack: "web", Version: "1.0.0", From: from}
	if got := Message(run, plan.Plan{}); got != "" {
		t.Errorf("of nothing: %s", got)
	}
	run.OutOfDate = true
	for _, tt := range []struct {
		version, want string
		open          []plan.ConflictRecord
	}{
		{"1.0.0", "Regenerate web 1.0.0\n\n`scaffold regenerate` would", nil},
		{"1.1.0", "Update web 1.0.0 → 1.1.0\n\n`scaffold regenerate` would", nil},
		{"1.0.0", "Resolve what was left of web 1.0.0 (1 conflict)\n\n", []plan.ConflictRecord{{Path: "a", To: "a.scaffold-new"}}},
	} {
		run.Version, run.Open = tt.version, tt.open
		if got := Message(run, plan.Plan{}); !strings.HasPrefix(got, tt.want) {
			t.Errorf("of %s: %s", tt.version, got)
		}
	}
}
