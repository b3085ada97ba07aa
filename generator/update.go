package generator

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/apply"
	"scaffold/generator/merge"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

// An Update is planned changes to a project: of regenerate, or of restore.
type Update struct {
	Root                  string
	FromPack, FromVersion string
	Pack, Version         string
	Answers               answer.Answers
	Changed               []answer.Change
	News                  []pack.Note  // of the versions in between, oldest first
	Source                *OtherSource // of the pack, where scaffold.yaml has another than the last run used
	Plan                  plan.Plan
	Kept                  []string              // files that stay as they are although the template changed them
	Open                  []plan.ConflictRecord // left from the last run: then nothing is planned
	Stale                 []string              // the user's Go files that import the module by the path it had
	Declined              string                // what newer version scaffold.yaml declines, as a sentence; or ""
	Stays                 bool                  // at its version, because nobody asked for a newer one, and there may be one
	Notes                 []string              // what was decided and might surprise
	Hints                 []string              // what to do about it
	Verified              *Verified             // nil where nobody asked; see Verify

	newer func() []string // lists versions, the oldest first; nil where nothing was planned

	planner *planner // of Plan, for another one; nil where nothing was planned
}

// A planner plans an update of what was read, more than once if it must be otherwise.
type planner struct {
	generator    *Generator
	recorded     project.Project
	looker       *looker
	ours, theirs tree.Tree
	options      plan.Options
	edit         project.Edit
	update       Update // before anything is planned
}

// A Verified is what came of a command that the merged files should pass.
type Verified struct {
	Command  string
	Passed   bool
	Why      string   // why the merged files were not held to it; "" where they were
	Output   string   // the end of what the command said, where it failed
	Settled  []string // files whose merge came from structure, and was taken back
	BrokenBy []string // those of them that broke it
}

// Failed reports whether the merged files fail where all that was merged passes. It
// takes nil for not.
func (v *Verified) Failed() bool { return v != nil && !v.Passed && v.Why == "" }

// UpToDate reports whether there is nothing to do.
func (u Update) UpToDate() bool { return len(u.Open)+len(u.Plan.State) == 0 && !u.Writes() }

// Newer returns the newest release of the pack that is known without a network, where the
// project stays at an older one and scaffold.yaml does not decline it, or "".
func (u Update) Newer() string {
	if !u.Stays {
		return ""
	}
	versions := append([]string{""}, u.newer()...)
	return versions[len(versions)-1]
}

// OnlyKept reports whether nothing would change but the version that the project
// remembers, because scaffold.yaml keeps out what the template changed.
func (u Update) OnlyKept() bool {
	return len(u.Open)+len(u.Changed) == 0 && u.Source == nil && !u.Conflicted() && u.Plan.OnlyKept()
}

// Remembers reports whether the state changes.
func (u Update) Remembers() bool { return len(u.Open) == 0 && len(u.Plan.State) > 0 }

// Writes reports whether a file of the project changes, its state apart.
func (u Update) Writes() bool { return slices.ContainsFunc(u.Plan.Steps, plan.Step.Writes) }

// Conflicted reports whether something is left for the user to resolve.
func (u Update) Conflicted() bool {
	return len(u.Open)+len(u.Stale) > 0 || u.Plan.Count(plan.Conflict) > 0 || u.Verified.Failed()
}

// Generator returns what planned u, or nil where nothing was planned.
func (u Update) Generator() *Generator {
	if u.planner == nil {
		return nil
	}
	return u.planner.generator
}

// Pristine returns what the template wrote last, and what it writes now: what was merged
// with the user's files.
func (u Update) Pristine() (base, theirs tree.Tree) {
	if u.planner == nil {
		return tree.Tree{}, tree.Tree{}
	}
	return u.planner.looker.project.Base, u.planner.theirs
}

// Apply writes what is planned, and notes what of a file could not be kept.
func (u *Update) Apply(ctx context.Context, command string) error {
	if u.UpToDate() || len(u.Open) > 0 {
		return nil
	}
	note := func(text string) { u.Notes = append(u.Notes, text) }
	return apply.Options{Note: note}.Update(ctx, u.Root, u.Plan, command)
}

// messageMark ends a message, so that the next may take its place, and nothing else
// does.
const messageMark = "<!-- scaffold regenerate --message -->\n"

// RemoveMessage removes what WriteMessage wrote to a file. It refuses a file of the
// user's.
func RemoveMessage(name string) error {
	f, err := openMessage(name)
	if err != nil || !f.Mode.IsRegular() || len(f.Data) == 0 {
		return err
	}
	return apply.Options{}.Remove(filepath.Dir(name), f)
}

// CheckMessage refuses a file for a message where the project has one, or would have:
// neither could be told from the other.
func (u Update) CheckMessage(name string) error {
	root, err := filepath.EvalSymlinks(u.Root)
	if err != nil {
		return err
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return err
	}
	path, err := filepath.Rel(root, filepath.Join(dir, filepath.Base(name)))
	if err != nil || !filepath.IsLocal(path) {
		return nil
	}
	if err = checkFree(u.Plan, name, filepath.ToSlash(path)); err != nil {
		err = problem.WithHint(err, "name a file that the template does not write, as one beside the project's folder")
	}
	return err
}

