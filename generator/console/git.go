package console

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// maxGit is how long git may take to tell. It is only for a hint.
const maxGit = 2 * time.Second

// dirty reports whether the project at root is in a git checkout and has changes
// to tracked files that are not committed. Without git the answer is no.
//
// The repository may be a stranger's: nothing that its own configuration names
// is run. A filter for file contents would be, so where one is configured git is
// not asked.
func (c *Console) dirty(ctx context.Context, root string) bool {
	if !inCheckout(root) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, maxGit)
	defer cancel()
	if c.filters(ctx, root) {
		return false
	}
	out, err := c.git(ctx, root, "status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=all", "--no-renames", "--", ".")
	return err == nil && len(out) > 0 && !unmerged(out)
}

// filters reports whether the repository, and not its user, configures a filter.
// A linked worktree has a configuration of its own beside the common one.
func (c *Console) filters(ctx context.Context, root string) bool {
	out, err := c.git(ctx, root, "config", "--show-scope", "--includes", "--name-only", "--get-regexp", `^filter\.`)
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() == 1 {
		return false // there is none
	}
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "global\t") && !strings.HasPrefix(line, "system\t") {
			return true
		}
	}
	return err != nil
}

// unmerged reports whether a git status -z has a file that a merge left open:
// then there is nothing that could have been committed first.
func unmerged(status []byte) bool {
	for entry := range bytes.SplitSeq(status, []byte{0}) {
		if len(entry) > 2 && (bytes.ContainsRune(entry[:2], 'U') || entry[0] == entry[1] && (entry[0] == 'A' || entry[0] == 'D')) {
			return true
		}
	}
	return false
}

func inCheckout(root string) bool {
	for dir := root; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

func (c *Console) git(ctx context.Context, root string, args ...string) ([]byte, error) {
	safe := []string{
		"--no-optional-locks", "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
		"-c", "protocol.ext.allow=never", "-C", root,
	}
	cmd := exec.CommandContext(ctx, "git", append(safe, args...)...)
	for _, v := range c.Env {
		if !strings.HasPrefix(v, "GIT_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	cmd.WaitDelay = maxGit
	return cmd.Output()
}
