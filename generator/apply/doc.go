// Package apply makes the disk what a plan says: the only writer.
//
// It consults nothing but the plan. It follows no symbolic link and never opens
// an existing file for writing.
//
// [Options.New] builds a project in a sibling folder, syncs it, and renames it to its
// name without replacing, so that whatever happens before that (an error, a
// signal, a power cut) the target is as it was.
//
// [Options.Update] changes a project, all or nothing:
//
//   - It takes the lock and checks that every file it writes is what the plan saw.
//   - It writes all new files to .scaffold-state/stage, syncs them, and then
//     writes and syncs a journal: from here on, recovery goes forward.
//   - It exchanges staged and old files, one by one, the state last, and looks
//     at what came out: if somebody saved meanwhile, all goes back. What it
//     replaced is now in the stage.
//   - It syncs the folders and renames the stage to .scaffold-state/undo, which
//     is the end of the run, and all that [Options.Undo] needs.
//
// [Recover] needs only the journal and the sums of what is on disk, and may be
// cut short and begun again. Undo is an update like any other, made from the
// undo data.
//
// The guarantees are Linux's. macOS exchanges names too, but looks before it
// renames; elsewhere there is a moment, in the exchange of a file, in which it
// is missing, and one in which what another program saves would be replaced.
// Windows syncs no folders.
package apply
