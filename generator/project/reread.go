package project

import (
	"bytes"
	"errors"
	"fmt"

	"scaffold/generator/answer"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// checkConfig returns an error if a scaffold.yaml would be larger than what is
// read of one. The answers are what a user can do something about.
func (s State) checkConfig(config []byte) error {
	if len(config) <= maxConfig {
		return nil
	}
	longest, size := s.longest()
	return problem.WithHint(
		problem.Input("the answers make a %s of %d bytes, and no more than %d can be read again", tree.ConfigFile, len(config), maxConfig),
		"shorten them; the longest is %s with %d bytes", longest, size)
}

// longest returns the name and the length of the longest answer.
func (s State) longest() (name string, size int) {
	for a := range s.Answers.All() {
		if n := len(answer.Format(a.Value)); n > size {
			name, size = a.Name, n
		}
	}
	return name, size
}

// reread reads a state that is about to be written as the next run will, and
// returns an error unless it says what s says.
func (s State) reread(config, base []byte) error {
	c, err := parseConfig(stateFile(tree.ConfigFile, config))
	if err != nil {
		return fmt.Errorf("read again what is to be written: %w", err)
	}
	answers := c.Answers()
	for a := range s.Answers.All() {
		if got, ok := answers[a.Name]; a.From != answer.Absent && (!ok || got != answer.Format(a.Value)) {
			return fmt.Errorf("read again what is to be written: %s: the answer to %s is %q, not %q", tree.ConfigFile, a.Name, got, answer.Format(a.Value))
		}
	}
	var p Project
	h, err := readHead(bytes.NewReader(base), int64(len(base)))
	if err == nil {
		err = p.remember(h, stateFile(baseFile, base))
	} else {
		err = problem.Input("%s: %w", baseFile, err)
	}
	if err == nil && (c.Source != s.Source || c.Version != s.Version || !p.remembers(s)) {
		err = errors.New("it says something else")
	}
	if err != nil {
		return fmt.Errorf("read again what is to be written: %w", err)
	}
	return nil
}
