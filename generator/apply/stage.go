package apply

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// A stage is a folder beside the target in which a project is built. It is
// locked while its maker lives, so that what a killed run left can be told from
// what another run is building.
type stage struct {
	parent *os.Root
	root   *os.Root
	name   string
	lock   *os.File
	done   bool
}

// errHeld says that another process holds a lock.
var errHeld = errors.New("is locked by another run")

func stagePrefix(name string) string {
	// The name may fill the 255 bytes of a path element.
	return "." + name[:min(len(name), 200)] + ".scaffold-"
}

// newStage creates and locks the folder. Another run may take it for a dead
// one's between the two and remove it: then the next name is tried.
func newStage(parent *os.Root, name string) (*stage, error) {
	for {
		s := &stage{parent: parent, name: stagePrefix(name) + strings.ToLower(rand.Text()[:10])}
		if err := parent.Mkdir(s.name, 0o777); err != nil {
			return nil, err
		}
		err := s.open()
		if err == nil {
			return s, nil
		}
		s.remove()
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
}

func (s *stage) open() (err error) {
	if s.root, err = s.parent.OpenRoot(s.name); err != nil {
		return err
	}
	if s.lock, err = s.root.Open("."); err != nil {
		return err
	}
	if lockFolder(s.lock) == errHeld {
		return fmt.Errorf("%s: %w", s.name, fs.ErrNotExist) // somebody is about to remove it
	}
	_, err = s.parent.Lstat(s.name)
	return err
}

// publish gives the folder its name and makes that last.
func (s *stage) publish(name string, taken bool) error {
	if err := renameNew(s.parent, s.name, name, taken); err != nil {
		return err
	}
	s.done = true
	return syncPath(s.parent, ".")
}

// remove takes away what this run made, unless it was published.
func (s *stage) remove() {
	if !s.done {
		s.parent.RemoveAll(s.name)
	}
	if s.lock != nil {
		s.lock.Close()
	}
	if s.root != nil {
		s.root.Close()
	}
}

// removeStale takes away what killed runs left of the same target.
func removeStale(parent *os.Root, name string) {
	entries, err := fs.ReadDir(parent.FS(), ".")
	if err != nil {
		return // a parent that can be written but not listed
	}
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), stagePrefix(name)) && abandoned(parent, e.Name()) {
			parent.RemoveAll(e.Name())
		}
	}
}

func abandoned(parent *os.Root, name string) bool {
	f, err := parent.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	return lockFolder(f) == nil
}
