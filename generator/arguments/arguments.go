// Package arguments puts a command line in order before a parser sees it ([Order]), and
// finds where in one somebody types, for completion ([Locate]).
//
// The parser in use stops at the first positional argument and takes all the rest for
// arguments, silently, so `new hello --dry-run` would be a real run. It also lets a
// flag's value be the next flag. So flags come first, and what no command has is refused.
package arguments

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/problem"
)

// A Command is one of the program, or below another, as pack show is below pack.
type Command struct {
	Name     string
	Aliases  []string
	Args     string // its positional arguments: "" for none, [PATH] for one, FILE... for any number
	Flags    []Flag
	Hint     string // for whoever gives a flag that there is not, or ""
	Commands []Command
}

// arguments returns what one of the arguments is called, as PATH, and how many
// there may be.
func (c Command) arguments() (name string, most int) {
	name = c.Args
	if inner, whole := strings.CutPrefix(name, "["); whole {
		name = strings.TrimSuffix(inner, "]")
	}
	name, several := strings.CutSuffix(name, "...")
	if several {
		return name, math.MaxInt
	}
	return name, len(strings.Fields(name))
}

// Order returns args, which start with the program's name, as a parser that stops
// at the first positional argument has to get them. Unknown commands and flags
// are input errors. Help, wherever it stands, becomes the only flag.
//
// Topics are what help prints besides, and a mistaken word may mean.
func Order(args []string, commands []Command, topics ...string) ([]string, error) {
	words, help := CutHelp(args)
	switch {
	case len(words) < 2 && help:
		return append(words, "--help"), nil
	case len(words) < 2:
		return words, nil
	case slices.Contains([]string{"-v", "-version", "--version"}, words[1]):
		return []string{words[0], "--version"}, nil
	case strings.HasPrefix(words[1], "-"):
		return nil, refuseMisplaced(words[1:], commands)
	}
	found, err := findCommand(words[1:], commands)
	if err != nil {
		return nil, offerTopics(err, words, help, commands, topics)
	}
	ordered := append(words[:1:1], found.names...)
	switch {
	case help || found.help || WantsHelp(found.rest): // alone, because the parser takes an argument beside it for a topic
		return append(ordered, "--help"), nil
	case len(found.command.Commands) > 0 && len(found.rest) == 0:
		return ordered, nil
	}
	rest, err := orderArguments(strings.Join(found.names, " "), found.rest, found.command)
	return append(ordered, rest...), err
}

const helpCommand = "help"

// offerTopics returns err, which says that there is no such command, or what it should
// say instead where the word may be a topic.
func offerTopics(err error, words []string, help bool, commands []Command, topics []string) error {
	word, spelt := words[1], slices.Clone(topics)
	for _, c := range commands {
		spelt = append(append(spelt, c.Name), c.Aliases...)
	}
	_, below := commandNamed(commands, word)
	switch {
	case below || len(words) > 2 && help:
		return err
	case help:
		near := problem.DidYouMean(word, spelt)
		if ours := wordElsewhere(word); slices.Contains(spelt, ours) {
			near = problem.DidYouMean(ours, spelt)
		}
		said := problem.Input("there is no command or topic %q%s", word, near)
		said = problem.WithHint(said, "the topics are %s: scaffold help TOPIC prints one", strings.Join(topics, ", "))
		for _, hint := range problem.Hints(err) {
			said = problem.WithHint(said, "%s", hint)
		}
		return said
	case slices.Contains(topics, word):
		return problem.WithHint(problem.Input("there is no command %q: did you mean %q?", word, helpCommand+" "+word), "scaffold help %s prints it", word)
	}
	return err
}

// Helps are the words in front that ask for help.
var Helps = []string{helpCommand, "-h", "-help", "--help"}

// CutHelp returns args without a help before the command, and whether one was there.
func CutHelp(args []string) ([]string, bool) {
	if len(args) > 1 && slices.Contains(Helps, args[1]) {
		return slices.Concat(args[:1], args[2:]), true
	}
	return args, false
}

// WantsHelp reports whether help is asked for among the arguments of a command.
func WantsHelp(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.ContainsFunc(args, func(arg string) bool {
		return arg == "--help=true" || arg != helpCommand && slices.Contains(Helps, arg)
	})
}

func refuseMisplaced(args []string, commands []Command) error {
	near := problem.Nearest(undashed(args[0]), []string{"help", "version"})
	if near != "" {
		near = ": did you mean --" + near + "?"
	}
	right := []string{"new", "hello"}
	if i := slices.IndexFunc(args, func(word string) bool { _, ok := commandNamed(commands, word); return ok }); i > 0 {
		right = slices.Concat(args[i:i+1], args[:i], args[i+1:])
	}
	return problem.WithHint(
		problem.Input("flag %s stands where a command should%s", args[0], near),
		"the command comes first: scaffold %s", problem.CommandLine(right...))
}

