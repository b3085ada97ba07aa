package source

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// A folderFS is an open folder. What is in one of its folders is found from there,
// because to walk the same way for each of thousands of files takes time.
type folderFS struct {
	fs.ReadLinkFS
	root *os.Root
}

func newFolderFS(root *os.Root) folderFS { return folderFS{root.FS().(fs.ReadLinkFS), root} }

// Open does not wait for whoever writes into a pipe.
func (f folderFS) Open(name string) (fs.File, error) { return open(f.root, name) }

func open(root *os.Root, name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Stat opens nothing.
func (f folderFS) Stat(name string) (fs.FileInfo, error) { return f.root.Stat(name) }

// Sub opens a folder below, which whoever called closes.
func (f folderFS) Sub(dir string) (fs.FS, error) {
	root, err := f.root.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return newFolderFS(root), nil
}

func (f folderFS) Close() error { return f.root.Close() }

// folderAround returns the folder that the one called name is in, and what it is
// called there, because a pack may include what stands beside it. A link to the
// pack leads to where the pack is. It returns nil where there is no such folder, or
// no file system of Go's can name the pack in it.
func folderAround(name string) (root fs.FS, dir string) {
	real, err := filepath.Abs(name)
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	parent, dir := filepath.Dir(real), filepath.Base(real)
	if err != nil || parent == real || !fs.ValidPath(dir) {
		return nil, ""
	}
	return lazyFS{sync.OnceValues(func() (*os.Root, error) { return os.OpenRoot(parent) })}, dir
}

// A lazyFS is a folder that is opened when something in it is asked for, because
// few packs include anything, and who may read a pack may not read what is around.
type lazyFS struct{ open func() (*os.Root, error) }

func (l lazyFS) Open(name string) (fs.File, error) {
	root, err := l.open()
	if err != nil {
		return nil, err
	}
	return open(root, name)
}

func (l lazyFS) Lstat(name string) (fs.FileInfo, error) {
	root, err := l.open()
	if err != nil {
		return nil, err
	}
	return fs.Lstat(root.FS(), name)
}

func (l lazyFS) ReadLink(name string) (string, error) {
	root, err := l.open()
	if err != nil {
		return "", err
	}
	return fs.ReadLink(root.FS(), name)
}