func checkFree(p plan.Plan, name, path string) error {
	path = tree.Fold(path)
	if strings.HasPrefix(path+"/", tree.Fold(tree.StateFolder)+"/") {
		return problem.Input("%s is in %s, which scaffold alone writes", name, tree.StateFolder)
	}
	for _, s := range p.Steps {
		for _, has := range []string{s.Path, s.To} {
			if strings.HasPrefix(tree.Fold(has)+"/", path+"/") {
				return problem.Input("%s: the project has %s there", name, has)
			}
		}
	}
	return nil
}

// WriteMessage writes a text of Markdown to a file that is not there, is empty, or is
// such a message.
func WriteMessage(name, text string) error {
	f, err := openMessage(name)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		return err
	}
	return apply.Options{}.Replace(dir, tree.File{Path: f.Path, Mode: tree.ModeFile, Data: []byte(text + messageMark)})
}

// openMessage returns the file that a message may take the place of, without a mode
// where there is none.
func openMessage(name string) (tree.File, error) {
	f := tree.File{Path: filepath.Base(name)}
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if dir, err := os.Stat(filepath.Dir(name)); err != nil || !dir.IsDir() {
			return f, problem.Input("%s: there is no folder %s", name, filepath.Dir(name))
		}
		return f, nil
	case err != nil:
		return f, err
	case !info.Mode().IsRegular():
		return f, problem.Input("%s is %s, and no file", name, tree.Kind(info.Mode()))
	}
	f.Mode = info.Mode()
	if info.Size() <= maxMessage {
		f.Data, err = os.ReadFile(name)
	}
	if err == nil && info.Size() > 0 && !bytes.HasSuffix(f.Data, []byte(messageMark)) {
		err = problem.Input("%s: there is a file, and it is no message of scaffold", name)
	}
	return f, err
}

// maxMessage is more than any message has, in bytes.
const maxMessage = 1 << 20

// Conflicts are what the last run on a project left, and nobody resolved since.
type Conflicts struct {
	Project project.Project
	Labels  merge.Labels          // of the markers
	Open    []plan.ConflictRecord // all
	Chosen  []plan.ConflictRecord // those of the files that were named
}

// OpenConflicts looks for the conflicts of the project at root in files, or in folders;
// without names it chooses all. A name without one is refused, but for the project's.
func OpenConflicts(root string, names []string) (Conflicts, error) {
	p, err := project.Open(root, nil)
	if err != nil {
		return Conflicts{}, err
	}
	open, err := findOpenConflicts(p)
	c := Conflicts{Project: p, Labels: labels(p.Pack, p.Version), Open: open, Chosen: open}
	if err != nil || len(names) == 0 {
		return c, err
	}
	chosen := make(map[string]bool)
	var errs []error
	for _, name := range names {
		path, err := pathBelow(p.Root, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		path = tree.Compose(path)
		found := path == "." // all of it, though that may be nothing
		for _, o := range open {
			if slices.ContainsFunc([]string{o.Path, o.To, o.Yours()}, func(file string) bool { return isWithin(path, file) }) {
				chosen[o.Path], found = true, true
			}
		}
		if !found {
			errs = append(errs, problem.WithHint(problem.Input("%s: the last regenerate left no conflict there that is open", name), "scaffold status lists those that are"))
		}
	}
	c.Chosen = slices.DeleteFunc(slices.Clone(open), func(o plan.ConflictRecord) bool { return !chosen[o.Path] })
	return c, errors.Join(errs...)
}

func findOpenConflicts(p project.Project) ([]plan.ConflictRecord, error) {
	var paths []string
	for _, c := range p.Conflicts {
		paths = append(paths, c.To)
	}
	disk, err := p.ReadOurs(paths)
	if err != nil {
		return nil, err
	}
	var open []plan.ConflictRecord
	for _, c := range p.Conflicts {
		var at *tree.File
		if f, ok := disk.Files.Find(c.To); ok {
			at = &f
		}
		pristine, _ := p.Base.Find(c.Path)
		if c.Unresolved(at, labels(p.Pack, p.Version), pristine.Data) {
			open = append(open, c)
		}
	}
	return open, nil
}

func labels(pack, version string) merge.Labels {
	return merge.Labels{Ours: "yours", Base: "base", Theirs: pack + " " + version}
}

// An OtherSource is a pack that scaffold.yaml names and the last run did not use.
// It is shown because a stranger may have put it into the clone.
type OtherSource struct {
	Name string // as scaffold.yaml has it
	Path string // the folder it leads to, or the name of a module or repository; "" if it comes with scaffold
	Was  string // as the last run had it
}

func findOtherSource(p project.Project) *OtherSource {
	if p.Config.Reference == p.Reference {
		return nil
	}
	o := &OtherSource{Name: p.Config.Reference, Was: p.Reference}
	if ref, err := source.Parse(o.Name); err == nil && ref.Kind.IsForeign() {
		o.Path = o.Name
	}
	if source.IsFolder(o.Name) {
		o.Path = absoluteFrom(p.Root, o.Name)
		if real, err := filepath.EvalSymlinks(o.Path); err == nil {
			o.Path = real
		}
	}
	return o
}
