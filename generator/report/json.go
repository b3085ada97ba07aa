package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/merge"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
)

// JSONSchema is the version of all documents. Keys are added without a new one; none
// changes its meaning or goes away.
const JSONSchema = 2

// A head begins each document. The tags of these types are their only description:
// [Schema] and the tables of docs/json.md are made of them.
type head struct {
	Schema int    `json:"schema" one:"2" says:"the version of all of these"`
	Kind   string `json:"kind" says:"which document it is, by the name that scaffold schema has for it"`
}

func headOf(kind string) head { return head{JSONSchema, kind} }

type document struct {
	head
	Target    string         `json:"target" says:"the project's folder"`
	Pack      string         `json:"pack" says:"the pack's name"`
	Version   string         `json:"version" says:"its version, which the project is at, or would be"`
	Newest    string         `json:"newest,omitempty" says:"the newest version of the pack that is known here; nothing is fetched to know it"`
	Applied   bool           `json:"applied" says:"whether something was written: false with --dry-run, --check and --diff, and where there was nothing to do"`
	OutOfDate bool           `json:"outOfDate" says:"whether something would change and was not applied"`
	Exit      int            `json:"exit" says:"the exit status that this project asks for"`
	Answers   map[string]any `json:"answers" says:"each question's answer, as YAML has it: text, number, true or false, or a list"`
	Steps     []jsonStep     `json:"steps" says:"what happens to each file, sorted by path, without those that stay as they are and of which there is nothing to say"`
	Kept      int            `json:"kept" says:"how many those are: --json=all lists them too, and then it is 0"`
	Conflicts int            `json:"conflicts" says:"how many of the steps are conflicts"`

	From    *Version     `json:"from,omitempty" says:"the pack and version that the last run wrote; not for new"`
	Source  *Source      `json:"source,omitempty" says:"where the pack comes from, if the last run had it from elsewhere"`
	Changed []jsonChange `json:"changed,omitempty" says:"answers that are others than last time"`
	News    []jsonNews   `json:"news,omitempty" says:"what the pack says of the versions in between"`
	Notes   []string     `json:"notes,omitempty" says:"what else a person would be told, a sentence each"`
	Origin  *Origin      `json:"origin,omitempty" says:"which module or repository the pack is from"`
	Open    []jsonOpen   `json:"open,omitempty" says:"conflicts of an earlier run that are not resolved: then nothing was done"`
	Verify  *Verified    `json:"verify,omitempty" says:"what came of --verify"`
	Error   *Failure     `json:"error,omitempty" says:"what failed after the files were written"`
}

// A Source is where a pack comes from that the last run did not use.
type Source struct {
	Name string `json:"name" says:"as scaffold.yaml has it now"`
	Path string `json:"path,omitempty" says:"the folder it leads to"`
	Was  string `json:"was" says:"as the last run had it"`
}

// An Origin is where a pack comes from: a module or a repository.
type Origin struct {
	Source  string `json:"source" says:"as --pack takes it, without the version"`
	Version string `json:"version" says:"the version"`
	Commit  string `json:"commit,omitempty" says:"of the repository, if it is known"`
	Digest  string `json:"digest" says:"of the pack's content, by which a tag that was moved is found out"`
}

// A Verified is what came of a command that the merged files should pass.
type Verified struct {
	Command   string   `json:"command" says:"what was run"`
	Passed    bool     `json:"passed" says:"whether the files that are written pass it"`
	Why       string   `json:"why,omitempty" says:"why they were not held to it, as if yours fail it already"`
	Output    string   `json:"output,omitempty" says:"the end of what it said, where it failed"`
	TakenBack []string `json:"takenBack,omitempty" says:"files that are merged by lines alone since"`
	BrokenBy  []string `json:"brokenBy" says:"those of them that broke it"`
}

// A Failure is an error, as standard error has it in lines.
type Failure struct {
	Message string   `json:"message" says:"what failed and why; of several faults a line each"`
	Hints   []string `json:"hints" says:"what to do about it"`
}

type jsonError struct {
	head
	Target string  `json:"target,omitempty" says:"the project's folder; of several projects one that is not found as it was named"`
	Error  Failure `json:"error" says:"what is wrong"`
	Exit   int     `json:"exit" says:"the exit status that this asks for"`
}

// Totals are what a run on several projects came to.
type Totals struct {
	Projects  int            `json:"projects" says:"how many were named"`
	Left      int            `json:"left,omitempty" says:"how many of them were not looked at, because the run was interrupted"`
	ByExit    map[string]int `json:"byExit" says:"how many projects ask for each exit status"`
	OutOfDate int            `json:"outOfDate" says:"how many are out of date"`
	Conflicts int            `json:"conflicts" says:"how many have conflicts that need somebody"`
	Failed    int            `json:"failed" says:"how many have an error"`
	Exit      int            `json:"exit" says:"the worst of their exit statuses, which is the command's"`
}

type jsonTotals struct {
	head
	Totals
}

