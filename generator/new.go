package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"golang.org/x/mod/modfile"

	"scaffold/generator/answer"
	"scaffold/generator/apply"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

// A New is a planned new project.
type New struct {
	Target  string // absolute
	Into    bool   // the folder is there
	Full    bool   // and has something in it
	Answers answer.Answers
	Plan    plan.Plan
	Notes   []string // what was decided and might surprise
	Next    string   // what the pack says to do then
}

// NewOptions are what else is to be known of a new project. The zero value is useful.
type NewOptions struct {
	// Conflict is what becomes of files that the folder and the pack have, and which
	// differ. Nil: they are a [CollisionError].
	Conflict *plan.Resolution
	Env      []string // KEY=VALUE: where home is, and for git
}

// PlanNew is [Generator.PlanNewBy] without options.
func (g *Generator) PlanNew(ctx context.Context, target string, layers []answer.Layer, asker answer.Asker) (New, error) {
	return g.PlanNewBy(ctx, target, layers, asker, NewOptions{})
}

// PlanNewBy decides everything about a new project at target and writes nothing.
// Layers count in their order, and the asker last. A relative target is below the
// working directory; an empty one is the answer to the question name.
func (g *Generator) PlanNewBy(ctx context.Context, target string, layers []answer.Layer, asker answer.Asker, o NewOptions) (New, error) {
	if err := g.CheckTarget(target, o.Env); err != nil {
		return New{}, err
	}
	asker.Flag = func(name string) string {
		if name == "name" {
			return "PATH or --name"
		}
		return "--" + answer.FlagName(name)
	}
	run := g.compiled.Run(ctx)
	answers, err := answer.Resolve(g.Pack, layers, run.Eval, asker)
	named := slices.ContainsFunc(slices.Concat(layers...), func(v answer.Value) bool { return v.Name == "name" })
	if err != nil && target == "" && problem.IsInput(err) && !named {
		return New{}, problem.WithHint(err, newHint)
	}
	if err != nil {
		return New{}, err
	}
	if target == "" {
		name, _ := answers.Find("name")
		target, _ = name.Value.(string)
	}
	if target == "" {
		return New{}, problem.WithHint(problem.Input("PATH is missing"), newHint)
	}
	if target, err = resolveTarget(target, o.Env); err != nil {
		return New{}, err
	}
	theirs, err := run.Render(answers)
	if err != nil {
		return New{}, err
	}
	n := New{Target: target, Answers: answers, Notes: slices.Concat(g.noteChoices(answers), run.Notes)}
	if err := g.planFiles(ctx, &n, theirs, o); err != nil {
		return New{}, err
	}
	n.Next, err = run.Next(answers)
	return n, problem.AsInput(err)
}

func (g *Generator) planFiles(ctx context.Context, n *New, theirs tree.Tree, o NewOptions) (err error) {
	if n.Into, n.Full, err = inspectFolder(n.Target); err != nil {
		return err
	}
	if n.Into {
		return g.planInto(ctx, n, theirs.Composed(), o)
	}
	n.Plan = plan.Make(tree.Tree{}, tree.Tree{}, theirs, plan.Options{Labels: labels(g.Pack.Name, g.Pack.Version)})
	n.Plan.State, err = g.NewState(n.Target, n.Answers, theirs).Steps()
	return err
}

// planInto is for a folder that is there. Its files are ours of an update from nothing,
// so that the table decides about each that the pack has too. What the folder keeps of
// its own counts as the user's change of what the pack writes, so that the next
// regenerate is quiet and a later one merges. An empty folder is no other case, because
// shells may stand in it, and its owner and mode are the user's.
func (g *Generator) planInto(ctx context.Context, n *New, theirs tree.Tree, o NewOptions) error {
	remains, err := project.FindRemains(n.Target)
	if err != nil {
		return err
	}
	options := plan.Options{Labels: labels(g.Pack.Name, g.Pack.Version), Conflict: plan.Refuse}
	if o.Conflict != nil {
		options.Conflict = *o.Conflict
	}
	var none tree.Tree
	l := newLooker(ctx, project.Project{Root: n.Target, Seen: project.Seen{}}, o.Env)
	ours, err := l.readTrees(theirs, &options, false)
	if err != nil {
		return err
	}
	n.Plan = plan.Make(none, ours, theirs, options)
	if o.Conflict == nil && n.Plan.Count(plan.Conflict) > 0 {
		return newCollisionError(*n)
	}
	next := g.NewState(n.Target, n.Answers, n.Plan.NextBase(none, theirs))
	next.Seen = func() project.Seen { return l.listSeen(n.Plan, next.Base) }
	next.Conflicts = rememberedConflicts(n.Plan)
	n.Plan = n.Plan.At(l.spell)
	n.Plan.Modeless = l.modeless
	n.Plan.State, err = remains.Steps(next, project.Edit{})
	return err
}

