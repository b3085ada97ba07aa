package console

import (
	"os/exec"
	"strings"
	"testing"

	"scaffold/generator/problem"
)

func TestScripts(t *testing.T) {
	for _, name := range []string{"bash", "zsh", "fish", "/bin/bash"} {
		shell := strings.TrimPrefix(name, "/bin/")
		script, err := Script(name)
		if err != nil || !strings.Contains(script, " --complete ") {
			t.Errorf("%s: %v\n%s", shell, err, script)
			continue
		}
		if path, err := exec.LookPath(shell); err == nil { // its reader finds no mistake in it
			cmd := exec.Command(path, "-n", "/dev/stdin")
			cmd.Stdin = strings.NewReader(script)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s -n: %v\n%s", shell, err, out)
			}
		}
	}
	for shell, want := range map[string]string{
		"":      "SHELL is missing: bash, zsh, fish or powershell",
		"tcsh":  `there is no completion for shell "tcsh": there is bash, zsh, fish and powershell`,
		"basch": `there is no completion for shell "basch": there is bash, zsh, fish and powershell: did you mean "bash"?`,
	} {
		if _, err := Script(shell); err == nil || err.Error() != want || !problem.IsInput(err) {
			t.Errorf("%q: got %v, want %s", shell, err, want)
		}
	}
}
