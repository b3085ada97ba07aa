package apply

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"reflect"
	"strings"
	"syscall"

	"scaffold/generator/index"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A rootDisk needs only what Go has on every system. It looks at every folder on
// the way before it opens it, and compares it after, because an os.Root follows
// links below it. Its guarantee is smaller than Linux's: between the look at a
// name and the rename to it another program may step.
type rootDisk struct {
	root          *os.Root
	exchangeNames func(aDir *os.File, a string, bDir *os.File, b string) error // each in an open folder
}

func openRootDisk(root string, exchangeNames func(*os.File, string, *os.File, string) error) (disk, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	return rootDisk{r, exchangeNames}, nil
}

func (d rootDisk) close() error { return d.root.Close() }

func (d rootDisk) openFolder(name string) (*os.Root, error) {
	at, err := d.root.OpenRoot(".")
	if err != nil || name == "." {
		return at, err
	}
	for element := range strings.SplitSeq(name, "/") {
		next, err := openNoLink(at, element)
		at.Close()
		if err != nil {
			return nil, pathError("open", name, err)
		}
		at = next
	}
	return at, nil
}

func openNoLink(at *os.Root, name string) (*os.Root, error) {
	seen, err := at.Lstat(name)
	switch {
	case err != nil:
		return nil, err
	case seen.Mode()&fs.ModeSymlink != 0:
		return nil, syscall.ELOOP
	case !seen.IsDir():
		return nil, syscall.ENOTDIR
	}
	next, err := at.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	info, err := next.Stat(".")
	if err != nil || !os.SameFile(seen, info) {
		next.Close()
		return nil, errors.Join(err, syscall.ELOOP)
	}
	return next, nil
}

// inFolder calls f with the folder that holds name.
func (d rootDisk) inFolder(op, name string, f func(parent *os.Root, base string) error) error {
	parent, err := d.openFolder(path.Dir(name))
	if err == nil {
		defer parent.Close()
		err = f(parent, path.Base(name))
	}
	return pathError(op, name, problem.Cause(err))
}

func (d rootDisk) stat(name string) (e entry, err error) {
	return e, d.inFolder("look at", name, func(parent *os.Root, base string) error {
		info, err := parent.Lstat(base)
		if err == nil {
			e = entry{info.Mode(), statField(info, "Ino"), int(statField(info, "Uid")), index.StatOf(info)}
		}
		return err
	})
}

func (d rootDisk) list(folder string) ([]string, error) {
	at, err := d.openFolder(folder)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	f, err := at.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

func (d rootDisk) open(name string) (r io.ReadCloser, err error) {
	return r, d.inFolder("open", name, func(parent *os.Root, base string) error {
		seen, err := parent.Lstat(base)
		if err != nil {
			return err
		}
		if !seen.Mode().IsRegular() {
			return fmt.Errorf("it is %s", tree.Kind(seen.Mode()))
		}
		f, err := parent.Open(base)
		if err != nil {
			return err
		}
		if info, err := f.Stat(); err != nil || !os.SameFile(seen, info) {
			f.Close()
			return errors.Join(err, errors.New("it was replaced meanwhile"))
		}
		r = f
		return nil
	})
}

func (d rootDisk) create(name string, perm fs.FileMode) (f file, err error) {
	return f, d.inFolder("create", name, func(parent *os.Root, base string) error {
		created, err := parent.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if err == nil {
			inherit(parent, base)
		}
		f = created
		return err
	})
}

func (d rootDisk) mkdir(name string, perm fs.FileMode) error {
	return d.inFolder("mkdir", name, func(parent *os.Root, base string) error {
		err := parent.Mkdir(base, perm)
		if err == nil {
			inherit(parent, base)
		}
		return err
	})
}

// inherit does what that of atDisk does.
func inherit(parent *os.Root, base string) {
	if os.Geteuid() != 0 {
		return
	}
	folder, err := parent.Stat(".")
	if uid := int(statField(folder, "Uid")); err == nil && uid != 0 {
		parent.Lchown(base, uid, int(statField(folder, "Gid")))
	}
}

func (d rootDisk) copyAttributes(name string, to file) (lost []string, err error) {
	from, err := d.open(name)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	return copyAttributes(from.(*os.File), to.(*os.File))
}

func (d rootDisk) remove(name string) error { return d.removeKind(name, false, syscall.EISDIR) }
func (d rootDisk) rmdir(name string) error  { return d.removeKind(name, true, syscall.ENOTDIR) }

// removeKind removes a folder or a file, or returns other where it is not that.
func (d rootDisk) removeKind(name string, folder bool, other error) error {
	return d.inFolder("remove", name, func(parent *os.Root, base string) error {
		info, err := parent.Lstat(base)
		if err == nil && info.IsDir() != folder {
			err = other
		}
		if err != nil {
			return err
		}
		return parent.Remove(base)
	})
}

// rename looks first, because Go has no rename that never replaces. There is a
// moment in which it would replace what somebody saves.
func (d rootDisk) rename(from, to string) error {
	return d.inFolder("rename", from, func(a *os.Root, aBase string) error {
		return d.inFolder("rename", to, func(b *os.Root, bBase string) error {
			if _, err := a.Lstat(aBase); err != nil {
				return err
			}
			if _, err := b.Lstat(bBase); err == nil {
				return fs.ErrExist
			} else if !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return d.root.Rename(from, to)
		})
	})
}

func (d rootDisk) exchange(a, b string) error {
	aDir, err := d.openHandle(path.Dir(a))
	if err != nil {
		return err
	}
	defer aDir.Close()
	bDir, err := d.openHandle(path.Dir(b))
	if err != nil {
		return err
	}
	defer bDir.Close()
	return pathError("exchange", b, d.exchangeNames(aDir, path.Base(a), bDir, path.Base(b)))
}

func (d rootDisk) openHandle(folder string) (*os.File, error) {
	at, err := d.openFolder(folder)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	return at.Open(".")
}

// sync does nothing where folders cannot be synced, as on Windows.
func (d rootDisk) sync(folder string) error {
	f, err := d.openHandle(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); !errors.Is(err, errors.ErrUnsupported) && !isInvalid(err) {
		return err
	}
	return nil
}

func (d rootDisk) lock(name, text string) (c io.Closer, err error) {
	return c, d.inFolder("lock", name, func(parent *os.Root, base string) error {
		if info, err := parent.Lstat(base); err == nil && !info.Mode().IsRegular() {
			return errors.New("it is no plain file")
		}
		f, err := parent.OpenFile(base, os.O_RDWR|os.O_CREATE, 0o666)
		if err == nil {
			inherit(parent, base)
			c, err = takeLock(f, text)
		}
		return err
	})
}

// statField returns what the system says of a file beyond what Go does; 0 where
// it says nothing.
func statField(info fs.FileInfo, name string) uint64 {
	if info == nil {
		return 0
	}
	v := reflect.Indirect(reflect.ValueOf(info.Sys()))
	if v.Kind() != reflect.Struct {
		return 0
	}
	f := v.FieldByName(name)
	switch {
	case !f.IsValid():
		return 0
	case f.CanInt():
		return uint64(f.Int())
	case f.CanUint():
		return f.Uint()
	}
	return 0
}
