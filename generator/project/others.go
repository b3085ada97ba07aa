package project

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

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

// IsSkipped reports whether a folder's name says that nobody writes by hand there.
func IsSkipped(name string) bool { return slices.Contains(skipped, strings.ToLower(name)) }

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
	entries, err := tree.ReadFolder(f, left.looked+1)
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
		case IsSkipped(entry.Name()):
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
	info, err := w.root.Lstat(f.Path)
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
