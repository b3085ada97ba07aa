//go:build unix

package apply

import (
	"errors"
	"math"

	"golang.org/x/sys/unix"
)

func isBusy(err error) bool    { return errors.Is(err, unix.EBUSY) }
func isInvalid(err error) bool { return errors.Is(err, unix.EINVAL) }

// maxOpenFiles is how many files this process may have open.
func maxOpenFiles() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), math.MaxInt32))
}
