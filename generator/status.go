package generator

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/merge"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/project"
	"scaffold/generator/render"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

// A Status is how a project stands.
type Status struct {
	Root, Pack, Version string
	Newer               string   // version that is newer, of what is at hand or was fetched once; or ""
	Declined            string   // the newest of these, where scaffold.yaml declines it
	Fetched             bool     // they are of a repository or a module, so that regenerate alone takes none
	Asked               string   // version that scaffold.yaml asks for, where it is another
	Edited              []string // answers in scaffold.yaml that are not applied yet
	Known               bool     // regenerate would apply them, or say what is Refused
	Refused             error    // what regenerate would say of them
	Source              string   // of the pack, where scaffold.yaml has another than the last run used
	Files               []FileStatus
	Open                []plan.ConflictRecord
}

// A Standing is how a file stands to what the template wrote.
type Standing string

const (
	Generated Standing = "generated" // as the template wrote it
	Yours     Standing = "yours"     // edited or moved
	Deleted   Standing = "deleted"
	Absent    Standing = "absent"   // git has not checked it out
	Unsolved  Standing = "conflict" // left by the last run, or by a merge of git's
)

// A FileStatus is the standing of a file that the template wrote.
type FileStatus struct {
	Path     string
	Standing Standing
	Why      string
	Kept     bool // by scaffold.yaml
}

// StatusOf looks at the project at root and changes nothing. Env is for git.
func StatusOf(ctx context.Context, finder source.Finder, root string, env []string) (Status, error) {
	l, disk, err := openLooker(ctx, root, env)
	if err != nil {
		return Status{}, err
	}
	p := l.project
	s := Status{Root: root, Pack: p.Pack, Version: p.Version}
	s.judgeEdited(ctx, finder, p)
	if p.Config.Reference != p.Reference {
		s.Source = p.Config.Reference
	}
	if ref, err := source.Parse(p.Config.Reference); err == nil && ref.Kind.IsForeign() {
		s.Fetched = true
		if p.Config.Version != p.Version {
			s.Asked = p.Config.Version
		}
	}
	for _, v := range findNewer(ctx, finder, p) {
		if s.Declined = ""; p.Config.Declined(v) > 0 {
			s.Declined = v
		} else {
			s.Newer = v
		}
	}
	if s.Open, err = findOpenConflicts(p); err != nil {
		return s, err
	}
	s.Files, err = l.listFiles(disk, s.Open)
	return s, err
}

// Compare says how the folder root, which need not be a project, stands to what a
// template writes, as the status of a project with that base does. Seen lists the
// user's own files for that base. Env is for git.
func Compare(ctx context.Context, root string, base tree.Tree, env []string) (files []FileStatus, seen func() project.Seen, err error) {
	l, disk, err := lookAt(ctx, project.Project{Root: root, Base: base, Seen: project.Seen{}}, env)
	if err != nil {
		return nil, nil, err
	}
	files, err = l.listFiles(disk, nil)
	return files, func() project.Seen { return l.listSeen(plan.Plan{}, base) }, err
}

func (l *looker) listFiles(disk project.Disk, open []plan.ConflictRecord) ([]FileStatus, error) {
	elsewhere, err := l.readFollowed()
	if err != nil {
		return nil, err
	}
	ours := tree.Found(slices.Concat(slices.Collect(disk.Files.All()), slices.Collect(elsewhere.All()))...)
	files := l.listStatuses(ours, open)
	for i, f := range files {
		in := slices.IndexFunc(disk.Blocking, func(b tree.File) bool { return isWithin(b.Path, f.Path) })
		if in >= 0 && f.Standing == Deleted {
			blocking := disk.Blocking[in]
			files[i].Standing, files[i].Why = Yours, blocking.Path+" is "+tree.Kind(blocking.Mode)
		}
	}
	return files, nil
}

// findNewer returns the versions of the pack that are newer, the oldest first. It fetches
// nothing, and opens only a manifest where the last run found one, because a clone may
// name any folder.
func findNewer(ctx context.Context, finder source.Finder, p project.Project) []string {
	ref, err := source.Parse(p.Config.Reference)
	if err != nil || p.Config.Reference != p.Reference {
		return nil
	}
	if ref.Kind.IsForeign() {
		finder.Offline = true
		versions, err := listReleases(ctx, finder, ref)
		if err != nil {
			return nil // because nothing is cached, which is no fault
		}
		return slices.DeleteFunc(versions, func(v string) bool { return !older(p.Version, v) })
	}
	called, version, err := pack.Identify(findManifest(finder, p))
	if err != nil || called != p.Pack || !older(p.Version, version) {
		return nil
	}
	return []string{version}
}

