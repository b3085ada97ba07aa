package cmdline

import (
	"math"
	"slices"
	"strings"

	"scaffold/generator/problem"
)

// A Command is one command of a program, or a group of them.
type Command struct {
	Name     string
	Aliases  []string
	Args     string // its positional arguments: "" for none, [PATH] for one, FILE... for any number
	Flags    []Flag
	Hint     string // for whoever gives a flag that there is not, or ""
	Commands []Command
}

// most is how many positional arguments there may be.
func (c Command) most() int {
	if strings.HasSuffix(strings.TrimSuffix(c.Args, "]"), "...") {
		return math.MaxInt
	}
	return len(strings.Fields(c.Args))
}

// argument is what one of them is called: PATH.
func (c Command) argument() string { return strings.TrimSuffix(strings.Trim(c.Args, "[]"), "...") }

// Order returns args, which start with the program's name, such that a parser
// that stops at the first positional argument reads them as they are meant.
// Unknown commands and flags are refused with what is nearest. Help that is
// asked for, wherever that stands, becomes the only flag.
func Order(args []string, commands []Command) ([]string, error) {
	words, help := Help(args)
	switch {
	case len(words) < 2 && help:
		return append(words, "--help"), nil
	case len(words) < 2:
		return words, nil
	case slices.Contains([]string{"-v", "-version", "--version"}, words[1]):
		return []string{words[0], "--version"}, nil
	case strings.HasPrefix(words[1], "-"):
		return nil, misplaced(words[1:], commands)
	}
	found, err := findCommand(words[1:], commands)
	if err != nil {
		return nil, err
	}
	ordered := append(words[:1:1], found.names...)
	switch {
	case help || found.help || wantsHelp(found.rest): // with an argument beside it the parser looks for a topic of that name
		return append(ordered, "--help"), nil
	case len(found.command.Commands) > 0 && len(found.rest) == 0:
		return ordered, nil
	}
	rest, err := Reorder(strings.Join(found.names, " "), found.rest, found.command)
	return append(ordered, rest...), err
}

const helpCommand = "help"

// helps are the spellings of help before a command.
var helps = []string{helpCommand, "-h", "-help", "--help"}

// Help returns args without a help that stands before the command, and whether
// there was one: scaffold help new is scaffold new --help.
func Help(args []string) ([]string, bool) {
	if len(args) > 1 && slices.Contains(helps, args[1]) {
		return slices.Concat(args[:1], args[2:]), true
	}
	return args, false
}

func wantsHelp(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.ContainsFunc(args, func(arg string) bool {
		return arg == "--help=true" || arg != helpCommand && slices.Contains(helps, arg)
	})
}

// misplaced is the error for a flag that stands before the command.
func misplaced(args []string, commands []Command) error {
	near := problem.Nearest(undashed(args[0]), []string{"help", "version"})
	if near != "" {
		near = ": did you mean --" + near + "?"
	}
	right := []string{"new", "hello"}
	if i := slices.IndexFunc(args, func(word string) bool { _, ok := named(commands, word); return ok }); i > 0 {
		right = slices.Concat(args[i:i+1], args[:i], args[i+1:])
	}
	return problem.WithHint(
		problem.Input("flag %s stands where a command should%s", args[0], near),
		"the command comes first: scaffold %s", problem.Command(right...))
}

func named(commands []Command, word string) (Command, bool) {
	i := slices.IndexFunc(commands, func(c Command) bool { return c.Name == word || slices.Contains(c.Aliases, word) })
	if i < 0 {
		return Command{}, false
	}
	return commands[i], true
}

// A finding is a command, the words that name it, what follows them, and whether
// help stands among them.
type finding struct {
	command     Command
	names, rest []string
	help        bool
}

// findCommand follows the words that name a command.
func findCommand(words []string, commands []Command) (finding, error) {
	f := finding{rest: words}
	for len(f.rest) > 0 && len(commands) > 0 && !strings.HasPrefix(f.rest[0], "-") {
		word := f.rest[0]
		next, ok := named(commands, word)
		switch {
		case ok:
			f.command, commands, f.names = next, next.Commands, append(f.names, word)
		case word == helpCommand:
			f.help = true
		default:
			return f, unknownCommand(f.names, word, commands)
		}
		f.rest = f.rest[1:]
	}
	return f, nil
}

func unknownCommand(names []string, word string, commands []Command) error {
	var have, spelt []string
	for _, c := range commands {
		have = append(have, c.Name)
		spelt = append(append(spelt, c.Name), c.Aliases...)
	}
	return problem.WithHint(
		problem.Input("there is no command %q%s", strings.Join(append(names, word), " "), problem.DidYouMean(word, spelt)),
		"the commands are %s: %s --help describes them", strings.Join(have, ", "), strings.Join(append([]string{"scaffold"}, names...), " "))
}
