package tree

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync/atomic"

	"scaffold/generator/parallel"
)

// Limits of what [Read] takes. A Go module may hold 500 MiB; a template with
// more than these is a mistake.
type Limits struct {
	Files int   // how many files
	Bytes int64 // of all files together
	File  int64 // of one file

	// Skip reports whether the file or folder at a path is left out, unread.
	// Nil leaves nothing out.
	Skip func(path string, folder bool) bool
}

// Read returns the files below dir of fsys; none if there is no dir. Their modes
// are ModeFile whatever fsys says: an embedded file is always 0444. A symbolic
// link, device or other special file is an error, since whoever wrote it chooses
// where it leads.
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
	sub, err := fs.Sub(fsys, dir)
	if err != nil {
		return Tree{}, err
	}
	paths, err := list(sub, limits)
	if err != nil {
		return Tree{}, err
	}
	files, err := readAll(sub, paths, limits)
	if err != nil {
		return Tree{}, err
	}
	return New(files...)
}

// list returns the paths of all files, sorted, as far as the limits allow.
func list(fsys fs.FS, limits Limits) ([]string, error) {
	var paths []string
	err := fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
		skip := err == nil && path != "." && limits.Skip != nil && limits.Skip(path, entry.IsDir())
		switch {
		case skip && entry.IsDir():
			return fs.SkipDir
		case skip:
			return nil
		case err != nil || entry.IsDir():
			return err
		case !entry.Type().IsRegular():
			return fmt.Errorf("read %q: is %s, not a regular file", path, Kind(entry.Type()))
		case len(paths) == limits.Files:
			return fmt.Errorf("read %q: more than %d files", path, limits.Files)
		}
		paths = append(paths, path)
		return nil
	})
	return paths, err
}

// readAll reads several files at a time, until they are more than is allowed.
// The error is that of the first path which has one, whatever is read first.
func readAll(fsys fs.FS, paths []string, limits Limits) ([]File, error) {
	files, errs := make([]File, len(paths)), make([]error, len(paths))
	var held atomic.Int64
	parallel.Each(len(paths), func(i int) {
		if held.Load() > limits.Bytes {
			return // a path before this one has the error
		}
		files[i] = File{Path: paths[i], Mode: ModeFile}
		files[i].Data, errs[i] = readCapped(fsys, paths[i], limits.File)
		held.Add(int64(len(files[i].Data)))
	})
	left := limits.Bytes
	for i, f := range files {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if int64(len(f.Data)) > left {
			return nil, tooLarge(f.Path, left)
		}
		left -= int64(len(f.Data))
	}
	return files, nil
}

func tooLarge(path string, left int64) error {
	return fmt.Errorf("read %q: is larger than the %d bytes that are left of the limit", path, left)
}

func readCapped(fsys fs.FS, path string, limit int64) ([]byte, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size := int64(0)
	if info, err := f.Stat(); err == nil {
		size = min(info.Size(), limit)
	}
	data := make([]byte, 0, size+1) // one more, to find the end without growing
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, tooLarge(path, limit)
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, fmt.Errorf("read %q: %w", path, err)
		}
		data = slices.Grow(data, 1)
	}
}
