// Package git tells what git knows of a project: what it ignores, what it
// tracks, what it has not checked out.
//
// The repository may be a stranger's, and its configuration names programs:
// monitors, hooks, filters, remotes. None of them is run. This package finds the
// repository and names it to git, because git itself would also obey a folder of
// the clone that is a bare repository. It runs only commands that read no content
// of files, but for the sides of a conflict ([Repo.Sides]), which pass no filter. Their
// answers have limits in size and time.
//
// It changes nothing, but for the conflicts that a user asks to have in the index
// ([Repo.PutConflicts]), and it makes a repository where a user asks for one
// ([Create]). Without git, or where git fails, a project is regenerated all the same,
// so whoever asks takes an error for "unknown".
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

	"scaffold/generator/process"
)

// Limits: the time of all answers, and the size of one.
const (
	maxTime = 5 * time.Second
	maxItem = 64 << 10 // bytes between two NULs
	maxAll  = 512 << 20
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

// Open finds the repository of root, an absolute path: the nearest .git upward, as
// for git. It starts nothing. Git gets env without what would point it elsewhere.
func Open(root string, env []string) *Repo {
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real // because git knows its folders by their real paths
	}
	var clean []string
	for _, v := range env {
		if len(v) < 4 || !strings.EqualFold(v[:4], "GIT_") {
			clean = append(clean, v)
		}
	}
	clean = append(clean, // so that it fetches, asks and locks nothing
		"GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	for top := root; ; top = filepath.Dir(top) {
		if dir := filepath.Join(top, ".git"); isRepository(dir) {
			return &Repo{root: root, top: top, dir: dir, env: clean}
		}
		if top == filepath.Dir(top) {
			return nil
		}
	}
}

// isRepository reports whether dir is one, or a file that names one. An empty
// folder is none, because git looks further up then.
func isRepository(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || info.Mode().IsRegular() {
		return err == nil
	}
	_, err = os.Lstat(filepath.Join(dir, "HEAD"))
	return err == nil
}

// Place returns the folder of the working tree, and where in it the project is,
// slash-separated: "." for all of it.
func (r *Repo) Place() (top, within string) {
	within, err := filepath.Rel(r.top, r.root)
	if err != nil {
		return r.top, "."
	}
	return r.top, filepath.ToSlash(within)
}

// AtTop reports whether the project is the whole working tree.
func (r *Repo) AtTop() bool { return r != nil && r.root == r.top }

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
		here[i] = "./" + path // because a colon would start a pattern
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
	var failed *exec.ExitError
	if err == nil || errors.As(err, &failed) && failed.ExitCode() == 1 { // 1 where none is ignored
		return ignored, nil
	}
	return nil, err
}

// AllIgnored returns what git ignores in the project, sorted. A folder, with a
// slash at the end, stands for all in it, and "./" for the project.
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

// Absent returns the paths in the project that the index has and says are
// not on disk: outside a sparse checkout, or marked skip-worktree.
// A folder of another repository that is empty, as a clone leaves a submodule, ends in
// a slash, and all that may be in it is meant.
func (r *Repo) Absent(ctx context.Context) ([]string, error) {
	var paths []string
	err := r.readIndex(ctx, func(e entry) {
		switch {
		case e.submodule && (e.skipped || isEmpty(filepath.Join(r.root, filepath.FromSlash(e.path)))):
			paths = append(paths, e.path+"/")
		case e.skipped:
			paths = append(paths, e.path)
		}
	})
	return paths, err
}

// isEmpty reports whether dir is a folder that has nothing in it, and no link to one.
func isEmpty(dir string) bool {
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return false
	}
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = f.Readdirnames(1)
	return err == io.EOF
}

// Submodules returns the folders in the project that the index has for the
// commit of another repository, whether that is here or not.
func (r *Repo) Submodules(ctx context.Context) ([]string, error) {
	return r.findIndexed(ctx, func(e entry) bool { return e.submodule })
}

// Unmerged returns the paths in the project that a merge left in conflict, each
// as often as the index has it.
func (r *Repo) Unmerged(ctx context.Context) ([]string, error) {
	return r.findIndexed(ctx, func(e entry) bool { return e.unmerged })
}

