package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"scaffold/generator/answer"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

const newHint = "scaffold new hello makes the project hello in ./hello"

// maxElement is what Linux, macOS and Windows take for one name in a path.
const maxElement = 255

// checkTarget finds a target that cannot be, before anybody is asked anything.
func (g *Generator) checkTarget(target string) error {
	if target == "" {
		return nil
	}
	if !utf8.ValidString(target) {
		return problem.Input("PATH %q is not UTF-8", target)
	}
	if strings.ContainsFunc(target, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
		return problem.Input("PATH %q has a control or bidirectional character", target)
	}
	for element := range strings.SplitSeq(filepath.ToSlash(target), "/") {
		if len(element) > maxElement {
			return problem.Input("PATH has the element %q… of %d bytes, more than the %d that file systems take", element[:8], len(element), maxElement)
		}
	}
	_, err := absolute(target)
	return err
}

// resolveTarget returns the absolute target, checked.
func resolveTarget(target string, answers answer.Answers) (string, error) {
	if target == "" {
		name, _ := answers.Find("name")
		target, _ = name.Value.(string)
	}
	if target == "" {
		return "", problem.WithHint(problem.Input("PATH is missing"), newHint)
	}
	return absolute(target)
}

func absolute(target string) (string, error) {
	abs, err := filepath.Abs(target)
	if err != nil {
		return "", problem.WithHint(fmt.Errorf("find the working directory: %w", err), "if it was removed, change to another")
	}
	return abs, checkPlace(abs)
}

// checkPlace returns why no project can be made at target, an absolute path:
// there has to be nothing, or an empty folder.
func checkPlace(target string) error {
	if err := checkAbove(target); err != nil {
		return err
	}
	info, err := os.Lstat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return checkParent(target)
	case err != nil:
		return fmt.Errorf("look at %s: %w", target, problem.Cause(err))
	case !info.IsDir():
		return problem.WithHint(
			problem.Input("%s is there already and is %s", target, tree.Kind(info.Mode())),
			"choose another name, or remove it first")
	}
	return checkEmpty(target)
}

func checkEmpty(target string) error {
	entries, err := os.ReadDir(target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it went meanwhile, or another run took its place: the rename finds out
	}
	if err != nil {
		return fmt.Errorf("look into %s: %w", target, problem.Cause(err))
	}
	if len(entries) == 0 {
		return nil
	}
	var names []string
	for _, e := range entries[:min(5, len(entries))] {
		names = append(names, strconv.Quote(e.Name()))
	}
	if more := len(entries) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	err = problem.Input("%s is there already and is not empty: it has %s", target, strings.Join(names, ", "))
	if len(entries) == 1 && entries[0].Name() == ".git" {
		in, out := filepath.Join(target, ".git"), target+".git"
		return problem.WithHint(err, "move the repository out and in again: %s && the same command && %s",
			problem.Command("mv", in, out), problem.Command("mv", out, in))
	}
	return problem.WithHint(err,
		"choose another name; to bring an existing project up to date: scaffold regenerate")
}

// checkParent finds a missing parent before anything else is done.
func checkParent(target string) error {
	parent := filepath.Dir(target)
	info, err := os.Stat(parent)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.WithHint(problem.Input("the folder %s is not there", parent), "create it first: mkdir -p %s", parent)
	case errors.Is(err, syscall.ENOTDIR):
		return problem.Input("%s cannot be a folder: a file is in its way", parent)
	case err != nil:
		return fmt.Errorf("look at %s: %w", parent, problem.Cause(err))
	case !info.IsDir():
		return problem.Input("%s is no folder, so nothing can be created in it", parent)
	}
	return nil
}

// checkAbove refuses places where a project would be lost or do harm.
func checkAbove(target string) error {
	if strings.Contains(filepath.ToSlash(target), "/pkg/mod/") {
		return problem.Input("%s is in Go's module cache, which the go command may empty at any time", target)
	}
	for dir := filepath.Dir(target); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, tree.StateFolder)); err == nil {
			return problem.WithHint(
				problem.Input("%s is inside the scaffold project %s", target, dir),
				"create it outside and move it there, or add to %s by hand", dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}
