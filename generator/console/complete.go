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

// Shells are the shells that have a completion.
var Shells = []string{"bash", "zsh", "fish"}

// askWith is what a shell asks with: the words after the program's name follow,
// the last of which is being typed, or empty. askedOnce stood behind the words
// before that one; it is still answered because somebody may have saved such a
// script.
const (
	askWith   = "--complete"
	askedOnce = "--generate-bash-completion"
)

// Asked returns the words of the command line that a shell asks about, if args
// do.
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

const CompletionHelp = `The script is loaded by a line in the file that the shell reads when it starts:

   ~/.bashrc                   source <(scaffold completion bash)
   ~/.zshrc, after compinit    source <(scaffold completion zsh)
   ~/.config/fish/config.fish  scaffold completion fish | source`

// Script returns the script that completes scaffold's command lines in a shell,
// which may be $SHELL. All of them ask the program itself, so that none goes
// stale.
func Script(shell string) (string, error) {
	switch path.Base(shell) {
	case "bash":
		return bash, nil
	case "zsh":
		return zsh, nil
	case "fish":
		return fish, nil
	}
	if shell == "" {
		return "", problem.WithHint(problem.Input("SHELL is missing: bash, zsh or fish"), "scaffold completion bash prints the script; source <(scaffold completion bash) loads it")
	}
	return "", problem.Input("there is no completion for shell %q: there is bash, zsh and fish%s", shell, problem.DidYouMean(shell, Shells))
}

// Readline replaces only what follows the last = or : of the word, and takes
// what it gets as it is.
const bash = `# Load it: source <(scaffold completion bash)
_scaffold() {
  local i n=-1 word cut was_cut typed=() before line
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    # bash cuts words at = and :, which are parts of ours
    case $word in '' | *[!=:]*) cut= ;; *) cut=1 ;; esac
    if ((n >= 0)) && [[ $cut || $was_cut ]]; then
      typed[n]+=$word
    else
      typed[++n]=$word
    fi
    was_cut=$cut
  done
  [[ $cut ]] && word=
  before=${typed[n]%"$word"}
  typed[n]=${typed[n]#[\"\']}
  COMPREPLY=()
  while IFS= read -r line; do
    line=${line#"$before"}
    case $word$line in
      [\"\']*) ;;
      *[!A-Za-z0-9_./,=:@%+-]*) printf -v line %q "$line" ;;
    esac
    COMPREPLY+=("$line")
  done < <("${COMP_WORDS[0]/#\~\//$HOME/}" --complete "${typed[@]//\\/}" 2>/dev/null)
  case ${COMPREPLY[0]-} in *[=/,]) compopt -o nospace 2>/dev/null ;; esac
}
complete -o bashdefault -o default -F _scaffold scaffold
`

// What ends in = or / or a comma goes on.
const zsh = `#compdef scaffold
# Load it: source <(scaffold completion zsh)
_scaffold() {
  local -a found open
  found=(${(f)"$(${(Q)~words[1]} --complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)"})
  if (( ! $#found )); then
    _files
    return
  fi
  open=(${(M)found:#*[=/,]})
  found=(${found:|open})
  compadd -S '' -a open
  compadd -a found
  return 0
}
if [[ ${funcstack[1]-} == _scaffold ]]; then
  _scaffold "$@"
else
  compdef _scaffold scaffold
fi
`

const fish = `# Load it: scaffold completion fish | source
function __scaffold_complete
  set -l words (commandline -opc)
  set -l typed (string unescape -- (commandline -ct); or commandline -ct)
  set -l found ($words[1] --complete $words[2..-1] "$typed" 2>/dev/null)
  if test -n "$found"
    printf '%s\n' $found
  else
    __fish_complete_path "$typed"
  end
end
complete -c scaffold -f -a '(__scaffold_complete)'
`
