// Package plan decides what becomes of every file: the decision table, and
// nothing but the table.
//
// Three trees come in: base, what the template wrote last time; ours, what is on
// disk; theirs, what the template writes now. A [Plan] comes out, which is all
// that apply needs and all that a report shows, so a dry run cannot say one
// thing and a real run do another. A conflict is a step like any other, not an
// error. Nothing here reads or writes files.
//
// # Moves
//
// Edits follow a file. What the template moved is found before anything else:
// declared by the pack, or the same template under another path, or the same path
// but for letter case, or alike in the two pristine trees. The table then decides
// as if nothing had moved, and the result goes to the new path. Files may move on
// to where others were.
// Where the pack declares that one file took in others, the texts of all are
// merged with it one after the other, so that no edit stays in a file that is
// part of nothing.
//
// What the user moved is found by content among the user's other files
// (findUserMoves), and the template's change goes there, but only on evidence: a file
// that is similar, with the same name or several lines in common; that git does not
// ignore; in no other repository, pack or project; no backup by its name; and not there
// before. What only looks like the file is named with it, and never written to.
//
// A move that is not certain is none: of two equally good ones neither is taken.
// Then the table sees a file that went and another that came, and loses neither.
//
// # What is remembered
//
// The next base is theirs, so that each change is made, or named, once. It moves
// on for what the user decided against (a deletion, a file kept, a once-file that
// was edited) because to name that again would be to ask again; scaffold restore
// takes the template's version later. It stays where nobody decided, so that a
// later run still makes the change: a file that scaffold.yaml keeps, one that git has
// not checked out, one that may have been moved to where it was not followed, one that
// is missing where not all was looked through, one in a folder that another project
// owns, and one with the conflict markers of another merge, which ours would bury.
// See [Plan.NextBase].
//
// # What is kept
//
// What [Options.Keep] says is left alone by all of the above, and so is what goes with
// it: both ends of a move, all files of a join, once-files that belong together. Base
// stays, so that the first run without that line merges all that was missed, as one
// that skipped the versions between.
//
// # What is in the way
//
// A link, a folder, a file where a folder should be, a name that differs only by
// letter case, another project: none is written to, through or over. The
// template's file goes beside it, to a name that is free.
package plan

