package apply

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"strings"
)

// A stage is a folder beside the target in which a project is built. It is
// locked while its maker lives, so that what a killed run left can be told from
// what another run is building.
type stage struct {
	parent *os.Root
	disk   disk // at the parent
	name   string
	lock   *os.File
	serial bool
	done   bool
}

func stagePrefix(name string) string {
	// The name may fill the 255 bytes of a path element.
	return "." + strings.ToValidUTF8(name[:min(len(name), 200)], "") + ".scaffold-"
}

// randomLength is how many letters and digits follow the prefix.
const randomLength = 10

// newStage creates and locks the folder. Another run may take it for a dead
// one's between the two and remove it: then the next name is tried.
func newStage(ctx context.Context, parent *os.Root, name string) (*stage, error) {
	var err error
	for range 10 {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		s := &stage{parent: parent, name: stagePrefix(name) + strings.ToLower(rand.Text()[:randomLength])}
		if err = s.make(); err == nil {
			return s, nil
		}
		s.remove()
		if !errors.Is(err, errTaken) {
			break
		}
	}
	return nil, err
}

// errTaken says that another run has the folder, or had.
var errTaken = errors.New("another run removes it")

// make opens all that it needs to remove the folder before it makes it.
func (s *stage) make() (err error) {
	if s.disk, err = openDisk(s.parent.Name()); err != nil {
		return err
	}
	if err := s.parent.Mkdir(s.name, 0o777); err != nil {
		return err
	}
	return s.hold()
}

func (s *stage) hold() (err error) {
	if s.lock, err = s.parent.Open(s.name); err == nil {
		if lockFolder(s.lock) == errHeld {
			return errTaken
		}
		_, err = s.parent.Lstat(s.name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return errTaken
	}
	return err
}

// publish gives the folder its name, where nothing or an empty folder is, and
// makes that last.
func (s *stage) publish(name string, taken bool) error {
	rename := s.disk.rename
	if taken {
		rename = func(from, to string) error { return replaceEmpty(s.parent, from, to) }
	}
	if err := rename(s.name, name); err != nil {
		return err
	}
	if err := s.disk.sync("."); err != nil {
		return errors.Join(err, s.withdraw(name, taken))
	}
	s.done = true
	return nil
}

// withdraw takes the name back from a folder of which nobody knows whether it
// would outlast a power cut.
func (s *stage) withdraw(name string, taken bool) error {
	err := s.disk.rename(name, s.name)
	if err == nil && taken {
		err = s.disk.mkdir(name, 0o777)
	}
	return err
}

// remove takes away what this run made, unless it was published.
func (s *stage) remove() {
	if s.disk != nil {
		if !s.done {
			removeAll(s.disk, s.name)
		}
		s.disk.close()
	}
	if s.lock != nil {
		s.lock.Close()
	}
}

// removeStale takes away what killed runs left of the same target.
func removeStale(parent *os.Root, name string) {
	entries, err := fs.ReadDir(parent.FS(), ".")
	if err != nil {
		return // a parent that can be written but not listed
	}
	for _, e := range entries {
		if e.IsDir() && isStage(e.Name(), name) {
			removeAbandoned(parent, e.Name())
		}
	}
}

// isStage reports whether a folder is called as newStage calls those of name: a
// user's own folder that only begins alike is none.
func isStage(folder, name string) bool {
	random, ok := strings.CutPrefix(folder, stagePrefix(name))
	return ok && len(random) == randomLength && strings.Trim(random, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// removeAbandoned holds the lock until all is gone: whoever has just created
// the folder, and not yet locked it, finds it held.
func removeAbandoned(parent *os.Root, name string) {
	f, err := parent.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	if lockFolder(f) == nil {
		parent.RemoveAll(name)
	}
}
