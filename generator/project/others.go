package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"scaffold/generator/tree"
)

// Caps of looking for what a user moved. Beyond them it is not found: a file
// that is gone then counts as deleted, and is named.
const (
	maxLooked = 50_000   // entries of folders
	maxHeld   = 64 << 20 // bytes of files
	minShared = 60       // per cent that a moved file shares with what it was
	maxMoved  = 8 << 20  // bytes of one file
)

// skipped are folders that no template's file moves to: huge, and not written by
// hand.
var skipped = []string{tree.StateFolder, ".git", ".hg", ".svn", ".jj", "node_modules", ".venv", "venv", "__pycache__"}

// An Others is the user's own files.
type Others struct {
	Files  []tree.File // irregular where the bytes were not read
	Nested []string    // folders with a scaffold.yaml of their own
	Capped bool        // there is more than is looked at
}

// ReadOthers walks the project for files that are at none of the known paths.
// Only those are read whose size is near that of a file in like, which holds
// what is gone from its path.
func ReadOthers(root string, known []string, like tree.Tree) (Others, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return Others{}, fmt.Errorf("open %s: %w", root, cause(err))
	}
	defer r.Close()
	w := walk{root: r, known: slices.Sorted(slices.Values(known))}
	for f := range like.All() {
		w.sizes = append(w.sizes, int64(len(f.Data)))
	}
	err = fs.WalkDir(r.FS(), ".", w.visit)
	if errors.Is(err, errEnough) {
		w.others.Capped, err = true, nil
	}
	if err != nil {
		return Others{}, fmt.Errorf("look through %s: %w", root, cause(err))
	}
	return w.others, nil
}

var errEnough = errors.New("enough was looked at")

type walk struct {
	root   *os.Root
	known  []string // sorted
	sizes  []int64
	others Others
	looked int
	held   int64
}

func (w *walk) visit(name string, entry fs.DirEntry, err error) error {
	if err != nil && entry != nil && entry.IsDir() {
		return fs.SkipDir // the user's own, and not ours to read
	}
	if w.looked++; w.looked > maxLooked {
		return errEnough
	}
	switch {
	case err != nil || name == ".":
		return nil
	case entry.IsDir():
		return w.folder(name)
	case strings.EqualFold(name, tree.ConfigFile):
		return nil
	}
	if _, ok := slices.BinarySearch(w.known, name); ok {
		return nil
	}
	return w.file(name, entry)
}

func (w *walk) folder(name string) error {
	if slices.Contains(skipped, path.Base(name)) {
		return fs.SkipDir
	}
	if _, err := w.root.Lstat(path.Join(name, tree.ConfigFile)); err == nil {
		w.others.Nested = append(w.others.Nested, name)
		return fs.SkipDir
	}
	return nil
}

func (w *walk) file(name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return nil // gone meanwhile
	}
	f := tree.File{Path: name, Mode: info.Mode() | fs.ModeIrregular}
	if info.Mode().IsRegular() && w.near(info.Size()) {
		if w.held += info.Size(); w.held > maxHeld {
			return errEnough
		}
		if data, err := readFile(w.root, name, info, maxMoved, nil, nil); err == nil {
			f.Data, f.Mode = data, info.Mode()
		}
	}
	w.others.Files = append(w.others.Files, f)
	return nil
}

// near reports whether a file of that size could be one of those looked for.
func (w *walk) near(size int64) bool {
	return size <= maxMoved && slices.ContainsFunc(w.sizes, func(s int64) bool {
		return min(s, size)*100 >= max(s, size)*minShared
	})
}