type jsonChange struct {
	Name string `json:"name" says:"the question"`
	Old  any    `json:"old" or:"null" says:"the answer of last time, or null"`
	New  any    `json:"new" or:"null" says:"the answer now, or null"`
	From string `json:"from,omitempty" says:"the question's name last time"`
}

type jsonNews struct {
	Version string `json:"version" says:"the version"`
	Text    string `json:"text" says:"what it has that those before had not"`
}

type jsonOpen struct {
	Path string `json:"path" says:"the file"`
	Kind string `json:"kind" says:"as of a step"`
	To   string `json:"to" says:"the file that has it: itself, or the one beside it"`
}

type jsonStep struct {
	Path string `json:"path" says:"the file, by the template's path"`
	Verb string `json:"verb" one:"create,update,merge,conflict,delete,keep,forget" says:"what happens to it"`
	Why  string `json:"why,omitempty" says:"the words of the report"`
	To   string `json:"to,omitempty" says:"where it is written: elsewhere than path if you moved it, or if it goes beside yours"`
	Mode string `json:"mode,omitempty" says:"the file's mode, as 0644"`
	Size int    `json:"size" says:"its bytes; 0 where nothing is written"`
	Sum  string `json:"sha256,omitempty" says:"of what is written"`
	Kind string `json:"kind,omitempty" one:"content,add/add,type change,binary,once,markers" says:"of a conflict, what it is about"`
	From string `json:"from,omitempty" says:"where the file was before the template moved it"`

	Notes []string   `json:"notes,omitempty" says:"what the merge chose between"`
	Hunks []jsonHunk `json:"hunks,omitempty" says:"the places where both sides changed the same lines"`
}

// A jsonHunk is a place where both sides changed the same lines: a step settled it, or
// it is in conflict.
type jsonHunk struct {
	Step   string   `json:"step,omitempty" says:"what settled it; without it, it is a conflict"`
	Said   string   `json:"said,omitempty" says:"what was decided, in words"`
	Line   int      `json:"line" says:"the line of the file, from 1; of a conflict, of its first marker; 0 if it came to stand in several places, or is nowhere because the template's file is beside yours"`
	Lines  []string `json:"lines,omitzero" says:"what came of it, if that is in one place"`
	Base   []string `json:"base" says:"the lines as the template wrote them last time"`
	Ours   []string `json:"ours" says:"yours"`
	Theirs []string `json:"theirs" says:"the template's now"`
}

// A Run is what reports say of an update, or of a new project, beside its plan.
type Run struct {
	Target, Pack, Version string
	Newest                string // known here, or ""
	Dry                   bool   // nothing was to be written
	Applied, OutOfDate    bool
	Exit                  int
	Answers               answer.Answers
	From                  *Version // nil for a new project
	Source                *Source  // nil where it is the same as last time
	Changed               []answer.Change
	News                  []pack.Note // of the versions in between
	Notes                 []string
	Origin                *Origin // nil for a pack of the program or of a folder
	Open                  []plan.ConflictRecord
	Verify                *Verified // nil where nobody asked
	Error                 error     // what failed once the files were written
	Command               string    // what did this in the project, or would
}

// A Form is how a document is written.
type Form struct {
	All  bool // lists also files that stay as they are
	Line bool // in one line, because others follow
}

// JSON writes the run and its plan as one document.
func JSON(w io.Writer, run Run, p plan.Plan, form Form) error {
	d := document{
		head: headOf("report"), Target: run.Target, Pack: run.Pack, Version: run.Version, Newest: run.Newest,
		Applied: run.Applied, OutOfDate: run.OutOfDate, Exit: run.Exit, Answers: run.Answers.Data(), Conflicts: p.Count(plan.Conflict),
		From: run.From, Source: run.Source, Notes: run.Notes, Origin: run.Origin, Verify: run.Verify,
	}
	for _, c := range run.Changed {
		d.Changed = append(d.Changed, jsonChange{c.Name, c.Old, c.New, c.Renamed})
	}
	for _, n := range run.News {
		d.News = append(d.News, jsonNews(n))
	}
	d.Open = openOf(run.Open)
	d.Steps, d.Kept = stepsOf(p, form.All)
	if run.Error != nil {
		failure := FailureOf(run.Error)
		d.Error = &failure
	}
	return writeDocument(w, d, form.Line)
}

// FailureOf returns err as a document has it.
func FailureOf(err error) Failure {
	return Failure{Message: strings.Join(ErrorLines(err), "\n"), Hints: notNil(problem.Hints(err))}
}

// An error is cut in lines and in bytes of one, because the state and packs are a
// stranger's: they may have a name of 16 MB, or 20,000 names.
const (
	maxLines = 100
	maxLine  = 2_000
)

// ErrorLines returns the lines of an error's message, cut.
func ErrorLines(err error) []string {
	lines := strings.Split(err.Error(), "\n")
	if more := len(lines) - maxLines; more > 0 {
		lines = append(lines[:maxLines], fmt.Sprintf("and %d lines more", more))
	}
	for i, line := range lines {
		if len(line) > maxLine {
			lines[i] = strings.ToValidUTF8(line[:maxLine], "") + "…"
		}
	}
	return lines
}

