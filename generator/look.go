package generator

import (
	"bytes"
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"scaffold/generator/git"
	"scaffold/generator/index"
	"scaffold/generator/merge"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/tree"
)

// A looker reads what a plan needs of a project's disk. It asks git only where
// something is missing, because a process takes longer than all else.
type looker struct {
	ctx     context.Context
	project project.Project // with what joinSides found
	git     *git.Repo       // shared, so that all questions count against one limit

	ours, theirs tree.Tree                // what openLooker or readTrees looked at; theirs is empty for the first
	spell        func(path string) string // says how the disk spells a path
	index        *index.Index             // what is known for the next run
	modeless     bool                     // executable bits on disk say nothing
	others       *project.Others          // the user's own files; nil: not walked
	followed     map[string]string        // where the user moved files of base; see openLooker
	absent       map[string]bool          // files that git has not checked out
	absentDiffer map[string]bool          // and those of them that the template changed; see readTrees
	unfetched    map[string]string        // of the absent ones the submodule that is not here

	inConflict map[string]bool // what a merge of git left so; nil: not asked

	ignoredRead    bool
	ignored        []string
	ignoredUnknown bool         // git does not say what it ignores
	versioned      *git.Repo    // git, but nil if it ignores all of the project, because then it says nothing about a file
	history        *git.History // of versioned
}

func newLooker(ctx context.Context, p project.Project, env []string) *looker {
	return &looker{ctx: ctx, project: p, git: git.Open(p.Root, env), unfetched: make(map[string]string)}
}

// openLooker opens the project at root and reads what is at the paths of base. What
// is missing there is moved, absent or deleted.
func openLooker(ctx context.Context, root string, env []string) (*looker, project.Disk, error) {
	p, err := project.Open(root, nil)
	if err != nil {
		return nil, project.Disk{}, err
	}
	return lookAt(ctx, p, env)
}

// lookAt is openLooker of a project that is known.
func lookAt(ctx context.Context, p project.Project, env []string) (*looker, project.Disk, error) {
	l := newLooker(ctx, p, env)
	disk, err := l.readOurs(pathsOf(p.Base))
	if err != nil {
		return nil, disk, err
	}
	l.ours = disk.Files
	missing := l.missing()
	wanted := make(map[string]bool)
	for f := range missing.All() {
		wanted[f.Path] = true
	}
	l.absent, err = l.findAbsent(wanted)
	if err != nil || missing.Len() == len(l.absent) {
		return l, disk, err
	}
	o := plan.Options{Absent: l.absent}
	if err := l.addOthers(&o); err != nil {
		return nil, disk, err
	}
	l.followed, _ = plan.Followed(p.Base, disk.Files, o)
	return l, disk, ctx.Err()
}

func (l *looker) readFollowed() (tree.Tree, error) {
	disk, err := project.ReadOurs(l.project.Root, slices.Collect(maps.Values(l.followed)), l.project.Base)
	return disk.Files, err
}

// readTrees reads ours for a plan from base to theirs, and puts the rest into o.
func (l *looker) readTrees(theirs tree.Tree, o *plan.Options, skip bool) (ours tree.Tree, err error) {
	base, root := l.project.Base, l.project.Root
	disk, err := l.readOurs(slices.Collect(tree.Paths(base, theirs)))
	if err != nil {
		return tree.Tree{}, err
	}
	l.ours, l.theirs = disk.Files, theirs
	if err := l.findAbsentDiffering(); err != nil {
		return tree.Tree{}, err
	}
	o.Absent = l.absent
	if n := len(l.absentDiffer); n > 0 && !skip {
		is, it := "is", "it"
		if n > 1 {
			is, it = "are", "them"
		}
		return tree.Tree{}, problem.WithHint(
			problem.Input("%s %s not checked out, and the template changed %s", strings.Join(slices.Sorted(maps.Keys(l.absentDiffer)), ", "), is, it),
			"%s", l.checkOutHint(l.absentDiffer))
	}
	o.Nested, o.Taken, o.Unmerged = disk.Nested, project.Taken(root), l.unmerged
	if plan.NeedsOthers(base, disk.Files, theirs) {
		if err := l.addOthers(o); err != nil {
			return tree.Tree{}, err
		}
	}
	o.Others = tree.Found(slices.Concat(disk.Blocking, slices.Collect(o.Others.All()))...)
	return disk.Files, l.ctx.Err()
}

