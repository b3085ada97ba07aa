// Package project knows what a generated project remembers about itself:
// scaffold.yaml, which says what the project should be and is edited by hand,
// and .scaffold-state/base.zip, which holds what the template wrote, byte for
// byte.
//
// With the pristine bytes at hand nobody ever has to render an old pack again:
// packs vanish, engines change, tags move. This package turns state into bytes
// and bytes into state, and reads what a plan has to know of the disk: the state,
// which is a stranger's until it is checked, and the user's files, to which no
// link is followed. Deciding is for package plan, writing for package apply.
package project

import (
	"fmt"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

// A State is all that a project remembers.
type State struct {
	Source    string // what --pack said: a name, or a folder relative to the project
	Pack      string // the pack's name
	Version   string
	Digest    string // of the pack's content
	Answers   answer.Answers
	Base      tree.Tree // what the template wrote, pristine
	Conflicts []Conflict
	Seen      func() Seen // the user's own files as they are now; nil: there are none
}

// Files of the state folder. Only the first three belong into version control.
const (
	baseFile       = tree.StateFolder + "/base.zip"
	gitAttributes  = tree.StateFolder + "/.gitattributes"
	gitIgnore      = tree.StateFolder + "/.gitignore"
	attributesText = "base.zip -text -diff -merge -filter -ident -working-tree-encoding\n"
	olderText      = "base.zip binary\n" // which left the filter to LFS
	ignoreText     = "# The user's own rules may ignore *.zip; this one is part of the project.\n*\n!.gitattributes\n!.gitignore\n!base.zip\n"
)

// Files returns the state as files, in the order to write them: base.zip, which
// says that all the rest is there, comes last. They are what Open will read.
func (s State) Files() ([]tree.File, error) {
	base, err := s.encodeBase(Project{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", baseFile, err)
	}
	config := s.config()
	if err := s.checkConfig(config); err != nil {
		return nil, err
	}
	if err := s.reread(config, base); err != nil {
		return nil, err
	}
	return []tree.File{attributes, ignore, stateFile(tree.ConfigFile, config), stateFile(baseFile, base)}, nil
}

var (
	attributes = stateFile(gitAttributes, []byte(attributesText))
	ignore     = stateFile(gitIgnore, []byte(ignoreText))
)

// StateFiles returns the paths of what belongs into version control.
func StateFiles() []string { return []string{tree.ConfigFile, baseFile, gitAttributes, gitIgnore} }

func stateFile(path string, data []byte) tree.File {
	return tree.File{Path: path, Mode: tree.ModeFile, Data: data}
}

// config returns scaffold.yaml as it is first written.
func (s State) config() []byte {
	var b strings.Builder
	b.WriteString("# What this project should be. Change an answer, then run: scaffold regenerate\n")
	fmt.Fprintf(&b, "pack: %s\nversion: %s\nanswers:\n", strictyaml.Scalar(s.Source), s.Version)
	for a := range s.Answers.All() {
		if a.From != answer.Absent {
			fmt.Fprintf(&b, "  %s: %s\n", a.Name, strictyaml.Scalar(a.Value))
		}
	}
	return []byte(b.String())
}
