package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"scaffold/generator/answer"
	"scaffold/generator/lazyregexp"
	"scaffold/generator/plan"
)

// A message is cut, because a pull request of GitHub has room for 65,536 characters, and
// who opens it may add some.
const (
	maxMessage   = 60_000 // bytes
	maxConflicts = 36_000 // up to which the conflicts go
	maxRest      = 54_000 // up to which all goes but what came of a command, and how to undo it
	maxHunks     = 6_000  // of a file
	maxHunk      = 40     // lines of a side
	maxText      = 200    // characters of a line
	fewFiles     = 10     // more are folded
)

// Message returns the title of a pull request, an empty line, and its text in Markdown,
// or "" where there is nothing to do. It depends on the run and its plan alone: it has
// no time, no folder of the machine, and not what a command printed.
//
// What others wrote stands in code, where neither Markdown and HTML nor names of people
// and issues mean anything.
func Message(run Run, p plan.Plan) string {
	conflicts := p.Count(plan.Conflict) + len(run.Open)
	if run.From == nil || !run.Applied && !run.OutOfDate && conflicts == 0 {
		return ""
	}
	var m message
	m.write(titleOf(run, conflicts) + "\n\n" + introOf(run))
	m.write(tableOf(p))
	m.section("Conflicts", conflictItems(run, p), maxConflicts, false)
	m.section("Answers", answerItems(run.Changed), maxRest, true)
	m.section("What the pack says of its versions", newsItems(run), maxRest, false)
	m.section("What was not taken", itemsOf(p, notTaken, reason), maxRest, true)
	m.section("What was settled by what the lines say: review", itemsOf(p, isSettled, settledReason), maxRest, true)
	m.section("Also", noteItems(run), maxRest, true)
	for _, v := range verbs[1:] { // conflicts are listed above
		has := func(s plan.Step) bool { return s.Verb == v.verb }
		m.section(fmt.Sprintf("%s: %s", v.word, count(p.Count(v.verb), "file")), itemsOf(p, has, reason), maxRest, true)
	}
	m.write(verifyOf(run.Verify))
	m.write(undoOf(run))
	return m.text.String()
}

type message struct{ text strings.Builder }

func (m *message) write(text string) { m.text.WriteString(text) }

// section writes items below a heading, up to so many bytes of the message, and how many
// it leaves out. It folds many.
func (m *message) section(head string, items []string, limit int, fold bool) {
	if len(items) == 0 {
		return
	}
	begin, end := "### "+head+"\n\n", "\n"
	if fold && len(items) > fewFiles {
		begin, end = "<details><summary>"+head+"</summary>\n\n", "\n</details>\n\n"
	}
	m.write(begin)
	for i, item := range items {
		if m.text.Len()+len(item) > limit {
			m.write(fmt.Sprintf("- and %d more, for which there is no room here: `scaffold regenerate --dry-run --json` lists all\n", len(items)-i))
			break
		}
		m.write(item)
	}
	m.write(end)
}

// verbs are what becomes of files, in the order of the table.
var verbs = []struct {
	verb plan.Verb
	word string
}{{plan.Conflict, "In conflict"}, {plan.Merge, "Merged"}, {plan.Update, "Updated"}, {plan.Create, "Created"}, {plan.Delete, "Deleted"}}

func titleOf(run Run, conflicts int) string {
	to := Version{run.Pack, run.Version}
	title := "Update " + Title(*run.From, to)
	switch {
	case len(run.Open) > 0:
		title = "Resolve what was left of " + Title(to, to)
	case *run.From == to:
		title = "Regenerate " + Title(to, to)
	}
	title = cut(OneLine(title))
	if conflicts > 0 {
		title += " (" + count(conflicts, "conflict") + ")"
	}
	return title
}

