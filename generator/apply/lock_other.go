//go:build !unix && !windows

package apply

import (
	"errors"
	"os"
)

// tryLock has nothing to lock with, so that what a killed run left stays.
func tryLock(f *os.File) error { return errors.ErrUnsupported }

func isBusy(err error) bool    { return false }
func isInvalid(err error) bool { return true }