// A CollisionError says which files of a folder are not what the pack writes there, so
// that somebody has to decide.
type CollisionError struct{ error }

func (e CollisionError) Unwrap() error { return e.error }

func newCollisionError(n New) error {
	errs := []error{problem.Input("%s has what the pack would write otherwise; nothing was written", n.Target)}
	stays := false
	for _, s := range n.Plan.Steps {
		if s.Verb == plan.Conflict {
			errs = append(errs, problem.Input("  %s: %s", s.Path, s.Why))
			stays = stays || s.Ours == nil
		}
	}
	err := error(CollisionError{errors.Join(errs...)})
	if stays {
		err = problem.WithHint(err, "what is no file, or is called otherwise, stays in any case, and the pack's goes beside it: move it away if you want the pack's there")
	}
	return problem.WithHint(err,
		"--conflict=mine keeps your files; template takes the pack's, and scaffold undo brings yours back; markers puts both into the file, and beside the pack's into a file beside it")
}

// Drafts says how the questions stand while somebody answers them.
func (g *Generator) Drafts(ctx context.Context, layers []answer.Layer) ([]answer.Draft, error) {
	return answer.Drafts(g.Pack, layers, g.compiled.Run(ctx).Eval)
}

// noteChoices says what of the pack's folder was left out, and which module is not
// called as its project, because the go command would misread that name.
func (g *Generator) noteChoices(answers answer.Answers) []string {
	notes := slices.Concat(g.noteLeftOut(), g.Pack.Without, g.noteOrigin())
	name, _ := answers.Find("name")
	for _, q := range g.Pack.Questions {
		a, _ := answers.Find(q.Name)
		if text, ok := name.Value.(string); ok && q.Format == "module" && a.From == answer.Default && a.Value != text && a.Value == pack.ModuleFor(text) {
			notes = append(notes, fmt.Sprintf("the module is %q, since %q means something else to the go command; --%s sets another", a.Value, text, answer.FlagName(q.Name)))
		}
	}
	return notes
}

// reference names the pack as it is now, on a command line.
func (g *Generator) reference() string {
	if !g.Source.Kind.IsForeign() {
		return g.Source.Name
	}
	return g.Source.Name + "@v" + g.Pack.Version
}

// NameOf returns what PATH says the name is, as the last and least of layers, and with
// it the module of a folder that has a go.mod, because that is in use.
func (g *Generator) NameOf(target string) answer.Layer {
	abs, err := absTarget(target)
	if target == "" || err != nil {
		return nil
	}
	var layer answer.Layer
	if _, asked := g.Pack.Question("name"); asked {
		layer = append(layer, answer.Value{Name: "name", Text: filepath.Base(abs), Where: "PATH"})
	}
	module := readModule(abs)
	for _, q := range g.Pack.Questions {
		if q.Format == "module" && module != "" && answer.Check(q, module) == nil {
			return append(layer, answer.Value{Name: q.Name, Text: module, Where: "go.mod"})
		}
	}
	return layer
}

