//go:build unix

package tree

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// ReadFolder is f.ReadDir for a folder that was opened in an [os.Root], of which that
// looks at each entry. Here the folder's list says what is a folder or a file. Who needs
// the info of an entry asks the root.
func ReadFolder(f *os.File, n int) ([]fs.DirEntry, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, dupErr := -1, error(nil)
	if err := raw.Control(func(own uintptr) { fd, dupErr = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if dupErr != nil {
		return nil, &fs.PathError{Op: "open", Path: f.Name(), Err: dupErr}
	}
	again := os.NewFile(uintptr(fd), f.Name())
	defer again.Close()
	return again.ReadDir(n)
}

// ReadWhole returns the bytes of a file that nobody writes to, without reading what
// is never looked at. Only the end of the program gives them back. Whoever replaces the
// file by another does not change them, but it must not be made shorter.
func ReadWhole(f *os.File, size int64) ([]byte, error) {
	raw, err := f.SyscallConn()
	if err != nil || size == 0 {
		return nil, err
	}
	var data []byte
	var mapErr error
	if err := raw.Control(func(fd uintptr) {
		data, mapErr = unix.Mmap(int(fd), 0, int(size), unix.PROT_READ, unix.MAP_PRIVATE)
	}); err != nil {
		return nil, err
	}
	if mapErr != nil { // as on a volume that cannot
		data = make([]byte, size)
		_, err = f.ReadAt(data, 0)
	}
	return data, err
}
