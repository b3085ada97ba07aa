//go:build !linux

package apply

import (
	"io/fs"
	"os"
)

// replaceEmpty renames old to name within parent, where there is an empty
// folder. There is a moment without one: the smaller guarantee of systems whose
// rename replaces no folder.
func replaceEmpty(parent *os.Root, old, name string) error {
	if err := parent.Remove(name); err != nil {
		return fs.ErrExist
	}
	return parent.Rename(old, name)
}
