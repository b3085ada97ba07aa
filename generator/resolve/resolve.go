// Package resolve decides the conflicts that a regenerate left in a project: hunk by
// hunk, for one side, in an editor, in a merge tool, or by a document that a program
// fills in.
//
// [Open] reads what is open, whoever decides puts an [Answer] to each [Hunk], and
// [Session.Plan] says what becomes of the files. All is written at once, or nothing; so
// an interrupt leaves the project as it was.
//
// What can be done depends on what the run left. Markers in a file are hunks, and each
// is decided on its own. A file beside the user's is one hunk, the whole file: the
// user's stays and the other goes, or the template's takes its place, or both become one
// in an editor. They are not joined, because two whole files after each other are none.
// What is no text has no lines to edit, and a link or folder that stands where a file
// should be is never replaced. The markers of another merge are not ours, and left to git.
//
// It is not a merge: what lines to choose between was decided when they were written.
package resolve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/apply"
	"scaffold/generator/merge"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/tree"
)

// A Session is the open conflicts of a project, and what was decided about them.
type Session struct {
	Root  string
	Files []*File // those that were named, by path

	found generator.Conflicts
	disk  project.Disk
}

// A File is one conflict, and an answer for each of its hunks.
type File struct {
	Path    string // of the user's file
	Kind    plan.Kind
	Why     string
	Sides   []Side // what may answer
	Hunks   []Hunk
	Answers []Answer

	record         plan.ConflictRecord
	labels         merge.Labels
	text           Text       // of yours, where that has markers
	yours, besides *tree.File // besides is nil where yours has markers; yours is nil where there is none
	edited         []byte     // the whole file, as a merge tool left it; nil for none
}

