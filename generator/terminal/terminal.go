// Package terminal knows how large a terminal is, and shows what is longer than it
// by the user's pager.
//
// It asks git's settings of the user and of the machine for the pager, but never
// those of a repository, because a pager is a command, and a repository may be a
// stranger's.
package terminal

import (
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/mattn/go-isatty"
)

// Is reports whether a stream is a terminal.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// Size returns the columns and lines of a terminal; 0 for what has no size. COLUMNS
// in env, of KEY=VALUE, counts first, and also for what is no terminal.
func Size(stream any, env []string) (width, height int) {
	if f, ok := stream.(*os.File); ok && Is(stream) {
		width, height, _ = term.GetSize(f.Fd())
	}
	if n, err := strconv.Atoi(find(env, "COLUMNS")); err == nil && n > 0 {
		width = n
	}
	return width, height
}

// Page shows text by the pager of git's habit on the terminal out, and returns once
// that ends. It reports whether it did: a text that fits the screen needs none.
func Page(out *os.File, env []string, text string) bool {
	_, height := Size(out, env)
	kind := find(env, "TERM")
	if height == 0 || strings.Count(text, "\n") < height || kind == "" || kind == "dumb" {
		return false
	}
	command := findPager(env)
	if _, err := exec.LookPath(command); command == "" || command == "cat" || command == usual && err != nil {
		return false
	}
	pager := exec.Command("sh", "-c", command) // as git runs it, because it may have flags
	for _, preset := range []string{"LESS=FRX", "LV=-c"} {
		if name, _, _ := strings.Cut(preset, "="); find(env, name) == "" {
			env = append(env[:len(env):len(env)], preset)
		}
	}
	pager.Env, pager.Stdin, pager.Stdout, pager.Stderr = env, strings.NewReader(text), out, os.Stderr
	if err := pager.Start(); err != nil {
		return false
	}
	return !isMissing(pager.Wait())
}

// isMissing reports whether a shell found no such command. What else a pager ends
// with is its matter, because it has shown the text.
func isMissing(err error) bool {
	failed, ok := err.(*exec.ExitError)
	return ok && failed.ExitCode() == 127
}

const usual = "less" // git's pager, where nobody chose another

func findPager(env []string) string {
	if pager, set := lookup(env, "GIT_PAGER"); set {
		return strings.TrimSpace(pager) // white space alone would show nothing
	}
	for _, whose := range []string{"--global", "--system"} {
		git := exec.Command("git", "config", whose, "--get", "core.pager")
		git.Env = env
		if out, err := git.Output(); err == nil {
			return strings.TrimSpace(string(out))
		}
	}
	if pager, set := lookup(env, "PAGER"); set {
		return strings.TrimSpace(pager)
	}
	return usual
}

func find(env []string, key string) string {
	value, _ := lookup(env, key)
	return value
}

func lookup(env []string, key string) (value string, set bool) {
	for _, pair := range env {
		if name, text, _ := strings.Cut(pair, "="); name == key {
			value, set = text, true // the last one counts
		}
	}
	return value, set
}
