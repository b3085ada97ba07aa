package apply

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// renameNew renames old to name within parent and never replaces anything but
// an empty folder, and that only if one was there before.
func renameNew(parent *os.Root, old, name string, taken bool) error {
	dir, err := parent.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	fd := int(dir.Fd())
	if taken { // rename(2) replaces a folder only if it is empty
		return rename(unix.Renameat(fd, old, fd, name))
	}
	err = unix.Renameat2(fd, old, fd, name, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // some network file systems
		return rename(unix.Renameat(fd, old, fd, name))
	}
	return rename(err)
}

// rename maps what rename(2) says of a folder that is in the way.
func rename(err error) error {
	if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.ENOTDIR) {
		return unix.EEXIST
	}
	return err
}

// startWriteback has the kernel begin to write the file out, without waiting.
func startWriteback(f *os.File) {
	unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE) // only to save time
}