// readModule returns the module that a folder is; "" for none, or where go.mod is more
// than a file to read.
func readModule(dir string) string {
	const most = 1 << 20
	name := filepath.Join(dir, "go.mod")
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > most {
		return ""
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return modfile.ModulePath(data)
}

// Apply writes what is planned, and notes what of a file could not be kept.
func (n *New) Apply(ctx context.Context) (err error) {
	if n.Into {
		note := func(text string) { n.Notes = append(n.Notes, text) }
		err = apply.Options{Note: note}.Adopt(ctx, n.Target, n.Plan, "scaffold new")
	} else {
		err = apply.Options{}.New(ctx, n.Target, n.Plan)
	}
	if errors.Is(err, fs.ErrPermission) {
		return problem.WithHint(err, "choose another folder, or have whoever owns it let you write there")
	}
	return err
}

// Written returns the paths that Apply writes, those of the state with them.
func (n New) Written() []string {
	var paths []string
	for _, s := range slices.Concat(n.Plan.Steps, n.Plan.State) {
		if s.After != nil {
			paths = append(paths, s.To)
		}
	}
	return paths
}

// CommandLine returns the command that makes n again at target. It has every
// answer, because defaults change.
func (g *Generator) CommandLine(target string, n New) string {
	return problem.CommandLine(g.commandWords(target, n, func(a answer.Answer) bool { return a.From != answer.Absent })...)
}

// ShortCommandLine returns a command that makes n today: it has no defaults, and
// asks nothing.
func (g *Generator) ShortCommandLine(target string, n New) string {
	words := g.commandWords(cmp.Or(target, filepath.Base(n.Target)), n, func(a answer.Answer) bool { return a.From == answer.Given })
	return problem.CommandLine(append(words, "--yes")...)
}

func (g *Generator) commandWords(target string, n New, has func(answer.Answer) bool) []string {
	words := []string{"scaffold", "new"}
	name := ""
	if target != "" {
		words = append(words, target)
		name = filepath.Base(n.Target)
	}
	if g.Source.Kind != source.Builtin || g.Source.Name != source.Default {
		words = append(words, "--pack", g.reference())
	}
	for a := range n.Answers.All() {
		if has(a) && (a.Name != "name" || a.Value != name) {
			words = append(words, "--"+answer.FlagName(a.Name)+"="+answer.Format(a.Value))
		}
	}
	return words
}

const newHint = "scaffold new hello makes the project hello in ./hello"

const maxElement = 255 // bytes of a name in a path, to Linux, macOS and Windows

// CheckTarget refuses a target, unless it is empty, before anybody is asked anything,
// so that no answer is typed in vain. Env says where home is.
func (g *Generator) CheckTarget(target string, env []string) error {
	if target == "" {
		return nil
	}
	if !utf8.ValidString(target) {
		return problem.Input("PATH %q is not UTF-8", target)
	}
	if strings.ContainsFunc(target, problem.IsControl) {
		return problem.Input("PATH %q has a control or bidirectional character", target)
	}
	for element := range strings.SplitSeq(filepath.ToSlash(target), "/") {
		if len(element) > maxElement {
			return problem.Input("PATH has the element %q… of %d bytes, more than the %d that file systems take", element[:8], len(element), maxElement)
		}
	}
	if err := checkDevices(target, runtime.GOOS); err != nil {
		return err
	}
	_, err := resolveTarget(target, env)
	return err
}

// checkDevices refuses what Windows would open as a device, because it has no answer
// there to whether it exists.
func checkDevices(target, system string) error {
	for element := range strings.SplitSeq(filepath.ToSlash(target), "/") {
		if system == "windows" && tree.IsDevice(element) {
			return problem.Input("PATH: %q is a name that Windows keeps for itself", element)
		}
	}
	return nil
}

// resolveTarget makes target absolute, if a project can be made there.
func resolveTarget(target string, env []string) (string, error) {
	abs, err := absTarget(target)
	if err != nil {
		return "", problem.WithHint(fmt.Errorf("find the working directory: %w", err), "if it was removed, change to another")
	}
	return abs, checkPlace(abs, env)
}

// absTarget is [filepath.Abs], but a folder that is named by where we are is the
// folder, and not a link through which somebody went there.
func absTarget(target string) (string, error) {
	abs, err := filepath.Abs(target)
	if last := path.Base(filepath.ToSlash(target)); err != nil || last != "." && last != ".." {
		return abs, err
	}
	if info, err := os.Lstat(abs); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return filepath.EvalSymlinks(abs)
	}
	return abs, nil
}

