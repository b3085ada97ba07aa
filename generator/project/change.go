package project

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"scaffold/generator/tree"
)

// A Change is a file of the state that is written.
type Change struct {
	Before *tree.File // nil where there is none
	After  tree.File
}

// Changes returns what makes the project remember next, in the order to write
// it, and nothing where it does already. What next says of answers and version
// e brings into scaffold.yaml.
//
// That a conflict is resolved is no change: whoever asks finds out.
func (p Project) Changes(next State, e Edit) ([]Change, error) {
	config, err := Splice(p.Config.File.Data, e)
	if err != nil {
		return nil, err
	}
	configured := bytes.Equal(config, p.Config.File.Data)
	if configured && p.remembers(next) && len(next.Conflicts) == 0 {
		return nil, nil
	}
	base, err := next.encodeBase(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", baseFile, err)
	}
	if err := next.checkConfig(config); err != nil {
		return nil, err
	}
	changes := p.rewrite(base)
	if !configured {
		old := p.Config.File
		after := tree.File{Path: old.Path, Mode: old.Mode, Data: config}
		changes = slices.Insert(changes, len(changes)-1, Change{&old, after})
	}
	return changes, nil
}

// rewrite returns the state with that base.zip, but for scaffold.yaml.
func (p Project) rewrite(base []byte) []Change {
	after := stateFile(baseFile, base)
	after.Mode = p.baseZip.Mode // which tells whether the volume has modes
	return append(slices.Clip(p.stale), Change{&p.baseZip, after})
}

// Settle returns what makes the project remember only the conflicts in left.
func (p Project) Settle(left []Conflict) ([]Change, error) {
	m := p.manifest
	m.Conflicts = left
	base, err := m.encode(p.Base, m.seen)
	return p.rewrite(base), err
}

// remembers compares all but the digest, which an edit of a comment in the pack
// changes.
func (p Project) remembers(s State) bool {
	old, err := json.Marshal(p.Answers)
	if err != nil {
		return false
	}
	now, err := json.Marshal(s.given())
	return err == nil && bytes.Equal(old, now) && sameBase(p.Base, s.Base.Composed()) &&
		p.Pack == s.Pack && p.Version == s.Version && p.Source == s.Source
}

func sameBase(a, b tree.Tree) bool {
	return slices.EqualFunc(slices.Collect(a.All()), slices.Collect(b.All()), func(x, y tree.File) bool {
		return x.Path == y.Path && x.Mode == y.Mode && x.Origin == y.Origin && x.Once == y.Once && bytes.Equal(x.Data, y.Data)
	})
}
