package plan

import (
	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// Options change how a plan is made. The zero value is useful.
type Options struct {
	Labels   merge.Labels // on conflict markers
	Conflict Resolution   // what becomes of conflicts
	Moved    []Move       // renames that the pack declares, oldest first

	// Others are files of the user's at paths in neither base nor theirs. They
	// are never written but to follow a move of the user's; see [NeedsOthers].
	// A file or link that stands where a path of ours has a folder belongs here.
	Others tree.Tree
	Short  bool // Others is not all there is

	// Elsewhere are files in places that nothing of ours is moved to. One that
	// looks like a missing file is only named.
	Elsewhere tree.Tree
	// Barred says why nothing was moved to a path of Others or Elsewhere; "" if
	// it may have been.
	Barred func(path string) string
	// Against says what speaks against came, one of Others, being the missing
	// file gone, as that it was there before; "" for nothing. If that is unsure,
	// came may be the file. Nil: nothing does.
	Against func(gone, came string) (why string, unsure bool)

	Absent map[string]bool // paths that are not on disk because git did not check them out

	Nested []string // folders that are projects of their own
	// Taken reports whether there is something at a path on disk; nil: only
	// what the trees hold.
	Taken func(path string) bool
}

// A Move is a rename that the pack declares: of a file, or of a folder if both
// end in a slash.
type Move struct{ From, To string }

// A Resolution is what becomes of a conflict.
type Resolution int

// The resolutions. Mine and Template settle only the changes that overlap; the
// others are merged. What stands where a file should be is never replaced, so
// that a change of type stays a conflict whatever was asked for.
const (
	Markers  Resolution = iota // both sides, between markers
	Mine                       // the user's side
	Template                   // the template's side
	Beside                     // the user's file as it is, the template's beside it
)

// NeedsOthers reports whether [Make] would look at Options.Others: to walk all
// that a user has takes time, and mostly it is not needed.
func NeedsOthers(base, ours, theirs tree.Tree) bool {
	for f := range theirs.All() {
		b, o := find(base, f.Path), find(ours, f.Path)
		switch {
		case b == nil:
			return true // moved here, or new: another letter case may be taken
		case !regular(o) && !Same(b, &f):
			return true // moved by the user, or something is in the way
		}
	}
	return false
}
