// Package report shows a plan: as lines of text, as a tree, as a unified diff,
// as JSON. It decides nothing and writes only to the writer it is given.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"scaffold/generator/answer"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A Version is a pack at a version.
type Version struct {
	Pack    string `json:"pack" says:"its name"`
	Version string `json:"version" says:"the version that the last run wrote"`
}

// A Style says how text is dressed. The zero value is plain text.
type Style struct {
	Color    bool
	Terminal bool // what is written there is obeyed, so contents are escaped too
	Width    int  // columns that a line should have at most; 0 for any number
}

// colors are the SGR codes of the verbs: green adds, red removes, yellow asks.
var colors = map[plan.Verb]string{
	plan.Create: "32", plan.Update: "36", plan.Merge: "36",
	plan.Conflict: "33;1", plan.Delete: "31", plan.Keep: "2", plan.Forget: "2",
}

// A painted text is escaped already, and may have colours of ours.
type painted string

func (s Style) paint(code, text string) painted {
	text = OneLine(text)
	if !s.Color || code == "" {
		return painted(text)
	}
	return painted("\x1b[" + code + "m" + text + "\x1b[0m")
}

// writeLine formats a line as [fmt.Sprintf] does, with its strings escaped.
func writeLine(w io.Writer, format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = OneLine(text)
		}
	}
	line := fmt.Sprintf(format, args...)
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}

// Text writes one line for every step that is worth one, and a summary.
func Text(w io.Writer, p plan.Plan, s Style) {
	writeSteps(w, p, s)
	fmt.Fprintln(w, Summary(p))
}

func writeSteps(w io.Writer, p plan.Plan, s Style) {
	width := 0
	for _, step := range p.Steps {
		if step.Named && step.Why != "" {
			width = max(width, columns(step.Path))
		}
	}
	for _, step := range p.Steps {
		if step.Named {
			s.writeStatus(w, string(step.Verb), colors[step.Verb], width, step.Path, step.Why)
			for _, note := range slices.Concat(step.Notes, firstOf(step.SettledNotes())) {
				s.writeStatus(w, "", "", 0, note, "")
			}
		}
	}
}

// firstOf leaves out what nobody would read of a file in which much was settled.
func firstOf(notes []string) []string {
	const most = 6
	if more := len(notes) - most; more > 1 {
		return append(slices.Clip(notes[:most]), fmt.Sprintf("and %d more, which --json lists", more))
	}
	return notes
}

func columns(path string) int { return utf8.RuneCountInString(OneLine(path)) }

// writeStatus writes a word, and beside it a path of at most width columns and why.
// Where a narrow terminal has no room for that, why stands below the path.
func (s Style) writeStatus(w io.Writer, word, color string, width int, path, why string) {
	const least = 24 // columns of a reason
	painted := s.paint(color, fmt.Sprintf("%-8s", word))
	indent := len(fmt.Sprintf("  %-8s  ", word))
	beside := s.Width - indent - width - 2
	if s.Width == 0 || beside >= least {
		lines := Wrap(OneLine(why), beside)
		writeLine(w, "  %s  %-*s  %s", painted, width, path, lines[0])
		writeIndented(w, indent+width+2, lines[1:])
		return
	}
	if strings.TrimSpace(word+path) != "" {
		writeLine(w, "  %s  %s", painted, path)
	}
	if why != "" {
		writeIndented(w, indent+2, Wrap(OneLine(why), s.Width-indent-2))
	}
}

func writeIndented(w io.Writer, indent int, lines []string) {
	for _, line := range lines {
		writeLine(w, "%*s%s", indent, "", line)
	}
}

