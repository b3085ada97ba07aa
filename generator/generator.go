package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/semver"

	"scaffold/generator/answer"
	"scaffold/generator/git"
	"scaffold/generator/index"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/render"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

// A Generator makes projects from one pack.
type Generator struct {
	Pack     pack.Pack
	Source   source.Source // where the pack was found
	compiled *render.Pack
	index    *index.Index // of the pack's files, where they are in a folder

	passedOver string // the newest version, where the project declines that
}

// Load finds, validates and compiles the pack that a reference names, as --pack
// takes it; see [source.Parse].
func Load(ctx context.Context, finder source.Finder, text string) (*Generator, error) {
	ref, err := source.Parse(text)
	if err != nil {
		return nil, err
	}
	g, err := loader{finder: finder}.loadNew(ctx, ref)
	var unusable *unusableError
	if errors.As(err, &unusable) {
		if before := findBefore(ctx, finder, ref, unusable.version); before != "" {
			err = problem.WithHint(err, "%s takes the release before, until its author makes another", problem.CommandLine(ref.At("v"+before).String()))
		}
	}
	return g, err
}

// A PackCache keeps the packs of a run that is about several projects: what many of
// them name is found, read and compiled once. The zero value is empty, and nil keeps
// nothing. A run uses one project after the other, because a compiled pack serves one
// at a time.
type PackCache struct {
	mutex    sync.Mutex
	packs    map[source.Reference]cachedPack
	size     int64 // bytes of their files, at most maxCached
	releases map[source.Reference]cachedReleases
}

// maxCached is how many bytes of packs are kept, because each of a thousand
// projects may be of another.
const maxCached = 64 << 20

type cachedPack struct {
	generator *Generator
	err       error // kept too, because to wait for a repository once is enough
}

type cachedReleases struct {
	versions []string
	err      error
}

