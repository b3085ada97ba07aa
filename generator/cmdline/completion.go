package cmdline

import "scaffold/generator/problem"

// Shells are the shells that have a completion.
var Shells = []string{"bash", "zsh", "fish"}

// Completion returns the script that completes scaffold's command lines in a
// shell. All of them ask the program itself.
func Completion(shell string) (string, error) {
	switch shell {
	case "bash":
		return bash, nil
	case "zsh":
		return zsh, nil
	case "fish":
		return fish, nil
	case "":
		return "", problem.WithHint(problem.Input("SHELL is missing: bash, zsh or fish"), "scaffold completion bash prints the script; source <(scaffold completion bash) loads it")
	}
	return "", problem.Input("there is no completion for shell %q: there is bash, zsh and fish", shell)
}

const bash = `# Load it: source <(scaffold completion bash)
_scaffold() {
  local word=${COMP_WORDS[COMP_CWORD]} words
  words=$("${COMP_WORDS[@]:0:COMP_CWORD}" --generate-bash-completion 2>/dev/null)
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _scaffold scaffold
`

const zsh = `#compdef scaffold
# Load it: source <(scaffold completion zsh)
_scaffold() {
  local -a found
  found=("${(@f)$("${(@)words[1,CURRENT-1]}" --generate-bash-completion 2>/dev/null)}")
  compadd -a found
}
compdef _scaffold scaffold
`

const fish = `# Load it: scaffold completion fish | source
function __scaffold_complete
  set -l words (commandline -opc)
  $words --generate-bash-completion 2>/dev/null
end
complete -c scaffold -a '(__scaffold_complete)'
`