import (
	"maps"
	"slices"
	"strings"

	"scaffold/generator/index"
	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// A Verb is what happens to a path: one word a line, in every report.
type Verb string

const (
	Create   Verb = "create"   // there was no file
	Update   Verb = "update"   // the template's version takes the place of its last one
	Merge    Verb = "merge"    // the changes of both sides come together
	Conflict Verb = "conflict" // somebody has to decide; see Kind
	Delete   Verb = "delete"   // the template dropped the file, and the user has not changed it
	Keep     Verb = "keep"     // the user's file, or its absence, stays as it is
	Forget   Verb = "forget"   // neither side has the file there any more, so that the next base is without it
)

// A Step is what happens to one path. It changes one file on disk: After is
// written to To, or Ours is deleted. A file of the template's that moved is two
// steps, one that writes it and one that deletes it at its old path.
//
// Ours stands at Ours.Path, which is not always To: a file beside Ours leaves it
// alone, and a moved one is written from the bytes at its old path. Then nothing
// may be at To.
type Step struct {
	Path  string
	Verb  Verb
	Why   string     // for people; "" where the verb says it all
	Named bool       // worth a line: something changes, or is knowingly not changed
	To    string     // where After is written: Path, a file beside it, or where the user moved it
	From  string     // the path it had before the template moved it; "" for the same
	Ours  *tree.File // what must be on disk before; nil for nothing
	After *tree.File // what is written; nil where nothing is

	Kind          Kind            // of the conflict; "" where Verb is another
	Yours, Theirs merge.Edits     // what either side changed, where lines were merged
	Overlaps      []merge.Overlap // where After has markers
	Contested     []merge.Sides   // what would stand between markers, where After is beside Ours
	Notes         []string        // what the merge chose between, or could not; a line each
	Settled       []merge.Settled // what lines left in conflict and was decided by what they say

	Untaken  *Untaken // what the template changed and the user decided against
	Deferred bool     // the template's change is left for a later run: base stays as it is
	Kept     bool     // and it is left because scaffold.yaml keeps the file
	was      string   // where base stays too: the path from which the template moved the file
}

// Untaken is a change of the template's in pristine bytes. Base is nil for a file
// that is new.
type Untaken struct{ Base, Theirs *tree.File }

// A Kind says what a conflict is about.
type Kind string

const (
	Content    Kind = "content"     // both changed the same lines
	AddAdd     Kind = "add/add"     // both added it; or paths that differ by letter case
	TypeChange Kind = "type change" // a link, folder or other file is in the way
	Binary     Kind = "binary"      // both changed what cannot be merged by lines
	Once       Kind = "once"        // an answer chose another template for a file of the user's
	Marked     Kind = "markers"     // the user's has those of another merge: nothing is written
)

// Writes reports whether the step changes the disk.
func (s Step) Writes() bool { return s.After != nil || s.Verb == Delete }

// A Plan is the steps of one run, sorted by path, and the state written last.
type Plan struct {
	Steps []Step
	State []Step // scaffold.yaml and .scaffold-state, in the order of writing: base.zip last

	Modeless bool // executable bits on disk say nothing, so Ours need not have those

	Index *index.Index // of files as they were read; nil for none
}

// Count returns how many steps have the verb.
func (p Plan) Count(verb Verb) int {
	n := 0
	for _, s := range p.Steps {
		if s.Verb == verb {
			n++
		}
	}
	return n
}

// At returns p with the paths by which the disk has the files, where it spells
// them otherwise; Path stays the template's.
func (p Plan) At(spelled func(path string) string) Plan {
	at := func(f *tree.File) *tree.File {
		if f == nil || spelled(f.Path) == f.Path {
			return f
		}
		there := *f
		there.Path = spelled(f.Path)
		return &there
	}
	steps := slices.Clone(p.Steps)
	for i, s := range steps {
		steps[i].To, steps[i].Ours, steps[i].After = spelled(s.To), at(s.Ours), at(s.After)
	}
	p.Steps = steps
	return p
}

// NextBase returns what the project is to remember of the template once the plan
// is applied: theirs, but for what was deferred. There base stays as it is, so
// that a later run makes the change.
func (p Plan) NextBase(base, theirs tree.Tree) tree.Tree {
	off, stays := map[string]bool{}, map[string]tree.File{}
	for _, s := range p.Steps {
		if !s.Deferred {
			continue
		}
		off[s.Path] = true
		for _, path := range []string{s.Path, s.was} {
			if f := find(base, path); f != nil && (path == s.was || s.Verb != Delete) {
				stays[f.Path] = *f
			}
		}
	}
	if len(off) == 0 {
		return theirs
	}
	files := slices.DeleteFunc(slices.Collect(theirs.All()), func(f tree.File) bool { return off[f.Path] })
	for _, path := range slices.Sorted(maps.Keys(stays)) {
		if _, err := tree.New(append(files, stays[path])...); err == nil { // or a file that came is in its way
			files = append(files, stays[path])
		}
	}
	return tree.Found(files...)
}

// Left returns the paths of which [Plan.NextBase] leaves base as it is, sorted.
func (p Plan) Left(base, next tree.Tree) []string {
	left := map[string]bool{}
	for _, s := range p.Steps {
		for _, path := range []string{s.Path, s.was} {
			if was := find(base, path); s.Deferred && was != nil && Same(was, find(next, path)) {
				left[path] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(left))
}

// OnlyKept reports whether there is a change of the template's that scaffold.yaml keeps
// out, and nothing else to do or to say.
func (p Plan) OnlyKept() bool {
	kept := false
	for _, s := range p.Steps {
		kept = kept || s.Kept
		if !s.Kept && (s.Writes() || s.Named || s.Verb != Keep) {
			return false
		}
	}
	return kept
}

// Options change how a plan is made. The zero value is useful.
type Options struct {
	Labels   merge.Labels // on conflict markers
	Conflict Resolution   // what becomes of conflicts
	// ByLines reports whether what the lines of a file leave in conflict stays one. Nil:
	// of none.
	ByLines  func(path string) bool
	Declared []Move // renames that the pack declares, oldest first

	// Others are files of the user's at paths in neither base nor theirs. They
	// are never written but to follow a move of the user's; see [NeedsOthers].
	// A file or link that stands where a path of ours has a folder belongs here.
	Others   tree.Tree
	Evidence // which of Others may be files of ours that were moved

	Absent map[string]bool // paths that are not on disk because git did not check them out

	// Keep reports whether the template is to leave a path alone. Nil: none.
	Keep func(path string) bool
	// Since returns the version that base has of a path, where it is older than the
	// template's now; else "". Nil: of none.
	Since func(path string) string
	// Older returns what Declared would be for a file of base that is older than the
	// rest, and false for any other. Nil: none is.
	Older func(path string) ([]Move, bool)

	// Unmerged reports whether git says of a path that a merge left it in conflict.
	// Nil: of none. Without that, a file's conflict markers are content.
	Unmerged func(path string) bool

	Nested []string // folders that are projects of their own
	// Taken reports whether there is something at a path on disk; nil: only
	// what the trees hold.
	Taken func(path string) bool
}

// Evidence is what tells which of Options.Others may be files of ours that the
// user moved. The zero value says nothing against any of them, and nothing for
// certain.
type Evidence struct {
	Short     bool              // Others is not all there is
	Elsewhere tree.Tree         // files where nothing of ours is moved to: one like a missing file is only named
	Barred    map[string]string // why nothing was moved to a path of Others or Elsewhere

	// Against says what speaks against came, one of Others, being the missing
	// file gone, as that it was there before; "" for nothing. If maybe, came may be
	// the file all the same. Nil: nothing does.
	Against func(gone, came string) (why string, maybe bool)
}

// A Move is a rename that the pack declares: of a file, or of a folder if both
// end in a slash.
type Move struct{ From, To string }

func (mv Move) apply(path string) (renamed string, ok bool) {
	if folder := strings.HasSuffix(mv.From, "/") && strings.HasSuffix(mv.To, "/"); folder {
		rest, ok := strings.CutPrefix(path, mv.From)
		return mv.To + rest, ok
	}
	return mv.To, path == mv.From
}

// A Resolution is what becomes of a conflict.
type Resolution int

// The resolutions. Mine and Template resolve only the changes that overlap; the
// others are merged. What stands where a file should be is never replaced, so
// that a change of type stays a conflict whatever was asked for.
const (
	Markers  Resolution = iota // both sides, between markers
	Mine                       // the user's side
	Template                   // the template's side
	Beside                     // the user's file as it is, the template's beside it
	Refuse                     // the step says what is in conflict, and nothing is to be written
)

// NeedsOthers reports whether [Make] would look at Options.Others, because to walk
// all that a user has takes time. It says so too often rather than too seldom, for it
// knows no moves of the template's: what is missing for certain, Make finds out.
func NeedsOthers(base, ours, theirs tree.Tree) bool {
	for f := range base.Each() {
		if find(theirs, f.Path) == nil && find(ours, f.Path) == nil {
			return true // moved by the user, or deleted by both
		}
	}
	for f := range theirs.Each() {
		b, o := find(base, f.Path), find(ours, f.Path)
		switch {
		case b == nil:
			return true // moved here, or new: another letter case may be taken
		case !regular(o) && (!Same(b, f) || setChanged(base, theirs, f.With)):
			return true // moved by the user, or something is in the way
		}
	}
	return false
}

// setChanged reports whether the template changed a once-file of a set, because an edit
// of another one holds that back.
func setChanged(base, theirs tree.Tree, with string) bool {
	if with == "" {
		return false
	}
	for f := range theirs.Each() {
		if f.With == with && !Same(find(base, f.Path), f) {
			return true
		}
	}
	return false
}

func find(t tree.Tree, path string) *tree.File { return t.At(path) }

func without(a, b tree.Tree) []*tree.File {
	var files []*tree.File
	for f := range a.Each() {
		if find(b, f.Path) == nil {
			files = append(files, f)
		}
	}
	return files
}
