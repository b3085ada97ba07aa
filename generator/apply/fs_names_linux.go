package apply

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

func (d atDisk) remove(name string) error {
	return d.in("remove", name, func(parent int, base string) error { return unix.Unlinkat(parent, base, 0) })
}

func (d atDisk) rmdir(name string) error {
	return d.in("remove", name, func(parent int, base string) error { return unix.Unlinkat(parent, base, unix.AT_REMOVEDIR) })
}

func (d atDisk) rename(from, to string) error {
	return d.both("rename", from, to, func(a int, from string, b int, to string) error {
		err := unix.Renameat2(a, from, b, to, unix.RENAME_NOREPLACE)
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
			return renameByLink(a, from, b, to)
		}
		return err
	})
}

// renameByLink is rename where the file system knows no flags: a link never
// replaces. Folders, and files where there are no links, are checked first.
func renameByLink(a int, from string, b int, to string) error {
	if err := unix.Linkat(a, from, b, to, 0); err == nil || errors.Is(err, unix.EEXIST) {
		return errors.Join(err, unlinkIf(err == nil, a, from))
	}
	var s unix.Stat_t
	if err := unix.Fstatat(b, to, &s, unix.AT_SYMLINK_NOFOLLOW); err == nil {
		return unix.EEXIST
	}
	return unix.Renameat(a, from, b, to)
}

func unlinkIf(do bool, folder int, name string) error {
	if !do {
		return nil
	}
	return unix.Unlinkat(folder, name, 0)
}

func (d atDisk) exchange(a, b string) error {
	return d.both("exchange", a, b, func(aDir int, a string, bDir int, b string) error {
		err := unix.Renameat2(aDir, a, bDir, b, unix.RENAME_EXCHANGE)
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
			return errNoExchange
		}
		return err
	})
}

func (d atDisk) sync(folder string) error {
	fd, err := d.folder(folder, unix.O_RDONLY)
	if err != nil {
		return pathError("sync", folder, err)
	}
	defer unix.Close(fd)
	for err = unix.EINTR; errors.Is(err, unix.EINTR); {
		err = unix.Fsync(fd)
	}
	if !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, unix.EINVAL) {
		return pathError("sync", folder, err)
	}
	return nil
}

// volume tells mounts apart, and not only devices: a folder that is mounted in
// two places has one device, yet nothing can be renamed between the two.
func (d atDisk) volume(folder string) (string, error) {
	fd, err := d.folder(folder, unix.O_PATH)
	if err != nil {
		return "", pathError("look at", folder, err)
	}
	defer unix.Close(fd)
	var s unix.Statx_t
	err = unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS|unix.STATX_MNT_ID, &s)
	return fmt.Sprint(s.Dev_major, s.Dev_minor, s.Mnt_id), pathError("look at", folder, err)
}

// lock takes the lock at name and writes text into it, for whoever finds it
// taken. A file with other names may be somebody else's and is not written to.
func (d atDisk) lock(name, text string) (io.Closer, error) {
	var f *os.File
	err := d.in("lock", name, func(parent int, base string) error {
		fd, err := openat(parent, base, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o666)
		if err == nil {
			f = os.NewFile(uintptr(fd), name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var s unix.Stat_t
	err = unix.Fstat(int(f.Fd()), &s)
	if err == nil && (s.Mode&unix.S_IFMT != unix.S_IFREG || s.Nlink != 1) {
		err = &fs.PathError{Op: "lock", Path: name, Err: errors.New("it is no plain file of one name")}
	}
	return takeLock(f, text, err)
}