func commandNamed(commands []Command, word string) (Command, bool) {
	i := slices.IndexFunc(commands, func(c Command) bool { return c.Name == word || slices.Contains(c.Aliases, word) })
	if i < 0 {
		return Command{}, false
	}
	return commands[i], true
}

type foundCommand struct {
	command     Command
	names, rest []string // the words that name it, and those after them
	help        bool     // whether help stands among them
}

func findCommand(words []string, commands []Command) (foundCommand, error) {
	f := foundCommand{rest: words}
	for len(f.rest) > 0 && len(commands) > 0 && !strings.HasPrefix(f.rest[0], "-") {
		word := f.rest[0]
		f.rest = f.rest[1:]
		if next, ok := commandNamed(commands, word); ok {
			f.command, commands, f.names = next, next.Commands, append(f.names, word)
			continue
		}
		if word == helpCommand {
			f.help = true
			continue
		}
		var have, spelt []string
		for _, c := range commands {
			have = append(have, c.Name)
			spelt = append(append(spelt, c.Name), c.Aliases...)
		}
		near := problem.DidYouMean(word, spelt)
		if ours := wordElsewhere(word); slices.Contains(have, ours) {
			near = problem.DidYouMean(ours, have)
		} else if i := slices.IndexFunc(commands, func(c Command) bool { _, ok := commandNamed(c.Commands, word); return ok }); i >= 0 {
			whole := commands[i].Name + " " + word
			near = problem.DidYouMean(whole, []string{whole})
		}
		return f, problem.WithHint(
			problem.Input("there is no command %q%s", strings.Join(append(f.names, word), " "), near),
			"the commands are %s: %s --help describes them", strings.Join(have, ", "), strings.Join(append([]string{"scaffold"}, f.names...), " "))
	}
	return f, nil
}

// wordElsewhere returns the command that does what other generators call so; "" for none.
func wordElsewhere(word string) string {
	switch word {
	case "copy", "create", "generate", "init":
		return "new"
	case "sync", "upgrade":
		return "regenerate"
	case "revert", "rollback":
		return "undo"
	}
	return ""
}

// flagElsewhere returns the flag that does what other generators call so; "" for none.
func flagElsewhere(name string) string {
	switch name {
	case "f", "force", "overwrite":
		return "conflict"
	case "template":
		return "pack"
	case "d", "data":
		return "set"
	case "ref", "vcs-ref":
		return "to"
	}
	return ""
}

// A Flag is one that a command has.
type Flag struct {
	Name   string // without dashes in front, and without underscores
	Short  string // one letter, or ""
	Bool   bool   // takes no value, or one after =; --no-NAME is --NAME=false
	Option bool   // takes no value, or one after =, which is a text
	Repeat bool   // may be given more than once
	Filled bool   // an empty value is refused, because it is a script's unset variable

	Value   string   // what a value is called: FILE
	Choices []string // the values there are, if they are few
	Old     []string // names that it had, which say what it is called now
}

// orderArguments returns args of the command called name with all flags first, as
// --name=value, then "--" and the positional ones. It reports all faults at once.
func orderArguments(name string, args []string, c Command) ([]string, error) {
	r := reordering{name: name, command: c}
	for rest := args; len(rest) > 0; {
		rest = r.takeNext(rest)
	}
	argument, most := c.arguments()
	if len(r.positional) > most && len(r.errs) == 0 { // or it is the value of an unknown flag
		takes := "no argument"
		if argument != "" {
			takes = "only " + argument
		}
		r.fail("unexpected argument %q: %s takes %s", r.positional[most], name, takes)
	}
	if slices.Contains(r.positional, "") {
		r.fail("%s of %s is empty", cmp.Or(argument, "an argument"), name)
	}
	if err := errors.Join(r.errs...); err != nil {
		return nil, problem.WithHint(err, "%s lists the flags and arguments", helpOf(name, args))
	}
	return append(append(r.out, "--"), r.positional...), nil
}

// helpOf returns the command that prints the help of a command with the flags that it has
// here, because new and adopt have those of the pack.
func helpOf(name string, args []string) string {
	words := append([]string{"scaffold"}, strings.Fields(name)...)
	if named := FlagValue(args, "pack"); named != "" && (name == "new" || name == "adopt") {
		words = append(words, "--pack", named)
	}
	return problem.CommandLine(append(words, "--help")...)
}

type reordering struct {
	name       string
	command    Command
	out        []string
	positional []string
	seen       []string // as they were spelt: NAME or no-NAME
	errs       []error
}

func (r *reordering) fail(format string, args ...any) {
	r.errs = append(r.errs, problem.Input(format, args...))
}

