package console

import (
	"cmp"
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/source"
)

// A Completion is a command line that somebody is typing.
type Completion struct {
	Finder    source.Finder
	Words     []string // after the program's name; the last is being typed
	Commands  []Command
	Questions []pack.Question // of the pack that new would take
}

// Complete prints what may stand for the word that is typed, a line each, and
// nothing where only a person knows. A shell is no place for errors.
func (c *Console) Complete(o Completion) error {
	p := Locate(o.Words, o.Commands)
	var found []string
	switch {
	case p.Flag != "":
		found = o.values(p)
	case p.Arg && !strings.HasPrefix(p.Typed, "-"):
		found = o.arguments(p)
	}
	if len(found) == 0 {
		found = p.Words
	}
	var lines strings.Builder
	for _, word := range found {
		if strings.HasPrefix(word, p.Typed) && !strings.ContainsFunc(word, problem.IsControl) {
			lines.WriteString(p.Before + word + "\n")
		}
	}
	return c.Print(lines.String())
}

func (o Completion) values(p Place) []string {
	switch p.Flag {
	case "pack":
		return o.packs(p.Typed)
	case "answers":
		return listFolder(p.Typed, false)
	case "conflict":
		return Resolutions
	case "to":
		if g := o.packOf(p); g != nil {
			return []string{g.Pack.Version}
		}
	case "set":
		return settings(o.questions(p), p.Typed)
	}
	for _, q := range o.questions(p) {
		if answer.FlagName(q.Name) == p.Flag {
			return choices(q, p.Typed)
		}
	}
	return nil
}

func (o Completion) arguments(p Place) []string {
	switch p.Command {
	case "new", "regenerate", "status", "undo":
		return listFolder(p.Typed, true)
	case "restore", "diff":
		return o.files(p.Typed)
	case "pack show":
		return o.packs(p.Typed)
	case "completion":
		return Shells
	}
	return nil
}

// packs are those that come with scaffold, and folders, which are named with a
// slash.
func (o Completion) packs(typed string) []string {
	if strings.HasPrefix(typed, ".") || strings.Contains(typed, "/") {
		return listFolder(typed, true)
	}
	names, _ := o.Finder.List() // without any there is nothing to offer
	return append(names, "./")
}

func (o Completion) questions(p Place) []pack.Question {
	if p.Command == "new" {
		return o.Questions
	}
	if g := o.packOf(p); g != nil {
		return g.Pack.Questions
	}
	return nil
}

func (o Completion) packOf(p Place) *generator.Generator {
	root, err := generator.Find(first(p.Args))
	if err != nil {
		return nil
	}
	g, err := generator.PackOf(o.Finder, root, FlagValue(o.Words[:len(o.Words)-1], "pack"))
	if err != nil {
		return nil
	}
	return g
}

func settings(questions []pack.Question, typed string) []string {
	key, value, hasValue := strings.Cut(typed, "=")
	var found []string
	for _, q := range questions {
		name := q.Name
		if strings.Contains(key, "-") {
			name = answer.FlagName(name)
		}
		switch {
		case !hasValue:
			found = append(found, name+"=")
		case name == key:
			for _, choice := range choices(q, value) {
				found = append(found, key+"="+choice)
			}
		}
	}
	return found
}

// choices are what may answer q. A list offers each once.
func choices(q pack.Question, typed string) []string {
	switch q.Type {
	case pack.Bool:
		return []string{"true", "false"}
	case pack.Choices:
		before := typed[:strings.LastIndex(typed, ",")+1]
		var found []string
		for _, choice := range q.Choices {
			if !slices.Contains(strings.Split(before, ","), choice) {
				found = append(found, before+choice)
			}
		}
		return found
	}
	return q.Choices
}

func listFolder(typed string, onlyFolders bool) []string {
	dir, name := path.Split(typed)
	list, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range list {
		word := dir + e.Name()
		info, err := os.Stat(word) // what a link leads to
		hidden := strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(name, ".")
		switch {
		case err != nil || hidden || !strings.HasPrefix(e.Name(), name):
		case info.IsDir():
			found = append(found, word+"/")
		case !onlyFolders:
			found = append(found, word)
		}
	}
	return found
}

// files are the template's that are not as it wrote them, deleted ones too; all
// of the template's where none of those is typed.
func (o Completion) files(typed string) []string {
	dir, _ := path.Split(typed)
	root, err := generator.FindFor([]string{dir + "FILE"})
	if err != nil {
		return nil
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	s, err := generator.StatusOf(context.Background(), o.Finder, root, nil)
	if err != nil {
		return nil
	}
	var changed, all []string
	for _, f := range s.Files {
		rel, err := filepath.Rel(abs, filepath.Join(root, f.Path))
		word := dir + filepath.ToSlash(rel)
		if err != nil || !filepath.IsLocal(rel) || !strings.HasPrefix(word, typed) {
			continue
		}
		all = append(all, word)
		if f.Standing != generator.Generated {
			changed = append(changed, word)
		}
	}
	if len(changed) > 0 {
		return changed
	}
	return all
}

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
		if !known || f.Bool || hasValue {
			continue
		}
		if i++; i == len(before) { // the value is what is typed
			p.Flag = f.Name
			return
		}
	}
	p.Arg = len(p.Args) < c.maxArguments()
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
	p.Words = flagWords(c.Flags, given, p.Typed)
}

// flagWords are the flags that may stand beside the given ones. Those that deny
// are offered only to whoever begins one, because they would double the list.
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
