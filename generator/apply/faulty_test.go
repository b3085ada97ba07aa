package apply

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"sync/atomic"
	"syscall"
)

// A faulty disk counts what is done on another and goes wrong at one point.
type faulty struct {
	disk
	n     atomic.Int64
	at    int64 // 0 for never
	fault fault
	hook  func(op, path string) // before every step
}

// A fault is what goes wrong.
type fault struct {
	name  string
	err   error
	stays bool // from then on
	crash bool // nothing happens any more, as if the process were dead
	short bool // a write is cut short before it fails
}

var errCrash = errors.New("the process is dead")

var faults = []fault{
	{name: "EIO once", err: syscall.EIO},
	{name: "ENOSPC from then on", err: syscall.ENOSPC, stays: true},
	{name: "ENOSPC in a short write", err: syscall.ENOSPC, short: true},
	{name: "EIO from then on", err: syscall.EIO, stays: true},
}

var crash = fault{name: "crash", err: errCrash, stays: true, crash: true}

// needsSpace are the steps that a full disk fails.
func needsSpace(op string) bool {
	return op == "create" || op == "mkdir" || op == "write" || op == "fsync"
}

// step counts and fails.
func (f *faulty) step(op, path string) error {
	if f.hook != nil {
		f.hook(op, path)
	}
	n := f.n.Add(1)
	if f.at == 0 || n < f.at || n > f.at && !f.fault.stays {
		return nil
	}
	if f.fault.err == syscall.ENOSPC && !needsSpace(op) {
		return nil
	}
	return &fs.PathError{Op: op, Path: path, Err: f.fault.err}
}

func (f *faulty) do(op, path string, do func() error) error {
	if err := f.step(op, path); err != nil {
		return err
	}
	return do()
}

func (f *faulty) stat(path string) (e entry, err error) {
	return e, f.do("stat", path, func() error { e, err = f.disk.stat(path); return err })
}

func (f *faulty) list(path string) (names []string, err error) {
	return names, f.do("list", path, func() error { names, err = f.disk.list(path); return err })
}

func (f *faulty) open(path string) (r io.ReadCloser, err error) {
	return r, f.do("open", path, func() error { r, err = f.disk.open(path); return err })
}

func (f *faulty) create(path string, perm fs.FileMode) (file, error) {
	if err := f.step("create", path); err != nil {
		return nil, err
	}
	created, err := f.disk.create(path, perm)
	return &faultyFile{created, f, path}, err
}

func (f *faulty) mkdir(path string, perm fs.FileMode) error {
	return f.do("mkdir", path, func() error { return f.disk.mkdir(path, perm) })
}

func (f *faulty) remove(path string) error {
	return f.do("remove", path, func() error { return f.disk.remove(path) })
}

func (f *faulty) rmdir(path string) error {
	return f.do("rmdir", path, func() error { return f.disk.rmdir(path) })
}

func (f *faulty) rename(from, to string) error {
	return f.do("rename", to, func() error { return f.disk.rename(from, to) })
}

func (f *faulty) link(from, to string) error {
	return f.do("link", to, func() error { return f.disk.(linker).link(from, to) })
}

// A linker can give a file a second name.
type linker interface{ link(from, to string) error }

// A flagless disk is one whose rename replaces: where others write, files are
// linked, then unlinked, each a step of its own.
type flagless struct{ disk }

func (f flagless) exchange(a, b string) error { return errNoExchange }

func (f flagless) rename(from, to string) error {
	if isPrivate(to) {
		return f.disk.rename(from, to)
	}
	err := f.disk.(linker).link(from, to)
	switch {
	case errors.Is(err, syscall.EPERM): // a folder
		return f.disk.rename(from, to)
	case err != nil:
		return err
	}
	if err := f.disk.sync(path.Dir(to)); err != nil {
		return err
	}
	return f.disk.remove(from)
}

func (f *faulty) exchange(a, b string) error {
	return f.do("exchange", b, func() error { return f.disk.exchange(a, b) })
}

func (f *faulty) sync(path string) error {
	return f.do("fsync", path, func() error { return f.disk.sync(path) })
}

func (f *faulty) copyAttributes(path string, to file) (lost []string, err error) {
	return lost, f.do("attributes", path, func() error {
		if wrapped, ok := to.(*faultyFile); ok {
			to = wrapped.file
		}
		lost, err = f.disk.copyAttributes(path, to)
		return err
	})
}

func (f *faulty) lock(path, text string) (c io.Closer, err error) {
	return c, f.do("lock", path, func() error { c, err = f.disk.lock(path, text); return err })
}

type faultyFile struct {
	file
	disk *faulty
	path string
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if err := f.disk.step("write", f.path); err != nil {
		n := 0
		if f.disk.fault.short || f.disk.fault.crash {
			n, _ = f.file.Write(p[:len(p)/2])
		}
		return n, err
	}
	return f.file.Write(p)
}

func (f *faultyFile) Chmod(mode fs.FileMode) error {
	return f.disk.do("chmod", f.path, func() error { return f.file.Chmod(mode) })
}

func (f *faultyFile) Sync() error {
	return f.disk.do("fsync", f.path, f.file.Sync)
}

func (f *faultyFile) Close() error {
	return errors.Join(f.disk.step("close", f.path), f.file.Close())
}

// A forgetful disk says that it has synced what it has not.
type forgetful struct {
	disk
	forgets func(path string) bool
}

func (f forgetful) sync(folder string) error {
	if f.forgets(folder) {
		return nil
	}
	return f.disk.sync(folder)
}

func (f forgetful) create(path string, perm fs.FileMode) (file, error) {
	created, err := f.disk.create(path, perm)
	if err == nil && f.forgets(path) {
		return forgetfulFile{created}, nil
	}
	return created, err
}

type forgetfulFile struct{ file }

func (forgetfulFile) Sync() error { return nil }
