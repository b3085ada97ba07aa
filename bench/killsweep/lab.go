//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A fault is made at the n-th of one kind of system call.
type fault struct {
	call, how string
	n         int
}

func (f fault) String() string { return fmt.Sprintf("inject=?%s:%s:when=%d", f.call, f.how, f.n) }

// A lab is a folder with the program, the packs and a project that was edited.
type lab struct{ dir string }

func newLab(dir string) (*lab, error) {
	l := &lab{dir}
	if _, err := exec.LookPath("strace"); err != nil {
		return nil, err
	}
	if err := l.command(".", "go", "build", "-tags", "onethread", "-o", l.binary(), "."); err != nil {
		return nil, err
	}
	if err := writePacks(filepath.Join(dir, "packs")); err != nil {
		return nil, err
	}
	edited := filepath.Join(dir, "edited")
	if err := os.Mkdir(edited, 0o777); err != nil {
		return nil, err
	}
	if err := l.scaffold(edited, "new hello --pack ../packs/v1", 0); err != nil {
		return nil, err
	}
	return l, edit(filepath.Join(edited, "hello"))
}

func (l *lab) binary() string { return filepath.Join(l.dir, "scaffold") }

// A result is what a run came to.
type result struct {
	injected bool
	status   int
	output   string
}

// killed is the exit status of what has none.
const killed = -1

// command runs one that must end well.
func (l *lab) command(dir string, name string, args ...string) error {
	r, err := l.start(dir, name, args...)
	if err == nil && r.status != 0 {
		err = fmt.Errorf("%s %q: exit status %d\n%s", name, args, r.status, r.output)
	}
	return err
}

// scaffold runs a command that must end with one of these statuses.
func (l *lab) scaffold(dir, args string, statuses ...int) error {
	r, err := l.start(dir, l.binary(), strings.Fields(args)...)
	if err == nil && !slices.Contains(statuses, r.status) {
		err = fmt.Errorf("scaffold %s: exit status %d, want one of %v\n%s", args, r.status, statuses, r.output)
	}
	return err
}

func (l *lab) start(dir string, name string, args ...string) (result, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "SCAFFOLD_DEFAULTS=off")
	out, err := cmd.CombinedOutput()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		return result{}, err
	}
	return result{status: cmd.ProcessState.ExitCode(), output: string(out)}, nil
}

// strace runs scaffold with a fault, if it comes to it.
func (l *lab) strace(dir string, s story, f fault, args string) (result, error) {
	record := dir + ".strace"
	defer os.Remove(record)
	words := []string{"-qq", "-o", record, "-e", "trace=?" + f.call, "-e", f.String()}
	if s.flagless {
		words[4] += ",renameat2"
		words = append(words, "-e", "inject=renameat2:error=EINVAL")
	}
	r, err := l.start(dir, "strace", append(append(words, l.binary()), strings.Fields(args)...)...)
	if err != nil {
		return r, err
	}
	text, err := os.ReadFile(record)
	r.injected = r.status == killed
	for line := range bytes.Lines(text) {
		r.injected = r.injected || bytes.Contains(line, []byte("INJECTED")) && !(s.flagless && bytes.HasPrefix(line, []byte("renameat2(")))
	}
	return r, err
}

// set makes a folder in which a story begins.
func (l *lab) set(s story) (dir string, err error) {
	if dir, err = os.MkdirTemp(l.dir, "case-"); err != nil {
		return "", err
	}
	for _, step := range s.setup {
		switch step {
		case "absent":
		case "empty":
			err = os.Mkdir(filepath.Join(dir, "hello"), 0o777)
		case "mine":
			err = writeUsers(filepath.Join(dir, "hello"), mine)
		case "edited":
			err = l.command(dir, "cp", "-a", filepath.Join(l.dir, "edited", "hello"), ".")
		default:
			err = l.scaffold(dir, step, 0, 3)
		}
		if err != nil {
			return dir, err
		}
	}
	if s.broken.n == 0 {
		return dir, nil
	}
	run, err := l.strace(dir, s, s.broken, s.run)
	if err == nil && !run.injected {
		err = fmt.Errorf("%s: %s never came to %s", s.name, s.run, s.broken)
	}
	return dir, err
}

// learn finds out what is old and what is new.
func (l *lab) learn(s *story) error {
	whole := *s
	whole.broken = fault{}
	dir, err := l.set(whole)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s.old = listing(dir, true)
	if err := l.scaffold(dir, s.run, s.ends); err != nil {
		return err
	}
	if s.new = listing(dir, true); s.new == s.old {
		return fmt.Errorf("%s: changes nothing", s.run)
	}
	return nil
}
