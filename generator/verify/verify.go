// Package verify tries whether a project, as it would be, passes a command: its
// build, or its tests.
//
// A [Tree] is the project on disk with some files changed, or a pristine render
// alone. It is laid out in a folder of the user's cache, the command runs there, and
// the folder is removed. The go command needs no copy of the project, because it takes
// what changes as an overlay. The project itself is only read.
//
// It decides nothing: package generator chooses the command, and what follows where
// it fails. It is no sandbox: the command may do whatever its user may.
package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scaffold/generator/problem"
	"scaffold/generator/process"
	"scaffold/generator/tree"
)

// GoCommand is what a Go project passes. It is run without a shell, and leaves no
// program behind.
const GoCommand = "go build ./... && go vet ./..."

// ErrNoGo says that there is no go command.
var ErrNoGo = errors.New("there is no go command on PATH")

const maxTime = 10 * time.Minute // of one try

// A Runner tries trees by one command.
type Runner struct {
	Command string                // GoCommand, or a line for the system's shell
	Cache   string                // the folder in which copies are made; it need not exist
	Env     []string              // KEY=VALUE, for the command
	Skip    func(dir string) bool // which folders of a project are not copied; nil: none
	Limit   time.Duration         // of one try; 0: ten minutes
}

// A Tree is a project as it would be.
type Tree struct {
	Root    string                // the folder whose files count where Changed has no path; "" for none
	Changed map[string]*tree.File // by path; nil for a file that is gone
}

// An Outcome is what came of a try.
type Outcome struct {
	Passed bool
	Output string // the end of what the command said, where it failed
}

// Try runs the command in t. That it fails, or takes too long, is an outcome; that it
// cannot be run is an error.
func (r Runner) Try(ctx context.Context, t Tree) (Outcome, error) {
	if r.Command == GoCommand {
		if _, err := exec.LookPath("go"); err != nil {
			return Outcome{}, ErrNoGo
		}
		if r.overlays(ctx, t) {
			return r.tryOverlay(ctx, t)
		}
	}
	dir, err := r.makeFolder()
	if err != nil {
		return Outcome{}, err
	}
	defer os.RemoveAll(dir)
	if err := r.copyTo(ctx, dir, t); err != nil {
		return Outcome{}, err
	}
	if r.Command == GoCommand {
		return r.runGo(ctx, dir, "")
	}
	return r.run(ctx, dir, func(ctx context.Context) *exec.Cmd { return process.Shell(ctx, r.Command) })
}

// run runs a command in a folder. Its output names files in that folder, or in one of
// those elsewhere, as they are called in the project.
func (r Runner) run(ctx context.Context, dir string, command func(context.Context) *exec.Cmd, elsewhere ...string) (Outcome, error) {
	limit := cmp.Or(r.Limit, maxTime)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := command(limited)
	process.Separate(cmd)
	defer process.Bind(cmd)()
	var said process.Tail
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = dir, r.environment(dir), &said, &said, time.Second
	err := cmd.Run()
	output := shorten(said.String(), append(elsewhere, dir))
	switch failed := (*exec.ExitError)(nil); {
	case ctx.Err() != nil:
		return Outcome{}, ctx.Err()
	case limited.Err() != nil:
		return Outcome{Output: output + fmt.Sprintf("it took more than %v\n", limit)}, nil
	case errors.Is(err, exec.ErrWaitDelay): // what it started goes on, and would do so in a folder that is gone
		cmd.Cancel()
	case errors.As(err, &failed):
		return Outcome{Output: output}, nil
	case err != nil:
		return Outcome{}, fmt.Errorf("start %s: %w", cmd.Args[0], problem.Cause(err))
	}
	return Outcome{Passed: true}, nil
}

// otherFolders are variables that name another folder than the one a command runs in,
// as git's do in a hook.
var otherFolders = []string{"PWD", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}

// environment returns that of a command in a folder. In the cache it is in no
// repository, even if the cache is.
func (r Runner) environment(dir string) []string {
	env := slices.DeleteFunc(slices.Clone(r.Env), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(otherFolders, name)
	})
	return append(env, "PWD="+dir, "GIT_CEILING_DIRECTORIES="+r.Cache)
}

const maxLines = 20 // of what a command said

// shorten returns the last lines of what was said, without these folders before the
// names of files.
func shorten(said string, folders []string) string {
	for _, dir := range folders {
		if dir != "" && dir != "." {
			said = strings.ReplaceAll(said, dir+string(filepath.Separator), "")
		}
	}
	said = strings.TrimSpace(strings.ReplaceAll(said, "\r\n", "\n"))
	if said == "" {
		return ""
	}
	lines := strings.Split(said, "\n")
	return strings.Join(lines[max(0, len(lines)-maxLines):], "\n") + "\n"
}
