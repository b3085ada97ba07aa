package project

import (
	"cmp"
	"errors"
	"fmt"
	"io"
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
	"syscall"

	"golang.org/x/sync/errgroup"

	"scaffold/generator/plan"
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

// Caps of looking for what a user moved. What is beyond them is not found, and
// that is said. Folders that nothing is moved to have caps of their own,
// because what is there is only named.
const (
	maxLooked    = 200_000  // entries of folders
	maxHeld      = 64 << 20 // bytes of files
	maxElsewhere = 20_000   // entries of folders
	maxHeldThere = 16 << 20 // bytes of files
	maxMoved     = 8 << 20  // bytes of one file
)

// skipped are folders that no template's file moves to, because nobody writes
// by hand there. They are huge.
var skipped = []string{
	tree.StateFolder, ".git", ".hg", ".svn", ".jj", ".bzr", "node_modules", ".venv", "venv", "__pycache__", ".tox",
	".mypy_cache", ".pytest_cache", ".gradle", ".cache", ".next", ".nuxt", ".terraform", ".trash",
}

// A Look says what to look for among the user's own files.
type Look struct {
	Known      []string  // paths that are not the user's own
	Like       tree.Tree // only files of about the size of one of these are read, or of its name in another letter case
	Ending     string    // and those whose name ends in this; "" for no more
	Ignored    []string  // what git ignores; folders end in a slash
	Submodules []string  // folders that are other repositories'
}

// An Others is the user's own files.
type Others struct {
	Files     []tree.File       // irregular where the bytes were not read
	Elsewhere []tree.File       // like one looked for, where nothing is moved to
	Barred    map[string]string // why nothing is moved to a path of either
	Nested    []string          // folders that are projects of their own
	Capped    bool              // there is more than is looked at
}

// ReadOthers walks the project for files that are at none of the known paths,
// level by level, so that one huge folder does not hide the others.
func ReadOthers(root string, l Look) (Others, error) {
	return readOthers(root, l, quota{maxLooked, maxHeld})
}

func readOthers(root string, l Look, most quota) (Others, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return Others{}, fmt.Errorf("open %s: %w", root, problem.Cause(err))
	}
	defer r.Close()
	w := walk{Look: l, root: r, others: Others{Barred: make(map[string]string)}, folded: make(map[string]bool)}
	slices.Sort(w.Known)
	slices.Sort(w.Ignored)
	for f := range l.Like.All() {
		w.sizes = append(w.sizes, int64(len(f.Data)))
		w.folded[tree.Fold(f.Path)] = true
	}
	w.walkLevels([]folder{{path: "."}}, &most)
	w.others.Capped = w.capped
	if len(w.sizes) > 0 {
		w.walkLevels(w.barred, &quota{maxElsewhere, maxHeldThere})
	}
	for _, files := range [][]tree.File{w.others.Files, w.others.Elsewhere} {
		slices.SortFunc(files, func(a, b tree.File) int { return cmp.Compare(a.Path, b.Path) })
	}
	return w.others, w.err
}

// A folder is to be looked at. Why says what bars its files, if anything does.
type folder struct{ path, why string }

type quota struct {
	looked int
	held   int64
}

type walk struct {
	Look
	root   *os.Root
	sizes  []int64
	folded map[string]bool // the paths of those looked for
	others Others
	barred []folder // for later
	capped bool
	err    error // the first of the disk
}

// noteFailure keeps err if a disk failed, because nobody knows then whether
// what is there is what is looked for. It passes over a folder or file that is
// not ours to read, or that changes meanwhile.
func (w *walk) noteFailure(name string, err error) {
	var failed syscall.Errno
	passing := errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
	if w.err == nil && !passing && errors.As(err, &failed) {
		w.err = fmt.Errorf("look through %s: %w", name, failed)
	}
}

func (w *walk) walkLevels(level []folder, left *quota) {
	for len(level) > 0 {
		var next []folder
		for _, dir := range level {
			next = append(next, w.walkFolder(dir, left)...)
		}
		level = next
	}
}