// judgeEdited finds what is edited in scaffold.yaml, and what regenerate would say
// of that, as far as the pack's manifest tells.
func (s *Status) judgeEdited(ctx context.Context, finder source.Finder, p project.Project) {
	if s.Edited = findEdited(p); len(s.Edited) == 0 {
		return
	}
	parsed, err := pack.Parse(findManifest(finder, p), p.Config.Reference)
	if err != nil || parsed.Version != "" && older(parsed.Version, p.Version) {
		return
	}
	compiled, err := render.Compile(ctx, parsed, p.Config.Reference)
	if err != nil {
		return
	}
	recorded, err := p.Config.Layer(parsed)
	if s.Known = true; err != nil {
		s.Refused = err
		return
	}
	recorded, _ = (&Generator{Pack: parsed}).dropUnasked(recorded, p)
	run := compiled.Run(ctx)
	nobody := answer.Asker{Ask: func(pack.Question, func(string) error) (string, error) { return "", answer.ErrEnd }}
	answers, err := answer.Resolve(parsed, []answer.Layer{recorded}, run.Eval, nobody)
	if errors.Is(err, answer.ErrEnd) { // who runs it is asked, or tells
		s.Known = false
		return
	}
	if err == nil {
		_, err = run.Render(answers) // of no files: what the pack refuses
	}
	if s.Refused = err; err == nil {
		s.Edited = slices.DeleteFunc(s.Edited, func(name string) bool {
			a, asked := answers.Find(name)
			return asked && a.From == answer.Absent
		})
	}
}

