package apply

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func openDisk(root string) (disk, error) { return openRootDisk(root, exchangeNames) }

func exchangeNames(aDir *os.File, a string, bDir *os.File, b string) error {
	err := unix.RenameatxNp(int(aDir.Fd()), a, int(bDir.Fd()), b, unix.RENAME_SWAP)
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EINVAL) {
		return errNoExchange
	}
	return err
}
