package source

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// openAround returns the folder called name as dir in a file system of the folder
// around it, because a pack may include what stands beside it. Nothing there is
// opened before it is asked for; reading the pack itself never leaves its folder.
func openAround(name string) (fsys fs.FS, dir string, err error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, "", err
	}
	real, err := filepath.Abs(name)
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	dir = filepath.Base(real)
	if err != nil || !fs.ValidPath(dir) || dir == "." || real == filepath.Dir(real) {
		return root.FS(), "", nil // it can include nothing but what is in it
	}
	around := sync.OnceValues(func() (*os.Root, error) { return os.OpenRoot(filepath.Dir(real)) })
	return folderFS{root.FS().(fs.ReadLinkFS), dir, around}, dir, nil
}

// A folderFS is a pack's folder and, once asked for, what stands beside it.
type folderFS struct {
	pack   fs.ReadLinkFS
	dir    string
	around func() (*os.Root, error)
}

// within returns the file system that has name, and what it calls that.
func (f folderFS) within(op, name string) (fs.ReadLinkFS, string, error) {
	if !fs.ValidPath(name) {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if name == f.dir {
		return f.pack, ".", nil
	}
	if rest, ok := strings.CutPrefix(name, f.dir+"/"); ok {
		return f.pack, rest, nil
	}
	root, err := f.around()
	if err != nil {
		return nil, "", err
	}
	return root.FS().(fs.ReadLinkFS), name, nil
}

// Sub gives the pack's folder with all that a folder on disk can do.
func (f folderFS) Sub(dir string) (fs.FS, error) {
	fsys, name, err := f.within("sub", dir)
	if err != nil {
		return nil, err
	}
	return fs.Sub(fsys, name)
}

func (f folderFS) Open(name string) (fs.File, error) {
	fsys, name, err := f.within("open", name)
	if err != nil {
		return nil, err
	}
	return fsys.Open(name)
}

func (f folderFS) Lstat(name string) (fs.FileInfo, error) {
	fsys, name, err := f.within("lstat", name)
	if err != nil {
		return nil, err
	}
	return fsys.Lstat(name)
}

func (f folderFS) ReadLink(name string) (string, error) {
	fsys, name, err := f.within("readlink", name)
	if err != nil {
		return "", err
	}
	return fsys.ReadLink(name)
}
