package report

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"scaffold/generator/answer"
	"scaffold/generator/lazyregexp"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
)

// Files says how many files are written for a new project.
func Files(p plan.Plan) string {
	written := len(p.State)
	for _, step := range p.Steps {
		if step.After != nil {
			written++
		}
	}
	return count(written, "file")
}

// Indent sets text off by two columns.
func Indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}

// Usage says what a question decides, for a line of help.
func Usage(q pack.Question) string {
	usage := q.Help
	switch {
	case len(q.Choices) > 0:
		usage += ": " + strings.Join(labelled(q), ", ")
	case q.Want != "":
		usage += ": " + q.Want
	}
	if q.Type == pack.Choices {
		usage += "; several with commas"
	}
	if q.Empty {
		usage += ", or none"
	}
	if q.Needs != "" {
		usage += "; needs " + q.Needs
	}
	return usage
}

// labelled are the choices of q, each with what it means, where the pack says so.
func labelled(q pack.Question) []string {
	var words []string
	for _, choice := range q.Choices {
		if label := q.Labels[choice]; label != "" {
			choice += " (" + label + ")"
		}
		words = append(words, choice)
	}
	return words
}

// Default says what answers a question that nobody answers.
func Default(q pack.Question) string {
	text, isText := q.Default.(string)
	switch {
	case q.Default == nil && q.Name == "name":
		return "the last element of PATH"
	case q.Default == nil:
		return "none: it is asked"
	case isText && strings.Contains(text, "{{"):
		return "from the other answers"
	case isText && text == "":
		return "empty"
	case q.Type == pack.Choices && answer.Format(q.Default) == "":
		return "none of them"
	}
	return answer.Format(q.Default)
}

// Packs lists packs, a line each.
func Packs(w io.Writer, packs []pack.Pack) {
	for _, p := range packs {
		writeLine(w, "%-12s %-8s %s", p.Name, p.Version, p.Description)
	}
}

// Pack shows all that a pack asks and the files it may write.
func Pack(w io.Writer, p pack.Pack, s Style) {
	writeLine(w, "%s %s\n%s\n\n%s", s.paint("1", p.Name), p.Version, p.Description, s.paint("1", "QUESTIONS"))
	for _, q := range p.Questions {
		form := q.Form()
		if form != "" && form != q.Want {
			form = " (" + form + ")"
		} else {
			form = ""
		}
		writeLine(w, "  %s\n      %s\n      %s%s, default: %s", s.paint("32", "--"+answer.FlagName(q.Name)), Usage(q), q.Type, form, Default(q))
		if q.When != "" && q.Needs == "" {
			writeLine(w, "      asked with %s", describeCondition(p, q.When))
		}
	}
	if len(p.Values) > 0 {
		writeLine(w, "\n%s", s.paint("1", "VALUES"))
	}
	for _, v := range p.Values {
		writeLine(w, "  %s  %s", strings.ToUpper(v.Name), describePath(strings.TrimSpace(v.Text)))
	}
	if p.Verify != "" {
		writeLine(w, "\n%s\n  %s", s.paint("1", "VERIFY"), p.Verify)
	}
	writeLine(w, "\n%s", s.paint("1", "FILES"))
	for f := range p.Files.All() {
		t := p.Target(f.Path)
		line := "  " + describePath(t.To)
		if t.Once {
			line += "  (yours once edited)"
		}
		var with []string
		for _, when := range t.Whens {
			if words := describeCondition(p, when); !slices.Contains(with, words) {
				with = append(with, words)
			}
		}
		if len(with) > 0 {
			line += "  with " + strings.Join(with, " and ")
		}
		writeLine(w, "%s", line)
	}
}

// conditions are templates that a flag makes true.
var conditions = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`^\{\{-? *\.(?P<question>\w+) *-?\}\}$`),
		regexp.MustCompile(`^\{\{-? *(?:has|eq) "(?P<choice>[\w.-]+)" \.(?P<question>\w+) *-?\}\}$`),
		regexp.MustCompile(`^\{\{-? *eq \.(?P<question>\w+) "(?P<choice>[\w.-]+)" *-?\}\}$`),
	}
})

// describeCondition says in words which answers make a condition true. A computed
// value has no flag.
func describeCondition(p pack.Pack, when string) string {
	for _, form := range conditions() {
		found := form.FindStringSubmatch(when)
		if found == nil {
			continue
		}
		name := found[form.SubexpIndex("question")]
		if slices.ContainsFunc(p.Values, func(v pack.Value) bool { return v.Name == name }) {
			break
		}
		flag := "--" + answer.FlagName(name)
		if choice := form.SubexpIndex("choice"); choice > 0 {
			flag += " " + found[choice]
		}
		return flag
	}
	return "some answers"
}

// describePath shows a path with what an answer puts there in capitals, and in
// brackets what only some answers put there.
func describePath(to string) string {
	return action.ReplaceAllStringFunc(to, func(code string) string {
		switch word := action.FindStringSubmatch(code)[1]; {
		case strings.HasPrefix(word, "."):
			return strings.ToUpper(word[1:])
		case word == "if" || word == "with":
			return "["
		case word == "else":
			return "|"
		case word == "end":
			return "]"
		}
		return "…"
	})
}

var action = lazyregexp.New(`\{\{-? *(\.?\w*).*?\}\}`)
