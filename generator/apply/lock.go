package apply

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

const lockFile = tree.StateFolder + "/lock"

// lockProject keeps other runs out until it is closed or this process dies. The
// file stays: to unlink it would give two runs two files to lock.
func lockProject(d disk, root, command string) (io.Closer, error) {
	held, err := d.lock(lockFile, fmt.Sprintf("%d %s\n", os.Getpid(), command))
	if !errors.Is(err, errHeld) {
		return held, unchanged(err)
	}
	who := "another scaffold is at work in " + root
	text, _ := readAll(d, lockFile, 4096)
	pid, other, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if _, err := strconv.Atoi(pid); err == nil {
		who += fmt.Sprintf(": %s (%s)", pid, printable(other))
	}
	return nil, problem.WithHint(errors.New(who), "wait until it has finished, then try again")
}

// printable keeps what came with a clone from talking to the terminal.
func printable(s string) string { return strings.Trim(strconv.Quote(s), `"`) }

// takeLock locks an open file and says in it who did. It closes it on any error.
func takeLock(f *os.File, text string, err error) (io.Closer, error) {
	if err == nil {
		if err = lockFolder(f); errors.Is(err, errors.ErrUnsupported) {
			err = nil // better without than not at all
		}
	}
	if err == nil {
		if err = f.Truncate(0); err == nil {
			_, err = f.WriteAt([]byte(text), 0)
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// checkState refuses a state folder that is none, and returns it.
func checkState(d disk) (entry, error) {
	e, err := d.stat(tree.StateFolder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return e, problem.WithHint(problem.Input("there is no %s: this is no scaffold project, or its state is lost", tree.StateFolder),
			"version control may have it: git checkout -- %s", tree.StateFolder)
	case err == nil && !e.mode.IsDir():
		return e, notFolder(tree.StateFolder, e.mode)
	}
	return e, err
}

func notFolder(name string, mode fs.FileMode) error {
	return problem.Input("%s is %s, not a folder; nothing was changed", name, tree.Kind(mode))
}
