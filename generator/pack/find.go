package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator/problem"
)

// A Source is a found pack.
type Source struct {
	FS     fs.FS
	Folder bool
	Name   string // what names it again, and stands before paths in messages
}

// List returns the names of the packs in builtin, sorted.
func List(builtin fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(builtin, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// IsFolder reports whether name names a folder: it has a slash or a leading dot.
func IsFolder(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".")
}

// Find returns the pack called name: a word is one of builtin, anything with a
// slash or a leading dot is a folder. Reading a folder never leaves it.
func Find(builtin fs.FS, name string) (Source, error) {
	if IsFolder(name) {
		return folder(name)
	}
	names, err := List(builtin)
	if err != nil {
		return Source{}, err
	}
	if !slices.Contains(names, name) {
		return Source{}, unknown(name, names)
	}
	sub, err := fs.Sub(builtin, name)
	return Source{FS: sub, Name: name}, err
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

func folder(name string) (Source, error) {
	if err := CheckLocal(name); err != nil {
		return Source{}, err
	}
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
	return Source{FS: root.FS(), Folder: true, Name: shown(name)}, nil
}

// shown is a folder as messages and command lines name it: ./mine stays ./mine.
func shown(name string) string {
	clean := filepath.ToSlash(filepath.Clean(name))
	if filepath.IsAbs(name) || clean == "." || strings.HasPrefix(clean, "..") {
		return clean
	}
	return "./" + clean
}
