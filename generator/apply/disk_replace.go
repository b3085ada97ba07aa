//go:build !linux

package apply

import (
	"io/fs"
	"os"
)

// startWriting needs what only Linux has.
func startWriting(f file) {}

// replaceEmpty renames from to to within parent, where there is an empty folder.
// There is a moment without one, because not every system's rename replaces a
// folder.
func replaceEmpty(parent *os.Root, from, to string) error {
	if err := parent.Remove(to); err != nil {
		return fs.ErrExist
	}
	return parent.Rename(from, to)
}
