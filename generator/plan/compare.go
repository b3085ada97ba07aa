package plan

import (
	"bytes"
	"fmt"
	"slices"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// Same reports whether two files are alike: bytes, and whether they execute.
func Same(a, b *tree.File) bool {
	if a == nil || b == nil {
		return a == b
	}
	return regular(a) && regular(b) && tree.Executable(a.Mode) == tree.Executable(b.Mode) && bytes.Equal(a.Data, b.Data)
}

// Untouched reports whether ours is base, or what a checkout makes of it that
// writes the line ends of another system, or lacks Git LFS: then no line of it is
// the user's.
func Untouched(ours, base *tree.File) bool {
	if PointerTo(base, ours) {
		return true
	}
	if Same(ours, base) || ours == nil || base == nil || merge.Binary(ours.Data) {
		return Same(ours, base)
	}
	plain := *ours
	plain.Data = bytes.ReplaceAll(ours.Data, []byte("\r\n"), []byte("\n"))
	return Same(&plain, base)
}

// MidMerge reports whether ours has the markers of a conflict that none of the
// pristine files has.
func MidMerge(ours *tree.File, pristine ...*tree.File) bool {
	if !regular(ours) || merge.Binary(ours.Data) {
		return false
	}
	n := merge.CountConflicts(ours.Data)
	return n > 0 && !slices.ContainsFunc(pristine, func(f *tree.File) bool { return f != nil && merge.CountConflicts(f.Data) >= n })
}

// MidMergeWhy says why a file is in conflict that no run of ours left so.
const MidMergeWhy = "has the conflict markers of another merge"

func regular(f *tree.File) bool { return f != nil && f.Mode.IsRegular() }

// PointerHead is what a pointer of Git LFS begins with.
const PointerHead = "version https://git-lfs.github.com/spec/"

// PointerTo reports whether ours is what a checkout without Git LFS has in place
// of f: then nobody has changed it.
func PointerTo(f, ours *tree.File) bool {
	if f == nil || !regular(ours) || !bytes.HasPrefix(ours.Data, []byte(PointerHead)) {
		return false
	}
	end := fmt.Sprintf("\noid sha256:%s\nsize %d\n", f.Sum(), len(f.Data))
	return tree.Executable(ours.Mode) == tree.Executable(f.Mode) && bytes.HasSuffix(ours.Data, []byte(end))
}
