package source

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"scaffold/generator/problem"
)

// Caps of a module, which are the go command's own and reliability's.
const (
	maxModule      = 500 << 20
	maxModuleFiles = 20_000
)

// A download is what go mod download -json says of a module.
type download struct {
	Path, Version, Zip, Info string
	Error                    string
	Origin                   struct{ Hash string }
}

// commit returns the commit of a version, or "" where nobody has said it. The go
// command says it only of what it has just looked up.
func (d download) commit() string {
	if d.Origin.Hash != "" {
		return d.Origin.Hash
	}
	var info struct{ Origin struct{ Hash string } }
	text, err := os.ReadFile(d.Info)
	if err != nil || json.Unmarshal(text, &info) != nil {
		return ""
	}
	return info.Origin.Hash
}

// ok reports whether the module is there. One that wants a newer Go is, because
// nothing of it is built.
func (d download) ok() bool {
	return d.Error == "" || d.Zip != "" && strings.Contains(d.Error, " requires go ")
}

// findModule returns the pack in a module. Of the paths that the name starts with
// the longest that is a module counts, as for the go command; what follows is a
// folder in it. What is pinned and in the module cache needs no network; the go
// command is asked even then, because it compares the checksums.
func (f Finder) findModule(ctx context.Context, ref Reference) (Source, error) {
	queries := listQueries(ref)
	g := goCommand{env: f.Env, ref: ref}
	if f.Offline || isPinned(ref.Version) {
		found, err := g.download(ctx, cacheOnly, queries...)
		if err != nil {
			return Source{}, err
		}
		if s, ok := openFirst(ref, found); ok {
			return s, nil
		}
		switch i := slices.IndexFunc(found, download.ok); {
		case f.Offline && i >= 0:
			return openPack(ref, found[i]) // which says why not
		case f.Offline:
			return Source{}, g.explain(ctx, found)
		}
	}
	d, err := f.fetch(ctx, g, queries)
	if err != nil {
		return Source{}, err
	}
	return openPack(ref, d)
}

// fetch has the go command download the module, the longest path first.
func (f Finder) fetch(ctx context.Context, g goCommand, queries []module.Version) (download, error) {
	if f.Progress != nil {
		f.Progress("download " + g.ref.String())
	}
	var failed []download
	for _, query := range queries {
		found, err := g.download(ctx, network, query)
		if err != nil {
			return download{}, err
		}
		if found[0].ok() {
			return found[0], nil
		}
		failed = append(failed, found[0])
		if kindOfFailure(found[0].Error) == forged {
			break
		}
	}
	return download{}, g.explain(ctx, failed)
}

// cacheFolder returns where the module cache has the versions of a module.
func cacheFolder(cache, modulePath string) (string, error) {
	escaped, err := module.EscapePath(modulePath)
	return filepath.Join(cache, "cache", "download", filepath.FromSlash(escaped), "@v"), err
}

// openFirst returns the pack in the first module that has the folder, since a longer
// path may be a module that is not in the cache.
func openFirst(ref Reference, found []download) (Source, bool) {
	for _, d := range found {
		if !d.ok() {
			continue
		}
		if s, err := openPack(ref, d); err == nil {
			return s, true
		}
	}
	return Source{}, false
}

func openPack(ref Reference, d download) (Source, error) {
	fsys, err := openModule(d)
	if err != nil {
		return Source{}, problem.WithHint(fmt.Errorf("pack %s: read the module's zip: %w", ref, problem.Cause(err)),
			"go clean -modcache empties the module cache, and the go command fills it again")
	}
	s := Source{
		FS: fsys, Kind: Module, Name: ref.Name, Origin: d.Path, Commit: d.commit(),
		Version: strings.TrimSuffix(strings.TrimPrefix(d.Version, "v"), incompatible),
	}
	dir := folderIn(d.Path, ref.Name)
	if dir == "." {
		return s, nil
	}
	if info, err := fs.Stat(fsys, dir); err != nil || !info.IsDir() {
		return Source{}, problem.Input("pack %s: there is no such module, and the module %s has no folder %s at %s", ref, d.Path, dir, d.Version)
	}
	s.Root, s.Dir = fsys, dir
	s.FS, err = fs.Sub(fsys, dir)
	return s, err
}

