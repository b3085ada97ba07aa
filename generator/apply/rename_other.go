//go:build !linux

package apply

import (
	"io/fs"
	"os"
)

// renameNew checks, then renames: the smaller guarantee of systems without
// RENAME_NOREPLACE.
func renameNew(parent *os.Root, old, name string, taken bool) error {
	if taken {
		if err := parent.Remove(name); err != nil {
			return fs.ErrExist
		}
	} else if _, err := parent.Lstat(name); err == nil {
		return fs.ErrExist
	}
	return parent.Rename(old, name)
}

func startWriteback(*os.File) {}
