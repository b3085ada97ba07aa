// Package git tells what git knows of a project: what it ignores, what it
// tracks, what it has not checked out.
//
// The repository may be a stranger's, and its configuration names programs:
// monitors, hooks, filters, remotes. None of them is run. The repository is found
// here and named to git, which then discovers nothing, so a folder of a clone
// that is itself a bare repository is not taken for one. Only commands are used
// that read no content of files, and their answers have limits in size and time.
//
// It is not for changing anything. Git is a witness that may be absent: without
// it, or where it fails, a project is regenerated all the same, so whoever asks
// takes an error for "unknown".
package git

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Limits: the time of all answers, and the size of one.
const (
	maxTime = 5 * time.Second
	maxItem = 64 << 10 // bytes between two NULs
	maxAll  = 512 << 20

	maxMemory = 480 << 20 // of git, bytes
)

// A Repo is the repository that a project is in. Nil stands for none: then
// nothing is ignored, tracked or left out.
type Repo struct {
	root string // the project
	top  string // of the working tree
	dir  string // .git, a folder or the file that names one
	env  []string
	took time.Duration // what git took so far
}

// Open finds the repository of root, an absolute path, and starts nothing. It is
// the nearest .git upward, as for git. Env is the environment that git is to
// have, of which what would point it elsewhere is dropped.
func Open(root string, env []string) *Repo {
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real // or git would not know the project's folder for one of its own
	}
	for top := root; ; top = filepath.Dir(top) {
		if dir := filepath.Join(top, ".git"); isRepository(dir) {
			return &Repo{root: root, top: top, dir: dir, env: clean(env)}
		}
		if top == filepath.Dir(top) {
			return nil
		}
	}
}

// isRepository reports whether dir is one, or a file that names one. An empty
// folder of the name is none, and git looks on.
func isRepository(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || info.Mode().IsRegular() {
		return err == nil
	}
	_, err = os.Lstat(filepath.Join(dir, "HEAD"))
	return err == nil
}

// clean returns env without what git would obey, and with what keeps it still.
func clean(env []string) []string {
	var kept []string
	for _, v := range env {
		if len(v) < 4 || !strings.EqualFold(v[:4], "GIT_") {
			kept = append(kept, v)
		}
	}
	return append(kept,
		"GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
}

// AtTop reports whether the project is the whole working tree.
func (r *Repo) AtTop() bool { return r != nil && r.root == r.top }

var (
	errTooMuch = errors.New("git says more than is read")
	errLate    = errors.New("git does not answer in time")
)

// ask runs git in the project and visits the items of what it says, which end in
// NULs. Input has items as well.
func (r *Repo) ask(ctx context.Context, input []string, visit func(item string), args ...string) error {
	if r.took >= maxTime { // what it has not answered by now it may never
		return errLate
	}
	start := time.Now()
	defer func() { r.took += time.Since(start) }()
	ctx, cancel := context.WithTimeout(ctx, maxTime-r.took)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", append(r.safe(), args...)...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = r.root, r.env, time.Second
	if len(input) > 0 {
		cmd.Stdin = strings.NewReader(strings.Join(input, "\x00") + "\x00")
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("start git: %w", err)
	}
	limitMemory(cmd.Process.Pid)
	readErr := items(out, visit)
	if readErr != nil {
		cancel() // it would wait for a reader
	}
	if err := cmd.Wait(); err != nil && readErr == nil {
		return fmt.Errorf("ask git: %w", err)
	}
	return readErr
}

// safe are the options that come before a command.
func (r *Repo) safe() []string {
	return []string{
		"--git-dir=" + r.dir, "--work-tree=" + r.top,
		"--no-pager", "--no-optional-locks",
		"-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull,
		"-c", "protocol.allow=never", "-c", "protocol.ext.allow=never", "-c", "submodule.recurse=false",
	}
}

// items visits what stands between NULs.
func items(out io.Reader, visit func(string)) error {
	s := bufio.NewScanner(out)
	s.Buffer(nil, maxItem)
	s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if end := bytes.IndexByte(data, 0); end >= 0 {
			return end + 1, data[:end], nil
		}
		if atEOF && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for read := 0; s.Scan(); visit(s.Text()) {
		if read += len(s.Bytes()); read > maxAll {
			return errTooMuch
		}
	}
	return s.Err()
}

// exitCode returns the status that git ended with, -1 for another error.
func exitCode(err error) int {
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return failed.ExitCode()
	}
	return -1
}

