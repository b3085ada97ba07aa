// Package source finds packs: in the program, in a folder, in a Go module or in
// a git repository. It gives each as an [fs.FS]; what a pack is, package pack
// says.
//
// Modules come by the go command and repositories by the git command, so that
// proxies, checksums and credentials are those that the user has already. Both
// run under what keeps a stranger's repository from running anything: see
// module.go and gitcommand.go. Only mirrors of repositories are written, below
// Finder.Cache.
//
// It is not for choosing: a reference without a version is the newest release,
// and whether that may be is for package generator.
package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scaffold/generator/problem"
)

// A Finder finds packs. The zero value finds folders.
type Finder struct {
	Builtin  fs.FS             // the packs in the program, a folder each
	Cache    string            // the folder for mirrors of repositories; "" where the user has none
	Env      []string          // KEY=VALUE, for the go and the git command
	Program  string            // the version of scaffold, for packs that want one
	Offline  bool              // nothing is fetched
	Progress func(what string) // is told what takes long, or nil

	Interactive bool // somebody sits there, whom git and ssh may ask for passwords

	silence time.Duration // other than maxSilence, in tests
}

// A Source is a found pack.
type Source struct {
	FS      fs.FS    // the pack's folder
	Kind    Kind     // where it stands
	Name    string   // what names it again, without the version, and stands before paths in messages
	Version string   // a semantic version without v, of a release or Go's pseudo-version; "" where only the pack says it
	Origin  string   // the repository or the module, for people: "https://example.com/packs.git"; "" for a builtin or a folder
	Commit  string   // the whole name of the commit, or "" where none is known
	Tag     string   // the whole name of the tag in a repository; "" for what is found otherwise
	Left    []string // folders below that belong to other modules or repositories and are left out, sorted

	Root fs.FS  // what the pack may include, around its folder; nil where there is nothing
	Dir  string // the pack's folder in Root
}

// Find returns the pack that ref names. Without a version that is the newest
// release, or what is there where nothing has versions. A pack that is not there
// is an input error; a network that is not, a plain one.
func (f Finder) Find(ctx context.Context, ref Reference) (Source, error) {
	switch ref.Kind {
	case Folder:
		return openFolder(ref.Name)
	case Module:
		return f.findModule(ctx, ref)
	case Git:
		return f.findGit(ctx, ref)
	}
	names, err := f.List()
	if err != nil {
		return Source{}, err
	}
	if !slices.Contains(names, ref.Name) {
		return Source{}, unknown(ref.Name, names)
	}
	sub, err := fs.Sub(f.Builtin, ref.Name)
	return Source{FS: sub, Root: f.Builtin, Dir: ref.Name, Name: ref.Name}, err
}

// Versions returns the versions of the pack that ref names, without v, the oldest
// first: the releases in a repository, and those of a module with what it published
// before a release, as v1.2.0-rc.1. A pack in the program or in a folder has none but
// what it is.
func (f Finder) Versions(ctx context.Context, ref Reference) ([]string, error) {
	switch ref.Kind {
	case Module:
		return f.moduleVersions(ctx, ref)
	case Git:
		return f.gitVersions(ctx, ref)
	}
	return nil, nil
}

// List returns the names of the packs in the program, sorted. Beside them may stand
// folders without a pack.yaml, which packs include.
func (f Finder) List() ([]string, error) {
	if f.Builtin == nil {
		return nil, nil
	}
	entries, err := fs.ReadDir(f.Builtin, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if _, err := fs.Stat(f.Builtin, e.Name()+"/pack.yaml"); err == nil {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

func unknown(name string, names []string) error {
	err := problem.Input("there is no pack %q: there is %s%s", name, strings.Join(names, ", "), problem.DidYouMean(name, names))
	if info, statErr := os.Stat(name); statErr == nil && info.IsDir() {
		return problem.WithHint(err, "a folder is named with a slash: ./%s", name)
	}
	return err
}

// CheckLocal refuses folders of other machines and devices, as Windows names
// them: who opens one connects, and logs in. They are refused everywhere, because
// a project moves.
func CheckLocal(name string) error {
	slashed := strings.ReplaceAll(name, `\`, "/")
	if strings.HasPrefix(slashed, "//") || strings.HasPrefix(slashed, "/??/") {
		return problem.WithHint(
			problem.Input("pack %s: is no folder of this machine: to open it would tell another who you are", name),
			"copy the pack into a folder here")
	}
	return nil
}

// openFolder returns the pack in a folder. Reading it never leaves it.
func openFolder(name string) (Source, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Source{}, problem.Input("pack %s: there is no such folder", name)
	case err != nil:
		return Source{}, fmt.Errorf("pack %s: %w", name, problem.Cause(err))
	case !info.IsDir():
		return Source{}, problem.Input("pack %s: is no folder", name)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return Source{}, fmt.Errorf("pack %s: %w", name, problem.Cause(err))
	}
	around, dir := folderAround(name)
	return Source{FS: newFolderFS(root), Root: around, Dir: dir, Kind: Folder, Name: shown(name)}, nil
}

// shown is a folder as messages and command lines name it: ./mine stays ./mine.
func shown(name string) string {
	clean := filepath.ToSlash(filepath.Clean(name))
	if filepath.IsAbs(name) || clean == "." || strings.HasPrefix(clean, "..") {
		return clean
	}
	return "./" + clean
}
