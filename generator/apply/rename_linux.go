package apply

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// replaceEmpty renames old to name within parent, where there is an empty
// folder: rename(2) replaces a folder only if it is one.
func replaceEmpty(parent *os.Root, old, name string) error {
	dir, err := parent.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	fd := int(dir.Fd())
	err = unix.Renameat(fd, old, fd, name)
	if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.ENOTDIR) { // something is in the way
		return unix.EEXIST
	}
	return err
}
