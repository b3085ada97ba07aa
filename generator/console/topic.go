package console

import (
	"fmt"
	"strings"
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
	words, help := CutHelp(args)
	for _, t := range topics {
		if help && len(words) == 2 && words[1] == t.Name {
			return t, true
		}
	}
	return Topic{}, false
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
