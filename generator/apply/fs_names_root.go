package apply

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
)

// rename looks first, so there is a moment in which what somebody saves would be
// replaced: Go has no rename that never replaces.
func (d rootDisk) rename(from, to string) error {
	return d.in("rename", from, func(a *os.Root, aBase string) error {
		return d.in("rename", to, func(b *os.Root, bBase string) error {
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
	aDir, err := d.handle(path.Dir(a))
	if err != nil {
		return err
	}
	defer aDir.Close()
	bDir, err := d.handle(path.Dir(b))
	if err != nil {
		return err
	}
	defer bDir.Close()
	return pathError("exchange", b, d.swap(aDir, path.Base(a), bDir, path.Base(b)))
}

func (d rootDisk) handle(folder string) (*os.File, error) {
	at, err := d.folder(folder)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	return at.Open(".")
}

// sync does nothing where folders cannot be synced.
func (d rootDisk) sync(folder string) error {
	f, err := d.handle(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); !errors.Is(err, errors.ErrUnsupported) && !isInvalid(err) {
		return err
	}
	return nil
}

func (d rootDisk) volume(folder string) (string, error) {
	f, err := d.handle(folder)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	return device(info), err
}

func (d rootDisk) lock(name, text string) (c io.Closer, err error) {
	return c, d.in("lock", name, func(parent *os.Root, base string) error {
		if info, err := parent.Lstat(base); err == nil && !info.Mode().IsRegular() {
			return errors.New("it is no plain file")
		}
		f, err := parent.OpenFile(base, os.O_RDWR|os.O_CREATE, 0o666)
		if err == nil {
			c, err = takeLock(f, text, nil)
		}
		return err
	})
}
