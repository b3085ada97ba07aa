// Package tree holds sets of files as values: what a template wrote, what is
// on disk, what a render made.
//
// A [Tree] never changes and is always sorted, so whatever walks one does so in
// the same order every time. It is not a file system: it has no folders of its
// own, and nothing here writes.
package tree

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"sort"
	"strings"
	"sync/atomic"

	"golang.org/x/text/unicode/norm"
)

// The two modes a generated file may have. The umask narrows them on disk.
const (
	ModeFile fs.FileMode = 0o644
	ModeExec fs.FileMode = 0o755
)

// Executable reports whether the owner may execute what has the mode.
func Executable(mode fs.FileMode) bool { return mode&0o100 != 0 }

// A File is one file: its bytes, and where they came from.
type File struct {
	Path   string      // slash-separated, clean, relative; see CheckPath
	Mode   fs.FileMode // permission bits; type bits where it is no regular file
	Data   []byte      // any bytes; shared, never written to
	Origin string      // the template that wrote it, as a path in the pack
	Once   bool        // the user's once they edit it: then it is left alone

	With string // the name that once-files share of which none changes if one was edited; "" for none

	Unheld *Unheld // of a file so large that Data does not hold its bytes; else nil
}

// An Unheld says of bytes that are not held what they are: at least one of the two.
type Unheld struct {
	Sum   string                // as [File.Sum] returns it; "" until they were written
	Write func(io.Writer) error // writes what will be, the same each time
}

// IsUnread reports whether no more is known of the file's bytes than their sum.
func (f File) IsUnread() bool { return f.Unheld != nil && f.Unheld.Write == nil }

// IsUnsummed reports whether the sum of the file's bytes is known only by writing them.
func (f File) IsUnsummed() bool { return f.Unheld != nil && f.Unheld.Sum == "" }

// Write writes the file's bytes.
func (f File) Write(w io.Writer) error {
	switch {
	case f.IsUnread():
		return fmt.Errorf("write %s: it was not read", f.Path)
	case f.Unheld != nil:
		return f.Unheld.Write(w)
	}
	_, err := w.Write(f.Data)
	return err
}

// Sum returns the hexadecimal SHA-256 of the file's bytes.
func (f File) Sum() string {
	switch {
	case f.Unheld != nil && f.Unheld.Sum != "":
		return f.Unheld.Sum
	case f.Unheld != nil:
		h := sha256.New()
		f.Unheld.Write(h) // which takes all
		return hex.EncodeToString(h.Sum(nil))
	}
	sum := sha256.Sum256(f.Data)
	return hex.EncodeToString(sum[:])
}

// A Tree is an immutable set of files, sorted by path. The zero value is empty.
type Tree struct {
	files []File
	found *atomic.Int32 // where [Tree.Find] found the last; not set in the zero value
}

func sortedTree(files []File) Tree { return Tree{files, new(atomic.Int32)} }

const maxErrors = 50 // bad paths that are named

// New returns the files as a Tree. All paths that break [CheckPath] or clash
// with another (the same, the same but for letter case, a file that is also a
// folder) are reported at once.
func New(files ...File) (Tree, error) {
	sorted := sortByPath(files)
	var errs []error
	claimed := claims{by: make(map[string]claim, len(sorted))}
	for i := range sorted {
		f := &sorted[i]
		if err := CheckPath(f.Path); err != nil {
			if f.Origin != "" {
				err = fmt.Errorf("%w (by %s)", err, f.Origin)
			}
			errs = append(errs, err)
			continue
		}
		if err := claimed.add(f); err != nil {
			errs = append(errs, err)
		}
	}
	if more := len(errs) - maxErrors; more > 0 {
		errs = append(errs[:maxErrors], fmt.Errorf("and %d paths more", more))
	}
	if err := errors.Join(errs...); err != nil {
		return Tree{}, err
	}
	return sortedTree(sorted), nil
}

// Found returns files that were found on a disk as a Tree. Unlike New it takes
// what a disk may hold: any name, names that differ only by letter case, and a
// path that is given as blocked by a file among its parents, together with that
// file. Of two files at one path the first counts.
func Found(files ...File) Tree {
	sorted := sortByPath(files)
	return sortedTree(slices.CompactFunc(sorted, func(a, b File) bool { return a.Path == b.Path }))
}

