// Package problem says whose fault an error is and what to do about it.
//
// An error that nobody marked is the environment's (a full disk, a missing
// permission). [Input] marks what somebody gave us: a flag, an answer, a pack,
// a state file. A hint is apart from the error: it names the next command.
//
// It is not for control flow: only main decides by these marks, when it chooses
// the exit status and prints the hints.
package problem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"scaffold/generator/lazyregexp"
)

type input struct{ error }

func (e input) Unwrap() error { return e.error }

// Input returns an error about what was given; see [fmt.Errorf].
func Input(format string, args ...any) error {
	return input{fmt.Errorf(format, args...)}
}

// AsInput marks err as being about what was given. It keeps nil.
func AsInput(err error) error {
	if err == nil {
		return nil
	}
	return input{err}
}

// IsInput reports whether err, or an error it wraps, is about what was given. That
// somebody interrupted is not, whoever marked it.
func IsInput(err error) bool {
	interrupted := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	return !interrupted && errors.As(err, new(input))
}

// Cause drops the system call, which tells a user nothing, and the path, which
// the message has, from an error of the disk's.
func Cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

type hinted struct {
	error
	hint string
}

func (e hinted) Unwrap() error { return e.error }

// WithHint adds what to do next to err; see [fmt.Sprintf].
func WithHint(err error, format string, args ...any) error {
	return hinted{err, fmt.Sprintf(format, args...)}
}

// Hints returns what the errors in err's tree suggest, each once, in order. Of what the
// system denies somebody has to change the same, wherever it was met.
func Hints(err error) []string {
	var hints []string
	collect(err, &hints)
	switch {
	case len(hints) > 0:
	case errors.Is(err, syscall.EROFS):
		return []string{"that file system is mounted for reading alone: mount it for writing too, or work in a copy elsewhere"}
	case errors.Is(err, fs.ErrPermission):
		return []string{"ls -ld shows whose that is; its owner lets you read and write there by chmod"}
	}
	return hints
}

func collect(err error, hints *[]string) {
	if h, ok := err.(hinted); ok && !slices.Contains(*hints, h.hint) {
		*hints = append(*hints, h.hint)
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		collect(e.Unwrap(), hints)
	case interface{ Unwrap() []error }:
		for _, child := range e.Unwrap() {
			collect(child, hints)
		}
	}
}

var bare = lazyregexp.New(`^[A-Za-z0-9_@%+=:,./-]+$`)

// CommandLine returns words as a line that a POSIX shell reads as these words,
// because a hint is there to be pasted.
func CommandLine(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		if !bare.MatchString(w) {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// FromHere names path as one would from the working directory, to which a link may
// have led.
func FromHere(path string) string {
	info, err := os.Stat(path)
	if here, hereErr := os.Stat("."); err == nil && hereErr == nil && os.SameFile(info, here) {
		return "."
	}
	if here, err := filepath.Abs("."); err == nil {
		if rel, err := filepath.Rel(here, path); err == nil {
			return rel
		}
	}
	return path
}

// IsControl reports whether a character is for a terminal or an editor rather than
// for a reader: it moves the cursor, breaks a line or turns the text around. Names
// and messages that a pack or a clone brings have none, because they could show
// something else than they say.
func IsControl(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}
