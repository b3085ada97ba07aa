package apply

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"scaffold/generator/index"
	"scaffold/generator/tree"
)

// An atDisk works through folder handles, which the kernel opens without following
// a link, because then what it has checked is what it works in.
type atDisk struct{ root *os.File }

func openDisk(root string) (disk, error) {
	f, err := os.OpenFile(root, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return atDisk{f}, nil
}

func (d atDisk) close() error { return d.root.Close() }

func (d atDisk) openFolder(name string, flags int) (int, error) {
	how := unix.OpenHow{
		Flags:   uint64(flags | unix.O_DIRECTORY | unix.O_CLOEXEC),
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	for range 100 {
		fd, err := unix.Openat2(int(d.root.Fd()), name, &how)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN): // somebody renames folders meanwhile
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM): // old kernels, and sandboxes
			return d.walk(name, flags)
		}
		return fd, err
	}
	return d.walk(name, flags)
}

// walk opens a folder element by element, none of them a link.
func (d atDisk) walk(name string, flags int) (int, error) {
	fd, err := openat(int(d.root.Fd()), ".", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	elements := strings.Split(name, "/")
	for i, element := range elements {
		if err != nil {
			return -1, err
		}
		parent, f := fd, unix.O_PATH
		if i == len(elements)-1 {
			f = flags
		}
		fd, err = openat(parent, element, f|unix.O_NOFOLLOW|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.ENOTDIR) && isLink(parent, element) {
			err = unix.ELOOP
		}
		unix.Close(parent)
	}
	return fd, err
}

// openat begins again where a signal interrupts it.
func openat(folder int, name string, flags int, perm uint32) (int, error) {
	for {
		fd, err := unix.Openat(folder, name, flags, perm)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

func isLink(parent int, name string) bool {
	var s unix.Stat_t
	err := unix.Fstatat(parent, name, &s, unix.AT_SYMLINK_NOFOLLOW)
	return err == nil && s.Mode&unix.S_IFMT == unix.S_IFLNK
}

// inFolder calls f with a handle of the folder that holds name.
func (d atDisk) inFolder(op, name string, f func(parent int, base string) error) error {
	if path.Dir(name) == "." {
		return pathError(op, name, f(int(d.root.Fd()), name))
	}
	parent, err := d.openFolder(path.Dir(name), unix.O_PATH)
	if err == nil {
		defer unix.Close(parent)
		err = f(parent, path.Base(name))
	}
	return pathError(op, name, err)
}

func (d atDisk) inFolders(op, a, b string, f func(aDir int, a string, bDir int, b string) error) error {
	return d.inFolder(op, a, func(aDir int, aBase string) error {
		return d.inFolder(op, b, func(bDir int, bBase string) error { return f(aDir, aBase, bDir, bBase) })
	})
}

func (d atDisk) stat(name string) (e entry, err error) {
	return e, d.inFolder("look at", name, func(parent int, base string) error {
		var s unix.Stat_t
		if err := unix.Fstatat(parent, base, &s, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return err
		}
		e = entry{fileMode(s.Mode), s.Ino, int(s.Uid), index.Stat{
			Device: uint64(s.Dev), Inode: s.Ino, Size: s.Size, Modified: s.Mtim.Nano(), Changed: s.Ctim.Nano(),
		}}
		return nil
	})
}

func fileMode(mode uint32) fs.FileMode {
	perm := fs.FileMode(mode & 0o777)
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return perm
	case unix.S_IFDIR:
		return perm | fs.ModeDir
	case unix.S_IFLNK:
		return perm | fs.ModeSymlink
	case unix.S_IFIFO:
		return perm | fs.ModeNamedPipe
	case unix.S_IFSOCK:
		return perm | fs.ModeSocket
	}
	return perm | fs.ModeDevice
}

func (d atDisk) list(folder string) ([]string, error) {
	fd, err := d.openFolder(folder, unix.O_RDONLY)
	if err != nil {
		return nil, pathError("list", folder, err)
	}
	f := os.NewFile(uintptr(fd), folder)
	defer f.Close()
	return f.Readdirnames(-1)
}

// open looks before it opens, because opening a device can do harm, and after,
// because it may have changed between.
func (d atDisk) open(name string) (io.ReadCloser, error) {
	e, err := d.stat(name)
	if err == nil && !e.mode.IsRegular() {
		err = fmt.Errorf("open %s: it is %s", name, tree.Kind(e.mode))
	}
	if err != nil {
		return nil, err
	}
	var f *os.File
	if err := d.inFolder("open", name, func(parent int, base string) error {
		fd, err := openat(parent, base, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err == nil {
			f = os.NewFile(uintptr(fd), name)
		}
		return err
	}); err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fmt.Errorf("open %s: it is no regular file any more", name)
	}
	return f, nil
}

func (d atDisk) create(name string, perm fs.FileMode) (file, error) {
	var f *os.File
	return f, d.inFolder("create", name, func(parent int, base string) error {
		fd, err := openat(parent, base, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, uint32(perm))
		if err == nil {
			f = os.NewFile(uintptr(fd), name)
			d.inherit(parent, base)
		}
		return err
	})
}

// startWriting has the kernel begin to write a file's bytes, because it would wait
// for each file on its own if it began at the sync. That reports what goes wrong.
func startWriting(f file) {
	if f, ok := f.(*os.File); ok {
		unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
	}
}

func (d atDisk) mkdir(name string, perm fs.FileMode) error {
	return d.inFolder("mkdir", name, func(parent int, base string) error {
		err := unix.Mkdirat(parent, base, uint32(perm))
		if err == nil {
			d.inherit(parent, base)
		}
		return err
	})
}

// inherit gives what root makes to whom the folder belongs, because the owner's
// own next run must be able to replace it. Where root may not, it stays root's.
func (d atDisk) inherit(parent int, base string) {
	var folder unix.Stat_t
	if os.Geteuid() == 0 && unix.Fstatat(parent, "", &folder, unix.AT_EMPTY_PATH) == nil && folder.Uid != 0 {
		unix.Fchownat(parent, base, int(folder.Uid), int(folder.Gid), unix.AT_SYMLINK_NOFOLLOW)
	}
}

func (d atDisk) copyAttributes(name string, to file) (lost []string, err error) {
	from, err := d.open(name)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	return copyAttributes(from.(*os.File), to.(*os.File))
}

func (d atDisk) remove(name string) error {
	return d.inFolder("remove", name, func(parent int, base string) error { return unix.Unlinkat(parent, base, 0) })
}

func (d atDisk) rmdir(name string) error {
	return d.inFolder("remove", name, func(parent int, base string) error { return unix.Unlinkat(parent, base, unix.AT_REMOVEDIR) })
}

func (d atDisk) rename(from, to string) error {
	return d.inFolders("rename", from, to, func(a int, fromBase string, b int, toBase string) error {
		err := unix.Renameat2(a, fromBase, b, toBase, unix.RENAME_NOREPLACE)
		if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
			return err
		}
		if isPrivate(to) {
			return renameUnlessThere(a, fromBase, b, toBase)
		}
		return renameByLink(a, fromBase, b, toBase)
	})
}

// renameUnlessThere is rename where the file system knows no flags, and nobody
// else writes between the look and the rename.
func renameUnlessThere(a int, from string, b int, to string) error {
	var s unix.Stat_t
	if err := unix.Fstatat(b, to, &s, unix.AT_SYMLINK_NOFOLLOW); err == nil {
		return unix.EEXIST
	}
	return unix.Renameat(a, from, b, to)
}

// renameByLink is rename where the file system knows no flags and an editor may
// save, because a link never replaces. The new name must last before the old one
// goes, since the two are not one step. Folders have no links, nor have files on
// some file systems.
func renameByLink(a int, from string, b int, to string) error {
	err := unix.Linkat(a, from, b, to, 0)
	if errors.Is(err, unix.EEXIST) {
		return err
	}
	if err != nil {
		return renameUnlessThere(a, from, b, to)
	}
	fd, err := openat(b, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil {
		err = syncFolder(fd)
	}
	if err != nil {
		return err
	}
	return unix.Unlinkat(a, from, 0)
}

func (d atDisk) exchange(a, b string) error {
	return d.inFolders("exchange", a, b, func(aDir int, a string, bDir int, b string) error {
		err := unix.Renameat2(aDir, a, bDir, b, unix.RENAME_EXCHANGE)
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
			return errNoExchange
		}
		return err
	})
}

func (d atDisk) sync(folder string) error {
	fd, err := d.openFolder(folder, unix.O_RDONLY)
	if err == nil {
		err = syncFolder(fd)
	}
	return pathError("sync", folder, err)
}

// syncFolder syncs an open folder, where that is possible, and closes it.
func syncFolder(fd int) error {
	defer unix.Close(fd)
	err := unix.EINTR
	for err == unix.EINTR {
		err, _ = unix.Fsync(fd).(unix.Errno)
	}
	if err == 0 || err == unix.EINVAL || err == unix.ENOTSUP || err == unix.ENOSYS {
		return nil
	}
	return err
}

// lock writes into no file with other names, because it may be somebody else's.
func (d atDisk) lock(name, text string) (io.Closer, error) {
	var f *os.File
	err := d.inFolder("lock", name, func(parent int, base string) error {
		fd, err := openat(parent, base, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o666)
		if err == nil {
			f = os.NewFile(uintptr(fd), name)
			d.inherit(parent, base)
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
	if err != nil {
		f.Close()
		return nil, err
	}
	return takeLock(f, text)
}

// replaceEmpty renames old to name, where an empty folder is. Nothing else is lost,
// because rename(2) replaces no folder that is not empty.
func replaceEmpty(parent *os.Root, old, name string) error {
	dir, err := parent.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	fd := int(dir.Fd())
	err = unix.Renameat(fd, old, fd, name)
	if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.ENOTDIR) { // something is in the way
		return unix.EEXIST
	}
	return err
}
