package source

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"scaffold/generator/lazyregexp"
	"scaffold/generator/process"
)

// Limits in time. A fetch may bring a large repository over a slow line, but then
// git says every second how far it is; what is asked of a mirror is on this disk.
const (
	maxFetch   = time.Hour
	maxSilence = 2 * time.Minute
	maxAsk     = 2 * time.Minute
)

// errDamaged says that a mirror is not whole. It is made anew then.
var errDamaged = errors.New("the mirror is damaged")

// errNoGit says how to go on where there is no git command.
var errNoGit = errors.New("git, which reads repositories, is not on PATH: install it, or take the pack from a folder")

// A gitError is what git said before it gave up.
type gitError struct{ said string }

func (e gitError) Error() string { return e.said }

// ask runs a command of git's that only reads the mirror. Nobody's configuration
// counts, because none can mean the mirror.
func (m mirror) ask(ctx context.Context, in io.Reader, read func(*bufio.Reader) error, args ...string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxAsk, fmt.Errorf("git took more than %v", maxAsk))
	defer cancel()
	cmd := m.command(ctx, args...)
	cmd.Stdin = in
	cmd.Env = append(cleanEnvironment(m.finder.Env, "GIT_EXEC_PATH"),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1")
	process.Separate(cmd)
	defer process.Bind(cmd)()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	said, err := start(cmd)
	if err != nil {
		return err
	}
	readErr := read(bufio.NewReaderSize(out, 64<<10))
	if readErr != nil {
		cancel() // because git would wait for a reader
	}
	err = cmd.Wait()
	switch {
	case readErr != nil:
		return readErr
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return gitError{said.text()}
	}
	return nil
}

// talk runs a command of git's that may use the network, as the user: with the
// configuration and the credentials that every other git of theirs has. Where
// nobody can be asked, one that says nothing for long is given up.
func (m mirror) talk(ctx context.Context, args ...string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxFetch, fmt.Errorf("it took more than %v", maxFetch))
	defer cancel()
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	cmd := m.command(ctx, args...)
	cmd.Env = m.finder.networkEnvironment(ctx)
	if m.finder.Interactive {
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // which it hands on to its own
	} else {
		process.Separate(cmd)
	}
	defer process.Bind(cmd)()
	said, err := start(cmd)
	if err != nil {
		return err
	}
	if !m.finder.Interactive {
		silence := cmp.Or(m.finder.silence, maxSilence)
		timer := time.AfterFunc(silence, func() { giveUp(fmt.Errorf("nothing came for %v", silence)) })
		defer timer.Stop()
		said.Hear(func() { timer.Reset(silence) })
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, exec.ErrWaitDelay): // a helper of the user's stays, as one that remembers a password does
		return nil
	case err != nil:
		return gitError{said.text()}
	}
	return nil
}

// command returns git in the mirror. What the user's configuration could have it
// run there is switched off; the mirror has only what git init wrote.
func (m mirror) command(ctx context.Context, args ...string) *exec.Cmd {
	options := []string{
		"--git-dir=" + m.dir, "--no-pager", "--literal-pathspecs",
		"-c", "core.hooksPath=" + os.DevNull, "-c", "core.fsmonitor=false", "-c", "core.alternateRefsCommand=",
		"-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "submodule.recurse=false",
		"-c", "fetch.unpackLimit=1", // a pack is synced to the disk, and one file
		"-c", "core.bigFileThreshold=32m", // larger ones are not held in memory
	}
	cmd := exec.CommandContext(ctx, "git", append(options, args...)...)
	cmd.Dir, cmd.WaitDelay = m.finder.Cache, time.Second
	return cmd
}

// start starts git and gathers what it says.
func start(cmd *exec.Cmd) (*tail, error) {
	said := &tail{}
	cmd.Stderr = said
	err := cmd.Start()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errNoGit
	}
	if err != nil {
		return nil, fmt.Errorf("start git: %w", err)
	}
	return said, nil
}

// keptForUser begin the names of the variables for git that say how the user logs in and
// which configuration is theirs. All others are dropped, because they are about
// another repository, as GIT_DIR in a hook, or would change what git answers.
var keptForUser = []string{"GIT_SSH", "GIT_ASKPASS", "GIT_CONFIG", "GIT_SSL_", "GIT_PROXY_", "GIT_HTTP_", "GIT_EXEC_PATH", "GIT_TERMINAL_PROMPT"}

// cleanEnvironment returns env without git's variables but those whose names begin
// with one of kept. Its messages are in English, because they are told apart.
func cleanEnvironment(env []string, kept ...string) []string {
	var clean []string
	for _, v := range env {
		name := strings.ToUpper(v[:max(0, strings.Index(v, "="))])
		if !strings.HasPrefix(name, "GIT_") || slices.ContainsFunc(kept, func(begin string) bool { return strings.HasPrefix(name, begin) }) {
			clean = append(clean, v)
		}
	}
	return append(clean, "LC_ALL=C", "GIT_NO_REPLACE_OBJECTS=1")
}

// networkEnvironment returns the environment of a fetch. The user's insteadOf may
// turn one of our schemes into another, but into nothing that runs a command.
// Where nobody can answer, nobody is asked: not by git, not by ssh.
func (f Finder) networkEnvironment(ctx context.Context) []string {
	env := append(cleanEnvironment(f.Env, keptForUser...), "GIT_ALLOW_PROTOCOL="+strings.Join(schemes, ":"), "GIT_NO_LAZY_FETCH=1")
	if f.Interactive {
		return env
	}
	env = append(env, "GIT_TERMINAL_PROMPT=0", "SSH_ASKPASS_REQUIRE=never")
	ssh := slices.ContainsFunc(env, func(v string) bool {
		return strings.HasPrefix(v, "GIT_SSH=") || strings.HasPrefix(v, "GIT_SSH_COMMAND=")
	})
	if !ssh {
		cmd := exec.CommandContext(ctx, "git", "config", "--get", "core.sshCommand")
		cmd.Dir, cmd.Env = f.Cache, append(slices.Clone(env), "GIT_CEILING_DIRECTORIES="+f.Cache)
		if out, err := cmd.Output(); err != nil || len(bytes.TrimSpace(out)) == 0 {
			env = append(env, "GIT_SSH_COMMAND=ssh -o BatchMode=yes -o ConnectTimeout=30")
		}
	}
	return env
}

// A tail is the end of what git says.
type tail struct{ process.Tail }

// hollow are lines of git's that say nothing beside another.
var hollow = []string{"Could not read from remote repository.", "Please make sure you have the correct access rights", "and the repository exists."}

// progressLine matches what git says of how far it is, and of what it has done.
var progressLine = lazyregexp.New(`^(remote: )?([A-Z][a-z ]+: +[0-9]+[%,]|Total [0-9]+ )|^From |^[ +*=t!-] \[|^[0-9a-f]{7,}\.\.| -> `)

// text returns the cause that git gave, its last lines in one.
func (t *tail) text() string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(t.String(), "\r", "\n")) {
		line = strings.TrimSpace(line)
		for _, word := range []string{"fatal: ", "error: "} {
			line = strings.TrimPrefix(line, word)
		}
		if line != "" && !slices.Contains(hollow, line) && !progressLine.MatchString(line) && !strings.HasPrefix(line, "warning: ") && !strings.HasPrefix(line, "hint: ") {
			lines = append(lines, hideLogin(line))
		}
	}
	if len(lines) == 0 {
		return "git failed without a reason"
	}
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}