// joinSides adds to the base what the base of another side of a merge has, where git
// left both in conflict and one was kept: the lines and files that git merged in from
// there, and that the template does not write with what was decided. Without it they
// would count as the user's, and stay.
func (l *looker) joinSides(theirs tree.Tree) error {
	if !l.project.Merging() {
		return nil
	}
	sides, _ := l.git.Sides(l.ctx, tree.BaseFile) // not known: as if there were one
	if !slices.ContainsFunc(sides, l.project.Kept) {
		return nil // a run since has seen them
	}
	for _, data := range sides {
		side, err := project.ReadSide(data)
		if err != nil {
			continue // whoever keeps that one is told
		}
		left, err := l.findLeft(side.Base, theirs)
		if err != nil {
			return err
		}
		if with, err := l.project.With(side, left); err == nil {
			l.project = with
		}
	}
	return l.ctx.Err()
}

// findLeft returns the paths at which the user has what side wrote, and our base says
// that the template changed nothing.
func (l *looker) findLeft(side, theirs tree.Tree) (left []string, err error) {
	base := l.project.Base
	var paths []string
	for f := range side.Each() {
		if was := base.At(f.Path); !plan.Same(f, was) && plan.Same(was, theirs.At(f.Path)) {
			paths = append(paths, f.Path)
		}
	}
	if len(paths) == 0 {
		return nil, nil
	}
	disk, err := project.ReadOurs(l.project.Root, paths, side)
	for _, path := range paths {
		wrote, ours, now := side.At(path), disk.Files.At(path), theirs.At(path)
		switch {
		case ours == nil || !ours.Mode.IsRegular() || plan.Same(ours, now):
		case now == nil || plan.Untouched(ours, wrote):
			left = append(left, path)
		default:
			merged := merge.Merge(path, wrote.Data, ours.Data, now.Data, merge.Options{ByLines: true})
			if len(merged.Conflicts) == 0 && takesOut(merged.Content, ours.Data) {
				left = append(left, path)
			}
		}
	}
	return left, err
}

// takesOut reports whether a merge takes lines out of ours and adds none: what it adds,
// the user may have taken out before.
func takesOut(merged, ours []byte) bool {
	rest := bytes.SplitAfter(merged, []byte("\n"))
	for line := range bytes.SplitAfterSeq(ours, []byte("\n")) {
		if len(rest) > 0 && bytes.Equal(rest[0], line) {
			rest = rest[1:]
		}
	}
	return len(rest) == 0 && len(merged) < len(ours)
}

func (l *looker) readOurs(paths []string) (project.Disk, error) {
	base := l.project.Base
	disk, err := l.project.ReadOurs(paths)
	l.spell, l.index = disk.At, disk.Index
	differ := false // whether a file of ours executes where base does not, or the other way about
	for f := range disk.Files.Each() {
		was := base.At(f.Path)
		differ = differ || f.Mode.IsRegular() && (was == nil && tree.Executable(f.Mode) || was != nil && tree.Executable(f.Mode) != tree.Executable(was.Mode))
	}
	if err == nil && differ && !l.git.FileMode(l.ctx) {
		l.modeless = true
		disk.TakeModes(base)
	}
	return disk, err
}