// has reports whether it has what ref names.
func (c *PackCache) has(ref source.Reference) bool {
	if c == nil {
		return false
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	_, ok := c.packs[ref]
	return ok
}

// listReleases returns the versions of a pack without those before a release, the oldest
// first. It asks for each pack once.
func (c *PackCache) listReleases(ctx context.Context, finder source.Finder, ref source.Reference) ([]string, error) {
	if c == nil {
		return listReleases(ctx, finder, ref)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	had, ok := c.releases[ref]
	if !ok {
		had.versions, had.err = listReleases(ctx, finder, ref)
		if c.releases == nil {
			c.releases = make(map[source.Reference]cachedReleases)
		}
		c.releases[ref] = had
	}
	return had.versions, had.err
}

func listReleases(ctx context.Context, finder source.Finder, ref source.Reference) ([]string, error) {
	versions, err := finder.Versions(ctx, ref)
	return slices.DeleteFunc(versions, func(v string) bool { return semver.Prerelease("v"+v) != "" }), err
}

// A loader is what packs are loaded with, for a project or for none.
type loader struct {
	finder source.Finder
	cache  *PackCache    // or nil
	held   *project.Held // what the project has of a pack already; or nil
}

// load is loadNew, but for what the cache has.
func (l loader) load(ctx context.Context, ref source.Reference) (*Generator, error) {
	c := l.cache
	if c == nil {
		return l.loadNew(ctx, ref)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if had, ok := c.packs[ref]; ok {
		return had.generator, had.err
	}
	g, err := l.loadNew(ctx, ref)
	size := int64(0)
	if err == nil {
		size = g.Pack.Files.Size()
	}
	if c.size += size; c.packs == nil || c.size > maxCached {
		c.packs, c.size = make(map[source.Reference]cachedPack), size
	}
	c.packs[ref] = cachedPack{g, err}
	return g, err
}

func (l loader) loadNew(ctx context.Context, ref source.Reference) (*Generator, error) {
	found, err := l.finder.Find(ctx, ref)
	if err != nil {
		return nil, err
	}
	p, files, err := l.loadPack(found)
	if wanted := strings.TrimPrefix(ref.Version, "v"); err == nil && !ref.Kind.IsForeign() && wanted != "" && wanted != p.Version {
		return nil, problem.Input("pack %s: %s is at %s", ref, found.Name, p.Version)
	}
	var compiled *render.Pack
	if err == nil {
		compiled, err = render.Compile(ctx, p, found.Name)
	}
	if problem.IsInput(err) && isOpen(ref.Version) && found.Version != "" {
		return nil, &unusableError{err, found.Version}
	}
	if err != nil {
		return nil, err
	}
	return &Generator{Pack: p, Source: found, compiled: compiled, index: files}, nil
}

// An unusableError is why the newest version of a pack is of no use to anybody, as one
// whose manifest says another version than its tag.
type unusableError struct {
	error
	version string
}

func (e *unusableError) Unwrap() error { return e.error }

// findBefore returns the newest release that is older than a version, as far as is known
// without a network, or "".
func findBefore(ctx context.Context, finder source.Finder, ref source.Reference, version string) string {
	finder.Offline = true
	versions, _ := listReleases(ctx, finder, ref)
	for _, v := range slices.Backward(versions) {
		if older(v, version) {
			return v
		}
	}
	return ""
}

// loadPack loads what was found: a pack, or a Go module as it is. The version of a
// foreign pack is that of its source; of another it stands in the manifest.
func (l loader) loadPack(found source.Source) (p pack.Pack, files *index.Index, err error) {
	if pack.IsModule(found.FS) {
		p, err = pack.FromModule(found.FS, found.Name, found.Version)
		return p, nil, err
	}
	options := PackOptions(found)
	options.Program = l.finder.Program
	if dir, err := filepath.Abs(found.Name); err == nil && l.held != nil && found.Kind == source.Folder {
		files = index.New()
		options.Memory = l.remember(dir, files)
	}
	p, err = pack.Load(found.FS, found.Name, options)
	return p, files, err
}

// remember returns what the project knows of the files of a pack in a folder, and has
// them noted for the next run.
func (l loader) remember(dir string, files *index.Index) pack.Memory {
	began := time.Now()
	name := func(path string) string { return dir + "/" + pack.FilesFolder + "/" + path }
	return pack.Memory{
		Sum:  func(path string, info fs.FileInfo) (string, bool) { return l.held.Sum(name(path), info) },
		Data: l.held.Data,
		Note: func(path string, info fs.FileInfo, sum string) { files.Add(name(path), index.StatOf(info), sum, began) },
	}
}

// PackOptions returns what is known of a pack by where it was found. In a folder of a
// repository it may leave its version to a tag to come.
func PackOptions(found source.Source) pack.Options {
	o := pack.Options{Root: found.Root, Dir: found.Dir, Version: found.Version}
	if dir, err := filepath.Abs(found.Name); err == nil && found.Kind == source.Folder {
		o.Unversioned = git.Open(dir, nil) != nil
	}
	return o
}

// LoadFor loads the pack that a project is brought up to date with, or one whose
// state is lost was written with.
func LoadFor(ctx context.Context, finder source.Finder, root string, c project.Config, given, to string) (*Generator, error) {
	return loader{finder: finder}.loadFor(ctx, root, c, given, to)
}

// loadFor is LoadFor, but for what the cache has.
func (l loader) loadFor(ctx context.Context, root string, c project.Config, given, to string) (*Generator, error) {
	ref, err := choosePack(root, c, given, to)
	var g *Generator
	if err == nil {
		g, err = l.loadWanted(ctx, ref, c)
	}
	var unusable *unusableError
	switch {
	case errors.As(err, &unusable):
		hint := "until its author makes another release, decline: %s in %s passes that one over"
		if before := findBefore(ctx, l.finder, ref, unusable.version); before != "" && older(c.Version, before) {
			hint += ", and --to " + before + " takes the one before"
		}
		return nil, problem.WithHint(err, hint, unusable.version, tree.ConfigFile)
	case err == nil || given != "":
		return g, err
	case ref.Kind == source.Folder:
		return nil, problem.WithHint(err, "line %d of %s names that pack, from the project's folder; scaffold regenerate --pack FOLDER writes another there", c.Line, c.Name)
	}
	if to == "" && ref.Kind.IsForeign() {
		return nil, problem.WithHint(err, "line %d of %s names that pack, and line %d its version; scaffold regenerate --pack NAME or --to VERSION uses another", c.Line, c.Name, c.AtVersion)
	}
	return nil, problem.WithHint(err, "line %d of %s names that pack; scaffold regenerate --pack NAME uses another", c.Line, c.Name)
}

// loadWanted loads the pack that ref names. Where ref leaves the version open, it is the
// newest release that the project does not decline, or has already. One that is declined
// is not even read, because it may be of no use.
func (l loader) loadWanted(ctx context.Context, ref source.Reference, c project.Config) (*Generator, error) {
	if !ref.Kind.IsForeign() || !isOpen(ref.Version) || len(c.Declines) == 0 {
		return l.load(ctx, ref)
	}
	versions, err := l.cache.listReleases(ctx, l.finder, ref)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return l.load(ctx, ref)
	}
	newest := versions[len(versions)-1]
	for _, v := range slices.Backward(versions) {
		if c.Declined(v) > 0 && v != c.Version {
			continue
		}
		at := ref.At("v" + v)
		taken, err := l.load(ctx, at)
		if err != nil && problem.IsInput(err) {
			err = &unusableError{err, v}
		}
		if err != nil || v == newest {
			return taken, err
		}
		own := *taken // because another project may decline other versions
		own.passedOver = newest
		return &own, nil
	}
	return nil, problem.Input("pack %s: %s declines all of its releases", ref, tree.ConfigFile)
}

// isOpen reports whether a version as it was asked for names none.
func isOpen(version string) bool { return version == "" || version == source.Latest }

// choosePack returns the reference to the recorded pack, or the given one. A
// recorded folder is relative to the project's root, because both may move
// together; a given one is relative to the working directory. What has versions
// stays at the one in scaffold.yaml unless another is asked for, so that nothing
// changes by itself. A pack of another name without a version is taken at its
// newest. A branch is not remembered, but the version that it led to.
func choosePack(root string, c project.Config, given, to string) (source.Reference, error) {
	ref, err := source.Parse(c.Reference)
	if err == nil && ref.Version != "" {
		err = problem.WithHint(problem.Input("%s:%d: pack has the version %s", c.Name, c.Line, ref.Version),
			"it stands in a line of its own: version: %s", strings.TrimPrefix(ref.Version, "v"))
	}
	recorded := ref.Name
	if err == nil && ref.Kind == source.Folder {
		ref.Name = folderFrom(root, ref.Name)
	}
	if given != "" {
		ref, err = source.Parse(given)
	}
	switch {
	case err != nil || !ref.Kind.IsForeign():
		return ref, err // its version is the one at hand; see checkVersion
	case to != "" && ref.Version != "":
		return ref, problem.Input("--to %s and --pack %s say two versions: choose one", to, ref)
	case to != "":
		return source.Parse(ref.At(to).String())
	case ref.Version == "" && ref.Name == recorded:
		ref.Version = "v" + c.Version
	}
	return ref, nil
}

// Newest returns the newest release of the pack that is known without a network, or "".
func (g *Generator) Newest(ctx context.Context, finder source.Finder) string {
	newest := g.Pack.Version
	if newest == pack.NoVersion {
		newest = ""
	}
	ref, err := source.Parse(g.Source.Name)
	if err != nil || !ref.Kind.IsForeign() {
		return newest
	}
	finder.Offline = true
	releases, _ := listReleases(ctx, finder, ref) // none, where nothing is cached, which is no fault
	for _, v := range releases {
		if older(newest, v) {
			newest = v
		}
	}
	return newest
}

// folderFrom returns a folder named relative to root as it is found from here:
// relative again, unless a link on the way leads that elsewhere.
func folderFrom(root, name string) string {
	name = absoluteFrom(root, name)
	here, err := filepath.Abs(".")
	if err != nil {
		return name
	}
	rel, err := filepath.Rel(here, name)
	if err != nil {
		return name
	}
	if !strings.HasPrefix(rel, ".") {
		rel = "." + string(filepath.Separator) + rel
	}
	there, err := os.Stat(name)
	if same, relErr := os.Stat(rel); err == nil && (relErr != nil || !os.SameFile(there, same)) {
		return name
	}
	return rel
}

func absoluteFrom(root, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(root, filepath.FromSlash(name))
}

// PackOf returns the pack that the project at root would be brought up to date
// with: the recorded one, unless another is given. It takes no context, because
// only completion asks, which ends by itself.
func PackOf(finder source.Finder, root, given string) (*Generator, error) {
	p, err := project.Open(root, nil)
	if err != nil {
		return nil, err
	}
	return LoadFor(context.Background(), finder, root, p.Config, given, "")
}

// LoadRecorded loads the pack that wrote files of a project at a version, and the answers
// that it was given. It fetches nothing, because whoever asks about a line may have
// cloned the project from a stranger. A pack of the program or of a folder is taken as
// it is now: whether it still writes the same, only a render tells.
func LoadRecorded(ctx context.Context, finder source.Finder, p project.Project, version string) (*Generator, answer.Answers, error) {
	ref, err := source.Parse(p.Reference)
	if err != nil {
		return nil, answer.Answers{}, err
	}
	finder.Offline = true
	switch {
	case ref.Kind.IsForeign():
		ref = ref.At("v" + version)
	case ref.Kind == source.Folder:
		ref.Name = folderFrom(p.Root, ref.Name)
	}
	g, err := loader{finder: finder}.loadNew(ctx, ref)
	switch {
	case err != nil && ref.Kind.IsForeign():
		return nil, answer.Answers{}, problem.WithHint(err, "scaffold pack show %s fetches that version", ref)
	case err != nil:
		return nil, answer.Answers{}, err
	}
	var layer answer.Layer
	for _, q := range g.Pack.Questions {
		if value, ok := p.Answers[q.Name]; ok {
			layer = append(layer, answer.Value{Name: q.Name, Text: answer.Format(value), Where: tree.BaseFile})
		}
	}
	answers, err := answer.Resolve(g.Pack, []answer.Layer{layer}, g.compiled.Run(ctx).Eval, answer.Asker{})
	return g, answers, err
}

// Packs returns the builtin packs, sorted by name.
func Packs(ctx context.Context, finder source.Finder) ([]pack.Pack, error) {
	names, err := finder.List()
	if err != nil {
		return nil, err
	}
	var packs []pack.Pack
	for _, name := range names {
		g, err := Load(ctx, finder, name)
		if err != nil {
			return nil, err
		}
		packs = append(packs, g.Pack)
	}
	return packs, nil
}

// noteOrigin says where a pack of somebody else's came from, so that it can be looked
// at there.
func (g *Generator) noteOrigin() []string {
	if !g.Source.Kind.IsForeign() {
		return nil
	}
	commit := ""
	if g.Source.Commit != "" {
		commit = ", commit " + g.Source.Commit
	}
	return []string{fmt.Sprintf("the pack is %s of %s%s, with the digest %s: what a pack writes is code that you will run",
		g.Pack.Version, g.Source.Origin, commit, g.Pack.Digest)}
}

func (g *Generator) noteLeftOut() []string {
	var notes []string
	if left := g.Source.Left; len(left) > 0 {
		notes = append(notes, "the pack's repository has folders of other repositories, which are left out: "+listSome(left, len(left)))
	}
	if g.Pack.LeftOut > 0 {
		notes = append(notes, fmt.Sprintf("the pack has files that a desktop or an editor left there; they are left out: %s (exclude: in %s/%s silences this)",
			listSome(g.Pack.Left, g.Pack.LeftOut), g.Source.Name, pack.ManifestFile))
	}
	return notes
}

// listSome lists the first few of so many names.
func listSome(names []string, all int) string {
	named := names[:min(len(names), 5)]
	list := strings.Join(named, ", ")
	if more := all - len(named); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// Begin begins a run of the pack.
func (g *Generator) Begin(ctx context.Context) *render.Run { return g.compiled.Run(ctx) }

// NewState is what the project will remember. A pack in a folder is remembered
// relative to the project, so that both can move together.
func (g *Generator) NewState(target string, answers answer.Answers, base tree.Tree) project.State {
	return project.State{
		Reference: g.referenceFrom(target), Pack: g.Pack.Name, Version: g.Pack.Version, Digest: g.Pack.Digest, Commit: g.Source.Commit,
		Answers: answers, Base: base, Since: make(map[string]string),
	}
}

func (g *Generator) referenceFrom(target string) string {
	abs, err := filepath.Abs(g.Source.Name)
	if err != nil || g.Source.Kind != source.Folder {
		return g.Source.Name
	}
	rel, err := filepath.Rel(target, abs)
	switch {
	case err != nil: // on another drive
		return filepath.ToSlash(abs)
	case rel != ".." && !strings.HasPrefix(filepath.ToSlash(rel), "../"):
		rel = "./" + rel // or it would be the name of a builtin pack
	}
	return filepath.ToSlash(rel)
}

func older(a, b string) bool { return semver.Compare("v"+a, "v"+b) < 0 }
