//go:build !linux && !darwin

package apply

import "os"

// openDisk opens a disk that cannot exchange names.
func openDisk(root string) (disk, error) {
	return openRootDisk(root, func(*os.File, string, *os.File, string) error { return errNoExchange })
}

// copyAttributes has nothing to copy that Go knows of.
func copyAttributes(from, to *os.File) (lost []string, err error) { return nil, nil }