// findAbsentDiffering finds the paths of base and theirs that git has not checked out,
// and which of them the template changed. Where it changed none that is not on disk,
// git is not asked. New files of theirs are among them, so that this is more than what
// is missing of base.
func (l *looker) findAbsentDiffering() (err error) {
	notHere, differ := make(map[string]bool), make(map[string]bool)
	for path := range tree.Paths(l.project.Base, l.theirs) {
		if l.ours.At(path) == nil {
			notHere[path] = true
			differ[path] = !plan.Same(l.project.Base.At(path), l.theirs.At(path))
		}
	}
	maps.DeleteFunc(differ, func(_ string, differs bool) bool { return !differs })
	if len(differ) == 0 {
		return nil
	}
	l.absent, err = l.findAbsent(notHere)
	maps.DeleteFunc(differ, func(path string, _ bool) bool { return !l.absent[path] || l.project.Config.Keeps(path) })
	l.absentDiffer = differ
	return err
}

func (l *looker) findAbsent(wanted map[string]bool) (map[string]bool, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	all, _ := l.git.Absent(l.ctx) // not known: what is missing was deleted
	absent := make(map[string]bool)
	for _, path := range all {
		path = tree.Compose(path)
		if strings.HasSuffix(path, "/") {
			for name := range wanted {
				if strings.HasPrefix(name, path) {
					absent[name], l.unfetched[name] = true, strings.TrimSuffix(path, "/")
				}
			}
		} else if wanted[path] {
			absent[path] = true
		}
	}
	return absent, l.ctx.Err()
}