func (r *Repo) findIndexed(ctx context.Context, match func(entry) bool) ([]string, error) {
	var paths []string
	err := r.readIndex(ctx, func(e entry) {
		if match(e) {
			paths = append(paths, e.path)
		}
	})
	return paths, err
}

type entry struct {
	path                         string // relative to the project
	skipped, submodule, unmerged bool
}

// readIndex calls f with each path of the index in the project. An item is a tag,
// the mode, the object and the stage, and after a tab the path.
func (r *Repo) readIndex(ctx context.Context, f func(entry)) error {
	if r == nil {
		return nil
	}
	return r.ask(ctx, nil, func(item string) {
		if head, path, ok := strings.Cut(item, "\t"); ok {
			f(entry{path, strings.HasPrefix(head, "S "), strings.HasPrefix(head[1:], " 160000 "), !strings.HasSuffix(head, " 0")})
		}
	}, "ls-files", "-z", "-t", "-s")
}

// FileMode reports whether the executable bit on disk means something, which
// core.fileMode denies where the file system has none.
func (r *Repo) FileMode(ctx context.Context) (compare bool) {
	return r.readSetting(ctx, "core.fileMode") != "false"
}

// Sparse reports whether the checkout is a sparse one.
func (r *Repo) Sparse(ctx context.Context) bool {
	return r.readSetting(ctx, "core.sparseCheckout") == "true"
}

// readSetting returns a boolean of the configuration; "" where it is not set.
func (r *Repo) readSetting(ctx context.Context, key string) string {
	if r == nil {
		return ""
	}
	value := ""
	if err := r.ask(ctx, nil, func(item string) { value = item }, "config", "-z", "--type=bool", "--get", key); err != nil {
		return ""
	}
	return value
}

var (
	errTooMuch = errors.New("git says more than is read")
	errLate    = errors.New("git does not answer in time")
)

// ask runs git in the project and calls f with each item of its answer. Items end
// in NULs, those of the input as well.
func (r *Repo) ask(ctx context.Context, input []string, f func(item string), args ...string) error {
	text := ""
	if len(input) > 0 {
		text = strings.Join(input, "\x00") + "\x00"
	}
	return r.run(ctx, text, f, args...)
}

// run is ask with an input of any form; "" for none.
func (r *Repo) run(ctx context.Context, input string, f func(item string), args ...string) error {
	return r.pipe(ctx, input, func(out io.Reader) error { return scanItems(out, f) }, args...)
}

// pipe is run with an answer of any form, which read reads.
func (r *Repo) pipe(ctx context.Context, input string, read func(out io.Reader) error, args ...string) error {
	if r.took >= maxTime {
		return errLate
	}
	start := time.Now()
	defer func() { r.took += time.Since(start) }()
	ctx, cancel := context.WithTimeout(ctx, maxTime-r.took)
	defer cancel()
	options := []string{
		"--git-dir=" + r.dir, "--work-tree=" + r.top,
		"--no-pager", "--no-optional-locks",
		"-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull,
		"-c", "protocol.allow=never", "-c", "protocol.ext.allow=never", "-c", "submodule.recurse=false",
	}
	cmd := exec.CommandContext(ctx, "git", append(options, args...)...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = r.root, r.env, time.Second
	var said process.Tail
	cmd.Stderr = &said
	if input != "" {
		cmd.Stdin = strings.NewReader(input)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("start git: %w", err)
	}
	limitMemory(cmd.Process.Pid)
	readErr := read(out)
	if readErr != nil {
		cancel() // because it would wait for a reader
	}
	if err := cmd.Wait(); err != nil && readErr == nil {
		return gitError{err, said.String()}
	}
	return readErr
}

// A gitError is how git ended, and what it said of that.
type gitError struct {
	cause error
	said  string
}

func (e gitError) Unwrap() error { return e.cause }

func (e gitError) Error() string {
	for line := range strings.Lines(e.said) {
		for _, word := range []string{"fatal: ", "error: "} {
			if reason, ok := strings.CutPrefix(line, word); ok {
				return "ask git: " + strings.TrimSpace(reason)
			}
		}
	}
	return fmt.Sprintf("ask git: %v", e.cause)
}

func scanItems(out io.Reader, f func(item string)) error {
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
	for read := 0; s.Scan(); f(s.Text()) {
		if read += len(s.Bytes()); read > maxAll {
			return errTooMuch
		}
	}
	return s.Err()
}