// sortByPath returns files sorted, those of one path in their order.
func sortByPath(files []File) []File {
	byPath := func(a, b File) int { return cmp.Compare(a.Path, b.Path) }
	sorted := slices.Clone(files)
	if !slices.IsSortedFunc(sorted, byPath) {
		slices.SortStableFunc(sorted, byPath)
	}
	return sorted
}

// claims are the owners of paths and of parent folders.
type claims struct {
	by   map[string]claim // the folded form of each
	last string           // the folder that was claimed last, because most files come with others of theirs
}

type claim struct {
	path   string
	file   *File
	folder bool
}

func (c *claims) add(f *File) error {
	folded := Fold(f.Path) // which folds each element for itself
	if dir := path.Dir(f.Path); dir != c.last {
		keys := Parents(folded)
		for i, dir := range Parents(f.Path) {
			if err := c.put(keys[i], claim{dir, f, true}); err != nil {
				return err
			}
		}
		c.last = dir
	}
	return c.put(folded, claim{f.Path, f, false})
}

func (c *claims) put(key string, want claim) error {
	have, taken := c.by[key]
	switch {
	case !taken:
		c.by[key] = want
		return nil
	case have.folder && want.folder && have.path == want.path:
		return nil
	case have.folder && want.folder:
		return fmt.Errorf("folders %s: not every file system keeps them apart", difference(have.path, want.path))
	case have.folder != want.folder:
		return newClash(have, want, fmt.Sprintf("path %q is both a file and a folder", want.path))
	case have.path != want.path:
		return newClash(have, want, "paths "+difference(have.path, want.path))
	}
	return newClash(have, want, fmt.Sprintf("path %q is written twice", want.path))
}

// A ClashError says that two files cannot both be there.
type ClashError struct {
	error
	Origin string // of the first, if both have one
}

func newClash(have, want claim, said string) error {
	a, b := have.file.Origin, want.file.Origin
	if a == "" || b == "" {
		return ClashError{error: errors.New(said)}
	}
	return ClashError{fmt.Errorf("%s: by %s and by %s", said, a, b), a}
}

// difference says what keeps two paths apart that fold to one.
func difference(a, b string) string {
	if norm.NFC.String(a) == norm.NFC.String(b) {
		return fmt.Sprintf("%+q and %+q differ only by how their accents are encoded", a, b)
	}
	return fmt.Sprintf("%q and %q differ only by letter case", a, b)
}

// Paths walks every path of a and b once, sorted.
func Paths(a, b Tree) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i, j := 0, 0; i < len(a.files) || j < len(b.files); {
			path := ""
			if j == len(b.files) || i < len(a.files) && a.files[i].Path < b.files[j].Path {
				path, i = a.files[i].Path, i+1
			} else {
				path, j = b.files[j].Path, j+1
				if i < len(a.files) && a.files[i].Path == path {
					i++
				}
			}
			if !yield(path) {
				return
			}
		}
	}
}

// Len returns how many files there are.
func (t Tree) Len() int { return len(t.files) }

// All walks the files in order of their paths.
func (t Tree) All() iter.Seq[File] { return slices.Values(t.files) }

// Each is All without a copy of each file. They are not to be changed.
func (t Tree) Each() iter.Seq[*File] {
	return func(yield func(*File) bool) {
		for i := range t.files {
			if !yield(&t.files[i]) {
				return
			}
		}
	}
}

// Find returns the file at path.
func (t Tree) Find(path string) (File, bool) {
	if f := t.At(path); f != nil {
		return *f, true
	}
	return File{}, false
}

// At returns the file at path, which is not to be changed; nil for none. It looks first
// where it found one the last time, and behind that, because who walks a tree in order
// asks another for the same paths.
func (t Tree) At(path string) *File {
	if len(t.files) == 0 {
		return nil
	}
	for last, i := t.found.Load(), int32(0); i < 2; i++ {
		if at := int(last + i); at < len(t.files) && t.files[at].Path == path {
			t.found.Store(int32(at))
			return &t.files[at]
		}
	}
	// By index, because a File is large to pass.
	i, ok := sort.Find(len(t.files), func(i int) int { return strings.Compare(path, t.files[i].Path) })
	if !ok {
		return nil
	}
	t.found.Store(int32(i))
	return &t.files[i]
}

// Size returns how many bytes the files hold together.
func (t Tree) Size() int64 {
	var n int64
	for _, f := range t.files {
		n += int64(len(f.Data))
	}
	return n
}

// Kind says what a mode's type bits stand for, with its article.
func Kind(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "no regular file"
}