func introOf(run Run) string {
	from, to := code(run.From.Pack+" "+run.From.Version), code(run.Pack+" "+run.Version)
	if o := run.Origin; o != nil && o.Commit != "" {
		to += ", commit " + code(o.Commit)
	}
	switch {
	case len(run.Open) > 0:
		return "The last `scaffold regenerate` left conflicts, and the next one waits until they are resolved. Nothing was changed.\n\n"
	case !run.Applied:
		return "`scaffold regenerate` would bring this project from " + from + " to " + to + ". Nothing is written yet.\n\n"
	}
	return "`scaffold regenerate` brought this project from " + from + " to " + to + ". What you changed stays, but for what is named here.\n\n"
}

func tableOf(p plan.Plan) string {
	table := ""
	for _, v := range verbs {
		if n := p.Count(v.verb); n > 0 {
			table += fmt.Sprintf("| %s | %d |\n", v.word, n)
		}
	}
	if n := len(itemsOf(p, notTaken, reason)); n > 0 {
		table += fmt.Sprintf("| Not taken | %d |\n", n)
	}
	if table == "" {
		return ""
	}
	return "| | files |\n|---|---:|\n" + table + "\n"
}

// conflictItems are check boxes, with the lines of both sides.
func conflictItems(run Run, p plan.Plan) []string {
	var items []string
	add := func(c plan.ConflictRecord, why, hunks string) {
		todo := ""
		switch beside := plan.IsBeside(c.To); {
		case !run.Applied && len(run.Open) == 0 || c.Kind == plan.Marked:
		case beside:
			todo = "; compare " + code(c.Yours()) + " with " + code(c.To) + ", then remove that"
		default:
			todo = "; search " + code(c.Yours()) + " for `<<<<<<<`"
		}
		items = append(items, fmt.Sprintf("- [ ] %s: %s%s\n%s", code(c.Path), prose(why), todo, hunks))
	}
	for _, c := range run.Open {
		add(c, OpenWhy(c), "")
	}
	for _, s := range p.Steps {
		if s.Verb == plan.Conflict {
			add(plan.ConflictRecord{Path: s.Path, Kind: s.Kind, To: s.To}, s.Why, hunksText(s))
		}
	}
	return items
}

// hunksText shows what either side made of the lines, as far as a file has room.
func hunksText(step plan.Step) string {
	text, left := "", 0
	for _, h := range hunksOf(step) {
		if h.Step != "" {
			continue
		}
		yours := "Yours"
		if h.Line > 0 {
			yours = fmt.Sprintf("Line %d, yours", h.Line)
		}
		hunk := fmt.Sprintf("\n  %s:\n\n%s", yours, fenced("diff", changed(h.Base, h.Ours))) +
			"\n  The template's:\n\n" + fenced("diff", changed(h.Base, h.Theirs))
		if left > 0 || len(text)+len(hunk) > maxHunks {
			left++
			continue
		}
		text += hunk
	}
	if left > 0 {
		text += fmt.Sprintf("\n  %s more, for which there is no room here.\n", count(left, "place"))
	}
	return text
}

func changed(before, after []string) []string {
	var lines []string
	for _, line := range before {
		lines = append(lines, "-"+line)
	}
	for _, line := range after {
		lines = append(lines, "+"+line)
	}
	return lines
}

func answerItems(changed []answer.Change) []string {
	var items []string
	for _, c := range changed {
		was, is := "none", "none"
		if c.Was {
			was = code(answer.Format(c.Old))
		}
		if c.Is {
			is = code(answer.Format(c.New))
		}
		items = append(items, fmt.Sprintf("- %s: %s → %s\n", code(c.Name), was, is))
	}
	return items
}

func newsItems(run Run) []string {
	var items []string
	for _, n := range run.News {
		items = append(items, fmt.Sprintf("- %s:\n\n%s", code(n.Version), fenced("text", strings.Split(strings.TrimRight(n.Text, "\n"), "\n"))))
	}
	return items
}

func noteItems(run Run) []string {
	var items []string
	for _, note := range run.Notes {
		if !machine.MatchString(note) {
			items = append(items, "- "+prose(note)+"\n")
		}
	}
	return items
}

// machine finds a path of this machine, which a pull request is not about.
var machine = lazyregexp.New(`(^|[\s"'=])(/|[A-Za-z]:[\\/])`)

