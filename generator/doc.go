// Package generator turns a pack and answers into a project, and later brings
// the project up to date. This page is the architecture note.
//
//	templates.FS ── pack.Load ──────────────► Pack ─┐
//	flags, file, terminal ── answer.Resolve ► Answers ─┴► render ──► theirs  (pristine Tree)
//	.scaffold-state/base.zip ─ project ─────► State, base (pristine Tree)  │
//	working directory ── tree.Read ─────────► ours                         │
//	                                          │                            │
//	                                          └──► plan.Make(base, ours, theirs) ──► Plan
//	                                                   ├─► report: text, diff, JSON
//	                                                   └─► apply: the only writer
//
// A file a command: new.go, regenerate.go, status.go (with diff) and restore.go
// (with undo), in the order in which they use one another; below them what they
// share: update.go, answers.go, look.go, find.go and generator.go.
//
// Stages are functions from values to a value; only the last has an effect. So
// a new project is the same pipeline with an empty base and an empty ours, and
// a dry run is that pipeline stopped before its last stage: it cannot lie.
//
// # Packages
//
//   - tree: immutable sorted sets of files, and which paths are safe
//   - pack: where packs come from; pack.yaml and files/, validated
//   - answer: one value for every question, from flags, files or a person
//   - render: templates and answers in, files out
//   - merge: one file, three ways
//   - plan: the decision table
//   - apply: the only writer
//   - project: scaffold.yaml and .scaffold-state
//   - report: what people and programs see of a plan
//   - console: one command each: options in, one call, a report out
//   - git: what git knows, without running what a repository names
//   - strictyaml: YAML read without guessing
//   - problem: whose fault an error is, and what to do next
//
// tree, merge, pack and the last three are leaves but for one another; main
// imports generator, console, report, answer, pack and templates. A
// test keeps the direction.
//
// # Invariants
//
//  1. Render is pure: same pack and answers, same bytes, on every machine, every
//     time.
//  2. Nothing but apply writes; nothing below main exits, prints or reads the
//     environment.
//  3. Apply is determined by the plan alone, and refuses if a file that it writes
//     or deletes is not the bytes the plan saw. What is kept may be edited
//     meanwhile: base.zip remembers the template's bytes, so the next run sees it.
//  4. Every iteration is sorted; no output depends on map order, time or chance.
//  5. State is written last and atomically.
//  6. A conflict is a value, not an error.
//  7. Paths are slash-separated, clean, relative, inside the project; no symbolic
//     link is followed, not even inside it.
//
// It is not a library for others to import: the module is the command.
package generator
