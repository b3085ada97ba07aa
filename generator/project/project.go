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
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

// A State is all that a project remembers.
type State struct {
	Reference string // what --pack said but for the version; a folder is relative to the project
	Pack      string // the pack's name
	Version   string
	Digest    string // of the pack's content
	Commit    string // that the pack was read at, or ""
	Answers   answer.Answers
	Lapsed    []string          // questions that do not apply, and have an answer in scaffold.yaml nevertheless, sorted
	Base      tree.Tree         // what the template wrote, pristine
	Since     map[string]string // the version that wrote a file of Base, where that is not Version
	Conflicts []plan.ConflictRecord
	Seen      func() Seen // lists the user's own files as they are now; not set for a new project, which has none
}

// What is written into two files of the state folder.
const (
	attributesText = "base.zip -text -diff -merge -filter -ident -working-tree-encoding\n"
	olderText      = "base.zip binary\n" // which left the filter to LFS
	ignoreText     = "# The user's own rules may ignore *.zip; this one is part of the project.\n*\n!.gitattributes\n!.gitignore\n!base.zip\n"
)

// Steps returns what writes the state of a new project; see [State.files].
func (s State) Steps() ([]plan.Step, error) {
	files, err := s.files()
	var steps []plan.Step
	for _, f := range files {
		steps = append(steps, stateStep(nil, f))
	}
	return steps, err
}

// files returns the state as files, in the order to write them: base.zip comes
// last, because it says that all the rest is there. They are what Open will
// read.
func (s State) files() ([]tree.File, error) {
	made, err := s.encodeBase(Project{})
	var written bytes.Buffer // all of it, because it is read again
	if err == nil {
		err = made.Write(&written)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tree.BaseFile, err)
	}
	base, config := written.Bytes(), s.config()
	if err := s.checkConfig(config); err != nil {
		return nil, err
	}
	if err := s.reread(config, base); err != nil {
		return nil, err
	}
	return []tree.File{attributes, ignore, stateFile(tree.ConfigFile, config), stateFile(tree.BaseFile, base)}, nil
}

func (s State) config() []byte {
	var b strings.Builder
	b.WriteString("# What this project should be. Change an answer, then run: scaffold regenerate\n")
	fmt.Fprintf(&b, "pack: %s\nversion: %s\nanswers:\n", strictyaml.Scalar(s.Reference), s.Version)
	for a := range s.Answers.All() {
		if a.From != answer.Absent {
			fmt.Fprintf(&b, "  %s: %s\n", a.Name, strictyaml.Scalar(a.Value))
		}
	}
	return []byte(b.String())
}

func stateFile(path string, data []byte) tree.File {
	return tree.File{Path: path, Mode: tree.ModeFile, Data: data}
}

// stateStep is the step that writes a file of the state; before is nil for none.
func stateStep(before *tree.File, after tree.File) plan.Step {
	s := plan.Step{Path: after.Path, Verb: plan.Create, To: after.Path, Ours: before, After: &after}
	if before != nil {
		s.Verb = plan.Update
	}
	return s
}

var (
	attributes = stateFile(tree.AttributesFile, []byte(attributesText))
	ignore     = stateFile(tree.IgnoreFile, []byte(ignoreText))
)

// Changes returns what makes the project remember next, in the order to write
// it, and nothing where it does already. What next says of answers and version
// e brings into scaffold.yaml.
//
// That a conflict is resolved is no change: whoever asks finds out.
func (p Project) Changes(next State, e Edit) ([]plan.Step, error) {
	if e.Version != "" && p.Config.vPrefix {
		e.Version = "v" + e.Version
	}
	config, err := p.Config.File.Data, error(nil)
	if !e.isEmpty() {
		config, err = Splice(config, e)
	}
	if err != nil {
		return nil, err
	}
	configured := bytes.Equal(config, p.Config.File.Data)
	if configured && p.remembers(next) && len(next.Conflicts) == 0 {
		return nil, nil
	}
	base, err := next.encodeBase(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tree.BaseFile, err)
	}
	if err := next.checkConfig(config); err != nil {
		return nil, err
	}
	changes := p.writeBase(base)
	if !configured {
		old := p.Config.File
		after := tree.File{Path: old.Path, Mode: old.Mode, Data: config}
		changes = slices.Insert(changes, len(changes)-1, stateStep(&old, after))
	}
	return changes, nil
}

func (p Project) writeBase(after tree.File) []plan.Step {
	after.Mode = p.baseZip.Mode // which tells whether the volume has modes
	return append(slices.Clip(p.stale), stateStep(&p.baseZip, after))
}

// KeepConflicts returns what makes the project remember only the conflicts in
// left.
func (p Project) KeepConflicts(left []plan.ConflictRecord) ([]plan.Step, error) {
	m := p.manifest
	m.Conflicts = left
	base, err := m.encode(p.Base, m.seen, p)
	return p.writeBase(base), err
}

// remembers compares all but the digest, because an edit of a comment in the
// pack changes that.
func (p Project) remembers(s State) bool {
	old, err := json.Marshal(p.Answers)
	if err != nil {
		return false
	}
	now, err := json.Marshal(s.givenAnswers())
	return err == nil && bytes.Equal(old, now) && p.Pack == s.Pack && p.Version == s.Version && p.Reference == s.Reference && slices.Equal(p.Lapsed, s.Lapsed) && maps.Equal(p.sinces(), s.Since) &&
		slices.EqualFunc(slices.Collect(p.Base.All()), slices.Collect(s.Base.Composed().All()), func(a, b tree.File) bool {
			return a.Path == b.Path && a.Mode == b.Mode && a.Origin == b.Origin && a.Once == b.Once && bytes.Equal(a.Data, b.Data)
		})
}

// Since returns the version that wrote a file of the base, which is an older one where a
// run left the file alone.
func (p Project) Since(path string) string {
	return cmp.Or(p.manifest.Files[path].Since, p.Version)
}

func (p Project) sinces() map[string]string {
	since := map[string]string{}
	for path, it := range p.manifest.Files {
		if it.Since != "" {
			since[path] = it.Since
		}
	}
	return since
}

// checkConfig refuses to write a scaffold.yaml that is too large to be read. It
// names the longest answer, because that is what a user can shorten.
func (s State) checkConfig(config []byte) error {
	if len(config) <= maxConfig {
		return nil
	}
	longest, size := "", 0
	for a := range s.Answers.All() {
		if n := len(answer.Format(a.Value)); n > size {
			longest, size = a.Name, n
		}
	}
	return problem.WithHint(
		problem.Input("the answers make a %s of %d bytes, and no more than %d can be read again", tree.ConfigFile, len(config), maxConfig),
		"shorten them; the longest is %s with %d bytes", longest, size)
}

// reread reads a state that is about to be written as the next run will,
// because a state that cannot be read is worse than none.
func (s State) reread(config, base []byte) error {
	c, err := parseConfig(tree.ConfigFile, stateFile(tree.ConfigFile, config))
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
	var files tree.Tree
	if err == nil {
		files, err = h.readFiles(base)
	}
	if err != nil {
		err = problem.Input("%s: %w", tree.BaseFile, err)
	} else {
		p.remember(h, files, stateFile(tree.BaseFile, base))
	}
	if err == nil && (c.Reference != s.Reference || c.Version != s.Version || !p.remembers(s)) {
		err = errors.New("it says something else")
	}
	if err != nil {
		return fmt.Errorf("read again what is to be written: %w", err)
	}
	return nil
}