// JSONError writes what failed on a project, or before one was found, as one document.
func JSONError(w io.Writer, target string, f Failure, exit int, form Form) error {
	return writeDocument(w, jsonError{headOf("error"), target, f, exit}, form.Line)
}

// JSONTotals writes what a run on several projects came to as a line.
func JSONTotals(w io.Writer, t Totals) error {
	return writeDocument(w, jsonTotals{headOf("totals"), t}, true)
}

type jsonChanges struct {
	head
	Target string     `json:"target" says:"the project's folder"`
	Steps  []jsonStep `json:"steps" says:"what happened to each file, sorted by path"`
	Notes  []string   `json:"notes,omitempty" says:"what else a person would be told, a sentence each"`
}

// ChangesJSON writes what restore or undo did as one document.
func ChangesJSON(w io.Writer, target string, p plan.Plan, notes []string) error {
	d := jsonChanges{head: headOf("changes"), Target: target, Notes: notes}
	d.Steps, _ = stepsOf(p, true)
	return writeJSON(w, d)
}

func openOf(conflicts []plan.ConflictRecord) []jsonOpen {
	var open []jsonOpen
	for _, c := range conflicts {
		open = append(open, jsonOpen{c.Path, string(c.Kind), c.To})
	}
	return open
}

// stepsOf returns the steps of p, and how many are left out because nothing is to be
// said of them.
func stepsOf(p plan.Plan, all bool) (steps []jsonStep, left int) {
	steps = []jsonStep{}
	for _, step := range p.Steps {
		if step.Verb == plan.Keep && !step.Named && !all {
			left++
			continue
		}
		j := jsonStep{Path: step.Path, Verb: string(step.Verb), Why: step.Why, Kind: string(step.Kind), From: step.From, Notes: step.Notes, Hunks: hunksOf(step)}
		if f := step.After; f != nil {
			j.To, j.Mode, j.Size, j.Sum = step.To, fmt.Sprintf("%04o", f.Mode.Perm()), len(f.Data), f.Sum()
		}
		steps = append(steps, j)
	}
	return steps, left
}

// A Config says where the user's defaults are, and whether they count.
type Config struct {
	head
	File    string         `json:"file" says:"the file"`
	Exists  bool           `json:"exists" says:"whether it is there"`
	Named   bool           `json:"named" says:"whether SCAFFOLD_DEFAULTS names it, so that it counts with --answers and in CI as well"`
	Off     string         `json:"off,omitempty" says:"why it does not count: SCAFFOLD_DEFAULTS=off or CI=true"`
	Answers map[string]any `json:"answers" says:"what it answers, as YAML has it; templates are not evaluated"`
}

// ConfigJSON writes c with what the defaults answer as a document.
func ConfigJSON(w io.Writer, c Config, answers []answer.Answer) error {
	c.head, c.Answers = headOf("config"), make(map[string]any, len(answers))
	for _, a := range answers {
		c.Answers[a.Name] = a.Value
	}
	return writeJSON(w, c)
}

// hunksOf returns the hunks of a step, by line.
func hunksOf(step plan.Step) []jsonHunk {
	var hunks []jsonHunk
	for _, s := range step.Settled {
		hunks = append(hunks, jsonHunk{s.Step, plan.DescribeSettled(s), s.Line, s.Lines, s.Base, s.Ours, s.Theirs})
	}
	if len(step.Overlaps) > 0 {
		for i, s := range merge.ReadSides(step.After.Data, step.Overlaps) {
			hunks = append(hunks, jsonHunk{Line: step.Overlaps[i].Line, Base: s.Base, Ours: s.Ours, Theirs: s.Theirs})
		}
	}
	for _, s := range step.Contested {
		hunks = append(hunks, jsonHunk{Base: s.Base, Ours: s.Ours, Theirs: s.Theirs})
	}
	for i, h := range hunks {
		h.Base, h.Ours, h.Theirs = notNil(h.Base), notNil(h.Ours), notNil(h.Theirs)
		if h.Step != "" && h.Line > 0 {
			h.Lines = notNil(h.Lines)
		}
		hunks[i] = h
	}
	slices.SortStableFunc(hunks, func(a, b jsonHunk) int { return cmp.Compare(a.Line, b.Line) })
	return hunks
}

// notNil has no lines be [] in JSON, and not null.
func notNil(lines []string) []string { return append([]string{}, lines...) }

// writeJSON writes a document indented.
func writeJSON(w io.Writer, document any) error { return writeDocument(w, document, false) }

// writeDocument writes a document escaped such that no terminal obeys it, which leaves
// it the same document.
func writeDocument(w io.Writer, document any, line bool) error {
	var text strings.Builder
	e := json.NewEncoder(&text)
	if !line {
		e.SetIndent("", "  ")
	}
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		return err
	}
	_, err := io.WriteString(w, Escape(text.String()))
	return err
}
