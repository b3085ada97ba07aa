package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A shell finds the completion of a program by its name in a folder of its own, which
// is below share.
type shell struct {
	name, config, text string
	needs              string // what else has to be here
}

func listShells(share string) []shell {
	const loader = "/usr/share/bash-completion/bash_completion"
	return []shell{
		{"bash", ".bashrc", ". " + loader + "\nPS1='ready> '\n", loader},
		{"zsh", ".zshrc", "fpath=(" + share + "/zsh/vendor-completions $fpath)\nautoload -Uz compinit\ncompinit -u\nPS1='ready> '\n", "/"},
		{"fish", ".config/fish/config.fish", "function fish_prompt\n  echo -n 'ready> '\nend\n", "/"},
	}
}

// tryCompletion has somebody press Tab in each shell where a package of Debian's is
// installed in root. Where a shell is missing, that is said, and fails in CI.
func (r *release) tryCompletion(root string) error {
	var errs []error
	for _, s := range listShells(filepath.Join(root, "usr/share")) {
		_, tmux := exec.LookPath("tmux")
		_, here := exec.LookPath(s.name)
		_, needs := os.Stat(s.needs)
		missing := errors.Join(tmux, here, needs)
		switch {
		case missing != nil && os.Getenv("CI") == "true":
			errs = append(errs, missing)
		case missing != nil:
			fmt.Printf("   completion in %s is not tried: %v\n", s.name, missing)
		default:
			errs = append(errs, r.tryShell(s, root, time.Minute))
		}
	}
	return errors.Join(errs...)
}

// tryShell waits so long for the shell to begin, and again for it to complete.
func (r *release) tryShell(s shell, root string, patience time.Duration) (err error) {
	home := filepath.Join(r.work, "shell", s.name)
	if err := write(filepath.Join(home, s.config), []byte(s.text), 0o644); err != nil {
		return err
	}
	env := []string{
		"HOME=" + home, "ZDOTDIR=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, ".config"), "TMUX=", "TMUX_TMPDIR=" + home,
		"PATH=" + filepath.Join(root, "usr/bin") + ":" + os.Getenv("PATH"), "XDG_DATA_DIRS=" + filepath.Join(root, "usr/share") + ":/usr/local/share:/usr/share",
	}
	tmux := func(args ...string) (string, error) {
		return r.output(home, env, "tmux", append([]string{"-f", os.DevNull}, args...)...)
	}
	if _, err := tmux("new-session", "-d", "-x", "80", "-y", "24", s.name, "-i"); err != nil {
		return err
	}
	defer func() {
		_, ended := tmux("kill-server")
		err = errors.Join(err, ended)
	}()
	await := func(text string) error {
		var screen string
		for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
			var err error
			if screen, err = tmux("capture-pane", "-p"); err != nil || strings.Contains(screen, text) {
				return err
			}
		}
		return fmt.Errorf("%s did not show %q within %s, but\n%s", s.name, text, patience, screen)
	}
	if err := await("ready>"); err != nil {
		return err
	}
	if _, err := tmux("send-keys", "scaffold reg", "Tab"); err != nil {
		return err
	}
	return await("scaffold regenerate")
}
