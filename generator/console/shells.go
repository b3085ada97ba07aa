package console

import (
	"path"
	"slices"

	"scaffold/generator/problem"
)

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