func findEdited(p project.Project) []string {
	var names []string
	for name, value := range p.Config.Answers() {
		if old, ok := p.Answers[name]; !ok || answer.Format(old) != value {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// findManifest returns the manifest of the pack where it was; nil for none.
func findManifest(finder source.Finder, p project.Project) []byte {
	name := p.Config.Reference
	if name != p.Reference {
		return nil
	}
	manifest, err := fs.ReadFile(finder.Builtin, path.Join(name, pack.ManifestFile))
	if source.IsFolder(name) {
		manifest, err = project.ReadNear(p.Root, path.Join(filepath.ToSlash(name), pack.ManifestFile))
	}
	if err != nil {
		return nil
	}
	return manifest
}

func (l *looker) listStatuses(ours tree.Tree, open []plan.ConflictRecord) []FileStatus {
	unsolved := make(map[string]bool)
	for _, c := range open {
		unsolved[c.Path] = true
	}
	var files []FileStatus
	for b := range l.project.Base.All() {
		f := l.findStanding(b, ours)
		if to, ok := l.followed[b.Path]; ok {
			f = FileStatus{Path: b.Path, Standing: Yours, Why: "moved by you to " + to}
			if have, _ := ours.Find(to); plan.MidMerge(&have, &b) && (l.unmerged(b.Path) || l.unmerged(to)) {
				f.Standing, f.Why = Unsolved, f.Why+"; "+plan.MidMergeWhy
			}
		}
		if l.absent[b.Path] {
			f = FileStatus{Path: b.Path, Standing: Absent}
		}
		if unsolved[b.Path] {
			f.Standing = Unsolved
		}
		if f.Kept = l.keeps(b.Path); f.Kept {
			f.Why = l.describeKept(b.Path, f.Why)
		}
		delete(unsolved, b.Path)
		files = append(files, f)
	}
	for path := range unsolved { // a conflict about what the template has no more
		files = append(files, FileStatus{Path: path, Standing: Unsolved})
	}
	slices.SortFunc(files, func(a, b FileStatus) int { return strings.Compare(a.Path, b.Path) })
	return files
}

// keeps reports whether scaffold.yaml keeps a file of base, at its path or where the user
// moved it.
func (l *looker) keeps(path string) bool {
	to, moved := l.followed[path]
	return l.project.Config.Keeps(path) || moved && l.project.Config.Keeps(to)
}

// describeKept adds to why a file stands as it does that it is kept, and by what version
// it was written where that is not the project's.
func (l *looker) describeKept(path, why string) string {
	if why != "" {
		why += "; "
	}
	why += "kept by " + tree.ConfigFile
	if v := l.project.Since(path); v != l.project.Version {
		why += ", as of " + v
	}
	return why
}

func (l *looker) findStanding(base tree.File, ours tree.Tree) FileStatus {
	have, ok := ours.Find(base.Path)
	switch {
	case !ok:
		return FileStatus{Path: base.Path, Standing: Deleted}
	case !have.Mode.IsRegular():
		return FileStatus{Path: base.Path, Standing: Yours, Why: "is " + tree.Kind(have.Mode)}
	case plan.Same(&have, &base):
		return FileStatus{Path: base.Path, Standing: Generated}
	case plan.PointerTo(&base, &have):
		return FileStatus{Path: base.Path, Standing: Generated, Why: "as a pointer of Git LFS"}
	case plan.MidMerge(&have, &base) && l.unmerged(base.Path):
		return FileStatus{Path: base.Path, Standing: Unsolved, Why: plan.MidMergeWhy}
	case plan.Untouched(&have, &base):
		return FileStatus{Path: base.Path, Standing: Generated, Why: "with CRLF at the ends of its lines"}
	}
	return FileStatus{Path: base.Path, Standing: Yours}
}

// A Comparison is a project beside what stands on its disk.
type Comparison struct {
	Project project.Project
	Ours    tree.Tree             // at the template's paths, and where the user moved its files to
	Moved   map[string]string     // where that is, by the template's paths
	Absent  map[string]bool       // of the template's paths, those that git has not checked out
	Open    []plan.ConflictRecord // that the last run left
	Labels  merge.Labels          // of their markers
}

// OpenCompared reads the project at root, and what is on disk of what the template wrote.
func OpenCompared(ctx context.Context, root string, env []string) (Comparison, error) {
	l, disk, err := openLooker(ctx, root, env)
	if err != nil {
		return Comparison{}, err
	}
	p := l.project
	open, err := findOpenConflicts(p)
	elsewhere, elsewhereErr := l.readFollowed()
	if err := cmp.Or(err, elsewhereErr); err != nil {
		return Comparison{}, err
	}
	ours := tree.Found(slices.Concat(slices.Collect(disk.Files.All()), slices.Collect(elsewhere.All()))...)
	return Comparison{Project: p, Ours: ours, Moved: l.followed, Absent: l.absent, Open: open, Labels: labels(p.Pack, p.Version)}, nil
}

// Find returns the path of base for a file that is named by it, or by where the user
// moved it; and where it stands. Of another file both are its own.
func (c Comparison) Find(name string) (base, at string, err error) {
	if at, err = pathBelow(c.Project.Root, name); err != nil {
		return "", "", err
	}
	at = tree.Compose(at)
	for path, to := range c.Moved {
		if at == tree.Compose(to) || at == path {
			return path, to, nil
		}
	}
	return at, at, nil
}

// Diff returns what the user changed since the template wrote it, as a plan from
// there to here, in all files or those that are named. What was moved is found
// under both names.
func Diff(ctx context.Context, root string, files []string, env []string) (plan.Plan, error) {
	l, disk, err := openLooker(ctx, root, env)
	if err != nil {
		return plan.Plan{}, err
	}
	wanted, err := chooseFiles(l.project, files, l.followed)
	if err != nil {
		return plan.Plan{}, err
	}
	elsewhere, err := l.readFollowed()
	if err != nil {
		return plan.Plan{}, err
	}
	var changes plan.Plan
	for base := range wanted.All() {
		if ours, ok := elsewhere.Find(l.followed[base.Path]); ok && ours.Mode.IsRegular() {
			changes.Steps = append(changes.Steps,
				plan.Step{Path: ours.Path, To: ours.Path, From: base.Path, Verb: plan.Update, Ours: &base, After: &ours},
				plan.Step{Path: base.Path, To: base.Path, Verb: plan.Delete, Ours: &base})
		} else if s := compareFile(base, disk.Files); s.Writes() && !l.absent[base.Path] {
			changes.Steps = append(changes.Steps, s)
		}
	}
	slices.SortFunc(changes.Steps, func(a, b plan.Step) int { return strings.Compare(a.Path, b.Path) })
	return changes.At(l.spell), nil
}

func compareFile(base tree.File, disk tree.Tree) plan.Step {
	ours, ok := disk.Find(base.Path)
	s := plan.Step{Path: base.Path, To: base.Path, Verb: plan.Update, Ours: &base, After: &ours}
	switch {
	case ok && (plan.Same(&ours, &base) || plan.PointerTo(&base, &ours)):
		s.Verb, s.After = plan.Keep, nil
	case !ok || !ours.Mode.IsRegular():
		s.Verb, s.After = plan.Delete, nil
	}
	return s
}
