package project

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A Disk is what stands at the paths that a plan is about.
type Disk struct {
	Files    tree.Tree   // with type bits where one is no regular file
	Blocking []tree.File // files and links where a path has a folder
	Nested   []string    // folders on the way that are projects of their own

	// At returns how the disk spells a path; see [tree.Spelling].
	At func(path string) string
}

// maxOurs caps the user's files at paths of the template's together with the
// template's own, in bytes, because all of them are held in memory and a clone
// may have many that are large and compress well.
const maxOurs = 480 << 20

var errSpent = errors.New("more than may be held")

// ReadOurs returns what is on disk at paths below root. No symbolic link is
// followed: each folder on the way is looked at first. Files that have the
// bytes of those in base share them.
func ReadOurs(root string, paths []string, base tree.Tree) (Disk, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return Disk{}, fmt.Errorf("open %s: %w", root, problem.Cause(err))
	}
	defer r.Close()
	var d Disk
	var present []string
	dirs := newParents(r)
	for _, p := range slices.Compact(slices.Sorted(slices.Values(paths))) {
		blocked, err := dirs.findBlocking(p)
		switch {
		case err != nil:
			return Disk{}, err
		case blocked == nil:
			present = append(present, p)
		case !slices.ContainsFunc(d.Blocking, func(f tree.File) bool { return f.Path == blocked.Path }):
			d.Blocking = append(d.Blocking, *blocked)
		}
	}
	d.Nested, d.At = dirs.findNested(), dirs.at
	if present, err = dropRespelled(r, present, dirs.at); err != nil {
		return Disk{}, err
	}
	files, err := dirs.read(present, base)
	d.Files = tree.Found(files...)
	if !keepsModes(r) {
		d.TakeModes(base)
	}
	return d, err
}

// dropRespelled drops the paths that are on disk under another spelling only,
// because a volume that ignores case finds the one file at both paths of a plan
// that changes no more than that.
func dropRespelled(r *os.Root, paths []string, at func(string) string) ([]string, error) {
	spellings := make(map[string]int)
	for _, p := range paths {
		spellings[strings.ToLower(p)]++
	}
	var kept []string
	for _, p := range paths {
		if spellings[strings.ToLower(p)] > 1 {
			as, err := isSpelled(r, at(p))
			if err != nil {
				return nil, err
			}
			if !as {
				continue
			}
		}
		kept = append(kept, p)
	}
	return kept, nil
}

// isSpelled reports whether every element of a path is in its folder's list
// just so, or nothing is at the path.
func isSpelled(r *os.Root, name string) (bool, error) {
	for dir, rest := ".", name; ; {
		base, below, more := strings.Cut(rest, "/")
		entries, err := fs.ReadDir(r.FS(), dir)
		if errors.Is(err, fs.ErrNotExist) {
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("look through %s: %w", dir, problem.Cause(err))
		}
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == base }) {
			return false, nil
		}
		if !more {
			return true, nil
		}
		dir, rest = path.Join(dir, base), below
	}
}

// keepsModes reports whether the volume keeps executable bits. Where it does
// not (WSL, SMB, exFAT, NTFS) every file seems to have one, also those of the
// state.
func keepsModes(r *os.Root) bool {
	if runtime.GOOS == "windows" {
		return false
	}
	for _, name := range []string{tree.BaseFile, tree.IgnoreFile} {
		if info, err := r.Lstat(filepath.FromSlash(name)); err != nil || !tree.Executable(info.Mode()) {
			return true
		}
	}
	return false
}

// TakeModes gives files the executable bits that the template gave them,
// because those on disk say nothing.
func (d *Disk) TakeModes(base tree.Tree) {
	var files []tree.File
	for f := range d.Files.All() {
		if f.Mode.IsRegular() {
			was, _ := base.Find(f.Path)
			f.Mode = f.Mode&^0o111 | was.Mode&0o111
		}
		files = append(files, f)
	}
	d.Files = tree.Found(files...)
}

// parents looks at the folders on the way to paths, each once.
type parents struct {
	root *os.Root
	at   func(path string) string
	seen map[string]fs.FileInfo // nil: not there
	room *atomic.Int64          // how many bytes may still be read
}

func newParents(r *os.Root) parents {
	return parents{r, spelling(r.Name()), make(map[string]fs.FileInfo), new(atomic.Int64)}
}

// spelling returns a function that says how the disk spells a path below root.
// Several may call it at once. It reports no error, because what cannot be
// looked at is met again where it is needed.
func spelling(root string) func(path string) string {
	var mutex sync.Mutex
	s := tree.Spelling{
		There: func(path string) (there bool) {
			withRoot(root, func(r *os.Root) {
				_, err := r.Lstat(path)
				there = err == nil
			})
			return there
		},
		List: func(dir string) (names []string) {
			withRoot(root, func(r *os.Root) {
				entries, _ := fs.ReadDir(r.FS(), dir)
				for _, e := range entries {
					names = append(names, e.Name())
				}
			})
			return names
		},
	}
	return func(path string) string {
		mutex.Lock()
		defer mutex.Unlock()
		return s.At(path)
	}
}

func withRoot(root string, look func(*os.Root)) {
	if r, err := os.OpenRoot(root); err == nil {
		look(r)
		r.Close()
	}
}

