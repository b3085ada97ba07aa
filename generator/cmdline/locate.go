package cmdline

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

// Locate says where the last of words is typed; words follow the program's name.
// In a command line that is wrong before it, nothing may stand there.
func Locate(words []string, commands []Command) Place {
	typed, before := words[len(words)-1], words[:len(words)-1]
	if len(before) > 0 && slices.Contains(helps, before[0]) {
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
		p.Words = flagWords(found.command.Flags, nil, typed)
	default:
		p.within(found.command, found.rest)
	}
	return p
}

// within goes on behind the words that name the command.
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
		f, _, known := find(c.Flags, name)
		given = append(given, f.Name)
		if !known || f.Bool || hasValue {
			continue
		}
		if i++; i == len(before) { // the value is what is typed
			p.Flag = f.Name
			return
		}
	}
	p.Arg = len(p.Args) < c.most()
	if ended {
		return
	}
	name, value, hasValue := strings.Cut(undashed(p.Typed), "=")
	if hasValue && strings.HasPrefix(p.Typed, "-") {
		f, _, _ := find(c.Flags, name)
		p.Flag, p.Arg, p.Typed, p.Before = f.Name, false, value, strings.TrimSuffix(p.Typed, value)
		if f.Bool {
			p.Words = []string{"true", "false"}
		}
		return
	}
	p.Words = flagWords(c.Flags, given, p.Typed)
}

// flagWords are the flags that may stand beside the given ones. Those that deny
// are there for whoever asks for them: they would double the list.
func flagWords(flags []Flag, given []string, typed string) []string {
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