func (l *looker) checkOutHint(absent map[string]bool) string {
	var paths, modules []string
	for _, path := range slices.Sorted(maps.Keys(absent)) {
		if module, ok := l.unfetched[path]; ok {
			modules = append(modules, module)
		} else {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return problem.CommandLine(append([]string{"git", "submodule", "update", "--init", "--"}, slices.Compact(modules)...)...) + " checks out what is missing"
	}
	if !l.git.Sparse(l.ctx) {
		return problem.CommandLine(append([]string{"git", "update-index", "--no-skip-worktree", "--"}, paths...)...) + " && " +
			problem.CommandLine(append([]string{"git", "checkout", "--"}, paths...)...) + " checks out what is missing"
	}
	var folders []string
	for _, p := range paths {
		folders = append(folders, path.Dir(p))
	}
	slices.Sort(folders)
	if folders = slices.Compact(folders); folders[0] == "." || !l.git.AtTop() {
		return "git sparse-checkout disable checks out all there is"
	}
	return problem.CommandLine(append([]string{"git", "sparse-checkout", "add"}, folders...)...) + " checks out what is missing"
}

// knownPaths returns where no file is the user's own: the template's paths, and
// those by which the disk has them.
func (l *looker) knownPaths(trees ...tree.Tree) []string {
	paths := pathsOf(trees...)
	for _, path := range paths {
		if at := l.spell(path); at != path {
			paths = append(paths, at)
		}
	}
	return paths
}

// addOthers puts the user's own files into o, with what tells which of them ours were
// moved to. They are walked once.
func (l *looker) addOthers(o *plan.Options) error {
	if l.others == nil {
		others, err := l.walkOthers()
		if err != nil {
			return err
		}
		l.others = &others
	}
	found := l.others
	o.Others = tree.Found(found.Files...)
	o.Evidence = plan.Evidence{Short: found.Capped, Elsewhere: tree.Found(found.Elsewhere...), Barred: found.Barred, Against: l.whyNotMoved}
	o.Nested = append(o.Nested, found.Nested...)
	return nil
}

// walkOthers reads the files at none of the known paths. It asks git about them only
// where files of base are missing, because one may be the missing one.
func (l *looker) walkOthers() (project.Others, error) {
	missing := l.missing()
	look := project.Look{Known: l.knownPaths(l.project.Base, l.theirs), Like: missing}
	if missing.Len() > 0 {
		l.readIgnored()
		look.Ignored = l.ignored
		look.Submodules, _ = l.versioned.Submodules(l.ctx) // not known: a folder with a .git is seen all the same
	}
	others, err := project.ReadOthers(l.project.Root, look)
	others.Files = slices.DeleteFunc(others.Files, func(f tree.File) bool { return plan.IsBeside(f.Path) })
	return others, err
}

// readIgnored asks git, once, what it ignores of the project.
func (l *looker) readIgnored() {
	if l.ignoredRead {
		return
	}
	var err error
	l.ignoredRead, l.versioned = true, l.git
	l.ignored, err = l.git.AllIgnored(l.ctx)
	l.ignoredUnknown = err != nil
	if slices.Contains(l.ignored, "./") {
		l.versioned, l.ignored = nil, nil
	}
	l.history = l.versioned.History()
}

// whyNotMoved says what speaks against the user having moved gone to came: that was
// there beside gone, by the last base or by a commit, or nobody can tell.
func (l *looker) whyNotMoved(gone, came string) (why string, maybe bool) {
	l.readIgnored()
	seen := l.project.Seen
	together, known := l.history.Together(l.ctx, gone, came)
	switch {
	case l.versioned != nil && l.ignoredUnknown:
		return "git does not say whether it ignores that", true
	case seen.Has(came) || together:
		return "was there before", false
	case seen == nil && !known:
		return "may have been there before", true
	}
	return "", false
}

// unmerged reports whether a merge left path in conflict. Where git gives no
// answer, none is.
func (l *looker) unmerged(path string) bool {
	if l.inConflict == nil {
		l.inConflict = make(map[string]bool)
		paths, _ := l.git.Unmerged(l.ctx)
		for _, p := range paths {
			l.inConflict[tree.Compose(p)] = true
		}
	}
	return l.inConflict[path]
}

// listSeen returns the user's own files once p is applied, without what may be
// files of ours that were moved.
func (l *looker) listSeen(p plan.Plan, next tree.Tree) project.Seen {
	o := plan.Options{Absent: l.absentDiffer}
	if err := l.addOthers(&o); err != nil || o.Short {
		return nil
	}
	followed, maybe := plan.Followed(l.project.Base, l.ours, o)
	notOwn := slices.Concat(slices.Collect(maps.Values(followed)), maybe, pathsOf(next))
	for _, s := range p.Steps {
		if s.Verb == plan.Delete {
			notOwn = append(notOwn, s.Ours.Path)
		}
	}
	slices.Sort(notOwn)
	var own []string
	for _, path := range pathsOf(l.ours, o.Others) {
		if _, ok := slices.BinarySearch(notOwn, path); !ok {
			own = append(own, path)
		}
	}
	return project.NewSeen(own)
}

// rememberedConflicts are those of p but for what another merge left, because each run
// finds those anew.
func rememberedConflicts(p plan.Plan) []plan.ConflictRecord {
	return slices.DeleteFunc(p.Conflicts(), func(c plan.ConflictRecord) bool { return c.Kind == plan.Marked })
}

func pathsOf(trees ...tree.Tree) []string {
	n := 0
	for _, t := range trees {
		n += t.Len()
	}
	paths := make([]string, 0, n)
	for _, t := range trees {
		for f := range t.Each() {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// missing returns the files of base that are not at their path. Some may be at the
// template's new one, or not checked out: plan.Make and plan.Followed know which.
func (l *looker) missing() tree.Tree {
	var files []tree.File
	for f := range l.project.Base.Each() {
		if l.ours.At(f.Path) == nil {
			files = append(files, *f)
		}
	}
	return tree.Found(files...)
}

// Ignored are files of a project's state that git ignores, by a rule. They matter
// because a clone without them cannot be regenerated.
type Ignored struct {
	Paths []string
	Rule  git.Rule
}

// IgnoredState returns what git ignores of the state of the project at root;
// nothing where it ignores all of the project, because somebody wanted that.
func IgnoredState(ctx context.Context, root string, env []string) (i Ignored) {
	paths := tree.StateFiles()
	ignored, err := git.Open(root, env).Ignored(ctx, append(paths, "."))
	if _, all := ignored["."]; err != nil || all {
		return i
	}
	for _, path := range paths {
		if rule, ok := ignored[path]; ok {
			i.Paths, i.Rule = append(i.Paths, path), rule
		}
	}
	return i
}