// findBlocking returns what stands where a folder on the way to name should be,
// as a file without bytes; nil if nothing does.
func (p parents) findBlocking(name string) (*tree.File, error) {
	for _, dir := range tree.Parents(name) {
		info, err := p.lstat(dir)
		switch {
		case err != nil:
			return nil, err
		case info == nil:
			return nil, nil
		case !info.IsDir():
			return &tree.File{Path: dir, Mode: info.Mode()}, nil
		}
	}
	return nil, nil
}

func (p parents) lstat(dir string) (fs.FileInfo, error) {
	if info, ok := p.seen[dir]; ok {
		return info, nil
	}
	info, err := p.root.Lstat(p.at(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look at %s: %w", dir, problem.Cause(err))
	}
	if err != nil {
		info = nil
	}
	p.seen[dir] = info
	return info, nil
}

func (p parents) read(paths []string, base tree.Tree) ([]tree.File, error) {
	p.room.Store(maxOurs - base.Size())
	folders := byFolder(paths)
	found, errs := make([][]tree.File, len(folders)), make([]error, len(folders))
	var all errgroup.Group
	all.SetLimit(4) // because the limit on open files may be low
	for i, folder := range folders {
		all.Go(func() error {
			found[i], errs[i] = p.readFolder(folder, base)
			return nil
		})
	}
	all.Wait()
	err := errors.Join(errs...)
	if errors.Is(err, errSpent) {
		err = p.tooLarge(paths)
	}
	return slices.Concat(found...), err
}

// tooLarge names the largest file, so that the message does not depend on which
// was read last.
func (p parents) tooLarge(paths []string) error {
	var name string
	var size int64
	for _, path := range paths {
		if info, err := p.root.Lstat(p.at(path)); err == nil && info.Size() > size {
			name, size = path, info.Size()
		}
	}
	return problem.WithHint(
		problem.Input("%s has %d bytes, and with the template's other files that is more than %d", name, size, int64(maxOurs)),
		"move it to a name that the template does not use")
}

// byFolder splits sorted paths into groups that are in one folder, each small
// enough for a large folder to be shared out.
func byFolder(paths []string) [][]string {
	const most = 64
	var folders [][]string
	for i, name := range paths {
		last := len(folders) - 1
		if i == 0 || path.Dir(name) != path.Dir(paths[i-1]) || len(folders[last]) == most {
			folders, last = append(folders, nil), last+1
		}
		folders[last] = append(folders[last], name)
	}
	return folders
}

// readFolder reads paths in the folder that was looked at. It opens the folder
// once, so that all come from the same.
func (p parents) readFolder(paths []string, base tree.Tree) ([]tree.File, error) {
	at := p.root
	if dir := path.Dir(paths[0]); dir != "." {
		opened, err := p.root.OpenRoot(p.at(dir))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", dir, problem.Cause(err))
		}
		defer opened.Close()
		if info, err := opened.Stat("."); err != nil || !os.SameFile(info, p.seen[dir]) {
			return nil, fmt.Errorf("open %s: it was replaced while being read", dir)
		}
		at = opened
	}
	var files []tree.File
	var errs []error
	for _, name := range paths {
		like, _ := base.Find(name)
		f, err := readOne(at, name, path.Base(p.at(name)), like.Data, p.room)
		if f != nil {
			files = append(files, *f)
		}
		errs = append(errs, err)
	}
	return files, errors.Join(errs...)
}

func readOne(at *os.Root, name, base string, like []byte, room *atomic.Int64) (*tree.File, error) {
	info, err := at.Lstat(base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look at %s: %w", name, problem.Cause(err))
	case !info.Mode().IsRegular():
		return &tree.File{Path: name, Mode: info.Mode()}, nil
	}
	data, err := readFile(at, base, info, maxOurs, like, room)
	if err != nil {
		err = fmt.Errorf("read %s: %w", name, err)
	}
	return &tree.File{Path: name, Mode: info.Mode(), Data: data}, err
}

func (p parents) findNested() []string {
	var nested []string
	for _, dir := range slices.Sorted(maps.Keys(p.seen)) {
		if info := p.seen[dir]; info == nil || !info.IsDir() {
			continue
		}
		if isProject(func(name string) bool { _, err := p.root.Lstat(path.Join(p.at(dir), name)); return err == nil }) {
			nested = append(nested, dir)
		}
	}
	return nested
}

// isProject reports whether a folder that has names is a project. scaffold.yaml
// alone is not enough, because other programs have one too.
func isProject(has func(name string) bool) bool {
	return has(tree.ConfigFile) && has(tree.StateFolder)
}

// Taken returns a function that reports whether something stands at a path
// below root. Of what it cannot look at it says yes.
func Taken(root string) func(name string) bool {
	return func(name string) bool {
		r, err := os.OpenRoot(root)
		if err != nil {
			return true
		}
		defer r.Close()
		dirs := newParents(r)
		blocked, err := dirs.findBlocking(name)
		if err != nil || blocked != nil {
			return true
		}
		_, err = r.Lstat(dirs.at(name))
		return !errors.Is(err, fs.ErrNotExist)
	}
}
