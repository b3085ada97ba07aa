package arguments

import (
	"slices"
	"strings"
)

// A Place is where somebody is typing in a command line.
type Place struct {
	Command string   // the words that name the command, as in "pack show"
	Words   []string // the commands, or the flags, that may stand there
	Flag    string   // the flag whose value is typed, or ""
	Arg     bool     // an argument may stand there
	Args    []string // the arguments before
	Before  string   // what stands before the value in the same word: --server=
	Typed   string   // what is typed of the word, or of the value
}

// Locate says where the last of words, which follow the program's name, is typed.
// Behind what is wrong nothing may stand.
func Locate(words []string, commands []Command) Place {
	typed, before := words[len(words)-1], words[:len(words)-1]
	if len(before) > 0 && slices.Contains(Helps, before[0]) {
		before = before[1:]
	}
	found, err := findCommand(before, commands)
	if err != nil {
		return Place{}
	}
	p := Place{Command: strings.Join(found.names, " "), Typed: typed}
	if last := len(found.names) - 1; last >= 0 {
		p.Command = strings.Join(append(found.names[:last:last], found.command.Name), " ") // and no alias of it
	} else {
		found.command.Commands = commands
		found.command.Flags = []Flag{{Name: "help", Bool: true}, {Name: "version", Bool: true}}
	}
	switch {
	case len(found.command.Commands) > 0 && !strings.HasPrefix(typed, "-"):
		for _, c := range found.command.Commands {
			p.Words = append(append(p.Words, c.Name), c.Aliases...)
		}
	case len(found.command.Commands) > 0:
		p.Words = listFlags(found.command.Flags, nil, typed)
	default:
		p.within(found.command, found.rest)
	}
	return p
}

func (p *Place) within(c Command, before []string) {
	var given []string
	ended := false
	for i := 0; i < len(before); i++ {
		word := before[i]
		switch {
		case ended || len(word) < 2 || word[0] != '-':
			p.Args = append(p.Args, word)
			continue
		case word == "--":
			ended = true
			continue
		}
		name, _, hasValue := strings.Cut(undashed(word), "=")
		f, _, known := findFlag(c.Flags, name)
		given = append(given, f.Name)
		if !known || f.Bool || f.Option || hasValue {
			continue
		}
		if i++; i == len(before) { // the value is what is typed
			p.Flag = f.Name
			return
		}
	}
	_, most := c.arguments()
	p.Arg = len(p.Args) < most
	if ended {
		return
	}
	name, value, hasValue := strings.Cut(undashed(p.Typed), "=")
	if hasValue && strings.HasPrefix(p.Typed, "-") {
		f, _, _ := findFlag(c.Flags, name)
		p.Flag, p.Arg, p.Typed, p.Before = f.Name, false, value, strings.TrimSuffix(p.Typed, value)
		if f.Bool {
			p.Words = []string{"true", "false"}
		}
		return
	}
	p.Words = listFlags(c.Flags, given, p.Typed)
}

// listFlags lists the flags that may stand beside the given ones; those that deny
// only to whoever begins one, because they would double the list.
func listFlags(flags []Flag, given []string, typed string) []string {
	var words []string
	for _, f := range flags {
		if slices.Contains(given, f.Name) && !f.Repeat {
			continue
		}
		words = append(words, "--"+f.Name)
		if f.Bool && f.Name != "help" && strings.HasPrefix(typed, "--"+no) {
			words = append(words, "--"+no+f.Name)
		}
	}
	return words
}

// A shell asks with askWith before the words that follow the program's name, the
// last of which is being typed. Older scripts have askedOnce behind the words
// before that one, which is answered because somebody may have saved one.
const (
	askWith   = "--complete"
	askedOnce = "--generate-bash-completion"
)

// Asked returns the words of the command line that a shell asks about, if args
// come from one.
func Asked(args []string) (words []string, asked bool) {
	switch last := len(args) - 1; {
	case last > 0 && args[last] == askedOnce:
		return append(slices.Clone(args[1:last]), ""), true
	case last > 1 && args[1] == askWith:
		return args[2:], true
	case last == 1 && args[1] == askWith:
		return []string{""}, true
	}
	return nil, false
}
