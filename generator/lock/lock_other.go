//go:build !unix && !windows

package lock

import (
	"errors"
	"os"
)

// Try has nothing to lock with.
func Try(f *os.File) error { return errors.ErrUnsupported }
