package lock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// Try locks a byte of an open file far behind the end: Windows would keep others
// from reading what it locks. No folder can be locked.
func Try(f *os.File) error {
	at := windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return ErrHeld
	}
	return err
}
