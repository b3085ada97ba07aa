package console

import (
	"cmp"
	"context"
	"errors"
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

type Completion struct {
	Finder    source.Finder
	Words     []string // after the program's name; the last is being typed
	Commands  []Command
	Topics    []Topic         // of help
	Questions []pack.Question // of the pack that new would take
}

// Complete prints what may stand for the word that is typed, a line each. It
// reports no errors, because they would stand in what somebody is typing.
func (c *Console) Complete(o Completion) error {
	p := locate(o.Words, o.Commands)
	if len(o.Words) == 2 && slices.Contains(helps, o.Words[0]) {
		for _, t := range o.Topics {
			p.words = append(p.words, t.Name)
		}
	}
	var found []string
	switch {
	case p.flag != "":
		found = o.listValues(p)
	case p.arg && !strings.HasPrefix(p.typed, "-"):
		found = o.listArguments(p)
	}
	if len(found) == 0 {
		found = p.words
	}
	var lines strings.Builder
	for _, word := range found {
		if strings.HasPrefix(word, p.typed) && !strings.ContainsFunc(word, problem.IsControl) {
			lines.WriteString(p.before + word + "\n")
		}
	}
	return c.Print(lines.String())
}

func (o Completion) listValues(p place) []string {
	switch p.flag {
	case "pack":
		return o.listPacks(p.typed)
	case "answers", "apply":
		return listFolder(p.typed, false)
	case "conflict":
		return Resolutions
	case "merge":
		return Merges
	case "to":
		if g := o.loadPack(p); g != nil {
			return []string{g.Pack.Version}
		}
	case "set":
		return listSettings(o.findQuestions(p), p.typed)
	}
	for _, q := range o.findQuestions(p) {
		if answer.FlagName(q.Name) == p.flag {
			return listChoices(q, p.typed)
		}
	}
	return nil
}

func (o Completion) listArguments(p place) []string {
	switch p.command {
	case "new", "regenerate", "status", "undo":
		return listFolder(p.typed, true)
	case "restore", "diff":
		return o.listFiles(p.typed, false)
	case "resolve":
		return o.listFiles(p.typed, true)
	case "pack show":
		return o.listPacks(p.typed)
	case "completion":
		return Shells
	}
	return nil
}

// listPacks lists those that come with scaffold, or folders if a slash is typed.
func (o Completion) listPacks(typed string) []string {
	if strings.HasPrefix(typed, ".") || strings.Contains(typed, "/") {
		return listFolder(typed, true)
	}
	names, _ := o.Finder.List() // without any there is nothing to offer
	return append(names, "./")
}

func (o Completion) findQuestions(p place) []pack.Question {
	if p.command == "new" {
		return o.Questions
	}
	if g := o.loadPack(p); g != nil {
		return g.Pack.Questions
	}
	return nil
}

func (o Completion) loadPack(p place) *generator.Generator {
	root, err := generator.Find(first(p.args))
	if err != nil {
		return nil
	}
	g, _ := generator.PackOf(o.Finder, root, FlagValue(o.Words[:len(o.Words)-1], "pack"))
	return g
}

func listSettings(questions []pack.Question, typed string) []string {
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
			for _, choice := range listChoices(q, value) {
				found = append(found, key+"="+choice)
			}
		}
	}
	return found
}