// notTaken reports whether the template changed a file and the user's stays.
func notTaken(s plan.Step) bool {
	stays := s.Verb == plan.Keep || s.Verb == plan.Forget // this is what the template dropped
	return stays && s.Named && len(s.Settled) == 0 || s.Untaken != nil
}

func isSettled(s plan.Step) bool { return len(s.Settled) > 0 }

func settledReason(s plan.Step) string {
	return strings.Join(slices.Concat(s.Notes, firstOf(s.SettledNotes())), "; ")
}

func reason(s plan.Step) string { return cmp.Or(s.Why, strings.Join(s.Notes, "; ")) }

func itemsOf(p plan.Plan, has func(plan.Step) bool, reason func(plan.Step) string) []string {
	var items []string
	for _, s := range p.Steps {
		if !has(s) {
			continue
		}
		item := "- " + code(s.Path)
		if why := reason(s); why != "" {
			item += ": " + prose(why)
		}
		items = append(items, item+"\n")
	}
	return items
}

func verifyOf(v *Verified) string {
	if v == nil {
		return ""
	}
	said := "the merged files pass " + code(v.Command)
	switch {
	case v.Why != "":
		said = "not verified by " + code(v.Command) + ": " + prose(v.Why)
	case !v.Passed:
		said = "the merged files do not pass " + code(v.Command) + ", though yours and the template's do"
	}
	text := "### Verified\n\n" + strings.ToUpper(said[:1]) + said[1:] + ".\n"
	for i, path := range v.TakenBack {
		if i == fewFiles {
			text += fmt.Sprintf("- and %d more\n", len(v.TakenBack)-i)
			break
		}
		text += "- merged by lines alone since: " + code(path) + "\n"
	}
	return text + "\n"
}

func undoOf(run Run) string {
	switch {
	case len(run.Open) > 0:
		return "### How to go on\n\n`scaffold resolve` goes through them, then `scaffold regenerate` works again.\n"
	case !run.Applied:
		return "### How to go on\n\n" + code(run.Command) + " does it.\n"
	}
	return "### How to undo\n\nClose this pull request, or revert its merge by `git revert`: what scaffold remembers is committed with the files, and so goes back with them. " +
		"Before it is committed, `scaffold undo` takes it back.\n"
}

// plain finds a text in which nothing means anything to Markdown, HTML or those who
// make links of names, issues and addresses.
var plain = lazyregexp.New(`^[A-Za-z0-9 ,;:()'"./-]*$`)

var linked = lazyregexp.New(`(?i)://|www\.|\bgh-`)

// prose returns a text as it is where that is safe, or else as code.
func prose(text string) string {
	text = cut(text)
	if plain.MatchString(text) && !linked.MatchString(text) {
		return text
	}
	return code(text)
}

// code returns a text as code in a line.
func code(text string) string {
	text = cut(OneLine(cut(strings.ToValidUTF8(text, "\ufffd"))))
	ticks := strings.Repeat("`", longestRun(text)+1)
	if strings.TrimSpace(text) == "" {
		return "`\"" + text + "\"`"
	}
	if strings.Trim(text, "` ") != text {
		text = " " + text + " "
	}
	return ticks + text + ticks
}

// fenced returns lines as code of a list's item. The fence is longer than any that the
// lines have, so that none of them ends it.
func fenced(kind string, lines []string) string {
	if more := len(lines) - maxHunk; more > 1 {
		lines = append(slices.Clip(lines[:maxHunk]), fmt.Sprintf("… and %d lines more", more))
	}
	longest, text := 2, ""
	for _, line := range lines {
		line = cut(OneLine(cut(strings.ToValidUTF8(line, "\ufffd"))))
		longest = max(longest, longestRun(line))
		text += "  " + line + "\n"
	}
	fence := "  " + strings.Repeat("`", longest+1)
	return fence + kind + "\n" + text + fence + "\n"
}

func longestRun(text string) int {
	longest, run := 0, 0
	for _, r := range text {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

func cut(text string) string {
	if utf8.RuneCountInString(text) <= maxText {
		return text
	}
	return string([]rune(text)[:maxText]) + "…"
}
