package cmdline

import (
	"slices"
	"strings"

	"scaffold/generator/problem"
)

// A Command is one command of a program, or a group of them.
type Command struct {
	Name     string
	Aliases  []string
	Args     int // how many positional arguments it takes at most
	Flags    []Flag
	Hint     string // for whoever got the flags wrong, or ""
	Commands []Command
}

// Order returns args, which start with the program's name, such that a parser
// that stops at the first positional argument reads them as they are meant.
// Unknown commands and flags are refused with what is nearest.
func Order(args []string, commands []Command) ([]string, error) {
	if len(args) < 2 {
		return args, nil
	}
	if strings.HasPrefix(args[1], "-") {
		if slices.Contains([]string{"-h", "--help", "-v", "--version"}, args[1]) {
			return args[:2], nil
		}
		return nil, problem.WithHint(problem.Input("flag %s stands where a command should", args[1]), "the command comes first: scaffold new hello")
	}
	command, depth, err := find(args, commands)
	if err != nil || depth == len(args) && len(command.Commands) > 0 {
		return args, err
	}
	if wantsHelp(args[depth:]) { // with an argument beside it the parser looks for a topic of that name
		return append(slices.Clip(args[:depth]), "--help"), nil
	}
	rest, err := Reorder(strings.Join(args[1:depth], " "), args[depth:], command.Flags, command.Args)
	if err != nil && command.Hint != "" {
		err = problem.WithHint(err, "%s", command.Hint)
	}
	return append(slices.Clip(args[:depth]), rest...), err
}

func wantsHelp(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--help") || slices.Contains(args, "-h")
}

// find follows the words that name a command; depth is where they end.
func find(args []string, commands []Command) (found Command, depth int, err error) {
	for depth = 1; depth < len(args) && len(commands) > 0 && !strings.HasPrefix(args[depth], "-"); depth++ {
		i := slices.IndexFunc(commands, func(c Command) bool { return c.Name == args[depth] || slices.Contains(c.Aliases, args[depth]) })
		if i < 0 {
			var names []string
			for _, c := range commands {
				names = append(names, c.Name)
			}
			unknown := strings.Join(args[1:depth+1], " ")
			return found, 0, problem.WithHint(
				problem.Input("there is no command %q%s", unknown, problem.DidYouMean(args[depth], names)),
				"the commands are %s: %s --help describes them", strings.Join(names, ", "), strings.Join(append([]string{"scaffold"}, args[1:depth]...), " "))
		}
		found, commands = commands[i], commands[i].Commands
	}
	return found, depth, nil
}