// checkPlace refuses an absolute target that is no folder, or no place for a project.
func checkPlace(target string, env []string) error {
	if err := CheckAbove(target); err != nil {
		return err
	}
	info, err := os.Lstat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return checkParent(target)
	case err != nil:
		return fmt.Errorf("look at %s: %w", target, problem.Cause(err))
	case !info.IsDir():
		return problem.WithHint(
			problem.Input("%s is there already and is %s", target, tree.Kind(info.Mode())),
			"choose another name, or remove it first")
	}
	return checkFull(target, env)
}

// checkFull refuses a folder with files that cannot become a project.
func checkFull(target string, env []string) error {
	_, full, err := inspectFolder(target)
	if !full || err != nil {
		return err
	}
	if err := CheckWide(target, env, "new"); err != nil {
		return err
	}
	if isPack(target) {
		return problem.WithHint(problem.Input("%s is the folder of a pack, and no project", target), "create it outside")
	}
	if err := Pending(target); err != nil {
		return err
	}
	remains, err := project.FindRemains(target)
	switch {
	case err != nil:
		return err
	case remains.Whole:
		return problem.WithHint(problem.Input("%s is a project already", target), "%s brings it up to date", problem.CommandLine("scaffold", "regenerate", target))
	case remains.Config != nil:
		return problem.WithHint(problem.Input("%s is a project that has lost its %s", target, tree.StateFolder), "%s makes that anew", problem.CommandLine("scaffold", "adopt", target))
	}
	return nil
}

// CheckWide refuses a folder that others' projects would be inside of, with a hint of
// the command that was given. Env says where home is.
func CheckWide(target string, env []string, command string) error {
	switch {
	case filepath.Dir(target) == target:
		return problem.WithHint(problem.Input("%s is the root of the file system, and no project", target), "name a folder: scaffold %s hello", command)
	case isHome(target, env):
		return problem.WithHint(
			problem.Input("%s is your home folder: every project below it would be inside this one", target),
			"name a folder below it: scaffold %s %s", command, filepath.Join(target, "hello"))
	}
	return nil
}

// inspectFolder reports whether target is a folder, and whether that has something in it.
func inspectFolder(target string) (there, full bool, err error) {
	entries, err := os.ReadDir(target)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) { // or another run took its place: the rename finds out
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("look into %s: %w", target, problem.Cause(err))
	}
	return true, len(entries) > 0, nil
}

// CheckEmpty refuses a folder that has anything in it, for what is not made among other
// files.
func CheckEmpty(target string) error {
	entries, err := os.ReadDir(target)
	if err != nil || len(entries) == 0 {
		return nil // which is said later, if anything is wrong
	}
	var names []string
	for _, e := range entries[:min(5, len(entries))] {
		names = append(names, strconv.Quote(e.Name()))
	}
	if more := len(entries) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return problem.WithHint(
		problem.Input("%s is there already and is not empty: it has %s", target, strings.Join(names, ", ")),
		"choose another name")
}

func isPack(target string) bool {
	for _, name := range []string{pack.ManifestFile, "files"} {
		if _, err := os.Lstat(filepath.Join(target, name)); err != nil {
			return false
		}
	}
	return true
}

func isHome(target string, env []string) bool {
	info, err := os.Stat(target)
	if err != nil {
		return false
	}
	for _, v := range env {
		name, dir, _ := strings.Cut(v, "=")
		if name != "HOME" && name != "USERPROFILE" {
			continue
		}
		if home, err := os.Stat(dir); err == nil && os.SameFile(info, home) {
			return true
		}
	}
	return false
}

func checkParent(target string) error {
	parent := filepath.Dir(target)
	info, err := os.Stat(parent)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.WithHint(problem.Input("the folder %s is not there", parent), "create it first: %s", problem.CommandLine("mkdir", "-p", parent))
	case errors.Is(err, syscall.ENOTDIR):
		return problem.Input("%s cannot be a folder: a file is in its way", parent)
	case err != nil:
		return fmt.Errorf("look at %s: %w", parent, problem.Cause(err))
	case !info.IsDir():
		return problem.Input("%s is no folder, so nothing can be created in it", parent)
	}
	return nil
}
