package tree

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
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

	// Irregular is told what is left out because it is neither a file nor a
	// folder. Nil makes that an error.
	Irregular func(path string)

	// Modes keeps the executable bit. A file is ModeFile without it.
	Modes bool

	Memory Memory
}

// A Memory knows of files that need not be read or held. Several may ask it at once.
// The zero value knows nothing.
type Memory struct {
	// Have returns the bytes of a file by what the system says of it.
	Have func(path string, info fs.FileInfo) (data []byte, ok bool)
	// Hold is told what was read of a file, which it must not keep, and returns the same
	// bytes to be held.
	Hold func(path string, info fs.FileInfo, read []byte) []byte
}

// Caps of what is looked at: folders, empty ones too; all entries, those that are
// skipped too; and the bytes of all paths, which take longer to check than files.
const (
	maxFolders = 20_000
	maxSeen    = 100_000
	maxNames   = 8 << 20
)

// Read returns the files below dir of fsys; none if there is no dir. Their modes
// are ModeFile, or ModeExec where the limits say so. A symbolic link, device or
// other special file is never read, since whoever wrote it chooses where it leads.
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
	defer closeFolder(sub)
	l := lister{fsys: sub, limits: limits}
	if err := l.walk(".", 0); err != nil {
		return Tree{}, err
	}
	files, err := l.readAll()
	if err != nil {
		return Tree{}, err
	}
	return New(files...)
}

// A lister walks a folder, and reads no more of it than the limits allow.
type lister struct {
	fsys    fs.FS
	limits  Limits
	paths   []string      // of files, sorted
	infos   []fs.FileInfo // of these, where there is a memory
	names   int           // bytes in them
	folders int
	seen    int // also of what is skipped
}

