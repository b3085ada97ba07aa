package git

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"

	"scaffold/generator/problem"
)

// Create makes a repository of the folder root, which is in none, and commits these
// paths of it, slash-separated, but for those that git ignores, which it returns. This is
// git as the user has it, with hooks and templates, because the repository is made here
// and nobody else's configuration is in it. What failed is said with what is left to do.
func Create(ctx context.Context, root string, env, paths []string, message string) (left []string, err error) {
	c := creator{ctx, root, withoutPlace(env)}
	if _, err := exec.LookPath("git"); err != nil {
		return nil, problem.WithHint(errors.New("there is no git here"), "once there is: git init, git add and git commit")
	}
	if err := c.run("", "init", "--quiet"); err != nil {
		return nil, err
	}
	ignored, err := Open(root, env).Ignored(ctx, paths)
	if err != nil {
		return nil, fmt.Errorf("git check-ignore: %v", err)
	}
	left = slices.Sorted(maps.Keys(ignored))
	paths = slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return slices.Contains(left, path) })
	if err := c.run(strings.Join(paths, "\x00"), "--literal-pathspecs", "add", "--pathspec-from-file=-", "--pathspec-file-nul"); err != nil {
		return nil, err
	}
	commit := problem.CommandLine("git", "-C", root, "commit", "-m", message)
	for _, who := range []string{"GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"} {
		if c.run("", "var", who) != nil {
			return nil, problem.WithHint(problem.WithHint(errors.New("git does not know who you are"), "%s makes the commit then", commit),
				"git config --global user.name NAME and git config --global user.email ADDRESS say so")
		}
	}
	if err := c.run("", "commit", "--quiet", "-m", message); err != nil {
		return nil, problem.WithHint(err, "what belongs into the commit is staged: %s makes it", commit)
	}
	return left, nil
}

// A creator runs git in a folder.
type creator struct {
	ctx  context.Context
	root string
	env  []string
}

func (c creator) run(input string, args ...string) error {
	cmd := exec.CommandContext(c.ctx, "git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = c.root, c.env, strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	args = slices.DeleteFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") })
	return fmt.Errorf("git %s: %s", args[0], reasonOf(string(out), err))
}

// reasonOf returns the line in which git says why it failed, or else the last one.
func reasonOf(out string, err error) string {
	reason := err.Error()
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "fatal: ") || strings.HasPrefix(line, "error: ") {
			return line
		}
		if line != "" {
			reason = line
		}
	}
	return reason
}

// withoutPlace drops what would point git to another repository.
func withoutPlace(env []string) []string {
	place := []string{
		"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
		"GIT_NAMESPACE", "GIT_PREFIX", "GIT_CONFIG", "GIT_SHALLOW_FILE",
	}
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(place, strings.ToUpper(name))
	})
}
