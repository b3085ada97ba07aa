package project

import (
	"errors"
	"fmt"

	"scaffold/generator/answer"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// checkSizes returns an error if a state would be larger than what is read of
// one. Its answers are what a user can do something about.
func (s State) checkSizes(config, base []byte) error {
	switch {
	case len(config) > maxConfig:
		longest, size := s.longest()
		return problem.WithHint(
			problem.Input("the answers make a %s of %d bytes, and no more than %d can be read again", tree.ConfigFile, len(config), maxConfig),
			"shorten them; the longest is %s with %d bytes", longest, size)
	case s.Base.Len() >= maxEntries:
		return problem.Input("the pack writes %d files, and no more than %d can be read again", s.Base.Len(), maxEntries-1)
	case len(base) > maxZip:
		return problem.Input("the pack's files make a %s of %d bytes, and no more than %d can be read again", baseFile, len(base), maxZip)
	}
	return nil
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
	err = p.decode(stateFile(baseFile, base))
	if err == nil && (c.Source != s.Source || c.Version != s.Version || !p.remembers(s)) {
		err = errors.New("it says something else")
	}
	if err != nil {
		return fmt.Errorf("read again what is to be written: %w", err)
	}
	return nil
}
