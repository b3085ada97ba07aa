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
	"scaffold/generator/arguments"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/source"
)

// A Completion is what a shell asks about, and what it may be told.
type Completion struct {
	Finder    source.Finder
	Words     []string // after the program's name; the last is being typed
	Commands  []arguments.Command
	Topics    []Topic         // of help
	Questions []pack.Question // of the pack that new would take
}

// Complete prints what may stand for the word that is typed, a line each. It
// reports no errors, because they would stand in what somebody is typing.
func (c *Console) Complete(o Completion) error {
	p := arguments.Locate(o.Words, o.Commands)
	if len(o.Words) == 2 && slices.Contains(arguments.Helps, o.Words[0]) {
		for _, t := range o.Topics {
			p.Words = append(p.Words, t.Name)
		}
	}
	var found []string
	switch {
	case p.Flag != "":
		found = o.listValues(p)
	case p.Arg && !strings.HasPrefix(p.Typed, "-"):
		found = o.listArguments(p)
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

func (o Completion) listValues(p arguments.Place) []string {
	switch p.Flag {
	case "pack":
		return o.listPacks(p.Typed)
	case "answers", "apply", "from":
		return listFolder(p.Typed, false)
	case "conflict":
		return Resolutions
	case "merge":
		return Merges
	case "to":
		if g := o.loadPack(p); g != nil {
			return []string{g.Pack.Version}
		}
	case "set":
		return listSettings(o.findQuestions(p), p.Typed)
	}
	for _, q := range o.findQuestions(p) {
		if answer.FlagName(q.Name) == p.Flag {
			return listChoices(q, p.Typed)
		}
	}
	return nil
}

func (o Completion) listArguments(p arguments.Place) []string {
	switch p.Command {
	case "new", "adopt", "regenerate", "status", "undo", "pack try":
		return listFolder(p.Typed, true)
	case "restore", "diff", "why", "back":
		return o.listFiles(p.Typed, false)
	case "resolve":
		return o.listFiles(p.Typed, true)
	case "pack show":
		return o.listPacks(p.Typed)
	case "completion":
		return shells
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

func (o Completion) findQuestions(p arguments.Place) []pack.Question {
	if p.Command == "new" || p.Command == "adopt" {
		return o.Questions
	}
	if g := o.loadPack(p); g != nil {
		return g.Pack.Questions
	}
	return nil
}

func (o Completion) loadPack(p arguments.Place) *generator.Generator {
	root, err := generator.Find(first(p.Args))
	if err != nil {
		return nil
	}
	g, _ := generator.PackOf(o.Finder, root, arguments.FlagValue(o.Words[:len(o.Words)-1], "pack"))
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

// shells are those that [Script] has a script for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

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
	return "", problem.Input("there is no completion for shell %q: there is bash, zsh, fish and powershell%s", shell, problem.DidYouMean(shell, shells))
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