func (r *reordering) takeNext(args []string) []string {
	arg, rest := args[0], args[1:]
	switch {
	case arg == "--":
		r.positional = append(r.positional, rest...)
		return nil
	case len(arg) < 2 || arg[0] != '-':
		r.positional = append(r.positional, arg)
		return rest
	}
	name, value, hasValue := strings.Cut(undashed(arg), "=")
	f, spelt, ok := findFlag(r.command.Flags, name)
	if !ok {
		r.refuseUnknown(arg, name)
		return rest
	}
	r.refuseRepeated(f, spelt)
	switch {
	case f.Bool:
		value, rest = r.takeBool(f, spelt, value, hasValue, rest)
	case f.Option && !hasValue:
		r.out = append(r.out, "--"+f.Name+"=")
		return rest
	case !hasValue:
		if len(rest) == 0 || strings.HasPrefix(rest[0], "-") && rest[0] != "-" {
			want := "--" + f.Name + "=" + cmp.Or(f.Value, "VALUE")
			if len(f.Choices) > 0 {
				want = "one of " + strings.Join(f.Choices, ", ")
			}
			r.fail("--%s needs a value: %s", f.Name, want)
			return rest
		}
		value, rest = rest[0], rest[1:]
	}
	if value == "" && f.Filled {
		r.fail("--%s is empty", f.Name)
	}
	r.out = append(r.out, "--"+f.Name+"="+value)
	return rest
}

// refuseRepeated refuses a flag, or its opposite, that was given before, because
// nobody can tell which of the two is meant.
func (r *reordering) refuseRepeated(f Flag, spelt string) {
	switch before := func(name string) bool { return slices.Contains(r.seen, name) }; {
	case f.Repeat:
	case before(spelt):
		r.fail("--%s is given twice", spelt)
	case before(f.Name), before(no + f.Name):
		r.fail("--%s and --no-%s exclude each other", f.Name, f.Name)
	}
	r.seen = append(r.seen, spelt)
}

// takeBool returns the value of a flag that takes none, and refuses a word after
// it that looks like one.
func (r *reordering) takeBool(f Flag, spelt, value string, hasValue bool, rest []string) (string, []string) {
	switch {
	case !hasValue && len(rest) > 0 && slices.Contains([]string{"true", "false", "yes", "no"}, rest[0]):
		r.fail("--%s %s: want --%s or --no-%s, and no word after it", spelt, rest[0], f.Name, f.Name)
		return value, rest[1:]
	case hasValue && (spelt != f.Name || value != "true" && value != "false"):
		r.fail("--%s=%s: want --%s or --no-%s", spelt, value, f.Name, f.Name)
	case !hasValue:
		value = strconv.FormatBool(spelt == f.Name)
	}
	return value, rest
}

// undashed returns a flag without one or two dashes; with more it is no flag.
func undashed(arg string) string {
	return strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
}

const no = "no-" // before a flag's name, to deny it

// findFlag returns the flag called name or no-name, and how it is spelt.
func findFlag(flags []Flag, name string) (f Flag, spelt string, ok bool) {
	name = strings.ReplaceAll(name, "_", "-")
	for _, f := range flags {
		if f.Name == name || f.Short == name && name != "" {
			return f, f.Name, true
		}
	}
	for _, f := range flags {
		if f.Bool && no+f.Name == name {
			return f, name, true
		}
	}
	return Flag{}, "", false
}

func (r *reordering) refuseUnknown(arg, name string) {
	var names []string
	for _, f := range r.command.Flags {
		if slices.Contains(f.Old, strings.TrimPrefix(name, no)) {
			r.fail("%s has no flag %s: it is called --%s now", r.name, arg, f.Name)
			return
		}
		names = append(names, f.Name)
		if f.Bool {
			names = append(names, no+f.Name)
		}
	}
	near := flagElsewhere(name)
	if !slices.Contains(names, near) {
		near = cmp.Or(problem.Nearest(name, names), problem.Nearest(strings.TrimPrefix(name, no), names))
	}
	if near != "" {
		near = ": did you mean --" + near + "?"
	}
	r.fail("%s has no flag %s%s", r.name, arg, near)
	if last := len(r.errs) - 1; r.command.Hint != "" {
		r.errs[last] = problem.WithHint(r.errs[last], "%s", r.command.Hint)
	}
}

// Has reports whether a flag is given, before anything is parsed, because what is wrong
// with the rest may be reported as the flag says.
func Has(args []string, name string) bool {
	for _, arg := range args {
		given, value, _ := strings.Cut(arg, "=")
		switch {
		case arg == "--":
			return false
		case strings.HasPrefix(arg, "-") && undashed(given) == name && value != "false":
			return true
		}
	}
	return false
}

// FlagValue returns the first value of a flag, or "". It looks before anything is
// parsed, because the pack that --pack names has further flags.
func FlagValue(args []string, name string) string {
	for i, arg := range args {
		if arg == "--" {
			return ""
		}
		given, value, hasValue := strings.Cut(undashed(arg), "=")
		switch {
		case arg == "" || arg[0] != '-' || given != name:
		case hasValue:
			return value
		case i+1 < len(args) && !strings.HasPrefix(args[i+1], "-"):
			return args[i+1]
		}
	}
	return ""
}