// Open reads the open conflicts of files of the project at root, or all.
func Open(root string, files []string) (*Session, error) {
	found, err := generator.OpenConflicts(root, files)
	if err != nil {
		return nil, err
	}
	s := &Session{Root: root, found: found}
	var paths []string
	for _, c := range found.Chosen {
		paths = append(paths, c.To, c.Yours())
	}
	if s.disk, err = project.ReadOurs(root, paths, found.Project.Base); err != nil {
		return nil, err
	}
	var errs []error
	for _, c := range found.Chosen {
		f, err := s.openFile(c)
		s.Files, errs = append(s.Files, f), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Session) openFile(c plan.ConflictRecord) (*File, error) {
	f := &File{Path: c.Yours(), Kind: c.Kind, record: c, labels: s.found.Labels}
	if have, ok := s.disk.Files.Find(f.Path); ok {
		f.yours = &have
	}
	if plan.IsBeside(c.To) {
		return f, s.openBeside(f)
	}
	if f.yours == nil || !f.yours.Mode.IsRegular() {
		return nil, fmt.Errorf("read %s: it changed meanwhile", f.Path)
	}
	pristine, _ := s.found.Project.Base.Find(c.Path)
	var err error
	if f.text, err = Parse(f.yours.Data, f.labels, pristine.Data); err != nil {
		return nil, problem.WithHint(problem.Input("%s:%w", f.Path, err), "take the lines that mark it out by hand; scaffold restore FILE takes the template's version; whoever names other files resolves those")
	}
	f.Why = "you and the template changed the same lines"
	if c.Kind == plan.AddAdd {
		f.Why = "you and the template both added it"
	}
	f.Sides, f.Hunks = []Side{Mine, Template, Both, Other}, f.text.Hunks
	f.Answers = make([]Answer, len(f.Hunks))
	return f, nil
}

// openBeside makes a hunk of two whole files.
func (s *Session) openBeside(f *File) error {
	beside, ok := s.disk.Files.Find(f.record.To)
	if !ok || !beside.Mode.IsRegular() {
		return problem.WithHint(problem.Input("%s is no file", f.record.To), "remove it, which resolves the conflict for yours")
	}
	f.besides = &beside
	f.Why = "the template's is in " + f.record.To
	f.Answers = make([]Answer, 1)
	blocked := slices.ContainsFunc(s.disk.Blocking, func(b tree.File) bool { return strings.HasPrefix(f.Path+"/", b.Path+"/") })
	switch {
	case blocked || f.yours != nil && !f.yours.Mode.IsRegular():
		f.Why += ", because something else stands in its place"
		f.Sides, f.Hunks = []Side{Mine}, []Hunk{{}}
	case merge.Binary(beside.Data) || f.yours != nil && merge.Binary(f.yours.Data):
		f.Sides, f.Hunks = []Side{Mine, Template}, []Hunk{{}}
	default:
		h := Hunk{Template: linesOf(beside.Data)}
		if f.yours != nil {
			h.Mine = linesOf(f.yours.Data)
		}
		f.Sides, f.Hunks = []Side{Mine, Template, Other}, []Hunk{h}
	}
	return nil
}

func linesOf(data []byte) []string { return slices.Collect(strings.Lines(string(data))) }

// Sum is of the bytes that the conflict was read from: it is another if they changed.
func (f *File) Sum() string {
	if f.besides == nil {
		return f.yours.Sum()
	}
	both := f.besides.Sum()
	if f.yours != nil {
		both += f.yours.Sum()
	}
	return tree.File{Data: []byte(both)}.Sum()
}

// Answer decides a hunk, counted from 0. It refuses what does not go with the conflict,
// and text with a line that would mark one.
func (f *File) Answer(hunk int, a Answer) error {
	if a.Side != "" && !slices.Contains(f.Sides, a.Side) {
		var sides []string
		for _, s := range f.Sides {
			sides = append(sides, string(s))
		}
		return problem.Input("%s: a conflict of the kind %q is not resolved by %q: it may be %s", f.Path, f.Kind, a.Side, strings.Join(sides, ", "))
	}
	if merge.HasMarkers([]byte(a.Text), f.labels) {
		return problem.Input("%s: hunk %d: the text has a line that marks a conflict", f.Path, hunk+1)
	}
	f.Answers[hunk] = a
	return nil
}

// AnswerAll decides every hunk for one side. What cannot be that side's stays open.
func (s *Session) AnswerAll(side Side) {
	for _, f := range s.Files {
		if slices.Contains(f.Sides, side) {
			f.Answers = same(side, len(f.Hunks))
		}
	}
}

// open counts the hunks that have no answer.
func (f *File) open() int {
	n := 0
	for _, a := range f.Answers {
		if a.Side == "" {
			n++
		}
	}
	return n
}

func (f *File) resolved() bool {
	if f.edited != nil {
		return !merge.HasMarkers(f.edited, f.labels)
	}
	return f.open() == 0
}

// Decided reports whether anything is to be written.
func (s *Session) Decided() bool {
	return slices.ContainsFunc(s.Files, func(f *File) bool { return f.edited != nil || f.open() < len(f.Answers) })
}

// Resolved returns the paths of the files of which nothing is open any more.
func (s *Session) Resolved() []string {
	var paths []string
	for _, f := range s.Files {
		if f.resolved() {
			paths = append(paths, s.disk.At(f.Path))
		}
	}
	return paths
}

// Left counts the conflicts of the project that stay open, also in files that were not
// named.
func (s *Session) Left() int {
	n := len(s.found.Open) - len(s.Files)
	for _, f := range s.Files {
		if !f.resolved() {
			n++
		}
	}
	return n
}

// Plan returns what becomes of the files by the answers. The project forgets the
// conflicts that are resolved.
func (s *Session) Plan() (plan.Plan, error) {
	var p plan.Plan
	gone := make(map[string]bool)
	for _, f := range s.Files {
		p.Steps = append(p.Steps, f.steps()...)
		gone[f.record.Path] = f.resolved()
	}
	slices.SortStableFunc(p.Steps, func(a, b plan.Step) int { return strings.Compare(a.Path, b.Path) })
	p = p.At(s.disk.At)
	if !s.Decided() {
		return p, nil
	}
	left := slices.DeleteFunc(slices.Clone(s.found.Open), func(c plan.ConflictRecord) bool { return gone[c.Path] })
	var err error
	p.State, err = s.found.Project.KeepConflicts(slices.Clip(left))
	return p, err
}

// Apply writes what p, a plan of the session, says. It notes what of a file could not be
// kept.
func (s *Session) Apply(ctx context.Context, p plan.Plan, note func(string)) error {
	if !s.Decided() {
		return nil
	}
	return apply.Options{Note: note}.Update(ctx, s.Root, p, "scaffold resolve")
}

// steps returns what the answers do, and for what stays open a step that does nothing.
func (f *File) steps() []plan.Step {
	if f.besides != nil {
		return f.besideSteps()
	}
	s := plan.Step{Path: f.Path, To: f.Path, Verb: plan.Merge, Named: true, Ours: f.yours, Why: f.describe()}
	if !f.resolved() {
		s.Verb, s.Kind = plan.Conflict, f.Kind
	}
	after := *f.yours
	switch {
	case f.edited != nil:
		after.Data = f.edited
	case f.open() < len(f.Hunks):
		after.Data = f.text.Resolve(f.Answers)
	default:
		return []plan.Step{s}
	}
	s.After = &after
	return []plan.Step{s}
}

func (f *File) besideSteps() []plan.Step {
	to := f.record.To
	away := plan.Step{Path: to, To: to, Verb: plan.Delete, Named: true, Ours: f.besides}
	s := plan.Step{Path: f.Path, To: f.Path, Verb: plan.Update, Named: true, Ours: f.yours, Why: f.describe()}
	after := *f.besides
	after.Path = f.Path
	switch a := f.Answers[0]; a.Side {
	case "":
		return []plan.Step{{Path: f.Path, To: to, Verb: plan.Conflict, Kind: f.Kind, Named: true, Why: f.Why}}
	case Mine:
		away.Why = "yours kept"
		return []plan.Step{away}
	case Other:
		after.Data = []byte(a.Text)
	}
	if f.yours == nil {
		s.Verb = plan.Create
	} else { // a file that the user made private stays private
		after.Mode = plan.WithExecute(f.yours.Mode.Perm(), tree.Executable(after.Mode))
	}
	s.After = &after
	return []plan.Step{s, away}
}

// describe says how the hunks were decided: 1 yours, 2 the template's, 1 left.
func (f *File) describe() string {
	if f.edited != nil {
		return "as the merge tool left it"
	}
	var said []string
	for _, row := range []struct {
		side Side
		say  string
	}{{Mine, "yours"}, {Template, "the template's"}, {Both, "both"}, {Other, "edited"}, {"", "left"}} {
		n := 0
		for _, a := range f.Answers {
			if a.Side == row.side {
				n++
			}
		}
		switch {
		case n == 0:
		case n == len(f.Answers) && n == 1:
			said = append(said, row.say)
		default:
			said = append(said, fmt.Sprintf("%d %s", n, row.say))
		}
	}
	return strings.Join(said, ", ")
}

// IsText reports whether the conflict shows lines.
func (f *File) IsText() bool { return slices.Contains(f.Sides, Other) }

// Why says what is in conflict.
func (h Hunk) Why() string {
	switch {
	case h.Line == 0:
		return "two whole files"
	case len(h.Base) == 0:
		return "both added lines here"
	case len(h.Mine) == 0:
		return "you deleted what the template changed"
	case len(h.Template) == 0:
		return "the template deleted what you changed"
	}
	return "both changed these lines"
}
