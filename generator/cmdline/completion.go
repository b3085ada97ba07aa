package cmdline

// Completion returns the script that completes scaffold's command lines in a
// shell. All of them ask the program itself.
func Completion(shell string) (script string, ok bool) {
	script, ok = map[string]string{"bash": bash, "zsh": zsh, "fish": fish}[shell]
	return script, ok
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
