package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// What tells whether a shell completes sees both: that it does, and that it does not.
func TestTryShell(t *testing.T) {
	for _, tool := range []string{"tmux", "bash"} {
		switch _, err := exec.LookPath(tool); {
		case err != nil && os.Getenv("CI") == "true":
			t.Fatal(err)
		case err != nil:
			t.Skip(err)
		}
	}
	for name, tt := range map[string]struct {
		text     string
		patience time.Duration
		want     string
	}{
		"completes":  {"complete -W regenerate scaffold\nPS1='ready> '\n", time.Minute, ""},
		"has none":   {"PS1='ready> '\n", time.Second, "bash did not show"},
		"ends early": {"exit\n", time.Second, "tmux"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &release{work: t.TempDir()}
			err := r.tryShell(shell{"bash", ".bashrc", tt.text, "/"}, t.TempDir(), tt.patience)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
