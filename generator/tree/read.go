package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Limits of what [Read] takes. A Go module may hold 500 MiB; a template with
// more than these is a mistake.
type Limits struct {
	Files int   // how many files
	Bytes int64 // of all files together
	File  int64 // of one file
}

// Read returns the files below dir of fsys; none if there is no dir. Their modes are ModeFile whatever
// fsys says: an embedded file is always 0444. A symbolic link, device or other
// special file is an error, since whoever wrote it chooses where it leads.
func Read(fsys fs.FS, dir string, limits Limits) (Tree, error) {
	info, err := fs.Lstat(fsys, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Tree{}, nil
	case err != nil:
		return Tree{}, err
	case !info.IsDir():
		return Tree{}, fmt.Errorf("read %q: is %s, not a folder", dir, Kind(info.Mode()))
	}
	r := reader{limits: limits}
	sub, err := fs.Sub(fsys, dir)
	if err != nil {
		return Tree{}, err
	}
	err = fs.WalkDir(sub, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return r.read(sub, path, entry)
	})
	if err != nil {
		return Tree{}, err
	}
	return New(r.files...)
}

type reader struct {
	limits Limits
	files  []File
	bytes  int64
}

func (r *reader) read(fsys fs.FS, path string, entry fs.DirEntry) error {
	if !entry.Type().IsRegular() {
		return fmt.Errorf("read %q: is %s, not a regular file", path, Kind(entry.Type()))
	}
	if len(r.files) == r.limits.Files {
		return fmt.Errorf("read %q: more than %d files", path, r.limits.Files)
	}
	data, err := readCapped(fsys, path, min(r.limits.File, r.limits.Bytes-r.bytes))
	if err != nil {
		return err
	}
	r.bytes += int64(len(data))
	r.files = append(r.files, File{Path: path, Mode: ModeFile, Data: data})
	return nil
}

func readCapped(fsys fs.FS, path string, limit int64) ([]byte, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var data bytes.Buffer
	if info, err := f.Stat(); err == nil && info.Size() <= limit {
		data.Grow(int(info.Size()) + bytes.MinRead) // or it grows while it is read, and holds twice as much
	}
	if _, err := data.ReadFrom(io.LimitReader(f, limit+1)); err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	if int64(data.Len()) > limit {
		return nil, fmt.Errorf("read %q: is larger than the %d bytes that are left of the limit", path, limit)
	}
	return data.Bytes(), nil
}