func (w *walk) walkFolder(dir folder, left *quota) (below []folder) {
	f, err := w.root.Open(dir.path)
	if err != nil {
		w.noteFailure(dir.path, err)
		return nil
	}
	defer f.Close()
	entries, err := f.ReadDir(left.looked + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		w.noteFailure(dir.path, err)
		return nil
	}
	if len(entries) > left.looked {
		w.capped = true
		return nil
	}
	if dir.why == "" && dir.path != "." {
		var project bool
		if dir.why, project = findOwner(dir.path, entries); project {
			w.others.Nested = append(w.others.Nested, dir.path)
		}
		if dir.why != "" {
			w.barred = append(w.barred, dir)
			return nil
		}
	}
	left.looked -= len(entries)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	for _, entry := range entries {
		name := path.Join(dir.path, entry.Name())
		if !entry.IsDir() {
			w.addFile(name, dir.why, entry, left)
			continue
		}
		sub := folder{name, cmp.Or(dir.why, w.whyBarred(name, entries))}
		switch {
		case slices.Contains(skipped, strings.ToLower(entry.Name())):
		case sub.why != "" && dir.why == "":
			w.barred = append(w.barred, sub)
		default:
			below = append(below, sub)
		}
	}
	return below
}

// findOwner says to which other project, repository or pack a folder with these
// entries belongs; "" if to none.
func findOwner(dir string, entries []fs.DirEntry) (why string, project bool) {
	has := func(names ...string) bool {
		for _, name := range names {
			if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name }) {
				return false
			}
		}
		return true
	}
	switch {
	case isProject(func(name string) bool { return has(name) }):
		return "belongs to the project in " + dir, true
	case has(".git"), has(".hg"), has(".svn"), has(".jj"), has(".bzr"), has(".pijul"), has("_darcs"), has(".fslckout"), has("_FOSSIL_"), has("HEAD", "objects", "refs"):
		return "belongs to the repository in " + dir, false
	case has("pack.yaml", "files"):
		return "belongs to the pack in " + dir, false
	}
	return "", false
}

// whyBarred says why nothing was moved to a folder, by its path and what is
// beside it.
func (w *walk) whyBarred(name string, beside []fs.DirEntry) string {
	switch {
	case slices.Contains(w.Submodules, name):
		return "belongs to the repository in " + name
	case w.isIgnored(name + "/"):
		return "git ignores it"
	case name == "files" && slices.ContainsFunc(beside, func(e fs.DirEntry) bool { return e.Name() == "pack.yaml" }):
		return "belongs to the pack of this folder"
	}
	return plan.Vendored(name)
}

func (w *walk) isIgnored(name string) bool {
	_, ok := slices.BinarySearch(w.Ignored, name)
	return ok
}

// addFile takes a file of the user's. Of those that are barred it takes only
// what was looked for, because they are only named.
func (w *walk) addFile(name, why string, entry fs.DirEntry, left *quota) {
	_, known := slices.BinarySearch(w.Known, name)
	if known || strings.EqualFold(name, tree.ConfigFile) {
		return
	}
	f := tree.File{Path: name, Mode: entry.Type() | fs.ModeIrregular}
	read := w.readCandidate(&f, entry, left)
	switch {
	case why == "":
		if w.isIgnored(name) {
			w.others.Barred[name] = "git ignores it"
		}
		w.others.Files = append(w.others.Files, f)
	case read:
		w.others.Barred[name] = why
		w.others.Elsewhere = append(w.others.Elsewhere, f)
	}
}

func (w *walk) readCandidate(f *tree.File, entry fs.DirEntry, left *quota) bool {
	ending := w.Ending != "" && strings.HasSuffix(f.Path, w.Ending)
	if len(w.sizes) == 0 && !ending || !entry.Type().IsRegular() {
		return false
	}
	info, err := entry.Info()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxMoved || !ending && !w.folded[tree.Fold(f.Path)] && !slices.ContainsFunc(w.sizes, func(s int64) bool { return plan.SizesAllow(s, info.Size()) }) {
		return false
	}
	if left.held -= info.Size(); left.held < 0 {
		w.capped = true
		return false
	}
	data, err := readFile(w.root, f.Path, info, maxMoved, nil, nil)
	if err != nil {
		w.noteFailure(f.Path, err)
		return false
	}
	f.Data, f.Mode = data, info.Mode()
	return true
}
