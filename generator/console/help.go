package console

const ExitHelp = `
EXIT STATUS:
   0    done, or nothing to do
   1    failed (a full disk, a missing permission, a file that changed since or
        meanwhile); nothing was changed, unless the message says that all was
        done and only the report of it is lost
   2    wrong usage or invalid input; nothing was changed
   3    conflicts need you
   4    regenerate --check: out of date
   130  interrupted; nothing was changed
`

const NewHelp = `PATH's last element is the project's name. The answers are the pack's
questions; on a terminal, what has no default is asked.

EXAMPLES:
   scaffold new hello --transport fcgi
   scaffold new shop --style struct --module example.com/shop --mount /shop
   scaffold new hello --dry-run`

const RegenerateHelp = `The project is the one that DIR, or the working directory, is in. What the
template changed since it wrote the project is merged with what you changed;
where both changed the same lines, both are kept between markers. scaffold.yaml
says what the project should be: an answer changed there is applied too.

EXAMPLES:
   scaffold regenerate --dry-run
   scaffold regenerate --set server=nginx
   scaffold regenerate --check one two`

const CompletionHelp = `The script is loaded by a line in the file that the shell reads when it starts:

   ~/.bashrc                   source <(scaffold completion bash)
   ~/.zshrc, after compinit    source <(scaffold completion zsh)
   ~/.config/fish/config.fish  scaffold completion fish | source`

// FlagHint returns what to say to whoever got the flags of a command wrong.
func FlagHint(command string) string {
	if command == "regenerate" {
		return "an answer is changed by --set KEY=VALUE, or in scaffold.yaml"
	}
	return ""
}
