package console

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"scaffold/generator/arguments"
	"scaffold/generator/report"
)

// A Topic is a text that help prints, as it is.
type Topic struct {
	Name  string
	Usage string // what it is about, in a line
	Text  string
}

// FindTopic returns the topic that args, which start with the program's name, ask
// help about.
func FindTopic(args []string, topics []Topic) (Topic, bool) {
	words, help := arguments.CutHelp(args)
	for _, t := range topics {
		if help && len(words) == 2 && words[1] == t.Name {
			return t, true
		}
	}
	return Topic{}, false
}

// Names returns how the topics are called.
func Names(topics []Topic) []string {
	var names []string
	for _, t := range topics {
		names = append(names, t.Name)
	}
	return names
}

// TopicsHelp lists topics as the help lists commands.
func TopicsHelp(topics []Topic) string {
	var b strings.Builder
	b.WriteString("\nTOPICS:\n")
	width := 0
	for _, t := range topics {
		width = max(width, len(t.Name))
	}
	for _, t := range topics {
		fmt.Fprintf(&b, "   help %-*s  %s\n", width, t.Name, t.Usage)
	}
	return b.String()
}

const EnvironmentHelp = `
ENVIRONMENT:
   NO_COLOR           no colour anywhere
   FORCE_COLOR        colour also where the output is no terminal
   ACCESSIBLE         scaffold new asks line by line, for a screen reader
   SCAFFOLD_DEFAULTS  the file of your defaults, which counts also with --answers
                      and in CI; or off; scaffold help config says more
   COLUMNS            how wide help is; otherwise as the terminal
   GIT_PAGER, PAGER   what shows a diff that is longer than the terminal;
                      between them your core.pager counts, and after them less
`

// wrapHelp breaks the lines of a help that are longer than width. A paragraph flows
// on, and a command stays in one line, because it is copied.
func wrapHelp(text string, width int) string {
	if width <= 0 {
		return text
	}
	var out []string
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		l := cutHelpLine(lines[i])
		if utf8.RuneCountInString(lines[i]) <= width || l.isCommand() {
			out = append(out, lines[i])
			continue
		}
		for ; i+1 < len(lines); i++ {
			next := cutHelpLine(lines[i+1])
			if next.term != "" || next.text == "" || next.column != l.column || next.isCommand() {
				break
			}
			l.text += " " + next.text
		}
		out = append(out, l.wrap(width)...)
	}
	return strings.Join(out, "\n")
}

// A helpLine has a term and, after two spaces or more, what is said of it; or only
// a text.
type helpLine struct {
	indent, column int // where the term begins, and the text
	term, text     string
}

// isCommand reports whether a line is an example, which stands deeper than a usage.
func (l helpLine) isCommand() bool {
	return l.indent > 3 && l.term == "" && strings.HasPrefix(l.text, "scaffold ")
}

func cutHelpLine(line string) helpLine {
	text := strings.TrimLeft(line, " ")
	l := helpLine{indent: len(line) - len(text), text: text}
	if i := strings.LastIndex(text, "  "); i >= 0 {
		l.term, l.text = strings.TrimRight(text[:i], " "), text[i+2:]
	}
	l.column = utf8.RuneCountInString(strings.TrimSuffix(line, l.text))
	return l
}

// wrap puts the text beside the term, or below it where it has too few columns.
func (l helpLine) wrap(width int) []string {
	const least = 24
	var lines []string
	if l.term != "" && width-l.column < least {
		lines = indentLines(report.Wrap(l.term, width-l.indent), l.indent)
		l.term, l.column = "", l.indent+4
	}
	text := indentLines(report.Wrap(l.text, width-l.column), l.column)
	if l.term != "" {
		text[0] = fmt.Sprintf("%*s%-*s%s", l.indent, "", l.column-l.indent, l.term, strings.TrimLeft(text[0], " "))
	}
	return append(lines, text...)
}

func indentLines(lines []string, by int) []string {
	var indented []string
	for _, line := range lines {
		indented = append(indented, strings.Repeat(" ", by)+line)
	}
	return indented
}
