// Package merge brings a file up to date with a template without losing what
// its owner changed. It is functions from bytes to values: no files, no clock,
// no state.
//
// # Three files
//
// Base is what the template wrote last time, ours what the user made of it, and
// theirs what the template writes now. What one side changed and the other left
// alone is taken; what both changed alike is taken once; where both changed the
// same lines, or lines that touch, the result has a conflict:
//
//	<<<<<<< yours
//	addr := "localhost:9000"
//	||||||| base
//	addr := "localhost:8000"
//	=======
//	addr := "127.0.0.1:8000"
//	>>>>>>> web 1.1.0
//
// Lines that both sides begin or end a conflict with are moved out of it. A
// Result also says how much each side changed, and how much of that overlaps.
//
// # How lines are matched
//
// As git merge does it, whose verdict and bytes a test compares: a histogram
// diff against base for either side, which holds on to the longest stretch
// around the rarest line, and Myers' diff where all common lines are frequent;
// then runs of changes slide to where they read best, so that an edit in one of
// many equal blocks stays in its block. git merge-file uses Myers throughout
// and differs now and then, in either direction.
//
// Work is capped by a count of comparisons, so that a result depends on its
// input alone. Files that cost more are merged by coarser edits: right, but
// conflicting sooner. Result.Note says so.
//
// # Style
//
// Line endings, a byte order mark and the final newline are not part of the
// lines that are compared. Each is a value of its own that merges three ways:
// the user's choice wins, a change that only the template made is applied. Lines
// keep the endings their owner gave them, so mixed endings survive; new lines
// from the template get the ending of the user's file. A carriage return
// anywhere else is content, and so are bytes that are not UTF-8. git sees a
// conflict in most of these cases.
//
// # go.mod, go.work and go.sum
//
// Everybody adds requirements under the same line, so that where the lines of
// these conflict, Merge merges what they say, statement by statement: module, go,
// toolchain, require, replace, exclude, tool, and use, which templates and users
// change. Others stay as the user has them, like comments. Of two
// versions it takes the higher, but only if both sides went up: who went back
// had a reason. A comment stays with the version that it was written for. What
// one side excludes is never required. Where that decides a statement it is
// named in Result.Notes, and where it does not, that statement alone is a conflict.
//
// The result is ours' file with statements changed, taken out and put in. It is
// taken only if it reads back as what was decided, comments and all, and
// Result.Note asks for review. Lines that merge clean but say a thing twice, or
// require what they exclude, go the same way; where statements do not decide it
// either, all lines that are at odds become conflicts.
//
// # Steps
//
// What lines leave in conflict may be decided by what they say. Each step is tried only
// where the one before left a conflict:
//
//  1. The rules of package settle, on each conflict of lines.
//  2. The entries of the file, with these rules on what they leave.
//  3. Both again, with the last rule: a small change to what the user deleted stays out.
//
// Of results that still conflict the one with the fewest lines in conflict is taken, but
// not lines that, outside of their conflicts, bring back an entry that a side deleted.
// Result.Settled names what was decided. A file with more than 3,000 lines, 128 KB or 300
// conflicts is left as lines merged it, because a program wrote it; Result.Note says so.
//
// Entries are the keys and items that package outline finds. They are matched by key:
//
//   - What one side alone added, changed, deleted or put elsewhere is taken. What both
//     changed is merged entry by entry, and an entry without entries by its lines.
//   - What both have keeps its place, in the order of the side that changed the order;
//     what one side added comes after the entry that it follows there. Where both added
//     something at one place, ours comes before theirs if the order of the list does not
//     count.
//   - A conflict, of these entries and nothing beside them, is what both added at one
//     place of a list in order, or under one key with different content; what one side
//     deleted or replaced and the other changed; what both replaced by different entries;
//     and an order that both changed, not alike.
//   - Where a key stands twice in a list, the list is merged by lines.
//   - Of several documents in a YAML file, those that are objects of Kubernetes are
//     entries, with kind, namespace and name for a key. New ones come after each other.
//
// Nothing is taken on trust. A result by entries must read back as the entries that were
// decided, whichever side its conflicts are decided for; it must have each line as often
// as the sides account for; and it must pass the gate below. Else it is thrown away.
//
// # Code
//
// Where the lines of Go or Python conflict, imports, declarations and what stands one on
// a line in them are merged by their names: fields, methods, keys, names of an import.
// New imports of both sides come one after the other, as do fields, because their order
// does not count, and as do assignments of Python of which each gives a name a value that
// needs no other; two new functions at one place conflict, because nothing says which is
// first. Within a function it is lines.
//
// The result parses. In Go it imports what it uses and nothing else, as far as its
// sources tell; in Python no name is lost that a side imports. A Go file of which all
// three sources are formatted is formatted too, and its fields may move: there alone a
// line may be none of an input, because CI refuses what gofmt would change.
//
// # The gate
//
// Lines that merge clean may be wrong: they say a thing twice, or put a change into
// another of several blocks that are alike. So where both sides changed a file, Merge
// reads the keys of all three and of the result, by package keys, and holds the result
// to these rules. Where it breaks one, there is a conflict after all, and Result.Notes
// says why:
//
//   - No key stands twice that stands twice in no input; nor does an item of a list that
//     is a mapping with one name, nor an object of Kubernetes.
//   - What one side alone changed, at a key that all files have, is there as that side has
//     it. Where both changed a value on one line, the result does not have one of the two
//     without a conflict.
//   - What a side added beside such keys is there too, and not below keys that the other
//     took out.
//   - What a side added to a list is in that list, and not in one like it; what all have
//     in a list stays in it. A list that one side alone has is as that side has it.
//   - What one side deleted is not there because the other changed it.
//   - What one side took out is gone, though the other put it, as it was, at another
//     place: lines that both took out of their place would come back there.
//
// Some of what it sees is no conflict:
//
//   - An item that stands twice in a list, and in no input, is kept once, unless the
//     order of the list counts or a comment belongs to the item.
//   - Where a side gave a key another name, a note says that the other's change of its
//     value went along.
//   - Other lines that both added, and that now stand twice, get a note.
//
// Blocks without a name are alike, so that lines may take one for another where no line that is
// unique stands between changes of both sides, or where a line moved. There Merge compares
// stanzas: a line with the lines below it that are indented more. In each list of them a stanza
// must stand as often as both sides account for it, or be what both made of one of base. A change that
// adds no line of base and takes out none that its side still has can only be what it seems.
//
// And code must import what it uses, where one side took out an import that the other's new code
// needs; a Go file nothing more, where both took out uses of a package; and no two by one name,
// where both added imports.
//
// If entries decide what the gate found, or make fewer lines of it a conflict, their
// result is taken. Where one side of a conflict would break a rule too, all changes become
// conflicts. A file that package keys does not read passes.
//
// # Not for
//
// This package does not resolve what it could only guess: it never joins two insertions
// at one place where their order counts, never takes both of two changes that touch, and
// never merges within a line. It does not know whether the merged program is right,
// follow renames (Similarity only measures), merge modes, or refuse binary or huge
// files: callers ask Binary first.
package merge
