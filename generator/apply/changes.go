package apply

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"scaffold/generator/tree"
)

// A change is what an op does, and with which bytes.
type change struct {
	path     string
	old, new *content
	data     []byte
	was      []byte // what is there
	like     string // the file that this one takes the place of, or ""
}

// changes returns what the steps do, in the order of doing it: files that go
// make room for those that come, and the state is last.
func changes(steps []checked) []change {
	var gone, come []change
	left := make(map[string]bool)
	for _, s := range steps {
		if s.After == nil && s.Ours != nil {
			gone = append(gone, change{path: s.Ours.Path, old: s.have, was: s.Ours.Data})
			left[s.Ours.Path] = true
		}
	}
	for _, s := range steps {
		if s.After == nil {
			continue
		}
		if c := s.writing(left); !c.old.is(c.new) {
			come = append(come, c)
		}
	}
	return append(gone, come...)
}

// writing is the change of a step that writes. The user's mode stays, also where
// what is written was made from a file that left its path.
func (s checked) writing(left map[string]bool) change {
	c := change{path: s.To, new: &content{Sum: s.sum, Mode: s.After.Mode.Perm()}, data: s.After.Data}
	switch {
	case s.Ours == nil:
		return c
	case s.Ours.Path == s.To:
		c.old, c.was = s.have, s.Ours.Data
	case !left[s.Ours.Path]:
		return c
	}
	c.like = s.Ours.Path
	if c.new.Mode = s.have.Mode.Perm(); executable(s.Ours.Mode) != executable(s.After.Mode) {
		c.new.Mode = permissions(s.have.Mode, s.After.Mode)
	}
	return c
}

// permissions returns the user's, executable or not as the plan wants it.
func permissions(have, want fs.FileMode) fs.FileMode {
	switch {
	case executable(have) == executable(want):
		return have.Perm()
	case executable(want):
		return have.Perm() | have.Perm()&0o444>>2 | 0o100
	}
	return have.Perm() &^ 0o111
}

// newJournal turns changes into ops, and finds the folders that have to be made
// and those that may become empty. The state folder stays.
func newJournal(d disk, all []change) (journal, error) {
	folder, err := d.stat(tree.StateFolder)
	if err != nil {
		return journal{}, err
	}
	j := journal{Version: journalVersion, Folder: folder.id}
	gone := make(map[string]bool)
	for _, c := range all {
		j.Ops = append(j.Ops, op{Path: c.path, Old: c.old, New: c.new})
		if c.new == nil {
			gone[c.path] = true
		}
	}
	j.number()
	if j.Emptied, err = emptied(d, gone); err != nil {
		return j, err
	}
	for _, c := range all {
		if c.new == nil {
			continue
		}
		missing, err := j.missing(d, c.path, gone)
		if err != nil {
			return j, err
		}
		j.Made = append(j.Made, missing...)
	}
	slices.Sort(j.Made)
	j.Made = slices.Compact(j.Made)
	return j, nil
}

// emptied returns the folders that hold what goes, parents last.
func emptied(d disk, gone map[string]bool) ([]folder, error) {
	var list []folder
	seen := map[string]bool{tree.StateFolder: true}
	for name := range gone {
		for _, dir := range parents(name) {
			if seen[dir] {
				continue
			}
			seen[dir] = true
			e, err := d.stat(dir)
			if err != nil {
				return nil, fmt.Errorf("look at %s: %w", dir, cause(err))
			}
			list = append(list, folder{dir, e.mode.Perm()})
		}
	}
	slices.SortFunc(list, func(a, b folder) int { return strings.Compare(b.Path, a.Path) })
	return list, nil
}

// missing returns the parents of name that are not there once gone is gone.
func (j journal) missing(d disk, name string, gone map[string]bool) ([]string, error) {
	all := parents(name)
	for i, dir := range all {
		if gone[dir] {
			return all[i:], nil
		}
		there, err := exists(d, dir)
		if err == nil && there {
			there, err = j.isSpelled(d, dir)
		}
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", dir, cause(err))
		}
		if !there {
			return all[i:], nil
		}
	}
	return nil, nil
}

// isSpelled reports whether a folder that is there is called just so, where the
// plan empties one of another spelling: a volume may ignore case.
func (j journal) isSpelled(d disk, dir string) (bool, error) {
	if !slices.ContainsFunc(j.Emptied, func(e folder) bool { return e.Path != dir && strings.EqualFold(e.Path, dir) }) {
		return true, nil
	}
	names, err := d.list(path.Dir(dir))
	return slices.Contains(names, path.Base(dir)), err
}

// parents returns the folders that hold name, from the root down.
func parents(name string) []string {
	var list []string
	for i, r := range name {
		if r == '/' {
			list = append(list, name[:i])
		}
	}
	return list
}
