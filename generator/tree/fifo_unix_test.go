//go:build unix

package tree

import (
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func fifo(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := unix.Mkfifo(filepath.Join(dir, name), 0o666); err != nil {
			t.Skipf("no named pipes here: %v", err)
		}
	}
}