// listChoices lists what may answer q. A list has each choice once.
func listChoices(q pack.Question, typed string) []string {
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

// listFiles lists the template's files that are not as it wrote them; all of its
// files where none of those is typed. Of those in conflict it lists no others.
func (o Completion) listFiles(typed string, inConflict bool) []string {
	dir, _ := path.Split(typed)
	root, err := generator.FindFor([]string{dir + "FILE"})
	abs, absErr := filepath.Abs(dir)
	if errors.Join(err, absErr) != nil {
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
		if err != nil || !filepath.IsLocal(rel) || !strings.HasPrefix(word, typed) || inConflict && f.Standing != generator.Unsolved {
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

// A place is where somebody is typing in a command line.
type place struct {
	command string   // the words that name the command, as in "pack show"
	words   []string // the commands, or the flags, that may stand there
	flag    string   // the flag whose value is typed, or ""
	arg     bool     // an argument may stand there
	args    []string // the arguments before
	before  string   // what stands before the value in the same word: --server=
	typed   string   // what is typed of the word, or of the value
}

// locate says where the last of words, which follow the program's name, is typed.
// Behind what is wrong nothing may stand.
func locate(words []string, commands []Command) place {
	typed, before := words[len(words)-1], words[:len(words)-1]
	if len(before) > 0 && slices.Contains(helps, before[0]) {
		before = before[1:]
	}
	found, err := findCommand(before, commands)
	if err != nil {
		return place{}
	}
	p := place{command: strings.Join(found.names, " "), typed: typed}
	if last := len(found.names) - 1; last >= 0 {
		p.command = strings.Join(append(found.names[:last:last], found.command.Name), " ") // and no alias of it
	} else {
		found.command.Commands = commands
		found.command.Flags = []Flag{{Name: "help", Bool: true}, {Name: "version", Bool: true}}
	}
	switch {
	case len(found.command.Commands) > 0 && !strings.HasPrefix(typed, "-"):
		for _, c := range found.command.Commands {
			p.words = append(append(p.words, c.Name), c.Aliases...)
		}
	case len(found.command.Commands) > 0:
		p.words = listFlags(found.command.Flags, nil, typed)
	default:
		p.within(found.command, found.rest)
	}
	return p
}

func (p *place) within(c Command, before []string) {
	var given []string
	ended := false
	for i := 0; i < len(before); i++ {
		word := before[i]
		switch {
		case ended || len(word) < 2 || word[0] != '-':
			p.args = append(p.args, word)
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
			p.flag = f.Name
			return
		}
	}
	_, most := c.arguments()
	p.arg = len(p.args) < most
	if ended {
		return
	}
	name, value, hasValue := strings.Cut(undashed(p.typed), "=")
	if hasValue && strings.HasPrefix(p.typed, "-") {
		f, _, _ := findFlag(c.Flags, name)
		p.flag, p.arg, p.typed, p.before = f.Name, false, value, strings.TrimSuffix(p.typed, value)
		if f.Bool {
			p.words = []string{"true", "false"}
		}
		return
	}
	p.words = listFlags(c.Flags, given, p.typed)
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

var Shells = []string{"bash", "zsh", "fish", "powershell"}

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

const CompletionHelp = `The script is loaded by a line in the file that the shell reads when it starts:

   ~/.bashrc                   eval "$(scaffold completion bash)"
   ~/.zshrc, after compinit    source <(scaffold completion zsh)
   ~/.config/fish/config.fish  scaffold completion fish | source
   $PROFILE of PowerShell      scaffold completion powershell | Out-String | Invoke-Expression`

// Script returns the completion script of a shell, which may be $SHELL. It asks
// the program itself, so that it never goes stale.
func Script(shell string) (string, error) {
	switch path.Base(shell) {
	case "bash":
		return bash, nil
	case "zsh":
		return zsh, nil
	case "fish":
		return fish, nil
	case "powershell", "pwsh":
		return powershell, nil
	}
	if shell == "" {
		return "", problem.WithHint(problem.Input("SHELL is missing: bash, zsh, fish or powershell"), `scaffold completion bash prints the script; eval "$(scaffold completion bash)" loads it`)
	}
	return "", problem.Input("there is no completion for shell %q: there is bash, zsh, fish and powershell%s", shell, problem.DidYouMean(shell, Shells))
}

// The script quotes, and cuts what stands before the last = or :, because readline
// replaces only what follows that, by what it gets as it is. The bash of macOS is 3.2,
// which has no compopt, leaves words whole, and reads nothing from source <(COMMAND).
const bash = `# Load it: eval "$(scaffold completion bash)"
_scaffold() {
  local i n=-1 word cut was_cut typed=() before line new=
  type compopt >/dev/null 2>&1 && new=1
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
  [[ $new ]] || word=${word##*[=:]}
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
  case $new${COMPREPLY[0]-} in
    1*[=/,]) compopt -o nospace 2>/dev/null ;;
    1* | '' | *[=/,]) ;;
    *) ((${#COMPREPLY[@]} > 1)) || COMPREPLY[0]+=' ' ;;
  esac
}
if type compopt >/dev/null 2>&1; then
  complete -o bashdefault -o default -F _scaffold scaffold
else
  complete -o nospace -o bashdefault -o default -F _scaffold scaffold
fi
`

// The script adds no space after = or / or a comma, because the word goes on.
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

// The script offers what replaces the part of a word that PowerShell takes for one. It
// leaves out no empty word: PowerShell before 7.3 does, unless it stands in quotes.
const powershell = `# Load it: scaffold completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName scaffold -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @()
  $typed = ''
  foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
    $extent = $element.Extent
    if ($extent.StartOffset -ge $cursorPosition) {
      break
    }
    if ($extent.EndOffset -lt $cursorPosition) {
      $words += $extent.Text.Trim("'", '"')
    } else {
      $typed = $extent.Text.Substring(0, $cursorPosition - $extent.StartOffset).TrimStart("'", '"')
    }
  }
  $cut = 0
  if ($typed.EndsWith($wordToComplete)) {
    $cut = $typed.Length - $wordToComplete.Length
  }
  if ($typed -eq '' -and (-not $PSNativeCommandArgumentPassing -or "$PSNativeCommandArgumentPassing" -eq 'Legacy')) {
    $typed = '""'
  }
  & $commandAst.GetCommandName() --complete @words $typed 2>$null | ForEach-Object {
    $offered = $_.Substring($cut)
    $quoted = if ($offered -match '[^\w./,=:@%+-]') { "'" + $offered.Replace("'", "''") + "'" } else { $offered }
    [System.Management.Automation.CompletionResult]::new($quoted, $offered, 'ParameterValue', $offered)
  }
}
`
