package generator

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/render"
	"scaffold/generator/tree"
)

// A Generator makes projects from one pack.
type Generator struct {
	Pack     pack.Pack
	source   string // what --pack said
	folder   bool   // source is a folder, not a name
	compiled *render.Pack
}

// Load finds, validates and compiles the pack called name: one of builtin, or a
// folder.
func Load(ctx context.Context, builtin fs.FS, name string) (*Generator, error) {
	found, err := pack.Find(builtin, name)
	if err != nil {
		return nil, err
	}
	p, err := pack.Load(found.FS, found.Name)
	if err != nil {
		return nil, err
	}
	compiled, err := render.Compile(ctx, p, found.Name)
	if err != nil {
		return nil, err
	}
	return &Generator{Pack: p, source: found.Name, folder: found.Folder, compiled: compiled}, nil
}

// loadFor loads the pack that the project records, or the given one. A recorded
// folder is relative to the project's root, because both may move together; a
// given one is relative to the working directory.
func loadFor(ctx context.Context, builtin fs.FS, root string, c project.Config, given string) (*Generator, error) {
	if given != "" {
		return Load(ctx, builtin, given)
	}
	name := c.Source
	if pack.IsFolder(name) && pack.CheckLocal(name) == nil {
		name = folderFrom(root, name)
	}
	g, err := Load(ctx, builtin, name)
	if err != nil {
		return nil, problem.WithHint(err, "%s names that pack; scaffold regenerate --pack NAME uses another", tree.ConfigFile)
	}
	return g, nil
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
func PackOf(builtin fs.FS, root, given string) (*Generator, error) {
	p, err := project.Open(root, nil)
	if err != nil {
		return nil, err
	}
	return loadFor(context.Background(), builtin, root, p.Config, given)
}

// PackNames returns the names of the builtin packs, sorted.
func PackNames(builtin fs.FS) ([]string, error) { return pack.List(builtin) }

// Packs returns the builtin packs, sorted by name.
func Packs(ctx context.Context, builtin fs.FS) ([]pack.Pack, error) {
	names, err := pack.List(builtin)
	if err != nil {
		return nil, err
	}
	var packs []pack.Pack
	for _, name := range names {
		g, err := Load(ctx, builtin, name)
		if err != nil {
			return nil, err
		}
		packs = append(packs, g.Pack)
	}
	return packs, nil
}

func (g *Generator) noteLeftOut() []string {
	if g.Pack.LeftOut == 0 {
		return nil
	}
	names := strings.Join(g.Pack.Left, ", ")
	if more := g.Pack.LeftOut - len(g.Pack.Left); more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return []string{fmt.Sprintf("the pack has files that a desktop or an editor left there; they are left out: %s (exclude: in %s/%s silences this)",
		names, g.source, pack.ManifestFile)}
}

// newState is what the project will remember. A pack in a folder is remembered
// relative to the project, so that both can move together.
func (g *Generator) newState(target string, answers answer.Answers, base tree.Tree) project.State {
	return project.State{
		Source: g.sourceFrom(target), Pack: g.Pack.Name, Version: g.Pack.Version, Digest: g.Pack.Digest,
		Answers: answers, Base: base,
	}
}

func (g *Generator) sourceFrom(target string) string {
	abs, err := filepath.Abs(g.source)
	if err != nil || !g.folder {
		return g.source
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
