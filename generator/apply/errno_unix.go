//go:build unix

package apply

import (
	"errors"

	"golang.org/x/sys/unix"
)

func isBusy(err error) bool    { return errors.Is(err, unix.EBUSY) }
func isInvalid(err error) bool { return errors.Is(err, unix.EINVAL) }