// moduleVersions returns what tags name, also before a release. Without the
// network these are the versions in the module cache.
func (f Finder) moduleVersions(ctx context.Context, ref Reference) ([]string, error) {
	g := goCommand{env: f.Env, ref: ref}
	var versions []string
	var err error
	if f.Offline {
		versions, err = g.cached(ctx)
	} else {
		versions, err = g.versions(ctx)
	}
	versions = slices.DeleteFunc(versions, module.IsPseudoVersion)
	for i, v := range versions {
		versions[i] = strings.TrimPrefix(v, "v")
	}
	return versions, err
}

// incompatible ends the versions from v2 on of modules whose path does not say
// so. It follows from the path, so nobody has to write it.
const incompatible = "+incompatible"

func withoutIncompatible(versions []string) []string {
	for i, v := range versions {
		versions[i] = strings.TrimSuffix(v, incompatible)
	}
	return versions
}

// isPinned reports whether a version always means the same content.
func isPinned(version string) bool {
	v := "v" + strings.TrimPrefix(version, "v")
	return module.CanonicalVersion(v) == v
}

// listPaths returns the paths that may be the module's, the longest first.
func listPaths(name string) []string {
	var paths []string
	for p := name; p != "."; p = path.Dir(p) {
		if module.CheckPath(p) == nil {
			paths = append(paths, p)
		}
	}
	return paths
}

// listQueries returns what to ask the go command for, the longest path first.
func listQueries(ref Reference) []module.Version {
	var queries []module.Version
	for _, p := range listPaths(ref.Name) {
		version := ref.Version
		switch {
		case version == "":
			version = Latest
		case isPinned(version):
			version = "v" + strings.TrimPrefix(version, "v")
			_, major, _ := module.SplitPathVersion(p)
			if major == "" && semver.Compare(version, "v2") >= 0 && semver.Build(version) == "" {
				version += incompatible
			}
		}
		queries = append(queries, module.Version{Path: p, Version: version})
	}
	return queries
}

// folderIn returns the folder that a name means in a module.
func folderIn(modulePath, name string) string {
	if rest := strings.TrimPrefix(name, modulePath); rest != "" {
		return strings.TrimPrefix(rest, "/")
	}
	return "."
}

// openModule returns the files of a module's zip. Their sizes are those that the zip
// states, which its reader holds it to. The file stays open as long as they are used.
func openModule(d download) (fs.FS, error) {
	file, err := os.Open(d.Zip)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	r, err := zip.NewReader(file, info.Size())
	if err != nil {
		return nil, err
	}
	prefix := d.Path + "@" + d.Version
	if err := checkEntries(r.File, prefix+"/"); err != nil {
		file.Close()
		return nil, problem.AsInput(err)
	}
	return fs.Sub(r, prefix)
}

func checkEntries(entries []*zip.File, prefix string) error {
	if len(entries) > maxModuleFiles {
		return fmt.Errorf("it has %d files, more than %d", len(entries), maxModuleFiles)
	}
	seen := make(map[string]bool, len(entries))
	var size uint64
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name, prefix)
		folder := strings.HasSuffix(name, "/") || name == ""
		switch {
		case folder && ok && (name == "" || module.CheckFilePath(strings.TrimSuffix(name, "/")) == nil):
			continue // which a zip need not have
		case !ok:
			return fmt.Errorf("it has the file %.200q, which is not below %s", e.Name, prefix)
		case seen[name]:
			return fmt.Errorf("it has the file %.200q twice", name)
		case !e.Mode().IsRegular():
			return fmt.Errorf("%.200q in it is no regular file", name)
		case e.UncompressedSize64 > maxModule:
			return fmt.Errorf("the file %.200q in it is larger than %d MiB", name, maxModule>>20)
		}
		if err := module.CheckFilePath(name); err != nil {
			return err
		}
		if size += e.UncompressedSize64; size > maxModule {
			return fmt.Errorf("its files have more than %d MiB", maxModule>>20)
		}
		seen[name] = true
	}
	return nil
}

// cached returns the versions that the module cache has, the oldest first. The path
// is the longest of which there are any.
func (g goCommand) cached(ctx context.Context) ([]string, error) {
	out, err := g.run(ctx, cacheOnly, "env", "GOMODCACHE")
	if err != nil {
		return nil, err
	}
	for _, p := range listPaths(g.ref.Name) {
		dir, err := cacheFolder(strings.TrimSpace(string(out)), p)
		if err != nil {
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		var versions []string
		for _, e := range entries {
			name, ok := strings.CutSuffix(e.Name(), ".zip")
			if version, err := module.UnescapeVersion(name); ok && err == nil {
				versions = append(versions, version)
			}
		}
		if len(versions) > 0 {
			semver.Sort(versions)
			return withoutIncompatible(versions), nil
		}
	}
	return nil, nil
}
