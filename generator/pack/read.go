package pack

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

const maxNamed = 5

// readFiles reads what is below files/ and neither excluded nor litter. A
// file keeps its executable bit, unless the manifest has one too: then the volume
// has no such bit, and shows it on everything.
func (p *Pack) readFiles(fsys fs.FS, display string, manifest fs.FileMode) error {
	limits := tree.Limits{Files: maxFiles, Bytes: maxBytes, File: maxFile, Modes: manifest&0o100 == 0}
	limits.Skip = func(name string, folder bool) bool {
		switch {
		case p.excludes(name, folder):
			return true
		case !litter(path.Base(name), folder):
			return false
		}
		p.leave(name)
		return true
	}
	var err error
	if p.Files, err = tree.Read(fsys, FilesFolder, limits); err != nil {
		return problem.Input("%s/%s: %w", display, FilesFolder, err)
	}
	return nil
}

// leave remembers what is left out, and of the names the first few.
func (p *Pack) leave(name string) {
	p.LeftOut++
	at, _ := slices.BinarySearch(p.Left, name)
	p.Left = slices.Insert(p.Left, at, name)
	p.Left = p.Left[:min(len(p.Left), maxNamed)]
}

func litter(name string, folder bool) bool {
	if folder {
		return name == "__MACOSX"
	}
	switch strings.ToLower(name) {
	case ".ds_store", "thumbs.db", "desktop.ini":
		return true
	}
	return strings.HasSuffix(name, "~") || strings.HasPrefix(name, ".#") || strings.HasPrefix(name, "._") || isSwap(name)
}

// isSwap reports whether a name is vim's for what is being edited: .NAME.swp,
// or .swo and so on down where there are several.
func isSwap(name string) bool {
	ext := path.Ext(name)
	return strings.HasPrefix(name, ".") && len(ext) == len(".swp") && strings.HasPrefix(ext, ".sw") && ext[3] >= 'a' && ext[3] <= 'p' && ext != name
}