func (l *lister) walk(dir string, depth int) error {
	switch l.folders++; {
	case l.folders > maxFolders:
		return fmt.Errorf("read %q: more than %d folders", dir, maxFolders)
	case depth == MaxDepth:
		return fmt.Errorf("read %q: is more than %d folders deep", dir, MaxDepth-1)
	}
	entries, err := l.entries(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if dir != "." {
			name = dir + "/" + name
		}
		switch {
		case e.IsDir():
			err = l.walk(name, depth+1)
		case !e.Type().IsRegular() && l.limits.Irregular != nil:
			l.limits.Irregular(name)
		case !e.Type().IsRegular():
			err = fmt.Errorf("read %q: is %s, not a regular file", name, Kind(e.Type()))
		case len(l.paths) == l.limits.Files:
			err = fmt.Errorf("read %q: more than %d files", name, l.limits.Files)
		case l.names+len(name) > maxNames:
			err = fmt.Errorf("read %q: the paths up to here have more than %d MiB", dir, maxNames>>20)
		default:
			l.paths, l.names = append(l.paths, name), l.names+len(name)
			if l.limits.Memory.Hold != nil {
				info, _ := e.Info() // nil of what is no longer there, which reading says
				l.infos = append(l.infos, info)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entries returns what is in a folder and not skipped, sorted. It reads some at
// a time, because a folder may hold millions.
func (l *lister) entries(dir string) ([]fs.DirEntry, error) {
	f, err := l.fsys.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	folder, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, fmt.Errorf("read %q: is no folder", dir)
	}
	var entries []fs.DirEntry
	for {
		some, err := folder.ReadDir(1000)
		l.seen += len(some)
		for _, e := range some {
			if l.limits.Skip == nil || !l.limits.Skip(path.Join(dir, e.Name()), e.IsDir()) {
				entries = append(entries, e)
			}
		}
		switch {
		case len(entries) > l.limits.Files+maxFolders:
			return nil, fmt.Errorf("read %q: more than %d files", dir, l.limits.Files)
		case l.seen > maxSeen:
			return nil, fmt.Errorf("read %q: more than %d files and folders to look at", dir, maxSeen)
		case errors.Is(err, io.EOF):
			slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
			return entries, nil
		case err != nil:
			return nil, err
		}
	}
}

// readers is how many files are read at a time: few, because the limit on open
// files may be low.
const readers = 4

// maxTogether is how many files of a folder one reader takes.
const maxTogether = 64

// readAll reads several files at a time, until they are more than is allowed.
// The error is that of the first path which has one, whatever is read first.
func (l *lister) readAll() ([]File, error) {
	paths := l.paths
	r := reading{lister: l, files: make([]File, len(paths)), errs: make([]error, len(paths))}
	var all errgroup.Group
	all.SetLimit(readers)
	for from := 0; from < len(paths); {
		first, dir := from, path.Dir(paths[from])
		for from++; from < len(paths) && from-first < maxTogether && path.Dir(paths[from]) == dir; {
			from++
		}
		end := from
		all.Go(func() error {
			r.readTogether(dir, first, end)
			return nil
		})
	}
	all.Wait()
	files, errs := r.files, r.errs
	left := l.limits.Bytes
	for i, f := range files {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if int64(len(f.Data)) > left {
			return nil, fmt.Errorf("read %q: with it the files have more than %s", f.Path, size(l.limits.Bytes))
		}
		left -= int64(len(f.Data))
	}
	return files, nil
}

// A reading is what is read of many files.
type reading struct {
	*lister
	files []File
	errs  []error
	held  atomic.Int64 // bytes
}

// readTogether reads the files from first to before end, which are all in dir. It
// opens that once, if it can.
func (r *reading) readTogether(dir string, first, end int) {
	at, from := r.fsys, "."
	opened := false
	var buffer []byte
	for i := first; i < end; i++ {
		if r.held.Load() > r.limits.Bytes {
			return // a path before this one has the error
		}
		f, ok := r.have(i)
		if !ok {
			if sub, can := r.fsys.(fs.SubFS); can && !opened && dir != "." && end-i > 1 {
				if folder, err := sub.Sub(dir); err == nil { // else each file says what is wrong
					defer closeFolder(folder)
					at, from = folder, dir
				}
			}
			opened = true
			f, r.errs[i] = readCapped(at, from, r.paths[i], r.limits.File, buffer)
			if r.limits.Memory.Hold != nil && r.errs[i] == nil {
				buffer, f.Data = f.Data, r.limits.Memory.Hold(f.Path, r.infos[i], f.Data)
			}
		}
		if !r.limits.Modes {
			f.Mode = ModeFile
		}
		r.files[i] = f
		r.held.Add(int64(len(f.Data)))
	}
}

// have returns a file of which the memory has the bytes.
func (r *reading) have(i int) (f File, ok bool) {
	if r.limits.Memory.Have == nil || r.infos[i] == nil || r.infos[i].Size() > r.limits.File {
		return f, false
	}
	f = File{Path: r.paths[i], Mode: ModeFile}
	if Executable(r.infos[i].Mode()) {
		f.Mode = ModeExec
	}
	f.Data, ok = r.limits.Memory.Have(f.Path, r.infos[i])
	return f, ok
}

// closeFolder closes a folder that was opened for itself.
func closeFolder(fsys fs.FS) {
	if c, ok := fsys.(io.Closer); ok {
		c.Close()
	}
}

func size(bytes int64) string {
	if bytes%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// buffers keeps buffers, because a project may have thousands of files.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// Holds reports whether r has these bytes and no more.
func Holds(r io.Reader, want []byte) (bool, error) {
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	for {
		n, err := r.Read(buffer[:])
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return false, err
		case !bytes.HasPrefix(want, buffer[:n]):
			return false, nil
		}
		if want = want[n:]; err != nil {
			return len(want) == 0, nil
		}
	}
}

// Sum returns the hexadecimal SHA-256 of what r has, as [File.Sum] does.
func Sum(r io.Reader) (string, error) {
	h := sha256.New()
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	// The struct hides a file's WriteTo, because that would not use the buffer.
	if _, err := io.CopyBuffer(h, struct{ io.Reader }{r}, buffer[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// readCapped reads the file at path, which fsys, opened at a folder, has below that,
// into a buffer if it has room.
func readCapped(fsys fs.FS, folder, path string, limit int64, buffer []byte) (File, error) {
	read := File{Path: path, Mode: ModeFile}
	name := path
	if folder != "." {
		name = path[len(folder)+1:]
	}
	f, err := fsys.Open(name)
	if pathErr := new(fs.PathError); errors.As(err, &pathErr) {
		err = &fs.PathError{Op: pathErr.Op, Path: path, Err: pathErr.Err}
	}
	if err != nil {
		return read, err
	}
	defer f.Close()
	expected := int64(0)
	if info, err := f.Stat(); err == nil {
		expected = min(info.Size(), limit)
		if Executable(info.Mode()) {
			read.Mode = ModeExec
		}
	}
	data := slices.Grow(buffer[:0], int(expected)+1) // one more, to find the end without growing
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return read, fmt.Errorf("read %q: is larger than %s", path, size(limit))
		case errors.Is(err, io.EOF):
			read.Data = data
			return read, nil
		case err != nil:
			return read, fmt.Errorf("read %q: %w", path, err)
		}
		data = slices.Grow(data, 1)
	}
}
