package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

// An Include takes the files of a folder beside the pack for files of the pack, so
// that several packs share them.
type Include struct {
	From string // from the pack's folder, as in ../shared/nginx
	To   string // below files/, as in deploy; "" is files/ itself
	Line string // LINE:COLUMN in pack.yaml, for messages
}

func decodeInclude(node strictyaml.Node) Include {
	fields := node.Fields(includeKeys.Names()...)
	at, column := node.Position()
	i := Include{
		From: path.Clean(line(fields, "from")),
		To:   tree.Compose(strings.TrimSuffix(line(fields, "to"), "/")),
		Line: fmt.Sprintf("%d:%d", at, column),
	}
	switch _, given := fields["from"]; {
	case !given:
		node.Errorf("an include needs from: a folder, as in ../shared")
	case strings.HasPrefix(i.From, "/") || strings.Contains(i.From, `\`):
		node.Errorf("from %q: want a path from the pack's folder, with /, as in ../shared", i.From)
	}
	if i.To == "" || i.To+"/" == topFolder {
		i.To = ""
		return i
	}
	if err := tree.CheckPath(i.To); err != nil {
		fields["to"].Errorf("to: %v", err)
	}
	return i
}

// include adds the included files to those of the pack. It leaves out what is
// excluded or litter, as in the pack's own folder, and the limits are on all files
// together. Each file then has its Origin, because its path does not say where it
// stands.
func (p *Pack) include(fsys fs.FS, dir, display string, manifest fs.FileMode) error {
	if len(p.Includes) == 0 {
		return nil
	}
	var all []tree.File
	for f := range p.Files.All() {
		f.Origin = display + "/" + FilesFolder + "/" + f.Path
		all = append(all, f)
	}
	for _, i := range p.Includes {
		at := display + "/" + ManifestFile + ":" + i.Line
		from := path.Join(dir, i.From)
		if err := checkInclude(fsys, from, dir, i.From); err != nil {
			return problem.Input("%s: from %q: %w", at, i.From, err)
		}
		limits := p.limits(i.To, manifest)
		files, err := tree.Read(fsys, from, limits)
		switch {
		case p.compared > maxCompared:
			return p.tooCompared(display)
		case err != nil && p.Files.Len() > 0:
			return problem.Input("%s: from %q: %w (the %d files before it count)", at, i.From, err, p.Files.Len())
		case err != nil:
			return problem.Input("%s: from %q: %w", at, i.From, err)
		case files.Len() == 0:
			return problem.Input("%s: from %q: has no files that are not excluded", at, i.From)
		}
		for f := range files.All() {
			f.Origin = i.originOf(display, f.Path)
			f.Path = path.Join(i.To, f.Path)
			all = append(all, f)
		}
		p.Files = tree.Found(all...)
	}
	var err error
	if p.Files, err = tree.New(all...); err != nil {
		return problem.Input("%s/%s: includes: %w", display, ManifestFile, err)
	}
	return nil
}

// originOf returns where a file of the included folder stands, for messages.
func (i Include) originOf(display, name string) string {
	origin := path.Join(display, i.From, name)
	if strings.HasPrefix(display, "./") && !strings.HasPrefix(origin, "../") {
		return "./" + origin
	}
	return origin
}

// PathIn returns where a file of Files stands in what the pack comes from, in which the
// pack's folder is dir. Display is what the pack was loaded by.
func (p Pack) PathIn(dir, display string, f tree.File) string {
	for _, i := range p.Includes {
		name, below := f.Path, true
		if i.To != "" {
			name, below = strings.CutPrefix(f.Path, i.To+"/")
		}
		if below && f.Origin == i.originOf(display, name) {
			return path.Join(dir, i.From, name)
		}
	}
	return path.Join(dir, FilesFolder, f.Path)
}

// Sharers returns the names of the folders beside the pack's, which is dir, whose packs
// include a folder that name is in. What cannot be read is none of them.
func Sharers(fsys fs.FS, dir, name string) (names []string) {
	if fsys == nil {
		return nil
	}
	around := path.Dir(dir)
	entries, _ := fs.ReadDir(fsys, around)
	for _, e := range entries {
		other := path.Join(around, e.Name())
		if other == dir || !e.IsDir() {
			continue
		}
		sub, err := fs.Sub(fsys, other)
		if err != nil {
			continue
		}
		manifest, _, err := readManifest(sub, e.Name())
		if err != nil {
			continue
		}
		p, err := Parse(manifest, e.Name())
		if err == nil && slices.ContainsFunc(p.Includes, func(i Include) bool { return isBelow(name, path.Join(other, i.From)) }) {
			names = append(names, e.Name())
		}
	}
	return names
}

// checkInclude refuses a folder outside of what the pack came from, and what is a pack
// itself or a part of this one's files. It refuses one behind a link, too, because
// whoever wrote the link chooses where it leads.
func checkInclude(fsys fs.FS, from, dir, written string) error {
	pack, own := path.Join("/", dir), path.Join("/", from)
	switch {
	case !fs.ValidPath(from) || from == ".." || strings.HasPrefix(from, "../"):
		return errors.New("leads out of what the pack comes from: a repository, a module, or the folder that the pack's folder is in")
	case isBelow(pack, own):
		return errors.New("is the pack's own folder, or one around it")
	case isBelow(own, path.Join(pack, FilesFolder)):
		return fmt.Errorf("is in the pack's own %s/, whose files are in it already", FilesFolder)
	}
	elements := strings.Split(from, "/")
	for n := range elements {
		name := path.Join(elements[:n+1]...)
		switch info, err := fs.Lstat(fsys, name); {
		case errors.Is(err, fs.ErrNotExist):
			return errors.New("there is no such folder")
		case err != nil:
			return problem.Cause(err)
		case !info.IsDir():
			return fmt.Errorf("%s is %s, not a folder", path.Base(name), tree.Kind(info.Mode()))
		}
	}
	if _, err := fs.Lstat(fsys, path.Join(from, ManifestFile)); err == nil {
		return fmt.Errorf("is a pack: name a folder in it, as in %s/%s", written, FilesFolder)
	}
	return nil
}

func isBelow(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}
