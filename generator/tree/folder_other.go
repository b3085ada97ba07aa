//go:build !unix

package tree

import (
	"io/fs"
	"os"
)

// ReadFolder is f.ReadDir.
func ReadFolder(f *os.File, n int) ([]fs.DirEntry, error) { return f.ReadDir(n) }

// ReadWhole returns the bytes of a file.
func ReadWhole(f *os.File, size int64) ([]byte, error) {
	data := make([]byte, size)
	_, err := f.ReadAt(data, 0)
	return data, err
}
