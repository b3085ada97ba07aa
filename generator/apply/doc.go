// Package apply makes the disk what a plan says: the only writer.
//
// It consults nothing but the plan. It follows no symbolic link and never opens
// an existing file for writing.
//
// [Options.New] builds a project in a sibling folder, syncs it, and renames it to its
// name without replacing, so that whatever happens before that (an error, a
// signal, a power cut) the target is as it was.
//
// [Options.Update] changes a project, all or nothing; [Options.Adopt] does so where
// there is none yet:
//
//   - It takes the lock and checks that every file it writes is what the plan saw.
//   - It writes all new files to .scaffold-state/stage, syncs them, and then
//     writes and syncs a journal.
//   - It exchanges staged and old files, one by one, the state last, so that the
//     stage now holds what it replaced, and syncs the folders.
//   - It looks at what it replaced: if somebody saved meanwhile, all goes back.
//   - It renames the stage to .scaffold-state/undo, which is the end of the run,
//     and all that [Options.Undo] needs.
//
// A run that fails, one that was interrupted ([Options.Recover]) and one that the
// user wants undone are taken back by the same code, because what is tried so often
// is right. It goes by the journal and by what is on the disk, never by how far the
// run said it came, because it may be cut short and begun again. After a kill the
// project is the old one.
//
// All renames are within one file system; a folder of the project that is on
// another is an error that names it. Where a file system cannot exchange two
// names, there is a moment in which a file is missing.
//
// The guarantees are Linux's. macOS exchanges names too, but looks before it
// renames; elsewhere there is, besides, a moment in which what another program
// saves would be replaced. Windows syncs no folders.
//
// To read it, begin with apply.go, where a run begins, and go on with verify.go,
// journal.go, run.go (forward) and back.go. A new project is new.go. What a disk can
// do is disk.go, and how each system does it the files named after it.
package apply
