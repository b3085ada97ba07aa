package apply

import (
	"crypto/rand"
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
	exact    bool   // new.Mode is the user's, whatever the umask
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
	c := change{path: s.To, new: &content{s.sum, s.After.Mode.Perm()}, data: s.After.Data}
	switch {
	case s.Ours == nil:
		return c
	case s.Ours.Path == s.To:
		c.old, c.was = s.have, s.Ours.Data
	case !left[s.Ours.Path]:
		return c
	}
	c.new.Mode, c.exact = permissions(s.have.Mode, c.new.Mode), true
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

// newJournal turns changes into ops: it gives each a slot, and finds the folders
// that have to be made and those that may become empty.
// Of those only the removable go.
func newJournal(d disk, all []change, removable func(folder string) bool) (journal, error) {
	var j journal
	gone := make(map[string]bool)
	for _, c := range all {
		if c.new == nil {
			gone[c.path] = true
			j.Emptied = append(j.Emptied, slices.DeleteFunc(parents(c.path), func(dir string) bool { return !removable(dir) })...)
		}
	}
	places := places{disk: d, volumes: make(map[string]string)}
	for i, c := range all {
		o := op{Path: c.path, Slot: path.Join(stageDir, slotName(i)), Old: c.old, New: c.new}
		dir := path.Dir(c.path)
		if c.new != nil {
			missing, err := places.missing(c.path, gone)
			if err != nil {
				return j, err
			}
			j.Made = append(j.Made, missing...)
			if len(missing) > 0 {
				dir = path.Dir(missing[0])
			}
		}
		top, err := places.top(dir)
		if err != nil {
			return j, err
		}
		if top != "" {
			o.Slot = path.Join(top, stagePrefix(path.Base(c.path))+strings.ToLower(rand.Text()[:randomLength]))
		}
		j.Ops = append(j.Ops, o)
	}
	slices.Sort(j.Made)
	j.Made = slices.Compact(j.Made)
	slices.Sort(j.Emptied)
	j.Emptied = slices.Compact(j.Emptied)
	slices.Reverse(j.Emptied)
	return j, nil
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

// places knows which folders are there, and which are on the stage's volume.
type places struct {
	disk    disk
	volumes map[string]string
}

// missing returns the parents of name that are not there once gone is gone.
func (p places) missing(name string, gone map[string]bool) ([]string, error) {
	all := parents(name)
	for i, dir := range all {
		if gone[dir] {
			return all[i:], nil
		}
		there, err := exists(p.disk, dir)
		if err != nil {
			return nil, err
		}
		if !there {
			return all[i:], nil
		}
	}
	return nil, nil
}

// top returns the folder where the volume of dir begins, or "" if that is the
// stage's: a file can be renamed only within one. What begins a volume stays,
// even if all below it goes.
func (p places) top(dir string) (string, error) {
	volume, err := p.volume(dir)
	if err != nil {
		return "", err
	}
	home, err := p.volume(tree.StateFolder)
	if err != nil || volume == home {
		return "", err
	}
	for dir != "." {
		above, err := p.volume(path.Dir(dir))
		if err != nil {
			return "", err
		}
		if above != volume {
			break
		}
		dir = path.Dir(dir)
	}
	return dir, nil
}

func (p places) volume(dir string) (string, error) {
	v, ok := p.volumes[dir]
	if ok {
		return v, nil
	}
	v, err := p.disk.volume(dir)
	if err != nil {
		return "", fmt.Errorf("look at %s: %w", dir, cause(err))
	}
	p.volumes[dir] = v
	return v, nil
}
