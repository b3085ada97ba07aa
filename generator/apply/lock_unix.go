//go:build unix

package apply

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock locks an open file or folder. The kernel frees the lock when its holder
// dies. It returns errHeld if another process has it.
func tryLock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errHeld
	}
	return err
}

func isBusy(err error) bool    { return errors.Is(err, unix.EBUSY) }
func isInvalid(err error) bool { return errors.Is(err, unix.EINVAL) }
