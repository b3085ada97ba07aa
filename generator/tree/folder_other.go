//go:build !unix

package tree

import (
	"io/fs"
	"os"
)

// ReadFolder is f.ReadDir.
func ReadFolder(f *os.File, n int) ([]fs.DirEntry, error) { return f.ReadDir(n) }
