//go:build !linux

package apply

import (
	"io/fs"
	"os"
)

// openDisk opens a disk with a smaller guarantee than Linux's: between the look
// at a name and the rename to it another program could step.
func openDisk(root string) (disk, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	return rootDisk{r, swapNames}, nil
}

// replaceEmpty renames old to name within parent, where there is an empty
// folder. There is a moment without one: the smaller guarantee of systems whose
// rename replaces no folder.
func replaceEmpty(parent *os.Root, old, name string) error {
	if err := parent.Remove(name); err != nil {
		return fs.ErrExist
	}
	return parent.Rename(old, name)
}