// A Rule is what has a path ignored.
type Rule struct {
	Source  string // the file it stands in, from the top of the working tree or absolute
	Line    string
	Pattern string
}

// Ignored returns the rule of each path that git ignores. What is tracked is not
// ignored. Paths are relative to the project, slash-separated, and need not be
// there; none may be in a submodule or behind a symbolic link.
func (r *Repo) Ignored(ctx context.Context, paths []string) (map[string]Rule, error) {
	if r == nil || len(paths) == 0 {
		return nil, nil
	}
	here := make([]string, len(paths))
	for i, path := range paths {
		here[i] = "./" + path // or a colon would start a pattern
	}
	ignored := make(map[string]Rule)
	var fields []string
	err := r.ask(ctx, here, func(item string) {
		if fields = append(fields, item); len(fields) < 4 {
			return
		}
		rule := Rule{Source: fields[0], Line: fields[1], Pattern: fields[2]}
		if !strings.HasPrefix(rule.Pattern, "!") { // such a rule takes it out again
			ignored[strings.TrimPrefix(fields[3], "./")] = rule
		}
		fields = fields[:0]
	}, "check-ignore", "--stdin", "-z", "-v")
	if exitCode(err) == 1 { // none is
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return ignored, nil
}

// AllIgnored returns what git ignores in the project, sorted. A folder, with a
// slash at the end, stands for all in it; "./" is the project itself, of which
// git then knows nothing.
func (r *Repo) AllIgnored(ctx context.Context) ([]string, error) {
	if r == nil {
		return nil, nil
	}
	var paths []string
	err := r.ask(ctx, nil, func(item string) { paths = append(paths, item) },
		"ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
	slices.Sort(paths)
	return paths, err
}

// NotCheckedOut returns the paths in the project that the index has and says are
// not on disk: outside a sparse checkout, or marked skip-worktree.
func (r *Repo) NotCheckedOut(ctx context.Context) ([]string, error) {
	var paths []string
	err := r.index(ctx, func(e entry) {
		if e.skipped {
			paths = append(paths, e.path)
		}
	})
	return paths, err
}

// Submodules returns the folders in the project that the index has for the
// commit of another repository, whether that is here or not.
func (r *Repo) Submodules(ctx context.Context) ([]string, error) {
	var paths []string
	err := r.index(ctx, func(e entry) {
		if e.submodule {
			paths = append(paths, e.path)
		}
	})
	return paths, err
}

// Unmerged returns the paths in the project that a merge left in conflict, each
// as often as the index has it.
func (r *Repo) Unmerged(ctx context.Context) ([]string, error) {
	var paths []string
	err := r.index(ctx, func(e entry) {
		if e.unmerged {
			paths = append(paths, e.path)
		}
	})
	return paths, err
}

// An entry is a path that the index has.
type entry struct {
	path                         string // relative to the project
	skipped, submodule, unmerged bool
}

// index visits what the index has in the project. An item is a tag, the mode,
// the object and the stage, and after a tab the path.
func (r *Repo) index(ctx context.Context, visit func(entry)) error {
	if r == nil {
		return nil
	}
	return r.ask(ctx, nil, func(item string) {
		if head, path, ok := strings.Cut(item, "\t"); ok {
			visit(entry{path, strings.HasPrefix(head, "S "), strings.HasPrefix(head[1:], " 160000 "), !strings.HasSuffix(head, " 0")})
		}
	}, "ls-files", "-z", "-t", "-s")
}

// FileMode reports whether the executable bit on disk means something: not where
// core.fileMode says that the file system has none.
func (r *Repo) FileMode(ctx context.Context) (compare bool) {
	return r.setting(ctx, "core.fileMode") != "false"
}

// Sparse reports whether the checkout is a sparse one.
func (r *Repo) Sparse(ctx context.Context) bool {
	return r.setting(ctx, "core.sparseCheckout") == "true"
}

// setting returns a boolean of the configuration; "" where it is not set.
func (r *Repo) setting(ctx context.Context, key string) string {
	if r == nil {
		return ""
	}
	value := ""
	if err := r.ask(ctx, nil, func(item string) { value = item }, "config", "-z", "--type=bool", "--get", key); err != nil {
		return ""
	}
	return value
}
