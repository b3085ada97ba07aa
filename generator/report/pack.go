package report

import (
	"fmt"
	"io"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
)

// Files says how many files a new project has.
func Files(p plan.Plan) string { return count(p.Count(plan.Create)+len(p.State), "file") }

// Indent sets text off by two columns.
func Indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}

// Usage says what a question decides, for a line of help.
func Usage(q pack.Question) string {
	usage := q.Help
	if len(q.Choices) > 0 {
		usage += ": " + strings.Join(q.Choices, ", ")
	}
	if q.Type == pack.Choices {
		usage += "; several with commas"
	}
	return usage
}

// Default says what answers a question that nobody answers.
func Default(q pack.Question) string {
	text, isText := q.Default.(string)
	switch {
	case q.Default == nil:
		return "none: it is asked"
	case isText && strings.Contains(text, "{{"):
		return "from the other answers"
	case isText && text == "":
		return "empty"
	}
	return answer.Format(q.Default)
}

// Packs lists packs, a line each.
func Packs(w io.Writer, packs []pack.Pack) {
	for _, p := range packs {
		fmt.Fprintf(w, "%-12s %-8s %s\n", p.Name, p.Version, p.Description)
	}
}

// Pack shows all that a pack asks and the files it may write.
func Pack(w io.Writer, p pack.Pack, s Style) {
	fmt.Fprintf(w, "%s %s\n%s\n\n%s\n", s.paint("1", p.Name), p.Version, p.Description, s.paint("1", "QUESTIONS"))
	for _, q := range p.Questions {
		fmt.Fprintf(w, "  %s\n      %s\n      %s%s, default: %s\n", s.paint("32", "--"+answer.Flag(q.Name)), Usage(q), q.Type, form(q), Default(q))
		if q.When != "" {
			fmt.Fprintf(w, "      asked when %s\n", q.When)
		}
	}
	fmt.Fprintf(w, "\n%s\n", s.paint("1", "FILES"))
	for f := range p.Files.All() {
		showFile(w, p.Target(f.Path))
	}
}

func form(q pack.Question) string {
	switch {
	case q.Format != "":
		return " (" + q.Format + ")"
	case q.Match != nil:
		return " matching " + q.Pattern()
	}
	return ""
}

func showFile(w io.Writer, t pack.Target) {
	line := "  " + t.To
	if t.Once {
		line += "  (yours from the start)"
	}
	if len(t.Whens) > 0 {
		line += "  when " + strings.Join(t.Whens, " and ")
	}
	fmt.Fprintln(w, line)
}
