// Package generator turns a pack and answers into a project, and later brings
// the project up to date. This page is the architecture note.
//
//	templates.FS ── pack.Load ─────────────────► Pack ─┐
//	flags, file, terminal ── answer.Resolve ► Answers ─┴► Run.Render ──► theirs (pristine Tree)
//	.scaffold-state/base.zip ── project.Open ► Project, base (pristine Tree) │
//	working directory ── project.ReadOurs ───► ours                          │
//	                                           │                             │
//	                                           └──► plan.Make(base, ours, theirs) ──► Plan
//	                                                    ├─► report: text, diff, JSON
//	                                                    └─► apply: the only writer
//
// Stages are functions from values to a value; only the last has an effect. So
// a new project is the same pipeline with an empty base and an empty ours, and
// a dry run is that pipeline stopped before its last stage: it cannot lie.
//
// Base is what the template wrote last time, ours what the user has now, theirs what
// the template writes now. Base and theirs are pristine: as rendered, without an edit of
// anybody. A conflict is where both sides changed the same, and not alike. A once-file
// is the user's from the first edit on: nothing is merged into it but the path of its
// module in imports.
//
// Of a command this package has the decisions, and package console what is read and
// printed: new.go, regenerate.go (with verify.go), status.go (with diff) and restore.go
// (with undo). What these share stands in update.go, answers.go, answersfile.go, look.go,
// find.go and generator.go. No file uses one above it.
//
// # Packages
//
// The pipeline, in the order in which the data goes through it:
//
//   - tree: immutable sorted sets of files, and which paths are safe
//   - source: where packs come from: the program, folders, modules, repositories
//   - pack: pack.yaml and files/, validated; or a Go module as it is
//   - answer: one value for every question, from flags, files or a person
//   - render: templates and answers in, files out
//   - project: scaffold.yaml and .scaffold-state, and what is on disk
//   - index: the sums of files that have not changed since they were read
//   - plan: the decision table
//   - merge: one file, three ways
//   - settle: rules for what lines leave in conflict
//   - outline: the entries of a file, such as keys, sections and declarations
//   - keys: what a file defines, and at which lines
//   - verify: whether a project as it would be passes a command
//   - apply: the only writer
//
// What other commands decide, from the same values:
//
//   - adopt: a project made of what is there, by the render that is nearest
//   - resolve: the conflicts that a run left, and what is decided about them
//   - trace: who wrote a line, and edits given back to templates
//   - author: what whoever writes packs needs: lint, cases, upgrades
//   - trial: what a coming version of a pack would do to projects
//
// What a person or a script has to do with:
//
//   - arguments: a command line in order, and where in it somebody types
//   - console: one command each: options in, one call, a report out
//   - form: all questions of a new project, asked of a person
//   - report: what people and programs see of a plan
//   - terminal: how large it is, and the user's pager
//
// What any of them may use:
//
//   - git: what git knows, without running what a repository names
//   - process: programs that end with what started them
//   - lock: one process at a time
//   - strictyaml: YAML read without guessing
//   - words: a name as files, shells and languages want it
//   - problem: whose fault an error is, and what to do next
//   - lazyregexp: regular expressions compiled where they are first used
//
// For tests alone:
//
//   - source/proxytest: Go module proxies
//   - merge/replaytest: template histories, and edits of them
//   - render/rendertest: random templates
//
// Who may import whom is a table in imports_test.go.
//
// # Invariants
//
//  1. Render is pure: same pack and answers, same bytes, on every machine, every
//     time.
//  2. Nothing but apply writes into a project. Outside of it, source writes mirrors of
//     repositories into the cache, verify a copy that a command is tried in, resolve what
//     an editor or merge tool is given, and author the projects of a pack's tests.
//     Git's index changes by regenerate --index and new --git alone.
//  3. Nothing below main exits, prints or reads the environment.
//  4. Apply is determined by the plan alone, and refuses if a file that it writes
//     or deletes is not the bytes the plan saw. What is kept may be edited
//     meanwhile: base.zip remembers the template's bytes, so the next run sees it.
//     What the index says need not be read is read where it is replaced, but for
//     base.zip, which nobody edits.
//  5. Every iteration is sorted; no output depends on map order, time or chance.
//  6. State is written last and atomically.
//  7. A conflict is a value, not an error.
//  8. Paths are slash-separated, clean, relative, inside the project; no symbolic
//     link is followed, not even inside it.
//
// It is not a library for others to import: the module is the command.
//
// # Where to start
//
// An answer, from its flag to a file:
//
//  1. main.questionFlag makes a flag of each question, arguments.Order puts flags
//     first, and main.flagAnswers reads what was given as an answer.Layer.
//  2. console.Console.New adds --set, the answers file and the user's defaults, and
//     calls generator.Generator.PlanNewBy.
//  3. answer.Resolve takes the strongest layer that answers a question, or asks,
//     or takes the default; pack.Question.Check says what an answer may be.
//  4. render.Run.Render fills the templates, and plan.Make creates every file.
//  5. apply.Options.New writes them, and what project.State.Steps remembers. In a
//     folder that is there, generator.Generator.planInto plans an update from
//     nothing instead, and apply.Options.Adopt writes that. In regenerate,
//     generator.Generator.findUnrecorded compares the answers with scaffold.yaml,
//     and project.Splice edits there only the lines that differ.
//
// A file that a user changed, through regenerate:
//
//  1. generator.PlanUpdate opens the project (project.Open), and has
//     generator.Generator.renderAndPlan render theirs.
//  2. generator.looker.readTrees reads ours (project.ReadOurs).
//  3. plan.Make takes for each path the first of plan.rows that matches: the last
//     one merges.
//  4. merge.Merge compares both sides with base; where their changes touch,
//     merge.merger.settle decides what it can, and merge.merger.writeConflict writes
//     the rest between markers.
//  5. apply.Options.Update writes the plan; report.Update shows it, and by
//     plan.Step.SettledNotes what was settled.
//
// A file that the user moved; package plan says more of it under Moves:
//
//  1. plan.NeedsOthers says whether a file is missing, and the template changed it.
//     Then project.ReadOthers reads what may be that file.
//  2. plan.newMaker finds what the template moved, and then what the user did:
//     plan.maker.findUserMoves pairs what is missing with what is there, by content,
//     and plan.maker.judgeLookalike says what speaks against a pair.
//  3. If nothing does, plan.triple.follow makes that file ours, and the rows of the
//     table decide about it as about any other.
//  4. plan.triple.write puts the change to where the file is now. If one only looks
//     like it, plan.triple.gone names that, and leaves the change for a later run if
//     it may be the file.
//  5. plan.Plan.NextBase keeps the template's path, so that each run finds the move
//     anew. For status, plan.Followed finds it and decides nothing.
//
// What happens at kill -9:
//
//  1. apply.Options.Update has staged all new files and written a journal before
//     the first file is exchanged (apply.run.commit); base.zip is the last.
//  2. What is killed leaves the journal. Only looking, generator.Pending says so.
//  3. The next command that writes calls generator.Recover first, and that
//     apply.Options.Recover.
//  4. That takes back what the journal names by the code of apply.Options.Undo;
//     what somebody saved since is kept, and what it was goes beside it.
//  5. The journal goes last, so that recovery may be killed and begun again.
package generator