// Wrap breaks text between words into lines of at most width columns, where they
// are not longer; a width of 0 or less breaks nothing.
func Wrap(text string, width int) []string {
	if width <= 0 || utf8.RuneCountInString(text) <= width {
		return []string{text}
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// OneLine is Escape for what may not break a line, because a name could forge one.
func OneLine(text string) string { return strings.ReplaceAll(Escape(text), "\n", `\u000a`) }

// Summary says what a plan that was applied comes to, and what its conflicts ask for.
func Summary(p plan.Plan) string {
	summary := countChanges(p)
	if p.Count(plan.Conflict) > 0 {
		summary += ": " + advice(p.Conflicts())
	}
	return summary
}

func countChanges(p plan.Plan) string {
	changes := 0
	for _, step := range p.Steps {
		if step.Writes() {
			changes++
		}
	}
	conflicts := p.Count(plan.Conflict)
	switch {
	case changes+conflicts == 0 && len(p.State) > 0:
		return "no file changes; " + describeState(p.State)
	case changes+conflicts == 0:
		return "nothing to do"
	case conflicts == 0:
		return count(changes, "change")
	}
	return count(changes, "change") + ", " + count(conflicts, "conflict")
}

// describeState says what becomes of what a project remembers, where no file changes.
func describeState(state []plan.Step) string {
	why := state[0].Why // of undo, of which all steps have the same
	switch {
	case slices.ContainsFunc(state, func(s plan.Step) bool { return s.Path == tree.ConfigFile && s.Verb == plan.Delete }):
		return "this is no project any more, " + why
	case why != "":
		return "what the project remembers is " + why
	}
	return "what the project remembers is brought up to date"
}

func advice(conflicts []plan.ConflictRecord) string {
	return OneLine(strings.Join(append(Resolving(conflicts), "then run the tests"), ", "))
}

// Resolving says what resolves conflicts, in the order of doing it.
func Resolving(conflicts []plan.ConflictRecord) []string {
	var resolve, search, compare []string
	for _, c := range conflicts {
		switch {
		case plan.IsBeside(c.To):
			compare = append(compare, c.Yours()+" with "+c.To)
		case c.Kind == plan.Marked: // by git, so that scaffold resolve has nothing to go by
			search = append(search, c.Yours())
		default:
			resolve = append(resolve, c.Yours())
		}
	}
	var todo []string
	if len(resolve) > 0 {
		todo = append(todo, "resolve "+nameFew(resolve))
	}
	if len(search) > 0 {
		todo = append(todo, "search "+nameFew(search)+" for <<<<<<<")
	}
	if len(compare) > 0 {
		todo = append(todo, "compare "+nameFew(compare), "remove the "+plan.BesideSuffix+" file"+plural(len(compare)))
	}
	return todo
}

func nameFew(names []string) string {
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

// Escape makes visible, as JSON does, what a terminal would obey in a text from a
// pack or a file name, but for new lines and tabs.
func Escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r != '\n' && r != '\t' && problem.IsControl(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

const collapse = 12 // entries of a folder, because a tree is not scrolled through

type node struct {
	name     string
	children []*node // none of a file
	files    int
}

// Tree draws what a plan writes, as a tree below name.
func Tree(w io.Writer, name string, p plan.Plan, s Style) { newTree(name, p).write(w, allLevels, s) }

// Beside says of a plan whose tree was drawn what became of files that were there
// before; often nothing.
func Beside(w io.Writer, p plan.Plan, s Style) {
	p.Steps = slices.DeleteFunc(slices.Clone(p.Steps), func(step plan.Step) bool { return step.Verb == plan.Create })
	writeSteps(w, p, s)
	if p.Count(plan.Conflict) > 0 {
		fmt.Fprintln(w, Summary(p))
	}
}

// TreeWithin draws as many levels of the tree as so many lines have room for, and
// counts what even the first level has more.
func TreeWithin(w io.Writer, name string, p plan.Plan, lines int, s Style) {
	root, text := newTree(name, p), ""
	for levels := 0; levels < allLevels; levels++ {
		var b strings.Builder
		root.write(&b, levels, s)
		if b.String() == text || levels > 0 && strings.Count(b.String(), "\n") > lines {
			break
		}
		text = b.String()
	}
	drawn := strings.SplitAfter(text, "\n")
	if more := len(drawn) - lines; more > 1 {
		drawn = append(drawn[:lines-1], fmt.Sprintf("└── and %d more\n", more))
	}
	io.WriteString(w, strings.Join(drawn, ""))
}

const allLevels = 1 << 10

func newTree(name string, p plan.Plan) *node {
	root := &node{name: name}
	for _, step := range slices.Concat(p.Steps, p.State) {
		if step.After != nil {
			root.add(strings.Split(step.To, "/"))
		}
	}
	return root
}

// write draws n and what is in it, and these levels of what is in its folders.
func (n *node) write(w io.Writer, levels int, s Style) {
	writeLine(w, "%s", s.paint("1", n.name+"/"))
	n.draw(w, "", levels, s)
}

func (n *node) add(elements []string) {
	n.files++
	if len(elements) == 0 {
		return
	}
	i := slices.IndexFunc(n.children, func(c *node) bool { return c.name == elements[0] })
	if i < 0 {
		i = len(n.children)
		n.children = append(n.children, &node{name: elements[0]})
	}
	n.children[i].add(elements[1:])
}

func (n *node) draw(w io.Writer, indent string, levels int, s Style) {
	slices.SortFunc(n.children, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	for i, c := range n.children {
		branch, below := "├── ", "│   "
		if i == len(n.children)-1 {
			branch, below = "└── ", "    "
		}
		switch {
		case len(c.children) == 0:
			writeLine(w, "%s%s", indent+branch, c.name)
		case len(c.children) > collapse || levels == 0 || strings.HasPrefix(c.name, ".") && indent == "":
			writeLine(w, "%s%s%s", indent+branch, s.paint("1", c.name+"/"), s.paint("2", "  "+count(c.files, "file")))
		default:
			writeLine(w, "%s%s", indent+branch, s.paint("1", c.name+"/"))
			c.draw(w, indent+below, levels-1, s)
		}
	}
}

// Defaults writes the file of a user's defaults, and below it what they answer.
func Defaults(w io.Writer, file string, answers []answer.Answer) {
	fmt.Fprintln(w, OneLine(file))
	width := 0
	for _, a := range answers {
		width = max(width, utf8.RuneCountInString(a.Name))
	}
	for _, a := range answers {
		fmt.Fprintf(w, "  %-*s  %s\n", width, OneLine(a.Name), OneLine(answer.Format(a.Value)))
	}
}
