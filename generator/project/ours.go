package project

import (
	"bytes"
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
	"time"

	"golang.org/x/sync/errgroup"

	"scaffold/generator/index"
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

	Index *index.Index // for the next run; nil where files are too few for one
}

// maxOurs caps the user's files at paths of the template's together with the
// template's own, in bytes, because all of them are held in memory and a clone
// may have many that are large and compress well.
const maxOurs = 480 << 20

var errSpent = errors.New("more than may be held")

// ReadOurs returns what is on disk at paths of the project; see the function of
// that name. What its index says to be as the template wrote it is not read.
func (p Project) ReadOurs(paths []string) (Disk, error) {
	if p.Base.Len() < index.Least {
		return ReadOurs(p.Root, paths, p.Base)
	}
	return readOurs(p.Root, paths, p.Base, &known{
		index: p.index, sum: func(path string) string { return p.manifest.Files[path].Sum },
		began: time.Now(), next: index.New(),
	})
}

// ReadOurs returns what is on disk at paths below root. No symbolic link is
// followed: each folder on the way is looked at first. Files that have the
// bytes of those in base share them.
func ReadOurs(root string, paths []string, base tree.Tree) (Disk, error) {
	return readOurs(root, paths, base, nil)
}

// Known is what need not be read: nil for nothing.
type known struct {
	index *index.Index
	sum   func(path string) string // of what is in base
	began time.Time

	mutex sync.Mutex
	next  *index.Index // of what is as in base
}

// has reports whether the file at path has the bytes of base for certain.
func (k *known) has(path string, now index.Stat) bool {
	if k == nil {
		return false
	}
	sum, ok := k.index.Sum(path, now)
	return ok && sum == k.sum(path)
}

// keep notes that the file at path has the bytes of base.
func (k *known) keep(path string, now index.Stat) {
	if k == nil {
		return
	}
	k.mutex.Lock()
	k.next.Add(path, now, k.sum(path), k.began)
	k.mutex.Unlock()
}

func readOurs(root string, paths []string, base tree.Tree, k *known) (Disk, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return Disk{}, fmt.Errorf("open %s: %w", root, problem.Cause(err))
	}
	defer r.Close()
	var d Disk
	var present []string
	dirs := newParents(r)
	dirs.known = k
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
	if k != nil {
		d.Index = k.next
	}
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

	known *known
}

func newParents(r *os.Root) parents {
	return parents{root: r, at: spelling(r.Name()), seen: make(map[string]fs.FileInfo), room: new(atomic.Int64)}
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
		var like *tree.File
		if f, ok := base.Find(name); ok {
			like = &f
		}
		f, err := p.readOne(at, name, path.Base(p.at(name)), like)
		if f != nil {
			files = append(files, *f)
		}
		errs = append(errs, err)
	}
	return files, errors.Join(errs...)
}

// readOne reads a file. It shares the bytes of like, the file in base or nil, where
// they are the same.
func (p parents) readOne(at *os.Root, name, base string, like *tree.File) (*tree.File, error) {
	info, err := at.Lstat(base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look at %s: %w", name, problem.Cause(err))
	case !info.Mode().IsRegular():
		return &tree.File{Path: name, Mode: info.Mode()}, nil
	}
	stat, same := index.StatOf(info), []byte(nil)
	if like != nil {
		same = like.Data
		if p.known.has(name, stat) {
			p.known.keep(name, stat)
			return &tree.File{Path: name, Mode: info.Mode(), Data: same}, nil
		}
	}
	data, err := readFile(at, base, info, maxOurs, same, p.room)
	if err != nil {
		err = fmt.Errorf("read %s: %w", name, err)
	} else if like != nil && len(data) == len(same) && bytes.Equal(data, same) {
		p.known.keep(name, stat)
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
